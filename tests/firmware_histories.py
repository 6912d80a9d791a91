"""Plays a history to a bay board and prints what it says: the same program in CPython and in MicroPython.

    micropython -m tests.firmware_histories < HISTORY

A line a step: the time, what the switches show, which slot's sensors show what, what is heard; or what is said, what
is charged, what is unlocked and what the lamps show.
"""

import sys

from firmware_py.bay_board import SLOTS, BayBoard


def play(board: BayBoard, step: str) -> str:
    now_ms, closed, place, sensors, heard = step.split(",")
    board.sense([bool(int(closed) >> slot & 1) for slot in range(SLOTS)], int(now_ms))
    millivolts, milliamperes, centidegrees = [int(shown) for shown in sensors.split()] if sensors else (0, 0, 0)
    sample = (millivolts, milliamperes, centidegrees) if sensors else None
    board.measure(int(place), sample, int(now_ms))
    said = board.hear(bytes.fromhex(heard), int(now_ms))
    slots = "".join(["-+"[slot.charging] + "-+"[slot.unlocked] for slot in board.slots])
    return said.hex() + "," + slots + "," + str(board.lamps())


if __name__ == "__main__":
    at_hand = BayBoard(5)
    for line in sys.stdin:
        print(play(at_hand, line.strip()))  # noqa: T201
