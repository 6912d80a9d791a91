"""Promise: in each of the fifteen hard cases a camera's files come byte for byte or with a named error; none lost."""

import errno
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from hardware.simulated.camera import Habits
from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind, Nature, UsbTraits
from hardware.simulated.habits import BatteryForm
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.wires import (
    AbsentError,
    BusyError,
    Camera,
    ForbiddenError,
    LyingError,
    SilentError,
    WireError,
)
from tests.hard_cases import CASES, COLUMNS

NOW_MS = 1_790_000_000_000
BEGUN_MS, ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
PLACES = {"1": "1-1.1", "2": "1-1.2"}
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
CLIP, OTHER = "DCIM/clip.mp4", "DCIM/other.mp4"
FILES = {CLIP: CONTENT, OTHER: CONTENT[::-1], "note.txt": b"note"}
INFO, OPEN, HANDLES, OBJECT_INFO, OBJECT, DELETE = 0x1001, 0x1002, 0x1007, 0x1008, 0x1009, 0x100B
PROPERTY, PARTIAL, PARTIAL_64, LIST = 0x1014, 0x101B, 0x95C1, 0x9805
NO_LISTS = frozenset({LIST})
Contents = TypeVar("Contents", bytes, dict[str, bytes])


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    for path, content in FILES.items():
        dock.film("T8-1", path, content, BEGUN_MS, ENDED_MS)
    dock.put("T8-1", "1")
    return dock


def cameras(
    dock: Dock, *faults: Fault, habits: Habits | None = None, traits: UsbTraits | None = None, bytes_per_call: int = 512
) -> UsbCameras:
    nature = Nature(faults, traits or UsbTraits(), habits)
    usb_tree = VirtualUsb(dock, PLACES, lambda: NOW_MS, None, bytes_per_call, {"T8-1": nature})
    return UsbCameras(480, usb_tree, pause=lambda _seconds: None)


def opened(
    dock: Dock, *faults: Fault, habits: Habits | None = None, traits: UsbTraits | None = None, bytes_per_call: int = 512
) -> Camera:
    return cameras(dock, *faults, habits=habits, traits=traits, bytes_per_call=bytes_per_call).open("1-1.1")


def pulled(camera: Camera, path: str = CLIP, offset: int = 0) -> bytes:
    return b"".join(bytes(piece) for piece in camera.pull(path, offset))


def pull_into(part: bytearray, camera: Camera) -> None:
    for piece in camera.pull(CLIP):
        part += piece


def all_files(camera: Camera) -> dict[str, bytes]:
    return {file.path: pulled(camera, file.path) for file in camera.files()}


def whole_or_an_error(read: Callable[[], Contents], contents: Contents) -> bool:
    """Whether it came; any other error than one of the wire's fails the test."""
    try:
        found = read()
    except WireError as refused:
        said = str(refused)
    else:
        assert found == contents
        return True
    assert said
    assert "\n" not in said
    return False


def visited(ours: UsbCameras) -> dict[str, bytes]:
    camera = ours.open("1-1.1")
    try:
        camera.battery_percent()
        return all_files(camera)
    finally:
        camera.close()


def then_all_is_well(ours: UsbCameras) -> None:
    """Opened again, nothing is lost."""
    camera = ours.open("1-1.1")
    assert all_files(camera) == FILES
    camera.close()


# --- 1


@pytest.mark.parametrize("habits", [Habits(), Habits(stale_bytes=8_192, busy_after_cancel=3)], ids=["clean", "stale"])
@pytest.mark.parametrize("long_answer", [False, True])
def test_01_left_in_the_middle_by_a_host_that_died(dock: Dock, habits: Habits, *, long_answer: bool) -> None:
    faults = (Fault(Kind.LONG_ANSWER, OPEN, nth=2),) if long_answer else ()
    ours = cameras(dock, *faults, habits=habits)
    dead = ours.open("1-1.1")
    dead.files()
    next(iter(dead.pull(CLIP)))
    then_all_is_well(ours)
    dead.close()


# --- 2


