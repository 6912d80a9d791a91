"""Which bays charge now, under a budget of watts: staggered, by need, fair to all, steady. Pure.

Never asks a clock, drives no charger, guards no battery: a board cuts a bay by itself when that is too hot. Times are
milliseconds of any one clock.

A bay in transfer that has power keeps it, whatever budget, heat and charge say: a camera may end its transfer when
USB power goes. Where such bays alone need more than the budget, they are all that is on, and the plan says by how
much. Of all others, each is counted with the most it may draw, until it has shown to draw less.

A full camera stays on for a rest while there is power that nobody else asks for: only then it is seen what it draws
for itself, and without that nothing is known of its battery.
"""

from collections.abc import Sequence

from hardware.wiring import START_SPARE_MILLIWATTS
from station.bays.docked_bay import ChargingPlan, DockedBay, Supply, Why

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS

ON_MS_MIN = 10 * _MINUTE_MS
"""Who was switched on is not displaced sooner by another's need."""
OFF_MS_MIN = 2 * _MINUTE_MS
PATIENCE_MS = 2 * _HOUR_MS
"""Who waited longer comes before all who are needed: else a battery that never fills keeps others empty for ever."""
REST_MS = 45 * _MINUTE_MS
"""After a camera said that it is full. Some say so at 95 %; their taper then goes on for half an hour more."""
QUIET_MS = 30_000
"""Power that came back may go again at once."""
LOOK_MS_MAX = _MINUTE_MS

_UNNEEDED_MS = 24 * _HOUR_MS
"""A camera of which nobody knows a need is wanted tomorrow."""
_LEAD_MS = 20 * _MINUTE_MS
"""By so much must another's need be greater before it takes the place of one that charges."""
_FULL_CHARGE_MS = 3 * _HOUR_MS
"""Where the model's capacity is not known; says only who comes first."""
_CHARGED_SHARE = 0.85
"""Of what is drawn, this much is in the battery afterwards."""

_TAPERS_FROM_PERCENT = 70
"""Below, a charger may draw its limit at any moment; above, it draws less and less."""
_TAPER_MARGIN = 1.2
_TAPER_SPARE_MW = 250
_SETTLED_MS = 2 * _MINUTE_MS

_PERCENT_LASTS_MS = 30 * _MINUTE_MS
_REFILL_PERCENT = 5
_REFILL_MS = 8 * _HOUR_MS
"""A full camera of which no percentage was heard for so long is filled up again."""
_DRAWS_NOTHING_SHARE = 0.05
_COOLER_C = 5.0
_WARMER_C = 3.0


def charging_plan(bays: Sequence[DockedBay], supply: Supply, now_ms: int) -> ChargingPlan:
    why: dict[str, Why] = {}
    wishing: list[DockedBay] = []
    resting: list[DockedBay] = []
    transfers_mw = 0
    full_since_ms = {bay.bay: since_ms for bay in bays if (since_ms := _full_since_ms(bay, now_ms)) is not None}
    for bay in bays:
        settled = _settled(bay, supply, now_ms)
        if settled is None:
            wishing.append(bay)
        else:
            why[bay.bay] = settled
        if settled is Why.TRANSFERRING:
            transfers_mw += counted_mw(bay, now_ms)
        if settled is Why.FULL and now_ms - full_since_ms.get(bay.bay, now_ms - REST_MS) < REST_MS:
            resting.append(bay)
    wishing.sort(key=lambda bay: _order(bay, now_ms))
    used_mw = _share_out(wishing, supply, now_ms, transfers_mw, why)
    on = {bay for bay, reason in why.items() if reason in {Why.TRANSFERRING, Why.CHARGING}}
    started = any(bay.bay in on and not bay.charging for bay in wishing)
    room_mw = supply.budget_mw - supply.inrush_mw if started else _room_mw(supply, now_ms)
    rests_mw = _rests_mw(sorted(resting, key=lambda bay: (full_since_ms[bay.bay], bay.bay)), room_mw - used_mw, now_ms)
    return ChargingPlan(
        on=frozenset(on | rests_mw.keys()),
        why=why,
        look_again_ms=_look_again_ms(set(why.values()), supply, now_ms),
        counted_mw=used_mw + sum(rests_mw.values()),
        over_budget_mw=max(0, transfers_mw - _room_mw(supply, now_ms)),
        full_since_ms=full_since_ms,
    )


