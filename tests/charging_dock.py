"""Cameras that charge in a simulated dock, for the charging plan's tests and bench. Knows not how plans are made.

The battery: open-circuit voltage by charge (four straight lines), one resistance, constant current up to 4.2 V, then
constant voltage; gentle below 5 %. The charger loses 15 % as heat; with what the resistance makes, that warms the
camera by 8 °C a watt, with 20 minutes' delay. A camera says 100 % from 97 % on, where hardly any current flows. It
uses 1 W for itself while it transfers, else what a test says. Not modelled: use while the charger is off, ageing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from msgspec.structs import replace

from station.bays.docked_bay import ChargeLimits, ChargingPlan, DockedBay, Supply, Why

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

    def watt(self, *, on: bool, own_watt: float) -> float:
        """What the bay gives."""
        if not on:
            return 0.0
        ampere = self.ampere()
        charging = ampere * (_open_circuit(self.charge) + ampere * self.ohm) / _CHARGER_SHARE
        return min(LIMITS.draw_mw / 1_000, charging + own_watt)

    def step(self, *, on: bool, own_watt: float, ms: int) -> None:
        watt = self.watt(on=on, own_watt=own_watt)
        ampere = 0.0
        if on:
            free = max(0.0, watt - own_watt)
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
    asked_every_ms: int = 0
    """Its percentage is as old as that; 0: it is always fresh."""
    asked_until: int = 100
    """Once it has said so much it is not asked again."""
    standby_watt: float = 0.0
    from_ms: int = 0
    until_ms: int | None = None
    """When it is put in, and taken out again."""

    def own_watt(self, *, transferring: bool) -> float:
        return _TRANSFER_W if transferring else self.standby_watt


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
    switched: list[tuple[int, str]] = field(default_factory=list)
    most_mw: float = 0.0
    """With inrush."""

    def __post_init__(self) -> None:
        self._rng = Random(self.seed)
        self._off_since = dict.fromkeys(self.cameras, self.now_ms)
        self.bays = {name: DockedBay(bay=name, present_since_ms=self.now_ms, limits=LIMITS) for name in self.cameras}

    def run(self, hours: float, done: Callable[["Dock"], bool] = lambda _: False) -> None:
        look_ms, end_ms = self.now_ms, self.now_ms + int(hours * HOUR_MS)
        while self.now_ms < end_ms and not done(self):
            if self._power() | self._arrivals() or self.now_ms >= look_ms:
                self.measure()
                plan = self.choose(list(self.bays.values()), self.supply, self.now_ms)
                self._drive(plan)
                look_ms = plan.look_again_ms
            self._live()

    def measure(self) -> None:
        for name, camera in self.cameras.items():
            was, transferring = self.bays[name], self._transferring(camera)
            own_watt = camera.own_watt(transferring=transferring)
            watt = camera.cell.watt(on=was.charging, own_watt=own_watt)
            percent, percent_ms = self._told(camera, was)
            self.bays[name] = replace(
                was,
                transferring=transferring,
                percent=percent,
                percent_ms=percent_ms,
                current_ma=round(watt * 1_000_000 / BUS_MV * self._rng.gauss(1, 0.01)),
                voltage_mv=BUS_MV,
                temperature_c=camera.cell.celsius + self._rng.gauss(0, 0.5),
                needed_by_ms=camera.needed_by_ms,
            )

    def ready(self, names: Sequence[str]) -> bool:
        return all(name in self.ready_ms for name in names)

    def _told(self, camera: Camera, was: DockedBay) -> tuple[float | None, int]:
        if not camera.tells_percent:
            return None, 0
        if was.percent is not None:
            asked_again = was.percent < camera.asked_until or not was.charging
            if not asked_again or self.now_ms - was.percent_ms < camera.asked_every_ms:
                return was.percent, was.percent_ms
        return camera.cell.percent(), self.now_ms

    def _transferring(self, camera: Camera) -> bool:
        return camera.from_ms <= self.now_ms < camera.transfer_until_ms and not self.supply.failing

    def _arrivals(self) -> bool:
        """Whether a camera was put in or taken out just now; an empty bay's charger is off."""
        changed = False
        for name, camera in self.cameras.items():
            present = camera.from_ms <= self.now_ms < (camera.until_ms or self.now_ms + 1)
            if present != self.bays[name].present:
                self.bays[name] = DockedBay(bay=name, present=present, present_since_ms=self.now_ms, limits=LIMITS)
                changed = True
        return changed

    def _power(self) -> bool:
        """Whether mains just went or came; a board that lost power has all its chargers off."""
        failing = any(start <= self.now_ms < end for start, end in self.failures)
        if failing == self.supply.failing:
            return False
        self.supply = replace(self.supply, failing=failing, back_ms=self.supply.back_ms if failing else self.now_ms)
        if failing:
            for name, bay in self.bays.items():
                if bay.charging:
                    self.bays[name] = replace(bay, charging=False, switched_ms=self.now_ms)
        return True

    def _drive(self, plan: ChargingPlan) -> None:
        for name, bay in self.bays.items():
            on = name in plan.on
            if on != bay.charging:
                self.switched.append((self.now_ms, name))
                if on:
                    self.supply = replace(self.supply, switched_on_ms=self.now_ms)
            switched_ms = bay.switched_ms if on == bay.charging else self.now_ms
            was, full_since_ms = plan.why.get(name, Why.EMPTY), plan.full_since_ms.get(name)
            self.bays[name] = replace(bay, charging=on, was=was, switched_ms=switched_ms, full_since_ms=full_since_ms)

    def _live(self) -> None:
        total_mw = 0.0
        for name, camera in self.cameras.items():
            on, own_watt = self.bays[name].charging, camera.own_watt(transferring=self._transferring(camera))
            total_mw += camera.cell.watt(on=on, own_watt=own_watt) * 1_000
            camera.cell.step(on=on, own_watt=own_watt, ms=STEP_MS)
            if camera.cell.percent() >= self.bays[name].target_percent:
                self.ready_ms.setdefault(name, self.now_ms)
            if on or name in self.ready_ms or not self.bays[name].present:
                self._off_since[name] = self.now_ms + STEP_MS
            waits_ms = self.now_ms + STEP_MS - self._off_since[name]
            self.waited_ms[name] = max(self.waited_ms.get(name, 0), waits_ms)
        since = self.supply.switched_on_ms
        if since is not None and self.now_ms - since < self.supply.gap_ms:
            total_mw += self.supply.inrush_mw
        self.most_mw = max(self.most_mw, total_mw)
        self.now_ms += STEP_MS
