"""What each camera showed that is not held yet, and which numbers it ever listed; so that a missing file has a name.

    listings/CAMERA.json    one camera; CAMERA is made of what it calls itself, and is no name

Written before the first file is read, and emptied once everything on the camera is held, before it may be cleared:
what is on no list any more was held. Names of persons may be in file names: they lie here until then, and nowhere
else but in the journal's private words. Says nothing of what it means that a file is missing.
"""

import hashlib
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from station.durable import disk_errors_named, make_folder, sync_folder, write_file

OWED_MAX = 20_000
"""Of one camera; what it shows beyond is read all the same, and has no name where it vanishes."""
ROWS_MAX = 512
CAMERAS_MAX = 1_024
"""The lists that were not written for longest go first."""
_SUFFIX = ".json"
_KEY_CHARACTERS = 32
Rows = tuple[tuple[int, int], ...]
"""First and last of each row of numbers, in order, none touching the next."""


class Owed(msgspec.Struct, frozen=True, array_like=True):
    """A file that a camera showed and that was not held then."""

    listing: str
    name: str
    size_bytes: int
    begun_ms: int | None
    ended_ms: int | None
    docking: int
    """In which it was shown first."""


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of one camera."""

    source: str
    owed: tuple[Owed, ...] = ()
    told_in: int = 0
    """The docking that found something missing last."""
    told: int = 0
    """How many files were said to be missing in it."""
    numbers: Rows = ()


_READER = msgspec.json.Decoder(Shown)


class Listings:
    """A folder of them; each camera's is used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        make_folder(folder)
        for unfinished in folder.glob(f"*{_SUFFIX}.*"):
            unfinished.unlink()

    def of(self, source: str) -> Shown:
        """What cannot be read is as good as none: the camera shows it again."""
        return _read(self._path(source)) or Shown(source)

    def keep(self, shown: Shown) -> None:
        """On the disk when this returns; nothing is left of a camera that owes nothing and counts nothing."""
        path = self._path(shown.source)
        kept = msgspec.structs.replace(shown, owed=shown.owed[:OWED_MAX], numbers=shown.numbers[-ROWS_MAX:])
        if kept == self.of(shown.source):
            return
        if kept.owed or kept.numbers:
            write_file(path, [msgspec.json.encode(kept)])
            self._make_room()
        else:
            with disk_errors_named():
                path.unlink(missing_ok=True)
                sync_folder(self._folder)

    def _path(self, source: str) -> Path:
        key = hashlib.sha256(source.encode(errors="surrogatepass")).hexdigest()[:_KEY_CHARACTERS]
        return self._folder / f"{key}{_SUFFIX}"

    @disk_errors_named()
    def _make_room(self) -> None:
        with self._lock:
            paths = list(self._folder.glob(f"*{_SUFFIX}"))
            if len(paths) > CAMERAS_MAX:
                min(paths, key=lambda path: path.stat().st_mtime_ns).unlink()


def read_listings(folder: Path) -> Iterator[Shown]:
    """All of them, as they are; for whoever only looks."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        shown = _read(path)
        if shown is not None:
            yield shown


@disk_errors_named()
def _read(path: Path) -> Shown | None:
    try:
        return _READER.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def with_numbers(rows: Rows, numbers: Iterable[int]) -> Rows:
    joined: list[tuple[int, int]] = []
    for first, last in sorted([*rows, *((number, number) for number in numbers)]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return tuple(joined)


def new_numbers(rows: Rows, numbers: Iterable[int]) -> frozenset[int]:
    """Those in none of the rows."""
    firsts = [first for first, _ in rows]

    def listed_before(number: int) -> bool:
        place = bisect_right(firsts, number)
        return place > 0 and number <= rows[place - 1][1]

    return frozenset(number for number in numbers if not listed_before(number))


def ends(rows: Sequence[tuple[int, int]]) -> frozenset[int]:
    return frozenset(end for row in rows for end in row)
