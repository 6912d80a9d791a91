"""Promise: a lamp says what to do at a bay: every step has a colour, and what must not be confused has not the same."""

import dataclasses
import random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hardware.wires import Colour
from station.bays.lamps import Beside, lamp, removed_unasked
from station.custody import observations as seen
from station.custody.acts import FaultFound
from station.custody.bay_signs import CutFor
from station.custody.docking import Docking, DockingStep
from station.custody.due_work import CLEARINGS_TRIED_MAX, Work
from station.custody.state import State
from station.stamp import Stamp
from tests.histories import BAYS, POLICIES
from tests.plain_policy import PlainPolicy
from tests.test_custody_histories import played
from tests.test_status_page import Heart

AT = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=60_000, synchronised=True)
POLICY = PlainPolicy(enough_percent=80)

EXPECTED: dict[DockingStep, Colour] = {
    DockingStep.STARTED: "blue",
    DockingStep.SILENT: "magenta",
    DockingStep.QUARANTINED: "magenta",
    DockingStep.READING: "blue",
    DockingStep.READ: "cyan",
    DockingStep.CLEARING: "blue",
    DockingStep.OFFERED: "green",
    DockingStep.TAKEN: "white",
    DockingStep.REMOVED: "red",
    DockingStep.ENDED: "white",
}


def in_bay(**said: Any) -> State:
    """A camera in bay 1 that is read, charged and checked, but for what is said."""
    docking = Docking(
        1,
        DockingStep.READ,
        "1",
        "b1",
        0,
        camera="T8-1",
        read_boot_id="b1",
        judged_boot_id="b1",
        judged_boot_ms=0,
        battery_percent=100,
        clock_set=True,
        offered_boot_id="b1",
        offered_boot_ms=50_000,
    )
    state = State()
    return replace(state, dockings=state.dockings.set(1, replace(docking, **said)))


def shown(beside: Beside = Beside(), **said: Any) -> Colour:  # noqa: B008 - a value
    return lamp(in_bay(**said), "1", POLICY, AT, beside)


def test_what_may_be_lent_is_shown_so_though_it_charges_on() -> None:
    assert shown(battery_percent=85) == "cyan"
    assert shown(battery_percent=79) == "yellow"
    assert shown(judged_boot_id=None) == "yellow", "nobody knows"


def test_the_table_has_every_step() -> None:
    assert set(EXPECTED) == set(DockingStep)


@pytest.mark.parametrize("step", DockingStep)
def test_every_step_has_its_colour(step: DockingStep) -> None:
    assert shown(step=step) == EXPECTED[step]


def test_a_free_bay_is_white_and_one_that_was_robbed_red() -> None:
    assert lamp(State(), "1", POLICY, AT) == "white"
    assert lamp(State(), "1", POLICY, AT, Beside(removed=True)) == "red"
    assert shown(Beside(removed=True)) == "cyan", "the next camera is in it"


@pytest.mark.parametrize(
    ("said", "colour"),
    [
        ({"read_boot_id": None}, "blue"),
        ({"read_boot_id": "b0"}, "blue"),
        ({"battery_percent": 79}, "yellow"),
        ({"judged_boot_id": None}, "yellow"),
        ({"clock_set": False}, "yellow"),
        ({"battery_percent": None}, "cyan"),
        ({"step": DockingStep.OFFERED, "offered_boot_ms": 0}, "green"),
        ({"step": DockingStep.OFFERED, "offered_boot_ms": 0, "offered_boot_id": "b0"}, "cyan"),
        ({"step": DockingStep.OFFERED, "offered_boot_ms": 30_000}, "green"),
        ({"step": DockingStep.OFFERED, "offered_boot_ms": 29_999}, "green"),
    ],
)
def test_a_camera_that_is_not_ready_does_not_look_ready(said: dict[str, Any], colour: Colour) -> None:
    policy = dataclasses.replace(POLICY, offer_lasts_ms=60_001)
    assert lamp(in_bay(**said), "1", policy, AT) == colour


