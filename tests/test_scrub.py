"""Promise: bits that rot on a disk are found within the days of the rule, and no one misreading accuses anybody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

import station.bays.scrubbing
import station.store.second_disk
from station.custody import acts
from station.custody import observations as seen
from station.custody.facts import ClearingOrdered
from station.custody.observations import MISSING
from station.hashing import PassingDigest
from station.store.checkpointed_part import GoingOn, digest_on_disk
from station.store.scrub_rounds import ORIGINALS, Round, ended, looked_at, overdue
from tests.keeping_station import DAY_MS, KeepingStation
from tests.plain_policy import PlainPolicy
from tests.scrubbed_station import (
    ROUND_MS,
    VERIFY_DAYS,
    at_work,
    copied,
    evidence,
    findings,
    flip,
    next_round,
    original,
    round_of,
)
from tests.stations import START

__all__ = ["at_work"]

pytestmark = pytest.mark.usefixtures("quick_to_close")

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
