"""Seeded faults in our camera as a real USB device, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_GADGET = "hardware/simulated/gadget.py"
_TESTS = "tests/test_faulty_gadget.py::test_"

MUTANTS = (
    Mutant(
        "A camera in mid-answer takes no question",
        "silence ends its answer",
        _GADGET,
        "                if not self._camera.busy():\n",
        "                if True:\n",
        f"{_TESTS}it_is_silent_in_mid_answer_until_the_host_ends_it",
    ),
    Mutant(
        "A camera that stalls halts its endpoint",
        "it halts nothing",
        _GADGET,
        '        if "in" in halted:\n',
        '        if "in" in self._camera.halted:\n',
        f"{_TESTS}a_halt_is_a_use_against_the_direction",
    ),
    Mutant(
        "A camera whose messages nobody reads says nothing",
        "it answers all the same",
        _GADGET,
        "count = None if self._camera.blocked else self._camera.give(buffer)",
        "count = self._camera.give(buffer)",
        f"{_TESTS}it_says_nothing_while_nobody_reads_its_messages",
    ),
    Mutant(
        "What no camera is like is no nature",
        "unknown fields are passed over",
        "hardware/simulated/nature_file.py",
        "    unknown = sorted(told.keys() - types.keys())\n",
        "    unknown = sorted(told.keys() - told.keys())\n",
        f"{_TESTS}what_no_camera_is_like_is_an_error",
    ),
)
