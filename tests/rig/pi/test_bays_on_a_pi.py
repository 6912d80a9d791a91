"""Promise: on a Raspberry Pi's own chip and serial line, outputs move their pins, boards answer, and a kill lets go.

The emulator gives nobody a way to move an input of this chip; inputs are moved on a PC, `tests/rig/guest/`.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from hardware.bays import WiredBays
from hardware.gpio_chip import open_chip
from hardware.gpio_lines import OutputLine, lines_of
from hardware.open_hardware import open_hardware
from hardware.wires import AbsentError
from hardware.wiring import BayWiring, HardwareWiring
from tests.rig.guest import lit_bays
from tests.rig.guest.emulator import Monitor
from tests.rig.guest.waiting import until
from tests.rig.pi import other_end
from tests.rig.pi.bay_line import bay_bus, high, outputs

OUTPUTS = {
    (use.bay, use.part): use.line
    for use in lines_of(lit_bays.BAYS, lit_bays.WIRING.gpio)
    if isinstance(use, OutputLine)
}
LINES = set(OUTPUTS.values())
WIRING = HardwareWiring(kind="board")
"""With the bay bus where it is in service."""
_LOCK_PIN = 17
_CHIP_LINES = 54
_DEBUG = Path("/sys/kernel/debug")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lgpio may leave its pipe."""
    monkeypatch.chdir(tmp_path)


@contextlib.contextmanager
def opened(wiring: HardwareWiring, bays: tuple[BayWiring, ...]) -> Iterator[WiredBays]:
    with open_hardware(wiring, bays, lambda: 0) as hardware:
        assert isinstance(hardware.bays, WiredBays)
        yield hardware.bays


def told_high() -> set[int]:
    """By the kernel's driver, which numbers the lines of all chips together."""
    chip = (_DEBUG / "gpio").read_text().split("pinctrl-bcm2835:")
    first = int(chip[0].rsplit("GPIOs ", 1)[1].split("-")[0])
    lines = takewhile(str.strip, chip[1].splitlines()[1:])
    return {int(line.split()[0].removeprefix("gpio-")) - first for line in lines if " out hi" in line}


# --- the chip


def test_the_chip_is_the_pis_own_and_its_kernel_lets_go_of_outputs() -> None:
    chip = open_chip()
    chip.factory.close()
    assert chip.lines == _CHIP_LINES
    (name,) = [path.name for path in _DEBUG.glob("pinctrl/*") if "pinctrl-bcm2835" in path.name]
    assert name.startswith("3f200000.gpio")


def test_each_output_moves_its_own_pin_of_the_chip(monitor: Monitor) -> None:
    with opened(lit_bays.WIRING, lit_bays.BAYS) as bays:
        assert outputs(monitor) >= LINES
        for bay in lit_bays.BAYS:
            assert not high(monitor) & LINES
            bays.lock(bay.name, False)  # noqa: FBT003 - a switch has two states
            assert high(monitor) & LINES == told_high() & LINES == {OUTPUTS[bay.name, "lock"]}
            bays.charge(bay.name, True)  # noqa: FBT003
            bays.lock(bay.name, True)  # noqa: FBT003
            assert high(monitor) & LINES == told_high() & LINES == {OUTPUTS[bay.name, "charger"]}
            bays.charge(bay.name, False)  # noqa: FBT003
            bays.light(bay.name, "yellow")
            lit = {OUTPUTS[bay.name, "red"], OUTPUTS[bay.name, "green"]}
            assert high(monitor) & LINES == told_high() & LINES == lit
            bays.light(bay.name, "blue")
            assert high(monitor) & LINES == {OUTPUTS[bay.name, "blue"]}
            break_off(bays, bay.name)
    assert not high(monitor) & LINES


def break_off(bays: WiredBays, bay: str) -> None:
    """Dark is no colour that a bay can be given: the lamp's own pins are switched off."""
    for part in ("red", "green", "blue"):
        bays._pins._outputs[bay, part].off()


def test_a_kill_makes_every_output_an_input(monitor: Monitor, tmp_path: Path) -> None:
    """What holds the line then is the resistor from the driver's input to ground, which the emulator has not."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.rig.guest.lit_bays"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"READY\n"
        assert outputs(monitor) >= LINES
        assert high(monitor) >= LINES
        process.kill()
    until(lambda: not outputs(monitor) & LINES, "every output to be let go")
    with opened(lit_bays.WIRING, lit_bays.BAYS):
        assert not high(monitor) & LINES


# --- the serial line


def test_the_chips_own_serial_line_carries_the_bay_bus(monitor: Monitor) -> None:
    with opened(WIRING, other_end.BAYS) as bays:
        with bay_bus(monitor) as runtime:
            until(lambda: bays.present() == {"1": False, "2": False}, "the boards to answer")
            until(lambda: set(bays.measured()) == {"1", "2"} if bays.present() else None, "what they measure")
        sys.stdout.write(f"bay boards in {runtime}\n")
        monitor.ask("rig-put", bay="2", camera="T8-2")
        with bay_bus(monitor):
            until(lambda: bays.present() == {"1": False, "2": True}, "the switch of bay 2")
            bays.charge("2", True)  # noqa: FBT003 - a switch has two states
            bays.lock("2", False)  # noqa: FBT003
            bays.lock("1", False)  # noqa: FBT003
        assert monitor.ask("rig-shown", bay="2") == {"charging": True, "locked": False}
        assert monitor.ask("rig-shown", bay="1") == {"charging": False, "locked": True}
        assert _LOCK_PIN in high(monitor)
        monitor.ask("rig-take", bay="2")
        with bay_bus(monitor):
            until(lambda: bays.present() == {"1": False, "2": False}, "bay 2 to be empty")
            bays.close()


def test_a_serial_line_that_nobody_answers_on_says_so_in_one_line(monitor: Monitor) -> None:
    del monitor
    nobody = HardwareWiring(kind="board", serial="/dev/ttyUSB0")
    with opened(nobody, other_end.BAYS) as bays, pytest.raises(AbsentError, match="the bay bus is gone") as told:
        bays.present()
    assert "\n" not in str(told.value)
