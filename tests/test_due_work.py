"""What is due, when, and that waiting is counted by the clock nobody can set."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.custody.docking import (
    BATTERY_AGES_MS,
    FULL_PERCENT,
    STANDING_BATTERY_AGES_MS,
    STILL_READINGS_MAX,
    Docking,
    DockingStep,
    advance_docking,
)
from station.custody.due_work import CLEARINGS_TRIED_MAX, RECORDINGS_DUE_MAX, Task, Work, due_work
from station.custody.facts import BatteryJudged, Fact
from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from tests.plain_policy import PlainPolicy
from tests.stations import START

POLICY = PlainPolicy()
HOUR_MS = 3_600_000
DOCKING = Docking(1, DockingStep.STARTED, "1", START.boot_id, START.boot_ms)
RECORDING = Recording(5, RecordingStep.HELD, 1, "C1", "l", 1, "a" * 64, None, "NO_LOAN")


def due(*subjects: Docking | Recording, after_ms: int = 0, boot_id: str = START.boot_id) -> set[Task]:
    state = State().holding(subjects, 50)
    at = replace(START.later(after_ms), boot_id=boot_id)
    return set(due_work(state, POLICY, at))


def test_a_silent_camera_is_called_silent_in_time_whatever_the_wall_clock_does() -> None:
    limit = POLICY.silent_after_ms
    assert due(DOCKING) == {Task(Work.IDENTIFY, 1), Task(Work.CALL_SILENT, 1, limit)}
    assert Task(Work.CALL_SILENT, 1, 1) in due(DOCKING, after_ms=limit - 1)
    assert Task(Work.CALL_SILENT, 1, 0) in due(DOCKING, after_ms=limit + 9)
    stepped = replace(START, utc_ms=0)
    assert Task(Work.CALL_SILENT, 1, limit) in due_work(State().holding([DOCKING], 2), POLICY, stepped)


def test_an_offer_lapses_in_time_and_at_once_after_a_restart() -> None:
    offered = replace(
        DOCKING, step=DockingStep.OFFERED, loan=7, offered_boot_id=START.boot_id, offered_boot_ms=START.boot_ms
    )
    assert due(offered) == {Task(Work.LAPSE_OFFER, 1, POLICY.offer_lasts_ms)}
    assert due(offered, after_ms=POLICY.offer_lasts_ms) == {Task(Work.LAPSE_OFFER, 1, 0)}
    assert due(offered, boot_id="another") == {Task(Work.LAPSE_OFFER, 1, 0)}


def test_each_step_has_its_work() -> None:
    ready = replace(
        DOCKING,
        camera="C1",
        judged_boot_id=START.boot_id,
        judged_boot_ms=START.boot_ms,
        still_readings=STILL_READINGS_MAX,
        clock_set=True,
        read_boot_id=START.boot_id,
    )
    work = {step: {task.work for task in due(replace(ready, step=step))} for step in DockingStep}
    assert work[DockingStep.SILENT] == {Work.WAKE, Work.OPEN_REPAIR}
    assert work[DockingStep.READING] == {Work.READ}
    assert work[DockingStep.CLEARING] == {Work.CLEAR}
    assert work[DockingStep.READ] == work[DockingStep.QUARANTINED] == work[DockingStep.TAKEN] == set()
    fresh = replace(ready, step=DockingStep.READ, judged_boot_id=None, clock_set=False)
    assert {task.work for task in due(fresh)} == {Work.JUDGE_BATTERY, Work.SET_CLOCK}
    assert {t.work for t in due(replace(DOCKING, step=DockingStep.QUARANTINED))} == {Work.READ}


def test_a_clock_is_left_alone_until_everything_stamped_by_it_is_read() -> None:
    fresh = replace(DOCKING, camera="C1", step=DockingStep.READING)
    assert {task.work for task in due(fresh)} == {Work.READ, Work.JUDGE_BATTERY}


def test_after_a_restart_a_camera_is_listed_again() -> None:
    ready = replace(
        DOCKING,
        camera="C1",
        step=DockingStep.READ,
        judged_boot_id=START.boot_id,
        judged_boot_ms=START.boot_ms,
        still_readings=STILL_READINGS_MAX,
        clock_set=True,
    )
    assert due(replace(ready, read_boot_id=START.boot_id)) == set()
    assert due(replace(ready, read_boot_id="an older boot")) == {Task(Work.READ, 1)}


def test_a_camera_that_deletes_nothing_is_not_ordered_to_for_ever() -> None:
    ready = replace(
        DOCKING,
        camera="C1",
        step=DockingStep.READ,
        judged_boot_id=START.boot_id,
        judged_boot_ms=START.boot_ms,
        still_readings=STILL_READINGS_MAX,
        clock_set=True,
        read_boot_id=START.boot_id,
    )
    proved = replace(RECORDING, step=RecordingStep.RECEIVED, stated=6, received=7)
    for failed in range(CLEARINGS_TRIED_MAX + 2):
        ordered = Task(Work.ORDER_CLEARING, 1) in due(replace(ready, clearings_failed=failed), proved)
        assert ordered is (failed < CLEARINGS_TRIED_MAX)


def test_recordings_are_signed_sent_and_cleared() -> None:
    ready = replace(
        DOCKING,
        step=DockingStep.READ,
        camera="C1",
        judged_boot_id=START.boot_id,
        judged_boot_ms=START.boot_ms,
        still_readings=STILL_READINGS_MAX,
        clock_set=True,
        read_boot_id=START.boot_id,
    )
    held = due(ready, RECORDING)
    assert held == {Task(Work.SIGN, 5)}
    stated = replace(RECORDING, step=RecordingStep.STATED, stated=6)
    assert due(ready, stated) == {Task(Work.UPLOAD, 5)}
    received = replace(stated, step=RecordingStep.RECEIVED, received=7)
    assert due(ready, received) == {Task(Work.ORDER_CLEARING, 1)}


def test_what_is_due_at_once_is_bounded() -> None:
    many = [replace(RECORDING, number=n, listing=str(n)) for n in range(10, 1_010)]
    assert len(due(*many)) == RECORDINGS_DUE_MAX


def test_a_charge_that_is_not_enough_is_measured_again_after_a_while_on_the_charger() -> None:
    charging = replace(
        DOCKING,
        camera="C1",
        step=DockingStep.READ,
        clock_set=True,
        read_boot_id=START.boot_id,
        judged_boot_id=START.boot_id,
        judged_boot_ms=START.boot_ms,
        battery_percent=62,
        still_readings=STILL_READINGS_MAX - 1,
    )
    state, wanting = State().holding([charging], 9), PlainPolicy(enough_percent=80)
    assert due_work(state, wanting, START) == (Task(Work.JUDGE_BATTERY, 1, BATTERY_AGES_MS),)
    assert due_work(state, wanting, START.later(BATTERY_AGES_MS)) == (Task(Work.JUDGE_BATTERY, 1, 0),)
    still = State().holding([replace(charging, still_readings=STILL_READINGS_MAX)], 9)
    assert due_work(still, PlainPolicy(enough_percent=62), START.later(BATTERY_AGES_MS)) == ()
    assert due_work(still, wanting, START) == (Task(Work.JUDGE_BATTERY, 1, STANDING_BATTERY_AGES_MS),)


@pytest.mark.parametrize(
    ("percent", "minutes", "again"),
    [(96, 479, True), (40, 480, False), (100, 479, False), (62, None, True), (80, None, False)],
)
def test_where_hours_decide_the_charge_is_measured_until_the_hours_are_there(
    percent: int, minutes: int | None, *, again: bool
) -> None:
    """Else the gate would refuse for its old reading a camera that has long been charged; full is full."""
    charging = replace(
        DOCKING,
        judged_boot_id=START.boot_id,
        judged_boot_ms=START.boot_ms,
        battery_percent=percent,
        recording_minutes=minutes,
        still_readings=STILL_READINGS_MAX,
    )
    assert (charging.battery_due_in_ms(80, 480, START) == STANDING_BATTERY_AGES_MS) is again


def read_until_nothing_is_due(gauge: Callable[[int], int | None], enough: int, days: int = 3) -> list[int | None]:
    """Every reading of one docking; `gauge` says what the camera shows after so many ms on its charger."""
    docking, elapsed_ms = replace(DOCKING, camera="C1", step=DockingStep.READ), 0
    readings: list[int | None] = []
    while elapsed_ms < days * 86_400_000:
        at = START.later(elapsed_ms)
        wait_ms = docking.battery_due_in_ms(enough, 0, at)
        if wait_ms is None:
            return readings
        if wait_ms:
            elapsed_ms += wait_ms
            continue
        readings.append(gauge(elapsed_ms))
        judged = BatteryJudged(docking=1, percent=readings[-1], health_percent=None)
        docking = advance_docking(docking, Fact(9, at, "station", "p@1", "docking:1", judged))
    return readings


def rising(step: int, hours: float, start: int = 20) -> Callable[[int], int]:
    """A gauge that shows every `step` percent only."""
    return lambda ms: min(100, start + int(80 * ms / (hours * HOUR_MS))) // step * step


@pytest.mark.parametrize("step", [1, 5, 10])
@pytest.mark.parametrize("enough", [0, 80])
def test_a_charge_is_measured_until_it_is_full(step: int, enough: int) -> None:
    """Where it is enough long before, too: the plan and the battery's weighing ask for the whole way."""
    readings = read_until_nothing_is_due(rising(step, hours=3.5), enough)
    assert readings[-1] == FULL_PERCENT
    assert len(readings) <= 25


