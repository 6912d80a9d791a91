"""Reads the rolls as people save them from a spreadsheet: UTF-8, with or without its mark, or GB 18030."""

from pathlib import Path

from station.errors import WrongUseError
from station.policy.rolls import Rolls
from station.policy.rolls_csv import read_rolls
from station.signing.small_files import read_small

ROLL_BYTES_MAX = 16 << 20


def read_roll_files(officers: str, cameras: str, bodies: str | None) -> Rolls:
    """RollsError names files as officers, cameras and bodies."""
    return read_rolls(roll_text(Path(officers)), roll_text(Path(cameras)), roll_text(Path(bodies)) if bodies else None)


def roll_text(path: Path) -> str:
    try:
        content = read_small(path, ROLL_BYTES_MAX)
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; name the file of the roll") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WrongUseError(f"{path} is neither UTF-8 nor GB 18030; save it as CSV UTF-8")
