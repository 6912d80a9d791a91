"""One bay board: eight slots whose cameras it senses, charges, measures, locks and shows, by register map version 2.

What switches and sensors show, what the line says and the time go in; what chargers, locks and lamps must do and what
the line is told come out. A board that does not know yet says so rather than "empty"; one whose host is silent keeps
its locks and charges with the safe current. Never touches a pin, never waits. docs/bay-bus.md has the map.
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
    WRITE_AND_READ,
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTERS,
    Questions,
    seal,
)
from firmware_py.slot import LAMP_MAX, Slot

MAP_VERSION = 2
SLOTS = 8
UNLOCK_COIL = 8
"""Where the coils of the locks begin; those of the chargers are before them."""
COILS = 16
CHARGING_INPUT = 8
"""Where the inputs that say what the chargers do begin; presence is before them."""
CUT_INPUT = 16
UNLOCKED_INPUT = 24
INPUTS = 32
SECONDS_REGISTER = 3
"""Two words, the higher first, as all that need two."""
SLOT_REGISTER = 5
"""Where the input registers of slot 0 begin; those of the others follow."""
SLOT_REGISTERS = 8
ASKED_REGISTER = SLOT_REGISTER + SLOTS * SLOT_REGISTERS
"""Here too the number of the question, so that a host knows behind which of its looks it was measured."""
INPUT_REGISTERS = ASKED_REGISTER + 1
UNKNOWN = 0x8000
"""In place of what is not measured."""
WATCHDOG_REGISTER = 0
LAMP_REGISTER = 1
ACKNOWLEDGE_REGISTER = 9
LOOK_REGISTER = 17
"""Where what a host looks at begins: the map's version, inputs and lamps."""
NUMBER_REGISTER = 22
"""What a host wrote here it reads behind them, and so knows that they answer this very question."""
LOOK_REGISTERS = NUMBER_REGISTER + 1 - LOOK_REGISTER
HOLDING_REGISTERS = NUMBER_REGISTER + 1
LAMP_BITS = 4
"""Of each lamp among them."""
WATCHDOG_SECONDS = 10
WATCHDOG_SECONDS_MAX = 600
_WORD_MAX = 0xFFFF
_VALUES_AT = 6
"""In the body of a question that writes many."""
_WRITING_AT = 4
"""In the body of one that writes and reads: from here on it is as one that writes many."""
_WORD_BITS = 16


class RefusedQuestion(Exception):  # noqa: N818 - a refusal is an answer like any other
    """Its first argument is the reason, by the standard's number."""


