"""`dockward camera clock PATH [--set]`: how far a camera's clock is off, measured before anything sets it.

Without --set it changes nothing. A machine whose own clock nothing keeps true measures, says so, and sets no other's.
"""

import argparse
from collections.abc import Iterator

from msgspec import Struct

from dockward.camera_line import Line, add_camera_arguments, camera_at, tell
from hardware.wires import Camera, LyingError
from station.clock import Clock
from station.errors import WireFailedError
from station.stamp import utc_text

_STEP_MS = 1_000
"""Cameras tell whole seconds: what they say began somewhere in the second before."""
_SLEW_MS_MAX = 50
"""A kept clock moves no further against the other in the time a camera takes to answer."""
_LEFT_OFF_MS_MAX = 2_000
"""A clock that was set to whole seconds, and read whole seconds later, is no further off."""


class Offset(Struct, frozen=True):
    """How far ahead of this machine the camera is, and by how much that may be wrong."""

    camera_ms: int
    ahead_ms: int
    error_ms: int
    synchronised: bool
    """Whether anything keeps this machine's clock true."""


class Told(Struct, frozen=True):
    """`before` is None where the camera tells no time; `after` where nothing was set."""

    place: str
    serial: str
    before: Offset | None
    after: Offset | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)
    parser.add_argument("--set", action="store_true", help="then set it to this machine's time, and read it back")


def run(arguments: argparse.Namespace, line: Line) -> int:
    with camera_at(arguments, line) as camera:
        before = offset_of(camera, line.clock)
        after = _set(camera, line.clock, before) if arguments.set else None
        told = Told(arguments.place, camera.identity.serial, before, after)
    tell(arguments, told, tuple(_lines(told)))
    return 0 if before is not None else 1


def offset_of(camera: Camera, clock: Clock) -> Offset | None:
    asked = clock.stamp()
    shown_ms = camera.clock_ms()
    answered = clock.stamp()
    asking_ms = answered.boot_ms - asked.boot_ms
    if shown_ms is None:
        return None
    if abs(answered.utc_ms - asked.utc_ms - asking_ms) > _SLEW_MS_MAX:
        raise WireFailedError("本机时间刚被调整 / this machine's time was changed just now; 请重试 / do it again")
    return Offset(
        camera_ms=shown_ms,
        ahead_ms=shown_ms + _STEP_MS // 2 - asked.utc_ms - asking_ms // 2,
        error_ms=_STEP_MS // 2 + (asking_ms + 1) // 2,
        synchronised=asked.synchronised and answered.synchronised,
    )


def _set(camera: Camera, clock: Clock, before: Offset | None) -> Offset | None:
    if before is None:
        return None
    if not before.synchronised:
        raise WireFailedError(
            "本机时间未经校准，不能用来校准设备 / nothing keeps this machine's clock true, so it sets no other's; "
            "请启用时间同步 / turn time synchronisation on: timedatectl set-ntp true"
        )
    camera.set_clock(clock.stamp().utc_ms)
    after = offset_of(camera, clock)
    if after is None or abs(after.ahead_ms) > after.error_ms + _LEFT_OFF_MS_MAX:
        raise LyingError("设备答复已校时，但时间未变 / the camera says that it was set, and shows another time")
    return after


def _lines(told: Told) -> Iterator[str]:
    if told.before is None:
        yield "设备不提供时钟 / the camera tells no time over USB: 请在设备上校时 / set it on the camera itself"
        return
    yield f"设备时间 the camera shows: {utc_text(told.before.camera_ms)}"
    yield f"偏差 offset: {_words(told.before)}"
    if not told.before.synchronised:
        yield "本机时间未经校准 / nothing keeps this machine's clock true, so neither is the offset"
    if told.after is not None:
        yield f"已校时并回读 set and read back: {_words(told.after)}"


def _words(offset: Offset) -> str:
    seconds, error = abs(offset.ahead_ms) / 1000, offset.error_ms / 1000
    way = "快 ahead" if offset.ahead_ms >= 0 else "慢 behind"
    return f"{way} {seconds:.1f} s ± {error:.1f} s"
