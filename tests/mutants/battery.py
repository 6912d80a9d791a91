"""Seeded faults in the battery judgement, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_DOCKING = "tests/test_battery_evidence.py"
_TEST = "tests/test_battery_health.py"
_EVIDENCE = "station/bays/battery_evidence.py"
_GIVEN = "station/bays/battery_given.py"
_HEALTH = "station/bays/battery_health.py"

MUTANTS = (
    Mutant(
        "The spread of a battery's full charge covers the truth",
        "the board's gain is taken for an error that dockings average out",
        _HEALTH,
        "times / count * meter.gain_error",
        "times / count**2 * meter.gain_error",
        f"{_TEST}::test_more_dockings_on_one_board_do_not_hide_its_gain",
    ),
    Mutant(
        "No docking counts what the camera used for charge in its battery",
        "the camera's own draw is not taken off",
        _GIVEN,
        "used_mah += own_ma[n - 1]",
        "used_mah += 0 * own_ma[n - 1]",
        f"{_DOCKING}::test_what_the_camera_uses_itself_is_not_taken_for_charge",
    ),
    Mutant(
        "A camera that recorded at first is not thought to have stood by all the while",
        "its draw after it was full is taken for all of its stay",
        _GIVEN,
        "        if least < abs(step) < most:\n",
        "        if least < abs(step) < 0:\n",
        f"{_DOCKING}::test_what_the_camera_uses_itself_is_not_taken_for_charge",
    ),
    Mutant(
        "A battery is judged no worse because its camera is rarely asked",
        "a percentage is taken to be reached halfway between two readings, however many it passed",
        _EVIDENCE,
        "return given_mah + gap_mah * share,",
        "return given_mah + gap_mah / 2,",
        f"{_DOCKING}::test_asked_rarely_while_the_current_falls_it_is_no_worse",
    ),
    Mutant(
        "A battery's percentage is not believed where it is not charge",
        "nobody looks whether it is full where the charge is",
        _EVIDENCE,
        "> max(_MISSES_FULL_POINTS, battery.percent_step)",
        "> 1_000",
        f"{_DOCKING}::test_a_percentage_that_is_not_full_where_the_charge_is_is_not_believed",
    ),
    Mutant(
        "A camera whose percentage strays is not said to be sure",
        "every gauge is taken for a good one",
        _EVIDENCE,
        "gauge = sqrt(2) * max(least, strays) /",
        "gauge = sqrt(2) * least /",
        f"{_DOCKING}::test_a_percentage_that_strays_widens_what_is_said_by_as_much",
    ),
    Mutant(
        "Four bars are not believed as if their gauge had been seen",
        "three crossings show as much as thirty",
        _EVIDENCE,
        "least = _GAUGE_POINTS if len(crossings) >= _CROSSINGS_MIN else _UNSEEN_GAUGE_POINTS",
        "least = _GAUGE_POINTS",
        f"{_DOCKING}::test_four_bars_are_too_few_to_see_a_gauge_stray",
    ),
    Mutant(
        "A battery is weighed only from empty",
        "a trickle is enough to call it flat",
        _EVIDENCE,
        " or _was_not_flat(stretch, cut_in, charged_mah):",
        ":",
        f"{_DOCKING}::test_a_battery_that_trickled_but_was_not_flat_is_not_weighed",
    ),
    Mutant(
        "A supply that sags is not called a worn battery",
        "any change of voltage at switch-on is resistance",
        _EVIDENCE,
        "more_ma >= _SWITCH_ON_MA_MIN and after.mv > before.mv >= _OPEN_MV_MIN:",
        "more_ma >= _SWITCH_ON_MA_MIN:",
        f"{_DOCKING}::test_a_voltage_that_falls_at_switch_on_is_the_supplys_and_not_the_batterys",
    ),
    Mutant(
        "A battery's health is unknown until there is evidence",
        "two dockings are enough",
        _HEALTH,
        "DOCKINGS_MIN = 3",
        "DOCKINGS_MIN = 2",
        f"{_TEST}::test_fewer_than_three_dockings_are_no_evidence",
    ),
    Mutant(
        "One wild docking decides nothing about a battery",
        "the mean is taken of all dockings",
        _HEALTH,
        "value, count = median(one.full_mah for one in chosen), len(chosen)",
        "value, count = sum(one.full_mah for one in chosen) / len(chosen), len(chosen)",
        f"{_TEST}::test_one_wild_docking_does_not_move_it_past_the_others",
    ),
    Mutant(
        "What was weighed is believed before what a camera says of itself",
        "percentages are judged whatever was weighed",
        _HEALTH,
        "if chosen is told and any(_denies(one, full_mah) for one in weighed):",
        "if False:",
        f"{_TEST}::test_what_was_weighed_is_believed_before_what_the_camera_says",
    ),
    Mutant(
        "A guess that is alike in every docking stays in the spread",
        "what a camera drew that was never left until full is taken for chance",
        _EVIDENCE,
        "_observation(full_mah, between, hypot(gauge, own), battery, meter)",
        "_observation(full_mah, hypot(between, own), gauge, battery, meter)",
        f"{_TEST}::test_never_left_until_full_the_guess_at_its_own_draw_stays_in_the_spread",
    ),
    Mutant(
        "A camera's own draw is measured while its battery rests, and else unknown",
        "a moment of rest is enough",
        _GIVEN,
        "long_enough = samples[-1].at_ms - samples[start].at_ms >= _REST_MS",
        "long_enough = True",
        f"{_DOCKING}::test_a_charger_switched_off_before_its_rest_says_nothing_of_the_cameras_own_draw",
    ),
)
