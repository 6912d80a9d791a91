"""A hostile camera behind libusb, as pyusb asks for it: what the camera says, and how USB breaks meanwhile.

All of it out of chosen bytes: what breaks comes from a tape of its own, so that the camera says the same around it.
Counts the calls and the time that a host asks for, and waits for none of it: a host that goes on without end is
stopped by `UnboundedError`.
"""

import errno
import os
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import repeat
from types import SimpleNamespace
from typing import Any
from unittest import mock

import usb.backend  # type: ignore[import-untyped]
import usb.core  # type: ignore[import-untyped]

from hardware import usb_pipe
from hardware.simulated import usb_descriptors
from hardware.simulated.faults import UsbTraits
from tests.fuzz.hostile_camera import HostileCamera
from tests.fuzz.hostile_pipe import READ_BYTES, Draws, UnboundedError

PLACE = "1-1.1"
_COMMAND = 1
_LOCKED_PRODUCT = 2
_STRING_REQUEST, _CANCEL_REQUEST, _STATUS_REQUEST = 6, 0x64, 0x67
_STRING_CODE, _VENDOR_TYPE = 3, 0x40
_SHAPES = (UsbTraits(), UsbTraits(interface_name="MTP"), UsbTraits(interrupts=False), UsbTraits(mass_storage=True))
_STATUSES = (b"\x04\0\x01\x20", b"\x04\0\x19\x20", b"\x04\0\x1f\x20", b"\x04", b"")
ERRORS: tuple[tuple[int, int | None], ...] = (
    (-7, errno.ETIMEDOUT), (-9, errno.EPIPE), (-4, errno.ENODEV), (-1, errno.EIO), (-8, errno.EOVERFLOW),
    (-11, errno.ENOMEM), (-6, errno.EBUSY), (-3, errno.EACCES), (-10, errno.EINTR), (-5, errno.ENOENT),
    (-2, errno.EINVAL), (-99, None), (-12, errno.ENOSYS),
)  # fmt: skip
"""libusb's numbers, and what pyusb makes of each."""
CALLS = (
    *("enumerate", "open", "configuration", "claim", "string", "release"),
    *("write", "read", "cancel", "status", "clear halt", "reset"),
)
MANNERS = (*(number for _, number in ERRORS), "short", "empty", "gone")
STALLED_MS = 500
"""A question that stalls is given a moment more, each time."""
_BROKEN, _EVER = 128, 64
"""From there on a byte of the tape breaks the call; with this bit every later one of its kind too."""


def breaking(manner: object) -> int:
    """The byte of the tape for it."""
    return _BROKEN + MANNERS.index(manner)