@pytest.mark.parametrize("size", [0, 499, 500, 501, 512, 1_012, 1_524])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("bytes_per_call", [512, 4_096])
@pytest.mark.parametrize("kind", [None, Kind.JOIN, Kind.STRAY])
def test_02_data_ends_by_its_count(
    dock: Dock, size: int, kind: Kind | None, bytes_per_call: int, *, split: bool
) -> None:
    dock.film("T8-1", CLIP, CONTENT[:size], BEGUN_MS, ENDED_MS)
    faults = () if kind is None else (Fault(kind, OBJECT),)
    for empty in (False, True):
        habits = Habits(split_header=split, empty_packets=empty)
        camera = opened(dock, *faults, habits=habits, bytes_per_call=bytes_per_call)
        camera.files()
        came = whole_or_an_error(lambda: pulled(camera), CONTENT[:size])  # noqa: B023 - used at once
        assert came or kind == Kind.STRAY
        camera.close()


@pytest.mark.parametrize("at", [0, 1, 500, 2_999])
def test_02_data_that_ends_too_early_is_an_error(dock: Dock, at: int) -> None:
    camera = opened(dock, Fault(Kind.CUT, OBJECT, at=at))
    camera.files()
    with pytest.raises((LyingError, SilentError)):
        pulled(camera)
    camera.close()


# --- 3


@pytest.mark.parametrize("extra", [-13, -12, 0, 5, 2_000])
@pytest.mark.parametrize("without", [frozenset[int](), NO_LISTS])
def test_03_around_4_gib_the_size_is_the_true_one_and_the_end_is_the_end(
    dock: Dock, extra: int, without: frozenset[int]
) -> None:
    size = (4 << 30) + extra
    with (dock.card("T8-1") / "huge.mp4").open("wb") as file:
        file.seek(size - 1_000)
        file.write(CONTENT[:1_000])
    camera = opened(dock, habits=Habits(without=without))
    assert {file.path: file.size_bytes for file in camera.files()}["huge.mp4"] == size
    assert next(iter(camera.pull("huge.mp4"))).tobytes().strip(b"\0") == b""
    camera.close()
    camera = opened(dock, habits=Habits(without=without))
    camera.files()
    assert pulled(camera, "huge.mp4", size - 1_500) == bytes(500) + CONTENT[:1_000]
    camera.close()


@pytest.mark.parametrize("habits", [Habits(sizes="modulo"), Habits(sizes="zero")], ids=["modulo", "zero"])
def test_03_a_size_said_in_two_ways_is_never_read_short(dock: Dock, habits: Habits) -> None:
    with (dock.card("T8-1") / "huge.mp4").open("wb") as file:
        file.truncate(4 << 30)
    for without in (NO_LISTS, NO_LISTS | {PARTIAL_64, PARTIAL}):
        camera = opened(dock, habits=habits._replace(without=without))
        try:
            assert {file.path: file.size_bytes for file in camera.files()}["huge.mp4"] == 4 << 30
            assert next(iter(camera.pull("huge.mp4")))
        except LyingError:
            assert habits.sizes == "modulo"
        finally:
            camera.close()


# --- 4


def test_04_a_camera_that_says_much_is_listened_to_all_the_time(dock: Dock) -> None:
    talk = tuple(Fault(Kind.EVENTS, operation, times=EVER_AFTER, value=20) for operation in (INFO, OBJECT_INFO, OBJECT))
    camera = opened(dock, *talk)
    assert all_files(camera) == FILES
    camera.close()


def test_04_what_is_filmed_during_a_pull_is_listed_afterwards(dock: Dock) -> None:
    camera = opened(dock)
    camera.files()
    pieces = camera.pull(CLIP)
    found = [bytes(next(pieces))]
    for number in range(200):
        dock.film("T8-1", f"DCIM/{number:03}.mp4", b"new", BEGUN_MS, ENDED_MS)
    found += [bytes(piece) for piece in pieces]
    assert b"".join(found) == CONTENT
    assert len(camera.files()) == len(FILES) + 200
    camera.close()


# --- 5


@pytest.mark.parametrize("at", [0, 1, 12, 13, 512, 1_000, 3_011, 3_012])
def test_05_pulled_out_at_any_byte_a_pull_goes_on_where_it_ended(dock: Dock, at: int) -> None:
    ours = cameras(dock, Fault(Kind.VANISH, OBJECT, at=at))
    camera = ours.open("1-1.1")
    camera.files()
    found = bytearray()
    with pytest.raises(AbsentError):
        pull_into(found, camera)
    camera.close()
    assert len(found) == max(0, min(at, len(CONTENT) + 12) - 12)
    assert CONTENT.startswith(found)
    dock.put("T8-1", "1")
    camera = ours.open("1-1.1")
    camera.files()
    assert found + pulled(camera, CLIP, len(found)) == CONTENT
    camera.close()


