"""How long the room for footage lasts, day by day: what is free, what is awaited, what comes, and what may leave.

Pure: whoever asks has looked at the disk. A forecast, never a reason to refuse anything.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

HORIZON_DAYS = 366
LOW_DAYS, SOON_DAYS = 2, 14


class SpaceLevel(StrEnum):
    """How bad it is. FULL: what is docked does not fit, or nothing does. LOW: two days or less. SOON: two weeks."""

    GOOD = "good"
    SOON = "soon"
    LOW = "low"
    FULL = "full"


class Coming(NamedTuple):
    """How much footage came of late, and how much of what lies here grows old on which of the next days."""

    bytes_a_day: int
    ageing: tuple[tuple[int, int], ...] = ()
    """(days from now, bytes that may leave then); empty where originals stay."""


class Space(NamedTuple):
    """What was found when the disk was last looked at."""

    free_bytes: int
    """Beside the journal's reserve and what was promised to pulls under way."""
    awaited_bytes: int
    """What docked cameras still have to give, as far as they were listed."""
    coming: Coming
    keep_days: int | None = None


class Forecast(NamedTuple):
    level: SpaceLevel
    full_in_days: int | None
    """None: not within a year."""


def forecast(space: Space, *, released: bool) -> Forecast:
    """`released`: the registry can be asked, so that what is old enough does leave this disk."""
    days = _full_in_days(space, released=released)
    if days == 0:
        return Forecast(SpaceLevel.FULL, 0)
    if days is None or days > SOON_DAYS:
        return Forecast(SpaceLevel.GOOD, days)
    return Forecast(SpaceLevel.LOW if days <= LOW_DAYS else SpaceLevel.SOON, days)


def _full_in_days(space: Space, *, released: bool) -> int | None:
    """What comes from now on grows old as well, and leaves when its own days are over."""
    left_bytes = space.free_bytes - space.awaited_bytes
    if left_bytes <= 0:
        return 0
    ageing: Mapping[int, int] = dict(space.coming.ageing) if released else {}
    keep_days = space.keep_days if released else None
    a_day = space.coming.bytes_a_day
    changes = (
        ageing.get(day, 0) + (a_day if keep_days is not None and day > keep_days else 0) - a_day
        for day in range(1, HORIZON_DAYS + 1)
    )
    lefts = accumulate(changes, initial=left_bytes + ageing.get(0, 0))
    return next((day for day, left in enumerate(lefts) if left <= 0), None)
