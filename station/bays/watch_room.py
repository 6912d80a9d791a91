"""Puts the bays' watch together: who it asks about locks, lamps and power, and what it remembers. Decides nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hardware.open_hardware import Hardware
from hardware.wires import Colour
from hardware.wiring import places_on_boards
from station.bays.at_bay import at_bay
from station.bays.battery_log import BatteryLog, who_measures
from station.bays.bay_history import BayHistory
from station.bays.bay_power import AtBay, BayPower
from station.bays.bay_watch import Asked, BayWatch
from station.bays.docking_work import Tell
from station.bays.lamps import Beside, lamp
from station.bays.sensed import Sensed
from station.bays.sign_watch import SignWatch
from station.bays.technician_bays import TechnicianBays
from station.bays.technician_tests import BayTests
from station.bays.usb_watch import Pluggings
from station.clock import Clock
from station.config import StationConfig
from station.custody.bay_lock import locked
from station.custody.state import State
from station.policy.permits import Policy
from station.work_dispatcher import WorkDispatcher


@dataclass(frozen=True, slots=True)
class WatchRoom:
    """What the watch and its questions are made from."""

    config: StationConfig
    hardware: Hardware
    state: Callable[[], State]
    policy: Policy
    clock: Clock
    tell: Tell
    pluggings: Pluggings
    dispatcher: WorkDispatcher

    def watch(self) -> BayWatch:
        config, bays = self.config, self.hardware.bays
        asked = Asked(
            tell=self.tell,
            stamp=self.clock.stamp,
            locked=lambda bay: locked(self.state(), bay, self.policy, self.clock.stamp()),
            docked=lambda bay: self.state().docking_in(bay),
            on_usb=self._on_usb,
            lamp=self._lamp,
        )
        return BayWatch(
            bays=bays,
            names=[bay.name for bay in config.bays],
            asked=asked,
            power=BayPower(config.hardware.supply, self._at_bay),
            batteries=BatteryLog(self.state, config.models, who_measures(config.bays)),
            signs=SignWatch(bays, self.state, self.tell),
            history=BayHistory({bay: board for bay, (board, _slot) in places_on_boards(config.bays).items()}),
            tests=BayTests(),
        )

    def _at_bay(self, bay: str) -> AtBay | None:
        return at_bay(
            self.state(),
            bay,
            self.clock.stamp(),
            models=self.config.models,
            bay_mw=self.config.hardware.supply.bay_milliwatts,
            doubted=self.pluggings.doubted(),
        )

    def _on_usb(self) -> frozenset[str]:
        places = self.hardware.arrivals.places()
        return frozenset(bay.name for bay in self.config.bays if bay.usb in places)

    def _lamp(self, bay: str, out_of_order: bool, removed: bool) -> Colour:  # noqa: FBT001 - as the watch asks
        docking = self.state().docking_in(bay)
        failing = {work for work, number in self.dispatcher.troubles if docking and number == docking.number}
        beside = Beside(out_of_order=out_of_order, removed=removed, failing=failing)
        return lamp(self.state(), bay, self.policy, self.clock.stamp(), beside)


def unpowered(sensed: Mapping[str, Sensed], state: State) -> frozenset[int]:
    """The dockings whose camera has no power: its charger is off, and nothing of it is on USB."""
    return frozenset(
        docking.number
        for docking in state.dockings.values()
        if (bay := sensed.get(docking.bay)) is not None and bay.charging is False and not bay.usb
    )


def technician_bays(config: StationConfig, watch: BayWatch, tell: Tell, state: Callable[[], State]) -> TechnicianBays:
    return TechnicianBays(config.bays, lambda: watch.sensed, watch.history, watch.tests, tell, state, config.models)
