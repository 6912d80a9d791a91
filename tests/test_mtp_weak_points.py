"""Promise: a camera with one weak point is read whole; where that cannot be, it is named and no file comes short."""

import struct
from pathlib import Path

import pytest

from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import Fault, Kind, Nature
from hardware.simulated.habits import Habits
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera, LyingError, SilentError, WireError

NOW_MS = 1_790_000_000_000
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
CLIP = "DCIM/clip.mp4"
FILES = {CLIP: CONTENT, **{f"note {number}.txt": b"note" * number for number in range(6)}}
STORAGE_IDS, OBJECT_INFO, OBJECT, BATTERY, PROPERTY_LIST = 0x1004, 0x1008, 0x1009, 0x1014, 0x9805
STORAGE = 0x0001_0001
LISTS = [frozenset[int](), frozenset({PROPERTY_LIST})]
FILLING = (52, 116, 500, 512, 16_372, 16_384)
"""Sizes that fill packets of 64 bytes, with the header or without it."""


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    for path, content in FILES.items():
        dock.film("T8-1", path, content, NOW_MS - 60_000, NOW_MS)
    dock.put("T8-1", "1")
    return dock


def opened(dock: Dock, *faults: Fault, habits: Habits | None = None, bytes_per_call: int | None = None) -> Camera:
    usb_tree = VirtualUsb(
        dock, {"1": "1-1.1"}, lambda: NOW_MS, None, bytes_per_call, {"T8-1": Nature(faults, habits=habits)}
    )
    return UsbCameras(480, usb_tree, pause=lambda _seconds: None).open("1-1.1")


def pulled(camera: Camera, path: str, offset: int = 0) -> bytes:
    return b"".join(bytes(piece) for piece in camera.pull(path, offset))


def all_files(camera: Camera) -> dict[str, bytes]:
    return {file.path: pulled(camera, file.path) for file in camera.files()}


# --- roots


@pytest.mark.parametrize("root", [0xFFFFFFFF, 0, STORAGE])
@pytest.mark.parametrize("told", [0, 0xFFFFFFFF, STORAGE])
@pytest.mark.parametrize("without", LISTS, ids=["lists", "no lists"])
@pytest.mark.parametrize("refuses", [True, False], ids=["refuses", "finds nothing"])
def test_the_root_is_listed_by_whichever_parent_the_camera_knows(
    dock: Dock, root: int, told: int, without: frozenset[int], *, refuses: bool
) -> None:
    habits = Habits(roots=frozenset({root}), lists_everything=False, refuses_roots=refuses, root_told=told)
    camera = opened(dock, habits=habits._replace(without=without))
    assert all_files(camera) == FILES
    camera.delete("note 1.txt")
    camera.close()
    assert not (dock.card("T8-1") / "note 1.txt").exists()


@pytest.mark.parametrize("told", [0, STORAGE])
def test_a_camera_that_lists_everything_and_no_root_is_listed_whole(dock: Dock, told: int) -> None:
    camera = opened(dock, habits=Habits(roots=frozenset(), root_told=told))
    assert all_files(camera) == FILES
    camera.close()


def test_a_camera_that_knows_no_root_at_all_is_named_and_not_empty(dock: Dock) -> None:
    camera = opened(dock, habits=Habits(roots=frozenset(), lists_everything=False))
    with pytest.raises(WireError, match="INVALID_PARENT_OBJECT"):
        camera.files()
    camera.close()


# --- one byte in place of an empty packet


@pytest.mark.parametrize("size", FILLING)
@pytest.mark.parametrize("split", [False, True], ids=["joined", "split"])
@pytest.mark.parametrize("bytes_per_call", [None, 512])
def test_a_byte_in_place_of_an_empty_packet_is_no_byte_of_a_file(
    dock: Dock, size: int, bytes_per_call: int | None, *, split: bool
) -> None:
    content = (CONTENT * 6)[:size]
    dock.film("T8-1", CLIP, content, NOW_MS - 60_000, NOW_MS)
    camera = opened(dock, habits=Habits(byte_for_empty=True, split_header=split), bytes_per_call=bytes_per_call)
    assert all_files(camera) == FILES | {CLIP: content}
    assert pulled(camera, CLIP, 1) == content[1:]
    camera.close()


