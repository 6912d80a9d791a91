"""Which piece of the journal goes to the registry next, and what its answer moves. No network here.

The journal is the outbox: nothing is queued beside it. Only the registry's cosignature says that facts have arrived;
what a broker acknowledges says nothing. One batch is under way at a time; after a while it is simply sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from station.errors import JournalBrokenError
from station.journal.batches import batch_bytes, make_batch, next_end
from station.journal.notes import Checkpoint, Note, Sign, VerifierKey, parse_note, sign_checkpoint
from station.journal.sqlite_log import SqliteLog
from station.stamp import Stamp

RESEND_MS = 5_000


@dataclass(frozen=True, slots=True)
class _UnderWay:
    to: int
    since: Stamp


class JournalUplink:
    """Used by one thread, with a reading connection of its own."""

    def __init__(
        self,
        log: SqliteLog,
        log_key: VerifierKey,
        witness: VerifierKey,
        sign: Sign,
        keep: Callable[[Note], None],
    ) -> None:
        self._log = log
        self._log_key = log_key
        self._witness = witness
        self._sign = sign
        self._keep = keep
        self._under_way: _UnderWay | None = None
        note = log.newest_checkpoint(cosigned=True)
        self.delivered = note.checkpoint.size if note else 0
        """So many facts are at the registry, by its own cosignature."""

    def next_batch(self, now: Stamp) -> bytes | None:
        """What to publish now; nothing while an answer is awaited, or where all is delivered."""
        size = self._log.size
        if self.delivered == size or self.wait_ms(now):
            return None
        end = next_end(self._log, self.delivered, size)
        head = Checkpoint(self._log_key.name, end, self._log.root_at(end))
        batch = make_batch(self._log, self.delivered, sign_checkpoint(head, self._log_key, self._sign))
        self._under_way = _UnderWay(end, now)
        return batch_bytes(batch)

    def wait_ms(self, now: Stamp) -> int | None:
        """How long an answer may still take; None where none is awaited."""
        if self._under_way is None or self.delivered >= self._under_way.to:
            return None
        elapsed_ms = now.elapsed_since(self._under_way.since.boot_id, self._under_way.since.boot_ms)
        return 0 if elapsed_ms is None else max(0, RESEND_MS - elapsed_ms)

    def connected_anew(self) -> None:
        """Nobody knows what became of a batch when the connection broke: it is sent again."""
        self._under_way = None

    def cosigned(self, message: bytes) -> bool:
        """Take the registry's answer; False where it is none, or says nothing new."""
        try:
            note = parse_note(message.decode())
            told = note.checkpoint
            if told.origin != self._log_key.name or told.size <= self.delivered or told.size > self._log.size:
                return False
            if not (note.signed_by(self._log_key) and note.signed_by(self._witness)):
                return False
        except (JournalBrokenError, UnicodeDecodeError):
            return False
        self._keep(note)
        self.delivered = told.size
        return True
