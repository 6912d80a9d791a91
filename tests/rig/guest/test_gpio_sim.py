"""Promise: on a kernel's own GPIO chip each output moves its line, each input is heard, and any end shuts the locks."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import pytest
from gpiozero import DigitalInputDevice, InputDevice  # type: ignore[import-untyped]

from hardware.bays import WiredBays
from hardware.gpio_bays import GpioBays
from hardware.gpio_chip import OpenChip, open_chip
from hardware.gpio_lines import LAMP, Output, OutputLine, lines_of
from hardware.open_hardware import open_hardware
from hardware.wires import ForbiddenError, HostError
from hardware.wiring import BayWiring
from tests.rig.guest.lit_bays import BAYS, WIRING
from tests.rig.guest.simulated_chip import LINES as LINES_OF_THE_CHIP
from tests.rig.guest.simulated_chip import SimulatedChip
from tests.rig.guest.waiting import until

LINES = lines_of(BAYS, WIRING.gpio)
_BOUNCE_SECONDS = 0.05
"""A level that was seen for less is no camera; a number of its own, so that it holds whatever the product waits."""
OUTPUTS = {(line.bay, line.part): line.line for line in LINES if isinstance(line, OutputLine)}


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedChip]:
    folder = tmp_path_factory.mktemp("pi")
    stood = Path.cwd()
    os.chdir(folder)  # lgpio leaves a pipe where it stands, and the checkout cannot be written to
    chip = SimulatedChip(folder)
    yield chip
    chip.take_away()
    os.chdir(stood)


@pytest.fixture
def bays(chip: SimulatedChip) -> Iterator[WiredBays]:
    """Both bays empty, the key at rest, the supply well."""
    with open_hardware(WIRING, BAYS, lambda: 0) as hardware:
        assert isinstance(hardware.bays, WiredBays)
        for line, up in ((4, True), (5, True), (6, False), (7, True)):
            chip.pull(line, up=up)
        yield hardware.bays


@pytest.fixture
def opened(chip: SimulatedChip) -> Iterator[OpenChip]:
    del chip
    opened = open_chip()
    yield opened
    opened.factory.close()


def high(chip: SimulatedChip) -> set[int]:
    return {line for line in OUTPUTS.values() if chip.level(line)}


def drive(bays: WiredBays, bay: str, part: Output) -> None:
    match part:
        case "lock":
            bays.lock(bay, False)  # noqa: FBT003 - a switch has two states
        case "charger":
            bays.charge(bay, True)  # noqa: FBT003
        case _:
            bays.light(bay, part)


# --- outputs


@pytest.mark.parametrize(("bay", "part"), OUTPUTS)
def test_each_output_moves_its_own_line_and_no_other(
    chip: SimulatedChip, bays: WiredBays, bay: str, part: Output
) -> None:
    assert high(chip) == set()
    drive(bays, bay, part)
    assert high(chip) == {OUTPUTS[bay, part]}
    if part not in LAMP:
        bays.lock(bay, True)  # noqa: FBT003 - a switch has two states
        bays.charge(bay, False)  # noqa: FBT003
        assert high(chip) == set()


def test_an_orderly_end_leaves_every_output_low(chip: SimulatedChip) -> None:
    with open_hardware(WIRING, BAYS, lambda: 0) as hardware:
        assert isinstance(hardware.bays, WiredBays)
        for bay, part in OUTPUTS:
            drive(hardware.bays, bay, part)
        assert high(chip)
    assert high(chip) == set()


@pytest.fixture
def lit(chip: SimulatedChip, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A station of its own, every output high."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.rig.guest.lit_bays"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"READY\n"
        assert high(chip) == set(OUTPUTS.values())
        yield process
        process.kill()


@pytest.mark.parametrize(
    "ending",
    [
        signal.SIGKILL,
        *(
            pytest.param(ending, marks=pytest.mark.minutes)
            for ending in (signal.SIGSEGV, signal.SIGTERM, signal.SIGINT)
        ),
    ],
)
def test_however_a_station_ends_its_outputs_are_low(
    chip: SimulatedChip, lit: "subprocess.Popen[bytes]", ending: signal.Signals
) -> None:
    lit.send_signal(ending)
    lit.wait()
    until(lambda: high(chip) == set(), f"every output to be low after {ending.name}")


@pytest.mark.minutes
def test_a_station_that_starts_again_after_a_kill_finds_its_lines_free(
    chip: SimulatedChip, lit: "subprocess.Popen[bytes]"
) -> None:
    lit.kill()
    lit.wait()
    with open_hardware(WIRING, BAYS, lambda: 0):
        assert high(chip) == set()


@pytest.mark.minutes
def test_a_line_that_another_process_holds_is_refused_and_nothing_is_left_open(
    lit: "subprocess.Popen[bytes]", opened: OpenChip
) -> None:
    assert lit.poll() is None
    with pytest.raises(ForbiddenError, match="the lock of bay 1 cannot use pin 17"):
        GpioBays(LINES, opened.factory, lambda: 0, opened.fault)


# --- inputs


def test_each_input_is_heard_when_it_is_pulled(chip: SimulatedChip, bays: WiredBays) -> None:
    until(lambda: bays.present() == {"1": False, "2": False}, "both bays to be empty")
    until(lambda: bays.keys_turned() == {"1": False}, "the key to be at rest")
    until(bays.power_well, "the supply to be well")

    def becomes(line: int, *, up: bool, is_so: Callable[[], bool]) -> None:
        chip.pull(line, up=up)
        until(is_so, f"line {line} to be believed")

    becomes(5, up=False, is_so=lambda: bays.present() == {"1": True, "2": False})
    becomes(4, up=False, is_so=lambda: bays.present() == {"1": True, "2": True})
    becomes(5, up=True, is_so=lambda: bays.present() == {"1": False, "2": True})
    becomes(6, up=True, is_so=lambda: bays.keys_turned() == {"1": True})
    becomes(7, up=False, is_so=lambda: bays.power_well() is False)
    assert high(chip) == set()


def test_a_contact_that_bounces_says_nothing(chip: SimulatedChip, bays: WiredBays) -> None:
    until(lambda: bays.present() == {"1": False, "2": False}, "both bays to be empty")
    quick = 0
    for _ in range(20):
        chip.pull(5, up=False)
        began = perf_counter()
        seen = [bays.present().get("1") for _ in range(2)]
        if perf_counter() - began < _BOUNCE_SECONDS:  # else the machine was slow, and the contact stood still
            quick += 1
            assert True not in seen
        chip.pull(5, up=True)
        until(lambda: bays.present().get("1") is False, "bay 1 to be empty")
    assert quick, "no two looks lay close enough together to show anything"
    chip.pull(5, up=False)
    until(lambda: bays.present().get("1"), "a contact that is held to be believed")


# --- the chip


def test_the_chip_is_found_behind_another_one(chip: SimulatedChip, opened: OpenChip) -> None:
    assert opened.lines == LINES_OF_THE_CHIP
    assert opened.factory.chip == chip.number != 0


def test_a_pin_that_has_two_uses_is_refused_before_any_line_is_claimed(chip: SimulatedChip) -> None:
    twice = (BAYS[0], BayWiring("3", "1-3", 17, presence_pin=4, charger_pin=12))
    with pytest.raises(ForbiddenError, match="pin 17 has 2 uses"), open_hardware(WIRING, twice, lambda: 0):
        pass
    assert high(chip) == set()


def test_without_a_chip_of_a_pi_nothing_is_opened(chip: SimulatedChip, monkeypatch: pytest.MonkeyPatch) -> None:
    del chip
    monkeypatch.setattr("hardware.gpio_chip.LABELS", ("pinctrl-rp1",))
    with pytest.raises(HostError, match="0 GPIO chips"), open_hardware(WIRING, BAYS, lambda: 0):
        pass


# --- why inputs are read, and gpiozero's bounce_time is not used


def test_bounce_time_does_not_debounce_a_read(chip: SimulatedChip, opened: OpenChip) -> None:
    chip.pull(20, up=True)
    device = DigitalInputDevice(20, pull_up=True, bounce_time=4, pin_factory=opened.factory)
    chip.pull(20, up=False)
    assert device.is_active  # at once, and not four seconds later
    device.close()


@pytest.mark.minutes
def test_what_reports_edges_wakes_a_thread_all_the_time(opened: OpenChip) -> None:
    def wakes_in_a_second() -> int:
        before = _switches()
        threading.Event().wait(1)
        return _switches() - before

    device = InputDevice(20, pull_up=True, pin_factory=opened.factory)
    read = wakes_in_a_second()
    device.close()
    device = DigitalInputDevice(21, pull_up=True, pin_factory=opened.factory)
    edges = wakes_in_a_second()
    device.close()
    sys.stdout.write(f"wakes in a second: {read} read, {edges} with edges\n")
    assert edges > 10 * max(read, 1)


def _switches() -> int:
    """How often any thread of this process has gone to sleep and been woken."""
    words = [path.read_text() for path in Path("/proc/self/task").glob("*/status")]
    return sum(int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0]) for text in words)
