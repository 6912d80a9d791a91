"""Promise: bits that rot on a disk are found within the days of the rule, and no one misreading accuses anybody."""

import asyncio
import errno
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

import station.bays.scrubbing
from station.bays.scrubbing import GAVE_WAY_MS_MAX, LOOK_AGAIN_MS, UNREADABLE_AFTER
from station.custody import acts
from station.custody import observations as seen
from station.custody.due_on_disks import due_on_disks
from station.custody.due_work import Task, Work
from station.custody.facts import ClearingOrdered, CopySealed
from station.custody.facts_of_footage import CopyLost
from station.custody.facts_of_keeping import FindingReported
from station.custody.observations import MISSING, UNREADABLE
from station.custody.reconciling import reconciled
from station.custody.recording import Recording
from station.errors import WireFailedError
from station.hashing import PassingDigest
from station.store.checkpointed_part import GoingOn, digest_on_disk
from station.store.scrub_rounds import (
    ORIGINALS,
    ROUNDS_IN_TIME,
    UNREADABLE_MAX,
    Round,
    Rounds,
    ended,
    looked_at,
    overdue,
)
from station.store.second_disk import NAME_FILE, SecondDiskError
from station.views.damage_words import KEPT, damage_troubles
from station.views.footage_troubles import footage_troubles
from station.views.space_words import unverified_trouble
from station.work_dispatcher import Outside, WorkDispatcher, _lane, run_dispatcher
from tests import worlds
from tests.keeping_station import DAY_MS, KeepingStation
from tests.plain_policy import PlainPolicy
from tests.stations import START

pytestmark = pytest.mark.usefixtures("quick_to_close")

VERIFY_DAYS = 30
ROUND_MS = VERIFY_DAYS * DAY_MS // ROUNDS_IN_TIME
CONTENTS = (b"first" * 300, b"second" * 400, b"third" * 200)
SCRUBS = {"scrub", "scrub_copy"}


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[KeepingStation]:
    at_work = KeepingStation(tmp_path, *CONTENTS, verify_days=VERIFY_DAYS)
    yield at_work
    at_work.close()


def due(at_work: KeepingStation) -> list[tuple[str, int]]:
    tasks = due_on_disks(at_work.state(), at_work.keeping.disks)
    return [(task.work.value, task.number) for task in tasks if task.work.value in SCRUBS]


def step(at_work: KeepingStation) -> tuple[str, int] | None:
    """The first that is due, done as the dispatcher does it."""
    tasks = due(at_work)
    if tasks:
        work, number = tasks[0]
        at_work.scrubbing.workers()[Work(work)](number)
    return tasks[0] if tasks else None


def round_of(at_work: KeepingStation) -> list[tuple[str, int]]:
    at_work.keeping.turn()
    done = []
    while (one := step(at_work)) is not None:
        done.append(one)
    return done


def next_round(at_work: KeepingStation) -> list[tuple[str, int]]:
    at_work.clock.advance(ROUND_MS)
    return round_of(at_work)


def flip(path: Path) -> None:
    path.chmod(0o640)
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def original(at_work: KeepingStation, number: int) -> Path:
    return at_work.recordings.evidence(number) / "original"


def findings(at_work: KeepingStation) -> list[tuple[str, str]]:
    """Code and what it is about, but of disks that were only away."""
    bodies = [fact.body for fact in at_work.facts() if isinstance(fact.body, FindingReported)]
    return [(body.code, body.about) for body in bodies if body.about != "second"]


def evidence(at_work: KeepingStation) -> dict[str, str | int | None]:
    (body,) = [fact.body for fact in at_work.facts() if isinstance(fact.body, FindingReported)]
    return {one.name: one.code if one.number is None else one.number for one in body.evidence}


def copied(at_work: KeepingStation) -> list[int]:
    numbers = at_work.settled()
    for number in numbers:
        at_work.keep.copy(number)
    at_work.keeping.turn()
    return numbers


# --- a flipped bit is found within a round


