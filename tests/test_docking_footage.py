"""Promise: whatever was filmed over or fails, no file is held in part, deleted unread, or in the way of another."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import station.durable
from hardware.usb_cameras import MtpCamera
from hardware.wires import ForbiddenError, ListedFile, LyingError
from station.bays.docking_work import FAILURES_AT_ONCE_MAX, listing_of
from station.custody.docking import DockingStep
from station.custody.due_work import CLEARINGS_TRIED_MAX
from station.errors import DockwardError, WireFailedError
from station.store.recordings import RecordingStore
from tests.docked_footage import FOOTAGE, AlteredCameras, at_dock, digests, docked_again, of, order_clearing
from tests.docked_station import CAMERA, DockedStation

__all__ = ["at_dock"]

pytestmark = pytest.mark.usefixtures("quick_to_close")

# --- disks and journals that fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("place", ["open", "fsync", "rename", "sync folder", "read back"])
def test_a_disk_that_fails_holds_nothing_and_is_tried_again(
    at_dock: DockedStation, place: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    docking = at_dock.put_and_identify()
    broken: dict[str, tuple[Any, str]] = {
        "open": (Path, "open"),
        "fsync": (os, "fsync"),
        "rename": (Path, "replace"),
        "sync folder": (station.durable, "sync_folder"),
        "read back": (RecordingStore, "_read_back"),
    }
    whole, failures = getattr(*broken[place]), 0

    def fail(*told: Any, **named: Any) -> Any:
        nonlocal failures
        if isinstance(told[0], Path) and not told[0].is_relative_to(at_dock.folder / "data"):
            return whole(*told, **named)
        failures += 1
        raise OSError(number, "injected")

    def failing(camera: Any) -> None:
        """Once the camera is read: the simulated one has files too."""
        pull = camera.pull

        def pull_then_break(path: str, offset: int = 0) -> Iterator[memoryview]:
            pieces = [bytes(piece) for piece in pull(path, offset)]
            monkeypatch.setattr(*broken[place], fail)
            return map(memoryview, pieces)

        camera.pull = pull_then_break

    with pytest.raises(WireFailedError, match="Free space" if number == errno.ENOSPC else "injected"):
        at_dock.work_over(AlteredCameras(at_dock, failing)).read(docking)
    monkeypatch.undo()
    assert failures
    assert not at_dock.held()
    at_dock.work.read(docking)
    assert digests(at_dock.held()) == of(*FOOTAGE)


def test_a_full_journal_disk_holds_nothing_and_is_tried_again(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.fill_journal_disk()
    for place in range(100):
        at_dock.film(place, b"more and more")
    with pytest.raises(DockwardError, match="Free space"):
        at_dock.work.read(number)
    assert len(at_dock.held()) < 100
    at_dock.free_journal_disk()
    at_dock.work.read(number)
    assert len(at_dock.held()) == len(at_dock.dock.times(CAMERA))


# --- telling files apart

listed = st.builds(
    ListedFile,
    path=st.text(max_size=8) | st.text("a\0/\ud800", max_size=4),
    size_bytes=st.integers(0, 3),
    begun_ms=st.none() | st.integers(0, 3),
    ended_ms=st.none() | st.integers(0, 3),
    described=st.just(value=True),
)


@given(listed, listed)
def test_two_files_have_one_listing_only_if_they_are_one(one: ListedFile, other: ListedFile) -> None:
    assert (listing_of(one) == listing_of(other)) == (one == other)
    assert len(listing_of(one)) == 32


# --- what an ordinary camera does, and what it must not lead to


def test_footage_filmed_over_under_one_name_size_and_time_is_read_before_anything_is_deleted(
    at_dock: DockedStation,
) -> None:
    """A camera without dates, or one whose clock fell back, gives a new file what an old one had."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    over = bytes(reversed(FOOTAGE[0]))
    at_dock.film(0, over)
    again = docked_again(at_dock)
    at_dock.work.read(again)
    assert digests(at_dock.held()) == of(*FOOTAGE, over)
    assert at_dock.docking().step is DockingStep.READ
    order_clearing(at_dock, again)
    at_dock.work.clear(again)
    assert at_dock.dock.times(CAMERA) == {}
    assert not list(at_dock.state().on_source(CAMERA)), "what was filmed over is gone from the camera too"


