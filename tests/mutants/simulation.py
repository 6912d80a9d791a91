"""Seeded faults in the simulated camera, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/test_simulated_camera.py::test_"

MUTANTS = (
    Mutant(
        "A fault strikes as often as the schedule says",
        "it goes on for ever",
        "hardware/simulated/faults.py",
        "if fault.nth <= before + 1 < fault.nth + fault.times:",
        "if fault.nth <= before + 1:",
        f"{_TESTS}a_fault_strikes_where_it_is_told_and_nowhere_else",
    ),
    Mutant(
        "The simulation tells how long a part of a file was",
        "it tells how long a part was asked for",
        "hardware/simulated/camera_answers.py",
        "pieces_of(file, offset, count)), (count,))",
        "pieces_of(file, offset, count)), (most,))",
        f"{_TESTS}a_part_of_a_file_is_that_part_and_its_length_is_answered",
    ),
    Mutant(
        "The simulation claims what it does and does what it claims",
        "it claims an operation that it refuses",
        "hardware/simulated/camera_answers.py",
        "if operation not in codes.OPERATIONS or operation in self._habits.without:",
        "if operation not in codes.OPERATIONS[:-1] or operation in self._habits.without:",
        f"{_TESTS}everything_it_claims_it_does",
    ),
    Mutant(
        "Over FunctionFS data that fills its last packet ends with an empty one",
        "no empty packet is written",
        "hardware/simulated/gadget.py",
        "if 0 < count < len(buffer) and count % usb.PACKET_BYTES == 0:",
        "if count < 0:",
        f"{_TESTS}over_functionfs_data_ends_with_a_short_packet",
    ),
    Mutant(
        "Over FunctionFS a cancel ends one answer and no session",
        "each request is a reset",
        "hardware/simulated/gadget.py",
        "self._camera.cancel() if asked == usb.CANCEL else self._camera.reset()",
        "self._camera.reset()",
        f"{_TESTS}over_functionfs_a_cancel_ends_an_answer_and_its_status_is_told",
    ),
    Mutant(
        "The simulation has a byte for an empty packet only where one is due",
        "it has one behind all data",
        "hardware/simulated/camera.py",
        "self._habits.byte_for_empty and sent % _SMALL_PACKET_BYTES == 0",
        "self._habits.byte_for_empty",
        f"{_TESTS}a_byte_stands_for_an_empty_packet_where_one_is_due_and_nowhere_else",
    ),
    Mutant(
        "The simulation knows its root by the parents it is told and no others",
        "it refuses what it was told to find empty",
        "hardware/simulated/camera_card.py",
        "if parent in {0, ANY, STORAGE} and not self._habits.refuses_roots:",
        "if parent == 0 and not self._habits.refuses_roots:",
        f"{_TESTS}it_knows_its_root_by_the_parents_it_is_told_and_no_others",
    ),
    Mutant(
        "The simulation that says no sizes says none anywhere",
        "it says them as a property",
        "hardware/simulated/camera_answers.py",
        "            case codes.OBJECT_SIZE:\n                return self._size_told(item)",
        "            case codes.OBJECT_SIZE:\n                return item.size or 0",
        f"{_TESTS}a_size_that_it_does_not_say_is_0_wherever_it_is_asked",
    ),
)
