"""Finds calendar files and checks the signatures of delivered ones. The packaged one is trusted as code.

A delivered calendar travels as a delivered pack does: with `.sig` and `.pem` of whoever signed for policy.
"""

from pathlib import Path

from station.policy.calendars import Calendar, CalendarError, read_calendar
from station.signing.policy_packs import PACKAGED, require_signed
from station.signing.small_files import read_small

PACKAGED_CALENDAR = PACKAGED.parent / "calendars.toml"
CALENDAR_BYTES_MAX = 1 << 20


def packaged_calendar() -> Calendar:
    return read_calendar_file(PACKAGED_CALENDAR)


def delivered_calendar(path: Path, ca_pem: bytes, at_ms: int) -> Calendar:
    """The packaged years and those of a file whose signature holds; for a year in both, the delivered one stands."""
    content = _content(path)
    require_signed(path, content, ca_pem, at_ms)
    return packaged_calendar().with_newer(_parsed(path, content))


def read_calendar_file(path: Path) -> Calendar:
    return _parsed(path, _content(path))


def _content(path: Path) -> bytes:
    try:
        return read_small(path, CALENDAR_BYTES_MAX)
    except OSError as error:
        raise CalendarError(f"{path}: cannot be read: {error.strerror}") from error


def _parsed(path: Path, content: bytes) -> Calendar:
    try:
        return read_calendar(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise CalendarError(f"{path}: not UTF-8 text: {error.reason}") from error
