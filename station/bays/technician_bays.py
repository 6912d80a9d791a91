"""What a technician may ask of a running station about its bays: how each is, and a test of its wires.

A bay that custody knows a camera in is judged by its history alone: its lamp, charger and lock stay the station's. The
lock of no bay is opened here. Every test is a fact. Drives nothing itself: the bays' watch does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from hardware.wiring import BayWiring
from station.bays.battery_word import battery_report
from station.bays.bay_history import BayHistory
from station.bays.camera_models import CameraModels
from station.bays.docking_work import Tell
from station.bays.self_test import Verdict
from station.bays.sensed import Sensed
from station.bays.technician import Asker
from station.bays.technician_line import BaysTold, BayTestTold, BayTold
from station.bays.technician_steps import (
    Name,
    Outcome,
    Step,
    board_step,
    history_step,
    key_step,
    switch_step,
    usb_step,
)
from station.bays.technician_tests import BayTests, fitted
from station.custody import observations as seen
from station.custody.state import State
from station.errors import NotYetError, WireFailedError, WrongUseError

PATIENCE_SECONDS = 120
_KEPT = "仓内设备在监管中，由采集站操作 / a camera is in custody here: its station alone moves this"
_NEVER = "采集站运行时不开锁 / the station works, and opens no lock for a test; to try it, stop the station"


@dataclass(frozen=True, slots=True)
class TechnicianBays:
    """Every act runs on a worker's thread; `tests` are done by the watch, which owns the wires."""

    bays: Sequence[BayWiring]
    sensed: Callable[[], Mapping[str, Sensed]]
    history: BayHistory
    tests: BayTests
    tell: Tell
    state: Callable[[], State]
    models: CameraModels

    def listed(self) -> BaysTold:
        sensed = self.sensed()
        return BaysTold(tuple(self._told(bay, sensed[bay.name]) for bay in self.bays))

    def test(self, at: str, asker: Asker) -> BayTestTold:
        """What its wires came to, once the fact of it is on the disk; so also where the test broke off."""
        bay = next((bay for bay in self.bays if at in {bay.name, bay.usb}), None)
        if bay is None:
            raise WrongUseError(f"{at}: 不是本站仓位 / is no bay of this station; see: dockward bay list")
        try:
            steps = self._steps(bay)
        except NotYetError:
            raise  # nothing was begun
        except WireFailedError:
            self._tell_tested(bay, asker, "BROKEN_OFF", ())
            raise
        self._tell_tested(bay, asker, "FAILED" if _failed(steps) else "PASSED", _failed(steps))
        return BayTestTold(bay.name, steps)

    def _tell_tested(self, bay: BayWiring, asker: Asker, outcome: str, failed: tuple[str, ...]) -> None:
        self.tell(seen.BayTested(by=asker.by, account=asker.account, bay=bay.name, outcome=outcome, failed=failed))

    def _told(self, bay: BayWiring, sensed: Sensed) -> BayTold:
        state = self.state()
        docking = state.docking_in(bay.name)
        camera = state.cameras.get(docking.camera) if docking and docking.camera else None
        told = bay_told(bay, sensed, self.history.verdict(bay.name))
        return replace(told, battery=battery_report(camera, self.models))

    def _steps(self, bay: BayWiring) -> tuple[Step, ...]:
        sensed = self.sensed()[bay.name]
        return (
            board_step(sensed.answers, sensed.trouble),
            switch_step(sensed.present),
            usb_step(sensed.present, sensed.usb, bay.usb),
            key_step(sensed.key_turned),
            *self._moved(bay),
            Step(Name.LOCK, Outcome.NOT_DONE, _NEVER),
            history_step(self.history.verdict(bay.name)),
        )

    def _moved(self, bay: BayWiring) -> tuple[Step, ...]:
        names = tuple(name for name in fitted(bay) if name is not Name.LOCK)
        if self.sensed()[bay.name].present is not False or not self._free(bay.name):
            return tuple(Step(name, Outcome.NOT_DONE, _KEPT) for name in names)
        done = self.tests.order(bay.name, names, lambda: self._free(bay.name))
        try:
            return done.result(PATIENCE_SECONDS)
        except TimeoutError as error:
            raise WireFailedError(
                "采集站未完成检测 / the station did not finish the test; 请重试 / try again, and see the status page"
            ) from error

    def _free(self, bay: str) -> bool:
        """Custody knows of nothing in it, and its switch says no otherwise: an answer that is lost says nothing."""
        return self.state().docking_in(bay) is None and not self.sensed()[bay].present


def bay_told(bay: BayWiring, sensed: Sensed, verdict: Verdict) -> BayTold:
    measured = sensed.measured
    return BayTold(
        bay=bay.name,
        wired="pins" if bay.board is None else f"{bay.board}.{bay.slot}",
        usb=bay.usb,
        on_usb=sensed.usb,
        answers=sensed.answers,
        present=sensed.present,
        locked=sensed.locked,
        charging=sensed.charging,
        why=None if sensed.why is None else sensed.why.name.lower(),
        millivolts=None if measured is None else measured.millivolts,
        milliamperes=None if measured is None else measured.milliamperes,
        centidegrees=None if measured is None else measured.centidegrees,
        charge_mah=None if measured is None else measured.charge_mah,
        cut=None if measured is None else measured.cut,
        key_turned=sensed.key_turned,
        lamp=sensed.lamp,
        trouble=sensed.trouble,
        part=None if verdict.part is None else verdict.part.name.lower(),
        symptom=verdict.symptom,
        advice=verdict.advice,
    )


def _failed(steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(step.name.name for step in steps if step.outcome is Outcome.FAILED)
