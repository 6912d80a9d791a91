"""Camera D as tests ask for it: the simulation with a schedule of faults, on the virtual controller. One at a time."""

from pathlib import Path

from hardware.simulated.camera import Habits, SimulatedCamera
from hardware.simulated.dock import Dock
from hardware.simulated.faults import Fault, Schedule, UsbTraits
from tests.rig.guest.usbip_device import UsbipDevice

_SERIAL = "DW-HOSTILE"
_NOW_MS = 1_790_000_000_000


class Hostile:
    """One camera and its card. Its faults go on being counted when it is plugged in again."""

    def __init__(self, folder: Path) -> None:
        self.dock = Dock(folder)
        self.dock.make_camera(_SERIAL)
        self.card = self.dock.card(_SERIAL)
        self._schedule = Schedule()
        self._habits, self._traits = Habits(), UsbTraits()
        self._device: UsbipDevice | None = None

    def plug_in(self, *faults: Fault, habits: Habits | None = None, traits: UsbTraits | None = None) -> str:
        self._schedule = Schedule(faults)
        self._habits, self._traits = habits or Habits(), traits or UsbTraits()
        return self.plug_in_again()

    def plug_in_again(self) -> str:
        self.pull_out()
        camera = SimulatedCamera(self.dock, _SERIAL, lambda: _NOW_MS, self._habits, self._schedule)
        self._device = UsbipDevice(camera, self._traits)
        return self._device.found()

    def pull_out(self) -> None:
        if self._device is not None:
            self._device.pull_out()
            self._device = None
