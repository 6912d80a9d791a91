"""By what way an act reaches the bays: through the station that works, or over the wires themselves. Never both.

Over the wires it looks as the station would, a round every tenth of a second, and keeps what it saw for the self-test.
Decides nothing about custody: where a station works, that one does.
"""

import argparse
import contextlib
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from dockward.camera_line import STATION_CONFIG, station_config
from hardware.kernel_clock import kernel_knows_time
from hardware.open_hardware import Hardware, open_hardware
from hardware.wires import AbsentError, Changes
from hardware.wiring import BayWiring, places_on_boards
from station.bays.bay_history import BayHistory
from station.bays.self_test import Look
from station.bays.sensed import Sensed
from station.clock import Clock, SystemClock
from station.config import StationConfig, read_config
from station.errors import WrongUseError

ROUND_SECONDS = 0.1
_UNHEARD_ROUNDS = 5
"""So long switches are believed by nobody yet."""
_ROUNDS = 25
"""Enough for every board to be measured, and for a self-test of what shows at once."""


class Person(Protocol):
    """Whoever sits at the terminal."""

    def saw(self, question: str) -> bool: ...

    def pressed(self) -> bool:
        """Whether the Enter key was pressed since it was asked last. Waits for nobody."""


class Wires(NamedTuple):
    """`person` is None where no terminal is attached."""

    open: Callable[[StationConfig], AbstractContextManager[Hardware]]
    clock: Clock
    pause: Callable[[float], object]
    person: Person | None


class Terminal:
    def saw(self, question: str) -> bool:
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in {"y", "yes", "是"}

    def pressed(self) -> bool:
        if not select.select([sys.stdin], [], [], 0)[0]:
            return False
        sys.stdin.readline()
        return True


class Looker:
    """Looks at all bays of a station that does not work."""

    def __init__(self, config: StationConfig, hardware: Hardware, wires: Wires) -> None:
        self.bays = {bay.name: bay for bay in config.bays}
        self.hardware = hardware
        boards = {bay: board for bay, (board, _) in places_on_boards(config.bays).items()}
        self.history = BayHistory(boards, every_ms=int(ROUND_SECONDS * 1_000))
        self.places: frozenset[str] = frozenset()
        """Where something is on the USB tree."""
        self._wires = wires
        self._rounds = 0
        self._present: dict[str, bool] = {}

    def now_ms(self) -> int:
        return self._wires.clock.stamp().boot_ms

    def look(self) -> tuple[Mapping[str, Sensed], Changes]:
        """How all bays are, and what changed on USB since the last look."""
        changes = self.hardware.arrivals.next(0)
        self.places = self.places - changes.departed | changes.arrived
        trouble = ""
        bays = self.hardware.bays
        try:
            present = bays.present()
        except AbsentError as error:
            present, trouble = {}, str(error)
        measured, charging, keys = bays.measured(), bays.charging(), bays.keys_turned()
        sensed = {
            name: Sensed(
                name,
                answers=name in present,
                present=present.get(name),
                charging=charging.get(name),
                key_turned=keys.get(name),
                usb=bay.usb in self.places,
                measured=measured.get(name),
                trouble=trouble,
            )
            for name, bay in self.bays.items()
        }
        self._keep(sensed)
        return sensed, changes

    def settle(self) -> Mapping[str, Sensed]:
        """How they are, once all was heard that answers."""
        for _ in range(_ROUNDS):
            sensed, _ = self.round()
        return sensed

    def round(self) -> tuple[Mapping[str, Sensed], Changes]:
        self._wires.pause(ROUND_SECONDS)
        return self.look()

    def _keep(self, sensed: Mapping[str, Sensed]) -> None:
        self._rounds += 1
        if self._rounds <= _UNHEARD_ROUNDS:
            return
        now_ms = self.now_ms()
        for name, bay in sensed.items():
            present = self._present[name] = self._present.get(name, False) if bay.present is None else bay.present
            look = Look(
                now_ms,
                answered=bay.answers,
                present=present,
                charging=bool(bay.charging),
                ma=None if bay.measured is None else bay.measured.milliamperes,
                usb=bay.usb,
                cut=None if bay.measured is None else bay.measured.cut,
            )
            self.history.see(name, look)


def real_wires() -> Wires:
    clock = SystemClock(kernel_knows_time)
    attached = sys.stdin.isatty() and sys.stdout.isatty()

    def opened(config: StationConfig) -> AbstractContextManager[Hardware]:
        return open_hardware(config.hardware, config.bays, lambda: clock.stamp().utc_ms)

    return Wires(opened, clock, threading.Event().wait, Terminal() if attached else None)


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"the station's configuration ({STATION_CONFIG})")
    parser.add_argument("--json", action="store_true", help="print JSON")


def config_path(arguments: argparse.Namespace) -> Path:
    path = station_config(arguments.config)
    if path is None:
        raise WrongUseError(f"没有采集站配置 / there is no {STATION_CONFIG}; name one: --config FILE")
    return path


def works(config: StationConfig) -> bool:
    """Whether a station has these wires now: somebody listens at its door, whoever may knock there."""
    with socket.socket(socket.AF_UNIX) as knocking:
        try:
            knocking.connect(config.technician)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except PermissionError:
            return True
    return True


def config_at(arguments: argparse.Namespace) -> StationConfig:
    return read_config(config_path(arguments))


def bay_named(config: StationConfig, at: str) -> BayWiring:
    bay = next((bay for bay in config.bays if at in {bay.name, bay.usb}), None)
    if bay is None:
        raise WrongUseError(f"{at}: 不是本站仓位 / is no bay of this station; see: dockward bay list")
    return bay


@contextlib.contextmanager
def looking(config: StationConfig, wires: Wires) -> Iterator[Looker]:
    with wires.open(config) as hardware:
        yield Looker(config, hardware, wires)
