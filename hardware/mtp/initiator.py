"""The host's side of MTP: one question at a time over a pipe of bytes, its data, its answer. Never a short success.

Data ends where its size says, never where a read does: reads come back cut anywhere, joined with what follows, or
empty. After anything but a whole answer the camera stands in the middle of something: it is asked nothing more until
it was closed and opened again. No USB, clock or thread inside.
"""

from collections.abc import Iterator
from typing import Protocol

from hardware.mtp import codes, patience
from hardware.mtp.codes import DeviceProperty, ObjectProperty, Operation, Response, name_of
from hardware.mtp.containers import HEADER, PARAMETER_BYTES, RESPONSE_BYTES_MAX, Header, Kind, pack_command, pack_data
from hardware.mtp.datasets import DeviceInfo, Fields, ObjectInfo, PropDesc, read_card_space
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import BusyError, CardSpace, ForbiddenError, LyingError, SilentError

DATASET_BYTES_MAX = 1_048_576
"""The handles of a quarter of a million files; a dataset of anything else is far smaller."""
PROPERTY_LIST_BYTES_MAX = 8 * DATASET_BYTES_MAX
"""One property of each file in a folder."""
_PACKET_BYTES = 64
"""The smallest in use; all larger ones are multiples of it."""
_EMPTY_READS_MAX = 4
"""A packet of no bytes may end each transfer; more than a few in a row are a camera that sends nothing."""
_READS_MIN, _BYTES_A_READ_MIN = 16_384, 32
"""In so many reads an answer comes at most, and one more for so many bytes."""
_SESSION = 1
_TRANSACTION_MAX = 0xFFFFFFFE
_NO_GROUP, _NO_DEPTH, _DEPTH = 0, 0, 1
_RESPONSE_BITS, _RESPONSES = 0x7000, 0x2000
"""The codes of responses, the standard's and the vendors', have these bits of those."""


class Pipe(Protocol):
    """Bytes to the camera and back. Raises what `hardware.wires` has; the bytes received may be any number."""

    def send(self, encoded: bytes) -> None: ...

    def receive(self, patience_ms: int) -> memoryview:
        """What comes next, good until the next call; SilentError when nothing does."""


class CameraRefusedError(ForbiddenError):
    """The camera answered, and the answer was no; it may be asked other things."""

    def __init__(self, operation: Operation, code: int) -> None:
        super().__init__(f"the camera answered {operation.name} with {name_of(code, Response)}")
        self.code = code


