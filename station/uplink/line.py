"""The line to the registry as all uploads of this station share it: each piece leaves when the budget lets it.

A station that does not know the time keeps no hours: footage that waits for a time nobody tells would wait for ever.
It keeps the rate. The journal goes another way and is never held back here.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator

from station.clock import Clock
from station.config import UploadsConfig
from station.errors import OutsideHoursError
from station.stamp import Stamp
from station.uplink.line_budget import LineBudget, opens_in_ms

_KIB = 1024
_PIECE_BYTES_MAX = 1 << 20

Wall = Callable[[int], dt.datetime]
"""The clock on the station's wall at a moment of UTC, in ms."""


class Line:
    """Used by all uploads at once. `rest` waits so many ms, or raises where the station goes down meanwhile."""

    def __init__(self, config: UploadsConfig, clock: Clock, wall: Wall, rest: Callable[[int], None]) -> None:
        self._window = config.window
        self._clock = clock
        self._wall = wall
        self._rest = rest
        self._lock = threading.Lock()
        self._budget = LineBudget(config.kib_per_second * _KIB) if config.kib_per_second is not None else None

    @property
    def piece_bytes(self) -> int:
        return _PIECE_BYTES_MAX if self._budget is None else self._budget.piece_bytes(_PIECE_BYTES_MAX)

    def opens_in_ms(self, now: Stamp) -> int:
        return opens_in_ms(self._window, self._wall(now.utc_ms)) if now.synchronised else 0

    def require_open(self) -> None:
        if self.opens_in_ms(self._clock.stamp()):
            raise OutsideHoursError("footage is uploaded at its hours alone; it goes on when they begin")

    def leaving(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, each once it may leave; no more of them once the hours are over."""
        for piece in pieces:
            self.require_open()
            self._wait_for(len(piece))
            yield piece

    def _wait_for(self, count: int) -> None:
        with self._lock:
            if self._budget is None:
                return
            self._budget, wait_ms = self._budget.spend(count, self._clock.stamp().boot_ms)
        if wait_ms:
            self._rest(wait_ms)
