"""Promise: who comes to a bay is asked at once; who was away from USB is read again, whatever the switch says."""

import logging
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from dockward.stage import surroundings
from hardware.simulated.boards import unplug
from hardware.simulated.dock import Dock
from hardware.wires import Changes, HostError
from station.bays.usb_watch import Pluggings, UsbWatch
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.due_work import Task, Work
from station.desk.loans import check_out
from station.errors import DockwardError
from station.policy.permits import ClearingDemand
from station.work_dispatcher import FIRST_PAUSE_MS, LONGEST_PAUSE_MS, Outside, WorkDispatcher
from tests.docked_station import CAMERA, PLACES, DockedStation
from tests.plain_policy import PlainPolicy
from tests.test_station_process import BAY, eventually, facts, pages_of, station

ONE, TWO = b"first" * 500, b"second" * 500
OVER = ONE[::-1]
"""Filmed over the first: another content under the same name, size and times."""
ROUNDS_MAX = 30


class UsbStation(DockedStation):
    """A docked station with its dispatcher and its watch of the USB tree, stepped by the test."""

    def __init__(self, folder: Path, *contents: bytes, policy: PlainPolicy | None = None) -> None:
        super().__init__(folder, *contents, policy=policy)
        plain = policy or PlainPolicy()
        workers = self.work.workers()
        self.dispatcher = WorkDispatcher(self.state, plain, self.clock, workers, Outside(self.pluggings.doubted))
        self.watch = UsbWatch(self.arrivals, PLACES, self.state, self.pluggings)
        self.watch.listen(self.dispatcher.try_now)
        self.done: list[Work] = []

    def startable(self) -> list[Task]:
        return [task for task in self.dispatcher.startable()[0] if task.work in self.work.workers()]

    def round(self) -> list[Work]:
        """All that can start now is done; what it was."""
        tasks = self.startable()
        for task in tasks:
            worker, error = self.dispatcher.begin(task), None
            try:
                worker()
            except DockwardError as failed:
                error = failed
            self.dispatcher.end(task, error)
        return [task.work for task in tasks]

    def settle(self) -> list[Work]:
        """The tree is looked at once, then whatever is due is done until nothing is."""
        self.watch.turn()
        done: list[Work] = []
        for _ in range(ROUNDS_MAX):
            now = self.round()
            if not now:
                return done
            done += now
            self.clock.advance(FIRST_PAUSE_MS)
        raise AssertionError(f"not at rest: {done}")

    def put_back(self, *, filmed_over: bool) -> None:
        """Taken out and put back, and no switch says so."""
        self.dock.take("1", by_force=True)
        if filmed_over:
            self.film(0, OVER)
        self.dock.put(CAMERA, "1")

    def contents(self) -> set[str]:
        return {recording.sha256 for recording in self.held()}


def of(*contents: bytes) -> set[str]:
    return {sha256(content).hexdigest() for content in contents}


@pytest.fixture(autouse=True)
def _cameras_close_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.usb_pipe._INTERRUPT_PATIENCE_MS", 2)


@pytest.fixture
def docked(tmp_path: Path) -> Iterator[UsbStation]:
    docked = UsbStation(tmp_path, ONE, TWO)
    yield docked
    docked.close()


# --- who comes


def test_a_camera_that_comes_late_is_asked_at_once(tmp_path: Path) -> None:
    """Its switch was closed long before it was awake, and asking again had become seldom."""
    docked = UsbStation(tmp_path, ONE, TWO, policy=PlainPolicy(silent_after_ms=10**12))
    docked.tell(seen.PresenceClosed(bay="1"))
    for _ in range(10):
        assert Work.IDENTIFY in docked.round()
        docked.clock.advance(LONGEST_PAUSE_MS)
    docked.round()
    assert docked.dispatcher.troubles
    docked.dock.put(CAMERA, "1")
    assert Work.IDENTIFY not in docked.round()
    assert docked.settle()[0] is Work.IDENTIFY
    assert docked.docking().step is DockingStep.READ
    assert docked.contents() == of(ONE, TWO)
    docked.close()


def test_a_camera_that_was_called_silent_is_woken_at_once(docked: UsbStation) -> None:
    docked.tell(seen.PresenceClosed(bay="1"))
    docked.work.call_silent(docked.docking().number)
    for _ in range(10):
        assert docked.round() == [Work.WAKE]
        docked.clock.advance(LONGEST_PAUSE_MS)
    docked.round()
    docked.dock.put(CAMERA, "1")
    assert docked.settle()[0] is Work.WAKE
    assert docked.docking().step is DockingStep.READ


