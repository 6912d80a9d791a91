"""Seeded faults in the bay wire, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_BOARD = "tests/test_firmware_board.py"
_WIRE = "tests/test_bay_wire.py"

MUTANTS = (
    Mutant(
        "No damaged frame is taken for a whole one",
        "the checksum is not asked",
        "firmware_py/modbus_rtu.py",
        "elif crc16(heard[:length]) == 0:",
        "else:",
        "tests/test_firmware_framing.py",
    ),
    Mutant(
        "A board never says empty before it knows",
        "a switch is believed at first sight",
        "firmware_py/slot.py",
        "            self._since_ms = now_ms\n",
        "            self._since_ms = now_ms\n            self.closed = closed\n",
        f"{_BOARD}::test_a_board_that_does_not_know_yet_says_so",
    ),
    Mutant(
        "A bay is full or empty only by its own board's word",
        "an answer of another board is taken",
        "hardware/serial_bays.py",
        "if frame[0] == address and _fits(frame[1:-2], question):",
        "if _fits(frame[1:-2], question):",
        f"{_WIRE}::test_whatever_is_lost_or_late_nothing_wrong_is_said",
    ),
    Mutant(
        "Nothing is believed written before its own echo",
        "any echo will do",
        "hardware/serial_bays.py",
        "return answer == question",
        "return answer[0] == question[0]",
        f"{_WIRE}::test_a_late_echo_is_not_taken_for_what_was_just_asked",
    ),
    Mutant(
        "A silent board slows no other",
        "all silent boards are asked at each look",
        "hardware/serial_bays.py",
        "if address not in self._silent or address == tried:",
        "if True:",
        f"{_WIRE}::test_of_all_silent_boards_one_is_asked_and_once",
    ),
    Mutant(
        "A lock without current is locked",
        "locks are driven the other way round",
        "hardware/gpio_bays.py",
        "active_high=True",
        "active_high=False",
        "tests/test_bay_locks.py",
    ),
    Mutant(
        "Simulated boards die with whoever started them",
        "the firmware does not look for its starter and waits on a line that was kept",
        "firmware_py/main_simulated.py",
        "while not starter.poll(0):",
        "while True:",
        "tests/test_bay_boards.py::test_boards_end_with_their_context",
    ),
)