@pytest.mark.parametrize(("shown", "count"), [(100, 1), (None, 1), (85, 1 + STILL_READINGS_MAX)])
def test_what_is_full_cannot_be_read_or_does_not_rise_is_left_alone(shown: int | None, count: int) -> None:
    assert len(read_until_nothing_is_due(lambda _: shown, enough=80)) == count


def test_a_dead_battery_fills_no_journal() -> None:
    readings = read_until_nothing_is_due(lambda _: 12, enough=80, days=3)
    assert 24 * 2 * 3 - 2 <= len(readings) <= 24 * 2 * 3 + STILL_READINGS_MAX


def test_a_gauge_that_goes_to_and_fro_is_believed_to_stand_still() -> None:
    shown = itertools.cycle([85, 87, 86])
    assert read_until_nothing_is_due(lambda _: next(shown), enough=80) == [85, 87, 86, 85, 87]


@given(st.lists(st.integers(0, 100) | st.none(), min_size=1), st.integers(0, 100))
def test_the_readings_of_one_docking_are_bounded_whatever_the_gauge_shows(shows: list[int | None], enough: int) -> None:
    """Each percent may rise once, and stand still so often after it; what is too low, twice an hour."""
    shown = itertools.cycle(shows)
    readings = read_until_nothing_is_due(lambda _: next(shown), enough, days=2)
    assert len(readings) <= (FULL_PERCENT + 1) * (1 + STILL_READINGS_MAX) + 2 * 24 * 2
