"""Promise: a full camera rests on its charger until it is seen what it draws for itself, and costs nobody power."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from station.bays.battery_evidence import evidence
from station.bays.battery_given import Sample
from station.bays.charging_plan import REST_MS, charging_plan
from station.bays.docked_bay import DockedBay, Supply, Why
from station.bays.ready_at import ReadyAt, ready_at
from tests.charging_cells import BATTERY, FLAT, METER, STANDBY_MA, TRUE, Cell, Visit, docked, known
from tests.charging_dock import HOUR_MS, LIMITS, MINUTE_MS, Camera, Dock
from tests.charging_dock import Cell as DockCell
from tests.test_charging_plan import any_dock, any_supply

NOW = 100 * HOUR_MS
SUPPLY = Supply(budget_mw=13_000, inrush_mw=2_000, gap_ms=5_000)
FULL: Mapping[str, Any] = {"percent": 100, "percent_ms": NOW, "current_ma": 60, "voltage_mv": 5_000}


def _full(name: str = "a", **more: Any) -> DockedBay:
    on = {"charging": True, "present_since_ms": NOW - 5 * HOUR_MS, "switched_ms": NOW - 3 * HOUR_MS}
    return DockedBay(bay=name, **{**on, **FULL, **more})


def _rests(bay: DockedBay, *others: DockedBay, supply: Supply = SUPPLY) -> bool:
    plan = charging_plan([bay, *others], supply, NOW)
    assert plan.why[bay.bay] is Why.FULL
    return bay.bay in plan.on


def test_it_stays_on_for_the_rest_and_no_longer() -> None:
    begins = charging_plan([_full()], SUPPLY, NOW)
    assert begins.on == {"a"}
    assert begins.full_since_ms == {"a": NOW}
    assert _rests(_full(full_since_ms=NOW - REST_MS + 1))
    ended = _full(full_since_ms=NOW - REST_MS)
    assert not _rests(ended)
    assert not _rests(replace(ended, charging=False, was=Why.FULL, full_since_ms=None))


def test_it_is_ready_while_it_rests() -> None:
    resting = replace(_full(full_since_ms=NOW - MINUTE_MS), limits=LIMITS)
    assert ready_at([resting], SUPPLY, NOW)["a"] == ReadyAt(NOW, NOW, NOW)


def test_it_yields_to_whoever_waits_for_power_even_when_it_was_just_switched_on() -> None:
    resting = _full(full_since_ms=NOW - MINUTE_MS, switched_ms=NOW - MINUTE_MS)
    charging = _full("b", percent=30, switched_ms=NOW - HOUR_MS)
    waits = DockedBay(bay="c", present_since_ms=NOW - MINUTE_MS, percent=90, percent_ms=NOW)
    assert _rests(resting, charging, waits, supply=replace(SUPPLY, budget_mw=18_000))
    assert not _rests(resting, charging, waits)
    assert charging_plan([resting, charging, waits], SUPPLY, NOW).why["c"] is Why.CHARGING


@settings(max_examples=200)
@given(any_dock, any_supply, st.sets(st.integers(0, 11)))
def test_who_rests_costs_nobody_anything(bays: Sequence[DockedBay], supply: Supply, full: set[int]) -> None:
    """The others get what they would get if the bays that rest were empty."""
    bays = [
        replace(bay, transferring=False, charging=True, target_percent=100, **FULL) if place in full else bay
        for place, bay in enumerate(bays)
    ]
    plan = charging_plan(bays, supply, NOW)
    rest = {bay.bay for bay in bays if bay.charging and plan.why[bay.bay] is Why.FULL}
    without = charging_plan([bay for bay in bays if bay.bay not in rest], supply, NOW)
    assert plan.on - rest == without.on
    assert {bay: why for bay, why in plan.why.items() if bay not in rest} == without.why


def test_a_percentage_less_does_not_begin_the_rest_anew_and_a_good_deal_less_ends_it() -> None:
    since: Mapping[str, Any] = {"full_since_ms": NOW - MINUTE_MS}
    assert charging_plan([_full(percent=99, **since)], SUPPLY, NOW).full_since_ms == {"a": NOW - MINUTE_MS}
    less = charging_plan([_full(percent=95, **since)], SUPPLY, NOW)
    assert less.why["a"] is Why.CHARGING
    assert not less.full_since_ms


def test_the_rest_begins_when_the_transfer_has_ended() -> None:
    transfers = charging_plan([_full(transferring=True, full_since_ms=NOW - HOUR_MS)], SUPPLY, NOW)
    assert transfers.why["a"] is Why.TRANSFERRING
    assert not transfers.full_since_ms


def test_without_a_percentage_it_rests_once_it_draws_nothing() -> None:
    silent = _full(percent=None, current_ma=45)
    assert _rests(silent)
    assert _rests(replace(silent, full_since_ms=NOW - MINUTE_MS, current_ma=55))
    assert charging_plan([replace(silent, current_ma=55)], SUPPLY, NOW).why["a"] is Why.CHARGING


def test_a_camera_that_is_not_asked_again_once_high_is_full_until_nobody_can_know() -> None:
    said_long_ago = _full(percent_ms=NOW - 2 * HOUR_MS, current_ma=400, full_since_ms=NOW - REST_MS)
    assert not _rests(said_long_ago)
    off: Mapping[str, Any] = {"charging": False, "was": Why.FULL, "current_ma": 0}
    assert not _rests(_full(**off, switched_ms=NOW - 7 * HOUR_MS, percent_ms=NOW - 9 * HOUR_MS))
    unheard = _full(**off, switched_ms=NOW - 8 * HOUR_MS, percent_ms=NOW - 9 * HOUR_MS, present_since_ms=0)
    plan = charging_plan([unheard], SUPPLY, NOW)
    assert plan.why["a"] is Why.CHARGING
    again = replace(unheard, charging=True, switched_ms=NOW - MINUTE_MS, was=Why.CHARGING)
    assert charging_plan([again], SUPPLY, NOW).why["a"] is Why.CHARGING


def test_in_a_simulated_dock_each_has_its_whole_rest_where_there_is_power_for_it() -> None:
    cameras = {f"{place}": Camera(DockCell(0.5 + place / 10), standby_watt=0.2) for place in range(4)}
    dock = Dock(cameras, replace(SUPPLY, budget_mw=40_000), charging_plan)
    dock.run(8)
    for name in cameras:
        _, off_ms = (at_ms for at_ms, each in dock.switched if each == name)
        assert REST_MS <= off_ms - dock.ready_ms[name] <= REST_MS + 3 * MINUTE_MS


@pytest.mark.parametrize("says_full_at", [100, 99, 98])
def test_after_its_rest_the_battery_can_be_judged(says_full_at: int) -> None:
    """The looks end where the plan switches the charger off, some of them long before the taper ends."""
    looks = docked(Cell(2_400), Visit(FLAT), TRUE, Random(1))
    *_, last = looks
    looks += [
        last._replace(at_ms=last.at_ms + n * MINUTE_MS, counted_mah=last.counted_mah + n * STANDBY_MA // 60)
        for n in range(1, 60)
    ]
    bay, seen = DockedBay(bay="a", present_since_ms=0, charging=True, switched_ms=0), list[Sample]()
    for look in looks:
        told = 100 if look.percent is not None and look.percent >= says_full_at else look.percent
        seen.append(look._replace(percent=told))
        if told is not None:
            bay = replace(bay, percent=told, percent_ms=look.at_ms)
        bay = replace(bay, current_ma=look.ma, voltage_mv=5_000)
        plan = charging_plan([bay], SUPPLY, look.at_ms)
        if "a" not in plan.on:
            break
        bay = replace(bay, was=plan.why["a"], full_since_ms=plan.full_since_ms.get("a"))
    assert len(seen) < len(looks)
    assert known(evidence(seen, BATTERY, METER).weighed).full_mah == pytest.approx(2_400, rel=0.02)
