"""Watches the bays' wires, and drives locks, chargers and lamps to where custody and the charging plan want them.

What is wanted of a lock follows from facts that are on the disk; so nothing opens before it is durable. A bay whose
switch was not heard yet is left locked: nobody knows whether it is empty. Decides nothing: locks are custody's,
chargers the plan's; `sensed` is what it knows.
"""

import contextlib
import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hardware.wires import Bays, Colour, WireError
from station.bays.battery_log import BatteryLog
from station.bays.bay_history import BayHistory
from station.bays.bay_power import BayPower, Chargers
from station.bays.docked_bay import ChargingPlan
from station.bays.docking_work import Tell
from station.bays.lamps import removed_unasked
from station.bays.ready_at import ReadyAt, ready_at
from station.bays.self_test import Look
from station.bays.sensed import Sensed
from station.bays.sign_watch import SUPPLY, SignWatch
from station.bays.technician_tests import BayTests
from station.custody.docking import Docking
from station.custody.observations import BatteryWasWeighed, PresenceClosed, PresenceOpened
from station.errors import TooLateError, UnfitObservationError, WireFailedError
from station.stamp import Stamp

_ROUND_SECONDS = 0.1
_OVER_BUDGET = (
    "采集用电超出供电功率，其他仓暂停充电 / "
    "cameras that are being read need more than the supply gives; no other charges meanwhile"
)
_USB_EVERY_MS = 1_000
_READY_EVERY_MS = 60_000
"""Playing the plan forward for thirty bays takes a tenth of a second, and more on a small board."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom the watch asks about a bay, and whom it tells."""

    tell: Tell
    stamp: Callable[[], Stamp]
    locked: Callable[[str], bool]
    docked: Callable[[str], Docking | None]
    on_usb: Callable[[], Container[str]]
    """The bays on whose place on the USB tree anything is."""
    lamp: Callable[[str, bool, bool], Colour]
    """By whether the bay is out of order, and whether its camera was taken unasked."""


@dataclass(slots=True)
class _Outputs:
    """What a bay's outputs were last told, so that they are told once."""

    locked: bool | None = None
    lamp: Colour | None = None
    removed: bool = False
    weighed: BatteryWasWeighed | None = None
    """To be told before its camera is let go."""


