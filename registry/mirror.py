"""The registry's copy of every station's journal, and its word that it holds it: the cosignature.

Takes batches in order, each in one transaction: entries, private words, checkpoint and cosignature are on the disk
together before any answer leaves. Never cosigns a second history or a shorter one, and keeps both notes of whoever
tries. Judges no custody.
"""

import contextlib
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct
from sqlite_utils import Database, Migrations

from registry.enrolments import Enrolments
from registry.ledger import Alarm, Ledger
from registry.witness import Refusal, WitnessRefusedError, head_of, head_to_cosign
from station.custody.facts import Fact, JournalOpened, Purged, StatementSigned
from station.errors import DockwardError, JournalBrokenError, UnfitObservationError
from station.journal.batches import Batch, private_value, read_batch
from station.journal.entries import commitment, read_entry, station_of
from station.journal.notes import Checkpoint, Note, NoteError, Sign, VerifierKey, cosign, parse_note
from station.journal.sqlite_log import SqliteLog, connect_to_write

_NOTE_CHARACTERS_KEPT = 16_384

MIGRATIONS = Migrations("mirror")


@MIGRATIONS()
def mirror_1(database: Database) -> None:
    """Which fact signed which statement, so that a receipt need not read the whole journal."""
    database.execute(
        "CREATE TABLE statements (n INTEGER PRIMARY KEY, recording INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT"
    )
    database.execute("CREATE INDEX statements_by_recording ON statements (recording)")


class Answer(Struct, frozen=True):
    """What a station is told: the newest cosigned note of its journal, or nothing where it is refused."""

    cosigned: Note | None = None
    refused: str = ""
    """The code of the alarm that was raised."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The key this registry cosigns with; the secret half stays in its signer."""

    key: VerifierKey
    sign: Sign


class _UnbelievedError(DockwardError):
    """Raised while a batch is judged; becomes an alarm."""

    def __init__(self, code: str, reason: object) -> None:
        self.code = code
        super().__init__(f"{code}: {reason}")


class Mirror:
    """One at a time, from any thread."""

    def __init__(self, folder: Path, enrolments: Enrolments, ledger: Ledger, witness: Witness) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._enrolments = enrolments
        self._ledger = ledger
        self._witness = witness
        self._copies: dict[str, _Copy] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            while self._copies:
                self._copies.popitem()[1].close()

    def take(self, station: str, payload: bytes, at_seconds: int) -> Answer:
        """Whatever a station sends. What cannot be believed is an alarm; a signer that fails leaves all as it was."""
        with self._lock:
            enrolment = self._enrolments.find(station)
            if enrolment is None:
                self._alarm(Alarm(station[:64], "UNENROLLED", at_seconds * 1000, "", ""))
                return Answer(refused="UNENROLLED")
            copy = self._copy(station)
            self._ledger.saw(station, at_seconds * 1000)
            checkpoint = ""
            try:
                batch = _read(payload)
                checkpoint = batch.checkpoint[:_NOTE_CHARACTERS_KEPT]
                return Answer(copy.take(enrolment.verifier, batch, at_seconds))
            except (_UnbelievedError, WitnessRefusedError) as unbelieved:
                ours = copy.newest()
                self._alarm(Alarm(station, unbelieved.code, at_seconds * 1000, str(ours or ""), checkpoint))
                return Answer(refused=unbelieved.code)

    def newest(self, station: str, covering: int = 0) -> Note | None:
        """The newest cosigned note of at least so many facts."""
        with self._lock:
            return self._copy(station).newest(covering) if self._is_known(station) else None

    def fact(self, station: str, n: int) -> Fact | None:
        """A witnessed fact; None for one that has not come yet."""
        with self._lock:
            return self._copy(station).fact(n) if self._is_known(station) else None

    def stated(self, station: str, recording: int, statement_sha256: str) -> int | None:
        """The number of the witnessed fact that signed this statement of this recording."""
        with self._lock:
            return self._copy(station).stated(recording, statement_sha256) if self._is_known(station) else None

    def _is_known(self, station: str) -> bool:
        return self._enrolments.find(station) is not None

    def _copy(self, station: str) -> "_Copy":
        if station not in self._copies:
            self._copies[station] = _Copy(station, self._folder / f"{station}.sqlite", self._witness)
        return self._copies[station]

    def _alarm(self, alarm: Alarm) -> None:
        self._ledger.raise_alarm(alarm)


