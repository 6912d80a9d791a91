"""What the battery in a bay was given, look by look: the charge counted, less what its camera used for itself.

Pure: looks at samples that others took; asks no board, camera or clock. It judges nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot, sqrt
from statistics import median
from typing import NamedTuple

from msgspec import Struct

FULL_POINTS = 100
COUNT_ERROR_MAH = 0.6
"""The counter tells whole milliampere-hours, at both ends of what is weighed."""
RECTANGLE = sqrt(3)
"""A limit over this is the standard error of a value that may be anywhere within the limit."""
_REST_MS = 600_000
_REST_OF_PEAK_MAX = 0.45
_REST_BAND_MA, _REST_BAND_OF_PEAK = 20, 0.02
_REST_SAMPLES_MIN = 5
_FULL_PERCENT_MIN = 90
_STEP_MS_MAX = 300_000
"""Over four samples; looks that lie further apart show no steps."""
_STEP_MA_MIN, _STEP_OF_PEAK = 30, 0.03
_OWN_MA_ERROR = 5.0
_MS_PER_HOUR = 3_600_000


class Sample(NamedTuple):
    """One look at a bay, every half minute and at once after a switch; times by a clock that is never set."""

    at_ms: int
    charging: bool
    """The charger's switch, not what the camera makes of it."""
    ma: int
    mv: int
    counted_mah: int
    """Since the board began to count; falls only when the board was started again."""
    percent: int | None = None
    """What the camera said, where it was asked and said anything."""


class BatteryModel(Struct, frozen=True):
    """What is known of every camera of one model before any is measured."""

    design_mah: int
    recording_ma: int
    standby_ma: int
    """Docked, not recording."""
    percent_step: int = 1
    mah_per_counted: float = 1.0
    """What reaches the battery of each milliampere-hour that the board counts; not 1 behind a switching charger."""
    mah_per_counted_error: float = 0.0
    """Its standard error, as a share."""


class Stretch(NamedTuple):
    """Samples without a break in the count, and what the battery itself was given up to each."""

    samples: Sequence[Sample]
    own_ma: list[float]
    """What the camera took for itself at each."""
    own_ma_error: float
    given_mah: list[float]
    full_at: int | None

    def into_ma(self, n: int) -> float:
        return self.samples[n].ma - self.own_ma[n]

    def hours(self, start: int, end: int) -> float:
        return (self.samples[end].at_ms - self.samples[start].at_ms) / _MS_PER_HOUR


def unbroken(samples: Sequence[Sample], battery: BatteryModel) -> Stretch | None:
    begun = max((n for n in range(1, len(samples)) if samples[n].counted_mah < samples[n - 1].counted_mah), default=0)
    samples = samples[begun:]
    currents = sorted(sample.ma for sample in samples if sample.charging)
    if len(currents) < _REST_SAMPLES_MIN:
        return None
    peak_ma = float(currents[len(currents) * 19 // 20])
    rest = _rest(samples, peak_ma, battery.percent_step)
    if rest is None:
        limits = battery.standby_ma, battery.recording_ma
        own_ma, error = [sum(limits) / 2] * len(samples), (limits[1] - limits[0]) / 2 / RECTANGLE
    else:
        own_ma, error = _own_draw(samples, rest, peak_ma, battery.recording_ma)
    return Stretch(samples, own_ma, error, _given(samples, own_ma), rest and rest.begun)


class _Rest(NamedTuple):
    """Between which samples the camera took current for itself alone, its battery full."""

    begun: int
    ended: int


def _rest(samples: Sequence[Sample], peak_ma: float, percent_step: int) -> _Rest | None:
    """The last of them; the charger may have been switched off since."""
    offs = [n for n in range(1, len(samples)) if samples[n - 1].charging and not samples[n].charging]
    for end in reversed([*offs, len(samples)]):
        if found := _rest_until(samples[:end], peak_ma, percent_step):
            return found
    return None


def _rest_until(samples: Sequence[Sample], peak_ma: float, percent_step: int) -> _Rest | None:
    """From where on the current stands still, low, until the end. One stray sample is noise."""
    rest_ma = median(sample.ma for sample in samples[-2 * _REST_SAMPLES_MIN :])
    band_ma = max(_REST_BAND_MA, _REST_BAND_OF_PEAK * peak_ma)
    start, strays = len(samples), 0
    for n in range(len(samples) - 1, -1, -1):
        strays = 0 if abs(samples[n].ma - rest_ma) <= band_ma else strays + 1
        if strays > 1 or not samples[n].charging:
            break
        start = n if not strays else start
    if start in {0, len(samples)} or rest_ma > _REST_OF_PEAK_MAX * peak_ma:
        return None
    told = max((sample.percent for sample in samples[start:] if sample.percent is not None), default=FULL_POINTS)
    long_enough = samples[-1].at_ms - samples[start].at_ms >= _REST_MS
    return _Rest(start, len(samples) - 1) if long_enough and told + percent_step > _FULL_PERCENT_MIN else None


def _own_draw(samples: Sequence[Sample], rest: _Rest, peak_ma: float, recording_ma: int) -> tuple[list[float], float]:
    """What the camera took for itself at each sample, back from its rest: a sudden step is its own, a taper is not."""
    begun, ended = samples[rest.begun], samples[rest.ended]
    rest_hours = (ended.at_ms - begun.at_ms) / _MS_PER_HOUR
    own = (ended.counted_mah - begun.counted_mah) / rest_hours
    least, most = max(_STEP_MA_MIN, _STEP_OF_PEAK * peak_ma), 1.3 * recording_ma
    draws = [own] * len(samples)
    for n in range(rest.begun - 2, -1, -1):
        step = _step(samples[max(0, n - 1) : n + 3], min(n, 1))
        if least < abs(step) < most:
            own = min(max(0.0, own - step), most)
        draws[n] = own
    return draws, hypot(_OWN_MA_ERROR, COUNT_ERROR_MAH / rest_hours)


def _step(around: Sequence[Sample], at: int) -> float:
    """By how much the current rose by itself after one of these samples, if it did not rise or fall alike around it."""
    if not all(sample.charging for sample in around) or around[-1].at_ms - around[0].at_ms > _STEP_MS_MAX:
        return 0.0
    rises = [after.ma - before.ma for before, after in pairwise(around)]
    step = rises.pop(at)
    return step - sum(rises) / len(rises) if all(abs(rise) < abs(step) / 2 for rise in rises) else 0.0


def _given(samples: Sequence[Sample], own_ma: Sequence[float]) -> list[float]:
    """What was counted, less what the camera used; with the charger off it uses the battery's."""
    given, used_mah = [0.0], 0.0
    for n in range(1, len(samples)):
        used_mah += own_ma[n - 1] * (samples[n].at_ms - samples[n - 1].at_ms) / _MS_PER_HOUR
        given.append(samples[n].counted_mah - samples[0].counted_mah - used_mah)
    return given
