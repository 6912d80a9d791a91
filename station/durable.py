"""Files that are on the disk when a function returns, and never half there under their own names. Decides nothing."""

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from station.errors import WireFailedError

PART = ".part"
"""The end of a name under which something is still being written."""


class NoRoomError(WireFailedError):
    """The disk is full. Nothing is lost: what was not kept is still on the camera, or is made again. Free space."""


class DiskFailedError(WireFailedError):
    """The disk did not take or give what it was asked to."""


@contextlib.contextmanager
def disk_errors_named() -> Iterator[None]:
    """Sort what the operating system says of a disk by what a person can do about it."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoomError(str(NoRoomError.__doc__)) from error
        raise DiskFailedError(f"the disk failed: {error}; check it, then change it") from error


@disk_errors_named()
def write_file(path: Path, chunks: Iterable[bytes | memoryview]) -> None:
    """A whole file under its name, or none; whatever stood there is replaced at once."""
    part = path.with_name(f"{path.name}{PART}")
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    sync_folder(path.parent)


@disk_errors_named()
def move_file(source: Path, target: Path) -> None:
    source.replace(target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def make_folder(path: Path) -> None:
    """A folder and those above it, each on the disk."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
