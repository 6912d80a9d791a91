"""Cameras that speak MTP over USB, found by their place on the USB tree. Keeps nothing of what it reads."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from hardware.mtp.codes import DeviceProperty, Response
from hardware.mtp.datasets import DeviceInfo, Fields, pack_string
from hardware.mtp.datetimes import read_datetime, write_datetime
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.listing import Found, list_files, size_of
from hardware.usb_pipe import UsbPipe
from hardware.wires import AbsentError, Camera, CameraIdentity, ListedFile, LyingError, SilentError, WireError

SERIAL_CHARACTERS_MAX = 96
_LEFT_BY_ANOTHER_HOST = 0
"""No transaction of ours: a camera that is asked to cancel it drops whatever it was in the middle of."""


class UsbCameras:
    """`zone_minutes` is the zone of the times that cameras write without one. No backend: libusb."""

    def __init__(self, zone_minutes: int, backend: Any | None = None) -> None:
        self._zone_minutes = zone_minutes
        self._backend = backend

    def open(self, usb_path: str) -> Camera:
        pipe = UsbPipe(usb_path, self._backend)
        try:
            return MtpCamera(pipe, self._zone_minutes)
        except BaseException:
            pipe.close()
            raise


class MtpCamera:
    """One camera with an MTP session open. After an error of the wire: close it, open it again."""

    def __init__(self, pipe: UsbPipe, zone_minutes: int) -> None:
        self._pipe = pipe
        self._zone_minutes = zone_minutes
        self._listed: dict[str, Found] = {}
        try:
            self._initiator, self._device = _greet(pipe)
        except SilentError:
            pipe.cancel(_LEFT_BY_ANOTHER_HOST)
            self._initiator, self._device = _greet(pipe)
        if not 0 < len(self._device.serial) <= SERIAL_CHARACTERS_MAX:
            raise LyingError(f"the camera says no usable serial number: {self._device.serial!r}; set one on it")

    @property
    def identity(self) -> CameraIdentity:
        return CameraIdentity(self._device.serial, self._device.model)

    def battery_percent(self) -> int | None:
        """Cameras count to 100, 255, 4 or what they please, and describe it."""
        if DeviceProperty.BATTERY_LEVEL not in self._device.properties:
            return None
        try:
            level = self._initiator.property_desc(DeviceProperty.BATTERY_LEVEL)
        except CameraRefusedError:
            return None
        largest = 100 if level.largest is None else level.largest
        return level.value * 100 // largest if 0 <= level.value <= largest and largest else None

    def clock_ms(self) -> int | None:
        if DeviceProperty.DATE_TIME not in self._device.properties:
            return None
        try:
            shown = self._initiator.property_value(DeviceProperty.DATE_TIME)
        except CameraRefusedError as refused:
            if refused.code in {Response.OPERATION_NOT_SUPPORTED, Response.DEVICE_PROP_NOT_SUPPORTED}:
                return None
            raise
        return read_datetime(Fields(shown).string(), self._zone_minutes)

    def set_clock(self, utc_ms: int) -> None:
        text = write_datetime(utc_ms, self._zone_minutes)
        self._initiator.set_property_value(DeviceProperty.DATE_TIME, pack_string(text))

    def files(self) -> tuple[ListedFile, ...]:
        self._listed = list_files(self._initiator, self._device)
        return tuple(self._listed_file(found) for found in self._listed.values())

    def pull(self, path: str) -> Iterator[memoryview]:
        found = self._still_listed(path)
        return self._initiator.object(found.handle, found.size_bytes)

    def delete(self, path: str) -> None:
        self._initiator.delete(self._still_listed(path).handle)

    def close(self) -> None:
        with suppress(WireError):
            if self._initiator.unfinished is None:
                self._initiator.close_session()
            else:
                self._pipe.cancel(self._initiator.unfinished)
        self._pipe.close()

    def _still_listed(self, path: str) -> Found:
        """Cameras give a handle to another file while they are docked: ask again what it is before using it."""
        found = self._listed.get(path)
        if found is None:
            raise AbsentError(f"{path!r} was not on the camera when it was listed; list it again")
        info = self._initiator.object_info(found.handle)
        size = size_of(self._initiator, self._device, found.handle, info)
        if (info, size) != (found.info, found.size_bytes):
            raise LyingError(f"{path!r} is another file now than when it was listed; list the camera again")
        return found

    def _listed_file(self, found: Found) -> ListedFile:
        begun = read_datetime(found.info.created, self._zone_minutes)
        return ListedFile(found.path, found.size_bytes, begun, read_datetime(found.info.modified, self._zone_minutes))


def _greet(pipe: UsbPipe) -> tuple[Initiator, DeviceInfo]:
    """Some cameras say who they are only inside a session, others leave MTP when none is opened at once."""
    initiator = Initiator(pipe)
    try:
        device = initiator.device_info()
    except CameraRefusedError as refused:
        if refused.code != Response.SESSION_NOT_OPEN:
            raise
        initiator.open_session()
        return initiator, initiator.device_info()
    initiator.open_session()
    return initiator, device
