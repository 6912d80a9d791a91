"""The bay boards on their serial line: asks in Modbus RTU, waits a little, asks again, and says who was silent.

Switches and cuts are asked of every board at each look, measurements of one board in turn: they are seven times as
long. Never believes an answer that does not fit its question. Knows addresses and slots, not bays.
"""

import contextlib
import errno
import termios
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import serial

from firmware_py.bay_board import (
    ACKNOWLEDGE_REGISTER,
    CHARGING_INPUT,
    CUT_INPUT,
    INPUT_REGISTERS,
    INPUTS,
    LAMP_REGISTER,
    MAP_VERSION,
    SECONDS_REGISTER,
    SLOT_REGISTER,
    SLOT_REGISTERS,
    SLOTS,
    UNKNOWN,
    UNLOCK_COIL,
    UNLOCKED_INPUT,
)
from firmware_py.limits import BLIND, NOT_CUT, OVER_CURRENT, OVER_TEMPERATURE, SHORT
from firmware_py.modbus_rtu import (
    BUSY,
    COIL_ON,
    LONGEST_BYTES,
    READ_DISCRETE_INPUTS,
    READ_INPUT_REGISTERS,
    READS,
    REFUSED,
    SHORTEST_BYTES,
    TWO_WORDS_BYTES,
    WRITE_COIL,
    WRITE_REGISTER,
    answer_bytes,
    next_frame,
    seal,
    two_words,
)
from hardware.wires import AbsentError, Cut, ForbiddenError, LyingError, Measured, SilentError

BAUD = 19_200
"""Eight bits, no parity and so two stop bits, as the standard has it; pseudo terminals know no parity."""
ANSWER_SECONDS = 0.2
"""Ten times what the slowest board needs; a PC that plays the boards may be busy."""
ATTEMPTS = 3
_BYTES_A_SECOND = BAUD // 11
BYTES_BETWEEN_TRIES = round(12 * ANSWER_SECONDS * _BYTES_A_SECOND)
"""Waiting for a silent board once in so much talk with the others costs these less than a tenth of their time."""
_HEARD_BYTES_MAX = 2 * LONGEST_BYTES
"""For one answer. A line that babbles is given up."""
MAP_WITHOUT_SENSORS = 1
"""Boards of this map say who is there and charge, no more."""
_INPUTS = {MAP_WITHOUT_SENSORS: CUT_INPUT, MAP_VERSION: INPUTS}
_CUTS: Mapping[int, Cut | None] = {
    NOT_CUT: None,
    OVER_CURRENT: "over-current",
    OVER_TEMPERATURE: "over-temperature",
    SHORT: "short",
    BLIND: "blind",
}
_SIGN, _WORDS = 0x8000, 0x10000


class SerialLine(Protocol):
    """As much of pyserial's `Serial` as is used here."""

    @property
    def is_open(self) -> bool: ...

    @property
    def in_waiting(self) -> int: ...

    def open(self) -> None: ...

    def read(self, size: int = 1, /) -> bytes:
        """As many as asked for, or what came within the line's timeout."""

    def write(self, content: bytes, /) -> int | None: ...

    def close(self) -> None: ...


def open_line(url: str) -> SerialLine:
    """The line at any URL pyserial takes, for this process alone; AbsentError where there can be none.

    An adapter that is not plugged in yet is waited for: the line is opened when something is asked.
    """
    try:
        line: SerialLine = serial.serial_for_url(
            url,
            baudrate=BAUD,
            stopbits=serial.STOPBITS_TWO,
            timeout=ANSWER_SECONDS,
            exclusive=True,
            do_not_open=True,
        )
        line.open()
    except (OSError, ValueError, termios.error) as error:
        if getattr(error, "errno", None) in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
            return line
        raise AbsentError(f"no bay bus at {url}: {error}; check `serial` and the cable") from error
    return line


