"""Promise: a disk that is gone is written off by two hands; what lay on it counts no more, and is never hidden."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bays.keeping_watch import RETURNED, SECOND
from station.custody import acts
from station.custody import observations as seen
from station.custody.copy_disk import Gone
from station.custody.facts import ClearingOrdered, CopySealed, Fact, Proof
from station.custody.facts_of_disks import DiskWrittenOff, UnseenDisk
from station.custody.facts_of_keeping import DeletedRecording, FindingReported, FootagePurged
from station.custody.state import State, apply
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from station.journal.sqlite_log import connect_to_read
from station.policy.permits import ClearingDemand
from station.store import projections
from station.store.second_disk import GoneDiskError, SecondDiskError
from station.views.disk_words import SECOND_DISK, gone_disk_troubles, watched_troubles
from tests.acting import Desk
from tests.histories import unproved_clearings
from tests.keeping_station import KeepingStation, is_purged
from tests.people_histories import lived, replayed, wrong_about_gone_disks
from tests.reporting_stations import Books, ReportingStation

pytestmark = pytest.mark.usefixtures("quick_to_close")

DISK = "disk-a"


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[KeepingStation]:
    at_work = KeepingStation(tmp_path)
    yield at_work
    at_work.close()


def copied(desk: Desk, disk: str = DISK) -> int:
    """A recording with a second copy on this disk."""
    recording = desk.recording()
    desk.tell(seen.SecondCopyProved(recording=recording, disk=disk))
    return recording


def ask(desk: Desk, by: str = "keeper", gone: Gone = Gone.DESTROYED, disk: str = DISK) -> int:
    return desk.begin(acts.AskWriteOff(by=by, disk=disk, gone=gone, ground="硬盘摔坏，已由两人当场销毁"))


def written_off(desk: Desk, gone: Gone = Gone.DESTROYED) -> Fact:
    found = desk.tell(acts.WriteOffDisk(by="head", write_off=ask(desk, gone=gone), remark="属实"))[0]
    assert isinstance(found.body, DiskWrittenOff)
    return found


def gone_for_good(at_work: KeepingStation, disk: str, gone: Gone = Gone.LOST) -> int:
    """The number of the fact."""
    wish = at_work.tell(acts.AskWriteOff(by="keeper", disk=disk, gone=gone, ground="搬运中丢失"))[0].n
    return at_work.tell(acts.WriteOffDisk(by="head", write_off=wish))[0].n


def last_purge(at_work: KeepingStation) -> FootagePurged:
    (purged,) = [fact.body for fact in at_work.facts() if isinstance(fact.body, FootagePurged)]
    return purged


# --- two hands


def test_it_takes_the_custodian_and_another_hand() -> None:
    desk = Desk()
    copied(desk)
    for nobody in ("officer-1", "head", "watcher", "mender", "stranger"):
        with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
            ask(desk, nobody)
    wish = ask(desk)
    for unfit in ("officer-2", "keeper-2", "mender", "their-head", "stranger"):
        with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
            desk.tell(acts.WriteOffDisk(by=unfit, write_off=wish))
    with pytest.raises(RefusedError, match="APPROVAL_SELF"):
        desk.tell(acts.WriteOffDisk(by="keeper", write_off=wish))
    assert not desk.state.gone(DISK)
    desk.tell(acts.WriteOffDisk(by="head", write_off=wish))
    assert desk.state.gone(DISK)


def test_the_third_hand_where_a_pack_has_one() -> None:
    desk = Desk(approval__reviewer="supervising_leader")
    copied(desk)
    wish = ask(desk)
    with pytest.raises(RefusedError):
        desk.tell(acts.WriteOffDisk(by="head", write_off=wish))
    desk.tell(acts.ReviewWriteOff(by="leader", write_off=wish, remark="已核对"))
    desk.tell(acts.WriteOffDisk(by="head", write_off=wish))
    assert desk.said()[-2:] == ["disk_write_off_reviewed", "disk_written_off"]


def test_what_the_journal_says_of_it_and_what_it_keeps_private() -> None:
    desk = Desk()
    copied(desk)
    fact = written_off(desk)
    assert isinstance(fact.body, DiskWrittenOff)
    assert (fact.body.disk, fact.body.gone) == (DISK, "DESTROYED")
    assert (fact.body.articles, fact.body.rule) == ((), "purge.approver"), "no instrument says it: a default"
    asked = next(one for one in desk.facts if one.body.type == "disk_write_off_asked")
    assert asked.private == {"ground": "硬盘摔坏，已由两人当场销毁"}
    assert fact.private == {"remark": "属实"}


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (acts.AskWriteOff(by="keeper", disk="disk-unknown", gone=Gone.LOST, ground="丢失"), UnfitObservationError),
        (acts.AskWriteOff(by="keeper", disk=DISK, gone=Gone.LOST, ground="  "), UnfitObservationError),
        (acts.WriteOffDisk(by="head", write_off=1), IllegalStepError),
    ],
    ids=["a disk nobody copied to", "without a ground", "that nobody asked for"],
)
def test_what_cannot_be_written_off(act: seen.PersonsAct, error: type[Exception]) -> None:
    desk = Desk()
    copied(desk)
    with pytest.raises(error):
        desk.tell(act)
    assert not desk.state.gone(DISK)


def test_one_wish_at_a_time_and_it_may_be_refused_or_taken_back() -> None:
    desk = Desk()
    copied(desk)
    for by in ("head", "keeper"):
        wish = ask(desk)
        with pytest.raises(UnfitObservationError, match="asked already"):
            ask(desk, "keeper-2")
        desk.tell(acts.RefuseWriteOff(by=by, write_off=wish, remark="磁盘已找到"))
        with pytest.raises(IllegalStepError):
            desk.tell(acts.WriteOffDisk(by="head", write_off=wish))
    assert not desk.state.gone(DISK)
    written_off(desk)
    with pytest.raises(IllegalStepError, match="already"):
        ask(desk)


def test_none_is_written_off_while_the_history_is_disputed() -> None:
    desk = Desk()
    copied(desk)
    wish = ask(desk)
    desk.tell(seen.HistoryContradicted(why="JOURNAL_FORKED", size=1, root="r"))
    with pytest.raises(RefusedError, match="HISTORY_DISPUTED"):
        desk.tell(acts.WriteOffDisk(by="head", write_off=wish))
    assert not desk.state.gone(DISK)


def test_a_lost_disk_is_a_finding_and_a_destroyed_one_is_none() -> None:
    for gone in Gone:
        desk = Desk("mingshan")
        copied(desk)
        written_off(desk, gone)
        found = [fact.body for fact in desk.facts if isinstance(fact.body, FindingReported)]
        if gone is Gone.DESTROYED:
            assert found == []
            assert gone_disk_troubles(desk.state) == {}
            continue
        (lost,) = found
        assert (lost.code, lost.about) == ("STORE_FAULT", f"disk_lost:{DISK}")
        assert "MS-REC-37.4" in lost.articles, "不按规定储存或维护致使执法记录损毁、丢失"
        words = gone_disk_troubles(desk.state)[SECOND_DISK]
        assert "不能证明已清理" in words
        assert "not proved deleted" in words
        assert DISK in words


# --- what lay on it counts no more


def test_nothing_is_sealed_on_it_and_no_purge_or_order_is_silent_about_it() -> None:
    desk = Desk()
    settled = copied(desk)
    waiting = desk.recording(camera="C2", clip="other", cleared=False)
    desk.tell(seen.StatementMade(recording=waiting, statement_sha256="a" * 64))
    copy = desk.tell(seen.SecondCopyProved(recording=waiting, disk=DISK))[0].n
    fact = written_off(desk, Gone.LOST)
    assert desk.tell(seen.SecondCopyProved(recording=settled, disk=DISK)) == ()
    assert desk.state.counted(desk.state.recordings[waiting]).copies == ()
    assert desk.state.unseen([desk.kept(settled)]) == (UnseenDisk(fact.n, "LOST"),)

    def said(body: CopySealed | ClearingOrdered) -> Fact:
        return Fact(desk.state.size, fact.at, "station", "p@1", "x:0", body)

    with pytest.raises(IllegalStepError):
        apply(desk.state, said(CopySealed(recording=waiting, disk=DISK)))
    docking = desk.begin(seen.PresenceClosed(bay="1"))
    desk.tell(seen.CameraIdentified(docking=docking, camera="C2", model="T8", clock_ahead_ms=0, clock_error_ms=500))
    desk.tell(seen.CameraListed(docking=docking, listings=frozenset({"other"})))
    order = ClearingOrdered(docking=docking, proofs=(Proof(waiting, (copy,)),), release=None)
    with pytest.raises(IllegalStepError, match="on a disk that is gone"):
        apply(desk.state, said(order))


def test_a_camera_is_not_cleared_on_a_copy_that_nobody_has(at_work: KeepingStation) -> None:
    numbers = at_work.sealed()
    for number in numbers:
        at_work.keep.copy(number)
    first = at_work.disk.name()
    gone_for_good(at_work, first)
    with pytest.raises(RefusedError, match="WIPE_UNVERIFIED"):
        at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    at_work.swap_second()
    assert at_work.turn() >= {("copy", number) for number in numbers}
    for number in numbers:
        at_work.keep.copy(number)
    (ordered,) = at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    assert isinstance(ordered.body, ClearingOrdered)
    sealed = {fact.n: fact.body.disk for fact in at_work.facts() if isinstance(fact.body, CopySealed)}
    assert {sealed.get(n) for proof in ordered.body.proofs for n in proof.copies} == {None, at_work.disk.name()}


def test_nothing_is_written_off_under_an_order_that_stands_on_it(at_work: KeepingStation) -> None:
    numbers = at_work.sealed()
    for number in numbers:
        at_work.keep.copy(number)
    docking = at_work.docking().number
    at_work.tell(seen.ClearingAsked(docking=docking))
    disk = at_work.disk.name()
    with pytest.raises(UnfitObservationError, match="is being cleared"):
        gone_for_good(at_work, disk)
    at_work.tell(seen.DeletionsListed(docking=docking, listings=frozenset()))
    (wish,) = at_work.state().write_offs
    at_work.tell(acts.WriteOffDisk(by="head", write_off=wish))
    assert at_work.state().gone(disk)


def test_what_left_memory_is_copied_anew_onto_the_next_disk(at_work: KeepingStation) -> None:
    numbers = at_work.settled()
    for number in numbers:
        at_work.keep.copy(number)
    first = at_work.disk.name()
    gone_for_good(at_work, first)
    at_work.swap_second()
    assert at_work.turn() >= {("copy", number) for number in numbers}
    for number in numbers:
        at_work.keep.copy(number)
        assert [disk for disk, _ in at_work.row(number).copies] == [first, at_work.disk.name()]
        assert [disk for disk, _ in at_work.state().counted(at_work.row(number)).copies] == [at_work.disk.name()]
    assert not {work for work, _ in at_work.turn()} & {"copy"}


# --- purges


@pytest.mark.parametrize("gone", list(Gone))
@pytest.mark.parametrize("then", ["nothing in its place", "another in its place"])
def test_a_purge_waits_for_a_disk_until_it_is_written_off_and_says_so(
    at_work: KeepingStation, gone: Gone, then: str
) -> None:
    one, other = at_work.settled()
    at_work.keep.copy(one)
    first = at_work.disk.name()
    if then == "nothing in its place":
        at_work.unmount_second()
    else:
        at_work.swap_second()
        at_work.keep.copy(one)
    purge = at_work.begun_purge(one, other)
    with pytest.raises(SecondDiskError, match=r"mounted at|written off"):
        at_work.keep.purge(purge)
    wish = at_work.tell(acts.AskWriteOff(by="keeper", disk=first, gone=gone, ground="搬运中丢失"))[0].n
    with pytest.raises(SecondDiskError):
        at_work.keep.purge(purge)
    assert "footage_purged" not in at_work.kinds()
    n = at_work.tell(acts.WriteOffDisk(by="head", write_off=wish))[0].n
    at_work.keep.purge(purge)
    assert is_purged(at_work, one)
    assert is_purged(at_work, other)
    assert not (at_work.recordings.evidence(one) / "original").exists()
    if then == "another in its place":
        assert not at_work.copied(one).exists()
    assert last_purge(at_work).unseen == (UnseenDisk(n, gone),)


def test_a_purge_still_waits_for_every_other_disk(at_work: KeepingStation) -> None:
    one, _ = at_work.settled()
    at_work.keep.copy(one)
    first = at_work.disk.name()
    at_work.swap_second()
    at_work.keep.copy(one)
    put_back = at_work.unmount_second()
    purge = at_work.begun_purge(one)
    gone_for_good(at_work, first)
    with pytest.raises(SecondDiskError, match="no disk is mounted"):
        at_work.keep.purge(purge)
    put_back()
    at_work.keep.purge(purge)
    assert is_purged(at_work, one)
    assert not at_work.copied(one).exists()


def test_a_purge_without_a_copy_that_is_gone_waits_for_the_disk_as_ever(at_work: KeepingStation) -> None:
    one, other = at_work.settled()
    at_work.keep.copy(other)
    purge = at_work.begun_purge(one)
    gone_for_good(at_work, at_work.disk.name())
    at_work.unmount_second()
    with pytest.raises(SecondDiskError, match="no disk is mounted"):
        at_work.keep.purge(purge)


def test_a_purge_that_hides_a_lost_disk_is_no_fact() -> None:
    desk = Desk()
    recording = copied(desk)
    desk.later(4 * 366 * 86_400_000)
    purge = desk.begin(acts.ProposePurge(by="keeper", recordings=(recording,), ground="无保存价值"))
    desk.tell(acts.ApprovePurge(by="head", purge=purge))
    desk.tell(acts.BeginPurge(by="keeper", purge=purge))
    n = written_off(desk, Gone.LOST).n
    deleted = (DeletedRecording(recording=recording, sha256="c" * 64),)
    at = desk.clock.stamp()
    for unseen in ((), (UnseenDisk(n, "DESTROYED"),), (UnseenDisk(n - 1, "LOST"),)):
        body = FootagePurged(purge=purge, deleted=deleted, unseen=unseen)
        with pytest.raises(IllegalStepError, match="which disks"):
            apply(desk.state, Fact(desk.state.size, at, "station", "p@1", "purge:0", body), [desk.kept(recording)])
    desk.tell(acts.FootageDeleted(purge=purge))
    purged = desk.facts[-1].body
    assert isinstance(purged, FootagePurged)
    assert purged.unseen == (UnseenDisk(n, "LOST"),)


# --- seen again


def test_a_disk_that_was_written_off_is_named_and_left_alone_when_it_is_seen_again(at_work: KeepingStation) -> None:
    one, other = at_work.settled()
    at_work.keep.copy(one)
    disk = at_work.disk.name()
    gone_for_good(at_work, disk)
    before = {path: path.stat().st_mtime_ns for path in at_work.second.rglob("*")}
    purge = at_work.begun_purge(one)
    for _ in range(2):
        assert at_work.turn() == {("purge", purge)}
        assert "take it out" in at_work.keeping.troubles[RETURNED]
        assert watched_troubles(at_work.keeping.troubles)[SECOND_DISK].startswith("已注销的磁盘又接在本站")
        assert SECOND not in at_work.keeping.troubles
        for work, number in ((at_work.keep.copy, other), (at_work.keep.purge, purge)):
            with pytest.raises(GoneDiskError, match=f"{disk} was written off"):
                work(number)
    assert {path: path.stat().st_mtime_ns for path in at_work.second.rglob("*")} == before
    found = [fact.body for fact in at_work.facts() if isinstance(fact.body, FindingReported)]
    assert [one.about for one in found] == [f"disk_lost:{disk}", f"disk_returned:{disk}"]
    assert "connected again" in gone_disk_troubles(at_work.state())[SECOND_DISK]
    assert "footage_purged" not in at_work.kinds()
    at_work.swap_second()
    at_work.turn()
    assert RETURNED not in at_work.keeping.troubles
    at_work.keep.purge(purge)
    assert is_purged(at_work, one)


def test_a_disk_written_off_while_it_is_written_to_gets_no_copy_that_counts(at_work: KeepingStation) -> None:
    one, other = at_work.settled()
    at_work.keep.copy(one)
    disk = at_work.disk.name()
    told = at_work.keep.tell

    def late(said: seen.Observation) -> tuple[Fact, ...]:
        if isinstance(said, seen.SecondCopyProved):
            gone_for_good(at_work, disk)
        return told(said)

    object.__setattr__(at_work.keep, "tell", late)
    at_work.keep.copy(other)
    assert at_work.row(other).copies == ()


# --- replayed


@given(st.integers(0, 10_000))
def test_histories_never_count_what_is_gone_nor_hide_it(seed: int) -> None:
    unit = lived(seed, 200)
    assert wrong_about_gone_disks(unit.facts) == []
    assert unproved_clearings(unit.facts, unit.policy.clearing) == []


def test_seeded_histories_reach_it_all_and_replay_to_the_same() -> None:
    units = [lived(seed, 300) for seed in range(24)]
    for unit in units:
        assert wrong_about_gone_disks(unit.facts) == []
        assert unproved_clearings(unit.facts, unit.policy.clearing) == []
        assert [after for _, _, after in replayed(unit.facts)][-1] == unit.state
    purges = [fact.body for unit in units for fact in unit.facts if isinstance(fact.body, FootagePurged)]
    assert any(purge.unseen for purge in purges)


def test_a_restart_and_a_rebuild_know_it_too(at_work: KeepingStation) -> None:
    one, _ = at_work.settled()
    at_work.keep.copy(one)
    disk = at_work.disk.name()
    gone_for_good(at_work, disk)
    connection = at_work.clerk._connection
    assert projections.load(connection).gone(disk)
    assert projections.load(connection) == at_work.state()
    connection.execute("BEGIN")
    projections.rebuild(connection)
    connection.execute("COMMIT")
    assert projections.load(connection) == at_work.state()
    assert at_work.row(one).copies[0][0] == disk


def test_the_registry_s_copy_of_the_journal_folds_to_the_same(tmp_path: Path) -> None:
    """It keeps facts and judges nothing; whoever folds its copy finds what the station knows."""
    station = ReportingStation(tmp_path / "station")
    books = Books(tmp_path / "registry", station)
    held = station.hold("c" * 64, 1).n
    station.tell(seen.StatementMade(recording=held, statement_sha256="a" * 64))
    station.tell(seen.SecondCopyProved(recording=held, disk=DISK))
    wish = station.tell(acts.AskWriteOff(by="keeper", disk=DISK, gone=Gone.LOST, ground="丢失"))[0].n
    station.tell(acts.WriteOffDisk(by="head", write_off=wish))
    books.mirror.take("t-01", station.batch(), 1)
    state = State()
    for fact in projections.facts(connect_to_read(books.copy_path())):
        state = apply(state, fact)
    assert state == station.clerk.state
    assert state.gone(DISK)
    books.close()
    station.close()


def test_a_demand_is_met_by_what_is_left(at_work: KeepingStation) -> None:
    """The receipt and our own copy still count."""
    (number, *_) = at_work.sealed()
    at_work.keep.copy(number)
    gone_for_good(at_work, at_work.disk.name())
    at_work.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
    assert at_work.clerk.policy.clearing == ClearingDemand(2, custodian_release=False)
    (ordered,) = at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    assert isinstance(ordered.body, ClearingOrdered)
    assert [proof.recording for proof in ordered.body.proofs] == [number]
