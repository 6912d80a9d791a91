"""Promise: where two histories of a journal were signed it is noticed, named and stopped, and no footage is lost."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import hardware.usb_pipe
from hardware.usb_cameras import MtpCamera
from registry.alarm_words import ALARM_WORDS
from registry.presence import PresenceBook
from registry.vault import Loss
from registry.witness import Refusal
from station.custody import observations as seen
from station.custody.due_work import Work, due_work
from station.custody.facts_of_footage import HistoryDisputed
from station.custody.history import Contradiction
from station.custody.recording import RecordingStep
from station.errors import NotYetError, RefusedError
from station.journal.entries import read_entry
from station.journal.notes import Note, cosign
from station.policy.permits import ClearingDemand
from station.signing.head_memory import LOG_ALREADY_FARTHER
from station.store import projections
from station.uplink.journal_uplink import RESEND_MS
from station.uplink.takeovers import ALARM_CUTS, ALARM_TAKEOVERS, BRIEF_MS, HOUR_MS, Takeovers
from station.views.histories import JOURNAL, history_troubles
from tests.keeping_station import KeepingStation
from tests.linked_stations import linked_station, wait_until
from tests.mosquitto import Mosquitto
from tests.plain_policy import PlainPolicy
from tests.registry_process import provision
from tests.reporting_stations import NOW_S, Books, ReportingStation
from tests.stations import START
from tests.test_journal_uplink import Outbox, answered
from tests.test_registry_page import state_of


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ReportingStation]:
    station = ReportingStation(tmp_path / "station")
    station.live(3)
    yield station
    station.close()


@pytest.fixture
def books(tmp_path: Path, station: ReportingStation) -> Iterator[Books]:
    with closing(Books(tmp_path / "registry", station)) as books:
        yield books


@pytest.fixture
def outbox(station: ReportingStation, books: Books) -> Iterator[Outbox]:
    with closing(Outbox(station, books)) as outbox:
        yield outbox


def disputes(station: ReportingStation) -> list[HistoryDisputed]:
    bodies = (read_entry(entry).body for entry in station.log.entries())
    return [body for body in bodies if isinstance(body, HistoryDisputed)]


def cosigned_by_registry(books: Books, station: ReportingStation, to: int | None = None) -> Note:
    head = station.note(to)
    line = cosign(head.checkpoint, books.witness_key, NOW_S, books.witness.sign)
    return head.with_signatures(line)


def restored_copy(station: ReportingStation, folder: Path) -> ReportingStation:
    """The station's card as it is now, to be put in later."""
    station.clerk._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    folder.mkdir()
    name = f"{station.station}-journal.sqlite"
    (_, _, path) = station.clerk._connection.execute("PRAGMA database_list").fetchone()
    shutil.copy(path, folder / name)
    return ReportingStation(folder)


def require_stopped(outbox: Outbox, why: Contradiction, theirs: Note) -> None:
    """Named in a fact, both notes kept, and nothing leaves, after a restart too."""
    (said,) = disputes(outbox.station)
    told = theirs.checkpoint
    assert (said.why, said.size, said.root) == (why, told.size, told.root.hex())
    (folder,) = outbox.disputed.iterdir()
    assert (folder / "theirs.note").read_text() == str(theirs)
    outbox.wait(RESEND_MS)
    assert outbox.batch() is None
    outbox.restart()
    assert outbox.batch() is None
    assert "another history" in outbox.uplink.trouble(outbox.now)
    assert projections.load(outbox.station.clerk._connection).disputes == outbox.station.clerk.state.disputes
    (trouble,) = history_troubles(outbox.station.clerk.state).values()
    assert "保留" in trouble
    assert "keep everything" in trouble


