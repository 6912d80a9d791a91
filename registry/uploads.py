"""Recordings from stations: a checked statement first, then its parts, then a receipt for what the vault really holds.

Nothing is taken before the journal's own fact about the recording is witnessed, and says the same; a receipt is given
once the signed statement is witnessed too, and what was read back from the vault equals it; a fresh one at any time
later, for what is read back then. Never believes a size, a digest or a name that no evidence key signed.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from registry.agreement import contradictions
from registry.claims import Claims
from registry.enrolments import Enrolments
from registry.journal_copy import WitnessedJournal
from registry.ledger import Alarm, GivenReceipt, Ledger, Upload
from registry.mirror import Mirror
from registry.vault import Deposit, PartWriter, forget_unfinished
from station.errors import DockwardError
from station.journal.notes import Note
from station.signing.certificates import leaf_of
from station.signing.plain_text import quoted
from station.signing.receipts import Receiver, make_receipt, receipt_bytes
from station.signing.signer_wire import KeyUse, Signer
from station.signing.statements import Statement, check_statement, part_bytes_for, read_statement

_ID_CHARACTERS = 32
_PROVERS = 2
"""To read a vault back is work for its disk; more at once are not faster."""
_UNHEARD_MS_MAX = 300_000
"""A proof of a moment ago is one of now: a station takes one of ten minutes."""


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


_READER = msgspec.json.Decoder(Papers)


def read_papers(encoded: bytes) -> Papers:
    """UploadRefusedError for anything that a station would not send."""
    try:
        return _READER.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UploadRefusedError("PAPERS_UNREADABLE", f"not what a station sends: {error}") from error


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
    """Safe to repeat, from any thread: each question can be asked again after any cut, and waits for no other."""

    def __init__(
        self, vault: Path, enrolments: Enrolments, ledger: Ledger, mirror: Mirror, registrar: Registrar
    ) -> None:
        forget_unfinished(vault)
        self._vault = vault
        self._enrolments = enrolments
        self._ledger = ledger
        self._mirror = mirror
        self._registrar = registrar
        self._claims = Claims()
        self._provers = ThreadPoolExecutor(_PROVERS, "prover")
        self._unheard: dict[str, tuple[int, Future[Receipted]]] = {}
        """What became of proofs anew that took longer than whoever asked waited."""

    def close(self) -> None:
        self._provers.shutdown(cancel_futures=True)

    def begin(self, station: str, papers: Papers) -> Wanted:
        """Which parts are missing; RefusedError or UploadRefusedError for papers that do not hold."""
        statement = check_statement(papers.statement, papers.signature, papers.certificate, self._registrar.ca_pem)
        self._require_own(station, statement)
        if statement.part_bytes > part_bytes_for(statement.size_bytes):
            raise UploadRefusedError("PARTS_TOO_LARGE", "a recording of that size comes in smaller parts")
        with self._journal(station) as journal:
            _require_agreed(statement, journal)
        upload = Upload(
            sha256(papers.statement).hexdigest()[:_ID_CHARACTERS],
            station,
            statement.recording,
            papers.statement,
            papers.signature,
            papers.certificate,
        )
        if self._ledger.receipt(upload.id) is not None:
            return Wanted(upload.id, ())
        release = self._claim_whole(upload.id)
        try:
            deposit = self._deposit(upload, statement)
            deposit.open()
            self._ledger.keep_upload(upload)
            return Wanted(upload.id, deposit.missing())
        finally:
            release()

    def receive(self, station: str, upload_id: str, number: int) -> PartWriter | None:
        """Where to write a part; None for one that is held already."""
        upload, statement = self._upload(station, upload_id)
        if not 1 <= number <= len(statement.parts):
            raise UploadRefusedError("NO_SUCH_PART", f"this recording has parts 1 to {len(statement.parts)}")
        deposit = self._deposit(upload, statement)
        if not deposit.lacks(number):
            return None
        release = self._claims.claim(f"{upload.id}/{number}")
        if release is None:
            raise UploadRefusedError("PART_BEING_WRITTEN", "this part is being sent already; ask again")
        try:
            return deposit.receive(number, release)
        except BaseException:
            release()
            raise

    def complete(self, station: str, upload_id: str) -> Future[Receipted]:
        """The receipt, the same for ever once it was given; proved on a thread of its own."""
        return self._prover(station, upload_id, self._receipted)

    def prove(self, station: str, upload_id: str) -> Future[Receipted]:
        """A receipt of now for what was received before: the vault is read back again. Kept by whoever asked.

        What nobody heard, since reading took too long, is for the next one who asks.
        """
        self._upload(station, upload_id)
        unheard = self._unheard.pop(upload_id, None)
        if unheard is not None and self._is_of_now(unheard[0]):
            return unheard[1]
        proof = self._prover(station, upload_id, self._proved_anew)
        proof.add_done_callback(lambda done: self._keep_unheard(upload_id, done))
        return proof

    def heard(self, upload_id: str) -> None:
        """Whoever asked for a proof anew was answered."""
        self._unheard.pop(upload_id, None)

    def _keep_unheard(self, upload_id: str, proof: Future[Receipted]) -> None:
        for known, (at_ms, _) in self._unheard.copy().items():
            if not self._is_of_now(at_ms):
                self._unheard.pop(known, None)
        if not proof.cancelled():
            self._unheard[upload_id] = (self._registrar.now_ms(), proof)

    def _is_of_now(self, at_ms: int) -> bool:
        return 0 <= self._registrar.now_ms() - at_ms < _UNHEARD_MS_MAX

    def _prover(
        self, station: str, upload_id: str, prove: Callable[[Upload, Statement], GivenReceipt]
    ) -> Future[Receipted]:
        upload, statement = self._upload(station, upload_id)
        release = self._claim_whole(upload.id)

        def proved() -> Receipted:
            given = prove(upload, statement)
            return Receipted(given.receipt, given.signature, given.certificate)

        proof = self._provers.submit(proved)
        proof.add_done_callback(lambda _: release())
        return proof

    def _receipted(self, upload: Upload, statement: Statement) -> GivenReceipt:
        return self._ledger.receipt(upload.id) or self._prove(upload, statement)

    def _proved_anew(self, upload: Upload, statement: Statement) -> GivenReceipt:
        if self._ledger.receipt(upload.id) is None:
            raise UploadRefusedError("NOT_RECEIPTED_YET", "nothing was received that could be proved anew")
        loss = self._deposit(upload, statement).loss()
        if loss is not None:
            what = f"recording {upload.recording}, upload {upload.id}"
            self._ledger.raise_alarm(Alarm(upload.station, loss.value, self._registrar.now_ms(), "", what))
            raise UploadRefusedError(loss.value, f"{what} is no more what it was; restore the vault from its copy")
        stated, note = self._witnessed(upload, statement)
        return self._sign(upload, statement, stated, note)

    def _claim_whole(self, upload_id: str) -> Callable[[], None]:
        release = self._claims.claim(upload_id)
        if release is None:
            raise UploadRefusedError("BEING_PROVED", "somebody is at it already; ask again")
        return release

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
        with self._journal(upload.station) as journal:
            _require_agreed(statement, journal)
            stated = journal.stated(statement.recording, sha256(upload.statement).hexdigest())
        note = None if stated is None else self._mirror.newest(upload.station, covering=stated + 1)
        if stated is None or note is None:
            raise _not_witnessed_yet()
        return stated, note

    @contextmanager
    def _journal(self, station: str) -> Iterator[WitnessedJournal]:
        with self._mirror.journal(station) as journal:
            if journal is None:
                raise _not_witnessed_yet()
            yield journal

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
        statement = read_statement(upload.statement)
        self._require_own(station, statement)
        return upload, statement

    def _require_own(self, station: str, statement: Statement) -> None:
        enrolment = self._enrolments.find(station)
        if enrolment is None or statement.station != station:
            raise UploadRefusedError("STATEMENT_OF_ANOTHER_STATION", "a station speaks only for itself")
        if statement.origin != quoted(enrolment.origin):
            raise UploadRefusedError("STATEMENT_OF_ANOTHER_JOURNAL", "its journal is not the one enrolled here")

    def _deposit(self, upload: Upload, statement: Statement) -> Deposit:
        return Deposit(self._vault, Path(upload.station, str(upload.recording), upload.id), statement)


def _require_agreed(statement: Statement, journal: WitnessedJournal) -> None:
    held = journal.fact(statement.recording)
    if held is None:
        raise _not_witnessed_yet()
    wrong = contradictions(statement, held, journal)
    if wrong:
        raise UploadRefusedError("STATEMENT_OF_ANOTHER_RECORDING", f"the journal says otherwise: {', '.join(wrong)}")


def _not_witnessed_yet() -> UploadRefusedError:
    return UploadRefusedError("NOT_WITNESSED_YET", "the journal has not come so far; ask again")
