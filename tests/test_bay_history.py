"""Promise: what a bay looked like is kept as long as its self-test needs it, and no longer; cameras tell on bays."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bays.bay_history import (
    COARSE_EVERY_MS,
    FINE_MS,
    KEPT_MS,
    LATELY_MS,
    LOOK_EVERY_MS,
    LOOKS_MAX,
    STAYS_MAX,
    BayHistory,
)
from station.bays.self_test import WAKES_MS, Look, Part, Swaps, Verdict

ROUND_MS = 100
WELL = Look(0, answered=True, present=True, charging=True, ma=450, usb=True, percent=60)
EMPTY = WELL._replace(present=False, charging=False, ma=0, usb=False, percent=None)
FLAT = WELL._replace(usb=False, percent=None)
DEAD = FLAT._replace(ma=3)
NOTHING = Verdict(None, "", "")
MINUTE_MS = 60_000
BOARDS = {"1": 1, "2": 1, "3": 2}


class Told(BayHistory):
    """With a clock of its own."""

    def __init__(self, boards: dict[str, int] | None = None) -> None:
        super().__init__(BOARDS if boards is None else boards)
        self.now_ms = 0

    def watch(self, bay: str, look: Look, for_ms: int, camera: str | None = None, every_ms: int = ROUND_MS) -> None:
        for _ in range(0, for_ms, every_ms):
            self.now_ms += every_ms
            self.see(bay, look._replace(at_ms=self.now_ms), camera)


def test_of_ten_rounds_a_second_one_is_kept_and_the_last_of_all() -> None:
    told = Told()
    told.watch("1", WELL, 10_050)
    times = [look.at_ms for look in told.looks("1")]
    assert times == [*range(ROUND_MS, 10_101, LOOK_EVERY_MS)]
    told.watch("1", WELL, 300)
    assert [look.at_ms for look in told.looks("1")][-2:] == [times[-1], told.now_ms]


def test_every_change_is_kept_however_short() -> None:
    told = Told()
    short = (WELL, FLAT, WELL, DEAD, WELL._replace(cut="short"), WELL)
    for look in short:
        told.watch("1", look, 200)
    changed = [look._replace(at_ms=0) for look in told.looks("1")]
    assert tuple(look for look, _ in itertools.groupby(changed)) == short


def test_answers_are_counted_fairly() -> None:
    """Were each silence a change, one in thirty would count for one in three."""
    told = Told()
    for _ in range(60):
        told.watch("1", WELL, 2_900)
        told.watch("1", WELL._replace(answered=False), ROUND_MS)
    looks = told.looks("1")
    assert sum(look.answered for look in looks) >= 0.9 * len(looks)
    assert told.verdict("1") == NOTHING


def test_a_quarter_of_an_hour_is_kept_finely_an_hour_by_minutes_and_then_no_more() -> None:
    told = Told()
    told.watch("1", WELL, 3 * KEPT_MS, every_ms=LOOK_EVERY_MS)
    looks = told.looks("1")
    fine = [look for look in looks if told.now_ms - look.at_ms <= FINE_MS]
    assert len(fine) == FINE_MS // LOOK_EVERY_MS + 1
    older = [look.at_ms for look in looks if look not in fine]
    assert {after - before for before, after in itertools.pairwise(older)} == {COARSE_EVERY_MS}
    assert MINUTE_MS >= older[0] - (told.now_ms - KEPT_MS) >= 0


def test_a_camera_that_charges_for_half_an_hour_and_says_nothing_is_noticed_and_stays_so() -> None:
    told = Told()
    told.watch("1", EMPTY, 20_000)
    told.watch("1", FLAT, WAKES_MS - MINUTE_MS, every_ms=LOOK_EVERY_MS)
    assert told.verdict("1") == NOTHING
    told.watch("1", FLAT, 2 * MINUTE_MS, every_ms=LOOK_EVERY_MS)
    assert "does not appear on USB" in told.verdict("1").symptom
    told.watch("1", FLAT, 3 * KEPT_MS, every_ms=LOOK_EVERY_MS)
    assert "does not appear on USB" in told.verdict("1").symptom


@given(
    st.lists(
        st.tuples(
            st.sampled_from((WELL, EMPTY, FLAT, DEAD)), st.integers(1, 400), st.sampled_from((ROUND_MS, 1_000, 60_000))
        ),
        max_size=30,
    )
)
def test_memory_is_bounded_and_looks_stand_in_the_order_of_time(told: list[tuple[Look, int, int]]) -> None:
    history = Told()
    for look, times, every_ms in told:
        history.watch("1", look, times * every_ms, every_ms=every_ms)
        kept = [look.at_ms for look in history.looks("1")]
        assert kept == sorted(set(kept))
        assert kept[-1] == history.now_ms
        assert history.now_ms - kept[0] <= KEPT_MS
        assert len(kept) <= LOOKS_MAX + 1


def test_a_contact_that_never_stands_still_fills_no_memory() -> None:
    told = Told()
    for _ in range(3_000):
        told.watch("1", WELL, ROUND_MS)
        told.watch("1", EMPTY, ROUND_MS)
    assert len(told.looks("1")) <= LOOKS_MAX + 1
    assert len(told._bays["1"].stays) <= STAYS_MAX
    assert told.verdict("1").part is Part.CONTACT


# --- what others tell


def test_other_boards_answer_for_the_line() -> None:
    told = Told()
    assert told.swaps("1") == Swaps()
    told.watch("1", WELL._replace(answered=False), 12_000)
    told.watch("2", WELL._replace(answered=False), 12_000)
    assert told.swaps("1").other_boards_answer is None
    told.watch("3", WELL._replace(answered=False), 12_000)
    assert told.swaps("1").other_boards_answer is False
    assert told.verdict("1").part is Part.CABLE
    told.watch("3", WELL, 12_000)
    assert told.swaps("1").other_boards_answer is True
    assert told.verdict("1").part is Part.BOARD


def stay(told: Told, bay: str, look: Look, camera: str | None, for_ms: int = 2 * MINUTE_MS) -> None:
    told.watch(bay, look, for_ms, camera, LOOK_EVERY_MS)
    told.watch(bay, EMPTY, 5_000, None, LOOK_EVERY_MS)


def test_a_camera_that_works_nowhere_is_blamed() -> None:
    told = Told()
    stay(told, "1", WELL, "good")
    stay(told, "2", DEAD, "bad")
    told.watch("1", DEAD, 2 * MINUTE_MS, "bad", LOOK_EVERY_MS)
    assert told.swaps("1") == Swaps(other_cameras_work_here=True, works_elsewhere=False)
    assert told.verdict("1").part is Part.CAMERA


def test_a_bay_in_which_nothing_works_is_blamed() -> None:
    told = Told()
    stay(told, "1", DEAD, "other")
    stay(told, "2", WELL, "this")
    told.watch("1", DEAD, 2 * MINUTE_MS, "this", LOOK_EVERY_MS)
    assert told.swaps("1") == Swaps(other_cameras_work_here=False, works_elsewhere=True)
    assert told.verdict("1").part is Part.BAY


def test_a_camera_that_never_said_who_it_is_is_told_by_the_bay_alone() -> None:
    told = Told()
    stay(told, "1", WELL, "good")
    told.watch("1", DEAD, 2 * MINUTE_MS, None, LOOK_EVERY_MS)
    assert told.swaps("1") == Swaps(other_cameras_work_here=True)
    stay(told, "1", DEAD, None)
    told.watch("1", DEAD, 2 * MINUTE_MS, None, LOOK_EVERY_MS)
    assert told.swaps("1").other_cameras_work_here is True, "it may have been the same one again"


def test_the_same_camera_in_the_same_bay_is_no_swap() -> None:
    told = Told()
    stay(told, "1", WELL, "this")
    told.watch("1", DEAD, 2 * MINUTE_MS, "this", LOOK_EVERY_MS)
    assert told.swaps("1") == Swaps()


@pytest.mark.parametrize(
    ("look", "for_ms"),
    [(WELL, 30_000), (DEAD, 30_000), (WELL._replace(cut="blind"), 2 * MINUTE_MS)],
    ids=["too short to say that it works", "too short to say that it does not", "its board's fault"],
)
def test_what_tells_nothing_of_the_camera_is_no_evidence(look: Look, for_ms: int) -> None:
    told = Told()
    stay(told, "2", look, "this", for_ms)
    told.watch("1", DEAD, 2 * MINUTE_MS, "this", LOOK_EVERY_MS)
    assert told.swaps("1").works_elsewhere is None


def test_evidence_grows_old_and_the_last_counts() -> None:
    told = Told()
    stay(told, "2", DEAD, "this")
    stay(told, "2", WELL, "this")
    told.watch("1", DEAD, 2 * MINUTE_MS, "this", LOOK_EVERY_MS)
    assert told.swaps("1").works_elsewhere is True
    told.watch("1", DEAD, LATELY_MS, "this", 10 * MINUTE_MS)
    assert told.swaps("1").works_elsewhere is None
