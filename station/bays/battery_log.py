"""Keeps what each docked battery was given, look by look, and tells what the docking says of it once, at its end.

Looks every half minute, and closely around a switch; bounded by a day. Asks no board and no camera: others measured.
What is in memory only is lost with the process: a battery is judged by many dockings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hardware.wires import Measured
from hardware.wiring import BayWiring, places_on_boards
from station.bays.battery_evidence import Meter, evidence
from station.bays.battery_given import Sample
from station.bays.battery_word import weighing
from station.bays.camera_models import CameraModels, battery_model
from station.custody.docking import Docking
from station.custody.observations import BatteryWasWeighed
from station.custody.state import State
from station.stamp import Stamp

LOOK_MS = 30_000
SAMPLES_MAX = 24 * 3_600_000 // LOOK_MS
GAIN_ERROR = 0.014
"""Limit of a board's count as a share, by the data sheets of its shunt and converter, warm: docs/hardware.md."""


def who_measures(bays: Sequence[BayWiring]) -> dict[str, str]:
    """Bay → its board, by a name that stays the same as long as the configuration does."""
    return {bay: f"board-{board}" for bay, (board, _slot) in places_on_boards(bays).items()}


@dataclass(slots=True)
class _Log:
    docking: int
    samples: list[Sample] = field(default_factory=list)
    last: Sample | None = None
    measured: Measured | None = None
    percent_ms: int | None = None


class BatteryLog:
    """Used by the bays' watch alone."""

    def __init__(self, state: Callable[[], State], models: CameraModels, boards: Mapping[str, str]) -> None:
        self._state = state
        self._models = models
        self._boards = boards
        """Bay → who measures there."""
        self._logs: dict[str, _Log] = {}

    def look(self, bay: str, charging: bool, measured: Measured | None, at: Stamp) -> None:  # noqa: FBT001
        """A look that says nothing new is kept only every half minute."""
        docking = self._state().docking_in(bay)
        if docking is None or measured is None or measured.milliamperes is None or measured.millivolts is None:
            return
        log = self._log_of(bay, docking)
        if measured is log.measured:  # boards are measured in turn: an old current beside a new switch is no step
            return
        log.measured = measured
        now = Sample(at.boot_ms, charging, measured.milliamperes, measured.millivolts, measured.charge_mah)
        if _newly_told(docking, log, at):
            log.percent_ms = docking.judged_boot_ms
            now = now._replace(percent=docking.battery_percent)
        _keep(log, now)

    def conclude(self, bay: str) -> BatteryWasWeighed | None:
        """What is to be told of the docking that ends now, or nothing."""
        log = self._logs.pop(bay, None)
        docking = self._state().dockings.get(log.docking) if log else None
        camera = self._state().cameras.get(docking.camera) if docking and docking.camera else None
        battery = battery_model(self._models, camera.model) if camera else None
        if log is None or battery is None:
            return None
        meter = Meter(self._boards.get(bay, bay), GAIN_ERROR)
        return weighing(log.docking, evidence(log.samples, battery, meter), meter)

    def _log_of(self, bay: str, docking: Docking) -> _Log:
        if bay not in self._logs or self._logs[bay].docking != docking.number:
            self._logs[bay] = _Log(docking.number)
        return self._logs[bay]


def _newly_told(docking: Docking, log: _Log, at: Stamp) -> bool:
    """A percentage belongs to the moment at which the camera said it, and to no other."""
    return docking.judged_boot_id == at.boot_id and docking.judged_boot_ms != log.percent_ms


def _keep(log: _Log, now: Sample) -> None:
    """Around a switch also the look before it: a step is seen between two looks that lie close together."""
    before, log.last = log.last, now
    switched = before is not None and before.charging is not now.charging
    due = not log.samples or now.at_ms - log.samples[-1].at_ms >= LOOK_MS
    if before is not None and switched and log.samples[-1] is not before:
        log.samples.append(before)
    if due or switched or now.percent is not None:
        log.samples.append(now)
    del log.samples[:-SAMPLES_MAX]
