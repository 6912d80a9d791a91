"""Says what work is due. Pure: asked after each commit and at the next deadline; every task is safe to repeat."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import nsmallest

from immutables import Map

from station.custody.access_request import AccessStep
from station.custody.clearing import anything_provable
from station.custody.docking import Docking, DockingStep
from station.custody.handing_over import falling_due
from station.custody.lateness import waiting_too_long
from station.custody.recording import RecordingStep
from station.custody.silence import repair_due_in_ms
from station.custody.state import State
from station.policy.permits import Policy
from station.stamp import Stamp

POWER_LOOK_MS = 5_000
WALL_CLOCK_LOOK_MS = 60_000
"""What waits for a time of day asks again so often: that clock may be set meanwhile."""
RECORDINGS_DUE_MAX = 64
"""More than a station works on at once; the rest is due when these are done."""


CLEARINGS_TRIED_MAX = 3
"""A camera that deletes nothing so often in one docking is for a person to look at."""


class Work(StrEnum):
    IDENTIFY = "identify"
    CALL_SILENT = "call_silent"
    WAKE = "wake"
    OPEN_REPAIR = "open_repair"
    READ = "read"
    SIGN = "sign"
    UPLOAD = "upload"
    ORDER_CLEARING = "order_clearing"
    CLEAR = "clear"
    JUDGE_BATTERY = "judge_battery"
    SET_CLOCK = "set_clock"
    LAPSE_OFFER = "lapse_offer"
    TELL_LATE = "tell_late"
    TELL_HANDOVER = "tell_handover"
    COPY = "copy"
    RELEASE = "release"
    PURGE = "purge"
    EXPIRE_ACCESS = "expire_access"
    SCRUB = "scrub"
    SCRUB_COPY = "scrub_copy"


_ON_PAPER = frozenset({Work.ORDER_CLEARING, Work.LAPSE_OFFER})
OF_ONE_HISTORY = frozenset(
    {Work.ORDER_CLEARING, Work.CLEAR, Work.SIGN, Work.UPLOAD, Work.COPY, Work.RELEASE, Work.PURGE}
)
"""Waits while the journal's history is disputed: it cannot be undone, or would be signed under a number that stands
in another history too."""


@dataclass(frozen=True, slots=True)
class Task:
    """Work on one docking, recording or loan, due in `wait_ms`; 0 is now."""

    work: Work
    number: int
    wait_ms: int = 0


def due_work(
    state: State,
    policy: Policy,
    at: Stamp,
    resting: Container[tuple[Work, int]] = frozenset(),
    doubted: Container[int] = frozenset(),
    unpowered: Container[int] = frozenset(),
) -> tuple[Task, ...]:
    """Everything due but what rests: work on recordings that was refused lately, and must not stand in others' way.

    Dockings are doubted whose camera may have filmed since it was read. Who waits for power is asked when it has it.
    """
    tasks = [
        _with_power(task) if docking.number in unpowered else task
        for docking in state.dockings.values()
        for task in _due_in(
            state,
            docking,
            policy.of_camera(docking.camera).under(docking.under),
            at,
            to_read=docking.number in doubted or not docking.everything_read(at),
        )
    ]
    tasks += _due_for(state, Work.SIGN, (RecordingStep.HELD,), resting)
    tasks += _due_for(state, Work.UPLOAD, (RecordingStep.STATED, RecordingStep.CLEARED), resting)
    tasks += _approvals_ending(state, at)
    tasks += (Task(Work.TELL_LATE, number, wait_ms) for number, wait_ms in waiting_too_long(state, policy, at))
    tasks += (Task(Work.TELL_HANDOVER, loan, wait_ms) for loan, wait_ms in falling_due(state, policy, at))
    return tuple(task for task in tasks if not (state.disputes and task.work in OF_ONE_HISTORY))


def _due_in(state: State, docking: Docking, policy: Policy, at: Stamp, *, to_read: bool) -> Iterator[Task]:
    match docking.step:
        case DockingStep.STARTED:
            yield Task(Work.IDENTIFY, docking.number)
            since = at.elapsed_since(docking.started_boot_id, docking.started_boot_ms)
            yield Task(Work.CALL_SILENT, docking.number, _left(policy.silent_after_ms, since))
        case DockingStep.SILENT:
            yield Task(Work.WAKE, docking.number)
            wait_ms = repair_due_in_ms(state, docking, policy.silent_repair_after_ms, at)
            if wait_ms is not None:
                yield Task(Work.OPEN_REPAIR, docking.number, wait_ms)
        case DockingStep.QUARANTINED if to_read:
            yield Task(Work.READ, docking.number)
        case DockingStep.READING:
            yield Task(Work.READ, docking.number)
            # Its clock is left alone until everything is read: what is still on it was stamped by it.
            yield from _battery_due(docking, policy, at)
        case DockingStep.READ:
            if to_read:
                yield Task(Work.READ, docking.number)
            if _may_be_cleared(state, docking, policy):
                yield Task(Work.ORDER_CLEARING, docking.number)
            yield from _due_for_camera(docking, policy, at)
        case DockingStep.CLEARING:
            yield Task(Work.CLEAR, docking.number)
            yield from _due_for_camera(docking, policy, at)
        case DockingStep.OFFERED:
            yield Task(Work.LAPSE_OFFER, docking.number, docking.offer_left_ms(policy.offer_lasts_ms, at))
        case _:
            return


def _with_power(task: Task) -> Task:
    """Work that needs the camera, or says that it is silent, waits: without power each of them is."""
    return task if task.work in _ON_PAPER else replace(task, wait_ms=max(task.wait_ms, POWER_LOOK_MS))


def asks_camera(docking: Docking, at: Stamp, *, to_read: bool) -> bool:
    """Whether a camera is to be asked something now, or is being asked: without power it does not answer."""
    match docking.step:
        case DockingStep.SILENT:
            return docking.repair is None
        case DockingStep.STARTED | DockingStep.READING | DockingStep.CLEARING:
            return True
        case DockingStep.QUARANTINED:
            return to_read
        case DockingStep.READ:
            # A charge that is measured once more is no reason to take another's power.
            return to_read or not docking.clock_set or docking.judged_boot_id != at.boot_id
        case _:
            return False


def _may_be_cleared(state: State, docking: Docking, policy: Policy) -> bool:
    if docking.source not in state.on_camera or docking.clearings_failed >= CLEARINGS_TRIED_MAX:
        return False
    return anything_provable(state, docking, policy.clearing)


def _battery_due(docking: Docking, policy: Policy, at: Stamp) -> Iterator[Task]:
    wait_ms = docking.battery_due_in_ms(policy.enough_percent, policy.enough_minutes, at)
    if wait_ms is not None:
        yield Task(Work.JUDGE_BATTERY, docking.number, wait_ms)


def _due_for_camera(docking: Docking, policy: Policy, at: Stamp) -> Iterator[Task]:
    yield from _battery_due(docking, policy, at)
    if not docking.clock_set:
        yield Task(Work.SET_CLOCK, docking.number)


def _approvals_ending(state: State, at: Stamp) -> Iterator[Task]:
    """Only a clock that knows the time can say that they ended."""
    for request in state.access_requests.values():
        if request.step is AccessStep.APPROVED and request.valid_until_ms is not None and at.synchronised:
            left_ms = request.valid_until_ms + 1 - at.utc_ms
            yield Task(Work.EXPIRE_ACCESS, request.number, min(max(0, left_ms), WALL_CLOCK_LOOK_MS))


def _due_for(
    state: State, work: Work, steps: tuple[RecordingStep, ...], resting: Container[tuple[Work, int]]
) -> Iterator[Task]:
    """The oldest first."""
    waiting = (number for step in steps for number in state.by_step.get(step, Map()) if (work, number) not in resting)
    return (Task(work, number) for number in nsmallest(RECORDINGS_DUE_MAX, waiting))


def _left(limit_ms: int, elapsed_ms: int | None) -> int:
    """What is left of a limit; nothing where a restart lies between, for nobody can still be waiting."""
    return 0 if elapsed_ms is None else max(0, limit_ms - elapsed_ms)
