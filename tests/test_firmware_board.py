"""Promise: a bay board never says "empty" before it knows, and does what its map says and nothing that is not in it."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.bay_board import (
    ACKNOWLEDGE_REGISTER,
    ASKED_REGISTER,
    COILS,
    HOLDING_REGISTERS,
    INPUT_REGISTERS,
    INPUTS,
    LAMP_REGISTER,
    LOOK_REGISTER,
    LOOK_REGISTERS,
    MAP_VERSION,
    NUMBER_REGISTER,
    SECONDS_REGISTER,
    SLOTS,
    UNLOCK_COIL,
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
    WRITE_AND_READ,
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTER,
    WRITE_REGISTERS,
    seal,
    two_words,
    write_and_read,
)
from firmware_py.slot import DEBOUNCE_MS, LAMP_MAX
from hardware.simulated.boards import firmware_command
from tests.board_bench import (
    ADDRESS,
    CHARGE_3,
    EMPTY,
    LOOK,
    ask,
    charges,
    cross_compile,
    settled,
    words,
)
from tests.firmware_histories import play

ROOT = Path(__file__).parent.parent


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


def test_many_chargers_are_switched_at_once() -> None:
    board = settled()
    question = two_words(WRITE_COILS, 2, 5) + b"\x01\x15"
    assert ask(board, question) == question[:5]
    assert board.charging == [False, False, True, False, True, False, True, False]
    assert ask(board, two_words(READ_COILS, 0, 8)) == bytes([READ_COILS, 1, 0b01010100])
    assert ask(board, LOOK) == bytes([READ_DISCRETE_INPUTS, 4, 0, 0b01010100, 0, 0])


def test_locks_and_lamps_are_each_their_own() -> None:
    board = settled()
    ask(board, two_words(WRITE_COILS, 7, 3) + b"\x01\x05")
    assert board.charging == [slot == 7 for slot in range(SLOTS)]
    assert [slot.unlocked for slot in board.slots] == [slot == 1 for slot in range(SLOTS)]
    assert ask(board, two_words(READ_COILS, 0, COILS)) == bytes([READ_COILS, 2, 0x80, 0x02])
    assert ask(board, LOOK) == bytes([READ_DISCRETE_INPUTS, 4, 0, 0x80, 0, 0x02])
    ask(board, two_words(WRITE_REGISTERS, LAMP_REGISTER + 6, 2) + b"\x04\x00\x04\x00\x0b")
    assert board.lamps() == [0, 0, 0, 0, 0, 0, 4, 11]
    assert words(board, LAMP_REGISTER, SLOTS, function=READ_HOLDING_REGISTERS) == [0, 0, 0, 0, 0, 0, 4, 11]


def test_of_many_registers_all_are_written_or_none() -> None:
    board = settled()
    question = two_words(WRITE_REGISTERS, 0, 3) + b"\x06\x00\x05\x00\x01\x00\x10"
    assert ask(board, question) == bytes([WRITE_REGISTERS | REFUSED, ILLEGAL_VALUE])
    assert words(board, 0, 3, function=READ_HOLDING_REGISTERS) == [WATCHDOG_SECONDS, 0, 0]


def test_everybody_obeys_and_nobody_answers_a_broadcast() -> None:
    board = settled()
    assert board.hear(seal(EVERYBODY, CHARGE_3), 1_000) == b""
    assert charges(board)
    assert board.hear(seal(ADDRESS + 1, two_words(WRITE_COIL, 3, 0)), 1_000) == b""
    assert charges(board)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (two_words(READ_DISCRETE_INPUTS, 0, 0), ILLEGAL_VALUE),
        (two_words(READ_DISCRETE_INPUTS, 0, INPUTS + 1), ILLEGAL_ADDRESS),
        (two_words(READ_DISCRETE_INPUTS, 0xFFFF, 0xFFFF), ILLEGAL_ADDRESS),
        (two_words(READ_COILS, COILS, 1), ILLEGAL_ADDRESS),
        (two_words(READ_INPUT_REGISTERS, 0, 125), ILLEGAL_ADDRESS),
        (two_words(READ_INPUT_REGISTERS, INPUT_REGISTERS, 1), ILLEGAL_ADDRESS),
        (two_words(READ_HOLDING_REGISTERS, HOLDING_REGISTERS, 1), ILLEGAL_ADDRESS),
        (write_and_read(LOOK_REGISTER, LOOK_REGISTERS + 1, 0, 5), ILLEGAL_ADDRESS),
        (write_and_read(LOOK_REGISTER, 0, 0, 5), ILLEGAL_VALUE),
        (write_and_read(LOOK_REGISTER, LOOK_REGISTERS, HOLDING_REGISTERS, 5), ILLEGAL_ADDRESS),
        (write_and_read(0, 1, 0, WATCHDOG_SECONDS_MAX + 1), ILLEGAL_VALUE),
        (two_words(WRITE_AND_READ, 0, 1) + two_words(0, 0, 2)[1:] + b"\x02\x00\x05", ILLEGAL_VALUE),
        (two_words(WRITE_COIL, COILS, COIL_ON), ILLEGAL_ADDRESS),
        (two_words(WRITE_COIL, 0, 1), ILLEGAL_VALUE),
        (two_words(WRITE_COILS, 0, 9) + b"\x01\xff", ILLEGAL_VALUE),
        (two_words(WRITE_COILS, 0, 0) + b"\x01\xff", ILLEGAL_VALUE),
        (two_words(WRITE_COILS, COILS - 4, 5) + b"\x01\xff", ILLEGAL_ADDRESS),
        (two_words(WRITE_REGISTER, LOOK_REGISTER, 0), ILLEGAL_ADDRESS),
        (two_words(WRITE_REGISTER, NUMBER_REGISTER - 1, 0), ILLEGAL_ADDRESS),
        (two_words(WRITE_REGISTER, HOLDING_REGISTERS, 0), ILLEGAL_ADDRESS),
        (two_words(WRITE_REGISTER, LAMP_REGISTER, LAMP_MAX + 1), ILLEGAL_VALUE),
        (two_words(WRITE_REGISTER, ACKNOWLEDGE_REGISTER, 1), ILLEGAL_VALUE),
        (two_words(WRITE_REGISTER, 0, 0), ILLEGAL_VALUE),
        (two_words(WRITE_REGISTER, 0, WATCHDOG_SECONDS_MAX + 1), ILLEGAL_VALUE),
        (two_words(WRITE_REGISTERS, 0, 2) + b"\x02\x00\x02", ILLEGAL_VALUE),
        (two_words(WRITE_REGISTERS, 0, 0) + b"\x00", ILLEGAL_VALUE),
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
    look = write_and_read(LOOK_REGISTER, LOOK_REGISTERS, NUMBER_REGISTER, 2)
    for question in (LOOK, look, two_words(READ_INPUT_REGISTERS, 0, 3), two_words(READ_COILS, 9, 1)):
        answer = board.hear(seal(ADDRESS, question), 1_000)
        assert answer
        assert board.hear(answer, 1_000) == b""


def test_a_look_says_all_at_once_and_which_question_it_answers() -> None:
    board = BayBoard(ADDRESS)
    board.sense(EMPTY, 0)
    look = write_and_read(LOOK_REGISTER, LOOK_REGISTERS, NUMBER_REGISTER, 4_711)
    assert ask(board, look, 0) == bytes([WRITE_AND_READ | REFUSED, BUSY])
    assert words(board, ASKED_REGISTER, 1) == [0], "what is refused is not written"
    board = settled([True, *[False] * 6, True])
    ask(board, CHARGE_3)
    ask(board, two_words(WRITE_COIL, UNLOCK_COIL + 7, COIL_ON))
    ask(board, two_words(WRITE_REGISTERS, LAMP_REGISTER + 3, 2) + b"\x04\x00\x04\x00\x0b")
    answer = ask(board, look)
    assert answer[:2] == bytes([WRITE_AND_READ, 2 * LOOK_REGISTERS])
    assert answer[2:].hex(" ", 2) == f"{MAP_VERSION:04x} 0881 8000 4000 000b {4_711:04x}"
    assert words(board, ASKED_REGISTER, 1) == [4_711]


def test_the_map_says_its_version() -> None:
    assert words(settled(), 0, SECONDS_REGISTER) == [MAP_VERSION, SLOTS, 0]


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
        two_words(WRITE_COIL, UNLOCK_COIL + 4, COIL_ON),
        two_words(WRITE_REGISTERS, LAMP_REGISTER, 2) + b"\x04\x00\x0f\x00\x02",
        two_words(WRITE_REGISTER, ACKNOWLEDGE_REGISTER + 2, 1),
        two_words(READ_HOLDING_REGISTERS, 0, 17),
        two_words(READ_INPUT_REGISTERS, 0, INPUT_REGISTERS),
        two_words(READ_COILS, 0, COILS),
        write_and_read(LOOK_REGISTER, LOOK_REGISTERS, NUMBER_REGISTER, 4_711),
        write_and_read(0, HOLDING_REGISTERS, LAMP_REGISTER, 5),
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
        sensors = rolls.choice(
            ["", "4900 900 2500", "5000 1400 3000", "4700 2100 -300", "300 900 2500", "4900 500 9000"]
        )
        history.append(f"{now_ms},{closed},{rolls.randrange(SLOTS)},{sensors},{heard.hex()}")
    return history


@pytest.fixture(params=["sources", "compiled"])
def firmware(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the firmware and with who plays to it, as files to read or as a board loads them."""
    shutil.copytree(ROOT / "firmware_py", tmp_path / "firmware_py", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "firmware_histories.py", tmp_path / "tests")
    if request.param == "compiled":
        for source in (tmp_path / "firmware_py").iterdir():
            cross_compile(source, source.parent)
            source.unlink()
    return tmp_path


def test_micropython_and_cpython_say_the_same(firmware: Path) -> None:
    board = BayBoard(ADDRESS)
    history = made_up_history(random.Random(20_261_121))
    here = [play(board, step) for step in history]
    assert len(set(here)) > 50, "a history that says little proves little"
    command = [*firmware_command("MicroPython"), "tests.firmware_histories"]
    told, found = "\n".join(history), {"MICROPYPATH": f"{firmware}:.frozen"}
    played = subprocess.run(command, cwd=firmware, env=found, input=told, capture_output=True, text=True, check=False)
    assert played.stderr == ""
    assert played.stdout.splitlines() == here
