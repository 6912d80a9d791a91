"""Promise: what a camera says unasked stalls nothing, and what it recorded meanwhile is found and pulled."""

from contextlib import closing
from pathlib import Path

from hardware.usb_cameras import UsbCameras
from tests.rig.guest import cards
from tests.rig.guest.conftest import AnyCamera

_MEANWHILE = 200


def _appears(file: Path, size: int, seed: int) -> str:
    """All at once: the emulator's camera goes on saying the size that a file had when it was made."""
    made = file.parent.parent / "being-made"
    digest = cards.write(made, size, seed)
    made.replace(file)
    return digest


def test_two_hundred_files_made_during_a_pull_are_all_collected(
    cameras: UsbCameras, camera: AnyCamera, seed: int
) -> None:
    wanted = {"long.mp4": cards.write(camera.card / "long.mp4", 8 * cards.MIB, seed)}
    with closing(cameras.open(camera.usb_path)) as opened:
        (long,) = opened.files()
        pieces = opened.pull(long.path)
        digest_of = [bytes(next(pieces))]
        for number in range(_MEANWHILE):
            name = f"short{number}.mp4"
            wanted[name] = _appears(camera.card / name, 100 + number, seed + number)
        digest_of.extend(bytes(piece) for piece in pieces)
        got = {long.path: cards.sha256(digest_of)}
        for file in opened.files():
            if file.path not in got:
                got[file.path] = cards.sha256(opened.pull(file.path))
    assert {path.rpartition("/")[2]: digest for path, digest in got.items()} == wanted
