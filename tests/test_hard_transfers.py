"""Promise: a camera's bytes come each where it belongs or with a named error, however they are framed and cut."""

import pytest

from hardware.simulated.dock import Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind
from hardware.simulated.habits import Habits
from hardware.wires import AbsentError, LyingError, SilentError
from tests.hard_case_cameras import (
    BEGUN_MS,
    CLIP,
    CONTENT,
    ENDED_MS,
    FILES,
    HANDLES,
    INFO,
    NO_LISTS,
    OBJECT,
    OBJECT_INFO,
    OPEN,
    PARTIAL,
    PARTIAL_64,
    PROPERTY,
    cameras,
    dock,
    opened,
    pull_into,
    pulled,
    then_all_is_well,
    visited,
    whole_or_an_error,
)

__all__ = ["dock"]

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


# --- 10


@pytest.mark.parametrize("both", [0, 1])
@pytest.mark.parametrize("operation", [INFO, OPEN, PROPERTY, HANDLES, OBJECT_INFO, OBJECT])
def test_10_a_stall_is_cleared_and_nothing_is_lost(dock: Dock, operation: int, both: int) -> None:
    ours = cameras(dock, Fault(Kind.STALL, operation, value=both), habits=Habits(without=NO_LISTS))
    assert whole_or_an_error(lambda: visited(ours), FILES) or operation != PROPERTY
    then_all_is_well(ours)


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
