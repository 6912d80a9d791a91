"""What a well-behaved camera says in a whole visit, recorded, and said again with a few changes.

Recorded from the simulated camera at its USB interface, never from our own reader of it. Changes to how bytes are cut
change nothing of what they say; `harmless` tells those from the others.
"""

import struct
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hardware.simulated.dock import Dock
from hardware.simulated.habits import Habits
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_pipe import UsbPipe
from hardware.wires import ListedFile
from tests.fuzz.hostile_pipe import FILE_OPERATIONS, BoundedPipe, Draws, true_bytes
from tests.fuzz.oracle import visit

_SMALL = {f"DCIM/100MEDIA/{size}.MP4": size for size in (0, 1, 499, 500, 512)}
FILES = {**_SMALL, "DCIM/执法 🎥.MP4": 1_013, "second half.MP4": 3_000}
_PROPERTY_LIST, _PARTIAL_64 = 0x9805, 0x95C1
WAYS = (
    frozenset[int](),
    frozenset({_PROPERTY_LIST}),
    frozenset({_PARTIAL_64}),
    frozenset({_PARTIAL_64, 0x101B, 0x9803}),
)
"""What a camera may not know: each is read by other questions."""
EDITS_MAX = 4
_NOW_MS = 1_790_000_000_500
_BEGUN_MS, _ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
_CUTS = (262_144, 1, 12, 13, 64, 500, 512, 524)


class Said(NamedTuple):
    """The answer to one command."""

    code: int
    stream: bytes


class Edit(NamedTuple):
    answer: int
    manner: int
    at: int
    value: int

    def of(self, answers: list[Said]) -> None:
        place = self.answer % len(answers)
        code, stream = answers[place]
        at = self.at % (len(stream) + 1)
        match self.manner % 7:
            case 0:  # a byte
                stream = stream[:at] + bytes([self.value & 0xFF]) + stream[at + 1 :]
            case 1:  # a number
                stream = stream[:at] + struct.pack("<I", self.value) + stream[at + 4 :]
            case 2:  # bytes put in
                stream = stream[:at] + struct.pack("<I", self.value)[: 1 + self.value % 4] + stream[at:]
            case 3:  # bytes left out
                stream = stream[:at] + stream[at + 1 + self.value % 16 :]
            case 4:
                stream = stream[:at]
            case 5:
                stream *= 2
            case 6:  # another answer in its place
                stream = answers[self.value % len(answers)].stream
        answers[place] = Said(code, stream)

    def touches_content(self, answers: list[Said]) -> bool:
        """Whether bytes of a file might be other ones now."""
        return answers[self.answer % len(answers)].code in FILE_OPERATIONS and self.manner % 7 in {0, 1, 2, 3}


def offset_of(file: ListedFile) -> int:
    return file.size_bytes // 2 if "half" in file.path else 0


class _Recorder(BoundedPipe):
    """Between a host and the simulated camera."""

    def __init__(self, pipe: UsbPipe) -> None:
        super().__init__()
        self._pipe = pipe
        self.said: list[Said] = []

    def send(self, encoded: bytes) -> None:
        _length, kind, code, _transaction = struct.unpack_from("<IHHI", encoded)
        if kind == 1:
            self.said.append(Said(code, b""))
        self._pipe.send(encoded)

    def receive(self, patience_ms: int) -> memoryview:
        read = self._pipe.receive(patience_ms)
        code, stream = self.said[-1]
        self.said[-1] = Said(code, stream + bytes(read))
        return read

    def recover(self, transaction: int) -> None:
        self._pipe.recover(transaction)

    def close(self) -> None:
        self._pipe.close()


@cache
def recorded(habits: Habits) -> tuple[Said, ...]:
    with tempfile.TemporaryDirectory() as folder:
        dock = Dock(Path(folder))
        dock.make_camera("T8-1")
        for path, size in FILES.items():
            dock.film("T8-1", path, true_bytes(0, size), _BEGUN_MS, _ENDED_MS)
        dock.put("T8-1", "1")
        recorder = _Recorder(UsbPipe("1-1.1", VirtualUsb(dock, {"1": "1-1.1"}, lambda: _NOW_MS, habits)))
        came = visit(recorder, offset_of)
    assert came == whole(), "the simulated camera is not read whole"
    return tuple(recorder.said)


def whole() -> dict[str, bytes]:
    """What a visit brings home when nothing is changed."""
    halves = {path: size // 2 if "half" in path else 0 for path, size in FILES.items()}
    return {path: true_bytes(halves[path], FILES[path] - halves[path]) for path in FILES}


class ReplayPipe(BoundedPipe):
    """The answers in their order, whatever is asked, cut into reads of some size with empty ones between them."""

    def __init__(self, said: tuple[Said, ...], edits: tuple[Edit, ...], cut: int, empties: int) -> None:
        super().__init__()
        answers = list(said)
        touched = any(edit.touches_content(answers) for edit in edits)
        for edit in edits:
            edit.of(answers)
        self.harmless = answers == list(said)
        self.made_up = touched or len(edits) > 1
        self._answers = iter(answers)
        self._cut = _CUTS[cut % len(_CUTS)]
        self._empties = empties % 4

    def answer(self, command: bytes) -> Iterator[bytes]:  # noqa: ARG002 - said in its order
        _code, stream = next(self._answers, (0, b""))
        for begin in range(0, len(stream), self._cut):
            yield stream[begin : begin + self._cut]
            yield from [b""] * self._empties


def drawn_replay(draws: Draws) -> ReplayPipe:
    without = WAYS[draws.below(len(WAYS))]
    said = recorded(Habits(split_header=bool(draws.below(2)), empty_packets=bool(draws.below(2)), without=without))
    cut, empties = draws.below(len(_CUTS)), draws.below(4)
    edits = [
        Edit(draws.number(1), draws.number(1), draws.number(2), draws.number(4))
        for _ in range(draws.below(EDITS_MAX + 1))
    ]
    return ReplayPipe(said, tuple(edits), cut, empties)
