"""Promise: any Modbus tool reads and writes every place of a board's map, and finds there what is so."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.bay_board import (
    ACKNOWLEDGE_REGISTER,
    ASKED_REGISTER,
    COILS,
    HOLDING_REGISTERS,
    INPUT_REGISTERS,
    INPUTS,
    LAMP_REGISTER,
    LOOK_REGISTER,
    MAP_VERSION,
    NUMBER_REGISTER,
    SLOT_REGISTER,
    SLOT_REGISTERS,
    SLOTS,
    UNLOCK_COIL,
)
from firmware_py.limits import NOT_CUT, SHORT
from firmware_py.modbus_rtu import READS, WRITE_AND_READ, WRITE_COIL, WRITE_COILS, WRITE_REGISTER, WRITE_REGISTERS
from hardware.simulated.boards import SimulatedBoards, lamp_shows, show
from hardware.simulated.dock import Dock
from tests.bay_wires import BAYS, NAMES, new_dock
from tests.test_station_process import eventually

DOCUMENT = (Path(__file__).parent.parent / "docs" / "bay-bus.md").read_text(encoding="utf-8")
PLACES = {
    "coil": COILS,
    "discrete input": INPUTS,
    "input register": INPUT_REGISTERS,
    "holding register": HOLDING_REGISTERS,
}
TABLES = {"coil": 0, "discrete input": 1, "input register": 3, "holding register": 4}
"""mbpoll's numbers for them."""
SLOT_NAMES = NAMES[:SLOTS]
POLLS_MAX = 600


class Polled:
    """The first board of a line in MicroPython, as libmodbus sees it."""

    def __init__(self, dock: Dock, boards: SimulatedBoards) -> None:
        self.dock = dock
        self._url = boards.url

    def _said(self, words: str, values: str = "") -> str:
        command = f"mbpoll -m rtu -a 1 -b 19200 -P none -s 2 -0 -1 -o 1 {words} {self._url} {values}".split()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def all(self, what: str) -> list[int]:
        said = self._said(f"-t {TABLES[what]} -r 0 -c {PLACES[what]}")
        values = [int(value) for value in re.findall(r"^\[\d+\]:\s+(\d+)", said, re.MULTILINE)]
        assert len(values) == PLACES[what], said
        return values

    def until(self, what: str, first: int, wanted: list[int]) -> None:
        for _ in range(POLLS_MAX):
            found = self.all(what)[first : first + len(wanted)]
            if found == wanted:
                return
        assert found == wanted

    def write(self, what: str, place: int, *values: int) -> None:
        said = self._said(f"-t {TABLES[what]} -r {place}", " ".join(map(str, values)))
        assert f"Written {len(values)} reference" in said, said

    def refused(self, what: str, place: int, *values: int) -> str:
        """Why, or nothing."""
        words = f"-t {TABLES[what]} -r {place}" + ("" if values else " -c 1")
        found = re.search(r"Illegal data (\w+)|is (busy)", self._said(words, " ".join(map(str, values))))
        return (found[1] or found[2]) if found else ""


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Polled]:
    dock = new_dock(tmp_path / "dock")
    with SimulatedBoards(dock, BAYS, "MicroPython") as boards:
        polled = Polled(dock, boards)
        for _ in range(POLLS_MAX):
            if polled.refused("discrete input", 0) != "busy":
                break
        yield polled


def test_the_document_leaves_no_place_of_the_map_out() -> None:
    """Each once, none that the firmware has not, and every function that it understands."""
    kinds = "|".join(PLACES)
    row = re.compile(rf"^\| ({kinds})s? (\d+)(?:–(\d+))? \| ([^|]+) \|", re.MULTILINE)
    documented: dict[str, list[int]] = {what: [] for what in PLACES}
    functions = set()
    for what, first, last, said in row.findall(DOCUMENT):
        documented[what] += range(int(first), int(last or first) + 1)
        functions |= {int(function, 16) for function in said.split(", ")}
    assert documented == {what: list(range(count)) for what, count in PLACES.items()}
    understood = {*READS, WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS, WRITE_AND_READ}
    assert functions == understood


