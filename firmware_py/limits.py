"""When a slot's charger is cut: over-current, a short at once, too warm, unmeasured, or a current while it is off.

A cut stays until the host acknowledges this very one or the camera leaves. What was measured and the time come in,
whether the charger may be on comes out. Never measures, never switches, cannot be moved from the bus.
"""

NOT_CUT = 0
OVER_CURRENT = 1
OVER_TEMPERATURE = 2
SHORT = 3
BLIND = 4
"""Nothing was measured for a while: a charger that nobody watches stays off."""

STUCK = 5
"""Its switch does not open: a current flows though the charger is off. Said whatever it was cut for before."""

OVER_CURRENT_MA = 1_500
SAFE_MA = 800
"""The limit while the host is silent."""
OVER_CURRENT_MS = 500
"""So long it must last, less the dips between: what a camera draws at the first moment is none."""
ROUND_MS = 100
"""No more than this is counted between two samples; a board measures all its slots in less."""
OVER_TEMPERATURE_CENTIDEGREES = 5_500
OVER_TEMPERATURE_MS = 1_000
SHORT_MA = 3_000
SHORT_MV = 2_500
COLLAPSED_MA = 200
"""With a voltage below SHORT_MV: a short that the charger's own current limit holds."""
RISE_MS = 20
"""What the voltage takes to rise after switching on."""
BLIND_MS = 1_000
STUCK_MA = 100
STUCK_MS = 500
_NUMBERS = 0x10000


class Lasting:
    """Whether something has been so for long enough without a break."""

    def __init__(self, long_enough_ms: int) -> None:
        self._long_enough_ms = long_enough_ms
        self._since_ms: int | None = None

    def is_so(self, now_ms: int) -> bool:
        if self._since_ms is None:
            self._since_ms = now_ms
        return now_ms - self._since_ms >= self._long_enough_ms

    def is_not_so(self) -> None:
        self._since_ms = None


class Filling:
    """For how long something has been so, less how long it has not: short dips do not begin it anew."""

    def __init__(self, full_ms: int) -> None:
        self._full_ms = full_ms
        self._filled_ms = 0
        self._last_ms: int | None = None

    def is_full(self, so: bool, now_ms: int) -> bool:  # noqa: FBT001 - it is so or not
        passed_ms = 0 if self._last_ms is None else min(now_ms - self._last_ms, ROUND_MS)
        self._filled_ms = max(self._filled_ms + (passed_ms if so else -passed_ms), 0)
        self._last_ms = now_ms
        return self._filled_ms >= self._full_ms

    def empty(self) -> None:
        self._filled_ms = 0
        self._last_ms = None


class Limits:
    """One slot. `number` counts its cuts; `measured` is what the last was cut for, in mA or hundredths of a degree."""

    def __init__(self) -> None:
        self.reason = NOT_CUT
        self.number = 0
        self.measured = 0
        self._on_since_ms: int | None = None
        self._over_current = Filling(OVER_CURRENT_MS)
        self._too_warm = Lasting(OVER_TEMPERATURE_MS)
        self._stuck = Lasting(STUCK_MS)
        self._seen_ms = 0

    def switched(self, on: bool, now_ms: int) -> None:  # noqa: FBT001 - a charger has two states
        """What the charger does now; told again and again."""
        if not on:
            self._on_since_ms = None
            self._over_current.empty()
        elif self._on_since_ms is None:
            self._on_since_ms = now_ms
            self._stuck.is_not_so()
            self._seen_ms = now_ms

    def measure(self, sample: tuple[int, int, int], smooth: tuple[int, int], limit_ma: int, now_ms: int) -> None:
        """`sample` is the last one as it came: of a short, one is enough. `smooth` are current and temperature."""
        self._seen_ms = now_ms
        milliamperes, centidegrees = smooth
        if centidegrees < OVER_TEMPERATURE_CENTIDEGREES:
            self._too_warm.is_not_so()
        elif self._too_warm.is_so(now_ms):
            self._cut(OVER_TEMPERATURE, centidegrees)
        if self._on_since_ms is not None:
            self._judge_short(sample[0], sample[1], now_ms - self._on_since_ms)
            if self._over_current.is_full(milliamperes > limit_ma, now_ms):
                self._cut(OVER_CURRENT, milliamperes)
        elif min(sample[1], milliamperes) < STUCK_MA:  # what is smoothed still falls when the charger was just cut
            self._stuck.is_not_so()
        elif self._stuck.is_so(now_ms):
            self._cut(STUCK, milliamperes)

    def _judge_short(self, millivolts: int, milliamperes: int, on_ms: int) -> None:
        collapsed = millivolts < SHORT_MV and milliamperes >= COLLAPSED_MA and on_ms >= RISE_MS
        if milliamperes >= SHORT_MA or collapsed:
            self._cut(SHORT, milliamperes)

    def look(self, now_ms: int) -> None:
        """The moment to notice that nothing is measured any more."""
        if self._on_since_ms is not None and now_ms - self._seen_ms >= BLIND_MS:
            self._cut(BLIND, 0)

    def forgive(self) -> None:
        """The host has seen this very cut, or the camera has left."""
        self.reason = NOT_CUT

    def _cut(self, reason: int, measured: int) -> None:
        if self.reason == NOT_CUT or (reason == STUCK and self.reason != STUCK):
            self.reason = reason
            self.number = (self.number + 1) % _NUMBERS
            self.measured = measured
        self._on_since_ms = None
        self._over_current.empty()
