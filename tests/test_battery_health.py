"""Promise: what is said of a battery is within its stated spread, and nothing is said without evidence."""

from collections.abc import Callable, Sequence
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.bays.battery_evidence import Evidence, Meter, NoEvidence, Observation, evidence
from station.bays.battery_given import BatteryModel
from station.bays.battery_health import (
    DOCKINGS_MAX,
    Health,
    Spread,
    Unknown,
    judged,
    recording_minutes,
    resistance,
)
from tests.charging_cells import (
    BATTERY,
    FLAT,
    GAIN_ERROR,
    Board,
    Cell,
    Visit,
    docked,
    records,
    records_until,
    seen,
    stands_by,
)

BATTERIES, DOCKINGS, BOARDS = 60, 5, 8


def health(found: Health | Unknown) -> Health:
    assert isinstance(found, Health), found
    return found


def one(full_mah: float = 2_400, own_error: float = 0.02, shared_error: float = 0.02, board: str = "1") -> Observation:
    return Observation(full_mah, own_error, shared_error, Meter(board, GAIN_ERROR))


def told(*found: Observation) -> list[Evidence]:
    return [Evidence(each, NoEvidence.TOO_LITTLE_CHARGED, None) for each in found]


def weighed(*found: Observation) -> list[Evidence]:
    return [Evidence(NoEvidence.TOO_LITTLE_CHARGED, each, None) for each in found]


def some_dockings(rng: Random, cell: Cell, battery: BatteryModel, boards: Sequence[Board], *, flat: bool) -> Health:
    """As a camera's dockings come: standing by, recording all the while or at first; on any board; with pauses."""
    said = []
    for _ in range(DOCKINGS):
        own_ma = rng.choice([stands_by, stands_by, stands_by, records, records_until(rng.uniform(0.3, 1.5))])
        pause = rng.uniform(0.3, 1.0)
        visit = Visit(
            begun=FLAT if flat else rng.uniform(0.02, 0.22 if cell.percent_step == 25 else 0.45),
            own_ma=own_ma,
            pauses=((pause, pause + 0.2),) if rng.random() < 0.5 else (),
            ask_s=rng.choice([60, 120]),
        )
        board = rng.randrange(len(boards))
        samples = docked(cell, visit, boards[board], rng)
        said.append(evidence(samples, battery, Meter(str(board), GAIN_ERROR)))
    return health(judged(said, battery))


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("step", [1, 4, 25])
def test_it_is_near_the_truth_and_the_spread_covers_it(step: int, flat: bool) -> None:  # noqa: FBT001
    """The target's own two numbers: median error of 3 % at most, the truth covered 95 times of 100."""
    rng, errors, covered = Random(step), [], 0
    for _ in range(BATTERIES):
        battery = replace(BATTERY, design_mah=rng.choice([2_000, 3_000, 4_000]), percent_step=step)
        cell = Cell(
            full_mah=battery.design_mah * rng.uniform(0.5, 1.05),
            ohms=rng.uniform(0.1, 0.5),
            charge_ma=rng.choice([700, 1_000, 1_500]),
            percent_step=step,
            gauge_points=rng.uniform(-1.5, 1.5),
            jitter_points=1.0,
        )
        boards = [Board(1 + rng.uniform(-GAIN_ERROR, GAIN_ERROR), 4, 4) for _ in range(BOARDS)]
        full_mah = some_dockings(rng, cell, battery, boards, flat=flat).full_mah
        errors.append(abs(full_mah.value / cell.full_mah - 1))
        covered += full_mah.low <= cell.full_mah <= full_mah.high
    assert median(errors) <= 0.03
    assert covered >= 0.95 * BATTERIES


def test_taken_before_it_was_full_nobody_knows_what_it_used_itself() -> None:
    found = seen(Cell(2_400), Visit(FLAT, taken_at=0.8))
    assert found.weighed is NoEvidence.OWN_DRAW_UNKNOWN
    wide = seen(Cell(2_400), Visit(FLAT, taken_at=0.8), battery=replace(BATTERY, recording_ma=900))
    assert judged([wide] * 5, BATTERY) is Unknown.TOO_FEW_DOCKINGS


@pytest.mark.parametrize("own_ma", [50, 320])
def test_never_left_until_full_the_guess_at_its_own_draw_stays_in_the_spread(own_ma: float) -> None:
    """However often: it is the same guess each time."""
    battery = replace(BATTERY, recording_ma=320)
    found = seen(Cell(4_000, charge_ma=2_000), Visit(0.02, lambda _: own_ma, taken_at=0.8), battery=battery)
    full_mah = health(judged([found] * DOCKINGS_MAX, battery)).full_mah
    assert full_mah.low <= 4_000 <= full_mah.high


