"""What a battery is worth by the word of several dockings: health with its spread, and hours it will record.

Pure: asks nobody and keeps nothing. It never guesses: without evidence enough it says so, and why.
"""

from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto
from math import hypot, sqrt
from statistics import median

from msgspec import Struct

from station.bays.battery_evidence import Evidence, NoEvidence, Observation
from station.bays.battery_given import RECTANGLE, BatteryModel

DOCKINGS_MIN = 3
"""Of two that differ nobody can say which is wrong."""
DOCKINGS_MAX = 9
"""The latest; a battery ages."""
SPREAD_MAX = 0.15
"""Beyond it a number would say more than is known."""
_ERROR_MAX = 0.10
_COVERS = 2.0
"""Standard errors that cover the truth 95 times of 100."""
_MEDIAN_ERROR = 1.2533
"""How much less sure a median is than a mean."""
_MAD_TO_SIGMA = 1.4826
_PERCENT = 100
_MINUTES_PER_HOUR = 60


class Unknown(Enum):
    """Why nobody can say."""

    TOO_FEW_DOCKINGS = auto()
    TOO_UNSURE = auto()
    WAYS_DISAGREE = auto()
    """What was weighed is not what the camera's percentages say."""


class Spread(Struct, frozen=True):
    """A value, and between what limits it is 95 times of 100."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Spread":
        return Spread(self.value * factor, self.low * factor, self.high * factor)


class Health(Struct, frozen=True):
    """Full charge of a battery, now."""

    full_mah: Spread
    percent: Spread
    """Of the model's design capacity; a new battery may have more than 100."""
    weighed: bool
    """By charge alone; else by what the camera says of itself."""
    dockings: int


def judged(dockings: Sequence[Evidence], battery: BatteryModel) -> Health | Unknown:
    """Oldest first. By what was weighed from cut-in to taper end where there is enough of it, else by percentages."""
    weighed, told = _usable([one.weighed for one in dockings]), _usable([one.told for one in dockings])
    chosen = weighed if len(weighed) >= DOCKINGS_MIN else told
    if len(chosen) < DOCKINGS_MIN:
        return Unknown.TOO_FEW_DOCKINGS
    full_mah = _full_charge(chosen)
    if full_mah.high - full_mah.value > SPREAD_MAX * full_mah.value:
        return Unknown.TOO_UNSURE
    if chosen is told and any(_denies(one, full_mah) for one in weighed):
        return Unknown.WAYS_DISAGREE
    return Health(full_mah, full_mah.times(_PERCENT / battery.design_mah), chosen is weighed, len(chosen))


def resistance(dockings: Sequence[Evidence]) -> Spread | None:
    """Ohms, the median of the latest dockings; None before there are enough."""
    found = [one.ohms for one in dockings if one.ohms is not None][-DOCKINGS_MAX:]
    if len(found) < DOCKINGS_MIN:
        return None
    value = median(found)
    reach = _COVERS * _MEDIAN_ERROR * _scatter(found, value) / sqrt(len(found))
    return Spread(value, value - reach, value + reach)


def recording_minutes(health: Health, charge_percent: int, battery: BatteryModel) -> Spread:
    """How long it records from this charge; a percentage may be half a step less or more than it says.

    The spread is the battery's: what recording draws is the model's own word.
    """
    half_step = battery.percent_step / 2
    least, most = max(0.0, charge_percent - half_step), min(float(_PERCENT), charge_percent + half_step)
    per_mah = _MINUTES_PER_HOUR / battery.recording_ma / _PERCENT
    full_mah = health.full_mah
    return Spread(
        full_mah.value * charge_percent * per_mah, full_mah.low * least * per_mah, full_mah.high * most * per_mah
    )


def _usable(found: Sequence[Observation | NoEvidence]) -> list[Observation]:
    sure = [one for one in found if isinstance(one, Observation) and _error(one) <= _ERROR_MAX]
    return sure[-DOCKINGS_MAX:]


def _error(one: Observation) -> float:
    return hypot(one.own_error, one.shared_error)


def _full_charge(chosen: Sequence[Observation]) -> Spread:
    """Median; own errors shrink with the dockings, a board's with the boards, the camera's not at all."""
    value, count = median(one.full_mah for one in chosen), len(chosen)
    stated = sqrt(sum(one.own_error**2 for one in chosen) / count)
    scattered = _scatter([one.full_mah for one in chosen], value) / value
    own = _MEDIAN_ERROR * max(stated, scattered) / sqrt(count)
    meters = Counter(one.meter for one in chosen)
    gain = sqrt(sum((times / count * meter.gain_error) ** 2 for meter, times in meters.items())) / RECTANGLE
    shared = median(one.shared_error for one in chosen)
    reach = _COVERS * hypot(own, gain, shared) * value
    return Spread(value, value - reach, value + reach)


def _scatter(values: Sequence[float], middle: float) -> float:
    """Standard error of one of them, by how they lie; one wild one does not count."""
    return _MAD_TO_SIGMA * median(abs(value - middle) for value in values)


def _denies(weighed: Observation, full_mah: Spread) -> bool:
    error = hypot(_error(weighed), weighed.meter.gain_error / RECTANGLE)
    reach = _COVERS * error * weighed.full_mah + (full_mah.high - full_mah.value)
    return abs(weighed.full_mah - full_mah.value) > reach
