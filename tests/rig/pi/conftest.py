"""The one camera of the emulated Raspberry Pi, on its own USB socket. What both machines need comes from the PC's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware import usb_pipe
from tests.rig.guest.conftest import cameras, monitor, pytest_configure, seed
from tests.rig.guest.emulator import EmulatedCamera, Monitor
from tests.rig.pi import card

__all__ = ["cameras", "docked", "in_socket", "monitor", "pytest_configure", "reads_of_one_piece", "seed"]

SOCKET = 1


def pytest_report_header() -> str:
    model = Path("/proc/device-tree/model").read_text().rstrip("\0")
    return f"on a {model}; rig seed: {Path('/scratch/seed').read_text().strip()} (again: RIG_SEED=… make rig-pi)"


@pytest.fixture(autouse=True)
def reads_of_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """QEMU's dwc2 goes on with a read that the kernel took back: it swallows the next answer, or ends the emulator.

    Through this controller libusb reads in pieces of 16 KiB, all asked for at once, and takes back those behind a short
    one. So here no read has more than one piece; what larger ones do on a real Pi is not seen in this machine.
    """
    monkeypatch.setattr(usb_pipe, "READ_BYTES", usb_pipe.READ_BYTES_MIN)


@pytest.fixture(scope="session")
def in_socket(monitor: Monitor) -> EmulatedCamera:
    """Filmed before the machine started, and not docked."""
    return EmulatedCamera(monitor, card.SERIAL, SOCKET)


@pytest.fixture
def docked(in_socket: EmulatedCamera) -> Iterator[EmulatedCamera]:
    in_socket.dock()
    yield in_socket
    in_socket.pull_out()
