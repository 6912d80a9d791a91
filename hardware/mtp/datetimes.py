"""MTP's dates as text, and milliseconds of UTC. Guesses no zone: whoever asks says which one the camera means."""

import re
from datetime import UTC, datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = re.compile(
    r"(?P<moment>[0-9]{8}T[0-9]{6})(?:\.(?P<fraction>[0-9]{1,3})[0-9]*)?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2}))?[ \0]*"
)


def read_datetime(text: str, zone_minutes: int) -> int | None:
    """None where the text is no moment: cameras write a month 0 into files they know no date of."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found["moment"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    fraction_ms = int((found["fraction"] or "").ljust(3, "0"))
    ahead = _zone_written(found, zone_minutes)
    return (moment - _EPOCH) // timedelta(milliseconds=1) + fraction_ms - ahead * 60_000


def write_datetime(utc_ms: int, zone_minutes: int) -> str:
    """Whole seconds, without a zone: what nearly every camera writes itself."""
    there = timezone(timedelta(minutes=zone_minutes))
    return (_EPOCH + timedelta(milliseconds=utc_ms)).astimezone(there).strftime("%Y%m%dT%H%M%S").rjust(15, "0")


def _zone_written(found: re.Match[str], zone_minutes: int) -> int:
    if found["sign"] is not None:
        minutes = int(found["hours"]) * 60 + int(found["minutes"])
        return minutes if found["sign"] == "+" else -minutes
    return 0 if "Z" in found[0] else zone_minutes
