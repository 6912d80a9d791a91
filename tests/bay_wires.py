"""A dock with three bay boards, and each way of reaching them."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from firmware_py.long_clock import ticks_ms
from hardware.bays import WiredBays
from hardware.gpio_bays import GpioBays
from hardware.gpio_lines import lines_of
from hardware.serial_bays import SerialBays, SerialLine, open_line
from hardware.simulated.boards import BoardsAtHand, SimulatedBoards
from hardware.simulated.dock import Dock
from hardware.simulated.pins import DockPins
from hardware.wiring import BayWiring, GpioWiring

BOARDS = (1, 2, 247)
BAYS = tuple(
    BayWiring(f"{letter}{slot}", f"1-1.{place}.{slot + 1}", 4 + 8 * place + slot, board, slot)
    for place, (letter, board) in enumerate(zip("ABC", BOARDS, strict=True))
    for slot in range(8)
)
NAMES = [bay.name for bay in BAYS]
LINES = ("at hand", "CPython", "MicroPython")
LOOKS_MAX = 3_000


@contextlib.contextmanager
def line_to(dock: Dock, kind: str, bays: Sequence[BayWiring] = BAYS) -> Iterator[SerialLine]:
    if kind == "at hand":
        yield BoardsAtHand(dock, bays)
        return
    with SimulatedBoards(dock, bays, "CPython" if kind == "CPython" else "MicroPython") as boards:
        yield open_line(boards.url)


@contextlib.contextmanager
def wired_bays(dock: Dock, line: SerialLine, bays: Sequence[BayWiring] = BAYS) -> Iterator[WiredBays]:
    lines = lines_of(bays, GpioWiring())
    clock_ms = line.clock_ms if isinstance(line, BoardsAtHand) else ticks_ms
    wired = WiredBays(bays, SerialBays(line, clock_ms), GpioBays(lines, DockPins(dock, lines), lambda: 0))
    with contextlib.closing(wired):
        yield wired


def new_dock(folder: Path) -> Dock:
    dock = Dock(folder)
    for serial in ("DW-1", "DW-2"):
        dock.make_camera(serial)
    return dock


def look_until(wired: WiredBays, wanted: Mapping[str, bool]) -> None:
    """As often as it takes the boards to believe their switches."""
    for _ in range(LOOKS_MAX):
        if (seen := wired.present()) == wanted:
            return
    assert seen == wanted


def full(*occupied: str, silent: Sequence[int] = ()) -> dict[str, bool]:
    """What is seen when these bays are full and these boards say nothing."""
    return {bay.name: bay.name in occupied for bay in BAYS if bay.board not in silent}
