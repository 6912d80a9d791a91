"""What one docking says of a battery: full charge and inner resistance, each with its error, or why it says nothing.

Pure: looks at samples that others took; asks no board, camera or clock. A percentage is what the camera believes, so
the charge weighed from the charger's cut-in to the end of its taper is taken too, and needs no percentage at all.
"""

from collections.abc import Sequence
from enum import Enum, auto
from itertools import pairwise
from math import hypot, sqrt
from statistics import linear_regression, median
from typing import NamedTuple

from msgspec import Struct

from station.bays.battery_given import COUNT_ERROR_MAH, FULL_POINTS, RECTANGLE, BatteryModel, Sample, Stretch, unbroken

SPAN_POINTS_MIN = 40
"""Over less, two wrong points of a percentage are worth more than the charge between them."""
_GAUGE_POINTS = 1.25
"""How far, one time in three, a camera's percentage is from charge at either end of the span; more where it strays."""
_UNSEEN_GAUGE_POINTS = 1.75
"""Where too few percentages were passed to see it stray."""
_CROSSINGS_MIN = 4
"""Two halves of two, to see whether one is like the other."""
_BEND_MAX = 0.15
"""Percentages that rise so much faster in one half of the span than in the other count something else than charge."""
_MISSES_FULL_POINTS = 6
_ENDS_ERROR = 0.02
"""What is below the charger's cut-in and what its taper leaves undone, as a share of full charge."""
_FLAT_PERCENT_MAX = 10
_TRICKLE_MS = 120_000
_TRICKLE_OF_PEAK_MAX = 0.35
_CUT_IN_OF_PEAK_MIN = 0.6
_SWITCH_ON_MS_MAX = 15_000
_SWITCH_ON_MA_MIN = 100
_OPEN_MV_MIN = 2_500
"""Less is no battery's voltage: the charger's switch lies between it and whoever measures."""


class Meter(Struct, frozen=True):
    """Who counted."""

    board: str
    gain_error: float
    """Limit of its current's error, as a share, as its data sheet has it."""


class NoEvidence(Enum):
    """Why a docking says nothing of full charge."""

    TOO_LITTLE_CHARGED = auto()
    OWN_DRAW_UNKNOWN = auto()
    PERCENT_IS_NOT_CHARGE = auto()
    """It bends, or is not at its end where the charge is."""


class Observation(Struct, frozen=True):
    """Full charge by one docking. Errors are standard errors, as shares of it."""

    full_mah: float
    own_error: float
    """Drawn anew in each docking."""
    shared_error: float
    """The same in every docking of this camera."""
    meter: Meter


class Evidence(Struct, frozen=True):
    """One docking's word."""

    told: Observation | NoEvidence
    """By the charge counted while the camera's percentage rose."""
    weighed: Observation | NoEvidence
    """By the charge counted from cut-in to taper end; asks no percentage."""
    ohms: float | None


def evidence(samples: Sequence[Sample], battery: BatteryModel, meter: Meter) -> Evidence:
    stretch = unbroken(samples, battery)
    if stretch is None:
        return Evidence(NoEvidence.TOO_LITTLE_CHARGED, NoEvidence.TOO_LITTLE_CHARGED, _ohms(samples))
    told = _by_percent(stretch, battery, meter)
    return Evidence(told, _by_charge(stretch, battery, meter), _ohms(samples))


def _ohms(samples: Sequence[Sample]) -> float | None:
    """The median of all switch-ons. A voltage that falls then is the supply's and tells nothing of a battery."""
    found = []
    for before, after in pairwise(samples):
        switched_on = after.charging and not before.charging and after.at_ms - before.at_ms <= _SWITCH_ON_MS_MAX
        more_ma = after.ma - before.ma
        if switched_on and more_ma >= _SWITCH_ON_MA_MIN and after.mv > before.mv >= _OPEN_MV_MIN:
            found.append((after.mv - before.mv) / more_ma)
    return median(found) if found else None


class _Crossing(NamedTuple):
    """Where a percentage was reached, between two readings: exact, however coarse the percentage."""

    points: int
    given_mah: float
    error_mah: float
    at: int


def _by_percent(stretch: Stretch, battery: BatteryModel, meter: Meter) -> Observation | NoEvidence:
    crossings = _crossings(stretch, battery.percent_step)
    if not crossings or crossings[-1].points - crossings[0].points < SPAN_POINTS_MIN:
        return NoEvidence.TOO_LITTLE_CHARGED
    charged_mah = crossings[-1].given_mah - crossings[0].given_mah
    if charged_mah <= 0 or _bends(crossings):
        return NoEvidence.PERCENT_IS_NOT_CHARGE
    line = linear_regression([one.given_mah for one in crossings], [one.points for one in crossings])
    if line.slope <= 0:
        return NoEvidence.PERCENT_IS_NOT_CHARGE
    if stretch.full_at is not None:
        ends_at = line.intercept + line.slope * stretch.given_mah[stretch.full_at]
        if abs(ends_at - FULL_POINTS) > max(_MISSES_FULL_POINTS, battery.percent_step):
            return NoEvidence.PERCENT_IS_NOT_CHARGE
    own = stretch.own_ma_error * stretch.hours(crossings[0].at, crossings[-1].at) / charged_mah
    between = sqrt(2) * sqrt(sum(one.error_mah**2 for one in crossings) / len(crossings)) / charged_mah
    strays = max(abs(line.intercept + line.slope * one.given_mah - one.points) for one in crossings)
    least = _GAUGE_POINTS if len(crossings) >= _CROSSINGS_MIN else _UNSEEN_GAUGE_POINTS
    gauge = sqrt(2) * max(least, strays) / (crossings[-1].points - crossings[0].points)
    full_mah = FULL_POINTS / line.slope
    if stretch.full_at is None:  # what it drew was guessed, and is guessed alike in every docking
        return _observation(full_mah, between, hypot(gauge, own), battery, meter)
    return _observation(full_mah, hypot(own, between), gauge, battery, meter)


