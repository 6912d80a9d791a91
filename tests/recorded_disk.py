"""A disk that writes down what SQLite does to it, and says what a power cut would have left of that.

A recording VFS passes everything through to SQLite's own unix VFS and keeps a tape. `Disk` plays a tape: what was
synced is safe; luck says which of the unsynced 512-byte sectors, lengths and names are there. Knows no journal.
"""

import contextlib
import importlib
import itertools
import random
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

SECTOR_BYTES = 512
_DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Created:
    name: str


@dataclass(frozen=True, slots=True)
class Deleted:
    name: str
    synced: bool


@dataclass(frozen=True, slots=True)
class Wrote:
    name: str
    offset: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Truncated:
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    name: str
    folder_too: bool


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Not an operation: from here on, so many facts and signed notes are promised."""

    facts: int
    notes: int


Operation = Created | Deleted | Wrote | Truncated | Synced | Acknowledged


def _load_apsw() -> Any:
    """Debian's binding: it shares libsqlite3 with Python's own, so a VFS set through one serves the other."""
    sys.path.append(_DEBIAN_PACKAGES)
    try:
        apsw = importlib.import_module("apsw")
    except ImportError as error:
        raise ImportError(
            "the power-cut tests need Debian's SQLite binding under Debian's Python: apt-get install python3-apsw"
        ) from error
    finally:
        sys.path.remove(_DEBIAN_PACKAGES)
    assert apsw.sqlitelibversion() == sqlite3.sqlite_version, "apsw and sqlite3 do not share one libsqlite3"
    return apsw


_APSW = _load_apsw()
_Vfs: Any = _APSW.VFS
_VfsFile: Any = _APSW.VFSFile


class _RecordingFile(_VfsFile):  # type: ignore[misc]
    def __init__(self, tape: "_Tape", name: str, path: Any, flags: list[int]) -> None:
        super().__init__("unix", path, flags)
        self._tape = tape
        self._name = name
        # SQLite's unix VFS syncs the folder with the first sync of a journal or write-ahead file, and only then.
        self._folder_too = name != tape.main

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self._tape.operations.append(Wrote(self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(size)
        self._tape.operations.append(Truncated(self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        if self._tape.syncs:
            super().xSync(flags)
            self._tape.operations.append(Synced(self._name, self._folder_too))
            self._folder_too = False


class _RecordingVfs(_Vfs):  # type: ignore[misc]
    def __init__(self, tape: "_Tape") -> None:
        self._tape = tape
        super().__init__("power-cut", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - SQLite's name
        path = Path(name.filename() if isinstance(name, _APSW.URIFilename) else name or "")
        if not path.name.startswith(self._tape.main):
            return _VfsFile("unix", name, flags)  # a temporary file means nothing after a power cut
        is_new = not path.exists()
        file = _RecordingFile(self._tape, path.name, name, flags)
        if is_new:
            self._tape.operations.append(Created(path.name))
        return file

    def xDelete(self, path: str, sync_folder: bool) -> None:  # noqa: FBT001, N802 - SQLite's name and order
        super().xDelete(path, sync_folder)
        name = Path(path).name
        if name.startswith(self._tape.main):
            self._tape.operations.append(Deleted(name, bool(sync_folder) and self._tape.syncs))


@dataclass(frozen=True, slots=True)
class _Tape:
    operations: list[Operation]
    main: str
    syncs: bool


@contextlib.contextmanager
def recording(operations: list[Operation], main: str, *, syncs: bool = True) -> Iterator[None]:
    """Record every connection to a database of that name; open and close it inside. `syncs` False: a lying disk."""
    usual = _APSW.vfsnames()
    vfs = _RecordingVfs(_Tape(operations, main, syncs))
    try:
        yield
    finally:
        vfs.unregister()
        assert _APSW.vfsnames() == usual, "another VFS than before is the default one"


class Luck(Enum):
    """Which of the unsynced changes had reached the disk when the power went."""

    NONE = "none"
    ALL = "all"
    TORN = "all but some sectors of the last change to each file"
    FILES = "all of some files, nothing of others"
    SCATTERED = "some sectors, each as it was at some moment"


@dataclass(slots=True)
class Draw:
    """One roll of the dice; the same sector is asked about many times and answers the same."""

    luck: Luck
    rng: random.Random
    drawn: dict[tuple[int, int], int] = field(default_factory=dict)

    def reached(self, file: int, sector: int, pending: int) -> int:
        """How many of a file's unsynced changes this sector has seen: the last ones are those that are missing."""
        key = (file, 0 if self.luck is Luck.FILES else sector)
        if key not in self.drawn:
            self.drawn[key] = self._reached(pending)
        return self.drawn[key]

    def _reached(self, pending: int) -> int:
        match self.luck:
            case Luck.NONE:
                return 0
            case Luck.ALL:
                return pending
            case Luck.TORN:
                return pending - self.rng.randrange(2)
            case Luck.FILES:
                return self.rng.choice((0, pending))
            case Luck.SCATTERED:
                return self.rng.choice((0, pending, self.rng.randint(0, pending)))


