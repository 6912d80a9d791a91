"""Promise: what our camera does wrong as a real USB device, faults and ways, costs an error by name and no byte.

Strangers meet the same faults: whatever they make of them, the camera is whole for us afterwards.
"""

import re
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from hardware.simulated.camera import Habits
from hardware.simulated.faults import Fault, Kind, Nature
from hardware.usb_cameras import UsbCameras
from hardware.wires import SilentError, WireError
from tests.rig.guest import cards
from tests.rig.guest.gadgets import OurCamera
from tests.rig.guest.natures import FAULTS, GET_OBJECT, HABITS
from tests.rig.guest.waiting import until

_LONG = 300_000
_SIZES = (0, 1, 500, 512, 65_536 - 12, 262_144 + 500)
_STRANGERS_SECONDS = 40
_ASKED_OF_D_TOO = (
    "cut short",
    "another transaction",
    "a stray byte",
    "refused",
    "stalled in the middle",
    "both endpoints stalled",
    "silent in the middle",
)
BROKEN = {name: FAULTS[name] for name in _ASKED_OF_D_TOO} | {
    "wedged": (Fault(Kind.WEDGE, GET_OBJECT, at=100_000), SilentError),
    # Its transfers break off before the hub has seen it go: by then it may be gone, or be silent.
    "vanished": (Fault(Kind.VANISH, GET_OBJECT, at=100_000), WireError),
}


def _read(cameras: UsbCameras, usb_path: str) -> dict[str, str]:
    with closing(cameras.open(usb_path)) as opened:
        return {file.path: cards.sha256(opened.pull(file.path)) for file in opened.files()}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_pull_is_named_and_the_next_one_is_whole(
    cameras: UsbCameras, ours: OurCamera, seed: int, name: str
) -> None:
    fault, error = BROKEN[name]
    wanted = cards.write(ours.card / "DCIM/clip.mp4", _LONG, seed)
    usb_path = ours.become(Nature((fault,)))
    with closing(cameras.open(usb_path)) as opened:
        (listed,) = opened.files()
        with pytest.raises(error):
            cards.sha256(opened.pull(listed.path))
    if fault.kind == Kind.VANISH:
        until(lambda: not Path(f"/sys/bus/usb/devices/{usb_path}").exists(), "the camera to be gone")
        usb_path = ours.become(Nature())
    assert _read(cameras, usb_path) == {"DCIM/clip.mp4": wanted}


@pytest.mark.parametrize(
    "name", ["a header of its own, no empty packet", "one property in the list", "other handles each session"]
)
def test_ways_that_differ_are_read_byte_for_byte(cameras: UsbCameras, ours: OurCamera, seed: int, name: str) -> None:
    wanted = {f"DCIM/{size}.mp4": cards.write(ours.card / f"DCIM/{size}.mp4", size, seed + size) for size in _SIZES}
    assert _read(cameras, ours.become(Nature(habits=HABITS[name]))) == wanted


def test_a_size_modulo_4_gib_is_the_true_one_and_the_end_is_the_end(
    cameras: UsbCameras, ours: OurCamera, seed: int
) -> None:
    size, before = 4 * cards.GIB + 5, cards.MIB
    known = cards.Sparse(size, seed)
    known.write(ours.card / "long.mp4")
    with closing(cameras.open(ours.become(Nature(habits=Habits(sizes="modulo"))))) as opened:
        (listed,) = opened.files()
        assert listed.size_bytes == size
        end = b"".join(bytes(piece) for piece in opened.pull(listed.path, size - before))
    assert end == known.content(size - before, before)


@pytest.mark.parametrize("fault", [
    Fault(Kind.REFUSE, GET_OBJECT, value=0x200F), Fault(Kind.JOIN, GET_OBJECT), Fault(Kind.CUT, GET_OBJECT, at=1000),
    Fault(Kind.STALL, GET_OBJECT, at=100_000),
], ids=lambda fault: fault.kind.name)  # fmt: skip
def test_what_a_stranger_stumbled_over_is_whole_for_us(
    cameras: UsbCameras, ours: OurCamera, seed: int, tmp_path: Path, fault: Fault
) -> None:
    wanted = cards.write(ours.card / "DCIM/clip.mp4", _LONG, seed)
    usb_path = ours.become(Nature((fault,)))
    listed = _tried("mtp-files", folder=tmp_path)
    (number,) = re.findall(r"File ID: (\d+)", listed)
    _tried("mtp-getfile", number, "clip.mp4", folder=tmp_path)
    assert _read(cameras, usb_path) == {"DCIM/clip.mp4": wanted}


def _tried(*command: str, folder: Path) -> str:
    """Killed where it hangs: what matters is what the camera is like after it."""
    limited = ("timeout", "--signal=KILL", str(_STRANGERS_SECONDS), *command)
    done = subprocess.run(limited, cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return (done.stdout + done.stderr).decode(errors="replace")
