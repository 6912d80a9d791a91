"""The bay boards on their serial line: asks in Modbus RTU, waits a little, asks again, and says who was silent.

Switches, cuts and lamps are asked of every board at each look, measurements of one board in turn: they are four times
as long. What is read carries the number of its look, so that no late answer to an earlier one is believed. Never waits
in vain for long, however many boards are dead. Knows addresses and slots, not bays.
"""

import contextlib
import errno
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import serial

from firmware_py.bay_board import (
    ACKNOWLEDGE_REGISTER,
    INPUT_REGISTERS,
    INPUTS,
    LAMP_BITS,
    LAMP_REGISTER,
    LOOK_REGISTER,
    LOOK_REGISTERS,
    MAP_VERSION,
    NUMBER_REGISTER,
    SLOTS,
    UNLOCK_COIL,
)
from firmware_py.long_clock import ticks_ms
from firmware_py.modbus_rtu import (
    BUSY,
    COIL_ON,
    LONGEST_BYTES,
    READ_INPUT_REGISTERS,
    REFUSED,
    SHORTEST_BYTES,
    VALUED,
    WRITE_COIL,
    WRITE_REGISTER,
    answer_bytes,
    next_frame,
    seal,
    two_words,
    write_and_read,
)
from firmware_py.slot import LAMP_MAX
from hardware.board_measures import LastMeasures, measured_of, words_of
from hardware.wires import AbsentError, ForbiddenError, LyingError, Measured, SilentError

BAUD = 19_200
"""Eight bits, no parity and so two stop bits, as the standard has it; pseudo terminals know no parity."""
ANSWER_SECONDS = 0.2
"""Ten times what the slowest board needs; a PC that plays the boards may be busy."""
ATTEMPTS = 3
REPORTED_MS = 2_000
"""So long after its death a board is left out at the latest, as are thirty that die together."""
_LOOK_MS = 21
"""What looking at a board that answers takes of the line."""
WAITS_BETWEEN_TRIES = 12
"""Who is silent is tried again after so many times the wait it costs: the others lose less than a tenth."""
_ANSWER_MS = round(1000 * ANSWER_SECONDS)
_HEARD_BYTES_MAX = 2 * LONGEST_BYTES
"""For one answer. A line that babbles is given up."""
_NUMBER_MAX = 0xFFFF


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
            write_timeout=ANSWER_SECONDS,
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
    cut: tuple[bool, ...]
    unlocked: tuple[bool, ...]
    lamps: tuple[int, ...]
    """What was asked of them, which a cut or a silent host overrules."""
    measured: tuple[Measured, ...] = ()
    """Nothing where the board was not asked for long, or did not answer."""