def test_who_comes_to_another_bay_or_to_none_hurries_nobody(docked: UsbStation) -> None:
    docked.tell(seen.PresenceClosed(bay="1"))
    docked.round()
    docked.dock.put(CAMERA, "2")
    docked.watch.turn()
    assert docked.round() == [], "its first pause is not over"


# --- who was away


def test_a_camera_that_stays_is_read_once(docked: UsbStation) -> None:
    docked.put()
    assert docked.settle().count(Work.READ) == 1
    docked.watch.turn()
    assert docked.pluggings.doubted() == frozenset()
    assert docked.settle() == []


def test_filmed_over_and_put_back_in_silence_is_read_though_nothing_was_due(docked: UsbStation) -> None:
    number = docked.put()
    docked.settle()
    assert docked.settle() == []
    docked.put_back(filmed_over=True)
    assert Work.READ in docked.settle()
    assert docked.contents() == of(ONE, TWO, OVER)
    assert (docked.docking().number, docked.docking().step) == (number, DockingStep.READ)
    assert docked.settle() == []


def test_put_back_as_it_was_it_is_compared_once_and_nothing_is_written(docked: UsbStation) -> None:
    docked.put()
    docked.settle()
    before, calls = docked.kinds(), docked.usb.calls
    docked.put_back(filmed_over=False)
    assert docked.settle() == [Work.READ]
    assert docked.usb.calls - calls > len(ONE + TWO) // 512, "every file was pulled"
    assert docked.kinds() == before
    assert docked.settle() == []


def test_in_quarantine_too(tmp_path: Path) -> None:
    docked = UsbStation(tmp_path, ONE, TWO, policy=PlainPolicy(cameras=frozenset()))
    docked.put()
    docked.settle()
    assert docked.docking().step is DockingStep.QUARANTINED
    docked.put_back(filmed_over=True)
    docked.settle()
    assert docked.contents() == of(ONE, TWO, OVER)
    docked.close()


def test_away_while_it_was_offered_it_is_read_when_the_offer_has_lapsed(tmp_path: Path) -> None:
    docked = UsbStation(tmp_path)
    docked.put()
    docked.settle()
    check_out(docked.tell, docked.state, "1", "officer-1")
    docked.put_back(filmed_over=True)
    assert docked.settle() == []
    docked.clock.advance(PlainPolicy().offer_lasts_ms)
    assert docked.settle()[:2] == [Work.LAPSE_OFFER, Work.READ]
    assert docked.contents() == of(OVER)
    docked.close()


def test_nothing_filmed_over_is_deleted_even_before_the_watch_has_looked(tmp_path: Path) -> None:
    lenient = PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False))
    docked = UsbStation(tmp_path, ONE, TWO, policy=lenient)
    number = docked.put()
    docked.settle()
    for recording in docked.held():
        docked.tell(seen.StatementMade(recording=recording.number, statement_sha256="0" * 64))
    docked.work.order_clearing(number)
    docked.put_back(filmed_over=True)
    docked.work.clear(number)
    assert list(docked.dock.times(CAMERA)) == ["DCIM/000.MP4"]
    docked.settle()
    assert of(OVER) <= docked.contents()
    docked.close()


def test_away_and_opened_by_other_work_it_is_still_read(docked: UsbStation) -> None:
    """Whoever opens it first notices; that it is to be read stands until it is read."""
    number = docked.put()
    docked.settle()
    docked.put_back(filmed_over=True)
    docked.work.judge_battery(number)
    assert docked.startable() == [Task(Work.READ, number)]
    docked.round()
    assert docked.contents() == of(ONE, TWO, OVER)


def test_a_reading_that_fails_leaves_the_doubt(docked: UsbStation) -> None:
    number = docked.put()
    docked.settle()
    docked.put_back(filmed_over=True)
    docked.usb.at_call(40, lambda: docked.put_back(filmed_over=False))
    docked.watch.turn()
    docked.round()
    assert docked.pluggings.doubted() == {number}
    docked.settle()
    assert docked.contents() == of(ONE, TWO, OVER)
    assert docked.pluggings.doubted() == frozenset()


