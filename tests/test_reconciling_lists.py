"""Promise: a list that is short, renamed or not described accuses no honest camera; numbers left out are found."""

import contextlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wires import AbsentError, ListedFile, LyingError
from station.bays.known_files import listing_of, missed, owed
from station.config import CameraModelConfig
from station.errors import WireFailedError
from station.store.listings import (
    CAMERAS_MAX,
    ROWS_MAX,
    Listings,
    Owed,
    Shown,
    new_numbers,
    read_listings,
    with_numbers,
)
from tests.docked_footage import AlteredCameras, docked_again, order_clearing
from tests.docked_station import CAMERA, DockedStation
from tests.missing_footage import POLICY, at_dock, delete, findings, listing_otherwise, named, read_in_vain, refuse

__all__ = ["at_dock"]

MODEL = CameraModelConfig(design_mah=3000, recording_ma=500, standby_ma=20, numbered="###.MP4")


def numbered(folder: Path, *numbers: int) -> DockedStation:
    docked = DockedStation(folder, policy=POLICY, models={"DW-T8": MODEL})
    for number in numbers:
        docked.film(number, b"%d" % number)
    return docked


# --- an honest camera


def read_some_times(docked: DockedStation, number: int) -> None:
    for _ in range(3):
        with contextlib.suppress(WireFailedError):
            docked.work.read(number)


def undescribed(*, hidden: bool = False) -> Callable[[list[ListedFile]], list[ListedFile]]:
    """The camera does not say what the second file is; or what a folder is in which all of them lie."""
    placeholder = ListedFile("DCIM/\ufffd00000002", 0, None, None, described=False)
    return lambda files: [placeholder, *([] if hidden else [one for one in files if "001" not in one.path])]


@pytest.mark.parametrize("hidden", [True, False])
def test_what_a_camera_does_not_describe_for_a_moment_is_neither_footage_nor_hides_any(
    at_dock: DockedStation, *, hidden: bool
) -> None:
    hide = undescribed(hidden=hidden)
    listing_otherwise(at_dock, lambda count, files: hide(files) if count == 1 else files)
    read_some_times(at_dock, at_dock.put_and_identify())
    assert (len(at_dock.held()), named(at_dock), findings(at_dock)) == (2, [], [])


