"""The emulator's monitor from inside the machine it emulates, and its MTP cameras (B): docked and pulled by message."""

import json
import os
import shutil
import subprocess
import tty
from pathlib import Path
from typing import Any

from tests.rig.guest.waiting import until

PORTS = 15
_PI_LINE, _PC_LINE = Path("/dev/ttyAMA0"), Path("/dev/virtio-ports/rig.qmp")
_ON_A_PI = _PI_LINE.exists()
_CONTROLLER, _BUS = (
    (Path("/sys/bus/platform/drivers/dwc2"), "usb-bus.0")
    if _ON_A_PI
    else (Path("/sys/bus/pci/drivers/xhci_hcd"), "xhci.0")
)
_SCRATCH = Path("/scratch")


class Monitor:
    """One question, one answer; what it tells unasked is dropped."""

    def __init__(self) -> None:
        line = _PI_LINE if _ON_A_PI else _PC_LINE
        self._line = open(os.open(line, os.O_RDWR | os.O_NOCTTY), "r+b", buffering=0)  # noqa: PTH123, SIM115 - kept
        self._heard = b""
        self._asked = 0
        if _ON_A_PI:
            tty.setraw(self._line.fileno())
        self._line.write(b"\n")  # the line outside waits for one
        self.ask("qmp_capabilities")

    def close(self) -> None:
        self._line.close()

    def ask(self, command: str, **arguments: str) -> Any:
        self._asked += 1
        question = {"execute": command, "arguments": arguments, "id": self._asked}
        self._line.write(json.dumps(question).encode() + b"\n")
        while True:
            said = self._next()
            if said.get("id") != self._asked:
                continue
            if "error" in said:
                raise AssertionError(f"{command}: {said['error']['desc']}")
            return said["return"]

    def _next(self) -> dict[str, Any]:
        while b"\n" not in self._heard:
            self._heard += self._line.read(4096)
        line, _, self._heard = self._heard.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said


class EmulatedCamera:
    """Camera B. Its card is a folder of the host's, which both sides of a PC see; a Pi sees a copy of it.

    On a PC it is plugged into the one controller that is a PCI device, whose second bus is SuperSpeed's; on a Pi into
    the socket of the chip itself, because behind a hub the emulator's cameras stall it.
    """

    def __init__(self, monitor: Monitor, serial: str, bay: int) -> None:
        self._monitor = monitor
        self.serial = serial
        self.bay = bay
        self.card = _SCRATCH / serial
        self.card.mkdir(exist_ok=_ON_A_PI)
        scratch = Path("/proc/cmdline").read_text().split("rig.scratch=")[1].split()[0]
        self._host_card = f"{scratch}/{serial}"

    @property
    def usb_path(self) -> str:
        buses = sorted(_CONTROLLER.glob("*/usb*"), key=lambda bus: int(bus.name[3:]))
        return f"{buses[0].name.removeprefix('usb')}-{self.bay}"

    def dock(self, bay: int | None = None) -> str:
        self.bay = bay or self.bay
        self._monitor.ask(
            "device_add", driver="usb-mtp", id=self.serial, rootdir=self._host_card, serial=self.serial,
            bus=_BUS, port=str(self.bay),
        )  # fmt: skip
        until(Path(f"/sys/bus/usb/devices/{self.usb_path}/bConfigurationValue").exists, f"{self.serial} on the bus")
        subprocess.run(["udevadm", "settle", "--timeout=20"], check=True)
        return self.usb_path

    def pull_out(self) -> None:
        self._monitor.ask("device_del", id=self.serial)
        until(lambda: not Path(f"/sys/bus/usb/devices/{self.usb_path}").exists(), f"{self.serial} to be gone")

    def throw_away(self) -> None:
        if Path(f"/sys/bus/usb/devices/{self.usb_path}").exists():
            self.pull_out()
        shutil.rmtree(self.card)
