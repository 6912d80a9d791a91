"""One docked camera with three files, of any nature, for the tests of the hard cases. Judges only what is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from hardware.simulated.camera import Habits
from hardware.simulated.dock import Dock
from hardware.simulated.faults import Fault, Nature, UsbTraits
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera, WireError

NOW_MS = 1_790_000_000_000
BEGUN_MS, ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
PLACES = {"1": "1-1.1", "2": "1-1.2"}
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
CLIP, OTHER = "DCIM/clip.mp4", "DCIM/other.mp4"
FILES = {CLIP: CONTENT, OTHER: CONTENT[::-1], "note.txt": b"note"}
INFO, OPEN, HANDLES, OBJECT_INFO, OBJECT, DELETE = 0x1001, 0x1002, 0x1007, 0x1008, 0x1009, 0x100B
PROPERTY, PARTIAL, PARTIAL_64, LIST = 0x1014, 0x101B, 0x95C1, 0x9805
NO_LISTS = frozenset({LIST})
Contents = TypeVar("Contents", bytes, dict[str, bytes])


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    for path, content in FILES.items():
        dock.film("T8-1", path, content, BEGUN_MS, ENDED_MS)
    dock.put("T8-1", "1")
    return dock


def cameras(
    dock: Dock, *faults: Fault, habits: Habits | None = None, traits: UsbTraits | None = None, bytes_per_call: int = 512
) -> UsbCameras:
    nature = Nature(faults, traits or UsbTraits(), habits)
    usb_tree = VirtualUsb(dock, PLACES, lambda: NOW_MS, None, bytes_per_call, {"T8-1": nature})
    return UsbCameras(480, usb_tree, pause=lambda _seconds: None)


def opened(
    dock: Dock, *faults: Fault, habits: Habits | None = None, traits: UsbTraits | None = None, bytes_per_call: int = 512
) -> Camera:
    return cameras(dock, *faults, habits=habits, traits=traits, bytes_per_call=bytes_per_call).open("1-1.1")


def pulled(camera: Camera, path: str = CLIP, offset: int = 0) -> bytes:
    return b"".join(bytes(piece) for piece in camera.pull(path, offset))


def pull_into(part: bytearray, camera: Camera) -> None:
    for piece in camera.pull(CLIP):
        part += piece


def all_files(camera: Camera) -> dict[str, bytes]:
    return {file.path: pulled(camera, file.path) for file in camera.files()}


def whole_or_an_error(read: Callable[[], Contents], contents: Contents) -> bool:
    """Whether it came; any other error than one of the wire's fails the test."""
    try:
        found = read()
    except WireError as refused:
        said = str(refused)
    else:
        assert found == contents
        return True
    assert said
    assert "\n" not in said
    return False


def visited(ours: UsbCameras) -> dict[str, bytes]:
    camera = ours.open("1-1.1")
    try:
        camera.battery_percent()
        return all_files(camera)
    finally:
        camera.close()


def then_all_is_well(ours: UsbCameras) -> None:
    """Opened again, nothing is lost."""
    camera = ours.open("1-1.1")
    assert all_files(camera) == FILES
    camera.close()
