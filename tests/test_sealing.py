"""Promise: a statement claims only what was read again from disk and journal, and stands complete or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

import station.bays.sealing
from station.bays.sealing import Sealing, Stating
from station.custody import observations as seen
from station.custody.due_work import Work
from station.custody.facts import Fact
from station.custody.recording import Recording, RecordingStep
from station.desk.loans import check_out
from station.durable import write_file
from station.errors import BrokenCustodyError, DockwardError, NotYetError, WireFailedError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.signing.signer_wire import KeyUse, RemoteSigner, Signer
from station.signing.statements import Digests, Statement, check_statement, part_digests
from station.store.recordings import ORIGINAL
from tests.agency import Agency, Leaf
from tests.docked_station import CAMERA, DockedStation
from tests.plain_policy import PlainPolicy
from tests.stations import ORIGIN

pytestmark = pytest.mark.usefixtures("quick_to_close")

FOOTAGE = (b"first" * 300, b"first" * 300, b"")
AGENCY = Agency()
LEAF = AGENCY.station_evidence("t-01")
OFFICER = "officer-1"


class LeafSigner:
    """A station's evidence key, in memory; counts what it signs."""

    def __init__(self, leaf: Leaf) -> None:
        self._leaf = leaf
        self.signed: list[bytes] = []

    def public_key(self, use: KeyUse) -> bytes:
        raise NotImplementedError(use)

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        assert use is KeyUse.EVIDENCE
        self.signed.append(message)
        return self._leaf.sign(message)

    def chain(self, use: KeyUse) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self._leaf.pem + AGENCY.ca_pem


class SealingStation(DockedStation):
    """A docked station that signs."""

    def __init__(self, folder: Path, *contents: bytes, policy: PlainPolicy | None = None) -> None:
        super().__init__(folder, *contents, policy=policy)
        self.signer = LeafSigner(LEAF)
        self.sealing = self.sealing_with(self.signer)

    def sealing_with(self, signer: Signer) -> Sealing:
        stating = Stating("t-01", ORIGIN, AGENCY.ca_pem, signer)
        return Sealing(self.tell, self.state, self.journal, self.recordings, stating)

    def read_all(self) -> list[Recording]:
        self.work.read(self.put_and_identify())
        return self.held()

    def papers(self, number: int) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.recordings.evidence(number).iterdir()}

    def statement(self, number: int) -> Statement:
        """Checked as a court would."""
        papers = self.papers(number)
        encoded = papers["statement.json"]
        statement = check_statement(encoded, papers["statement.sig"], papers["signer.pem"], AGENCY.ca_pem)
        assert statement.sha256 == sha256(papers[ORIGINAL]).hexdigest()
        assert statement.size_bytes == len(papers[ORIGINAL])
        return statement


@pytest.fixture
def station_at_work(tmp_path: Path) -> Iterator[SealingStation]:
    station_at_work = SealingStation(tmp_path, *FOOTAGE)
    yield station_at_work
    station_at_work.close()


def test_each_recording_is_stated_with_all_that_is_known_of_it(station_at_work: SealingStation) -> None:
    for recording in station_at_work.read_all():
        station_at_work.sealing.workers()[Work.SIGN](recording.number)
        statement = station_at_work.statement(recording.number)
        assert (statement.station, statement.origin, statement.recording) == ("t-01", ORIGIN, recording.number)
        assert (statement.bay, statement.camera, statement.model) == ("1", CAMERA, "DW-T8")
        assert statement.docking == recording.docking
        assert statement.original_name.startswith("DCIM/00")
        assert statement.clock_ahead_ms is not None
        assert statement.officer is None
    assert {recording.step for recording in station_at_work.held()} == {RecordingStep.STATED}
    names = {station_at_work.statement(recording.number).original_name for recording in station_at_work.held()}
    assert len(names) == len(FOOTAGE), "recordings of one content are told apart"


def test_the_fact_cites_the_statement_as_it_stands(station_at_work: SealingStation) -> None:
    number = station_at_work.read_all()[0].number
    station_at_work.sealing.sign(number)
    stated = station_at_work.said("statement_signed")
    assert stated.statement_sha256 == sha256(station_at_work.papers(number)["statement.json"]).hexdigest()


