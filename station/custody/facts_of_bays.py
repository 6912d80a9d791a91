"""Facts about the bays themselves: the mechanical key, the supply, and chargers that their boards cut.

Of wires alone: no person is in them, and whose hand turned a key, no wire says.
"""

from typing import Annotated

from msgspec import Meta

from station.custody.fact_shapes import Code, FactBody, FactNumber, Identifier

CUT_NUMBER_MAX = 0xFFFF
CutNumber = Annotated[int, Meta(ge=0, le=CUT_NUMBER_MAX)]
"""A board counts its cuts from 1 at each start, and round."""
Reading = Annotated[int, Meta(ge=-0x8000, le=0xFFFF)]


class BayKeyTurned(FactBody, frozen=True):
    """The bay's mechanical key is turned, so it is being opened by hand; a broken wire to its contact says the same."""

    type = "bay_key_turned"
    zh = "机械钥匙转动"
    bay: Identifier
    docking: FactNumber | None


class BayKeyReturned(FactBody, frozen=True):
    """The bay's mechanical key is back at rest."""

    type = "bay_key_returned"
    zh = "机械钥匙复位"
    bay: Identifier
    docking: FactNumber | None


class PowerFailed(FactBody, frozen=True):
    """The supply is not well, or the wire that says so is broken. The outage is known by this fact's number."""

    type = "power_failed"
    zh = "供电中断"


class PowerReturned(FactBody, frozen=True):
    """The supply is well again."""

    type = "power_returned"
    zh = "供电恢复"
    outage: FactNumber


class ChargerCut(FactBody, frozen=True):
    """A board cut the charger of its bay by itself. `value` is what for, in mA or hundredths of a degree."""

    type = "charger_cut"
    zh = "充电保护切断"
    bay: Identifier
    docking: FactNumber | None
    why: Code
    number: CutNumber
    value: Reading | None


class ChargerReleased(FactBody, frozen=True):
    """The cut is over: acknowledged to the board, or the board forgot it. `docking` is the one it was cut in."""

    type = "charger_released"
    zh = "充电恢复"
    bay: Identifier
    docking: FactNumber | None
    number: CutNumber


FACTS_OF_BAYS: tuple[type[FactBody], ...] = (
    BayKeyTurned,
    BayKeyReturned,
    PowerFailed,
    PowerReturned,
    ChargerCut,
    ChargerReleased,
)
