"""Promise: whatever breaks at libusb, opening a camera comes to an end, with a camera or an error of the wire.

The faults stand at pyusb's backend, above which everything is the code that ships; time is counted, never waited for.
"""

import errno
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.usb_cameras import UsbCameras
from hardware.wires import HostError, SilentError, WireError
from tests.fuzz.hostile_pipe import Draws
from tests.fuzz.hostile_usb import CALLS, MANNERS, PLACE, HostileUsb, breaking
from tests.fuzz.oracle import refused
from tests.fuzz.targets import OPEN_CALLS_MAX, OPEN_MS_MAX, TARGETS, visited_over

STILL_IMAGE, VENDORS_OWN, WITHOUT_INTERRUPTS, LOCKED, QUIET = 0, 1, 2, 12, 16
SOUND, ENDLESS, STALE = 0, 2, 3
SHAPES = (STILL_IMAGE | QUIET, VENDORS_OWN, WITHOUT_INTERRUPTS)
DEAF = b"\x01" * 255
"""A tape of a camera that cancels nothing and is busy whenever it is asked."""
SILENT = {"write": breaking(errno.ETIMEDOUT)}


def camera(shape: int, tape: bytes = b"", left: int = SOUND) -> Draws:
    """Its bytes: what USB is like, what breaks, and what a dead host left unread."""
    unread = b"\x40" + b"\xee" * 64 if left == STALE else b""
    return Draws(bytes([shape, 0, len(tape), *tape, 0, 0, left]) + unread)


def opening(backend: HostileUsb) -> WireError | None:
    """The error it ends with, in bounds."""
    backend.allow(OPEN_CALLS_MAX, OPEN_MS_MAX)
    with backend.host.in_place():
        cameras = UsbCameras(480, backend, pause=backend.host.pause)
        error = refused(lambda: cameras.open(PLACE).close())
    backend.host.requires_none_left()
    return error


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_breaks_for_ever_comes_to_an_end(call: str) -> None:
    for (shape, left), manner in product(zip(SHAPES, (ENDLESS, SOUND, STALE), strict=True), MANNERS):
        for tape, silent in ((b"", {}), (DEAF, {}), (DEAF, SILENT)):
            backend = HostileUsb(camera(shape, tape, left), {**silent, call: breaking(manner)})
            with backend.host.in_place():
                visited_over(UsbCameras(480, backend, pause=backend.host.pause), backend, lambda _file: 0)
            backend.host.requires_none_left()


@given(
    st.sampled_from([*SHAPES, VENDORS_OWN | QUIET, 12]),
    st.lists(st.sampled_from([0, 0, 0, 1, *map(breaking, MANNERS)]), max_size=60),
    st.integers(0, 3),
    st.binary(max_size=600),
)
def test_calls_that_break_here_and_there_come_to_an_end(shape: int, tape: list[int], left: int, said: bytes) -> None:
    TARGETS["usb"](bytes([shape, 0, len(tape), *tape, 0, 0, left]) + said)


# --- each way to go on without end


def test_a_sound_camera_is_opened_at_once() -> None:
    backend = HostileUsb(camera(STILL_IMAGE | QUIET))
    assert opening(backend) is None
    assert (backend.done, backend.host.waited_ms) == ([], 0)


def test_a_camera_that_never_stops_talking_is_drained_only_so_far() -> None:
    backend = HostileUsb(camera(STILL_IMAGE, DEAF, ENDLESS), SILENT)
    assert isinstance(opening(backend), SilentError)
    assert backend.done.count("reset") == 1


def test_a_camera_that_is_busy_for_ever_is_not_waited_for() -> None:
    backend = HostileUsb(camera(STILL_IMAGE, DEAF, STALE), {"busy": 1, "write": breaking("short")})
    assert isinstance(opening(backend), SilentError)
    assert backend.done.count("status") > backend.done.count("cancel")


def test_memory_that_never_comes_is_the_fault_of_this_machine() -> None:
    backend = HostileUsb(camera(STILL_IMAGE), {"read": breaking(errno.ENOMEM)})
    assert isinstance(opening(backend), HostError)


def test_an_endpoint_that_stays_halted_is_an_error() -> None:
    backend = HostileUsb(camera(STILL_IMAGE), {"read": breaking(errno.EPIPE)})
    assert isinstance(opening(backend), SilentError)


def test_what_libusb_cannot_do_is_an_error_of_the_wire() -> None:
    backend = HostileUsb(camera(STILL_IMAGE), {"write": breaking(errno.ENOSYS)})
    assert isinstance(opening(backend), SilentError)


def test_no_thread_is_left_where_nothing_but_a_reset_helps() -> None:
    backend = HostileUsb(camera(STILL_IMAGE | QUIET, DEAF), SILENT)
    assert isinstance(opening(backend), SilentError)
    assert backend.done.count("reset") == 1
    assert len(backend.host.started) == 2


def test_a_tree_that_cannot_be_read_is_the_fault_of_this_machine() -> None:
    for manner in (errno.EIO, errno.ENOMEM, errno.ENOSYS):
        assert isinstance(opening(HostileUsb(camera(STILL_IMAGE), {"enumerate": breaking(manner)})), HostError)


def test_a_locked_camera_that_libusb_cannot_ask_is_an_error_of_the_wire() -> None:
    backend = HostileUsb(camera(LOCKED), {"vendor": breaking(errno.ENOSYS)})
    assert isinstance(opening(backend), SilentError)
    assert backend.handles == 0


def test_a_camera_that_sends_nothing_but_rubbish_is_reset_in_the_end() -> None:
    backend = HostileUsb(camera(STILL_IMAGE, DEAF, ENDLESS), {"cancel": breaking(errno.EPIPE)})
    opening(backend)
    assert backend.done.count("reset") == 1
