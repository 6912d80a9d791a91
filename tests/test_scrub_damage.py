"""Promise: what a disk does not give is told as that, a bad copy is made anew, and the status page says both."""

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import station.bays.scrubbing
from station.bays.scrubbing import UNREADABLE_AFTER
from station.custody import acts
from station.custody import observations as seen
from station.custody.facts import ClearingOrdered, CopySealed
from station.custody.facts_of_footage import CopyLost
from station.custody.observations import MISSING, UNREADABLE
from station.custody.reconciling import reconciled
from station.custody.recording import Recording
from station.errors import WireFailedError
from station.hashing import PassingDigest
from station.store.checkpointed_part import GoingOn, digest_on_disk
from station.store.scrub_rounds import ORIGINALS, UNREADABLE_MAX
from station.store.second_disk import NAME_FILE, SecondDiskError
from station.views.damage_words import KEPT, damage_troubles
from station.views.footage_troubles import footage_troubles
from station.views.space_words import unverified_trouble
from tests import worlds
from tests.keeping_station import KeepingStation
from tests.scrubbed_station import at_work, copied, due, evidence, findings, flip, original, round_of, step

__all__ = ["at_work"]

pytestmark = pytest.mark.usefixtures("quick_to_close")

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
