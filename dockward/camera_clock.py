"""`dockward camera clock PATH [--set]`: how far a camera's clock is off, measured before anything sets it.

Without --set it changes nothing. A machine whose own clock nothing keeps true measures, says so, and sets no other's.
"""

import argparse
from collections.abc import Iterator

from msgspec import Struct

from dockward.camera_line import Line, add_camera_arguments, camera_at, tell
from hardware.wires import Camera, LyingError
from station.bays.clock_offset import ClockOffset, Unmeasured, clock_offset
from station.clock import Clock
from station.errors import WireFailedError
from station.stamp import utc_text

_LEFT_OFF_MS_MAX = 2_000
"""A clock that was set to whole seconds, and read whole seconds later, is no further off."""


class Told(Struct, frozen=True):
    """`before` is None where the camera tells no time; `after` where nothing was set."""

    place: str
    serial: str
    before: ClockOffset | None
    after: ClockOffset | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)
    parser.add_argument("--set", action="store_true", help="then set it to this machine's time, and read it back")


def run(arguments: argparse.Namespace, line: Line) -> int:
    with camera_at(arguments, line) as camera:
        before = offset_of(camera, line.clock)
        after = _set(camera, line.clock, before) if arguments.set else None
        told = Told(arguments.place, camera.identity.serial, before, after)
    tell(arguments, told, tuple(lines(told)))
    return 0 if before is not None else 1


def offset_of(camera: Camera, clock: Clock) -> ClockOffset | None:
    """None where the camera tells no time."""
    asked = clock.stamp()
    shown_ms = camera.clock_ms()
    offset = clock_offset(asked, shown_ms, clock.stamp())
    if offset is Unmeasured.OUR_TIME_CHANGED:
        raise WireFailedError("本机时间刚被调整 / this machine's time was changed just now; 请重试 / do it again")
    return offset if isinstance(offset, ClockOffset) else None


def _set(camera: Camera, clock: Clock, before: ClockOffset | None) -> ClockOffset | None:
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


def lines(told: Told) -> Iterator[str]:
    if told.before is None:
        yield "设备不提供时钟 / the camera tells no time over USB: 请在设备上校时 / set it on the camera itself"
        return
    yield f"设备时间 the camera shows: {utc_text(told.before.camera_ms)}"
    yield f"偏差 offset: {_words(told.before)}"
    if not told.before.synchronised:
        yield "本机时间未经校准 / nothing keeps this machine's clock true, so neither is the offset"
    if told.after is not None:
        yield f"已校时并回读 set and read back: {_words(told.after)}"


def _words(offset: ClockOffset) -> str:
    seconds, error = abs(offset.ahead_ms) / 1000, offset.error_ms / 1000
    way = "快 ahead" if offset.ahead_ms >= 0 else "慢 behind"
    return f"{way} {seconds:.1f} s ± {error:.1f} s"
