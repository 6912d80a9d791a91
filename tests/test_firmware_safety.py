"""Promise: a bay board cuts by itself what is dangerous and says why, and is safe when its host is silent."""

import pytest

from firmware_py.bay_board import (
    ACKNOWLEDGE_REGISTER,
    LAMP_REGISTER,
    SECONDS_REGISTER,
    SLOTS,
    UNKNOWN,
    UNLOCK_COIL,
    WATCHDOG_SECONDS,
)
from firmware_py.limits import (
    BLIND,
    BLIND_MS,
    NOT_CUT,
    OVER_CURRENT,
    OVER_CURRENT_MA,
    OVER_CURRENT_MS,
    OVER_TEMPERATURE,
    OVER_TEMPERATURE_CENTIDEGREES,
    OVER_TEMPERATURE_MS,
    SAFE_MA,
    SHORT,
    SHORT_MA,
    STUCK,
    STUCK_MS,
)
from firmware_py.modbus_rtu import (
    COIL_ON,
    ILLEGAL_VALUE,
    READ_COILS,
    READ_DISCRETE_INPUTS,
    READ_HOLDING_REGISTERS,
    REFUSED,
    WRITE_COIL,
    WRITE_REGISTER,
    WRITE_REGISTERS,
    seal,
    two_words,
)
from firmware_py.slot import BLUE, DEBOUNCE_MS, LAMP_CUT, LAMP_SILENT
from tests.board_bench import (
    ADDRESS,
    CHARGE_3,
    EMPTY,
    LOOK,
    WATCHED_MS,
    ask,
    charges,
    charging_3,
    settled,
    silent,
    slot_words,
    watch,
    words,
)


def test_a_silent_host_means_the_safe_current_and_the_fallback_is_counted() -> None:
    board = charging_3()
    last_ms = 1_000 + WATCHDOG_SECONDS * 1_000
    watch(board, 3_000, last_ms, closed=8)
    assert not silent(board)
    board.sense([slot == 3 for slot in range(SLOTS)], last_ms + 1)
    assert silent(board)
    assert charges(board)
    watch(board, last_ms, 10 * last_ms, closed=8)
    assert charges(board), "a current that is safe is left alone"
    assert words(board, 2, 1, 10 * last_ms) == [1]
    assert not silent(board), "who asks is not silent"


def test_while_the_host_is_silent_more_than_the_safe_current_is_cut() -> None:
    """The charger's own limit is lowered at once and has some time to bring the current down."""
    board = charging_3()
    between = (SAFE_MA + OVER_CURRENT_MA) // 2
    silent_ms = 1_000 + WATCHDOG_SECONDS * 1_000 + WATCHED_MS
    watch(board, 3_000, silent_ms, (4_800, between, 2_500), closed=8)
    assert silent(board)
    assert charges(board)
    watch(board, silent_ms, silent_ms + OVER_CURRENT_MS + WATCHED_MS, (4_800, between, 2_500), closed=8)
    assert not charges(board)
    assert slot_words(board, 3, silent_ms + 1_000)[5:] == [OVER_CURRENT, 1, between]


def test_a_silent_host_moves_no_lock_and_the_lamps_say_so() -> None:
    board = settled()
    ask(board, two_words(WRITE_COIL, UNLOCK_COIL + 2, COIL_ON))
    ask(board, two_words(WRITE_REGISTER, LAMP_REGISTER + 2, BLUE))
    assert board.lamps() == [0, 0, BLUE, 0, 0, 0, 0, 0]
    board.sense(EMPTY, 2_000 + WATCHDOG_SECONDS * 1_000)
    assert [slot.unlocked for slot in board.slots] == [slot == 2 for slot in range(SLOTS)]
    assert board.lamps() == [LAMP_SILENT] * SLOTS
    ask(board, LOOK)
    assert board.lamps() == [0, 0, BLUE, 0, 0, 0, 0, 0]


def test_any_question_to_this_board_shows_the_host_and_no_other_does() -> None:
    other = seal(ADDRESS + 1, LOOK)
    damaged = seal(ADDRESS, LOOK)[:-1] + b"\x00"
    for heard, unheard in ((seal(ADDRESS, LOOK), False), (other, True), (damaged, True), (b"\x05", True)):
        board = settled()
        ask(board, CHARGE_3, 0)
        board.hear(heard, WATCHDOG_SECONDS * 1_000)
        board.sense(EMPTY, WATCHDOG_SECONDS * 1_000 + 1)
        assert silent(board) is unheard


