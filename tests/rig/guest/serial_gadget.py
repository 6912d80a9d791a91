"""The bay boards behind a USB serial adapter: a gadget's `ttyGS0` is theirs, the kernel's `ttyACM…` the station's.

Linux' own device side (f_acm on dummy_hcd) carries the bytes, so that the cable can be pulled and put back. The boards
are those of a simulated dock: they keep their current while the cable is out. Speaks no Modbus itself.
"""

import contextlib
import errno
import os
import select
import subprocess
import threading
import tty
from collections.abc import Iterator, Sequence
from pathlib import Path

from hardware.simulated.boards import SimulatedBoards, installed_runtime
from hardware.simulated.dock import Dock
from hardware.wiring import BayWiring
from tests.rig.guest.gadgets import BAYS, load_controllers
from tests.rig.guest.waiting import until

URL = "/dev/serial/by-id/usb-Dockward_bay_bus_RIG-0-if00"
"""As udev calls the adapter wherever it is plugged; `ttyACM0` is another one's name while a lost one is still open."""
_CONTROLLER = BAYS - 1
_GADGET = Path("/sys/kernel/config/usb_gadget/bay-bus")
_DEVICE_END = Path("/dev/ttyGS0")
_CHUNK_BYTES = 256
_LOOK_MS = 100


class SerialGadget:
    """The adapter and its cable. Only the boards' end knows that it is none."""

    def __init__(self) -> None:
        load_controllers()
        subprocess.run(["modprobe", "usb_f_acm"], check=True)
        for folder in ("strings/0x409", "configs/c.1", "functions/acm.0"):
            (_GADGET / folder).mkdir(parents=True, exist_ok=True)
        for name, content in (("serialnumber", "RIG-0"), ("manufacturer", "Dockward"), ("product", "bay bus")):
            (_GADGET / "strings/0x409" / name).write_text(content)
        (_GADGET / "idVendor").write_text("0x1d6b")
        (_GADGET / "idProduct").write_text("0x0104")
        chosen = _GADGET / "configs/c.1/acm.0"
        if not chosen.is_symlink():
            chosen.symlink_to(_GADGET / "functions/acm.0")

    def plug(self) -> None:
        until(self._bound, "the adapter to be let go by its controller")
        until(Path(URL).exists, "the adapter at the host's side")
        subprocess.run(["udevadm", "settle", "--timeout=20"], check=True)

    def unplug(self) -> None:
        with contextlib.suppress(OSError):  # it is out already
            (_GADGET / "UDC").write_text("\n")
        until(lambda: not Path(URL).exists(), "the adapter to be gone")

    def _bound(self) -> bool:
        """A controller is busy for a moment after it was left."""
        try:
            (_GADGET / "UDC").write_text(f"dummy_udc.{_CONTROLLER}")
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
        return True


@contextlib.contextmanager
def boards_behind(dock: Dock, bays: Sequence[BayWiring]) -> Iterator[SimulatedBoards]:
    """The boards of these bays at the device's end of the cable, whether it is plugged or not."""
    stop = threading.Event()
    with SimulatedBoards(dock, bays, installed_runtime()) as boards:
        carrier = threading.Thread(target=_carry_until, args=(stop, boards.url), name="cable")
        carrier.start()
        try:
            yield boards
        finally:
            stop.set()
            carrier.join()


def _carry_until(stop: threading.Event, boards: str) -> None:
    """A plug that is pulled hangs up on who holds the device's end: it is taken up again."""
    with _opened(Path(boards)) as bus:
        while not stop.is_set():
            with _opened(_DEVICE_END) as device, contextlib.suppress(OSError):
                while not stop.is_set():
                    _carry(device, bus)


def _carry(device: int, bus: int) -> None:
    """What came within a moment, both ways; OSError where the device's end was hung up."""
    there = select.poll()
    there.register(device, select.POLLIN)
    there.register(bus, select.POLLIN)
    for end, event in there.poll(_LOOK_MS):
        received = os.read(end, _CHUNK_BYTES) if event & select.POLLIN else b""
        if not received:
            raise OSError(errno.EIO, "hung up")
        os.write(bus if end == device else device, received)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    end = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(end)
        yield end
    finally:
        os.close(end)
