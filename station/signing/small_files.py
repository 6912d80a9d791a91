"""Reads files that people bring, none of them large: whole, once, and never more of them than it was asked to."""

import errno
from pathlib import Path


def read_small(path: Path, bytes_max: int) -> bytes:
    """OSError where it cannot be read, or is larger."""
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except ValueError as error:
        raise OSError(errno.EINVAL, f"no path: {error}") from error
    if len(content) > bytes_max:
        raise OSError(errno.EFBIG, f"larger than {bytes_max} bytes")
    return content
