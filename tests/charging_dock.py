"""Cameras that charge in a simulated dock, for the charging plan's tests and bench. Knows not how plans are made.

The battery: open-circuit voltage by charge (four straight lines), one resistance, constant current up to 4.2 V, then
constant voltage; gentle below 5 %. The charger loses 15 % as heat; with what the resistance makes, that warms the
camera by 8 °C a watt, with 20 minutes' delay. A camera says 100 % from 97 % on, where hardly any current flows. It
uses 1 W for itself while it transfers. Not modelled: use while the charger is off, ageing while charging.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from msgspec.structs import replace

from station.bays.charging_plan import ChargeLimits, ChargingPlan, DockedBay, Supply, Why

STEP_MS = 10_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LIMITS = ChargeLimits(draw_mw=5_000, capacity_mwh=11_000)
BUS_MV = 5_000

_OPEN_CIRCUIT = ((0.0, 3.3), (0.1, 3.6), (0.5, 3.75), (0.8, 4.0), (1.0, 4.2))
_FULL_V = 4.2
_AMPERE = 1.0
_GENTLE_AMPERE = 0.3
_GENTLE_BELOW = 0.05
_CHARGER_SHARE = 0.85
_CELSIUS_PER_WATT = 8.0
_WARMING_MS = 20 * MINUTE_MS
_TRANSFER_W = 1.0
_SAYS_FULL_AT = 0.97

Chooser = Callable[[Sequence[DockedBay], Supply, int], ChargingPlan]


@dataclass
class Cell:
    """A camera's battery."""

    charge: float
    capacity_ah: float = 2.9
    ohm: float = 0.25
    ambient_c: float = 25.0
    celsius: float = 25.0

    def ampere(self) -> float:
        most = _GENTLE_AMPERE if self.charge < _GENTLE_BELOW else _AMPERE
        return max(0.0, min(most, (_FULL_V - _open_circuit(self.charge)) / self.ohm))

    def watt(self, *, on: bool, transferring: bool) -> float:
        """What the bay gives."""
        if not on:
            return 0.0
        ampere = self.ampere()
        charging = ampere * (_open_circuit(self.charge) + ampere * self.ohm) / _CHARGER_SHARE
        return min(LIMITS.draw_mw / 1_000, charging + (_TRANSFER_W if transferring else 0.0))

    def step(self, *, on: bool, transferring: bool, ms: int) -> None:
        watt = self.watt(on=on, transferring=transferring)
        ampere = 0.0
        if on:
            free = max(0.0, watt - (_TRANSFER_W if transferring else 0.0))
            ampere = min(self.ampere(), free * _CHARGER_SHARE / _open_circuit(self.charge))
        heat = watt - ampere * _open_circuit(self.charge)
        aim = self.ambient_c + heat * _CELSIUS_PER_WATT
        self.celsius += (aim - self.celsius) * ms / _WARMING_MS
        self.charge = min(1.0, self.charge + ampere * ms / HOUR_MS / self.capacity_ah)

    def percent(self) -> int:
        return min(100, int(self.charge / _SAYS_FULL_AT * 100))


def _open_circuit(charge: float) -> float:
    for (low, low_v), (high, high_v) in pairwise(_OPEN_CIRCUIT):
        if charge <= high:
            return low_v + (high_v - low_v) * (charge - low) / (high - low)
    return _FULL_V


@dataclass
class Camera:
    cell: Cell
    needed_by_ms: int | None = None
    transfer_until_ms: int = 0
    tells_percent: bool = True


