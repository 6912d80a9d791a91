"""Modbus RTU: frames found among the bytes of a line, checked and sealed; host and boards share it.

Bytes and the time in, bytes out. Never reads or writes a line, never waits, knows no register.
"""

READ_COILS = 0x01
READ_DISCRETE_INPUTS = 0x02
READ_HOLDING_REGISTERS = 0x03
READ_INPUT_REGISTERS = 0x04
WRITE_COIL = 0x05
WRITE_REGISTER = 0x06
WRITE_COILS = 0x0F
WRITE_REGISTERS = 0x10
WRITE_AND_READ = 0x17

ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
BUSY = 6
REFUSED = 0x80
"""Set in the function of an answer that is a refusal; one byte with the reason follows."""

COIL_ON = 0xFF00
EVERYBODY = 0
"""The address all boards obey and none answers."""
SHORTEST_BYTES = 5
TWO_WORDS_BYTES = 8
LONGEST_BYTES = 256
GAP_MS = 50
"""Bytes further apart than this belong to different frames. The standard's 2 ms cannot be kept by a PC's drivers."""

READS = (READ_COILS, READ_DISCRETE_INPUTS, READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS)
_SINGLE_WRITES = (WRITE_COIL, WRITE_REGISTER)
_MANY_WRITES = (WRITE_COILS, WRITE_REGISTERS)
VALUED = READS + (WRITE_AND_READ,)  # noqa: RUF005 - MicroPython cannot unpack here
"""What is answered with values, behind their number of bytes."""
_ASKED = VALUED + _SINGLE_WRITES + _MANY_WRITES
_ANSWER_COUNT_AT = 2
_VALUES_COUNT_AT = 6
"""Where a frame says how many bytes of values follow."""
_BOTH_COUNT_AT = 10
"""The same, in a question that writes and reads."""


def crc16(content: bytes) -> int:
    """Of a frame with its CRC behind it: 0."""
    crc = 0xFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def seal(address: int, body: bytes) -> bytes:
    """The frame that carries a body, which is a function and what belongs to it."""
    content = bytes([address]) + body
    return content + crc16(content).to_bytes(2, "little")


def two_words(function: int, first: int, second: int) -> bytes:
    """The body of every question but the writing of many."""
    return bytes([function]) + first.to_bytes(2, "big") + second.to_bytes(2, "big")


def write_and_read(read_first: int, read_count: int, written: int, value: int) -> bytes:
    """The body of a question that writes one register, then reads some."""
    both = two_words(WRITE_AND_READ, read_first, read_count) + two_words(0, written, 1)[1:]
    return both + b"\x02" + value.to_bytes(2, "big")


def question_bytes(heard: bytes) -> int:
    """How long the question is that starts here, or must be at least; 0 where none can.

    What writes and reads could be an answer by its length; no map has a register behind 255, and no answer is empty.
    """
    function = heard[1]
    if function in READS or function in _SINGLE_WRITES:
        return TWO_WORDS_BYTES
    if function in _MANY_WRITES:
        return 9 + heard[_VALUES_COUNT_AT] if len(heard) > _VALUES_COUNT_AT else 9
    if function == WRITE_AND_READ and not any(heard[_ANSWER_COUNT_AT : _ANSWER_COUNT_AT + 1]):
        return 13 + heard[_BOTH_COUNT_AT] if len(heard) > _BOTH_COUNT_AT else 13
    return 0


def answer_bytes(heard: bytes) -> int:
    """How long the answer is that starts here, or must be at least; 0 where none can."""
    function = heard[1]
    if function in VALUED:
        return SHORTEST_BYTES + heard[_ANSWER_COUNT_AT] if len(heard) > _ANSWER_COUNT_AT else SHORTEST_BYTES
    if function in _SINGLE_WRITES or function in _MANY_WRITES:
        return TWO_WORDS_BYTES
    return SHORTEST_BYTES if function & REFUSED else 0


def next_frame(heard: bytes) -> tuple[bytes, bytes]:
    """The first whole and undamaged frame, or nothing yet; and what is left to look at."""
    while len(heard) > 1:
        unfinished = False
        for length in (question_bytes(heard), answer_bytes(heard)):
            if not SHORTEST_BYTES <= length <= LONGEST_BYTES:
                continue
            if len(heard) < length:
                unfinished = True
            elif crc16(heard[:length]) == 0:
                return heard[:length], heard[length:]
        if unfinished:
            break
        heard = heard[1:]
    return b"", heard


def last_question(heard: bytes) -> bytes:
    """A whole question with which all ends that was heard, behind a byte that began no frame; or nothing.

    A stray byte may look like the beginning of a longer one, which would be waited for in vain.
    """
    for first in range(1, len(heard) - TWO_WORDS_BYTES + 1):
        if heard[first + 1] in _ASKED:
            asked = heard[first:]
            if question_bytes(asked) == len(asked) and crc16(asked) == 0:
                return asked
    return b""


class Questions:
    """What a host asks on a line, found among other boards' answers, noise and what was lost."""

    def __init__(self) -> None:
        self._heard = b""
        self._heard_ms = 0

    def take(self, received: bytes, now_ms: int) -> list[bytes]:
        """The questions that these bytes complete, whoever is asked, oldest first."""
        if not received:
            return []
        if now_ms - self._heard_ms > GAP_MS:
            self._heard = b""
        self._heard_ms = now_ms
        self._heard += received
        questions: list[bytes] = []
        while True:
            frame, self._heard = next_frame(self._heard)
            if not frame:
                frame = last_question(self._heard)
                if not frame:
                    return questions
                self._heard = b""
            if len(frame) == question_bytes(frame):
                questions.append(frame)
