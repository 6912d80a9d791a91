"""A USB tree on which the cameras of a dock are plugged in: what pyusb asks of libusb, answered from a folder.

Plugging and pulling happen in the folder, also by another process, and are seen at the next call; a transfer that was
under way breaks as libusb's does. Waits only where a camera has something to say later: never by the clock.
"""

import errno
import os
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import usb.backend  # type: ignore[import-untyped]
import usb.core  # type: ignore[import-untyped]

from hardware.simulated import usb_descriptors
from hardware.simulated.camera import Habits, SimulatedCamera
from hardware.simulated.dock import Dock
from hardware.simulated.faults import Nature, Schedule, UsbTraits
from hardware.simulated.nature_file import read_nature
from hardware.simulated.usb_descriptors import BULK_IN

__all__ = ["BULK_IN", "Plugged", "VirtualUsb"]

_STRING_REQUEST, _STRING = 6, 3
_CANCEL_REQUEST, _RESET_REQUEST, _STATUS_REQUEST = 0x64, 0x66, 0x67


class Plugged:
    """A camera from plugging in to pulling out: what pyusb calls a device here, and its handle too."""

    def __init__(self, bay: str, place: str, marker: object, address: int, camera: SimulatedCamera) -> None:
        self.bay = bay
        self.place = place
        self.marker = marker
        self.address = address
        self.camera = camera
        self.traits = UsbTraits()
        self.told_gone = False
        self.changed = threading.Condition()
        """Held by whoever moves the camera; notified when an interrupt was read, or the plug pulled."""

    @property
    def blocked(self) -> bool:
        return self.camera.blocked and self.traits.interrupts


