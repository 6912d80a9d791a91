"""Starts due work, once, and again while it is still due. Knows when; what the work is, its workers know.

One piece of work at a time for each docked camera, so that it is never asked two things at once, and so many for all
recordings together. What fails is tried again, later each time; broken custody stops all work on its docking or
recording until the station starts anew; both are shown as troubles.
"""

import asyncio
import contextlib
from collections.abc import Callable, Container, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from station.clock import Clock
from station.custody.docking import Docking
from station.custody.due_on_disks import Disks, due_on_disks
from station.custody.due_work import Task, Work, due_work
from station.custody.state import State
from station.durable import DiskFailedError
from station.errors import (
    BrokenCustodyError,
    DockwardError,
    JournalBrokenError,
    NotYetError,
    OutsideHoursError,
    WireFailedError,
)
from station.policy.permits import Policy
from station.stamp import Stamp

Worker = Callable[[int], None]
"""Does one piece of work, on a thread, for the docking or recording of this number. Safe to repeat."""

FIRST_PAUSE_MS = 200
LONGEST_PAUSE_MS = 30_000
TRIES_BEFORE_TROUBLE = 4
"""What passes by itself in the first second or two, nobody needs to read. But a disk never fails in passing."""
PLACES: Mapping[Work, int] = {
    Work.SIGN: 2,
    Work.UPLOAD: 4,
    Work.COPY: 1,
    Work.RELEASE: 1,
    Work.PURGE: 1,
    Work.SCRUB: 1,
    Work.SCRUB_COPY: 1,
}
"""Work on recordings, and how much of each at once: a slow line to the registry keeps nothing from being signed."""
_SCRUBS = frozenset({Work.SCRUB, Work.SCRUB_COPY})
"""Gives way to whatever wants a disk, and is done to one file at a time."""
_WANT_DISK = frozenset({Work.READ, Work.SIGN, Work.COPY, Work.PURGE})
"""What is sent waits for its line, and for weeks where that is cut: it does not count here."""
_ON_DISKS = frozenset({Work.COPY, Work.RELEASE, Work.PURGE}) | _SCRUBS
"""Goes on beside everything else: what is on its way to the registry is copied meanwhile."""
HOURS_LOOK_MS = 60_000
"""The clock on the wall may be set while uploads wait for their hours."""
_ON_PAPER = frozenset(
    {
        Work.LAPSE_OFFER,
        Work.CALL_SILENT,
        Work.OPEN_REPAIR,
        Work.TELL_LATE,
        Work.TELL_HANDOVER,
        Work.EXPIRE_ACCESS,
    }
)
"""Work that asks no camera, and waits for none."""

Key = tuple[Work, int]
Lane = tuple[str, int]
_SCRUB_LANE: Lane = ("scrub", 0)


@dataclass(frozen=True, slots=True)
class _Tried:
    """How often in a row a task left itself still due, and what to wait for before it is tried again."""

    times: int
    at: Stamp
    trouble: str
    """What people are shown of it by now."""

    def pause_ms(self, now: Stamp) -> int:
        pause_ms = min(FIRST_PAUSE_MS << min(self.times - 1, 16), LONGEST_PAUSE_MS)
        elapsed_ms = now.elapsed_since(self.at.boot_id, self.at.boot_ms)
        return 0 if elapsed_ms is None else max(0, pause_ms - elapsed_ms)


@dataclass(frozen=True, slots=True)
class Outside:
    """What work waits for that is no fact, asked anew each time; see `due_work`."""

    doubted: Callable[[], Container[int]] = frozenset
    unpowered: Callable[[], Container[int]] = frozenset
    uploads_open_in_ms: Callable[[Stamp], int] = lambda _: 0
    """How long it still is until the hours in which footage is sent."""
    disks: Callable[[], Disks] = Disks


OUTSIDE = Outside()


