"""Promise: a silent camera's power is cycled after some charge, more and more seldom, and not where nothing draws."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bays.self_test import DRAWS_MA
from station.bays.waking import FIRST_MS, LONGEST_MS, TRIES_WITHOUT_CURRENT, pause_ms, wake_due

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def due(
    silent: int = HOUR_MS, charged: int = HOUR_MS, cycled: tuple[int, ...] = (), ma: int | None = 400, now: int = 0
) -> bool:
    return wake_due(silent, charged, cycled, ma, now)


def cycles(ma: int | None, hours: int) -> list[int]:
    """When a camera that never speaks has its power cycled, looked at each second minute."""
    cycled: list[int] = []
    for now_ms in range(0, hours * HOUR_MS, 2 * MINUTE_MS):
        if wake_due(now_ms, now_ms, cycled, ma, now_ms):
            cycled.append(now_ms)
    return cycled


def test_it_is_charged_before_it_is_woken() -> None:
    assert due(charged=FIRST_MS)
    assert not due(charged=FIRST_MS - 1), "its bay may have waited for power until now"


def test_a_camera_that_spoke_just_now_is_only_called() -> None:
    assert due(silent=FIRST_MS)
    assert not due(silent=FIRST_MS - 1)


def test_each_time_it_is_left_to_charge_for_longer() -> None:
    minutes = [at_ms // MINUTE_MS for at_ms in cycles(ma=400, hours=6)]
    assert minutes == [10, 20, 40, 80, 140, 200, 260, 320]


@pytest.mark.parametrize("ma", [0, DRAWS_MA - 1])
def test_what_draws_nothing_is_tried_once(ma: int) -> None:
    """Its battery may be full and it may hang; or nothing is connected, and there is nothing to wake."""
    assert len(cycles(ma, hours=24)) == TRIES_WITHOUT_CURRENT == 1
    assert due(cycled=(0,), ma=DRAWS_MA, now=HOUR_MS), "it draws again: somebody cleaned the contact"


def test_where_nobody_measures_it_is_woken_all_the_same() -> None:
    assert cycles(ma=None, hours=6) == cycles(ma=400, hours=6)


@given(st.integers(1, 1_000))
def test_no_pause_is_shorter_than_the_one_before_and_none_is_endless(tries: int) -> None:
    assert FIRST_MS <= pause_ms(tries) <= pause_ms(tries + 1) <= LONGEST_MS


@given(st.lists(st.tuples(st.integers(1, HOUR_MS), st.none() | st.integers(0, 900)), max_size=60))
def test_no_two_cycles_come_too_close_whatever_it_draws(looks: list[tuple[int, int | None]]) -> None:
    now_ms = 0
    cycled: list[int] = []
    for wait_ms, ma in looks:
        now_ms += wait_ms
        if wake_due(now_ms, now_ms, cycled, ma, now_ms):
            cycled.append(now_ms)
    assert all(later - earlier >= FIRST_MS for earlier, later in pairwise([0, *cycled]))
