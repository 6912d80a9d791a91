"""A camera's USB interface, claimed: bytes out, bytes in, and its interrupt endpoint read all the time.

One thread uses the pipe; another, its own, empties the interrupt endpoint, because a camera whose messages nobody reads
stops to answer at all. What they say is dropped: whoever wants to know lists again. Knows no MTP beyond how to cancel.
"""

import errno
import struct
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import usb.core  # type: ignore[import-untyped]
import usb.util  # type: ignore[import-untyped]

from hardware.wires import AbsentError, ForbiddenError, LyingError, SilentError, WireError

READ_BYTES = 262_144
"""Larger reads bring nothing; eight bays of these fit the memory that the kernel lends all of USB."""
_WRITE_PATIENCE_MS = 10_000
_INTERRUPT_PATIENCE_MS = 100
"""How long closing waits for the interrupt thread, at most."""
_IDLE_MS = 300
"""A camera quiet for so long has nothing left over."""
_DRAINED_READS_MAX = 4_096
_CANCEL_REQUEST = 0x64
_CANCELLATION_CODE = 0x4001
_TO_INTERFACE_OF_CLASS = usb.util.build_request_type(
    usb.util.CTRL_OUT, usb.util.CTRL_TYPE_CLASS, usb.util.CTRL_RECIPIENT_INTERFACE
)
_STILL_IMAGE_CLASS = (6, 1, 1)
_VENDOR_CLASS = 0xFF


def place_of(found: Any) -> str | None:
    """`1-1.4`, as the kernel calls it; None for what is plugged in nowhere, a controller."""
    if not found.port_numbers:
        return None
    return f"{found.bus}-{'.'.join(str(number) for number in found.port_numbers)}"


def find_at(usb_path: str, backend: Any) -> Any | None:
    """What is plugged in at this place now."""
    try:
        everything = usb.core.find(find_all=True, backend=backend)
        return next((found for found in everything if place_of(found) == usb_path), None)
    except usb.core.NoBackendError as error:
        raise ForbiddenError("libusb is not installed; install it: apt-get install libusb-1.0-0") from error


class UsbPipe:
    """One camera's bulk and interrupt endpoints, from claiming to letting go."""

    def __init__(self, usb_path: str, backend: Any) -> None:
        self._path = usb_path
        self._backend = backend
        with self._sorted_errors():
            found = find_at(usb_path, backend)
            if found is None:
                raise AbsentError(f"no camera at USB {usb_path}; is it plugged in there?")
            interface = _mtp_interface(found)
            if interface is None:
                raise SilentError(f"what is at USB {usb_path} offers no MTP; switch it to file transfer")
            self._found = found
            self._interface = interface.bInterfaceNumber
            self._out = _bulk_endpoint(interface, usb.util.ENDPOINT_OUT)
            self._in = _bulk_endpoint(interface, usb.util.ENDPOINT_IN)
            usb.util.claim_interface(found, self._interface)
        self._buffer = array("B", bytes(READ_BYTES))
        self._closing = threading.Event()
        interrupt = _endpoint(interface, usb.util.ENDPOINT_IN, usb.util.ENDPOINT_TYPE_INTR)
        self._thread = threading.Thread(
            target=self._drop_interrupts, args=(interrupt,), name=f"interrupts of USB {usb_path}", daemon=True
        )
        self._thread.start()

    def send(self, encoded: bytes) -> None:
        with self._sorted_errors():
            sent = self._out.write(encoded, _WRITE_PATIENCE_MS)
        if sent != len(encoded):
            raise SilentError(f"the camera at USB {self._path} took {sent} bytes of {len(encoded)}")

    def receive(self, patience_ms: int) -> memoryview:
        """Asks for a full buffer each time: smaller reads stall some cameras and overflow others."""
        with self._sorted_errors():
            count = self._in.read(self._buffer, patience_ms)
        return memoryview(self._buffer)[:count]

    def cancel(self, transaction: int) -> None:
        """Ends what the camera is in the middle of, and drops what it had still to say."""
        request = struct.pack("<HI", _CANCELLATION_CODE, transaction)
        with self._sorted_errors():
            self._found.ctrl_transfer(
                _TO_INTERFACE_OF_CLASS, _CANCEL_REQUEST, 0, self._interface, request, _WRITE_PATIENCE_MS
            )
        with suppress(SilentError):
            for _ in range(_DRAINED_READS_MAX):
                self.receive(_IDLE_MS)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        with suppress(usb.core.USBError, NotImplementedError):
            usb.util.dispose_resources(self._found)

    def _drop_interrupts(self, endpoint: Any | None) -> None:
        """Ends when the camera is closed or gone; that it is gone, the bulk side notices and says."""
        if endpoint is None:
            return
        buffer = array("B", bytes(endpoint.wMaxPacketSize))
        with suppress(usb.core.USBError, NotImplementedError):
            while not self._closing.is_set():
                with suppress(usb.core.USBTimeoutError):
                    endpoint.read(buffer, _INTERRUPT_PATIENCE_MS)

    @contextmanager
    def _sorted_errors(self) -> Iterator[None]:
        try:
            yield
        except usb.core.USBError as error:
            raise sorted_error(error, self._path, self._still_there) from error
        except NotImplementedError as error:  # pyusb's name for what libusb does not support
            raise SilentError(f"the camera at USB {self._path} cannot be spoken to so: {error}") from error

    def _still_there(self) -> bool:
        try:
            return find_at(self._path, self._backend) is not None
        except (usb.core.USBError, NotImplementedError):
            return False


