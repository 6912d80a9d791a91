"""One journal of one station as we hold it: what is here is covered by a cosignature that is here too.

Takes batches in order, each in one transaction: entries, private words, checkpoint and cosignature are on the disk
together or not at all. Judges no custody, and knows no other journal.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from sqlite_utils import Database, Migrations

from registry.witness import Refusal, head_of, head_to_cosign
from station.custody.facts import Fact, JournalOpened, Purged, StatementSigned
from station.errors import DockwardError, JournalBrokenError, UnfitObservationError
from station.journal.batches import Batch, private_value, read_batch
from station.journal.entries import commitment, read_entry, station_of
from station.journal.notes import Checkpoint, Note, NoteError, Sign, VerifierKey, cosign, parse_note
from station.journal.sqlite_log import SqliteLog, connect_to_write

MIGRATIONS = Migrations("mirror")


@MIGRATIONS()
def mirror_1(database: Database) -> None:
    """Which fact signed which statement, so that a receipt need not read the whole journal."""
    database.execute(
        "CREATE TABLE statements (n INTEGER PRIMARY KEY, recording INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT"
    )
    database.execute("CREATE INDEX statements_by_recording ON statements (recording)")


@dataclass(frozen=True, slots=True)
class Witness:
    """The key this registry cosigns with; the secret half stays in its signer."""

    key: VerifierKey
    sign: Sign


class UnbelievedError(DockwardError):
    """Raised while a batch is judged; becomes an alarm."""

    def __init__(self, code: str, reason: object) -> None:
        self.code = code
        super().__init__(f"{code}: {reason}")


class GapError(UnbelievedError):
    """The station was cosigned for facts that we do not have: we lost them, and it must send them again."""

    def __init__(self, size: int) -> None:
        super().__init__("REGISTRY_BEHIND", f"only {size} facts are here; was this registry restored from a backup?")


class ShrankError(UnbelievedError):
    """A head that we never cosigned, of fewer facts than we have, and of the same ones."""

    def __init__(self) -> None:
        super().__init__("JOURNAL_SHRANK", "a new head, smaller than the one that was cosigned")


class JournalCopy:
    """The one that writes; whoever only reads has a connection of his own."""

    def __init__(self, station: str, path: Path, witness: Witness) -> None:
        self._station = station
        self._witness = witness
        self._connection = connect_to_write(path)
        self._log = SqliteLog(self._connection)
        # A crash may have come between a purge and its wipe.
        self._wipe_due = True
        with contextlib.ExitStack() as unless_sound:
            unless_sound.callback(self.close)
            self._open(path)
            unless_sound.pop_all()

    def _open(self, path: Path) -> None:
        MIGRATIONS.apply(Database(self._connection, recursive_triggers=False, execute_plugins=False))
        known = self.newest()
        if self._log.size != (known.checkpoint.size if known else 0):
            raise JournalBrokenError(f"{path} holds facts that no cosignature covers; restore it from its backup")
        self._wipe()

    def close(self) -> None:
        self._connection.close()

    def newest(self) -> Note | None:
        return self._log.newest_checkpoint(cosigned=True)

    def take(self, key: VerifierKey, batch: Batch, at_seconds: int) -> Note | None:
        """The newest cosigned note once this batch is judged; an error for what no honest station sends."""
        size, known = self._log.size, self.newest()
        note = _note(batch)
        head = head_of(key, note, size)
        if batch.first > size:
            raise GapError(size)
        if batch.to <= size:
            self._require_cosigned_before(head)
            return known
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            cosigned = self._extend(key, batch, note, at_seconds)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._wipe()
        return cosigned

    def _require_cosigned_before(self, head: Checkpoint) -> None:
        """An old batch that comes again is answered again; a station that went back in time is not."""
        if self._log.root_at(head.size) != head.root:
            raise UnbelievedError(Refusal.NOT_CONSISTENT.name, "another history of facts that were cosigned")
        heads = self._connection.execute("SELECT 1 FROM checkpoints WHERE cosigned AND size = ?", (head.size,))
        if heads.fetchone() is None:
            raise ShrankError

    def _extend(self, key: VerifierKey, batch: Batch, note: Note, at_seconds: int) -> Note:
        """Inside a transaction: append, prove, cosign, keep."""
        size, known = self._log.size, self.newest()
        facts = self._new_facts(key.name, batch)
        tree = self._log.append(self._log.tree(), (entry.encode() for entry in batch.entries[size - batch.first :]))
        if tree.root != note.checkpoint.root:
            raise UnbelievedError(Refusal.NOT_CONSISTENT.name, "its root is not that of its facts after ours")
        proof = self._log.consistency(size, tree.size)
        head = head_to_cosign(known.checkpoint if known else None, key, size, proof, note)
        self._keep_words(batch, facts)
        self._connection.executemany(
            "INSERT INTO statements VALUES (?, ?, ?)",
            [(f.n, f.body.recording, f.body.statement_sha256) for f in facts if isinstance(f.body, StatementSigned)],
        )
        own = next(line for line in note.signatures if (line.name, line.key_id) == (key.name, key.id))
        cosigned = Note(head, (own, cosign(head, self._witness.key, at_seconds, self._witness.sign)))
        self._log.keep_checkpoint(cosigned, key, (self._witness.key,))
        return cosigned

    def _new_facts(self, origin: str, batch: Batch) -> list[Fact]:
        size = self._log.size
        try:
            entries = [entry.encode() for entry in batch.entries]
            if entries[: size - batch.first] != list(self._log.entries(batch.first, size)):
                raise UnbelievedError(Refusal.NOT_CONSISTENT.name, "it repeats facts otherwise than they were")
            facts = [read_entry(entry) for entry in entries[size - batch.first :]]
        except (JournalBrokenError, UnicodeEncodeError) as error:
            raise UnbelievedError("NOT_FACTS", error) from error
        for n, (fact, entry) in enumerate(zip(facts, entries[size - batch.first :], strict=True), start=size):
            if fact.n != n or station_of(entry) != self._station:
                raise UnbelievedError("NOT_FACTS", f"entry {n} is of another station, or has another number")
            if (n == 0) != isinstance(fact.body, JournalOpened):
                raise UnbelievedError("NOT_FACTS", f"entry {n}: a journal opens with its first fact, and once")
            if isinstance(fact.body, JournalOpened) and fact.body.origin != origin:
                raise UnbelievedError("NOT_FACTS", f"the journal says it is {fact.body.origin}")
        return facts

    def _keep_words(self, batch: Batch, facts: list[Fact]) -> None:
        """Words open their commitments or are not taken; what the station purged is purged here."""
        size = facts[0].n
        values = {(word.n, word.field): private_value(word) for word in batch.private if word.n >= size}
        for (n, name), value in values.items():
            sealed = getattr(facts[n - size].body, "sealed", {})
            if sealed.get(name) != commitment(value.salt, value.value):
                raise UnbelievedError("WORDS_DO_NOT_OPEN", f"entry {n}: {name} is not what was sealed")
        self._log.keep_private(values.values())
        purged = [n for fact in facts if isinstance(fact.body, Purged) for n in fact.body.entries if n < fact.n]
        self._log.forget_private(purged)
        self._wipe_due = self._wipe_due or bool(purged)

    def _wipe(self) -> None:
        """What was deleted leaves the write-ahead file too; at the next batch, where it cannot now."""
        if self._wipe_due:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._wipe_due = not self._log.wipe_forgotten()


class WitnessedJournal:
    """A station's journal as far as it is witnessed, over a connection that only reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._log = SqliteLog(connection)

    def fact(self, n: int) -> Fact | None:
        """None for one that has not come yet."""
        return read_entry(self._log.entry(n)) if 0 <= n < self._log.size else None

    def facts(self, start: int, end: int) -> Iterator[Fact]:
        return map(read_entry, self._log.entries(start, end))

    @property
    def size(self) -> int:
        return self._log.size

    def word(self, n: int, field: str) -> str | None:
        """A private word as canonical JSON; None where it was purged, or never came."""
        words = takewhile(lambda word: word.n == n, self._log.private_values(n))
        return next((word.value for word in words if word.field == field), None)

    def stated(self, recording: int, statement_sha256: str) -> int | None:
        """The number of the fact that signed this statement of this recording."""
        (found,) = self._connection.execute(
            "SELECT min(n) FROM statements WHERE recording = ? AND sha256 = ?", (recording, statement_sha256)
        ).fetchone()
        return int(found) if found is not None else None


def batch_of(payload: bytes) -> Batch:
    """What a station sent; UnbelievedError for anything else."""
    try:
        return read_batch(payload)
    except UnfitObservationError as error:
        raise UnbelievedError("NOT_A_BATCH", error) from error


def _note(batch: Batch) -> Note:
    try:
        note = parse_note(batch.checkpoint)
    except NoteError as error:
        raise UnbelievedError("NOT_A_BATCH", error) from error
    if note.checkpoint.size != batch.to or note.checkpoint.origin != batch.origin:
        raise UnbelievedError("NOT_A_BATCH", "its checkpoint is of another size or origin than it says")
    return note
