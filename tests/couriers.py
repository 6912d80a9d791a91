"""A station in the dark, a courier's disk and a registry: journal, uplink, uploads, mirror and vault are real."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from registry.courier import Desk, take_delivery
from registry.courier import Taken as TakenThere
from station.clock import ManualClock
from station.config import UploadsConfig
from station.custody.facts import ReceiptAccepted
from station.custody.recording import Recording
from station.journal.entries import read_entry
from station.journal.notes import Note, VerifierKey
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.policy.civil_time import local_time
from station.signing.age_files import Identity
from station.signing.courier import JOURNAL, RETURN
from station.signing.policy_packs import packaged_pack
from station.signing.receipts import Trust
from station.store.kept import KeptRecordings
from station.store.recordings import RecordingStore
from station.uplink.courier import Delivered, Load, lacking, write_delivery
from station.uplink.courier_answers import Answers, Taken, inbox_of
from station.uplink.disputes import KeptDisputes
from station.uplink.journal_uplink import JournalUplink
from station.uplink.line import Line
from station.uplink.uploads import Uploads
from tests.agency import Leaf
from tests.reporting_stations import NOW_S, ReportingStation
from tests.stations import START
from tests.uploading_stations import AGENCY, LeafSigner, Stated, UploadBooks, state

IDENTITY = Identity.new()
PACK = packaged_pack("yinchuan")


class DarkStation:
    """A station that no line reaches; `hold` is a recording that it stated and signed for."""

    def __init__(
        self,
        folder: Path,
        witness_key: VerifierKey,
        station: ReportingStation,
        leaf: Leaf,
        ca_pem: bytes = AGENCY.ca_pem,
    ) -> None:
        self.folder = folder
        self.ca_pem = ca_pem
        self.station = station
        self.leaf = leaf
        self.signer = LeafSigner(leaf)
        self.witness_key = witness_key
        _, _, path = station.clerk._connection.execute("PRAGMA database_list").fetchone()
        self.journal = Path(path)
        self.store = RecordingStore(folder)
        self.clock = ManualClock(START)
        self._reader = connect_to_read(self.journal)
        self.log = SqliteLog(self._reader)
        self.uplink = self.new_uplink()
        self.numbers = 0

    def new_uplink(self) -> JournalUplink:
        disputes = KeptDisputes(self.folder / "disputes", lambda: self.station.clerk.state, self.station.tell)
        return JournalUplink(
            self.log, self.station.log_key, self.witness_key, self.station.secret.sign, self.keep, disputes
        )

    def keep(self, note: Note) -> None:
        self.station.clerk._keep_checkpoint(note, self.station.log_key, (self.witness_key,))

    def uploads(self, http: httpx.Client) -> Uploads:
        trust = Trust(ca_pem=self.ca_pem, log_key=self.station.log_key, witness_key=self.witness_key)
        line = Line(UploadsConfig(), self.clock, lambda at_ms: local_time(PACK, at_ms), self.store.rest)
        clerk, settled = self.station.clerk, KeptRecordings(self.journal).recording
        return Uploads(http, self.station.tell, lambda: clerk.state, self.clock, self.store, trust, line, settled)

    def hold(self, size: int = 2_500, seed: str = "content", part_bytes: int = 1_000) -> Stated:
        stated = state(self.station, self.leaf, size, part_bytes, seed, self.ca_pem)
        folder = self.store.evidence(stated.held.n)
        folder.mkdir()
        papers = stated.papers
        for name, content in (
            ("original", stated.content),
            ("statement.json", papers.statement),
            ("statement.sig", papers.signature),
            ("signer.pem", papers.certificate),
        ):
            (folder / name).write_bytes(content)
        stated.sign()
        return stated

    def write(self, disk: Path, *, after: int = -1, first: int | None = None) -> Delivered:
        """As the command does it."""
        to = self.uplink.sign_heads()
        known = self.log.newest_checkpoint(cosigned=True)
        begins = (known.checkpoint.size if known else 0) if first is None else first
        self.numbers += 1
        load = Load(
            station=self.station.station,
            origin=self.station.origin,
            number=self.numbers,
            recipient=IDENTITY.recipient,
            log=self.log,
            first=begins,
            to=max(begins, to),
            recordings=lacking(self.station.clerk.state, to, after),
            evidence=self.store.evidence,
        )
        return write_delivery(disk, load, self.signer, START.utc_ms)

    def bring(self, disk: Path, name: str) -> Taken:
        inbox = inbox_of(self.folder)
        shutil.copytree(disk / RETURN / name, inbox, dirs_exist_ok=True)
        return self.answers().take()

    def answers(self) -> Answers:
        return Answers(inbox_of(self.folder), self.uplink, self.uploads(_Dark()))

    @property
    def accepted(self) -> dict[int, str]:
        bodies = (read_entry(entry).body for entry in self.station.log.entries())
        return {body.recording: body.receipt_sha256 for body in bodies if isinstance(body, ReceiptAccepted)}

    def recording(self, number: int) -> Recording | None:
        return self.station.clerk.state.recordings.get(number)

    def close(self) -> None:
        self._reader.close()


class _Dark(httpx.Client):
    """No line: whoever asks it anything is wrong."""

    def __init__(self) -> None:
        """Opens nothing, so that nothing is to be closed."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was asked of a line that is not there")


def desk_of(
    books: UploadBooks, identity: Identity = IDENTITY, now_ms: Callable[[], int] = lambda: NOW_S * 1_000
) -> Desk:
    return Desk(
        enrolments=books.enrolments,
        ledger=books.ledger,
        mirror=books.mirror,
        uploads=books.uploads,
        ca_pem=AGENCY.ca_pem,
        now_ms=now_ms,
        identity=identity,
    )


class DarkWorld:
    """One station, one registry and an empty disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.station = ReportingStation(folder / "station")
        self.books = UploadBooks(folder / "registry", self.station)
        self.leaf = AGENCY.station_evidence("t-01")
        (folder / "data").mkdir()
        self.dark = DarkStation(folder / "data", self.books.witness_key, self.station, self.leaf)
        self.disk = folder / "disk"
        self.disk.mkdir()

    def take(self, delivered: Delivered) -> TakenThere:
        return take_delivery(delivered.folder, desk_of(self.books))

    def witnessed(self) -> int:
        newest = self.books.mirror.newest("t-01")
        return newest.checkpoint.size if newest else 0

    def close(self) -> None:
        self.dark.close()
        self.books.close()
        self.station.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DarkWorld]:
    world = DarkWorld(tmp_path)
    yield world
    world.close()


def deliver(dark: DarkStation, books: UploadBooks) -> int:
    """The line is there again: batches go until nothing is left; how many went."""
    count = 0
    while (batch := dark.uplink.next_batch(START)) is not None:
        count += 1
        answer = books.mirror.take(dark.station.station, batch, NOW_S)
        assert answer.cosigned is not None, answer
        dark.uplink.cosigned(str(answer.cosigned).encode())
    return count


class _Kept:
    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        return len(chunk)

    def flush(self) -> None:
        pass


def journal_lines(delivered: Delivered) -> list[bytes]:
    lines = _Kept()
    IDENTITY.open(delivered.folder / JOURNAL, lines)
    return bytes(lines.content).splitlines()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])
