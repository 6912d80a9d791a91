"""The only place that asks the machine what time it is. Never decides anything by it."""

import ctypes
import time
from pathlib import Path
from typing import Protocol

from station.stamp import Stamp


class Clock(Protocol):
    def stamp(self) -> Stamp: ...


class SystemClock:
    """The operating system's clocks."""

    def __init__(self) -> None:
        self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

    def stamp(self) -> Stamp:
        return Stamp(
            utc_ms=time.time_ns() // 1_000_000,
            boot_id=self._boot_id,
            boot_ms=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
            synchronised=_kernel_clock_synchronised(),
        )


class ManualClock:
    """Stands still until told to move; for tests and the scripted demo."""

    def __init__(self, start: Stamp) -> None:
        self._now = start

    def stamp(self) -> Stamp:
        return self._now

    def advance(self, ms: int) -> None:
        self._now = self._now.later(ms)


_LIBC = ctypes.CDLL(None)
_TIME_ERROR = 5
"""adjtimex(2): the state it returns while no time daemon disciplines the clock."""
_TIMEX_BYTES_MAX = 256


def _kernel_clock_synchronised() -> bool:
    """Ask the kernel, as timedatectl does; any trouble asking counts as not knowing the time."""
    request = ctypes.create_string_buffer(_TIMEX_BYTES_MAX)  # struct timex with modes = 0: read only
    state: int = _LIBC.adjtimex(request)
    return 0 <= state < _TIME_ERROR
