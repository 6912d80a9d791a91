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


def write_holes(path: Path, size: int, seed: int, islands: Iterable[int]) -> None:
    """As long as `size`, nothing in it but 64 KiB of content at each island that fits."""
    drawn = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
        for place in islands:
            file.seek(place)
            file.write(drawn.randbytes(min(64 * KIB, size - place)))


def sha256(pieces: Iterable[memoryview | bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def sha256_of(path: Path, offset: int = 0) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return sha256(iter(lambda: file.read(_PIECE), b""))