class Initiator:
    """Asks one camera. Used by one thread at a time."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._rest = memoryview(b"")
        self._read_bytes = 0
        self._patience_ms = patience.DATA_MS
        self._operation = Operation.GET_DEVICE_INFO
        self._next_transaction: int | None = None
        self.unfinished: int | None = None
        """The transaction whose answer was not read to its end."""

    def open_session(self) -> None:
        """A session that a host left open when it died is closed first."""
        try:
            self._ask(Operation.OPEN_SESSION, _SESSION)
        except CameraRefusedError as refused:
            if refused.code != Response.SESSION_ALREADY_OPEN:
                raise
            self._ask(Operation.CLOSE_SESSION)
            self._ask(Operation.OPEN_SESSION, _SESSION)
        self._next_transaction = 1

    def close_session(self) -> None:
        self._ask(Operation.CLOSE_SESSION)
        self._next_transaction = None

    def device_info(self) -> DeviceInfo:
        return DeviceInfo.read(self._fetch(Operation.GET_DEVICE_INFO))

    def storage_ids(self) -> tuple[int, ...]:
        return Fields(self._fetch(Operation.GET_STORAGE_IDS)).array("I")

    def storage_info(self, storage: int) -> CardSpace:
        return read_card_space(self._fetch(Operation.GET_STORAGE_INFO, storage))

    def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
        return Fields(self._fetch(Operation.GET_OBJECT_HANDLES, storage, codes.EVERY_FORMAT, parent)).array("I")

    def object_info(self, handle: int) -> ObjectInfo:
        return ObjectInfo.read(self._fetch(Operation.GET_OBJECT_INFO, handle))

    def object_size(self, handle: int) -> int | None:
        """64 bits by the standard. Some cameras send 32, and None is what those cannot say."""
        sent = self._fetch(Operation.GET_OBJECT_PROP_VALUE, handle, ObjectProperty.OBJECT_SIZE)
        if len(sent) not in {4, 8}:
            raise LyingError(f"the camera sent the size of a file in {len(sent)} bytes")
        size = int.from_bytes(sent, "little")
        return None if len(sent) == 4 and size == codes.SIZE_UNKNOWN else size  # noqa: PLR2004 - as above

    def property_list(self, folder: int, number: ObjectProperty) -> bytes:
        """One property of everything directly in a folder; of the folder itself too, with some cameras."""
        parameters = (folder, codes.EVERY_FORMAT, number, _NO_GROUP, _DEPTH)
        return self._fetch(Operation.GET_OBJECT_PROP_LIST, *parameters, most=PROPERTY_LIST_BYTES_MAX)

    def object_properties(self, handle: int) -> bytes:
        """Every property of one object."""
        parameters = (handle, codes.EVERY_FORMAT, codes.EVERY_PROPERTY, _NO_GROUP, _NO_DEPTH)
        return self._fetch(Operation.GET_OBJECT_PROP_LIST, *parameters)

    def object(self, handle: int, size_bytes: int, quirks: Quirks = STANDARD) -> Iterator[memoryview]:
        """Exactly so many bytes, or an error; each view is good until the next is asked for."""
        self._begin(Operation.GET_OBJECT, handle)
        header = self._header(least=0)
        if header.kind == Kind.RESPONSE:
            self._answered(Operation.GET_OBJECT, header)
            if size_bytes:
                raise LyingError(f"the camera says that it sent a file of {size_bytes} bytes, and sent nothing")
            return
        if header.length not in _lengths(size_bytes, quirks):
            raise LyingError(f"the camera begins {header.length - HEADER.size} bytes of a file of {size_bytes}")
        yield from self._pieces(size_bytes)
        self._finish(Operation.GET_OBJECT, header)

    def partial(self, operation: Operation, handle: int, offset: int, count: int) -> Iterator[memoryview]:
        """At most so many bytes from there on, as many as the camera pleases, also none; or an error."""
        wide = operation == Operation.GET_PARTIAL_OBJECT_64
        place = (offset & 0xFFFFFFFF, offset >> 32) if wide else (offset,)
        self._begin(operation, handle, *place, count)
        header = self._header()
        if header.kind == Kind.RESPONSE:
            self._answered(operation, header)
            return
        sent = count if header.length == codes.SIZE_UNKNOWN else header.length - HEADER.size
        if sent > count:
            raise LyingError(f"the camera begins {sent} bytes where it was asked for {count}")
        yield from self._pieces(sent)
        self._finish(operation, header)

    def delete(self, handle: int) -> None:
        self._ask(Operation.DELETE_OBJECT, handle, codes.EVERY_FORMAT)

    def property_value(self, code: DeviceProperty) -> bytes:
        return self._fetch(Operation.GET_DEVICE_PROP_VALUE, code)

    def property_desc(self, code: DeviceProperty) -> PropDesc:
        return PropDesc.read(self._fetch(Operation.GET_DEVICE_PROP_DESC, code))

    def set_property_value(self, code: DeviceProperty, value: bytes) -> None:
        transaction = self._begin(Operation.SET_DEVICE_PROP_VALUE, code)
        self._pipe.send(pack_data(Operation.SET_DEVICE_PROP_VALUE, transaction, value))
        self._finish(Operation.SET_DEVICE_PROP_VALUE)

    # --- one transaction

    def _ask(self, operation: Operation, *parameters: int) -> None:
        self._begin(operation, *parameters)
        self._finish(operation)

    def _fetch(self, operation: Operation, *parameters: int, most: int = DATASET_BYTES_MAX) -> bytes:
        self._begin(operation, *parameters)
        header = self._header()
        if header.kind == Kind.RESPONSE:
            self._answered(operation, header)
            raise LyingError(f"the camera says that it answered {operation.name}, and sent nothing")
        if header.length > most:
            raise LyingError(f"the camera answers {operation.name} with {header.length} bytes; that cannot be")
        dataset = self._exactly(header.length - HEADER.size)
        self._finish(operation, header)
        return dataset

    def _begin(self, operation: Operation, *parameters: int) -> int:
        if self.unfinished is not None:
            raise SilentError("the camera was left in the middle of an answer; close it and open it again")
        transaction = self._take_transaction()
        self.unfinished = transaction
        self._rest = memoryview(b"")
        self._patience_ms = patience.until_answered_ms(operation)
        self._operation = operation
        self._pipe.send(pack_command(operation, transaction, parameters))
        return transaction

    def _take_transaction(self) -> int:
        """Outside a session every number is 0; inside, 0 and the largest are not used."""
        if self._next_transaction is None:
            return 0
        taken = self._next_transaction
        self._next_transaction = taken % _TRANSACTION_MAX + 1
        return taken

    def _header(self, least: int = HEADER.size) -> Header:
        """Of data or of a response, of this transaction."""
        return self._checked(self._exactly(HEADER.size), least)

    def _checked(self, encoded: bytes, least: int = HEADER.size) -> Header:
        header = Header.read(encoded, least)
        ours = header.transaction == self.unfinished
        match header.kind:
            case Kind.DATA if ours and header.code == self._operation:
                return header
            case Kind.RESPONSE if ours and header.code & _RESPONSE_BITS == _RESPONSES and header.length >= HEADER.size:
                return header
        raise LyingError(f"the camera sent {header} in transaction {self.unfinished}")

    def _finish(self, operation: Operation, data: Header | None = None) -> None:
        header = self._header() if data is None else self._checked(self._behind(data))
        if header.kind != Kind.RESPONSE:
            raise LyingError(f"the camera sent more than it said in answer to {operation.name}")
        self._answered(operation, header)

    def _behind(self, data: Header) -> bytes:
        """The next header. Cameras that can send no empty packet end data that fills its last one with a byte more.

        It is passed over only where it ends its transfer, that one byte behind full packets, after data that was
        counted and has come whole; anywhere else one byte more may be a file of another size.
        """
        self._fill()
        alone = len(self._rest) == 1 and self._read_bytes % _PACKET_BYTES == 1
        counted = HEADER.size < data.length < codes.SIZE_UNKNOWN
        encoded = self._exactly(HEADER.size)
        if alone and counted and not self._is_response(encoded):
            return encoded[1:] + self._exactly(1)
        return encoded

    def _is_response(self, encoded: bytes) -> bool:
        header = Header(*HEADER.unpack(encoded))
        return header.kind == Kind.RESPONSE and header.transaction == self.unfinished

    def _answered(self, operation: Operation, header: Header) -> None:
        if header.length > RESPONSE_BYTES_MAX:
            raise LyingError(f"the camera sent a response of {header.length} bytes")
        parameters = (header.length - HEADER.size) // PARAMETER_BYTES
        self._exactly(parameters * PARAMETER_BYTES)  # some count a byte too many; it is in the same packet or nowhere
        self.unfinished = None
        if header.code == Response.DEVICE_BUSY:
            raise BusyError(f"the camera is too busy for {operation.name}; ask again")
        if header.code != Response.OK:
            raise CameraRefusedError(operation, header.code)

    # --- bytes

    def _pieces(self, count: int) -> Iterator[memoryview]:
        while count:
            piece = self._some(count)
            count -= len(piece)
            yield piece

    def _exactly(self, count: int) -> bytes:
        """A camera that sends its answers byte by byte, each in time, would be listened to for days."""
        taken = bytearray()
        reads_left = _READS_MIN + count // _BYTES_A_READ_MIN
        while len(taken) < count:
            if not reads_left:
                raise LyingError(f"the camera answers {self._operation.name} in crumbs; restart the camera")
            reads_left -= 1
            taken += self._some(count - len(taken))
        return bytes(taken)

    def _some(self, most: int) -> memoryview:
        """At least one byte, at most so many."""
        self._fill()
        piece, self._rest = self._rest[:most], self._rest[most:]
        return piece

    def _fill(self) -> None:
        """Reads on when everything that came was taken."""
        for _ in range(_EMPTY_READS_MAX):
            if self._rest:
                return
            self._rest = self._pipe.receive(self._patience_ms)
            self._read_bytes = len(self._rest)
            self._patience_ms = patience.DATA_MS
        if not self._rest:
            raise SilentError("the camera sends packets with nothing in them; close it and open it again")


def _lengths(size_bytes: int, quirks: Quirks) -> set[int]:
    """What the container of a file may say; in 32 bits some cameras count the file, others the container."""
    whole = HEADER.size + size_bytes
    if not quirks.sizes_modulo_4_gib:
        return {whole, codes.SIZE_UNKNOWN}
    return {whole, codes.SIZE_UNKNOWN, whole % (1 << 32), HEADER.size + size_bytes % (1 << 32)}
