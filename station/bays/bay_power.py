"""Asks the charging plan, round by round, and remembers what it must know of the rounds before. Switches nothing.

What custody says of each docked camera and what the boards measured go in; which chargers belong on, and why, comes
out. A bay that does not answer is counted as drawing what it may: its board goes on by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from hardware.wires import Measured
from hardware.wiring import SupplyWiring
from station.bays.charging_plan import charging_plan
from station.bays.docked_bay import ChargeLimits, ChargingPlan, DockedBay, Supply, Why
from station.bays.waking import wake_due

_MW_PER_W = 1_000
_NO_LIMIT_MW = 10**9
_REFUSED_MS = 30_000
"""A charger that did not obey is tried again after so long."""
_CENTIDEGREES = 100


class AtBay(NamedTuple):
    """What custody says of the camera in a bay."""

    docking: int
    limits: ChargeLimits
    needs_usb: bool = False
    """It is being read, or must be asked something: its power is not taken away."""
    cut: bool = False
    """Its charger was cut, and the cut is not released yet, whatever a board that restarted says."""
    silent: bool = False
    """It says nothing over USB; its power may be cycled to wake it."""
    percent: int | None = None
    percent_ms: int = 0


class Chargers(NamedTuple):
    """What was seen of the bays in one round. What does not answer is in none of them."""

    present: Mapping[str, bool]
    charging: Mapping[str, bool]
    measured: Mapping[str, Measured]
    power_well: bool | None


@dataclass(slots=True)
class _Known:
    """One bay, as it was last."""

    docking: int
    since_ms: int
    switched_ms: int | None = None
    was: Why | None = None
    full_since_ms: int | None = None
    charging: bool = False
    draw_mw: int = 0
    silent: bool = False
    refused_ms: int | None = None
    """When its charger did not obey last, and why."""
    refusal: str = ""
    cycled: list[int] = field(default_factory=list)
    """When its power was taken away for a moment, to wake it."""


@dataclass(slots=True)
class BayPower:
    """Used by the bays' watch alone. Times are of the station's clock that nobody sets."""

    wiring: SupplyWiring
    at_bay: Callable[[str], AtBay | None]
    _known: dict[str, _Known] = field(default_factory=dict)
    _switched_on_ms: int | None = None
    _failing: bool = False
    _back_ms: int | None = None
    _bays: tuple[DockedBay, ...] = ()
    _supply: Supply | None = None

    def plan(self, seen: Chargers, now_ms: int) -> ChargingPlan:
        self._hear_power(seen.power_well, now_ms)
        docked = [self._docked(bay, seen, now_ms) for bay, present in seen.present.items() if present]
        self._bays = tuple(bay for bay in docked if bay is not None)
        self._forget(seen.present, {bay.bay for bay in self._bays})
        self._supply = self._what_is_there(seen.present)
        plan = self._waking(charging_plan(self._bays, self._supply, now_ms), seen.measured, now_ms)
        for bay, why in plan.why.items():
            self._known[bay].was = why
            self._known[bay].full_since_ms = plan.full_since_ms.get(bay)
        return plan

    @property
    def planned(self) -> tuple[tuple[DockedBay, ...], Supply | None]:
        """What the last plan was made from."""
        return self._bays, self._supply

    def switched(self, bay: str, on: bool, now_ms: int) -> None:  # noqa: FBT001 - a switch has two states
        if bay in self._known:
            self._known[bay].switched_ms = now_ms
        if on:
            self._switched_on_ms = now_ms

    def refused(self, bay: str, why: str, now_ms: int) -> None:
        """Its charger did not obey: others come first for a while."""
        if bay in self._known:
            self._known[bay].refused_ms, self._known[bay].refusal = now_ms, why

    def refusal(self, bay: str, now_ms: int) -> str:
        """Why its charger did not obey when it was tried last, until it is tried again."""
        known = self._known.get(bay)
        return known.refusal if known is not None and _refuses(known, now_ms) else ""

    def _waking(self, plan: ChargingPlan, measured: Mapping[str, Measured], now_ms: int) -> ChargingPlan:
        """Without those whose power is cycled now: switched off, each comes back when the plan lets it."""
        cycled = {bay for bay in plan.on if self._wakes(bay, measured.get(bay), now_ms)}
        for bay in cycled:
            self._known[bay].cycled.append(now_ms)
        return replace(plan, on=plan.on - cycled, why={**plan.why, **dict.fromkeys(cycled, Why.RESTING)})

    def _wakes(self, bay: str, measured: Measured | None, now_ms: int) -> bool:
        known = self._known[bay]
        if not known.silent or not known.charging:
            return False
        since_ms = max(known.since_ms, known.switched_ms or 0)
        draws_ma = None if measured is None else measured.milliamperes
        return wake_due(now_ms - known.since_ms, now_ms - since_ms, known.cycled, draws_ma, now_ms)

    def _hear_power(self, well: bool | None, now_ms: int) -> None:  # noqa: FBT001
        if well is None:
            return  # nobody says, or nothing that can be believed: it is as it was
        failing = not well
        if self._failing and not failing:
            self._back_ms = now_ms
        self._failing = failing

    def _docked(self, bay: str, seen: Chargers, now_ms: int) -> DockedBay | None:
        at_bay = self.at_bay(bay)
        if at_bay is None:
            return None
        known = self._known.get(bay)
        if known is None or known.docking != at_bay.docking:
            known = self._known[bay] = _Known(at_bay.docking, now_ms)
        known.charging, known.draw_mw = seen.charging.get(bay, False), at_bay.limits.draw_mw
        known.silent = at_bay.silent
        measured = seen.measured.get(bay)
        return DockedBay(
            bay=bay,
            present_since_ms=known.since_ms,
            charging=known.charging,
            switched_ms=known.switched_ms,
            was=known.was,
            full_since_ms=known.full_since_ms,
            cut=at_bay.cut or _is_cut(known, measured, now_ms),
            transferring=at_bay.needs_usb,
            percent=at_bay.percent,
            percent_ms=at_bay.percent_ms,
            current_ma=measured.milliamperes if measured else None,
            voltage_mv=measured.millivolts if measured else None,
            temperature_c=_degrees(measured),
            limits=at_bay.limits,
        )

    def _forget(self, answering: Mapping[str, bool], docked: set[str]) -> None:
        for bay in [bay for bay in self._known if bay in answering and bay not in docked]:
            del self._known[bay]

    def _what_is_there(self, answering: Mapping[str, bool]) -> Supply:
        wiring = self.wiring
        whole_mw = _NO_LIMIT_MW if wiring.watts is None else wiring.watts * _MW_PER_W
        unheard_mw = sum(known.draw_mw for bay, known in self._known.items() if bay not in answering and known.charging)
        return Supply(
            budget_mw=max(0, whole_mw - unheard_mw),
            inrush_mw=wiring.inrush_milliwatts,
            gap_ms=wiring.gap_ms,
            switched_on_ms=self._switched_on_ms,
            failing=self._failing,
            back_ms=self._back_ms,
        )


def _is_cut(known: _Known, measured: Measured | None, now_ms: int) -> bool:
    return _refuses(known, now_ms) or (measured is not None and measured.cut is not None)


def _refuses(known: _Known, now_ms: int) -> bool:
    return known.refused_ms is not None and now_ms - known.refused_ms < _REFUSED_MS


def _degrees(measured: Measured | None) -> float | None:
    return None if measured is None or measured.centidegrees is None else measured.centidegrees / _CENTIDEGREES