@dataclass(slots=True, kw_only=True)
class BayWatch:
    """One thread's work: tell what every wire says, drive every output. `wake` it when something was committed."""

    bays: Bays
    names: Sequence[str]
    asked: Asked
    power: BayPower
    batteries: BatteryLog
    signs: SignWatch
    history: BayHistory
    tests: BayTests
    sensed: Mapping[str, Sensed] = field(default_factory=dict)
    """As of the last round; replaced whole, read by anybody."""
    other_troubles: dict[str, str] = field(default_factory=dict)
    """What is no bay's."""
    _told: dict[str, bool] = field(default_factory=dict)
    _outputs: dict[str, _Outputs] = field(default_factory=dict)
    _usb: Container[str] = ()
    _usb_at_ms: int | None = None
    _ready: Mapping[str, ReadyAt | None] = field(default_factory=dict)
    _ready_at_ms: int | None = None
    _woken: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._outputs = {bay: _Outputs() for bay in self.names}
        self.sensed = {bay: Sensed(bay, answers=False) for bay in self.names}

    @property
    def troubles(self) -> dict[str, str]:
        """Bay → why it cannot be sensed or driven now."""
        return {bay: sensed.trouble for bay, sensed in self.sensed.items() if sensed.trouble}

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        """Until stopped; every bay is then locked."""
        try:
            while not self._stopping:
                self._woken.clear()
                self.turn()
                self._woken.wait(_ROUND_SECONDS)
        finally:
            self.tests.stop(self.bays)
            for bay in self.names:
                with contextlib.suppress(WireError):
                    self.bays.lock(bay, True)  # noqa: FBT003 - a switch has two states

    def turn(self) -> None:
        """Look, tell what changed, drive what is not where it belongs; what fails is done in the next round.

        Locks come first: whoever stands there does not wait until every board was asked what it sees.
        """
        refused = self._drive_locks(self._told)
        seen, troubles = self._look()
        for bay, present in seen.present.items():
            _add(troubles, bay, self._tell_change(bay, present))
        at = self.asked.stamp()
        for what, trouble in self.signs.turn(seen.power_well, seen.measured, at.boot_ms).items():
            _add(troubles, what, trouble)
        tested = self.tests.turn(self.bays, at.boot_ms)
        plan = self.power.plan(seen, at.boot_ms)
        _add(troubles, SUPPLY, _OVER_BUDGET if plan.over_budget_mw else "")
        for bay in tested:
            self._outputs[bay].lamp = None
        refused |= self._drive_locks([bay for bay in self._told if bay not in refused])
        for bay, trouble in refused.items():
            _add(troubles, bay, trouble)
        for bay in sorted(seen.present.keys() - tested, key=plan.on.__contains__):  # off before on
            self._charge(bay, bay in plan.on, seen, at)
            _add(troubles, bay, self.power.refusal(bay, at.boot_ms))
        for bay in self.names:
            if bay not in tested:
                self._light(bay, out_of_order=bay in troubles, answers=bay in seen.present)
        self._look_at_usb(at)
        self._foresee(at)
        self._remember(seen, plan, troubles, at)

    def _look(self) -> tuple[Chargers, dict[str, str]]:
        """What the bays say that answer; of each other, why not."""
        try:
            present = self.bays.present()
            seen = Chargers(present, self.bays.charging(), self.bays.measured(), self.bays.power_well())
        except WireError as error:
            return Chargers({}, {}, {}, None), dict.fromkeys(self.names, str(error))
        return seen, {bay: f"the board of bay {bay} does not answer" for bay in self.names if bay not in present}

    def _tell_change(self, bay: str, present: bool) -> str:  # noqa: FBT001 - a switch has two states
        """Why it could not be told, or nothing. At the start, everything is told."""
        if self._told.get(bay) is present:
            return ""
        outputs = self._outputs[bay]
        if not present:
            outputs.weighed = self.batteries.conclude(bay) or outputs.weighed
        try:
            self._tell_weighed(outputs)
            facts = self.asked.tell(PresenceClosed(bay=bay) if present else PresenceOpened(bay=bay))
        except WireFailedError as error:
            return str(error)
        self._ready = {other: ready for other, ready in self._ready.items() if other != bay}
        self._ready_at_ms = None
        outputs.removed = removed_unasked(facts, before=outputs.removed)
        self._told[bay] = present
        return ""

    def _tell_weighed(self, outputs: _Outputs) -> None:
        """What no fact can hold, or comes after its docking, is let go: other dockings judge the battery too."""
        if outputs.weighed is not None:
            with contextlib.suppress(UnfitObservationError, TooLateError):
                self.asked.tell(outputs.weighed)
            outputs.weighed = None

    def _drive_locks(self, bays: Iterable[str]) -> dict[str, str]:
        """Bay → why its lock could not be driven."""
        return {bay: trouble for bay in bays if (trouble := self._lock(bay))}

    def _lock(self, bay: str) -> str:
        """Why the lock could not be driven, or nothing."""
        locked, outputs = self.asked.locked(bay), self._outputs[bay]
        try:
            if outputs.locked is not locked:
                self.bays.lock(bay, locked)
                outputs.locked = locked
        except WireError as error:
            return f"bay {bay}: {error}"
        return ""

    def _charge(self, bay: str, on: bool, seen: Chargers, at: Stamp) -> None:  # noqa: FBT001
        charging = seen.charging.get(bay, False)
        self.batteries.look(bay, charging, seen.measured.get(bay), at)
        if charging is on:
            return
        try:
            self.bays.charge(bay, on)
        except WireError as error:
            self.power.refused(bay, f"bay {bay}: {error}", at.boot_ms)
        else:
            self.power.switched(bay, on, at.boot_ms)

    def _light(self, bay: str, *, out_of_order: bool, answers: bool) -> None:
        """A lamp is no reason for trouble: the page says the same. A board that was silent is told anew."""
        outputs = self._outputs[bay]
        colour = self.asked.lamp(bay, out_of_order, outputs.removed)
        if outputs.lamp != colour or not answers:
            outputs.lamp = None
            with contextlib.suppress(WireError):
                if answers:
                    self.bays.light(bay, colour)
                    outputs.lamp = colour

    def _look_at_usb(self, at: Stamp) -> None:
        """Seldom, for it asks the whole tree; where that cannot be asked, what was there is there still."""
        if self._usb_at_ms is None or at.boot_ms - self._usb_at_ms >= _USB_EVERY_MS:
            self._usb_at_ms = at.boot_ms
            with contextlib.suppress(WireError):
                self._usb = self.asked.on_usb()

    def _foresee(self, at: Stamp) -> None:
        bays, supply = self.power.planned
        if supply is None or (self._ready_at_ms is not None and at.boot_ms - self._ready_at_ms < _READY_EVERY_MS):
            return
        self._ready, self._ready_at_ms = ready_at(bays, supply, at.boot_ms), at.boot_ms

    def _remember(self, seen: Chargers, plan: ChargingPlan, troubles: dict[str, str], at: Stamp) -> None:
        keys = self.bays.keys_turned()
        sensed = {}
        for bay in self.names:
            sensed[bay] = self._sensed(bay, seen, plan, keys.get(bay), troubles.get(bay, ""))
            self._see(sensed[bay], at)
        self.other_troubles = {what: words for what, words in troubles.items() if what not in sensed}
        self.sensed = sensed

    def _sensed(
        self,
        bay: str,
        seen: Chargers,
        plan: ChargingPlan,
        key: bool | None,  # noqa: FBT001 - a key has two states
        trouble: str,
    ) -> Sensed:
        outputs = self._outputs[bay]
        return Sensed(
            bay=bay,
            answers=bay in seen.present,
            present=seen.present.get(bay, self._told.get(bay)),
            locked=outputs.locked,
            charging=seen.charging.get(bay),
            why=plan.why.get(bay),
            lamp=outputs.lamp,
            key_turned=key,
            usb=bay in self._usb,
            measured=seen.measured.get(bay),
            ready=self._ready.get(bay),
            trouble=trouble,
        )

    def _see(self, sensed: Sensed, at: Stamp) -> None:
        docking, measured = self.asked.docked(sensed.bay), sensed.measured
        look = Look(
            at_ms=at.boot_ms,
            answered=sensed.answers,
            present=bool(sensed.present),
            charging=bool(sensed.charging),
            ma=None if measured is None else measured.milliamperes,
            usb=sensed.usb,
            cut=None if measured is None else measured.cut,
            percent=None if docking is None else docking.battery_percent,
        )
        self.history.see(sensed.bay, look, None if docking is None else docking.camera)


def _add(troubles: dict[str, str], what: str, trouble: str) -> None:
    if trouble:
        troubles[what] = trouble