def test_an_offer_that_nobody_took_in_time_is_green_no_longer() -> None:
    assert shown(step=DockingStep.OFFERED, offered_boot_ms=30_001) == "green"
    assert shown(step=DockingStep.OFFERED, offered_boot_ms=30_000) == "cyan"


def test_what_is_wrong_comes_before_everything_but_what_silence_looks_like_has_its_colour() -> None:
    for step in DockingStep:
        assert shown(Beside(out_of_order=True), step=step) == "red"
        assert shown(Beside(failing=(Work.READ,)), step=step) == "red"
    for work in (Work.IDENTIFY, Work.CALL_SILENT, Work.WAKE):
        assert shown(Beside(failing=(work,)), step=DockingStep.SILENT) == "magenta"


class OneBay(Heart):
    """Facts of one bay, and its lamp."""

    def __init__(self) -> None:
        super().__init__(PlainPolicy(cameras=frozenset({"T8-1"}), offer_lasts_ms=30_000))

    def lamp(self) -> Colour:
        return lamp(self.state, "1", self.policy, self.clock.stamp())


def test_a_cut_and_a_key_are_red_but_an_offered_camera_is_to_be_taken_all_the_same() -> None:
    bay = OneBay()
    bay.dock()
    bay.tell(seen.ChargerCut(bay="1", why=CutFor.SHORT, number=1, value=3_100))
    assert bay.lamp() == "red"
    bay.tell(seen.CutAcknowledged(bay="1", number=1))
    assert bay.lamp() == "blue"
    bay.tell(seen.KeyTurned(bay="1", turned=True))
    assert bay.lamp() == "red"
    bay.tell(seen.CameraListed(docking=bay.docking, listings=frozenset()))
    bay.tell(seen.CameraAsked(bay="1", by="o1"))
    assert bay.lamp() == "green"


def test_footage_that_is_not_copied_yet_is_yellow_and_a_camera_that_deletes_nothing_is_the_custodians() -> None:
    bay = OneBay()
    bay.dock()
    bay.read("a")
    assert bay.lamp() == "yellow"
    docking = bay.state.docking_in("1")
    assert docking is not None
    stuck = replace(docking, clearings_failed=CLEARINGS_TRIED_MAX)
    bay.state = replace(bay.state, dockings=bay.state.dockings.set(docking.number, stuck))
    assert bay.lamp() == "magenta"


def test_a_camera_with_an_open_repair_is_the_custodians() -> None:
    bay = OneBay()
    bay.dock()
    bay.read()
    bay.tell(FaultFound(camera="T8-1"))
    assert bay.lamp() == "magenta"


def test_a_bay_stays_red_after_a_removal_until_the_next_camera() -> None:
    bay = OneBay()
    bay.dock()
    taken = bay.tell(seen.PresenceOpened(bay="1"))
    assert removed_unasked(taken, before=False)
    assert removed_unasked(bay.tell(seen.PresenceOpened(bay="1")), before=True), "told again, it is so still"
    assert not removed_unasked(bay.tell(seen.PresenceClosed(bay="1")), before=True)


@given(st.integers(0, 40), st.booleans(), st.booleans(), st.sets(st.sampled_from(Work)))
def test_every_bay_of_every_history_has_a_colour_and_green_only_what_is_unlocked(
    seed: int,
    out_of_order: bool,  # noqa: FBT001 - drawn
    removed: bool,  # noqa: FBT001
    failing: set[Work],
) -> None:
    policy = POLICIES[seed % len(POLICIES)]
    _, station = played(random.Random(seed), policy, 40)
    beside = Beside(out_of_order, removed, failing)
    for bay in BAYS:
        colour = lamp(station.state, bay, station.policy, station.clock.stamp(), beside)
        assert colour in get_args(Colour)
        docking = station.state.docking_in(bay)
        if colour == "green":
            assert docking is not None
            assert docking.step is DockingStep.OFFERED