class BayBoard:
    """`slots` say what chargers, locks and lamps must do now; `silent` that nobody speaks to this board."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.slots = [Slot() for _ in range(SLOTS)]
        self.silent = False
        self.held_open: list[bool] | None = None
        """What the locks' driver was last seen to do; None where nobody can see it: it does what it is told."""
        self._questions = Questions()
        self._host_heard_ms = 0
        self._now_ms = 0
        self._watchdog_seconds = WATCHDOG_SECONDS
        self._fallbacks = 0
        self._number = 0

    @property
    def charging(self) -> list[bool]:
        return [slot.charging for slot in self.slots]

    def lamps(self) -> list[int]:
        return [slot.lamp(self.silent) for slot in self.slots]

    def sense(self, closed: list[bool], now_ms: int) -> None:
        """What the presence switches show now; also the moment to notice that host or sensors are silent."""
        self._now_ms = now_ms
        for slot, shown in zip(self.slots, closed):  # noqa: B905 - MicroPython's zip is never strict
            slot.look(shown, now_ms)
        if not self.silent and now_ms - self._host_heard_ms > self._watchdog_seconds * 1000:
            self.silent = True
            self._fallbacks = min(self._fallbacks + any(self.charging), _WORD_MAX)

    def measure(self, place: int, sample: tuple[int, int, int] | None, now_ms: int) -> None:
        """Millivolts, milliamperes and hundredths of a degree of one slot; None where its sensors do not answer."""
        self.slots[place].measure(sample, self.silent, now_ms)

    def hear(self, received: bytes, now_ms: int) -> bytes:
        """What to say to the line, having heard this."""
        said = b""
        for frame in self._questions.take(received, now_ms):
            if frame[0] in (self.address, EVERYBODY):
                self._host_heard_ms = now_ms
                self.silent = False
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
                return bytes([function]) + self._read(function, first, second)
            if function == WRITE_AND_READ:
                self._read(
                    READ_HOLDING_REGISTERS, first, second
                )  # what cannot be read is refused before any is written
                self._write_many(question[_WRITING_AT:])
                return bytes([function]) + self._read(READ_HOLDING_REGISTERS, first, second)
            if function in (WRITE_COIL, WRITE_COILS):
                self._set_coils(function, first, second, question)
            elif function == WRITE_REGISTERS:
                self._write_many(question)
            else:
                self._set_registers(first, [second])
        except RefusedQuestion as refused:
            return bytes([function | REFUSED, refused.args[0]])
        return question[:5]

    def _read(self, function: int, first: int, count: int) -> bytes:
        words = _chosen(self._words(function), first, count)
        if function == READ_HOLDING_REGISTERS and first + count > LOOK_REGISTER:
            self._require_switches_known()
        return _counted(b"".join([word.to_bytes(2, "big") for word in words]))

    def _require_switches_known(self) -> None:
        if any([slot.switch.closed is None for slot in self.slots]):  # noqa: C419 - MicroPython is quicker with a list
            raise RefusedQuestion(BUSY)

    def _bits(self, function: int) -> list[int]:
        if function == READ_COILS:
            return [int(slot.asked) for slot in self.slots] + [int(slot.unlocked) for slot in self.slots]
        self._require_switches_known()
        return self._inputs()

    def _inputs(self) -> list[int]:
        present = [int(bool(slot.switch.closed)) for slot in self.slots]
        charging, cut = [int(on) for on in self.charging], [int(slot.cut) for slot in self.slots]
        held = self.held_open if self.held_open is not None else [slot.unlocked for slot in self.slots]
        return present + charging + cut + [int(one) for one in held]

    def _words(self, function: int) -> list[int]:
        if function == READ_HOLDING_REGISTERS:
            lamps = [slot.lamp_asked for slot in self.slots]
            numbers = [slot.limits.number for slot in self.slots]
            look = [MAP_VERSION] + _in_words(self._inputs(), 1) + _in_words(lamps, LAMP_BITS) + [self._number]  # noqa: RUF005
            return [self._watchdog_seconds] + lamps + numbers + look  # noqa: RUF005 - MicroPython cannot unpack here
        words = [MAP_VERSION, SLOTS, self._fallbacks]
        words += _two_words(self._now_ms // 1000)
        for slot in self.slots:
            words += _measured(slot)
        return words + [self._number]  # noqa: RUF005

    def _set_coils(self, function: int, first: int, second: int, question: bytes) -> None:
        if function == WRITE_COIL:
            if second not in (0, COIL_ON):
                raise RefusedQuestion(ILLEGAL_VALUE)
            wanted = [second == COIL_ON]
        else:
            if not 0 < second <= 8 * len(question[_VALUES_AT:]):
                raise RefusedQuestion(ILLEGAL_VALUE)
            wanted = [bool(question[_VALUES_AT + place // 8] >> place % 8 & 1) for place in range(second)]
        if first + len(wanted) > COILS:
            raise RefusedQuestion(ILLEGAL_ADDRESS)
        for place, on in enumerate(wanted):
            slot = self.slots[(first + place) % SLOTS]
            if first + place < UNLOCK_COIL:
                slot.asked = on
            else:
                slot.unlocked = on

    def _write_many(self, question: bytes) -> None:
        count, values = int.from_bytes(question[3:5], "big"), question[_VALUES_AT:]
        if count == 0 or len(values) != 2 * count:
            raise RefusedQuestion(ILLEGAL_VALUE)
        words = [int.from_bytes(values[place : place + 2], "big") for place in range(0, len(values), 2)]
        self._set_registers(int.from_bytes(question[1:3], "big"), words)

    def _set_registers(self, first: int, values: list[int]) -> None:
        """All of them or, where one cannot be, none."""
        for register in range(first, first + len(values)):
            if register >= LOOK_REGISTER and register != NUMBER_REGISTER:
                raise RefusedQuestion(ILLEGAL_ADDRESS)
        for place, value in enumerate(values):
            if not self._can_be(first + place, value):
                raise RefusedQuestion(ILLEGAL_VALUE)
        for place, value in enumerate(values):
            self._set_register(first + place, value)

    def _can_be(self, register: int, value: int) -> bool:
        if register == WATCHDOG_REGISTER:
            return 0 < value <= WATCHDOG_SECONDS_MAX
        if register < ACKNOWLEDGE_REGISTER:
            return value <= LAMP_MAX
        return register == NUMBER_REGISTER or value == self.slots[register - ACKNOWLEDGE_REGISTER].limits.number

    def _set_register(self, register: int, value: int) -> None:
        if register == WATCHDOG_REGISTER:
            self._watchdog_seconds = value
        elif register < ACKNOWLEDGE_REGISTER:
            self.slots[register - LAMP_REGISTER].lamp_asked = value
        elif register == NUMBER_REGISTER:
            self._number = value
        else:
            self.slots[register - ACKNOWLEDGE_REGISTER].limits.forgive()


def _measured(slot: Slot) -> list[int]:
    """As many words as a slot has input registers."""
    meter, limits = slot.meter, slot.limits
    shown = [meter.millivolts.value, meter.milliamperes.value, meter.centidegrees.value, limits.measured]
    millivolts, milliamperes, centidegrees, cut_for = [
        UNKNOWN if value is None else value & _WORD_MAX for value in shown
    ]
    charge = _two_words(meter.charge_mah)
    measured = [millivolts, milliamperes, centidegrees]
    return measured + charge + [limits.reason, limits.number, cut_for]


def _two_words(value: int) -> list[int]:
    return [value >> 16 & _WORD_MAX, value & _WORD_MAX]


def _in_words(values: list[int], bits: int) -> list[int]:
    """As many to a word as fit, the first in its lowest bits."""
    each = _WORD_BITS // bits
    return [
        sum([value << bits * place for place, value in enumerate(values[first : first + each])])
        for first in range(0, len(values), each)
    ]


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