def test_a_restored_card_is_noticed_at_the_first_contact(
    station: ReportingStation, books: Books, outbox: Outbox, tmp_path: Path
) -> None:
    old = restored_copy(station, tmp_path / "card")
    station.live(4)
    theirs = books.mirror.take("t-01", outbox.batch() or b"", NOW_S).cosigned
    assert theirs is not None
    with closing(old), closing(Outbox(old, books)) as restored:
        assert not restored.uplink.cosigned(str(theirs).encode())
        require_stopped(restored, Contradiction.JOURNAL_ROLLED_BACK, theirs)
        assert books.codes() == []


def test_two_copies_that_go_on_are_both_named(
    station: ReportingStation, books: Books, outbox: Outbox, tmp_path: Path
) -> None:
    old = restored_copy(station, tmp_path / "card")
    station.live(2)
    told = answered(outbox, books)
    with closing(old), closing(Outbox(old, books)) as other:
        old.live(5, bay="9")
        batch = other.batch()
        assert batch is not None
        refused = books.mirror.take("t-01", batch, NOW_S)
        assert refused.cosigned is None
        (alarm,) = books.alarms()
        assert alarm.code == "NOT_CONSISTENT"
        assert alarm.ours == told.decode()
        assert str(old.log.newest_checkpoint()) == alarm.theirs
        other.uplink.cosigned(told)
        theirs = books.mirror.newest("t-01")
        assert theirs is not None
        require_stopped(other, Contradiction.JOURNAL_FORKED, theirs)
        (folder,) = other.disputed.iterdir()
        assert (folder / "ours.note").read_text() == alarm.theirs


@pytest.mark.parametrize("behind", [4, 0], ids=["behind ours", "of the same size"])
def test_a_registry_that_signs_two_histories_is_proved_by_both_notes(
    station: ReportingStation, books: Books, outbox: Outbox, tmp_path: Path, behind: int
) -> None:
    assert outbox.uplink.cosigned(answered(outbox, books))
    ours = station.log.newest_checkpoint(cosigned=True)
    with closing(ReportingStation(tmp_path / "other")) as other:
        other.live(5, bay="9")
        theirs = cosigned_by_registry(books, other, station.size - behind)
    assert not outbox.uplink.cosigned(str(theirs).encode())
    require_stopped(outbox, Contradiction.REGISTRY_FORKED, theirs)
    (folder,) = outbox.disputed.iterdir()
    assert (folder / "ours.note").read_text() == str(ours)


def test_a_signer_that_has_signed_farther_stops_the_station_offline(station: ReportingStation, outbox: Outbox) -> None:
    def farther(_: bytes) -> bytes:
        raise RefusedError(LOG_ALREADY_FARTHER)

    outbox.restart(farther)
    head = station.head()
    assert outbox.batch() is None
    (said,) = disputes(station)
    assert (said.why, said.size) == (Contradiction.LOG_ALREADY_FARTHER, head.size)
    (folder,) = outbox.disputed.iterdir()
    assert (folder / "head").read_text() == str(head)
    outbox.restart()
    assert outbox.batch() is None


def test_a_signer_that_refuses_otherwise_disputes_nothing(station: ReportingStation, outbox: Outbox) -> None:
    def refuse(_: bytes) -> bytes:
        raise RefusedError("LOG_MEMORY_UNREADABLE")

    outbox.restart(refuse)
    with pytest.raises(RefusedError):
        outbox.batch()
    assert disputes(station) == []


def test_a_dispute_is_told_once_for_each_kind(station: ReportingStation) -> None:
    for size in (3, 4):
        for why in (Contradiction.JOURNAL_FORKED, Contradiction.REGISTRY_FORKED):
            station.tell(seen.HistoryContradicted(why=why, size=size, root=f"r{size}"))
    assert [(one.why, one.size) for one in disputes(station)] == [("JOURNAL_FORKED", 3), ("REGISTRY_FORKED", 3)]


