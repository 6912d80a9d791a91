"""Promise: a bay is a place on the USB tree: whichever camera is put there is found there, and nowhere else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hardware.usb_cameras import UsbCameras
from hardware.wires import AbsentError
from tests.rig.guest import cards
from tests.rig.guest.emulator import PORTS, EmulatedCamera
from tests.rig.guest.gadgets import BAYS, UmtpCamera, load_controllers


def test_a_camera_is_found_where_it_was_put_and_nowhere_else(cameras: UsbCameras, emulated: EmulatedCamera) -> None:
    left = emulated.usb_path
    for bay in (PORTS, 1):
        emulated.pull_out()
        there = emulated.dock(bay)
        assert there.endswith(f"-{bay}")
        cameras.open(there).close()
        with pytest.raises(AbsentError):
            cameras.open(left)


@pytest.fixture
def full_dock(tmp_path: Path) -> Iterator[list[UmtpCamera]]:
    load_controllers()
    docked = [UmtpCamera(bay, f"UMTP-{bay}", tmp_path / str(bay)) for bay in range(BAYS)]
    for camera in docked:
        camera.start()
        camera.dock()
    yield docked
    for camera in docked:
        camera.pull_out()
        camera.stop()


def test_eight_cameras_open_at_once_are_each_who_they_are(
    cameras: UsbCameras, full_dock: list[UmtpCamera], seed: int
) -> None:
    wanted = [cards.write(camera.card / "clip.mp4", cards.MIB, seed + camera.bay) for camera in full_dock]
    opened = [cameras.open(camera.usb_path) for camera in full_dock]
    try:
        assert [camera.identity.serial for camera in opened] == [camera.serial for camera in full_dock]
        paths = [camera.files()[0].path for camera in opened]
        assert [cards.sha256(c.pull(path)) for c, path in zip(opened, paths, strict=True)] == wanted
    finally:
        for camera in opened:
            camera.close()


def test_the_camera_next_to_one_that_is_pulled_out_goes_on(
    cameras: UsbCameras, full_dock: list[UmtpCamera], seed: int
) -> None:
    stays, leaves = full_dock[:2]
    wanted = cards.write(stays.card / "clip.mp4", 2 * cards.MIB, seed)
    with closing(cameras.open(stays.usb_path)) as opened:
        (listed,) = opened.files()
        pieces = opened.pull(listed.path)
        first = bytes(next(pieces))
        leaves.pull_out()
        assert cards.sha256([first, *(bytes(piece) for piece in pieces)]) == wanted
