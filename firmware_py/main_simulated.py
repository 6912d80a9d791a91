"""The bay boards of a dock that is a folder: the same firmware on a PC, several boards on one pseudo terminal.

    micropython -m firmware_py.main_simulated LINE DOCK BAY=BOARD.SLOT ...

LINE is the number of an inherited, non-blocking file: the boards' end of the line. Presence is a file `bays/BAY`,
chargers are written to `chargers/BAY`, and a board whose address is a file in `unplugged` hears and says nothing.
Ends when its standard input ends, so that it dies with whoever started it.
"""

import os
import select
import sys

from firmware_py.bay_board import SLOTS, BayBoard
from firmware_py.long_clock import LongClock, ticks_ms
from firmware_py.modbus_rtu import LONGEST_BYTES

_LOOK_EVERY_MS = 20


class FolderBoards:
    """Boards on one line whose pins are files."""

    def __init__(self, dock: str, places: dict[str, tuple[int, int]]) -> None:
        """Where each bay is: its board's address and its slot."""
        self._dock = dock
        self._places = places
        self._boards = [BayBoard(address) for address in sorted({address for address, _ in places.values()})]
        self._shown = {bay: _read(dock + "/chargers/" + bay) == "on" for bay in places}

    def sense(self, now_ms: int) -> None:
        for board in self._boards:
            closed = [False] * SLOTS
            for bay, (address, slot) in self._places.items():
                if address == board.address:
                    closed[slot] = _is_there(self._dock + "/bays/" + bay)
            board.sense(closed, now_ms)
        self._drive()

    def hear(self, received: bytes, now_ms: int) -> bytes:
        said = b""
        for board in self._boards:
            if not _is_there(self._dock + "/unplugged/" + str(board.address)):
                said += board.hear(received, now_ms)
        self._drive()
        return said

    def _drive(self) -> None:
        for board in self._boards:
            for bay, (address, slot) in self._places.items():
                on = board.charging[slot]
                if address == board.address and self._shown[bay] != on:
                    _write(self._dock + "/chargers", bay, "on" if on else "off")
                    self._shown[bay] = on


def _is_there(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116 - MicroPython has no pathlib
    except OSError:
        return False
    return True


def _read(path: str) -> str:
    try:
        with open(path) as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def _write(folder: str, name: str, content: str) -> None:
    part = folder + "/." + name + ".part"
    with open(part, "w") as file:  # noqa: PTH123
        file.write(content)
    os.rename(part, folder + "/" + name)  # noqa: PTH104


def serve(line: int, boards: FolderBoards) -> None:
    """Until standard input or the line ends."""
    starter, bytes_there = select.poll(), select.poll()
    clock = LongClock(ticks_ms())
    with open(line, "r+b", buffering=0) as file:
        starter.register(sys.stdin, select.POLLIN)
        bytes_there.register(file, select.POLLIN)
        while not starter.poll(0):
            try:
                received = file.read(LONGEST_BYTES) if bytes_there.poll(_LOOK_EVERY_MS) else None
            except OSError:
                return
            now_ms = clock.at(ticks_ms())
            boards.sense(now_ms)
            if received:
                file.write(boards.hear(received, now_ms))


def main(arguments: list[str]) -> None:
    line, dock, *bays = arguments
    places: dict[str, tuple[int, int]] = {}
    for bay in bays:
        name, place = bay.split("=")
        address, slot = place.split(".")
        places[name] = (int(address), int(slot))
    serve(int(line), FolderBoards(dock, places))


if __name__ == "__main__":
    main(sys.argv[1:])
