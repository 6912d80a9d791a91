"""Promise: the power of a camera that is being asked something is not taken away, and of no other's is that said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bays.at_bay import at_bay
from station.bays.bay_power import AtBay
from station.bays.docked_bay import ChargeLimits
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.stamp import Stamp
from tests.docked_station import DockedStation
from tests.plain_policy import PlainPolicy

MODELS = {"DW-T8": CameraModelConfig(design_mah=2_000, recording_ma=450, standby_ma=90, draw_mw=4_000, hottest_c=40)}


class AskedStation(DockedStation):
    def asked(self, *doubted: int, at: Stamp | None = None) -> AtBay:
        at = at or self.clock.stamp()
        policy, doubts = self.clerk.policy, frozenset(doubted)
        found = at_bay(self.state(), "1", policy, at, models=MODELS, bay_mw=5_000, doubted=doubts)
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


def test_a_silent_camera_is_charged_like_others(station: AskedStation) -> None:
    number = station.put()
    station.work.call_silent(number)
    assert not station.asked().needs_usb
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
    at, policy = station.clock.stamp(), station.clerk.policy
    assert at_bay(station.state(), "2", policy, at, models=MODELS, bay_mw=5_000, doubted=frozenset()) is None
