"""The battery judgement against cells of an independent electrochemical model: how far off it is, how often it covers.

Cells come from `bench/battery_cells.py`, solved in an environment of its own. Here they are put in cameras that draw
for themselves, on boards that count wrong, with gauges that tell whole percentages, asked as rarely as the station asks
and left on the charger as long as its plan leaves them; then judged by the product's code. What each camera draws is
not quite what its model's data sheet says. Peers are judged where ours says anything: what one reckons by hand (what
was counted in the last docking over the percentages it rose by), and the median of the same five dockings, each with
the data sheet's standby taken off.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import pi, sin
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from msgspec import Struct, convert

from station.bays.battery_evidence import Evidence, Meter, evidence
from station.bays.battery_given import FULL_POINTS, BatteryModel, Sample
from station.bays.battery_health import Health, judged
from station.bays.battery_log import GAIN_ERROR
from station.bays.charging_plan import REST_MS

PYTHON = Path(".bench-venv/bin/python")
MEDIAN_MAX, COVERED_MIN = 0.03, 0.95
DOCKINGS, BOARDS, BATTERIES = 5, 8, 8
LOOK_S, SWITCHED_ON_S, REST_S, ASK_S = 30, 10, REST_MS // 1_000, 600
STANDBY_MA, RECORDING_MA = 50, 450
"""As the model's data sheet has them."""
DRAW_STRAYS = 0.4
"""By so much may a camera draw more or less than that."""
RECORDS, RECORDS_AT_FIRST = 0.2, 0.4
FLAT = 0
FOREVER_S = 1e9
DESIGN_MAH = 3_000


class Charge(Struct):
    """From where the charger is switched on to the end of its taper."""

    seconds: list[float]
    ma: list[float]
    mv: list[float]
    rest_mv: list[float]


class Cell(Struct):
    """One solved cell: flat, half used and used to a third when it was charged."""

    cell: str
    active: float
    celsius: int
    true_mah: float
    charges: list[Charge]


class Solved(Struct):
    pybamm: str
    cells: list[Cell]


class Noise(NamedTuple):
    """Of one look."""

    name: str
    ma: float
    mv: float
    gauge_points: float
    jitter_points: float
    learned: bool = True
    """Whether the gauge knows that its battery has aged."""


USUAL = Noise("usual", 4, 4, 1.0, 0.7)
NOISES = (Noise("none", 0, 0, 0, 0), USUAL, Noise("high", 8, 8, 2.0, 1.5))
UNLEARNED = USUAL._replace(learned=False)
STEPS = (1, 4, 25)


class Result(NamedTuple):
    cell: Cell
    noise: Noise
    step: int
    flat: bool
    health: Health | None
    by_hand_mah: float | None
    by_median_mah: float | None

    @property
    def error(self) -> float:
        assert self.health is not None
        return self.health.full_mah.value / self.cell.true_mah - 1

    @property
    def covered(self) -> bool:
        assert self.health is not None
        return self.health.full_mah.low <= self.cell.true_mah <= self.health.full_mah.high


def run(folder: Path) -> None:
    if not PYTHON.exists():
        sys.exit("battery: the cells' own environment is missing; make .bench-venv/solves")
    path = folder / "cells.json"
    subprocess.run([PYTHON, "bench/battery_cells.py", path], check=True)
    report(path)


def report(path: Path) -> None:
    solved = convert(json.loads(path.read_bytes()), Solved)
    results = [one for cell in solved.cells for noise in NOISES for one in _results(cell, noise, BOARDS)]
    for flat in (False, True):
        way = "docked flat" if flat else "docked part used"
        of_way = [one for one in results if one.flat is flat]
        usual = [one for one in of_way if one.noise.name == "usual"]
        for name in sorted({one.cell.cell for one in usual}):
            _print(f"{way}, {name}", [one for one in usual if one.cell.cell == name])
        for active in sorted({one.cell.active for one in usual}, reverse=True):
            _print(f"{way}, {active:.0%} active", [one for one in usual if one.cell.active == active])
        for celsius in sorted({one.cell.celsius for one in usual}):
            _print(f"{way}, {celsius} °C", [one for one in usual if one.cell.celsius == celsius])
        for step in STEPS:
            _print(f"{way}, steps of {step} %", [one for one in usual if one.step == step])
        for noise in NOISES:
            _print(f"{way}, noise {noise.name}", [one for one in of_way if one.noise is noise])
    _print("all", results)
    _print("all, weighed from cut-in to taper end", [one for one in results if one.health and one.health.weighed])
    own_bay = [one for cell in solved.cells for one in _results(cell, USUAL, 1)]
    for flat in (False, True):
        way = "docked flat" if flat else "docked part used"
        _print(f"{way}, always in its own bay", [one for one in own_bay if one.flat is flat])
    unlearned = [one for cell in solved.cells for one in _results(cell, UNLEARNED, BOARDS)]
    for active in sorted({one.cell.active for one in unlearned}, reverse=True):
        of_age = [one for one in unlearned if one.cell.active == active and not one.flat]
        _print(f"gauge that never learns, docked part used, {active:.0%} active", of_age)


