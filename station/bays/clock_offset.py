"""How far a camera's clock is off, from one question to it. Pure: asks no clock and no camera, and sets neither."""

from enum import Enum, auto

from msgspec import Struct

from station.stamp import Stamp

_STEP_MS = 1_000
"""Cameras tell whole seconds: what they say began somewhere in the second before."""
_SLEW_MS_MAX = 50
"""A kept clock moves no further against the other in the time a camera takes to answer."""


class ClockOffset(Struct, frozen=True):
    """How far ahead of this machine the camera is, and by how much that may be wrong."""

    camera_ms: int
    ahead_ms: int
    error_ms: int
    synchronised: bool
    """Whether anything keeps this machine's clock true."""


class Unmeasured(Enum):
    """Why nobody knows."""

    TELLS_NO_TIME = auto()
    OUR_TIME_CHANGED = auto()
    """Between the question and its answer."""


def clock_offset(asked: Stamp, shown_ms: int | None, answered: Stamp) -> ClockOffset | Unmeasured:
    """The camera read its clock somewhere between the question and its answer."""
    if shown_ms is None:
        return Unmeasured.TELLS_NO_TIME
    asking_ms = answered.elapsed_since(asked.boot_id, asked.boot_ms)
    if asking_ms is None or abs(answered.utc_ms - asked.utc_ms - asking_ms) > _SLEW_MS_MAX:
        return Unmeasured.OUR_TIME_CHANGED
    return ClockOffset(
        camera_ms=shown_ms,
        ahead_ms=shown_ms + _STEP_MS // 2 - asked.utc_ms - asking_ms // 2,
        error_ms=_STEP_MS // 2 + (asking_ms + 1) // 2,
        synchronised=asked.synchronised and answered.synchronised,
    )