def counted_mw(bay: DockedBay, now_ms: int) -> int:
    """The most a bay may draw until the next plan."""
    drawn_mw = bay.drawn_mw or 0
    tapers = (
        bay.charging
        and not bay.transferring
        and bay.drawn_mw is not None
        and bay.percent is not None
        and bay.percent >= _TAPERS_FROM_PERCENT
        and (_is_fresh(bay, now_ms) or _heard_in_this_charge(bay))
        and _since_ms(bay, now_ms) >= _SETTLED_MS
    )
    if not tapers:
        return max(bay.limits.draw_mw, drawn_mw)
    return max(drawn_mw, min(bay.limits.draw_mw, int(drawn_mw * _TAPER_MARGIN) + _TAPER_SPARE_MW))


def is_full(bay: DockedBay, now_ms: int) -> bool:
    """By its own word; by what it draws where it says nothing. Full stays full until a good deal is gone."""
    stays = bay.full_since_ms is not None if bay.charging else bay.was is Why.FULL
    if bay.percent is not None:
        full = bay.percent > bay.target_percent - _REFILL_PERCENT if stays else bay.percent >= bay.target_percent
        if _is_fresh(bay, now_ms) or (full and _heard_in_this_charge(bay)):
            return full
    if not bay.charging:
        return stays and _since_ms(bay, now_ms) < _REFILL_MS
    if bay.drawn_mw is None or _since_ms(bay, now_ms) < ON_MS_MIN:
        return False
    return bay.drawn_mw <= bay.limits.draw_mw * _DRAWS_NOTHING_SHARE * (2 if stays else 1)


def _is_fresh(bay: DockedBay, now_ms: int) -> bool:
    return now_ms - bay.percent_ms <= (_PERCENT_LASTS_MS if bay.charging else _REFILL_MS)


def _heard_in_this_charge(bay: DockedBay) -> bool:
    """Then there is no less in it now, however long ago that was; some cameras are not asked again once high."""
    return bay.charging and bay.switched_ms is not None and bay.switched_ms <= bay.percent_ms


def _full_since_ms(bay: DockedBay, now_ms: int) -> int | None:
    if not bay.present or not bay.charging or bay.transferring or not is_full(bay, now_ms):
        return None
    return now_ms if bay.full_since_ms is None else bay.full_since_ms


def _settled(bay: DockedBay, supply: Supply, now_ms: int) -> Why | None:
    """What is said of a bay whatever the others need; None where it wishes to charge."""
    if not bay.present:
        return Why.EMPTY
    if bay.cut:
        return Why.CUT
    if bay.transferring and bay.charging:
        return Why.TRANSFERRING
    if supply.failing or _quiet_ms(supply, now_ms) > 0:
        return Why.POWER_FAILED
    if not bay.transferring and (heat := _heat(bay)):
        return heat  # a camera that must be read needs its power; its own charger knows what its cell bears
    return Why.FULL if is_full(bay, now_ms) and not bay.transferring else None


def _heat(bay: DockedBay) -> Why | None:
    """Who was too hot must cool down further than that. Where nobody measures, the board alone guards."""
    if bay.temperature_c is None:
        return None
    if bay.temperature_c >= bay.limits.hottest_c - (_COOLER_C if bay.was is Why.TOO_HOT else 0):
        return Why.TOO_HOT
    if bay.temperature_c < bay.limits.coldest_c + (_WARMER_C if bay.was is Why.TOO_COLD else 0):
        return Why.TOO_COLD
    return None


def _order(bay: DockedBay, now_ms: int) -> tuple[int, int, str]:
    """Who transfers, who has just begun, who waited too long, then by how late charging could begin."""
    since_ms = _since_ms(bay, now_ms)
    if bay.transferring:
        return 0, -since_ms, bay.bay
    if bay.charging and since_ms < ON_MS_MIN:
        return 1, _slack_ms(bay, now_ms), bay.bay
    if _overdue(bay, now_ms):
        return 2, -since_ms, bay.bay
    return 3, _slack_ms(bay, now_ms), bay.bay


