"""How a simulated camera's answers become USB transfers: streamed, cut into reads, ended by short packets or not."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKET_BYTES = 512
_FILE_PIECE_BYTES = 65_536


class Payload(NamedTuple):
    size: int
    pieces: Iterator[bytes]


class Transfer:
    """What goes to the host until a short packet ends it."""

    def __init__(self, pieces: Iterator[bytes], *, ends: bool) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")
        self._sent = 0
        self._ends = ends

    def fill(self, room: memoryview) -> tuple[int, bool, bool]:
        """How many bytes it put there, whether it is at its end, and whether a short packet says so."""
        filled = 0
        while filled < len(room):
            if not self._piece:
                self._piece = memoryview(next(self._pieces, b""))
                if not self._piece:
                    return filled, True, self._ends or (self._sent + filled) % PACKET_BYTES != 0
            count = min(len(room) - filled, len(self._piece))
            room[filled : filled + count] = self._piece[:count]
            self._piece = self._piece[count:]
            filled += count
        self._sent += filled
        return filled, False, False


def whole(payload: bytes) -> Payload:
    return Payload(len(payload), iter((payload,)))


def pieces_of(file: Path, offset: int, size: int) -> Iterator[bytes]:
    """Fewer bytes when the file has become shorter meanwhile."""
    with file.open("rb") as opened:
        opened.seek(offset)
        while piece := opened.read(min(size, _FILE_PIECE_BYTES)):
            yield piece
            size -= len(piece)


def joined(header: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A header and the beginning of its payload in one packet."""
    yield header + next(pieces, b"")
    yield from pieces


def shortened(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:size]
        size -= len(piece)
        if size <= 0:
            return
