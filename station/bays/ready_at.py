"""When each camera will be ready, as early as may be, likely, and late: the charging plan played forward. Pure.

Unknown until there is evidence: a percentage, the model's capacity, and a charger that charges. It promises nothing:
the late time is what the assumptions below allow, and a camera whose battery is worse than that is later.
"""

from collections.abc import Mapping, Sequence
from math import exp, log

from msgspec import Struct
from msgspec.structs import replace

from station.bays.charging_plan import charging_plan, is_full
from station.bays.docked_bay import DockedBay, Supply, Why

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_STEP_MS = 5 * _MINUTE_MS
_HORIZON_MS = 24 * _HOUR_MS
_SETTLED_MS = 2 * _MINUTE_MS
_SLOWEST = 0.1
"""Of its full speed, a charger goes on with this much to the end."""
_CHARGES_SHARE = 0.05
"""One that draws less of its limit does not charge."""
_STARTED_PERCENT = 10
"""An empty battery is begun gently; what it draws then says nothing of later."""
_BUS_MV = 5_000
_UNKNOWN_CAPACITY_MWH = 13_000
"""Only so that a camera nobody knows takes its time in the queue."""


class ReadyAt(Struct, frozen=True):
    earliest_ms: int
    likely_ms: int
    latest_ms: int | None
    """None: it may take more than a day."""


class _Battery(Struct, frozen=True):
    """What one may assume of a battery and of what is around it."""

    charged_share: float
    """Of what is drawn, what is in the battery afterwards."""
    capacity_share: float
    """Of the model's: an old battery is full sooner."""
    draw_share: float
    """Of the model's limit, where nobody has measured."""
    knee_percent: int
    """From here on charging slows down."""
    percent_error: int
    """What the camera says may be wrong by this."""
    transfer_ms: int
    """How long a transfer may still last; meanwhile the camera needs its power for itself, but for a share."""
    transfer_share: float
    cooling_ms: int

    def work(self, percent: float) -> float:
        """Percentages at full speed that lead up to this one."""
        if percent <= self.knee_percent:
            return percent
        above = 100 - self.knee_percent
        last = 100 - above * _SLOWEST
        work = self.knee_percent + above * log(above / (100 - min(percent, last)))
        return work + max(0.0, percent - last) / _SLOWEST

    def percent(self, work: float) -> float:
        """The other way round."""
        if work <= self.knee_percent:
            return work
        above = 100 - self.knee_percent
        last = 100 - above * _SLOWEST
        if work >= self.work(last):
            return min(100.0, last + (work - self.work(last)) * _SLOWEST)
        return 100 - above * exp((self.knee_percent - work) / above)

    def speed(self, percent: float) -> float:
        return min(1.0, max(_SLOWEST, (100 - percent) / (100 - self.knee_percent)))


_QUICK = _Battery(0.95, 0.7, 1.0, 88, 3, 0, 1.0, 0)
_LIKELY = _Battery(0.85, 0.95, 0.9, 80, 0, 30 * _MINUTE_MS, 0.7, 15 * _MINUTE_MS)
_SLOW = _Battery(0.75, 1.05, 0.6, 65, -3, 2 * _HOUR_MS, 0.0, _HOUR_MS)


class _Climb(Struct):
    """One bay on its way up."""

    work: float
    goal: float
    pace: float
    """Percentages an hour at full speed."""

    def left_ms(self) -> float:
        return max(0.0, self.goal - self.work) / self.pace * _HOUR_MS


def ready_at(bays: Sequence[DockedBay], supply: Supply, now_ms: int) -> Mapping[str, ReadyAt | None]:
    """None where nobody can know. Whoever has reached the target is ready now."""
    likely = _play(bays, supply, now_ms, _LIKELY)
    slow = _play(bays, supply, now_ms, _SLOW)
    found: dict[str, ReadyAt | None] = {}
    for bay in bays:
        name = bay.bay
        if bay.present and is_full(bay, now_ms):
            found[name] = ReadyAt(now_ms, now_ms, now_ms)
        elif not _has_evidence(bay, supply, now_ms) or name not in likely:
            found[name] = None
        else:
            earliest_ms = now_ms + int(_climb(bay, now_ms, _QUICK).left_ms())
            likely_ms = max(earliest_ms, likely[name])
            found[name] = ReadyAt(earliest_ms, likely_ms, max(likely_ms, slow[name]) if name in slow else None)
    return found


