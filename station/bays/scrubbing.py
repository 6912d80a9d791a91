"""Compares what is kept with what was held, one file after the other, round after round, on every disk that is here.

What a disk has is read past the page cache, in the order of numbers, and only while nobody else wants a disk. Nobody
is accused by one reading: what differs is read again before it is told. A copy on the other disk that is not what was
copied proves nothing from then on, and is made anew. Deletes and mends no original.
"""

import contextlib
import dataclasses
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from station.bays.docking_work import Tell
from station.custody import observations as seen
from station.custody.acts import BreachFound
from station.custody.due_on_disks import Disks
from station.custody.due_work import Work
from station.custody.judge_originals import has_copy, is_kept, may_be_copied
from station.custody.observations import MISSING, UNREADABLE
from station.custody.recording import Recording
from station.custody.state import State
from station.durable import disk_errors_named
from station.errors import NotYetError, WireFailedError
from station.policy.permits import Policy
from station.stamp import Stamp
from station.store.checkpointed_part import digest_on_disk
from station.store.kept import KeptRecordings
from station.store.recordings import RecordingStore
from station.store.scrub_rounds import ORIGINALS, UNREADABLE_MAX, Round, Rounds, days_since, ended, looked_at, overdue
from station.store.second_disk import SecondDisk, SecondDiskError
from station.work_dispatcher import Worker

LOOK_AGAIN_MS = 500
GAVE_WAY_MS_MAX = 600_000
"""So long a file is kept open for whoever has the disk; then it is closed, and begun with again."""
UNREADABLE_AFTER = 4
"""What the disk does not give so often is unreadable; each try a little later than the one before."""

_log = logging.getLogger(__name__)


