"""Promise: how a camera model departs from the standard is an entry in a table, and the table is read strictly."""

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import usb.core  # type: ignore[import-untyped]

from hardware.camera_models import CameraModels, read_models, shipped_models
from hardware.mtp.quirks import STANDARD
from hardware.simulated.dock import Dock
from hardware.simulated.usb_backend import Plugged, VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.wires import ForbiddenError, HostError, SilentError

PASSWORD = b"888888"
GOOD = f"""
[[model]]
vendor = "abcd"
products = {{ "0001" = "X1", "0002" = "X1 Pro" }}
kind = "mtp"
quirks = {{ partial_reads = false }}

[[model]]
vendor = "1209"
products = {{ "0002" = "locked" }}
kind = "vendor mode"
unlock = "step"
becomes = "0001"

[unlock.step]
request = 0x51
value = 7
data = "{PASSWORD.hex()}"
"""


def test_a_model_has_the_quirks_of_its_entry_and_no_other() -> None:
    models = read_models(GOOD.encode())
    assert models.of(0xABCD, 2).name == "X1 Pro"
    assert models.of(0xABCD, 1).quirks == STANDARD._replace(partial_reads=False)
    unknown = models.of(0xABCD, 3)
    assert (unknown.name, unknown.quirks, unknown.unlock) == (None, STANDARD, None)


def test_the_table_that_is_shipped_is_read() -> None:
    models = shipped_models()
    umtp = models.of(0x1D6B, 0x0100).quirks
    assert (umtp.sizes_modulo_4_gib, umtp.property_lists) == (True, False)
    assert models.of(0x46F4, 0x0004).quirks.file_times_in_utc
    assert models.of(0x1209, 0x0001).quirks == STANDARD


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("partial_reads", "partial_raeds", "no such quirk: partial_raeds"),
        ("partial_reads = false", 'partial_reads = "no"', "bool"),
        ('kind = "mtp"', 'kind = "mpt"', "mpt"),
        ('kind = "mtp"', 'kind = "mtp"\nknid = 1', "knid"),
        ('vendor = "abcd"', 'vendor = "ABCD"', "vendor"),
        ('vendor = "abcd"', "vendor = 43981", "vendor"),
        ('"0002" = "X1 Pro"', '"002" = "X1 Pro"', "products"),
        ('"0001" = "X1", "0002" = "X1 Pro"', "", "products"),
        ('unlock = "step"', 'unlock = "stpe"', "unlock.stpe"),
        ('unlock = "step"\n', "", "vendor mode"),
        ('becomes = "0001"\n', "", "vendor mode"),
        ("vendor mode", "disk", "vendor mode"),
        ("0x51", "0x151", "request"),
        (
            'vendor = "1209"\nproducts = { "0002"',
            'vendor = "abcd"\nproducts = { "0002"',
            "abcd:0002 stands there twice",
        ),
        ("[unlock.step]", "[unlock", "camera_models.toml"),
    ],
)
def test_a_table_with_a_mistake_is_refused(old: str, new: str, told: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(HostError, match=told.replace(".", r"\.")):
        read_models(GOOD.replace(old, new).encode())


# --- cameras that must be unlocked


class LockedUsb(VirtualUsb):
    """The camera is product 2 and no MTP until its vendor's request; then it is gone for a while, and back as 1."""

    obeys = True
    gone_for_looks = 3
    refusal: int | None = None
    locked = True
    away = 0

    def __init__(self, dock: Dock) -> None:
        super().__init__(dock, {"1": "1-1.1"}, lambda: 0)
        self.asked: list[tuple[int, int, int, int, bytes]] = []

    def enumerate_devices(self) -> Any:
        if self.away:
            self.away -= 1
            return iter(())
        return super().enumerate_devices()

    def get_device_descriptor(self, dev: Plugged) -> SimpleNamespace:
        found = super().get_device_descriptor(dev)
        found.idProduct = 2 if self.locked else 1
        return found

    def get_interface_descriptor(self, dev: Plugged, intf: int, alt: int, config: int) -> SimpleNamespace:
        found = super().get_interface_descriptor(dev, intf, alt, config)
        if self.locked:
            found.bInterfaceClass = 255
        return found

    def ctrl_transfer(self, dev_handle: Plugged, kind: int, request: int, *rest: Any) -> int:
        if not self.locked or kind != 0x40:
            return super().ctrl_transfer(dev_handle, kind, request, *rest)
        if self.refusal is not None:
            raise usb.core.USBError("no", None, self.refusal)
        value, index, content, _timeout = rest
        self.asked.append((kind, request, value, index, bytes(content)))
        if self.obeys:
            self.locked, self.away = False, self.gone_for_looks
            raise usb.core.USBError("Input/Output Error", -1, errno.EIO)
        return len(content)


@pytest.fixture
def locked(tmp_path: Path) -> LockedUsb:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    dock.put("T8-1", "1")
    return LockedUsb(dock)


@pytest.fixture
def models() -> CameraModels:
    return read_models(GOOD.encode())


def test_a_locked_camera_is_unlocked_and_opened_as_what_it_becomes(locked: LockedUsb, models: CameraModels) -> None:
    paused: list[float] = []
    camera = UsbCameras(480, locked, models, paused.append).open("1-1.1")
    assert camera.identity.serial == "T8-1"
    assert locked.asked == [(0x40, 0x51, 7, 0, PASSWORD)]
    assert 0 < sum(paused) < 10
    camera.close()
    UsbCameras(480, locked, models, paused.append).open("1-1.1").close()
    assert len(locked.asked) == 1, "an open camera is not unlocked again"


def test_a_camera_that_does_not_unlock_is_said_and_its_password_is_not(locked: LockedUsb, models: CameraModels) -> None:
    locked.obeys = False
    with pytest.raises(SilentError, match="does not unlock") as told:
        UsbCameras(480, locked, models, lambda _seconds: None).open("1-1.1")
    assert PASSWORD.decode() not in str(told.value)
    assert PASSWORD.hex() not in str(told.value)
    assert PASSWORD.hex() not in repr(models)


def test_a_camera_that_we_may_not_unlock_is_said_with_what_to_do(locked: LockedUsb, models: CameraModels) -> None:
    locked.refusal = errno.EACCES
    with pytest.raises(ForbiddenError, match="udev rules"):
        UsbCameras(480, locked, models, lambda _seconds: None).open("1-1.1")


def test_a_locked_camera_is_listed_as_one(locked: LockedUsb, models: CameraModels) -> None:
    (place,) = UsbCameras(480, locked, models).places()
    assert (place.kind, place.model) == ("locked", "locked")
    assert not locked.asked
