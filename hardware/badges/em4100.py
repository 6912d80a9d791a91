"""EM4100 badges (125 kHz): eight bits of maker and 32 of number, as readers send them over a UART.

Two forms. As text: STX, ten hex digits, their XOR as two more, with some readers CR LF, ETX. Raw: the card's own 64
bits, nine ones, ten rows of four bits and their parity, four column parities, a zero. Any bytes may come in; only
whole valid badges come out. These cards have no secret: whoever once read one can copy it, so a PIN must follow.

What a frame alone cannot show to be wrong: as text, one bit in two of its six bytes, or any damage the XOR forgives,
one in 256; raw, a bit with both its parities (three bits), four bits at the corners of a rectangle, and, since raw
frames have no end, a lost byte among equal ones. `cards.Reader` therefore believes a number that was read twice.
"""

import re
from collections.abc import Mapping
from functools import reduce
from operator import xor

from hardware.badges.cards import Badge, MakeDriver, Sighting

NUMBER_BITS = 40
GAP_MS = 100
"""A longer pause inside a frame ends it: the rest would be another card's. A frame takes 17 ms at 9600 baud."""
_TEXT_LONGEST = 16
_WHOLE_TEXT = re.compile(rb"\x02([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})(?:\r\n)?\x03")
_BEGUN_TEXT = re.compile(rb"\x02(?:[0-9A-Fa-f]{0,12}|[0-9A-Fa-f]{12}\r\n?)\Z")
_RAW_BYTES = 8
_RAW_BITS = 64
_HEADER = 0b1_1111_1111
_HEADER_SHIFT = 55
_ROWS = 10
_COLUMNS = 4
_LOWEST_ROW_SHIFT = 5


def text_frame(number: int, *, line_end: bytes = b"\r\n") -> bytes:
    """As a reader says it; b"" for `line_end` with those that send none."""
    values = number.to_bytes(NUMBER_BITS // 8, "big")
    return b"\x02%s%02X%s\x03" % (values.hex().upper().encode(), reduce(xor, values), line_end)


def raw_frame(number: int) -> bytes:
    """The 64 bits of a card, its header first."""
    nibbles = [number >> 4 * place & 0xF for place in reversed(range(_ROWS))]
    word = _HEADER
    for nibble in nibbles:
        word = word << 5 | nibble << 1 | _odd(nibble)
    return (word << 5 | reduce(xor, nibbles) << 1).to_bytes(_RAW_BYTES, "big")


def raw_number(frame: bytes) -> int | None:
    """The number in 64 bits; None unless header, every parity and the last zero are right."""
    if len(frame) != _RAW_BYTES:
        return None
    word = int.from_bytes(frame, "big")
    rows = [word >> _LOWEST_ROW_SHIFT + 5 * place & 0x1F for place in reversed(range(_ROWS))]
    columns = reduce(xor, (row >> 1 for row in rows))
    if word >> _HEADER_SHIFT != _HEADER or any(_odd(row) for row in rows) or word & 0x1F != columns << 1:
        return None
    return reduce(lambda number, row: number << _COLUMNS | row >> 1, rows, 0)


class TextFrames:
    """A reader that says a badge as text."""

    def __init__(self) -> None:
        self._kept = _Kept()

    def take(self, received: bytes, now_ms: int) -> tuple[Sighting, ...]:
        heard = self._kept.with_more(received, now_ms)
        found, end = [], 0
        for match in _WHOLE_TEXT.finditer(heard):
            end = match.end()
            values = bytes.fromhex(match[1].decode())
            if reduce(xor, values) == int(match[2], 16):
                found.append(_sighting(int.from_bytes(values, "big")))
        begun = _BEGUN_TEXT.search(heard, max(end, len(heard) - _TEXT_LONGEST))
        self._kept.keep(begun[0] if begun else b"")
        return tuple(found)

    def question(self) -> bytes:
        return b""


class RawFrames:
    """A reader that says the card's own 64 bits, as eight bytes."""

    def __init__(self) -> None:
        self._kept = _Kept()

    def take(self, received: bytes, now_ms: int) -> tuple[Sighting, ...]:
        heard = self._kept.with_more(received, now_ms)
        found, start = [], 0
        while start + _RAW_BYTES <= len(heard):
            number = raw_number(heard[start : start + _RAW_BYTES])
            if number is not None:
                found.append(_sighting(number))
            start += 1 if number is None else _RAW_BYTES
        self._kept.keep(heard[start:])
        return tuple(found)

    def question(self) -> bytes:
        return b""


class _Kept:
    """What began and is not whole yet; a pause ends it. Never longer than a frame."""

    def __init__(self) -> None:
        self._bytes = b""
        self._heard_ms = 0

    def with_more(self, received: bytes, now_ms: int) -> bytes:
        kept = self._bytes if now_ms - self._heard_ms <= GAP_MS else b""
        if received:
            self._heard_ms = now_ms
        return kept + received

    def keep(self, rest: bytes) -> None:
        self._bytes = rest


def _odd(bits: int) -> int:
    return bits.bit_count() & 1


def _sighting(number: int) -> Sighting:
    return Sighting(Badge(f"{number:010X}"), proved=False)


KINDS: Mapping[str, MakeDriver] = {"em4100": TextFrames, "em4100-raw": RawFrames}
"""Every kind of card that can be configured. A kind that proves itself is one more row."""
