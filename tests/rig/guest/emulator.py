"""The emulator's monitor from inside the machine it emulates, and its MTP cameras (B): docked and pulled by message."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.rig.guest.waiting import until

PORTS = 15
_MONITOR = Path("/dev/virtio-ports/rig.qmp")
_SCRATCH = Path("/scratch")


class Monitor:
    """One question, one answer; what it tells unasked is dropped."""

    def __init__(self) -> None:
        self._line = _MONITOR.open("r+b", buffering=0)
        self._heard = b""
        self.ask("qmp_capabilities")

    def close(self) -> None:
        self._line.close()

    def ask(self, command: str, **arguments: str) -> Any:
        self._line.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            said = json.loads(self._next())
            if "error" in said:
                raise AssertionError(f"{command}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]

    def _next(self) -> bytes:
        while b"\n" not in self._heard:
            self._heard += self._line.read(4096)
        line, _, self._heard = self._heard.partition(b"\n")
        return line


class EmulatedCamera:
    """Camera B. Its card is a folder of the host's, which both sides see."""

    def __init__(self, monitor: Monitor, serial: str, bay: int) -> None:
        self._monitor = monitor
        self.serial = serial
        self.bay = bay
        self.card = _SCRATCH / serial
        self.card.mkdir()
        scratch = Path("/proc/cmdline").read_text().split("rig.scratch=")[1].split()[0]
        self._host_card = f"{scratch}/{serial}"

    @property
    def usb_path(self) -> str:
        """The one controller that is a PCI device; its second bus is SuperSpeed's."""
        buses = sorted(Path("/sys/bus/pci/drivers/xhci_hcd").glob("*/usb*"), key=lambda bus: int(bus.name[3:]))
        return f"{buses[0].name.removeprefix('usb')}-{self.bay}"

    def dock(self, bay: int | None = None) -> str:
        self.bay = bay or self.bay
        self._monitor.ask(
            "device_add", driver="usb-mtp", id=self.serial, rootdir=self._host_card, serial=self.serial,
            bus="xhci.0", port=str(self.bay),
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