# --- 6


@pytest.mark.parametrize("code", [0x2002, 0x200D, 0x200E, 0x200F, 0x2012])
def test_06_a_delete_that_is_refused_deletes_nothing_and_says_so(dock: Dock, code: int) -> None:
    camera = opened(dock, Fault(Kind.REFUSE, DELETE, times=EVER_AFTER, value=code))
    camera.files()
    with pytest.raises(ForbiddenError):
        camera.delete(CLIP)
    assert all_files(camera) == FILES
    camera.close()


def test_06_handles_that_mean_other_files_delete_none_of_them(dock: Dock) -> None:
    """Re-keyed twice over: in the next session, and for a file that is another one by now."""
    ours = cameras(dock, habits=Habits(rekeys=True, read_only=True))
    for path in (CLIP, OTHER):
        camera = ours.open("1-1.1")
        with pytest.raises(AbsentError, match="list it again"):
            camera.delete(path)
        camera.files()
        camera.delete(path)
        camera.close()
        assert not (dock.card("T8-1") / path).exists()
    camera = ours.open("1-1.1")
    assert all_files(camera) == {"note.txt": b"note"}
    dock.film("T8-1", "note.txt", b"another", BEGUN_MS, ENDED_MS)
    with pytest.raises(LyingError):
        camera.delete("note.txt")
    camera.close()
    assert (dock.card("T8-1") / "note.txt").read_bytes() == b"another"


# --- 7

ROOTS = [Habits(roots=roots) for roots in (frozenset({0xFFFFFFFF}), frozenset({0}), frozenset[int]())]
LISTS = [Habits(property_list="first"), Habits(property_list="truncated"), Habits(property_list="twice")]


@pytest.mark.parametrize("without", [frozenset[int](), NO_LISTS], ids=["lists", "no lists"])
@pytest.mark.parametrize("habits", [*ROOTS, *LISTS], ids=str)
def test_07_a_listing_is_every_file_or_an_error(dock: Dock, habits: Habits, without: frozenset[int]) -> None:
    camera = opened(dock, habits=habits._replace(without=without))
    assert all_files(camera) == FILES
    camera.close()


def test_07_a_storage_as_its_own_root_is_every_file_or_an_error(dock: Dock) -> None:
    ours = cameras(dock, habits=Habits(roots=frozenset({0x00010001}), lists_everything=False))
    whole_or_an_error(lambda: visited(ours), FILES)


@pytest.mark.parametrize("operation", [OBJECT_INFO, LIST, HANDLES])
def test_07_an_object_that_cannot_be_described_is_never_left_out_in_silence(dock: Dock, operation: int) -> None:
    ours = cameras(dock, Fault(Kind.REFUSE, operation, times=EVER_AFTER, value=0x2002))
    assert whole_or_an_error(lambda: visited(ours), FILES) == (operation == LIST)


# --- 8


@pytest.mark.parametrize("offset", [1, 512, 2_999, 3_000])
@pytest.mark.parametrize(
    ("habits", "faults"),
    [
        (Habits(), ()),
        (Habits(without=frozenset({PARTIAL_64})), ()),
        (Habits(without=frozenset({PARTIAL_64, PARTIAL})), ()),
        (Habits(), (Fault(Kind.REFUSE, PARTIAL_64, times=EVER_AFTER, value=0x2005),)),
        (Habits(), tuple(Fault(Kind.REFUSE, code, times=EVER_AFTER, value=0x2005) for code in (PARTIAL, PARTIAL_64))),
        (Habits(partial_bytes_max=100), ()),
        (Habits(partial_bytes_max=100, without=frozenset({PARTIAL_64})), ()),
    ],
    ids=["both", "32 bits", "none", "64 refused", "both refused", "short", "short 32"],
)
def test_08_a_file_goes_on_from_an_offset(dock: Dock, habits: Habits, faults: tuple[Fault, ...], offset: int) -> None:
    camera = opened(dock, *faults, habits=habits)
    camera.files()
    assert pulled(camera, CLIP, offset) == CONTENT[offset:]
    camera.close()


def test_08_a_part_of_no_bytes_is_an_error_and_no_end(dock: Dock) -> None:
    camera = opened(dock, habits=Habits(partial_bytes_max=0))
    camera.files()
    with pytest.raises((LyingError, SilentError)):
        pulled(camera, CLIP, 1_000)
    camera.close()