@pytest.mark.parametrize("hidden", [True, False])
def test_behind_what_a_camera_does_not_describe_anything_may_be_and_is_not_forgotten(
    at_dock: DockedStation, *, hidden: bool
) -> None:
    refuse(at_dock, "DCIM/000.MP4", "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    hide = undescribed(hidden=hidden)
    listing_otherwise(at_dock, lambda count, files: hide(files) if count in {1, 2, 3} else files)
    delete(at_dock, "DCIM/001.MP4")
    for _ in range(3):
        with contextlib.suppress(WireFailedError):
            at_dock.work.read(number)
    assert len(at_dock.held()) == 1
    assert named(at_dock) == [(number, "DCIM/001.MP4")], "told once all is described, and not before"


def test_while_something_is_not_described_no_number_is_left_out(tmp_path: Path) -> None:
    docked = numbered(tmp_path, 1, 2, 3)
    try:
        docked.work.read(docked.put_and_identify())
        docked.film(4, b"four")
        docked.film(5, b"five")
        placeholder = ListedFile("DCIM/\ufffd00000002", 0, None, None, described=False)
        listing_otherwise(
            docked,
            lambda count, files: (
                [placeholder, *(one for one in files if "004" not in one.path)] if count < 3 else files
            ),
        )
        read_some_times(docked, docked_again(docked))
        assert (len(docked.held()), findings(docked)) == (5, [])
    finally:
        docked.close()


def test_what_one_listing_left_out_is_not_missing(at_dock: DockedStation) -> None:
    refuse(at_dock, "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    listing_otherwise(
        at_dock, lambda count, files: [one for one in files if "001" not in one.path] if count == 1 else files
    )
    read_some_times(at_dock, number)
    assert (len(at_dock.held()), named(at_dock), findings(at_dock)) == (2, [], [])


def test_what_a_camera_renames_when_it_closes_it_is_not_missing(at_dock: DockedStation) -> None:
    listing_otherwise(
        at_dock,
        lambda count, files: [
            one._replace(path="DCIM/TMP0001.MP4") if count == 1 and "001" in one.path else one for one in files
        ],
    )
    read_some_times(at_dock, at_dock.put_and_identify())
    assert (len(at_dock.held()), named(at_dock), findings(at_dock)) == (2, [], [])


def test_one_new_name_is_that_of_one_file_and_none_of_a_file_without_times() -> None:
    first, second = ListedFile("A", 9, 1, 2), ListedFile("B", 9, 1, 2)
    untimed = ListedFile("C", 9, None, 2)
    renamed = {listing_of(one): one for one in (first._replace(path="D"), untimed._replace(path="E"))}
    owing = owed({listing_of(one): one for one in (first, second, untimed)}, {}, (), 5)
    assert [one.name for one in missed(renamed, {}, owing)] == ["B", "C"]
    there_before = {listing_of(one): one for one in (second,)}
    assert [one.name for one in missed(there_before, {}, owing)] == ["A", "C"]


def test_what_grows_under_its_name_is_there_whatever_time_it_shows() -> None:
    begun, later = ListedFile("A.MP4", 1000, 10, 10), ListedFile("A.MP4", 1200, 20, 20)
    owing = owed({listing_of(begun): begun}, {}, (), 5)
    assert not missed({listing_of(later): later}, {}, owing)
    assert missed({listing_of(later): later._replace(size_bytes=999)}, {}, owing)


def test_for_people_a_file_is_called_by_its_listing(at_dock: DockedStation) -> None:
    """Its name may hold a person's."""
    for error in (LyingError, AbsentError):

        def name_it(camera: Any, error: type[Exception] = error) -> None:
            def pull(path: str, _offset: int = 0) -> Iterator[memoryview]:
                raise error(f"the camera sends next to nothing of {path!r}; restart the camera")

            camera.pull = pull

        at_dock.film(0, b"first" * 30)
        at_dock.work = at_dock.work_over(AlteredCameras(at_dock, name_it))
        with pytest.raises(WireFailedError, match=r"next to nothing of [0-9a-f]{8}; restart") as raised:
            at_dock.work.read(at_dock.docking().number if at_dock.state().dockings else at_dock.put_and_identify())
        assert "MP4" not in str(raised.value)


def test_the_first_numbers_a_camera_shows_leave_none_out(tmp_path: Path) -> None:
    """What it counted before was never here."""
    docked = numbered(tmp_path, 3, 7)
    try:
        docked.work.read(docked.put_and_identify())
        assert not findings(docked)
    finally:
        docked.close()


files = st.builds(
    ListedFile,
    path=st.sampled_from(["A", "B", "C\ud800"]),
    size_bytes=st.integers(0, 3) | st.just(2**60),
    begun_ms=st.none() | st.integers(0, 1),
    ended_ms=st.none() | st.integers(0, 1),
    described=st.just(value=True),
)


@given(st.lists(files, max_size=6), st.lists(files, max_size=6))
def test_nothing_is_missing_that_is_there_and_all_that_is_gone_is(
    before: list[ListedFile], now: list[ListedFile]
) -> None:
    shown, there = ({listing_of(file): file for file in listed} for listed in (before, now))
    owing = owed(shown, {}, (), 7)
    gone = {one.listing for one in missed(there, {}, owing)}
    assert not gone & there.keys()
    new = {other[1:] for listing, other in there.items() if listing not in shown and None not in other[2:4]}
    for listing, file in shown.items():
        alike = file[1:] in new or any(file.path == other.path and file.size_bytes <= other.size_bytes for other in now)
        if listing not in there and not alike and file.size_bytes < 2**53:
            assert listing in gone


# --- numbers left out


def test_numbers_left_out_are_found_and_those_that_were_cleared_are_known(tmp_path: Path) -> None:
    docked = numbered(tmp_path, 1, 2, 3)
    try:
        number = docked.put_and_identify()
        docked.work.read(number)
        order_clearing(docked, number)
        docked.work.clear(number)
        docked.film(4, b"four")
        docked.work.read(docked_again(docked))
        assert not findings(docked)
        docked.film(7, b"seven")
        for _ in range(2):
            docked.work.read(docked_again(docked))
        assert [(code, about) for code, _, about in findings(docked)] == [("SEQ_GAP", f"camera:{CAMERA}")]
    finally:
        docked.close()


def test_without_a_described_name_nothing_is_said_of_numbers(at_dock: DockedStation) -> None:
    at_dock.film(9, b"nine")
    at_dock.work.read(at_dock.put_and_identify())
    assert not findings(at_dock)


numbers = st.sets(st.integers(0, 60), max_size=20)


@given(st.lists(numbers, max_size=5))
def test_rows_hold_every_number_once_and_no_other(batches: list[set[int]]) -> None:
    rows, listed = (), set()  # type: tuple[tuple[int, int], ...], set[int]
    for batch in batches:
        assert new_numbers(rows, batch) == batch - listed
        rows, listed = with_numbers(rows, batch), listed | batch
        assert [number for first, last in rows for number in range(first, last + 1)] == sorted(listed)
        assert all(one[1] + 1 < other[0] for one, other in pairwise(rows))


# --- the lists


def test_a_list_is_bounded_and_a_torn_one_is_none(tmp_path: Path) -> None:
    listings = Listings(tmp_path)
    listings.keep(Shown("A", numbers=tuple((2 * n, 2 * n) for n in range(2 * ROWS_MAX))))
    assert len(listings.of("A").numbers) == ROWS_MAX
    listings.keep(Shown("B", owed=(Owed("l", "n", 1, None, None, 3),)))
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    assert listings.of("B") == Shown("B")
    assert not list(read_listings(tmp_path))


def test_no_more_cameras_are_remembered_than_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.store.listings.CAMERAS_MAX", 3)
    assert CAMERAS_MAX > 64
    listings = Listings(tmp_path)
    for number in range(6):
        listings.keep(Shown(str(number), numbers=((1, 1),)))
    assert len(list(tmp_path.iterdir())) == 3
    assert listings.of("5").numbers == ((1, 1),)
