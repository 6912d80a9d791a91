"""Promise: a camera that says nothing is called for ever, given up once after the pack's limit, and read if it speaks.

Here it is in its bay and not on USB, as one is whose battery is flat.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from hardware.simulated.dock import About
from station.bays.waking import FIRST_MS, wake_due
from station.custody import acts
from station.custody import observations as seen
from station.custody.docking import Docking, DockingStep, advance_docking
from station.custody.due_work import Task, Work, due_work
from station.custody.facts import CameraSilent, DockingStarted, Fact
from station.custody.repair import Noticed, RepairStep
from station.custody.silence import repair_due_in_ms
from station.custody.state import State
from station.errors import RefusedError, UnfitObservationError
from station.journal.sqlite_log import connect_to_read
from station.policy.in_force import PackPolicy
from station.policy.rolls import Body, Rolls
from station.stamp import Stamp
from station.store import projections
from station.work_dispatcher import LONGEST_PAUSE_MS
from tests.acting import HOUR_MS, START_MS, Desk
from tests.docked_station import CAMERA
from tests.plain_policy import PlainPolicy
from tests.policies import pack_with
from tests.stations import START
from tests.test_usb_watch import ONE, TWO, UsbStation

LIMIT_MS = 4 * HOUR_MS


@pytest.fixture(autouse=True)
def _cameras_close_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.usb_pipe._INTERRUPT_PATIENCE_MS", 2)


@pytest.fixture
def docked(tmp_path: Path) -> Iterator[UsbStation]:
    docked = UsbStation(tmp_path, ONE, TWO)
    yield docked
    docked.close()


# --- a station at work


def work_until(docked: UsbStation, ms: int) -> list[Work]:
    """Every round of the dispatcher until so long after the docking; what was done."""
    done: list[Work] = []
    while docked.clock.stamp().boot_ms < ms:
        done += docked.round()
        docked.clock.advance(min(LONGEST_PAUSE_MS, ms - docked.clock.stamp().boot_ms))
    return done + docked.round()


def test_a_flat_camera_is_called_given_up_once_and_read_when_it_speaks(docked: UsbStation) -> None:
    docked.tell(seen.PresenceClosed(bay="1"))
    assert Work.OPEN_REPAIR not in work_until(docked, LIMIT_MS - 1)
    assert docked.docking().step is DockingStep.SILENT
    assert work_until(docked, LIMIT_MS).count(Work.OPEN_REPAIR) == 1
    later = work_until(docked, LIMIT_MS + 2 * HOUR_MS)
    assert set(later) == {Work.WAKE}, "it is called all the same"
    opened = docked.said("unread_repair_opened")
    assert (opened.docking, opened.camera) == (docked.docking().number, None)
    assert (opened.noticed, opened.silent_ms, opened.footage_inside) == ("SILENCE", LIMIT_MS, "NOT_RULED_OUT")
    assert opened.rule == "docking.silent_repair_hours"
    docked.dock.put(CAMERA, "1")
    assert docked.settle()[0] is Work.WAKE
    assert docked.docking().step is DockingStep.READ
    assert len(docked.held()) == 2
    (repair,) = docked.state().repairs.values()
    assert repair.step is RepairStep.OPEN, "a person closes it"


def test_a_flat_camera_is_charged_has_its_power_cycled_and_is_read(docked: UsbStation) -> None:
    docked.dock.tell_about(CAMERA, About(wakes_at=2))
    docked.dock.put(CAMERA, "1")
    docked.dock.set_charging("1", on=True)
    docked.tell(seen.PresenceClosed(bay="1"))
    cycled: list[int] = []
    while docked.docking().step is not DockingStep.READ:
        now_ms = docked.clock.stamp().boot_ms
        assert now_ms < HOUR_MS
        if docked.docking().step is DockingStep.SILENT and wake_due(now_ms, now_ms, cycled, 400, now_ms):
            cycled.append(now_ms)
            docked.dock.set_charging("1", on=False)
            docked.dock.set_charging("1", on=True)
        docked.round()
        docked.clock.advance(LONGEST_PAUSE_MS)
    assert cycled == [FIRST_MS]
    assert len(docked.held()) == 2
    assert "unread_repair_opened" not in docked.kinds()


def test_one_that_speaks_in_time_is_no_repair(docked: UsbStation) -> None:
    docked.tell(seen.PresenceClosed(bay="1"))
    work_until(docked, LIMIT_MS - 60_000)
    docked.dock.put(CAMERA, "1")
    work_until(docked, LIMIT_MS + HOUR_MS)
    assert "unread_repair_opened" not in docked.kinds()


def test_a_station_that_starts_anew_knows_of_the_repair(docked: UsbStation) -> None:
    docked.tell(seen.PresenceClosed(bay="1"))
    work_until(docked, LIMIT_MS)
    connection = connect_to_read(docked.journal)
    loaded = projections.load(connection)
    connection.close()
    assert loaded == docked.state()
    at = replace(docked.clock.stamp().later(9 * HOUR_MS), boot_id="b2", boot_ms=8 * HOUR_MS)
    assert [task.work for task in due_work(loaded, PlainPolicy(), at)] == [Work.WAKE]


# --- at the gate, and in the workshop


def gate() -> Desk:
    """A desk whose unit is on the roll of enforcing bodies: its officers may be lent to."""
    desk = Desk()
    desk.policy = replace(desk.policy, rolls=replace(desk.policy.rolls, bodies={"u1": Body("u1", "u1")}))
    return desk


def dock_silent(desk: Desk, bay: str = "1", label: str | None = None) -> int:
    docking = desk.begin(seen.PresenceClosed(bay=bay))
    desk.tell(seen.CameraStayedSilent(docking=docking, label=label))
    return docking


def give_up(desk: Desk, docking: int) -> int:
    desk.later(LIMIT_MS)
    return desk.begin(seen.CameraStaysSilent(docking=docking))


def speak(desk: Desk, docking: int, camera: str = "C1") -> None:
    desk.tell(seen.CameraIdentified(docking=docking, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=500))
    desk.tell(seen.CameraListed(docking=docking, listings=frozenset()))
    desk.tell(seen.BatteryMeasured(docking=docking, percent=100, health_percent=95, free_minutes=900))
    desk.tell(seen.ClockWasSet(docking=docking, clock_ahead_ms=0, clock_error_ms=500))


@pytest.mark.parametrize("label", [None, "C1"])
@pytest.mark.parametrize("reads_first", [True, False], ids=["reading first", "lending unread"])
def test_a_silent_camera_is_lent_to_nobody_and_the_gate_says_why(label: str | None, *, reads_first: bool) -> None:
    desk = Desk(check__uningested_blocks=reads_first)
    dock_silent(desk, label=label)
    for emergency in (False, True):
        with pytest.raises(RefusedError) as refused:
            desk.tell(seen.CameraAsked(bay="1", by="officer-1", emergency=emergency))
        assert refused.value.code == "NO_CAMERA_TO_LEND"
        words = desk.policy.said(desk.policy.finds(refused.value.code))
        assert "充电" in words[0]


@pytest.mark.parametrize("label", [None, "C1"])
def test_it_stays_given_up_when_it_speaks_until_a_person_has_seen_to_it(label: str | None) -> None:
    desk = gate()
    docking = dock_silent(desk, label=label)
    repair = give_up(desk, docking)
    speak(desk, docking)
    (refused,) = desk.tell(seen.CameraAsked(bay="1", by="officer-1"))
    assert (refused.body.type, getattr(refused.body, "code", "")) == ("loan_refused", "DEVICE_IN_REPAIR")
    desk.tell(acts.FinishRepair(by="mender", repair=repair))
    assert desk.tell(seen.CameraAsked(bay="1", by="officer-1"))[0].body.type == "bay_offered"


def test_a_repair_of_an_unknown_camera_binds_no_other() -> None:
    desk = gate()
    repair = give_up(desk, dock_silent(desk))
    assert desk.state.repairs[repair].noticed == Noticed.SILENCE
    other = desk.begin(seen.PresenceClosed(bay="2"))
    speak(desk, other, "C2")
    assert desk.tell(seen.CameraAsked(bay="2", by="officer-1"))[0].body.type == "bay_offered"
    with pytest.raises(UnfitObservationError, match="nobody knows which camera"):
        desk.tell(acts.RetireCamera(by="mender", repair=repair, remark="无修复价值"))
    desk.tell(acts.BeginRepair(by="mender", repair=repair))
    desk.tell(acts.FinishRepair(by="mender", repair=repair))
    assert not desk.state.repairs


def test_the_limit_is_the_packs_and_of_no_step_but_silence() -> None:
    desk = Desk(docking__silent_repair_hours=1)
    docking = desk.begin(seen.PresenceClosed(bay="1"))
    desk.later(HOUR_MS)
    assert desk.tell(seen.CameraStaysSilent(docking=docking)) == ()
    desk.tell(seen.CameraStayedSilent(docking=docking, label=None))
    assert [fact.body.type for fact in desk.tell(seen.CameraStaysSilent(docking=docking))] == ["unread_repair_opened"]
    assert PackPolicy(pack_with("yinchuan"), Rolls()).silent_repair_after_ms == LIMIT_MS


def test_once_in_a_docking_and_once_for_a_camera_while_its_repair_is_open() -> None:
    desk = Desk()
    docking = dock_silent(desk, label="C1")
    repair = give_up(desk, docking)
    assert desk.tell(seen.CameraStaysSilent(docking=docking)) == ()
    desk.tell(seen.PresenceOpened(bay="1"))
    again = dock_silent(desk, bay="2", label="C1")
    desk.later(LIMIT_MS)
    assert desk.tell(seen.CameraStaysSilent(docking=again)) == ()
    desk.tell(acts.FinishRepair(by="mender", repair=repair))
    second = desk.begin(seen.CameraStaysSilent(docking=again))
    desk.tell(acts.FinishRepair(by="mender", repair=second))
    assert desk.tell(seen.CameraStaysSilent(docking=again)) == (), "it is the same docking"


def test_a_fault_that_a_person_reported_says_nothing_of_footage_and_counts_for_itself() -> None:
    desk = Desk()
    docking = dock_silent(desk, label="C1")
    fault = acts.ReportFault(
        by="officer-1", camera="C1", noticed=Noticed.OFFICER, noticed_ms=START_MS, description="无法开机"
    )
    desk.tell(fault)
    repair = give_up(desk, docking)
    assert desk.state.repairs[repair].docking == docking
    assert len(desk.state.repairs) == 2


# --- how long it was silent, over restarts


def silent_docking(started: Stamp, called: Stamp) -> Docking:
    docking = advance_docking(None, Fact(1, started, "station", "p@1", "docking:1", DockingStarted(bay="1")))
    silent = CameraSilent(docking=1, camera=None)
    return advance_docking(docking, Fact(2, called, "station", "p@1", "docking:1", silent))


def left_ms(docking: Docking, at: Stamp) -> int:
    left = repair_due_in_ms(State().holding([docking], 9), docking, LIMIT_MS, at)
    assert left is not None
    return left


def test_in_one_boot_the_wall_clock_does_not_matter() -> None:
    docking = silent_docking(START, START.later(60_000))
    at = START.later(HOUR_MS)
    assert left_ms(docking, replace(at, utc_ms=0)) == LIMIT_MS - HOUR_MS


def test_while_the_station_was_off_nobody_was_silent() -> None:
    """Nobody charged or called it then; what counts is this boot."""
    docking = silent_docking(START, START.later(60_000))
    at = replace(START.later(48 * HOUR_MS), boot_id="b2", boot_ms=60_000)
    assert left_ms(docking, at) == LIMIT_MS - 60_000
    assert left_ms(docking, replace(at, boot_ms=LIMIT_MS)) == 0
    tasks = due_work(State().holding([docking], 9), Desk().policy, at)
    assert tasks == (Task(Work.WAKE, 1), Task(Work.OPEN_REPAIR, 1, LIMIT_MS - 60_000))
    assert all(task.wait_ms for task in due_work(State().holding([docking], 9), Desk().policy, at, unpowered={1}))
