"""Seeded faults that a real kernel must show, tried in the emulated machine alone: `make rig ARGS=--mutants`.

Of cameras A, C and D: the one monitor, through which B is docked, is held by whoever tries them.
"""

from tests.mutants.mutant import Mutant

_TESTS = "tests/rig/guest/test_"
_BREAKS = f"{_TESTS}hostile_cameras.py::test_what_breaks_a_pull_is_named_and_the_next_one_is_whole"

GUEST_MUTANTS = (
    Mutant(
        "A place beyond 4 GiB is that place",
        "the upper half of the offset is not sent",
        "hardware/mtp/initiator.py",
        "(offset & 0xFFFFFFFF, offset >> 32)",
        "(offset & 0xFFFFFFFF, 0)",
        f"{_TESTS}pulls.py::test_offsets_around_4_gib_are_byte_equal_or_refused",
    ),
    Mutant(
        "After a stall the next pull is whole",
        "no halt is ever cleared",
        "hardware/usb_pipe.py",
        "        for endpoint in (self._in, self._out):\n",
        "        for endpoint in ():\n",
        f"{_BREAKS}[both endpoints stalled]",
    ),
    Mutant(
        "A camera that says much goes on answering",
        "its messages are not read",
        "hardware/usb_pipe.py",
        "        if endpoint is None:\n            return\n        buffer",
        "        if endpoint is not None:\n            return\n        buffer",
        f"{_TESTS}hostile_cameras.py::test_messages_that_nobody_asked_for_stall_nothing",
    ),
    Mutant(
        "Of a size said in two ways the one in 64 bits is true",
        "the 32 bits are believed",
        "hardware/mtp/objects.py",
        "    size, larger = _object_size(initiator, device, handle), info",
        "    size, larger = None, info",
        f"{_TESTS}faulty_gadgets.py::test_a_size_modulo_4_gib_is_the_true_one_and_the_end_is_the_end",
    ),
)
