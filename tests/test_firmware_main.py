"""Promise: on a real board the pins do what the board decides, and the line is driven only to answer."""

import importlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

import firmware_py
from firmware_py.bay_board import (
    INPUT_REGISTERS,
    INPUTS,
    LAMP_REGISTER,
    SLOT_REGISTER,
    SLOT_REGISTERS,
    SLOTS,
    UNKNOWN,
    UNLOCK_COIL,
    WATCHDOG_SECONDS,
)
from firmware_py.limits import BLIND_MS, SHORT
from firmware_py.modbus_rtu import (
    COIL_ON,
    LONGEST_BYTES,
    READ_DISCRETE_INPUTS,
    READ_INPUT_REGISTERS,
    WRITE_COIL,
    WRITE_REGISTER,
    seal,
    two_words,
)
from firmware_py.slot import DEBOUNCE_MS
from hardware.simulated.boards import firmware_command
from tests.board_bench import cross_compile

LOOK = two_words(READ_DISCRETE_INPUTS, 0, INPUTS)
CHARGE_3 = two_words(WRITE_COIL, 3, COIL_ON)
MEASURED_3 = two_words(READ_INPUT_REGISTERS, SLOT_REGISTER + 3 * SLOT_REGISTERS, SLOT_REGISTERS)
FILES = sorted(Path(firmware_py.__file__).parent.glob("*.py"))
DRIVE_LINE, CHARGER_3, SWITCH_5, EXPANDER_RUNS, ADDRESS_BITS = 18, 13, 7, 23, (19, 21)


class FakePin:
    """Open inputs are pulled up."""

    IN, OUT, PULL_UP = "in", "out", "up"
    levels: ClassVar[dict[int, int]] = {}
    pulled: ClassVar[dict[int, str]] = {}

    def __init__(self, number: int, _direction: str = "", pull: str = "", value: int | None = None) -> None:
        self.number = number
        if value is not None:
            self.levels[number] = value
        if pull:
            self.pulled[number] = pull
            self.levels.setdefault(number, 1)

    def value(self, *level: bool) -> int:
        if level:
            self.levels[self.number] = int(level[0])
        return self.levels[self.number]


class FakeLine:
    """Keeps whether the line was driven when something was said."""

    def __init__(self, *_arguments: object, **settings: object) -> None:
        self.heard = b""
        self.said: list[tuple[bytes, int]] = []
        self.settings = settings
        self.while_saying: Callable[[], None] = lambda: None

    def any(self) -> int:
        return len(self.heard)

    def read(self, count: int = LONGEST_BYTES) -> bytes:
        read, self.heard = self.heard[:count], self.heard[count:]
        return read

    def write(self, content: bytes) -> None:
        self.while_saying()
        self.said.append((content, FakePin.levels[DRIVE_LINE]))

    def flush(self) -> None:
        pass