class _GaveWayError(NotYetError):
    """Others had the disk for long."""


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What is compared, and whom it is told."""

    tell: Tell
    state: Callable[[], State]
    stamp: Callable[[], Stamp]
    policy: Policy
    kept: KeptRecordings
    recordings: RecordingStore
    second: SecondDisk | None
    disk_wanted: Callable[[], bool]
    """Whether anything else is under way that waits for a disk."""
    doubt: Callable[[int], None]
    """Set aside what is not signed for yet, read it once more, and tell it or put it back; see `Sealing`."""
    turn: threading.Lock
    """Of whoever changes what lies on the disks."""


class Scrubbing:
    """`look` says what is next, on the watch's thread; the workers compare it."""

    def __init__(self, scrubbed: Scrubbed, rounds: Rounds) -> None:
        self._on = scrubbed
        self._rounds = rounds
        self._lock = threading.Lock()
        self._next: dict[str, int] = {}
        self._second: str | None = None
        self._failed: dict[tuple[str, int], int] = {}
        self.overdue: dict[str, int] = {}
        """Since how many days not everything of a store was compared, where it is too long; replaced as one."""

    def workers(self) -> dict[Work, Worker]:
        return {Work.SCRUB: self.scrub, Work.SCRUB_COPY: self.scrub_copy}

    def among(self, disks: Disks) -> Disks:
        """With what is to be compared next, as it is now."""
        of_copies = None if self._second is None else self._next.get(self._second)
        return dataclasses.replace(disks, scrubbed=self._next.get(ORIGINALS), scrubbed_copy=of_copies)

    def look(self, now: Stamp, second: str | None, *, own: bool) -> None:
        """`own`: our own disk is well. `second`: the name of the other one, where it is here and well."""
        verify_days = self._on.policy.verify_days
        if verify_days is None:
            return
        with self._lock:
            stores = {ORIGINALS: own, **self._of_copies(second)}
            found = {store: self._look_at(store, verify_days, now, here=here) for store, here in stores.items()}
            self._second = second
            self.overdue = {store: days for store, days in found.items() if days is not None}

    def scrub(self, number: int) -> None:
        """Compare one original with what was held; then it is the next one's turn."""
        recording = self._on.kept.recording(number)
        if recording is not None and is_kept(self._on.state(), recording) and not self._set_aside(recording):
            with contextlib.suppress(_GaveWayError):
                found = self._differs(ORIGINALS, number, self._of_original, self._on.recordings.require_writable)
                if found is not None:
                    self._tell_original(number, found)
                self._go_on(ORIGINALS, number, found)
        else:
            self._go_on(ORIGINALS, number, None)

    def scrub_copy(self, number: int) -> None:
        """Compare one copy on the other disk; of the disk whose turn it is, and of no other that came in its place."""
        disk, second = self._second, self._on.second
        if second is None or disk is None or second.name() != disk:
            return
        recording = self._on.kept.recording(number)
        if recording is not None and has_copy(self._on.state(), recording, disk):
            with contextlib.suppress(_GaveWayError):
                found = self._differs(disk, number, partial(self._of_copy, second), second.require_writable)
                if found is not None:
                    self._tell_copy(second, disk, number, found)
                self._go_on(disk, number, found)
        else:
            self._go_on(disk, number, None)

    def _look_at(self, store: str, verify_days: int, now: Stamp, *, here: bool) -> int | None:
        """Begin a round where it is time, and tell once of one that did not end; the days, while there are too many."""
        one = looked_at(self._rounds.of(store), verify_days, now, here=here)
        late = overdue(self._on.policy, store, one, now)
        if late and not one.told:
            for found in late:
                self._on.tell(BreachFound(verdict=found.verdict, about=found.about, evidence=found.evidence))
            one = replace(one, told=True)
        self._turn_to_next(store, one, now, here=here)
        return days_since(one, now) if late else None

    def _turn_to_next(self, store: str, one: Round, now: Stamp, *, here: bool) -> None:
        """The next number of the round, or its end."""
        kept, number = self._on.kept, None
        if here and one.after is not None:
            number = kept.next_original(one.after) if store == ORIGINALS else kept.next_copy(store, one.after)
            one = ended(one) if number is None else one
        following = {name: at for name, at in self._next.items() if name != store}
        self._next = following if number is None else {**following, store: number}
        self._rounds.keep(store, one, now)

    def _go_on(self, store: str, number: int, found: str | None) -> None:
        """Unless it is another's turn by now: a round may have begun anew meanwhile."""
        now = self._on.stamp()
        with self._lock:
            self._failed.pop((store, number), None)
            one = self._rounds.of(store)
            if one is not None and self._next.get(store) == number:
                unreadable = one.unreadable + (found == UNREADABLE)
                self._turn_to_next(store, replace(one, after=number, unreadable=unreadable), now, here=True)

    def _of_copies(self, second: str | None) -> dict[str, bool]:
        """Every disk that copies were ever proved on and nobody wrote off, whether it is here or not."""
        state = self._on.state()
        return {disk: disk == second for disk in sorted(state.disks) if not state.gone(disk)}

    def _set_aside(self, recording: Recording) -> bool:
        """It was found out and told already."""
        return recording.stated is None and self._on.recordings.is_damaged(recording)

    def _differs(
        self, store: str, number: int, digest: Callable[[Recording], str], require_well: Callable[[], None]
    ) -> str | None:
        """What is there in the place of what was held; None where it is that, even if only the second time."""
        found = None
        for _ in range(2):
            recording = self._recording(number)
            if recording is None:
                return None
            found = self._tried(store, recording, digest, require_well)
            if found == recording.sha256:
                return None
            if found == UNREADABLE:
                break
            _log.warning("recording %d on %s reads differently; it is read again", number, store)
        return found

    def _tried(
        self, store: str, recording: Recording, digest: Callable[[Recording], str], require_well: Callable[[], None]
    ) -> str:
        """UNREADABLE where a disk that is well otherwise does not give it; for so many in a round and no more."""
        key = store, recording.number
        try:
            return digest(recording)
        except _GaveWayError:
            raise
        except WireFailedError:
            self._on.recordings.require_going_on()
            self._failed[key] = self._failed.get(key, 0) + 1
            one = self._rounds.of(store)
            if self._failed[key] < UNREADABLE_AFTER or one is None or one.unreadable >= UNREADABLE_MAX:
                raise
            require_well()
            return UNREADABLE

    def _of_original(self, recording: Recording) -> str:
        with disk_errors_named():
            try:
                return digest_on_disk(self._on.recordings.original(recording), self._giving_way).hexdigest()
            except FileNotFoundError:
                return MISSING

    def _of_copy(self, second: SecondDisk, recording: Recording) -> str:
        return second.digest(recording, self._giving_way) or MISSING

    def _tell_original(self, number: int, found: str) -> None:
        """Nobody moves or deletes it meanwhile: what is gone by right was not damaged."""
        with self._on.turn:
            recording = self._recording(number)
            if recording is None or not is_kept(self._on.state(), recording):
                return
            if recording.stated is None and found not in {MISSING, UNREADABLE}:
                with contextlib.suppress(NotYetError):  # told or put back; or it is being signed for, and read there
                    self._on.doubt(number)
            else:
                self._on.tell(seen.DigestFound(recording=number, found=found))

    def _tell_copy(self, second: SecondDisk, disk: str, number: int, found: str) -> None:
        with self._on.turn:
            recording = self._recording(number)
            if recording is None or not has_copy(self._on.state(), recording, disk):
                return
            if second.name() != disk:
                raise SecondDiskError(
                    f"{second.root} was changed for another disk meanwhile; nothing is said of either"
                )
            self._on.tell(seen.SecondCopySpoiled(recording=number, disk=disk, found=found))
            lost = self._recording(number)
            if found == UNREADABLE and lost is not None and may_be_copied(self._on.state(), lost, disk):
                second.drop(lost, self._on.recordings.evidence(number))

    def _recording(self, number: int) -> Recording | None:
        return self._on.kept.recording(number)

    def _giving_way(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, each when nobody else wants a disk; until the station goes down."""
        for chunk in self._on.recordings.going_on(chunks):
            self._wait()
            yield chunk

    def _wait(self) -> None:
        for _ in range(GAVE_WAY_MS_MAX // LOOK_AGAIN_MS):
            if not self._on.disk_wanted():
                return
            self._on.recordings.rest(LOOK_AGAIN_MS)
        raise _GaveWayError("others need the disk; this is compared when they are done")