_CUTS, _LENGTH = -1, -2
"""What is drawn for, beside a file's sectors: whether it was truncated, and whether it has grown to its length."""


@dataclass(slots=True)
class _File:
    number: int
    durable: bytes = b""
    pending: list[Wrote | Truncated] = field(default_factory=list)

    def sync(self) -> None:
        self.durable = self.after_cut(Draw(Luck.ALL, random.Random(0)))
        self.pending.clear()

    def after_cut(self, draw: Draw) -> bytes:
        changes = len(self.pending)
        content = bytearray(self.durable)
        length = len(content)
        for place, change in enumerate(self.pending):
            if isinstance(change, Wrote):
                length = max(length, change.offset + len(change.data))
                self._write(content, place, change, draw)
            else:
                length = change.size
                if place < draw.reached(self.number, _CUTS, changes):
                    _resize(content, change.size)
        if changes and draw.reached(self.number, _LENGTH, changes) == changes:
            _resize(content, max(length, len(content)))
        return bytes(content)

    def _write(self, content: bytearray, place: int, change: Wrote, draw: Draw) -> None:
        """Put the sectors of one write that reached the disk; a gap before them reads as zeros."""
        end = change.offset + len(change.data)
        for sector in range(change.offset // SECTOR_BYTES, -(-end // SECTOR_BYTES)):
            if place < draw.reached(self.number, sector, len(self.pending)):
                first = max(change.offset, sector * SECTOR_BYTES)
                last = min(end, (sector + 1) * SECTOR_BYTES)
                _resize(content, max(first, len(content)))
                content[first:last] = change.data[first - change.offset : last - change.offset]


def _resize(content: bytearray, size: int) -> None:
    content[size:] = bytes(max(0, size - len(content)))


class Disk:
    """What is safe, and what is only on its way: file contents, and apart from them which name is which file."""

    def __init__(self, files: Files) -> None:
        self._count = itertools.count(1)
        self._now = {name: _File(next(self._count), content) for name, content in files.items()}
        self._durable = dict(self._now)
        self._pending: dict[str, list[_File | None]] = {}

    def play(self, operation: Operation) -> None:
        match operation:
            case Created(name):
                self._now[name] = _File(next(self._count))
                self._pending.setdefault(name, []).append(self._now[name])
            case Deleted(name, synced):
                del self._now[name]
                self._pending.setdefault(name, []).append(None)
                if synced:
                    self._sync_folder()
            case Wrote(name) | Truncated(name):
                self._now[name].pending.append(operation)
            case Synced(name, folder_too):
                self._now[name].sync()
                if folder_too:
                    self._sync_folder()
            case Acknowledged():
                pass

    def after_cut(self, draw: Draw) -> Files:
        named = dict(self._durable)
        for number, (name, changes) in enumerate(self._pending.items(), 1):
            reached = draw.reached(-number, 0, len(changes))
            file = changes[reached - 1] if reached else named.get(name)
            named.pop(name, None)
            if file is not None:
                named[name] = file
        return {name: file.after_cut(draw) for name, file in named.items()}

    def _sync_folder(self) -> None:
        self._durable = dict(self._now)
        self._pending.clear()
