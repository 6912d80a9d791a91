"""Promise: a camera's clock is set to the time it is then or said not to be; what nobody could measure is unknown."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hardware.simulated.camera import Habits
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_cameras import UsbCameras
from station.clock import ManualClock
from station.custody.docking import Docking
from station.errors import WireFailedError
from station.stamp import Stamp
from tests.docked_footage import AlteredCameras, at_dock
from tests.docked_station import CAMERA, PLACES, DockedStation
from tests.stations import START

__all__ = ["at_dock"]

pytestmark = pytest.mark.usefixtures("quick_to_close")


def test_a_station_that_does_not_know_the_time_sets_no_clock(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    unsure = ManualClock(msgspec.structs.replace(START, synchronised=False))
    at_dock.usb.at_call(-1, lambda: None)
    with pytest.raises(WireFailedError, match="time server"):
        replace(at_dock.work, clock=unsure).set_clock(number)
    assert at_dock.usb.calls == 0, "the camera was not even asked"
    assert "clock_set" not in at_dock.kinds()


def test_a_camera_that_is_slow_to_open_is_set_to_the_time_it_is_then(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    slow = AlteredCameras(at_dock, lambda _camera: at_dock.clock.advance(7_000))
    at_dock.work_over(slow).set_clock(number)
    assert -1_000 < at_dock.dock.about(CAMERA).clock_ahead_ms <= 0


def test_how_long_the_camera_took_to_say_its_time_is_in_the_error(at_dock: DockedStation) -> None:
    def slow_to_say(camera: Any) -> None:
        clock_ms = camera.clock_ms

        def slowly() -> int | None:
            at_dock.clock.advance(401)
            shown: int | None = clock_ms()
            at_dock.clock.advance(400)
            return shown

        camera.clock_ms = slowly

    at_dock.work_over(AlteredCameras(at_dock, slow_to_say)).identify(at_dock.put())
    admitted = at_dock.said("camera_admitted")
    assert admitted.clock_error_ms == 500 + 401
    assert abs(admitted.clock_ahead_ms - 2_100) <= admitted.clock_error_ms


def test_a_clock_that_cannot_be_read_is_unknown_and_not_said_to_be_set(at_dock: DockedStation) -> None:
    mute = at_dock.work_over(AlteredCameras(at_dock, lambda camera: setattr(camera, "clock_ms", lambda: None)))
    number = at_dock.put()
    mute.identify(number)
    assert at_dock.said("camera_admitted").clock_ahead_ms is None
    mute.read(number)
    mute.set_clock(number)
    assert at_dock.said("clock_not_set").docking == number
    assert "clock_set" not in at_dock.kinds()


def test_a_camera_without_a_clock_is_not_waited_for(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    usb_tree = VirtualUsb(at_dock.dock, PLACES, lambda: 0, Habits(has_clock=False))
    at_dock.work_over(UsbCameras(480, usb_tree)).set_clock(number)
    assert at_dock.said("clock_not_set").docking == number
    assert at_dock.docking().clock_set


def put(docked: DockedStation) -> Docking:
    docked.put()
    return docked.docking()


def test_an_offset_measured_while_the_station_s_clock_stepped_is_not_believed(at_dock: DockedStation) -> None:
    steps = (
        lambda now: msgspec.structs.replace(now, utc_ms=now.utc_ms + 86_400_000),
        lambda now: msgspec.structs.replace(now, synchronised=False),
        lambda now: msgspec.structs.replace(now, boot_id="another"),
    )
    for step in steps:

        class SteppingClock(ManualClock):
            stamps = 0

            def stamp(self, step: Any = step) -> Stamp:
                self.stamps += 1
                now = super().stamp()
                return step(now) if self.stamps % 2 else now

        work = replace(at_dock.work, clock=SteppingClock(START))
        with work._opened(at_dock.docking() if at_dock.state().docking_in("1") else put(at_dock)) as camera:
            assert work._clock_offset(camera) is None
