"""Promise: whatever is plugged in is named with its place and its kind, also what is no camera of ours."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.camera_models import shipped_models
from hardware.simulated.dock import Dock
from hardware.simulated.faults import Nature, UsbTraits
from hardware.simulated.usb_backend import Plugged, VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.usb_places import Kind, Place, places
from hardware.wires import SilentError

PLACES = {"1": "1-1.10", "2": "1-1.2", "3": "2-1"}


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    for bay in PLACES:
        dock.make_camera(f"T8-{bay}")
    return dock


def tree(dock: Dock, *traits: UsbTraits) -> VirtualUsb:
    natures = {}
    for bay, trait in enumerate(traits, start=1):
        natures[f"T8-{bay}"] = Nature(traits=trait)
        dock.put(f"T8-{bay}", str(bay))
    return VirtualUsb(dock, PLACES, lambda: 0, natures=natures)


def test_places_come_in_the_order_of_the_tree(dock: Dock) -> None:
    listed = UsbCameras(480, tree(dock, UsbTraits(), UsbTraits(), UsbTraits())).places()
    assert [place.usb_path for place in listed] == ["1-1.2", "1-1.10", "2-1"]
    assert listed[0] == Place("1-1.2", 0x1209, 1, "mtp", "Dockward's simulated camera")


@pytest.mark.parametrize(
    ("traits", "kind"),
    [
        (UsbTraits(), "mtp"),
        (UsbTraits(interface_name="MTP"), "mtp"),
        (UsbTraits(interface_name="ADB Interface"), "other"),
        (UsbTraits(mass_storage=True), "disk"),
    ],
)
def test_what_is_plugged_in_has_a_kind(dock: Dock, traits: UsbTraits, kind: Kind) -> None:
    (place,) = places(tree(dock, traits), shipped_models())
    assert place.kind == kind


def test_a_disk_that_is_opened_is_named_as_one(dock: Dock) -> None:
    with pytest.raises(SilentError, match="is a disk, not a camera; switch it to MTP"):
        UsbCameras(480, tree(dock, UsbTraits(mass_storage=True))).open("1-1.10")


class WithHub(VirtualUsb):
    """What is on bus 2 is a hub."""

    def get_device_descriptor(self, dev: Plugged) -> SimpleNamespace:
        found = super().get_device_descriptor(dev)
        found.bDeviceClass = 9 if found.bus == 2 else 0
        return found

    def get_configuration_descriptor(self, dev: Plugged, config: int) -> Any:
        assert dev.place != "2-1", "nobody asks a hub"
        return super().get_configuration_descriptor(dev, config)


def test_hubs_are_left_out(dock: Dock) -> None:
    dock.put("T8-1", "1")
    dock.put("T8-3", "3")
    listed = places(WithHub(dock, PLACES, lambda: 0), shipped_models())
    assert [place.usb_path for place in listed] == ["1-1.10"]


class Broken(VirtualUsb):
    """One camera's interfaces cannot be read."""

    def get_interface_descriptor(self, dev: Plugged, intf: int, alt: int, config: int) -> SimpleNamespace:
        if dev.place == "1-1.2":
            raise NotImplementedError("no descriptor")
        return super().get_interface_descriptor(dev, intf, alt, config)


def test_what_cannot_be_asked_hides_no_other(dock: Dock) -> None:
    dock.put("T8-1", "1")
    dock.put("T8-2", "2")
    listed = places(Broken(dock, PLACES, lambda: 0), shipped_models())
    assert [(place.usb_path, place.kind) for place in listed] == [("1-1.2", "other"), ("1-1.10", "mtp")]