class FakeBus:
    """Sensors and expander as registers: of each INA226 voltage and current, of each TMP1075 the temperature."""

    def __init__(self, number: int, **settings: object) -> None:
        self.settings = {"number": number, **settings}
        self.registers = {(0x40 + slot, 2): 5_000 * 4 // 5 for slot in range(SLOTS)}
        self.registers |= {(0x40 + slot, 1): 0 for slot in range(SLOTS)}
        self.registers |= {(0x48 + slot, 0): 25 * 256 for slot in range(SLOTS)}
        self.registers |= self.at_its_start
        self.written: list[tuple[int, int, str]] = []
        self.silent: set[int] = set()

    at_its_start: ClassVar = {(0x20, 0x00): 0xFFFF, (0x20, 0x14): 0}
    """The expander: all are inputs."""

    def readfrom_mem(self, address: int, register: int, count: int) -> bytes:
        self._require_answer(address)
        return self.registers[address, register].to_bytes(count, "big")

    def writeto_mem(self, address: int, register: int, content: bytes) -> None:
        self._require_answer(address)
        self.written.append((address, register, content.hex()))
        self.registers[address, register] = int.from_bytes(content, "big")

    def _require_answer(self, address: int) -> None:
        if address in self.silent:
            raise OSError(5, "EIO")


class FakeLamps(list[tuple[int, int, int]]):
    """Shows nothing before it is written."""

    def __init__(self, pin: FakePin, count: int) -> None:
        super().__init__([(0, 0, 0)] * count)
        self.pin = pin.number
        self.shown: list[list[tuple[int, int, int]]] = []

    def write(self) -> None:
        self.shown.append(list(self))


@dataclass
class Board:
    """A board as it runs, and the time."""

    main: Any
    monkeypatch: pytest.MonkeyPatch
    now_ms: int = 0

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(self.main, "ticks_ms", lambda: self.now_ms)
        self.wiring = self.main.Wiring()
        self.line: FakeLine = self.wiring._line
        self.bus: FakeBus = self.wiring._sensors._bus
        self.lamps: FakeLamps = self.wiring._lamps

    def run(self, for_ms: int, asked: bytes = LOOK) -> bytes:
        """For so long; then this is asked, whose answer comes back."""
        for _ in range(0, for_ms, 10):
            self.wiring.step()
            self.now_ms += 10
        self.line.said.clear()
        self.line.heard = seal(1, asked)
        self.wiring.step()
        return self.line.said[0][0]

    def slot_3(self) -> list[int]:
        answer = self.run(0, MEASURED_3)[3:-2]
        return [int.from_bytes(answer[place : place + 2], "big") for place in range(0, len(answer), 2)]

    def on(self) -> list[int]:
        return [pin - 10 for pin in range(10, 18) if FakePin.levels[pin]]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The program as a board runs it, on pins that are numbers."""
    monkeypatch.setattr(FakePin, "levels", {})
    machine = ModuleType("machine")
    vars(machine).update(UART=FakeLine, Pin=FakePin, WDT=SimpleNamespace, I2C=FakeBus)
    monkeypatch.setitem(sys.modules, "machine", machine)
    neopixel = ModuleType("neopixel")
    vars(neopixel).update(NeoPixel=FakeLamps)
    monkeypatch.setitem(sys.modules, "neopixel", neopixel)
    monkeypatch.setattr(time, "sleep_us", lambda _us: None, raising=False)
    yield importlib.import_module("firmware_py.main")
    del sys.modules["firmware_py.main"]


def test_a_board_starts_safe_senses_answers_and_charges(main: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now_ms = [0]
    monkeypatch.setattr(main, "ticks_ms", lambda: now_ms[0])
    FakePin.levels.update(dict.fromkeys(ADDRESS_BITS, 0))
    wiring = main.Wiring()
    line: FakeLine = wiring._line
    assert line.settings["parity"] is None
    assert {FakePin.levels[pin] for pin in (*range(10, 18), DRIVE_LINE)} == {0}
    FakePin.levels[SWITCH_5] = 0
    wiring.step()
    now_ms[0] = DEBOUNCE_MS
    line.heard = seal(6, LOOK) + seal(7, LOOK)
    wiring.step()
    assert line.said == [(seal(6, bytes([READ_DISCRETE_INPUTS, 4, 0b100000, 0, 0, 0])), 1)]
    assert FakePin.levels[DRIVE_LINE] == 0
    line.heard = seal(6, CHARGE_3)
    wiring.step()
    assert [pin for pin in range(10, 18) if FakePin.levels[pin]] == [CHARGER_3]


@pytest.fixture
def board(main: Any, monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(main, monkeypatch)


def test_the_sensors_are_set_up_once_and_each_slot_has_its_own(board: Board) -> None:
    assert board.bus.settings["number"] == 1
    board.run(1_000, CHARGE_3)
    board.bus.registers[0x43, 1] = 1_200 * 8
    board.bus.registers[0x4B, 0] = (-5 * 256) % 0x10000
    board.run(3_000)
    assert board.slot_3()[:3] == [5_000, 1_200, 0x10000 - 500]
    set_up = [write for write in board.bus.written if write[0] >= 0x40]
    assert sorted(set_up) == [(0x40 + slot, 0, "4327") for slot in range(SLOTS)]
    assert board.on() == [3]


def test_a_short_switches_its_own_charger_off(board: Board) -> None:
    board.run(1_000, CHARGE_3)
    board.run(1_000)
    board.bus.registers[0x43, 1], board.bus.registers[0x43, 2] = 900 * 8, 100
    board.run(10 * SLOTS)
    assert board.on() == []
    assert board.slot_3()[5:] == [SHORT, 1, 900]


def test_chargers_are_watched_while_a_long_answer_is_said(board: Board) -> None:
    board.run(1_000, CHARGE_3)
    board.run(1_000)
    assert board.on() == [3]
    board.line.while_saying = lambda: board.bus.registers.update({(0x43, 1): 900 * 8, (0x43, 2): 100})
    answer = board.run(0, two_words(READ_INPUT_REGISTERS, 0, INPUT_REGISTERS))
    assert len(answer) == 5 + 2 * INPUT_REGISTERS
    assert board.on() == []
    assert FakePin.levels[DRIVE_LINE] == 0


@pytest.mark.parametrize("sensor", [0x43, 0x4B])
def test_a_sensor_that_does_not_answer_cuts_its_slot_and_is_set_up_again(board: Board, sensor: int) -> None:
    board.run(1_000, CHARGE_3)
    board.bus.silent.add(sensor)
    board.run(BLIND_MS + 200)
    assert board.on() == []
    assert board.slot_3()[:3] == [UNKNOWN] * 3
    board.bus.silent.clear()
    board.bus.written.clear()
    board.run(10 * SLOTS)
    assert board.bus.written == [(0x43, 0, "4327")]
    assert board.slot_3()[0] == 5_000


def test_locks_and_the_full_current_are_levels_of_the_expander(board: Board) -> None:
    """Levels come before directions, so that nothing opens at the start."""
    board.wiring.step()
    assert [write for write in board.bus.written if write[0] == 0x20] == [(0x20, 0x14, "0001"), (0x20, 0x00, "0000")]
    board.run(0, two_words(WRITE_COIL, UNLOCK_COIL + 2, COIL_ON))
    assert board.bus.written[-2] == (0x20, 0x14, "0401")
    board.run(1_000, CHARGE_3)
    board.now_ms += WATCHDOG_SECONDS * 1_000 + 1
    board.wiring.step()
    assert board.bus.written[-2] == (0x20, 0x14, "0400"), "locks stay, the limit is lowered"
    assert board.on() == [3]


def test_an_expander_that_was_gone_is_driven_again(board: Board) -> None:
    board.wiring.step()
    board.bus.silent.add(0x20)
    board.run(0, two_words(WRITE_COIL, UNLOCK_COIL + 2, COIL_ON))
    board.bus.written.clear()
    board.bus.silent.clear()
    board.wiring.step()
    assert board.bus.written[-2:] == [(0x20, 0x14, "0401"), (0x20, 0x00, "0000")]


def held_open(board: Board) -> int:
    """By the discrete inputs: what a host sees."""
    return board.run(0)[6]


def test_an_expander_that_forgot_is_driven_again_and_no_lock_is_said_to_be_open_meanwhile(board: Board) -> None:
    board.run(1_000, two_words(WRITE_COIL, UNLOCK_COIL + 2, COIL_ON))
    assert held_open(board) == 0b100
    board.bus.registers |= board.bus.at_its_start
    board.bus.written.clear()
    board.run(500)
    assert board.bus.written == [(0x20, 0x14, "0401"), (0x20, 0x00, "0000")]
    assert held_open(board) == 0b100


def test_a_lock_that_the_expander_does_not_drive_is_not_said_to_be_open(board: Board) -> None:
    board.run(1_000)
    board.bus.silent.add(0x20)
    board.run(0, two_words(WRITE_COIL, UNLOCK_COIL + 2, COIL_ON))
    board.run(1_000)
    assert held_open(board) == 0
    board.bus.silent.clear()
    board.run(0)
    assert held_open(board) == 0b100
    board.bus.silent.add(0x20)
    board.run(1_000, two_words(WRITE_COIL, UNLOCK_COIL + 2, 0))
    board.run(1_000)
    assert held_open(board) == 0b100, "what was seen last"


def test_what_the_floating_input_heard_while_the_board_spoke_is_thrown_away(board: Board) -> None:
    board.run(1_000)
    board.line.while_saying = lambda: setattr(board.line, "heard", b"\0\0")
    board.run(0)
    assert board.line.heard == b""
    assert FakePin.pulled[1] == FakePin.PULL_UP


def test_the_expander_is_held_ready_while_the_program_runs(board: Board) -> None:
    assert FakePin.levels[EXPANDER_RUNS] == 1
    assert board.bus.settings["freq"] == 100_000


def test_a_program_that_hangs_at_its_start_is_started_again(main: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a sensor holds the bus while it is set up."""
    begun: list[str] = []
    monkeypatch.setattr(main, "WDT", lambda **_settings: begun.append("watchdog"))

    def hangs() -> None:
        begun.append("wiring")
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "Wiring", hangs)
    with pytest.raises(KeyboardInterrupt):
        main.run()
    assert begun == ["watchdog", "wiring"]


