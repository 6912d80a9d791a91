"""One bay board: eight slots whose presence it senses and whose chargers it switches, by register map version 1.

What the switches show, what the line says and the time go in; what the chargers must do and what the line is told
come out. A board that does not know yet says so rather than "empty"; one whose host is silent stops charging by
itself. Never touches a pin, never waits. docs/bay-bus.md has the map.
"""

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
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTERS,
    Questions,
    seal,
)

MAP_VERSION = 1
SLOTS = 8
CHARGING_INPUT = 8
"""Where the inputs that say what the chargers do begin; presence is before them."""
INPUTS = 16
WATCHDOG_SECONDS = 10
WATCHDOG_SECONDS_MAX = 600
DEBOUNCE_MS = 50
_WORD_MAX = 0xFFFF
_VALUES_AT = 6
"""In the body of a question that writes many."""


class RefusedQuestion(Exception):  # noqa: N818 - a refusal is an answer like any other
    """Its first argument is the reason, by the standard's number."""


class Switch:
    """A contact that bounces: believed once it has stood still for a while; None until then."""

    def __init__(self) -> None:
        self.closed: bool | None = None
        self._seen: bool | None = None
        self._since_ms = 0

    def look(self, closed: bool, now_ms: int) -> None:  # noqa: FBT001 - a switch has two states
        if closed != self._seen:
            self._seen = closed
            self._since_ms = now_ms
        elif now_ms - self._since_ms >= DEBOUNCE_MS:
            self.closed = closed


class BayBoard:
    """`charging` says what each charger must do now."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.charging = [False] * SLOTS
        self._switches = [Switch() for _ in range(SLOTS)]
        self._questions = Questions()
        self._host_heard_ms = 0
        self._watchdog_seconds = WATCHDOG_SECONDS
        self._fallbacks = 0

    def sense(self, closed: list[bool], now_ms: int) -> None:
        """What the presence switches show now; also the moment to notice that the host is silent."""
        for switch, shown in zip(self._switches, closed):  # noqa: B905 - MicroPython's zip is never strict
            switch.look(shown, now_ms)
        if any(self.charging) and now_ms - self._host_heard_ms > self._watchdog_seconds * 1000:
            self.charging = [False] * SLOTS
            self._fallbacks = min(self._fallbacks + 1, _WORD_MAX)

    def hear(self, received: bytes, now_ms: int) -> bytes:
        """What to say to the line, having heard this."""
        said = b""
        for frame in self._questions.take(received, now_ms):
            if frame[0] in (self.address, EVERYBODY):
                self._host_heard_ms = now_ms
                body = self._answer(frame[1:-2])
                if frame[0] != EVERYBODY:
                    said += seal(self.address, body)
        return said

    def _answer(self, question: bytes) -> bytes:
        function = question[0]
        first = int.from_bytes(question[1:3], "big")
        second = int.from_bytes(question[3:5], "big")
        try:
            if function in (READ_COILS, READ_DISCRETE_INPUTS):
                bits = _chosen(self._bits(function), first, second)
                return bytes([function]) + _counted(_packed(bits))
            if function in (READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS):
                words = _chosen(self._words(function), first, second)
                return bytes([function]) + _counted(b"".join([word.to_bytes(2, "big") for word in words]))
            if function in (WRITE_COIL, WRITE_COILS):
                self._set_coils(function, first, second, question)
            else:
                self._set_watchdog(function, first, second, question)
        except RefusedQuestion as refused:
            return bytes([function | REFUSED, refused.args[0]])
        return question[:5]

    def _bits(self, function: int) -> list[int]:
        charging = [int(on) for on in self.charging]
        if function == READ_COILS:
            return charging
        present = [int(switch.closed) for switch in self._switches if switch.closed is not None]
        if len(present) < SLOTS:
            raise RefusedQuestion(BUSY)
        return present + charging

    def _words(self, function: int) -> list[int]:
        if function == READ_HOLDING_REGISTERS:
            return [self._watchdog_seconds]
        return [MAP_VERSION, SLOTS, self._fallbacks]

    def _set_coils(self, function: int, first: int, second: int, question: bytes) -> None:
        if function == WRITE_COIL:
            if second not in (0, COIL_ON):
                raise RefusedQuestion(ILLEGAL_VALUE)
            wanted = [second == COIL_ON]
        else:
            if not 0 < second <= 8 * len(question[_VALUES_AT:]):
                raise RefusedQuestion(ILLEGAL_VALUE)
            wanted = [bool(question[_VALUES_AT + place // 8] >> place % 8 & 1) for place in range(second)]
        if first + len(wanted) > SLOTS:
            raise RefusedQuestion(ILLEGAL_ADDRESS)
        self.charging = self.charging[:first] + wanted + self.charging[first + len(wanted) :]

    def _set_watchdog(self, function: int, first: int, second: int, question: bytes) -> None:
        """The only register that can be written; of many, one."""
        if function == WRITE_REGISTERS:
            if second != 1 or len(question) != _VALUES_AT + 2:
                raise RefusedQuestion(ILLEGAL_VALUE)
            second = int.from_bytes(question[_VALUES_AT:], "big")
        if first != 0:
            raise RefusedQuestion(ILLEGAL_ADDRESS)
        if not 0 < second <= WATCHDOG_SECONDS_MAX:
            raise RefusedQuestion(ILLEGAL_VALUE)
        self._watchdog_seconds = second


def _chosen(values: list[int], first: int, count: int) -> list[int]:
    if count == 0:
        raise RefusedQuestion(ILLEGAL_VALUE)
    if first + count > len(values):
        raise RefusedQuestion(ILLEGAL_ADDRESS)
    return values[first : first + count]


def _packed(values: list[int]) -> bytes:
    """Eight to a byte, the first in its lowest bit."""
    packed = [0] * ((len(values) + 7) // 8)
    for place, value in enumerate(values):
        packed[place // 8] |= value << place % 8
    return bytes(packed)


def _counted(content: bytes) -> bytes:
    return bytes([len(content)]) + content
