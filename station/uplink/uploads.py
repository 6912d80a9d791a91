"""A signed recording on its way into the registry's vault, over HTTP: offered, sent in parts, resumed after any cut.

Only a receipt that was verified counts. What the registry says it has, or answers with 200, proves nothing by itself;
and what it once received it is asked to prove anew, before anything is done that cannot be undone.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import httpx
import msgspec
from msgspec import Meta

from station.clock import Clock
from station.config import StationConfig
from station.custody.due_work import Work
from station.custody.facts import Fact
from station.custody.observations import Observation, ReceiptVerified
from station.custody.recording import Recording
from station.custody.state import State
from station.durable import disk_errors_named, write_file
from station.errors import NotYetError, RefusedError, WireFailedError
from station.signing.receipts import Expected, Receipt, Trust, check_receipt, read_receipt
from station.signing.statements import PARTS_MAX, Statement, read_statement
from station.stamp import utc_ms
from station.store.recordings import ORIGINAL, RecordingStore
from station.uplink.line import Line
from station.work_dispatcher import Worker

_SECONDS_MAX = 30.0
_ANSWER_MS_MAX = 120_000
"""From its first byte to its last: whoever drips is not waited for."""
_ANSWER_BYTES_MAX = 8 << 20
"""Room for an address for each of as many parts as a statement can have."""

_PROOF_AGE_MS_MAX = 600_000
"""So far may the registry's clock be from ours, where ours is true, in a proof that it gives now."""

Answer = TypeVar("Answer")
Visible = Annotated[str, Meta(pattern=r"^[!-~]([ -~]{0,4094}[!-~])?\Z")]
"""What can stand in a request without being taken apart there."""


class Part(msgspec.Struct, frozen=True):
    """A part the registry does not have yet, counted from 1, and where it wants it."""

    number: Annotated[int, Meta(ge=1, le=PARTS_MAX)]
    method: Literal["PUT", "POST"]
    url: Visible
    headers: Annotated[dict[Visible, Visible], Meta(max_length=32)]


class Accepted(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{1,64}\Z")]
    parts: Annotated[tuple[Part, ...], Meta(max_length=PARTS_MAX)]


class Received(msgspec.Struct, frozen=True):
    receipt: bytes
    signature: bytes
    certificate: bytes


class Refused(msgspec.Struct, frozen=True):
    code: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}\Z")]


_ACCEPTED = msgspec.json.Decoder(Accepted)
_RECEIVED = msgspec.json.Decoder(Received)
_REFUSED = msgspec.json.Decoder(Refused)


