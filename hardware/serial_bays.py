"""The bay boards on their serial line: asks in Modbus RTU, waits a little, asks again, and says who was silent.

Never believes an answer that does not fit its question. Knows addresses and slots, not bays.
"""

import contextlib
import errno
import termios
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import serial

from firmware_py.bay_board import CHARGING_INPUT, INPUTS, MAP_VERSION
from firmware_py.modbus_rtu import (
    BUSY,
    COIL_ON,
    READ_DISCRETE_INPUTS,
    READ_INPUT_REGISTERS,
    READS,
    REFUSED,
    SHORTEST_BYTES,
    WRITE_COIL,
    answer_bytes,
    next_frame,
    seal,
    two_words,
)
from hardware.wires import AbsentError, ForbiddenError, LyingError, SilentError

BAUD = 19_200
"""Eight bits, no parity and so two stop bits, as the standard has it; pseudo terminals know no parity."""
ANSWER_SECONDS = 0.2
"""Ten times what the slowest board needs; a PC that plays the boards may be busy."""
ATTEMPTS = 3
_READS_MAX = 32
"""Of one answer. A line that babbles is given up."""


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


class SerialBays:
    """The host's end of the line, used by one thread at a time. A line that was lost is opened again when asked."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line
        self._known: set[int] = set()
        """Boards whose register map was asked for since they last were silent."""
        self._silent: list[int] = []
        """Boards that did not answer; the first of them is the next to be tried."""

    def look(self, addresses: Sequence[int]) -> Mapping[int, Slots]:
        """Every board that answers. Of those that were silent one is tried, once: they do not slow the others."""
        tried = next((address for address in self._silent if address in addresses), None)
        seen = {}
        for address in addresses:
            if address not in self._silent or address == tried:
                self._silent = [other for other in self._silent if other != address]
                try:
                    seen[address] = self._look_at(address, 1 if address == tried else ATTEMPTS)
                except SilentError:
                    self._silent.append(address)
                    self._known.discard(address)
                except (ForbiddenError, LyingError):
                    self._known.discard(address)
        return seen

    def charge(self, address: int, slot: int, *, on: bool) -> None:
        self._ask(address, two_words(WRITE_COIL, slot, COIL_ON if on else 0), ATTEMPTS)

    def close(self) -> None:
        self._line.close()

    def _look_at(self, address: int, attempts: int) -> Slots:
        if address not in self._known:
            self._require_map(address, attempts)
            self._known.add(address)
        values = self._ask(address, two_words(READ_DISCRETE_INPUTS, 0, INPUTS), attempts)
        bits = tuple(bool(values[place // 8] >> place % 8 & 1) for place in range(INPUTS))
        return Slots(bits[:CHARGING_INPUT], bits[CHARGING_INPUT:])

    def _require_map(self, address: int, attempts: int) -> None:
        version = int.from_bytes(self._ask(address, two_words(READ_INPUT_REGISTERS, 0, 1), attempts), "big")
        if version != MAP_VERSION:
            raise LyingError(f"bay board {address} speaks map {version}, this station {MAP_VERSION}; load its firmware")

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
        for frame in self._frames():
            if frame[0] == address and frame[1] == question[0] | REFUSED:
                raise _refusal(address, frame[2])
            if frame[0] == address and _fits(frame[1:-2], question):
                return frame[3:-2] if question[0] in READS else b""
        raise SilentError(f"bay board {address} does not answer; check its power and its address")

    def _frames(self) -> Iterator[bytes]:
        """What the line says, until it says nothing for a while."""
        heard = b""
        for _ in range(_READS_MAX):
            frame, heard = next_frame(heard)
            if frame:
                yield frame
                continue
            wanted = answer_bytes(heard) if len(heard) > 1 else SHORTEST_BYTES
            received = self._line.read(max(1, wanted - len(heard)))
            if not received:
                return
            heard += received


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