class _Copy:
    """One station's journal as we hold it: what is here is covered by a cosignature that is here too."""

    def __init__(self, station: str, path: Path, witness: Witness) -> None:
        self._station = station
        self._witness = witness
        self._connection = connect_to_write(path)
        MIGRATIONS.apply(Database(self._connection, recursive_triggers=False, execute_plugins=False))
        self._log = SqliteLog(self._connection)
        known = self.newest()
        if self._log.size != (known.checkpoint.size if known else 0):
            raise JournalBrokenError(f"{path} holds facts that no cosignature covers; restore it from its backup")
        # A crash may have come between a purge and its wipe.
        self._wipe_due = True
        self._wipe()

    def close(self) -> None:
        self._connection.close()

    def newest(self, covering: int = 0) -> Note | None:
        return self._log.newest_checkpoint(cosigned=True, covering=covering)

    def fact(self, n: int) -> Fact | None:
        return read_entry(self._log.entry(n)) if 0 <= n < self._log.size else None

    def stated(self, recording: int, statement_sha256: str) -> int | None:
        found = self._connection.execute(
            "SELECT min(n) FROM statements WHERE recording = ? AND sha256 = ?", (recording, statement_sha256)
        ).fetchone()
        return found[0] if found else None

    def take(self, key: VerifierKey, batch: Batch, at_seconds: int) -> Note | None:
        """The newest cosigned note once this batch is judged; an error for what no honest station sends."""
        size, known = self._log.size, self.newest()
        note = _note(batch)
        head = head_of(key, note, size)
        if batch.first > size:
            return known  # what lies between has not come; the newest note tells the station where we are
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
            raise _UnbelievedError(Refusal.NOT_CONSISTENT.name, "another history of facts that were cosigned")
        heads = self._connection.execute("SELECT 1 FROM checkpoints WHERE cosigned AND size = ?", (head.size,))
        if heads.fetchone() is None:
            raise _UnbelievedError("JOURNAL_SHRANK", "a new head, smaller than the one that was cosigned")

    def _extend(self, key: VerifierKey, batch: Batch, note: Note, at_seconds: int) -> Note:
        """Inside a transaction: append, prove, cosign, keep."""
        size, known = self._log.size, self.newest()
        facts = self._new_facts(key.name, batch)
        tree = self._log.append(self._log.tree(), (entry.encode() for entry in batch.entries[size - batch.first :]))
        if tree.root != note.checkpoint.root:
            raise _UnbelievedError(Refusal.NOT_CONSISTENT.name, "its root is not that of its facts after ours")
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
                raise _UnbelievedError(Refusal.NOT_CONSISTENT.name, "it repeats facts otherwise than they were")
            facts = [read_entry(entry) for entry in entries[size - batch.first :]]
        except (JournalBrokenError, UnicodeEncodeError) as error:
            raise _UnbelievedError("NOT_FACTS", error) from error
        for n, (fact, entry) in enumerate(zip(facts, entries[size - batch.first :], strict=True), start=size):
            if fact.n != n or station_of(entry) != self._station:
                raise _UnbelievedError("NOT_FACTS", f"entry {n} is of another station, or has another number")
            if (n == 0) != isinstance(fact.body, JournalOpened):
                raise _UnbelievedError("NOT_FACTS", f"entry {n}: a journal opens with its first fact, and once")
            if isinstance(fact.body, JournalOpened) and fact.body.origin != origin:
                raise _UnbelievedError("NOT_FACTS", f"the journal says it is {fact.body.origin}")
        return facts

    def _keep_words(self, batch: Batch, facts: list[Fact]) -> None:
        """Words open their commitments or are not taken; what the station purged is purged here."""
        size = facts[0].n
        values = {(word.n, word.field): private_value(word) for word in batch.private if word.n >= size}
        for (n, name), value in values.items():
            sealed = getattr(facts[n - size].body, "sealed", {})
            if sealed.get(name) != commitment(value.salt, value.value):
                raise _UnbelievedError("WORDS_DO_NOT_OPEN", f"entry {n}: {name} is not what was sealed")
        self._log.keep_private(values.values())
        purged = [n for fact in facts if isinstance(fact.body, Purged) for n in fact.body.entries if n < fact.n]
        self._log.forget_private(purged)
        self._wipe_due = self._wipe_due or bool(purged)

    def _wipe(self) -> None:
        """What was deleted leaves the write-ahead file too; at the next batch, where it cannot now."""
        if self._wipe_due:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._wipe_due = not self._log.wipe_forgotten()


def _read(payload: bytes) -> Batch:
    try:
        return read_batch(payload)
    except UnfitObservationError as error:
        raise _UnbelievedError("NOT_A_BATCH", error) from error


def _note(batch: Batch) -> Note:
    try:
        note = parse_note(batch.checkpoint)
    except NoteError as error:
        raise _UnbelievedError("NOT_A_BATCH", error) from error
    if note.checkpoint.size != batch.to or note.checkpoint.origin != batch.origin:
        raise _UnbelievedError("NOT_A_BATCH", "its checkpoint is of another size or origin than it says")
    return note
