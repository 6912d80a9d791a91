"""Looks at the disks that footage lies on: are they there, do they take and give, how much is free, what is due.

What it found is asked by others and is some seconds old: a disk that hangs hangs this thread and no other. Copies and
deletes nothing, and gives nothing back that a person must settle.
"""

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass

from station.bays.docking_work import Tell
from station.bays.scrubbing import Scrubbing
from station.custody.acts import BreachFound, GoneDiskSeen
from station.custody.due_on_disks import Disks
from station.custody.due_work import RECORDINGS_DUE_MAX
from station.custody.state import State
from station.errors import WireFailedError
from station.policy.permits import Policy, Store
from station.stamp import Stamp
from station.store.kept import KeptRecordings
from station.store.recordings import RecordingStore
from station.store.second_disk import GoneDiskError, SecondDisk
from station.store.space import Space

LOOK_AGAIN_MS = 30_000
OFFERED_MAX = 16 * RECORDINGS_DUE_MAX
"""Of each kind of work at once: what fails rests, and as many others have their turn."""
STUCK_MS = 3_600_000
"""So long the oldest are offered without any of them being done; then the next ones are, and so round again."""
OWN, SECOND, RETURNED = "store", "second", "returned"
"""RETURNED: the other disk is one that people wrote off."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at, and how long originals stay."""

    kept: KeptRecordings
    recordings: RecordingStore
    second: SecondDisk | None
    keep_days: int | None
    awaited_bytes: Callable[[], int]
    """What docked cameras still have to give, as far as they were listed."""
    scrubbing: Scrubbing


@dataclass(slots=True)
class _Round:
    """Where among all that is due the offered ones begin."""

    after: int = -1
    offered: tuple[int, ...] = ()
    since: Stamp | None = None

    def offer(self, read: Callable[[int], tuple[int, ...]], now: Stamp) -> tuple[int, ...]:
        found = read(self.after)
        stuck = found == self.offered and self._offered_ms(now) >= STUCK_MS
        if stuck and len(found) == OFFERED_MAX:
            self.after = found[-1]
            found = read(self.after)
        if self.after >= 0 and (not found or (stuck and found == self.offered)):
            self.after = -1
            found = read(self.after)
        if found != self.offered:
            self.offered, self.since = found, now
        return found

    def _offered_ms(self, now: Stamp) -> int:
        since = self.since and now.elapsed_since(self.since.boot_id, self.since.boot_ms)
        return since or 0


class KeepingWatch:
    """One thread's work; what it found last is replaced as one."""

    def __init__(
        self, watched: Watched, state: Callable[[], State], policy: Policy, stamp: Callable[[], Stamp], tell: Tell
    ) -> None:
        self._watched = watched
        self._state = state
        self._policy = policy
        self._stamp = stamp
        self._tell = tell
        self._looking = threading.Event()
        self._stopping = False
        self._listeners: list[Callable[[], None]] = []
        self._faults: frozenset[Store] = frozenset()
        self._returned: str | None = None
        self._uncopied = _Round()
        self._leaving = _Round()
        self._found = self._offered = Disks()
        self.space: Space | None = None
        self.troubles: dict[str, str] = {}
        """What is wrong, by which disk, in English; replaced as one."""

    @property
    def second(self) -> SecondDisk | None:
        return self._watched.second

    @property
    def disks(self) -> Disks:
        """What was found last, and what is to be compared next by now."""
        return self._watched.scrubbing.among(self._found)

    @property
    def overdue(self) -> dict[str, int]:
        """Since how many days not everything of a store was compared, where it is too long."""
        return self._watched.scrubbing.overdue

    def listen(self, changed: Callable[[], None]) -> None:
        """Be called when something else is due than before; on the watch's thread."""
        self._listeners.append(changed)

    def wake(self) -> None:
        self._looking.set()

    def stop(self) -> None:
        self._stopping = True
        self._looking.set()

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping:
            self.turn()
            self._looking.wait(LOOK_AGAIN_MS / 1000)
            self._looking.clear()

    def turn(self) -> None:
        """Each disk alone: what is wrong with one is no reason not to look at the other."""
        troubles: dict[str, str] = {}
        now, second, returned = self._stamp(), None, None
        try:
            second = self._second()
        except GoneDiskError as error:
            returned, troubles[RETURNED] = error.disk, str(error)
        except WireFailedError as error:
            troubles[SECOND] = str(error)
        disks = Disks(second)
        try:
            self._look_at_own(now)
            disks = self._due(second, now)
        except WireFailedError as error:
            self.space, troubles[OWN] = None, str(error)
        self.troubles = troubles
        with contextlib.suppress(WireFailedError):  # begun, or told, at the next look
            self._watched.scrubbing.look(now, second, own=OWN not in troubles)
        self._keep(disks)
        with contextlib.suppress(WireFailedError):  # a journal that takes nothing now is told at the next look
            self._report(now)
            self._report_returned(returned)

    def _look_at_own(self, now: Stamp) -> None:
        watched = self._watched
        coming = watched.kept.coming(watched.keep_days, now)
        self.space = Space(watched.recordings.free_bytes(), watched.awaited_bytes(), coming, watched.keep_days)
        watched.recordings.require_writable()

    def _second(self) -> str | None:
        second = self._watched.second
        if second is None:
            return None
        name = second.name()
        second.require_writable()
        return name

    def _due(self, second: str | None, now: Stamp) -> Disks:
        watched, state = self._watched, self._state()
        kept, keep_days, uncopied = watched.kept, watched.keep_days, tuple[int, ...]()
        if second is not None:
            uncopied = self._uncopied.offer(lambda after: kept.uncopied(state, second, OFFERED_MAX, after), now)
        leaving = watched.recordings.leaving()
        if keep_days is not None and now.synchronised:
            leaving += self._leaving.offer(lambda after: kept.leaving(state, keep_days, now, OFFERED_MAX, after), now)
        return Disks(second, uncopied, tuple(dict.fromkeys(leaving)))

    def _keep(self, found: Disks) -> None:
        self._found, offered = found, self._offered
        self._offered = self.disks
        if self._offered != offered:
            for listener in self._listeners:
                listener()

    def _report(self, now: Stamp) -> None:
        """A finding of its own each time that a disk begins to fail or to be full. Digests are compared elsewhere."""
        full = self.space is not None and self.space.free_bytes <= 0
        today = dt.datetime.fromtimestamp(now.utc_ms / 1000, dt.UTC).date()
        faults = frozenset(
            Store(name, failing=name in self.troubles, full=full and name == OWN, verified=today)
            for name in (OWN, SECOND)
        )
        for store in sorted(faults - self._faults, key=lambda store: store.id):
            for found in self._policy.store_faults(store, today):
                self._tell(BreachFound(verdict=found.verdict, about=found.about, evidence=found.evidence))
        self._faults = faults

    def _report_returned(self, disk: str | None) -> None:
        if disk is not None and disk != self._returned:
            self._tell(GoneDiskSeen(disk=disk))
        self._returned = disk
