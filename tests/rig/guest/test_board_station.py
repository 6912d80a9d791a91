"""Promise: on real wires a station turns a switch into a fact, drives what custody wants, and dies with locks shut."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.slot import LAMP_SILENT
from hardware.gpio_lines import OutputLine, lines_of
from hardware.simulated.boards import lamp_shows
from hardware.simulated.dock import Dock
from hardware.wiring import BayWiring
from tests.rig.guest import lit_bays
from tests.rig.guest.board_station import BoardStation
from tests.rig.guest.serial_gadget import SerialGadget, boards_behind
from tests.rig.guest.simulated_chip import SimulatedChip
from tests.rig.guest.waiting import until

pytestmark = pytest.mark.minutes
ON_A_BOARD = BayWiring("3", "1-3", board=1, slot=0)
BAYS = (*lit_bays.BAYS, ON_A_BOARD)
OUTPUTS = {(use.bay, use.part): use.line for use in lines_of(BAYS, lit_bays.WIRING.gpio) if isinstance(use, OutputLine)}
SWITCH, KEY_PIN, POWER_PIN = {"1": 5, "2": 4}, 6, 7
_SECONDS = 60


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedChip]:
    chip = SimulatedChip(tmp_path_factory.mktemp("pi"))
    yield chip
    chip.take_away()


@pytest.fixture(scope="module")
def cable() -> Iterator[SerialGadget]:
    gadget = SerialGadget()
    gadget.plug()
    yield gadget
    gadget.unplug()


@pytest.fixture(scope="module")
def dock(tmp_path_factory: pytest.TempPathFactory, cable: SerialGadget) -> Iterator[Dock]:
    """Behind the cable: its bay 3 is the station's."""
    del cable
    dock = Dock(tmp_path_factory.mktemp("dock"))
    dock.make_camera("T8-3")
    with boards_behind(dock, (ON_A_BOARD,)):
        yield dock


@pytest.fixture(scope="module")
def whole(chip: SimulatedChip, dock: Dock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardStation]:
    del chip, dock
    station = BoardStation(tmp_path_factory.mktemp("home"), BAYS)
    yield station
    station.throw_away()


@pytest.fixture
def station(whole: BoardStation, chip: SimulatedChip) -> BoardStation:
    """At work, whatever an earlier test did to it; the key of bay 1 is at rest, and the supply well."""
    whole.start()
    chip.pull(KEY_PIN, up=False)
    chip.pull(POWER_PIN, up=True)
    return whole


def level(chip: SimulatedChip, bay: str, part: str) -> int:
    return next(chip.level(line) for (of, what), line in OUTPUTS.items() if (of, what) == (bay, part))


def leave_empty(dock: Dock) -> None:
    if dock.camera_in("3"):
        dock.take("3", by_force=True)


def test_a_switch_on_a_pin_becomes_a_fact_and_what_custody_wants_is_on_the_pins(
    chip: SimulatedChip, station: BoardStation
) -> None:
    until(lambda: level(chip, "1", "lock") == level(chip, "2", "lock") == 1, "the empty bays to stand open", _SECONDS)
    assert "1" not in station.facts("docking_started")
    chip.pull(SWITCH["1"], up=False)
    until(lambda: level(chip, "1", "lock") == 0, "bay 1 to be locked", _SECONDS)
    until(lambda: level(chip, "1", "charger") == 1, "bay 1 to be charged", _SECONDS)
    assert station.facts("docking_started") == ["1"]
    assert (level(chip, "2", "lock"), level(chip, "2", "charger")) == (1, 0)


def test_a_switch_on_a_board_behind_the_adapter_becomes_a_fact_and_the_board_obeys(
    station: BoardStation, dock: Dock
) -> None:
    until(lambda: not dock.locked("3"), "the empty bay to stand open", _SECONDS)
    dock.put("T8-3", "3")
    until(lambda: dock.locked("3") and dock.charging("3"), "bay 3 to be locked and charged", _SECONDS)
    assert "3" in station.facts("docking_started")


def test_the_adapter_pulled_under_a_station_is_named_at_its_bay_and_the_pins_go_on(
    chip: SimulatedChip, station: BoardStation, cable: SerialGadget, dock: Dock
) -> None:
    leave_empty(dock)
    until(lambda: not station.trouble("3"), "bay 3 to be well", _SECONDS)
    cable.unplug()
    try:
        until(lambda: station.trouble("3"), "bay 3 to be in trouble", _SECONDS)
        begun = station.facts("docking_started").count("2")
        chip.pull(SWITCH["2"], up=False)
        until(lambda: station.facts("docking_started").count("2") == begun + 1, "bay 2 to be sensed still", _SECONDS)
    finally:
        cable.plug()
    until(lambda: not station.trouble("3"), "bay 3 to answer again", _SECONDS)


def test_killed_it_leaves_every_output_low_and_its_boards_keep_their_locks_and_say_so(
    chip: SimulatedChip, station: BoardStation, dock: Dock
) -> None:
    leave_empty(dock)
    chip.pull(SWITCH["1"], up=False)
    until(lambda: level(chip, "1", "charger") == 1, "bay 1 to be charged", _SECONDS)
    until(lambda: not dock.locked("3"), "the empty bay to stand open", _SECONDS)
    station.kill()
    until(lambda: not any(map(chip.level, OUTPUTS.values())), "every output to be low")
    until(lambda: lamp_shows(dock, "3") == LAMP_SILENT, "the board to show that nobody asks", _SECONDS)
    assert not dock.locked("3")  # a board that closed its locks, or started again, would have locked it


@pytest.fixture(scope="module", autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of lgpio a pipe stays where it stood, and the checkout cannot be written to."""
    stood = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(stood)
