"""Seeded faults in the charging plan, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_PLAN = "station/bays/charging_plan.py"
_TEST = "tests/test_charging_plan.py"
_READY = "station/bays/ready_at.py"
_READY_TEST = "tests/test_ready_at.py"

MUTANTS = (
    Mutant(
        "Charging never exceeds its watts",
        "the inrush of a switch-on is not counted",
        _PLAN,
        "start_mw = supply.inrush_mw + _START_SPARE_MW",
        "start_mw = 0",
        f"{_TEST}::test_a_bay_starts_only_where_its_inrush_fits_too",
    ),
    Mutant(
        "What already charges is counted too",
        "a charging bay stays on whatever it draws",
        _PLAN,
        "why[bay.bay] = Why.CHARGING if used_mw + mw <= room_mw else Why.WAITS_FOR_POWER",
        "why[bay.bay] = Why.CHARGING",
        f"{_TEST}::test_no_plan_exceeds_the_budget",
    ),
    Mutant(
        "No transfer loses its power to a plan",
        "heat comes before a transfer",
        _PLAN,
        "if bay.transferring and bay.charging:",
        "if bay.transferring and bay.charging and not _heat(bay):",
        f"{_TEST}::test_transfers_over_budget_are_kept_and_told",
    ),
    Mutant(
        "Chargers are switched on one by one",
        "a plan switches on all that fit",
        _PLAN,
        "may_start, room_mw = False, supply.budget_mw - supply.inrush_mw",
        "room_mw = supply.budget_mw - supply.inrush_mw",
        f"{_TEST}::test_with_power_for_all_they_are_still_switched_on_one_by_one",
    ),
    Mutant(
        "No bay starves while others never fill",
        "nobody's patience ends",
        _PLAN,
        "return not bay.charging and _since_ms(bay, now_ms) >= PATIENCE_MS",
        "return False",
        f"{_TEST}::test_nobody_starves",
    ),
    Mutant(
        "A large camera is not kept out by small ones",
        "no room is kept for one that waited too long",
        _PLAN,
        "kept_for_overdue |= ",
        "kept_for_overdue &= ",
        f"{_TEST}::test_a_large_one_that_waited_too_long_is_not_kept_out_by_small_ones",
    ),
    Mutant(
        "Charging does not go to and fro",
        "any greater need takes the place of one that charges",
        _PLAN,
        "- (_LEAD_MS if bay.charging else 0)",
        "",
        f"{_TEST}::test_what_is_measured_with_noise_switches_nothing_to_and_fro",
    ),
    Mutant(
        "Who has just begun to charge goes on for a while",
        "one that was switched on just now may be displaced",
        _PLAN,
        "if bay.charging and since_ms < ON_MS_MIN:",
        "if False:",
        f"{_TEST}::test_another_need_takes_a_place_only_where_it_is_clearly_greater",
    ),
    Mutant(
        "Who is needed next charges first",
        "need is not asked",
        _PLAN,
        "left_ms = _UNNEEDED_MS if bay.needed_by_ms is None else min(bay.needed_by_ms - now_ms, _UNNEEDED_MS)",
        "left_ms = _UNNEEDED_MS",
        f"{_TEST}::test_who_is_needed_next_comes_first_then_the_lowest",
    ),
    Mutant(
        "After a brown-out chargers wait until power has stayed",
        "they start at once",
        _PLAN,
        "if supply.failing or _quiet_ms(supply, now_ms) > 0:",
        "if supply.failing:",
        f"{_TEST}::test_after_a_brown_out_all_start_again_one_by_one_by_need",
    ),
    Mutant(
        "A hot camera cools down before it charges again",
        "it charges as soon as it is under the limit",
        _PLAN,
        "bay.limits.hottest_c - (_COOLER_C if bay.was is Why.TOO_HOT else 0)",
        "bay.limits.hottest_c",
        f"{_TEST}::test_what_was_too_hot_must_cool_down_clearly",
    ),
    Mutant(
        "A full camera is not topped up again and again",
        "it is charged as soon as a percentage is gone",
        _PLAN,
        "return bay.percent > bay.target_percent - _REFILL_PERCENT",
        "return bay.percent >= bay.target_percent",
        f"{_TEST}::test_full_stays_full_until_a_good_deal_is_gone",
    ),
    Mutant(
        "Nobody says when a camera is ready without evidence",
        "a charger that gives nothing is evidence",
        _READY,
        "return not _measured(bay, now_ms) or (bay.drawn_mw or 0) > bay.limits.draw_mw * _CHARGES_SHARE",
        "return True",
        f"{_READY_TEST}::test_nobody_knows_without_evidence",
    ),
    Mutant(
        "When a camera is ready counts who charges before it",
        "all charge at once",
        _READY,
        "            if bay.charging and bay.bay in climbs and bay.bay not in ready:",
        "            if bay.bay in climbs and bay.bay not in ready:",
        f"{_READY_TEST}::test_who_waits_is_ready_later_and_less_surely",
    ),
)
