"""A camera as a script: what it sends, cut into reads in any way, and what it was sent. For tests of the initiator."""

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise

from hardware.wires import SilentError

COMMAND, DATA, RESPONSE = 1, 2, 3
OK = 0x2001
LENGTH_UNKNOWN = 0xFFFFFFFF


def container(kind: int, code: int, transaction: int, payload: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<IHHI", len(payload) + 12 if length is None else length, kind, code, transaction) + payload


class ScriptedPipe:
    """Gives one read after the other, then nothing more."""

    def __init__(self, reads: Iterable[bytes]) -> None:
        self._reads: Iterator[bytes] = iter(reads)
        self.sent: list[bytes] = []
        self._buffer = bytearray()

    def send(self, encoded: bytes) -> None:
        self.sent.append(encoded)

    def receive(self, patience_ms: int) -> memoryview:
        """Overwrites what it gave before, as a reused buffer does."""
        assert patience_ms > 0
        for position in range(len(self._buffer)):
            self._buffer[position] = 0xEE
        read = next(self._reads, None)
        if read is None:
            raise SilentError("the script is over")
        self._buffer = bytearray(read)
        return memoryview(self._buffer)


def cut(stream: bytes, ends: Iterable[int]) -> list[bytes]:
    """The stream as reads that end there; an end named twice is an empty packet."""
    edges = [0, *sorted(min(end, len(stream)) for end in ends), len(stream)]
    return [stream[begin:end] for begin, end in pairwise(edges)]
