"""What is screwed together in a station, as plain values: which pin, which board, which place on the USB tree."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,16}\Z")]
UsbPath = Annotated[str, Meta(pattern=r"^[0-9]+-[0-9]+(\.[0-9]+)*\Z")]
Pin = Annotated[int, Meta(ge=9, le=27)]
"""Pins 0 to 8 are pulled up while a Raspberry Pi starts, which would open a lock before anybody drives it."""
BoardAddress = Annotated[int, Meta(ge=1, le=247)]


class BayWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bay: its place on the USB tree, the pin of its lock, and its place on a bay board."""

    name: Name
    usb: UsbPath
    lock_pin: Pin
    board: BoardAddress
    slot: Annotated[int, Meta(ge=0, le=7)]


class HardwareWiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`board` is the real thing; `simulated` needs the folder that stands for the dock."""

    kind: Literal["board", "simulated"] = "board"
    serial: str = "/dev/ttyAMA0"
    """The bay bus: any URL pyserial takes."""
    camera_zone_minutes: Annotated[int, Meta(ge=-720, le=840)] = 480
    """Cameras write times without a zone; this one is theirs."""
    dock: str | None = None
