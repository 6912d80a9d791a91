"""Promise: the station says in time when its disk will be full, what happens then, and when a disk fails."""

import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import station.store.recordings
from station.bays.keeping_room import awaited_bytes
from station.custody.facts import Fact
from station.custody.observations import Observation
from station.custody.state import State
from station.journal_clerk import DiskFullError
from station.store.kept import RATE_DAYS, KeptRecordings
from station.store.listings import Listings, Owed, Shown
from station.store.space import HORIZON_DAYS, Coming, Forecast, Space, SpaceLevel, forecast
from station.views.space_words import OWN_TROUBLE, SECOND_TROUBLE, space_trouble
from tests import worlds
from tests.docked_station import CAMERA
from tests.keeping_station import DAY_MS, KeepingStation
from tests.stations import START

pytestmark = pytest.mark.usefixtures("quick_to_close")

GIB = 1 << 30


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[KeepingStation]:
    at_work = KeepingStation(tmp_path)
    yield at_work
    at_work.close()


# --- the forecast


@pytest.mark.parametrize(
    ("free", "awaited", "a_day", "expected"),
    [
        (100, 0, 0, Forecast(SpaceLevel.GOOD, None)),
        (100, 0, 1, Forecast(SpaceLevel.GOOD, 100)),
        (100, 0, 7, Forecast(SpaceLevel.GOOD, 15)),
        (100, 0, 8, Forecast(SpaceLevel.SOON, 13)),
        (100, 80, 10, Forecast(SpaceLevel.LOW, 2)),
        (100, 100, 0, Forecast(SpaceLevel.FULL, 0)),
        (0, 0, 0, Forecast(SpaceLevel.FULL, 0)),
        (-5, 0, 1, Forecast(SpaceLevel.FULL, 0)),
        (400 * 10, 0, 10, Forecast(SpaceLevel.GOOD, None)),
    ],
)
def test_the_levels_are_what_they_are_called(free: int, awaited: int, a_day: int, expected: Forecast) -> None:
    assert forecast(Space(free, awaited, Coming(a_day)), released=True) == expected


def test_what_grows_old_makes_room_only_while_the_registry_can_be_asked() -> None:
    """Ten come a day and stay ten days: a hundred lie here, and ten leave each day."""
    ageing = tuple((day, 10) for day in range(1, 11))
    space = Space(50, 0, Coming(10, ageing), keep_days=10)
    assert forecast(space, released=True) == Forecast(SpaceLevel.GOOD, None)
    assert forecast(space, released=False) == Forecast(SpaceLevel.SOON, 5)


@given(
    free=st.integers(-10, 500),
    awaited=st.integers(0, 200),
    a_day=st.integers(0, 60),
    ageing=st.dictionaries(st.integers(0, 40), st.integers(1, 80)),
    keep_days=st.none() | st.integers(1, 40),
)
def test_the_day_is_the_one_that_a_diary_would_find(
    free: int, awaited: int, a_day: int, ageing: dict[int, int], keep_days: int | None
) -> None:
    """Each day what is due leaves, what came keep_days ago leaves, and what is new comes."""
    if keep_days is None:
        ageing = {}
    space = Space(free, awaited, Coming(a_day, tuple(sorted(ageing.items()))), keep_days)
    left, full = free - awaited, 0 if free - awaited <= 0 else None
    left += ageing.get(0, 0)
    for day in range(1, HORIZON_DAYS + 1):
        if full is not None:
            break
        left += ageing.get(day, 0) - a_day
        if keep_days is not None and day > keep_days:
            left += a_day
        full = day if left <= 0 else None
    assert forecast(space, released=True).full_in_days == full


# --- what it is made of


def test_what_came_of_late_is_counted_by_the_days_it_came_in(at_work: KeepingStation) -> None:
    at_work.sealed()
    kept = KeptRecordings(at_work.journal)
    total = sum(recording.size_bytes for recording in at_work.held())
    now = at_work.clock.stamp()
    assert kept.coming(None, now) == Coming(total)
    assert kept.coming(None, now.later(3 * DAY_MS - 1)).bytes_a_day == total // 3
    assert kept.coming(None, now.later((RATE_DAYS + 1) * DAY_MS)).bytes_a_day == 0


def test_what_may_leave_is_counted_by_its_day(at_work: KeepingStation) -> None:
    numbers = at_work.settled()
    total = sum(at_work.row(number).size_bytes for number in numbers)
    kept, now = KeptRecordings(at_work.journal), at_work.clock.stamp()
    assert kept.coming(30, now).ageing == ((30, total),)
    assert kept.coming(30, now.later(10 * DAY_MS)).ageing == ((20, total),)
    assert kept.coming(30, now.later(99 * DAY_MS)).ageing == ((0, total),)


def test_what_docked_cameras_still_have_is_counted_without_what_is_held(at_work: KeepingStation) -> None:
    held, *_ = at_work.read_all()
    listings = Listings(at_work.folder / "listings")
    owed = tuple(Owed(name, f"{name}.MP4", size, None, None, 1) for name, size in ((held.listing, 5), ("new", 7)))
    listings.keep(Shown(CAMERA, owed))
    assert awaited_bytes(at_work.state(), listings) == 7
    assert awaited_bytes(State(), listings) == 0