def test_a_round_goes_over_every_original_and_copy_in_the_order_of_numbers(at_work: KeepingStation) -> None:
    one, two, three = copied(at_work)
    order = [("scrub", one), ("scrub_copy", one), ("scrub", two), ("scrub_copy", two), ("scrub", three)]
    assert round_of(at_work) == [*order, ("scrub_copy", three)]
    assert round_of(at_work) == [], "the round has ended"
    at_work.clock.advance(ROUND_MS - 1)
    assert round_of(at_work) == []
    at_work.clock.advance(1)
    assert len(round_of(at_work)) == 6
    assert findings(at_work) == []


@pytest.mark.parametrize("settled", [False, True])
def test_a_flipped_bit_is_found_in_the_next_round(at_work: KeepingStation, *, settled: bool) -> None:
    """Whether memory has it or let it go long ago."""
    _, spoiled, _ = at_work.settled() if settled else at_work.sealed()
    round_of(at_work)
    flip(original(at_work, spoiled))
    assert ("scrub", spoiled) in next_round(at_work)
    assert findings(at_work) == [("HASH_MISMATCH", f"recording:{spoiled}")]
    assert evidence(at_work)["expected"] == at_work.row(spoiled).sha256
    next_round(at_work)
    assert len(findings(at_work)) == 1, "once while it is open"


def test_what_is_missing_is_told_as_missing(at_work: KeepingStation) -> None:
    one, *_ = at_work.settled()
    original(at_work, one).unlink()
    round_of(at_work)
    assert findings(at_work) == [("HASH_MISMATCH", f"recording:{one}")]
    assert evidence(at_work)["found"] == MISSING


def test_what_is_not_signed_yet_is_set_aside_told_and_read_anew(at_work: KeepingStation) -> None:
    recording = at_work.read_all()[0]
    flip(at_work.folder / f"data/incoming/{recording.docking}-{recording.listing}")
    round_of(at_work)
    assert findings(at_work) == [("HASH_MISMATCH", f"recording:{recording.number}")]
    assert at_work.recordings.is_damaged(recording)
    next_round(at_work)
    at_work.work.read(recording.docking)
    at_work.sealing.sign(recording.number)
    assert at_work.statement(recording.number).recording == recording.number


def test_a_damaged_original_keeps_its_camera_from_being_cleared(at_work: KeepingStation) -> None:
    spoiled, *others = at_work.sealed()
    for number in (spoiled, *others):
        at_work.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
    flip(original(at_work, spoiled))
    round_of(at_work)
    (ordered,) = at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    assert isinstance(ordered.body, ClearingOrdered)
    assert [proof.recording for proof in ordered.body.proofs] == others


