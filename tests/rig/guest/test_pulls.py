"""Promise: what is pulled over a real USB stack is what is on the card, byte for byte, or an error; never a part."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hardware.usb_cameras import UsbCameras
from hardware.wires import WireError
from tests.rig.guest import cards, puller
from tests.rig.guest.conftest import AnyCamera
from tests.rig.guest.emulator import EmulatedCamera
from tests.rig.guest.gadgets import UmtpCamera

RESIDENT_KIB_MAX = 64 * 1024


def test_it_says_who_it_is_and_lists_every_file(cameras: UsbCameras, camera: AnyCamera, seed: int) -> None:
    for number in range(30):
        cards.write(camera.card / f"DCIM/{number % 3}/clip{number}.mp4", number, seed + number)
    with closing(cameras.open(camera.usb_path)) as opened:
        listed = {file.path: file.size_bytes for file in opened.files()}
        assert opened.identity.serial
    on_card = {path.relative_to(camera.card).as_posix(): path.stat().st_size for path in _files(camera.card)}
    assert {path[path.find("DCIM") :]: size for path, size in listed.items()} == on_card


def test_pulls_around_every_packet_and_buffer_edge_are_byte_equal(
    cameras: UsbCameras, camera: AnyCamera, seed: int
) -> None:
    sizes = (*cards.PACKET_EDGES, *cards.BUFFER_EDGES)
    wanted = {size: cards.write(camera.card / f"{size}.mp4", size, seed + size) for size in sizes}
    with closing(cameras.open(camera.usb_path)) as opened:
        paths = {file.size_bytes: file.path for file in opened.files()}
        assert set(paths) == set(sizes)
        got = {size: cards.sha256(opened.pull(paths[size])) for size in sizes}
    assert got == wanted


@pytest.mark.parametrize("offset", [1, 500, 512, 100_001, cards.MIB - 1, cards.MIB])
def test_pulls_from_an_offset_are_byte_equal(cameras: UsbCameras, camera: AnyCamera, seed: int, offset: int) -> None:
    file = camera.card / "clip.mp4"
    cards.write(file, cards.MIB, seed)
    with closing(cameras.open(camera.usb_path)) as opened:
        (listed,) = opened.files()
        assert cards.sha256(opened.pull(listed.path, offset)) == cards.sha256_of(file, offset)


def test_offsets_around_4_gib_are_byte_equal_or_refused(cameras: UsbCameras, umtp: UmtpCamera, seed: int) -> None:
    """The last bytes before and behind the edge, from files that end around it and from one that ends behind it."""
    known = {size: cards.Sparse(size, seed) for size in (*cards.GIB_EDGES, 4 * cards.GIB + cards.MIB)}
    for size, file in known.items():
        file.write(umtp.card / f"{size}.mp4")
    with closing(cameras.open(umtp.usb_path)) as opened:
        listed = {file.size_bytes: file.path for file in opened.files()}
        assert set(listed) == set(known)
        for size, path in listed.items():
            for offset in (4 * cards.GIB - cards.MIB, min(4 * cards.GIB + 1, size)):
                pulled = b"".join(bytes(piece) for piece in opened.pull(path, offset))
                assert pulled == known[size].content(offset, size - offset), (size, offset)


@pytest.mark.minutes
def test_more_than_4_gib_is_byte_equal_in_little_memory(camera: AnyCamera, seed: int) -> None:
    """B from the first byte; A and C, which software emulates slowly, from 64 MiB before the edge to the end."""
    whole = isinstance(camera, EmulatedCamera)
    size = 5 * cards.GIB + 513 if whole else 4 * cards.GIB + 64 * cards.MIB + 513
    offset = 0 if whole else 4 * cards.GIB - 64 * cards.MIB
    cards.Sparse(size, seed).write(camera.card / "long.mp4")
    asked = (camera.usb_path, "long.mp4", str(size), str(seed), str(offset))
    pulled = subprocess.run([sys.executable, "-m", puller.__name__, *asked], capture_output=True, check=False)
    assert pulled.returncode == 0, pulled.stderr.decode()
    told = json.loads(pulled.stdout)
    assert told["bytes"] == size - offset
    assert told["resident_kib"] < RESIDENT_KIB_MAX, told


def _files(card: Path) -> Iterator[Path]:
    return (path for path in card.rglob("*") if path.is_file())


def test_nothing_there_is_said_in_one_line(cameras: UsbCameras) -> None:
    with pytest.raises(WireError, match="1-99") as told:
        cameras.open("1-99")
    assert "\n" not in str(told.value)
