"""Promise: a camera left in the middle of something is brought back within ten seconds, and reset only at last."""

import errno
import threading
from array import array
from pathlib import Path
from typing import Any

import pytest
import usb.core  # type: ignore[import-untyped]

from hardware.simulated.camera import Habits
from hardware.simulated.dock import Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind, Nature
from hardware.simulated.usb_backend import Plugged, VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.usb_pipe import READ_BYTES, READ_BYTES_MIN
from hardware.wires import AbsentError, BusyError, Camera, ForbiddenError, SilentError

NOW_MS = 1_790_000_000_500
PLACES = {"1": "1-1.1"}
CLIP = "DCIM/clip.mp4"
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
DEVICE_INFO, OPEN_SESSION, GET_OBJECT, BATTERY = 0x1001, 0x1002, 0x1009, 0x1014
BUSY = 0x2019
SET_CLOCK_DATA = 2
TEN_SECONDS_MS = 10_000


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    dock.film("T8-1", CLIP, CONTENT, 0, 60_000)
    dock.put("T8-1", "1")
    return dock


class Watched(VirtualUsb):
    """Notes what is done to the camera besides reading and writing, and how long it may be silent meanwhile."""

    def __init__(self, dock: Dock, *faults: Fault, **options: Any) -> None:
        super().__init__(dock, PLACES, lambda: NOW_MS, natures={"T8-1": Nature(faults)}, **options)
        self.done: list[str] = []
        self.silent_ms = 0

    def ctrl_transfer(self, dev_handle: Plugged, _kind: int, request: int, *rest: Any) -> int:
        self.done.append({0x64: "cancel", 0x66: "class reset", 0x67: "status"}.get(request, hex(request)))
        return super().ctrl_transfer(dev_handle, _kind, request, *rest)

    def clear_halt(self, dev_handle: Plugged, ep: int) -> None:
        self.done.append("clear halt")
        super().clear_halt(dev_handle, ep)

    def reset_device(self, dev_handle: Plugged) -> None:
        self.done.append("reset")
        super().reset_device(dev_handle)

    def bulk_read(self, dev_handle: Plugged, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
        try:
            return super().bulk_read(dev_handle, ep, intf, buff, timeout)
        except usb.core.USBTimeoutError:
            self.silent_ms += timeout
            raise

    def bulk_write(self, dev_handle: Plugged, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        try:
            return super().bulk_write(dev_handle, ep, intf, data, timeout)
        except usb.core.USBTimeoutError:
            self.silent_ms += timeout
            raise


class Deaf(Watched):
    """Does not know how to cancel; only a reset of its port helps."""

    helped_by_reset = True

    def ctrl_transfer(self, _dev_handle: Plugged, _kind: int, request: int, *_rest: Any) -> int:
        self.done.append(hex(request))
        raise usb.core.USBError("Pipe error", -9, errno.EPIPE)

    def reset_device(self, dev_handle: Plugged) -> None:
        super().reset_device(dev_handle)
        if self.helped_by_reset:
            dev_handle.camera.cancel()


def no_pause(_seconds: float) -> None:
    """Waited long enough."""


def opened(usb_tree: VirtualUsb) -> Camera:
    return UsbCameras(480, usb_tree, pause=no_pause).open("1-1.1")


def pulled(camera: Camera) -> bytes:
    camera.files()
    return b"".join(bytes(piece) for piece in camera.pull(CLIP))


def left_in_the_middle(usb_tree: Watched, file_bytes: int, dock: Dock) -> Camera:
    """By a host that will never come back; kept, because nobody closes it."""
    with (dock.card("T8-1") / "long.mp4").open("wb") as file:
        file.truncate(file_bytes)
    dead = UsbCameras(480, usb_tree).open("1-1.1")
    dead.files()
    next(dead.pull("long.mp4"))
    usb_tree.done.clear()
    return dead


def test_to_a_healthy_camera_nothing_is_done(dock: Dock) -> None:
    usb_tree = Watched(dock)
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    camera.close()
    assert (usb_tree.done, usb_tree.silent_ms) == ([], 0)


def test_a_camera_left_in_the_middle_is_cancelled_and_opened(dock: Dock) -> None:
    usb_tree = Watched(dock, habits=Habits(stale_bytes=8_192, busy_after_cancel=2))
    dead = left_in_the_middle(usb_tree, 20 << 20, dock)
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert usb_tree.done == ["cancel", "status", "status", "status"]
    assert usb_tree.silent_ms < TEN_SECONDS_MS
    camera.close()
    dead.close()


def test_what_the_last_host_was_told_is_not_taken_for_an_answer(dock: Dock) -> None:
    usb_tree = Watched(dock, Fault(Kind.TRANSACTION, DEVICE_INFO, value=77))
    camera = opened(usb_tree)
    assert camera.identity.serial == "T8-1"
    assert "cancel" in usb_tree.done
    assert "reset" not in usb_tree.done
    camera.close()


@pytest.mark.parametrize("operation", [DEVICE_INFO, OPEN_SESSION])
def test_a_camera_silent_at_first_is_asked_again_quietly(dock: Dock, operation: int) -> None:
    usb_tree = Watched(dock, Fault(Kind.SILENCE, operation, times=2))
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert "reset" not in usb_tree.done
    assert usb_tree.silent_ms < TEN_SECONDS_MS
    camera.close()


def test_what_only_a_reset_helps_is_reset_once_and_last(dock: Dock) -> None:
    usb_tree = Deaf(dock)
    dead = left_in_the_middle(usb_tree, 1 << 30, dock)
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert usb_tree.done.count("reset") == 1
    assert usb_tree.done[: usb_tree.done.index("reset")].count("0x64") == 3
    assert usb_tree.silent_ms < TEN_SECONDS_MS
    camera.close()
    dead.close()


def test_what_nothing_helps_is_said_and_was_not_read_to_its_end(dock: Dock) -> None:
    usb_tree = Deaf(dock)
    usb_tree.helped_by_reset = False
    dead = left_in_the_middle(usb_tree, 2 << 30, dock)
    with pytest.raises(SilentError):
        opened(usb_tree)
    assert usb_tree.done.count("reset") == 1
    dead.close()


def test_a_busy_camera_is_left_alone_and_asked_again(dock: Dock) -> None:
    usb_tree = Watched(dock, Fault(Kind.REFUSE, OPEN_SESSION, times=2, value=BUSY))
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert usb_tree.done == []
    camera.close()


def test_a_camera_that_stays_busy_is_not_reset(dock: Dock) -> None:
    usb_tree = Watched(dock, Fault(Kind.REFUSE, OPEN_SESSION, times=EVER_AFTER, value=BUSY))
    with pytest.raises(BusyError, match="ask again"):
        opened(usb_tree)
    assert usb_tree.done == []


def test_between_the_attempts_somebody_waits(dock: Dock) -> None:
    paused: list[float] = []
    usb_tree = Watched(dock, Fault(Kind.REFUSE, OPEN_SESSION, times=2, value=BUSY))
    UsbCameras(480, usb_tree, pause=paused.append).open("1-1.1").close()
    assert sum(paused) > 0


def test_pulled_out_while_it_is_brought_back_it_is_gone(dock: Dock) -> None:
    usb_tree = Deaf(dock)
    dead = left_in_the_middle(usb_tree, 1 << 30, dock)

    def leave(_seconds: float) -> None:
        if dock.camera_in("1") is not None:
            dock.take("1", by_force=True)

    with pytest.raises(AbsentError, match=r"1-1\.1"):
        UsbCameras(480, usb_tree, pause=leave).open("1-1.1")
    dead.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("interrupts of USB")]


# --- stalls


@pytest.mark.parametrize("both_ends", [0, 1])
def test_a_stalled_question_was_refused_and_the_session_goes_on(dock: Dock, both_ends: int) -> None:
    usb_tree = Watched(dock, Fault(Kind.STALL, BATTERY, value=both_ends))
    camera = opened(usb_tree)
    assert camera.battery_percent() is None
    assert pulled(camera) == CONTENT
    assert camera.battery_percent() == 80
    assert set(usb_tree.done) == {"clear halt"}
    camera.close()


def test_a_file_that_stalls_in_the_middle_is_an_error(dock: Dock) -> None:
    usb_tree = Watched(dock, Fault(Kind.STALL, GET_OBJECT, at=1_024), bytes_per_call=512)
    camera = opened(usb_tree)
    with pytest.raises(SilentError, match="broke off"):
        pulled(camera)
    camera.close()
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert "reset" not in usb_tree.done
    camera.close()


def test_a_halt_that_another_host_left_is_cleared(dock: Dock) -> None:
    usb_tree = Watched(dock)
    (plugged,) = usb_tree.enumerate_devices()
    plugged.camera.halted = {"in", "out"}
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert set(usb_tree.done) == {"clear halt"}
    camera.close()


class NoData(Watched):
    """Halts its OUT endpoint instead of taking data."""

    halts = 1

    def bulk_write(self, dev_handle: Plugged, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        if data[4] == SET_CLOCK_DATA and self.halts:
            self.halts -= 1
            raise usb.core.USBError("Pipe error", -9, errno.EPIPE)
        return super().bulk_write(dev_handle, ep, intf, data, timeout)


class StoodStill(Watched):
    """Takes nothing at first; what it is asked meanwhile breaks, and so does the first that it says."""

    def __init__(self, dock: Dock) -> None:
        super().__init__(dock)
        self._breaks = [errno.ETIMEDOUT, errno.EIO]

    def bulk_write(self, dev_handle: Plugged, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        if errno.ETIMEDOUT in self._breaks:
            self._breaks.remove(errno.ETIMEDOUT)
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        return super().bulk_write(dev_handle, ep, intf, data, timeout)

    def ctrl_transfer(self, _dev_handle: Plugged, _kind: int, _request: int, *_rest: Any) -> int:
        raise usb.core.USBError("Input/Output Error", -1, errno.EIO)

    def bulk_read(self, dev_handle: Plugged, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
        if errno.EIO in self._breaks:
            self._breaks.remove(errno.EIO)
            raise usb.core.USBError("Input/Output Error", -1, errno.EIO)
        return super().bulk_read(dev_handle, ep, intf, buff, timeout)


def test_a_camera_that_stood_still_is_greeted_again_and_not_reset(dock: Dock) -> None:
    usb_tree = StoodStill(dock)
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert "reset" not in usb_tree.done
    camera.close()


def test_data_that_a_camera_stalls_at_is_not_sent_as_a_question(dock: Dock) -> None:
    usb_tree = NoData(dock)
    camera = opened(usb_tree)
    with pytest.raises(ForbiddenError):
        camera.set_clock(NOW_MS)
    assert usb_tree.silent_ms < 1_000
    assert pulled(camera) == CONTENT
    camera.close()


def test_answers_are_read_in_little_and_only_what_is_long_in_much(dock: Dock) -> None:
    sizes: set[int] = set()

    class Sized(Watched):
        def bulk_read(self, dev_handle: Plugged, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
            sizes.add(len(buff))
            return super().bulk_read(dev_handle, ep, intf, buff, timeout)

    usb_tree = Sized(dock, habits=Habits(stale_bytes=700))
    dead = left_in_the_middle(usb_tree, 20 << 20, dock)
    camera = opened(usb_tree)
    assert pulled(camera) == CONTENT
    assert sizes == {READ_BYTES_MIN}
    assert sum(len(piece) for piece in camera.pull("long.mp4")) == 20 << 20
    assert sizes == {READ_BYTES_MIN, READ_BYTES}
    camera.close()
    dead.close()
