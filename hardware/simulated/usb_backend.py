"""A USB tree on which the cameras of a dock are plugged in: what pyusb asks of libusb, answered from a folder.

Plugging and pulling happen in the folder, also by another process, and are seen at the next call; a transfer that was
under way breaks as libusb's does. Waits only where a camera has something to say later: never by the clock.
"""

import errno
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import usb.backend  # type: ignore[import-untyped]
import usb.core  # type: ignore[import-untyped]

from hardware.simulated.camera import Habits, SimulatedCamera
from hardware.simulated.camera_transfers import PACKET_BYTES
from hardware.simulated.dock import Dock

BULK_IN, BULK_OUT, INTERRUPT_IN = 0x81, 0x02, 0x83
_CANCEL_REQUEST = 0x64
_INTERRUPT_BYTES = 64


class Plugged:
    """A camera from plugging in to pulling out: what pyusb calls a device here, and its handle too."""

    def __init__(self, bay: str, place: str, marker: object, address: int, camera: SimulatedCamera) -> None:
        self.bay = bay
        self.place = place
        self.marker = marker
        self.address = address
        self.camera = camera
        self.told_gone = False
        self.changed = threading.Condition()
        """Held by whoever moves the camera; notified when an interrupt was read, or the plug pulled."""


class VirtualUsb(usb.backend.IBackend):  # type: ignore[misc]
    """`places` are the bays and where on the USB tree each has its cable."""

    def __init__(
        self,
        dock: Dock,
        places: Mapping[str, str],
        now_ms: Callable[[], int],
        habits: Habits | None = None,
        bytes_per_call: int | None = None,
    ) -> None:
        self._dock = dock
        self._places = places
        self._now_ms = now_ms
        self._habits = habits or Habits()
        self._bytes_per_call = bytes_per_call
        self._lock = threading.Lock()
        self._plugged: dict[str, Plugged] = {}
        self._addresses = 0

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
            if marker is None or serial is None:
                self._plugged.pop(bay, None)
                return None
            if known is None or known.marker != marker:
                self._addresses += 1
                camera = SimulatedCamera(self._dock, serial, self._now_ms, self._habits)
                known = self._plugged[bay] = Plugged(bay, self._places[bay], marker, self._addresses, camera)
            return known

    def get_parent(self, dev: Plugged) -> None:
        """Hubs are not shown."""

    def get_device_descriptor(self, dev: Plugged) -> SimpleNamespace:
        bus, _, ports = dev.place.partition("-")
        numbers = tuple(int(number) for number in ports.split("."))
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=0x1209, idProduct=0x0001, bcdDevice=0x100, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=dev.address, bus=int(bus), port_number=numbers[-1],
            port_numbers=numbers, speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, _dev: Plugged, config: int) -> SimpleNamespace:
        _only_one(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=39, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0x80, bMaxPower=250, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, _dev: Plugged, intf: int, alt: int, config: int) -> SimpleNamespace:
        for index in (intf, alt, config):
            _only_one(index)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=3, bInterfaceClass=6,
            bInterfaceSubClass=1, bInterfaceProtocol=1, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, _dev: Plugged, ep: int, *_indices: int) -> SimpleNamespace:
        address, attributes, packet = (
            (BULK_IN, 2, PACKET_BYTES),
            (BULK_OUT, 2, PACKET_BYTES),
            (INTERRUPT_IN, 3, _INTERRUPT_BYTES),
        )[ep]
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=attributes, wMaxPacketSize=packet,
            bInterval=6, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

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

    def release_interface(self, dev_handle: Plugged, _interface: int) -> None:
        self._require_there(dev_handle)

    # --- transfers

    def bulk_write(self, dev_handle: Plugged, _ep: int, _interface: int, data: "array[int]", _timeout: int) -> int:
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            if dev_handle.camera.busy():
                raise _timed_out()
            try:
                dev_handle.camera.take(data.tobytes())
            except OSError as error:
                raise usb.core.USBError(str(error), -1, errno.EIO) from error
            dev_handle.changed.notify_all()
        return len(data)

    def bulk_read(self, dev_handle: Plugged, _ep: int, _interface: int, buff: "array[int]", timeout: int) -> int:
        room = memoryview(buff)[: self._bytes_per_call]
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            if not dev_handle.changed.wait_for(lambda: not dev_handle.camera.blocked, timeout / 1000):
                raise _timed_out()
            try:
                count = dev_handle.camera.give(room)
            except OSError as error:
                raise usb.core.USBError(str(error), -1, errno.EIO) from error
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
        _value, _index, content, _timeout = value_index_content_timeout
        with dev_handle.changed:
            self._require_transfer(dev_handle)
            if request != _CANCEL_REQUEST:
                raise usb.core.USBError("Pipe error", -9, errno.EPIPE)
            dev_handle.camera.cancel()
        return len(content)

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


def _only_one(index: int) -> None:
    if index:
        raise IndexError(index)


def _marker(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