@pytest.mark.parametrize("count", [15, 28, 124, 127])
@pytest.mark.parametrize("split", [False, True], ids=["joined", "split"])
@pytest.mark.parametrize("without", LISTS, ids=["lists", "no lists"])
def test_a_byte_in_place_of_an_empty_packet_hides_no_file(
    dock: Dock, count: int, without: frozenset[int], *, split: bool
) -> None:
    """As many files as fill packets with their handles or their sizes."""
    for number in range(count):
        dock.film("T8-1", f"many/{number:05}.mp4", b"", NOW_MS, NOW_MS)
    camera = opened(dock, habits=Habits(byte_for_empty=True, split_header=split, without=without))
    assert len(camera.files()) == len(FILES) + count
    camera.close()


# --- a battery


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x01\x50",
        struct.pack("<HHB", 0x5001, 0xFFFF, 0) + b"\0\0\0",
        struct.pack("<HHBBBBH", 0x5001, 2, 0, 0, 50, 2, 60_000),
        struct.pack("<HHBBBBBBB", 0x5001, 2, 0, 0, 50, 1, 0, 100, 1)[:-2],
    ],
    ids=["nothing", "cut", "a text", "levels without end", "half a range"],
)
def test_a_battery_described_wrongly_is_unknown_and_hinders_nothing(dock: Dock, said: bytes) -> None:
    dock.tell_about("T8-1", About(battery_percent=50))
    camera = opened(dock, Fault(Kind.CONTENT, BATTERY, content=said))
    assert camera.battery_percent() is None
    assert camera.battery_percent() == 50
    assert all_files(camera) == FILES
    camera.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(Kind.TRANSACTION, BATTERY, value=77), LyingError),
        (Fault(Kind.CODE, BATTERY, value=0x1008), LyingError),
        (Fault(Kind.SILENCE, BATTERY, at=13), SilentError),
    ],
    ids=["another transaction", "another question's", "silence"],
)
def test_a_wire_that_broke_at_the_battery_is_not_a_battery_unknown(
    dock: Dock, fault: Fault, error: type[WireError]
) -> None:
    dock.tell_about("T8-1", About(battery_percent=50))
    camera = opened(dock, fault)
    with pytest.raises(error):
        camera.battery_percent()
    camera.close()


# --- a camera that stumbles


@pytest.mark.parametrize("without", LISTS, ids=["lists", "no lists"])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(Kind.REFUSE, OBJECT_INFO, value=0x2002),
        Fault(Kind.STALL, OBJECT_INFO),
        Fault(Kind.CONTENT, OBJECT_INFO, content=b"too short"),
    ],
    ids=lambda fault: fault.kind.name,
)
def test_what_a_camera_once_fails_to_describe_is_pulled_like_the_rest(
    dock: Dock, fault: Fault, nth: int, without: frozenset[int]
) -> None:
    camera = opened(dock, fault._replace(nth=nth), habits=Habits(without=without))
    assert all_files(camera) == FILES
    camera.close()


# --- cards that come late


def test_a_card_that_comes_late_is_first_named_as_missing_and_then_listed(dock: Dock) -> None:
    """In the same session: nobody has to open the camera again."""
    camera = opened(dock, Fault(Kind.CONTENT, STORAGE_IDS, times=2, content=bytes(4)))
    for _ in range(2):
        with pytest.raises(SilentError, match="shows no card; unlock it"):
            camera.files()
    assert all_files(camera) == FILES
    camera.close()


# --- files said to be empty

ZERO = Habits(sizes="none")


@pytest.mark.parametrize("split", [False, True], ids=["joined", "split"])
@pytest.mark.parametrize("content", [b"x", bytes(12), CONTENT], ids=len)
@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault(Kind.JOIN, OBJECT),),
        (Fault(Kind.LENGTH, OBJECT, value=12),),
        (Fault(Kind.LENGTH, OBJECT, value=0xFFFFFFFF),),
    ],
    ids=["said", "joined", "nothing said", "left open"],
)
def test_a_file_said_to_be_empty_that_is_not_is_never_held_empty(
    dock: Dock, faults: tuple[Fault, ...], content: bytes, *, split: bool
) -> None:
    dock.film("T8-1", CLIP, content, NOW_MS, NOW_MS)
    camera = opened(dock, *faults, habits=ZERO._replace(split_header=split))
    assert {file.size_bytes for file in camera.files()} == {0}
    with pytest.raises(LyingError):
        pulled(camera, CLIP)
    camera.close()
    assert (dock.card("T8-1") / CLIP).read_bytes() == content


def test_a_file_that_is_empty_is_held_empty(dock: Dock) -> None:
    camera = opened(dock, habits=ZERO)
    camera.files()
    assert pulled(camera, "note 0.txt") == b""
    camera.close()
