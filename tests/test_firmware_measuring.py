"""Promise: what flowed is counted to the last milliampere-second, and what is shown is what was measured, smoothed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.measuring import CHARGE_WRAPS, COUNTED_GAP_MS, MA_MS_PER_MAH, Meter, Smoothed, sample

samples = st.tuples(st.integers(0, 40_960), st.integers(-4_096, 4_096), st.integers(-4_000, 12_800))


@given(st.lists(st.tuples(st.integers(1, 3 * COUNTED_GAP_MS), samples), min_size=2))
def test_charge_is_counted_without_drift(history: list[tuple[int, tuple[int, int, int]]]) -> None:
    """Against fractions: each current has flowed until the next sample, and backwards or unseen counts as none."""
    meter = Meter()
    now_ms, flowed_ma, counted = 0, 0, Fraction(0)
    for later_ms, measured in history:
        now_ms += later_ms
        counted += Fraction(flowed_ma * min(later_ms, COUNTED_GAP_MS), MA_MS_PER_MAH)
        flowed_ma = max(measured[1], 0)
        meter.take(measured, now_ms)
        assert meter.charge_mah == int(counted)
        assert meter.charge_mah + Fraction(meter._rest_ma_ms, MA_MS_PER_MAH) == counted


def test_charge_is_counted_in_small_steps_as_in_large_ones() -> None:
    slow, fast = Meter(), Meter()
    for now_ms in range(0, 3_600_001, 1_000):
        slow.take((5_000, 7, 2_500), now_ms)
    for now_ms in range(0, 3_600_001, 9):
        fast.take((5_000, 7, 2_500), now_ms)
    assert slow.charge_mah == fast.charge_mah == 7


def test_the_count_starts_again_after_four_thousand_million() -> None:
    meter = Meter()
    meter.charge_mah = CHARGE_WRAPS - 1
    meter._rest_ma_ms = MA_MS_PER_MAH - 1
    meter.take((5_000, 1, 2_500), 0)
    meter.take((5_000, 1, 2_500), 1)
    assert (meter.charge_mah, meter._rest_ma_ms) == (0, 0)


def test_sensors_that_do_not_answer_show_nothing_and_count_nothing() -> None:
    meter = Meter()
    meter.take((5_000, 1_000, 2_500), 0)
    meter.take((5_000, 1_000, 2_500), 900)
    meter.forget()
    counted = meter._rest_ma_ms
    assert (meter.millivolts.value, meter.milliamperes.value, meter.centidegrees.value) == (None, None, None)
    meter.take((4_000, 500, 2_600), 1_800)
    assert meter._rest_ma_ms == counted
    assert (meter.millivolts.value, meter.milliamperes.value, meter.centidegrees.value) == (4_000, 500, 2_600)


@given(st.lists(st.integers(-40_000, 40_000), min_size=1))
def test_a_smoothed_value_stays_among_its_samples(values: list[int]) -> None:
    smoothed = Smoothed()
    for value in values:
        smoothed.take(value)
    assert smoothed.value is not None
    assert min(values) <= smoothed.value <= max(values)


@given(st.integers(-40_000, 40_000), st.integers(-40_000, 40_000))
def test_a_smoothed_value_arrives_exactly(before: int, after: int) -> None:
    smoothed = Smoothed()
    smoothed.take(before)
    for _ in range(60):
        smoothed.take(after)
    assert smoothed.value == after


@pytest.mark.parametrize(
    ("registers", "shown"),
    [
        (("0fa0", "2580", "1900"), (5_000, 1_200, 2_500)),
        (("0000", "0000", "0000"), (0, 0, 0)),
        (("0fa1", "fff8", "ff00"), (5_001, -1, -100)),
        (("0001", "0004", "0010"), (1, 1, 6)),
        (("7fff", "7fff", "7ff0"), (40_959, 4_096, 12_794)),
        (("0000", "8000", "e700"), (0, -4_096, -2_500)),
    ],
)
def test_registers_are_read_as_their_data_sheets_say(
    registers: tuple[str, str, str], shown: tuple[int, int, int]
) -> None:
    """1.25 mV; 2.5 uV over 20 milliohms; 1/256 of a degree, of which the last four bits are 0."""
    bus, shunt, temperature = map(bytes.fromhex, registers)
    assert sample(bus, shunt, temperature) == shown
