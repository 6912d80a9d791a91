"""A moment, as the journal writes it. Plain data: never asks what time it is."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

BEIJING = timezone(timedelta(hours=8))
"""All of China has this time by law, and has had no other since 1991."""
YEARS = range(2000, 2100)
"""No person at a dock means another; at the very ends of the calendar nothing can be reckoned any more."""
_FIRST_MS = int(datetime(YEARS.start, 1, 1, tzinfo=BEIJING).timestamp()) * 1_000
_OVER_MS = int(datetime(YEARS.stop, 1, 1, tzinfo=BEIJING).timestamp()) * 1_000
_FIRST_SECOND = int(datetime.min.replace(tzinfo=UTC).timestamp())
_LAST_SECOND = int(datetime.max.replace(microsecond=0, tzinfo=BEIJING).timestamp())


class Stamp(Struct, frozen=True):
    """When something was judged: the clock on the wall, and the clock that nobody can set."""

    utc_ms: int
    boot_id: str
    boot_ms: int
    synchronised: bool

    def later(self, ms: int) -> "Stamp":
        return replace(self, utc_ms=self.utc_ms + ms, boot_ms=self.boot_ms + ms)

    def elapsed_since(self, boot_id: str, boot_ms: int) -> int | None:
        """Milliseconds since then by the clock nobody can set; None where a boot lies between."""
        return self.boot_ms - boot_ms if boot_id == self.boot_id else None


def utc_text(utc_ms: int) -> str:
    """`2026-11-21T08:30:12.250Z`, the journal's way to write a time."""
    seconds, ms = divmod(utc_ms, 1000)
    return f"{_second_text(seconds)}.{ms:03d}Z"


def can_be_meant(utc_ms: int) -> bool:
    """Whether a person may have meant this moment, by the clock on the wall; else it was typed wrong."""
    return _FIRST_MS <= utc_ms < _OVER_MS


def beijing(utc_ms: int) -> datetime:
    """As a clock on the wall shows it, to the second; before the first year or after the last it stands still.

    A camera's clock may claim any moment: whoever looks at its footage must be shown the rest of it all the same.
    """
    second = min(max(utc_ms // 1000, _FIRST_SECOND), _LAST_SECOND)
    return datetime.fromtimestamp(second, BEIJING)


def beijing_day_ms(utc_ms: int) -> int:
    """When the day of this moment began."""
    return int(beijing(utc_ms).replace(hour=0, minute=0, second=0).timestamp()) * 1_000


@lru_cache(16)
def _second_text(seconds: int) -> str:
    """Facts come many to a second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def utc_ms(text: str) -> int:
    """Read back what `utc_text` wrote; ValueError for anything else."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    ms = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
    if utc_text(ms) != text:
        raise ValueError(f"not a time as the journal writes it: {text!r}")
    return ms
