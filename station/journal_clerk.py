"""The only writer. One thread judges one observation after another, each in one transaction, durable or not at all.

Whoever tells an observation gets a future: facts once they are on the disk, or the error that changed nothing.
A full queue makes the teller wait. After a crash the clerk goes on from the tables as they were last committed.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from station.clock import Clock
from station.custody.facts import Fact, Purged
from station.custody.judge import judgement
from station.custody.observations import JournalBegun, Observation
from station.custody.state import State
from station.errors import DockwardError, JournalBrokenError, WireFailedError, WrongUseError
from station.journal.entries import PrivateValue, Salts, entry_bytes, seal, station_of
from station.journal.notes import Checkpoint, Note, Sign, VerifierKey, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_write
from station.journal.tree import Tree
from station.policy.permits import Policy
from station.store import projections

QUEUE_MAX = 64

Answer = TypeVar("Answer")


class DiskFullError(WireFailedError):
    """Nothing was written. Free space on the journal's partition; the same observation can then be told again."""


@dataclass(frozen=True, slots=True)
class _Job(Generic[Answer]):
    run: Callable[[], Answer]
    answer: Future[Answer]


class _Mailbox:
    """Jobs in order, so many and no more. The clerk takes all there are at once: one lock for many jobs."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._jobs: list[_Job[Any]] = []
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: _Job[Any]) -> bool:
        """Wait for room; False where nobody will take the job any more."""
        with self._changed:
            while len(self._jobs) >= self._limit and not self._closed:
                self._changed.wait()
            if self._closed:
                return False
            self._jobs.append(job)
            if len(self._jobs) == 1:
                self._changed.notify_all()
            return True

    def take_all(self) -> list[_Job[Any]]:
        """Wait for jobs; none where the box is closed and empty."""
        with self._changed:
            while not self._jobs and not self._closed:
                self._changed.wait()
            jobs, self._jobs = self._jobs, []
            self._changed.notify_all()
            return jobs

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class JournalClerk:
    """Owns the writing connection and the state; `start` its thread, `tell` it observations, `stop` it."""

    def __init__(self, path: Path, station: str, policy: Policy, clock: Clock, salts: Salts) -> None:
        self.station = station
        self.policy = policy
        self._clock = clock
        self._salts = salts
        self._connection = connect_to_write(path)
        projections.migrate(self._connection)
        self._log = SqliteLog(self._connection)
        self._require_same_station(path)
        self._tree: Tree = self._log.tree()
        self._state: State = projections.load(self._connection)
        # A crash may have come between a purge and its wipe; a reader may be in the way of one for a while.
        self._wipe_due = True
        self._wipe()
        self._jobs = _Mailbox(QUEUE_MAX)
        self._listeners: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._work, name="journal-clerk", daemon=True)
        self._broken: BaseException | None = None

    @property
    def state(self) -> State:
        """Custody as last committed; never changes under its reader."""
        return self._state

    @property
    def tree(self) -> Tree:
        return self._tree

    def listen(self, committed: Callable[[], None]) -> None:
        """Be called after each commit, on the clerk's thread: only to wake whoever reads, never to do it there."""
        self._listeners.append(committed)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what was told, then close the journal."""
        self._jobs.close()
        self._thread.join()

    def close(self) -> None:
        """Close a journal whose thread was never started."""
        self._connection.close()

    def head(self, origin: str) -> Checkpoint:
        """The newest tree head, unsigned."""
        tree = self._tree
        return Checkpoint(origin, tree.size, tree.root)

    def tell(self, observation: Observation) -> "Future[tuple[Fact, ...]]":
        return self._ask(lambda: self.judge_and_write(observation))

    def keep_checkpoint(self, note: Note, log_key: VerifierKey, *witnesses: VerifierKey) -> "Future[None]":
        return self._ask(lambda: self._keep_checkpoint(note, log_key, witnesses))

    def sign_head(self, log_key: VerifierKey, sign: Sign) -> Note:
        """Sign the newest head and keep it. The signer answers on the caller's thread: the clerk never waits for it."""
        note = sign_checkpoint(self.head(log_key.name), log_key, sign)
        self.keep_checkpoint(note, log_key).result()
        return note

    def judge_and_write(self, observation: Observation) -> tuple[Fact, ...]:
        """One judgement, one transaction; on the clerk's thread only."""
        if isinstance(observation, JournalBegun):
            self._require_own(observation)
        recalled = projections.recall(self._connection, self._state, observation)
        judged = judgement(self._state, observation, self.policy, self._clock.stamp(), recalled)
        if not judged.facts:
            return ()
        facts, private = self._sealed(judged.facts)
        purged = [n for fact in facts if isinstance(fact.body, Purged) for n in fact.body.entries]
        entries = [entry_bytes(fact, self.station) for fact in facts]

        def write() -> Tree:
            tree = self._log.append(self._tree, entries)
            self._log.keep_private(private)
            self._log.forget_private(purged)
            projections.write(self._connection, judged.changed)
            return tree

        self._tree = self._in_transaction(write)
        self._state = judged.state
        self._wipe_due = self._wipe_due or bool(purged)
        self._wipe()
        for committed in self._listeners:
            committed()
        return facts

    def _wipe(self) -> None:
        """What was deleted leaves the write-ahead file too; later, where that cannot be now. No teller waits for it."""
        if self._wipe_due:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._wipe_due = not self._log.wipe_forgotten()

    def _require_own(self, begun: JournalBegun) -> None:
        """A journal cannot be mended: it begins under its station's own name, or not at all."""
        match begun.origin.split("/"):
            case ["dockward", agency, station, number] if agency and number and station == self.station:
                named = VerifierKey.parse(begun.log_key).name
            case _:
                raise WrongUseError(f"the origin of {self.station} is dockward/AGENCY/{self.station}/NUMBER")
        if named != begun.origin:
            raise WrongUseError(f"the log key is of {named}, not of {begun.origin}")

    def _require_same_station(self, path: Path) -> None:
        if self._log.size and (written := station_of(self._log.entry(0))) != self.station:
            raise WrongUseError(f"{path} is the journal of {written}, not of {self.station}")

    def _sealed(self, found: tuple[Fact, ...]) -> tuple[tuple[Fact, ...], list[PrivateValue]]:
        private: list[PrivateValue] = []
        facts: list[Fact] = []
        for fact in found:
            sealed, values = seal(fact, self._salts)
            facts.append(sealed)
            private += values
        return tuple(facts), private

    def _keep_checkpoint(self, note: Note, log_key: VerifierKey, witnesses: tuple[VerifierKey, ...]) -> None:
        self._in_transaction(lambda: self._log.keep_checkpoint(note, log_key, witnesses))

    def _in_transaction(self, write: Callable[[], Answer]) -> Answer:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            written = write()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return written

    def _ask(self, run: Callable[[], Answer]) -> "Future[Answer]":
        if threading.current_thread() is self._thread:
            raise WrongUseError("the clerk's own thread cannot wait for itself; tell it from another")
        answer: Future[Answer] = Future()
        if not self._jobs.put(_Job(run, answer)):
            answer.set_exception(JournalBrokenError("the journal clerk has stopped; the station is going down"))
        return answer

    def _work(self) -> None:
        while jobs := self._jobs.take_all():
            for job in jobs:
                self._do(job)
        self._connection.close()

    def _do(self, job: _Job[Any]) -> None:
        """Answer the teller. What the journal cannot be sure of stops the clerk: a restart reads what is true."""
        if not job.answer.set_running_or_notify_cancel():
            return  # whoever asked has gone, before anything was done
        try:
            if self._broken is not None:
                raise JournalBrokenError(f"the journal clerk has stopped: {self._broken}")
            job.answer.set_result(job.run())
        except sqlite3.Error as error:
            job.answer.set_exception(self._named(error))
        except Exception as error:  # noqa: BLE001 - the top of this thread; nothing was changed, the teller is told
            job.answer.set_exception(error)

    def _named(self, error: sqlite3.Error) -> DockwardError:
        """A full disk took nothing. After any other failure only the disk knows the truth: stop, and read it again."""
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_FULL:
            return DiskFullError(str(DiskFullError.__doc__))
        if code == sqlite3.SQLITE_BUSY:
            return WireFailedError("another program writes to the journal; stop it, then tell this again")
        self._broken = error
        return JournalBrokenError(f"the journal clerk stops: {error}; the station restarts and reads it again")
