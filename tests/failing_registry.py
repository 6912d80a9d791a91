"""A registry behind a bad line, and one that lies: the wire between a station's uploads and the real API, bent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import msgspec

from registry.uploads import Receipted
from station.clock import ManualClock
from station.config import UploadsConfig
from station.custody.facts import Fact, ReceiptAccepted
from station.custody.observations import Observation
from station.journal.entries import read_entry
from station.policy.civil_time import local_time
from station.signing.certificates import STATION_TLS
from station.signing.policy_packs import packaged_pack
from station.signing.receipts import Receipt, Receiver, Trust, make_receipt, receipt_bytes
from station.signing.statements import read_statement
from station.store.recordings import RecordingStore
from station.uplink.line import Line
from station.uplink.uploads import Uploads
from tests.agency import AT_MS, Leaf
from tests.reporting_stations import ReportingStation
from tests.stations import START
from tests.uploading_stations import AGENCY, PEER_HEADER, SameProcess, Stated, UploadBooks

Forward = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, Forward], httpx.Response]
NO_LIMITS = UploadsConfig()
PACK = packaged_pack("yinchuan")
NAMES = ("registry.pem", "receipt.sig", "receipt.json")


def sound(request: httpx.Request, forward: Forward) -> httpx.Response:
    return forward(request)


class BentLine(httpx.BaseTransport):
    """Asks the API in this process; each question goes through `fault` first. Notes what was asked."""

    def __init__(self, books: UploadBooks) -> None:
        self._books = books
        self.fault: Fault = sound
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        content = request.read()
        whole = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        return self.fault(whole, SameProcess(self._books.api).handle_request)


class UploadingStation:
    """A station with one recording to upload, and its real uploads over a bent line."""

    def __init__(
        self,
        folder: Path,
        books: UploadBooks,
        stated: Stated,
        limits: UploadsConfig = NO_LIMITS,
        line: Line | None = None,
    ) -> None:
        self.station: ReportingStation = stated.station
        self.books = books
        self.stated = stated
        self.line = BentLine(books)
        self._disk = folder
        store = RecordingStore(folder)
        self.folder = store.evidence(stated.held.n)
        self.folder.mkdir()
        papers = stated.papers
        for name, content in (
            ("original", stated.content),
            ("statement.json", papers.statement),
            ("statement.sig", papers.signature),
            ("signer.pem", papers.certificate),
        ):
            (self.folder / name).write_bytes(content)
        headers = {PEER_HEADER: f"{STATION_TLS}/{self.station.station}"}
        self.http = httpx.Client(transport=self.line, base_url="http://registry", headers=headers)
        trust = Trust(ca_pem=AGENCY.ca_pem, log_key=self.station.log_key, witness_key=books.witness_key)
        self.clock = ManualClock(START)
        line = line or Line(limits, self.clock, lambda at_ms: local_time(PACK, at_ms), store.rest)
        self.uploads = Uploads(self.http, self.tell, lambda: self.station.clerk.state, self.clock, store, trust, line)

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        return self.station.tell(observation)

    def restart(self) -> None:
        """Its process ends and begins: what was half-written on its disk is gone."""
        self.uploads = replace(self.uploads, recordings=RecordingStore(self._disk))

    def upload(self) -> None:
        self.uploads.upload(self.stated.held.n)

    @property
    def accepted(self) -> list[ReceiptAccepted]:
        bodies = (read_entry(entry).body for entry in self.station.log.entries())
        return [body for body in bodies if isinstance(body, ReceiptAccepted)]

    @property
    def vaulted(self) -> Path:
        return self.books.vault / self.station.station / str(self.stated.held.n) / self.stated.id

    def close(self) -> None:
        self.http.close()


@dataclass(frozen=True)
class Lies:
    """What somebody answers who has keys and certificates of some kind, and not the recording."""

    stated: Stated
    signed: int
    books: UploadBooks

    @property
    def note(self) -> str:
        return str(self.books.mirror.newest(self.stated.station.station))

    def receipt(self, leaf: Leaf | None = None, checkpoint: str | None = None) -> Receipt:
        """A true receipt but for the recording, which is nowhere; unless somebody else or another note is named."""
        by = Receiver(registry="平台", registry_pem=(leaf or self.books.registry_leaf).pem, ca_pem=AGENCY.ca_pem)
        statement = read_statement(self.stated.papers.statement)
        return make_receipt(statement, self.signed, checkpoint or self.note, AT_MS, by)

    def answer(self, receipt: Receipt | None = None, leaf: Leaf | None = None) -> Receipted:
        leaf = leaf or self.books.registry_leaf
        encoded = receipt_bytes(receipt or self.receipt(leaf))
        return Receipted(encoded, leaf.sign(encoded), leaf.pem)


def instead_of_completing(answer: Receipted) -> Fault:
    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        if request.url.path.endswith("/complete"):
            return httpx.Response(200, content=msgspec.json.encode(answer))
        return forward(request)

    return fault
