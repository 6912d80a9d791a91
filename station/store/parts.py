"""Parts: what came of cameras' files before their pulls were cut, for later dockings of those cameras to go on with.

    partial/SOURCE-LISTING.part    the first bytes of the file
    partial/SOURCE-LISTING.json    its checkpoint, see `checkpointed_part`

Nobody takes a part for a recording. It never outlives its use: it goes when it is whole, no longer listed, not as
listed, in the way, or when its camera did not come back for long.
"""

import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from hardware.wires import AbsentError, WireError
from station.durable import PART, DiskFailedError, NoRoomError, disk_errors_named, make_folder, move_file
from station.policy.due_times import DAY_MS
from station.stamp import Stamp
from station.store.checkpointed_part import (
    RESUMED_BYTES_MIN,
    CheckpointedPart,
    read_checkpoint,
    write_checkpoint,
)

FRUITLESS_MAX = 3
"""A camera that cannot go on in the middle of a file can perhaps send it whole."""
LEFT_DAYS_MAX = 90
"""So long a part waits for its camera to come back; after that the camera is asked for the whole file."""
_SIDECAR = ".json"
_SOURCE_CHARACTERS = 32


class Parts:
    """A folder of them; used by many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder)
        self._lock = threading.Lock()
        self._claimed: set[str] = set()
        self._fruitless: Counter[str] = Counter()

    @contextlib.contextmanager
    def claimed(self, source: str, listing: str, size_bytes: int) -> Iterator[CheckpointedPart | None]:
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
        part = CheckpointedPart(self._folder / f"{key}{PART}", self._folder / f"{key}{_SIDECAR}", size_bytes)
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

    def _helps(self, key: str, part: CheckpointedPart, error: BaseException) -> bool:
        if not part.offset or isinstance(error, DiskFailedError | NoRoomError | OSError):
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

    @disk_errors_named()
    def drop_left(self, now: Stamp) -> None:
        """What lies here for long goes: counted from when it was first seen, by a clock that is true, or not at all."""
        if not now.synchronised:
            return
        with self._lock:
            for sidecar in self._folder.glob(f"*{_SIDECAR}"):
                told = read_checkpoint(sidecar)
                if told is None or sidecar.stem in self._claimed:
                    continue
                if told.seen_ms is None:
                    write_checkpoint(sidecar, msgspec.structs.replace(told, seen_ms=now.utc_ms))
                elif now.utc_ms - told.seen_ms > LEFT_DAYS_MAX * DAY_MS:
                    sidecar.unlink()
                    sidecar.with_suffix(PART).unlink(missing_ok=True)

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
