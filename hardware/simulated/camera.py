"""A camera that answers MTP: bytes in, bytes out, its card a folder of a dock. Streams its files, holds none whole.

The device's side, written without the host's code. It shows its card as it is at that moment, and it blocks, as real
ones do, when nobody reads what it says on its interrupt endpoint. Where a schedule of faults is given, it follows it.
"""

import struct
from collections import deque
from collections.abc import Callable
from itertools import chain

from hardware.simulated import camera_codes as codes
from hardware.simulated.camera_answers import Answer, Answers, Parameters
from hardware.simulated.camera_datasets import LARGER_THAN_32_BITS
from hardware.simulated.camera_transfers import Payload, Transfer, joined, shortened, whole
from hardware.simulated.dock import Dock
from hardware.simulated.faults import ENDS, Fault, Kind, Schedule
from hardware.simulated.habits import Habits

__all__ = ["Habits", "SimulatedCamera"]

UNREAD_INTERRUPTS_MAX = 4
_HEADER = struct.Struct("<IHHI")
_COMMAND, _DATA, _RESPONSE, _EVENT = 1, 2, 3, 4
_PARAMETERS = 5
_SMALL_PACKET_BYTES = 64
Struck = dict[Kind, Fault]


class SimulatedCamera:
    """One docked camera, from plugging it in to pulling it out."""

    def __init__(
        self, dock: Dock, serial: str, now_ms: Callable[[], int], habits: Habits, schedule: Schedule | None = None
    ) -> None:
        self._habits = habits
        self._schedule = schedule or Schedule()
        self._answers = Answers(dock, serial, now_ms, habits)
        self._sending: deque[Transfer] = deque()
        self._awaiting: tuple[int, int, Parameters] | None = None
        self._end: Fault | None = None
        self._given = 0
        self._seen: set[int] = set()
        self._busy_answers = 0
        self.interrupts: deque[bytes] = deque()
        """What it wants to say on its interrupt endpoint."""
        self.halted: set[str] = set()
        """Its endpoints, `in` and `out`, that stall until somebody clears them."""
        self.vanished = False

    # --- the wire

    @property
    def blocked(self) -> bool:
        return len(self.interrupts) > UNREAD_INTERRUPTS_MAX

    def busy(self) -> bool:
        """In the middle of an answer: it takes no command."""
        return bool(self._sending)

    def take(self, encoded: bytes) -> None:
        """One container from the host; what is none is dropped, as hardware does."""
        if len(encoded) < _HEADER.size:
            return
        _length, kind, code, transaction = _HEADER.unpack_from(encoded)
        payload = encoded[_HEADER.size :]
        if kind == _COMMAND:
            given = struct.unpack_from(f"<{len(payload) // 4}I", payload)
            first, second, third, fourth, fifth = (*given, 0, 0, 0, 0, 0)[:_PARAMETERS]
            parameters = (first, second, third, fourth, fifth)
            if code == codes.SET_PROPERTY:
                self._awaiting = (code, transaction, parameters)
            else:
                self._answer(code, transaction, parameters, b"")
        elif self._awaiting is not None:
            code, transaction, parameters = self._awaiting
            self._awaiting = None
            self._answer(code, transaction, parameters, payload)

    def give(self, room: memoryview) -> int | None:
        """Fills one read of the host; None when there is nothing to say."""
        if self._end is not None:
            room = room[: self._end.at - self._given]
            if not room:
                self._come_to_an_end(self._end)
                return None
        if not self._sending:
            return None
        filled = 0
        while self._sending and filled < len(room):
            count, done, short = self._sending[0].fill(room[filled:])
            filled += count
            if done:
                self._sending.popleft()
            if short:
                break
        self._given += filled
        return filled

    def cancel(self) -> None:
        """What is in its buffers already still comes."""
        self._awaiting = None
        if self._end is not None and self._end.kind == Kind.WEDGE:
            return
        self._end = None
        stale = self._habits.stale_bytes if self._sending else 0
        self._sending.clear()
        self._busy_answers = self._habits.busy_after_cancel
        if stale:
            self._sending.append(Transfer(iter((bytes(stale),)), ends=True))

    def reset(self) -> None:
        """As the class request has it: the session is over too."""
        self.cancel()
        self._answers.end()

    def status(self) -> bytes:
        """What the class request for its status answers."""
        code = codes.OK
        if self._busy_answers:
            self._busy_answers -= 1
            code = codes.DEVICE_BUSY
        return struct.pack("<HH", 4, code)

    def look(self) -> None:
        """Says which files have appeared on its card since it looked last."""
        if not self._answers.in_session:
            self._seen = set()
            return
        there = set(self._answers.card.everything())
        for handle in sorted(there - self._seen) if self._seen else ():
            self._say(codes.OBJECT_ADDED, handle)
        self._seen = there

    def _come_to_an_end(self, end: Fault) -> None:
        if end.kind == Kind.VANISH:
            self.vanished = True
        elif end.kind == Kind.STALL:
            self.halted = {"in", "out"} if end.value else {"in"}
            self._sending.clear()
            self._end = None

    # --- answers

    def _answer(self, code: int, transaction: int, parameters: Parameters, sent: bytes) -> None:
        struck = self._schedule.struck(code, parameters[0])
        self._given = 0
        self._end = next((struck[kind] for kind in ENDS if kind in struck), None)
        for _ in range(struck[Kind.EVENTS].value if Kind.EVENTS in struck else 0):
            self._say(codes.OBJECT_INFO_CHANGED, 1)
        answered, response = self._performed(code, parameters, sent, struck)
        if Kind.TRANSACTION in struck:
            transaction = struck[Kind.TRANSACTION].value
        last = _response(response, transaction, answered.parameters, Kind.LONG_ANSWER in struck)
        if answered.payload is None:
            self._sending.append(Transfer(iter((last,)), ends=True))
            return
        self._send_data(code, transaction, _spoilt(answered.payload, struck), struck, last)

    def _performed(self, code: int, parameters: Parameters, sent: bytes, struck: Struck) -> tuple[Answer, int]:
        if Kind.REFUSE in struck:
            return Answer(), struck[Kind.REFUSE].value
        try:
            answer = self._answers.to(code, parameters, sent)
        except codes.Refused as refused:
            return Answer(), refused.code
        if code == codes.SET_PROPERTY:
            self._say(codes.PROPERTY_CHANGED, parameters[0])
        if Kind.CONTENT in struck:
            answer = Answer(whole(struck[Kind.CONTENT].content), answer.parameters)
        return answer, codes.OK

    def _send_data(self, code: int, transaction: int, payload: Payload, struck: Struck, last: bytes) -> None:
        length = _HEADER.size + payload.size
        length = length % 2**32 if self._habits.sizes == "modulo" else min(length, LARGER_THAN_32_BITS)
        if Kind.LENGTH in struck:
            length = struck[Kind.LENGTH].value
        if Kind.CODE in struck:
            code = struck[Kind.CODE].value
        header = _HEADER.pack(length, _DATA, code, transaction)
        behind = iter((last,)) if Kind.JOIN in struck else iter(self._for_empty(payload.size))
        if self._habits.split_header:
            self._sending.append(Transfer(iter((header,)), ends=True))
            if payload.size:
                pieces = chain(payload.pieces, behind)
                self._sending.append(Transfer(pieces, ends=self._habits.empty_packets))
        else:
            pieces = chain(joined(header, payload.pieces), behind)
            self._sending.append(Transfer(pieces, ends=self._habits.empty_packets))
        if Kind.JOIN not in struck or (self._habits.split_header and not payload.size):
            self._sending.append(Transfer(iter((last,)), ends=True))

    def _for_empty(self, size: int) -> tuple[bytes, ...]:
        """What it sends in place of the empty packet behind data that fills packets."""
        sent = size if self._habits.split_header else _HEADER.size + size
        return (b"\xee",) if self._habits.byte_for_empty and sent % _SMALL_PACKET_BYTES == 0 else ()

    def _say(self, code: int, parameter: int) -> None:
        self.interrupts.append(_HEADER.pack(_HEADER.size + 4, _EVENT, code, 0) + struct.pack("<I", parameter))


def _response(code: int, transaction: int, parameters: tuple[int, ...], longer: bool) -> bytes:  # noqa: FBT001
    payload = struct.pack(f"<{len(parameters)}I", *parameters) + bytes(longer)
    return _HEADER.pack(_HEADER.size + len(payload), _RESPONSE, code, transaction) + payload


def _spoilt(payload: Payload, struck: Struck) -> Payload:
    """Its size stays what it was said to be."""
    pieces = payload.pieces
    if Kind.CUT in struck:
        pieces = shortened(pieces, struck[Kind.CUT].at)
    if Kind.STRAY in struck:
        pieces = chain(pieces, (b"\xee",))
    return Payload(payload.size, pieces)
