"""What is known of each bay from its wires, at one moment: plain values for whoever shows or judges them.

Filled in by the bays' watch; asks no wire and decides nothing.
"""

from typing import NamedTuple

from hardware.wires import Colour, Measured
from station.bays.docked_bay import Why
from station.bays.ready_at import ReadyAt


class Sensed(NamedTuple):
    """One bay. None is what nobody said yet, or what this station does not have."""

    bay: str
    answers: bool
    """Its board, or the pins it is on, at the last look."""
    present: bool | None = None
    locked: bool | None = None
    """What its lock was last told."""
    charging: bool | None = None
    """What its charger does."""
    why: Why | None = None
    """Why it charges, or does not."""
    lamp: Colour | None = None
    key_turned: bool | None = None
    usb: bool = False
    """Something is on its place on the USB tree."""
    measured: Measured | None = None
    ready: ReadyAt | None = None
    """By the station's own clock that nobody sets; None where nobody can say."""
    trouble: str = ""