def test_who_leaves_and_stays_away_is_not_asked_for(docked: UsbStation) -> None:
    """It may sleep: whether it is docked, the switch says."""
    docked.put()
    docked.settle()
    docked.dock.take("1", by_force=True)
    assert docked.settle() == []
    docked.tell(seen.PresenceOpened(bay="1"))
    docked.dock.put(CAMERA, "1")
    docked.watch.turn()
    assert docked.pluggings.doubted() == frozenset(), "what is over is forgotten"


def test_gone_again_before_it_is_looked_at_is_not_seen() -> None:
    there: list[int | None] = [3, None, 3, 4]
    pluggings = Pluggings(lambda _place: there.pop(0))
    for _ in range(3):
        pluggings.see(1, "1-1.1")
        assert pluggings.doubted() == frozenset()
    pluggings.see(1, "1-1.1")
    assert pluggings.doubted() == {1}


def test_what_is_read_when_its_docking_is_over_breaks_nothing(docked: UsbStation) -> None:
    number = docked.put()
    docked.settle()
    docked.dock.take("1", by_force=True)
    docked.tell(seen.PresenceOpened(bay="1"))
    docked.watch.turn()
    docked.pluggings.read(number)
    docked.watch.turn()
    assert docked.pluggings.doubted() == frozenset()
    assert docked.pluggings._read == {}


# --- the thread


class Scripted:
    """Arrivals as written, one a turn; then none until stopped."""

    deaf = ""

    def __init__(self, *turns: Changes | HostError) -> None:
        self._turns = list(turns)
        self.ended = threading.Event()
        self._stopped = threading.Event()

    def next(self, _patience_ms: int) -> Changes:
        if not self._turns:
            self.ended.set()
            self._stopped.wait()
            return Changes(frozenset(), frozenset())
        turn = self._turns.pop(0)
        if isinstance(turn, HostError):
            raise turn
        return turn

    def plugging(self, _usb_path: str) -> int | None:
        return 1

    def places(self) -> frozenset[str]:
        return frozenset()

    def stop(self) -> None:
        self._stopped.set()


NOTHING = Changes(frozenset(), frozenset())


def watching(docked: UsbStation, arrivals: Scripted) -> UsbWatch:
    return UsbWatch(arrivals, PLACES, docked.state, Pluggings(arrivals.plugging))


def test_it_watches_until_it_is_stopped(docked: UsbStation) -> None:
    number = docked.put()
    came: list[int] = []
    arrivals = Scripted(Changes(frozenset({"1-1.1", "1-1.9"}), frozenset()))
    watch = watching(docked, arrivals)
    watch.listen(came.append)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    assert arrivals.ended.wait(20)
    watch.stop()
    thread.join(20)
    assert (thread.is_alive(), came) == (False, [number])


def test_a_station_that_cannot_hear_says_so_once_and_goes_on(
    docked: UsbStation, caplog: pytest.LogCaptureFixture
) -> None:
    arrivals = Scripted(NOTHING, NOTHING, NOTHING)
    arrivals.deaf = "cannot hear what is plugged in; allow AF_NETLINK"
    watch = watching(docked, arrivals)
    for _ in range(3):
        watch.turn()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "allow AF_NETLINK" in caplog.text


def test_a_tree_that_cannot_be_read_ends_no_station(
    docked: UsbStation, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = HostError("libusb is not installed")
    arrivals = Scripted(broken, broken, NOTHING)
    watch = watching(docked, arrivals)
    waited: list[float] = []
    monkeypatch.setattr(watch._stopping, "wait", waited.append)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    assert arrivals.ended.wait(20)
    watch.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert len(waited) == 2, "it is not tried without end"
    assert caplog.text.count("libusb is not installed") == 1


# --- all of it


def test_a_station_at_work_notices_what_its_silent_board_does_not(tmp_path: Path) -> None:
    """As a process of its own: the camera is filmed over and put back behind the back of its board."""
    home = tmp_path / "home"
    with surroundings(home, bays=2, port=0):
        dock = Dock(home / "dock")
        dock.make_camera(CAMERA)
        with station(home) as process:
            pages_of(process)
            dock.put(CAMERA, BAY)
            eventually(lambda: {"battery_judged", "clock_set"} <= set(facts(home)))
            unplug(dock, 1)
            dock.take(BAY, by_force=True)
            dock.film(CAMERA, "DCIM/A.MP4", ONE, 1_795_219_200_000, 1_795_219_260_000)
            dock.put(CAMERA, BAY)
            eventually(lambda: "recording_held" in facts(home))
    assert facts(home).count("docking_started") == 1
