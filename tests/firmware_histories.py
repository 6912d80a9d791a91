"""Plays a history to a bay board and prints what it says: the same program in CPython and in MicroPython.

    micropython -m tests.firmware_histories < HISTORY
"""

import json
import sys

from firmware_py.bay_board import SLOTS, BayBoard


def run_history(history: list[list[int | str]]) -> list[list[int | str]]:
    """Each step: the time, what the switches show, what is heard; each answer: what is said, what is charged."""
    board = BayBoard(5)
    answers: list[list[int | str]] = []
    for now_ms, closed, heard in history:
        board.sense([bool(int(closed) >> slot & 1) for slot in range(SLOTS)], int(now_ms))
        said = board.hear(bytes.fromhex(str(heard)), int(now_ms))
        answers.append([said.hex(), sum([on << slot for slot, on in enumerate(board.charging)])])
    return answers


if __name__ == "__main__":
    print(json.dumps(run_history(json.loads(sys.stdin.read()))))  # noqa: T201