def _slack_ms(bay: DockedBay, now_ms: int) -> int:
    """How long charging could wait and the camera still be ready: the needed next and the lowest have the least."""
    left_ms = _UNNEEDED_MS if bay.needed_by_ms is None else min(bay.needed_by_ms - now_ms, _UNNEEDED_MS)
    capacity_mwh, draw_mw = bay.limits.capacity_mwh, bay.limits.draw_mw
    full_ms = _HOUR_MS * capacity_mwh / draw_mw / _CHARGED_SHARE if capacity_mwh else _FULL_CHARGE_MS
    missing = max(0.0, bay.target_percent - (bay.percent or 0)) / 100
    return left_ms - int(missing * full_ms) - (_LEAD_MS if bay.charging else 0)


def _share_out(
    wishing: Sequence[DockedBay], supply: Supply, now_ms: int, transfers_mw: int, why: dict[str, Why]
) -> int:
    """Fill the budget in order, and say why each is on or off; what they and the transfers may draw."""
    start_mw = supply.inrush_mw + START_SPARE_MILLIWATTS
    may_start = _gap_ms(supply, now_ms) <= 0
    room_mw = _room_mw(supply, now_ms)
    used_mw, kept_for_overdue = transfers_mw, False
    for bay in wishing:
        mw = counted_mw(bay, now_ms)
        if bay.charging:
            why[bay.bay] = Why.CHARGING if used_mw + mw <= room_mw else Why.WAITS_FOR_POWER
        elif mw + start_mw > supply.budget_mw:
            why[bay.bay] = Why.NEVER_FITS
        elif kept_for_overdue or used_mw + mw + start_mw > supply.budget_mw:
            why[bay.bay] = Why.WAITS_FOR_POWER
            # Else smaller ones would take each place that comes free, and hold it.
            kept_for_overdue |= _overdue(bay, now_ms) and transfers_mw + mw + start_mw <= supply.budget_mw
        elif bay.switched_ms is not None and _since_ms(bay, now_ms) < OFF_MS_MIN and not bay.transferring:
            why[bay.bay] = Why.RESTING
        elif not may_start:
            why[bay.bay] = Why.WAITS_ITS_TURN
        else:
            why[bay.bay] = Why.CHARGING
            may_start, room_mw = False, supply.budget_mw - supply.inrush_mw
        if why[bay.bay] is Why.CHARGING:
            used_mw += mw
            if bay.transferring:
                why[bay.bay] = Why.TRANSFERRING
    return used_mw


def _rests_mw(resting: Sequence[DockedBay], left_mw: int, now_ms: int) -> dict[str, int]:
    """Who may rest on what all others leave, and what each may draw."""
    found: dict[str, int] = {}
    for bay in resting:
        mw = counted_mw(bay, now_ms)
        if mw <= left_mw:
            found[bay.bay] = mw
            left_mw -= mw
    return found


def _room_mw(supply: Supply, now_ms: int) -> int:
    """The budget, but for what a switch-on takes."""
    return supply.budget_mw - (supply.inrush_mw if _gap_ms(supply, now_ms) > 0 else 0)


def _look_again_ms(reasons: set[Why], supply: Supply, now_ms: int) -> int:
    wait_ms = LOOK_MS_MAX
    if Why.WAITS_ITS_TURN in reasons:
        gap_ms = _gap_ms(supply, now_ms)
        wait_ms = min(wait_ms, gap_ms if gap_ms > 0 else supply.gap_ms)
    if (quiet_ms := _quiet_ms(supply, now_ms)) > 0:
        wait_ms = min(wait_ms, quiet_ms)
    return now_ms + max(1, wait_ms)


def _overdue(bay: DockedBay, now_ms: int) -> bool:
    return not bay.charging and _since_ms(bay, now_ms) >= PATIENCE_MS


def _since_ms(bay: DockedBay, now_ms: int) -> int:
    """How long it has been charging, or not."""
    if bay.switched_ms is None:
        return now_ms - bay.present_since_ms
    return now_ms - max(bay.present_since_ms, bay.switched_ms)


def _gap_ms(supply: Supply, now_ms: int) -> int:
    """How long nobody may be switched on yet."""
    return 0 if supply.switched_on_ms is None else supply.switched_on_ms + supply.gap_ms - now_ms


def _quiet_ms(supply: Supply, now_ms: int) -> int:
    return 0 if supply.back_ms is None else supply.back_ms + QUIET_MS - now_ms