def _print(what: str, results: Sequence[Result]) -> None:
    known = [one for one in results if one.health is not None]
    if not known:
        print(f"battery: {what}: nothing known of {len(results)}")
        return
    errors = sorted(abs(one.error) for one in known)
    covered = sum(one.covered for one in known) / len(known)
    spread = median(one.health.full_mah.high / one.health.full_mah.value - 1 for one in known if one.health)
    short = "" if covered >= COVERED_MIN else f" - LESS THAN THE {COVERED_MIN:.0%} IT IS TO COVER"
    print(
        f"battery: {what}: error {median(errors):.1%} (median, limit {MEDIAN_MAX:.0%}),"
        f" {errors[len(errors) * 9 // 10]:.1%} (9 of 10), {errors[-1]:.1%} (worst), mean {_mean(known):+.1%};"
        f" stated ± {spread:.1%}, covers {covered:.1%} (limit {COVERED_MIN:.0%}); known {len(known)} of {len(results)};"
        f" by hand {_peer(known, [one.by_hand_mah for one in known])};"
        f" median of {DOCKINGS} less standby {_peer(known, [one.by_median_mah for one in known])}{short}"
    )


def _peer(known: Sequence[Result], said: Sequence[float | None]) -> str:
    """Over the same batteries as ours: median, nine of ten, worst; and how many of them it says nothing of."""
    errors = sorted(abs(mah / one.cell.true_mah - 1) for one, mah in zip(known, said, strict=True) if mah is not None)
    if not errors:
        return "says nothing"
    silent = f" (silent of {len(known) - len(errors)})" if len(errors) < len(known) else ""
    return f"{median(errors):.1%}, {errors[len(errors) * 9 // 10]:.1%}, {errors[-1]:.1%}{silent}"


def _mean(known: Sequence[Result]) -> float:
    return sum(one.error for one in known) / len(known)


class _Camera(NamedTuple):
    """One battery in one camera, and the boards it may come to."""

    cell: Cell
    noise: Noise
    battery: BatteryModel
    gauge: float
    gains: list[float]
    standby_ma: float
    recording_ma: float


class _Docking(NamedTuple):
    """Ours and the peers' word."""

    evidence: Evidence
    by_hand_mah: float | None
    less_standby_mah: float | None


def _results(cell: Cell, noise: Noise, boards: int) -> Iterator[Result]:
    rng = Random(f"{cell.cell}{cell.active}{cell.celsius}{noise}{boards}")
    for step in STEPS:
        battery = BatteryModel(DESIGN_MAH, RECORDING_MA, STANDBY_MA, percent_step=step)
        for _ in range(BATTERIES):
            camera = _camera(cell, noise, battery, boards, rng)
            for flat in (False, True):
                dockings = [_docked(camera, rng, flat=flat) for _ in range(DOCKINGS)]
                health = judged([one.evidence for one in dockings], battery)
                known = health if isinstance(health, Health) else None
                less_standby = [one.less_standby_mah for one in dockings if one.less_standby_mah is not None]
                middle = median(less_standby) if less_standby else None
                yield Result(cell, noise, step, flat, known, dockings[-1].by_hand_mah, middle)


