"""A bay bus without a process, on which a test decides what is lost, damaged and late, and what fails.

It has its own time: each byte takes as long as on a real line, and a read that hears nothing as long as it is waited.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from firmware_py.bay_board import SLOTS, BayBoard
from firmware_py.modbus_rtu import crc16
from firmware_py.slot import DEBOUNCE_MS
from hardware.serial_bays import ANSWER_SECONDS, BAUD
from hardware.simulated.boards import BoardsAtHand
from hardware.simulated.dock import Dock
from hardware.wiring import BayWiring
from tests.bay_wires import BAYS

BYTE_SECONDS = 11 / BAUD
QUIET_SECONDS = 4 * BYTE_SECONDS
"""Between a question and its answer, as boards keep it."""
LATEST_SECONDS = 3


@dataclass
class LineAtHand(BoardsAtHand):
    """Questions reach all boards at once; their answers come byte by byte, when `fate` says."""

    dock: Dock
    bays: Sequence[BayWiring] = BAYS
    fails_at: int = -1
    gap_seconds: float = BYTE_SECONDS
    calls: int = 0
    opened: int = 1
    asked: list[int] = field(default_factory=list)
    seconds: float = 0
    coming: list[tuple[float, int]] = field(default_factory=list)
    """When each byte is there."""

    def __post_init__(self) -> None:
        super().__init__(self.dock, self.bays)

    def clock_ms(self) -> int:
        return int(1000 * self.seconds)

    def fate(self, answer: bytes) -> Sequence[tuple[float, bytes]]:
        """How much later than it should what comes of an answer."""
        return [(0, answer)]

    def reaches(self, question: bytes) -> bytes:
        """What the boards hear of it."""
        return question

    @property
    def in_waiting(self) -> int:
        return bisect.bisect_right(self.coming, (self.seconds, 255))

    def open(self) -> None:
        self.opened += 1
        super().open()

    def read(self, size: int = 1, /) -> bytes:
        self._call()
        until = self.seconds + ANSWER_SECONDS
        count = min(size, bisect.bisect_right(self.coming, (until, 255)))
        read, self.coming = self.coming[:count], self.coming[count:]
        if size:
            self.seconds = until if count < size else max(self.seconds, read[-1][0])
        return bytes(byte for _, byte in read)

    def write(self, content: bytes, /) -> int:
        self._call()
        self.asked.append(content[0])
        self.seconds += len(content) * BYTE_SECONDS
        super().write(self.reaches(content))
        answer, self._said = self._said, b""
        for late_seconds, piece in self.fate(answer):
            self.say(piece, late_seconds)
        return len(content)

    def say(self, piece: bytes, late_seconds: float = 0) -> None:
        begun = self.seconds + QUIET_SECONDS + late_seconds
        coming = [(begun + place * self.gap_seconds, byte) for place, byte in enumerate(piece)]
        self.coming = sorted(self.coming + coming, key=lambda byte: byte[0])

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError(5, "Input/output error")


class ManyBoards:
    """In place of a dock's boards: one slot each, nothing in it, and only who is asked hears; so they may be many."""

    def __init__(self, count: int) -> None:
        self._boards = {address: BayBoard(address) for address in range(1, count + 1)}
        self.dead: set[int] = set()

    def sense(self, now_ms: int) -> None:
        pass

    def hear(self, received: bytes, now_ms: int) -> bytes:
        board = self._boards[received[0]]
        for at_ms in (now_ms - DEBOUNCE_MS, now_ms):
            board.sense([False] * SLOTS, at_ms)
        return b"" if received[0] in self.dead else board.hear(received, now_ms)


class CrowdedLine(LineAtHand):
    """With so many boards, which a test can kill."""

    def __init__(self, dock: Dock, count: int) -> None:
        super().__init__(dock, ())
        self.boards = ManyBoards(count)
        self._boards = self.boards  # type: ignore[assignment]


def troubled(dock: Dock, rolls: st.DataObject, bays: Sequence[BayWiring] = BAYS) -> LineAtHand:
    """Now and then a question or an answer is lost, cut, damaged, late by up to three seconds, twice, or in noise.

    And an old answer of the same board to the same kind of question comes in place of the new one.
    """
    late = st.sampled_from([0.0, 0.05, 0.15, 0.21, 0.3, 0.45, 0.7, 1.0]) | st.floats(0, LATEST_SECONDS)
    fates = st.sampled_from(["sent"] * 3 + ["late", "old", "old", "cut", "cut", "damaged", "twice", "noise", "forged"])

    class Troubled(LineAtHand):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.earlier: list[bytes] = []

        def reaches(self, question: bytes) -> bytes:
            match rolls.draw(st.sampled_from(["sent"] * 6 + ["lost", "damaged"])):
                case "lost":
                    return b""
                case "damaged":
                    return damaged(rolls, question)
            return question

        def fate(self, answer: bytes) -> Sequence[tuple[float, bytes]]:
            place = rolls.draw(st.integers(0, max(len(answer) - 1, 0)))
            alike = [old for old in self.earlier if old[:2] == answer[:2]]
            self.earlier.append(answer)
            match rolls.draw(fates):
                case "late":
                    return [(rolls.draw(late), answer)]
                case "old" if alike:
                    return [(0, rolls.draw(st.sampled_from(alike))), (rolls.draw(late), answer)]
                case "cut":
                    return [(0, rolls.draw(st.sampled_from([b"", answer[:place], answer[place:]])))]
                case "damaged":
                    return [(0, damaged(rolls, answer))]
                case "twice":
                    return [(0, answer), (rolls.draw(late), answer)]
                case "noise":
                    noise = rolls.draw(st.binary(max_size=20))
                    return [(0, noise), (len(noise) * self.gap_seconds, answer)]
                case "forged":
                    return [(0, forged(rolls, answer)), (rolls.draw(late), answer)]
            return [(0, answer)]

    return Troubled(dock, bays)


def damaged(rolls: st.DataObject, frame: bytes) -> bytes:
    """One, two or three bits are wrong: what a checksum of sixteen bits always notices."""
    wrong = bytearray(frame)
    for place in rolls.draw(st.sets(st.integers(0, 8 * len(frame) - 1), min_size=1, max_size=3)) if frame else ():
        wrong[place // 8] ^= 1 << place % 8
    return bytes(wrong)


def forged(rolls: st.DataObject, answer: bytes) -> bytes:
    """Its checksum is right, and its address, its function or its length is not."""
    if not answer:
        return b""
    body = bytearray(answer[:-2])
    match rolls.draw(st.sampled_from(["address", "function", "shorter", "longer"])):
        case "address":
            body[0] ^= rolls.draw(st.integers(1, 255))
        case "function":
            body[1] = rolls.draw(st.sampled_from([value for value in (1, 2, 3, 4, 5, 6, 15, 16) if value != body[1]]))
        case "shorter":
            body = body[: rolls.draw(st.integers(2, len(body) - 1))] if len(body) > 2 else body[:1]
        case "longer":
            body += bytes(rolls.draw(st.integers(1, 4)))
    return bytes(body) + crc16(bytes(body)).to_bytes(2, "little")
