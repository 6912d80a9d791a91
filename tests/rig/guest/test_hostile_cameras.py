"""Promise: a camera that lies, falls silent or breaks off on a real USB stack brings a named error or every byte.

Afterwards the same camera, at its place and not replugged where that can be, is read to the end.
"""

from contextlib import closing

import pytest

from hardware.simulated.faults import EVER_AFTER, Fault, Kind, UsbTraits
from hardware.usb_cameras import UsbCameras
from hardware.wires import WireError
from tests.rig.guest import cards
from tests.rig.guest.hostile import Hostile
from tests.rig.guest.natures import FAULTS, GET_DEVICE_INFO, GET_OBJECT, HABITS, TRAITS

_SIZES = (0, 1, 500, 512, 262_144 - 12, 262_144 + 500)
_LONG = 300_000


@pytest.mark.parametrize("name", [*HABITS, *TRAITS])
def test_ways_that_differ_are_read_byte_for_byte(cameras: UsbCameras, hostile: Hostile, seed: int, name: str) -> None:
    wanted = {f"DCIM/{size}.mp4": cards.write(hostile.card / f"DCIM/{size}.mp4", size, seed + size) for size in _SIZES}
    usb_path = hostile.plug_in(habits=HABITS.get(name), traits=TRAITS.get(name))
    with closing(cameras.open(usb_path)) as opened:
        got = {file.path: cards.sha256(opened.pull(file.path)) for file in opened.files()}
    assert got == wanted


@pytest.mark.parametrize("name", FAULTS)
def test_what_breaks_a_pull_is_named_and_the_next_one_is_whole(
    cameras: UsbCameras, hostile: Hostile, seed: int, name: str
) -> None:
    fault, error = FAULTS[name]
    wanted = cards.write(hostile.card / "DCIM/clip.mp4", _LONG, seed)
    usb_path = hostile.plug_in(fault)
    with closing(cameras.open(usb_path)) as opened:
        (listed,) = opened.files()
        with pytest.raises(error):
            cards.sha256(opened.pull(listed.path))
    if fault.kind == Kind.VANISH:
        usb_path = hostile.plug_in_again()
    with closing(cameras.open(usb_path)) as opened:
        (listed,) = opened.files()
        assert cards.sha256(opened.pull(listed.path)) == wanted


def test_a_response_in_the_last_packet_of_the_data_is_understood(
    cameras: UsbCameras, hostile: Hostile, seed: int
) -> None:
    wanted = cards.write(hostile.card / "DCIM/clip.mp4", _LONG, seed)
    with closing(cameras.open(hostile.plug_in(Fault(Kind.JOIN, GET_OBJECT)))) as opened:
        (listed,) = opened.files()
        assert cards.sha256(opened.pull(listed.path)) == wanted


def test_messages_that_nobody_asked_for_stall_nothing(cameras: UsbCameras, hostile: Hostile, seed: int) -> None:
    wanted = cards.write(hostile.card / "DCIM/clip.mp4", _LONG, seed)
    flood = Fault(Kind.EVENTS, GET_OBJECT, times=EVER_AFTER, value=200)
    with closing(cameras.open(hostile.plug_in(flood))) as opened:
        (listed,) = opened.files()
        assert cards.sha256(opened.pull(listed.path)) == wanted


def test_a_camera_that_left_its_last_host_in_mid_answer_is_opened(
    cameras: UsbCameras, hostile: Hostile, seed: int
) -> None:
    wanted = cards.write(hostile.card / "DCIM/clip.mp4", _LONG, seed)
    usb_path = hostile.plug_in(Fault(Kind.SILENCE, GET_DEVICE_INFO, at=20))
    with closing(cameras.open(usb_path)) as opened:
        (listed,) = opened.files()
        assert cards.sha256(opened.pull(listed.path)) == wanted


def test_a_disk_is_named_and_not_waited_for(cameras: UsbCameras, hostile: Hostile) -> None:
    with pytest.raises(WireError) as told:
        cameras.open(hostile.plug_in(traits=UsbTraits(mass_storage=True)))
    assert "\n" not in str(told.value)
