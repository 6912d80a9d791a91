"""Chooses real wires or simulated ones, by the configured name and never by falling back. The only place that does."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hardware.kernel_clock import kernel_knows_time
from hardware.wires import Bays, Cameras, WireError
from hardware.wiring import BayWiring, HardwareWiring


class Hardware(NamedTuple):
    """Every wire that is opened for a station's whole life."""

    cameras: Cameras
    bays: Bays


def knows_time(wiring: HardwareWiring) -> Callable[[], bool]:
    """Who says whether the clock is kept true."""
    return (lambda: True) if wiring.kind == "simulated" else kernel_knows_time


@contextlib.contextmanager
def open_hardware(
    wiring: HardwareWiring, bays: Sequence[BayWiring], now_ms: Callable[[], int]
) -> Iterator[Hardware]:
    match wiring.kind:
        case "board":
            with _open_board(wiring, bays) as hardware:
                yield hardware
        case "simulated":
            with _open_simulated(wiring, bays, now_ms) as hardware:
                yield hardware
