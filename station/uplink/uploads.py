"""A signed recording on its way into the registry's vault, over HTTP: offered, sent in parts, resumed after any cut.

Only a receipt that was verified counts. What the registry says it has, or answers with 200, proves nothing by itself.
"""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from station.durable import write_file
from station.errors import NotYetError, RefusedError, WireFailedError
from station.signing.receipts import Expected, Trust, check_receipt
from station.signing.statements import PARTS_MAX, Statement, read_statement
from station.store.recordings import ORIGINAL, RecordingStore
from station.work_dispatcher import Worker

_SECONDS_MAX = 30.0
_CHUNK_BYTES = 1 << 20
_ANSWER_BYTES_MAX = 8 << 20
"""Room for an address for each of as many parts as a statement can have."""

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


@dataclass(frozen=True, slots=True)
class Uploads:
    """Sends recordings of one station; each call on a thread of its own."""

    registry: httpx.Client
    tell: Callable[[Observation], tuple[Fact, ...]]
    state: Callable[[], State]
    clock: Clock
    recordings: RecordingStore
    trust: Trust

    def workers(self) -> dict[Work, Worker]:
        return {Work.UPLOAD: self.upload}

    def upload(self, number: int) -> None:
        recording = self.state().recordings.get(number)
        if recording is None or recording.received is not None or recording.stated is None:
            return
        try:
            digest = self._receipted(recording)
        except OSError as error:
            raise WireFailedError(f"the disk for recordings failed: {error}; check it, then change it") from error
        self.tell(ReceiptVerified(recording=number, receipt_sha256=digest))

    def _receipted(self, recording: Recording) -> str:
        """The digest of a receipt that was verified and is on our disk."""
        folder = self.recordings.evidence(recording.number)
        encoded = (folder / "statement.json").read_bytes()
        statement = read_statement(encoded)
        accepted = self._offer(folder, encoded)
        for part in accepted.parts:
            self._send(folder / ORIGINAL, statement, part)
        received = self._complete(accepted.id)
        self._check(recording, statement, encoded, received)
        write_file(folder / "registry.pem", [received.certificate])
        write_file(folder / "receipt.sig", [received.signature])
        write_file(folder / "receipt.json", [received.receipt])
        return sha256(received.receipt).hexdigest()

    def _offer(self, folder: Path, statement: bytes) -> Accepted:
        offer = {
            "statement": statement,
            "signature": (folder / "statement.sig").read_bytes(),
            "certificate": (folder / "signer.pem").read_bytes(),
        }
        return self._ask("POST", "/api/v1/uploads", Accepted, content=msgspec.json.encode(offer))

    def _send(self, original: Path, statement: Statement, part: Part) -> None:
        start = (part.number - 1) * statement.part_bytes
        length = min(statement.part_bytes, statement.size_bytes - start)
        if length <= 0:
            raise RefusedError("UPLOAD_PART_UNKNOWN")
        headers = {**part.headers, "content-length": str(length)}
        content = self.recordings.going_on(_slice(original, start, length))
        _require_success(*self._request(part.method, part.url, content=content, headers=headers))

    def _complete(self, upload: str) -> Received:
        return self._ask("POST", f"/api/v1/uploads/{upload}/complete", Received)

    def _check(self, recording: Recording, statement: Statement, encoded: bytes, received: Received) -> None:
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
        check_receipt(received.receipt, received.signature, received.certificate, expected, self.trust, now_ms)

    def _ask(self, method: str, url: str, kind: type[Answer], **sent: Any) -> Answer:
        status, content = self._request(method, url, **sent)
        if status == HTTPStatus.ACCEPTED:
            raise NotYetError("the registry waits for the journal that speaks of this recording; it is asked again")
        _require_success(status, content)
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise WireFailedError(f"the registry's answer cannot be read: {error}") from error

    def _request(self, method: str, url: str, **sent: Any) -> tuple[int, bytes]:
        """Status and content of the answer; no more of it than any answer needs."""
        content = bytearray()
        try:
            with self.registry.stream(method, url, **sent) as answer:
                for chunk in answer.iter_bytes(_CHUNK_BYTES):
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
        refused = msgspec.json.decode(content, type=Refused)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireFailedError(f"the registry answers {status} without a reason") from error
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise WireFailedError(f"the registry is in trouble: {refused.code}")
    raise RefusedError(refused.code)


def _slice(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length and (chunk := file.read(min(_CHUNK_BYTES, length))):
            length -= len(chunk)
            yield chunk