def test_every_coil_is_written_and_read_and_its_input_follows(board: Polled) -> None:
    board.dock.put("DW-1", "A1")
    board.dock.put("DW-2", "A6")
    board.until("discrete input", 0, [int(slot in (1, 6)) for slot in range(SLOTS)])
    for coil in range(COILS):
        board.write("coil", coil, 1)
        assert board.all("coil") == [int(place <= coil) for place in range(COILS)]
        assert [board.dock.charging(bay) for bay in SLOT_NAMES] == [slot <= coil for slot in range(SLOTS)]
        held_open = [not board.dock.locked(bay) for bay in SLOT_NAMES]
        assert held_open == [slot <= coil - UNLOCK_COIL for slot in range(SLOTS)]
    there = [0, 1, 0, 0, 0, 0, 1, 0]
    assert board.all("discrete input") == [*there, *[1] * 8, *[0] * 8, *[1] * 8]
    board.write("coil", 0, *[0, 1] * 8)
    assert board.all("coil") == [0, 1] * 8
    assert board.all("discrete input") == [*there, *[0, 1] * 4, *[0] * 8, *[0, 1] * 4]
    assert board.all("holding register")[LOOK_REGISTER : LOOK_REGISTER + 3] == [MAP_VERSION, 0xAA42, 0xAA00]


def test_every_holding_register_is_written_and_read(board: Polled) -> None:
    board.write("holding register", 0, 60)
    for slot, bay in enumerate(SLOT_NAMES):
        board.write("holding register", LAMP_REGISTER + slot, 15 - slot)
        assert lamp_shows(board.dock, bay) == 15 - slot
    board.write("holding register", NUMBER_REGISTER, 0xBEEF)
    lamps = list(range(15, 7, -1))
    assert board.all("holding register") == [60, *lamps, *[0] * SLOTS, MAP_VERSION, 0, 0, 0xCDEF, 0x89AB, 0xBEEF]
    assert board.all("input register")[ASKED_REGISTER] == 0xBEEF
    board.write("holding register", LAMP_REGISTER, *range(8))
    assert [lamp_shows(board.dock, bay) for bay in SLOT_NAMES] == list(range(8))
    for register in range(LOOK_REGISTER, NUMBER_REGISTER):
        assert board.refused("holding register", register, 1) == "address"


def test_every_input_register_has_what_is_measured(board: Polled) -> None:
    """Each slot charges and shows something else; 1.4 A count a milliampere-hour in some three seconds."""
    nature = [(4_500 + slot, 1_400 - slot, 2_000 - 1_000 * slot) for slot in range(SLOTS)]
    for bay, shown in zip(SLOT_NAMES, nature, strict=True):
        show(board.dock, bay, shown)
    board.write("coil", 0, *[1] * SLOTS)
    for slot, shown in enumerate(nature):
        board.until("input register", SLOT_REGISTER + SLOT_REGISTERS * slot, [value & 0xFFFF for value in shown])
    before, after = board.all("input register"), board.all("input register")
    for _ in range(POLLS_MAX):
        if after[4] > before[4] and min(counted(after)) > max(counted(before)):
            break
        after = board.all("input register")
    assert after[:4] == [MAP_VERSION, SLOTS, 0, 0]
    assert before[4] < after[4]
    assert 0 < min(counted(after)) <= max(counted(after)) <= min(counted(after)) + 2, "all had the same current"
    for slot in range(SLOTS):
        register = SLOT_REGISTER + SLOT_REGISTERS * slot
        assert after[register + 3] == 0
        assert after[register + 5 : register + 8] == [NOT_CUT, 0, 0]


def counted(registers: list[int]) -> list[int]:
    return registers[SLOT_REGISTER + 4 : ASKED_REGISTER : SLOT_REGISTERS]


def test_every_slot_is_cut_and_every_cut_is_acknowledged(board: Polled) -> None:
    board.write("coil", 0, *[1] * SLOTS)
    for slot, bay in enumerate(SLOT_NAMES):
        show(board.dock, bay, (300, 900 + slot, 2_500))
    board.until("discrete input", 16, [1] * SLOTS)
    registers = board.all("input register")
    for slot in range(SLOTS):
        register = SLOT_REGISTER + SLOT_REGISTERS * slot
        assert registers[register + 5 : register + 8] == [SHORT, 1, 900 + slot]
    assert board.all("holding register")[ACKNOWLEDGE_REGISTER:LOOK_REGISTER] == [1] * SLOTS
    assert not any(board.dock.charging(bay) for bay in SLOT_NAMES)
    for slot, bay in enumerate(SLOT_NAMES):
        show(board.dock, bay, None)
        assert board.refused("holding register", ACKNOWLEDGE_REGISTER + slot, 2) == "value"
        board.write("holding register", ACKNOWLEDGE_REGISTER + slot, 1)
        assert board.dock.charging(bay)
    assert board.all("discrete input")[16:24] == [0] * SLOTS


def test_how_often_charging_fell_back_is_counted(board: Polled) -> None:
    board.write("coil", 0, 1)
    board.write("holding register", 0, 1)
    eventually(lambda: lamp_shows(board.dock, "A0") != 0)
    board.until("input register", 2, [1])


@pytest.mark.parametrize("what", PLACES)
def test_nothing_is_behind_the_map(board: Polled, what: str) -> None:
    assert board.refused(what, PLACES[what]) == "address"
