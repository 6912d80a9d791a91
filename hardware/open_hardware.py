"""Chooses real wires or simulated ones, by the configured name and never by falling back. The only place that does."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gpiozero import Factory  # type: ignore[import-untyped]

from hardware.badges.cards import make_driver
from hardware.badges.em4100 import KINDS
from hardware.bays import WiredBays
from hardware.gpio_bays import GpioBays
from hardware.gpio_chip import OpenChip, open_chip
from hardware.gpio_lines import HEADER_LINES, conflicts, lines_of
from hardware.kernel_clock import kernel_knows_time
from hardware.panel import KernelSpi, LcdPanels
from hardware.serial_badges import SerialBadges, open_reader_line
from hardware.serial_bays import SerialBays, open_line
from hardware.usb_arrivals import Arrivals, Intervals, kernel_arrivals
from hardware.usb_cameras import UsbCameras
from hardware.usb_places import attached
from hardware.wires import Bays, CameraArrivals, Cameras, ForbiddenError, Panels
from hardware.wiring import BayWiring, HardwareWiring, PanelWiring, places_on_boards

_DOCK_LOOKS_EVERY_MS = 200
"""Nobody tells when somebody moves a camera in a folder."""


class Hardware(NamedTuple):
    """Every wire that is opened for a station's whole life."""

    cameras: Cameras
    bays: Bays
    arrivals: CameraArrivals
    badges: SerialBadges | None = None
    """None where no reader is configured."""
    panels: Panels | None = None
    """None where no panel is configured."""


def knows_time(wiring: HardwareWiring) -> Callable[[], bool]:
    """Who says whether the clock is kept true."""
    return (lambda: True) if wiring.kind == "simulated" else kernel_knows_time


@contextlib.contextmanager
def open_hardware(wiring: HardwareWiring, bays: Sequence[BayWiring], now_ms: Callable[[], int]) -> Iterator[Hardware]:
    """Everything that stays open for a station's whole life; outputs are left in their safe state at the end."""
    match wiring.kind:
        case "board":
            opening = _on_a_board(wiring, bays)
        case "simulated":
            opening = _in_a_folder(wiring, bays, now_ms)
    with opening as hardware, contextlib.closing(hardware.bays), _reader(wiring) as badges:
        yield hardware._replace(badges=badges)


@contextlib.contextmanager
def _on_a_board(wiring: HardwareWiring, bays: Sequence[BayWiring]) -> Iterator[Hardware]:
    chip = open_chip()
    with contextlib.closing(chip.factory):  # lets go of every line
        _require_no_conflict(bays, wiring, chip.lines)
        pins = GpioBays(lines_of(bays, wiring.gpio), chip.factory, _rising_ms(chip.factory), chip.fault)
        line = SerialBays(open_line(wiring.serial)) if places_on_boards(bays) else None
        panels = _wired(wiring.panel, chip)
        wired = WiredBays(bays, line, pins)
        yield Hardware(UsbCameras(wiring.camera_zone_minutes), wired, kernel_arrivals(), panels=panels)


@contextlib.contextmanager
def _in_a_folder(wiring: HardwareWiring, bays: Sequence[BayWiring], now_ms: Callable[[], int]) -> Iterator[Hardware]:
    from hardware.simulated.boards import SimulatedBoards, installed_runtime  # noqa: PLC0415 - not in service
    from hardware.simulated.dock import Dock  # noqa: PLC0415
    from hardware.simulated.pins import DockPins  # noqa: PLC0415
    from hardware.simulated.usb_backend import VirtualUsb  # noqa: PLC0415

    if wiring.dock is None:
        raise ForbiddenError("a simulated dock needs a folder; set hardware.dock")
    dock = Dock(Path(wiring.dock))
    _require_no_conflict(bays, wiring, HEADER_LINES)
    lines = lines_of(bays, wiring.gpio)
    usb_tree = VirtualUsb(dock, {bay.name: bay.usb for bay in bays}, now_ms)
    with SimulatedBoards(dock, bays, installed_runtime()) as boards:
        factory = DockPins(dock, lines)
        pins = GpioBays(lines, factory, _rising_ms(factory))
        wired = WiredBays(bays, SerialBays(open_line(boards.url)), pins)
        arrivals = Arrivals(lambda: attached(usb_tree), Intervals(_DOCK_LOOKS_EVERY_MS))
        panels = _pictured() if wiring.panel is not None else None
        yield Hardware(UsbCameras(wiring.camera_zone_minutes, usb_tree), wired, arrivals, panels=panels)


def _wired(panel: PanelWiring | None, chip: OpenChip) -> Panels | None:
    return None if panel is None else LcdPanels(panel, chip.factory, KernelSpi(), chip.fault)


def _pictured() -> Panels:
    from hardware.simulated.panel import DockPanel  # noqa: PLC0415 - not in service, and heavy

    return DockPanel()


@contextlib.contextmanager
def _reader(wiring: HardwareWiring) -> Iterator[SerialBadges | None]:
    """The badge reader, whether or not it is plugged in now."""
    if wiring.badges is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        url = wiring.badges.serial
        if wiring.kind == "simulated":
            from hardware.simulated.dock import Dock  # noqa: PLC0415 - not in service
            from hardware.simulated.dock_reader import DockReader  # noqa: PLC0415

            url = stack.enter_context(DockReader(Dock(Path(wiring.dock or "")), wiring.badges.cards)).url
        line = open_reader_line(url)
        yield stack.enter_context(contextlib.closing(SerialBadges(line, make_driver(wiring.badges.cards, KINDS))))


def _require_no_conflict(bays: Sequence[BayWiring], wiring: HardwareWiring, lines: int) -> None:
    if problems := "; ".join(conflicts(bays, wiring, lines)):
        raise ForbiddenError(f"{problems}; set the pins right")


def _rising_ms(factory: Factory) -> Callable[[], int]:
    """The pins' own clock, which nobody sets: contacts are believed by it."""
    return lambda: int(factory.ticks() * 1000)
