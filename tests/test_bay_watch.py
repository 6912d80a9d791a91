"""Promise: what a switch says is told once and until it is written; no lock opens before its reason is on the disk."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hardware.bays import WiredBays
from hardware.gpio_bays import GpioBays
from hardware.gpio_lines import lines_of
from hardware.serial_bays import SerialBays
from hardware.simulated.boards import BoardsAtHand, unplug
from hardware.simulated.pins import DockPins
from hardware.wires import AbsentError, Colour, ForbiddenError
from hardware.wiring import BayWiring, GpioWiring, SupplyWiring
from station.bays.at_bay import at_bay
from station.bays.battery_log import BatteryLog, who_measures
from station.bays.bay_history import BayHistory
from station.bays.bay_power import AtBay, BayPower
from station.bays.bay_watch import Asked, BayWatch
from station.bays.lamps import Beside, lamp
from station.bays.sign_watch import SignWatch
from station.bays.technician_tests import BayTests
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.bay_lock import locked
from station.custody.facts import Fact
from station.desk.loans import check_out
from station.errors import BrokenCustodyError, DockwardError, WireFailedError
from station.stamp import Stamp
from tests.docked_station import CAMERA, OTHER, DockedStation

BAYS = (BayWiring("1", "1-1.1", 17, 1, 0), BayWiring("2", "1-1.2", 27, 2, 0))
NAMES = ["1", "2"]
MODELS = {"DW-T8": CameraModelConfig(design_mah=2_000, recording_ma=450, standby_ma=90)}
TURNS_MAX = 100


class BreakableBays(WiredBays):
    """Real bays on wires that a test can break."""

    gone = False
    no_lock = False
    no_charge = False
    charges = 0

    def present(self) -> Mapping[str, bool]:
        if self.gone:
            raise AbsentError("the bay bus is gone")
        return super().present()

    def lock(self, bay: str, locked: bool) -> None:  # noqa: FBT001 - the protocol's
        if self.no_lock:
            raise ForbiddenError("the pin does not obey")
        super().lock(bay, locked)

    def charge(self, bay: str, enabled: bool) -> None:  # noqa: FBT001 - the protocol's
        self.charges += 1
        if self.no_charge:
            raise ForbiddenError("the board does not obey")
        super().charge(bay, enabled)


class WatchedStation(DockedStation):
    """A docked station whose switches are heard, on real boards at hand."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        lines = lines_of(BAYS, GpioWiring())
        boards = BoardsAtHand(self.dock, BAYS)
        line = SerialBays(boards, boards.clock_ms)
        self.bays = BreakableBays(BAYS, line, GpioBays(lines, DockPins(self.dock, lines), lambda: 0))
        self.told: list[seen.Observation] = []
        self.failing: DockwardError | None = None
        self.watch = self.new_watch()

    def new_watch(self) -> BayWatch:
        return BayWatch(
            bays=self.bays,
            names=NAMES,
            asked=Asked(
                tell=self.tell_counted,
                stamp=self.clock.stamp,
                locked=self.is_locked,
                docked=lambda bay: self.state().docking_in(bay),
                on_usb=frozenset,
                lamp=self.lamp,
            ),
            power=BayPower(SupplyWiring(), self.at_bay),
            batteries=BatteryLog(self.state, MODELS, who_measures(BAYS)),
            signs=SignWatch(self.bays, self.state, self.tell_counted),
            history=BayHistory({}),
            tests=BayTests(),
        )

    def at_bay(self, bay: str) -> AtBay | None:
        return at_bay(self.state(), bay, self.clock.stamp(), models=MODELS, bay_mw=5_000, doubted=frozenset())

    def lamp(self, bay: str, out_of_order: bool, removed: bool) -> Colour:  # noqa: FBT001 - as the watch asks
        beside = Beside(out_of_order=out_of_order, removed=removed)
        return lamp(self.state(), bay, self.clerk.policy, self.clock.stamp(), beside)

    def is_locked(self, bay: str) -> bool:
        return locked(self.state(), bay, self.clerk.policy, self.clock.stamp())

    def tell_counted(self, observation: seen.Observation) -> tuple[Fact, ...]:
        if self.failing is not None:
            raise self.failing
        self.told.append(observation)
        return self.tell(observation)

    def settle(self) -> None:
        """As many rounds as boards need to believe their switches, and some more."""
        for _ in range(TURNS_MAX):
            self.watch.turn()

    def locks(self) -> list[bool]:
        return [self.dock.locked(bay) for bay in NAMES]

    def make_ready(self, serial: str = CAMERA, bay: str = "1") -> int:
        """A camera that is docked and read, so that it can be lent."""
        self.dock.put(serial, bay)
        self.settle()
        number = self.docking(bay).number
        self.work.identify(number)
        self.work.read(number)
        return number