class VirtualUsb(usb.backend.IBackend):  # type: ignore[misc]
    """`places` are the bays and where on the USB tree each has its cable; `natures` go by serial.

    Whoever is in none of them is as the dock says of it, and else as the others.
    """

    def __init__(
        self,
        dock: Dock,
        places: Mapping[str, str],
        now_ms: Callable[[], int],
        habits: Habits | None = None,
        bytes_per_call: int | None = None,
        natures: Mapping[str, Nature] | None = None,
    ) -> None:
        self._dock = dock
        self._places = places
        self._now_ms = now_ms
        self._habits = habits or Habits()
        self._bytes_per_call = bytes_per_call
        self._lock = threading.Lock()
        self._plugged: dict[str, Plugged] = {}
        self._addresses = 0
        self._natures = dict(natures or {})
        self._schedules = {serial: Schedule(nature.faults) for serial, nature in self._natures.items()}
        self.resets = 0
        """How often a port was reset, which is to be the last that anybody tries."""

    # --- the tree

    def enumerate_devices(self) -> Iterator[Plugged]:
        found = [self._look(bay) for bay in self._places]
        return iter([plugged for plugged in found if plugged is not None])

    def _look(self, bay: str) -> Plugged | None:
        """The same camera put back is another one to USB: each putting writes a new file."""
        with self._lock:
            marker = _marker(self._dock.folder / "bays" / bay)
            serial = self._dock.camera_in(bay)
            known = self._plugged.get(bay)
            if marker is None or serial is None or self._dock.asleep(serial):
                self._plugged.pop(bay, None)
                return None
            if known is None or known.marker != marker:
                self._addresses += 1
                nature = self._nature_of(serial)
                habits = nature.habits or self._habits
                camera = SimulatedCamera(self._dock, serial, self._now_ms, habits, self._schedules.get(serial))
                known = self._plugged[bay] = Plugged(bay, self._places[bay], marker, self._addresses, camera)
                known.traits = nature.traits
            return known

    def _nature_of(self, serial: str) -> Nature:
        if serial not in self._natures and (said := self._dock.nature(serial)) is not None:
            self._natures[serial] = read_nature(said)
            self._schedules[serial] = Schedule(self._natures[serial].faults)
        return self._natures.get(serial, Nature())

    def get_parent(self, dev: Plugged) -> None:
        """Hubs are not shown."""

    def get_device_descriptor(self, dev: Plugged) -> SimpleNamespace:
        return usb_descriptors.device(dev.place, dev.address)

    def get_configuration_descriptor(self, dev: Plugged, config: int) -> SimpleNamespace:
        _only_one(config)
        return usb_descriptors.configuration(dev.traits)

    def get_interface_descriptor(self, dev: Plugged, intf: int, alt: int, config: int) -> SimpleNamespace:
        for index in (intf, alt, config):
            _only_one(index)
        return usb_descriptors.interface(dev.traits)

    def get_endpoint_descriptor(self, dev: Plugged, ep: int, *_indices: int) -> SimpleNamespace:
        return usb_descriptors.endpoint(dev.traits, ep)

    # --- opening

    def open_device(self, dev: Plugged) -> Plugged:
        self._require_there(dev)
        return dev

    def close_device(self, dev_handle: Plugged) -> None:
        """Nothing is held for an open camera."""

    def get_configuration(self, dev_handle: Plugged) -> int:
        self._require_there(dev_handle)
        return 1

    def claim_interface(self, dev_handle: Plugged, _interface: int) -> None:
        self._require_there(dev_handle)
        number = dev_handle.traits.claim_errno
        if number is not None:
            raise usb.core.USBError(os.strerror(number), -6 if number == errno.EBUSY else -3, number)

    def release_interface(self, dev_handle: Plugged, _interface: int) -> None:
        self._require_there(dev_handle)

    def clear_halt(self, dev_handle: Plugged, ep: int) -> None:
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            dev_handle.camera.halted.discard(_direction(ep))

    def reset_device(self, dev_handle: Plugged) -> None:
        """Leaves a camera that stands in the middle of something where it stands, as it was seen to do."""
        self._require_there(dev_handle)
        self.resets += 1

    # --- transfers

    def bulk_write(self, dev_handle: Plugged, ep: int, _interface: int, data: "array[int]", _timeout: int) -> int:
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            _require_running(dev_handle, ep)
            if dev_handle.camera.busy() or dev_handle.traits.mass_storage:
                raise _timed_out()
            try:
                dev_handle.camera.take(data.tobytes())
            except OSError as error:
                raise usb.core.USBError(str(error), -1, errno.EIO) from error
            dev_handle.changed.notify_all()
        return len(data)

    def bulk_read(self, dev_handle: Plugged, ep: int, _interface: int, buff: "array[int]", timeout: int) -> int:
        most = dev_handle.traits.read_bytes_max
        if most is not None and len(buff) > most:
            raise usb.core.USBError("Insufficient memory", -11, errno.ENOMEM)
        room = memoryview(buff)[: self._bytes_per_call]
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            _require_running(dev_handle, ep)
            if not dev_handle.changed.wait_for(lambda: not dev_handle.blocked, timeout / 1000):
                raise _timed_out()
            try:
                count = dev_handle.camera.give(room)
            except OSError as error:
                raise usb.core.USBError(str(error), -1, errno.EIO) from error
            if dev_handle.camera.vanished and self._look(dev_handle.bay) is dev_handle:
                self._dock.take(dev_handle.bay, by_force=True)
                self._require_transfer(dev_handle)
            _require_running(dev_handle, ep)
        if count is None:
            raise _timed_out()
        return count

    def intr_read(self, dev_handle: Plugged, _ep: int, _interface: int, buff: "array[int]", timeout: int) -> int:
        with dev_handle.changed:
            self._require_there(dev_handle)
            said = dev_handle.camera.interrupts
            if not dev_handle.changed.wait_for(lambda: said or dev_handle.told_gone, timeout / 1000):
                raise _timed_out()
            self._require_there(dev_handle)
            message = said.popleft()
            dev_handle.changed.notify_all()
        memoryview(buff)[: len(message)] = message
        return len(message)

    def ctrl_transfer(self, dev_handle: Plugged, _kind: int, request: int, *value_index_content_timeout: Any) -> int:
        value, _index, content, _timeout = value_index_content_timeout
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            told = None
            if request == _STRING_REQUEST and value >> 8 == _STRING:
                told = usb_descriptors.string(dev_handle.traits, value & 0xFF)
            elif request == _STATUS_REQUEST and dev_handle.traits.knows_status:
                told = dev_handle.camera.status()
            elif request == _CANCEL_REQUEST:
                dev_handle.camera.cancel()
                return len(content)
            elif request == _RESET_REQUEST:
                dev_handle.camera.reset()
                return 0
        if told is None:
            raise _stalled()
        told = told[: len(content)]
        memoryview(content)[: len(told)] = told
        return len(told)

    # --- pulling the plug

    def _require_there(self, plugged: Plugged) -> None:
        if self._look(plugged.bay) is not plugged:
            raise usb.core.USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)

    def _require_transfer(self, plugged: Plugged) -> None:
        """The first transfer that a pulled plug cuts fails as a broken one, the next for want of a camera."""
        if self._look(plugged.bay) is not plugged and not plugged.told_gone:
            plugged.told_gone = True
            plugged.changed.notify_all()
            raise usb.core.USBError("Input/Output Error", -1, errno.EIO)
        self._require_there(plugged)


def _timed_out() -> Exception:
    error: Exception = usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
    return error


def _stalled() -> Exception:
    error: Exception = usb.core.USBError("Pipe error", -9, errno.EPIPE)
    return error


def _direction(ep: int) -> str:
    return "in" if ep & 0x80 else "out"


def _require_running(plugged: Plugged, ep: int) -> None:
    if _direction(ep) in plugged.camera.halted:
        raise _stalled()


def _only_one(index: int) -> None:
    if index:
        raise IndexError(index)


def _marker(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
