"""Time until all needed cameras are ready: our charging plan beside round-robin, same dock, same batteries.

The batteries are the simple ones of tests/charging_dock.py. Round-robin goes on to the next bay every 15 minutes,
skips the empty and the full, keeps transfers powered, staggers its switch-ons and counts watts as ours does. It asks
neither who is needed nor how warm a camera is. Stated are medians over draws of charge, age and resistance.
"""

from collections.abc import Sequence
from random import Random
from statistics import median, median_low
from typing import NamedTuple

from hardware.wiring import START_SPARE_MILLIWATTS
from station.bays.charging_plan import charging_plan, counted_mw, is_full
from station.bays.docked_bay import ChargingPlan, DockedBay, Supply, Why
from tests.charging_dock import HOUR_MS, MINUTE_MS, STEP_MS, Camera, Cell, Chooser, Dock

SEEDS = range(5)
_TURN_MS = 15 * MINUTE_MS
_HOURS_MAX = 24


class RoundRobin:
    """Whoever was on longest goes when another waits; whoever waited longest comes."""

    def __call__(self, bays: Sequence[DockedBay], supply: Supply, now_ms: int) -> ChargingPlan:
        wishing = [bay for bay in bays if not supply.failing and (bay.transferring or not is_full(bay, now_ms))]
        on = {bay.bay: bay for bay in wishing if bay.charging}
        waiting = sorted((bay for bay in wishing if not bay.charging), key=lambda bay: (bay.switched_ms or 0, bay.bay))
        gap = supply.switched_on_ms is not None and now_ms - supply.switched_on_ms < supply.gap_ms
        if waiting and not gap:
            first = waiting[0]
            room_mw = supply.budget_mw - supply.inrush_mw - START_SPARE_MILLIWATTS - counted_mw(first, now_ms)
            for bay in sorted(on.values(), key=lambda bay: bay.switched_ms or 0):
                full = sum(counted_mw(other, now_ms) for other in on.values()) > room_mw
                if full and not bay.transferring and now_ms - (bay.switched_ms or 0) >= _TURN_MS:
                    del on[bay.bay]
            if sum(counted_mw(other, now_ms) for other in on.values()) <= room_mw:
                on[first.bay] = first
        why = {bay.bay: Why.CHARGING if bay.bay in on else Why.WAITS_FOR_POWER for bay in bays}
        for bay in bays:
            if not bay.transferring and is_full(bay, now_ms):
                why[bay.bay] = Why.FULL
        return ChargingPlan(frozenset(on), why, now_ms + STEP_MS, 0, 0, {})


class Scenario(NamedTuple):
    name: str
    bays: int
    needed_hours: Sequence[float | None]
    """By bay, over and over; None: nobody needs it."""
    budget_mw: int
    transfer_minutes: int = 0
    failures: Sequence[tuple[int, int]] = ()
    ambient_c: float = 25.0
    lowest: float = 0.05
    highest: float = 0.6


SCENARIOS = (
    Scenario("8 bays, all needed, 20 W", 8, [4.0], 20_000),
    Scenario("16 bays, all needed, 40 W", 16, [4.0], 40_000),
    Scenario("16 bays, every third needed, 40 W", 16, [3.0, None, None], 40_000),
    Scenario("16 bays, two shifts, 40 W", 16, [3.0, 9.0], 40_000),
    Scenario("30 bays, every second needed, 60 W", 30, [5.0, None], 60_000),
    Scenario("30 bays, all in transfer for an hour, 60 W", 30, [5.0, None], 60_000, transfer_minutes=60),
    Scenario(
        "16 bays, two brown-outs, 40 W",
        16,
        [4.0, None],
        40_000,
        failures=((HOUR_MS, HOUR_MS + MINUTE_MS), (2 * HOUR_MS, 2 * HOUR_MS + 5 * MINUTE_MS)),
    ),
    Scenario("16 bays at 38 °C, every second needed, 40 W", 16, [4.0, None], 40_000, ambient_c=38.0),
    Scenario("16 bays, power for all, 100 W", 16, [4.0], 100_000),
)


class Outcome(NamedTuple):
    hours: float
    """Until all needed cameras were ready."""
    late: int
    """Needed cameras that were not ready when they were needed."""
    switched: int
    most_w: float
    """With inrush."""


def run() -> None:
    print(f"\ntime until all needed cameras are ready, in simulated cells; medians of {len(SEEDS)} draws")
    for scenario in SCENARIOS:
        ours = _middle([_play(scenario, seed, charging_plan) for seed in SEEDS])
        peer = _middle([_play(scenario, seed, RoundRobin()) for seed in SEEDS])
        print(
            f"  {scenario.name:44} ours {ours.hours:5.2f} h, round-robin {peer.hours:5.2f} h,"
            f" ratio {peer.hours / ours.hours:4.2f}; late {ours.late} and {peer.late};"
            f" switched {ours.switched} and {peer.switched} times;"
            f" most {ours.most_w:.1f} and {peer.most_w:.1f} of {scenario.budget_mw / 1_000:.0f} W"
        )


def _middle(outcomes: Sequence[Outcome]) -> Outcome:
    """The median of each, but of the watts the most."""
    hours, late, switched, most_w = zip(*outcomes, strict=True)
    return Outcome(median(hours), median_low(late), median_low(switched), max(most_w))


def _play(scenario: Scenario, seed: int, choose: Chooser) -> Outcome:
    rng = Random(seed)
    cameras = {}
    for place in range(scenario.bays):
        hours = scenario.needed_hours[place % len(scenario.needed_hours)]
        cell = Cell(
            charge=rng.uniform(scenario.lowest, scenario.highest),
            capacity_ah=2.9 * rng.uniform(0.75, 1.0),
            ohm=0.25 * rng.uniform(0.8, 1.6),
            ambient_c=scenario.ambient_c,
            celsius=scenario.ambient_c,
        )
        needed_by_ms = None if hours is None else int(hours * HOUR_MS)
        cameras[f"{place + 1:02}"] = Camera(cell, needed_by_ms, scenario.transfer_minutes * MINUTE_MS)
    needed = [name for name, camera in cameras.items() if camera.needed_by_ms is not None]
    supply = Supply(budget_mw=scenario.budget_mw, inrush_mw=2_500, gap_ms=STEP_MS)
    dock = Dock(cameras, supply, choose, scenario.failures, seed)
    dock.run(_HOURS_MAX, lambda dock: dock.ready(needed))
    late = sum(dock.ready_ms.get(name, dock.now_ms) > (cameras[name].needed_by_ms or 0) for name in needed)
    return Outcome(dock.now_ms / HOUR_MS, late, len(dock.switched), dock.most_mw / 1_000)


if __name__ == "__main__":
    run()