class HostThreads:
    """Time that passes at once, and the threads that a pipe starts: none of them may break, or be left."""

    def __init__(self) -> None:
        self.waited_ms = 0
        self.started: list[threading.Thread] = []
        self.broken: list[BaseException] = []

    def pause(self, seconds: float) -> None:
        self.waited_ms += round(seconds * 1_000)

    def in_place(self) -> AbstractContextManager[object]:
        """While this is entered, pipes wait and start threads here."""
        host = self

        class Event(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                assert timeout is not None, "the host waits for ever"
                if threading.current_thread() not in host.started:
                    host.pause(timeout)
                return self.is_set()

        class Thread(threading.Thread):
            def start(self) -> None:
                host.started.append(self)
                super().start()

            def run(self) -> None:
                try:
                    super().run()
                except Exception as error:  # noqa: BLE001 - any that leaves a thread is the defect looked for
                    host.broken.append(error)

        return mock.patch.object(usb_pipe, "threading", SimpleNamespace(Event=Event, Thread=Thread))

    def requires_none_left(self) -> None:
        assert not self.broken, self.broken
        assert not [thread for thread in self.started if thread.is_alive()], "a thread is left over"


class HostileUsb(usb.backend.IBackend):  # type: ignore[misc]
    """One camera in one place."""

    def __init__(self, draws: Draws, ever: dict[str, int] | None = None) -> None:
        shape = draws.number(1)
        self._traits = _SHAPES[shape & 3]
        self._locked, self._quiet = shape & 12 == 12, bool(shape & 16)
        self._interrupts = Draws(draws.some(draws.below(8)))
        self._tape = Draws(draws.some(draws.number(1)))
        self.camera = HostileCamera(draws)
        self.host = HostThreads()
        self.done: list[str] = []
        """What was done to the camera besides reading and writing."""
        self.commands = self.calls = self.handles = 0
        self._calls_max = self._waited_ms_max = 0
        self._gone = 0
        self._ever = dict(ever or {})
        """How a kind of call breaks from now on; for `busy`, what the camera says it is."""
        self._left = memoryview(b"")
        self._unsaid = [self._of_a_dead_host(draws.below(4), draws)]
        """What the camera has still to say, in its order: a new question does not take back an old answer."""

    def _of_a_dead_host(self, manner: int, draws: Draws) -> Iterator[bytes]:
        """What the camera had still to say to whoever asked it last."""
        if manner == 2:
            return repeat(bytes(READ_BYTES))
        return iter([draws.some(draws.number(1))] if manner == 3 else [])

    # --- how much a host may do

    def allow(self, calls: int, waited_ms: int) -> None:
        """From now on, and a moment more for each question."""
        self._calls_max = self.calls + calls
        self._waited_ms_max = self.host.waited_ms + waited_ms - STALLED_MS * self.commands

    def _count(self) -> None:
        self.calls += 1
        if self.calls > self._calls_max:
            raise UnboundedError(f"the host went on to call {self.calls}")
        if self.host.waited_ms > self._waited_ms_max + STALLED_MS * self.commands:
            raise UnboundedError(f"the host waits for {self.host.waited_ms / 1_000} s")

    def _manner(self, call: str, timeout_ms: int = 0) -> object:
        """Nothing, `short` or `empty`; all other manners break the call."""
        self._count()
        drawn = self._ever.get(call) or self._tape.number(1)
        if drawn < _BROKEN:
            return None
        if drawn & _EVER:
            self._ever[call] = drawn
        manner = MANNERS[drawn % _EVER % len(MANNERS)]
        if manner == "gone":
            self._gone = 1 + self._tape.number(1)
        if manner == errno.ETIMEDOUT:
            self.host.waited_ms += timeout_ms
        if manner == errno.ENOSYS and call == "release":
            return None  # libusb knows both wherever it knows USB at all
        if manner not in {"short", "empty"}:
            raise _error(errno.ENODEV if manner == "gone" else manner)
        return manner

    # --- the tree

    def enumerate_devices(self) -> Iterator[object]:
        self._manner("enumerate")
        self._gone = max(0, self._gone - 1)
        return iter([] if self._gone else [self])

    def get_parent(self, dev: object) -> None:
        """Hubs are not shown."""

    def get_device_descriptor(self, _dev: object) -> SimpleNamespace:
        device = usb_descriptors.device(PLACE, 1)
        device.idProduct = _LOCKED_PRODUCT if self._locked else device.idProduct
        return device

    def get_configuration_descriptor(self, _dev: object, config: int) -> SimpleNamespace:
        _only_one(config)
        return usb_descriptors.configuration(self._traits)

    def get_interface_descriptor(self, _dev: object, intf: int, alt: int, config: int) -> SimpleNamespace:
        _only_one(intf, alt, config)
        return usb_descriptors.interface(self._traits)

    def get_endpoint_descriptor(self, _dev: object, ep: int, *_indices: int) -> SimpleNamespace:
        return usb_descriptors.endpoint(self._traits, ep)

    # --- opening

    def open_device(self, dev: object) -> object:
        self._manner("open")
        self.handles += 1
        return dev

    def close_device(self, _handle: object) -> None:
        self.handles -= 1

    def get_configuration(self, _handle: object) -> int:
        return 0 if self._manner("configuration") else 1

    def claim_interface(self, _handle: object, _interface: int) -> None:
        self._manner("claim")

    def release_interface(self, _handle: object, _interface: int) -> None:
        self._manner("release")

    def clear_halt(self, _handle: object, _ep: int) -> None:
        if threading.current_thread() not in self.host.started:
            self._manner("clear halt")

    def reset_device(self, _handle: object) -> None:
        self.done.append("reset")
        self._manner("reset")
        self._gone, self._unsaid = self._tape.number(1), []

    # --- transfers

    def bulk_write(self, _handle: object, _ep: int, _intf: int, data: "array[int]", timeout: int) -> int:
        manner = self._manner("write", timeout)
        if manner:
            return len(data) - 1 if manner == "short" else 0
        if data[4] == _COMMAND:
            self.commands += 1
            self._unsaid.append(self.camera.answer(data.tobytes()))
        return len(data)

    def bulk_read(self, _handle: object, _ep: int, _intf: int, buff: "array[int]", timeout: int) -> int:
        """A read ends where its buffer does, or the camera's: what did not fit comes with the next."""
        manner = self._manner("read", timeout)
        if manner == "empty":
            return 0
        if not self._left:
            self._left = memoryview(self._next(timeout))
        count = min(len(buff), len(self._left), 1 if manner == "short" else READ_BYTES)
        memoryview(buff)[:count], self._left = self._left[:count], self._left[count:]
        return count

    def _next(self, timeout_ms: int) -> bytes:
        while self._unsaid:
            read = next(self._unsaid[0], None)
            if read is not None:
                return read
            self._unsaid.pop(0)
        self.host.waited_ms += timeout_ms
        raise _error(errno.ETIMEDOUT)

    def intr_read(self, _handle: object, _ep: int, _intf: int, buff: "array[int]", _timeout: int) -> int:
        """When its bytes are used up it is silent, or gone."""
        if self._interrupts.over:
            if self._quiet:
                threading.Event().wait(0.000_5)
            raise _error(errno.ETIMEDOUT if self._quiet else errno.ENODEV)
        drawn = self._interrupts.number(1)
        if drawn >= _BROKEN:
            raise _error(ERRORS[drawn % len(ERRORS)][1])
        return min(drawn, len(buff))

    def ctrl_transfer(
        self, _handle: object, kind: int, request: int, value: int, _index: int, content: Any, timeout: int
    ) -> int:
        name = {_STRING_REQUEST: "string", _CANCEL_REQUEST: "cancel", _STATUS_REQUEST: "status"}.get(request, "vendor")
        self.done.append(name)
        manner = self._manner(name, timeout)
        if not kind & 0x80:
            return self._told(name, kind, len(content))
        said = self._said(name, value)[: {"short": 1, "empty": 0}.get(str(manner))][: len(content)]
        memoryview(content)[: len(said)] = said
        return len(said)

    def _told(self, name: str, kind: int, count: int) -> int:
        obeys = not self._tape.below(2)
        if name == "cancel" and obeys:
            self._left, self._unsaid = memoryview(b""), []
        if kind == _VENDOR_TYPE and obeys:
            self._locked = False
        return count

    def _said(self, name: str, value: int) -> bytes:
        if name == "status":
            return _STATUSES[self._ever.get("busy", self._tape.number(1)) % len(_STATUSES)]
        said = usb_descriptors.string(self._traits, value & 0xFF) if value >> 8 == _STRING_CODE else None
        return said or b""


def _error(number: object) -> Exception:
    error: Exception
    code = next(code for code, known in ERRORS if known == number)
    if number == errno.ENOSYS:
        return NotImplementedError("Operation not supported or unimplemented on this platform")
    kind: Callable[..., Exception] = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    error = kind("Other error" if number is None else os.strerror(int(str(number))), code, number)
    return error


def _only_one(*indices: int) -> None:
    for index in indices:
        if index:
            raise IndexError(index)
