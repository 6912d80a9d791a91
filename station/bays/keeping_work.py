"""Work on what is kept here: copied to the other disk, let go of, deleted for good. Each step is safe to repeat.

One thing is done to a recording's bytes at a time, so that nothing is copied while it is deleted. Never lets go of an
original before the registry proved anew that it has it, and the journal says so.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from station.bays.docking_work import Tell
from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_at_the_dock import HandoverFallsDue
from station.custody.due_work import Work
from station.custody.judge_originals import may_be_copied, may_leave
from station.custody.purging import Purge, PurgeStep
from station.custody.recording import Recording
from station.custody.state import State
from station.errors import BrokenCustodyError, NotYetError
from station.stamp import Stamp
from station.store.kept import KeptRecordings
from station.store.recordings import RecordingStore
from station.store.second_disk import DamagedOriginalError, NoSecondDiskError, SecondDisk, SecondDiskError
from station.work_dispatcher import Worker

ProvedAnew = Callable[[int], str]
"""Ask the registry to read a recording back; the digest of its fresh receipt, which was verified and is on our disk."""


@dataclass(frozen=True, slots=True)
class KeepingWork:
    """What every piece of it needs."""

    tell: Tell
    state: Callable[[], State]
    stamp: Callable[[], Stamp]
    kept: KeptRecordings
    recordings: RecordingStore
    second: SecondDisk | None
    keep_days: int | None
    proved_anew: ProvedAnew
    done: Callable[[], None] = lambda: None
    """Called after each, for whoever knows what is due next."""
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Whoever has it may change what lies on the disks, or say what does."""

    def workers(self) -> dict[Work, Worker]:
        return {
            Work.COPY: self.copy,
            Work.RELEASE: self.release,
            Work.PURGE: self.purge,
            Work.EXPIRE_ACCESS: self.expire_access,
            Work.TELL_HANDOVER: self.tell_handover,
        }

    def copy(self, number: int) -> None:
        with self.turn:
            recording = self._recording(number)
            if self.second is None or recording.stated is None:
                return
            if may_be_copied(self.state(), recording, self.second.name()):
                disk = self._copied(self.second, recording)
                self.tell(seen.SecondCopyProved(recording=number, disk=disk))
        self.done()

    def release(self, number: int) -> None:
        """Marked first: a death between the fact and the deletion is seen to at the next start."""
        if self._may_leave(number):
            self.recordings.mark_leaving(number)
            digest, keep_days = self.proved_anew(number), self.keep_days or 0
            with self.turn:
                self.tell(acts.OriginalProvedAnew(recording=number, receipt_sha256=digest, keep_days=keep_days))
        with self.turn:
            if self._recording(number).released is not None:
                self.recordings.remove_original(number)
            self.recordings.unmark_leaving(number)
        self.done()

    def purge(self, number: int) -> None:
        """The journal hears of it when nothing is left on any disk."""
        with self.turn:
            purge = self.state().purges.get(number)
            if purge is None or purge.step is not PurgeStep.BEGUN:
                return
            second = self._with_every_disk(purge)
            for recording in self._recordings(purge):
                self._require_undisputed()
                self.recordings.remove_original(recording.number)
                if second is not None:
                    second.remove(recording, self.recordings.evidence(recording.number))
            self._with_every_disk(purge)  # one that went away meanwhile kept its copies
            self.tell(acts.FootageDeleted(purge=number))
        self.done()

    def expire_access(self, number: int) -> None:
        self.tell(acts.AccessTimedOut(request=number))

    def tell_handover(self, number: int) -> None:
        self.tell(HandoverFallsDue(loan=number))

    def _copied(self, second: SecondDisk, recording: Recording) -> str:
        """The disk's name. An original that is found damaged is told: it proves nothing any more."""
        try:
            return second.copy(recording, self.recordings.evidence(recording.number), self.recordings.going_on)
        except DamagedOriginalError as error:
            self.tell(seen.DigestFound(recording=recording.number, found=error.found))
            raise

    def _require_undisputed(self) -> None:
        """The dispute may have become a fact since the work was begun, or in its middle."""
        if self.state().disputes:
            raise NotYetError("the journal's history is disputed; nothing is deleted, see the status page")

    def _may_leave(self, number: int) -> bool:
        recording = self._recording(number)
        return self.keep_days is not None and may_leave(self.state(), recording, self.keep_days, self.stamp())

    def _with_every_disk(self, purge: Purge) -> SecondDisk | None:
        """Every disk that has something of it must be here: nobody can say of another that nothing is left on it.

        One that people wrote off is waited for no longer. None where nothing is mounted, and all are written off.
        """
        state, second = self.state(), self.second
        named = {disk for one in self._recordings(purge) for disk in one.disks}
        gone = {disk for disk in named if state.gone(disk)}
        try:
            here = set() if second is None else {second.name()}
        except NoSecondDiskError:
            if not gone or gone != named:
                raise
            second, here = None, set()
        away = sorted(named - gone - here)
        if away:
            raise SecondDiskError(
                f"{', '.join(away)} has copies of what is to be deleted; connect and mount that disk, or have it "
                "written off if it is gone for good"
            )
        return second

    def _recordings(self, purge: Purge) -> Iterator[Recording]:
        return map(self._recording, purge.recordings)

    def _recording(self, number: int) -> Recording:
        """As it is now, whether memory has it or let it go."""
        recording = self.state().recordings.get(number) or self.kept.recording(number)
        if recording is None:
            raise BrokenCustodyError(f"there is no recording {number}")
        return recording
