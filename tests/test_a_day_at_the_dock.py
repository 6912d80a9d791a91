"""Promise: a day of 30 bays and 200 officers: everybody is served or told why, and every return is signed once."""

from collections import Counter
from functools import cache

import pytest

from station.custody.facts import BayOffered, LoanStarted
from station.custody.facts_of_the_desk import HandoverSigned
from tests.a_day_at_the_dock import OFFICERS, Day, rolls, wrong

SEEDS = (417, 418)


@cache
def played(seed: int) -> Day:
    return Day(seed).play()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lent_twice_and_everything_comes_back_signed_once(seed: int) -> None:
    day = played(seed)
    assert wrong(day.dock.facts) == []
    assert not day.dock.state().loans


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_gets_a_camera_in_the_end_and_hears_why_not_before(seed: int) -> None:
    day = played(seed)
    served = {fact.body.officer for fact in day.dock.facts if isinstance(fact.body, LoanStarted)}
    assert served == set(OFFICERS)
    assert day.counted["taken"] == len(OFFICERS)
    assert day.counted["refused"] > 0
    assert {one.code for one in day.refused} <= {"NO_CAMERA_TO_LEND", "CHECK_BATTERY", "CHECK_RESIDUAL"}
    assert all(zh and en for zh, en in (one.words for one in day.refused))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_return_is_signed_by_whoever_brought_it(seed: int) -> None:
    day = played(seed)
    signed = [fact for fact in day.dock.facts if isinstance(fact.body, HandoverSigned)]
    assert {fact.by for fact in signed} == set(OFFICERS)
    assert Counter(fact.by for fact in signed).most_common(1)[0][1] == 1
    assert {slip.index for slip in day.slips} == {fact.n for fact in signed}
    assert day.counted["elsewhere"] == 0
    assert day.counted["silent"] > 0


def test_cameras_go_to_those_they_are_allotted_to_as_long_as_they_are_there() -> None:
    """Nobody takes what is allotted to one other person while anything else would do."""
    day = played(SEEDS[0])
    allotted = {camera.id: camera.allotted for camera in rolls()[1]}
    taken = [fact.body for fact in day.dock.facts if isinstance(fact.body, BayOffered)]
    first = [body for body in taken[:12] if allotted[body.camera][:1] in {(body.officer,), ()}]
    others = [body for body in taken[:12] if body not in first]
    assert all(allotted[body.camera][0] in {"一科", "二科", "三科", "四科"} for body in others)