def test_what_was_purged_or_let_go_of_meanwhile_is_not_missing(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = at_work.settled()
    purge = at_work.begun_purge(two)
    at_work.keeping.turn()

    def removed_meanwhile(path: Path, going_on: GoingOn) -> PassingDigest:
        if path == original(at_work, one) and path.exists():
            at_work.keep.purge(at_work.begun_purge(one))
        return digest_on_disk(path, going_on)

    monkeypatch.setattr(station.bays.scrubbing, "digest_on_disk", removed_meanwhile)
    round_of(at_work)
    at_work.keep.purge(purge)
    next_round(at_work)
    assert findings(at_work) == []


# --- never by one reading


def misreading(times: int, of: Callable[[Path], bool]) -> Callable[..., PassingDigest]:
    left = [times]

    def digest(path: Path, going_on: GoingOn = iter, count: int | None = None) -> PassingDigest:
        found = digest_on_disk(path, going_on, count)
        if of(path) and left[0]:
            left[0] -= 1
            found.update(b"?")
        return found

    return digest


def test_what_was_misread_once_accuses_nobody(at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    one, *_ = copied(at_work)
    for module, folder in ((station.bays.scrubbing, "data"), (station.store.second_disk, "mnt")):
        misread = misreading(1, lambda path, folder=folder: path.parts[-4] == folder)  # type: ignore[misc]
        monkeypatch.setattr(module, "digest_on_disk", misread)
    assert ("scrub_copy", one) in round_of(at_work)
    assert findings(at_work) == []
    assert len(at_work.row(one).copies) == 1


def test_what_was_misread_before_it_is_signed_for_is_put_back(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, *_ = at_work.read_all()
    monkeypatch.setattr(station.bays.scrubbing, "digest_on_disk", misreading(2, lambda _: True))
    round_of(at_work)
    assert findings(at_work) == []
    at_work.sealing.sign(recording.number)
    assert at_work.statement(recording.number).recording == recording.number


def test_what_is_being_signed_is_not_set_aside(at_work: KeepingStation) -> None:
    recording, *_ = at_work.read_all()
    path = at_work.folder / f"data/incoming/{recording.docking}-{recording.listing}"
    flip(path)
    with at_work.recordings.at_hand(recording.number):
        round_of(at_work)
    assert path.exists()


# --- what the disk does not give


def failing(of: Callable[[Path], bool], number: int = errno.EIO) -> Callable[..., PassingDigest]:
    def digest(path: Path, going_on: GoingOn = iter, count: int | None = None) -> PassingDigest:
        if of(path):
            raise OSError(number, os.strerror(number))
        return digest_on_disk(path, going_on, count)

    return digest


def tried_until_it_goes_on(at_work: KeepingStation) -> int:
    tries = 0
    at_work.keeping.turn()
    while due(at_work):
        try:
            step(at_work)
        except WireFailedError:
            tries += 1
            if tries > 99:
                break
    return tries


def test_an_unreadable_original_is_told_as_that_and_keeps_its_camera(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *others = at_work.sealed()
    for number in (bad, *others):
        at_work.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
    unreadable = failing(lambda path: path == original(at_work, bad))
    monkeypatch.setattr(station.bays.scrubbing, "digest_on_disk", unreadable)
    assert tried_until_it_goes_on(at_work) == UNREADABLE_AFTER - 1
    assert findings(at_work) == [("STORE_FAULT", f"recording:{bad}")]
    assert evidence(at_work) == {"fault": "failing"}
    (ordered,) = at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    assert isinstance(ordered.body, ClearingOrdered)
    assert [proof.recording for proof in ordered.body.proofs] == others


def test_what_fails_once_is_read_again_and_accuses_nobody(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    with monkeypatch.context() as patch:
        patch.setattr(station.bays.scrubbing, "digest_on_disk", failing(lambda _: True))
        with pytest.raises(WireFailedError, match="the disk failed"):
            step(at_work)
    assert due(at_work) == [("scrub", one)]
    assert len(round_of(at_work)) == 3
    assert findings(at_work) == []


def test_a_disk_of_which_much_is_unreadable_stays_a_trouble(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station.bays.scrubbing, "UNREADABLE_MAX", 1)
    at_work.settled()
    monkeypatch.setattr(station.bays.scrubbing, "digest_on_disk", failing(lambda _: True))
    assert tried_until_it_goes_on(at_work) == 100
    assert len(findings(at_work)) == 1
    assert UNREADABLE_MAX > 1


def test_a_disk_that_is_not_mounted_accuses_no_original(at_work: KeepingStation) -> None:
    at_work.settled()
    at_work.keeping.turn()
    data, away = at_work.folder / "data/incoming", at_work.folder / "away"
    data.rename(away)
    with pytest.raises(WireFailedError, match="not there"):
        step(at_work)
    away.rename(data)
    assert findings(at_work) == []
    assert len(round_of(at_work)) == 3


# --- the copies on the other disk


def test_a_damaged_copy_is_named_counts_no_more_and_is_made_anew(at_work: KeepingStation) -> None:
    one, two, _ = at_work.sealed()
    for number in (one, two):
        at_work.keep.copy(number)
    disk = at_work.disk.name()
    flip(at_work.copied(one) / "original")
    round_of(at_work)
    lost = at_work.said("copy_lost")
    assert isinstance(lost, CopyLost)
    assert (lost.recording, lost.disk) == (one, disk)
    assert (at_work.row(one).copies, at_work.row(one).spoiled) == ((), (disk,))
    assert findings(at_work) == [("HASH_MISMATCH", f"copies_on:{disk}")]
    (ordered,) = at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    assert isinstance(ordered.body, ClearingOrdered)
    assert [proof.recording for proof in ordered.body.proofs] == [two], "it is no proof until it is made anew"
    assert [visit.copied for visit in reconciled(at_work.facts())] == [1]
    assert ("copy", one) in at_work.turn()
    at_work.keep.copy(one)
    assert [visit.copied for visit in reconciled(at_work.facts())] == [2]
    assert (at_work.copied(one) / "original").read_bytes() == original(at_work, one).read_bytes()
    assert ([name for name, _ in at_work.row(one).copies], at_work.row(one).spoiled) == ([disk], ())
    assert at_work.facts()[-1].body == CopySealed(recording=one, disk=disk)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_copy_of_long_ago_that_is_gone_is_made_anew_too(
    at_work: KeepingStation, harm: Callable[[Path], object]
) -> None:
    one, *_ = copied(at_work)
    (at_work.copied(one) / "original").chmod(0o640)
    harm(at_work.copied(one) / "original")
    round_of(at_work)
    assert at_work.row(one).copies == ()
    assert ("copy", one) in at_work.turn()
    at_work.keep.copy(one)
    assert len(at_work.row(one).copies) == 1


def test_many_damaged_copies_are_one_finding_about_their_disk(at_work: KeepingStation) -> None:
    numbers = copied(at_work)
    for number in numbers:
        flip(at_work.copied(number) / "original")
    round_of(at_work)
    assert at_work.kinds().count("copy_lost") == 3
    assert findings(at_work) == [("HASH_MISMATCH", f"copies_on:{at_work.disk.name()}")]


def test_an_unreadable_copy_makes_room_for_another(at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    one, *_ = copied(at_work)
    bad = at_work.copied(one) / "original"
    inode = bad.stat().st_ino
    unreadable = failing(lambda path: path.resolve() == bad and path.stat().st_ino == inode)
    monkeypatch.setattr(station.store.second_disk, "digest_on_disk", unreadable)
    assert tried_until_it_goes_on(at_work) == UNREADABLE_AFTER - 1
    assert findings(at_work) == [("STORE_FAULT", f"copies_on:{at_work.disk.name()}")]
    monkeypatch.undo()
    assert ("copy", one) in at_work.turn()
    at_work.keep.copy(one)
    assert bad.read_bytes() == original(at_work, one).read_bytes()


def test_a_purge_waits_for_a_disk_with_what_is_left_of_a_copy(at_work: KeepingStation) -> None:
    one, *_ = copied(at_work)
    flip(at_work.copied(one) / "original")
    round_of(at_work)
    purge = at_work.begun_purge(one)
    name = at_work.second / NAME_FILE
    name.rename(at_work.folder / "its-name")
    with pytest.raises(SecondDiskError, match="connect and mount that disk"):
        at_work.keep.purge(purge)
    assert "footage_purged" not in at_work.kinds()
    (at_work.folder / "its-name").replace(name)
    at_work.keep.purge(purge)
    assert not at_work.copied(one).exists()


def test_nothing_is_said_of_a_disk_that_another_took_the_place_of(at_work: KeepingStation) -> None:
    copied(at_work)
    first = at_work.disk.name()
    at_work.swap_second()
    at_work.disk.name()
    while step(at_work) not in {None, ("scrub_copy", min(at_work.registry_has))}:
        pass
    at_work.keeping.turn()
    assert all(work == "scrub" for work, _ in due(at_work))
    assert "copy_lost" not in at_work.kinds()
    assert first != at_work.disk.name()


# --- in time, or told


def test_a_disk_that_stays_away_is_told_once(at_work: KeepingStation) -> None:
    copied(at_work)
    disk = at_work.disk.name()
    round_of(at_work)
    mount_again = at_work.unmount_second()
    for _ in range(VERIFY_DAYS):
        at_work.clock.advance(DAY_MS)
        round_of(at_work)
    assert findings(at_work) == []
    assert at_work.keeping.overdue == {}
    for day in range(1, 9):
        at_work.clock.advance(DAY_MS)
        round_of(at_work)
        assert at_work.keeping.overdue == {disk: VERIFY_DAYS + day}
        at_work.put_together()
    assert findings(at_work) == [("STORE_FAULT", disk)]
    mount_again()
    round_of(at_work)
    at_work.keeping.turn()
    assert at_work.keeping.overdue == {}
    next_round(at_work)
    assert len(findings(at_work)) == 1


def test_closed_by_a_person_it_is_not_told_again(at_work: KeepingStation) -> None:
    """A round that does not end is one matter: it stays on the status page, and is one finding."""
    copied(at_work)
    disk = at_work.disk.name()
    at_work.unmount_second()
    at_work.keeping.turn()
    at_work.clock.advance((VERIFY_DAYS + 1) * DAY_MS)
    for _ in range(3):
        at_work.keeping.turn()
        at_work.put_together()
        for number, finding in at_work.state().findings.items():
            if finding.about != "second":
                at_work.tell(acts.CloseFinding(by="head", finding=number, remark="磁盘送修"))
    assert findings(at_work) == [("STORE_FAULT", ORIGINALS), ("STORE_FAULT", disk)]
    at_work.keeping.turn()
    assert len(at_work.keeping.overdue) == 2


def test_a_clock_that_is_not_true_accuses_nobody() -> None:
    policy, later = PlainPolicy(verify_days=30), START.later(99 * DAY_MS)
    sure, unsure = Round(START.utc_ms, START.utc_ms, sure=True), Round(START.utc_ms, START.utc_ms, sure=False)
    assert overdue(policy, ORIGINALS, sure, later)
    assert not overdue(policy, ORIGINALS, unsure, later)
    assert not overdue(policy, ORIGINALS, sure, replace(later, synchronised=False))
    counted = looked_at(unsure, 30, later, here=False)
    assert counted == Round(later.utc_ms, later.utc_ms, sure=True), "it counts from when the time is known"
    assert not overdue(policy, ORIGINALS, counted, later)


def test_every_file_is_compared_within_the_days_where_rounds_end_as_they_should() -> None:
    """The worst: it was compared first in one round and last in the next."""
    policy, one = PlainPolicy(verify_days=30), looked_at(None, 30, START, here=True)
    for day in range(1, 200):
        at = START.later(day * DAY_MS)
        one = looked_at(one, 30, at, here=True)
        if one.after is not None and at.utc_ms - one.begun_ms >= 9 * DAY_MS:
            one = ended(one)
        assert not overdue(policy, ORIGINALS, one, at)


def test_a_clock_that_was_set_back_keeps_nothing_from_being_compared() -> None:
    one = ended(Round(START.utc_ms, START.utc_ms, sure=True))
    before = START.later(-400 * DAY_MS)
    assert looked_at(one, 30, before, here=True).after == -1
    assert looked_at(one, 30, START.later(1), here=True) == one


def test_without_the_rule_nothing_is_compared(tmp_path: Path) -> None:
    at_work = KeepingStation(tmp_path)
    at_work.settled()
    assert round_of(at_work) == []
    at_work.close()


# --- a restart goes on


def test_after_a_restart_it_goes_on_where_it_was(at_work: KeepingStation) -> None:
    one, two, three = at_work.settled()
    at_work.keeping.turn()
    assert step(at_work) == ("scrub", one)
    at_work.clock.advance(60_000)
    assert step(at_work) == ("scrub", two)
    at_work.put_together()
    assert round_of(at_work) == [("scrub", three)]
    at_work.put_together()
    assert round_of(at_work) == [], "and that the round has ended is known too"


def test_a_round_that_began_anew_meanwhile_leaves_nothing_out(at_work: KeepingStation) -> None:
    """The clock became true while the second file was compared."""
    one, two, three = at_work.settled()
    (at_work.folder / "data/scrub.json").write_bytes(b'{"originals": {"verified_ms": 0, "begun_ms": 0, "sure": false}}')
    at_work.put_together()
    known, at_work.clock._now = at_work.clock.stamp(), replace(at_work.clock.stamp(), synchronised=False)
    at_work.keeping.turn()
    assert step(at_work) == ("scrub", one)
    at_work.clock._now = known
    assert due(at_work) == [("scrub", two)]
    at_work.keeping.turn()
    at_work.scrubbing.scrub(two)
    assert round_of(at_work) == [("scrub", one), ("scrub", two), ("scrub", three)]


def test_a_position_that_cannot_be_read_begins_anew(at_work: KeepingStation) -> None:
    at_work.settled()
    round_of(at_work)
    for left in (b"", b"[", b'{"originals": {"begun_ms": "x"}}', b"\xff"):
        (at_work.folder / "data/scrub.json").write_bytes(left)
        at_work.put_together()
        assert len(round_of(at_work)) == 3


def test_a_position_is_not_written_for_every_file(tmp_path: Path) -> None:
    rounds, one = Rounds(tmp_path / "scrub.json"), Round(0, 0, sure=True)
    written = []
    for number in range(200):
        rounds.keep(ORIGINALS, replace(one, after=number), START.later(number * 1_000))
        known = Rounds(tmp_path / "scrub.json").of(ORIGINALS)
        assert known is not None
        written.append(known.after)
    assert len(set(written)) == 4
    assert all(number - (after or 0) <= 60 for number, after in enumerate(written))


def test_a_full_disk_keeps_nothing_from_being_compared(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.settled()
    real = os.fsync

    def full(descriptor: int) -> None:
        if "scrub.json" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    assert len(round_of(at_work)) == 3
    assert not (at_work.folder / "data/scrub.json").exists()


def test_the_station_s_end_breaks_it_off(at_work: KeepingStation) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    at_work.recordings.stop()
    for _ in range(9):
        with pytest.raises(WireFailedError, match="going down"):
            step(at_work)
    assert due(at_work) == [("scrub", one)]
    assert findings(at_work) == []


# --- never in the way


class Dispatched:
    """The dispatcher over this station's state, as if work were under way."""

    def __init__(self, at_work: KeepingStation) -> None:
        at_work.keeping.turn()
        outside = Outside(disks=lambda: at_work.keeping.disks)
        self.dispatcher = WorkDispatcher(at_work.state, at_work.clerk.policy, at_work.clock, {}, outside)

    def startable(self) -> set[str]:
        return {task.work.value for task in self.dispatcher.startable()[0]}

    def under_way(self, work: Work, number: int) -> Task:
        self.dispatcher._running[_lane(work, number)] = work
        return Task(work, number)


@pytest.mark.parametrize("work", [Work.READ, Work.SIGN, Work.COPY, Work.PURGE])
def test_nothing_is_compared_while_others_want_the_disk(at_work: KeepingStation, work: Work) -> None:
    copied(at_work)
    dispatched = Dispatched(at_work)
    task = dispatched.under_way(work, 1)
    assert dispatched.dispatcher.disk_wanted
    assert not dispatched.startable() & SCRUBS
    dispatched.dispatcher.end(task, None)
    assert dispatched.startable() & SCRUBS == {"scrub"}
    dispatched.under_way(Work.UPLOAD, 1)
    assert dispatched.startable() & SCRUBS == {"scrub"}, "a slow line keeps nothing from being compared"
    dispatched.under_way(Work.SCRUB, 1)
    assert not dispatched.startable() & SCRUBS, "one file at a time"
    assert not dispatched.dispatcher.disk_wanted


def test_the_dispatcher_goes_over_everything_one_file_after_the_other(at_work: KeepingStation) -> None:
    numbers = copied(at_work)
    flip(original(at_work, numbers[-1]))
    at_work.keeping.turn()
    expected, done, under_way = 6, [], set[str]()

    async def run() -> None:
        ended, changed = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def recorded(work: Work, worker: Callable[[int], None]) -> Callable[[int], None]:
            def compare(number: int) -> None:
                under_way.add(work)
                assert len(under_way) == 1
                worker(number)
                under_way.remove(work)
                done.append((work.value, number))
                if len(done) == expected:
                    loop.call_soon_threadsafe(ended.set)

            return compare

        workers = {work: recorded(work, worker) for work, worker in at_work.scrubbing.workers().items()}
        nothing: dict[Work, Callable[[int], None]] = dict.fromkeys(set(Work) - set(workers), lambda _: None)
        outside = Outside(disks=lambda: at_work.keeping.disks)
        dispatcher = WorkDispatcher(at_work.state, at_work.clerk.policy, at_work.clock, nothing | workers, outside)
        with ThreadPoolExecutor(8) as threads:
            running = asyncio.create_task(run_dispatcher(dispatcher, changed, threads))
            await asyncio.wait({running, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert not dispatcher.troubles

    asyncio.run(run())
    assert done == sorted(done, key=lambda one: (one[1], one[0]))
    assert [code for code, _ in findings(at_work)] == ["HASH_MISMATCH"]


def test_what_is_due_now_comes_first(at_work: KeepingStation) -> None:
    at_work.read_all()
    dispatched = Dispatched(at_work)
    assert due(at_work)
    assert "sign" in dispatched.startable()
    assert not dispatched.startable() & SCRUBS


def test_a_file_that_is_being_compared_waits_while_a_camera_is_pulled(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    at_work.disk_wanted = True
    rested = []

    def rest(ms: int) -> None:
        rested.append(ms)
        at_work.disk_wanted = len(rested) < 7

    monkeypatch.setattr(at_work.recordings, "rest", rest)
    flip(original(at_work, one))
    assert step(at_work) == ("scrub", one)
    assert rested == [LOOK_AGAIN_MS] * 7
    assert findings(at_work) == [("HASH_MISMATCH", f"recording:{one}")]


def test_a_file_that_waited_for_long_is_closed_and_begun_again(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    rested: list[int] = []
    monkeypatch.setattr(at_work.recordings, "rest", rested.append)
    at_work.disk_wanted = True
    assert step(at_work) == ("scrub", one)
    assert sum(rested) == GAVE_WAY_MS_MAX
    assert due(at_work) == [("scrub", one)]
    at_work.disk_wanted = False
    assert len(round_of(at_work)) == 3


# --- in words


def test_each_kind_of_damage_has_its_words(at_work: KeepingStation) -> None:
    on_camera, *_ = numbers = at_work.sealed()
    for number in numbers:
        at_work.keep.copy(number)
    disk = at_work.disk.name()
    assert damage_troubles(at_work.state()) == {}
    at_work.tell(seen.DigestFound(recording=on_camera, found=UNREADABLE))
    at_work.tell(seen.SecondCopySpoiled(recording=on_camera, disk=disk, found=MISSING))
    at_work.tell(seen.SecondCopySpoiled(recording=numbers[1], disk=disk, found=UNREADABLE))
    zh, en = damage_troubles(at_work.state())[KEPT].split(" / ")
    assert zh.count("；发现") == 0
    assert ("不予清除" in zh, "不再计入" in zh, "读不出备份" in zh) == (True, True, True)
    assert ("not cleared" in en, "made anew" in en, "does not give a copy" in en) == (True, True, True)
    at_work.tell(seen.DigestFound(recording=numbers[2], found="e" * 64))
    assert len(footage_troubles(at_work.state())) == 1, "its camera has it"
    for number in numbers:
        at_work.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))


def test_what_no_camera_has_any_more_has_other_words(at_work: KeepingStation) -> None:
    one, two, _ = at_work.settled()
    at_work.tell(seen.DigestFound(recording=one, found="e" * 64))
    at_work.tell(seen.DigestFound(recording=two, found=UNREADABLE))
    assert footage_troubles(at_work.state()) == {}
    zh, en = damage_troubles(at_work.state())[KEPT].split(" / ")
    assert "机上已无" in zh
    assert "the registry or another copy has the bytes" in en


def test_what_was_not_compared_in_time_is_said_with_its_days() -> None:
    assert unverified_trouble({}) == ""
    zh, en = unverified_trouble({"disk-a": 40, ORIGINALS: 31}).split(" / ")
    assert zh.startswith("本站原件已31天未全部核验；磁盘 disk-a 上的备份已40天未全部核验")
    assert en.startswith("the originals here were not all compared for 31 days; the copies on disk-a were")


def test_the_status_page_says_what_was_not_compared_and_what_is_damaged(tmp_path: Path) -> None:
    town = worlds.Town(tmp_path, random.Random(1))
    station = town.stations[0].station
    assert not {"资料核验 digests", KEPT} & set(station.status().troubles)
    station.keeping._watched.scrubbing.overdue = {ORIGINALS: 31}
    assert "31" in station.status().troubles["资料核验 digests"]
    number = station.clerk.state.size
    verdict = station.clerk.policy.finds("HASH_MISMATCH")
    station.clerk.judge_and_write(acts.BreachFound(verdict=verdict, about="copies_on:disk-a", evidence=()))
    assert str(number) in station.status().troubles[KEPT]
    town.close()


def test_a_recording_that_never_was_is_passed_over(at_work: KeepingStation) -> None:
    assert isinstance(at_work.row(at_work.settled()[0]), Recording)
    at_work.scrubbing.scrub(99_999)
    at_work.scrubbing.scrub_copy(99_999)
    assert findings(at_work) == []