def test_what_is_free_is_beside_the_reserve_and_the_promised(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = station.store.recordings.RESERVE_BYTES
    disk = os.statvfs_result((4096, 4096, 0, 0, (reserve + GIB) // 4096, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    assert at_work.recordings.free_bytes() == GIB
    with at_work.recordings._room_for(GIB // 2, 1):
        assert at_work.recordings.free_bytes() == GIB // 2
    at_work.keeping.turn()
    assert at_work.keeping.space is not None
    assert at_work.keeping.space.free_bytes == GIB


# --- in words


def test_the_words_say_when_what_then_and_what_helps() -> None:
    assert space_trouble(Forecast(SpaceLevel.GOOD, None), START) is None
    at = replace(START, utc_ms=1_795_276_800_000 - 1)  # 2026-11-21 23:59:59 in Beijing
    soon = space_trouble(Forecast(SpaceLevel.SOON, 9), at)
    assert soon is not None
    zh, _, en = soon.partition(" / ")
    assert zh.startswith("提示：资料磁盘预计2026年11月30日前后将满；")
    assert en.startswith("notice: the disk for footage will be full on about 2026-11-30;")
    for words, parts in (
        (zh, ("不再采集", "不再清除", "不能领用", "登记中心", "store.keep_days", "清理")),
        (en, ("not read", "not cleared", "not lent", "registry", "store.keep_days", "purge")),
    ):
        assert all(part in words for part in parts)
    low = space_trouble(Forecast(SpaceLevel.LOW, 2), replace(at, synchronised=False))
    assert low is not None
    assert "警告：资料磁盘约2天后将满" in low
    assert "in about 2 days" in low
    full = space_trouble(Forecast(SpaceLevel.FULL, 0), at)
    assert full is not None
    assert "严重：资料磁盘已满" in full
    assert "alarm: " in full


# --- findings of disks


def faults(at_work: KeepingStation) -> list[tuple[str, str | None]]:
    bodies = [fact.body for fact in at_work.facts() if fact.body.type == "finding_reported"]
    return [(body.about, body.evidence[0].code) for body in bodies if body.code == "STORE_FAULT"]  # type: ignore[attr-defined]


def test_a_full_and_a_failing_disk_are_findings_once_each(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.turn()
    assert faults(at_work) == []
    mount_again = at_work.unmount_second()
    for _ in range(3):
        at_work.turn()
    assert faults(at_work) == [("second", "failing")]
    mount_again()
    with monkeypatch.context() as patch:
        patch.setattr(at_work.recordings, "free_bytes", lambda: 0)
        for _ in range(3):
            at_work.turn()
    assert faults(at_work) == [("second", "failing"), ("store", "full")]
    assert at_work.keeping.troubles == {}


def test_a_disk_that_became_read_only_is_named_and_found_well_again(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def failing(descriptor: int) -> None:
        if "leaving" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(30, "Read-only file system")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        at_work.turn()
        assert "Read-only" in at_work.keeping.troubles["store"]
        assert "second" not in at_work.keeping.troubles
    assert faults(at_work) == [("store", "failing")]
    at_work.turn()
    assert at_work.keeping.troubles == {}


def test_a_journal_that_takes_nothing_now_is_told_later(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.unmount_second()

    def full(_: Observation) -> tuple[Fact, ...]:
        raise DiskFullError(str(DiskFullError.__doc__))

    with monkeypatch.context() as patch:
        patch.setattr(at_work.keeping, "_tell", full)
        at_work.turn()
    at_work.turn()
    assert faults(at_work) == [("second", "failing")]


def test_the_watch_looks_again_when_woken_and_ends_when_stopped(at_work: KeepingStation) -> None:
    looked = threading.Semaphore(0)
    at_work.keeping.listen(looked.release)
    at_work.sealed()
    thread = threading.Thread(target=at_work.keeping.run)
    thread.start()
    assert looked.acquire(timeout=20)
    at_work.unmount_second()
    at_work.keeping.wake()
    assert looked.acquire(timeout=20)
    at_work.keeping.stop()
    thread.join(20)
    assert not thread.is_alive()


def test_the_status_page_names_low_space_and_both_disks(tmp_path: Path) -> None:
    town = worlds.Town(tmp_path, random.Random(1))
    station = town.stations[0].station
    assert not {what for what in station.status().troubles if "disk" in what}
    station.keeping.troubles = {"store": "it failed", "second": "it is away"}
    station.keeping.space = Space(0, 0, Coming(1))
    shown = station.status().troubles
    assert shown["磁盘 disk"] == f"{OWN_TROUBLE} / it failed"
    assert shown["第二磁盘 second disk"] == f"{SECOND_TROUBLE} / it is away"
    assert shown["磁盘空间 disk space"].startswith("严重：")
    town.close()