def _crossings(stretch: Stretch, step: int) -> list[_Crossing]:
    """Of each percentage told but the first; 0 and 100 are often told by other signs than charge."""
    told = [(n, sample.percent) for n, sample in enumerate(stretch.samples) if sample.percent is not None]
    found = []
    for points in sorted({percent for _, percent in told} - {0, FULL_POINTS}):
        above = next(k for k, (_, percent) in enumerate(told) if percent >= points)
        below = max((k for k, (_, percent) in enumerate(told) if percent < points), default=-1)
        if above == 0 or below == len(told) - 1:
            continue
        firstly, lastly = (_reached(stretch, told[k - 1], told[k], points, step) for k in (above, below + 1))
        error_mah = max(firstly[1], lastly[1], abs(lastly[0] - firstly[0]) / 2) / RECTANGLE
        found.append(_Crossing(points, (firstly[0] + lastly[0]) / 2, error_mah, told[above][0]))
    return found


def _reached(
    stretch: Stretch, before: tuple[int, int], after: tuple[int, int], points: int, step: int
) -> tuple[float, float]:
    """What had been given when the percentage passed a value between two readings, and by how much that may be off."""
    given_mah = stretch.given_mah[before[0]]
    gap_mah, rise = stretch.given_mah[after[0]] - given_mah, after[1] - before[1]
    share = min(1.0, max(0.0, (points - before[1] - step / 2) / rise))
    return given_mah + gap_mah * share, abs(gap_mah) * min(1.0, step / rise) / 2


def _bends(crossings: Sequence[_Crossing]) -> bool:
    if len(crossings) < _CROSSINGS_MIN:
        return False
    middle = len(crossings) // 2
    slow, fast = sorted(
        (half[-1].given_mah - half[0].given_mah) / (half[-1].points - half[0].points)
        for half in (crossings[: middle + 1], crossings[middle:])
    )
    return slow <= 0 or (fast - slow) / (fast + slow) > _BEND_MAX


def _by_charge(stretch: Stretch, battery: BatteryModel, meter: Meter) -> Observation | NoEvidence:
    cut_in = _cut_in(stretch)
    if cut_in is None:
        return NoEvidence.TOO_LITTLE_CHARGED
    if stretch.full_at is None:
        return NoEvidence.OWN_DRAW_UNKNOWN
    charged_mah = stretch.given_mah[stretch.full_at] - stretch.given_mah[cut_in]
    if charged_mah <= 0 or _was_not_flat(stretch, cut_in, charged_mah):
        return NoEvidence.TOO_LITTLE_CHARGED
    own_mah = stretch.own_ma_error * stretch.hours(cut_in, stretch.full_at)
    between_mah = stretch.into_ma(cut_in) * stretch.hours(cut_in - 1, cut_in) / 2 / RECTANGLE
    error = hypot(own_mah, between_mah, COUNT_ERROR_MAH) / charged_mah
    return _observation(charged_mah, error, _ENDS_ERROR, battery, meter)


def _cut_in(stretch: Stretch) -> int | None:
    """Where a charger that found its battery flat goes over from its trickle to its full current."""
    samples, into_ma = stretch.samples, [stretch.into_ma(n) for n in range(len(stretch.samples))]
    peak_ma = max(into_ma)
    first = next((n for n, sample in enumerate(samples) if sample.charging), len(samples))
    at = first
    while at < len(samples) and samples[at].charging and into_ma[at] <= _TRICKLE_OF_PEAK_MAX * peak_ma:
        at += 1
    if at == len(samples) or samples[at].at_ms - samples[first].at_ms < _TRICKLE_MS:
        return None
    return at if into_ma[at] >= _CUT_IN_OF_PEAK_MIN * peak_ma else None


def _was_not_flat(stretch: Stretch, cut_in: int, charged_mah: float) -> bool:
    """By the first percentage told: some cameras draw little until they have been spoken to."""
    told = next((n for n, sample in enumerate(stretch.samples) if sample.percent is not None), None)
    if told is None:
        return False
    given_points = FULL_POINTS * max(0.0, stretch.given_mah[told] - stretch.given_mah[cut_in]) / charged_mah
    return (stretch.samples[told].percent or 0) > given_points + _FLAT_PERCENT_MAX


def _observation(
    counted_mah: float, own_error: float, shared_error: float, battery: BatteryModel, meter: Meter
) -> Observation:
    full_mah = counted_mah * battery.mah_per_counted
    return Observation(full_mah, own_error, hypot(shared_error, battery.mah_per_counted_error), meter)
