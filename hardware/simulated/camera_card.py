"""A simulated camera's card: the files of a folder as MTP objects. Remembers handles, nothing else of a file."""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from hardware.simulated.camera_codes import (
    ACCESS_DENIED,
    ANY,
    INVALID_HANDLE,
    INVALID_PARENT,
    INVALID_STORAGE,
    STORAGE,
    Refused,
)
from hardware.simulated.dock import Dock
from hardware.simulated.habits import Habits


class Item(NamedTuple):
    """A file or, without a size, a folder; times by the camera's own clock, UTC."""

    handle: int
    path: str
    parent: int
    size: int | None
    times_ms: tuple[int, int] | None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Card:
    """Shows the folder as it is at that moment."""

    def __init__(self, dock: Dock, serial: str, habits: Habits) -> None:
        self._dock = dock
        self._serial = serial
        self._habits = habits
        self._folder = dock.card(serial)
        self._numbers: dict[str, int] = {}
        self._paths: list[str] = []
        self._sessions = 0
        self._times: dict[str, tuple[int, int]] = {}
        self._times_of: object = None

    def begin_session(self) -> None:
        self._sessions += 1
        self._numbers.clear()
        self._paths.clear()

    def free_bytes(self) -> tuple[int, int]:
        """All there is and what is left."""
        found = os.statvfs(self._folder)
        told_mib = self._dock.about(self._serial).free_mib
        free = found.f_bavail * found.f_frsize if told_mib is None else told_mib << 20
        return max(free, found.f_blocks * found.f_frsize), free

    def handles(self, storage: int, parent: int) -> list[int]:
        if storage not in {STORAGE, ANY}:
            raise Refused(INVALID_STORAGE)
        if parent in self._habits.roots:
            return self.root()
        if parent == 0 and self._habits.lists_everything:
            return self.everything()
        if parent in {0, ANY, STORAGE} and not self._habits.refuses_roots:
            return []
        if parent in {0, ANY, STORAGE}:
            raise Refused(INVALID_PARENT)
        if not self.file(parent).is_dir():
            raise Refused(INVALID_PARENT)
        return self._inside(self._path(parent))

    def root(self) -> list[int]:
        return self._inside("")

    def everything(self) -> list[int]:
        found, folders = [], [""]
        while folders:
            inside = self._inside(folders.pop())
            found += inside
            folders += [path for path in map(self._path, inside) if (self._folder / path).is_dir()]
        return found

    def item(self, handle: int) -> Item:
        file, path = self.file(handle), self._path(handle)
        folder = path.rpartition("/")[0]
        size = None if file.is_dir() else file.stat().st_size
        parent = self._handle(folder) if folder else self._habits.root_told
        return Item(handle, path, parent, size, self._known_times().get(path))

    def file(self, handle: int) -> Path:
        file = self._folder / self._path(handle)
        if not file.exists():
            raise Refused(INVALID_HANDLE)
        return file

    def delete(self, handle: int) -> None:
        file = self.file(handle)
        if file.is_dir():
            raise Refused(ACCESS_DENIED)
        file.unlink()
        times = self._dock.times(self._serial)
        times.pop(self._path(handle), None)
        part = self._times_file.with_name(".times.json.part")
        part.write_bytes(msgspec.json.encode(times))
        part.replace(self._times_file)

    # --- handles

    def _inside(self, folder: str) -> list[int]:
        with os.scandir(self._folder / folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
        if self._habits.rekeys and self._sessions % 2 == 0:
            names.reverse()
        return [self._handle(f"{folder}/{name}" if folder else name) for name in names]

    def _handle(self, path: str) -> int:
        """The same for as long as the session lasts; never given to another."""
        if path not in self._numbers:
            self._paths.append(path)
            self._numbers[path] = len(self._paths)
        return self._numbers[path]

    def _path(self, handle: int) -> str:
        if not 0 < handle <= len(self._paths):
            raise Refused(INVALID_HANDLE)
        return self._paths[handle - 1]

    # --- times

    @property
    def _times_file(self) -> Path:
        return self._folder.parent / "times.json"

    def _known_times(self) -> dict[str, tuple[int, int]]:
        """Read again only when they were written again: a card may hold ten thousand files."""
        found = self._times_file.stat()
        written = found.st_ino, found.st_mtime_ns, found.st_size
        if written != self._times_of:
            self._times, self._times_of = self._dock.times(self._serial), written
        return self._times
