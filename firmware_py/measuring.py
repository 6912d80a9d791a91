"""What flows into one slot: samples in; smoothed voltage, current and temperature and the counted charge out.

Whole numbers only: millivolts, milliamperes, hundredths of a degree, milliampere-hours. Never asks a sensor or a clock,
never judges what it measures.
"""

SHUNT_MILLIOHMS = 20
"""With it an INA226 shows eighths of a milliampere."""

MA_MS_PER_MAH = 3_600_000
CHARGE_WRAPS = 1 << 32
"""The count of milliampere-hours starts again here, after centuries."""
COUNTED_GAP_MS = 1_000
"""Of a longer time without samples no more than this is counted: nobody knows what flowed."""
_SIGN, _WORDS = 0x8000, 0x10000
_SMOOTHING_BITS = 2
_HALF = 1 << _SMOOTHING_BITS - 1


class Smoothed:
    """A value that follows its samples by a quarter of the way each; None until the first.

    It keeps the quarters, so that of steady samples it shows exactly their value.
    """

    def __init__(self) -> None:
        self.value: int | None = None
        self._quarters = 0

    def take(self, sample: int) -> None:
        if self.value is None:
            self._quarters = sample << _SMOOTHING_BITS
        else:
            self._quarters += sample - self.value
        self.value = self._quarters + _HALF >> _SMOOTHING_BITS


class Meter:
    """One slot's measurements."""

    def __init__(self) -> None:
        self.millivolts = Smoothed()
        self.milliamperes = Smoothed()
        self.centidegrees = Smoothed()
        self.charge_mah = 0
        self._rest_ma_ms = 0
        """What was counted and is not a whole milliampere-hour yet."""
        self._last_ma = 0
        self._last_ms = 0

    def take(self, sample: tuple[int, int, int], now_ms: int) -> None:
        """Millivolts, milliamperes, hundredths of a degree; the current is taken to have flowed until the next."""
        self._count(min(now_ms - self._last_ms, COUNTED_GAP_MS))
        self._last_ma, self._last_ms = max(sample[1], 0), now_ms
        self.millivolts.take(max(sample[0], 0))
        self.milliamperes.take(self._last_ma)
        self.centidegrees.take(sample[2])

    def forget(self) -> None:
        """The sensors do not answer: what they said is not so any more, what was counted is."""
        self._last_ma = 0
        self.millivolts = Smoothed()
        self.milliamperes = Smoothed()
        self.centidegrees = Smoothed()

    def _count(self, lasted_ms: int) -> None:
        self._rest_ma_ms += self._last_ma * lasted_ms
        self.charge_mah = (self.charge_mah + self._rest_ma_ms // MA_MS_PER_MAH) % CHARGE_WRAPS
        self._rest_ma_ms %= MA_MS_PER_MAH


def sample(bus: bytes, shunt: bytes, temperature: bytes) -> tuple[int, int, int]:
    """Millivolts, milliamperes, hundredths of a degree, from registers as the sensors send them.

    Of an INA226 the bus voltage (1.25 mV) and the shunt's (2.5 uV); of a TMP1075 the temperature (1/256 of a degree).
    """
    return (_signed(bus) * 5 + 2) // 4, (_signed(shunt) + 4) // 8, (_signed(temperature) * 25 + 32) // 64


def _signed(register: bytes) -> int:
    value = int.from_bytes(register, "big")
    return value - _WORDS if value >= _SIGN else value
