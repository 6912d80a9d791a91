"""Promise: what a camera listed and nobody held has a name, whatever came in between; what was held accuses nobody."""

import contextlib
import dataclasses
import itertools
import json
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import station.bays.docking_work
from dockward import reconcile
from hardware.wires import AbsentError, ForbiddenError, ListedFile, LyingError
from station.bays.known_files import listing_of, missed, owed
from station.bays.sealing import original_name
from station.config import CameraModelConfig
from station.custody import acts
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.due_work import Work, due_work
from station.custody.facts import RecordingHeld
from station.custody.facts_of_footage import FootageMissed
from station.custody.facts_of_keeping import FindingReported
from station.custody.lateness import LOOK_MS
from station.custody.reconciling import reconciled
from station.errors import DockwardError, TooLateError, WireFailedError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.policy.civil_time import MS_PER_HOUR
from station.policy.permits import ClearingDemand
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
from station.views.footage_troubles import MISSING, footage_troubles
from tests.acting import Desk
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.plain_policy import PlainPolicy
from tests.test_docking_work import AlteredCameras, docked_again, order_clearing
from tests.test_in_force import SHARED

POLICY = PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False), station_hours_max=24)
MODEL = CameraModelConfig(design_mah=3000, recording_ma=500, standby_ma=20, numbered="###.MP4")
FOOTAGE = (b"first" * 30, b"second" * 30)


@pytest.fixture
def at_dock(tmp_path: Path) -> Iterator[DockedStation]:
    docked = DockedStation(tmp_path, *FOOTAGE, policy=POLICY)
    yield docked
    docked.close()


def refuse(docked: DockedStation, *names: str) -> None:
    """The camera lists these and does not give them."""

    def stubborn(camera: Any) -> None:
        pull = camera.pull

        def pull_but(path: str, offset: int = 0) -> Iterator[memoryview]:
            if path in names:
                raise ForbiddenError("not now")
            given: Iterator[memoryview] = pull(path, offset)
            return given

        camera.pull = pull_but

    docked.work = docked.work_over(AlteredCameras(docked, stubborn))


def read_in_vain(docked: DockedStation, number: int) -> None:
    with pytest.raises(WireFailedError, match="not now"):
        docked.work.read(number)


def delete(docked: DockedStation, *names: str) -> None:
    for name in names:
        (docked.dock.card(CAMERA) / name).unlink()


def named(docked: DockedStation) -> list[tuple[int, str]]:
    """The docking and the private word of each file that is missing."""
    with contextlib.closing(connect_to_read(docked.journal)) as connection:
        log = SqliteLog(connection)
        missing = [fact for fact in docked.facts() if isinstance(fact.body, FootageMissed)]
        return [
            (fact.body.docking, original_name(log, fact.n)) for fact in missing if isinstance(fact.body, FootageMissed)
        ]


def findings(docked: DockedStation) -> list[tuple[str, str, str]]:
    return [
        (fact.body.code, fact.body.rule, fact.body.about)  # type: ignore[attr-defined]
        for fact in docked.facts()
        if fact.body.type == "finding_reported"
    ]


# --- a file that vanished before it was held


