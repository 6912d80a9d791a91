"""Promise: an original leaves our disk only for a copy proved anew elsewhere, and what is purged is gone everywhere."""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from station.clock import ManualClock
from station.config import StoreConfig
from station.custody import acts
from station.custody import observations as seen
from station.custody.due_work import Work, due_work
from station.custody.facts_of_footage import OriginalReleased
from station.custody.history import Contradiction
from station.custody.hold import HoldKind
from station.custody.judge_originals import may_leave
from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from station.errors import NotYetError, RefusedError, WireFailedError
from station.policy.permits import Act, ClearingDemand
from station.stamp import Stamp
from station.store.recordings import RecordingStore
from station.store.second_disk import SecondDisk, SecondDiskError
from tests import worlds
from tests.keeping_station import DAY_MS, KeepingStation, is_purged
from tests.stations import START

pytestmark = pytest.mark.usefixtures("quick_to_close")

KEEP_DAYS = 30
PAPERS = {"statement.json", "statement.sig", "signer.pem"}


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[KeepingStation]:
    at_work = KeepingStation(tmp_path, keep_days=KEEP_DAYS)
    yield at_work
    at_work.close()


def old(at_work: KeepingStation, days: int = KEEP_DAYS + 1) -> list[int]:
    numbers = at_work.settled()
    at_work.clock.advance(days * DAY_MS)
    return numbers


def original(at_work: KeepingStation, number: int) -> Path:
    return at_work.recordings.evidence(number) / "original"


def released(at_work: KeepingStation) -> set[int]:
    return {number for work, number in at_work.turn() if work == Work.RELEASE}


def test_an_original_goes_after_its_days_and_its_papers_stay(at_work: KeepingStation) -> None:
    numbers = at_work.settled()
    at_work.clock.advance(KEEP_DAYS * DAY_MS - 60_000)
    assert released(at_work) == set()
    at_work.clock.advance(DAY_MS)
    assert released(at_work) == set(numbers)
    one, *_ = numbers
    at_work.keep.release(one)
    at_work.keep.release(one)
    assert at_work.asked == [one]
    assert not original(at_work, one).exists()
    assert {path.name for path in original(at_work, one).parent.iterdir()} == PAPERS
    assert at_work.said("original_released") == OriginalReleased(recording=one, receipt_sha256="d" * 64)
    assert at_work.row(one).step is RecordingStep.SETTLED
    assert one not in released(at_work)


def test_a_registry_that_forgets_never_costs_the_last_copy(at_work: KeepingStation) -> None:
    one, other = old(at_work)
    at_work.registry_has = {other}
    assert released(at_work) == {one, other}
    for _ in range(3):
        with pytest.raises(RefusedError, match="UPLOAD_UNKNOWN"):
            at_work.keep.release(one)
    at_work.keep.release(other)
    assert original(at_work, one).exists()
    assert not original(at_work, other).exists()
    assert one in released(at_work), "it is asked again"
    at_work.registry_has.add(one)
    at_work.keep.release(one)
    assert not original(at_work, one).exists()


def test_where_no_days_are_set_everything_stays(tmp_path: Path) -> None:
    at_work = KeepingStation(tmp_path)
    numbers = old(at_work, 20_000)
    assert released(at_work) == set()
    at_work.keep.release(numbers[0])
    assert original(at_work, numbers[0]).exists()
    at_work.close()


SETTLED = Recording(
    5,
    RecordingStep.SETTLED,
    1,
    "C1",
    "l",
    1,
    "a" * 64,
    None,
    None,
    held_ms=START.utc_ms,
    stated=6,
    received=7,
)
LATER = START.later((KEEP_DAYS + 1) * DAY_MS)


@pytest.mark.parametrize(
    ("recording", "at"),
    [
        (replace(SETTLED, step=RecordingStep.RECEIVED), LATER),
        (replace(SETTLED, step=RecordingStep.CLEARED, received=None), LATER),
        (replace(SETTLED, step=RecordingStep.PURGED), LATER),
        (replace(SETTLED, received=None), LATER),
        (replace(SETTLED, released=9), LATER),
        (replace(SETTLED, held_ms=None), LATER),
        (SETTLED, replace(LATER, synchronised=False)),
        (SETTLED, START.later(KEEP_DAYS * DAY_MS)),
    ],
    ids=["on camera", "not received", "purged", "no receipt", "gone", "held when?", "what time is it?", "young"],
)
def test_what_keeps_an_original_here(recording: Recording, at: Stamp) -> None:
    assert may_leave(State(), SETTLED, KEEP_DAYS, LATER)
    assert not may_leave(State(), recording, KEEP_DAYS, at)


