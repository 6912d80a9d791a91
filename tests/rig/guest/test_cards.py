"""Promise: on a stranger's camera a delete takes its file and no other, times are true, any name is collected."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from hardware.usb_cameras import UsbCameras
from hardware.wires import AbsentError, WireError
from tests.rig.guest import cards
from tests.rig.guest.conftest import AnyCamera
from tests.rig.guest.emulator import EmulatedCamera
from tests.rig.guest.gadgets import UmtpCamera
from tests.rig.guest.waiting import until

_FILES = ("DCIM/a.mp4", "DCIM/b.mp4", "DCIM/c.mp4", "note.txt")
_MOMENT_MS = 1_789_000_060_000
_NAMES = (
    "\u5f55\u50cf \u4e00.mp4", "\U0001f3a5.mp4", " blank .mp4", "a\\b:c*?.mp4", "tab\there.mp4",
    "UPPER.mp4", "upper.mp4", "~2", "x" * 240 + ".mp4",
)  # fmt: skip


def _film(card: Path, seed: int, names: tuple[str, ...]) -> dict[str, str]:
    return {name: cards.write(card / name, 1_000 + place, seed + place) for place, name in enumerate(names)}


def _on_card(card: Path) -> set[str]:
    return {path.relative_to(card).as_posix() for path in card.rglob("*") if path.is_file()}


def _listed(paths: list[str], name: str) -> str:
    """Some cameras have a folder for the whole card."""
    return next(path for path in paths if path == name or path.endswith(f"/{name}"))


def test_a_delete_takes_its_file_and_no_other(cameras: UsbCameras, umtp: UmtpCamera, seed: int) -> None:
    """In one session and the next, and of a file that went meanwhile."""
    _film(umtp.card, seed, _FILES)
    left = set(_FILES)
    for name in _FILES[:2]:
        with closing(cameras.open(umtp.usb_path)) as opened:
            with pytest.raises(AbsentError):
                opened.delete(name)
            opened.delete(_listed([file.path for file in opened.files()], name))
        left.remove(name)
        assert _on_card(umtp.card) == left
    with closing(cameras.open(umtp.usb_path)) as opened:
        path = _listed([file.path for file in opened.files()], "DCIM/c.mp4")
        (umtp.card / "DCIM/c.mp4").rename(umtp.card / "DCIM/filmed-since.mp4")
        with pytest.raises(WireError):
            opened.delete(path)
    assert _on_card(umtp.card) == {"DCIM/filmed-since.mp4", "note.txt"}


def test_a_delete_that_a_camera_does_not_do_is_an_error(
    cameras: UsbCameras, emulated: EmulatedCamera, seed: int
) -> None:
    """The emulator's card can be read only."""
    _film(emulated.card, seed, _FILES)
    with closing(cameras.open(emulated.usb_path)) as opened:
        for name in _FILES:
            with pytest.raises(WireError):
                opened.delete(_listed([file.path for file in opened.files()], name))
    assert _on_card(emulated.card) == set(_FILES)


@pytest.fixture(params=["umtp", "emulated"], ids=["A", "B"])
def stranger(request: pytest.FixtureRequest) -> UmtpCamera | EmulatedCamera:
    found: UmtpCamera | EmulatedCamera = request.getfixturevalue(request.param)
    return found


def test_times_of_files_are_true_in_the_zone_that_the_camera_writes_them_in(
    cameras: UsbCameras, stranger: UmtpCamera | EmulatedCamera, seed: int
) -> None:
    """Neither has a clock to read."""
    file = stranger.card / "clip.mp4"
    cards.write(file, 10, seed)
    os.utime(file, ns=(_MOMENT_MS * 1_000_000, _MOMENT_MS * 1_000_000))
    with closing(cameras.open(stranger.usb_path)) as opened:
        assert opened.clock_ms() is None
        (listed,) = opened.files()
        assert listed.ended_ms == _MOMENT_MS


def test_a_file_with_any_name_is_pulled_and_stays_in_its_folder(
    cameras: UsbCameras, camera: AnyCamera, seed: int
) -> None:
    wanted = _film(camera.card / "DCIM", seed, _NAMES)
    until(lambda: len(_on_card(camera.card)) == len(_NAMES), "the card")
    with closing(cameras.open(camera.usb_path)) as opened:
        got = {file.path: cards.sha256(opened.pull(file.path)) for file in opened.files()}
    assert sorted(got.values()) == sorted(wanted.values())
    assert len({Path(path).parent for path in got}) == 1
    assert all(".." not in Path(path).parts and not path.startswith("/") for path in got)
