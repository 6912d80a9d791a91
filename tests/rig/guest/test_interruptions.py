"""Promise: a pull cut anywhere, by the plug or by the host's death, goes on from its byte; nothing needs replugging.

What ships is what is tried: recordings come into a station's store, and what is asked of the camera is counted.
"""

import multiprocessing
import os
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from hardware.wires import AbsentError, SilentError
from tests.rig.guest import cards, puller
from tests.rig.guest.conftest import AnyCamera
from tests.rig.guest.emulator import EmulatedCamera
from tests.rig.guest.gadgets import Gadget, OurCamera, UmtpCamera
from tests.rig.guest.waiting import until

CUTS = 10
"""For each kind of camera; thirty in all. Where they fall comes from the seed of the run."""
_SIZE = 24 * cards.MIB + 77
_AGAIN_MAX = _SIZE // 10
"""Of a file asked for once more at a cut."""
_FILE = "clip.mp4"
_REOPENED_SECONDS = 10
_PULLED_SECONDS = 60
_STOPPED_SECONDS = 60

_children = multiprocessing.get_context("forkserver")
_children.set_forkserver_preload([puller.__name__])


def _cuts(seed: int) -> list[int]:
    return sorted(random.Random(seed).sample(range(1, _SIZE - 2 * cards.MIB), CUTS))


def test_pulled_out_at_random_bytes_it_goes_on_and_ends_equal(camera: AnyCamera, seed: int, tmp_path: Path) -> None:
    wanted = cards.write(camera.card / _FILE, _SIZE, seed)
    usb_path = camera.usb_path
    for cut in _cuts(seed):
        with pytest.raises(AbsentError):
            puller.receive(usb_path, _FILE, tmp_path, cut, camera.pull_out)
        assert not puller.finals(tmp_path), "part of a file stands under a final name"
        usb_path = camera.restart() if isinstance(camera, Gadget) else camera.dock()
    assert cards.sha256_of(puller.receive(usb_path, _FILE, tmp_path)) == wanted
    assert puller.asked(tmp_path) <= _SIZE + _AGAIN_MAX, puller.asked_again(tmp_path)


@pytest.mark.minutes
def test_killed_at_random_points_it_reopens_without_replugging_and_ends_equal(
    camera: AnyCamera, seed: int, tmp_path: Path
) -> None:
    wanted = cards.write(camera.card / _FILE, _SIZE, seed)
    for point in _cuts(seed):
        before = puller.asked(tmp_path)
        child = _begun(camera, tmp_path, point, signal.SIGKILL)
        until(
            lambda: puller.asked(tmp_path) > before or not child.is_alive(),  # noqa: B023 - called in this turn
            f"the first byte on the way to {point}",
            _REOPENED_SECONDS,
        )
        child.join(_PULLED_SECONDS)
        assert child.exitcode == -signal.SIGKILL, f"it did not get to {point}"
        whole = {cards.sha256_of(final) for final in puller.finals(tmp_path)}
        assert whole <= {wanted}, "part of a file stands under a final name"
    assert cards.sha256_of(puller.receive(camera.usb_path, _FILE, tmp_path)) == wanted
    assert max(puller.asked_again(tmp_path)) <= _AGAIN_MAX


@pytest.mark.minutes
def test_a_host_that_was_stopped_for_a_minute_goes_on_and_ends_equal(
    umtp: UmtpCamera, emulated: EmulatedCamera, ours: OurCamera, seed: int, tmp_path: Path
) -> None:
    """One of each kind of camera at once."""
    wanted, hosts = {}, {}
    for kind in (umtp, emulated, ours):
        folder = tmp_path / kind.serial
        folder.mkdir()
        wanted[folder] = cards.write(kind.card / _FILE, _SIZE, seed)
        hosts[folder] = _begun(kind, folder, _SIZE // 2, signal.SIGSTOP)
    for host in hosts.values():
        until(lambda: _stands_still(host), "a host to stop", _PULLED_SECONDS)  # noqa: B023 - called in this turn
    assert all(puller.asked(folder) < _SIZE for folder in hosts)
    threading.Event().wait(_STOPPED_SECONDS)
    for host in hosts.values():
        os.kill(host.pid or 0, signal.SIGCONT)
    for folder, host in hosts.items():
        host.join(_PULLED_SECONDS)
        assert host.exitcode == 0
        assert [cards.sha256_of(final) for final in puller.finals(folder)] == [wanted[folder]]
        assert puller.asked(folder) == _SIZE


@pytest.mark.minutes
def test_a_camera_that_stood_still_is_gone_on_with_and_not_replugged(
    umtp: UmtpCamera, ours: OurCamera, seed: int, tmp_path: Path
) -> None:
    kinds = (umtp, ours)
    wanted = [cards.write(kind.card / _FILE, _SIZE, seed) for kind in kinds]
    with ThreadPoolExecutor() as both:
        got = list(both.map(lambda kind: _received_over_a_standstill(kind, tmp_path / kind.serial), kinds))
    assert got == wanted


def _received_over_a_standstill(kind: Gadget, folder: Path) -> str:
    folder.mkdir()
    with pytest.raises(SilentError):
        puller.receive(kind.usb_path, _FILE, folder, _SIZE // 2, lambda: kind.signal(signal.SIGSTOP))
    assert not puller.finals(folder)
    kind.signal(signal.SIGCONT)
    digest = cards.sha256_of(puller.receive(kind.usb_path, _FILE, folder))
    assert max(puller.asked_again(folder)) <= _AGAIN_MAX
    return digest


def _begun(camera: AnyCamera, folder: Path, at: int, number: int) -> ForkServerProcess:
    child = _children.Process(target=puller.receive_until, args=(camera.usb_path, _FILE, folder, at, number))
    child.start()
    return child


def _stands_still(process: ForkServerProcess) -> bool:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return "State:\tT" in status
