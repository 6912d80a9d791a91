"""Promise: a docking says of a battery what the charge shows, or why it shows nothing."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.bays.battery_evidence import NoEvidence, evidence
from station.bays.battery_given import Sample
from station.bays.battery_health import Health, Unknown, judged
from tests.charging_cells import (
    BATTERY,
    FLAT,
    METER,
    RECORDING_MA,
    TRUE,
    Cell,
    Visit,
    docked,
    known,
    records,
    records_until,
    seen,
    stands_by,
)

_cells = st.builds(
    Cell,
    full_mah=st.floats(1_000, 5_000),
    ohms=st.floats(0.1, 0.5),
    charge_ma=st.sampled_from([700.0, 1_000.0, 1_500.0]),
    percent_step=st.sampled_from([1, 4, 25]),
)


@given(_cells, st.floats(0.01, 0.2), st.floats(0, RECORDING_MA))
def test_true_percentages_give_true_charge_however_coarse(cell: Cell, begun: float, own_ma: float) -> None:
    battery = replace(BATTERY, percent_step=cell.percent_step)
    found = known(seen(cell, Visit(begun, lambda _: own_ma), battery=battery).told)
    assert abs(found.full_mah / cell.full_mah - 1) <= 3 * found.own_error + 0.01


@pytest.mark.parametrize("begun", [0.05, 0.1, 0.2, 0.3])
def test_asked_rarely_while_the_current_falls_it_is_no_worse(begun: float) -> None:
    """Between two readings many points pass, and ever fewer of them."""
    found = known(seen(Cell(1_300, ohms=0.44, charge_ma=1_500), Visit(begun, ask_s=600)).told)
    assert found.full_mah == pytest.approx(1_300, rel=0.03)


@given(_cells, st.floats(0, 100))
def test_a_flat_battery_is_weighed_without_any_percentage(cell: Cell, own_ma: float) -> None:
    samples = docked(cell, Visit(FLAT, lambda _: own_ma), TRUE, Random(1))
    mute = [sample._replace(percent=None) for sample in samples]
    found = evidence(mute, BATTERY, METER)
    assert abs(known(found.weighed).full_mah / cell.full_mah - 1) <= 0.02
    assert found.told is NoEvidence.TOO_LITTLE_CHARGED


@pytest.mark.parametrize("own_ma", [stands_by, records, records_until(1.0)])
def test_what_the_camera_uses_itself_is_not_taken_for_charge(own_ma: Callable[[float], float]) -> None:
    found = seen(Cell(2_400), Visit(FLAT, own_ma))
    assert known(found.told).full_mah == pytest.approx(2_400, rel=0.01)
    assert known(found.weighed).full_mah == pytest.approx(2_400, rel=0.01)


def test_with_the_charger_off_the_camera_lives_on_its_battery() -> None:
    found = seen(Cell(2_400), Visit(0.1, records, pauses=((0.5, 1.5),)))
    assert known(found.told).full_mah == pytest.approx(2_400, rel=0.01)


def test_a_charger_switched_off_when_the_camera_was_full_says_as_much() -> None:
    samples = docked(Cell(2_400), Visit(FLAT), TRUE, Random(1))
    last = samples[-1]
    off = [last._replace(at_ms=last.at_ms + n * 30_000, charging=False, ma=0, percent=None) for n in range(1, 60)]
    found = evidence([*samples, *off], BATTERY, METER)
    assert known(found.weighed).full_mah == pytest.approx(2_400, rel=0.01)
    again = [
        off[-1]._replace(at_ms=off[-1].at_ms + n * 30_000, charging=True, ma=900, counted_mah=last.counted_mah + 8 * n)
        for n in range(1, 5)
    ]
    found = evidence([*samples, *off, *again], BATTERY, METER)
    assert known(found.weighed).full_mah == pytest.approx(2_400, rel=0.01)


def test_a_charger_switched_off_before_its_rest_says_nothing_of_the_cameras_own_draw() -> None:
    samples = docked(Cell(2_400), Visit(FLAT), TRUE, Random(1))
    full_at = next(n for n, sample in enumerate(samples) if sample.percent == 100)
    assert evidence(samples[: full_at + 6], BATTERY, METER).weighed is NoEvidence.OWN_DRAW_UNKNOWN


def test_a_short_charge_says_nothing() -> None:
    found = seen(Cell(2_400), Visit(0.65))
    assert (found.told, found.weighed) == (NoEvidence.TOO_LITTLE_CHARGED, NoEvidence.TOO_LITTLE_CHARGED)
    assert evidence([], BATTERY, METER).told is NoEvidence.TOO_LITTLE_CHARGED


@pytest.mark.parametrize("silent_ms", [0, 3_600_000])
def test_a_battery_that_trickled_but_was_not_flat_is_not_weighed(silent_ms: int) -> None:
    """Some cameras draw little until they have been spoken to, and some speak late."""
    samples = docked(Cell(2_400), Visit(FLAT), TRUE, Random(1))
    half_full = [
        sample._replace(
            percent=None if sample.percent is None or sample.at_ms < silent_ms else 50 + sample.percent // 2
        )
        for sample in samples
    ]
    assert evidence(half_full, BATTERY, METER).weighed is NoEvidence.TOO_LITTLE_CHARGED


_samples = st.lists(
    st.builds(
        Sample,
        at_ms=st.integers(0, 10**8),
        charging=st.booleans(),
        ma=st.integers(-(2**15), 2**15),
        mv=st.integers(-(2**15), 2**15),
        counted_mah=st.integers(0, 10**4),
        percent=st.none() | st.integers(0, 100),
    ),
    max_size=60,
)


@given(_samples, st.booleans(), st.booleans())
def test_whatever_a_bay_tells_there_is_an_answer(samples: list[Sample], sort_times: bool, sort_counts: bool) -> None:  # noqa: FBT001
    times = sorted(sample.at_ms for sample in samples) if sort_times else [sample.at_ms for sample in samples]
    counts = sorted(sample.counted_mah for sample in samples) if sort_counts else [one.counted_mah for one in samples]
    told = [
        sample._replace(at_ms=at_ms, counted_mah=counted_mah)
        for sample, at_ms, counted_mah in zip(samples, times, counts, strict=True)
    ]
    found = evidence(told, BATTERY, METER)
    assert isinstance(judged([found] * 5, BATTERY), Health | Unknown)
    for each in (found.told, found.weighed):
        assert isinstance(each, NoEvidence) or each.full_mah > 0


@pytest.mark.parametrize("told_at_full", [80, 130])
def test_a_percentage_that_is_not_full_where_the_charge_is_is_not_believed(told_at_full: int) -> None:
    samples = docked(Cell(2_400), Visit(0.05), TRUE, Random(1))
    lying = [
        sample if sample.percent is None else sample._replace(percent=_bent(sample.percent, told_at_full))
        for sample in samples
    ]
    assert evidence(lying, BATTERY, METER).told is NoEvidence.PERCENT_IS_NOT_CHARGE


def _bent(percent: int, told_at_full: int) -> int:
    return percent if percent == 100 else min(99, percent * told_at_full // 100)


@pytest.mark.parametrize("points", [-3.0, 3.0])
def test_a_percentage_that_strays_widens_what_is_said_by_as_much(points: float) -> None:
    """All dockings of a camera have the same gauge: no number of them shows how wrong it is."""
    steady, strays = (known(seen(Cell(2_400, gauge_points=each), Visit(0.2)).told) for each in (0.5, points))
    assert abs(strays.full_mah / 2_400 - 1) > 0.05
    assert abs(strays.full_mah / 2_400 - 1) < 2 * strays.shared_error
    assert steady.shared_error < 0.5 * strays.shared_error


def test_four_bars_are_too_few_to_see_a_gauge_stray() -> None:
    bars = replace(BATTERY, percent_step=25)
    told = known(seen(Cell(2_400, percent_step=25), Visit(0.05), battery=bars).told)
    finer = known(seen(Cell(2_400), Visit(0.05)).told)
    assert told.shared_error > 2 * finer.shared_error


def test_a_percentage_of_volts_is_not_charge() -> None:
    samples = docked(Cell(2_400), Visit(0.05), TRUE, Random(1))
    bent = [
        sample if sample.percent is None else sample._replace(percent=round(sample.percent**2 / 100))
        for sample in samples
    ]
    assert evidence(bent, BATTERY, METER).told is NoEvidence.PERCENT_IS_NOT_CHARGE


def test_a_board_that_was_started_again_counts_from_there() -> None:
    samples = docked(Cell(2_400), Visit(0.1), TRUE, Random(1))
    again = len(samples) // 8
    base = samples[again].counted_mah
    restarted = [
        sample if n < again else sample._replace(counted_mah=sample.counted_mah - base)
        for n, sample in enumerate(samples)
    ]
    assert known(evidence(restarted, BATTERY, METER).told).full_mah == pytest.approx(2_400, rel=0.02)


def test_a_switching_charger_puts_more_in_than_is_counted() -> None:
    switching = replace(BATTERY, mah_per_counted=1.2, mah_per_counted_error=0.03)
    plain, more = (known(seen(Cell(2_400), Visit(FLAT), battery=each).weighed) for each in (BATTERY, switching))
    assert more.full_mah == pytest.approx(1.2 * plain.full_mah)
    assert more.shared_error > plain.shared_error


@given(st.floats(0.05, 0.6), st.floats(0.1, 0.9))
def test_resistance_is_what_the_voltage_rises_by_at_switch_on(ohms: float, begun: float) -> None:
    visit = Visit(begun, pauses=((0.1, 0.2), (0.3, 0.4), (0.5, 0.6)))
    found = seen(Cell(2_400, ohms=ohms, charge_ma=700), visit).ohms
    assert found is None or found == pytest.approx(ohms, rel=0.05, abs=0.005)


def test_a_voltage_that_falls_at_switch_on_is_the_supplys_and_not_the_batterys() -> None:
    sagging = [Sample(0, False, 0, 5_050, 0), Sample(5_000, True, 900, 4_900, 1)]  # noqa: FBT003 - a switch
    assert evidence(sagging, BATTERY, METER).ohms is None
    rising = [Sample(0, False, 0, 3_700, 0), Sample(5_000, True, 900, 3_880, 1)]  # noqa: FBT003
    assert evidence(rising, BATTERY, METER).ohms == pytest.approx(0.2)
    late = [rising[0], rising[1]._replace(at_ms=60_000)]
    assert evidence(late, BATTERY, METER).ohms is None
    switched = [Sample(0, False, 0, 0, 0), Sample(5_000, True, 1_000, 4_900, 0)]  # noqa: FBT003
    assert evidence(switched, BATTERY, METER).ohms is None, "measured behind the switch, that was no battery"
