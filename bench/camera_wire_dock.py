"""What the camera wire's figures share: cameras docked and taken out, cards filled, lines and ratios said."""

import hashlib
import os
from pathlib import Path

from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera
from tests.rig.guest.gadgets import UmtpCamera

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
CARDS = Path("/tmp/cards")  # noqa: S108 - the machine is thrown away
DISK = Path("/var/tmp/bench")  # noqa: S108
SMALL_FILES, SMALL_BYTES = 1_000, 102_400
BIG, TINY = "DCIM/BIG.MP4", "DCIM/TINY.MP4"

CAMERAS = UsbCameras(0)


def say(line: str) -> None:
    print(f"bench: {line}", flush=True)


_docked: list[UmtpCamera] = []


def docked(card: str, bay: int = 0) -> str:
    """Takes out what is in the bay; docks a camera just switched on with this card."""
    for other in [one for one in _docked if one.bay == bay]:
        other.pull_out()
        other.stop()
        _docked.remove(other)
    camera = UmtpCamera(bay, f"BENCH-{bay}", CARDS / card)
    camera.start()
    _docked.append(camera)
    return camera.dock()


def undock_all() -> None:
    while _docked:
        camera = _docked.pop()
        camera.pull_out()
        camera.stop()


def drained(camera: Camera, path: str) -> int:
    return sum(len(piece) for piece in camera.pull(path))


def written(camera: Camera, path: str, to: Path) -> None:
    with to.open("wb", buffering=0) as file:
        for piece in camera.pull(path):
            file.write(piece)


def ratio(what: str, ratio: float, target: str) -> None:
    say(f"  ratio {what:44} {ratio:6.2f}   target {target}")


def filled(path: Path, mebibytes: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(mebibytes):
            piece = os.urandom(MEBIBYTE)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def large_card(mebibytes: int) -> str:
    folder = CARDS / "large" / "DCIM"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "TINY.MP4").write_bytes(bytes(1_000))
    return filled(folder / "BIG.MP4", mebibytes)


def small_card() -> None:
    folder = CARDS / "small" / "DCIM"
    if folder.exists():
        return
    folder.mkdir(parents=True)
    content = os.urandom(SMALL_BYTES)
    for number in range(SMALL_FILES):
        (folder / f"F{number:05}.MP4").write_bytes(content)
