"""A camera's USB interface, claimed: bytes out, bytes in, and its interrupt endpoint emptied ten times a second.

One thread uses the pipe; another, its own, empties the interrupt endpoint, because a camera whose messages nobody reads
stops to answer at all. What they say is dropped: whoever wants to know lists again. Knows of MTP how to cancel, and
that a question that stalls is refused. Sets no configuration; resets nothing unless it is asked to.
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

from hardware.mtp.codes import Response
from hardware.mtp.containers import HEADER, Kind
from hardware.usb_places import find_at, is_disk, mtp_interface
from hardware.wires import (
    AbsentError,
    BusyError,
    ForbiddenError,
    HostError,
    LyingError,
    SilentError,
    WireError,
)

READ_BYTES = 524_288
"""Of a file's body. Larger reads bring next to nothing; thirty bays of these fit what the kernel lends all of USB."""
READ_BYTES_MIN = 16_384
"""Of anything else: most answers are shorter, and the kernel sets aside all that is asked for."""
PATIENCE_MAX_MS = 600_000
_WRITE_PATIENCE_MS = 10_000
_CONTROL_PATIENCE_MS = 500
_AFTER_STALL_MS = 300
_INTERRUPT_PATIENCE_MS = 10
"""Short: while one thread waits inside libusb, the other's every transfer costs it two changes of thread."""
_INTERVAL_MAX, _MICROFRAMES_A_MS = 16, 8
_IDLE_MS = 300
"""A camera quiet for so long has nothing left over."""
_DRAINED_READS_MAX = 128
_STATUS_LOOKS = 20
_BETWEEN_LOOKS_S = 0.1
_CANCEL_REQUEST, _STATUS_REQUEST = 0x64, 0x67
_CANCELLATION_CODE = 0x4001
_STATUS = struct.Struct("<HH")
_STATUS_BYTES_MAX = 32
_GONE = {errno.ENODEV, errno.ENOENT}
_TO_INTERFACE, _FROM_INTERFACE = (
    usb.util.build_request_type(direction, usb.util.CTRL_TYPE_CLASS, usb.util.CTRL_RECIPIENT_INTERFACE)
    for direction in (usb.util.CTRL_OUT, usb.util.CTRL_IN)
)


