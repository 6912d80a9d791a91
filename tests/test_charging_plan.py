"""Promise: charging keeps to its watts, starves nobody, keeps transfers powered, and does not flap."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from station.bays.charging_plan import (
    LOOK_MS_MAX,
    OFF_MS_MIN,
    ON_MS_MIN,
    PATIENCE_MS,
    QUIET_MS,
    charging_plan,
    counted_mw,
)
from station.bays.docked_bay import ChargeLimits, ChargingPlan, DockedBay, Supply, Why
from tests.charging_dock import HOUR_MS, MINUTE_MS, Camera, Cell, Dock

NOW = 100 * HOUR_MS
GAP_MS = 5_000
SUPPLY = Supply(budget_mw=13_000, inrush_mw=2_000, gap_ms=GAP_MS)
"""Room for two of 5 W."""
ON: Mapping[str, Any] = {"charging": True, "present_since_ms": NOW - 2 * HOUR_MS, "switched_ms": NOW - HOUR_MS}

_agos = st.integers(0, 4 * HOUR_MS).map(lambda ago: NOW - ago)
_limits = st.builds(ChargeLimits, draw_mw=st.integers(1_000, 12_000), capacity_mwh=st.none() | st.just(11_000))
_bays = st.builds(
    DockedBay,
    bay=st.just(""),
    present=st.sampled_from([True, True, True, False]),
    present_since_ms=_agos,
    charging=st.booleans(),
    switched_ms=st.none() | _agos,
    was=st.none() | st.sampled_from(Why),
    full_since_ms=st.none() | _agos,
    transferring=st.sampled_from([True, False, False]),
    percent=st.none() | st.floats(0, 100),
    percent_ms=_agos,
    current_ma=st.none() | st.integers(0, 2_500),
    voltage_mv=st.none() | st.integers(4_500, 5_500),
    temperature_c=st.none() | st.floats(15, 40) | st.floats(-10, 60),
    needed_by_ms=st.none() | st.integers(NOW - HOUR_MS, NOW + 30 * HOUR_MS),
    target_percent=st.integers(50, 100),
    limits=_limits,
)
any_dock = st.lists(_bays, max_size=12).map(
    lambda bays: [replace(bay, bay=f"{place:02}") for place, bay in enumerate(bays)]
)
_alike = st.lists(st.floats(40, 42), min_size=4, max_size=8).map(
    lambda percents: [
        DockedBay(bay=f"{place}", present_since_ms=NOW, percent=percent) for place, percent in enumerate(percents)
    ]
)
"""Nobody among them is clearly in greater need."""
any_supply = st.builds(
    Supply,
    budget_mw=st.integers(3_000, 60_000),
    inrush_mw=st.integers(0, 5_000),
    gap_ms=st.integers(1, 30_000),
    switched_on_ms=st.sampled_from([None, None, NOW - 31_000, NOW - 15_000, NOW]),
    failing=st.sampled_from([False] * 7 + [True]),
    back_ms=st.sampled_from([None, None, NOW - QUIET_MS, NOW - 1]),
)


def _started(plan: ChargingPlan, bays: Sequence[DockedBay]) -> set[str]:
    return {bay.bay for bay in bays if not bay.charging and bay.bay in plan.on}


def _in_gap(supply: Supply, now_ms: int) -> bool:
    return supply.switched_on_ms is not None and now_ms - supply.switched_on_ms < supply.gap_ms


def _driven(
    bays: Sequence[DockedBay], supply: Supply, plan: ChargingPlan, now_ms: int
) -> tuple[list[DockedBay], Supply]:
    """As they are once the plan is carried out."""
    after = []
    for bay in bays:
        on = bay.bay in plan.on
        switched_ms = bay.switched_ms if on == bay.charging else now_ms
        was, full_since_ms = plan.why[bay.bay], plan.full_since_ms.get(bay.bay)
        after.append(replace(bay, charging=on, switched_ms=switched_ms, was=was, full_since_ms=full_since_ms))
    return after, replace(supply, switched_on_ms=now_ms) if _started(plan, bays) else supply


@settings(max_examples=200)
@given(any_dock, any_supply)
def test_no_plan_exceeds_the_budget(bays: list[DockedBay], supply: Supply) -> None:
    """Only bays in transfer may, and then nothing else is on, and it is said by how much."""
    plan = charging_plan(bays, supply, NOW)
    on_mw = sum(counted_mw(bay, NOW) for bay in bays if bay.bay in plan.on)
    inrush_mw = supply.inrush_mw if _started(plan, bays) or _in_gap(supply, NOW) else 0
    assert plan.counted_mw == on_mw
    assert plan.over_budget_mw == max(0, on_mw + inrush_mw - supply.budget_mw)
    if plan.over_budget_mw:
        assert not _started(plan, bays)
        assert all(bay.transferring for bay in bays if bay.bay in plan.on)


@given(any_dock, any_supply)
def test_no_transfer_loses_its_power(bays: list[DockedBay], supply: Supply) -> None:
    plan = charging_plan(bays, supply, NOW)
    assert plan.on >= {bay.bay for bay in bays if bay.present and bay.transferring and bay.charging}


@given(any_dock, any_supply)
def test_switch_ons_are_staggered(bays: list[DockedBay], supply: Supply) -> None:
    started = _started(charging_plan(bays, supply, NOW), bays)
    quiet = supply.back_ms is not None and NOW - supply.back_ms < QUIET_MS
    assert len(started) <= (0 if _in_gap(supply, NOW) or supply.failing or quiet else 1)


def test_a_bay_starts_only_where_its_inrush_fits_too() -> None:
    charging, waiting = _bay("a", **ON), _bay("b")
    assert _why(charging, waiting)["b"] is Why.CHARGING
    assert _why(charging, waiting, supply=replace(SUPPLY, budget_mw=12_000))["b"] is Why.WAITS_FOR_POWER
    in_gap = replace(SUPPLY, budget_mw=11_000, switched_on_ms=NOW - GAP_MS + 1)
    assert _why(charging, replace(charging, bay="b"), supply=in_gap)["b"] is Why.WAITS_FOR_POWER
    assert _why(charging, replace(charging, bay="b"), supply=replace(in_gap, switched_on_ms=None))["b"] is Why.CHARGING


def test_with_power_for_all_they_are_still_switched_on_one_by_one() -> None:
    bays = [_bay(name) for name in "abcd"]
    plan = charging_plan(bays, replace(SUPPLY, budget_mw=90_000), NOW)
    assert plan.why == {"a": Why.CHARGING, **dict.fromkeys("bcd", Why.WAITS_ITS_TURN)}
    assert plan.look_again_ms == NOW + GAP_MS


@given(any_dock, any_supply, st.randoms(use_true_random=False))
def test_the_same_dock_has_the_same_plan(bays: list[DockedBay], supply: Supply, rng: Random) -> None:
    plan = charging_plan(bays, supply, NOW)
    shuffled = rng.sample(bays, len(bays))
    assert charging_plan(shuffled, supply, NOW) == plan
    assert set(plan.why) == {bay.bay for bay in bays}
    assert NOW < plan.look_again_ms <= NOW + LOOK_MS_MAX


@given(any_dock, any_supply)
def test_a_plan_that_was_carried_out_is_the_plan(bays: list[DockedBay], supply: Supply) -> None:
    plan = charging_plan(bays, supply, NOW)
    after, later = _driven(bays, supply, plan, NOW)
    assert charging_plan(after, later, NOW).on == plan.on


@st.composite
def _hungry(draw: st.DrawFn) -> tuple[list[DockedBay], Supply]:
    """Batteries that never fill, in a dock with room for one at least."""
    limits = [ChargeLimits(draw_mw=draw(st.integers(2_000, 9_000))) for _ in range(draw(st.integers(2, 7)))]
    bays = [
        DockedBay(
            bay=f"{place}",
            present_since_ms=NOW,
            percent=draw(st.none() | st.floats(0, 90)),
            needed_by_ms=draw(st.none() | st.integers(NOW, NOW + 12 * HOUR_MS)),
            limits=limit,
        )
        for place, limit in enumerate(limits)
    ]
    budget_mw = max(limit.draw_mw for limit in limits) + 2_500 + draw(st.integers(0, 12_000))
    return bays, replace(SUPPLY, budget_mw=budget_mw)


@settings(max_examples=30)
@given(_hungry())
def test_nobody_starves(dock: tuple[list[DockedBay], Supply]) -> None:
    """Even if no battery ever fills, each has its turn."""
    bays, supply = dock
    bound_ms = PATIENCE_MS + len(bays) * (ON_MS_MIN + 2 * LOOK_MS_MAX)
    now_ms = NOW
    while now_ms < NOW + 10 * HOUR_MS:
        plan = charging_plan(bays, supply, now_ms)
        bays, supply = _driven(bays, supply, plan, now_ms)
        for bay in bays:
            assert bay.charging or now_ms - (bay.switched_ms or bay.present_since_ms) <= bound_ms
        now_ms = plan.look_again_ms


@settings(max_examples=30)
@given(any_dock | _alike, st.integers(0, 2**32))
def test_what_is_measured_with_noise_switches_nothing_to_and_fro(bays: list[DockedBay], seed: int) -> None:
    """A dock that stands still, read again and again: after it has settled, no bay goes on and off again and again."""
    bays = [replace(bay, charging=False, switched_ms=None, present_since_ms=NOW, needed_by_ms=None) for bay in bays]
    now_ms, supply, rng = NOW, replace(SUPPLY, budget_mw=25_000), Random(seed)
    truth = {bay.bay: bay for bay in bays}
    switched = dict.fromkeys(truth, 0)
    while now_ms < NOW + PATIENCE_MS:
        noisy = [_with_noise(bay, truth[bay.bay], rng, now_ms) for bay in bays]
        plan = charging_plan(noisy, supply, now_ms)
        for bay in noisy:
            on_ms = now_ms - (bay.switched_ms or 0)
            if now_ms >= NOW + HOUR_MS // 2:
                switched[bay.bay] += bay.charging != (bay.bay in plan.on)
            if bay.charging and plan.why[bay.bay] is Why.WAITS_FOR_POWER:
                assert on_ms >= ON_MS_MIN
            if not bay.charging and plan.why[bay.bay] is Why.CHARGING and bay.switched_ms is not None:
                assert on_ms >= OFF_MS_MIN
        bays, supply = _driven(noisy, supply, plan, now_ms)
        now_ms = plan.look_again_ms
    assert max(switched.values(), default=0) <= 2


def _with_noise(bay: DockedBay, truth: DockedBay, rng: Random, now_ms: int) -> DockedBay:
    draws = truth.limits.draw_mw / 5 * min(1.0, (100 - (truth.percent or 0)) / 30)
    return replace(
        bay,
        transferring=False,
        percent=None if truth.percent is None else truth.percent + rng.uniform(-1, 1),
        percent_ms=now_ms,
        current_ma=round(draws * rng.uniform(0.98, 1.02)),
        voltage_mv=5_000,
        temperature_c=None if truth.temperature_c is None else truth.temperature_c + rng.uniform(-1, 1),
    )


def _bay(name: str, **more: Any) -> DockedBay:
    return DockedBay(bay=name, **{"present_since_ms": NOW - 5 * MINUTE_MS, **more})


def _why(*bays: DockedBay, supply: Supply = SUPPLY) -> Mapping[str, Why]:
    return charging_plan(bays, supply, NOW).why


def _first(*bays: DockedBay) -> str:
    """Who is switched on first."""
    (first,) = charging_plan(bays, SUPPLY, NOW).on
    return first


def test_who_is_needed_next_comes_first_then_the_lowest() -> None:
    low = _bay("low", percent=10)
    needed = _bay("needed", percent=60, needed_by_ms=NOW + 3 * HOUR_MS)
    later = _bay("later", percent=60, needed_by_ms=NOW + 9 * HOUR_MS)
    assert _first(low, later, needed) == "needed"
    assert _first(low, later) == "later"
    assert _first(low, _bay("high", percent=40)) == "low"
    assert _first(low, _bay("silent")) == "silent"


def test_another_need_takes_a_place_only_where_it_is_clearly_greater() -> None:
    a, b = _bay("a", percent=50, **ON), _bay("b", percent=50, **ON)
    assert _why(a, b, _bay("c", percent=45))["c"] is Why.WAITS_FOR_POWER
    displaced = _why(a, b, _bay("c", percent=20))
    assert displaced["c"] is Why.CHARGING
    assert sorted(displaced.values(), key=str) == sorted([Why.CHARGING, Why.CHARGING, Why.WAITS_FOR_POWER], key=str)
    begun = replace(b, switched_ms=NOW - ON_MS_MIN + 1)
    held = _why(replace(a, switched_ms=NOW - ON_MS_MIN + 1), begun, _bay("c", percent=20))
    assert held["c"] is Why.WAITS_FOR_POWER


def test_a_transfer_without_power_comes_before_all_others() -> None:
    begun: Mapping[str, Any] = {"charging": True, "switched_ms": NOW - MINUTE_MS, "percent": 5.0}
    why = _why(_bay("a", **begun), _bay("b", **begun), _bay("c", percent=90, transferring=True))
    assert why["c"] is Why.TRANSFERRING
    assert list(why.values()).count(Why.WAITS_FOR_POWER) == 1


def test_transfers_over_budget_are_kept_and_told() -> None:
    transfers = [_bay(name, transferring=True, temperature_c=50, **ON) for name in "abc"]
    plan = charging_plan([*transfers, _bay("d", **ON)], SUPPLY, NOW)
    assert plan.on == {"a", "b", "c"}
    assert plan.over_budget_mw == 2_000


def test_what_was_too_hot_must_cool_down_clearly() -> None:
    assert _why(_bay("a", temperature_c=45.0, **ON))["a"] is Why.TOO_HOT
    assert _why(_bay("a", temperature_c=44.0))["a"] is Why.CHARGING
    assert _why(_bay("a", temperature_c=44.0, was=Why.TOO_HOT))["a"] is Why.TOO_HOT
    assert _why(_bay("a", temperature_c=39.9, was=Why.TOO_HOT))["a"] is Why.CHARGING
    assert _why(_bay("a", temperature_c=-1.0))["a"] is Why.TOO_COLD
    assert _why(_bay("a", temperature_c=1.0, was=Why.TOO_COLD))["a"] is Why.TOO_COLD


def test_full_stays_full_until_a_good_deal_is_gone() -> None:
    full = _bay("a", percent=100, percent_ms=NOW, **ON)
    assert _why(full)["a"] is Why.FULL
    rested = replace(full, charging=False, was=Why.FULL, percent=96.0)
    assert _why(rested)["a"] is Why.FULL
    assert _why(replace(rested, percent=95.0))["a"] is Why.CHARGING
    assert _why(_bay("a", percent=96.0, percent_ms=NOW))["a"] is Why.CHARGING


def test_a_camera_that_tells_no_percentage_is_full_when_it_draws_nothing_for_long() -> None:
    silent = _bay("a", current_ma=40, voltage_mv=5_000, **ON)
    assert _why(silent)["a"] is Why.FULL
    assert _why(replace(silent, current_ma=400))["a"] is Why.CHARGING
    assert _why(replace(silent, switched_ms=NOW - MINUTE_MS))["a"] is Why.CHARGING
    off = replace(silent, charging=False, was=Why.FULL, current_ma=0)
    assert _why(off)["a"] is Why.FULL
    assert _why(replace(off, present_since_ms=NOW - 9 * HOUR_MS, switched_ms=NOW - 8 * HOUR_MS))["a"] is Why.CHARGING
    stale = replace(silent, percent=60.0, percent_ms=NOW - HOUR_MS)
    assert _why(stale)["a"] is Why.FULL


def test_a_tapering_battery_leaves_room_for_another() -> None:
    tapering = {**ON, "percent": 92.0, "percent_ms": NOW, "current_ma": 200, "voltage_mv": 5_000}
    bays = [_bay("a", **tapering), _bay("b", **tapering), _bay("c", percent=95)]
    assert set(_why(*bays).values()) == {Why.CHARGING}
    risen = [replace(bay, current_ma=1_000) for bay in bays[:2]]
    assert _why(*risen, bays[2])["c"] is Why.WAITS_FOR_POWER
    assert counted_mw(replace(bays[0], transferring=True), NOW) == 5_000
    assert counted_mw(replace(bays[0], percent=60.0), NOW) == 5_000


def test_a_bay_that_can_never_fit_says_so_and_holds_up_nobody() -> None:
    big = _bay("big", limits=ChargeLimits(draw_mw=12_000), present_since_ms=NOW - 9 * HOUR_MS)
    why = _why(big, _bay("small", percent=50))
    assert why == {"big": Why.NEVER_FITS, "small": Why.CHARGING}


def test_a_large_one_that_waited_too_long_is_not_kept_out_by_small_ones() -> None:
    big = _bay("big", limits=ChargeLimits(draw_mw=9_000), present_since_ms=NOW - PATIENCE_MS)
    begun = _bay("begun", charging=True, switched_ms=NOW - MINUTE_MS)
    small = _bay("small", limits=ChargeLimits(draw_mw=2_000), needed_by_ms=NOW)
    assert _why(big, begun, small)["small"] is Why.WAITS_FOR_POWER
    assert _why(replace(big, present_since_ms=NOW - HOUR_MS), begun, small)["small"] is Why.CHARGING


def test_after_a_brown_out_all_start_again_one_by_one_by_need() -> None:
    bays = [_bay(f"{place}", percent=10 + 20 * place, **ON) for place in range(4)]
    bays.append(_bay("read", transferring=True, **ON))
    supply = replace(SUPPLY, budget_mw=40_000, failing=True)
    plan = charging_plan(bays, supply, NOW)
    assert plan.on == {"read"}
    bays, supply = _driven(bays, supply, plan, NOW)
    supply, now_ms, order = replace(supply, failing=False, back_ms=NOW + 1_000), NOW + 1_000, []
    plan = charging_plan(bays, supply, now_ms)
    assert plan.on == {"read"}
    assert set(plan.why.values()) == {Why.TRANSFERRING, Why.POWER_FAILED}
    assert plan.look_again_ms == now_ms + QUIET_MS
    while now_ms < NOW + 10 * MINUTE_MS:
        order += [(name, now_ms) for name in _started(plan, bays)]
        bays, supply = _driven(bays, supply, plan, now_ms)
        now_ms = plan.look_again_ms
        plan = charging_plan(bays, supply, now_ms)
    assert [name for name, _ in order] == ["0", "1", "2", "3"]
    times = [at_ms for _, at_ms in order]
    assert all(later - sooner >= GAP_MS for sooner, later in pairwise(times))


def test_an_empty_bay_has_no_power() -> None:
    assert _why(_bay("a", present=False, transferring=True, **ON)) == {"a": Why.EMPTY}


@pytest.mark.parametrize("seed", range(3))
def test_a_simulated_dock_keeps_to_its_watts_and_all_become_ready(seed: int) -> None:
    rng = Random(seed)
    cameras = {
        f"{place}": Camera(
            Cell(charge=rng.uniform(0, 0.9), ohm=rng.uniform(0.2, 0.4)),
            rng.choice([None, 4 * HOUR_MS]),
            rng.choice([0, HOUR_MS]),
            tells_percent=rng.random() < 0.8,
        )
        for place in range(8)
    }
    failures = [(HOUR_MS, HOUR_MS + MINUTE_MS), (2 * HOUR_MS, 2 * HOUR_MS + 20_000)]
    dock = Dock(cameras, replace(SUPPLY, budget_mw=25_000, gap_ms=10_000), charging_plan, failures, seed)
    dock.run(14, lambda dock: dock.ready(list(cameras)))
    assert dock.ready(list(cameras))
    assert dock.most_mw <= 25_000
    assert max(dock.waited_ms.values()) <= PATIENCE_MS + 8 * (ON_MS_MIN + 2 * LOOK_MS_MAX)
