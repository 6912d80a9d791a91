"""Recordings from stations: a checked statement first, then its parts, then a receipt for what the vault really holds.

A receipt is given only once the journal's own facts about the recording are witnessed, and what was read back from
the vault equals them. Never believes a size, a digest or a name that no evidence key signed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from registry.enrolments import Enrolments
from registry.ledger import GivenReceipt, Ledger, Upload
from registry.mirror import Mirror
from registry.vault import Deposit, PartWriter
from station.custody.facts import RecordingHeld
from station.errors import DockwardError
from station.journal.notes import Note
from station.signing.certificates import leaf_of
from station.signing.plain_text import quoted
from station.signing.receipts import Receiver, make_receipt, receipt_bytes
from station.signing.signer_wire import KeyUse, Signer
from station.signing.statements import Statement, check_statement, read_statement

_ID_CHARACTERS = 32
_LOCKS = 64


class UploadRefusedError(DockwardError):
    """`code` is for the station, the words are for a person."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


class Papers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a station sends first, as the files beside its original; base64 in JSON."""

    statement: bytes
    signature: bytes
    certificate: bytes


class Receipted(msgspec.Struct, frozen=True):
    """The files a station keeps: receipt.json, receipt.sig, registry.pem."""

    receipt: bytes
    signature: bytes
    certificate: bytes


class Wanted(msgspec.Struct, frozen=True):
    """What a station has still to send."""

    id: str
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Registrar:
    """Who answers for this registry: its name for people, its evidence key, and the CA it stands under."""

    name: str
    signer: Signer
    ca_pem: bytes
    now_ms: Callable[[], int]


class Uploads:
    """Safe to repeat, from any thread: each question can be asked again after any cut."""

    def __init__(
        self, vault: Path, enrolments: Enrolments, ledger: Ledger, mirror: Mirror, registrar: Registrar
    ) -> None:
        self._vault = vault
        self._enrolments = enrolments
        self._ledger = ledger
        self._mirror = mirror
        self._registrar = registrar
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))

    def begin(self, station: str, papers: Papers) -> Wanted:
        """Which parts are missing; RefusedError or UploadRefusedError for papers that do not hold."""
        enrolment = self._enrolments.find(station)
        at_ms = self._registrar.now_ms()
        statement = check_statement(
            papers.statement, papers.signature, papers.certificate, self._registrar.ca_pem, at_ms
        )
        if enrolment is None or statement.station != station:
            raise UploadRefusedError("STATEMENT_OF_ANOTHER_STATION", "a station speaks only for itself")
        if statement.origin != quoted(enrolment.origin):
            raise UploadRefusedError("STATEMENT_OF_ANOTHER_JOURNAL", "its journal is not the one enrolled here")
        upload = Upload(
            sha256(papers.statement).hexdigest()[:_ID_CHARACTERS],
            station,
            statement.recording,
            papers.statement,
            papers.signature,
            papers.certificate,
        )
        with self._lock(upload.id):
            deposit = self._deposit(upload, statement)
            deposit.open()
            self._ledger.keep_upload(upload)
            return Wanted(upload.id, deposit.missing())

    def receive(self, station: str, upload_id: str, number: int) -> PartWriter | None:
        """Where to write a part; None for one that is held already."""
        upload, statement = self._upload(station, upload_id)
        if not 1 <= number <= len(statement.parts):
            raise UploadRefusedError("NO_SUCH_PART", f"this recording has parts 1 to {len(statement.parts)}")
        deposit = self._deposit(upload, statement)
        return deposit.receive(number) if deposit.lacks(number) else None

    def complete(self, station: str, upload_id: str) -> Receipted:
        """The receipt, the same for ever once it was given."""
        upload, statement = self._upload(station, upload_id)
        with self._lock(upload.id):
            given = self._ledger.receipt(upload.id)
            if given is None:
                given = self._prove(upload, statement)
        return Receipted(given.receipt, given.signature, given.certificate)

    def _prove(self, upload: Upload, statement: Statement) -> GivenReceipt:
        deposit = self._deposit(upload, statement)
        self._require_whole(deposit)
        stated, note = self._witnessed(upload, statement)
        if not deposit.prove():
            self._require_whole(deposit)
            raise UploadRefusedError("STATEMENT_CONTRADICTS_ITSELF", "its parts do not make up the whole it states")
        given = self._sign(upload, statement, stated, note)
        for name, content in (
            ("statement.json", upload.statement),
            ("statement.sig", upload.signature),
            ("signer.pem", upload.certificate),
            ("receipt.json", given.receipt),
            ("receipt.sig", given.signature),
            ("registry.pem", given.certificate),
        ):
            deposit.keep_beside(name, content)
        deposit.lock()
        self._ledger.keep_receipt(given)
        return given

    def _require_whole(self, deposit: Deposit) -> None:
        missing = deposit.missing()
        if missing:
            raise UploadRefusedError(
                "PARTS_MISSING", f"{len(missing)} parts are missing; ask again which, and send them"
            )

    def _witnessed(self, upload: Upload, statement: Statement) -> tuple[int, Note]:
        """The fact that signed this statement, and the cosigned note that covers it and what it is about."""
        held = self._mirror.fact(upload.station, statement.recording)
        digest = sha256(upload.statement).hexdigest()
        stated = self._mirror.stated(upload.station, statement.recording, digest)
        if held is None or stated is None:
            raise UploadRefusedError("NOT_WITNESSED_YET", "the journal has not come so far; ask again")
        match held.body:
            case RecordingHeld(size_bytes=statement.size_bytes, sha256=statement.sha256):
                pass
            case _:
                raise UploadRefusedError("STATEMENT_OF_ANOTHER_RECORDING", "the journal says otherwise of this number")
        note = self._mirror.newest(upload.station, covering=max(statement.recording, stated) + 1)
        if note is None:
            raise UploadRefusedError("NOT_WITNESSED_YET", "the journal has not come so far; ask again")
        return stated, note

    def _sign(self, upload: Upload, statement: Statement, stated: int, note: Note) -> GivenReceipt:
        registrar = self._registrar
        registry_pem = leaf_of(registrar.signer.chain(KeyUse.EVIDENCE))
        receiver = Receiver(registry=registrar.name, registry_pem=registry_pem, ca_pem=registrar.ca_pem)
        receipt = receipt_bytes(make_receipt(statement, stated, str(note), registrar.now_ms(), receiver))
        return GivenReceipt(upload.id, receipt, registrar.signer.sign(KeyUse.EVIDENCE, receipt), registry_pem)

    def _upload(self, station: str, upload_id: str) -> tuple[Upload, Statement]:
        upload = self._ledger.upload(upload_id)
        if upload is None or upload.station != station:
            raise UploadRefusedError("NO_SUCH_UPLOAD", "send the statement first")
        return upload, read_statement(upload.statement)

    def _deposit(self, upload: Upload, statement: Statement) -> Deposit:
        return Deposit(self._vault / upload.station / str(upload.recording) / upload.id, statement)

    def _lock(self, upload_id: str) -> threading.Lock:
        return self._locks[int(upload_id[:8], 16) % _LOCKS]