class SerialBays:
    """The host's end of the line, used by one thread at a time. A line that was lost is opened again when asked."""

    def __init__(self, line: SerialLine, clock_ms: Callable[[], int] = ticks_ms) -> None:
        self._line = line
        self._clock_ms = clock_ms
        self._number = 0
        self._numbers: dict[int, int] = {}
        """Of the last look at each board: no two have the same."""
        self._measures, self._measured_last = LastMeasures(), 0
        self._silent: list[int] = []
        """Boards that did not answer; the first of them is the next to be tried."""
        self._waited_ms, self._patience_ms = 0, _patience_ms(0)
        """In vain since the last look began, and how long a look may."""
        self._next_try_ms = 0

    def look(self, addresses: Sequence[int]) -> Mapping[int, Slots]:
        """Every board that answers now; all are asked once before any is asked again.

        Where so many die at once that patience ends, who was not asked is left out too, and asked at the next look.
        """
        self._waited_ms, self._patience_ms = 0, _patience_ms(len(addresses))
        for address in addresses:
            self._number = self._number % _NUMBER_MAX + 1
            self._numbers[address] = self._number
        seen: dict[int, Slots] = {}
        silent = [address for address in self._silent if address in addresses]
        unheard = [address for address in addresses if address not in silent]
        unheard = [address for address in unheard if self._patient and not self._look_at(address, seen)]
        for _ in range(ATTEMPTS - 1):
            unheard = [address for address in unheard if not (self._patient and self._look_at(address, seen))]
        self._try_again(silent, seen)
        self._silent += unheard
        self._measures.keep_only(seen, self._clock_ms() - 2_000 - 1_000 * len(addresses))
        if seen and self._patient:
            self._measure_one(seen)
        return {address: slots._replace(measured=self._measures.of(address)) for address, slots in seen.items()}

    def charge(self, address: int, slot: int, *, on: bool) -> None:
        self._write(address, two_words(WRITE_COIL, slot, COIL_ON if on else 0))

    def unlock(self, address: int, slot: int, *, unlocked: bool) -> None:
        self._write(address, two_words(WRITE_COIL, UNLOCK_COIL + slot, COIL_ON if unlocked else 0))

    def light(self, address: int, slot: int, lamp: int) -> None:
        """What it shows is a sum: 1 red, 2 green, 4 blue, 8 blinking."""
        self._write(address, two_words(WRITE_REGISTER, LAMP_REGISTER + slot, lamp))

    def acknowledge(self, address: int, slot: int, cut_number: int) -> None:
        """ForbiddenError where that was not the slot's last cut: nobody has seen the last one yet."""
        self._write(address, two_words(WRITE_REGISTER, ACKNOWLEDGE_REGISTER + slot, cut_number))

    def close(self) -> None:
        self._line.close()

    @property
    def _patient(self) -> bool:
        return self._waited_ms < self._patience_ms

    def _try_again(self, silent: Sequence[int], seen: dict[int, Slots]) -> None:
        """One of the silent boards after the other while they answer. Where nobody answers nobody is slowed."""
        if seen and self._clock_ms() < self._next_try_ms:
            return
        for address in silent:
            waited_ms = self._waited_ms
            self._silent.remove(address)
            if not (self._patient and self._look_at(address, seen)):
                self._silent.append(address)
                self._next_try_ms = self._clock_ms() + WAITS_BETWEEN_TRIES * (self._waited_ms - waited_ms)
                return

    def _look_at(self, address: int, seen: dict[int, Slots]) -> bool:
        """Whether it answered; what it said is seen."""
        question = write_and_read(LOOK_REGISTER, LOOK_REGISTERS, NUMBER_REGISTER, self._numbers[address])
        try:
            seen[address] = _slots(address, self._ask(address, question, LOOK_REGISTERS))
        except SilentError:
            return False
        except (ForbiddenError, LyingError):
            pass
        return True

    def _measure_one(self, seen: Mapping[int, Slots]) -> None:
        """The board whose turn it is, but one with a cut that nobody has heard of before all; asked once."""
        news = [address for address in seen if self._news_of(address, seen[address])]
        in_turn = sorted(seen, key=lambda address: (address <= self._measured_last, address))
        address = (news or in_turn)[0]
        self._measured_last, asked_ms = address, self._clock_ms()
        self._measures.forget(address)
        with contextlib.suppress(SilentError, ForbiddenError):
            values = self._ask(address, two_words(READ_INPUT_REGISTERS, 0, INPUT_REGISTERS), INPUT_REGISTERS)
            self._measures.keep(address, measured_of(values), asked_ms)

    def _news_of(self, address: int, slots: Slots) -> bool:
        known = self._measures.of(address)
        return known != () and tuple(of.cut is not None for of in known) != slots.cut

    def _write(self, address: int, question: bytes) -> None:
        """A silent board is not asked, and nobody is when patience has ended: the next look finds out who is back."""
        if address not in self._silent:
            for _ in range(ATTEMPTS):
                if self._waited_ms >= 2 * self._patience_ms:
                    break
                with contextlib.suppress(SilentError):
                    self._ask(address, question, 0)
                    return
            else:
                self._silent.append(address)
        raise _no_answer(address)

    def _ask(self, address: int, question: bytes, words: int) -> bytes:
        """The values that were read, of so many words; or nothing where something was written."""
        began_ms = self._clock_ms()
        try:
            if not self._line.is_open:
                self._line.open()
            self._line.read(self._line.in_waiting)  # what came too late for an earlier question answers no other
            self._line.write(seal(address, question))
            for frame in self._frames(began_ms + _ANSWER_MS):
                if frame[:2] == bytes([address, question[0] | REFUSED]):
                    raise _refusal(address, frame[2])
                if frame[0] == address and _fits(frame[1:-2], question, words, self._numbers.get(address, 0)):
                    return frame[3:-2] if words else b""
        except (OSError, termios.error) as error:
            self._line.close()
            raise AbsentError(f"the bay bus is gone: {error}; check its adapter and cable") from error
        self._waited_ms += self._clock_ms() - began_ms
        raise _no_answer(address)

    def _frames(self, until_ms: int) -> Iterator[bytes]:
        """What the line says until then, or until it says nothing for a while."""
        heard, patience_bytes = b"", _HEARD_BYTES_MAX
        while True:
            frame, heard = next_frame(heard)
            if frame:
                yield frame
                continue
            if patience_bytes <= 0 or self._clock_ms() >= until_ms:
                return
            wanted = answer_bytes(heard) if len(heard) > 1 else SHORTEST_BYTES
            received = self._line.read(max(1, wanted - len(heard)))
            if not received:
                return
            heard, patience_bytes = heard + received, patience_bytes - len(received)


def _slots(address: int, values: bytes) -> Slots:
    """What a look reads, as words: the map's version, inputs and lamps."""
    version, first_inputs, second_inputs, first_lamps, second_lamps, _ = words_of(values)
    if version != MAP_VERSION:
        raise LyingError(f"bay board {address} speaks map {version}, this station {MAP_VERSION}; load its firmware")
    inputs, lamps = first_inputs | second_inputs << 16, first_lamps | second_lamps << 16
    present, charging, cut, unlocked = (
        tuple(bool(inputs >> first + slot & 1) for slot in range(SLOTS)) for first in range(0, INPUTS, SLOTS)
    )
    asked = tuple(lamps >> LAMP_BITS * slot & LAMP_MAX for slot in range(SLOTS))
    return Slots(present, charging, cut, unlocked, asked)


def _patience_ms(boards: int) -> int:
    """How long a look may wait in vain: boards can die between two, so that the next one waits as well."""
    return _ANSWER_MS * max((REPORTED_MS // 2 - _LOOK_MS * boards) // _ANSWER_MS, 2)


def _fits(answer: bytes, question: bytes, words: int, number: int) -> bool:
    """A write is answered by itself; a read by as many words as were asked for, the last of them this look's number."""
    if question[0] not in VALUED:
        return answer == question
    return answer[:2] == bytes([question[0], 2 * words]) and answer.endswith(number.to_bytes(2, "big"))


def _no_answer(address: int) -> SilentError:
    return SilentError(f"bay board {address} does not answer; check its power and its address")


def _refusal(address: int, reason: int) -> ForbiddenError:
    if reason == BUSY:
        return ForbiddenError(f"bay board {address} does not know its switches yet; ask again")
    return ForbiddenError(f"bay board {address} refused with {reason}; see docs/bay-bus.md")
