"""Plays a history to a bay board and prints what it says: the same program in CPython and in MicroPython.

    micropython -m tests.firmware_histories < HISTORY

A line a step: the time, what the switches show, what is heard; or what is said and what is charged.
"""

import sys

from firmware_py.bay_board import SLOTS, BayBoard


def play(board: BayBoard, step: str) -> str:
    now_ms, closed, heard = step.split(",")
    board.sense([bool(int(closed) >> slot & 1) for slot in range(SLOTS)], int(now_ms))
    said = board.hear(bytes.fromhex(heard), int(now_ms))
    return said.hex() + "," + "".join(["-+"[on] for on in board.charging])


if __name__ == "__main__":
    at_hand = BayBoard(5)
    for line in sys.stdin:
        print(play(at_hand, line.strip()))  # noqa: T201