def _has_evidence(bay: DockedBay, supply: Supply, now_ms: int) -> bool:
    if not bay.present or supply.failing or bay.percent is None or not bay.limits.capacity_mwh:
        return False
    return not _measured(bay, now_ms) or (bay.drawn_mw or 0) > bay.limits.draw_mw * _CHARGES_SHARE


def _measured(bay: DockedBay, now_ms: int) -> bool:
    """Whether what it draws now says how fast it charges."""
    on_ms = now_ms - (now_ms if bay.switched_ms is None else bay.switched_ms)
    return bay.charging and not bay.transferring and bay.drawn_mw is not None and on_ms >= _SETTLED_MS


def _climb(bay: DockedBay, now_ms: int, battery: _Battery) -> _Climb:
    limit_mw = bay.limits.draw_mw
    percent = min(100.0, max(0.0, (bay.percent or 0) + battery.percent_error))
    drawn_mw = bay.drawn_mw or 0
    draw_mw = limit_mw * battery.draw_share
    if _measured(bay, now_ms) and percent >= _STARTED_PERCENT and drawn_mw > limit_mw * _CHARGES_SHARE:
        draw_mw = min(limit_mw, drawn_mw / battery.speed(percent))
    capacity_mwh = (bay.limits.capacity_mwh or _UNKNOWN_CAPACITY_MWH) * battery.capacity_share
    pace = 100 * draw_mw * battery.charged_share / capacity_mwh
    age_ms = now_ms - bay.percent_ms if bay.charging else 0
    goal = battery.work(bay.target_percent)
    return _Climb(min(goal, battery.work(percent) + pace * age_ms / _HOUR_MS), goal, pace)


def _play(bays: Sequence[DockedBay], supply: Supply, now_ms: int, battery: _Battery) -> dict[str, int]:
    """Bay → when it would be ready, if all batteries were like this one and nobody came or went."""
    climbs = {bay.bay: _climb(bay, now_ms, battery) for bay in bays if bay.present and not is_full(bay, now_ms)}
    playing: Sequence[DockedBay] = bays
    ready: dict[str, int] = {}
    at_ms = now_ms
    while len(ready) < len(climbs) and at_ms < now_ms + _HORIZON_MS:
        playing = [_as_of(bay, climbs.get(bay.bay), at_ms - now_ms, at_ms, battery) for bay in playing]
        plan = charging_plan(playing, supply, at_ms)
        started = [bay.bay for bay in playing if bay.bay in plan.on and not bay.charging]
        if started:
            supply = replace(supply, switched_on_ms=at_ms)
        hurries = started or Why.WAITS_ITS_TURN in plan.why.values() or Why.POWER_FAILED in plan.why.values()
        until_ms = min(at_ms + _STEP_MS, plan.look_again_ms if hurries else at_ms + _STEP_MS)
        playing = [_driven(bay, plan.on, plan.why[bay.bay], at_ms) for bay in playing]
        for bay in playing:
            if bay.charging and bay.bay in climbs and bay.bay not in ready:
                climb = climbs[bay.bay]
                share = battery.transfer_share if bay.transferring else 1.0
                if climb.left_ms() <= (until_ms - at_ms) * share:
                    ready[bay.bay] = at_ms + int(climb.left_ms() / share if share else 0)
                climb.work += climb.pace * share * (until_ms - at_ms) / _HOUR_MS
        at_ms = until_ms
    return ready


def _as_of(bay: DockedBay, climb: _Climb | None, after_ms: int, at_ms: int, battery: _Battery) -> DockedBay:
    """What would be measured then."""
    transferring = bay.transferring and after_ms < battery.transfer_ms
    temperature_c = bay.temperature_c if after_ms < battery.cooling_ms else None
    if climb is None:
        return replace(bay, transferring=transferring, temperature_c=temperature_c)
    percent = battery.percent(min(climb.work, climb.goal)) if climb.work < climb.goal else float(bay.target_percent)
    return replace(
        bay,
        transferring=transferring,
        temperature_c=temperature_c,
        percent=percent,
        percent_ms=at_ms,
        current_ma=int(bay.limits.draw_mw * battery.speed(percent) * 1_000 / _BUS_MV),
        voltage_mv=_BUS_MV,
    )


def _driven(bay: DockedBay, on: frozenset[str], why: Why, at_ms: int) -> DockedBay:
    charging = bay.bay in on
    return replace(bay, charging=charging, was=why, switched_ms=bay.switched_ms if charging == bay.charging else at_ms)
