"""Evidence of tests: one small recording, stated and received as a station and a registry do it."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from station.custody.facts import Fact, RecordingHeld
from station.signing.receipts import Expected, Receipt, Receiver, Trust, make_receipt, receipt_bytes
from station.signing.statements import (
    Issuer,
    Statement,
    Visit,
    make_statement,
    part_digests,
    statement_bytes,
)
from station.stamp import Stamp
from tests.agency import AT_MS, Agency, Leaf
from tests.note_keys import COSIGNED, HEAD, LOG, WITNESS

STATION = "st-1"
RECORDING, STATED = 41, 45
FILM = b"a film\n\x00\xff" * 30
PART = 100
"""Small parts, so that a small film has several."""
VISIT = Visit(
    bay="bay 3", camera="DSJ-0001", model="DW-T8", clock_ahead_ms=-1_500, clock_error_ms=20, officer="officer-7"
)
NAME = "DCIM/100MEDIA/20261121_执法.MP4"


@dataclass(frozen=True)
class Evidence:
    """One recording's folder, and all that made it."""

    folder: Path
    agency: Agency
    signer: Leaf
    registry: Leaf
    statement: Statement
    receipt: Receipt

    @property
    def expected(self) -> Expected:
        return expected_of(self.statement)

    @property
    def trust(self) -> Trust:
        return Trust(ca_pem=self.agency.ca_pem, log_key=LOG, witness_key=WITNESS)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


def expected_of(statement: Statement) -> Expected:
    return Expected(
        station=statement.station,
        origin=HEAD.origin,
        recording=statement.recording,
        stated=STATED,
        sha256=statement.sha256,
        size_bytes=statement.size_bytes,
        statement_sha256=sha256(statement_bytes(statement)).hexdigest(),
    )


def held(content: bytes = FILM, n: int = RECORDING) -> Fact:
    body = RecordingHeld(
        docking=3,
        source="DSJ-0001",
        listing=f"listing-{n}",
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        begun_device_ms=AT_MS - 7_200_000,
        ended_device_ms=AT_MS - 3_600_000,
        loan=7,
        unattributed=None,
    )
    return Fact(
        n, Stamp(AT_MS + 250, "boot-1", 5_000, synchronised=True), "station", "yinchuan@3", f"recording:{n}", body
    )


def make_evidence(folder: Path, content: bytes = FILM, n: int = RECORDING, agency: Agency | None = None) -> Evidence:
    """The folder `n` in `folder`, as a station leaves it once the receipt is there."""
    agency = agency or Agency()
    signer, registry = agency.station_evidence(STATION), agency.registry_evidence()
    place = folder / str(n)
    place.mkdir(parents=True)
    (place / "original").write_bytes(content)
    issuer = Issuer(station=STATION, origin=HEAD.origin, signer_pem=signer.pem, ca_pem=agency.ca_pem)
    statement = make_statement(held(content, n), NAME, VISIT, part_digests(place / "original", PART), issuer)
    by = Receiver(registry="银川中心 1", registry_pem=registry.pem, ca_pem=agency.ca_pem)
    receipt = make_receipt(statement, STATED, str(COSIGNED), AT_MS + 60_000, by)
    for name, written in (
        ("statement.json", statement_bytes(statement)),
        ("statement.sig", signer.sign(statement_bytes(statement))),
        ("signer.pem", signer.pem),
        ("receipt.json", receipt_bytes(receipt)),
        ("receipt.sig", registry.sign(receipt_bytes(receipt))),
        ("registry.pem", registry.pem),
    ):
        (place / name).write_bytes(written)
    return Evidence(place, agency, signer, registry, statement, receipt)
