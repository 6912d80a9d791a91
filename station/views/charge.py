"""How a bay's camera is charging, in words, and when it is likely to be ready. Pure; promises no time."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from station.bays.docked_bay import Why
from station.bays.sensed import Sensed
from station.custody.docking import Docking
from station.stamp import Stamp

_STEP_MS = 300_000
"""Times are told in steps that a plan does not leave at each look."""


class ChargeState(StrEnum):
    CHARGING = "charging"
    FULL = "full"
    WAITING = "waiting"
    TOO_HOT = "too_hot"
    TOO_COLD = "too_cold"
    NO_POWER = "no_power"
    SUPPLY_TOO_SMALL = "supply_too_small"
    CUT = "cut"


CHARGE_CALLED: Mapping[ChargeState, str] = {
    ChargeState.CHARGING: "Charging",
    ChargeState.FULL: "Charged",
    ChargeState.WAITING: "Waiting for power",
    ChargeState.TOO_HOT: "Too hot to charge",
    ChargeState.TOO_COLD: "Too cold to charge",
    ChargeState.NO_POWER: "Mains failed",
    ChargeState.SUPPLY_TOO_SMALL: "Supply too small",
    ChargeState.CUT: "Charger cut off",
}
CHARGE_WORDS: Mapping[str, str] = {
    "Charging": "充电中",
    "Charged": "已充满",
    "Waiting for power": "等待充电",
    "Too hot to charge": "过热，暂停充电",
    "Too cold to charge": "过冷，暂停充电",
    "Mains failed": "市电中断",
    "Supply too small": "电源功率不足",
    "Charger cut off": "充电已切断",
    "full about {time}": "约 {time} 充满",
    "full {early} to {late}": "{early}至{late} 充满",
}

_STATE: Mapping[Why, ChargeState] = {
    Why.CUT: ChargeState.CUT,
    Why.TRANSFERRING: ChargeState.CHARGING,
    Why.CHARGING: ChargeState.CHARGING,
    Why.FULL: ChargeState.FULL,
    Why.WAITS_FOR_POWER: ChargeState.WAITING,
    Why.WAITS_ITS_TURN: ChargeState.WAITING,
    Why.RESTING: ChargeState.WAITING,
    Why.TOO_HOT: ChargeState.TOO_HOT,
    Why.TOO_COLD: ChargeState.TOO_COLD,
    Why.POWER_FAILED: ChargeState.NO_POWER,
    Why.NEVER_FITS: ChargeState.SUPPLY_TOO_SMALL,
}


class Charge(Struct, frozen=True):
    """Of one docked camera. Times are UTC; nothing stands where nobody can say."""

    state: ChargeState
    percent: int | None = None
    ready_ms: int | None = None
    """Likely."""
    latest_ms: int | None = None


def charge(docking: Docking, sensed: Sensed | None, at: Stamp) -> Charge | None:
    """None before the bay was heard."""
    if sensed is None or sensed.why is None or sensed.why is Why.EMPTY:
        return None
    cut = sensed.measured is not None and sensed.measured.cut is not None
    state = ChargeState.CUT if cut else _STATE[sensed.why]
    percent = docking.battery_percent if docking.judged_boot_id == at.boot_id else None
    if sensed.ready is None or state not in {ChargeState.CHARGING, ChargeState.WAITING}:
        return Charge(state, percent)
    latest_ms = sensed.ready.latest_ms
    return Charge(
        state, percent, _told(sensed.ready.likely_ms, at), None if latest_ms is None else _told(latest_ms, at)
    )


def _told(boot_ms: int, at: Stamp) -> int:
    """Up to the next step; a clock that was set in between moves the time as it moves every other."""
    utc_ms = at.utc_ms + boot_ms - at.boot_ms
    return -(-utc_ms // _STEP_MS) * _STEP_MS
