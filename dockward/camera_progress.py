"""A bar for long work, drawn only where a terminal is attached. Knows no clock and nothing of what is counted."""

import sys
from typing import TextIO

_WIDTH = 30
_STEPS = 1_000
"""How often it is drawn anew, at most."""


class Progress:
    """Counts to `total`; a terminal sees how far."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._draws = self._stream.isatty()
        self._done = 0
        self._step = -1

    def add(self, count: int) -> None:
        self._done += count
        step = self._done * _STEPS // self._total if self._total else _STEPS
        if self._draws and step != self._step:
            self._step = step
            filled = "█" * (min(step, _STEPS) * _WIDTH // _STEPS)
            print(f"\r[{filled:░<{_WIDTH}}] {step / (_STEPS / 100):5.1f}%", end="", file=self._stream, flush=True)

    def close(self) -> None:
        """Leave the line to whoever prints next."""
        if self._draws and self._step >= 0:
            print(f"\r{' ' * (_WIDTH + 9)}\r", end="", file=self._stream, flush=True)
            self._step = -1
