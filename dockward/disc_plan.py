"""Which file of a pack goes onto which disc, and in which pieces where it is too large for one file or one disc.

Pure: sizes in, places out. Never puts more on a disc than it holds, and never more than 4 GiB - 2 KiB into one file.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from station.errors import WrongUseError

BLOCK_BYTES = 2_048
PIECE_BYTES_MAX = 4 * 1024**3 - BLOCK_BYTES
"""Larger files are written in several extents, which some systems read badly."""
PER_FILE_BYTES = 4_096
"""Names and places of one file, in Rock Ridge and in Joliet."""
PAPERS_BYTES = 512 * 1024
"""For what lies on every disc beside the pack: how to join it, the list, the label."""
PER_LINE_BYTES = 1_024
"""For one file of the pack in those papers."""
PIECES_MAX = 999


class Source(NamedTuple):
    """A file of the pack: its path in it, and its size."""

    path: str
    size: int


class Piece(NamedTuple):
    """So many bytes of a file from there on; `name` is the path on the disc."""

    path: str
    name: str
    offset: int
    size: int


class _Disc:
    def __init__(self, room: int) -> None:
        self.room = room
        self.pieces: list[Piece] = []

    def put(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.room -= _taken(piece.size)

    @property
    def largest(self) -> int:
        """The largest piece that still goes onto it, in whole blocks."""
        return max(0, (self.room - PER_FILE_BYTES) // BLOCK_BYTES * BLOCK_BYTES)


def spread(files: Sequence[Source], medium_bytes: int) -> tuple[tuple[Piece, ...], ...]:
    """In the order given; what fits on one disc stays whole."""
    room = medium_bytes - PAPERS_BYTES - PER_LINE_BYTES * len(files)
    if room < 2 * PER_FILE_BYTES:
        raise WrongUseError(f"a medium of {medium_bytes} bytes is too small for a pack of {len(files)} files")
    discs = [_Disc(room)]
    for file in files:
        if file.size <= PIECE_BYTES_MAX and _taken(file.size) <= room:
            if _taken(file.size) > discs[-1].room:
                discs.append(_Disc(room))
            discs[-1].put(Piece(file.path, file.path, 0, file.size))
        else:
            _split(file, discs, room)
    return tuple(tuple(disc.pieces) for disc in discs)


def _split(file: Source, discs: list[_Disc], room: int) -> None:
    offset, number = 0, 1
    while offset < file.size:
        left = file.size - offset
        if not discs[-1].largest:
            discs.append(_Disc(room))
        size = min(left, PIECE_BYTES_MAX, discs[-1].largest)
        if number > PIECES_MAX:
            raise WrongUseError(f"{file.path} needs more than {PIECES_MAX} pieces; take a larger medium")
        discs[-1].put(Piece(file.path, f"{file.path}.part-{number:03}", offset, size))
        offset, number = offset + size, number + 1


def in_pieces(discs: Iterable[Iterable[Piece]]) -> Iterator[str]:
    """Files to be joined again, each once."""
    return iter(dict.fromkeys(piece.path for disc in discs for piece in disc if piece.name != piece.path))


def _taken(size: int) -> int:
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES + PER_FILE_BYTES
