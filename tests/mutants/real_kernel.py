"""Seeded faults that a real kernel must show, tried in the emulated machine alone: `make rig ARGS=--mutants`.

Of cameras A, C and D, disks, pins and the bay bus: the one monitor, through which B is docked, is held by whoever
tries them.
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

BAY_AND_DISK_MUTANTS = (
    Mutant(
        "A disk that says it wrote and did not holds nothing",
        "it is read back through the page cache",
        "station/store/checkpointed_part.py",
        "        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)\n",
        "        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_NORMAL)\n",
        f"{_TESTS}bad_disks.py::test_a_dropped_write_is_caught_by_reading_past_the_cache_and_by_nothing_else",
    ),
    Mutant(
        "Encrypted is what cryptsetup encrypts",
        "any volume of device mapper's is called encrypted",
        "station/store/at_rest.py",
        'if name.exists() and _ENCRYPTING.match(name.read_text(encoding="ascii")):',
        "if name.exists():",
        f"{_TESTS}at_rest.py::test_a_luks_volume_is_encrypted_and_what_lies_beside_it_is_plain",
    ),
    Mutant(
        "Pins are those of the Pi's own chip, whichever comes first",
        "the first chip's are driven",
        "hardware/gpio_chip.py",
        "LGPIOFactory(chip=found[0][0])",
        "LGPIOFactory(chip=0)",
        f"{_TESTS}gpio_sim.py::test_the_chip_is_found_behind_another_one",
    ),
    Mutant(
        "A line of the kernel's chip is low until it is told otherwise",
        "outputs begin high",
        "hardware/gpio_bays.py",
        "initial_value=False",
        "initial_value=True",
        f"{_TESTS}gpio_sim.py::test_each_output_moves_its_own_line_and_no_other[1-lock]",
    ),
    Mutant(
        "A contact that bounces on the kernel's chip says nothing",
        "a level is believed for all the time that nobody looked",
        "hardware/debounce.py",
        "    if level != contact.level:\n",
        "    if level != contact.level and (contact := contact._replace(believed=contact.level)):\n",
        f"{_TESTS}gpio_sim.py::test_a_contact_that_bounces_says_nothing",
    ),
    Mutant(
        "A bay bus whose adapter was pulled out is taken up again",
        "the line that was lost is kept",
        "hardware/serial_bays.py",
        "            self._line.close()\n            raise AbsentError(",
        "            raise AbsentError(",
        f"{_TESTS}serial_gadget.py::test_a_cable_that_was_out_while_nobody_spoke_is_named_once_and_the_same_bus_goes_on",
    ),
    Mutant(
        "A switch that closes on the kernel's chip is heard",
        "a closed switch reads as an empty bay",
        "hardware/gpio_bays.py",
        '{"presence": True,',
        '{"presence": False,',
        f"{_TESTS}gpio_sim.py::test_each_input_is_heard_when_it_is_pulled",
    ),
)
