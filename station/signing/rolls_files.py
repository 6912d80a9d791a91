"""Reads the rolls as people save them from a spreadsheet: UTF-8, with or without its mark, or GB 18030."""

from pathlib import Path

from station.errors import WrongUseError

ROLL_BYTES_MAX = 16 << 20


def roll_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; name the file of the roll") from error
    if len(content) > ROLL_BYTES_MAX:
        raise WrongUseError(f"{path} is larger than {ROLL_BYTES_MAX} bytes; that is no roll")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WrongUseError(f"{path} is neither UTF-8 nor GB 18030; save it as CSV UTF-8")
