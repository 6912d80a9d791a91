"""Promise: a short is cut at once, an over-current that lasts and only that, and a cut stays until it is forgiven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.limits import (
    BLIND,
    BLIND_MS,
    COLLAPSED_MA,
    NOT_CUT,
    OVER_CURRENT,
    OVER_CURRENT_MA,
    OVER_CURRENT_MS,
    OVER_TEMPERATURE,
    OVER_TEMPERATURE_CENTIDEGREES,
    OVER_TEMPERATURE_MS,
    RISE_MS,
    ROUND_MS,
    SAFE_MA,
    SHORT,
    SHORT_MA,
    SHORT_MV,
    STUCK,
    STUCK_MA,
    STUCK_MS,
    Limits,
)

COOL = 2_500
WELL = (4_900, 500, COOL)
EVERY_MS = 10


def on(now_ms: int = 0) -> Limits:
    limits = Limits()
    limits.switched(True, now_ms)  # noqa: FBT003 - a charger has two states
    return limits


def measure(limits: Limits, now_ms: int, milliamperes: int = 500, centidegrees: int = COOL, limit: int = 0) -> None:
    smooth = (milliamperes, centidegrees)
    limits.measure((4_900, milliamperes, centidegrees), smooth, limit or OVER_CURRENT_MA, now_ms)


currents = st.sampled_from([0, OVER_CURRENT_MA, *[OVER_CURRENT_MA + 1] * 4]) | st.integers(0, SHORT_MA - 1)


@given(st.lists(st.tuples(currents, st.integers(1, 400)), min_size=4, max_size=40))
def test_an_over_current_is_cut_when_it_lasts_and_only_then(history: list[tuple[int, int]]) -> None:
    """What was above counts, what was not takes away; of a time without samples no more than a round counts."""
    limits = on()
    now_ms, above_ms = 0, 0
    measure(limits, now_ms)
    for milliamperes, later_ms in history:
        now_ms += later_ms
        measure(limits, now_ms, milliamperes)
        counted_ms = min(later_ms, ROUND_MS)
        above_ms = max(above_ms + (counted_ms if milliamperes > OVER_CURRENT_MA else -counted_ms), 0)
        if above_ms >= OVER_CURRENT_MS:
            assert (limits.reason, limits.number, limits.measured) == (OVER_CURRENT, 1, milliamperes)
            return
        assert limits.reason == NOT_CUT


def test_what_a_camera_draws_at_the_first_moment_is_no_over_current() -> None:
    limits = on()
    for now_ms in range(0, OVER_CURRENT_MS, EVERY_MS):
        measure(limits, now_ms, SHORT_MA - 1)
    measure(limits, OVER_CURRENT_MS)
    assert limits.reason == NOT_CUT


@pytest.mark.parametrize(("every", "is_cut"), [(10, True), (3, True), (2, False)])
def test_short_dips_do_not_defeat_the_limit(every: int, is_cut: bool) -> None:  # noqa: FBT001
    """As of a camera that stops for a moment now and then; who is above for half the time is left."""
    limits = on()
    for place in range(1_000):
        if limits.reason == NOT_CUT:
            measure(limits, place * EVERY_MS, 500 if place % every == 0 else OVER_CURRENT_MA + 500)
    assert limits.reason == (OVER_CURRENT if is_cut else NOT_CUT)


def test_what_was_above_is_forgotten_when_the_charger_is_off() -> None:
    limits = on()
    for now_ms in range(0, OVER_CURRENT_MS, EVERY_MS):
        measure(limits, now_ms, 2_000)
    limits.switched(False, OVER_CURRENT_MS)  # noqa: FBT003
    limits.switched(True, OVER_CURRENT_MS)  # noqa: FBT003
    measure(limits, OVER_CURRENT_MS, 2_000)
    measure(limits, OVER_CURRENT_MS + EVERY_MS, 2_000)
    assert limits.reason == NOT_CUT


@pytest.mark.parametrize("earlier", [NOT_CUT, SHORT])
def test_a_charger_that_does_not_switch_off_is_said_whatever_it_was_cut_for(earlier: int) -> None:
    limits = on()
    if earlier == SHORT:
        measure(limits, 0, SHORT_MA)
    else:
        limits.switched(False, 0)  # noqa: FBT003
    cuts = limits.number
    for now_ms in range(EVERY_MS, EVERY_MS + STUCK_MS, EVERY_MS):
        measure(limits, now_ms, STUCK_MA)
        assert (limits.reason, limits.number) == (earlier, cuts)
    for now_ms in range(EVERY_MS + STUCK_MS, 10 * STUCK_MS, EVERY_MS):
        measure(limits, now_ms, STUCK_MA)
        assert (limits.reason, limits.number, limits.measured) == (STUCK, cuts + 1, STUCK_MA), "and said once"


@pytest.mark.parametrize(("last", "smooth"), [(STUCK_MA - 1, 3_000), (3_000, STUCK_MA - 1)])
def test_what_only_fades_or_only_flickers_is_not_stuck(last: int, smooth: int) -> None:
    """What is smoothed falls slowly behind a charger that was just switched off."""
    limits = Limits()
    for now_ms in range(0, 10 * STUCK_MS, EVERY_MS):
        limits.measure((4_900, last, COOL), (smooth, COOL), OVER_CURRENT_MA, now_ms)
    assert limits.reason == NOT_CUT


def test_the_safe_current_is_a_limit_like_the_other() -> None:
    limits = on()
    for now_ms in range(0, OVER_CURRENT_MS + 1, EVERY_MS):
        assert limits.reason == NOT_CUT
        measure(limits, now_ms, SAFE_MA + 1, limit=SAFE_MA)
    assert limits.reason == OVER_CURRENT


@given(st.integers(0, SHORT_MV - 1), st.integers(COLLAPSED_MA, SHORT_MA), st.integers(RISE_MS, 10_000))
def test_a_collapsed_voltage_with_a_current_is_a_short_at_once(millivolts: int, milliamperes: int, at_ms: int) -> None:
    limits = on()
    limits.measure((millivolts, milliamperes, COOL), (0, COOL), OVER_CURRENT_MA, at_ms)
    assert (limits.reason, limits.measured) == (SHORT, milliamperes)


@pytest.mark.parametrize(
    ("sample", "at_ms", "cut"),
    [
        ((4_900, SHORT_MA, COOL), 0, True),
        ((4_900, SHORT_MA - 1, COOL), 5, False),
        ((0, COLLAPSED_MA - 1, COOL), 5_000, False),
        ((SHORT_MV, OVER_CURRENT_MA, COOL), 5_000, False),
        ((0, OVER_CURRENT_MA, COOL), RISE_MS - 1, False),
    ],
    ids=["far too much", "a little less", "no supply", "a weak one", "still rising"],
)
def test_what_is_a_short_and_what_is_not(sample: tuple[int, int, int], at_ms: int, cut: bool) -> None:  # noqa: FBT001
    limits = on()
    limits.measure(sample, (sample[1], COOL), OVER_CURRENT_MA, at_ms)
    assert (limits.reason == SHORT) is cut


@pytest.mark.parametrize("charging", [True, False])
def test_too_warm_is_cut_when_it_lasts_even_while_nothing_charges(charging: bool) -> None:  # noqa: FBT001
    """A camera that grows warm by itself is not to be charged either."""
    limits, flows = (on(), 500) if charging else (Limits(), 0)
    for now_ms in range(0, OVER_TEMPERATURE_MS, EVERY_MS):
        measure(limits, now_ms, flows, centidegrees=OVER_TEMPERATURE_CENTIDEGREES)
        assert limits.reason == NOT_CUT
    measure(limits, OVER_TEMPERATURE_MS, flows, centidegrees=OVER_TEMPERATURE_CENTIDEGREES)
    assert (limits.reason, limits.measured) == (OVER_TEMPERATURE, OVER_TEMPERATURE_CENTIDEGREES)


def test_one_wild_temperature_cuts_nothing() -> None:
    limits = on()
    for now_ms in range(0, 10 * OVER_TEMPERATURE_MS, EVERY_MS):
        warm = now_ms % OVER_TEMPERATURE_MS > 0
        measure(limits, now_ms, centidegrees=12_700 if warm else OVER_TEMPERATURE_CENTIDEGREES - 1)
    assert limits.reason == NOT_CUT


def test_a_charger_nobody_watches_is_cut_and_one_that_is_off_is_left() -> None:
    for limits, reason in ((on(500), BLIND), (Limits(), NOT_CUT)):
        limits.look(500 + BLIND_MS - 1)
        assert limits.reason == NOT_CUT
        limits.look(500 + BLIND_MS)
        assert limits.reason == reason
    limits = on()
    for now_ms in range(0, 10 * BLIND_MS, BLIND_MS - 1):
        limits.look(now_ms)
        measure(limits, now_ms)
    assert limits.reason == NOT_CUT


@given(
    st.lists(st.sampled_from(["well", "short", "warm", "over", "blind", "stuck", "off", "on", "forgiven"]), max_size=60)
)
def test_a_cut_stays_what_it_was_until_it_is_forgiven(history: list[str]) -> None:
    limits = on()
    now_ms, believed = 0, (NOT_CUT, 0, 0)
    for event in history:
        now_ms += 700
        match event:
            case "short":
                limits.measure((0, 900, COOL), (900, COOL), OVER_CURRENT_MA, now_ms)
            case "warm":
                measure(limits, now_ms, centidegrees=9_000)
            case "over":
                measure(limits, now_ms, 2_000)
            case "well":
                measure(limits, now_ms)
            case "blind":
                limits.look(now_ms)
            case "stuck":
                for later_ms in (0, STUCK_MS):
                    measure(limits, now_ms + later_ms, STUCK_MA)
            case "forgiven":
                limits.forgive()
            case _:
                limits.switched(event == "on" and limits.reason == NOT_CUT, now_ms)
        after = (limits.reason, limits.number, limits.measured)
        if event == "forgiven":
            assert after == (NOT_CUT, *believed[1:])
        elif believed[0] != NOT_CUT:
            stuck = (STUCK, believed[1] + 1)
            assert after == believed or (believed[0] != STUCK and after[:2] == stuck), "only that tops another cut"
        else:
            assert after == believed or (after[0] != NOT_CUT and after[1] == believed[1] + 1)
        believed = after


def test_the_number_of_cuts_fits_its_register() -> None:
    limits = on()
    limits.number = 0xFFFF
    limits.measure((0, 900, COOL), (900, COOL), OVER_CURRENT_MA, 1_000)
    assert (limits.reason, limits.number) == (SHORT, 0)
