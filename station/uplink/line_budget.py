"""How much of the line to the registry recordings may take, and at what hours. Pure: the time is an argument.

A bucket that holds a quarter of a second's worth of bytes and fills at the permitted rate. Who takes more than is in
it is told how long to wait; those who come after wait behind them. Asks no clock, and limits nothing but recordings.
"""

import datetime as dt
from dataclasses import dataclass, replace

_BURSTS_PER_SECOND = 4
_PIECE_BYTES_MIN = 4 * 1024
_US_PER_MS = 1_000
_US_PER_SECOND = 1_000_000
_MINUTES_PER_HOUR = 60
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LineBudget:
    """`free_at_us` is when everything that was let go will have left at the permitted rate."""

    bytes_per_second: int
    free_at_us: int = 0

    @property
    def burst_us(self) -> int:
        return _US_PER_SECOND // _BURSTS_PER_SECOND

    def piece_bytes(self, at_most: int) -> int:
        """How much to send at once, so that nobody who shares the line waits for long."""
        return min(at_most, max(_PIECE_BYTES_MIN, self.bytes_per_second // _BURSTS_PER_SECOND))

    def spend(self, count: int, now_ms: int) -> tuple["LineBudget", int]:
        """The budget with so many bytes taken from it, and in how many ms they may leave."""
        now_us = now_ms * _US_PER_MS
        begins_us = max(self.free_at_us, now_us - self.burst_us)
        free_at_us = begins_us + -(-count * _US_PER_SECOND // self.bytes_per_second)
        wait_us = max(0, free_at_us - now_us)
        return replace(self, free_at_us=free_at_us), -(-wait_us // _US_PER_MS)


def opens_in_ms(window: tuple[int, int] | None, wall: dt.datetime) -> int:
    """How long until uploads may begin, by the clock on the wall; 0 where they may now, or at all times.

    A window is two minutes of the day, and may go over midnight; at its last minute it is closed.
    """
    if window is None:
        return 0
    opens, closes = (
        dt.timedelta(hours=minute // _MINUTES_PER_HOUR, minutes=minute % _MINUTES_PER_HOUR) for minute in window
    )
    since_midnight = wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if (since_midnight - opens) % _DAY < (closes - opens) % _DAY:
        return 0
    return -(-((opens - since_midnight) % _DAY) // dt.timedelta(milliseconds=1))
