"""A camera out of bytes that somebody or something chose: its answers, true and false, and how its bytes are cut.

The same bytes are always the same camera. It counts what the host asks of it, and a host that reads without end, or
more than an answer can be, is stopped by `UnboundedError`, which is no error of a wire. When the bytes are used up it
answers emptily, so that every visit ends by itself. Content of files is never false here: what is at a place of a file
is known from the place, so whatever comes through whole can be told from what is only as long.
"""

import struct
from collections.abc import Iterator

from hardware.mtp.initiator import DATASET_BYTES_MAX, PROPERTY_LIST_BYTES_MAX
from hardware.wires import SilentError
from tests.scripted_pipe import DATA, LENGTH_UNKNOWN, OK, RESPONSE, container

READ_BYTES = 262_144
"""What a host's read holds at most."""
EMPTY_READS_MAX = 8
ANSWERS_MAX = 20_000
"""Far more than any of these cameras' bytes have objects for."""
WITHOUT_DATA = {0x1002, 0x1003, 0x100B, 0x1016}
_REFUSALS = (OK, 0x2003, 0x2005, 0x2009, 0x200A, 0x200D, 0x2019, 0x201A, 0x201E, 0xA801, 0xA808, 0xA80A, 0, 0xFFFF)
_CUTS = (READ_BYTES, 1, 11, 12, 13, 511, 512, 513, 4_096)
_CALM = (255, 252, 244, 208)
"""So many of 256 answers are what they should be: who always lies is not asked the next question."""
_ENDLESS = 16
_PATTERN = bytes(index * 31 % 251 for index in range(251)) * 2_100
_GET_OBJECT, _GET_PARTIAL, _GET_PARTIAL_64 = 0x1009, 0x101B, 0x95C1
_PROPERTY_LIST = 0x9805
FILE_OPERATIONS = {_GET_OBJECT, _GET_PARTIAL, _GET_PARTIAL_64}


class UnboundedError(AssertionError):
    """The host would go on for as long as the camera likes."""


class Draws:
    """Numbers out of bytes; only zeros when they are used up."""

    def __init__(self, chosen: bytes) -> None:
        self._chosen = chosen
        self._taken = 0

    @property
    def over(self) -> bool:
        return self._taken >= len(self._chosen)

    def below(self, count: int) -> int:
        return self.number(1) % count

    def number(self, size: int) -> int:
        return int.from_bytes(self.some(size), "little")

    def some(self, size: int) -> bytes:
        taken = self._chosen[self._taken : self._taken + size]
        self._taken += size
        return taken.ljust(size, b"\0")

    def rest(self) -> bytes:
        taken, self._taken = self._chosen[self._taken :], len(self._chosen)
        return taken


