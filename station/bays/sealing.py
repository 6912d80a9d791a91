"""Seals what was read: its own folder, a statement about it, and the evidence key's signature. Never signs unread."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

import msgspec

from station.bays.docking_work import Tell
from station.custody import observations as seen
from station.custody.due_work import Work
from station.custody.facts import BayOffered, CameraAdmitted, CameraQuarantined, DockingStarted, Fact, RecordingHeld
from station.custody.recording import Recording
from station.custody.state import State
from station.durable import disk_errors_named, write_file
from station.errors import BrokenCustodyError, NotYetError
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.signing.certificates import leaf_of
from station.signing.signer_wire import KeyUse, Signer
from station.signing.statements import Issuer, Visit, make_statement, part_bytes_for, part_digests, statement_bytes
from station.store.checkpointed_part import digest_on_disk
from station.store.recordings import DAMAGED, ORIGINAL, STATEMENT, RecordingStore
from station.work_dispatcher import Worker

_WORD = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class Stating:
    """In whose name statements are made."""

    station: str
    origin: str
    ca_pem: bytes
    signer: Signer


@dataclass(frozen=True, slots=True)
class Sealing:
    """Signs statements for one station."""

    tell: Tell
    state: Callable[[], State]
    journal: Path
    recordings: RecordingStore
    stating: Stating

    def workers(self) -> dict[Work, Worker]:
        return {Work.SIGN: self.sign, Work.TELL_LATE: self.tell_late}

    def tell_late(self, number: int) -> None:
        self.tell(seen.WaitsTooLong(recording=number))

    def sign(self, number: int) -> None:
        """Everything a statement claims is read again from the disk and the journal, not from memory."""
        with self.recordings.at_hand(number):
            recording = self.state().recordings.get(number)
            if recording is not None and recording.stated is None:
                self._sign(recording)

    def doubt(self, number: int) -> None:
        """What is not signed for read differently: it is set aside, read again, and then told or put back."""
        with self.recordings.at_hand(number):
            recording = self.state().recordings.get(number)
            if recording is not None and recording.stated is None:
                if not self.recordings.is_damaged(recording):
                    self.recordings.settle(recording)
                    self.recordings.set_aside(recording)
                self._require_undamaged(recording)

    def _sign(self, recording: Recording) -> None:
        number = recording.number
        self._require_undamaged(recording)
        folder = self.recordings.settle(recording)
        with disk_errors_named():
            digests = part_digests(folder / ORIGINAL, part_bytes_for(recording.size_bytes))
        if digests.sha256 != recording.sha256:
            self.recordings.set_aside(recording)
            self._require_undamaged(recording)
        stating = self.stating
        signer_pem = leaf_of(stating.signer.chain(KeyUse.EVIDENCE))
        issuer = Issuer(station=stating.station, origin=stating.origin, signer_pem=signer_pem, ca_pem=stating.ca_pem)
        with _journal(self.journal) as log:
            held = read_entry(log.entry(number))
            following = read_entry(log.entry(number + 1)) if log.size > number + 1 else None
            said = make_statement(
                held, original_name(log, number), visit_of(log, recording, held), digests, issuer, following
            )
        statement = statement_bytes(said)
        write_file(folder / "signer.pem", [signer_pem])
        write_file(folder / STATEMENT, [statement])
        write_file(folder / "statement.sig", [stating.signer.sign(KeyUse.EVIDENCE, statement)])
        self.tell(seen.StatementMade(recording=number, statement_sha256=sha256(statement).hexdigest()))

    def _require_undamaged(self, recording: Recording) -> None:
        """What was held and is another file now is told once, and not signed for; its camera may have it still.

        Told after it was set aside: whoever reads the camera anew then finds that it is lacking.
        """
        if not self.recordings.is_damaged(recording):
            return
        if not self.state().finding_open("HASH_MISMATCH", f"recording:{recording.number}"):
            with disk_errors_named():
                found = digest_on_disk(self.recordings.evidence(recording.number) / DAMAGED).hexdigest()
            if found == recording.sha256:
                self.recordings.put_back(recording)
                raise NotYetError(f"recording {recording.number} read differently twice; check disk and memory")
            self.tell(seen.DigestFound(recording=recording.number, found=found))
        raise NotYetError(
            f"recording {recording.number} is not on the disk as it was held; it is read anew from camera "
            f"{recording.source} when that is docked: keep the camera, have the disk checked"
        )


def original_name(log: SqliteLog, number: int) -> str:
    """What the camera called it; a private word, which may have been purged."""
    values = takewhile(lambda value: value.n == number, log.private_values(number))
    words = (value.value for value in values if value.field == "original_name")
    return next((_text(word) for word in words), "")


def visit_of(log: SqliteLog, recording: Recording, held: Fact) -> Visit:
    """The docking as the journal has it; the bay may have another camera by now."""
    started = _fact(log, recording.docking).body
    if not isinstance(started, DockingStarted) or not isinstance(held.body, RecordingHeld):
        raise BrokenCustodyError(f"recording {recording.number} cites docking {recording.docking}, which is none")
    admitted = _admission(log, recording.docking, recording.number)
    offered = None if recording.loan is None else _fact(log, recording.loan).body
    return Visit(
        bay=started.bay,
        camera=admitted.camera if admitted else None,
        model=admitted.model if admitted else None,
        clock_ahead_ms=admitted.clock_ahead_ms if admitted else None,
        clock_error_ms=admitted.clock_error_ms if admitted else None,
        officer=offered.officer if isinstance(offered, BayOffered) else None,
    )


def _admission(log: SqliteLog, docking: int, before: int) -> CameraAdmitted | None:
    """None where nobody knew it, or where it was quarantined: it is not admitted after that."""
    for entry in log.entries(docking, before):
        match read_entry(entry).body:
            case CameraAdmitted(docking=number) as admitted if number == docking:
                return admitted
            case CameraQuarantined(docking=number) if number == docking:
                return None
    return None


def _fact(log: SqliteLog, number: int) -> Fact:
    return read_entry(log.entry(number))


def _text(canonical: str) -> str:
    word: str = _WORD.decode(canonical)
    return word


@contextlib.contextmanager
def _journal(path: Path) -> Iterator[SqliteLog]:
    with contextlib.closing(connect_to_read(path)) as connection:
        yield SqliteLog(connection)