class UsbPipe:
    """One camera's bulk and interrupt endpoints, from claiming to letting go."""

    def __init__(self, usb_path: str, backend: Any) -> None:
        self._path = usb_path
        self._backend = backend
        self._found: Any = None
        self.patience_max_ms = PATIENCE_MAX_MS
        """No read and no write waits longer than this, whatever it is asked to."""
        try:
            with self._sorted_errors():
                interface = self._claim()
        except BaseException:
            self._let_go()
            raise
        self._answers = array("B", bytes(READ_BYTES_MIN))
        self._bodies = array("B", bytes(READ_BYTES))
        self._in_body = False
        """Whether more is coming: the last read came back full."""
        self._unanswered: int | None = None
        """The transaction that nothing came back to yet."""
        self._stalled = False
        self._closing = threading.Event()
        interrupt = _endpoint(interface, usb.util.ENDPOINT_IN, usb.util.ENDPOINT_TYPE_INTR)
        self._thread = threading.Thread(
            target=self._drop_interrupts, args=(interrupt,), name=f"interrupts of USB {usb_path}", daemon=True
        )
        self._thread.start()

    # --- bytes

    def send(self, encoded: bytes) -> None:
        """A question that a halted endpoint did not take is sent again: the halt is the last host's. Data is not."""
        _length, kind, _code, self._unanswered = HEADER.unpack_from(encoded)
        self._in_body = False
        with self._sorted_errors():
            try:
                sent = self._write(encoded)
            except usb.core.USBError as error:
                if error.errno != errno.EPIPE:
                    raise
                self._clear_halts()
                self._stalled = kind == Kind.DATA
                sent = len(encoded) if self._stalled else self._write(encoded)
        if sent != len(encoded):
            raise SilentError(f"the camera at USB {self._path} took {sent} bytes of {len(encoded)}")

    def receive(self, patience_ms: int) -> memoryview:
        """Asks for many packets each time: smaller reads stall some cameras and overflow others."""
        with self._sorted_errors():
            try:
                received = self._read(_AFTER_STALL_MS if self._stalled else patience_ms)
            except usb.core.USBTimeoutError:
                if not self._stalled:
                    raise
                return self._refusal()
            except usb.core.USBError as error:
                if error.errno != errno.EPIPE or self._stalled:
                    raise
                self._clear_halts()
                if self._unanswered is None:
                    raise
                self._stalled = True
                return self.receive(patience_ms)
        self._unanswered, self._stalled = None, False
        return received

    def _refusal(self) -> memoryview:
        """Some cameras answer behind a stall; for the others the stall is the answer, and this is what it means."""
        transaction, self._unanswered, self._stalled = self._unanswered, None, False
        return memoryview(HEADER.pack(HEADER.size, Kind.RESPONSE, Response.OPERATION_NOT_SUPPORTED, transaction))

    def _write(self, encoded: bytes) -> int:
        return int(self._out.write(encoded, min(_WRITE_PATIENCE_MS, self.patience_max_ms)))

    def _read(self, patience_ms: int) -> memoryview:
        """A read that timed out with some bytes moved counts those and says nothing: nobody takes it for an end."""
        while True:
            buffer = self._bodies if self._in_body else self._answers
            try:
                count = int(self._in.read(buffer, min(patience_ms, self.patience_max_ms)))
            except usb.core.USBError as error:
                if error.errno != errno.ENOMEM or len(buffer) <= READ_BYTES_MIN:
                    raise
                self._bodies = array("B", bytes(len(buffer) // 2))
            else:
                self._in_body = count == len(buffer)
                return memoryview(buffer)[:count]

    def _clear_halts(self) -> None:
        for endpoint in (self._in, self._out):
            with suppress(usb.core.USBError, NotImplementedError):
                endpoint.clear_halt()

    # --- the ends of things

    def recover(self, transaction: int) -> None:
        """Ends what the camera is in the middle of, drops what it had still to say, and waits until it is ready."""
        request = struct.pack("<HI", _CANCELLATION_CODE, transaction)
        self._unanswered, self._stalled = None, False
        with self._sorted_errors():
            self._control(_TO_INTERFACE, _CANCEL_REQUEST, request)
            self._drain()
            for _ in range(_STATUS_LOOKS):
                if self._status() != Response.DEVICE_BUSY:
                    return
                self._closing.wait(_BETWEEN_LOOKS_S)

    def _drain(self) -> None:
        for _ in range(_DRAINED_READS_MAX):
            try:
                self._read(_IDLE_MS)
            except usb.core.USBTimeoutError:
                return
            except usb.core.USBError as error:
                if error.errno != errno.EPIPE:
                    raise
                self._clear_halts()

    def _status(self) -> int | None:
        """None where the camera does not know the question."""
        answer = array("B", bytes(_STATUS_BYTES_MAX))
        count = self._control(_FROM_INTERFACE, _STATUS_REQUEST, answer)
        if count is None or count < _STATUS.size:
            return None
        _length, code = _STATUS.unpack_from(answer)
        return int(code)

    def _control(self, kind: int, request: int, content: Any) -> int | None:
        """None where the camera refuses or says nothing: it is asked for what not every camera knows."""
        try:
            return int(self._found.ctrl_transfer(kind, request, 0, self._interface, content, _CONTROL_PATIENCE_MS))
        except usb.core.USBError as error:
            if error.errno not in {errno.EPIPE, errno.ETIMEDOUT, errno.EIO}:
                raise
        except NotImplementedError:
            pass
        return None

    def reset(self) -> None:
        """The last thing to try: the camera comes back as if it was plugged in anew. Closes this."""
        self._stop()
        with suppress(usb.core.USBError, NotImplementedError):
            self._found.reset()
        self._let_go()

    def close(self) -> None:
        self._stop()
        self._let_go()

    def _claim(self) -> Any:
        """The interface. A camera is configured by the kernel; doing it again would throw it out of its session."""
        self._found = find_at(self._path, self._backend)
        if self._found is None:
            raise AbsentError(f"no camera at USB {self._path}; is it plugged in there?")
        interfaces = tuple(self._found.get_active_configuration())
        interface = mtp_interface(self._found, interfaces)
        if interface is None and is_disk(interfaces):
            raise SilentError(f"what is at USB {self._path} is a disk, not a camera; switch it to MTP")
        if interface is None:
            raise SilentError(f"what is at USB {self._path} offers no MTP; switch it to file transfer")
        self._interface = interface.bInterfaceNumber
        self._out = _bulk_endpoint(interface, usb.util.ENDPOINT_OUT)
        self._in = _bulk_endpoint(interface, usb.util.ENDPOINT_IN)
        usb.util.claim_interface(self._found, self._interface)
        return interface

    def _stop(self) -> None:
        self._closing.set()
        self._thread.join()

    def _let_go(self) -> None:
        with suppress(usb.core.USBError, NotImplementedError):
            if self._found is not None:
                usb.util.dispose_resources(self._found)

    # --- the interrupt endpoint

    def _drop_interrupts(self, endpoint: Any | None) -> None:
        """Ends when the camera is closed or gone; that it is gone, the bulk side notices and says."""
        if endpoint is None:
            return
        buffer = array("B", bytes(endpoint.wMaxPacketSize))
        patience_ms = max(_INTERRUPT_PATIENCE_MS, 2 * _polled_every_ms(self._found.speed, endpoint.bInterval))
        while not self._closing.wait(_BETWEEN_LOOKS_S):
            try:
                while not self._closing.is_set():
                    endpoint.read(buffer, patience_ms)
            except usb.core.USBTimeoutError:
                continue
            except usb.core.USBError as error:
                if error.errno in _GONE:
                    return
                with suppress(usb.core.USBError, NotImplementedError):
                    endpoint.clear_halt()
            except NotImplementedError:
                return

    # --- errors

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
        except WireError:
            return False


def sorted_error(error: Any, usb_path: str, still_there: Callable[[], bool]) -> WireError:
    """Whose fault it is. A transfer cut by pulling the plug fails as any broken one does: look whether it is there."""
    match error.errno:
        case errno.ENODEV | errno.ENOENT:
            return AbsentError(f"the camera at USB {usb_path} is gone")
        case errno.EACCES | errno.EPERM:
            return ForbiddenError(f"the system does not let us open USB {usb_path}; install Dockward's udev rules")
        case errno.EBUSY:
            return BusyError(f"another program holds the camera at USB {usb_path}; stop it (gvfs? gphoto2?)")
        case errno.EOVERFLOW:
            return LyingError(f"the camera at USB {usb_path} sent more than a packet holds")
        case errno.ENOMEM:
            return HostError(
                f"no memory is left to read USB {usb_path}; start the kernel with usbcore.usbfs_memory_mb=64"
            )
        case errno.ETIMEDOUT:
            return SilentError(f"the camera at USB {usb_path} does not answer")
    if not still_there():
        return AbsentError(f"the camera at USB {usb_path} is gone")
    return SilentError(f"the camera at USB {usb_path} broke off: {error}")


def _polled_every_ms(speed: int | None, interval: int) -> int:
    """How often a host asks an interrupt endpoint, as USB counts it: in frames, or in powers of two of microframes."""
    if speed in {usb.util.SPEED_LOW, usb.util.SPEED_FULL}:
        return interval
    return (1 << max(0, min(interval, _INTERVAL_MAX) - 1)) // _MICROFRAMES_A_MS


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
