"""Which piece of the journal goes to the registry next, and what its answer moves. No network here.

The journal is the outbox: nothing is queued beside it. Only the registry's cosignature says that facts have arrived;
what a broker acknowledges says nothing. One batch is under way at a time, and until it is cosigned it is the same one
that is sent again, over restarts too: a second head, signed meanwhile, could overtake it and make it look like a
journal that shrank. Where the registry, or our own signer, knows another history than ours, nothing is sent any more.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from station.custody.history import Contradiction
from station.errors import JournalBrokenError, RefusedError
from station.journal.batches import batch_bytes, kept_head, make_batch, next_end
from station.journal.notes import Checkpoint, Note, Sign, VerifierKey, parse_note, sign_checkpoint
from station.journal.sqlite_log import SqliteLog
from station.signing.head_memory import LOG_ALREADY_FARTHER
from station.stamp import Stamp
from station.uplink.disputes import Disputes

RESEND_MS = 5_000
OVERDUE_MS = 3 * RESEND_MS
_OVERDUE = "the registry has confirmed nothing for a while; is it running, and is this station enrolled there?"
_OTHER_HISTORY = "another history of this journal was signed; nothing is sent any more"
_UNBELIEVED = "an answer came that the registry did not sign; it counts for nothing: who else can write at the broker?"


@dataclass(frozen=True, slots=True)
class _UnderWay:
    to: int
    since: Stamp


class JournalUplink:
    """Used by the link's thread, and by whoever carries the journal; with a reading connection of its own."""

    def __init__(
        self,
        log: SqliteLog,
        log_key: VerifierKey,
        witness: VerifierKey,
        sign: Sign,
        keep: Callable[[Note], None],
        disputes: Disputes,
    ) -> None:
        self._lock = threading.Lock()
        self._log = log
        self._log_key = log_key
        self._witness = witness
        self._sign = sign
        self._keep = keep
        self._under_way: _UnderWay | None = None
        self._unanswered_since: Stamp | None = None
        self._disputes = disputes
        self._unbelieved = False
        self._began_again = False
        note = log.newest_checkpoint(cosigned=True)
        self.delivered = note.checkpoint.size if note else 0
        """So many facts are at the registry, by its own cosignature."""
        self._next = self.delivered
        """Where the next batch begins: further back, where the registry says that it has less than it had."""

    def next_batch(self, now: Stamp) -> bytes | None:
        """What to publish now; nothing while an answer is awaited, or where all is delivered."""
        with self._lock:
            return self._next_batch(now)

    def sign_heads(self) -> int:
        """Sign and keep the heads that the next batches will end with; up to where they reach.

        Whoever carries the journal on a disk carries these, and so a batch that goes over the line has no other.
        """
        with self._lock:
            size, first = self._log.size, self.delivered
            while first < size and not self._disputes.stand:
                head = self._head_to_deliver(first, size)
                if head is None:
                    break
                first = head.checkpoint.size
            return first

    def _next_batch(self, now: Stamp) -> bytes | None:
        size = self._log.size
        if self._disputes.stand or self._next == size or self.wait_ms(now):
            return None
        if self._overdue(now) and not self._began_again:
            # Perhaps the registry has nothing of this journal, and so no note to say how much it has.
            self._next, self._began_again = 0, True
        head = self._head_to_deliver(self._next, size)
        if head is None:
            return None
        batch = make_batch(self._log, self._next, head)
        self._under_way = _UnderWay(head.checkpoint.size, now)
        self._unanswered_since = self._unanswered_since or now
        return batch_bytes(batch)

    def wait_ms(self, now: Stamp) -> int | None:
        """How long an answer may still take; None where none is awaited."""
        if self._under_way is None or self._next >= self._under_way.to:
            return None
        elapsed_ms = _elapsed_ms(self._under_way.since, now)
        return 0 if elapsed_ms is None else max(0, RESEND_MS - elapsed_ms)

    def connected_anew(self) -> None:
        """Nobody knows what became of a batch when the connection broke: it is sent again."""
        self._under_way, self._began_again = None, False

    def cosigned(self, message: bytes) -> bool:
        """Take the registry's answer; False where it is none, or confirms nothing more.

        A registry that was restored from a copy says that it has less: it gets what it lacks once more.
        """
        with self._lock:
            return self._cosigned(message)

    def _cosigned(self, message: bytes) -> bool:
        note = self._believed(message)
        if note is None:
            return False
        told = note.checkpoint
        if told.size > self._log.size or self._log.root_at(told.size) != told.root:
            self._contradicted(note)
            return False
        if told.size == self._next:
            return False
        newer = told.size > self.delivered
        if newer:
            self._keep(note)
            self.delivered = told.size
        if told.size > self._next:
            self._unanswered_since = None
        self._next, self._under_way = told.size, None
        return newer

    def trouble(self, now: Stamp) -> str:
        """What a person must look after; empty where all goes well."""
        if self._disputes.stand:
            return _OTHER_HISTORY
        if self._unbelieved:
            return _UNBELIEVED
        return _OVERDUE if self._overdue(now) else ""

    def _overdue(self, now: Stamp) -> bool:
        waited_ms = None if self._unanswered_since is None else _elapsed_ms(self._unanswered_since, now)
        return waited_ms is not None and waited_ms >= OVERDUE_MS

    def _contradicted(self, theirs: Note) -> None:
        """Both notes are evidence: somebody who has our key, or the registry, signed what is not our journal."""
        told = theirs.checkpoint
        ours = self._log.newest_checkpoint(cosigned=True, covering=told.size) or self._log.newest_checkpoint()
        notes = {"theirs.note": str(theirs)} | ({} if ours is None else {"ours.note": str(ours)})
        self._disputes.tell(self._why(told, ours), told, notes)

    def _why(self, told: Checkpoint, ours: Note | None) -> Contradiction:
        if told.size > self._log.size:
            return Contradiction.JOURNAL_ROLLED_BACK
        # A head at or beyond it that the registry cosigned of ours: it signed both.
        both = ours is not None and ours.checkpoint.size >= told.size and ours.signed_by(self._witness)
        return Contradiction.REGISTRY_FORKED if both else Contradiction.JOURNAL_FORKED

    def _head_to_deliver(self, first: int, size: int) -> Note | None:
        """A head that was signed before, if one fits; else a new one, kept before it leaves."""
        kept = kept_head(self._log, first, size)
        if kept is not None:
            return kept
        end = next_end(self._log, first, size)
        head = Checkpoint(self._log_key.name, end, self._log.root_at(end))
        try:
            note = sign_checkpoint(head, self._log_key, self._sign)
        except RefusedError as refused:
            if refused.code != LOG_ALREADY_FARTHER:
                raise
            self._disputes.tell(Contradiction.LOG_ALREADY_FARTHER, head, {"head": str(head)})
            return None
        self._keep(note)
        return note

    def _believed(self, message: bytes) -> Note | None:
        """A head of our journal, signed by us and cosigned by the registry."""
        try:
            note = parse_note(message.decode())
            if note.checkpoint.origin != self._log_key.name:
                return None  # of the journal before this one, which the broker kept
            believed = note.signed_by(self._log_key) and note.signed_by(self._witness)
        except (JournalBrokenError, UnicodeDecodeError):
            believed = False
        self._unbelieved = not believed
        return note if believed else None


def _elapsed_ms(since: Stamp, now: Stamp) -> int | None:
    return now.elapsed_since(since.boot_id, since.boot_ms)
