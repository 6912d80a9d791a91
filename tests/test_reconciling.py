"""Promise: what a camera listed and nobody held has a name, whatever came in between; what was held accuses nobody."""

import contextlib
import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import station.bays.docking_work
from hardware.wires import AbsentError, ForbiddenError, ListedFile
from station.bays.known_files import listing_of
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.facts import RecordingHeld
from station.custody.facts_of_footage import FootageMissed
from station.errors import DockwardError, TooLateError, WireFailedError
from station.store.listings import Listings, Shown, read_listings
from tests.docked_footage import AlteredCameras, docked_again, order_clearing
from tests.docked_station import CAMERA, DockedStation
from tests.missing_footage import FOOTAGE, POLICY, at_dock, delete, findings, named, read_in_vain, refuse

__all__ = ["at_dock"]

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
