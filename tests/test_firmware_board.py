"""Promise: a bay board never says "empty" before it knows, and never goes on charging for a host that is silent."""

import random
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.bay_board import (
    DEBOUNCE_MS,
    INPUTS,
    MAP_VERSION,
    SLOTS,
    WATCHDOG_SECONDS,
    WATCHDOG_SECONDS_MAX,
    BayBoard,
)
from firmware_py.long_clock import WRAP_MS, LongClock
from firmware_py.modbus_rtu import (
    BUSY,
    COIL_ON,
    EVERYBODY,
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    READ_COILS,
    READ_DISCRETE_INPUTS,
    READ_HOLDING_REGISTERS,
    READ_INPUT_REGISTERS,
    REFUSED,
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTER,
    WRITE_REGISTERS,
    seal,
    two_words,
)
from hardware.simulated.boards import FIRMWARE_PATH, firmware_command
from tests.firmware_histories import play

EMPTY = [False] * SLOTS
ADDRESS = 5
LOOK = two_words(READ_DISCRETE_INPUTS, 0, INPUTS)
CHARGE_3 = two_words(WRITE_COIL, 3, COIL_ON)


def ask(board: BayBoard, question: bytes, now_ms: int = 1_000) -> bytes:
    """The body of the answer."""
    answer = board.hear(seal(board.address, question), now_ms)
    assert answer == seal(board.address, answer[1:-2])
    return answer[1:-2]


def settled(closed: list[bool] | None = None) -> BayBoard:
    board = BayBoard(ADDRESS)
    board.sense(closed or EMPTY, 0)
    board.sense(closed or EMPTY, DEBOUNCE_MS)
    return board


