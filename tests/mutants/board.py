"""Seeded faults in the bay board's own limits, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_BOARDS = "tests/test_bay_boards.py"
_LIMITS = "tests/test_firmware_limits.py"
_MAIN = "tests/test_firmware_main.py"
_MEASURING = "tests/test_firmware_measuring.py"
_SAFETY = "tests/test_firmware_safety.py"

MUTANTS = (
    Mutant(
        "A board whose host is silent charges with the safe current only",
        "the watchdog is never looked at",
        "firmware_py/bay_board.py",
        "if not self.silent and now_ms - self._host_heard_ms > self._watchdog_seconds * 1000:",
        "if False:",
        f"{_SAFETY}::test_a_silent_host_means_the_safe_current_and_the_fallback_is_counted",
    ),
    Mutant(
        "More than the safe current is cut while the host is silent",
        "a silent host changes no limit",
        "firmware_py/slot.py",
        "limit_ma = SAFE_MA if silent else OVER_CURRENT_MA",
        "limit_ma = OVER_CURRENT_MA",
        f"{_SAFETY}::test_while_the_host_is_silent_more_than_the_safe_current_is_cut",
    ),
    Mutant(
        "A host's silence moves no lock",
        "silence opens every lock",
        "firmware_py/bay_board.py",
        "            self.silent = True\n",
        "            self.silent = True\n            for slot in self.slots:\n                slot.unlocked = True\n",
        f"{_SAFETY}::test_a_silent_host_moves_no_lock_and_the_lamps_say_so",
    ),
    Mutant(
        "The lamps say that the host is silent",
        "lamps go on showing what was last asked",
        "firmware_py/slot.py",
        "return LAMP_SILENT if silent else self.lamp_asked",
        "return self.lamp_asked",
        f"{_SAFETY}::test_a_silent_host_moves_no_lock_and_the_lamps_say_so",
    ),
    Mutant(
        "An over-current that lasts is cut by the board alone",
        "the current is never too high",
        "firmware_py/limits.py",
        "if self._over_current.is_full(milliamperes > limit_ma, now_ms):",
        "if False:",
        f"{_SAFETY}::test_a_board_cuts_by_itself_and_says_why",
    ),
    Mutant(
        "What a camera draws at the first moment cuts nothing",
        "an over-current need not last",
        "firmware_py/limits.py",
        "if self._over_current.is_full(milliamperes > limit_ma, now_ms):",
        "if milliamperes > limit_ma:",
        f"{_LIMITS}::test_what_a_camera_draws_at_the_first_moment_is_no_over_current",
    ),
    Mutant(
        "A camera that is too warm is cut by the board alone",
        "the limit is in whole degrees, what is measured in hundredths",
        "firmware_py/limits.py",
        "if centidegrees < OVER_TEMPERATURE_CENTIDEGREES:",
        "if centidegrees // 100 < OVER_TEMPERATURE_CENTIDEGREES:",
        f"{_LIMITS}::test_too_warm_is_cut_when_it_lasts_even_while_nothing_charges",
    ),
    Mutant(
        "A short is cut at once, though the charger's own limit holds its current",
        "only a very high current is a short",
        "firmware_py/limits.py",
        "if milliamperes >= SHORT_MA or collapsed:",
        "if milliamperes >= SHORT_MA:",
        f"{_LIMITS}::test_a_collapsed_voltage_with_a_current_is_a_short_at_once",
    ),
    Mutant(
        "A charger whose sensors do not answer is cut",
        "nobody notices that nothing is measured",
        "firmware_py/limits.py",
        "self._cut(BLIND, 0)",
        "pass",
        f"{_LIMITS}::test_a_charger_nobody_watches_is_cut_and_one_that_is_off_is_left",
    ),
    Mutant(
        "A cut bay does not charge whatever its host asks",
        "a charger does what was asked of it",
        "firmware_py/slot.py",
        "return self.asked and not self.cut",
        "return self.asked",
        f"{_SAFETY}::test_a_board_cuts_by_itself_and_says_why",
    ),
    Mutant(
        "A cut is ended by the host's word about this very cut",
        "any number acknowledges",
        "firmware_py/bay_board.py",
        "return register == NUMBER_REGISTER or value == self.slots[register - ACKNOWLEDGE_REGISTER].limits.number",
        "return True",
        f"{_SAFETY}::test_a_cut_is_acknowledged_by_its_number_and_no_other",
    ),
    Mutant(
        "Charge is counted without drift",
        "what is not a whole milliampere-hour yet is dropped",
        "firmware_py/measuring.py",
        "self._rest_ma_ms %= MA_MS_PER_MAH",
        "self._rest_ma_ms = 0",
        f"{_MEASURING}::test_charge_is_counted_in_small_steps_as_in_large_ones",
    ),
    Mutant(
        "The board's pins lower the current when the host is silent",
        "the full current is always allowed",
        "firmware_py/main.py",
        "not self._board.silent)",
        "True)",
        f"{_MAIN}::test_locks_and_the_full_current_are_levels_of_the_expander",
    ),
    Mutant(
        "Chargers are watched while a long answer is said",
        "a board that speaks does nothing else",
        "firmware_py/main.py",
        "for _ in range(len(said) * ONE_CHARACTER_US // ONE_SLOT_US):",
        "for _ in ():",
        f"{_MAIN}::test_chargers_are_watched_while_a_long_answer_is_said",
    ),
    Mutant(
        "A short is cut in MicroPython itself",
        "nothing is a short",
        "firmware_py/limits.py",
        "collapsed = millivolts < SHORT_MV",
        "collapsed = False and millivolts < SHORT_MV",
        f"{_BOARDS}::test_a_board_cuts_a_bay_alone_and_the_host_reads_why[MicroPython-sensors2-3]",
    ),
    Mutant(
        "A host's silence is noticed in MicroPython itself",
        "the clock of a board stands still",
        "firmware_py/long_clock.py",
        "self._now_ms += (ticks_ms - self._ticks_ms) % WRAP_MS",
        "self._now_ms += 0",
        f"{_BOARDS}::test_a_host_that_falls_silent_leaves_locks_lowers_the_current_and_the_lamps_say_so[MicroPython]",
    ),
    Mutant(
        "A cut is read before any other board's turn",
        "each board waits for its turn",
        "hardware/serial_bays.py",
        "return known != () and tuple(of.cut is not None for of in known) != slots.cut",
        "return False",
        "tests/test_bay_measures.py::test_a_cut_is_read_left_alone_and_acknowledged",
    ),
)