# --- 9


@pytest.mark.parametrize("kind", [Kind.SILENCE, Kind.WEDGE])
@pytest.mark.parametrize("operation", [INFO, OPEN, HANDLES, OBJECT])
@pytest.mark.parametrize("at", [0, 12, 500])
def test_09_a_camera_that_says_nothing_more_is_given_up_by_name(
    dock: Dock, kind: Kind, operation: int, at: int
) -> None:
    ours = cameras(dock, Fault(kind, operation, at=at), habits=Habits(without=NO_LISTS))
    whole_or_an_error(lambda: visited(ours), FILES)
    dock.take("1", by_force=True)
    dock.put("T8-1", "1")
    then_all_is_well(ours)


def test_09_a_busy_camera_is_busy_and_not_refusing(dock: Dock) -> None:
    ours = cameras(dock, Fault(Kind.REFUSE, OBJECT, times=EVER_AFTER, value=0x2019))
    camera = ours.open("1-1.1")
    camera.files()
    with pytest.raises(BusyError):
        pulled(camera)
    camera.close()


def test_09_a_locked_camera_is_not_taken_for_an_empty_one(dock: Dock) -> None:
    camera = opened(dock, habits=Habits(locked=True))
    with pytest.raises(WireError):
        camera.files()
    camera.close()


# --- 10


@pytest.mark.parametrize("both", [0, 1])
@pytest.mark.parametrize("operation", [INFO, OPEN, PROPERTY, HANDLES, OBJECT_INFO, OBJECT])
def test_10_a_stall_is_cleared_and_nothing_is_lost(dock: Dock, operation: int, both: int) -> None:
    ours = cameras(dock, Fault(Kind.STALL, operation, value=both), habits=Habits(without=NO_LISTS))
    assert whole_or_an_error(lambda: visited(ours), FILES) or operation != PROPERTY
    then_all_is_well(ours)


# --- 11


@pytest.mark.parametrize(
    ("form", "zone_minutes"), [("{}", 480), ("{}.0", 480), ("{}Z", 0), ("{}+0530", 330), ("{}  ", 480)]
)
def test_11_a_clock_is_read_as_its_camera_writes_it(dock: Dock, form: str, zone_minutes: int) -> None:
    dock.tell_about("T8-1", About(clock_ahead_ms=-90_000))
    camera = opened(dock, habits=Habits(dates=form, zone_minutes=zone_minutes))
    assert camera.clock_ms() == NOW_MS - 90_000
    assert {(file.begun_ms, file.ended_ms) for file in camera.files()} == {(BEGUN_MS, ENDED_MS)}
    camera.close()


def test_11_a_date_that_is_none_is_not_guessed(dock: Dock) -> None:
    camera = opened(dock, habits=Habits(dates="20480000T000000"))
    assert {(file.begun_ms, file.ended_ms) for file in camera.files()} == {(None, None)}
    assert all_files(camera) == FILES
    camera.close()


# --- 12


