"""Says what work is due on what is kept: copied to the other disk, let go of, deleted for good, compared once more.

Pure, as `due_work`.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from heapq import nsmallest

from immutables import Map

from station.custody.due_work import OF_ONE_HISTORY, RECORDINGS_DUE_MAX, Task, Work
from station.custody.judge_originals import may_be_copied
from station.custody.purging import PurgeStep
from station.custody.recording import RecordingStep
from station.custody.state import State

_WAITING = (RecordingStep.STATED, RecordingStep.RECEIVED)
_GONE_FROM_CAMERA = (RecordingStep.CLEARED,)


@dataclass(frozen=True, slots=True)
class Disks:
    """What was found when the disks were last looked at. Recordings here are settled ones, which memory let go."""

    second: str | None = None
    """The name of the other disk; None where there is none that may be written."""
    uncopied: tuple[int, ...] = ()
    leaving: tuple[int, ...] = ()
    """Those whose original may leave this disk, or is on its way."""
    scrubbed: int | None = None
    """Whose original is next to be compared with what was held."""
    scrubbed_copy: int | None = None
    """Whose copy on the other disk is next."""


def due_on_disks(state: State, disks: Disks, resting: Container[tuple[Work, int]] = frozenset()) -> tuple[Task, ...]:
    """Everything due but what rests, for one refused recording must not stand in others' way."""
    due = (task for task in _due(state, disks, resting) if (task.work, task.number) not in resting)
    return tuple(task for task in due if not (state.disputes and task.work in OF_ONE_HISTORY))


def _due(state: State, disks: Disks, resting: Container[tuple[Work, int]]) -> Iterator[Task]:
    """What waits for a copy before it may be cleared comes before what has been cleared."""
    for purge in state.purges.values():
        if purge.step is PurgeStep.BEGUN:
            yield Task(Work.PURGE, purge.number)
    if disks.second is not None:
        for steps in (_WAITING, _GONE_FROM_CAMERA):
            lacking = _uncopied(state, steps, disks.second, resting)
            yield from (Task(Work.COPY, number) for number in nsmallest(RECORDINGS_DUE_MAX, lacking))
        yield from (Task(Work.COPY, number) for number in disks.uncopied)
    yield from (Task(Work.RELEASE, number) for number in disks.leaving)
    scrubs = ((Work.SCRUB, disks.scrubbed), (Work.SCRUB_COPY, disks.scrubbed_copy))
    tasks = (Task(work, number) for work, number in scrubs if number is not None)
    yield from sorted(tasks, key=lambda task: task.number)  # both disks get on


def _uncopied(
    state: State, steps: tuple[RecordingStep, ...], disk: str, resting: Container[tuple[Work, int]]
) -> Iterator[int]:
    for step in steps:
        for number in state.by_step.get(step, Map()):
            if (Work.COPY, number) not in resting and may_be_copied(state, state.recordings[number], disk):
                yield number