class WorkDispatcher:
    """What is running, and what was tried. `startable` decides, `begin` and `end` keep the account."""

    def __init__(
        self,
        state: Callable[[], State],
        policy: Policy,
        clock: Clock,
        workers: Mapping[Work, Worker],
        outside: Outside = OUTSIDE,
    ) -> None:
        self._state = state
        self._outside = outside
        self._policy = policy
        self._clock = clock
        self._workers = workers
        self._running: dict[Lane, Work | None] = {}
        """What is under way in each lane; None is a person's act."""
        self._tried: dict[Key, _Tried] = {}
        self._lines: dict[Work, _Tried] = {}
        """Work on recordings whose wire failed last time: all of it rests, then one goes first, the least tried."""
        self._broken: dict[Key, str] = {}
        """Work that found custody broken, and how; its whole lane is stopped."""

    @property
    def troubles(self) -> dict[Key, str]:
        """What keeps failing, and what broken custody stopped, in words for a person."""
        tried = self._tried.copy()  # asked by other threads too
        failing = {key: one.trouble for key, one in tried.items() if one.trouble}
        return failing | self._broken

    @property
    def disk_wanted(self) -> bool:
        """Whether a camera is being read, or other work that waits for a disk is under way; asked by workers too."""
        return any(work in _WANT_DISK for work in self._running.copy().values())

    def startable(self) -> tuple[list[Task], int | None]:
        """What can start now, one for each docking or recording; in how many ms to ask again at the latest."""
        state, now = self._state(), self._clock.stamp()
        pauses = {key: tried.pause_ms(now) for key, tried in self._tried.items()}
        resting = {key: pause_ms for key, pause_ms in pauses.items() if pause_ms and key[0] in PLACES}
        rests = resting.keys() | self._broken.keys()
        outside = self._outside
        due = due_work(state, self._policy, now, rests, outside.doubted(), outside.unpowered())
        due += due_on_disks(state, outside.disks(), rests)
        hours_ms = min(outside.uploads_open_in_ms(now), HOURS_LOOK_MS)
        self._forget_what_is_done(state, due, resting)
        stopped = {_lane(*key) for key in self._broken}
        ready: dict[Lane, Task] = {}
        waits = [*resting.values(), *(failed.pause_ms(now) for failed in self._lines.values())]
        room = {work: self._room(work, now) for work in PLACES}
        for task in self._fairly(due):
            lane, key = _lane(task.work, task.number), (task.work, task.number)
            if lane in self._running or lane in ready or lane in stopped:
                continue
            wait_ms = max(task.wait_ms, pauses.get(key, 0), hours_ms if task.work is Work.UPLOAD else 0)
            if wait_ms:
                waits.append(wait_ms)
            elif task.work not in PLACES:
                ready[lane] = task
            elif room[task.work]:
                ready[lane] = task
                room[task.work] -= 1
        if self.disk_wanted or any(task.work in _WANT_DISK for task in ready.values()):
            ready.pop(_SCRUB_LANE, None)
        return list(ready.values()), min(filter(None, waits), default=None)

    def begin(self, task: Task) -> Callable[[], None]:
        self._running[_lane(task.work, task.number)] = task.work
        return partial(self._workers[task.work], task.number)

    @contextlib.contextmanager
    def holding(self, docking: Docking) -> Iterator[None]:
        """Keep all work from a docked camera while a person acts on it; NotYetError where some is under way."""
        lane = _lane(Work.READ, docking.number)
        if lane in self._running:
            raise NotYetError(
                f"{docking.bay} 号仓正在采集或处理，请待就绪后再试 / bay {docking.bay} is being read or worked on; "
                "try again when it is ready"
            )
        if lane in {_lane(*key) for key in self._broken}:
            raise BrokenCustodyError(
                f"{docking.bay} 号仓已停用，见状态页 / bay {docking.bay} is stopped; the status page says why"
            )
        self._running[lane] = None
        try:
            yield
        finally:
            del self._running[lane]

    def try_now(self, docking: int) -> None:
        """Its camera has come: what failed before waits no longer."""
        for key in [key for key in self._tried if _lane(*key) == _lane(Work.READ, docking)]:
            del self._tried[key]

    def end(self, task: Task, error: BaseException | None) -> None:
        """Keep the account of a piece of work that ended. What nobody can go on from is raised again."""
        key = task.work, task.number
        del self._running[_lane(*key)]
        match error:
            case JournalBrokenError():
                raise error
            case BrokenCustodyError():
                self._broken[key] = str(error)
            case OutsideHoursError():
                self._tried.pop(key, None)  # it is due at its hours, and nothing failed
            case None | DockwardError():
                self._keep_line(task.work, error)
                times = self._tried[key].times + 1 if key in self._tried else 1
                shown = times >= TRIES_BEFORE_TROUBLE or isinstance(error, DiskFailedError)
                self._tried[key] = _Tried(times, self._clock.stamp(), str(error or "") if shown else "")
            case _:
                raise error

    def _room(self, work: Work, now: Stamp) -> int:
        running = sum(one is work for one in self._running.values())
        failed = self._lines.get(work)
        if failed is None:
            return PLACES[work] - running
        return 0 if running or failed.pause_ms(now) else 1

    def _fairly(self, due: tuple[Task, ...]) -> list[Task]:
        """One recording at which a wire fails each time must not be the one that goes first each time."""

        def times(task: Task) -> int:
            tried = self._tried.get((task.work, task.number)) if task.work in PLACES else None
            return tried.times if tried is not None and task.work in self._lines else 0

        return sorted(due, key=times)

    def _keep_line(self, work: Work, error: DockwardError | None) -> None:
        if isinstance(error, WireFailedError) and not isinstance(error, NotYetError):
            times = self._lines[work].times + 1 if work in self._lines else 1
            self._lines[work] = _Tried(times, self._clock.stamp(), "")
        else:
            self._lines.pop(work, None)

    def _forget_what_is_done(self, state: State, due: tuple[Task, ...], resting: Container[Key]) -> None:
        still = {(task.work, task.number) for task in due}
        for key in [key for key in self._tried if key not in still and key not in resting]:
            del self._tried[key]
        for work, number in list(self._broken):
            # What is copied or leaves may have left memory long ago: it stays stopped until the station starts anew.
            if work not in _ON_DISKS and number not in (state.recordings if work in PLACES else state.dockings):
                del self._broken[work, number]


def _lane(work: Work, number: int) -> Lane:
    if work in _SCRUBS:
        return _SCRUB_LANE
    if work in _ON_DISKS:
        return work.value, number
    return "recording" if work in PLACES else "paper" if work in _ON_PAPER else "camera", number


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
