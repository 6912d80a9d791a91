"""Facts about batteries: what each docking says of one, kept so that several dockings together can judge it.

Numbers only, each with its error; whether a battery is still good, `station/bays/battery_health.py` says from them.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from station.custody.fact_shapes import CameraId, FactBody, FactNumber, Identifier

_Million = Annotated[int, Meta(ge=0, le=10_000_000)]
"""A share, in millionths."""


class FullCharge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a full charge of the battery is, by one way of finding it, with its standard errors."""

    mah: Annotated[int, Meta(ge=1, le=1_000_000)]
    own_error: _Million
    """Drawn anew at each docking."""
    shared_error: _Million
    """The same at every docking of this camera."""


class BatteryWeighed(FactBody, frozen=True):
    """What one docking says of the battery: its full charge by percentages and by charge alone, its inner resistance.

    `board` counted, right to within `gain_error`. Nothing stands where this docking says nothing.
    """

    type = "battery_weighed"
    zh = "电池计量"
    docking: FactNumber
    camera: CameraId
    board: Identifier
    gain_error: _Million
    told: FullCharge | None = None
    weighed: FullCharge | None = None
    milliohms: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


FACTS_OF_BATTERIES: tuple[type[FactBody], ...] = (BatteryWeighed,)
