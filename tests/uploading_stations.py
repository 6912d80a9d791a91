"""A registry that takes uploads, in this process and without TLS, and stations that hold recordings and state them."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
from fastapi import FastAPI, Request

from registry.api import Peer, create_api
from registry.uploads import Papers, Registrar, Uploads
from station.custody.facts import Fact, RecordingHeld
from station.journal.notes import VerifierKey
from station.signing.certificates import STATION_TLS
from station.signing.receipts import Expected, Receipt, Trust, check_receipt
from station.signing.signer_wire import KeyUse
from station.signing.statements import Digests, Issuer, Visit, make_statement, statement_bytes
from tests.agency import AT_MS, Agency, Leaf
from tests.reporting_stations import NOW_S, Books, ReportingStation

AGENCY = Agency()
PEER_HEADER = "x-test-peer"
"""Where there is no TLS, a test says itself who asks: `role/name`."""


class LeafSigner:
    """A registry's evidence key, in memory."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf

    def public_key(self, use: KeyUse) -> bytes:
        raise NotImplementedError(use)

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self.leaf.sign(message)

    def chain(self, use: KeyUse) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self.leaf.pem


@dataclass(frozen=True)
class Stated:
    """One recording with its statement, as a station has it on its disk."""

    station: ReportingStation
    content: bytes
    part_bytes: int
    held: Fact
    papers: Papers

    @property
    def sha256(self) -> str:
        return sha256(self.papers.statement).hexdigest()

    @property
    def id(self) -> str:
        return self.sha256[:32]

    def part(self, number: int) -> bytes:
        return self.content[(number - 1) * self.part_bytes : number * self.part_bytes]

    @property
    def numbers(self) -> list[int]:
        return list(range(1, -(-len(self.content) // self.part_bytes) + 1))

    def sign(self) -> int:
        """The fact that it was signed; its number."""
        return self.station.state(self.held.n, self.sha256)

    def check(
        self, receipted: bytes, stated: int, witness_key: VerifierKey, ca_pem: bytes | None = None, at_ms: int = AT_MS
    ) -> Receipt:
        papers = msgspec.json.decode(receipted, type=ReceiptedPapers)
        assert isinstance(self.held.body, RecordingHeld)
        expected = Expected(
            station=self.station.station,
            origin=self.station.origin,
            recording=self.held.n,
            stated=stated,
            sha256=self.held.body.sha256,
            size_bytes=self.held.body.size_bytes,
            statement_sha256=self.sha256,
        )
        trust = Trust(ca_pem=ca_pem or AGENCY.ca_pem, log_key=self.station.log_key, witness_key=witness_key)
        return check_receipt(papers.receipt, papers.signature, papers.certificate, expected, trust, at_ms)


class ReceiptedPapers(msgspec.Struct, forbid_unknown_fields=True):
    receipt: bytes
    signature: bytes
    certificate: bytes


def parts_of(content: bytes, part_bytes: int) -> Digests:
    parts = [content[at : at + part_bytes] for at in range(0, len(content), part_bytes)]
    digests = tuple(sha256(part).hexdigest() for part in parts)
    whole = sha256(content).hexdigest()
    return Digests(size_bytes=len(content), sha256=whole, part_bytes=part_bytes, parts=digests)


def state(
    station: ReportingStation,
    leaf: Leaf,
    size: int = 2_500,
    part_bytes: int = 1_000,
    seed: str = "content",
    ca_pem: bytes | None = None,
) -> Stated:
    """Hold a recording of that size and state it; the fact that it was stated comes by `sign`."""
    content = random.Random(seed).randbytes(size)
    digests = parts_of(content, part_bytes)
    camera = f"C-{seed}-{size}"
    held = station.hold(digests.sha256, size, camera=camera)
    visit = Visit(bay=camera, camera=camera, model="m", clock_ahead_ms=None, clock_error_ms=None, officer=None)
    issuer = Issuer(station=station.station, origin=station.origin, signer_pem=leaf.pem, ca_pem=ca_pem or AGENCY.ca_pem)
    statement = statement_bytes(make_statement(held, "A.MP4", visit, digests, issuer))
    return Stated(station, content, part_bytes, held, Papers(statement, leaf.sign(statement), leaf.pem))


def told_peer(request: Request) -> Peer | None:
    role, _, name = request.headers.get(PEER_HEADER, "").partition("/")
    return Peer(role, name) if name else None


class UploadBooks(Books):
    """A registry's books with a vault and the API over them."""

    registry_leaf = AGENCY.registry_evidence()

    def open(self) -> None:
        super().open()
        registrar = Registrar("测试平台", LeafSigner(self.registry_leaf), AGENCY.ca_pem, lambda: AT_MS)
        self.vault = self.folder / "vault"
        self.uploads = Uploads(self.vault, self.enrolments, self.ledger, self.mirror, registrar)
        self.api: FastAPI = create_api(self.uploads, self.enrolments, told_peer)

    def held(self, station: ReportingStation, leaf: Leaf, **how: Any) -> Stated:
        """A recording that is held and witnessed: what the registry is ready to take."""
        stated = state(station, leaf, **how)
        self.witness_all(station)
        return stated

    def witness_all(self, station: ReportingStation) -> None:
        newest = self.mirror.newest(station.station)
        first = newest.checkpoint.size if newest else 0
        if first == station.size:
            return
        assert self.mirror.take(station.station, station.batch(first), NOW_S).cosigned

    def close(self) -> None:
        self.uploads.close()
        super().close()

    @contextmanager
    def client(self, name: str = "t-01", role: str = STATION_TLS) -> Iterator["StationClient"]:
        headers = {PEER_HEADER: f"{role}/{name}"}
        with httpx.Client(transport=SameProcess(self.api), base_url="http://registry", headers=headers) as http:
            yield StationClient(http)


class SameProcess(httpx.BaseTransport):
    """Asks an application in this process, as if over a wire."""

    def __init__(self, app: FastAPI) -> None:
        self._app = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            answer = await self._app.handle_async_request(request)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)

        return asyncio.run(ask())


class StationClient:
    """What a station's uplink asks."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def begin(self, papers: Papers) -> httpx.Response:
        return self.http.post("/api/v1/uploads", content=msgspec.json.encode(papers))

    def missing(self, stated: Stated) -> list[int]:
        answer = self.begin(stated.papers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == stated.id
        return [part["number"] for part in answer.json()["parts"]]

    def put(self, stated: Stated, number: int, content: bytes | None = None) -> httpx.Response:
        sent = stated.part(number) if content is None else content
        return self.http.put(f"/api/v1/uploads/{stated.id}/parts/{number}", content=sent)

    def send(self, stated: Stated) -> None:
        for number in self.missing(stated):
            assert self.put(stated, number).status_code == 204

    def complete(self, stated: Stated) -> httpx.Response:
        return self.http.post(f"/api/v1/uploads/{stated.id}/complete")


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"code", "detail"}
    return answer.status_code, answer.json()["code"]


def evidence_folder(vault: Path, stated: Stated) -> Path:
    return vault / stated.station.station / str(stated.held.n) / stated.id
