"""Cameras that speak MTP over USB, found by their place on the USB tree. Keeps nothing of what it reads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from hardware.camera_models import CameraModels, shipped_models
from hardware.mtp.codes import DeviceProperty, Operation, Response
from hardware.mtp.datasets import DeviceInfo, Fields, pack_string
from hardware.mtp.datetimes import read_datetime, write_datetime
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.listing import Found, list_files, require_same, require_unchanged
from hardware.mtp.objects import Describer
from hardware.mtp.pulling import pull
from hardware.mtp.quirks import Quirks
from hardware.usb_pipe import PATIENCE_MAX_MS, UsbPipe
from hardware.usb_places import Place, find_at, places
from hardware.usb_unlock import unlocked
from hardware.wires import (
    AbsentError,
    BusyError,
    Camera,
    CameraIdentity,
    CardSpace,
    ListedFile,
    LyingError,
    SilentError,
    WireError,
)

SERIAL_CHARACTERS_MAX = 96
_LEFT_BY_ANOTHER_HOST = 0
"""No transaction of ours: a camera that is asked to cancel it drops whatever it was in the middle of."""
_GREETINGS = 3
_GREETING_PATIENCE_MS = 2_000
"""A camera that says nothing for so long at first was left in the middle of something."""
_BETWEEN_GREETINGS_S = 0.5
_LOOKS_AFTER_RESET = 20
_BETWEEN_LOOKS_S = 0.25
_EVERY_OBJECT = 0xFFFFFFFF
"""Asked to delete this handle, a camera deletes all it has."""
_UTC = 0

Pause = Callable[[float], object]


class UsbCameras:
    """`zone_minutes` is the zone of the times that cameras write without one. No backend: libusb."""

    def __init__(
        self,
        zone_minutes: int,
        backend: Any | None = None,
        models: CameraModels | None = None,
        pause: Pause | None = None,
    ) -> None:
        self._zone_minutes = zone_minutes
        self._backend = backend
        self._models = models or shipped_models()
        self._pause = pause or threading.Event().wait

    def places(self) -> tuple[Place, ...]:
        """All that is plugged in, cameras or not."""
        return places(self._backend, self._models)

    def open(self, usb_path: str) -> Camera:
        """A camera that another host left in the middle of something is brought back; reset only if nothing helps."""
        quirks = unlocked(usb_path, self._backend, self._models, self._pause).quirks
        pipe = UsbPipe(usb_path, self._backend)
        try:
            initiator, device = greeted(pipe, self._pause)
        except (SilentError, LyingError):
            pipe.reset()
            self._wait_for(usb_path)
            pipe = UsbPipe(usb_path, self._backend)
            with _closed_if_unused(pipe):
                initiator, device = greeted(pipe, self._pause)
        except BaseException:
            pipe.close()
            raise
        with _closed_if_unused(pipe):
            return MtpCamera(pipe, initiator, device, quirks, self._zone_minutes)

    def _wait_for(self, usb_path: str) -> None:
        for _ in range(_LOOKS_AFTER_RESET):
            if find_at(usb_path, self._backend) is not None:
                break
            self._pause(_BETWEEN_LOOKS_S)


class MtpCamera:
    """One camera with an MTP session open. After an error of the wire: close it, open it again."""

    def __init__(
        self, pipe: UsbPipe, initiator: Initiator, device: DeviceInfo, quirks: Quirks, zone_minutes: int
    ) -> None:
        if not 0 < len(device.serial) <= SERIAL_CHARACTERS_MAX:
            raise LyingError(f"the camera says no usable serial number: {device.serial!r}; set one on it")
        self._pipe = pipe
        self._initiator = initiator
        self._device = device
        self._quirks = quirks
        self._zone_minutes = zone_minutes
        self._describe = Describer(initiator, device, quirks)
        self._listed: dict[str, Found] = {}

    @property
    def identity(self) -> CameraIdentity:
        return CameraIdentity(self._device.serial, self._device.model)

    def battery_percent(self) -> int | None:
        """Cameras count to 100, 255, 4 or what they please, and describe it."""
        if DeviceProperty.BATTERY_LEVEL not in self._device.properties:
            return None
        try:
            level = self._initiator.property_desc(DeviceProperty.BATTERY_LEVEL)
        except (CameraRefusedError, LyingError):
            if self._initiator.unfinished is not None:
                raise
            return None
        largest = 100 if level.largest is None else level.largest
        return level.value * 100 // largest if 0 <= level.value <= largest and largest else None

    def cards(self) -> tuple[CardSpace, ...]:
        storages = self._initiator.storage_ids()
        if Operation.GET_STORAGE_INFO not in self._device.operations:
            return tuple(CardSpace(None, None, deletable=True) for _ in storages)
        return tuple(self._initiator.storage_info(storage) for storage in storages)

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
        self._listed = list_files(self._initiator, self._device, self._quirks, self._describe)
        return tuple(self._listed_file(found) for found in self._listed.values())

    def pull(self, path: str, offset: int = 0) -> Iterator[memoryview]:
        found = self._was_listed(path)
        require_same(self._describe(found.handle), found)
        return pull(self._initiator, self._device, self._quirks, found, offset)

    def delete(self, path: str) -> None:
        found = self._was_listed(path)
        require_unchanged(self._initiator, self._device, self._quirks, found)
        if found.handle == _EVERY_OBJECT:
            raise LyingError(f"the camera lists {path!r} under the number that means every file; restart the camera")
        self._initiator.delete(found.handle)

    def close(self) -> None:
        with suppress(WireError):
            if self._initiator.unfinished is None:
                self._initiator.close_session()
            else:
                self._pipe.recover(self._initiator.unfinished)
        self._pipe.close()

    def _was_listed(self, path: str) -> Found:
        found = self._listed.get(path)
        if found is None:
            raise AbsentError(f"{path!r} was not on the camera when it was listed; list it again")
        return found

    def _listed_file(self, found: Found) -> ListedFile:
        zone = _UTC if self._quirks.file_times_in_utc else self._zone_minutes
        begun, ended = read_datetime(found.info.created, zone), read_datetime(found.info.modified, zone)
        return ListedFile(found.path, found.size_bytes, begun, ended, found.described)


@contextmanager
def _closed_if_unused(pipe: UsbPipe) -> Iterator[None]:
    try:
        yield
    except BaseException:
        pipe.close()
        raise


def greeted(pipe: UsbPipe, pause: Pause) -> tuple[Initiator, DeviceInfo]:
    """Quietly, with time between: a camera left in the middle of something needs a moment, not a reset."""
    pipe.patience_max_ms = _GREETING_PATIENCE_MS
    for attempt in range(1, _GREETINGS + 1):
        try:
            greeted = _greet(pipe)
        except BusyError:
            if attempt == _GREETINGS:
                raise
        except (SilentError, LyingError):
            with suppress(SilentError):
                pipe.recover(_LEFT_BY_ANOTHER_HOST)
            if attempt == _GREETINGS:
                raise
        else:
            break
        pause(_BETWEEN_GREETINGS_S * (attempt - 1))
    pipe.patience_max_ms = PATIENCE_MAX_MS
    return greeted


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
