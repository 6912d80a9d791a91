"""MicroPython's clock starts again at 0 after some days; this makes one of it that does not."""

import time

WRAP_MS = 1 << 29
"""Every MicroPython's clock starts again at a multiple of this."""


class LongClock:
    """Asked at least once in six days, it is right."""

    def __init__(self, ticks_ms: int) -> None:
        self._ticks_ms = ticks_ms
        self._now_ms = 0

    def at(self, ticks_ms: int) -> int:
        """Milliseconds since the start."""
        self._now_ms += (ticks_ms - self._ticks_ms) % WRAP_MS
        self._ticks_ms = ticks_ms
        return self._now_ms


def ticks_ms() -> int:
    """The only place where the firmware asks a clock."""
    if hasattr(time, "ticks_ms"):
        return int(time.ticks_ms())
    return time.monotonic_ns() // 1_000_000