def _camera(cell: Cell, noise: Noise, battery: BatteryModel, boards: int, rng: Random) -> _Camera:
    gauge = rng.uniform(-noise.gauge_points, noise.gauge_points)
    gains = [1 + rng.uniform(-GAIN_ERROR, GAIN_ERROR) for _ in range(boards)]
    standby_ma, recording_ma = (ma * (1 + rng.uniform(-DRAW_STRAYS, DRAW_STRAYS)) for ma in (STANDBY_MA, RECORDING_MA))
    return _Camera(cell, noise, battery, gauge, gains, standby_ma, recording_ma)


def _docked(camera: _Camera, rng: Random, *, flat: bool) -> _Docking:
    charges, board = camera.cell.charges, rng.randrange(len(camera.gains))
    bay = _Bay(camera, charges[FLAT] if flat else rng.choice(charges[FLAT + 1 :]), camera.gains[board], rng)
    looks = list(bay.looks())
    found = evidence(looks, camera.battery, Meter(str(board), GAIN_ERROR))
    return _Docking(found, _by_hand(looks, 0), _by_hand(looks, STANDBY_MA))


def _by_hand(looks: Sequence[Sample], own_ma: float) -> float | None:
    told = [look for look in looks if look.percent is not None]
    rise = (told[-1].percent or 0) - (told[0].percent or 0)
    own_mah = own_ma * (told[-1].at_ms - told[0].at_ms) / 3_600_000
    return 100 * (told[-1].counted_mah - told[0].counted_mah - own_mah) / rise if rise > 0 else None


class _Bay:
    """What a board and a camera tell of one charge."""

    def __init__(self, camera: _Camera, charge: Charge, gain: float, rng: Random) -> None:
        self.camera, self.charge, self.gain, self.rng = camera, charge, gain, rng
        draw = rng.random()
        self.records_until_s = FOREVER_S if draw < RECORDS else 0.0
        if RECORDS <= draw < RECORDS + RECORDS_AT_FIRST:
            self.records_until_s = rng.uniform(600, 5_400)
        self.into_mah = list(_into_mah(charge))

    def looks(self) -> Iterator[Sample]:
        yield Sample(at_ms=0, charging=False, ma=0, mv=round(self.charge.rest_mv[0]), counted_mah=0)
        begun_s, ended_s = self.charge.seconds[0], self.charge.seconds[-1]
        at_s, next_ask_s, k, own_mah, was_s = begun_s + SWITCHED_ON_S, 0.0, 0, 0.0, begun_s
        full_s = FOREVER_S
        while at_s < min(full_s, ended_s + ASK_S) + REST_S:
            while k + 1 < len(self.charge.seconds) and self.charge.seconds[k + 1] <= at_s:
                k += 1
            records = at_s - begun_s < self.records_until_s
            own_ma = self.camera.recording_ma if records else self.camera.standby_ma
            own_mah += own_ma * (at_s - was_s) / 3_600
            asked = at_s >= next_ask_s
            next_ask_s = at_s + ASK_S if asked else next_ask_s
            percent = self._told(self.into_mah[k]) if asked else None
            full_s = min(full_s, at_s) if percent == FULL_POINTS else full_s
            into_ma = self.charge.ma[k] if at_s < ended_s else 0.0
            yield Sample(
                at_ms=round((at_s - begun_s) * 1_000),
                charging=True,
                ma=max(0, round(self.gain * (into_ma + own_ma) + self.rng.gauss(0, self.camera.noise.ma))),
                mv=round(self.charge.mv[k] + self.rng.gauss(0, self.camera.noise.mv)),
                counted_mah=int(self.gain * (self.into_mah[k] + own_mah)),
                percent=percent,
            )
            was_s, at_s = at_s, at_s + LOOK_S

    def _told(self, into_mah: float) -> int:
        full_mah = self.camera.cell.true_mah if self.camera.noise.learned else DESIGN_MAH
        charge = 1 - (self.into_mah[-1] - into_mah) / full_mah
        strayed = self.camera.gauge * sin(2 * pi * charge) + self.rng.gauss(0, self.camera.noise.jitter_points)
        step, points = self.camera.battery.percent_step, min(100.0, max(0.0, 100 * charge + strayed))
        return int(points // step) * step


def _into_mah(charge: Charge) -> Iterator[float]:
    total_mah = 0.0
    yield total_mah
    for (was_s, was_ma), (at_s, ma) in pairwise(zip(charge.seconds, charge.ma, strict=True)):
        total_mah += (was_ma + ma) / 2 * (at_s - was_s) / 3_600
        yield total_mah
