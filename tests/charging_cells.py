"""A cell of a few lines in a camera on a charger, for tests: what a bay's board counts and what the camera says of it.

The cell knows nothing of the judgement. Its full charge is stated; all else about it may be wrong by what a test asks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi, sin
from random import Random

from station.bays.battery_evidence import Evidence, Meter, NoEvidence, Observation, evidence
from station.bays.battery_given import BatteryModel, Sample

LOOK_S, SWITCHED_ON_LOOK_S = 30, 5
REST_S = 1_800
TRICKLE_BELOW, TRICKLE_OF_CHARGE, ENDS_OF_CHARGE = 0.0, 0.1, 0.1
FULL_MV, OPEN_SLOPE_MV = 4_200, 800


@dataclass(frozen=True)
class Cell:
    """A camera's battery, its charger and its gauge."""

    full_mah: float
    ohms: float = 0.25
    charge_ma: float = 1_000.0
    percent_step: int = 1
    gauge_points: float = 0.0
    """How far its percentage strays from the truth on the way."""
    jitter_points: float = 0.0


@dataclass(frozen=True)
class Board:
    """A bay's board, as wrong as it is."""

    gain: float = 1.0
    noise_ma: float = 0.0
    noise_mv: float = 0.0


@dataclass(frozen=True)
class Visit:
    """One docking. Below zero it is flat, and its charger trickles first."""

    begun: float
    own_ma: Callable[[float], float] = lambda _: 50.0
    """What the camera takes for itself, by hours since it was put in."""
    pauses: tuple[tuple[float, float], ...] = ()
    """The charger is off from the one hour to the other."""
    taken_at: float = 1.0
    """The part of its charge at which it is taken out; 1 is full, after a rest."""
    ask_s: int = 60


def docked(cell: Cell, visit: Visit, board: Board, rng: Random) -> list[Sample]:
    """Every look at the bay while the camera is in it."""
    return list(_looks(cell, visit, board, rng))


def _looks(cell: Cell, visit: Visit, board: Board, rng: Random) -> Iterator[Sample]:
    charge, counted_mah, at_s, rested_s, was_on = visit.begun, 0.0, 0, 0, True
    next_ask_s = 0
    while rested_s < REST_S and charge < visit.taken_at + (visit.taken_at == 1.0):
        hours = at_s / 3_600
        on = not any(start <= hours < end for start, end in visit.pauses)
        step_s = SWITCHED_ON_LOOK_S if on and not was_on else LOOK_S
        into_ma = _into_battery(cell, charge) if on and not rested_s else 0.0
        rested_s += step_s if on and into_ma == 0.0 else 0
        own_ma = visit.own_ma(hours)
        drawn_ma = into_ma + own_ma if on else 0.0
        battery_ma = into_ma if on else -own_ma
        charge += battery_ma * step_s / 3_600 / cell.full_mah
        counted_mah += board.gain * drawn_ma * step_s / 3_600
        at_s += step_s
        asked = at_s >= next_ask_s and on
        next_ask_s = at_s + visit.ask_s if asked else next_ask_s
        yield Sample(
            at_ms=at_s * 1_000,
            charging=on,
            ma=max(0, round(board.gain * drawn_ma + (rng.gauss(0, board.noise_ma) if on else 0))),
            mv=round(_open_mv(cell, charge) + battery_ma * cell.ohms + rng.gauss(0, board.noise_mv)),
            counted_mah=int(counted_mah),
            percent=_told(cell, charge, rng) if asked else None,
        )
        was_on = on


def _open_mv(cell: Cell, charge: float) -> float:
    return FULL_MV - ENDS_OF_CHARGE * cell.charge_ma * cell.ohms - OPEN_SLOPE_MV * (1 - charge)


def _into_battery(cell: Cell, charge: float) -> float:
    """Trickle, full current, taper, and nothing once the taper is a tenth of it."""
    if charge < TRICKLE_BELOW:
        return TRICKLE_OF_CHARGE * cell.charge_ma
    taper_ma = (FULL_MV - _open_mv(cell, charge)) / cell.ohms
    return 0.0 if charge >= 1 - 1e-4 else min(cell.charge_ma, taper_ma)


def _told(cell: Cell, charge: float, rng: Random) -> int:
    strayed = cell.gauge_points * sin(2 * pi * charge) + rng.gauss(0, cell.jitter_points)
    points = min(100.0, max(0.0, 100 * charge + 0.01 + strayed))
    return int(points // cell.percent_step) * cell.percent_step


STANDBY_MA, RECORDING_MA = 50, 400
BATTERY = BatteryModel(3_000, RECORDING_MA, STANDBY_MA)
GAIN_ERROR = 0.02
METER = Meter("board 1", GAIN_ERROR)
TRUE = Board()
FLAT = -0.01


def stands_by(_: float) -> float:
    return float(STANDBY_MA)


def records(_: float) -> float:
    return float(RECORDING_MA)


def records_until(end_hours: float) -> Callable[[float], float]:
    return lambda hours: records(hours) if hours < end_hours else stands_by(hours)


def seen(cell: Cell, visit: Visit, board: Board = TRUE, battery: BatteryModel = BATTERY) -> Evidence:
    return evidence(docked(cell, visit, board, Random(1)), battery, METER)


def known(found: Observation | NoEvidence) -> Observation:
    assert isinstance(found, Observation), found
    return found
