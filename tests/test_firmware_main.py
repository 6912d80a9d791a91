"""Promise: on a real board the pins do what the board decides, and the line is driven only to answer."""

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

import firmware_py
from firmware_py.bay_board import DEBOUNCE_MS, INPUTS
from firmware_py.modbus_rtu import COIL_ON, READ_DISCRETE_INPUTS, WRITE_COIL, seal, two_words
from hardware.simulated.boards import firmware_command

LOOK = two_words(READ_DISCRETE_INPUTS, 0, INPUTS)
CHARGE_3 = two_words(WRITE_COIL, 3, COIL_ON)
DRIVE_LINE, CHARGER_3, SWITCH_5, ADDRESS_BITS = 18, 13, 7, (19, 21)


class FakePin:
    """Open inputs are pulled up."""

    IN, OUT, PULL_UP = "in", "out", "up"
    levels: ClassVar[dict[int, int]] = {}

    def __init__(self, number: int, _direction: str = "", pull: str = "", value: int | None = None) -> None:
        self.number = number
        if value is not None:
            self.levels[number] = value
        if pull:
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

    def any(self) -> int:
        return len(self.heard)

    def read(self, count: int) -> bytes:
        read, self.heard = self.heard[:count], self.heard[count:]
        return read

    def write(self, content: bytes) -> None:
        self.said.append((content, FakePin.levels[DRIVE_LINE]))

    def flush(self) -> None:
        pass


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The program as a board runs it, on pins that are numbers."""
    monkeypatch.setattr(FakePin, "levels", {})
    machine = ModuleType("machine")
    vars(machine).update(UART=FakeLine, Pin=FakePin, WDT=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "machine", machine)
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
    assert line.said == [(seal(6, bytes([READ_DISCRETE_INPUTS, 2, 0b100000, 0])), 1)]
    assert FakePin.levels[DRIVE_LINE] == 0
    line.heard = seal(6, CHARGE_3)
    wiring.step()
    assert [pin for pin in range(10, 18) if FakePin.levels[pin]] == [CHARGER_3]
    now_ms[0] += 10_001
    wiring.step()
    assert FakePin.levels[CHARGER_3] == 0


@pytest.mark.parametrize(("closed", "address"), [((), 1), ((19,), 2), ((22,), 9), ((19, 20, 21, 22), 16)])
def test_the_switches_name_the_address(main: Any, closed: tuple[int, ...], address: int) -> None:
    FakePin.levels.update(dict.fromkeys(closed, 0))
    assert main.address() == address


def test_micropython_takes_every_file_of_the_firmware() -> None:
    files = sorted(Path(firmware_py.__file__).parent.glob("*.py"))
    assert "main.py" in [file.name for file in files]
    program = (
        "import sys\nfor file in sys.argv[1:]:\n    compile(open(file).read(), file, 'exec')\nprint(len(sys.argv))\n"
    )
    micropython = firmware_command("MicroPython")[0]
    command = [micropython, "-c", program, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{1 + len(files)}\n", "")
