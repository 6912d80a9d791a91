"""Cameras made of Linux' own USB device side: configfs, functionfs and dummy_hcd, whose controllers are bays here.

What answers behind functionfs is a process: uMTP-Responder (camera A) or our own engine (camera C). Docking and pulling
is binding the gadget to its controller. Restarts a camera as its battery door would.
"""

import contextlib
import errno
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hardware.simulated.dock import Dock
from hardware.simulated.faults import Nature
from hardware.simulated.nature_file import write_nature
from tests.rig.guest.waiting import until

BAYS = 8
_ZONE = "UTC-8"
"""As the C library writes eight hours ahead: camera A shows the times of files in its own zone."""
_GADGETS = Path("/sys/kernel/config/usb_gadget")
_UMTP_CONFIG = """\
storage "{card}" "card" "rw"
manufacturer "Dockward"
product "uMTP camera"
serial "{serial}"
firmware_version "1"
interface "MTP"
usb_vendor_id 0x1D6B
usb_product_id 0x0100
usb_class 0x6
usb_subclass 0x1
usb_protocol 0x1
usb_dev_version 0x0100
usb_functionfs_mode 0x1
usb_dev_path "{ffs}/ep0"
usb_epin_path "{ffs}/ep1"
usb_epout_path "{ffs}/ep2"
usb_epint_path "{ffs}/ep3"
usb_max_packet_size 0x200
"""


def load_controllers() -> None:
    for module in (("dummy_hcd", f"num={BAYS}"), ("libcomposite",), ("usb_f_fs",)):
        subprocess.run(["modprobe", *module], check=True)
    until(lambda: Path(f"/sys/class/udc/dummy_udc.{BAYS - 1}").exists(), "dummy_hcd")


class Gadget:
    """One camera in one bay, from its process to its plug."""

    def __init__(self, bay: int, serial: str, card: Path) -> None:
        self.bay = bay
        self.serial = serial
        self.card = card
        self.ffs = Path(f"/dev/ffs-{bay}")
        self.log = Path(f"/run/camera{bay}.log")
        self._gadget = _GADGETS / f"camera{bay}"
        self._process: subprocess.Popen[bytes] | None = None
        card.mkdir(parents=True, exist_ok=True)
        self._describe()

    @property
    def usb_path(self) -> str:
        """Bus numbers move; the controller a bus hangs on does not."""
        bus = next(Path(f"/sys/devices/platform/dummy_hcd.{self.bay}").glob("usb*"))
        return f"{bus.name.removeprefix('usb')}-1"

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def start(self) -> None:
        self.ffs.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "functionfs", f"mtp{self.bay}", str(self.ffs)], check=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self.ready, f"{self.serial} to be ready; see {self.log}")

    def ready(self) -> bool:
        """Whether it may be bound to its controller."""
        return (self.ffs / "ep1").exists()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        subprocess.run(["umount", "-q", str(self.ffs)], check=False)

    def dock(self) -> str:
        """Returns where it is found, once the host's side has found it."""
        until(self._bound, f"{self.serial} to be let go by its controller")
        until(Path(f"/sys/bus/usb/devices/{self.usb_path}/bConfigurationValue").exists, f"{self.serial} on the bus")
        subprocess.run(["udevadm", "settle", "--timeout=20"], check=True)
        return self.usb_path

    def _bound(self) -> bool:
        """A controller is busy for a moment after it was left."""
        try:
            (self._gadget / "UDC").write_text(f"dummy_udc.{self.bay}")
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
        return True

    def pull_out(self) -> None:
        with contextlib.suppress(OSError):  # it is out already
            (self._gadget / "UDC").write_text("\n")

    def signal(self, number: int) -> None:
        """To the camera's process: SIGSTOP freezes the camera, SIGCONT lets it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def restart(self) -> str:
        """Pulled out, switched off and on, and put back."""
        self.pull_out()
        self.stop()
        self.start()
        return self.dock()

    def _describe(self) -> None:
        function = f"ffs.mtp{self.bay}"
        for folder in ("strings/0x409", "configs/c.1", f"functions/{function}"):
            (self._gadget / folder).mkdir(parents=True, exist_ok=True)
        (self._gadget / "idVendor").write_text("0x1d6b")
        (self._gadget / "idProduct").write_text("0x0100")
        (self._gadget / "strings/0x409/serialnumber").write_text(self.serial)
        chosen = self._gadget / "configs/c.1" / function
        if not chosen.is_symlink():
            chosen.symlink_to(self._gadget / "functions" / function)


class UmtpCamera(Gadget):
    """Camera A: a responder written in C by strangers."""

    def command(self) -> Sequence[str]:
        config = Path(f"/run/umtp{self.bay}.conf")
        config.write_text(_UMTP_CONFIG.format(card=self.card, serial=self.serial, ffs=self.ffs))
        return ["env", f"TZ={_ZONE}", "umtprd", "-conf", str(config)]


class OurCamera(Gadget):
    """Camera C: our simulation as a real USB device, its card a folder of a dock."""

    def __init__(self, bay: int, serial: str, dock: Path) -> None:
        self.dock_folder = dock
        Dock(dock).make_camera(serial)
        self._nature = dock / "nature.json"
        self._nature.write_bytes(write_nature(Nature()))
        super().__init__(bay, serial, dock / "cameras" / serial / "card")

    def command(self) -> Sequence[str]:
        arguments = (str(self.ffs), str(self.dock_folder), self.serial, str(self._nature))
        return [sys.executable, "-m", "hardware.simulated.gadget", *arguments]

    def become(self, nature: Nature) -> str:
        """Restarts with these faults and habits, its faults uncounted."""
        self._nature.write_bytes(write_nature(nature))
        return self.restart()

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        super().start()

    def ready(self) -> bool:
        return "READY" in self.log.read_text()
