"""Promise: chargers come on one after the other within what the supply gives, and who is being read keeps its power.

The watch, the plan and the boards' own firmware together; only the clock stands still.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from hardware.bays import WiredBays
from hardware.gpio_bays import GpioBays
from hardware.gpio_lines import lines_of
from hardware.serial_bays import SerialBays
from hardware.simulated.boards import BoardsAtHand, show, unplug
from hardware.simulated.dock import Dock
from hardware.simulated.pins import DockPins
from hardware.wires import ForbiddenError, HostError, WireError
from hardware.wiring import BayWiring, GpioWiring, SupplyWiring
from station.bays.battery_log import BatteryLog
from station.bays.bay_history import BayHistory
from station.bays.bay_power import AtBay, BayPower
from station.bays.bay_watch import Asked, BayWatch
from station.bays.charging_plan import QUIET_MS
from station.bays.docked_bay import ChargeLimits, Why
from station.bays.sign_watch import SUPPLY as SUPPLY_TROUBLE
from station.bays.sign_watch import SignWatch
from station.bays.technician_tests import BayTests
from station.bays.waking import FIRST_MS
from station.clock import ManualClock
from station.custody.state import State
from tests.stations import START

NAMES = [str(number) for number in range(1, 7)]
BAYS = tuple(BayWiring(name, f"1-1.{name}", None, 1 + (place >= 3), place % 3) for place, name in enumerate(NAMES))
"""Three bays on each of two boards."""
DRAW_MW, INRUSH_MW, GAP_MS = 5_000, 2_500, 500
SUPPLY = SupplyWiring(watts=21, bay_milliwatts=DRAW_MW, inrush_milliwatts=INRUSH_MW, gap_ms=GAP_MS)
"""For three bays and an inrush; not for four."""
ROUNDS, ROUND_MS = 20, 100


class PoweredDock:
    """Bays on boards at hand under a watch; what custody says of them, a test says."""

    def __init__(self, folder: Path, supply: SupplyWiring = SUPPLY) -> None:
        self.dock = Dock(folder)
        self.clock = ManualClock(START)
        self.supply = supply
        self.needs_usb: set[str] = set()
        self.silent: set[str] = set()
        self.usb_fault: WireError | None = None
        self.percents: dict[str, int] = {}
        lines = lines_of(BAYS, GpioWiring())
        pins = GpioBays(lines, DockPins(self.dock, lines), lambda: 0)
        self.boards = BoardsAtHand(self.dock, BAYS)
        self.bays = WiredBays(BAYS, SerialBays(self.boards, self.boards.clock_ms), pins)
        self.well: bool | None = None
        self.bays.power_well = lambda: self.well  # type: ignore[method-assign]
        self.watch = self.new_watch()

    def new_watch(self) -> BayWatch:
        tell = lambda _observation: ()  # noqa: E731 - named for the two that take it
        asked = Asked(
            tell=tell,
            stamp=self.clock.stamp,
            locked=lambda _bay: True,
            docked=lambda _bay: None,
            on_usb=self.on_usb,
            lamp=lambda *_said: "blue",
        )
        return BayWatch(
            bays=self.bays,
            names=NAMES,
            asked=asked,
            power=BayPower(self.supply, self.at_bay),
            batteries=BatteryLog(State, {}, {}),
            signs=SignWatch(self.bays, State, tell),
            history=BayHistory({}),
            tests=BayTests(),
        )

    def on_usb(self) -> frozenset[str]:
        if self.usb_fault is not None:
            raise self.usb_fault
        return frozenset(bay for bay in NAMES if self.dock.camera_in(bay) is not None)

    def at_bay(self, bay: str) -> AtBay | None:
        if self.dock.camera_in(bay) is None:
            return None
        at_ms = self.clock.stamp().boot_ms
        limits = ChargeLimits(draw_mw=DRAW_MW, capacity_mwh=11_000)
        needs_usb, percent = bay in self.needs_usb, self.percents.get(bay)
        silent = bay in self.silent
        return AtBay(int(bay), limits, needs_usb=needs_usb, silent=silent, percent=percent, percent_ms=at_ms)

    def put(self, *bays: str) -> None:
        for bay in bays:
            self.dock.make_camera(f"T8-{bay}")
            self.dock.put(f"T8-{bay}", bay)

    def on(self) -> list[str]:
        return [bay for bay in NAMES if self.dock.charging(bay)]

    def turns(self, rounds: int = ROUNDS, step_ms: int = ROUND_MS) -> list[list[str]]:
        """What is on after each round."""
        found = []
        for _ in range(rounds):
            self.watch.turn()
            found.append(self.on())
            self.clock.advance(step_ms)
        return found

    def why(self) -> Mapping[str, Why | None]:
        return {bay: sensed.why for bay, sensed in self.watch.sensed.items()}


def most_at_once(rounds: Sequence[Sequence[str]]) -> int:
    """How many came on between two rounds."""
    return max(len(set(after) - set(before)) for before, after in pairwise(rounds))


@pytest.fixture
def powered(tmp_path: Path) -> Iterator[PoweredDock]:
    powered = PoweredDock(tmp_path)
    yield powered
    powered.bays.close()


def test_chargers_come_on_one_by_one_and_only_as_many_as_the_supply_carries(powered: PoweredDock) -> None:
    powered.put(*NAMES)
    rounds = powered.turns(60)
    assert most_at_once(rounds) == 1
    risen = [place for place, (before, after) in enumerate(pairwise(rounds)) if before != after]
    assert all(second - first >= GAP_MS // ROUND_MS for first, second in pairwise(risen))
    assert len(powered.on()) == 3
    assert [powered.why()[bay] for bay in NAMES].count(Why.WAITS_FOR_POWER) == 3


def test_without_a_limit_all_come_on_and_still_one_by_one(tmp_path: Path) -> None:
    powered = PoweredDock(tmp_path, SupplyWiring(gap_ms=GAP_MS))
    powered.put(*NAMES)
    assert most_at_once(powered.turns(60)) == 1
    assert powered.on() == NAMES


def test_a_board_that_restarted_is_not_switched_on_all_at_once(powered: PoweredDock) -> None:
    """Its chargers are off then; switched on together, they would take the whole supply down."""
    powered.put("1", "2", "3")
    powered.turns()
    assert powered.on() == ["1", "2", "3"]
    powered.boards = BoardsAtHand(powered.dock, BAYS)
    powered.bays = WiredBays(BAYS, SerialBays(powered.boards, powered.boards.clock_ms), powered.bays._pins)
    powered.watch.bays = powered.bays
    for bay in NAMES:
        powered.dock.set_charging(bay, on=False)
    rounds = powered.turns(20, step_ms=10_000)
    assert most_at_once(rounds) == 1
    assert powered.on() == ["1", "2", "3"]


def test_whoever_is_being_read_keeps_its_power_when_others_come(powered: PoweredDock) -> None:
    powered.needs_usb = {"4", "5", "6"}
    powered.put("4", "5", "6")
    powered.turns()
    powered.put("1", "2", "3")
    rounds = powered.turns(30, step_ms=60_000)
    assert all(on == ["4", "5", "6"] for on in rounds)
    powered.needs_usb = set()
    powered.percents = dict.fromkeys(["4", "5", "6"], 100)
    powered.turns(30, step_ms=60_000)
    assert powered.on() == ["1", "2", "3"]


def test_a_board_that_does_not_answer_goes_on_drawing_and_is_counted(powered: PoweredDock) -> None:
    powered.put("4", "5")
    powered.turns()
    unplug(powered.dock, 2)
    powered.turns()
    powered.put("1", "2", "3")
    powered.turns(100)
    assert [bay for bay in powered.on() if bay in {"1", "2", "3"}] == ["1"], "two draw where nobody hears"
    assert set(powered.watch.troubles) == {"4", "5", "6"}


def test_a_failing_supply_switches_off_whoever_can_wait_and_rests_when_it_is_back(powered: PoweredDock) -> None:
    powered.needs_usb = {"2"}
    powered.put("1", "2", "3")
    powered.turns()
    powered.well = False
    powered.turns(3)
    assert powered.on() == ["2"]
    assert powered.why()["1"] is Why.POWER_FAILED
    powered.well = True
    powered.turns(QUIET_MS // 1_000 - 1, step_ms=1_000)
    assert powered.on() == ["2"]
    powered.turns(20, step_ms=10_000)
    assert powered.on() == ["1", "2", "3"]


def test_what_its_board_cut_is_not_switched_on_again_and_again(
    powered: PoweredDock, monkeypatch: pytest.MonkeyPatch
) -> None:
    powered.put("1")
    powered.turns()
    show(powered.dock, "1", (5_000, 4_000, 2_500))
    powered.turns(60)
    assert powered.on() == []
    measured = powered.watch.sensed["1"].measured
    assert measured is not None
    assert measured.cut == "short"
    asked = []
    monkeypatch.setattr(powered.bays, "charge", lambda bay, enabled: asked.append((bay, enabled)))
    powered.turns(20, step_ms=30_000)
    assert asked == []


def test_an_empty_bay_has_no_current(powered: PoweredDock) -> None:
    powered.put("1")
    powered.turns()
    powered.dock.take("1", by_force=True)
    powered.turns()
    assert powered.on() == []
    assert powered.watch.sensed["1"].present is False
    assert powered.watch.sensed["1"].why is None


def test_when_a_camera_is_ready_is_told_where_anything_is_known(powered: PoweredDock) -> None:
    powered.put("1", "2", "3")
    powered.percents = {"1": 100, "2": 60}
    powered.turns(3, step_ms=30_000)
    ready = {bay: powered.watch.sensed[bay].ready for bay in ("1", "2", "3")}
    now_ms = powered.clock.stamp().boot_ms
    assert ready["1"] is not None and ready["1"].likely_ms <= now_ms  # noqa: PT018 - the second needs the first
    assert ready["2"] is not None and now_ms < ready["2"].earliest_ms <= ready["2"].likely_ms  # noqa: PT018
    assert ready["3"] is None, "it tells no percentage"


@pytest.mark.parametrize("how", ["cut", "refuses"])
def test_a_charger_that_cannot_be_switched_on_takes_no_others_turn(
    powered: PoweredDock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    charge = powered.bays.charge

    def but_the_first(bay: str, enabled: bool) -> None:  # noqa: FBT001 - the protocol's
        if bay == "1":
            raise ForbiddenError("the pin does not obey")
        charge(bay, enabled)

    if how == "cut":
        show(powered.dock, "1", (5_000, 4_000, 2_500))
    else:
        monkeypatch.setattr(powered.bays, "charge", but_the_first)
    powered.put("1")
    powered.turns(20, step_ms=10_000)
    powered.put("2", "3")
    powered.turns(30)
    assert {"2", "3"} <= set(powered.on())


def test_a_power_input_that_says_nothing_leaves_it_at_what_it_said(powered: PoweredDock) -> None:
    powered.well = False
    powered.put("1")
    powered.turns(3)
    powered.well = None
    powered.turns(QUIET_MS // 1_000 + 5, step_ms=1_000)
    assert powered.why()["1"] is Why.POWER_FAILED


def test_a_cold_bay_is_powered_for_as_long_as_its_camera_must_be_read(powered: PoweredDock) -> None:
    show(powered.dock, "1", (5_000, 300, -500))
    powered.put("1")
    powered.needs_usb = {"1"}
    powered.turns()
    assert powered.on() == ["1"]
    powered.needs_usb = set()
    powered.turns(20, step_ms=10_000)
    assert powered.on() == []
    assert powered.why()["1"] is Why.TOO_COLD


def test_more_than_the_supply_gives_is_said(powered: PoweredDock) -> None:
    powered.put(*NAMES)
    powered.needs_usb = set(NAMES)
    for bay in NAMES:
        powered.dock.set_charging(bay, on=True)
    powered.boards = BoardsAtHand(powered.dock, BAYS)
    for bay in NAMES:
        powered.bays.charge(bay, True)  # noqa: FBT003 - as before the station began
    powered.turns(3)
    assert powered.watch.other_troubles[SUPPLY_TROUBLE].startswith("采集用电超出供电功率")


def test_a_usb_tree_that_cannot_be_asked_stops_no_lock(powered: PoweredDock) -> None:
    powered.put("1")
    powered.turns()
    assert powered.watch.sensed["1"].usb
    powered.usb_fault = HostError("no libusb")
    powered.turns(20, step_ms=1_000)
    assert powered.watch.sensed["1"].usb, "as it was"
    assert powered.watch.troubles == {}


# --- waking, and lamps


def test_a_silent_cameras_power_is_cycled_after_some_charge_and_no_others(powered: PoweredDock) -> None:
    """A flat camera attaches only when power comes anew."""
    powered.silent = {"1"}
    powered.put("1", "2")
    for bay in ("1", "2"):
        show(powered.dock, bay, (5_000, 500, 2_500))
    rounds = powered.turns(60, step_ms=30_000)
    assert all("2" in on for on in rounds[2:])
    changes = [place for place, (before, after) in enumerate(pairwise(rounds)) if ("1" in before) is not ("1" in after)]
    off, back, again = changes[:3]
    assert "1" not in rounds[off + 1]
    assert (off + 1) * 30_000 >= FIRST_MS
    assert (again - back) * 30_000 >= FIRST_MS
    assert 0 < (back - off) * 30_000 <= 5 * 60_000


def test_what_draws_no_current_is_not_cycled_for_ever(powered: PoweredDock) -> None:
    powered.silent = {"1"}
    powered.put("1")
    show(powered.dock, "1", (5_000, 0, 2_500))
    rounds = powered.turns(50, step_ms=60_000)
    assert sum("1" in before and "1" not in after for before, after in pairwise(rounds)) == 1


def test_a_lamp_is_lit_once_and_again_after_its_board_was_silent(
    powered: PoweredDock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lit: list[str] = []
    monkeypatch.setattr(powered.bays, "light", lambda bay, _colour: lit.append(bay))
    powered.turns(10)
    assert lit == NAMES
    unplug(powered.dock, 2)
    powered.turns(10)
    unplug(powered.dock, 2, unplugged=False)
    powered.turns(40)
    assert lit == [*NAMES, "4", "5", "6"]