class Slots(NamedTuple):
    """What one board says, slot by slot."""

    present: tuple[bool, ...]
    charging: tuple[bool, ...]
    cut: tuple[bool, ...] = (False,) * SLOTS
    unlocked: tuple[bool, ...] = (False,) * SLOTS
    measured: tuple[Measured, ...] = ()
    """Nothing where the board does not measure, or was not asked yet."""


class SerialBays:
    """The host's end of the line, used by one thread at a time. A line that was lost is opened again when asked."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line
        self._maps: dict[int, int] = {}
        """The register map of each board that was asked for it since it last was silent."""
        self._measured: dict[int, tuple[Measured, ...]] = {}
        self._measured_last = 0
        self._silent: list[int] = []
        """Boards that did not answer; the first of them is the next to be tried."""
        self._bytes_since_try = 0

    def look(self, addresses: Sequence[int]) -> Mapping[int, Slots]:
        """Every board that answers. Of those that were silent one is tried now and then: the others wait little."""
        tried = self._to_be_tried(addresses)
        seen = {}
        for address in addresses:
            if address not in self._silent or address == tried:
                self._silent = [other for other in self._silent if other != address]
                try:
                    seen[address] = self._look_at(address, 1 if address == tried else ATTEMPTS)
                except SilentError:
                    self._silent.append(address)
                    self._forget(address)
                except (ForbiddenError, LyingError):
                    self._forget(address)
        self._measure_one(seen)
        return {address: slots._replace(measured=self._measured.get(address, ())) for address, slots in seen.items()}

    def charge(self, address: int, slot: int, *, on: bool) -> None:
        self._ask(address, two_words(WRITE_COIL, slot, COIL_ON if on else 0), ATTEMPTS)

    def unlock(self, address: int, slot: int, *, unlocked: bool) -> None:
        self._ask(address, two_words(WRITE_COIL, UNLOCK_COIL + slot, COIL_ON if unlocked else 0), ATTEMPTS)

    def light(self, address: int, slot: int, lamp: int) -> None:
        """What it shows is a sum: 1 red, 2 green, 4 blue, 8 blinking."""
        self._ask(address, two_words(WRITE_REGISTER, LAMP_REGISTER + slot, lamp), ATTEMPTS)

    def acknowledge(self, address: int, slot: int, cut_number: int) -> None:
        """ForbiddenError where that was not the slot's last cut: nobody has seen the last one yet."""
        self._ask(address, two_words(WRITE_REGISTER, ACKNOWLEDGE_REGISTER + slot, cut_number), ATTEMPTS)

    def close(self) -> None:
        self._line.close()

    def _to_be_tried(self, addresses: Sequence[int]) -> int | None:
        """Where nobody answers nobody is slowed: then one at each look."""
        silent = [address for address in self._silent if address in addresses]
        if not silent or (len(silent) < len(addresses) and self._bytes_since_try < BYTES_BETWEEN_TRIES):
            return None
        self._bytes_since_try = 0
        return silent[0]

    def _forget(self, address: int) -> None:
        self._maps.pop(address, None)
        self._measured.pop(address, None)

    def _look_at(self, address: int, attempts: int) -> Slots:
        if address not in self._maps:
            self._maps[address] = self._map_of(address, attempts)
        inputs = _INPUTS[self._maps[address]]
        values = self._ask(address, two_words(READ_DISCRETE_INPUTS, 0, inputs), attempts)
        bits = tuple(bool(values[place // 8] >> place % 8 & 1) for place in range(inputs))
        present, charging = bits[:CHARGING_INPUT], bits[CHARGING_INPUT:CUT_INPUT]
        if inputs == CUT_INPUT:
            return Slots(present, charging)
        return Slots(present, charging, bits[CUT_INPUT:UNLOCKED_INPUT], bits[UNLOCKED_INPUT:])

    def _map_of(self, address: int, attempts: int) -> int:
        version = int.from_bytes(self._ask(address, two_words(READ_INPUT_REGISTERS, 0, 1), attempts), "big")
        if version not in _INPUTS:
            raise LyingError(f"bay board {address} speaks map {version}, this station {MAP_VERSION}; load its firmware")
        return version

    def _measure_one(self, seen: Mapping[int, Slots]) -> None:
        """The board whose turn it is, but one with a cut that nobody has heard of before all; asked once."""
        able = sorted(address for address in seen if self._maps[address] == MAP_VERSION)
        if not able:
            return
        in_turn = next((address for address in able if address > self._measured_last), able[0])
        address = next((address for address in able if self._news_of(address, seen[address])), in_turn)
        self._measured_last = address
        try:
            values = self._ask(address, two_words(READ_INPUT_REGISTERS, 0, INPUT_REGISTERS), 1)
        except (SilentError, ForbiddenError, LyingError):
            self._measured.pop(address, None)
        else:
            self._measured[address] = _measured(values)

    def _news_of(self, address: int, slots: Slots) -> bool:
        known = self._measured.get(address)
        return known is not None and tuple(of.cut is not None for of in known) != slots.cut

    def _ask(self, address: int, question: bytes, attempts: int) -> bytes:
        """The values that were read, or nothing where something was written."""
        try:
            for _ in range(attempts - 1):
                with contextlib.suppress(SilentError):
                    return self._ask_once(address, question)
            return self._ask_once(address, question)
        except (OSError, termios.error) as error:
            self._line.close()
            raise AbsentError(f"the bay bus is gone: {error}; check its adapter and cable") from error

    def _ask_once(self, address: int, question: bytes) -> bytes:
        if not self._line.is_open:
            self._line.open()
        self._line.read(self._line.in_waiting)  # what came too late for an earlier question answers no other
        self._line.write(seal(address, question))
        self._bytes_since_try += TWO_WORDS_BYTES
        for frame in self._frames():
            if frame[0] == address and frame[1] == question[0] | REFUSED:
                raise _refusal(address, frame[2])
            if frame[0] == address and _fits(frame[1:-2], question):
                return frame[3:-2] if question[0] in READS else b""
        raise SilentError(f"bay board {address} does not answer; check its power and its address")

    def _frames(self) -> Iterator[bytes]:
        """What the line says, until it says nothing for a while."""
        heard, patience_bytes = b"", _HEARD_BYTES_MAX
        while patience_bytes > 0:
            frame, heard = next_frame(heard)
            if frame:
                yield frame
                continue
            wanted = answer_bytes(heard) if len(heard) > 1 else SHORTEST_BYTES
            received = self._line.read(max(1, wanted - len(heard)))
            if not received:
                return
            heard += received
            patience_bytes -= len(received)
            self._bytes_since_try += len(received)


def _measured(values: bytes) -> tuple[Measured, ...]:
    """All slots of a board, from all its input registers."""
    words = [int.from_bytes(values[place : place + 2], "big") for place in range(0, len(values), 2)]
    seconds = words[SECONDS_REGISTER] * _WORDS + words[SECONDS_REGISTER + 1]
    return tuple(
        _of_slot(words[place : place + SLOT_REGISTERS], seconds)
        for place in range(SLOT_REGISTER, INPUT_REGISTERS, SLOT_REGISTERS)
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


def _fits(answer: bytes, question: bytes) -> bool:
    """A write is answered by itself, a read by as many values as were asked for."""
    if question[0] not in READS:
        return answer == question
    count = int.from_bytes(question[3:5], "big")
    asked_bytes = 2 * count if question[0] == READ_INPUT_REGISTERS else (count + 7) // 8
    return answer[0] == question[0] and answer[1] == asked_bytes == len(answer) - 2


def _refusal(address: int, reason: int) -> ForbiddenError:
    if reason == BUSY:
        return ForbiddenError(f"bay board {address} does not know its switches yet; ask again")
    return ForbiddenError(f"bay board {address} refused with {reason}; see docs/bay-bus.md")
