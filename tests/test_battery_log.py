"""Promise: what dockings show of a battery is kept in the journal, and several of them together judge it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from hardware.wires import Measured
from station.bays.battery_given import Sample
from station.bays.battery_log import LOOK_MS, SAMPLES_MAX, BatteryLog
from station.bays.battery_word import battery_word
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.facts_of_batteries import BatteryWeighed, FullCharge
from tests.charging_cells import FLAT, GAIN_ERROR, RECORDING_MA, STANDBY_MA, Board, Cell, Visit, docked
from tests.docked_station import CAMERA, DockedStation
from tests.plain_policy import PlainPolicy

DESIGN_MAH, FULL_MAH = 3_000, 2_400
MODELS = {"DW-T8": CameraModelConfig(design_mah=DESIGN_MAH, recording_ma=RECORDING_MA, standby_ma=STANDBY_MA)}
BOARDS = {"1": "board-1"}
CELL = Cell(FULL_MAH)


class LoggedStation(DockedStation):
    """Bay 1's battery is logged; its looks come from a cell."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, policy=PlainPolicy(enough_percent=100))
        self.log = BatteryLog(self.state, MODELS, BOARDS)
        self.rng = Random(1)

    def visit(self, visit: Visit, *, told: bool = True) -> int:
        """One docking from its first look to its end, as the bays' watch would see it."""
        number = self.put_and_identify()
        self.work.read(number)
        before_ms = 0
        for sample in docked(CELL, visit, Board(1.004, 3, 3), self.rng):
            self.clock.advance(sample.at_ms - before_ms)
            before_ms = sample.at_ms
            if told and sample.percent is not None:
                self.tell(seen.BatteryMeasured(docking=number, percent=sample.percent, health_percent=None))
            self.look(sample)
        self.leave()
        return number

    def look(self, sample: Sample) -> None:
        measured = Measured(sample.mv, sample.ma, 2_500, sample.counted_mah, sample.at_ms // 1_000, None, 0, 0)
        self.log.look("1", sample.charging, measured, self.clock.stamp())

    def leave(self) -> None:
        weighed = self.log.conclude("1")
        if weighed is not None:
            self.tell(weighed)
        self.dock.take("1", by_force=True)
        self.tell(seen.PresenceOpened(bay="1"))

    def weighings(self) -> list[BatteryWeighed]:
        return [fact.body for fact in self.facts() if isinstance(fact.body, BatteryWeighed)]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    station = LoggedStation(tmp_path)
    yield station
    station.close()


def test_three_dockings_judge_a_battery_and_two_do_not(station: LoggedStation) -> None:
    for begun in (0.1, FLAT):
        station.visit(Visit(begun))
        assert battery_word(station.state().cameras[CAMERA], MODELS, 50) == (None, None)
    station.visit(Visit(0.2))
    worth = battery_word(station.state().cameras[CAMERA], MODELS, 50)
    assert worth.health_percent == pytest.approx(100 * FULL_MAH / DESIGN_MAH, abs=3)
    assert worth.recording_minutes == pytest.approx(60 * FULL_MAH / RECORDING_MA / 2, rel=0.05)


def test_each_docking_stands_in_the_journal_once_with_its_errors(station: LoggedStation) -> None:
    number = station.visit(Visit(FLAT))
    (weighing,) = station.weighings()
    assert (weighing.docking, weighing.camera, weighing.board) == (number, CAMERA, "board-1")
    for found in (weighing.told, weighing.weighed):
        assert found is not None
        error = (found.own_error + found.shared_error) / 1_000_000 + GAIN_ERROR
        assert abs(found.mah - FULL_MAH) <= 2 * error * FULL_MAH
    assert station.log.conclude("1") is None, "what was told is over"


def test_a_weighing_that_is_told_twice_is_one_fact(station: LoggedStation) -> None:
    number = station.put_and_identify()
    said = seen.BatteryWasWeighed(
        docking=number, board="board-1", gain_error=0, told=None, weighed=FullCharge(2_000, 0, 0), milliohms=None
    )
    assert len(station.tell(said)) == 1
    assert station.tell(said) == ()


def test_a_camera_that_tells_no_percentage_is_weighed_by_charge_alone(station: LoggedStation) -> None:
    for _ in range(3):
        station.visit(Visit(FLAT), told=False)
    assert all(weighing.told is None and weighing.weighed is not None for weighing in station.weighings())
    worth = battery_word(station.state().cameras[CAMERA], MODELS, None)
    assert worth.health_percent == pytest.approx(100 * FULL_MAH / DESIGN_MAH, abs=3)
    assert worth.recording_minutes is None, "from what charge, nobody knows"


def test_the_next_measurement_of_its_charge_says_what_it_is_worth(station: LoggedStation) -> None:
    for begun in (FLAT, 0.1, 0.2):
        station.visit(Visit(begun))
    station.work = station.work_over(station.work.cameras)
    object.__setattr__(station.work, "models", MODELS)
    number = station.put_and_identify()
    station.work.read(number)
    station.work.judge_battery(number)
    docking = station.docking()
    assert docking.battery_percent == 80
    assert docking.health_percent == pytest.approx(80, abs=3)
    assert docking.recording_minutes == pytest.approx(0.8 * 60 * FULL_MAH / RECORDING_MA, rel=0.05)


def test_of_a_model_that_nobody_described_nothing_is_said(station: LoggedStation) -> None:
    station.log = BatteryLog(station.state, {}, BOARDS)
    station.visit(Visit(FLAT))
    assert station.weighings() == []
    assert battery_word(station.state().cameras[CAMERA], {}, 50) == (None, None)


def test_a_bay_that_does_not_measure_weighs_nothing(station: LoggedStation) -> None:
    number = station.put_and_identify()
    station.log.look("1", charging=True, measured=None, at=station.clock.stamp())
    blind = Measured(None, None, None, 0, 0, "blind", 1, 0)
    station.log.look("1", charging=True, measured=blind, at=station.clock.stamp())
    assert station.log.conclude("1") is None
    assert station.docking().number == number


def test_looks_are_kept_seldom_and_around_a_switch_closely(station: LoggedStation) -> None:
    station.put_and_identify()
    for second in range(121):
        station.look(Sample(0, charging=second not in {70, 71}, ma=500, mv=4_000, counted_mah=0))
        station.clock.advance(1_000)
    samples = station.log._logs["1"].samples
    begun = samples[0].at_ms
    assert [(sample.at_ms - begun) // 1_000 for sample in samples] == [0, 30, 60, 69, 70, 71, 72, 102]


def test_a_look_that_measured_nothing_new_is_no_look(station: LoggedStation) -> None:
    """Boards are measured in turn: beside a switch that is new, a current from before it would hide its step."""
    station.put_and_identify()
    before = Measured(3_700, 0, 2_500, 0, 1, None, 0, 0)
    after = Measured(3_900, 1_000, 2_500, 0, 2, None, 0, 0)
    for charging, measured in ((False, before), (True, before), (True, before), (True, after)):
        station.log.look("1", charging, measured, station.clock.stamp())
        station.clock.advance(1_000)
    samples = station.log._logs["1"].samples
    assert [(sample.charging, sample.ma) for sample in samples] == [(False, 0), (True, 1_000)]


def test_memory_does_not_grow_with_the_days(station: LoggedStation) -> None:
    station.put_and_identify()
    for _ in range(SAMPLES_MAX + 50):
        station.look(Sample(0, charging=True, ma=500, mv=4_000, counted_mah=0))
        station.clock.advance(LOOK_MS)
    assert len(station.log._logs["1"].samples) == SAMPLES_MAX