def sorted_error(error: Any, usb_path: str, still_there: Callable[[], bool]) -> WireError:
    """Whose fault it is. A transfer cut by pulling the plug fails as any broken one does: look whether it is there."""
    match error.errno:
        case errno.ENODEV | errno.ENOENT:
            return AbsentError(f"the camera at USB {usb_path} is gone")
        case errno.EACCES | errno.EPERM:
            return ForbiddenError(f"the system does not let us open USB {usb_path}; install Dockward's udev rules")
        case errno.EBUSY:
            return ForbiddenError(f"another program holds the camera at USB {usb_path}; stop it (gvfs? gphoto2?)")
        case errno.EOVERFLOW:
            return LyingError(f"the camera at USB {usb_path} sent more than a packet holds")
        case errno.ETIMEDOUT:
            return SilentError(f"the camera at USB {usb_path} does not answer")
    if not still_there():
        return AbsentError(f"the camera at USB {usb_path} is gone")
    return SilentError(f"the camera at USB {usb_path} broke off: {error}")


def _mtp_interface(found: Any) -> Any | None:
    for interface in found.get_active_configuration():
        kind = (interface.bInterfaceClass, interface.bInterfaceSubClass, interface.bInterfaceProtocol)
        if kind == _STILL_IMAGE_CLASS or (kind[0] == _VENDOR_CLASS and "MTP" in _name(found, interface.iInterface)):
            return interface
    return None


def _name(found: Any, index: int) -> str:
    try:
        return str(usb.util.get_string(found, index) or "")
    except ValueError:  # it has no strings in any language
        return ""


def _bulk_endpoint(interface: Any, direction: int) -> Any:
    found = _endpoint(interface, direction, usb.util.ENDPOINT_TYPE_BULK)
    if found is None:
        raise LyingError("a camera offers MTP and has no endpoints for it; restart the camera")
    return found


def _endpoint(interface: Any, direction: int, kind: int) -> Any | None:
    return usb.util.find_descriptor(
        interface,
        custom_match=lambda endpoint: (
            usb.util.endpoint_direction(endpoint.bEndpointAddress) == direction
            and usb.util.endpoint_type(endpoint.bmAttributes) == kind
        ),
    )