def held(at_work: KeepingStation, number: int) -> None:
    at_work.tell(acts.PlaceHold(by="keeper", kind=HoldKind.CASE, recordings=(number,)))


def asked_for(at_work: KeepingStation, number: int) -> None:
    at_work.tell(acts.AskAccess(by="officer-1", route=Act.PARTY_VIEW, recordings=(number,), purpose="案件审核"))


def disputed(at_work: KeepingStation, number: int) -> None:
    asked_for(at_work, number)
    request = max(at_work.state().access_requests)
    at_work.tell(acts.RefuseAccess(by="head", request=request, remark="不予提供"))
    at_work.tell(acts.DisputeAccess(by="officer-1", request=request, ground="应当公开"))


def to_be_purged(at_work: KeepingStation, number: int) -> None:
    at_work.tell(acts.ProposePurge(by="keeper", recordings=(number,), ground="无保存价值"))


@pytest.mark.parametrize("wanted", [held, asked_for, disputed, to_be_purged])
def test_what_somebody_wants_stays(at_work: KeepingStation, wanted: Callable[[KeepingStation, int], None]) -> None:
    """Also where the wish comes while the registry is being asked."""
    one, other = old(at_work)
    wanted(at_work, one)
    assert released(at_work) == {other}
    at_work.keep.release(one)
    assert at_work.asked == []

    def wished_meanwhile(number: int) -> str:
        wanted(at_work, number)
        return "d" * 64

    at_work.keep = type(at_work.keep)(
        at_work.tell,
        at_work.state,
        at_work.clock.stamp,
        at_work.keep.kept,
        at_work.recordings,
        at_work.disk,
        KEEP_DAYS,
        wished_meanwhile,
    )
    at_work.keep.release(other)
    assert original(at_work, one).exists()
    assert original(at_work, other).exists()
    assert "original_released" not in at_work.kinds()
    assert released(at_work) == set()


class DyingError(BaseException):
    """The process is gone."""


def dying_at(patch: pytest.MonkeyPatch, at: int) -> None:
    steps = itertools.count()

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*told: Any, **named: Any) -> Any:
            if next(steps) == at:
                raise DyingError
            return real(*told, **named)

        return call

    for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
        patch.setattr(owner, name, dying(getattr(owner, name)))


