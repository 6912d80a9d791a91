"""Promise: the self-test names the broken part, or the swap that would tell; it blames nothing that is well."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wires import Cut
from station.bays import self_test
from station.bays.self_test import SETTLES_MS, WAKES_MS, Look, Part, Swaps, judge

EVERY_MS = 10_000
WELL = Look(0, answered=True, present=True, charging=True, ma=450, usb=True, percent=60)
EMPTY = WELL._replace(present=False, charging=False, ma=0, usb=False, percent=None)
FLAT = WELL._replace(usb=False, percent=None)
DEAD = FLAT._replace(ma=3)
WAKES = WAKES_MS // EVERY_MS + 1
SETTLED = SETTLES_MS // EVERY_MS + 4

UNTRIED = Swaps()
CAMERA_BLAMED = Swaps(other_cameras_work_here=True, works_elsewhere=False)
PLACE_BLAMED = Swaps(other_cameras_work_here=False, works_elsewhere=True)
BOTH_WELL = Swaps(other_cameras_work_here=True, works_elsewhere=True)
BOTH_BROKEN = Swaps(other_cameras_work_here=False, works_elsewhere=False)


def looks(*told: Look, times: int = 1) -> list[Look]:
    """One after another, again and again."""
    return [look._replace(at_ms=number * EVERY_MS) for number, look in enumerate(told * times)]


def silent(look: Look) -> Look:
    return look._replace(answered=False)


CERTAIN: list[tuple[str, Sequence[Look], Swaps, Part]] = [
    ("no board on the bay bus answers", looks(silent(WELL), times=10), Swaps(other_boards_answer=False), Part.CABLE),
    ("this board does not answer", looks(silent(WELL), times=10), Swaps(other_boards_answer=True), Part.BOARD),
    ("this board does not answer", looks(silent(WELL), times=10), UNTRIED, Part.BOARD),
    ("now and then", looks(WELL, WELL, WELL, silent(WELL), times=5), UNTRIED, Part.CABLE),
    ("sensors do not answer", looks(WELL._replace(cut="blind", ma=None), times=10), BOTH_WELL, Part.BOARD),
    ("does not switch off", looks(WELL._replace(cut="stuck"), times=10), BOTH_WELL, Part.BOARD),
    ("does not stand still", looks(WELL, WELL, WELL, EMPTY, times=5), UNTRIED, Part.CONTACT),
    ("the switch says empty", looks(WELL._replace(present=False), times=10), UNTRIED, Part.CONTACT),
    ("cut, and nothing is in the bay", looks(EMPTY._replace(cut="short"), times=10), UNTRIED, Part.BAY),
    ("current flows, and nothing", looks(EMPTY._replace(charging=True, ma=90), times=10), UNTRIED, Part.BAY),
    ("break off together", looks(WELL, WELL, DEAD._replace(ma=0), times=5), UNTRIED, Part.CONTACT),
]

SWAPPED: list[tuple[str, Sequence[Look], Part]] = [
    ("too much current, a short", looks(WELL._replace(cut="over-current", charging=False), times=10), Part.BAY),
    ("breaks off again and again", looks(WELL, WELL, FLAT, times=5), Part.CABLE),
    ("neither current nor USB", looks(DEAD, times=SETTLED), Part.BAY),
    ("does not appear on USB", looks(FLAT, times=WAKES), Part.CABLE),
    ("nobody measures its current", looks(FLAT._replace(ma=None), times=WAKES), Part.CABLE),
    ("on USB, and draws no current", looks(WELL._replace(ma=4), times=SETTLED), Part.BAY),
]

NOTHING_WRONG: dict[str, Sequence[Look]] = {
    "well": looks(WELL, times=20),
    "empty": looks(EMPTY, times=20),
    "docked by and by": looks(*[EMPTY] * 5, *[FLAT] * 2, *[WELL] * 20),
    "taken": looks(*[WELL] * 10, *[EMPTY] * 10),
    "full": looks(WELL._replace(ma=4, percent=100), times=SETTLED),
    "draws nothing, and does not say how full it is": looks(WELL._replace(ma=4, percent=None), times=SETTLED),
    "flat, and not charged for long": looks(FLAT, times=WAKES - 1),
    "flat, and its charger waits for its turn": looks(FLAT._replace(charging=False, ma=0), times=WAKES + 50),
    "silent since a moment": looks(*[EMPTY] * 20, *[DEAD] * (SETTLES_MS // EVERY_MS)),
    "seldom asked": looks(silent(WELL), times=9),
    "four officers in an hour": looks(*[WELL] * 30, *[EMPTY] * 3, times=5),
    "one restart": looks(*[WELL] * 10, FLAT, *[WELL] * 10),
    "one answer lost of many": looks(*[WELL] * 15, silent(WELL)),
}


@pytest.mark.parametrize(("words", "told", "swaps", "part"), CERTAIN)
def test_what_one_history_shows_is_named(words: str, told: Sequence[Look], swaps: Swaps, part: Part) -> None:
    verdict = judge(told, swaps)
    assert words in verdict.symptom
    assert verdict.part is part
    assert verdict.advice


@pytest.mark.parametrize(("words", "told", "place"), SWAPPED)
def test_what_two_parts_could_have_done_is_told_by_swaps(words: str, told: Sequence[Look], place: Part) -> None:
    for swaps, part in ((CAMERA_BLAMED, Part.CAMERA), (PLACE_BLAMED, place), (BOTH_WELL, Part.CONTACT)):
        verdict = judge(told, swaps)
        assert words in verdict.symptom
        assert verdict.part is part
        assert verdict.advice
    for swaps in (UNTRIED, Swaps(works_elsewhere=False), Swaps(works_elsewhere=True)):
        assert judge(told, swaps)[::2] == (None, self_test._TRY_ANOTHER_CAMERA)
    for swaps in (Swaps(other_cameras_work_here=True), Swaps(other_cameras_work_here=False), BOTH_BROKEN):
        assert judge(told, swaps)[::2] == (None, self_test._TRY_ANOTHER_BAY)


@pytest.mark.parametrize("told", NOTHING_WRONG.values(), ids=list(NOTHING_WRONG))
@pytest.mark.parametrize("swaps", [UNTRIED, CAMERA_BLAMED, PLACE_BLAMED, BOTH_WELL, BOTH_BROKEN])
def test_what_is_well_is_not_blamed(told: Sequence[Look], swaps: Swaps) -> None:
    assert judge(told, swaps) == (None, "", "")


def test_every_symptom_has_a_row_and_every_part_is_named() -> None:
    said = {judge(told, swaps).symptom for _, told, swaps, _ in CERTAIN} | {
        judge(told, UNTRIED).symptom for _, told, _ in SWAPPED
    }
    assert said == {symptom.words for symptom in self_test._SYMPTOMS}
    assert {part for *_, part in CERTAIN} | {Part.CAMERA} == set(Part)


maybe = st.sampled_from([None, True, False])
any_look = st.builds(
    Look,
    at_ms=st.just(0),
    answered=st.booleans(),
    present=st.booleans(),
    charging=st.booleans(),
    ma=st.one_of(st.none(), st.integers(0, 3_000)),
    usb=st.booleans(),
    cut=st.one_of(st.none(), st.sampled_from(get_args(Cut))),
    percent=st.one_of(st.none(), st.integers(0, 100)),
)


@given(st.lists(any_look, max_size=40), st.builds(Swaps, maybe, maybe, maybe))
def test_a_camera_is_blamed_only_when_it_fails_elsewhere_and_others_work_here(told: list[Any], swaps: Swaps) -> None:
    verdict = judge(looks(*told), swaps)
    if verdict.part is Part.CAMERA:
        assert swaps.works_elsewhere is False
        assert swaps.other_cameras_work_here is True
    assert bool(verdict.symptom) is bool(verdict.advice)
    assert verdict.symptom or verdict.part is None
