"""A camera with one file of 4 GiB and more, made up as it is read: its size, and how each part of it is answered.

What stands at a place of the file is known from the place, and costs nothing to make: pieces are views of one
pattern. A camera goes silent after so many reads, so that a visit ends whatever size it claims.
"""

import struct
from collections.abc import Iterator

from hardware.simulated.camera_datasets import device_info, numbers, text
from tests.fuzz.hostile_pipe import BoundedPipe, Draws, true_bytes
from tests.scripted_pipe import DATA, LENGTH_UNKNOWN, OK, RESPONSE, container

PIECE_BYTES = 1 << 24
PIECES_MAX = 1_024
PERIOD = 251
_PATTERN = memoryview(true_bytes(0, PERIOD) * (PIECE_BYTES // PERIOD + 2))
NAME = "LONG.MP4"
_ALWAYS = (0x1001, 0x1002, 0x1003, 0x1004, 0x1007, 0x1008, 0x1009)
_PARTIAL, _PARTIAL_64, _OBJECT_SIZE = 0x101B, 0x95C1, 0x9803
SIZES = (1 << 32, 1 << 33, 1 << 44, 1 << 31, (1 << 32) - 12, (1 << 32) + (64 << 20), 1 << 63, 1 << 34)
LACKS_PARTIAL_64, LACKS_PARTIAL = 1, 4
LARGE_MANNERS = 13
"""In which a part of it is answered; the first is as it should be."""
_REFUSED, _FOREIGN = 0x2005, 7


def byte_at(place: int) -> int:
    return _PATTERN[place % PERIOD]


class LargeFile(BoundedPipe):
    """Its size and its operations are drawn first, everything else when it is asked for."""

    def __init__(self, draws: Draws) -> None:
        super().__init__()
        self._draws = draws
        near = draws.number(2)
        self.file_size = SIZES[draws.below(len(SIZES))] + (near - 65_536 if near > 32_767 else near)
        lacks = draws.number(1)
        self._operations = (
            *_ALWAYS,
            *(code for bit, code in enumerate((_PARTIAL_64, _OBJECT_SIZE, _PARTIAL)) if not lacks >> bit & 1),
        )
        self.modulo = bool(lacks & 8)
        self._size_32 = (min(self.file_size, LENGTH_UNKNOWN), self.file_size % (1 << 32), 0, near)[lacks >> 4 & 3]
        self._pieces = 0

    def receive(self, patience_ms: int) -> memoryview:
        """A view of what is never written to."""
        return memoryview(self._counted(patience_ms))

    def _most(self, code: int) -> int:
        return super()._most(code) + PIECE_BYTES

    def answer(self, command: bytes) -> Iterator[bytes | memoryview]:
        _length, _kind, code, transaction = struct.unpack_from("<IHHI", command)
        parameters = struct.unpack(f"<{(len(command) - 12) // 4}I", command[12:])
        match code:
            case 0x1009:
                return self._part(code, transaction, 0, self.file_size)
            case 0x101B:
                return self._part(code, transaction, parameters[1], parameters[2])
            case 0x95C1:
                return self._part(code, transaction, parameters[1] + (parameters[2] << 32), parameters[3])
        payload = self._dataset(code, parameters)
        data = b"" if payload is None else container(DATA, code, transaction, payload)
        return iter([data + container(RESPONSE, OK, transaction)])

    def _dataset(self, code: int, parameters: tuple[int, ...]) -> bytes | None:
        match code:
            case 0x1001:
                return device_info("DW-T8", "T8-1", self._operations, ())
            case 0x1004:
                return numbers("I", (0x10001,))
            case 0x1007:
                return numbers("I", (1,) if parameters[2] == LENGTH_UNKNOWN else ())
            case 0x1008:
                fixed = struct.pack("<IHHIHIIIIIIIIHI", 0x10001, 0xB982, 0, self._size_32, *(0,) * 11)
                return fixed[:52] + text(NAME) + text("") * 3
            case 0x9803:
                return struct.pack("<Q", self.file_size)
        return None

    def _part(self, code: int, transaction: int, offset: int, count: int) -> Iterator[bytes | memoryview]:
        """What was asked for, or one of the ways that this goes wrong."""
        sent = max(0, min(count, self.file_size - offset))
        length, answered, ours = min(12 + sent, LENGTH_UNKNOWN), OK, transaction
        match self._draws.below(32):
            case 1:
                yield container(RESPONSE, _REFUSED, transaction)
                return
            case 2:
                sent //= 2
                length = min(12 + sent, LENGTH_UNKNOWN)
            case 3:
                sent = min(sent, 1)
                length = 12 + sent
            case 4:
                sent, length = 0, 12
            case 5:
                length = LENGTH_UNKNOWN
            case 6:
                length = (12 + sent) % (1 << 32)
            case 7:
                length = min(12 + sent % (1 << 32), LENGTH_UNKNOWN)
            case 8:
                sent += 1 + self._draws.number(1)
            case 9:
                sent = sent * self._draws.number(1) // 256
            case 10:
                answered = _REFUSED
            case 11:
                ours += _FOREIGN
            case 12:
                length = self._draws.number(4)
        yield container(DATA, code, ours, b"", length)
        yield from self._bytes_at(offset, sent)
        if self._pieces < PIECES_MAX:
            yield container(RESPONSE, answered, transaction)

    def _bytes_at(self, offset: int, count: int) -> Iterator[memoryview]:
        end = offset + count
        while offset < end and self._pieces < PIECES_MAX:
            self._pieces += 1
            size = min(PIECE_BYTES, end - offset)
            begin = offset % PERIOD
            yield _PATTERN[begin : begin + size]
            offset += size
