"""What bay boards measured, from the words of their input registers, and when. Asks nothing, judges nothing."""

from collections.abc import Container, Mapping, Sequence

from firmware_py.bay_board import ASKED_REGISTER, SECONDS_REGISTER, SLOT_REGISTER, SLOT_REGISTERS, UNKNOWN
from firmware_py.limits import BLIND, NOT_CUT, OVER_CURRENT, OVER_TEMPERATURE, SHORT, STUCK
from hardware.wires import Cut, Measured

_CUTS: Mapping[int, Cut | None] = {
    NOT_CUT: None,
    OVER_CURRENT: "over-current",
    OVER_TEMPERATURE: "over-temperature",
    SHORT: "short",
    BLIND: "blind",
    STUCK: "stuck",
}
_SIGN, _WORDS = 0x8000, 0x10000


class LastMeasures:
    """Of each board, what it measured last: the very same object until it is measured anew, or too old."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, tuple[Measured, ...]]] = {}

    def of(self, address: int) -> tuple[Measured, ...]:
        """Nothing where it is not known."""
        return self._last[address][1] if address in self._last else ()

    def keep(self, address: int, measured: tuple[Measured, ...], now_ms: int) -> None:
        self._last[address] = now_ms, measured

    def forget(self, address: int) -> None:
        self._last.pop(address, None)

    def keep_only(self, addresses: Container[int], since_ms: int) -> None:
        """Of these, what was measured then or later."""
        self._last = {of: (ms, what) for of, (ms, what) in self._last.items() if of in addresses and ms >= since_ms}


def words_of(values: bytes) -> list[int]:
    return [int.from_bytes(values[place : place + 2], "big") for place in range(0, len(values), 2)]


def measured_of(values: bytes) -> tuple[Measured, ...]:
    """All slots of a board, from all its input registers."""
    words = words_of(values)
    seconds = words[SECONDS_REGISTER] * _WORDS + words[SECONDS_REGISTER + 1]
    return tuple(
        _of_slot(words[place : place + SLOT_REGISTERS], seconds)
        for place in range(SLOT_REGISTER, ASKED_REGISTER, SLOT_REGISTERS)
    )


def _of_slot(words: Sequence[int], counting_seconds: int) -> Measured:
    millivolts, milliamperes, centidegrees, charge_high, charge_low, reason, number, cut_for = words
    return Measured(
        millivolts=None if millivolts == UNKNOWN else millivolts,
        milliamperes=None if milliamperes == UNKNOWN else milliamperes,
        centidegrees=None if centidegrees == UNKNOWN else _signed(centidegrees),
        charge_mah=charge_high * _WORDS + charge_low,
        counting_seconds=counting_seconds,
        cut=_CUTS.get(reason, "unknown"),
        cut_number=number,
        cut_for=_signed(cut_for),
    )


def _signed(word: int) -> int:
    return word - _WORDS if word >= _SIGN else word
