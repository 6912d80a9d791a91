"""The only place that asks the machine what time it is. Never decides anything by it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from station.stamp import Stamp


class Clock(Protocol):
    def stamp(self) -> Stamp: ...


class SystemClock:
    """The operating system's clocks; `knows_time` says whether anything keeps them true."""

    def __init__(self, knows_time: Callable[[], bool]) -> None:
        self._knows_time = knows_time
        self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

    def stamp(self) -> Stamp:
        return Stamp(
            utc_ms=time.time_ns() // 1_000_000,
            boot_id=self._boot_id,
            boot_ms=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
            synchronised=self._knows_time(),
        )


class ManualClock:
    """Stands still until told to move; for tests and the scripted demo."""

    def __init__(self, start: Stamp) -> None:
        self._now = start

    def stamp(self) -> Stamp:
        return self._now

    def advance(self, ms: int) -> None:
        self._now = self._now.later(ms)