def test_lamps_are_written_when_they_change(board: Board) -> None:
    assert board.lamps.pin == 28
    board.run(1_000)
    assert board.lamps.shown == [[(0, 0, 0)] * SLOTS]
    board.run(0, two_words(WRITE_REGISTER, LAMP_REGISTER + 1, 2 + 8))
    board.run(2_000)
    bright = [shown[1] for shown in board.lamps.shown]
    assert len(bright) in (4, 5, 6)
    assert set(bright) == {(0, 0, 0), (0, 48, 0)}


@pytest.mark.parametrize(("closed", "address"), [((), 1), ((19,), 2), ((22,), 9), ((19, 20, 21, 22), 16)])
def test_the_switches_name_the_address(main: Any, closed: tuple[int, ...], address: int) -> None:
    FakePin.levels.update(dict.fromkeys(closed, 0))
    assert main.address() == address


def test_micropython_takes_every_file_of_the_firmware() -> None:
    assert "main.py" in [file.name for file in FILES]
    program = (
        "import sys\nfor file in sys.argv[1:]:\n    compile(open(file).read(), file, 'exec')\nprint(len(sys.argv))\n"
    )
    micropython = firmware_command("MicroPython")[0]
    command = [micropython, "-c", program, *map(str, FILES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{1 + len(FILES)}\n", "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_compiled_for_the_board(file: Path, tmp_path: Path) -> None:
    compiled = cross_compile(file, tmp_path)
    assert compiled.read_bytes()[:2] == b"M\x06", "the format that MicroPython 1.19 and later load"
