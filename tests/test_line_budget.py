"""Promise: footage takes no more of the line than it was given, however many recordings go at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.clock import ManualClock
from station.config import UploadsConfig
from station.errors import WireFailedError
from station.journal.batches import read_batch
from station.policy.civil_time import local_time
from station.store.recordings import RecordingStore
from station.uplink.line import Line
from station.uplink.line_budget import LineBudget
from tests.couriers import PACK, DarkWorld
from tests.failing_registry import UploadingStation
from tests.reporting_stations import ReportingStation
from tests.stations import START
from tests.uploading_stations import AGENCY, UploadBooks, state

KIB = 1024
takes = st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 300_000)), min_size=1, max_size=40)


@given(st.integers(16 * KIB, 10_000_000 * KIB), takes)
def test_between_any_two_moments_no_more_leaves_than_was_given(rate: int, taken: list[tuple[int, int]]) -> None:
    """But for what a bucket holds, and the piece that was under way."""
    budget, now_ms = LineBudget(rate), 0
    left: list[tuple[int, int]] = []
    for pause_ms, count in taken:
        now_ms += pause_ms
        budget, wait_ms = budget.spend(count, now_ms)
        left.append((now_ms + wait_ms, count))
    for first, (begun_ms, begun) in enumerate(left):
        total = begun
        for at_ms, count in left[first + 1 :]:
            total += count
            bucket = rate * budget.burst_us / 1_000_000
            assert total - begun <= (at_ms - begun_ms + 1) * rate / 1_000 + bucket


@given(st.integers(16 * KIB, 10_000_000 * KIB), st.integers(1, 200))
def test_a_line_in_use_is_used_in_full(rate: int, pieces: int) -> None:
    budget, now_ms = LineBudget(rate), 0
    size = budget.piece_bytes(1 << 20)
    for _ in range(pieces):
        budget, wait_ms = budget.spend(size, now_ms)
        now_ms += wait_ms
    assert now_ms <= pieces * size * 1_000 / rate + pieces


def test_what_was_not_used_is_not_saved_up() -> None:
    budget, _ = LineBudget(100 * KIB).spend(100 * KIB, 0)
    budget, early_ms = budget.spend(100 * KIB, 3_600_000)
    _, late_ms = budget.spend(100 * KIB, 3_600_000)
    assert (early_ms, late_ms) == (750, 1_750)


def test_nobody_who_shares_the_line_waits_long_for_a_piece() -> None:
    """Else the registry hangs up on whoever is silent."""
    for rate in (16, 100, 1_000, 1_000_000):
        budget = LineBudget(rate * KIB)
        waits = []
        for _ in range(4):
            budget, wait_ms = budget.spend(budget.piece_bytes(1 << 20), 0)
            waits.append(wait_ms)
        assert max(waits) <= 1_000


class Waits:
    """Time that goes on only where somebody waits."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.ms = 0

    def __call__(self, ms: int) -> None:
        self.ms += ms
        self.clock.advance(ms)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ReportingStation]:
    station = ReportingStation(tmp_path / "station")
    yield station
    station.close()


def test_all_uploads_at_once_share_one_limit(tmp_path: Path, station: ReportingStation) -> None:
    books = UploadBooks(tmp_path / "registry", station)
    stated = [state(station, AGENCY.station_evidence("t-01"), 64 * KIB, 64 * KIB, seed=str(n)) for n in range(3)]
    for one in stated:
        one.sign()
    books.witness_all(station)
    clock = ManualClock(START)
    waits = Waits(clock)
    line = Line(UploadsConfig(kib_per_second=16), clock, lambda at_ms: local_time(PACK, at_ms), waits)
    for n, one in enumerate(stated):
        uploading = UploadingStation(tmp_path / f"disk {n}", books, one, line=line)
        uploading.upload()
        uploading.close()
    assert 11_500 <= waits.ms <= 12_500, "192 KiB at 16 a second"
    books.close()


def test_the_journal_is_never_limited(tmp_path: Path) -> None:
    """It does not go past the line at all: nothing of it waits, whatever uploads wait for."""
    world = DarkWorld(tmp_path)
    world.station.live(200)
    batch = world.dark.uplink.next_batch(START)
    assert batch is not None
    assert read_batch(batch).to > 200
    world.close()


def test_whoever_waits_for_the_line_stops_with_the_station(tmp_path: Path) -> None:
    store, clock = RecordingStore(tmp_path), ManualClock(START)
    line = Line(UploadsConfig(kib_per_second=16), clock, lambda at_ms: local_time(PACK, at_ms), store.rest)
    store.stop()
    with pytest.raises(WireFailedError, match="going down"):
        list(line.leaving(iter([bytes(1 << 30)])))
