"""The unit's civil time: a fixed offset from UTC, from the pack. There is no summer time where these rules hold."""

import datetime as dt

from station.policy.effective import EffectivePack

MS_PER_SECOND = 1_000
MS_PER_MINUTE = 60 * MS_PER_SECOND
MS_PER_HOUR = 60 * MS_PER_MINUTE
MS_PER_DAY = 24 * MS_PER_HOUR
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - civil time, by the pack's own offset


def local_time(pack: EffectivePack, at_ms: int) -> dt.datetime:
    """The clock on the unit's wall, without a zone."""
    offset_ms = pack.number("unit.utc_offset_minutes") * MS_PER_MINUTE
    return _EPOCH + dt.timedelta(milliseconds=at_ms + offset_ms)


def local_day(pack: EffectivePack, at_ms: int) -> dt.date:
    return local_time(pack, at_ms).date()


def utc_ms(pack: EffectivePack, wall: dt.datetime) -> int:
    """The moment the clock on the wall shows this."""
    since = wall - _EPOCH
    return since // dt.timedelta(milliseconds=1) - pack.number("unit.utc_offset_minutes") * MS_PER_MINUTE
