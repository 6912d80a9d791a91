"""What cards hold in these tests: files of every awkward size, and the hashes that their pulls must come to.

Content is drawn from a seed and never repeats within a file. The largest are holes with islands of content.
"""

import hashlib
import random
from collections.abc import Iterable
from pathlib import Path

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
_PIECE = MIB
PACKET_EDGES = (0, 1, 499, 500, 501, 511, 512, 513, 1012, 1024)
"""With 12 bytes of header before them, and without: shorter than a packet, as long, longer."""
BUFFER_EDGES = tuple(size + step for size in (256 * KIB, MIB) for step in (-13, -12, -11, -1, 0, 1, 12, 500))
GIB_EDGES = tuple(4 * GIB + step for step in (-13, -12, -11, -1, 0, 1))


def write(path: Path, size: int, seed: int) -> str:
    """Its SHA-256."""
    drawn, digest = random.Random(seed), hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, size, _PIECE):
            piece = drawn.randbytes(min(_PIECE, size - start))
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


class Sparse:
    """A file of any size that is nothing but holes, and content at a few places: known without being read."""

    def __init__(self, size: int, seed: int) -> None:
        drawn = random.Random(seed)
        self._size = size
        places = sorted(place for place in (0, GIB, 4 * GIB - 32 * KIB, size - 512) if 0 <= place < size)
        self._islands = [(place, drawn.randbytes(min(64 * KIB, size - place))) for place in places]

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(self._size)
            for place, island in self._islands:
                file.seek(place)
                file.write(island)

    def content(self, start: int, count: int) -> bytes:
        found = bytearray(count)
        for place, island in self._islands:
            first, last = max(place, start), min(place + len(island), start + count)
            if first < last:
                found[first - start : last - start] = island[first - place : last - place]
        return bytes(found)


def sha256(pieces: Iterable[memoryview | bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def sha256_of(path: Path, offset: int = 0) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return sha256(iter(lambda: file.read(_PIECE), b""))
