"""Seeded faults in what boots the emulated machines, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_RIG = "tests/test_rig.py"
_BOOT = "tests/rig/boot.sh"

MUTANTS = (
    Mutant(
        "An emulated machine whose power was to be cut and was not is no success",
        "it is enough that it ended well",
        "tests/rig/power_cuts.py",
        "if cut != bool(after) or (machine.returncode and not cut):",
        "if machine.returncode and not cut:",
        f"{_RIG}::test_a_machine_that_was_not_cut_when_it_was_to_be_is_no_success",
    ),
    Mutant(
        "An emulated machine ends as the tests inside it ended",
        "how they ended is not passed on",
        _BOOT,
        'exit "$status"',
        "exit 0",
        f"{_RIG}::test_it_ends_as_the_tests_inside_ended",
    ),
    Mutant(
        "An emulated machine that ends without a word is no success",
        "silence is taken for success",
        _BOOT,
        '[ -n "$status" ] || fail',
        '[ -n "$status" ] || status=0 && :',
        f"{_RIG}::test_a_machine_that_ends_without_a_word_is_no_success",
    ),
    Mutant(
        "The emulated Pi runs this checkout, on a card it was handed",
        "the card's copy and the arguments are not brought along",
        "tests/rig/pi/pack.sh",
        'cp -r "$scratch" "$staged/brought/scratch"',
        'mkdir "$staged/brought/scratch"',
        f"{_RIG}::test_a_pi_is_handed_the_code_and_a_card_that_it_cannot_share",
    ),
    Mutant(
        "The emulated Pi's one serial line serves its monitor and the bay bus",
        "the monitor speaks into the boards' talk",
        "tests/rig/pi/other_end.py",
        "            self._held_back += received\n",
        "            self._say(received)\n",
        "tests/test_rig_serial_line.py::test_the_line_leads_to_the_monitor_then_to_the_boards_and_back",
    ),
)
