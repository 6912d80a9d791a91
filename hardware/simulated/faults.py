"""What goes wrong with a simulated camera, where and how often: a schedule as data, and who counts it off.

Nothing is left to chance or to the clock: a fault strikes at a counted operation and a counted byte.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from hardware.simulated.habits import Habits


class Kind(Enum):
    """What the camera does; `at` is the byte of its answer, counted from the first header."""

    STALL = auto()
    """Halts its IN endpoint there, with `value` also its OUT endpoint."""
    SILENCE = auto()
    """Says nothing more until the transfer is cancelled."""
    WEDGE = auto()
    """Says nothing more until it is plugged in again."""
    VANISH = auto()
    """Is pulled out there."""
    JOIN = auto()
    """Puts its answer into the last packet of the data."""
    CUT = auto()
    """Sends so many bytes of data as `at`, then its answer as if that were all."""
    STRAY = auto()
    """Sends one byte behind the data."""
    TRANSACTION = auto()
    """Answers as if asked in transaction `value`."""
    CODE = auto()
    """Writes `value` as the code of its data."""
    LENGTH = auto()
    """Writes `value` as the length of its data."""
    CONTENT = auto()
    """Sends `content` as its data."""
    REFUSE = auto()
    """Answers with the code `value` and does nothing."""
    LONG_ANSWER = auto()
    """Puts one byte behind its answer and counts it."""
    EVENTS = auto()
    """Has so many messages as `value` for its interrupt endpoint first."""


ENDS = (Kind.STALL, Kind.SILENCE, Kind.WEDGE, Kind.VANISH)
"""After these no more of the answer comes."""


class Fault(NamedTuple):
    """Strikes at the `nth` such operation and the ones after it, so many `times` in all."""

    kind: Kind
    operation: int
    nth: int = 1
    times: int = 1
    first: int | None = None
    """Only where this is the operation's first parameter."""
    at: int = 0
    value: int = 0
    content: bytes = b""


EVER_AFTER = 1 << 62
"""As `times`."""


class Schedule:
    """Counts one camera's operations, however often it is plugged in."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._seen = [(fault, 0) for fault in faults]

    def struck(self, operation: int, first: int) -> dict[Kind, Fault]:
        """What goes wrong with this one."""
        found = {}
        for place, (fault, before) in enumerate(self._seen):
            if fault.operation != operation or fault.first not in {None, first}:
                continue
            self._seen[place] = fault, before + 1
            if fault.nth <= before + 1 < fault.nth + fault.times:
                found[fault.kind] = fault
        return found


class UsbTraits(NamedTuple):
    """What the USB side of a camera is like, and what the operating system makes of it."""

    interface_name: str | None = None
    """An interface of the vendor's own class that is called so, in place of one for still images."""
    mass_storage: bool = False
    """It is a disk, no camera that speaks MTP."""
    interrupts: bool = True
    """It has an interrupt endpoint."""
    knows_status: bool = True
    """It answers the class request for its status."""
    read_bytes_max: int | None = None
    """The kernel has no memory for larger reads."""
    claim_errno: int | None = None
    """Why the interface cannot be claimed."""


class Nature(NamedTuple):
    """All that one camera is like."""

    faults: tuple[Fault, ...] = ()
    traits: UsbTraits = UsbTraits()
    habits: Habits | None = None
    """None: as the others at this dock."""