def test_it_is_signed_once(station_at_work: SealingStation) -> None:
    number = station_at_work.read_all()[0].number
    for _ in range(3):
        station_at_work.sealing.sign(number)
    station_at_work.sealing.sign(999)
    assert len(station_at_work.signer.signed) == 1


def test_who_had_the_camera_is_stated_by_number_and_opaque_id(tmp_path: Path) -> None:
    docked = SealingStation(tmp_path)
    docked.work.read(docked.put_and_identify())
    offer = check_out(docked.tell, docked.state, "1", OFFICER)
    docked.dock.take("1", by_force=True)
    docked.tell(seen.PresenceOpened(bay="1"))
    docked.clock.advance(3_600_000)
    ahead_ms = docked.dock.about(CAMERA).clock_ahead_ms
    begun_ms = docked.clock.stamp().utc_ms - 1_800_000 + ahead_ms
    docked.dock.film(CAMERA, "DCIM/A.MP4", b"on duty", begun_ms, begun_ms + 60_000)
    number = docked.read_all()[0].number
    docked.sealing.sign(number)
    statement = docked.statement(number)
    assert (statement.loan, statement.officer) == (offer.loan, OFFICER)
    docked.close()


def test_a_quarantined_camera_s_footage_is_stated_too(tmp_path: Path) -> None:
    docked = SealingStation(tmp_path, b"stranger", policy=PlainPolicy(cameras=frozenset()))
    number = docked.read_all()[0].number
    docked.sealing.sign(number)
    statement = docked.statement(number)
    assert statement.camera is None, "nobody admitted it"
    assert statement.clock_ahead_ms is None
    docked.close()


def test_a_name_that_was_purged_is_not_stated(station_at_work: SealingStation) -> None:
    number = station_at_work.read_all()[0].number
    station_at_work.tell(seen.PurgeOrdered(entries=(number,), rule="TERM"))
    station_at_work.sealing.sign(number)
    assert station_at_work.statement(number).original_name == ""


def test_the_bay_and_the_camera_are_those_of_the_docking_whatever_is_in_the_bay_now(
    station_at_work: SealingStation,
) -> None:
    number = station_at_work.read_all()[0].number
    station_at_work.dock.take("1", by_force=True)
    station_at_work.tell(seen.PresenceOpened(bay="1"))
    station_at_work.make_camera("T8-9")
    station_at_work.put_and_identify("T8-9")
    station_at_work.sealing.sign(number)
    assert station_at_work.statement(number).camera == CAMERA


# --- what must not be signed


def flip(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


@pytest.mark.parametrize("harm", [flip, Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])])
@pytest.mark.parametrize("settled", [False, True])
def test_what_is_not_what_was_held_is_never_signed(
    station_at_work: SealingStation, harm: Callable[[Path], object], *, settled: bool
) -> None:
    recording = station_at_work.read_all()[0]
    path = station_at_work.folder / f"data/incoming/{recording.docking}-{recording.listing}"
    if settled:
        path = station_at_work.recordings.settle(recording) / ORIGINAL
    harm(path)
    with pytest.raises((BrokenCustodyError, NotYetError), match="keep"):
        station_at_work.sealing.sign(recording.number)
    assert not station_at_work.signer.signed
    assert "statement_signed" not in station_at_work.kinds()


def test_what_was_spoiled_on_our_disk_is_told_once_read_anew_and_then_signed(station_at_work: SealingStation) -> None:
    recording = station_at_work.read_all()[0]
    flip(station_at_work.recordings.settle(recording) / ORIGINAL)
    for _ in range(3):
        with pytest.raises(NotYetError, match="read anew from camera"):
            station_at_work.sealing.sign(recording.number)
    reported = station_at_work.said("finding_reported")
    assert (reported.code, reported.about) == ("HASH_MISMATCH", f"recording:{recording.number}")
    station_at_work.work.read(recording.docking)
    station_at_work.sealing.sign(recording.number)
    assert station_at_work.statement(recording.number).recording == recording.number