def test_within_one_docking(at_dock: DockedStation) -> None:
    refuse(at_dock, "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    delete(at_dock, "DCIM/001.MP4")
    at_dock.work.read(number)
    assert named(at_dock) == [(number, "DCIM/001.MP4")]
    assert findings(at_dock) == [("INGEST_INCOMPLETE", "store.kinds", f"docking:{number}")]
    assert at_dock.docking().step is DockingStep.READ, "what there is was read"
    at_dock.work.read(number)
    assert len(named(at_dock)) == len(findings(at_dock)) == 1


@pytest.mark.parametrize("restarted", [True, False])
def test_between_two_dockings_and_over_a_restart(at_dock: DockedStation, *, restarted: bool) -> None:
    refuse(at_dock, "DCIM/000.MP4", "DCIM/001.MP4")
    read_in_vain(at_dock, at_dock.put_and_identify())
    delete(at_dock, "DCIM/000.MP4")
    if restarted:
        refuse(at_dock)
    number = docked_again(at_dock)
    at_dock.work = at_dock.work_over(AlteredCameras(at_dock, lambda _camera: None))
    at_dock.work.read(number)
    assert named(at_dock) == [(number, "DCIM/000.MP4")]
    assert len(at_dock.held()) == 1
    assert not list(read_listings(at_dock.folder / "data/listings")), "no name stays where all is read"


def test_pulled_out_at_the_first_file_everything_it_showed_is_known(at_dock: DockedStation) -> None:
    """The list is on the disk before the first byte is asked for."""
    shown: list[Shown] = []

    def look(camera: Any) -> None:
        def pull(_path: str, _offset: int = 0) -> Iterator[memoryview]:
            shown.extend(read_listings(at_dock.folder / "data/listings"))
            raise ForbiddenError("not now")

        camera.pull = pull

    at_dock.work = at_dock.work_over(AlteredCameras(at_dock, look))
    read_in_vain(at_dock, at_dock.put_and_identify())
    assert {one.name for one in shown[0].owed} == {"DCIM/000.MP4", "DCIM/001.MP4"}


def test_what_was_held_and_cleared_is_not_missing(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    order_clearing(at_dock, number)
    at_dock.work.clear(number)
    at_dock.work.read(docked_again(at_dock))
    assert not named(at_dock)
    assert not findings(at_dock)


def test_what_was_held_before_it_was_pulled_out_and_cleared_elsewhere_is_not_missing(at_dock: DockedStation) -> None:
    def leaves(camera: Any) -> None:
        pull = camera.pull

        def pull_one(path: str, offset: int = 0) -> Iterator[memoryview]:
            if path == "DCIM/001.MP4":
                raise AbsentError("it was pulled out")
            given: Iterator[memoryview] = pull(path, offset)
            return given

        camera.pull = pull_one

    at_dock.work = at_dock.work_over(AlteredCameras(at_dock, leaves))
    with pytest.raises(WireFailedError, match="pulled out"):
        at_dock.work.read(at_dock.put_and_identify())
    assert len(at_dock.held()) == 1
    delete(at_dock, "DCIM/000.MP4")
    at_dock.work = at_dock.work_over(AlteredCameras(at_dock, lambda _camera: None))
    at_dock.work.read(docked_again(at_dock))
    assert not named(at_dock)


def test_what_is_held_is_on_no_list_before_anything_is_said_to_be_read(at_dock: DockedStation) -> None:
    """Else a crash in between, and a clearing after it, would make held footage missing."""
    number, owing = at_dock.put_and_identify(), []
    tell = at_dock.work.tell

    def watched(observation: seen.Observation) -> Any:
        if isinstance(observation, seen.CameraListed):
            owing.append([one.owed for one in read_listings(at_dock.folder / "data/listings")])
        return tell(observation)

    at_dock.work = _with(at_dock, tell=watched)
    at_dock.work.read(number)
    assert owing == [[]]


def _with(docked: DockedStation, **changed: Any) -> Any:
    return dataclasses.replace(docked.work, **changed)


def test_a_crash_after_it_was_told_tells_it_no_second_time(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(at_dock, "DCIM/000.MP4", "DCIM/001.MP4")
    read_in_vain(at_dock, at_dock.put_and_identify())
    delete(at_dock, "DCIM/000.MP4", "DCIM/001.MP4")

    def dies(*_told: Any) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(Listings, "keep", dies)
    with pytest.raises(RuntimeError):
        at_dock.work.read(docked_again(at_dock))
    monkeypatch.undo()
    again = docked_again(at_dock)
    at_dock.work.read(again)
    assert at_dock.kinds().count("footage_missed") == 2
    assert len(findings(at_dock)) == 1


def test_a_file_that_grew_is_there_and_one_filmed_over_before_it_was_held_is_not(at_dock: DockedStation) -> None:
    refuse(at_dock, "DCIM/000.MP4", "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    begun_ms = at_dock.dock.times(CAMERA)["DCIM/000.MP4"][0]
    at_dock.dock.film(CAMERA, "DCIM/000.MP4", FOOTAGE[0] + b"more", begun_ms, begun_ms + 90_000)
    at_dock.dock.film(CAMERA, "DCIM/001.MP4", b"another", begun_ms + 7_000_000, begun_ms + 7_030_000)
    refuse(at_dock)
    at_dock.work.read(number)
    assert named(at_dock) == [(number, "DCIM/001.MP4")]


def test_what_an_unknown_camera_showed_is_named_once(at_dock: DockedStation) -> None:
    """One that claims to be in another bay already: nobody knows who it is."""
    at_dock.put_and_identify()
    at_dock.tell(seen.PresenceClosed(bay="2"))
    at_dock.tell(
        seen.CameraIdentified(
            docking=at_dock.docking("2").number, camera=CAMERA, model="DW-T8", clock_ahead_ms=0, clock_error_ms=0
        )
    )
    docking = at_dock.docking("2")
    assert docking.camera is None
    gone = seen.MissedFile(
        listing="a" * 32, size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None
    )
    for _ in range(2):
        at_dock.tell(seen.FilesMissed(docking=docking.number, files=(gone,)))
    assert at_dock.said("footage_missed").camera is None


def test_told_twice_it_is_one_fact_and_after_the_docking_it_is_too_late(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    gone = [
        seen.MissedFile(
            listing=f"{n:032}", size_bytes=n, original_name="张三.MP4", begun_device_ms=5, ended_device_ms=None
        )
        for n in range(3)
    ]
    at_dock.tell(seen.FilesMissed(docking=number, files=tuple(gone[:2])))
    at_dock.tell(seen.FilesMissed(docking=number, files=tuple(gone)))
    assert at_dock.kinds().count("footage_missed") == 3
    assert len(findings(at_dock)) == 1
    at_dock.tell(seen.PresenceOpened(bay="1"))
    with pytest.raises(TooLateError):
        at_dock.tell(seen.FilesMissed(docking=number, files=tuple(gone)))
    assert b"\xe5\xbc\xa0" not in b"".join(repr(fact.body).encode() for fact in at_dock.facts()), "a name is sealed"


def test_a_camera_that_lists_other_names_each_time_fills_no_journal(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station.bays.docking_work, "MISSED_MAX", 10)
    times = 0

    def lie(camera: Any) -> None:
        def files() -> tuple[ListedFile, ...]:
            nonlocal times
            times += 1
            return tuple(ListedFile(f"{times}-{n}", 5, times, n) for n in range(4))

        camera.files = files

    at_dock.work = at_dock.work_over(AlteredCameras(at_dock, lie))
    number = at_dock.put_and_identify()
    for _ in range(6):
        with pytest.raises(WireFailedError):
            at_dock.work.read(number)
    assert at_dock.kinds().count("footage_missed") == 10
    assert len(at_dock.work.failed) <= 4, "of what is not listed any more nothing is remembered"


# --- an honest camera


def listing_otherwise(docked: DockedStation, alter: Callable[[int, list[ListedFile]], list[ListedFile]]) -> None:
    """From its next listing on, which is the first, the camera lists what `alter` makes of it."""
    listings = itertools.count(1)

    def change(camera: Any) -> None:
        files = camera.files
        camera.files = lambda: tuple(alter(next(listings), list(files())))

    docked.work = docked.work_over(AlteredCameras(docked, change))


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


# --- whatever comes in between


class Troubled:
    """A camera that is read, refused, pulled out, emptied by others, cleared; a station that restarts. By a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.docked = DockedStation(folder, policy=POLICY)
        self.listed: set[str] = set()
        self.films = 0
        self.restart()
        self.number = self.docked.put_and_identify()

    def restart(self) -> None:
        self.docked.work = self.docked.work_over(AlteredCameras(self.docked, self._alter))

    def _alter(self, camera: Any) -> None:
        files, pull = camera.files, camera.pull

        def listed() -> tuple[ListedFile, ...]:
            there: tuple[ListedFile, ...] = files()
            self.listed |= {listing_of(file) for file in there}
            return there

        def fickle(path: str, offset: int = 0) -> Iterator[memoryview]:
            if self.troubled and self.rng.random() < 0.5:
                raise self.rng.choice((ForbiddenError, AbsentError))("not now")
            given: Iterator[memoryview] = pull(path, offset)
            return given

        camera.files, camera.pull = listed, fickle

    troubled = True

    def read(self) -> None:
        with contextlib.suppress(WireFailedError):
            self.docked.work.read(self.number)

    def film(self) -> None:
        self.films += 1
        self.docked.film(self.films, b"film %d" % self.films)

    def lose(self) -> None:
        card = self.docked.dock.card(CAMERA)
        there = [name for name in sorted(self.docked.dock.times(CAMERA)) if (card / name).exists()]
        if there:
            delete(self.docked, self.rng.choice(there))

    def dock_again(self) -> None:
        self.number = docked_again(self.docked)

    def clear(self) -> None:
        with contextlib.suppress(DockwardError):
            order_clearing(self.docked, self.number)
            self.docked.work.clear(self.number)

    def live(self, steps: int) -> None:
        acts_ = (self.read, self.read, self.read, self.film, self.film, self.lose, self.dock_again, self.clear)
        for _ in range(steps):
            self.rng.choice((*acts_, self.restart))()
        self.troubled = False
        self.dock_again()
        self.docked.work.read(self.number)


@pytest.mark.parametrize("seed", range(6))
def test_all_that_was_ever_listed_is_held_or_is_named_as_missing_once(tmp_path: Path, seed: int) -> None:
    world = Troubled(tmp_path, seed)
    try:
        world.live(40)
        facts = world.docked.facts()
        held = [fact.body.listing.partition("~")[0] for fact in facts if isinstance(fact.body, RecordingHeld)]
        gone = [fact.body.listing for fact in facts if isinstance(fact.body, FootageMissed)]
        assert sorted([*held, *gone]) == sorted(world.listed)
    finally:
        world.docked.close()


# --- numbers left out


def numbered(folder: Path, *numbers: int) -> DockedStation:
    docked = DockedStation(folder, policy=POLICY, models={"DW-T8": MODEL})
    for number in numbers:
        docked.film(number, b"%d" % number)
    return docked


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


# --- too long on the station


def test_what_waits_too_long_is_told_once_for_its_docking(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    first, second = (held.number for held in at_dock.held())

    def late() -> list[tuple[int, int]]:
        tasks = due_work(at_dock.state(), POLICY, at_dock.clock.stamp())
        return [(task.number, task.wait_ms) for task in tasks if task.work is Work.TELL_LATE]

    assert late() == [(first, LOOK_MS)]
    at_dock.tell(seen.WaitsTooLong(recording=first))
    at_dock.clock.advance(24 * MS_PER_HOUR)
    assert late() == [(first, 1)]
    at_dock.tell(seen.WaitsTooLong(recording=first))
    assert not findings(at_dock), "to the hour is not too long"
    at_dock.clock.advance(1)
    assert late() == [(first, 0)]
    at_dock.tell(seen.WaitsTooLong(recording=first))
    at_dock.tell(seen.WaitsTooLong(recording=second))
    assert findings(at_dock) == [("INGEST_INCOMPLETE", "store.max_station_hours", f"docking:{number}")]
    assert late() == []


def test_what_the_registry_confirmed_waits_for_nothing(at_dock: DockedStation) -> None:
    at_dock.work.read(at_dock.put_and_identify())
    for held in at_dock.held():
        at_dock.tell(seen.StatementMade(recording=held.number, statement_sha256="0" * 64))
        at_dock.tell(seen.ReceiptVerified(recording=held.number, receipt_sha256="1" * 64))
    at_dock.clock.advance(48 * MS_PER_HOUR)
    tasks = due_work(at_dock.state(), POLICY, at_dock.clock.stamp())
    assert not [task for task in tasks if task.work is Work.TELL_LATE]
    for held in at_dock.held():
        at_dock.tell(seen.WaitsTooLong(recording=held.number))
    assert not findings(at_dock)


def test_a_clock_that_is_not_true_accuses_nobody(at_dock: DockedStation) -> None:
    at_dock.work.read(at_dock.put_and_identify())
    unsure = replace(at_dock.clock.stamp().later(48 * MS_PER_HOUR), synchronised=False)
    assert not [task for task in due_work(at_dock.state(), POLICY, unsure) if task.work is Work.TELL_LATE]


# --- words and counts


def test_the_wall_says_that_something_is_missing_and_names_nobody(at_dock: DockedStation) -> None:
    refuse(at_dock, "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    delete(at_dock, "DCIM/001.MP4")
    at_dock.work.read(number)
    (finding,) = at_dock.state().findings
    words = footage_troubles(at_dock.state())["1"]
    assert str(finding) in words
    assert "001.MP4" not in words
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    assert list(footage_troubles(at_dock.state())) == [MISSING]
    at_dock.tell(acts.CloseFinding(by="head", finding=finding))
    assert not footage_troubles(at_dock.state())


def test_one_finding_hides_no_other_of_its_docking(at_dock: DockedStation) -> None:
    """What waits too long and what is gone are two matters, and the wall says both."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    held = at_dock.held()[0].number
    gone = [
        seen.MissedFile(listing=one, size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None)
        for one in ("a" * 32, "b" * 32)
    ]
    at_dock.clock.advance(25 * MS_PER_HOUR)
    at_dock.tell(seen.WaitsTooLong(recording=held))
    at_dock.tell(seen.FilesMissed(docking=number, files=(gone[0],)))
    at_dock.tell(seen.WaitsTooLong(recording=held))
    at_dock.tell(seen.FilesMissed(docking=number, files=(gone[1],)))
    at_dock.tell(seen.NumbersListed(docking=number, known=frozenset({1, 4}), listed=frozenset({7})))
    about = f"docking:{number}"
    assert findings(at_dock)[:2] == [
        ("INGEST_INCOMPLETE", "store.max_station_hours", about),
        ("INGEST_INCOMPLETE", "store.kinds", about),
    ]
    late, missing, left_out = sorted(at_dock.state().findings)
    troubles = footage_troubles(at_dock.state())
    assert str(late) in troubles[MISSING]
    assert f"finding {missing}:" in troubles["1"]
    assert f"finding {left_out}:" in troubles["1"]


def test_what_is_missing_is_told_as_soon_while_other_footage_waits_too_long(at_dock: DockedStation) -> None:
    """The other way round: footage that is gone does not keep lateness from being looked at."""
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    gone = seen.MissedFile(
        listing="a" * 32, size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None
    )
    at_dock.tell(seen.FilesMissed(docking=number, files=(gone,)))
    at_dock.clock.advance(25 * MS_PER_HOUR)
    tasks = due_work(at_dock.state(), POLICY, at_dock.clock.stamp())
    assert [task.wait_ms for task in tasks if task.work is Work.TELL_LATE] == [0]


def test_findings_that_say_the_same_in_one_place_are_told_together(at_dock: DockedStation) -> None:
    for first in (True, False):
        number = at_dock.put_and_identify() if first else docked_again(at_dock)
        gone = seen.MissedFile(
            listing=f"{number:032}", size_bytes=1, original_name="x", begun_device_ms=None, ended_device_ms=None
        )
        at_dock.tell(seen.FilesMissed(docking=number, files=(gone,)))
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    one, other = sorted(at_dock.state().findings)
    assert f"{one}, {other}" in footage_troubles(at_dock.state())[MISSING]


def test_what_was_held_after_all_is_missing_no_more(at_dock: DockedStation) -> None:
    """A camera left it out of its lists for long, and showed it again."""
    refuse(at_dock, "DCIM/001.MP4")
    number = at_dock.put_and_identify()
    read_in_vain(at_dock, number)
    listing_otherwise(
        at_dock, lambda count, files: [one for one in files if "001" not in one.path] if count < 4 else files
    )
    at_dock.work.read(number)
    assert [len(visit.missing) for visit in reconciled(at_dock.facts())] == [1]
    again = docked_again(at_dock)
    at_dock.work.read(again)
    assert [(visit.held, visit.missing) for visit in reconciled(at_dock.facts())] == [(1, ()), (1, ())]


def test_what_a_nameless_camera_still_shows_in_its_bay_is_not_left_behind(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_dock.put_and_identify()
    at_dock.tell(seen.PresenceClosed(bay="2"))
    number = at_dock.docking("2").number
    at_dock.tell(
        seen.CameraIdentified(docking=number, camera=CAMERA, model="DW-T8", clock_ahead_ms=0, clock_error_ms=0)
    )
    docking = at_dock.docking("2")
    assert docking.camera is None
    owing = Owed("a" * 32, "x", 1, None, None, number)
    Listings(at_dock.folder / "data/listings").keep(Shown(docking.source, (owing,)))
    assert told_of(at_dock, monkeypatch, capsys)[0]["unread"] == []
    at_dock.tell(seen.PresenceOpened(bay="2"))
    assert len(told_of(at_dock, monkeypatch, capsys)[0]["unread"]) == 1


def told_of(docked: DockedStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What `dockward reconcile --json` says beside the running station, and how it ends."""
    config = type("Config", (), {"data": str(docked.folder / "data")})
    monkeypatch.setattr(reconcile, "read_config", lambda _path: config)
    monkeypatch.setattr(reconcile, "journal_path", lambda _config: docked.journal)
    ends = [reconcile.run(_asked(json=said)) for said in (False, True)]
    assert ends[0] == ends[1]
    lines, _, data = capsys.readouterr().out.partition("{\n")
    return json.loads("{\n" + data), lines, ends[0]


def _asked(**said: Any) -> Any:
    return type("Arguments", (), {"config": Path("station.toml"), **said})()


def test_reconcile_counts_each_docking_and_names_what_lacks(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    first = at_dock.held()[0].number
    at_dock.tell(seen.StatementMade(recording=first, statement_sha256="0" * 64))
    at_dock.tell(seen.ReceiptVerified(recording=first, receipt_sha256="1" * 64))
    at_dock.work.order_clearing(number)
    at_dock.work.clear(number)
    data, _, ended = told_of(at_dock, monkeypatch, capsys)
    counts = {name: data["dockings"][0][name] for name in ("listed", "held", "signed", "at_registry", "cleared")}
    assert counts == {"listed": 2, "held": 2, "signed": 1, "at_registry": 1, "cleared": 1}
    assert (data["missing"], data["unread"], ended) == ([], [], 0)

    at_dock.film(5, b"five")
    at_dock.film(6, b"six")
    refuse(at_dock, "DCIM/005.MP4", "DCIM/006.MP4")
    again = docked_again(at_dock)
    read_in_vain(at_dock, again)
    assert told_of(at_dock, monkeypatch, capsys)[2] == 0, "it is being read"
    delete(at_dock, "DCIM/005.MP4")
    read_in_vain(at_dock, again)
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    data, lines, ended = told_of(at_dock, monkeypatch, capsys)
    assert [(one["docking"], one["name"]) for one in data["missing"]] == [(again, "DCIM/005.MP4")]
    assert [(one["docking"], one["name"]) for one in data["unread"]] == [(again, "DCIM/006.MP4")]
    assert ended == 1
    assert "DCIM/005.MP4" in lines
    assert "DCIM/006.MP4" in lines


def test_a_name_steers_no_terminal() -> None:
    assert reconcile._plain("a\x1b[2J张\n") == "a\\x1b[2J张\\n"


def test_counts_are_those_of_the_journal(at_dock: DockedStation) -> None:
    at_dock.make_camera(OTHER, b"other")
    at_dock.work.read(at_dock.put_and_identify())
    at_dock.work.read(at_dock.put_and_identify(OTHER, "2"))
    visits = reconciled(at_dock.facts())
    assert [(visit.camera, visit.listed, visit.held, visit.ended) for visit in visits] == [
        (CAMERA, 2, 2, False),
        (OTHER, 1, 1, False),
    ]


# --- whose rules


@pytest.mark.parametrize(("camera", "pack"), [("ours", "yinchuan@1"), ("theirs", "mingshan@1")])
def test_every_finding_of_footage_is_under_the_pack_of_the_camera_s_owner(camera: str, pack: str) -> None:
    desk = Desk()
    desk.policy = SHARED
    docking = desk.begin(seen.PresenceClosed(bay="1"))
    desk.tell(seen.CameraIdentified(docking=docking, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=500))
    read = seen.RecordingRead(
        docking=docking,
        listing="a",
        size_bytes=1,
        sha256="a" * 64,
        original_name="a.mp4",
        begun_device_ms=None,
        ended_device_ms=None,
    )
    recording = desk.begin(read)
    gone = seen.MissedFile(listing="g", size_bytes=9, original_name="g", begun_device_ms=None, ended_device_ms=None)
    desk.tell(seen.FilesMissed(docking=docking, files=(gone,)))
    desk.tell(seen.NumbersListed(docking=docking, known=frozenset({1, 4}), listed=frozenset({7})))
    desk.tell(seen.DigestFound(recording=recording, found="b" * 64))
    reported = [fact for fact in desk.facts if isinstance(fact.body, FindingReported)]
    assert {fact.policy for fact in reported} == {pack}
    said = {fact.body.code: fact.body for fact in reported if isinstance(fact.body, FindingReported)}
    assert said.keys() == {"INGEST_INCOMPLETE", "SEQ_GAP", "HASH_MISMATCH"}
    own = desk.policy.of_camera(camera)
    assert all(body.articles == own.finds(body.code, body.rule).articles for body in said.values())
    numbers = {one.name: one.number for one in said["SEQ_GAP"].evidence}
    assert numbers == {"first_missing": 5, "last_missing": 6}
