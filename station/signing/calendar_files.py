"""Finds calendar files and checks the signatures of delivered ones. The packaged one is trusted as code.

A delivered calendar travels as a delivered pack does: with `.sig` and `.pem` of whoever signed for policy.
"""

from pathlib import Path

from station.policy.calendars import Calendar, CalendarError, read_calendar
from station.signing.policy_packs import PACKAGED, require_signed

PACKAGED_CALENDAR = PACKAGED.parent / "calendars.toml"
CALENDAR_BYTES_MAX = 1 << 20


def packaged_calendar() -> Calendar:
    return read_calendar_file(PACKAGED_CALENDAR)


def delivered_calendar(path: Path, ca_pem: bytes, at_ms: int) -> Calendar:
    """The packaged years and those of a file whose signature holds; for a year in both, the delivered one stands."""
    require_signed(path, ca_pem, at_ms)
    return packaged_calendar().with_newer(read_calendar_file(path))


def read_calendar_file(path: Path) -> Calendar:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CalendarError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > CALENDAR_BYTES_MAX:
        raise CalendarError(f"{path}: larger than {CALENDAR_BYTES_MAX} bytes: no calendar")
    try:
        return read_calendar(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise CalendarError(f"{path}: not UTF-8 text: {error.reason}") from error
