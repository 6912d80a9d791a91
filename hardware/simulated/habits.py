"""What a simulated camera is like for as long as it is plugged in: its ways, good and bad, as data. Does nothing.

What goes wrong once, at one place, stands in `faults`.
"""

from typing import Literal, NamedTuple

from hardware.simulated.camera_codes import ANY


class BatteryForm(NamedTuple):
    """How it counts what is in its battery: 0 to `largest`, in so many bits; `listed`: each level by itself."""

    largest: int = 100
    wide: bool = False
    listed: bool = False


class Habits(NamedTuple):
    """The defaults are a camera that keeps to the standard."""

    split_header: bool = False
    """The header of data travels in a packet of its own."""
    empty_packets: bool = True
    """Data that fills its last packet is followed by an empty one; Android leaves it out."""
    has_clock: bool = True
    """Whether DateTime can be read and set."""
    zone_minutes: int = 480
    without: frozenset[int] = frozenset()
    """Operations that it does not have and does not claim."""
    byte_for_empty: bool = False
    """It can send no empty packet: data that fills packets of 64 bytes is followed by one byte instead."""
    sizes: Literal["true", "modulo", "zero", "none"] = "true"
    """Of 4 GiB and more, in 32 bits: as the standard has it, modulo 2**32 (also in container lengths), or 0.

    "none": 0 for every file, wherever it is asked.
    """
    roots: frozenset[int] = frozenset({ANY})
    """As which parents it knows the root."""
    lists_everything: bool = True
    """As the objects in folder 0 it gives all of them."""
    refuses_roots: bool = True
    """Asked for the root by another parent, it refuses; if not, it finds nothing there."""
    root_told: int = 0
    """The parent that it says of what lies in no folder."""
    rekeys: bool = False
    """Each session gives the handles of the last one to other files."""
    locked: bool = False
    """It shows no card until somebody unlocks its screen."""
    read_only: bool = False
    """Nothing can be written to its card; files can be deleted from it."""
    names: tuple[tuple[str, bytes], ...] = ()
    """Paths whose name it says otherwise: the string as it is sent, count and all."""
    dates: str = "{}"
    """How it writes a moment."""
    battery: BatteryForm = BatteryForm()
    property_list: Literal["whole", "first", "truncated", "twice"] = "whole"
    """How much of a property list it sends, always with OK."""
    partial_bytes_max: int = ANY
    """The most that it gives in a partial read."""
    opens_before_info: bool = False
    """It says who it is only in a session."""
    stale_bytes: int = 0
    """What it had in its buffers still comes after its transfer was cancelled."""
    busy_after_cancel: int = 0
    """How often it answers the question for its status with busy after that."""
