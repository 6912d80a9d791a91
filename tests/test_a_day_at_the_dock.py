"""Promise: a day of 30 bays and 200 officers: everybody is served or told why, and every return is signed once."""

from collections import Counter
from functools import cache

import pytest

from station.custody.facts import BayOffered, LoanRefused, LoanStarted, RecordingHeld
from station.custody.facts_of_the_desk import HandoverSigned
from station.stamp import beijing
from tests.a_day_at_the_dock import (
    BAYS,
    FLAT_AT,
    HOME,
    OFFICERS,
    OPENS,
    WHOLE_DAY,
    WHOLE_NIGHT,
    Day,
    credited,
    rolls,
    wrong,
)
from tests.dock_bench import MINUTE_MS

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
    assert len({officer for officer, _ in day.refused}) > 20
    assert {one.code for _, one in day.refused} == {"NO_CAMERA_TO_LEND", "CHECK_BATTERY", "CHECK_RESIDUAL"}
    for _, one in day.refused:
        zh, en = one.words
        assert "依据" in zh or "系统默认，非法规条文" in zh
        assert "(by " in en or "not law" in en
    written = [(fact.body.officer, fact.body.code) for fact in day.dock.facts if isinstance(fact.body, LoanRefused)]
    assert written == [(officer, one.code) for officer, one in day.refused if one.code != "NO_CAMERA_TO_LEND"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_return_is_signed_by_whoever_brought_it(seed: int) -> None:
    day = played(seed)
    signed = [fact for fact in day.dock.facts if isinstance(fact.body, HandoverSigned)]
    assert {fact.by for fact in signed} == set(OFFICERS)
    assert Counter(fact.by for fact in signed).most_common(1)[0][1] == 1
    assert {slip.index for slip in day.slips} == {fact.n for fact in signed}
    assert day.counted["elsewhere"] == 0
    assert day.counted["silent"] > 0


def at(day: Day, minutes: int) -> str:
    """The clock on the wall, so many minutes after eight."""
    return f"{beijing(day.dock.facts[0].at.utc_ms + minutes * MINUTE_MS):%H:%M}"


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_a_day_as_it_is_at_a_dock(seed: int) -> None:
    """A queue in the morning that thirty cameras cannot serve, the way home, and the flat ones before midnight."""
    day = played(seed)
    assert [at(day, minutes) for minutes in (OPENS, *HOME, FLAT_AT)] == ["08:25", "17:40", "18:30", "23:50"]
    begun = {fact.body.officer: fact.at.utc_ms for fact in day.dock.facts if isinstance(fact.body, LoanStarted)}
    first_ms = day.dock.facts[0].at.utc_ms
    queue = [officer for officer in OFFICERS[:52] if (begun[officer] - first_ms) // MINUTE_MS < 60]
    assert 20 <= len(queue) <= len(BAYS)
    assert day.counted["home between 17:40 and 18:30"] == len(WHOLE_DAY)
    assert day.counted["flat at 23:50"] == len(WHOLE_NIGHT)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flat_camera_at_2350_is_signed_for_and_read_in_the_night(seed: int) -> None:
    day = played(seed)
    for number in WHOLE_NIGHT:
        back = day.brought[OFFICERS[number]]
        assert back.words[0].endswith("已归仓，充电唤醒中，可以离开")
    held = credited(day.dock.facts)
    flat = {OFFICERS[number] for number in WHOLE_NIGHT}
    assert flat <= {officer for clip, officer in day.filmed.items() if held[clip] == officer}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_clip_and_no_camera_is_lost(seed: int) -> None:
    """Whatever was filmed is held once and credited to whoever filmed it; in the morning every bay has its camera."""
    day = played(seed)
    held = [fact.body.listing for fact in day.dock.facts if isinstance(fact.body, RecordingHeld)]
    assert sorted(held) == sorted(day.filmed)
    assert credited(day.dock.facts) == day.filmed
    dockings = day.dock.state().dockings.values()
    assert {one.bay for one in dockings} == set(BAYS)
    assert {one.camera for one in dockings} == {camera.id for camera in rolls()[1]}
    assert not any(list(day.dock.state().on_source(one.source)) for one in dockings)


def test_the_day_can_be_told() -> None:
    said = dict(line.split(": ", 1) for line in played(SEEDS[0]).summary().splitlines())
    assert said["officers, cameras"] == "200, 30"
    assert said["taken"].startswith("200, ")
    assert said["clips"] == "{0} filmed, {0} held, {0} credited to who filmed them".format(len(played(SEEDS[0]).filmed))


def test_cameras_go_to_those_they_are_allotted_to_as_long_as_they_are_there() -> None:
    """Nobody takes what is allotted to one other person while anything else would do."""
    day = played(SEEDS[0])
    allotted = {camera.id: camera.allotted for camera in rolls()[1]}
    taken = [fact.body for fact in day.dock.facts if isinstance(fact.body, BayOffered)]
    first = [body for body in taken[:12] if allotted[body.camera][:1] in {(body.officer,), ()}]
    others = [body for body in taken[:12] if body not in first]
    assert all(allotted[body.camera][0] in {"一科", "二科", "三科", "四科"} for body in others)
