"""What a board's word about a cut means: news to tell, or a cut that may be acknowledged, so that its bay charges.

Over-current, short, stuck: once the bay was emptied. Too warm and not measured: once it was cool and measured for ten
minutes, but of one camera in one docking so often and no more; then once the bay was emptied too. Pure: asks no board,
tells nobody; `station/bays/sign_watch.py` does.

Whoever acknowledges tells it afterwards: a cut that stands in the journal and not on its board is over, the other way
round it is a new one. A board that restarts counts its cuts from 1 again, so a number alone says neither.
"""

from collections.abc import Mapping
from typing import NamedTuple

from hardware.wires import Cut, Measured
from station.custody.bay_signs import RELEASES_MAX, BayCharger, CutFor
from station.custody.observations import ChargerCut, CutAcknowledged

CALM_MS = 600_000
COOL_CENTIDEGREES = 4_500
"""Ten degrees below where boards cut: else they cut again at once."""

CUT_FOR: Mapping[Cut, CutFor] = {
    "over-current": CutFor.OVER_CURRENT,
    "over-temperature": CutFor.OVER_TEMPERATURE,
    "short": CutFor.SHORT,
    "blind": CutFor.BLIND,
    "stuck": CutFor.STUCK,
    "unknown": CutFor.UNKNOWN,
}
_PASSES = frozenset({CutFor.OVER_TEMPERATURE, CutFor.BLIND})
"""Cuts for what goes over by itself."""


class CutMemory(NamedTuple):
    """What one turn leaves for the next, bay by bay; a station that restarted begins with none."""

    calm_since_ms: int | None = None
    acknowledged_at: int | None = None
    """The board's own seconds when it said what was then acknowledged: what it said then counts no more."""


class CutTurn(NamedTuple):
    """At most one of `told` and `acknowledge` is there."""

    memory: CutMemory
    told: ChargerCut | CutAcknowledged | None = None
    acknowledge: int | None = None


def cut_turn(
    bay: str,
    charger: BayCharger | None,
    docking: int | None,
    measured: Measured | None,
    memory: CutMemory,
    now_ms: int,
) -> CutTurn:
    """`charger` is what the journal says, `docking` what is in the bay now. Nothing measured is no news."""
    if measured is None or measured.counting_seconds == memory.acknowledged_at:
        return CutTurn(memory)
    standing = charger if charger is not None and charger.cut else None
    if measured.cut is None:
        if standing is not None and not may_be_released(standing, docking, CALM_MS):
            return CutTurn(memory)  # a board that restarted forgot why; a short is a short still
        over = None if standing is None else CutAcknowledged(bay=bay, number=standing.number)
        return CutTurn(CutMemory(), over)
    why, number, value = CUT_FOR[measured.cut], measured.cut_number, _value(measured)
    if standing is None or not standing.is_of(number, why, value):
        return CutTurn(CutMemory(), ChargerCut(bay=bay, why=why, number=number, value=value))
    since_ms = now_ms if memory.calm_since_ms is None else memory.calm_since_ms
    calm = CutMemory(since_ms if is_calm(measured) else None)
    if not may_be_released(standing, docking, 0 if calm.calm_since_ms is None else now_ms - since_ms):
        return CutTurn(calm)
    return CutTurn(calm._replace(acknowledged_at=measured.counting_seconds), acknowledge=number)


def may_be_released(cut: BayCharger, docking: int | None, calm_ms: int) -> bool:
    """`docking` is the one in the bay now; another than the one it was cut in has the bay emptied between."""
    emptied = docking is None or docking != cut.docking
    if cut.why in _PASSES:
        return calm_ms >= CALM_MS and (emptied or cut.releases < RELEASES_MAX)
    return emptied


def is_calm(measured: Measured) -> bool:
    """All sensors answer, and it is cool."""
    readable = measured.millivolts is not None and measured.milliamperes is not None
    return readable and measured.centidegrees is not None and measured.centidegrees < COOL_CENTIDEGREES


def _value(measured: Measured) -> int | None:
    """What it was cut for; nothing was measured where nothing answered."""
    return None if measured.cut == "blind" else measured.cut_for
