"""Promise: a pull cut anywhere, by the plug or by the host's death, goes on from its byte; nothing needs replugging."""

import multiprocessing
import random
import signal
from contextlib import closing
from pathlib import Path

import pytest

from hardware.usb_cameras import UsbCameras
from hardware.wires import AbsentError
from tests.rig.guest import cards, puller
from tests.rig.guest.conftest import AnyCamera
from tests.rig.guest.gadgets import Gadget
from tests.rig.guest.waiting import until

CUTS = 10
"""For each kind of camera; thirty in all. Where they fall comes from the seed of the run."""
_SIZE = 12 * cards.MIB + 77
_REOPENED_SECONDS = 10
_PULLED_SECONDS = 30

_children = multiprocessing.get_context("forkserver")
_children.set_forkserver_preload([puller.__name__])


def test_pulled_out_at_random_bytes_it_goes_on_and_ends_equal(
    cameras: UsbCameras, camera: AnyCamera, seed: int, tmp_path: Path
) -> None:
    wanted = cards.write(camera.card / "clip.mp4", _SIZE, seed)
    cuts = sorted(random.Random(seed).sample(range(1, _SIZE - 2 * cards.MIB), CUTS))
    part, usb_path = tmp_path / "part", camera.usb_path
    for cut in cuts:
        with pytest.raises(AbsentError):
            _pull_until(cameras, usb_path, part, cut, camera)
        usb_path = camera.restart() if isinstance(camera, Gadget) else camera.dock()
    puller.pull_into(usb_path, "clip.mp4", part)
    assert cards.sha256_of(part) == wanted


def _pull_until(cameras: UsbCameras, usb_path: str, part: Path, cut: int, camera: AnyCamera) -> None:
    pulled_out = False
    with closing(cameras.open(usb_path)) as opened, part.open("ab") as file:
        (listed,) = opened.files()
        for piece in opened.pull(listed.path, file.tell()):
            file.write(piece)
            if file.tell() >= cut and not pulled_out:
                camera.pull_out()
                pulled_out = True


def test_killed_at_random_points_it_reopens_without_replugging_and_ends_equal(
    camera: AnyCamera, seed: int, tmp_path: Path
) -> None:
    wanted = cards.write(camera.card / "clip.mp4", _SIZE, seed)
    points = sorted(random.Random(seed).sample(range(1, _SIZE - 2 * cards.MIB), CUTS))
    part = tmp_path / "part"
    part.touch()
    for point in points:
        before = part.stat().st_size
        child = _children.Process(target=puller.pull_into, args=(camera.usb_path, "clip.mp4", part, point))
        child.start()
        until(
            lambda: part.stat().st_size > before or not child.is_alive(),  # noqa: B023 - called in this turn
            f"the first byte behind {before}",
            _REOPENED_SECONDS,
        )
        child.join(_PULLED_SECONDS)
        if part.stat().st_size < _SIZE:
            assert child.exitcode == -signal.SIGKILL, f"it did not get from {before} to {point}"
    puller.pull_into(camera.usb_path, "clip.mp4", part)
    assert cards.sha256_of(part) == wanted
