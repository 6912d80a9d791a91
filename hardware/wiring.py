"""What is screwed together in a station, as plain values: which pin, which board, which place on the USB tree.

Says only what each is; whether two of them can be together, `hardware/gpio_lines.py` says.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,16}\Z")]
UsbPath = Annotated[str, Meta(pattern=r"^[0-9]+-[0-9]+(\.[0-9]+)*\Z")]
OutputPin = Annotated[int, Meta(ge=9, le=27)]
"""Pins 0 to 8 are pulled up while a Raspberry Pi starts, which would open a lock before anybody drives it."""
InputPin = Annotated[int, Meta(ge=2, le=27)]
"""Pins 0 and 1 are asked at every start what board is plugged on."""
PanelPin = Annotated[int, Meta(ge=2, le=27)]
"""A panel minds no level while the Pi starts, and leaves the higher ones to locks."""
BoardAddress = Annotated[int, Meta(ge=1, le=247)]
Slot = Annotated[int, Meta(ge=0, le=7)]
Bus = Literal["i2c1", "spi0", "spi1", "uart0", "uart3", "uart4", "uart5"]
CardKind = Literal["em4100", "em4100-raw"]
"""The kinds that `hardware/badges/em4100.py` has drivers for."""


class BayWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bay and its place on the USB tree. What has a pin is on that pin, the rest on the bay board, in its slot."""

    name: Name
    usb: UsbPath
    lock_pin: OutputPin | None = None
    """High opens."""
    board: BoardAddress | None = None
    slot: Slot | None = None
    presence_pin: InputPin | None = None
    """A switch to ground, closed by a camera."""
    charger_pin: OutputPin | None = None
    """High charges."""
    lamp_pins: tuple[OutputPin, OutputPin, OutputPin] | None = None
    """Red, green and blue; high lights."""
    key_pin: InputPin | None = None
    """A contact to ground that the mechanical key opens; a broken wire says the same."""
    emergency: bool = False
    """Its camera is read before all others."""


class GpioWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What else is on the pins of the Raspberry Pi."""

    buses: tuple[Bus, ...] = ()
    """Those that are switched on; the one under `serial` need not be named."""
    taken: tuple[InputPin, ...] = ()
    """Pins of something that nobody here drives: a fan."""
    power_pin: InputPin | None = None
    """High while the supply is well; a broken wire says that it is not."""


START_SPARE_MILLIWATTS = 500
"""Kept free at a switch-on, so that noise in what is measured switches nobody off again."""


class SupplyWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bays may draw together, and each of them: what the supply and the fuses were built for."""

    watts: Annotated[int, Meta(ge=5, le=2_000)] | None = None
    """Left after the station itself. None: enough for every bay at once."""
    bay_milliwatts: Annotated[int, Meta(ge=500, le=100_000)] = 5_000
    """The most that a camera of a model nobody described may draw."""
    inrush_milliwatts: Annotated[int, Meta(ge=0, le=100_000)] = 2_500
    """What one switch-on takes beyond that for a moment."""
    gap_ms: Annotated[int, Meta(ge=100, le=60_000)] = 500
    """Least time between two switch-ons."""


class BadgeWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reader on which officers lay their badges. A simulated dock has one on a line of its own."""

    serial: Annotated[str, Meta(min_length=1, max_length=256)]
    """Any URL pyserial takes."""
    cards: CardKind = "em4100"


class PanelWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The screen at the dock, 320 by 240 pixels, on a bus of SPI. A simulated dock has one without pins."""

    controller: Literal["st7789", "ili9341"]
    dc_pin: PanelPin
    """Says whether what is sent is a command or a picture."""
    spi: Literal["0.0", "0.1", "1.0", "1.1", "1.2"] = "0.0"
    """Bus and chip select, as in /dev/spidev0.0."""
    reset_pin: PanelPin | None = None
    """None where it is wired to 3.3 V."""
    backlight_pin: PanelPin | None = None
    """High lights; None where it is always lit."""
    rotation: Literal[0, 180] = 0

    @property
    def bus(self) -> Bus:
        return "spi0" if self.spi.startswith("0.") else "spi1"

    @property
    def pins(self) -> tuple[int, ...]:
        """Beside those of its bus."""
        return tuple(pin for pin in (self.dc_pin, self.reset_pin, self.backlight_pin) if pin is not None)


class HardwareWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`board` is the real thing; `simulated` needs the folder that stands for the dock."""

    kind: Literal["board", "simulated"] = "board"
    serial: str = "/dev/ttyAMA0"
    """The bay bus: any URL pyserial takes. Opened where a bay is on a board."""
    camera_zone_minutes: Annotated[int, Meta(ge=-720, le=840)] = 480
    """Cameras write times without a zone; this one is theirs."""
    dock: str | None = None
    pulls_per_hub: Annotated[int, Meta(ge=1, le=64)] = 4
    """So many cameras of one USB hub are read at once; the others wait for their turn."""
    gpio: GpioWiring = GpioWiring()
    badges: BadgeWiring | None = None
    """None where nobody signs in with a badge."""
    supply: SupplyWiring = SupplyWiring()
    panel: PanelWiring | None = None
    """None where the dock has no screen of its own."""


def places_on_boards(bays: Sequence[BayWiring]) -> dict[str, tuple[int, int]]:
    """Board and slot of each bay that has them."""
    return {bay.name: (bay.board, bay.slot) for bay in bays if bay.board is not None and bay.slot is not None}
