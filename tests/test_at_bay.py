"""Promise: the power of a camera that is being asked something is not taken away, and of no other's is that said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bays.at_bay import at_bay
from station.bays.bay_power import AtBay
from station.bays.docked_bay import ChargeLimits
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.docking import BATTERY_AGES_MS, DockingStep
from station.custody.due_work import Task, Work, due_work
from station.stamp import Stamp
from tests.docked_station import DockedStation
from tests.plain_policy import PlainPolicy

MODELS = {"DW-T8": CameraModelConfig(design_mah=2_000, recording_ma=450, standby_ma=90, draw_mw=4_000, hottest_c=40)}


class AskedStation(DockedStation):
    def due(self) -> tuple[Task, ...]:
        return due_work(self.state(), self.clerk.policy, self.clock.stamp())

    def asked(self, *doubted: int, at: Stamp | None = None) -> AtBay:
        at = at or self.clock.stamp()
        found = at_bay(self.state(), "1", at, models=MODELS, bay_mw=5_000, doubted=frozenset(doubted))
        assert found is not None
        return found


@pytest.fixture
def station(tmp_path: Path) -> Iterator[AskedStation]:
    station = AskedStation(tmp_path, b"footage", policy=PlainPolicy(enough_percent=70))
    yield station
    station.close()


def test_from_the_door_to_readiness(station: AskedStation) -> None:
    number = station.put()
    assert station.asked().needs_usb, "nobody knows yet who it is"
    station.work.identify(number)
    assert station.docking().step is DockingStep.READING
    assert station.asked().needs_usb
    station.work.read(number)
    assert station.asked().needs_usb, "its battery is to be judged and its clock to be set"
    station.work.judge_battery(number)
    station.work.set_clock(number)
    assert not station.asked().needs_usb
    assert station.asked(number).needs_usb, "it may have filmed since"
    at = station.clock.stamp()
    assert station.asked(at=Stamp(at.utc_ms, "another boot", 5, synchronised=True)).needs_usb, "to be listed once more"


def test_a_charge_that_is_measured_once_more_takes_no_others_power(station: AskedStation) -> None:
    number = station.put_and_identify()
    station.work.read(number)
    station.work.set_clock(number)
    station.tell(seen.BatteryMeasured(docking=number, percent=40, health_percent=None))
    station.clock.advance(BATTERY_AGES_MS)
    assert any(task.work is Work.JUDGE_BATTERY and not task.wait_ms for task in station.due())
    assert not station.asked().needs_usb


def test_a_silent_camera_is_called_with_its_power_on_until_it_is_given_up(station: AskedStation) -> None:
    number = station.put()
    station.work.call_silent(number)
    assert station.asked().needs_usb
    assert station.asked().silent
    station.clock.advance(station.clerk.policy.silent_repair_after_ms)
    station.work.open_repair(number)
    assert station.docking().repair is not None
    assert not station.asked().needs_usb


def test_a_cut_that_stands_in_the_journal_stands_whatever_the_board_says(station: AskedStation) -> None:
    station.put()
    assert not station.asked().cut
    station.tell(seen.ChargerCut(bay="1", why="SHORT", number=1, value=3_000))
    assert station.asked().cut
    station.tell(seen.CutAcknowledged(bay="1", number=1))
    assert not station.asked().cut


def test_it_is_silent_until_it_speaks(station: AskedStation) -> None:
    number = station.put()
    station.work.call_silent(number)
    assert station.asked().silent
    station.work.identify(number)
    assert not station.asked().silent


def test_what_the_model_draws_and_bears(station: AskedStation) -> None:
    number = station.put()
    assert station.asked().limits == ChargeLimits(draw_mw=5_000), "unknown as yet"
    station.work.identify(number)
    assert station.asked().limits == ChargeLimits(4_000, 7_400, 0.0, 40.0)


def test_a_percentage_is_of_its_moment(station: AskedStation) -> None:
    number = station.put_and_identify()
    station.work.read(number)
    assert station.asked().percent is None
    station.clock.advance(7_000)
    station.tell(seen.BatteryMeasured(docking=number, percent=63, health_percent=None))
    at = station.clock.stamp()
    station.clock.advance(60_000)
    assert (station.asked().percent, station.asked().percent_ms) == (63, at.boot_ms)
    later = Stamp(at.utc_ms + 60_000, "another boot", 5, synchronised=True)
    assert (station.asked(at=later).percent, station.asked(at=later).percent_ms) == (None, 0)


def test_an_empty_bay_has_nothing_to_charge(station: AskedStation) -> None:
    at = station.clock.stamp()
    assert at_bay(station.state(), "2", at, models=MODELS, bay_mw=5_000, doubted=frozenset()) is None
