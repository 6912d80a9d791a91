"""Promise: when a camera will be ready is said with what it may be off by, and not said where nobody can know."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from station.bays.charging_plan import charging_plan
from station.bays.docked_bay import ChargeLimits, DockedBay, Supply, Why
from station.bays.ready_at import ReadyAt, ready_at
from tests.charging_dock import HOUR_MS, LIMITS, MINUTE_MS, Camera, Cell, Dock

NOW = 100 * HOUR_MS
SUPPLY = Supply(budget_mw=23_000, inrush_mw=2_000, gap_ms=10_000)
"""Room for four of 5 W."""
ON: dict[str, Any] = {"charging": True, "switched_ms": NOW - HOUR_MS, "percent": 40.0}


def _bay(name: str, **more: Any) -> DockedBay:
    usual = {"present_since_ms": NOW - 2 * HOUR_MS, "percent_ms": NOW, "limits": LIMITS}
    return DockedBay(bay=name, **{**usual, **more})


def _ready(*bays: DockedBay, supply: Supply = SUPPLY) -> list[ReadyAt | None]:
    found = ready_at(bays, supply, NOW)
    return [found[bay.bay] for bay in bays]


@pytest.mark.parametrize(
    "more",
    [
        {"percent": None},
        {"limits": ChargeLimits()},
        {"present": False},
        {"current_ma": 20, "voltage_mv": 5_000},
        {"limits": ChargeLimits(draw_mw=30_000, capacity_mwh=11_000), "charging": False, "switched_ms": None},
    ],
    ids=["tells no percentage", "unknown model", "empty bay", "does not charge", "never fits"],
)
def test_nobody_knows_without_evidence(more: dict[str, Any]) -> None:
    assert _ready(_bay("a", **ON)) != [None]
    assert _ready(_bay("a", **{**ON, **more})) == [None]


def test_while_power_is_away_nobody_knows_but_of_the_full() -> None:
    full = _bay("full", percent=100.0, was=Why.FULL)
    away = _ready(full, _bay("a", **ON), supply=replace(SUPPLY, failing=True))
    assert away == [ReadyAt(NOW, NOW, NOW), None]


def test_who_waits_is_ready_later_and_less_surely() -> None:
    charging = [_bay(name, **ON, needed_by_ms=NOW + HOUR_MS) for name in "abcd"]
    first, *_, waits = _ready(*charging, _bay("e", percent=40.0))
    assert first is not None
    assert waits is not None
    assert waits.likely_ms > first.likely_ms + HOUR_MS
    assert waits.latest_ms is not None
    assert first.latest_ms is not None
    assert waits.latest_ms > first.latest_ms


def test_a_transfer_and_heat_make_it_later() -> None:
    (plain,) = _ready(_bay("a", **ON))
    (transfers,) = _ready(_bay("a", **ON, transferring=True))
    (hot,) = _ready(_bay("a", **{**ON, "charging": False}, was=Why.TOO_HOT, temperature_c=44.0))
    for later in (transfers, hot):
        assert plain is not None
        assert later is not None
        assert later.likely_ms > plain.likely_ms


_bays = st.builds(
    _bay,
    st.just(""),
    percent=st.none() | st.floats(0, 100),
    charging=st.booleans(),
    switched_ms=st.none() | st.integers(NOW - 2 * HOUR_MS, NOW),
    transferring=st.booleans(),
    current_ma=st.none() | st.integers(0, 1_000),
    voltage_mv=st.just(5_000),
    temperature_c=st.none() | st.floats(0, 50),
    needed_by_ms=st.none() | st.integers(NOW, NOW + 9 * HOUR_MS),
)


@settings(max_examples=20)
@given(st.lists(_bays, max_size=6))
def test_early_comes_before_likely_and_likely_before_late(bays: Sequence[DockedBay]) -> None:
    bays = [replace(bay, bay=f"{place}") for place, bay in enumerate(bays)]
    for ready in ready_at(bays, SUPPLY, NOW).values():
        if ready is not None:
            assert NOW <= ready.earliest_ms <= ready.likely_ms
            assert ready.latest_ms is None or ready.likely_ms <= ready.latest_ms


@pytest.mark.parametrize("seed", range(4))
def test_what_was_said_comes_true_in_a_simulated_dock(seed: int) -> None:
    """Asked every half hour; of all that was said, most came true. These cells were not made with its assumptions."""
    rng = Random(seed)
    cameras = {
        f"{place}": Camera(
            Cell(
                charge=rng.uniform(0, 0.9),
                capacity_ah=2.9 * rng.uniform(0.75, 1.0),
                ohm=rng.uniform(0.2, 0.4),
            ),
            rng.choice([None, 4 * HOUR_MS]),
            rng.choice([0, 40 * MINUTE_MS]),
        )
        for place in range(10)
    }
    dock = Dock(cameras, SUPPLY, charging_plan, seed=seed)
    said: list[tuple[str, ReadyAt]] = []
    while not dock.ready(list(cameras)):
        dock.measure()
        found = ready_at(list(dock.bays.values()), dock.supply, dock.now_ms)
        said += [(name, ready) for name, ready in found.items() if ready is not None and name not in dock.ready_ms]
        dock.run(0.5)
    late = sum(ready.latest_ms is not None and dock.ready_ms[name] > ready.latest_ms for name, ready in said)
    early = sum(dock.ready_ms[name] < ready.earliest_ms for name, ready in said)
    assert len(said) > 30
    assert late + early <= len(said) // 20
    widths = [ready.latest_ms - ready.earliest_ms for _, ready in said if ready.latest_ms is not None]
    assert len(widths) > len(said) * 9 // 10
    assert sum(widths) / len(widths) < 6 * HOUR_MS
