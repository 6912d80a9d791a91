"""Promise: a camera that speaks MTP and one that is a disk are the same to whoever uses them."""

import pytest

from hardware.simulated.disk_camera import DiskCameras
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_cameras import UsbCameras
from tests.camera_contract import *  # noqa: F403 - the contract's tests and fixtures run here, once for each kind
from tests.camera_contract import ENDED_MS, PLACES, Kind

KINDS: dict[str, Kind] = {
    "mtp": lambda dock: UsbCameras(480, VirtualUsb(dock, PLACES, lambda: ENDED_MS)),
    "disk": lambda dock: DiskCameras(dock, PLACES),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]