@pytest.fixture
def station(tmp_path: Path) -> Iterator[WatchedStation]:
    station = WatchedStation(tmp_path)
    yield station
    station.bays.close()
    station.close()


def test_a_bay_opens_before_any_board_is_asked_what_it_sees(
    station: WatchedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.make_ready()
    assert station.dock.locked("1")
    locked_at_looks = []
    present = station.bays.present

    def looked() -> Mapping[str, bool]:
        locked_at_looks.append(station.dock.locked("1"))
        return present()

    monkeypatch.setattr(station.bays, "present", looked)
    check_out(station.tell, station.state, "1", "officer-12")
    station.watch.turn()
    assert locked_at_looks == [False]


def test_what_a_switch_says_is_told_once(station: WatchedStation) -> None:
    station.dock.put(CAMERA, "1")
    station.settle()
    assert sorted(map(repr, station.told)) == sorted(
        map(repr, [seen.PresenceClosed(bay="1"), seen.PresenceOpened(bay="2")])
    )
    station.dock.take("1", by_force=True)
    station.settle()
    assert station.told[2:] == [seen.PresenceOpened(bay="1")]
    assert station.watch.troubles == {}


def test_a_start_tells_everything_and_nothing_comes_of_what_is_known(station: WatchedStation) -> None:
    station.dock.put(CAMERA, "1")
    station.settle()
    facts = station.kinds()
    station.watch = station.new_watch()
    station.settle()
    assert len(station.told) == 4
    assert station.kinds() == facts


def test_an_empty_bay_stands_open_and_a_docked_camera_is_locked_and_charged(station: WatchedStation) -> None:
    assert station.locks() == [True, True], "nobody knows yet"
    station.dock.put(CAMERA, "1")
    station.settle()
    assert station.locks() == [True, False]
    assert [station.dock.charging(bay) for bay in NAMES] == [True, False]
    station.dock.take("1", by_force=True)
    station.settle()
    assert station.locks() == [False, False]
    assert not station.dock.charging("1")


def test_a_bay_opens_for_as_long_as_it_is_offered(station: WatchedStation) -> None:
    number = station.make_ready()
    assert station.locks() == [True, False]
    check_out(station.tell, station.state, "1", "officer-1")
    station.settle()
    assert station.locks() == [False, False]
    station.clock.advance(station.clerk.policy.offer_lasts_ms)
    station.work.lapse_offer(number)
    station.settle()
    assert station.locks() == [True, False]
    check_out(station.tell, station.state, "1", "officer-1")
    station.settle()
    station.dock.take("1")
    station.settle()
    assert station.kinds()[-2:] == ["loan_started", "docking_ended"]


def test_what_could_not_be_written_opens_nothing(station: WatchedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_write: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    station.make_ready()
    monkeypatch.setattr(station.clerk, "_in_transaction", full)
    with pytest.raises(WireFailedError, match="Free space"):
        check_out(station.tell, station.state, "1", "officer-1")
    station.settle()
    assert station.locks() == [True, False]
    monkeypatch.undo()
    check_out(station.tell, station.state, "1", "officer-1")
    station.settle()
    assert station.locks() == [False, False]


def test_a_lock_waits_for_the_disk(station: WatchedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the clerk is still writing an offer, the watch finds nothing to open."""
    station.make_ready()
    committing, going_on = threading.Event(), threading.Event()
    in_transaction = station.clerk._in_transaction

    def slowly(write: Callable[[], Any]) -> Any:
        committing.set()
        assert going_on.wait(20)
        return in_transaction(write)

    monkeypatch.setattr(station.clerk, "_in_transaction", slowly)
    offered = station.clerk.tell(seen.CameraAsked(bay="1", by="officer-1"))
    assert committing.wait(20)
    station.settle()
    assert station.locks() == [True, False]
    going_on.set()
    assert offered.result()
    station.settle()
    assert station.locks() == [False, False]


# --- boards and wires that fail


def test_a_bay_nobody_has_heard_of_stays_locked(station: WatchedStation) -> None:
    """It may hold a camera that was put there while the station was off."""
    unplug(station.dock, 2)
    station.settle()
    assert station.locks() == [False, True]
    assert station.watch.troubles == {"2": "the board of bay 2 does not answer"}
    station.dock.put(OTHER, "2")
    unplug(station.dock, 2, unplugged=False)
    station.settle()
    assert station.locks() == [False, True]
    assert station.told[-1] == seen.PresenceClosed(bay="2")
    assert station.watch.troubles == {}


def test_a_board_that_went_silent_is_not_asked_to_charge_and_its_bay_is_still_offered(station: WatchedStation) -> None:
    station.make_camera(OTHER)
    station.make_ready(OTHER, "2")
    unplug(station.dock, 2)
    station.settle()
    charges = station.bays.charges
    check_out(station.tell, station.state, "2", "officer-1")
    station.settle()
    assert station.locks() == [False, False]
    assert station.bays.charges == charges
    assert set(station.watch.troubles) == {"2"}
    station.dock.take("2")
    station.settle()
    assert len(station.told) == 2, "nobody saw it go"
    unplug(station.dock, 2, unplugged=False)
    station.settle()
    assert station.told[-1] == seen.PresenceOpened(bay="2")
    assert not station.dock.charging("2")


def test_a_bus_that_is_gone_is_said_at_every_bay_and_heard_again(station: WatchedStation) -> None:
    station.bays.gone = True
    station.settle()
    assert station.watch.troubles == dict.fromkeys(NAMES, "the bay bus is gone")
    assert station.locks() == [True, True]
    station.bays.gone = False
    station.settle()
    assert station.watch.troubles == {}
    assert len(station.told) == 2


@pytest.mark.parametrize("output", ["no_lock", "no_charge"])
def test_an_output_that_fails_is_said_and_set_again(station: WatchedStation, output: str) -> None:
    setattr(station.bays, output, True)
    station.dock.put(CAMERA, "1")
    station.settle()
    assert "does not obey" in station.watch.troubles["1"]
    setattr(station.bays, output, False)
    station.clock.advance(30_000)
    station.settle()
    assert station.watch.troubles == {}
    assert station.locks() == [True, False]
    assert station.dock.charging("1")


def test_what_could_not_be_told_is_told_again_and_nothing_opens_meanwhile(station: WatchedStation) -> None:
    station.dock.put(CAMERA, "1")
    station.failing = WireFailedError("the journal's disk is full")
    station.settle()
    assert station.watch.troubles == dict.fromkeys(NAMES, "the journal's disk is full")
    assert station.locks() == [True, True]
    station.failing = None
    station.settle()
    assert station.locks() == [True, False]
    assert station.watch.troubles == {}


# --- the thread


def test_it_looks_until_it_is_stopped_and_leaves_every_bay_locked(station: WatchedStation) -> None:
    docked = threading.Event()
    station.clerk.listen(station.watch.wake)
    station.clerk.listen(docked.set)
    station.dock.put(CAMERA, "1")
    watching = threading.Thread(target=station.watch.run)
    watching.start()
    assert docked.wait(20)
    station.watch.stop()
    watching.join(20)
    assert not watching.is_alive()
    assert station.locks() == [True, True]


def test_broken_custody_ends_the_thread_with_every_bay_locked(station: WatchedStation) -> None:
    station.settle()
    assert station.locks() == [False, False]
    station.failing = BrokenCustodyError("cannot both be true")
    station.watch = station.new_watch()
    with pytest.raises(BrokenCustodyError):
        station.watch.run()
    assert station.locks() == [True, True]


def test_a_lock_that_does_not_obey_keeps_no_other_open_at_the_end(
    station: WatchedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.settle()
    lock = station.bays.lock

    def lock_but_the_first(bay: str, locked: bool) -> None:  # noqa: FBT001 - the protocol's
        if bay == "1":
            raise ForbiddenError("the pin does not obey")
        lock(bay, locked)

    monkeypatch.setattr(station.bays, "lock", lock_but_the_first)
    station.watch.stop()
    station.watch.run()
    assert station.locks() == [False, True]


def test_what_is_locked_follows_from_custody(station: WatchedStation) -> None:
    assert not station.is_locked("1")
    station.make_ready()
    assert station.is_locked("1")
    check_out(station.tell, station.state, "1", "officer-1")
    assert not station.is_locked("1")
    lasts_ms = station.clerk.policy.offer_lasts_ms
    station.clock.advance(lasts_ms - 1)
    assert not station.is_locked("1")
    station.clock.advance(1)
    assert station.is_locked("1"), "no fact is needed to close a lock"
    later = station.clock.stamp()
    booted = Stamp(later.utc_ms, "another boot", later.boot_ms, synchronised=True)
    assert locked(station.state(), "1", station.clerk.policy, booted), "nor after a boot"
