"""One part: what came of a camera's file before its pull was cut, so that a later pull goes on where it was cut.

    the part          the first bytes of the file
    its checkpoint    how many of them were on the disk for certain, their SHA-256, and of which file they are

Nothing in it is believed: it is hashed again before the camera is asked for the rest, and the last of it is asked for
once more and compared. It gives no file its name: whoever uses it does, once the whole was read back.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from hardware.wires import LyingError
from station.durable import disk_errors_named, write_file
from station.errors import WireFailedError
from station.hashing import PassingDigest

RESUMED_BYTES_MIN = 64 * 1024
"""Smaller files are read from their beginning: that costs less than keeping account of them."""
CHECKPOINT_BYTES_MIN = 1 << 19
"""As much as a camera sends at once: no checkpoint can stand closer."""
CHECKPOINT_BYTES_MAX = 64 << 20
_SHARE = 20
"""So much of a file is read twice at most after a kill, and again so much to see that it is the same file."""
OVERLAP_BYTES_MAX = 64 * 1024
_READ_BYTES = 1 << 20
_NOTHING_SAID = -1

Pull = Callable[[int], Iterable[memoryview]]
"""The bytes of a file from an offset on, asked of its camera."""
GoingOn = Callable[[Iterable[bytes]], Iterator[bytes]]


class NotAsListedError(WireFailedError):
    """What a camera sends is not what it listed; none of it is kept."""


class AnotherFileError(NotAsListedError):
    """What a camera sends is not what it sent before; none of it is kept."""


class Checkpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said of a part."""

    offset: int
    sha256: str
    of: str = ""
    """Tells one file of one camera from every other, where the part's name does not."""
    seen_ms: int | None = None
    """When the part was first seen lying here, by a clock that was true."""


_READER = msgspec.json.Decoder(Checkpoint)


class CheckpointedPart:
    """The beginning of one file; used by one thread. `offset` bytes came, and `digest` is of them."""

    def __init__(self, path: Path, sidecar: Path, size_bytes: int, of: str = "") -> None:
        self.path = path
        self._sidecar = sidecar
        self._size_bytes = size_bytes
        self._of = of
        self.digest = PassingDigest()
        self.offset = self._begun = 0
        self._marked = _NOTHING_SAID

    def checkpoint(self) -> Checkpoint | None:
        """What was said last, if it was of this file."""
        told = read_checkpoint(self._sidecar)
        return told if told is not None and told.of == self._of else None

    @disk_errors_named()
    def take_up(self, going_on: GoingOn = iter) -> None:
        """Go on from the checkpoint where the bytes before it are what they were, else from nothing."""
        told = self.checkpoint()
        digest = self._digest_to(told.offset, going_on) if told is not None else None
        if told is None or digest is None or digest.hexdigest() != told.sha256:
            self.drop()
            return
        os.truncate(self.path, told.offset)
        self.offset = self._begun = self._marked = told.offset
        self.digest = digest

    @property
    def grew(self) -> bool:
        return self.offset > self._begun

    def rest(self, pull: Pull) -> Iterator[memoryview]:
        """What its camera sends behind what is here, after sending the last of that again; to as many as listed."""
        overlap = self._overlap()
        yield from as_many(past(overlap, pull(self.offset - len(overlap))), self._size_bytes, self.offset)

    @disk_errors_named()
    def fill(self, chunks: Iterable[memoryview]) -> None:
        """Put them at its end; whatever ends them, what came is on the disk and accounted for.

        But nothing that a liar sent is gone on from, nor the beginning of another file.
        """
        try:
            self._append(chunks)
        except (LyingError, NotAsListedError):
            self.drop()
            raise

    @disk_errors_named()
    def drop(self) -> None:
        self._sidecar.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.offset = 0
        self._marked = _NOTHING_SAID
        self.digest = PassingDigest()

    def _digest_to(self, offset: int, going_on: GoingOn) -> PassingDigest | None:
        """None where nothing there can be gone on from."""
        resumed = self._size_bytes >= RESUMED_BYTES_MIN and 0 < offset <= self._size_bytes
        return digest_on_disk(self.path, going_on, offset) if resumed and self.path.exists() else None

    @disk_errors_named()
    def _overlap(self) -> bytes:
        count = min(self.offset, OVERLAP_BYTES_MAX, self._size_bytes // _SHARE)
        if not count:
            return b""
        with self.path.open("rb") as file:
            file.seek(self.offset - count)
            return file.read(count)

    def _append(self, chunks: Iterable[memoryview]) -> None:
        """Accounted for before one more chunk would be too many to ask for twice."""
        step = max(CHECKPOINT_BYTES_MIN, min(CHECKPOINT_BYTES_MAX, self._size_bytes // _SHARE))
        with self.path.open("ab") as file:
            try:
                for chunk in chunks:
                    file.write(chunk)
                    self.digest.update(chunk)
                    self.offset += chunk.nbytes
                    if self.offset + chunk.nbytes - self._marked > step:
                        self._mark(file)
            finally:
                if self.offset > self._marked:
                    self._mark(file)

    def _mark(self, file: BinaryIO) -> None:
        """First the bytes, then what is said of them."""
        file.flush()
        os.fdatasync(file.fileno())
        write_checkpoint(self._sidecar, Checkpoint(self.offset, self.digest.hexdigest(), self._of))
        self._marked = self.offset


def read_checkpoint(sidecar: Path) -> Checkpoint | None:
    try:
        return _READER.decode(sidecar.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write_checkpoint(sidecar: Path, told: Checkpoint) -> None:
    write_file(sidecar, [msgspec.json.encode(told)])


def past(overlap: bytes, chunks: Iterable[memoryview]) -> Iterator[memoryview]:
    """What comes after bytes that are known; an error where they are others."""
    seen = 0
    for chunk in chunks:
        known = min(chunk.nbytes, len(overlap) - seen)
        if chunk[:known] != overlap[seen : seen + known]:
            raise AnotherFileError("another file is on the camera under the same name, size and time; it is read anew")
        seen += known
        if known < chunk.nbytes:
            yield chunk[known:]
    if seen < len(overlap):
        raise AnotherFileError("the camera sent less of a file than before; it is read anew")


def as_many(chunks: Iterable[memoryview], size_bytes: int, count: int = 0) -> Iterator[memoryview]:
    """The same chunks; an error where they are fewer bytes than were listed, or more. `count` are here already."""
    for chunk in chunks:
        count += chunk.nbytes
        if count > size_bytes:
            break
        yield chunk
    if count != size_bytes:
        raise NotAsListedError(f"{count} bytes came of {size_bytes}; the file is to be read again")


def digest_on_disk(path: Path, going_on: GoingOn = iter, count: int | None = None) -> PassingDigest:
    """Of so many bytes from the beginning, or all, as the disk has them, not as the page cache remembers them."""
    digest = PassingDigest()
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        left = os.fstat(file.fileno()).st_size if count is None else count
        for chunk in going_on(iter(partial(file.read, _READ_BYTES), b"")):
            digest.update(chunk[:left])
            left -= len(chunk)
            if left <= 0:
                break
    return digest
