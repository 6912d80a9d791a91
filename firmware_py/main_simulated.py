"""The bay boards of a dock that is a folder: the same firmware on a PC, several boards on one pseudo terminal.

    micropython -m firmware_py.main_simulated LINE DOCK BAY=BOARD.SLOT ...

LINE is the number of an inherited, non-blocking file: the boards' end of the line. Presence is a file `bays/BAY`;
chargers, locks and lamps are written to `chargers/BAY`, `locks/BAY` and `lamps/BAY` when the board moves them; what a
slot's sensors show is a file `sensors/BAY`, millivolts, milliamperes and hundredths of a degree, `silent` or `stuck`,
and without one what a healthy camera draws. Of a current that is told, a charger that is off lets only leaks through.
A board whose address is a file in `unplugged` hears and says nothing. Ends when its standard input ends, so that it
dies with whoever started it.
"""

import os
import select
import sys

from firmware_py.bay_board import SLOTS, BayBoard
from firmware_py.limits import STUCK_MA
from firmware_py.long_clock import LongClock, ticks_ms
from firmware_py.modbus_rtu import LONGEST_BYTES

_LOOK_EVERY_MS = 20
_MEASURE_EVERY_MS = 50
_FULL_MA, _SAFE_MA, _COOL, _CHARGING_WARM = 1_200, 500, 2_500, 3_000
_STUCK = 5_000, 900, _CHARGING_WARM


class FolderBoards:
    """Boards on one line whose pins are files."""

    def __init__(self, dock: str, places: dict[str, tuple[int, int]]) -> None:
        """Where each bay is: its board's address and its slot."""
        self._dock = dock
        self._boards = [BayBoard(address) for address in sorted({address for address, _ in places.values()})]
        self._slots: dict[int, list[tuple[str, int]]] = {board.address: [] for board in self._boards}
        for bay, (address, slot) in places.items():
            self._slots[address].append((bay, slot))
        self._shown = {"chargers/" + bay: _read(dock + "/chargers/" + bay) for bay in places}
        """What was written last; a lock or lamp that no board ever moved is somebody else's."""
        self._measured_ms = -_MEASURE_EVERY_MS
        for folder in ("chargers", "locks", "lamps"):
            if not _is_there(dock + "/" + folder):
                os.mkdir(dock + "/" + folder)  # noqa: PTH102 - MicroPython has no pathlib

    def sense(self, now_ms: int) -> None:
        measuring = now_ms - self._measured_ms >= _MEASURE_EVERY_MS
        if measuring:
            self._measured_ms = now_ms
        for board in self._boards:
            closed = [False] * SLOTS
            for bay, slot in self._slots[board.address]:
                closed[slot] = _is_there(self._dock + "/bays/" + bay)
                if measuring:
                    board.measure(slot, self._sample(board, bay, slot, closed[slot]), now_ms)
            board.sense(closed, now_ms)
        self._drive()

    def hear(self, received: bytes, now_ms: int) -> bytes:
        said = b""
        for board in self._boards:
            if not _is_there(self._dock + "/unplugged/" + str(board.address)):
                said += board.hear(received, now_ms)
        self._drive()
        return said

    def _sample(self, board: BayBoard, bay: str, slot: int, present: bool) -> tuple[int, int, int] | None:  # noqa: FBT001
        told = _read(self._dock + "/sensors/" + bay)
        if told == "silent":
            return None
        if told == "stuck":
            return _STUCK
        if told:
            millivolts, milliamperes, centidegrees = [int(word) for word in told.split()]
            flows = board.slots[slot].charging or milliamperes < STUCK_MA
            return millivolts, milliamperes if flows else 0, centidegrees
        if not board.slots[slot].charging:
            return 0, 0, _COOL
        drawn = (_SAFE_MA if board.silent else _FULL_MA) if present else 0
        return 5_000 - drawn // 8, drawn, _CHARGING_WARM

    def _drive(self) -> None:
        for board in self._boards:
            lamps = board.lamps()
            for bay, slot in self._slots[board.address]:
                self._show("chargers", bay, "on" if board.slots[slot].charging else "off", "off")
                self._show("locks", bay, "open" if board.slots[slot].unlocked else "locked", "locked")
                self._show("lamps", bay, str(lamps[slot]), "0")

    def _show(self, folder: str, bay: str, now: str, at_rest: str) -> None:
        name = folder + "/" + bay
        if (self._shown.get(name) or at_rest) != now:
            _write(self._dock + "/" + folder, bay, now)
            self._shown[name] = now


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