@pytest.mark.parametrize("at", range(7))
def test_a_death_anywhere_on_its_way_out_is_seen_to_at_the_next_start(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    one, _ = old(at_work)
    with monkeypatch.context() as patch:
        dying_at(patch, at)
        try:
            at_work.keep.release(one)
        except DyingError:
            assert original(at_work, one).exists() or "original_released" in at_work.kinds()
    at_work.put_together()
    if "original_released" in at_work.kinds() and original(at_work, one).exists():
        assert one in released(at_work)
    at_work.keep.release(one)
    assert not original(at_work, one).exists()
    assert at_work.kinds().count("original_released") == 1
    assert one not in released(at_work)


def test_a_mark_without_its_fact_lets_nothing_go(at_work: KeepingStation) -> None:
    """The station died while the registry was asked, and somebody holds it now."""
    one, _ = old(at_work)
    at_work.recordings.mark_leaving(one)
    held(at_work, one)
    at_work.put_together()
    assert one in released(at_work)
    at_work.keep.release(one)
    assert original(at_work, one).exists()
    assert one not in released(at_work)


def test_what_left_is_not_copied_and_its_own_proof_does_not_count(at_work: KeepingStation) -> None:
    one, _ = old(at_work)
    at_work.keep.release(one)
    assert ("copy", one) not in at_work.turn()
    at_work.keep.copy(one)
    assert at_work.row(one).copies == ()
    assert at_work.row(one).proofs == (at_work.row(one).received,)


# --- purges that were begun


def test_a_begun_purge_deletes_the_original_and_its_copy_and_nothing_else(at_work: KeepingStation) -> None:
    one, other = at_work.settled()
    for number in (one, other):
        at_work.keep.copy(number)
    purge = at_work.begun_purge(one)
    assert ("purge", purge) in at_work.turn()
    at_work.keep.purge(purge)
    at_work.keep.purge(purge)
    assert is_purged(at_work, one)
    assert not original(at_work, one).exists()
    assert {path.name for path in original(at_work, one).parent.iterdir()} == PAPERS
    assert not at_work.copied(one).exists()
    assert original(at_work, other).exists()
    assert (at_work.copied(other) / "original").exists()
    assert not {work for work, _ in at_work.turn()} & {"purge", "copy"}


def test_what_was_only_approved_stays(at_work: KeepingStation) -> None:
    one, _ = at_work.settled()
    purge = at_work.tell(acts.ProposePurge(by="keeper", recordings=(one,), ground="无保存价值"))[0].n
    at_work.tell(acts.ApprovePurge(by="head", purge=purge))
    assert ("purge", purge) not in at_work.turn()
    at_work.keep.purge(purge)
    assert original(at_work, one).exists()


@pytest.mark.parametrize("at", range(9))
def test_a_death_anywhere_in_a_purge_is_gone_on_with(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    numbers = at_work.settled()
    for number in numbers:
        at_work.keep.copy(number)
    purge = at_work.begun_purge(*numbers)
    with monkeypatch.context() as patch:
        dying_at(patch, at)
        try:
            at_work.keep.purge(purge)
        except DyingError:
            assert "footage_purged" not in at_work.kinds()
    at_work.put_together()
    at_work.turn()
    at_work.keep.purge(purge)
    for number in numbers:
        assert is_purged(at_work, number)
        assert not original(at_work, number).exists()
        assert not at_work.copied(number).exists()
    assert at_work.kinds().count("footage_purged") == 1


@pytest.mark.parametrize("away", ["unmounted", "swapped"])
def test_nothing_is_called_gone_while_a_disk_with_a_copy_is_away(at_work: KeepingStation, away: str) -> None:
    one, _ = at_work.settled()
    at_work.keep.copy(one)
    purge = at_work.begun_purge(one)
    device = at_work.machine.mounted[at_work.second]
    if away == "unmounted":
        at_work.unmount_second()
    else:
        (at_work.second / "dockward-disk").rename(at_work.folder / "its-name")
    with pytest.raises(SecondDiskError, match=r"mounted at|connect and mount that disk"):
        at_work.keep.purge(purge)
    assert "footage_purged" not in at_work.kinds()
    at_work.machine.mounted[at_work.second] = device
    if away == "swapped":
        (at_work.folder / "its-name").replace(at_work.second / "dockward-disk")
    at_work.keep.purge(purge)
    assert is_purged(at_work, one)


def test_a_disk_that_goes_away_in_the_middle_of_a_purge_is_waited_for(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulled out after the last deletion but one: what lies on it is still there."""
    numbers = at_work.settled()
    for number in numbers:
        at_work.keep.copy(number)
    purge = at_work.begun_purge(*numbers)
    real, put_back = SecondDisk.remove, []

    def pulled(disk: SecondDisk, recording: Recording, evidence: Path) -> None:
        if recording.number == numbers[0]:
            real(disk, recording, evidence)
        else:
            put_back.append(at_work.unmount_second())

    with monkeypatch.context() as patch:
        patch.setattr(SecondDisk, "remove", pulled)
        with pytest.raises(SecondDiskError, match="connect and mount it"):
            at_work.keep.purge(purge)
    assert "footage_purged" not in at_work.kinds()
    put_back[0]()
    at_work.keep.purge(purge)
    assert all(is_purged(at_work, number) and not at_work.copied(number).exists() for number in numbers)


def test_a_dispute_in_the_middle_of_a_purge_ends_it(at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = at_work.settled()
    purge = at_work.begun_purge(one, other)
    real = at_work.recordings.remove_original

    def remove(_: RecordingStore, number: int) -> None:
        real(number)
        at_work.tell(seen.HistoryContradicted(why=Contradiction.JOURNAL_FORKED, size=1, root="0" * 64))

    monkeypatch.setattr(RecordingStore, "remove_original", remove)
    for _ in range(2):
        with pytest.raises(NotYetError, match="disputed"):
            at_work.keep.purge(purge)
    assert not original(at_work, one).exists()
    assert original(at_work, other).exists()
    assert "footage_purged" not in at_work.kinds()


def test_what_is_being_deleted_is_not_copied_meanwhile(at_work: KeepingStation) -> None:
    one, _ = at_work.settled()
    purge = at_work.begun_purge(one)
    assert ("copy", one) not in at_work.turn()
    at_work.keep.copy(one)
    assert not at_work.copied(one).exists()
    assert at_work.tell(seen.SecondCopyProved(recording=one, disk="disk-b")) == ()
    at_work.keep.purge(purge)
    assert at_work.tell(seen.SecondCopyProved(recording=one, disk="disk-b")) == ()


def test_a_disk_that_deletes_nothing_is_named_and_the_purge_waits(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = at_work.settled()
    purge = at_work.begun_purge(one)

    def read_only(*_told: Any, **_named: Any) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", read_only)
        with pytest.raises(WireFailedError, match="disk failed"):
            at_work.keep.purge(purge)
    assert "footage_purged" not in at_work.kinds()
    at_work.keep.purge(purge)
    assert is_purged(at_work, one)


# --- approvals that ran out


def test_an_approval_ends_by_itself_by_a_clock_that_knows_the_time(at_work: KeepingStation) -> None:
    one, _ = at_work.settled()
    asked_for(at_work, one)
    request = max(at_work.state().access_requests)
    until_ms = at_work.clock.stamp().utc_ms + DAY_MS
    at_work.tell(acts.ApproveAccess(by="head", request=request, valid_until_ms=until_ms))

    def waits_ms(at: Stamp) -> list[int]:
        due = due_work(at_work.state(), at_work.clerk.policy, at)
        return [task.wait_ms for task in due if task.work is Work.EXPIRE_ACCESS]

    assert waits_ms(at_work.clock.stamp()) == [60_000]
    at_work.keep.expire_access(request)
    assert "access_expired" not in at_work.kinds()
    assert isinstance(at_work.clock, ManualClock)
    at_work.clock.advance(DAY_MS + 1)
    assert waits_ms(at_work.clock.stamp()) == [0]
    assert waits_ms(replace(at_work.clock.stamp(), synchronised=False)) == []
    at_work.keep.expire_access(request)
    assert at_work.kinds().count("access_expired") == 1
    assert waits_ms(at_work.clock.stamp()) == []


# --- through the whole station, and a registry that is the code that ships


def lived(folder: Path, monkeypatch: pytest.MonkeyPatch) -> worlds.Town:
    """One camera was read, received and cleared; its recordings are older than they need to be here."""
    config_of, store = worlds.config_of, StoreConfig(keep_days=KEEP_DAYS)
    monkeypatch.setattr(
        worlds, "config_of", lambda *told, second: replace(config_of(*told, second=second), store=store)
    )
    town = worlds.Town(folder, random.Random(1), demand=ClearingDemand(copies=2, custodian_release=False))
    (station,) = town.stations
    for number in range(2):
        begun_ms = station.clock.stamp().utc_ms - 3_600_000
        station.film(town.cameras(station.name)[0], number, 2_000, begun_ms, begun_ms + 60_000)
    station.settle()
    assert not station.on_cards()
    station.clock.advance((KEEP_DAYS + 1) * DAY_MS)
    station.station.keeping.turn()
    assert len(station.station.keeping.disks.leaving) == len(originals(folder)) == 2
    return town


def originals(folder: Path) -> list[Path]:
    return sorted(folder.glob("w-01/data/evidence/*/original"))


def test_the_whole_station_lets_go_of_what_the_registry_reads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = lived(tmp_path, monkeypatch)
    (station,), before = town.stations, originals(tmp_path)
    station.settle()
    assert originals(tmp_path) == []
    assert all((original.parent / "proved.json").exists() for original in before)
    assert station.station.keeping.disks.leaving == ()
    town.close()


def test_the_whole_station_keeps_what_the_registry_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = lived(tmp_path, monkeypatch)
    (station,) = town.stations
    lost, rotten = sorted((tmp_path / "registry/vault").rglob("original"))
    lost.unlink()
    rotten.chmod(0o640)
    rotten.write_bytes(b"rotten")
    station.live(60)
    assert len(originals(tmp_path)) == 2
    assert station.errors.total() > 1
    assert len(station.station.keeping.disks.leaving) == 2, "it goes on asking"
    town.close()
