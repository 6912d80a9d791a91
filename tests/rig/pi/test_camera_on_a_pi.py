"""Promise: on the kernel and with the wheels of a Raspberry Pi, on its own USB socket, a camera is read as on a PC."""

import json
import platform
import random
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dockward.__main__ import main
from hardware.usb_arrivals import kernel_arrivals
from hardware.usb_cameras import UsbCameras
from hardware.wires import AbsentError
from tests.rig.guest import cards, puller
from tests.rig.guest.emulator import EmulatedCamera
from tests.rig.pi import card

CUTS = 5
_HEARD_MS = 15_000
_OFFSETS = (1, 500, 512, 100_001, card.LONG_BYTES - 1, card.LONG_BYTES)


def test_the_machine_is_what_it_is_taken_for(docked: EmulatedCamera) -> None:
    assert Path("/proc/device-tree/model").read_text().startswith("Raspberry Pi 3")
    assert platform.machine() == "aarch64"
    assert Path(f"/sys/bus/usb/devices/{docked.usb_path}/speed").read_text().strip() == "480"


def test_a_camera_is_heard_and_found_on_the_socket_of_the_chip(cameras: UsbCameras, in_socket: EmulatedCamera) -> None:
    arrivals = kernel_arrivals()
    assert not arrivals.next(0).arrived
    in_socket.dock()
    try:
        assert arrivals.next(_HEARD_MS).arrived == {in_socket.usb_path}
        assert [(place.usb_path, place.kind) for place in cameras.places()] == [(in_socket.usb_path, "mtp")]
    finally:
        in_socket.pull_out()
    assert arrivals.next(_HEARD_MS).departed == {in_socket.usb_path}
    assert not arrivals.deaf


def test_it_says_who_it_is_and_lists_every_file(cameras: UsbCameras, docked: EmulatedCamera) -> None:
    with closing(cameras.open(docked.usb_path)) as opened:
        assert opened.identity.serial
        assert {_on_card(file.path): file.size_bytes for file in opened.files()} == {
            path.relative_to(docked.card).as_posix(): path.stat().st_size
            for path in docked.card.rglob("*")
            if path.is_file()
        }


def test_pulls_around_every_packet_and_buffer_edge_are_byte_equal(cameras: UsbCameras, docked: EmulatedCamera) -> None:
    with closing(cameras.open(docked.usb_path)) as opened:
        got = {_on_card(file.path): cards.sha256(opened.pull(file.path)) for file in opened.files()}
    assert len(got) == len(card.EDGES) + 1
    assert got == {path: cards.sha256_of(docked.card / path) for path in got}


def test_pulls_from_an_offset_are_byte_equal(cameras: UsbCameras, docked: EmulatedCamera) -> None:
    with closing(cameras.open(docked.usb_path)) as opened:
        path = next(file.path for file in opened.files() if _on_card(file.path) == card.LONG)
        got = {offset: cards.sha256(opened.pull(path, offset)) for offset in _OFFSETS}
    assert got == {offset: cards.sha256_of(docked.card / card.LONG, offset) for offset in _OFFSETS}


def test_pulled_out_at_random_bytes_it_goes_on_and_ends_equal(
    cameras: UsbCameras, docked: EmulatedCamera, seed: int, tmp_path: Path
) -> None:
    part = tmp_path / "part"
    for cut in sorted(random.Random(seed).sample(range(1, card.LONG_BYTES - 2 * cards.MIB), CUTS)):
        with pytest.raises(AbsentError) as told:
            _pull_until(cameras, docked, part, cut)
        assert docked.usb_path in str(told.value)
        docked.dock()
    puller.pull_into(docked.usb_path, Path(card.LONG).name, part)
    assert cards.sha256_of(part) == cards.sha256_of(docked.card / card.LONG)


def _pull_until(cameras: UsbCameras, docked: EmulatedCamera, part: Path, cut: int) -> None:
    pulled_out = False
    with closing(cameras.open(docked.usb_path)) as opened, part.open("ab") as file:
        path = next(listed.path for listed in opened.files() if _on_card(listed.path) == card.LONG)
        for piece in opened.pull(path, file.tell()):
            file.write(piece)
            if file.tell() >= cut and not pulled_out:
                docked.pull_out()
                pulled_out = True


def test_what_is_not_there_is_named_in_one_line(cameras: UsbCameras, in_socket: EmulatedCamera) -> None:
    with pytest.raises(AbsentError, match=in_socket.usb_path) as told:
        cameras.open(in_socket.usb_path)
    assert "\n" not in str(told.value)
    in_socket.dock()
    try:
        with closing(cameras.open(in_socket.usb_path)) as opened, pytest.raises(AbsentError, match="nowhere"):
            cards.sha256(opened.pull("nowhere.mp4"))
    finally:
        in_socket.pull_out()


def test_the_technicians_line_lists_identifies_and_pulls(
    docked: EmulatedCamera, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(*words: str) -> dict[str, Any]:
        assert main(["camera", *words, "--json"]) == 0
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    (place,) = asked("list")["places"]
    assert (place["usb_path"], place["kind"]) == (docked.usb_path, "mtp")
    serial = asked("identify", docked.usb_path)["serial"]
    listed = asked("ls", docked.usb_path)
    assert (listed["serial"], len(listed["files"])) == (serial, len(card.EDGES) + 1)
    long = next(file["path"] for file in listed["files"] if _on_card(file["path"]) == card.LONG)
    (pulled,) = asked("pull", docked.usb_path, long, "--to", str(tmp_path))["pulled"]
    assert cards.sha256_of(tmp_path / pulled["file"]) == cards.sha256_of(docked.card / card.LONG) == pulled["sha256"]


def test_the_technicians_line_names_what_is_not_there(
    in_socket: EmulatedCamera, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["camera", "identify", in_socket.usb_path])
    told = capsys.readouterr().err
    assert in_socket.usb_path in told
    assert len(told.splitlines()) == 1


def _on_card(path: str) -> str:
    return path[path.find("DCIM") :]
