"""Seeded faults in the pins of the bays and in the wire's self-test, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_BAYS = "tests/test_gpio_bays.py"
_SELF_TEST = "tests/test_self_test.py"

MUTANTS = (
    Mutant(
        "Every output is low from when it is claimed",
        "outputs begin high",
        "hardware/gpio_bays.py",
        "initial_value=False",
        "initial_value=True",
        f"{_BAYS}::test_an_output_is_never_high_before_it_is_told_so",
    ),
    Mutant(
        "No lock is driven by a library's fallback",
        "outputs leave the choice of the factory to gpiozero",
        "hardware/gpio_bays.py",
        "number, active_high=True, initial_value=False, pin_factory=factory",
        "number, active_high=True, initial_value=False",
        f"{_BAYS}::test_no_line_is_driven_by_a_factory_that_the_library_chose",
    ),
    Mutant(
        "At exit every output is left safe, one that fails or not",
        "the first output that fails leaves the others as they were",
        "hardware/gpio_bays.py",
        "                    each_even_if_one_fails.callback(output.off)\n",
        "                    output.off()\n",
        f"{_BAYS}::test_one_output_that_fails_keeps_no_other_high",
    ),
    Mutant(
        "No pin has two masters",
        "lines of the system are not asked",
        "hardware/gpio_lines.py",
        "    for line, others in _of_the_system(bays, wiring):\n        users[line].append(others)\n",
        "",
        f"{_BAYS}::test_what_cannot_be_together_is_named",
    ),
    Mutant(
        "No output is on a line that is pulled up at boot",
        "any line of the header will do",
        "hardware/wiring.py",
        "OutputPin = Annotated[int, Meta(ge=9, le=27)]",
        "OutputPin = Annotated[int, Meta(ge=2, le=27)]",
        f"{_BAYS}::test_no_output_is_on_a_line_that_is_pulled_up_at_boot",
    ),
    Mutant(
        "A station does not start where a crash would leave a lock open",
        "the kernel is not asked",
        "hardware/gpio_chip.py",
        'strip() in {"Y", "1"}',
        'strip() in {"y"}',
        f"{_BAYS}::test_a_kernel_that_would_leave_a_lock_open_is_refused",
    ),
    Mutant(
        "The GPIO chip is found by its label and never guessed",
        "any chip will do",
        "hardware/gpio_chip.py",
        "if label in LABELS:",
        "if label:",
        f"{_BAYS}::test_the_chip_is_found_by_its_label_whatever_its_number",
    ),
    Mutant(
        "A contact is believed only when it stood still",
        "the time is counted from the first edge, not from the last",
        "hardware/debounce.py",
        "return Contact(contact.believed, level, now_ms, moving_ms)",
        "return Contact(contact.believed, level, moving_ms, moving_ms)",
        "tests/test_debounce.py::test_time_is_counted_from_the_last_change_and_not_from_the_first",
    ),
    Mutant(
        "A bounce that one look fell on is no camera",
        "a level is believed for all the time that nobody looked",
        "hardware/debounce.py",
        "        return Contact(contact.believed, level, now_ms, moving_ms)\n",
        "        stood = contact.level is not None and now_ms - contact.since_ms >= STILL_MS\n"
        "        return Contact(contact.level if stood else contact.believed, level, now_ms, moving_ms)\n",
        "tests/test_debounce.py::test_a_level_seen_once_between_others_is_never_believed",
    ),
    Mutant(
        "A switch that never stands still is neither full nor empty",
        "what was believed last is believed for ever",
        "hardware/gpio_bays.py",
        "if contact.believed is not None and not restless(contact, now_ms):",
        "if contact.believed is not None:",
        f"{_BAYS}::test_a_switch_that_never_stands_still_is_neither_full_nor_empty",
    ),
    Mutant(
        "A broken wire reads as an empty bay, a turned key, a failing supply",
        "the supply's input is pulled up",
        "hardware/gpio_bays.py",
        '"key": True, "power": False}',
        '"key": True, "power": True}',
        f"{_BAYS}::test_a_supply_that_fails_and_a_wire_that_is_broken_look_the_same",
    ),
    Mutant(
        "A bay on our own pins is known without the boards' line",
        "a line that is gone silences every bay",
        "hardware/bays.py",
        "            if not found:\n                raise\n",
        "            raise\n",
        f"{_BAYS}::test_a_bay_is_sensed_and_charged_by_a_pin_or_by_a_board_as_it_is_wired",
    ),
    Mutant(
        "The self-test blames a part only when the others are cleared",
        "what other cameras did in the bay is not asked",
        "station/bays/self_test.py",
        "        case False, True:",
        "        case False, _:",
        _SELF_TEST,
    ),
)
