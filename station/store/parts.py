"""Parts: what came of a camera's file before its pull was cut, so that a later docking of that camera goes on from it.

    partial/SOURCE-LISTING.part    the first bytes of the file
    partial/SOURCE-LISTING.json    how many of them were on the disk for certain, and their SHA-256

Nobody takes a part for a recording, and nothing in it is believed: it is hashed again before the camera is asked for
the rest. It never outlives its use: it goes when it is whole, no longer listed, not as listed, or in the way.
"""

import contextlib
import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from hardware.wires import AbsentError, LyingError, WireError
from station.durable import PART, DiskFailedError, NoRoomError, disk_errors_named, make_folder, move_file, write_file
from station.errors import WireFailedError

RESUMED_BYTES_MIN = 64 * 1024
"""Smaller files are read from their beginning: that costs less than keeping account of them."""
CHECKPOINT_BYTES_MIN = 1 << 20
CHECKPOINT_BYTES_MAX = 64 << 20
_SHARE = 20
"""So much of a file is read twice at most after a kill, and again so much to see that it is the same file."""
OVERLAP_BYTES_MAX = 64 * 1024
FRUITLESS_MAX = 3
"""A camera that cannot go on in the middle of a file can perhaps send it whole."""
_SIDECAR = ".json"
_READ_BYTES = 1 << 20
_SOURCE_CHARACTERS = 32

GoingOn = Callable[[Iterable[bytes]], Iterator[bytes]]


class NotAsListedError(WireFailedError):
    """What a camera sends is not what it listed, or not what it sent before; none of it is kept."""


class _Checkpoint(msgspec.Struct, frozen=True):
    offset: int
    sha256: str