def true_bytes(offset: int, size: int) -> bytes:
    """What stands there in every file: a pattern of 251 bytes, which no power of two divides."""
    begin = offset % 251
    if begin + size <= len(_PATTERN):
        return _PATTERN[begin : begin + size]
    return (_PATTERN[begin : begin + 251] * (size // 251 + 1))[:size]


class BoundedPipe:
    """A pipe that keeps count of a host. What it says is the subclass's."""

    def __init__(self) -> None:
        self.size = 0
        """Of the file that the host reads next, as it was listed."""
        self.patience_max_ms = 1_000
        self.made_up = False
        """Whether anything but a file's true bytes may stand where they belong."""
        self.sent = 0
        self.given = 0
        """Bytes in all."""
        self._given_now = 0
        self._empty = 0
        self._most_now = 0
        self._answer: Iterator[bytes | memoryview] = iter(())
        self._buffer = bytearray()

    def answer(self, command: bytes) -> Iterator[bytes | memoryview]:
        raise NotImplementedError

    def send(self, encoded: bytes) -> None:
        _length, kind, code, _transaction = struct.unpack_from("<IHHI", encoded)
        self.sent += 1
        if self.sent > ANSWERS_MAX:
            raise UnboundedError(f"the host asked {self.sent} times")
        if kind == DATA:
            return
        self._given_now = self._empty = 0
        self._most_now = self._most(code) + READ_BYTES + 64
        self._answer = self.answer(encoded)

    def _most(self, code: int) -> int:
        if code in FILE_OPERATIONS:
            return self.size
        return PROPERTY_LIST_BYTES_MAX if code == _PROPERTY_LIST else DATASET_BYTES_MAX

    def receive(self, patience_ms: int) -> memoryview:
        """Overwrites what it gave before, as a reused buffer does."""
        self._buffer[:] = b"\xee" * len(self._buffer)
        read = self._counted(patience_ms)
        assert len(read) <= READ_BYTES
        self._buffer = bytearray(read)
        return memoryview(self._buffer)

    def _counted(self, patience_ms: int) -> bytes | memoryview:
        assert patience_ms > 0
        read = next(self._answer, None)
        if read is None:
            raise SilentError("the camera has nothing more to say")
        self._empty = 0 if read else self._empty + 1
        self._given_now += len(read)
        self.given += len(read)
        if self._empty > EMPTY_READS_MAX:
            raise UnboundedError("the host reads on where nothing comes")
        if self._given_now > self._most_now:
            raise UnboundedError(f"the host reads {self._given_now} bytes of one answer; {self._most_now} are too many")
        return read

    def recover(self, _transaction: int) -> None:
        self._answer = iter(())

    def close(self) -> None:
        """Nothing is held."""


class HostilePipe(BoundedPipe):
    """Each command is answered as the next bytes say: mostly well, or in one of the ways that answers go wrong."""

    def __init__(self, draws: Draws) -> None:
        super().__init__()
        self._draws = draws
        self._calm = _CALM[draws.below(len(_CALM))]

    def oddly(self, most: int) -> int:
        """0 for what is as it should be, which is most of the time; otherwise up to `most`."""
        drawn = self._draws.number(1)
        return 0 if drawn < self._calm else 1 + self._draws.below(most)

    def answer(self, command: bytes) -> Iterator[bytes]:
        _length, _kind, code, transaction = struct.unpack_from("<IHHI", command)
        parameters = struct.unpack(f"<{(len(command) - 12) // 4}I", command[12:])
        manner, way = self.oddly(_ENDLESS), self._draws.below(len(_CUTS) * 4)
        if manner == _ENDLESS:
            return self._endless(code, transaction)
        payload = self.payload(code, (*parameters, 0, 0, 0, 0, 0))
        stream = self._stream(manner, code, transaction, payload)
        return self._cut(stream, _CUTS[way % len(_CUTS)], way // len(_CUTS))

    def payload(self, code: int, parameters: tuple[int, ...]) -> bytes | None:
        """What a camera says in answer to this; None where it sends no data."""
        if code in FILE_OPERATIONS:
            return self._file(code, parameters)
        return None if code in WITHOUT_DATA else self._draws.some(self._draws.number(1))

    def _file(self, code: int, parameters: tuple[int, ...]) -> bytes:
        """The size that was listed, or another; of a part what was asked for, or less."""
        size = max(0, self.size + (0, 0, 0, 1, -1, 12, -12, 500)[self._draws.below(8)])
        if code == _GET_OBJECT:
            return true_bytes(0, size)
        offset = parameters[1] + (parameters[2] << 32 if code == _GET_PARTIAL_64 else 0)
        most = parameters[3 if code == _GET_PARTIAL_64 else 2]
        part = max(0, min(size - offset, most))
        return true_bytes(offset, part if self._draws.below(4) else part // 2)

    def _stream(  # noqa: C901, PLR0911, PLR0912 - one for each way to go wrong
        self, manner: int, code: int, transaction: int, payload: bytes | None
    ) -> bytes:
        draws = self._draws
        end = container(RESPONSE, OK, transaction)
        data = b"" if payload is None else container(DATA, code, transaction, payload)
        content = payload or b""
        match manner:
            case 1:
                return container(RESPONSE, _REFUSALS[draws.below(len(_REFUSALS))], transaction, draws.some(4))
            case 2:
                return data + container(RESPONSE, _REFUSALS[draws.below(len(_REFUSALS))], transaction)
            case 3:  # a length that is none
                return container(DATA, code, transaction, content, draws.number(4)) + end
            case 4:  # a length that is nearly right
                return container(DATA, code, transaction, content, len(content) + draws.below(32)) + end
            case 5:  # a length left open
                return container(DATA, code, transaction, content, LENGTH_UNKNOWN) + end
            case 6:
                return container(DATA, code, draws.number(4), content) + end
            case 7:
                return data + container(RESPONSE, OK, transaction + draws.below(3) - 1 & 0xFFFFFFFF)
            case 8:
                return container(draws.number(2), draws.number(2), transaction, content) + end
            case 9:  # cut off
                return (data + end)[: draws.number(2) % (len(data) + 12)]
            case 10:  # more than was said
                return data + draws.some(draws.below(32)) + end
            case 11:
                return data + data + end
            case 12:
                return data + end + draws.some(draws.below(32))
            case 13:
                return data + container(RESPONSE, OK, transaction, b"", draws.number(4))
            case 14:
                return end
            case 15:
                self.made_up = True
                return draws.rest()
        return data + end

    def _cut(self, stream: bytes, most: int, manner: int) -> Iterator[bytes]:
        """1: the header of data travels alone; 2: an empty packet behind every read; 3: three of them."""
        begin = 0
        while begin < len(stream):
            end = min(len(stream), begin + (12 if manner == 1 and not begin else most))
            yield stream[begin:end]
            yield from [b""] * (0, 0, 1, 3)[manner]
            begin = end

    def _endless(self, code: int, transaction: int) -> Iterator[bytes]:
        """A length that suits it, and then as much as anybody reads, or nothing as often as anybody asks."""
        kind = DATA if self._draws.below(2) else RESPONSE
        yield container(kind, code, transaction, b"", self._draws.number(4))
        read = bytes(READ_BYTES) if self._draws.below(4) else b""
        while True:
            yield read
