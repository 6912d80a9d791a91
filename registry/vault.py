"""Where recordings are kept: each in a folder of its own, as a court would be given it, and read-only once proved.

A part is on the disk under its name only when its digest was right; the original only when every part was. Knows no
journal, gives no receipt, and deletes nothing that was proved.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from station.durable import sync_folder
from station.errors import DockwardError
from station.signing.statements import Digests, Statement, part_digests

_PARTIAL = ".partial"
_READ_ONLY = 0o444
_CLOSED_FOLDER = 0o555
_OPEN_FOLDER = 0o755
_COPIED_AT_ONCE_BYTES = 1 << 20
_UNFINISHED = ".unfinished"
"""Of all stations, beside their folders: none can be called so."""
RESERVE_BYTES = 1 << 30
"""So much stays free for the journals, which are on the same disk and must go on."""


class Loss(StrEnum):
    """Of what was proved before."""

    VAULT_SPOILED = "VAULT_SPOILED"
    VAULT_LOST = "VAULT_LOST"
    VAULT_UNREADABLE = "VAULT_UNREADABLE"


class PartUnfitError(DockwardError):
    """These bytes are not the part that was stated; nothing was kept. Send the part again."""


def forget_unfinished(vault: Path) -> None:
    """What a crash left half-written; before anybody writes."""
    shutil.rmtree(vault / _UNFINISHED, ignore_errors=True)


class Deposit:
    """One recording on its way into the vault, or in it. Parts are numbered from 1."""

    def __init__(self, vault: Path, place: Path, statement: Statement) -> None:
        self._unfinished = vault / _UNFINISHED
        self._folder = folder = vault / place
        self._statement = statement
        self._parts = folder / "parts"
        self._original = folder / "original"

    def open(self) -> None:
        if not self._original.exists():
            self._parts.mkdir(parents=True, exist_ok=True)
            for folder in (self._parts, *self._parts.parents[:4]):
                sync_folder(folder)

    @property
    def joined(self) -> bool:
        return self._original.exists() and not self._parts.exists()

    def missing(self) -> tuple[int, ...]:
        """The parts that still have to be sent."""
        numbers = range(1, len(self._statement.parts) + 1)
        return () if self.joined else tuple(number for number in numbers if self.lacks(number))

    def lacks(self, number: int) -> bool:
        return not self.joined and not self._part(number).exists()

    def receive(self, number: int, closed: Callable[[], None]) -> "PartWriter":
        """For one part; kept once it is finished, and forgotten where it is not."""
        last, size = len(self._statement.parts), self._statement.part_bytes
        if number == last:
            size = self._statement.size_bytes - size * (last - 1)
        descriptor, name = tempfile.mkstemp(dir=_made(self._unfinished))
        return PartWriter(descriptor, Path(name), self._part(number), size, self._statement.parts[number - 1], closed)

    def prove(self) -> bool:
        """Put the original together and read it back; False where parts were no more what they were."""
        if not self.joined:
            self._join()
        if not self._is_stated(_on_disk(self._original, self._statement)):
            self._forget_spoiled()
            return False
        self._forget_parts()
        return True

    def loss(self) -> Loss | None:
        """What became of an original that was proved before, as the disk has it now; None where it is still whole."""
        try:
            return None if self._is_stated(_on_disk(self._original, self._statement)) else Loss.VAULT_SPOILED
        except FileNotFoundError:
            return Loss.VAULT_LOST
        except OSError:
            return Loss.VAULT_UNREADABLE

    def keep_beside(self, name: str, content: bytes) -> None:
        """A paper about the original; written again where a crash came before anybody was given it."""
        self._folder.chmod(_OPEN_FOLDER)
        partial = self._folder / f"{name}{_PARTIAL}"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(_READ_ONLY)
        partial.rename(self._folder / name)
        sync_folder(self._folder)

    def lock(self) -> None:
        """Nothing here is written again; retention and holds come with policy."""
        self._original.chmod(_READ_ONLY)
        self._folder.chmod(_CLOSED_FOLDER)

    def _is_stated(self, found: Digests) -> bool:
        said = self._statement
        return (found.size_bytes, found.sha256, found.parts) == (said.size_bytes, said.sha256, said.parts)

    def _part(self, number: int) -> Path:
        return self._parts / f"{number:06d}"

    def _join(self) -> None:
        _require_room(self._folder, self._statement.size_bytes)
        partial = _made(self._unfinished) / self._folder.name
        with partial.open("wb") as original:
            for number in range(1, len(self._statement.parts) + 1):
                with self._part(number).open("rb") as part:
                    shutil.copyfileobj(part, original, _COPIED_AT_ONCE_BYTES)
            original.flush()
            os.fsync(original.fileno())
        partial.rename(self._original)
        sync_folder(self._folder)

    def _forget_parts(self) -> None:
        """Renamed first: a half-emptied folder would look like parts that never came."""
        joined = self._folder / "joined"
        shutil.rmtree(joined, ignore_errors=True)  # left by a crash
        if self._parts.exists():
            self._parts.rename(joined)
            sync_folder(self._folder)
            shutil.rmtree(joined)

    def _forget_spoiled(self) -> None:
        """Nobody was given a receipt for it yet: the station still has it, and sends again what is missing."""
        self._folder.chmod(_OPEN_FOLDER)
        self._original.unlink()
        self.open()
        for number, digest in enumerate(self._statement.parts, start=1):
            part = self._part(number)
            if part.exists() and _on_disk(part, self._statement).parts != (digest,):
                part.unlink()


class PartWriter:
    """Hashes and counts what it writes, and takes no byte more than was stated. Close it, whatever happened."""

    def __init__(
        self, descriptor: int, partial: Path, part: Path, size: int, digest: str, closed: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._partial = partial
        self._part = part
        self._left = size
        self._digest = digest
        self._hash = sha256()
        self._closed = closed

    def write(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise PartUnfitError("the part is longer than was stated")
        _require_room(self._partial.parent, len(chunk))
        self._hash.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def finish(self) -> None:
        """Held, and durable, when this returns."""
        if self._left or self._hash.hexdigest() != self._digest:
            raise PartUnfitError("the part is shorter than was stated, or has another digest")
        os.fsync(self._descriptor)
        self._partial.rename(self._part)
        sync_folder(self._part.parent)

    def close(self) -> None:
        os.close(self._descriptor)
        self._partial.unlink(missing_ok=True)
        self._closed()


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _require_room(folder: Path, wanted_bytes: int) -> None:
    if shutil.disk_usage(folder).free - wanted_bytes < RESERVE_BYTES:
        raise OSError(errno.ENOSPC, "the vault is full but for its reserve")


def _on_disk(path: Path, statement: Statement) -> Digests:
    """What the disk has, not what the page cache remembers of it: a disk may have taken a write and lost it."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return part_digests(path, statement.part_bytes)