@dataclass(frozen=True, slots=True)
class Uploads:
    """Sends recordings of one station; each call on a thread of its own."""

    registry: httpx.Client
    tell: Callable[[Observation], tuple[Fact, ...]]
    state: Callable[[], State]
    clock: Clock
    recordings: RecordingStore
    trust: Trust
    line: Line
    settled: Callable[[int], Recording | None] = lambda _: None
    """A recording that memory let go."""
    _keeping: threading.Lock = field(default_factory=threading.Lock)

    def workers(self) -> dict[Work, Worker]:
        return {Work.UPLOAD: self.upload}

    def upload(self, number: int) -> None:
        recording = self.state().recordings.get(number)
        if recording is None or recording.received is not None or recording.stated is None:
            return
        self.line.require_open()
        try:
            self._receipted(recording)
        except OSError as error:
            raise WireFailedError(f"the disk for recordings failed: {error}; check it, then change it") from error

    def proved_anew(self, number: int) -> str:
        """The digest of a receipt of now: the registry read back what it holds, and it is still the recording.

        RefusedError or WireFailedError for anything else. The first receipt stays as it is, since the journal cites it;
        the fresh one is kept beside it, as proved.json, proved.sig and proved.pem.
        """
        recording = self._recording(number)
        if recording is None or recording.received is None:
            raise RefusedError("NOTHING_TO_PROVE_ANEW")
        try:
            return self._proved_anew(recording)
        except OSError as error:
            raise WireFailedError(f"the disk for recordings failed: {error}; check it, then change it") from error

    def _proved_anew(self, recording: Recording) -> str:
        folder = self.recordings.evidence(recording.number)
        encoded = (folder / "statement.json").read_bytes()
        statement = read_statement(encoded)
        newest_ms = max(map(_received_ms, (folder / "receipt.json", folder / "proved.json")))
        accepted = self._offer(folder, encoded)
        proved = self._ask("POST", f"/api/v1/uploads/{accepted.id}/prove", _RECEIVED)
        receipt = self._check(recording, statement, encoded, proved)
        now = self.clock.stamp()
        proved_ms = utc_ms(receipt.received_at)
        if proved_ms <= newest_ms or (now.synchronised and proved_ms < now.utc_ms - _PROOF_AGE_MS_MAX):
            raise RefusedError("PROOF_IS_OLD")
        write_file(folder / "proved.pem", [proved.certificate])
        write_file(folder / "proved.sig", [proved.signature])
        write_file(folder / "proved.json", [proved.receipt])
        return sha256(proved.receipt).hexdigest()

    def _receipted(self, recording: Recording) -> None:
        """Sent, and a receipt for it verified, kept and told."""
        folder = self.recordings.evidence(recording.number)
        encoded = (folder / "statement.json").read_bytes()
        statement = read_statement(encoded)
        accepted = self._offer(folder, encoded)
        for part in accepted.parts:
            self.line.require_open()
            self._send(folder / ORIGINAL, statement, part)
        received = self._complete(accepted.id)
        self._keep(recording, statement, encoded, received)

    def brought(self, number: int, received: Received) -> bool:
        """Take a receipt that came another way; False where there is one already. RefusedError for one not to believe.

        It counts by what it says alone, as one that came over the line.
        """
        recording = self._recording(number)
        if recording is None or recording.stated is None:
            raise RefusedError("RECEIPT_OF_NO_RECORDING")
        if recording.received is not None:
            return False
        with disk_errors_named():
            encoded = (self.recordings.evidence(number) / "statement.json").read_bytes()
            return self._keep(recording, read_statement(encoded), encoded, received)

    def _recording(self, number: int) -> Recording | None:
        return self.state().recordings.get(number) or self.settled(number)

    def _keep(self, recording: Recording, statement: Statement, encoded: bytes, received: Received) -> bool:
        """False where another one was kept and told meanwhile: the journal cites the one that lies there."""
        self._check(recording, statement, encoded, received)
        folder = self.recordings.evidence(recording.number)
        with self._keeping:  # it may come over the line and by courier at once
            known = self._recording(recording.number)
            if known is None or known.received is not None:
                return False
            write_file(folder / "registry.pem", [received.certificate])
            write_file(folder / "receipt.sig", [received.signature])
            write_file(folder / "receipt.json", [received.receipt])
            digest = sha256(received.receipt).hexdigest()
            return bool(self.tell(ReceiptVerified(recording=recording.number, receipt_sha256=digest)))

    def _offer(self, folder: Path, statement: bytes) -> Accepted:
        offer = {
            "statement": statement,
            "signature": (folder / "statement.sig").read_bytes(),
            "certificate": (folder / "signer.pem").read_bytes(),
        }
        return self._ask("POST", "/api/v1/uploads", _ACCEPTED, content=msgspec.json.encode(offer))

    def _send(self, original: Path, statement: Statement, part: Part) -> None:
        start = (part.number - 1) * statement.part_bytes
        length = min(statement.part_bytes, statement.size_bytes - start)
        if length <= 0:
            raise RefusedError("UPLOAD_PART_UNKNOWN")
        headers = {**part.headers, "content-length": str(length)}
        pieces = self.recordings.going_on(_slice(original, start, length, self.line.piece_bytes))
        content = self.line.leaving(pieces)
        _require_success(*self._request(part.method, part.url, content=content, headers=headers))

    def _complete(self, upload: str) -> Received:
        return self._ask("POST", f"/api/v1/uploads/{upload}/complete", _RECEIVED)

    def _check(self, recording: Recording, statement: Statement, encoded: bytes, received: Received) -> Receipt:
        expected = Expected(
            station=statement.station,
            origin=self.trust.log_key.name,
            recording=recording.number,
            stated=recording.stated or 0,
            sha256=recording.sha256,
            size_bytes=recording.size_bytes,
            statement_sha256=sha256(encoded).hexdigest(),
        )
        now_ms = self.clock.stamp().utc_ms
        return check_receipt(received.receipt, received.signature, received.certificate, expected, self.trust, now_ms)

    def _ask(self, method: str, url: str, reader: msgspec.json.Decoder[Answer], **sent: Any) -> Answer:
        status, content = self._request(method, url, **sent)
        if status == HTTPStatus.ACCEPTED:
            raise NotYetError("the registry waits for the journal that speaks of this recording; it is asked again")
        _require_success(status, content)
        try:
            return reader.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise WireFailedError(f"the registry's answer cannot be read: {error}") from error

    def _request(self, method: str, url: str, **sent: Any) -> tuple[int, bytes]:
        """Status and content of the answer; no more of it than any answer needs."""
        content = bytearray()
        try:
            with self.registry.stream(method, url, **sent) as answer:
                began = self.clock.stamp()
                for chunk in answer.iter_bytes():
                    self.recordings.require_going_on()
                    if (self.clock.stamp().elapsed_since(began.boot_id, began.boot_ms) or 0) > _ANSWER_MS_MAX:
                        raise WireFailedError("the registry's answer takes too long; is the network slow?")
                    content += chunk
                    if len(content) > _ANSWER_BYTES_MAX:
                        raise WireFailedError("the registry's answer has no end; is that address the registry's?")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last for names that are none
            raise WireFailedError(f"the registry does not answer: {error}; is the network up?") from error
        return answer.status_code, bytes(content)


def registry_client(config: StationConfig) -> httpx.Client:
    """Both sides show a certificate of the agency's CA."""
    context = ssl.create_default_context(cafile=config.registry.ca)
    context.load_cert_chain(config.registry.certificate, config.registry.key)
    return httpx.Client(base_url=config.registry.url, verify=context, timeout=_SECONDS_MAX, trust_env=False)


def _require_success(status: int, content: bytes) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    try:
        refused = _REFUSED.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireFailedError(f"the registry answers {status} without a reason") from error
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise WireFailedError(f"the registry is in trouble: {refused.code}")
    raise RefusedError(refused.code)


def _received_ms(path: Path) -> int:
    """When a receipt that we keep says that the registry had it; before all time where there is none yet."""
    return utc_ms(read_receipt(path.read_bytes()).received_at) if path.exists() else 0


def _slice(path: Path, start: int, length: int, piece_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length and (chunk := file.read(min(piece_bytes, length))):
            length -= len(chunk)
            yield chunk