def test_while_disputed_cameras_are_read_and_nothing_else(station: ReportingStation) -> None:
    station.clerk.policy = policy = PlainPolicy(
        clearing=ClearingDemand(copies=1, custodian_release=False), custodians=frozenset({"c-1"})
    )
    held = station.hold("a" * 64, 5)
    station.state(held.n, "b" * 64)
    docking = station.clerk.state.recordings[held.n].docking
    station.tell(seen.CameraListed(docking=docking, listings=frozenset({"DCIM/1"})))
    before = {task.work for task in due_work(station.clerk.state, policy, START)}
    assert {Work.ORDER_CLEARING, Work.UPLOAD} <= before
    station.tell(seen.HistoryContradicted(why=Contradiction.JOURNAL_FORKED, size=1, root="r"))
    for stopped in (
        seen.CameraAsked(by="p", bay="C-1"),
        seen.ClearingAsked(docking=docking),
        seen.ReleaseGiven(by="c-1", bays=("C-1",)),
    ):
        with pytest.raises(RefusedError, match="HISTORY_DISPUTED"):
            station.tell(stopped)
    other = station.hold("c" * 64, 7, camera="C-2")
    assert station.clerk.state.recordings[other.n].step is RecordingStep.HELD
    due = {task.work for task in due_work(station.clerk.state, policy, START)}
    assert Work.READ in due
    assert not due & {Work.ORDER_CLEARING, Work.CLEAR, Work.SIGN, Work.UPLOAD, Work.PURGE, Work.RELEASE}


def test_an_order_given_before_the_dispute_is_not_carried_out(station: ReportingStation) -> None:
    station.clerk.policy = policy = PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False))
    held = station.hold("a" * 64, 5)
    station.state(held.n, "b" * 64)
    docking = station.clerk.state.recordings[held.n].docking
    station.tell(seen.CameraListed(docking=docking, listings=frozenset({"DCIM/1"})))
    station.tell(seen.ClearingAsked(docking=docking))
    assert Work.CLEAR in {task.work for task in due_work(station.clerk.state, policy, START)}
    station.tell(seen.HistoryContradicted(why=Contradiction.JOURNAL_FORKED, size=1, root="r"))
    assert Work.CLEAR not in {task.work for task in due_work(station.clerk.state, policy, START)}


def test_a_dispute_in_the_middle_of_a_clearing_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.usb_pipe, "_INTERRUPT_PATIENCE_MS", 2)
    at_work = KeepingStation(tmp_path)
    for number in at_work.sealed():
        at_work.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
    docking, real = at_work.docking().number, MtpCamera.delete
    at_work.tell(seen.ClearingAsked(docking=docking))
    deleted = []

    def delete(camera: MtpCamera, path: str) -> None:
        real(camera, path)
        deleted.append(path)
        at_work.tell(seen.HistoryContradicted(why=Contradiction.JOURNAL_FORKED, size=1, root="r"))

    monkeypatch.setattr(MtpCamera, "delete", delete)
    for _ in range(2):
        with pytest.raises(NotYetError, match="disputed"):
            at_work.work.clear(docking)
    assert len(deleted) == 1
    at_work.close()


def test_an_answer_signed_badly_is_a_trouble_until_a_good_one_comes(outbox: Outbox, books: Books) -> None:
    told = answered(outbox, books)
    note = str(outbox.station.note())
    for bad in (b"", b"\xff", note.encode(), told.replace(b"dockward/640100/registry ", b"dockward/640100/registry A")):
        assert not outbox.uplink.cosigned(bad)
        assert "did not sign" in outbox.uplink.trouble(outbox.now)
    assert disputes(outbox.station) == []
    assert outbox.uplink.cosigned(told)
    assert outbox.uplink.trouble(outbox.now) == ""


def test_an_answer_that_comes_late_does_no_harm(station: ReportingStation, outbox: Outbox, books: Books) -> None:
    first = answered(outbox, books)
    outbox.uplink.cosigned(first)
    station.live(2)
    outbox.uplink.cosigned(answered(outbox, books))
    assert outbox.uplink.delivered == station.size
    outbox.uplink.cosigned(first)
    assert outbox.uplink.delivered == station.size
    for _ in range(3):  # it may send again what the registry has
        batch = outbox.batch()
        if batch is not None:
            outbox.uplink.cosigned(str(books.mirror.take("t-01", batch, NOW_S).cosigned).encode())
    assert outbox.batch() is None
    assert books.codes() == []
    assert disputes(station) == []