def test_footage_filmed_over_while_the_station_was_down_is_read_before_anything_is_deleted(
    at_dock: DockedStation,
) -> None:
    """The docking is the same, for nobody saw the camera leave and come back."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    over = bytes(reversed(FOOTAGE[0]))
    at_dock.dock.take("1", by_force=True)
    at_dock.film(0, over)
    at_dock.dock.put(CAMERA, "1")
    at_dock.work = at_dock.work_over(at_dock.work.cameras)  # as a station started anew has it
    order_clearing(at_dock, number)
    at_dock.work.clear(number)
    assert list(at_dock.dock.times(CAMERA)) == ["DCIM/000.MP4"], "nobody read it yet"
    at_dock.work.read(number)
    assert digests(at_dock.held()) == of(*FOOTAGE, over)


def test_a_camera_is_not_said_to_be_read_while_what_was_filmed_over_could_not_be_held(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_dock.work.read(at_dock.put_and_identify())
    over = bytes(reversed(FOOTAGE[0]))
    at_dock.film(0, over)
    again = docked_again(at_dock)
    pulls = 0
    pull = MtpCamera.pull

    def hiccup_once_compared(camera: MtpCamera, path: str, offset: int = 0) -> Iterator[memoryview]:
        nonlocal pulls
        pulls += path.endswith("000.MP4")
        if pulls == 2 and path.endswith("000.MP4"):
            raise LyingError("it broke off")
        return pull(camera, path, offset)

    monkeypatch.setattr(MtpCamera, "pull", hiccup_once_compared)
    with pytest.raises(WireFailedError, match="broke off"):
        at_dock.work.read(again)
    assert at_dock.docking().step is DockingStep.READING
    at_dock.work.read(again)
    assert digests(at_dock.held()) == of(*FOOTAGE, over)


def test_a_file_that_became_unreadable_keeps_no_other_from_being_cleared(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    order_clearing(at_dock, number)
    at_dock.work = at_dock.work_over(at_dock.work.cameras)
    pull = MtpCamera.pull

    def bad_sector(camera: MtpCamera, path: str, offset: int = 0) -> Iterator[memoryview]:
        if path.endswith("000.MP4"):
            raise LyingError("bad sector")
        return pull(camera, path, offset)

    monkeypatch.setattr(MtpCamera, "pull", bad_sector)
    with pytest.raises(WireFailedError, match="bad sector"):
        at_dock.work.clear(number)
    assert list(at_dock.dock.times(CAMERA)) == ["DCIM/000.MP4"]
    assert len(at_dock.said("camera_cleared").recordings) == 1
    assert at_dock.docking().step is not DockingStep.CLEARING


def test_a_camera_that_answers_no_pull_is_given_up_soon_and_what_failed_is_tried_last(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2, 12):
        at_dock.film(number, b"%d" % number)
    docking = at_dock.put_and_identify()
    asked: list[str] = []

    def refuse(_camera: MtpCamera, path: str, _offset: int = 0) -> Iterator[memoryview]:
        asked.append(path)
        raise LyingError("nothing comes")

    monkeypatch.setattr(MtpCamera, "pull", refuse)
    for _ in range(3):
        with pytest.raises(WireFailedError, match="nothing comes"):
            at_dock.work.read(docking)
    assert len(asked) == len(set(asked)) == 3 * FAILURES_AT_ONCE_MAX


def test_what_was_held_before_is_compared_once_in_each_docking_and_held_once(at_dock: DockedStation) -> None:
    at_dock.work.read(at_dock.put_and_identify())
    again = docked_again(at_dock)
    at_dock.work.read(again)
    assert at_dock.kinds().count("recording_held") == 2
    calls = at_dock.usb.calls
    at_dock.work.read(again)
    assert at_dock.usb.calls - calls < 60, "nothing is pulled a second time in the same docking"
    order_clearing(at_dock, again)
    at_dock.work.compared.clear()  # the station was started anew in between
    at_dock.work.clear(again)
    assert at_dock.dock.times(CAMERA) == {}


def test_one_file_that_cannot_be_read_keeps_no_other_from_being_read(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_dock.film(2, b"third")
    number = at_dock.put_and_identify()
    pull = MtpCamera.pull

    def refuse_the_first(camera: MtpCamera, path: str, offset: int = 0) -> Iterator[memoryview]:
        if path.endswith("000.MP4"):
            raise LyingError("it is another file now than when it was listed")
        return pull(camera, path, offset)

    monkeypatch.setattr(MtpCamera, "pull", refuse_the_first)
    with pytest.raises(WireFailedError, match="another file now"):
        at_dock.work.read(number)
    assert digests(at_dock.held()) == of(FOOTAGE[1], b"third")
    assert at_dock.docking().step is DockingStep.READING
    monkeypatch.undo()
    at_dock.work.read(number)
    assert digests(at_dock.held()) == of(*FOOTAGE, b"third")


def test_a_write_protected_file_is_left_and_the_rest_is_cleared(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    order_clearing(at_dock, number)
    delete = MtpCamera.delete

    def protect_the_first(camera: MtpCamera, path: str) -> None:
        if path.endswith("000.MP4"):
            raise ForbiddenError("it is write-protected")
        delete(camera, path)

    monkeypatch.setattr(MtpCamera, "delete", protect_the_first)
    at_dock.work.clear(number)
    assert list(at_dock.dock.times(CAMERA)) == ["DCIM/000.MP4"]
    assert len(at_dock.said("camera_cleared").recordings) == 1
    for _ in range(CLEARINGS_TRIED_MAX):
        at_dock.work.order_clearing(number)
        at_dock.work.clear(number)
    assert at_dock.docking().clearings_failed == CLEARINGS_TRIED_MAX
    assert at_dock.docking().step is DockingStep.READ
