"""What a wire offers to whoever uses it: protocols, plain values, and errors sorted by whose fault it is.

Simulated and real ends are behind the same protocols and pass the same tests. Nothing here speaks to anything.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, Protocol


class WireError(Exception):
    """Root of what can go wrong on a wire; shown to people as one line."""


class AbsentError(WireError):
    """Nothing is there, or it has just been pulled out."""


class SilentError(WireError):
    """Something is there and did not answer in time, or went quiet in the middle."""


class LyingError(WireError):
    """The other end broke its own protocol, or claims what cannot be."""


class ForbiddenError(WireError):
    """The other end, or the operating system, refused to do it."""


class BusyError(WireError):
    """Another program holds it, or it has more to do than it can: ask again."""


class HostError(WireError):
    """This machine itself cannot: no libusb, no memory left for USB."""


class CameraIdentity(NamedTuple):
    """Who a camera says it is."""

    serial: str
    model: str


class ListedFile(NamedTuple):
    """One file as a camera lists it; both times by the camera's own clock."""

    path: str
    size_bytes: int
    begun_ms: int | None
    ended_ms: int | None
    described: bool = True
    """Otherwise the camera lists something here and does not say what: a file, or a folder full of them."""


class CardSpace(NamedTuple):
    """One card of a camera; None where the camera does not say, or says what cannot be."""

    capacity_bytes: int | None
    free_bytes: int | None
    deletable: bool
    """Cards that nothing can be written to can often be deleted from."""


class Camera(Protocol):
    """One docked camera, opened; used by one thread at a time, closed when done."""

    @property
    def identity(self) -> CameraIdentity: ...

    def battery_percent(self) -> int | None:
        """None where the camera does not say."""

    def cards(self) -> tuple[CardSpace, ...]: ...

    def clock_ms(self) -> int | None:
        """What the camera's clock shows now, in whole seconds; None where it cannot be read."""

    def set_clock(self, utc_ms: int) -> None: ...

    def files(self) -> tuple[ListedFile, ...]:
        """Every file on the camera; all of them or an error."""

    def pull(self, path: str, offset: int = 0) -> Iterator[memoryview]:
        """The bytes of a file of the last listing from there on, to as many as were listed or an error.

        Each view is good until the next is asked for.
        """

    def delete(self, path: str) -> None: ...

    def close(self) -> None:
        """Never raises: what is already gone is closed."""


class Cameras(Protocol):
    """Every place on the USB tree where a camera can be."""

    def open(self, usb_path: str) -> Camera:
        """The camera at a place such as `1-1.4`; AbsentError where there is none."""


class Changes(NamedTuple):
    """Places on the USB tree. What was put back within a moment is in both."""

    arrived: frozenset[str]
    departed: frozenset[str]


class CameraArrivals(Protocol):
    """Who notices what is plugged in and pulled out. Opens nothing."""

    @property
    def deaf(self) -> str:
        """Why changes are only looked for at intervals; empty where that is as it should be."""

    def next(self, patience_ms: int) -> Changes:
        """What changed since the last look, after so long at the latest; at first, all that is there. One thread's."""

    def plugging(self, usb_path: str) -> int | None:
        """Another number whenever what is there was put in anew; None where nothing is."""

    def places(self) -> frozenset[str]:
        """Wherever anything is, now."""

    def stop(self) -> None:
        """Whoever waits for the next change stops waiting."""


Cut = Literal["over-current", "over-temperature", "short", "blind", "stuck", "unknown"]
"""Why a board cut a charger by itself; "blind" is sensors that did not answer, "stuck" one that does not switch off."""


class Measured(NamedTuple):
    """What a bay board measured at one bay; None where its sensors do not answer."""

    millivolts: int | None
    milliamperes: int | None
    centidegrees: int | None
    charge_mah: int
    """Counted since the board started, which is so long ago:"""
    counting_seconds: int
    cut: Cut | None
    cut_number: int
    """How many cuts there were; the last one is acknowledged by it."""
    cut_for: int
    """What the last cut was for, in mA or hundredths of a degree."""


Colour = Literal["red", "green", "blue", "yellow", "cyan", "magenta", "white"]
"""Dark is none of them: it is how a lamp says that nobody watches."""


class Bays(Protocol):
    """Every bay's switch, lock, charger, lamp and key. Used by one thread at a time."""

    def present(self) -> Mapping[str, bool]:
        """Each bay that answers: whether something is in it. A bay whose board is silent is left out."""

    def lock(self, bay: str, locked: bool) -> None: ...  # noqa: FBT001 - a switch has two states

    def charge(self, bay: str, enabled: bool) -> None: ...  # noqa: FBT001

    def charging(self) -> Mapping[str, bool]:
        """What the charger of each bay does that answered the last look."""

    def light(self, bay: str, colour: Colour) -> None:
        """Nothing where the bay has no lamp."""

    def keys_turned(self) -> Mapping[str, bool]:
        """Each bay whose mechanical key is sensed: whether it is turned, or its wire broken."""

    def power_well(self) -> bool | None:
        """None where nobody says."""

    def measured(self) -> Mapping[str, Measured]:
        """Each bay whose board measures, and said so not long ago."""

    def acknowledge(self, bay: str, cut_number: int) -> None:
        """Somebody has seen why this bay was cut; it may charge again."""

    def close(self) -> None:
        """Leave every output in its safe state: locked, charging at the board's own discretion."""


PANEL_SIZE = (320, 240)
"""Pixels across and down, of every panel."""


class Panel(Protocol):
    """The screen at the dock, opened; used by one thread at a time."""

    def show(self, rgb: bytes) -> None:
        """A whole picture: three bytes a pixel, row by row from the top left."""

    def close(self) -> None:
        """Dark. Never raises: what is already gone is closed."""


class Panels(Protocol):
    """Where the panel is wired."""

    def open(self) -> Panel: ...