@given(st.floats(1_000, 3_000), st.lists(st.floats(0.97, 1.03), min_size=3, max_size=DOCKINGS_MAX - 1), st.floats(0, 3))
def test_one_wild_docking_does_not_move_it_past_the_others(full_mah: float, near: list[float], wild: float) -> None:
    tame = [full_mah * share for share in near]
    found = health(judged(told(one(full_mah * wild), *map(one, tame)), BATTERY))
    assert min(tame) <= found.full_mah.value <= max(tame)


@pytest.mark.parametrize("kind", [told, weighed])
def test_fewer_than_three_dockings_are_no_evidence(kind: Callable[..., list[Evidence]]) -> None:
    assert judged([], BATTERY) is Unknown.TOO_FEW_DOCKINGS
    assert judged(kind(one(), one()), BATTERY) is Unknown.TOO_FEW_DOCKINGS
    assert health(judged(kind(one(), one(), one()), BATTERY)).percent.value == pytest.approx(80)
    assert judged(kind(one(), one(), one(own_error=0.11)), BATTERY) is Unknown.TOO_FEW_DOCKINGS


def test_dockings_that_contradict_each_other_are_no_judgement() -> None:
    assert judged(told(one(1_500), one(2_400), one(3_000)), BATTERY) is Unknown.TOO_UNSURE


def test_only_the_latest_dockings_count() -> None:
    old, new = [one(3_000)] * 50, [one(2_000)] * DOCKINGS_MAX
    found = health(judged(told(*old, *new), BATTERY))
    assert (found.full_mah.value, found.dockings) == (2_000, DOCKINGS_MAX)


def test_what_was_weighed_is_believed_before_what_the_camera_says() -> None:
    """A gauge that never learned that its battery has aged tells its old full charge, point by point."""
    believes = told(*[one(3_000)] * 5)
    assert not health(judged(believes, BATTERY)).weighed
    assert judged([*believes, *weighed(one(2_000))], BATTERY) is Unknown.WAYS_DISAGREE
    assert health(judged([*believes, *weighed(one(2_950))], BATTERY)).full_mah.value == 3_000
    found = health(judged([*believes, *weighed(*[one(2_000)] * 3)], BATTERY))
    assert (found.weighed, found.full_mah.value) == (True, 2_000)


@given(st.integers(3, DOCKINGS_MAX))
def test_more_dockings_on_one_board_do_not_hide_its_gain(count: int) -> None:
    exact = [one(own_error=0, shared_error=0)] * count
    full_mah = health(judged(told(*exact), BATTERY)).full_mah
    assert full_mah.high - full_mah.value >= GAIN_ERROR * full_mah.value
    apart = [one(own_error=0, shared_error=0, board=str(n)) for n in range(count)]
    assert health(judged(told(*apart), BATTERY)).full_mah.high < full_mah.high


def test_more_dockings_do_not_hide_what_the_camera_always_gets_wrong() -> None:
    full_mah = health(judged(told(*[one(own_error=0, shared_error=0.05)] * DOCKINGS_MAX), BATTERY)).full_mah
    assert full_mah.high >= 1.1 * full_mah.value


def test_resistance_is_the_median_of_dockings_or_unknown() -> None:
    dockings = [Evidence(NoEvidence.TOO_LITTLE_CHARGED, NoEvidence.TOO_LITTLE_CHARGED, ohms) for ohms in (0.2, 0.22)]
    assert resistance(dockings) is None
    wild = Evidence(NoEvidence.TOO_LITTLE_CHARGED, NoEvidence.TOO_LITTLE_CHARGED, 9.0)
    unseen = replace(wild, ohms=None)
    found = resistance([*dockings, wild, unseen])
    assert found is not None
    assert found.value == pytest.approx(0.22)
    assert found.low <= 0.2 <= found.value <= found.high


HALF = Health(Spread(2_000, 1_900, 2_100), Spread(66.7, 63.3, 70), weighed=True, dockings=5)


def test_hours_are_charge_over_what_recording_draws() -> None:
    minutes = recording_minutes(HALF, 100, BATTERY)
    assert minutes.value == pytest.approx(300)
    assert minutes.low == pytest.approx(300 * 0.95 * 0.995)
    assert minutes.high == pytest.approx(315)
    quarters = recording_minutes(HALF, 50, replace(BATTERY, percent_step=25))
    assert (quarters.low, quarters.high) == pytest.approx((285 * 0.375, 315 * 0.625))


@given(st.integers(0, 100), st.sampled_from([1, 4, 25]))
def test_hours_lie_in_their_spread_and_grow_with_the_charge(percent: int, step: int) -> None:
    battery = replace(BATTERY, percent_step=step)
    minutes = recording_minutes(HALF, percent, battery)
    assert 0 <= minutes.low <= minutes.value <= minutes.high
    assert recording_minutes(HALF, min(100, percent + 1), battery).value >= minutes.value
