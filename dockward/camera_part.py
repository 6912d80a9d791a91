"""A file on its way from a camera to a disk: never under its own name before all of it is there, and goes on if cut.

    .NAME.part       what has come so far
    .NAME.part.json  how much of that is on the disk for sure, what it hashes to, and which file of which camera it is

What the second does not prove is dropped and asked for again. Nothing is ever written over.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from hardware.wires import LyingError
from station.durable import disk_errors_named, sync_folder, write_file
from station.errors import DockwardError, WireFailedError

NOTED_EVERY_BYTES = 16 << 20
"""The most that is asked for again when this process is killed."""
_READ_BYTES = 1 << 20

Pull = Callable[[int], Iterator[memoryview]]
"""The file's bytes from an offset on."""


class AlreadyThereError(DockwardError):
    """Another file has that name; nothing is written over."""


class Noted(msgspec.Struct, frozen=True):
    """`mark` tells one file of one camera from every other."""

    mark: str
    size_bytes: int
    sha256: str


@disk_errors_named()
def receive(target: Path, mark: str, size_bytes: int, pull: Pull, told: Callable[[int], None]) -> str:
    """The whole file under its name; its SHA-256 as read back from the disk."""
    part, note = target.with_name(f".{target.name}.part"), note_of(target)
    if target.exists():
        return _left_before_it_was_written_down(target, Noted(mark, size_bytes, ""), _read_note(note))
    digest, proven = _proven(part, _read_note(note), mark)
    told(proven)
    _append(part, _Writer(note, mark, digest, proven), size_bytes, pull, told)
    if digest_of(part) != digest.hexdigest():
        part.unlink()
        note.unlink()
        raise WireFailedError(f"{part}: 回读与写入不符 / the disk gives back other bytes; check it, then pull again")
    part.replace(target)
    sync_folder(target.parent)
    return digest.hexdigest()


def note_of(target: Path) -> Path:
    """Kept by `receive`, for whoever writes down what came; then it may go."""
    return target.with_name(f".{target.name}.part.json")


def digest_of(path: Path) -> str:
    """SHA-256 of what is on the disk, not of what the page cache remembers."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for chunk in iter(partial(file.read, _READ_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


class _Writer:
    """Hashes, counts and notes."""

    def __init__(self, note: Path, mark: str, digest: "hashlib._Hash", count: int) -> None:
        self._note = note
        self._mark = mark
        self._digest = digest
        self.count = self._noted = count

    def wrote(self, chunk: memoryview, descriptor: int) -> None:
        self._digest.update(chunk)
        self.count += chunk.nbytes
        if self.count - self._noted >= NOTED_EVERY_BYTES:
            self.note(descriptor)

    def note(self, descriptor: int) -> None:
        """First the bytes, then what is said of them."""
        os.fsync(descriptor)
        noted = Noted(self._mark, self.count, self._digest.hexdigest())
        write_file(self._note, [msgspec.json.encode(noted)])
        self._noted = self.count

    def forget(self) -> None:
        self._note.unlink(missing_ok=True)


def _append(part: Path, writer: _Writer, size_bytes: int, pull: Pull, told: Callable[[int], None]) -> None:
    with part.open("r+b" if part.exists() else "w+b", buffering=0) as file:
        file.truncate(writer.count)
        file.seek(writer.count)
        try:
            for chunk in pull(writer.count) if writer.count < size_bytes else ():
                _write_all(file.fileno(), chunk)
                writer.wrote(chunk, file.fileno())
                told(chunk.nbytes)
            if writer.count != size_bytes:
                raise LyingError(f"{writer.count} bytes came of {size_bytes}; pull it again")
        except LyingError:
            """Nothing that a liar sent is gone on from."""
            writer.forget()
            raise
        except BaseException:
            if writer.count < size_bytes:
                with contextlib.suppress(OSError, DockwardError):
                    writer.note(file.fileno())
            raise
        writer.note(file.fileno())


def _write_all(descriptor: int, chunk: memoryview) -> None:
    while chunk:
        chunk = chunk[os.write(descriptor, chunk) :]


def _read_note(note: Path) -> Noted | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=Noted)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _proven(part: Path, noted: Noted | None, mark: str) -> tuple["hashlib._Hash", int]:
    """As much of the part as its note vouches for, hashed again; nothing where the two do not fit."""
    digest = hashlib.sha256()
    if noted is None or noted.mark != mark or not part.exists():
        return digest, 0
    left = noted.size_bytes
    with part.open("rb", buffering=0) as file:
        while left and (chunk := file.read(min(left, _READ_BYTES))):
            digest.update(chunk)
            left -= len(chunk)
    return (digest, noted.size_bytes) if not left and digest.hexdigest() == noted.sha256 else (hashlib.sha256(), 0)


def _left_before_it_was_written_down(target: Path, wanted: Noted, noted: Noted | None) -> str:
    """Power may fail after the last byte and before the folder's list says so."""
    if noted is None or (noted.mark, noted.size_bytes) != (wanted.mark, wanted.size_bytes):
        raise AlreadyThereError(f"{target}: 已有同名文件，不覆盖 / is there already and stays; pull to another folder")
    if digest_of(target) != noted.sha256:
        raise AlreadyThereError(f"{target}: 与拉取时不同 / is not what was pulled; pull to another folder")
    return noted.sha256
