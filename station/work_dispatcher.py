"""Starts due work, once, and again while it is still due. Knows when; what the work is, its workers know.

One piece of work at a time for each docking, so that a camera is never asked two things at once. What fails is tried
again, later each time; broken custody stops all work on its docking until the station starts anew; both are shown as
troubles.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from station.clock import Clock
from station.custody.due_work import Task, Work, due_work
from station.custody.state import State
from station.errors import BrokenCustodyError, DockwardError, JournalBrokenError
from station.policy.permits import Policy
from station.stamp import Stamp

Worker = Callable[[int], None]
"""Does one piece of work, on a thread, for the docking or recording of this number. Safe to repeat."""

FIRST_PAUSE_MS = 200
LONGEST_PAUSE_MS = 30_000
TRIES_BEFORE_TROUBLE = 4
"""What passes by itself in the first second or two, nobody needs to read."""
RECORDINGS_AT_ONCE = 4
_ON_RECORDINGS = frozenset({Work.SIGN, Work.UPLOAD})

Lane = tuple[bool, int]


@dataclass(frozen=True, slots=True)
class _Tried:
    """How often in a row a task left itself still due, and what to wait for before it is tried again."""

    times: int
    at: Stamp
    trouble: str

    def pause_ms(self, now: Stamp) -> int:
        pause_ms = min(FIRST_PAUSE_MS << min(self.times - 1, 16), LONGEST_PAUSE_MS)
        elapsed_ms = now.elapsed_since(self.at.boot_id, self.at.boot_ms)
        return 0 if elapsed_ms is None else max(0, pause_ms - elapsed_ms)


class WorkDispatcher:
    """What is running, and what was tried. `startable` decides, `begin` and `end` keep the account."""

    def __init__(
        self, state: Callable[[], State], policy: Policy, clock: Clock, workers: Mapping[Work, Worker]
    ) -> None:
        self._state = state
        self._policy = policy
        self._clock = clock
        self._workers = workers
        self._running: dict[Lane, Task] = {}
        self._tried: dict[tuple[Work, int], _Tried] = {}
        self._stopped: dict[Lane, tuple[Work, str]] = {}

    @property
    def troubles(self) -> dict[tuple[Work, int], str]:
        """What keeps failing, and what broken custody stopped, in words for a person."""
        failing = {key: tried.trouble for key, tried in self._tried.items() if tried.times >= TRIES_BEFORE_TROUBLE}
        stopped = {(work, number): trouble for (_, number), (work, trouble) in self._stopped.items()}
        return {key: trouble for key, trouble in (failing | stopped).items() if trouble}

    def startable(self) -> tuple[list[Task], int | None]:
        """What can start now, one for each docking or recording; in how many ms to ask again at the latest."""
        now = self._clock.stamp()
        due = due_work(self._state(), self._policy, now)
        self._forget_what_is_done(due)
        ready: dict[Lane, Task] = {}
        waits: list[int] = []
        room = RECORDINGS_AT_ONCE - sum(on_recording for on_recording, _ in self._running)
        for task, wait_ms in self._with_waits(due, now):
            lane = _lane(task)
            if lane in self._running or lane in ready or lane in self._stopped:
                continue
            if wait_ms:
                waits.append(wait_ms)
            elif task.work not in _ON_RECORDINGS:
                ready[lane] = task
            elif room:
                ready[lane] = task
                room -= 1
        return list(ready.values()), min(waits, default=None)

    def begin(self, task: Task) -> Callable[[], None]:
        self._running[_lane(task)] = task
        return partial(self._workers[task.work], task.number)

    def end(self, task: Task, error: BaseException | None) -> None:
        """Keep the account of a piece of work that ended. What nobody can go on from is raised again."""
        lane, key = _lane(task), (task.work, task.number)
        del self._running[lane]
        match error:
            case JournalBrokenError():
                raise error
            case BrokenCustodyError():
                self._stopped[lane] = task.work, str(error)
            case None | DockwardError():
                times = self._tried[key].times + 1 if key in self._tried else 1
                self._tried[key] = _Tried(times, self._clock.stamp(), str(error or ""))
            case _:
                raise error

    def _forget_what_is_done(self, due: tuple[Task, ...]) -> None:
        still = {(task.work, task.number) for task in due}
        for key in [key for key in self._tried if key not in still]:
            del self._tried[key]

    def _with_waits(self, due: tuple[Task, ...], now: Stamp) -> Iterator[tuple[Task, int]]:
        for task in due:
            tried = self._tried.get((task.work, task.number))
            yield task, task.wait_ms if tried is None else max(task.wait_ms, tried.pause_ms(now))


def _lane(task: Task) -> Lane:
    return task.work in _ON_RECORDINGS, task.number


async def run_dispatcher(dispatcher: WorkDispatcher, changed: asyncio.Event, threads: Executor) -> None:
    """Start what can start, whenever something changed or a wait is over; until cancelled."""
    loop = asyncio.get_running_loop()

    async def run_one(task: Task, worker: Callable[[], None]) -> None:
        error: BaseException | None = None
        try:
            await loop.run_in_executor(threads, worker)
        except DockwardError as failed:
            error = failed
        dispatcher.end(task, error)
        changed.set()

    async with asyncio.TaskGroup() as running:
        while True:
            changed.clear()
            tasks, wait_ms = dispatcher.startable()
            for task in tasks:
                running.create_task(run_one(task, dispatcher.begin(task)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if wait_ms is None else wait_ms / 1000):
                    await changed.wait()