def test_what_was_only_misread_accuses_nobody(station_at_work: SealingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = station_at_work.read_all()[0]
    read = part_digests

    def misread(path: Path, part_bytes: int) -> Digests:
        return msgspec.structs.replace(read(path, part_bytes), sha256="e" * 64)

    monkeypatch.setattr(station.bays.sealing, "part_digests", misread)
    with pytest.raises(NotYetError, match="differently twice"):
        station_at_work.sealing.sign(recording.number)
    monkeypatch.undo()
    assert "finding_reported" not in station_at_work.kinds()
    station_at_work.sealing.sign(recording.number)
    assert station_at_work.statement(recording.number).recording == recording.number


def test_a_recording_that_cites_no_docking_is_broken_custody(station_at_work: SealingStation) -> None:
    recording = station_at_work.read_all()[0]
    told = {recording.number: msgspec.structs.replace(recording, docking=0)}
    state = station_at_work.state()
    source = station_at_work.folder / f"data/incoming/{recording.docking}-{recording.listing}"
    source.rename(source.with_name(f"0-{recording.listing}"))
    recordings = state.recordings.update(told)
    misled = replace(station_at_work.sealing, state=lambda: msgspec.structs.replace(state, recordings=recordings))
    with pytest.raises(BrokenCustodyError, match="cites docking 0"):
        misled.sign(recording.number)
    assert not station_at_work.signer.signed


# --- what is away, full or cut off


def test_a_signer_that_is_away_is_asked_again(station_at_work: SealingStation) -> None:
    number = station_at_work.read_all()[0].number
    with pytest.raises(WireFailedError, match="signer"):
        station_at_work.sealing_with(RemoteSigner(station_at_work.folder / "no.sock")).sign(number)
    assert "statement_signed" not in station_at_work.kinds()
    station_at_work.sealing.sign(number)
    assert station_at_work.statement(number).recording == number


@pytest.mark.parametrize("fails", ["signer.pem", "statement.json", "statement.sig", "tell"])
@pytest.mark.parametrize("after", [False, True])
def test_cut_off_at_any_paper_it_is_done_again_and_comes_to_the_same(
    station_at_work: SealingStation, fails: str, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    def write_or_fail(path: Path, chunks: list[bytes]) -> None:
        if path.name != fails or after:
            write_file(path, chunks)
        if path.name == fails:
            raise WireFailedError("cut off")

    def tell_or_fail(observation: seen.Observation) -> tuple[Fact, ...]:
        if after:
            station_at_work.tell(observation)
        raise WireFailedError("cut off")

    number = station_at_work.read_all()[0].number
    monkeypatch.setattr(station.bays.sealing, "write_file", write_or_fail)
    cut = replace(station_at_work.sealing, tell=tell_or_fail) if fails == "tell" else station_at_work.sealing
    with pytest.raises(WireFailedError, match="cut off"):
        cut.sign(number)
    monkeypatch.setattr(station.bays.sealing, "write_file", write_file)
    station_at_work.sealing.sign(number)
    assert station_at_work.statement(number).recording == number
    assert station_at_work.kinds().count("statement_signed") == 1
    assert len(set(station_at_work.signer.signed)) == 1, "one recording has one statement"


@pytest.mark.parametrize(
    ("place", "name"), [(Path, "mkdir"), (Path, "chmod"), (Path, "replace"), (station.bays.sealing, "part_digests")]
)
def test_a_disk_that_fails_is_said_and_it_is_done_again(
    station_at_work: SealingStation, place: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_told: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    number = station_at_work.read_all()[0].number
    with monkeypatch.context() as patched:
        patched.setattr(place, name, fail)
        with pytest.raises(DockwardError, match="Free space"):
            station_at_work.sealing.sign(number)
    station_at_work.sealing.sign(number)
    assert station_at_work.statement(number).recording == number


def test_the_journal_is_read_and_let_go_of(station_at_work: SealingStation) -> None:
    """A reader that stays keeps purged words in the write-ahead file."""
    for recording in station_at_work.read_all():
        station_at_work.sealing.sign(recording.number)
    connection = connect_to_read(station_at_work.journal)
    assert SqliteLog(connection).size
    connection.close()
    station_at_work.tell(seen.PurgeOrdered(entries=(station_at_work.held()[0].number,), rule="TERM"))
    assert not station_at_work.clerk._wipe_due
