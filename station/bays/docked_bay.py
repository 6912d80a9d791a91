"""What the charging plan is made from and what it says: bays, limits, the supply, and why a bay charges or not.

Plain values; nothing is decided here.
"""

from collections.abc import Mapping
from enum import Enum, auto

from msgspec import Struct


class Why(Enum):
    """Why a bay's charger is on or off."""

    EMPTY = auto()
    CUT = auto()
    """Its board cut the charger, or does not obey: it takes no other's turn."""
    TRANSFERRING = auto()
    CHARGING = auto()
    FULL = auto()
    """Its charger may still be on, for a rest."""
    WAITS_FOR_POWER = auto()
    """Others come first within the budget."""
    WAITS_ITS_TURN = auto()
    """There is room; another was switched on just now."""
    RESTING = auto()
    """Was switched off just now."""
    TOO_HOT = auto()
    TOO_COLD = auto()
    POWER_FAILED = auto()
    """Or came back just now."""
    NEVER_FITS = auto()
    """The budget is too small for this bay alone."""


class ChargeLimits(Struct, frozen=True):
    """What is known of a model of camera."""

    draw_mw: int = 5_000
    """The most it draws from its bay. A camera that was seen to draw more is given that."""
    capacity_mwh: int | None = None
    coldest_c: float = 0.0
    hottest_c: float = 45.0


class DockedBay(Struct, frozen=True, kw_only=True):
    """One bay, as it is now. What was measured too long ago to count is None."""

    bay: str
    present: bool = True
    present_since_ms: int
    charging: bool = False
    """What the charger does, not what was asked of it."""
    switched_ms: int | None = None
    """When the charger was last switched; None: not since the camera came."""
    was: Why | None = None
    """What the last plan said."""
    full_since_ms: int | None = None
    """What the last plan said."""
    cut: bool = False
    transferring: bool = False
    percent: float | None = None
    percent_ms: int = 0
    current_ma: int | None = None
    voltage_mv: int | None = None
    temperature_c: float | None = None
    needed_by_ms: int | None = None
    target_percent: int = 100
    limits: ChargeLimits = ChargeLimits()

    @property
    def drawn_mw(self) -> int | None:
        if self.current_ma is None or self.voltage_mv is None:
            return None
        return self.current_ma * self.voltage_mv // 1_000


class Supply(Struct, frozen=True, kw_only=True):
    """What the bays may draw together."""

    budget_mw: int
    inrush_mw: int
    """What one switch-on takes beyond its bay's draw, until `gap_ms` later."""
    gap_ms: int
    """Least time between two switch-ons."""
    switched_on_ms: int | None = None
    """When any bay was last switched on."""
    failing: bool = False
    back_ms: int | None = None
    """When power last came back; None: it was never away."""


class ChargingPlan(Struct, frozen=True):
    """Switch off first, then on; at most one bay is switched on by one plan."""

    on: frozenset[str]
    why: Mapping[str, Why]
    look_again_ms: int
    counted_mw: int
    """What `on` may draw, without inrush."""
    over_budget_mw: int
    """By how much bays in transfer alone are over it; somebody should be told."""
    full_since_ms: Mapping[str, int]
    """Since when those that charge and are not in transfer have been full."""
