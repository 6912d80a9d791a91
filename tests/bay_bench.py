"""A simulated dock whose station does not work, and whoever types `dockward bay …` at it. Judges nothing.

Time passes only while the command waits; what people do is told for when. The cables may go elsewhere than configured.
"""

import argparse
import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from dockward import bay
from dockward.bay_wires import Wires
from hardware.bays import WiredBays
from hardware.gpio_bays import GpioBays
from hardware.gpio_lines import lines_of
from hardware.open_hardware import Hardware
from hardware.serial_bays import SerialBays
from hardware.simulated.boards import BoardsAtHand
from hardware.simulated.dock import Dock
from hardware.simulated.pins import DockPins
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_arrivals import Arrivals, Intervals
from hardware.usb_cameras import UsbCameras
from hardware.usb_places import attached
from station.clock import ManualClock
from station.config import StationConfig
from tests.camera_bench import Said
from tests.stations import START
from tests.test_station_config import changed, written

BAYS = [
    {"name": "1", "usb": "1-1.1.1", "board": 1, "slot": 0},
    {"name": "2", "usb": "1-1.1.2", "board": 1, "slot": 1},
    {"name": "3", "usb": "1-1.1.3", "board": 2, "slot": 0},
    {
        "name": "4",
        "usb": "1-1.2",
        "lock_pin": 17,
        "presence_pin": 4,
        "charger_pin": 18,
        "lamp_pins": [22, 23, 24],
        "key_pin": 5,
    },
]


class Person:
    """Answers as told; presses Enter when the time has come."""

    def __init__(self, bench: "BayBench", saw: bool, enter_ms: int | None) -> None:  # noqa: FBT001
        self._bench, self._saw, self._enter_ms = bench, saw, enter_ms
        self.asked: list[str] = []

    def saw(self, question: str) -> bool:
        self.asked.append(question)
        return self._saw

    def pressed(self) -> bool:
        return self._enter_ms is not None and self._bench.passed_ms >= self._enter_ms


class BayBench:
    """Bays 1 to 3 on two boards, 4 on pins; `cables` are the places that bays really have."""

    def __init__(self, folder: Path, door: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.dock = Dock(folder / "dock")
        for serial in ("DW-1", "DW-2"):
            self.dock.make_camera(serial)
        self.config = written(folder, changed("bays", BAYS) | {"technician": str(door)})
        self.cables: Mapping[str, str] = {str(one["name"]): str(one["usb"]) for one in BAYS}
        self.person: Person | None = None
        self.passed_ms = 0
        self.turned: set[str] = set()
        """Bays whose key is."""
        self.opened = 0
        self._clock = ManualClock(START)
        self._to_do: list[tuple[int, Callable[[], object]]] = []
        self._capsys = capsys

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        """So long after the command began."""
        self._to_do.append((int(seconds * 1000), act))
        self._to_do.sort(key=lambda one: one[0])

    def dock_at(self, seconds: float, bay_name: str, serial: str = "DW-1") -> None:
        self.at(seconds, lambda: self.dock.put(serial, bay_name))
        self.at(seconds + 5, lambda: self.dock.take(bay_name))

    def type(self, *words: object) -> Said:
        """As main does it, with other ends to the wires."""
        parser = argparse.ArgumentParser()
        bay.add_arguments(parser)
        self.passed_ms = 0
        self._capsys.readouterr()
        wires = Wires(self._open, self._clock, self._pause, self.person)
        code = bay.run(parser.parse_args([*map(str, words), "--config", str(self.config)]), wires)
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def _pause(self, seconds: float) -> None:
        self.passed_ms += int(seconds * 1000)
        self._clock.advance(int(seconds * 1000))
        while self._to_do and self._to_do[0][0] <= self.passed_ms:
            self._to_do.pop(0)[1]()

    def _now_ms(self) -> int:
        return self._clock.stamp().boot_ms

    @contextlib.contextmanager
    def _open(self, config: StationConfig) -> Iterator[Hardware]:
        self.opened += 1
        lines = lines_of(config.bays, config.hardware.gpio)
        factory = DockPins(self.dock, lines)
        factory.turned = self.turned
        pins = GpioBays(lines, factory, self._now_ms)
        usb = VirtualUsb(self.dock, self.cables, lambda: self._clock.stamp().utc_ms)
        line = SerialBays(BoardsAtHand(self.dock, config.bays), self._now_ms)
        wired = WiredBays(config.bays, line, pins)
        with contextlib.closing(wired):
            yield Hardware(UsbCameras(480, usb), wired, Arrivals(lambda: attached(usb), Intervals(0)))