def present(board: BayBoard, now_ms: int = 1_000) -> list[bool]:
    answer = ask(board, LOOK, now_ms)
    assert answer[:2] == bytes([READ_DISCRETE_INPUTS, INPUTS // 8])
    return [bool(answer[2] >> slot & 1) for slot in range(SLOTS)]


def test_a_board_that_does_not_know_yet_says_so() -> None:
    board = BayBoard(ADDRESS)
    for now_ms in (0, 1, DEBOUNCE_MS - 1):
        board.sense(EMPTY, now_ms)
        assert ask(board, LOOK, now_ms) == bytes([READ_DISCRETE_INPUTS | REFUSED, BUSY])
    board.sense(EMPTY, DEBOUNCE_MS)
    assert present(board) == EMPTY


@given(st.lists(st.tuples(st.lists(st.booleans(), min_size=SLOTS, max_size=SLOTS), st.integers(1, 80)), min_size=1))
def test_a_switch_is_believed_when_it_stood_still_and_only_then(history: list[tuple[list[bool], int]]) -> None:
    board = settled()
    believed, shown, since = list(EMPTY), list(EMPTY), [0] * SLOTS
    now_ms = DEBOUNCE_MS
    for closed, later_ms in history:
        now_ms += later_ms
        board.sense(closed, now_ms)
        for slot in range(SLOTS):
            if closed[slot] != shown[slot]:
                shown[slot], since[slot] = closed[slot], now_ms
            elif now_ms - since[slot] >= DEBOUNCE_MS:
                believed[slot] = closed[slot]
        assert present(board, now_ms) == believed


def test_one_bouncing_switch_keeps_no_other_waiting() -> None:
    board = settled()
    for now_ms in range(1_000, 1_000 + 2 * DEBOUNCE_MS, 10):
        board.sense([True, now_ms % 20 == 0, *[False] * 6], now_ms)
    assert present(board) == [True, *[False] * 7]


def test_a_silent_host_means_no_charging_and_the_fallback_is_counted() -> None:
    board = settled()
    assert ask(board, CHARGE_3, 1_000) == CHARGE_3
    last_ms = 1_000 + WATCHDOG_SECONDS * 1_000
    board.sense(EMPTY, last_ms)
    assert board.charging[3]
    board.sense(EMPTY, last_ms + 1)
    assert board.charging == EMPTY
    assert ask(board, two_words(READ_INPUT_REGISTERS, 2, 1)) == bytes([READ_INPUT_REGISTERS, 2, 0, 1])
    board.sense(EMPTY, 10 * last_ms)
    assert ask(board, two_words(READ_INPUT_REGISTERS, 2, 1)) == bytes([READ_INPUT_REGISTERS, 2, 0, 1])


def test_any_question_to_this_board_keeps_it_charging_and_no_other_does() -> None:
    other = seal(ADDRESS + 1, LOOK)
    damaged = seal(ADDRESS, LOOK)[:-1] + b"\x00"
    for heard, charges in ((seal(ADDRESS, LOOK), True), (other, False), (damaged, False), (b"\x05", False)):
        board = settled()
        ask(board, CHARGE_3, 0)
        board.hear(heard, WATCHDOG_SECONDS * 1_000)
        board.sense(EMPTY, WATCHDOG_SECONDS * 1_000 + 1)
        assert board.charging[3] is charges


def test_the_watchdog_can_be_set() -> None:
    for question in (two_words(WRITE_REGISTER, 0, 2), two_words(WRITE_REGISTERS, 0, 1) + b"\x02\x00\x02"):
        board = settled()
        assert ask(board, question) == question[:5]
        assert ask(board, two_words(READ_HOLDING_REGISTERS, 0, 1)) == bytes([READ_HOLDING_REGISTERS, 2, 0, 2])
        ask(board, CHARGE_3, 1_000)
        board.sense(EMPTY, 3_001)
        assert board.charging == EMPTY


def test_many_chargers_are_switched_at_once() -> None:
    board = settled()
    question = two_words(WRITE_COILS, 2, 5) + b"\x01\x15"
    assert ask(board, question) == question[:5]
    assert board.charging == [False, False, True, False, True, False, True, False]
    assert ask(board, two_words(READ_COILS, 0, 8)) == bytes([READ_COILS, 1, 0b01010100])
    assert ask(board, LOOK) == bytes([READ_DISCRETE_INPUTS, 2, 0, 0b01010100])


def test_everybody_obeys_and_nobody_answers_a_broadcast() -> None:
    board = settled()
    assert board.hear(seal(EVERYBODY, CHARGE_3), 1_000) == b""
    assert board.charging[3]
    assert board.hear(seal(ADDRESS + 1, two_words(WRITE_COIL, 3, 0)), 1_000) == b""
    assert board.charging[3]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (two_words(READ_DISCRETE_INPUTS, 0, 0), ILLEGAL_VALUE),
        (two_words(READ_DISCRETE_INPUTS, 0, INPUTS + 1), ILLEGAL_ADDRESS),
        (two_words(READ_DISCRETE_INPUTS, 0xFFFF, 0xFFFF), ILLEGAL_ADDRESS),
        (two_words(READ_COILS, SLOTS, 1), ILLEGAL_ADDRESS),
        (two_words(READ_INPUT_REGISTERS, 0, 125), ILLEGAL_ADDRESS),
        (two_words(READ_HOLDING_REGISTERS, 1, 1), ILLEGAL_ADDRESS),
        (two_words(WRITE_COIL, SLOTS, COIL_ON), ILLEGAL_ADDRESS),
        (two_words(WRITE_COIL, 0, 1), ILLEGAL_VALUE),
        (two_words(WRITE_COILS, 0, 9) + b"\x01\xff", ILLEGAL_VALUE),
        (two_words(WRITE_COILS, 0, 0) + b"\x01\xff", ILLEGAL_VALUE),
        (two_words(WRITE_COILS, 4, 5) + b"\x01\xff", ILLEGAL_ADDRESS),
        (two_words(WRITE_REGISTER, 1, 1), ILLEGAL_ADDRESS),
        (two_words(WRITE_REGISTER, 0, 0), ILLEGAL_VALUE),
        (two_words(WRITE_REGISTER, 0, WATCHDOG_SECONDS_MAX + 1), ILLEGAL_VALUE),
        (two_words(WRITE_REGISTERS, 0, 2) + b"\x04\x00\x02\x00\x02", ILLEGAL_VALUE),
    ],
    ids=lambda given: given.hex() if isinstance(given, bytes) else str(given),
)
def test_what_is_not_in_the_map_is_refused_and_changes_nothing(question: bytes, reason: int) -> None:
    board = settled()
    assert ask(board, question) == bytes([question[0] | REFUSED, reason])
    assert board.charging == EMPTY
    assert ask(board, two_words(READ_HOLDING_REGISTERS, 0, 1))[2:] == WATCHDOG_SECONDS.to_bytes(2, "big")


