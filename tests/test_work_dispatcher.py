"""Promise: due work is started once, never two on one docking; again later where it failed, never where it broke."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import station.work_dispatcher
from station.clock import SystemClock
from station.custody import observations as seen
from station.custody.due_work import RECORDINGS_DUE_MAX, Task, Work, due_work
from station.custody.state import State
from station.durable import DiskFailedError
from station.errors import (
    BrokenCustodyError,
    DockwardError,
    IllegalStepError,
    JournalBrokenError,
    RefusedError,
    TooLateError,
    WireFailedError,
    WrongUseError,
)
from station.stamp import Stamp
from station.work_dispatcher import (
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    PLACES,
    TRIES_BEFORE_TROUBLE,
    Lane,
    WorkDispatcher,
    _lane,
    run_dispatcher,
)
from tests.docked_station import DockedStation
from tests.plain_policy import PlainPolicy
from tests.stations import START

NEVER_SILENT = PlainPolicy(silent_after_ms=10**12)
CAMERA_OF_BAY = "C-{}"
FAILED = WireFailedError("it did not answer")


class WorkingStation(DockedStation):
    """Custody as its facts have it; what the work is, the test says."""

    def __init__(self, folder: Path, policy: PlainPolicy = NEVER_SILENT) -> None:
        super().__init__(folder, policy=policy)
        self.done: list[tuple[Work, int]] = []
        workers = {work: self._worker(work) for work in Work}
        self.dispatcher = WorkDispatcher(self.state, policy, self.clock, workers)

    def _worker(self, work: Work) -> Callable[[int], None]:
        return lambda number: self.done.append((work, number))

    def start_docking(self, bay: str) -> int:
        self.tell(seen.PresenceClosed(bay=bay))
        return self.docking(bay).number

    def identify(self, bay: str) -> None:
        camera = CAMERA_OF_BAY.format(bay)
        number = self.docking(bay).number
        self.tell(
            seen.CameraIdentified(docking=number, camera=camera, model="m", clock_ahead_ms=None, clock_error_ms=None)
        )

    def hold(self, bay: str, listing: str) -> int:
        read = seen.RecordingRead(
            docking=self.docking(bay).number,
            listing=listing,
            size_bytes=1,
            sha256="0" * 64,
            original_name="",
            begun_device_ms=None,
            ended_device_ms=None,
        )
        return self.tell(read)[0].n

    def start(self) -> list[tuple[Work, int]]:
        """Begin what can start; it stays under way."""
        tasks, _wait_ms = self.dispatcher.startable()
        for task in tasks:
            self.dispatcher.begin(task)
        return [(task.work, task.number) for task in tasks]

    def end(self, work: Work, number: int, error: BaseException | None = None) -> None:
        self.dispatcher.end(Task(work, number), error)

    def wait_ms(self) -> int | None:
        return self.dispatcher.startable()[1]


@pytest.fixture
def working(tmp_path: Path) -> Iterator[WorkingStation]:
    working = WorkingStation(tmp_path)
    yield working
    working.close()


# --- once


def test_what_is_due_is_started_once(working: WorkingStation) -> None:
    assert working.start() == []
    number = working.start_docking("1")
    assert working.start() == [(Work.IDENTIFY, number)]
    assert working.start() == []


def test_what_is_begun_is_the_worker_for_it(working: WorkingStation) -> None:
    number = working.start_docking("1")
    (task,) = working.dispatcher.startable()[0]
    working.dispatcher.begin(task)()
    assert working.done == [(Work.IDENTIFY, number)]


def test_one_docking_has_one_work_at_a_time_and_others_do_not_wait_for_it(working: WorkingStation) -> None:
    one, other = working.start_docking("1"), working.start_docking("2")
    assert working.start() == [(Work.IDENTIFY, one), (Work.IDENTIFY, other)]
    working.identify("1")
    assert {task.work for task in due_work(working.state(), NEVER_SILENT, working.clock.stamp())} == {
        Work.READ,
        Work.JUDGE_BATTERY,
        Work.IDENTIFY,
        Work.CALL_SILENT,
    }
    assert working.start() == []
    working.end(Work.IDENTIFY, one)
    assert working.start() == [(Work.READ, one)]


def test_reading_and_signing_go_on_side_by_side(working: WorkingStation) -> None:
    number = working.start_docking("1")
    working.identify("1")
    working.start()
    recording = working.hold("1", "a")
    assert working.start() == [(Work.SIGN, recording)]
    assert working.start() == []
    working.end(Work.READ, number)
    working.end(Work.SIGN, recording)


def test_so_many_recordings_at_once_and_no_more(working: WorkingStation) -> None:
    working.start_docking("1")
    working.identify("1")
    recordings = [working.hold("1", str(listing)) for listing in range(PLACES[Work.SIGN] + 3)]
    started = [number for work, number in working.start() if work in PLACES]
    assert started == recordings[: PLACES[Work.SIGN]], "the oldest first"
    assert working.start() == []
    working.tell(seen.StatementMade(recording=started[0], statement_sha256="0" * 64))
    working.end(Work.SIGN, started[0])
    assert sorted(work for work, _ in working.start()) == [Work.SIGN, Work.UPLOAD]


def test_slow_uploads_keep_nothing_from_being_signed(working: WorkingStation) -> None:
    working.start_docking("1")
    working.identify("1")
    for listing in range(2 * PLACES[Work.UPLOAD]):
        number = working.hold("1", str(listing))
        working.tell(seen.StatementMade(recording=number, statement_sha256="0" * 64))
    assert sum(work is Work.UPLOAD for work, _ in working.start()) == PLACES[Work.UPLOAD]
    fresh = working.hold("1", "fresh")
    assert (Work.SIGN, fresh) in working.start()


def test_a_camera_that_hangs_keeps_no_offer_from_lapsing(working: WorkingStation) -> None:
    working.start_docking("1")
    working.identify("1")
    docking = working.docking("1").number
    working.tell(seen.CameraListed(docking=docking, listings=frozenset()))
    assert (Work.JUDGE_BATTERY, docking) in working.start()  # and never ends
    working.tell(seen.CameraAsked(bay="1", by="officer-1"))
    working.clock.advance(NEVER_SILENT.offer_lasts_ms)
    assert (Work.LAPSE_OFFER, docking) in working.start()


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["start", "end", "fail", "later"])), max_size=60))
def test_whatever_ends_when_no_docking_or_recording_has_two_works(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]]
) -> None:
    working = WorkingStation(tmp_path_factory.mktemp("lanes"))
    for bay in "123":
        working.start_docking(bay)
        working.identify(bay)
        for listing in "abc":
            working.hold(bay, listing)
    running: list[tuple[Work, int]] = []
    for which, step in steps:
        if step == "later":
            working.clock.advance(1 << which * 3)
        elif step == "start":
            running += working.start()
        elif running:
            work, number = running.pop(which % len(running))
            working.end(work, number, FAILED if step == "fail" else None)
        busy = Counter(_lane(work, number) for work, number in running)
        assert all(count == 1 for count in busy.values())
        for work, places in PLACES.items():
            assert sum(kind is work for kind, _ in running) <= places
    working.close()


# --- again, later


def test_what_fails_is_tried_again_later_each_time_and_the_pause_ends_somewhere(working: WorkingStation) -> None:
    number = working.start_docking("1")
    pauses = []
    for _ in range(12):
        assert working.start() == [(Work.IDENTIFY, number)]
        working.end(Work.IDENTIFY, number, FAILED)
        pause_ms = working.wait_ms()
        assert pause_ms is not None
        pauses.append(pause_ms)
        working.clock.advance(pause_ms - 1)
        assert working.start() == []
        assert working.wait_ms() == 1
        working.clock.advance(1)
    assert pauses == [min(FIRST_PAUSE_MS * 2**times, LONGEST_PAUSE_MS) for times in range(12)]


def test_what_was_done_begins_anew_with_the_first_pause(working: WorkingStation) -> None:
    def fail(times: int) -> None:
        for _ in range(times):
            working.clock.advance(LONGEST_PAUSE_MS)
            ((work, number),) = working.start()
            working.end(work, number, FAILED)

    number = working.start_docking("1")
    fail(5)
    working.identify("1")
    assert working.start() == [(Work.READ, number)]
    working.end(Work.READ, number, FAILED)
    working.tell(seen.CameraListed(docking=number, listings=frozenset()))
    assert not working.dispatcher.troubles
    working.start()
    working.end(Work.JUDGE_BATTERY, number, FAILED)
    assert working.wait_ms() == FIRST_PAUSE_MS


def test_work_that_leaves_itself_due_is_not_done_again_at_once(working: WorkingStation) -> None:
    number = working.start_docking("1")
    working.start()
    working.end(Work.IDENTIFY, number)
    assert working.start() == []
    assert working.wait_ms() == FIRST_PAUSE_MS


def test_another_work_on_the_docking_does_not_wait_for_what_failed(working: WorkingStation) -> None:
    number = working.start_docking("1")
    working.identify("1")
    working.start()
    working.end(Work.READ, number, FAILED)
    assert working.start() == [(Work.JUDGE_BATTERY, number)]


def test_what_is_due_later_is_waited_for_even_where_it_never_failed(tmp_path: Path) -> None:
    working = WorkingStation(tmp_path, PlainPolicy(silent_after_ms=500))
    number = working.start_docking("1")
    working.start()
    working.end(Work.IDENTIFY, number, FAILED)
    assert working.wait_ms() == FIRST_PAUSE_MS == 200
    working.clock.advance(FIRST_PAUSE_MS)
    assert working.start() == [(Work.IDENTIFY, number)]
    working.end(Work.IDENTIFY, number, FAILED)
    assert working.wait_ms() == 300, "then it has been silent for too long"
    working.clock.advance(300)
    assert working.start() == [(Work.CALL_SILENT, number)]
    working.close()


@pytest.mark.parametrize("error", [FAILED, TooLateError("gone"), RefusedError("NO"), WrongUseError("not set up")])
def test_what_keeps_failing_is_shown_until_it_is_done(working: WorkingStation, error: DockwardError) -> None:
    number = working.start_docking("1")
    for times in range(TRIES_BEFORE_TROUBLE):
        assert working.dispatcher.troubles == {}, times
        working.start()
        working.end(Work.IDENTIFY, number, error)
        working.clock.advance(LONGEST_PAUSE_MS)
    assert working.dispatcher.troubles == {(Work.IDENTIFY, number): str(error)}
    working.identify("1")
    working.start()
    assert working.dispatcher.troubles == {}


def test_a_disk_that_failed_is_shown_at_once_until_its_work_is_done(working: WorkingStation) -> None:
    number = working.start_docking("1")
    working.start()
    error = DiskFailedError("the disk failed: read error")
    working.end(Work.IDENTIFY, number, error)
    assert working.dispatcher.troubles == {(Work.IDENTIFY, number): str(error)}
    working.clock.advance(LONGEST_PAUSE_MS)
    working.start()
    assert working.dispatcher.troubles == {(Work.IDENTIFY, number): str(error)}, "it is only being tried again"
    working.identify("1")
    working.end(Work.IDENTIFY, number, None)
    working.start()
    assert working.dispatcher.troubles == {}


# --- never again


@pytest.mark.parametrize("error", [BrokenCustodyError("both cannot be"), IllegalStepError("no such step")])
def test_broken_custody_stops_all_work_on_its_docking_for_good_and_no_other(
    working: WorkingStation, error: BrokenCustodyError
) -> None:
    number = working.start_docking("1")
    working.identify("1")
    recording = working.hold("1", "a")
    working.start()
    working.end(Work.READ, number, error)
    working.end(Work.SIGN, recording)
    working.clock.advance(10 * LONGEST_PAUSE_MS)
    other = working.start_docking("2")
    assert set(working.start()) == {(Work.SIGN, recording), (Work.IDENTIFY, other)}
    assert working.dispatcher.troubles == {(Work.READ, number): str(error)}
    working.tell(seen.CameraListed(docking=number, listings=frozenset(["a"])))
    working.clock.advance(10 * LONGEST_PAUSE_MS)
    assert working.start() == [], "not even what was not due when it stopped"
    assert working.dispatcher.troubles == {(Work.READ, number): str(error)}


def test_a_camera_docked_anew_is_not_stopped_by_what_its_last_docking_broke(working: WorkingStation) -> None:
    number = working.start_docking("1")
    working.start()
    working.end(Work.IDENTIFY, number, BrokenCustodyError("both cannot be"))
    working.tell(seen.PresenceOpened(bay="1"))
    again = working.start_docking("1")
    assert working.start() == [(Work.IDENTIFY, again)]
    assert working.dispatcher.troubles == {}, "what is over troubles nobody"


@pytest.mark.parametrize("error", [JournalBrokenError("not what was written"), KeyError("1"), OSError(5, "I/O")])
def test_what_nobody_can_go_on_from_is_raised_again(working: WorkingStation, error: Exception) -> None:
    number = working.start_docking("1")
    working.start()
    with pytest.raises(type(error)):
        working.end(Work.IDENTIFY, number, error)


def test_more_recordings_than_are_due_at_once_all_get_their_turn(working: WorkingStation) -> None:
    working.start_docking("1")
    working.identify("1")
    wanted = {working.hold("1", str(listing)) for listing in range(RECORDINGS_DUE_MAX + 5)}
    signed = set()
    for _ in range(RECORDINGS_DUE_MAX):
        for work, number in working.start():
            if work is Work.SIGN:
                working.tell(seen.StatementMade(recording=number, statement_sha256="0" * 64))
                working.end(work, number)
                signed.add(number)
            elif work is Work.UPLOAD:
                working.end(work, number, FAILED)
    assert signed == wanted


def test_recordings_that_are_refused_stand_in_nobody_s_way(working: WorkingStation) -> None:
    working.start_docking("1")
    working.identify("1")
    refused = [working.hold("1", str(listing)) for listing in range(RECORDINGS_DUE_MAX + sum(PLACES.values()))]
    wanted = working.hold("1", "wanted")
    for _ in refused:
        for work, number in working.start():
            if work is Work.SIGN and number in refused:
                error = BrokenCustodyError("both cannot be") if number % 2 else RefusedError("NO")
                working.end(work, number, error)
            elif work is Work.SIGN:
                assert number == wanted
                return
    pytest.fail("it never got its turn")


def test_a_wire_that_fails_rests_for_all_recordings_and_one_goes_first(working: WorkingStation) -> None:
    working.start_docking("1")
    working.identify("1")
    for listing in range(50):
        working.hold("1", str(listing))
    attempts = 0
    for _ in range(600):  # a minute
        for work, number in working.start():
            if work is Work.SIGN:
                attempts += 1
                working.end(work, number, FAILED)
        working.clock.advance(100)
    assert attempts < 15
    working.clock.advance(LONGEST_PAUSE_MS)
    ((work, number),) = [begun for begun in working.start() if begun[0] is Work.SIGN]
    working.end(work, number, None)
    assert sum(work is Work.SIGN for work, _ in working.start()) == PLACES[Work.SIGN], "it works again"


def test_one_recording_at_which_the_wire_always_fails_stands_in_nobody_s_way(
    working: WorkingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station.work_dispatcher, "PLACES", {**PLACES, Work.SIGN: 1})
    working.start_docking("1")
    working.identify("1")
    bad, *good = (working.hold("1", str(listing)) for listing in range(4))
    done: set[int] = set()
    for _ in range(100):
        for work, number in working.start():
            if work is Work.SIGN and number == bad:
                working.end(work, number, FAILED)
            elif work is Work.SIGN:
                working.tell(seen.StatementMade(recording=number, statement_sha256="0" * 64))
                working.end(work, number)
                done.add(number)
            elif work is Work.UPLOAD:
                working.end(work, number, FAILED)
        working.clock.advance(LONGEST_PAUSE_MS)
    assert done == set(good)


def test_a_pause_of_a_recording_is_waited_for_and_grows(working: WorkingStation) -> None:
    docking = working.start_docking("1")
    working.identify("1")
    recording = working.hold("1", "a")
    working.start()
    pauses = []
    for _ in range(6):
        working.end(Work.SIGN, recording, FAILED)
        pauses.append(working.wait_ms())
        assert working.start() == []
        working.clock.advance(pauses[-1] or 0)
        assert working.start() == [(Work.SIGN, recording)]
    assert pauses == [FIRST_PAUSE_MS * 2**times for times in range(6)]
    working.end(Work.READ, docking)


# --- with threads


class RunningClock:
    """Goes on by itself, in the boot that the facts were told in."""

    def stamp(self) -> Stamp:
        return msgspec.structs.replace(SystemClock(lambda: True).stamp(), boot_id=START.boot_id)


class RunningStation(WorkingStation):
    """Workers on threads, as many at once as there are; a test says what each does."""

    def __init__(self, folder: Path, work: Callable[["RunningStation", Work, int], None]) -> None:
        super().__init__(folder)
        self._work = work
        self._lock = threading.Lock()
        self._busy: set[Lane] = set()
        self.most_recordings = 0
        workers = {work: self._threaded(work) for work in Work}
        self.dispatcher = WorkDispatcher(self.state, NEVER_SILENT, RunningClock(), workers)

    def _threaded(self, work: Work) -> Callable[[int], None]:
        def do(number: int) -> None:
            lane = _lane(work, number)
            with self._lock:
                assert lane not in self._busy, "two works at once"
                self._busy.add(lane)
                self.most_recordings = max(self.most_recordings, sum(kind == "recording" for kind, _ in self._busy))
            try:
                self._work(self, work, number)
            finally:
                with self._lock:
                    self._busy.remove(lane)

        return do

    def run_until(self, finished: Callable[[State], bool]) -> None:
        """Dispatch until custody is as wanted; what ends the dispatcher is raised."""

        async def running() -> None:
            changed, loop, done = asyncio.Event(), asyncio.get_running_loop(), asyncio.Event()

            def committed() -> None:
                loop.call_soon_threadsafe(changed.set)
                if finished(self.state()):
                    loop.call_soon_threadsafe(done.set)

            self.clerk.listen(committed)
            with ThreadPoolExecutor(12) as threads:
                dispatching = asyncio.create_task(run_dispatcher(self.dispatcher, changed, threads))
                waiting = asyncio.create_task(done.wait())
                async with asyncio.timeout(30):
                    await asyncio.wait({dispatching, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                dispatching.cancel()
                await asyncio.gather(dispatching, return_exceptions=True)
                self.clerk._listeners.clear()
                if not dispatching.cancelled():
                    await dispatching

        asyncio.run(running())


def play(working: RunningStation, work: Work, number: int) -> None:
    """What each work leads to, told without a camera."""
    docking = working.state().dockings.get(number)
    match work:
        case Work.IDENTIFY:
            assert docking is not None
            working.identify(docking.bay)
        case Work.READ:
            assert docking is not None
            listings = [f"{docking.bay}-{place}" for place in range(6)]
            for listing in listings:
                if listing not in working.state().on_camera.get(docking.source, {}):
                    working.hold(docking.bay, listing)
            working.tell(seen.CameraListed(docking=number, listings=frozenset(listings)))
        case Work.SIGN:
            working.tell(seen.StatementMade(recording=number, statement_sha256="0" * 64))
        case Work.UPLOAD:
            working.tell(seen.ReceiptVerified(recording=number, receipt_sha256="0" * 64))
        case Work.ORDER_CLEARING:
            working.tell(seen.ClearingAsked(docking=number))
        case Work.CLEAR:
            working.tell(seen.DeletionsListed(docking=number, listings=frozenset()))
        case Work.JUDGE_BATTERY:
            working.tell(seen.BatteryMeasured(docking=number, percent=80, health_percent=None))
        case _:
            working.tell(seen.ClockWasSet(docking=number, clock_ahead_ms=0, clock_error_ms=0))


def at_rest(state: State) -> bool:
    dockings = state.dockings.values()
    at_rest = all(one.clock_set and one.battery_judged for one in dockings)
    return bool(dockings) and not state.recordings and at_rest


def test_threads_bring_every_docking_to_rest_each_step_once(tmp_path: Path) -> None:
    working = RunningStation(tmp_path, play)
    for bay in "1234":
        working.start_docking(bay)
    working.run_until(at_rest)
    assert 0 < working.most_recordings <= sum(PLACES.values())
    kinds = Counter(working.kinds())
    assert kinds["recording_held"] == kinds["receipt_accepted"] == kinds["statement_signed"] == 24
    assert kinds["clock_set"] == kinds["battery_judged"] == 4
    assert working.dispatcher.troubles == {}
    working.close()


def test_what_failed_is_tried_again_when_its_pause_is_over_and_nothing_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Counter[Work]()

    def fail_first(working: RunningStation, work: Work, number: int) -> None:
        tries[work] += 1
        if tries[work] == 1:
            raise WireFailedError("not yet")
        play(working, work, number)

    monkeypatch.setattr(station.work_dispatcher, "FIRST_PAUSE_MS", 5)
    working = RunningStation(tmp_path, fail_first)
    working.start_docking("1")
    working.run_until(at_rest)
    assert all(count > 1 for count in tries.values())
    working.close()


@pytest.mark.parametrize("error", [ZeroDivisionError("a mistake of ours"), JournalBrokenError("not as written")])
def test_a_mistake_of_ours_ends_the_dispatcher_and_so_the_process(tmp_path: Path, error: Exception) -> None:
    def fail(_working: RunningStation, _work: Work, _number: int) -> None:
        raise error

    working = RunningStation(tmp_path, fail)
    working.start_docking("1")
    with pytest.raises(ExceptionGroup) as ended:
        working.run_until(lambda _: False)
    assert ended.value.exceptions == (error,)
    working.close()


def test_broken_custody_in_one_bay_leaves_the_others_working(tmp_path: Path) -> None:
    def fail_in_bay_1(working: RunningStation, work: Work, number: int) -> None:
        docking = working.state().dockings.get(number)
        if docking is not None and docking.bay == "1":
            raise BrokenCustodyError("both cannot be")
        play(working, work, number)

    working = RunningStation(tmp_path, fail_in_bay_1)
    number = working.start_docking("1")
    working.start_docking("2")
    working.run_until(lambda state: any(docking.clock_set for docking in state.dockings.values()))
    assert working.dispatcher.troubles == {(Work.IDENTIFY, number): "both cannot be"}
    working.close()