class Part:
    """The beginning of one file; used by one thread. `offset` bytes came, and `digest` is of them."""

    def __init__(self, folder: Path, key: str, size_bytes: int) -> None:
        self.path = folder / f"{key}{PART}"
        self._sidecar = folder / f"{key}{_SIDECAR}"
        self._size_bytes = size_bytes
        self.digest = hashlib.sha256()
        self.offset = 0
        self._begun = self._marked = 0

    @disk_errors_named()
    def take_up(self, going_on: GoingOn) -> None:
        """Go on from the checkpoint where the bytes before it are what they were, else from nothing."""
        checkpoint = self._checkpoint()
        digest = digest_on_disk(self.path, going_on, checkpoint.offset) if checkpoint else None
        if checkpoint is None or digest is None or digest.hexdigest() != checkpoint.sha256:
            self.drop()
            return
        os.truncate(self.path, checkpoint.offset)
        self.offset = self._begun = self._marked = checkpoint.offset
        self.digest = digest

    @property
    def grew(self) -> bool:
        return self.offset > self._begun

    @disk_errors_named()
    def overlap(self) -> bytes:
        """The last of what is here, to be asked for once more."""
        count = min(self.offset, OVERLAP_BYTES_MAX, self._size_bytes // _SHARE)
        if not count:
            return b""
        with self.path.open("rb") as file:
            file.seek(self.offset - count)
            return file.read(count)

    @disk_errors_named()
    def fill(self, chunks: Iterable[memoryview]) -> None:
        """Put them at its end; whatever ends them, what came is on the disk and accounted for."""
        step = max(CHECKPOINT_BYTES_MIN, min(CHECKPOINT_BYTES_MAX, self._size_bytes // _SHARE))
        with self.path.open("ab") as file:
            try:
                for chunk in chunks:
                    file.write(chunk)
                    self.digest.update(chunk)
                    self.offset += chunk.nbytes
                    if self.offset - self._marked >= step:
                        self._mark(file)
            finally:
                if self.offset > self._marked:
                    self._mark(file)

    @disk_errors_named()
    def drop(self) -> None:
        self._sidecar.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.offset = self._marked = 0
        self.digest = hashlib.sha256()

    def _mark(self, file: BinaryIO) -> None:
        """First the bytes, then what is said of them."""
        file.flush()
        os.fdatasync(file.fileno())
        told = _Checkpoint(self.offset, self.digest.hexdigest())
        write_file(self._sidecar, [msgspec.json.encode(told)])
        self._marked = self.offset

    def _checkpoint(self) -> _Checkpoint | None:
        try:
            told = msgspec.json.decode(self._sidecar.read_bytes(), type=_Checkpoint)
            here = self.path.stat().st_size
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return told if 0 < told.offset <= min(here, self._size_bytes) else None


class Parts:
    """A folder of them; used by many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder)
        self._lock = threading.Lock()
        self._claimed: set[str] = set()
        self._fruitless: Counter[str] = Counter()

    @contextlib.contextmanager
    def claimed(self, source: str, listing: str, size_bytes: int) -> Iterator[Part | None]:
        """A file's part, for one thread; None where another has it, or the file is small.

        What an error leaves is kept only where it helps the next time.
        """
        key = key_of(source, listing)
        with self._lock:
            free = key not in self._claimed and size_bytes >= RESUMED_BYTES_MIN
            if free:
                self._claimed.add(key)
        if not free:
            yield None
            return
        part = Part(self._folder, key, size_bytes)
        try:
            yield part
            self._fruitless.pop(key, None)
        except BaseException as error:
            if not self._helps(key, part, error):
                self._fruitless.pop(key, None)
                part.drop()
            raise
        finally:
            with self._lock:
                self._claimed.discard(key)

    def _helps(self, key: str, part: Part, error: BaseException) -> bool:
        if not part.offset or isinstance(
            error, LyingError | NotAsListedError | DiskFailedError | NoRoomError | OSError
        ):
            return False
        if part.grew:
            self._fruitless.pop(key, None)
        elif isinstance(error, WireError) and not isinstance(error, AbsentError):
            self._fruitless[key] += 1
        return self._fruitless[key] < FRUITLESS_MAX

    @disk_errors_named()
    def take_back(self, whole: Path, listing: str) -> None:
        """What was received and did not become a fact: its camera is asked for no more than its end again."""
        with self._lock:
            for sidecar in self._folder.glob(f"*-{listing}{_SIDECAR}"):
                part = sidecar.with_suffix(PART)
                if whole.exists() and sidecar.stem not in self._claimed and not part.exists():
                    move_file(whole, part)
            whole.unlink(missing_ok=True)

    def tidy(self, held: Collection[str]) -> None:
        """At a start: away with what is not a part and its checkpoint, and with parts of what is held."""
        names = {path.name for path in self._folder.iterdir()}
        for name in names:
            key = name.removesuffix(PART).removesuffix(_SIDECAR)
            pair = {f"{key}{PART}", f"{key}{_SIDECAR}"}
            if key in held or name not in pair or not pair <= names:
                (self._folder / name).unlink()

    def drop(self, source: str, listing: str) -> None:
        self._drop_where(lambda key: key == key_of(source, listing))

    def drop_unlisted(self, source: str, is_listed: Callable[[str], bool]) -> None:
        """What a camera does not have any more cannot be gone on with."""
        first = key_of(source, "")
        self._drop_where(lambda key: key.startswith(first) and not is_listed(key.removeprefix(first)))

    def drop_all(self) -> None:
        """Whoever is at one keeps it."""
        self._drop_where(lambda _: True)

    @disk_errors_named()
    def _drop_where(self, goes: Callable[[str], bool]) -> None:
        with self._lock:
            for path in sorted(self._folder.iterdir()):  # the checkpoint before its part
                key = path.name.removesuffix(PART).removesuffix(_SIDECAR)
                if key not in self._claimed and goes(key):
                    path.unlink()


def key_of(source: str, listing: str) -> str:
    """By which file of which camera; dockings come and go."""
    return f"{hashlib.sha256(source.encode(errors='surrogatepass')).hexdigest()[:_SOURCE_CHARACTERS]}-{listing}"


def past(overlap: bytes, chunks: Iterable[memoryview]) -> Iterator[memoryview]:
    """What comes after bytes that are known; an error where they are others."""
    seen = 0
    for chunk in chunks:
        known = min(chunk.nbytes, len(overlap) - seen)
        if chunk[:known] != overlap[seen : seen + known]:
            raise NotAsListedError("another file is on the camera under the same name, size and time; it is read anew")
        seen += known
        if known < chunk.nbytes:
            yield chunk[known:]
    if seen < len(overlap):
        raise NotAsListedError("the camera sent less of a file than before; it is read anew")


def digest_on_disk(path: Path, going_on: GoingOn, count: int) -> "hashlib._Hash":
    """Of so many bytes from the beginning, as the disk has them, not as the page cache remembers them."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for chunk in going_on(iter(partial(file.read, _READ_BYTES), b"")):
            digest.update(chunk[:count])
            count -= len(chunk)
            if count <= 0:
                break
    return digest
