"""Promise: whatever comes and goes in a dock, charging keeps to its watts, starves nobody and does not flap."""

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from station.bays.charging_plan import LOOK_MS_MAX, OFF_MS_MIN, ON_MS_MIN, PATIENCE_MS, QUIET_MS, charging_plan
from station.bays.docked_bay import Supply
from tests.charging_dock import HOUR_MS, LIMITS, MINUTE_MS, STEP_MS, Camera, Cell, Dock

HOURS = 9
SUPPLY = Supply(budget_mw=0, inrush_mw=2_500, gap_ms=STEP_MS)
ONE_MORE_MW = LIMITS.draw_mw + SUPPLY.inrush_mw + 500
SWITCHED_AN_HOUR_MAX = 2 * HOUR_MS // (ON_MS_MIN + OFF_MS_MIN)
"""No more than the plan's own waits allow; most bays are switched once or twice."""


def _steps(least_ms: int, most_ms: int) -> st.SearchStrategy[int]:
    return st.integers(least_ms // STEP_MS, most_ms // STEP_MS).map(lambda steps: steps * STEP_MS)


@st.composite
def _cameras(draw: st.DrawFn) -> Camera:
    celsius, from_ms = draw(st.sampled_from([5.0, 20.0])), draw(st.just(0) | _steps(0, 3 * HOUR_MS))
    return Camera(
        Cell(
            charge=draw(st.floats(0, 1)),
            capacity_ah=draw(st.floats(1.5, 3.2)),
            ohm=draw(st.floats(0.15, 0.5)),
            ambient_c=celsius,
            celsius=celsius,
        ),
        needed_by_ms=draw(st.none() | _steps(HOUR_MS, 12 * HOUR_MS)),
        transfer_until_ms=from_ms + draw(st.just(0) | _steps(0, 2 * HOUR_MS)),
        tells_percent=draw(st.booleans()),
        asked_every_ms=draw(st.sampled_from([0, 10 * MINUTE_MS])),
        asked_until=draw(st.sampled_from([90, 100, 101])),
        standby_watt=draw(st.sampled_from([0.0, 0.2, 1.2, 1.2])),
        from_ms=from_ms,
        until_ms=draw(st.none() | st.none() | _steps(HOUR_MS, 6 * HOUR_MS).map(lambda stay_ms: from_ms + stay_ms)),
    )


def _like_others(camera: Camera) -> Camera:
    cell = dataclasses.replace(camera.cell, charge=0.3 + camera.cell.charge / 50)
    return dataclasses.replace(camera, cell=cell, needed_by_ms=None, transfer_until_ms=0, from_ms=0, until_ms=None)


@st.composite
def _docks(draw: st.DrawFn) -> Dock:
    """With room for one more than all that transfer. In some, nobody is clearly in greater need than another."""
    cameras = {f"{place:02}": camera for place, camera in enumerate(draw(st.lists(_cameras(), min_size=3, max_size=9)))}
    if draw(st.booleans()):
        cameras = {name: _like_others(camera) for name, camera in cameras.items()}
    transfers = sum(camera.transfer_until_ms > camera.from_ms for camera in cameras.values())
    spare_mw = draw(st.sampled_from([0, 0, 1, 3])) * LIMITS.draw_mw + draw(st.sampled_from([0, 2_200, 3_000, 4_000]))
    budget_mw = transfers * LIMITS.draw_mw + ONE_MORE_MW + spare_mw
    begins = draw(st.lists(_steps(HOUR_MS, 7 * HOUR_MS), max_size=2, unique=True))
    failures = [(begin_ms, begin_ms + draw(_steps(STEP_MS, 10 * MINUTE_MS))) for begin_ms in begins]
    seed = draw(st.integers(0, 2**32))
    return Dock(cameras, replace(SUPPLY, budget_mw=budget_mw), charging_plan, failures, seed)


def _keeps_to_its_watts(dock: Dock) -> None:
    """What is drawn, each ten seconds, with inrush; not what was counted."""
    assert dock.most_mw <= dock.supply.budget_mw


def _starves_nobody(dock: Dock) -> None:
    away_ms = sum(end_ms - begin_ms + QUIET_MS for begin_ms, end_ms in dock.failures)
    turns_ms = len(dock.cameras) * (ON_MS_MIN + LOOK_MS_MAX)
    assert max(dock.waited_ms.values()) <= PATIENCE_MS + away_ms + turns_ms


def _is_stable(dock: Dock) -> None:
    """No bay is switched more than so often in any hour, and once more whenever mains came back."""
    most = SWITCHED_AN_HOUR_MAX + len(dock.failures)
    for bay in dock.cameras:
        times = [at_ms for at_ms, name in dock.switched if name == bay]
        for first, last in zip(times, times[most:], strict=False):
            assert last - first >= HOUR_MS


@pytest.mark.parametrize("holds", [_keeps_to_its_watts, _starves_nobody, _is_stable])
@settings(max_examples=25)
@given(dock=_docks())
def test_in_every_history(holds: Callable[[Dock], None], dock: Dock) -> None:
    """Cameras come and go, transfer, stand by or record, tell old percentages or none; mains fails."""
    dock.run(HOURS)
    holds(dock)


def test_heat_switches_no_bay_more_often_than_it_can_cool() -> None:
    hot = {f"{place}": Camera(Cell(0.1, ambient_c=36, celsius=36), standby_watt=1.0) for place in range(4)}
    dock = Dock(hot, replace(SUPPLY, budget_mw=40_000), charging_plan)
    dock.run(HOURS)
    assert len(dock.switched) > 10 * len(hot)
    _is_stable(dock)