@pytest.mark.parametrize(
    ("sample", "reason", "measured"),
    [
        ((4_700, OVER_CURRENT_MA + 50, 2_500), OVER_CURRENT, OVER_CURRENT_MA + 50),
        ((4_900, 500, OVER_TEMPERATURE_CENTIDEGREES + 50), OVER_TEMPERATURE, OVER_TEMPERATURE_CENTIDEGREES + 50),
        ((300, 1_000, 2_500), SHORT, 1_000),
        ((4_900, SHORT_MA, 2_500), SHORT, SHORT_MA),
        (None, BLIND, 0),
    ],
)
def test_a_board_cuts_by_itself_and_says_why(sample: tuple[int, int, int] | None, reason: int, measured: int) -> None:
    """The host goes on asking and wants to charge; neither helps."""
    board = charging_3()
    assert charges(board)
    watch(board, 3_100, 6_000 + max(OVER_CURRENT_MS, OVER_TEMPERATURE_MS, BLIND_MS), sample, closed=8)
    assert board.charging == EMPTY
    said, number, cut_for = slot_words(board, 3, 7_000)[5:]
    assert (said, number) == (reason, 1)
    assert abs(cut_for - measured) <= 20, "smoothed"
    assert slot_words(board, 2, 7_000)[5:] == [NOT_CUT, 0, 0]
    ask(board, CHARGE_3, 7_000)
    watch(board, 7_100, 9_000, closed=8)
    assert not charges(board), "that it is well again changes nothing"
    assert ask(board, LOOK) == bytes([READ_DISCRETE_INPUTS, 4, 8, 0, 8, 0])
    assert board.lamps()[3] == LAMP_CUT


def test_a_cut_is_acknowledged_by_its_number_and_no_other() -> None:
    board = charging_3((300, 1_000, 2_500))
    cut = two_words(WRITE_REGISTER, ACKNOWLEDGE_REGISTER + 3, 1)
    for wrong in (0, 2):
        question = two_words(WRITE_REGISTER, ACKNOWLEDGE_REGISTER + 3, wrong)
        assert ask(board, question, 4_000) == bytes([WRITE_REGISTER | REFUSED, ILLEGAL_VALUE])
    assert not charges(board)
    assert ask(board, cut, 4_000) == cut
    assert charges(board)
    assert slot_words(board, 3, 4_000)[5:] == [NOT_CUT, 1, 1_000]
    watch(board, 4_100, 4_500, (300, 1_000, 2_500), closed=8)
    assert not charges(board)
    assert ask(board, cut, 5_000) == bytes([WRITE_REGISTER | REFUSED, ILLEGAL_VALUE]), "this is another cut"


def test_a_cut_ends_when_the_camera_leaves_and_nothing_charges_until_it_is_asked_anew() -> None:
    """A contact that is open for a moment is a camera that left: whatever is there then, nobody asked to charge it."""
    board = charging_3((300, 1_000, 2_500))
    assert not charges(board)
    for later_ms in (0, DEBOUNCE_MS):
        board.sense(EMPTY, 3_100 + later_ms)
    assert slot_words(board, 3, 3_200)[5] == NOT_CUT
    assert not charges(board)
    watch(board, 3_300, 4_000, closed=8)
    assert not charges(board)
    assert ask(board, two_words(READ_COILS, 3, 1), 4_000) == bytes([READ_COILS, 1, 0])
    ask(board, CHARGE_3, 4_000)
    assert charges(board)


def test_a_charger_that_does_not_switch_off_is_noticed_with_the_camera_in() -> None:
    """Even where it was cut for another reason: that the cut does nothing is what a person must know."""
    board = charging_3((300, 1_000, 2_500))
    assert slot_words(board, 3, 3_000)[5:] == [SHORT, 1, 1_000]
    watch(board, 3_100, 5_000, (300, 1_000, 2_500), closed=8, stuck=True)
    reason, number, _ = slot_words(board, 3, 5_000)[5:]
    assert (reason, number) == (STUCK, 2)
    board = charging_3()
    ask(board, two_words(WRITE_COIL, 3, 0), 3_000)
    watch(board, 3_100, 3_200 + STUCK_MS, closed=8, stuck=True)
    assert slot_words(board, 3, 4_000)[5:] == [STUCK, 1, 500]
    assert board.lamps()[3] == LAMP_CUT


def test_the_registers_of_a_slot_say_what_is_measured() -> None:
    board = settled()
    assert slot_words(board, 3, 1_000) == [UNKNOWN, UNKNOWN, UNKNOWN, 0, 0, 0, 0, 0]
    ask(board, CHARGE_3, 1_000)
    board.sense(EMPTY, 1_000)
    for now_ms in range(0, 3_600_000, 1_000):
        board.measure(3, (4_950, 1_200, -1_050), now_ms)
    board.measure(3, (4_950, 1_200, -1_050), 3_600_000)
    assert slot_words(board, 3, 3_600_000) == [4_950, 1_200, 0x10000 - 1_050, 0, 1_200, 0, 0, 0]
    board.sense(EMPTY, 3_600_000)
    assert words(board, SECONDS_REGISTER, 2) == [0, 3_600]
    board.measure(3, None, 3_600_000)
    assert slot_words(board, 3, 3_600_000) == [UNKNOWN, UNKNOWN, UNKNOWN, 0, 1_200, 0, 0, 0]


def test_the_watchdog_can_be_set() -> None:
    for question in (two_words(WRITE_REGISTER, 0, 2), two_words(WRITE_REGISTERS, 0, 1) + b"\x02\x00\x02"):
        board = settled()
        assert ask(board, question) == question[:5]
        assert ask(board, two_words(READ_HOLDING_REGISTERS, 0, 1)) == bytes([READ_HOLDING_REGISTERS, 2, 0, 2])
        ask(board, CHARGE_3, 1_000)
        board.sense(EMPTY, 3_000)
        assert not silent(board)
        board.sense(EMPTY, 3_001)
        assert silent(board)