def test_the_note_of_an_earlier_enrolment_is_no_trouble(outbox: Outbox, books: Books, tmp_path: Path) -> None:
    with closing(ReportingStation(tmp_path / "before", number=2)) as before:
        before.live(9)
        kept = cosigned_by_registry(books, before)
    assert not outbox.uplink.cosigned(str(kept).encode())
    assert outbox.uplink.trouble(outbox.now) == ""
    assert disputes(outbox.station) == []


# --- two machines at once


def test_taken_over_again_and_again_is_an_alarm_for_an_hour() -> None:
    for often, taken_over in ((ALARM_TAKEOVERS, True), (ALARM_CUTS, False)):
        takeovers = Takeovers()
        for number in range(often):
            assert takeovers.alarm(START) == ""
            takeovers.ended(START, START.later(number * 1_000), taken_over=taken_over)
        last = START.later((often - 1) * 1_000)
        assert "restored-card" in takeovers.alarm(last)
        assert takeovers.alarm(START.later(HOUR_MS))
        assert takeovers.alarm(last.later(HOUR_MS + 1)) == ""


def test_a_line_that_breaks_now_and_then_is_no_second_machine() -> None:
    takeovers = Takeovers()
    for number in range(2 * ALARM_CUTS):
        takeovers.ended(START, START.later(BRIEF_MS + number), taken_over=False)
    assert takeovers.alarm(START.later(BRIEF_MS)) == ""


def test_two_machines_on_one_key_throw_each_other_out_and_say_so(tmp_path: Path, books: Books) -> None:
    machines = provision(tmp_path / "town", "t-02")
    with (
        Mosquitto(tmp_path, machines.folder / "broker") as broker,
        linked_station(tmp_path / "a", machines, broker.port, books, "t-02") as one,
        linked_station(tmp_path / "b", machines, broker.port, books, "t-02") as other,
    ):
        wait_until(lambda: bool(one.link.alarm and other.link.alarm), lambda: one.link.trouble)
        assert "密钥" in one.link.alarm


def test_two_boots_that_take_turns_are_an_alarm(books: Books) -> None:
    presence = PresenceBook(books.enrolments, books.ledger, books.mirror)

    def born(boot: str, *, online: bool = True, kept: bool = False) -> None:
        presence.hear("t-01", state_of(online=online, boot=boot, journal_size=9), NOW_S, kept=kept)

    for boot in ("a", "a", "b", "c"):
        born(boot)
    born("a", online=False)
    born("a", kept=True)
    assert books.codes() == []
    born("b")
    assert books.codes() == ["TWO_BOOTS"]


def test_every_alarm_says_what_to_do_in_both_languages() -> None:
    sources = "".join(path.read_text() for path in (Path(__file__).parent.parent / "registry").glob("*.py"))
    raised = set(re.findall(r'(?:UnbelievedError|super\(\).__init__)\("([A-Z_]+)"', sources))
    raised |= set(re.findall(r'Alarm\([^"]*"([A-Z_]+)"', sources)) | {one.name for one in (*Refusal, *Loss)}
    assert {"JOURNAL_SHRANK", "TWO_BOOTS", "REGISTRY_BEHIND", "NOT_CONSISTENT"} <= raised
    assert raised == set(ALARM_WORDS)
    for zh, en in ALARM_WORDS.values():
        assert re.search("[一-鿿]", zh)
        assert en.isascii()


@pytest.mark.parametrize("why", Contradiction)
def test_each_contradiction_has_words_of_its_own(station: ReportingStation, why: Contradiction) -> None:
    assert history_troubles(station.clerk.state) == {}
    station.tell(seen.HistoryContradicted(why=why, size=1, root="r"))
    assert "restored-card" in history_troubles(station.clerk.state)[JOURNAL]
