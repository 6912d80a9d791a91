"""Promise: an officer gets the best camera there is, and two officers never the same one."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.custody.lending import camera_to_lend
from station.desk.choosing import Wish, choose, open_for
from station.policy.permits import Nearness
from station.policy.rolls import RolledCamera
from tests.dock_bench import ELSEWHERE, HOUR_MS, UNIT, DockBench, rolls_of

WISH = Wish("officer-1")


def bench(*cameras: RolledCamera, **settings: Any) -> DockBench:
    return DockBench(rolls=rolls_of(cameras=cameras), **settings)


def chosen(dock: DockBench, wish: Wish = WISH) -> str | None:
    choice = choose(dock.state(), dock.policy, wish, dock.clock.stamp())
    return choice.camera if choice and choice.lends else None


def test_nothing_docked_is_no_choice() -> None:
    assert choose(DockBench().state(), DockBench().policy, WISH, DockBench().clock.stamp()) is None


def test_allotted_to_the_officer_then_to_the_section_then_the_pool() -> None:
    allotted = {
        "own": ("officer-1",),
        "section": ("一科",),
        "pool": (),
        "others": ("officer-2",),
    }
    dock = bench(*(RolledCamera(name, UNIT, allotted=to) for name, to in allotted.items()))
    for place, camera in enumerate(reversed(allotted), 1):
        dock.ready(camera, str(place), minutes=700 if camera == "others" else 600)
    found = []
    for bay in ("4", "3", "2", "1"):
        found.append(chosen(dock))
        assert dock.docking(bay).camera == found[-1]
        dock.out(bay)
    assert found == list(allotted)


def test_how_near_an_officer_is_to_a_camera() -> None:
    cameras = (
        RolledCamera("own", UNIT, allotted=("officer-1", "officer-2")),
        RolledCamera("section", UNIT, allotted=("一科",)),
        RolledCamera("pool", UNIT),
        RolledCamera("others", UNIT, allotted=("二科",)),
        RolledCamera("theirs", ELSEWHERE, allotted=("officer-1",)),
    )
    policy = bench(*cameras).policy
    assert [policy.nearness("officer-1", one.id) for one in cameras] == list(Nearness)
    assert policy.nearness("nobody", "own") is policy.nearness("officer-1", "unrolled") is Nearness.ELSEWHERE


def test_what_the_gate_refuses_is_not_chosen_while_another_passes() -> None:
    dock = DockBench()
    dock.ready("C1", "1", minutes=479)
    dock.put("C2", "2")
    assert chosen(dock) is None
    dock.ready("C3", "3", minutes=480)
    assert chosen(dock) == "C3"


def test_the_shift_decides_which_hours_are_enough() -> None:
    dock = DockBench()
    dock.ready("C1", "1", minutes=300)
    assert chosen(dock) is None
    assert chosen(dock, Wish("officer-1", shift_minutes=300)) == "C1"
    assert chosen(dock, Wish("officer-1", shift_minutes=301)) is None


def test_of_those_alike_the_longest_hours_and_then_the_longest_docked() -> None:
    dock = DockBench()
    dock.ready("C1", "1", minutes=None)
    dock.ready("C2", "2", minutes=600)
    dock.ready("C3", "3", minutes=650)
    dock.ready("C4", "4", minutes=650)
    assert chosen(dock) == "C3"
    dock.out("3")
    assert chosen(dock) == "C4"
    dock.out("4")
    assert chosen(dock) == "C2"
    dock.out("2")
    assert chosen(dock) == "C1"


def test_the_card_s_room_counts_like_the_battery_s_hours() -> None:
    dock = DockBench()
    dock.put("C1", "1")
    dock.listed("1")
    dock.measured("1", minutes=900, free=500)
    dock.clock_set("1")
    dock.ready("C2", "2", minutes=600)
    assert chosen(dock) == "C2"


def test_what_is_warned_of_comes_after_what_is_not() -> None:
    dock = DockBench()
    dock.put("C1", "1")
    dock.listed("1")
    dock.measured("1", minutes=900, free=None)
    dock.clock_set("1")
    dock.ready("C2", "2", minutes=600)
    assert chosen(dock) == "C2"


def test_a_bay_that_is_offered_is_offered_to_nobody_else() -> None:
    dock = DockBench()
    dock.ready("C1", "1")
    dock.ready("C2", "2")
    assert dock.take("officer-1").offer.camera == "C1"
    assert open_for(dock.state(), "officer-1") == "1"
    assert open_for(dock.state(), "officer-2") is None
    assert chosen(dock, Wish("officer-2")) == "C2"
    alone = DockBench()
    alone.ready("C1", "1")
    alone.take("officer-1")
    assert choose(alone.state(), alone.policy, Wish("officer-2"), alone.clock.stamp()) is None


def test_in_an_emergency_what_passes_all_checks_goes_first() -> None:
    dock = bench(RolledCamera("mine", UNIT, allotted=("officer-1",)), RolledCamera("pool", UNIT))
    urgent = Wish("officer-1", reason="有人落水", emergency=True)
    dock.ready("mine", "1", minutes=100)
    assert chosen(dock) is None
    assert chosen(dock, urgent) == "mine"
    dock.ready("pool", "2")
    assert chosen(dock, urgent) == "pool"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"minutes": 100}, {"camera": "their-C"}, "CHECK_BATTERY"),
        ({"camera": "their-C"}, {}, "DEVICE_LENT"),
        ({"unread": True}, {"minutes": 100}, "CHECK_RESIDUAL"),
    ],
)
def test_of_all_refusals_the_one_is_told_that_helps(first: dict[str, Any], second: dict[str, Any], told: str) -> None:
    dock = DockBench()
    for bay, how in (("1", first), ("2", second)):
        if not how:
            continue
        camera = how.get("camera", f"C{bay}")
        if how.get("unread"):
            dock.put(camera, bay)
        else:
            dock.ready(camera, bay, minutes=how.get("minutes", 600))
    choice = choose(dock.state(), dock.policy, WISH, dock.clock.stamp())
    assert choice is not None
    assert choice.answer.refusal.code == told


@given(st.randoms(use_true_random=False))
def test_what_is_chosen_is_lent_and_what_is_not_is_refused_by_the_same_rule(rng: random.Random) -> None:
    """Choosing and judging are one gate: nobody is sent to a bay that stays shut."""
    dock = DockBench("mingshan", rolls_of(cameras=_any_cameras(rng)))
    for bay, camera in enumerate(dock.policy.rolls.cameras, 1):
        _dock_somehow(rng, dock, camera, str(bay))
    for officer in rng.sample(sorted(dock.policy.rolls.officers), 3):
        wish = Wish(officer, "有人落水", rng.choice((None, 240)), emergency=rng.random() < 0.3)
        choice = choose(dock.state(), dock.policy, wish, dock.clock.stamp())
        if choice is None or open_for(dock.state(), officer):
            continue
        (first, *_) = dock.tell(wish.of(choice.bay))
        expected = ("bay_offered", "") if choice.lends else ("loan_refused", choice.answer.refusal.code)
        assert (first.body.type, getattr(first.body, "code", "")) == expected
        if not choice.lends:
            assert not any(_would_lend(dock, wish))


def _any_cameras(rng: random.Random) -> tuple[RolledCamera, ...]:
    allotments = ((), (), ("officer-1",), ("二科",))
    return tuple(
        RolledCamera(f"C{number}", rng.choice((UNIT, UNIT, ELSEWHERE)), allotted=rng.choice(allotments))
        for number in range(4)
    )


def _dock_somehow(rng: random.Random, dock: DockBench, camera: str, bay: str) -> None:
    dock.put(camera, bay, ahead_ms=rng.choice((0, 40_000)))
    if rng.random() < 0.8:
        dock.listed(bay)
        dock.measured(bay, rng.choice((None, 100, 500, 700)), rng.choice((None, 60, 100)), rng.choice((None, 500)))
        if rng.random() < 0.8:
            dock.clock_set(bay)


def _would_lend(dock: DockBench, wish: Wish) -> list[bool]:
    """As the clerk would judge each bay, on a copy of what it knows."""
    found = []
    for docking in dock.state().dockings.values():
        if camera_to_lend(dock.state(), docking) is not None and docking.step != "offered":
            again = DockBench("mingshan", dock.policy.rolls)
            again.policy, again._state = dock.policy, dock.state()
            found.append(again.tell(wish.of(docking.bay))[0].body.type == "bay_offered")
    return found


def test_an_old_roll_is_told_before_what_is_wrong_with_a_camera() -> None:
    dock = DockBench(rolls=replace(rolls_of(), as_of_ms=None))
    dock.ready("C1", "1", minutes=100)
    dock.policy = replace(dock.policy, rolls=replace(dock.policy.rolls, as_of_ms=0))
    dock.clock.advance(HOUR_MS)
    choice = choose(dock.state(), dock.policy, WISH, dock.clock.stamp())
    assert choice is not None
    assert choice.answer.refusal.code == "ROSTER_STALE"
