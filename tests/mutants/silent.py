"""Seeded faults around silent cameras and batteries that are still charging, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_TEST = "tests/test_silent_camera.py"
_WAKING, _WAKING_TEST = "station/bays/waking.py", "tests/test_waking.py"
_DOCKING, _DUE_TEST = "station/custody/docking.py", "tests/test_due_work.py"
_SILENCE = "station/custody/silence.py"

MUTANTS = (
    Mutant(
        "A silent camera is charged before it is woken",
        "its power is cycled at once",
        _WAKING,
        "if min(silent_for_ms, charged_for_ms) < FIRST_MS:",
        "if silent_for_ms < FIRST_MS:",
        f"{_WAKING_TEST}::test_it_is_charged_before_it_is_woken",
    ),
    Mutant(
        "A camera that never wakes is not kept from charging",
        "its power is cycled as often as ever",
        _WAKING,
        "return min(FIRST_MS << min(tries - 1, 8), LONGEST_MS)",
        "return FIRST_MS",
        f"{_WAKING_TEST}::test_each_time_it_is_left_to_charge_for_longer",
    ),
    Mutant(
        "Where nothing draws, nothing is woken",
        "an unconnected bay is switched on and off for ever",
        _WAKING,
        "draws_ma < DRAWS_MA and len(cycled) >= TRIES_WITHOUT_CURRENT",
        "draws_ma < 0",
        f"{_WAKING_TEST}::test_what_draws_nothing_is_tried_once",
    ),
    Mutant(
        "A silent camera is given up once in a docking",
        "it is, again and again",
        _SILENCE,
        "docking.step is not DockingStep.SILENT or docking.repair is not None",
        "docking.step is not DockingStep.SILENT",
        f"{_TEST}::test_once_in_a_docking_and_once_for_a_camera_while_its_repair_is_open",
    ),
    Mutant(
        "A silent camera is given up once while its repair is open",
        "it is, in each bay",
        _SILENCE,
        "if any(repair.docking is not None for",
        "if any(repair.docking is docking for",
        f"{_TEST}::test_once_in_a_docking_and_once_for_a_camera_while_its_repair_is_open",
    ),
    Mutant(
        "A silent camera is given up in the end",
        "after a restart nothing is counted",
        _DOCKING,
        "return at.boot_ms if elapsed_ms is None else elapsed_ms",
        "return 0 if elapsed_ms is None else elapsed_ms",
        f"{_TEST}::test_while_the_station_was_off_nobody_was_silent",
    ),
    Mutant(
        "A camera without power is not said to be silent",
        "it is called all the same",
        "station/custody/due_work.py",
        "replace(task, wait_ms=max(task.wait_ms, POWER_LOOK_MS))",
        "task",
        f"{_TEST}::test_while_the_station_was_off_nobody_was_silent",
    ),
    Mutant(
        "A repair of a silent camera says that footage may be inside",
        "it says that nobody knows of any",
        "station/custody/repair.py",
        'FOOTAGE_NOT_RULED_OUT = "NOT_RULED_OUT"',
        'FOOTAGE_NOT_RULED_OUT = "NONE"',
        f"{_TEST}::test_a_flat_camera_is_called_given_up_once_and_read_when_it_speaks",
    ),
    Mutant(
        "A camera that was given up is called all the same",
        "its docking is left alone",
        "station/custody/due_work.py",
        "            yield Task(Work.WAKE, docking.number)\n",
        "            if docking.repair is None:\n                yield Task(Work.WAKE, docking.number)\n",
        f"{_TEST}::test_a_flat_camera_is_called_given_up_once_and_read_when_it_speaks",
    ),
    Mutant(
        "A silent camera is lent to nobody",
        "one whose label is known is",
        "station/custody/lending.py",
        "if docking.camera is None or docking.step is DockingStep.SILENT:",
        "if docking.camera is None:",
        f"{_TEST}::test_a_silent_camera_is_lent_to_nobody_and_the_gate_says_why",
    ),
    Mutant(
        "What was given up unknown stays so when it speaks",
        "only a repair of its name counts",
        _SILENCE,
        "return known or state.repair_open(unknown_camera(docking.number))",
        "return known",
        f"{_TEST}::test_it_stays_given_up_when_it_speaks_until_a_person_has_seen_to_it",
    ),
    Mutant(
        "No camera is retired that nobody knows",
        "whatever was in the bay is",
        "station/custody/judge_keeping.py",
        "if finding.known(Repair, said.repair).of_unknown_camera:",
        "if not camera:",
        f"{_TEST}::test_a_repair_of_an_unknown_camera_binds_no_other",
    ),
    Mutant(
        "A charge is measured until it is full",
        "only until it is enough to lend with",
        _DOCKING,
        "if stands_still and self.charged_enough(enough_percent, enough_minutes):",
        "if self.charged_enough(enough_percent, enough_minutes):",
        f"{_DUE_TEST}::test_a_charge_is_measured_until_it_is_full",
    ),
    Mutant(
        "A gauge that goes to and fro fills no journal",
        "each rise counts, however often it was there",
        _DOCKING,
        "return replace(docking, battery_percent=percent, highest_percent=percent, still_readings=0)",
        "return replace(docking, battery_percent=percent, highest_percent=0, still_readings=0)",
        f"{_DUE_TEST}::test_a_gauge_that_goes_to_and_fro_is_believed_to_stand_still",
    ),
    Mutant(
        "A dead battery fills no journal",
        "it is measured as often as one that charges",
        _DOCKING,
        "ages_ms = STANDING_BATTERY_AGES_MS if stands_still else BATTERY_AGES_MS",
        "ages_ms = BATTERY_AGES_MS",
        f"{_DUE_TEST}::test_a_dead_battery_fills_no_journal",
    ),
)
