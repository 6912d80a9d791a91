"""Seeded faults in how chargers are driven and batteries kept in the journal, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_CHARGING = "tests/test_bay_charging.py"
_AT_BAY = "tests/test_at_bay.py"
_LOG = "tests/test_battery_log.py"
_POWER = "station/bays/bay_power.py"
_WATCH = "station/bays/bay_watch.py"

MUTANTS = (
    Mutant(
        "Chargers come on one after the other",
        "nobody remembers when one was switched on",
        _POWER,
        "            self._switched_on_ms = now_ms\n",
        "            self._switched_on_ms = None\n",
        f"{_CHARGING}::test_chargers_come_on_one_by_one_and_only_as_many_as_the_supply_carries",
    ),
    Mutant(
        "A board that does not answer is counted as drawing",
        "only what answers is counted",
        _POWER,
        "whole_mw - unheard_mw",
        "whole_mw - 0 * unheard_mw",
        f"{_CHARGING}::test_a_board_that_does_not_answer_goes_on_drawing_and_is_counted",
    ),
    Mutant(
        "A charger that its board cut is left alone until the cut is released",
        "it is switched on again at each look",
        _WATCH,
        "(on and measured is not None and measured.cut is not None)",
        "(on and measured is not None and measured.cut == 0)",
        f"{_CHARGING}::test_what_its_board_cut_is_not_switched_on_again_and_again",
    ),
    Mutant(
        "A failing supply keeps only those in transfer",
        "the power input is not heard",
        _POWER,
        "        failing = well is False\n",
        "        failing = well is True\n",
        f"{_CHARGING}::test_a_failing_supply_switches_off_whoever_can_wait_and_rests_when_it_is_back",
    ),
    Mutant(
        "The power of a camera that is being asked something is not taken away",
        "while it is read it is like any other",
        "station/custody/due_work.py",
        "        case DockingStep.STARTED | DockingStep.READING | DockingStep.CLEARING:\n            return True\n",
        "        case DockingStep.STARTED | DockingStep.CLEARING:\n            return True\n",
        f"{_AT_BAY}::test_from_the_door_to_readiness",
    ),
    Mutant(
        "A percentage is of its moment",
        "one of before the boot is still believed",
        "station/bays/at_bay.py",
        "percent=docking.battery_percent if known else None",
        "percent=docking.battery_percent",
        f"{_AT_BAY}::test_a_percentage_is_of_its_moment",
    ),
    Mutant(
        "Each docking's word on a battery stands in the journal once",
        "what is told twice is two facts",
        "station/custody/judge.py",
        "any(weighing.docking == docking for weighing in camera.weighings)",
        "any(weighing.docking < 0 for weighing in camera.weighings)",
        f"{_LOG}::test_a_weighing_that_is_told_twice_is_one_fact",
    ),
    Mutant(
        "A switch is seen between two looks that lie close together",
        "the look before it is not kept",
        "station/bays/battery_log.py",
        "    if before is not None and switched and log.samples[-1] is not before:\n",
        "    if before is not None and not switched and log.samples[-1] is None:\n",
        f"{_LOG}::test_looks_are_kept_seldom_and_around_a_switch_closely",
    ),
    Mutant(
        "What several dockings say judges a battery",
        "what they weighed is not read from the journal",
        "station/bays/battery_word.py",
        "for weighing in camera.weighings",
        "for weighing in camera.weighings[:2]",
        f"{_LOG}::test_three_dockings_judge_a_battery_and_two_do_not",
    ),
    Mutant(
        "A silent camera's power is cycled",
        "nobody knows that it is silent",
        "station/bays/at_bay.py",
        "silent=docking.step is DockingStep.SILENT",
        "silent=docking.step is DockingStep.ENDED",
        f"{_AT_BAY}::test_a_silent_camera_is_charged_like_others",
    ),
    Mutant(
        "A camera whose power is cycled comes back when the plan lets it",
        "its power stays",
        _POWER,
        "on=plan.on - cycled",
        "on=plan.on",
        f"{_CHARGING}::test_a_silent_cameras_power_is_cycled_after_some_charge_and_no_others",
    ),
    Mutant(
        "A lamp is lit again after its board was silent",
        "what was told before is thought to be shown still",
        _WATCH,
        "        if outputs.lamp != colour or not answers:\n            outputs.lamp = None\n",
        "        if outputs.lamp != colour:\n            outputs.lamp = None\n",
        f"{_CHARGING}::test_a_lamp_is_lit_once_and_again_after_its_board_was_silent",
    ),
    Mutant(
        "A voltage measured behind the charger's switch is no battery's",
        "any rise at switch-on is",
        "station/bays/battery_evidence.py",
        "after.mv > before.mv >= _OPEN_MV_MIN",
        "after.mv > before.mv",
        "tests/test_battery_evidence.py::test_a_voltage_that_falls_at_switch_on_is_the_supplys_and_not_the_batterys",
    ),
)