@given(st.integers(0, 255), st.binary(max_size=40))
def test_nothing_that_is_heard_breaks_a_board(function: int, rest: bytes) -> None:
    board = settled()
    heard = seal(ADDRESS, bytes([function]) + rest)
    answer = board.hear(heard, 1_000)
    assert answer == b"" or answer[1] & ~REFUSED == function
    assert present(board, 2_000) == EMPTY


def test_a_board_does_not_answer_answers() -> None:
    """Its own come back to it on two wires; two that answered each other would never stop."""
    board = settled()
    for question in (LOOK, two_words(READ_INPUT_REGISTERS, 0, 3), two_words(READ_COILS, 9, 1)):
        answer = board.hear(seal(ADDRESS, question), 1_000)
        assert answer
        assert board.hear(answer, 1_000) == b""


def test_the_map_says_its_version() -> None:
    said = ask(settled(), two_words(READ_INPUT_REGISTERS, 0, 3))
    assert said == bytes([READ_INPUT_REGISTERS, 6, 0, MAP_VERSION, 0, SLOTS, 0, 0])


@given(st.integers(0, WRAP_MS - 1), st.lists(st.integers(0, WRAP_MS - 1), min_size=1))
def test_time_goes_on_where_the_clock_starts_again(start: int, steps: list[int]) -> None:
    for wrap_ms in (WRAP_MS, 2 * WRAP_MS, 1 << 62):
        ticks_ms = start
        clock = LongClock(ticks_ms)
        for step_ms in steps:
            ticks_ms = (ticks_ms + step_ms) % wrap_ms
            now_ms = clock.at(ticks_ms)
        assert now_ms == sum(steps)


def made_up_history(rolls: random.Random) -> list[str]:
    """Questions whole, cut, damaged and meant for others; switches that bounce; a host that sometimes falls silent."""
    questions = [
        LOOK,
        CHARGE_3,
        two_words(WRITE_COILS, 0, 8) + b"\x01\xa5",
        two_words(WRITE_REGISTER, 0, 1),
        two_words(READ_INPUT_REGISTERS, 0, 3),
        two_words(READ_COILS, 0, 8),
        two_words(WRITE_COIL, 9, COIL_ON),
        bytes([0x82, 1]),
        bytes([0x2B, 1, 2]),
    ]
    history = []
    now_ms, closed = 0, 0
    for _ in range(1_200):
        frame = seal(rolls.choice([5, 5, 5, EVERYBODY, 6]), rolls.choice(questions))
        place = rolls.randrange(len(frame))
        heard = rolls.choice([frame, frame, frame[:place], frame[place:], frame + frame, rolls.randbytes(4), b""])
        now_ms += rolls.choice([1, 10, 49, 51, 1_001])
        closed ^= rolls.choice([0, 0, 1 << rolls.randrange(SLOTS)])
        history.append(f"{now_ms},{closed},{heard.hex()}")
    return history


def test_micropython_and_cpython_say_the_same() -> None:
    board = BayBoard(ADDRESS)
    history = made_up_history(random.Random(20_261_121))
    here = [play(board, step) for step in history]
    assert len(set(here)) > 50, "a history that says little proves little"
    command = [*firmware_command("MicroPython"), "tests.firmware_histories"]
    told = "\n".join(history)
    there = subprocess.run(command, env=FIRMWARE_PATH, input=told, capture_output=True, text=True, check=True).stdout
    assert there.splitlines() == here
