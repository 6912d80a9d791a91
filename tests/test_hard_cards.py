"""Promise: what lies on a card is listed whole, under names and times that are true, and deleted only when asked."""

import struct
from pathlib import Path

import pytest

from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind
from hardware.simulated.habits import Habits
from hardware.wires import AbsentError, ForbiddenError, LyingError
from tests.hard_case_cameras import (
    BEGUN_MS,
    CLIP,
    CONTENT,
    DELETE,
    ENDED_MS,
    FILES,
    HANDLES,
    INFO,
    LIST,
    NO_LISTS,
    NOW_MS,
    OBJECT,
    OBJECT_INFO,
    OTHER,
    all_files,
    cameras,
    dock,
    opened,
    visited,
    whole_or_an_error,
)

__all__ = ["dock"]

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


def test_a_string_of_the_table_is_what_a_camera_sends() -> None:
    assert wide("a\0") == struct.pack("<B", 2) + b"a\0\0\0"


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