def wide(text: str) -> bytes:
    units = text.encode("utf-16-le", "surrogatepass")
    return bytes([len(units) // 2]) + units


@pytest.mark.parametrize(
    "name",
    [
        "clip.mp4\0",
        "\ud83c.mp4\0",
        "\udfa5\ud83c\0",
        "🎥\0",
        "..\0",
        "a/b\0",
        "a\\b\0",
        "no end",
        "x\0\0\0",
        "x" * 254 + "\0",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("without", [frozenset[int](), NO_LISTS], ids=["lists", "no lists"])
def test_12_a_file_with_any_name_is_pulled_and_stays_in_its_folder(
    dock: Dock, name: str, without: frozenset[int]
) -> None:
    camera = opened(dock, habits=Habits(names=((OTHER, wide(name)),), without=without))
    found = all_files(camera)
    assert sorted(found.values()) == sorted(FILES.values())
    assert found[CLIP] == CONTENT
    assert all(".." not in Path(path).parts and not path.startswith("/") for path in found)
    assert {len(Path(path).parts) for path in found} == {1, 2}
    camera.close()


# --- 13


@pytest.mark.parametrize("operation", [INFO, HANDLES, OBJECT_INFO, OBJECT])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(Kind.CODE, 0, value=0xBEEF),
        Fault(Kind.TRANSACTION, 0, value=0x7777),
        Fault(Kind.LENGTH, 0, value=0),
        Fault(Kind.LENGTH, 0, value=13),
        Fault(Kind.LENGTH, 0, value=0xFFFFFFF0),
        Fault(Kind.CONTENT, 0),
        Fault(Kind.CONTENT, 0, content=b"\xff" * 64),
        Fault(Kind.LONG_ANSWER, 0),
        Fault(Kind.REFUSE, 0, value=0x2002),
    ],
    ids=lambda fault: f"{fault.kind.name} {fault.value:#x} {len(fault.content)}",
)
def test_13_a_frame_that_lies_costs_an_error_and_no_byte(dock: Dock, fault: Fault, operation: int) -> None:
    ours = cameras(dock, fault._replace(operation=operation), habits=Habits(without=NO_LISTS))
    came = whole_or_an_error(lambda: visited(ours), FILES)
    assert came or fault.kind != Kind.LONG_ANSWER
    assert not came or fault.kind == Kind.LONG_ANSWER or operation != OBJECT
    then_all_is_well(ours)


# --- 14


@pytest.mark.parametrize(("number", "kind"), [(errno.EBUSY, BusyError), (errno.EACCES, ForbiddenError)])
def test_14_whoever_holds_a_camera_is_told_from_a_missing_permission(
    dock: Dock, number: int, kind: type[WireError]
) -> None:
    with pytest.raises(kind, match=r"1-1\.1"):
        opened(dock, traits=UsbTraits(claim_errno=number))


@pytest.mark.parametrize("traits", [UsbTraits(interface_name="MTP"), UsbTraits(interrupts=False)], ids=str)
def test_14_a_camera_is_found_by_its_interface(dock: Dock, traits: UsbTraits) -> None:
    camera = opened(dock, traits=traits)
    assert all_files(camera) == FILES
    camera.close()


@pytest.mark.parametrize("traits", [UsbTraits(interface_name="ADB"), UsbTraits(mass_storage=True)], ids=str)
def test_14_what_is_no_camera_is_named(dock: Dock, traits: UsbTraits) -> None:
    with pytest.raises(WireError, match=r"1-1\.1"):
        opened(dock, traits=traits)


# --- 15


@pytest.mark.parametrize("most", [16_384, 100_000])
def test_15_with_little_memory_for_usb_reads_become_smaller(dock: Dock, most: int) -> None:
    camera = opened(dock, traits=UsbTraits(read_bytes_max=most))
    assert all_files(camera) == FILES
    camera.close()


def test_15_a_wedged_camera_leaves_the_others_alone(dock: Dock) -> None:
    dock.make_camera("T8-2")
    dock.film("T8-2", CLIP, CONTENT, BEGUN_MS, ENDED_MS)
    dock.put("T8-2", "2")
    ours = cameras(dock, Fault(Kind.WEDGE, OBJECT, at=700))
    wedged = ours.open("1-1.1")
    wedged.files()
    pieces = wedged.pull(CLIP)
    next(pieces)
    other = ours.open("1-1.2")
    assert all_files(other) == {CLIP: CONTENT}
    other.close()
    with pytest.raises(SilentError):
        list(pieces)
    wedged.close()


@pytest.mark.parametrize(
    "form", [BatteryForm(255), BatteryForm(4), BatteryForm(4, listed=True), BatteryForm(0x8000, wide=True)], ids=str
)
def test_15_a_battery_is_percent_however_it_is_counted(dock: Dock, form: BatteryForm) -> None:
    dock.tell_about("T8-1", About(battery_percent=50))
    camera = opened(dock, habits=Habits(battery=form))
    assert camera.battery_percent() in {49, 50}
    camera.close()


# --- the table


def test_every_hard_case_has_a_test_or_a_reason_in_every_column() -> None:
    assert [case.number for case in CASES] == list(range(1, 16))
    for case in CASES:
        assert tuple(case.cells) == COLUMNS
        for cell in case.cells.values():
            assert cell.tests or cell.reason
            assert not (cell.tests and cell.reason)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_every_test_that_the_table_names_is_there(case: object) -> None:
    root = Path(__file__).parents[1]
    named = [node for cell in CASES[CASES.index(case)].cells.values() for node in cell.tests]
    assert named
    for node in named:
        file, _, name = node.partition("::")
        assert f"def {name}(" in (root / file).read_text(encoding="utf-8"), node


def test_a_string_of_the_table_is_what_a_camera_sends() -> None:
    assert wide("a\0") == struct.pack("<B", 2) + b"a\0\0\0"
