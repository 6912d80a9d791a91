"""Promise: fourteen days without network keep nobody from working and lose nothing; then all of it is delivered.

The days are simulated (`tests/worlds.py`): nothing waits. Each test prints what the fortnight came to; `-s` shows it.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dockward.stage_rolls import officer_of
from station.custody.facts import CameraCleared, Fact, LoanStarted, ReceiptAccepted, RecordingHeld
from station.custody.facts_of_keeping import FindingReported
from station.policy.permits import ClearingDemand
from tests.world_days import HOUR_MS, Days
from tests.world_truths import facts_of, wrongs
from tests.worlds import BAYS, Town, WorldStation

DAYS, CLIPS = 14, 2
LATE_HOURS = 25
"""The pack says 24; the town is looked at each hour."""
UNDISTURBED_ROUNDS = 3
"""Where nothing fails but the network, nothing is tried again."""
BY_RECEIPT = ClearingDemand(copies=2, custodian_release=False, receipt_required=True)


def town_of(folder: Path, demand: ClearingDemand | None, *, second: bool) -> Iterator[tuple[Town, Days]]:
    with closing(Town(folder, random.Random(417), demand=demand, second=second)) as town:
        yield town, Days(town, town.rng)


@pytest.fixture
def with_second_disk(tmp_path: Path) -> Iterator[tuple[Town, Days]]:
    """The pack wants two copies; the second disk has one."""
    yield from town_of(tmp_path, None, second=True)


@pytest.fixture
def by_receipt(tmp_path: Path) -> Iterator[tuple[Town, Days]]:
    """Only the registry's receipt counts."""
    yield from town_of(tmp_path, BY_RECEIPT, second=True)


def a_day(days: Days, station: WorldStation) -> None:
    """Each camera goes out once, films, and is back for the night."""
    for bay in BAYS:
        camera = station.dock.camera_in(bay)
        assert camera is not None
        assert days.taken(station, bay, officer_of(camera)), f"nobody may be refused for being offline: {days.refusals}"
        days.filmed(station, camera, CLIPS)
        station.dock.put(camera, bay)
    station.settle(UNDISTURBED_ROUNDS)
    at_ms = station.clock.stamp().utc_ms
    for _ in range(24 - (at_ms // HOUR_MS) % 24):
        station.round(HOUR_MS)


def dark_fortnight(town: Town, days: Days) -> WorldStation:
    (station,) = town.stations
    station.settle()
    station.line.down = station.http.down = True
    for _ in range(DAYS):
        a_day(days, station)
    return station


def light_again(station: WorldStation) -> None:
    station.line.down = station.http.down = False
    station.line.connect(station.station, station.clock.stamp())
    station.settle()


def count(facts: list[Fact]) -> Counter[str]:
    return Counter(fact.body.type for fact in facts)


def require_delivered(town: Town, station: WorldStation) -> None:
    assert wrongs(town) == []
    said = count(facts_of(station))
    clips = DAYS * len(BAYS) * CLIPS
    assert said[ReceiptAccepted.type] == said[RecordingHeld.type] == clips
    assert station.station.uplink.trouble(station.clock.stamp()) == ""
    told = f"{len(facts_of(station))} facts, {clips} recordings, {sum(map(len, station.filmed.values()))} bytes"
    print(f"{DAYS} days without network: {told}; all delivered")  # noqa: T201 - shown with -s


def test_lending_reading_and_clearing_go_on_by_the_second_disk(with_second_disk: tuple[Town, Days]) -> None:
    town, days = with_second_disk
    station = dark_fortnight(town, days)
    facts = facts_of(station)
    said = count(facts)
    assert said[LoanStarted.type] == DAYS * len(BAYS)
    assert days.refused == 0
    cleared = sum(len(fact.body.recordings) for fact in facts if isinstance(fact.body, CameraCleared))
    assert cleared == said[RecordingHeld.type] == DAYS * len(BAYS) * CLIPS
    assert said[ReceiptAccepted.type] == 0
    assert station.wrong == []
    assert station.station.uplink.delivered < len(facts)
    light_again(station)
    require_delivered(town, station)


def test_where_only_a_receipt_counts_nothing_is_cleared_and_the_alarm_comes_in_time(
    by_receipt: tuple[Town, Days],
) -> None:
    town, days = by_receipt
    station = dark_fortnight(town, days)
    facts = facts_of(station)
    said = count(facts)
    assert said[CameraCleared.type] == 0
    assert said[LoanStarted.type] == DAYS * len(BAYS)
    late = {
        fact.body.about: fact.at.utc_ms
        for fact in facts
        if isinstance(fact.body, FindingReported) and fact.body.code == "INGEST_INCOMPLETE"
    }
    now_ms = station.clock.stamp().utc_ms
    for fact in facts:
        if isinstance(fact.body, RecordingHeld) and now_ms - fact.at.utc_ms > LATE_HOURS * HOUR_MS:
            told_ms = late[f"docking:{fact.body.docking}"]
            assert told_ms - fact.at.utc_ms <= LATE_HOURS * HOUR_MS
    light_again(station)
    require_delivered(town, station)
