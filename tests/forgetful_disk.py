"""What a power cut could leave of one folder, looked at after each operation on it. Knows nothing of what is in it.

A file's bytes are certain after its own sync, a name after its folder's; all else is there or not, in any mixture.
"""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SECTOR_BYTES = 4_096
SCATTERS = 2

Files = dict[str, bytes]


class ForgetfulDisk:
    """Watches a folder. `cuts` are the distinct things a cut could have left of it, with what was promised then."""

    def __init__(self, root: Path, seed: int) -> None:
        self.promised = 0
        self.cuts: dict[tuple[int, tuple[tuple[str, bytes], ...]], None] = {}
        self._root = root
        self._rng = random.Random(f"disk/{seed}")
        self._kept: dict[int, bytes] = {}
        self._names: dict[str, int] = {}
        self._ids: dict[str, int] = {}
        self._made = 0

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        real_open, real_replace, real_unlink = Path.open, Path.replace, Path.unlink

        def opened(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
            new = not path.exists()
            file = real_open(path, mode, *more, **named)
            if _real(path).is_relative_to(self._root) and new:
                self._made += 1
                self._ids[self._name(path)] = self._made
                self.look()
            return file

        def replaced(path: Path, target: Path) -> Path:
            moved = real_replace(path, target)
            self._ids[self._name(moved)] = self._ids.pop(self._name(path))
            self.look()
            return moved

        def unlinked(path: Path, *told: Any, **named: Any) -> None:
            real_unlink(path, *told, **named)
            if self._ids.pop(self._name(path), None):
                self.look()

        patch.setattr(Path, "open", opened)
        patch.setattr(Path, "replace", replaced)
        patch.setattr(Path, "unlink", unlinked)
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, self._synced(getattr(os, name)))

    def _synced(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(descriptor: int) -> None:
            self.look()
            real(descriptor)
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            if path.is_dir():
                inside = f"{self._name(path)}/"
                others = {name: file for name, file in self._names.items() if not name.startswith(inside)}
                self._names = others | {name: file for name, file in self._ids.items() if name.startswith(inside)}
            elif self._name(path) in self._ids:
                self._kept[self._ids[self._name(path)]] = path.read_bytes()
            self.look()

        return sync

    def look(self) -> None:
        """What there would be if the power went now."""
        now = {file: (self._root / name).read_bytes() for name, file in self._ids.items()}
        for left in self._possible(now):
            self.cuts[self.promised, tuple(sorted(left.items()))] = None

    def _possible(self, now: dict[int, bytes]) -> Iterator[Files]:
        yield {name: now[file] for name, file in self._ids.items()}
        yield {name: self._kept.get(file, b"") for name, file in self._names.items()}
        for _ in range(SCATTERS):
            names = {name: self._rng.choice([self._names, self._ids]).get(name) for name in self._names | self._ids}
            yield {name: self._scattered(file, now) for name, file in names.items() if file is not None}

    def _scattered(self, file: int, now: dict[int, bytes]) -> bytes:
        kept = self._kept.get(file, b"")
        new = now.get(file, kept)
        size = self._rng.choice([len(kept), len(new)])
        sectors = range(0, size, SECTOR_BYTES)
        whole = (self._rng.choice([kept, new])[at : at + SECTOR_BYTES].ljust(SECTOR_BYTES, b"\0") for at in sectors)
        return b"".join(whole)[:size]

    def _name(self, path: Path) -> str:
        path = _real(path)
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)


def _real(path: Path) -> Path:
    """Also of what is reached by an open folder."""
    return path.parent.resolve() / path.name


def write_files(folder: Path, files: Files) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
