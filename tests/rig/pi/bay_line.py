"""The bay bus of the emulated Pi: its own PL011, for a while; and the pins as the emulator sees them, from outside.

What is behind the line is `tests/rig/pi/other_end.py`, on the host.
"""

import contextlib
import os
import termios
from collections.abc import Iterator
from pathlib import Path

from tests.rig.guest.emulator import Monitor
from tests.rig.pi.other_end import BACK

LINE = Path("/dev/ttyAMA0")
_FUNCTIONS, _LEVELS = 0x3F20_0000, 0x3F20_0034
"""Registers GPFSEL0 to GPFSEL2 and GPLEV0 of the chip: three bits a line, and one."""
_LINES_A_WORD, _FUNCTION_BITS, _OUTPUT = 10, 3, 1
HEADER_LINES = 28


@contextlib.contextmanager
def bay_bus(monitor: Monitor) -> Iterator[str]:
    """Until the end the line leads to the boards, and nothing can be asked of the monitor. Yields what they run in."""
    line = os.open(LINE, os.O_RDWR | os.O_NOCTTY)
    try:
        yield monitor.ask("rig-boards")
    finally:
        os.write(line, BACK)
        termios.tcdrain(line)
        termios.tcflush(line, termios.TCIFLUSH)
        os.close(line)


def high(monitor: Monitor) -> set[int]:
    """The lines of the header that are driven high, whoever drives them."""
    (levels,) = _words(monitor, _LEVELS, 1)
    return {line for line in range(HEADER_LINES) if levels >> line & 1}


def outputs(monitor: Monitor) -> set[int]:
    """The lines of the header that the chip itself drives."""
    words = _words(monitor, _FUNCTIONS, 3)
    return {line for line in range(HEADER_LINES) if _function(words, line) == _OUTPUT}


def _function(words: list[int], line: int) -> int:
    word, place = divmod(line, _LINES_A_WORD)
    return words[word] >> _FUNCTION_BITS * place & (1 << _FUNCTION_BITS) - 1


def _words(monitor: Monitor, address: int, count: int) -> list[int]:
    told = monitor.ask("human-monitor-command", **{"command-line": f"xp /{count}xw {address:#x}"})
    return [int(word, 16) for line in told.splitlines() for word in line.partition(":")[2].split()]