@dataclass
class Dock:
    """`run` it; then read what happened."""

    cameras: Mapping[str, Camera]
    supply: Supply
    choose: Chooser
    failures: Sequence[tuple[int, int]] = ()
    """Mains is away from, until; the chargers have no power meanwhile, and what is transferred waits."""
    seed: int = 0
    now_ms: int = 0
    bays: dict[str, DockedBay] = field(default_factory=dict)
    ready_ms: dict[str, int] = field(default_factory=dict)
    waited_ms: dict[str, int] = field(default_factory=dict)
    """The longest that each stood without charging before it was full."""
    switches: int = 0
    most_mw: float = 0.0
    """With inrush."""

    def __post_init__(self) -> None:
        self._rng = Random(self.seed)
        self._off_since = dict.fromkeys(self.cameras, self.now_ms)
        self.bays = {name: DockedBay(bay=name, present_since_ms=self.now_ms, limits=LIMITS) for name in self.cameras}

    def run(self, hours: float, done: Callable[["Dock"], bool] = lambda _: False) -> None:
        look_ms, end_ms = self.now_ms, self.now_ms + int(hours * HOUR_MS)
        while self.now_ms < end_ms and not done(self):
            if self._power() or self.now_ms >= look_ms:
                self.measure()
                plan = self.choose(list(self.bays.values()), self.supply, self.now_ms)
                self._drive(plan)
                look_ms = plan.look_again_ms
            self._live()

    def measure(self) -> None:
        for name, camera in self.cameras.items():
            was, transferring = self.bays[name], self._transferring(camera)
            watt = camera.cell.watt(on=was.charging, transferring=transferring)
            self.bays[name] = replace(
                was,
                transferring=transferring,
                percent=camera.cell.percent() if camera.tells_percent else None,
                percent_ms=self.now_ms,
                current_ma=round(watt * 1_000_000 / BUS_MV * self._rng.gauss(1, 0.01)),
                voltage_mv=BUS_MV,
                temperature_c=camera.cell.celsius + self._rng.gauss(0, 0.5),
                needed_by_ms=camera.needed_by_ms,
            )

    def ready(self, names: Sequence[str]) -> bool:
        return all(name in self.ready_ms for name in names)

    def _transferring(self, camera: Camera) -> bool:
        return self.now_ms < camera.transfer_until_ms and not self.supply.failing

    def _power(self) -> bool:
        """Whether mains just went or came; a board that lost power has all its chargers off."""
        failing = any(start <= self.now_ms < end for start, end in self.failures)
        if failing == self.supply.failing:
            return False
        self.supply = replace(self.supply, failing=failing, back_ms=self.supply.back_ms if failing else self.now_ms)
        if failing:
            for name, bay in self.bays.items():
                self.bays[name] = replace(bay, charging=False, switched_ms=self.now_ms)
        return True

    def _drive(self, plan: ChargingPlan) -> None:
        for name, bay in self.bays.items():
            on = name in plan.on
            if on != bay.charging:
                self.switches += 1
                if on:
                    self.supply = replace(self.supply, switched_on_ms=self.now_ms)
            switched_ms = bay.switched_ms if on == bay.charging else self.now_ms
            self.bays[name] = replace(bay, charging=on, was=plan.why.get(name, Why.EMPTY), switched_ms=switched_ms)

    def _live(self) -> None:
        total_mw = 0.0
        for name, camera in self.cameras.items():
            on, transferring = self.bays[name].charging, self._transferring(camera)
            total_mw += camera.cell.watt(on=on, transferring=transferring) * 1_000
            camera.cell.step(on=on, transferring=transferring, ms=STEP_MS)
            if camera.cell.percent() >= self.bays[name].target_percent:
                self.ready_ms.setdefault(name, self.now_ms)
            if on or name in self.ready_ms:
                self._off_since[name] = self.now_ms + STEP_MS
            waits_ms = self.now_ms + STEP_MS - self._off_since[name]
            self.waited_ms[name] = max(self.waited_ms.get(name, 0), waits_ms)
        since = self.supply.switched_on_ms
        if since is not None and self.now_ms - since < self.supply.gap_ms:
            total_mw += self.supply.inrush_mw
        self.most_mw = max(self.most_mw, total_mw)
        self.now_ms += STEP_MS
