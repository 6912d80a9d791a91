"""Promise: whatever a camera does, only whole recordings are held, only what was ordered is deleted, nothing twice."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import station.durable
from hardware.simulated.camera import Habits
from hardware.simulated.dock import About
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_cameras import MtpCamera, UsbCameras
from hardware.wires import Camera, CameraIdentity, CardSpace, ForbiddenError, ListedFile, LyingError
from station.bays.docking_work import FAILURES_AT_ONCE_MAX, listing_of
from station.clock import ManualClock
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.docking import Docking, DockingStep
from station.custody.due_work import CLEARINGS_TRIED_MAX, Task, Work, due_work
from station.custody.recording import Recording
from station.errors import DockwardError, RefusedError, TooLateError, WireFailedError, WrongUseError
from station.policy.permits import ClearingDemand
from station.stamp import Stamp
from station.store.recordings import RecordingStore
from tests.docked_station import BYTES_PER_CALL, CAMERA, OTHER, PLACES, DockedStation
from tests.plain_policy import PlainPolicy
from tests.stations import START

pytestmark = pytest.mark.usefixtures("quick_to_close")

FOOTAGE = (b"first" * 300, b"second" * 101)
ONE_COPY = PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False))


@pytest.fixture
def at_dock(tmp_path: Path) -> Iterator[DockedStation]:
    docked = DockedStation(tmp_path, *FOOTAGE, policy=ONE_COPY)
    yield docked
    docked.close()


def incoming(docked: DockedStation) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (docked.folder / "data/incoming").iterdir()}


def digests(recordings: list[Recording]) -> list[str]:
    return sorted(recording.sha256 for recording in recordings)


def of(*contents: bytes) -> list[str]:
    return sorted(sha256(content).hexdigest() for content in contents)


def order_clearing(docked: DockedStation, number: int) -> None:
    for recording in docked.held():
        docked.tell(seen.StatementMade(recording=recording.number, statement_sha256="0" * 64))
    docked.work.order_clearing(number)


# --- a well-behaved camera


def test_every_work_on_a_docking_has_its_worker(at_dock: DockedStation) -> None:
    of_recordings = {Work.SIGN, Work.UPLOAD, Work.COPY, Work.RELEASE, Work.PURGE, Work.TELL_LATE, Work.EXPIRE_ACCESS}
    assert at_dock.work.workers().keys() == set(Work) - of_recordings - {Work.SCRUB, Work.SCRUB_COPY}


def test_who_it_is_is_told_with_how_far_its_clock_is_off(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    admitted = at_dock.said("camera_admitted")
    assert (admitted.docking, admitted.camera, admitted.model) == (number, CAMERA, "DW-T8")
    assert abs(admitted.clock_ahead_ms - 2_100) <= admitted.clock_error_ms == 500


def test_what_was_read_is_held_byte_for_byte(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    assert digests(at_dock.held()) == of(*FOOTAGE)
    assert sorted(incoming(at_dock).values()) == sorted(FOOTAGE)
    for recording in at_dock.held():
        assert recording.size_bytes == len(incoming(at_dock)[f"{number}-{recording.listing}"])
    assert at_dock.docking().step is DockingStep.READ
    at_dock.work.read(number)
    assert at_dock.kinds().count("recording_held") == 2


def test_an_empty_recording_and_two_of_one_content_are_recordings_of_their_own(at_dock: DockedStation) -> None:
    for place, content in ((2, b""), (3, FOOTAGE[0]), (4, b"")):
        at_dock.film(place, content)
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    assert digests(at_dock.held()) == of(*FOOTAGE, b"", FOOTAGE[0], b"")
    assert len(incoming(at_dock)) == 5
    assert at_dock.docking().step is DockingStep.READ


def test_an_empty_card_is_read(at_dock: DockedStation) -> None:
    at_dock.make_camera(OTHER)
    number = at_dock.put_and_identify(OTHER, "2")
    at_dock.work.read(number)
    assert at_dock.said("camera_read").listed == 0


def test_what_was_filmed_while_it_was_read_is_read_before_all_is_said_to_be_read(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.usb.at_call(20, lambda: at_dock.film(7, b"filmed meanwhile"))
    at_dock.work.read(number)
    assert at_dock.docking().step is DockingStep.READING
    assert "camera_read" not in at_dock.kinds()
    at_dock.work.read(number)
    assert digests(at_dock.held()) == of(*FOOTAGE, b"filmed meanwhile")
    assert at_dock.said("camera_read").listed == 3


def test_only_what_was_ordered_is_deleted(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    order_clearing(at_dock, number)
    at_dock.film(9, b"filmed after the order")
    at_dock.work.clear(number)
    assert set(at_dock.dock.times(CAMERA)) == {"DCIM/009.MP4"}
    assert at_dock.docking().step is DockingStep.READING, "there is footage again"


def test_nothing_is_deleted_without_an_order(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    at_dock.work.clear(number)
    with pytest.raises(RefusedError, match="WIPE_UNVERIFIED"):
        at_dock.work.order_clearing(number)
    assert len(at_dock.dock.times(CAMERA)) == 2


def test_battery_and_clock_are_told(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.judge_battery(number)
    assert at_dock.said("battery_judged").percent == 80
    at_dock.work.read(number)
    at_dock.work.set_clock(number)
    was_set = at_dock.said("clock_set")
    ahead_ms = at_dock.dock.about(CAMERA).clock_ahead_ms
    assert -1_000 < ahead_ms <= 0
    assert abs(was_set.clock_ahead_ms - ahead_ms) <= was_set.clock_error_ms


def test_room_on_the_card_is_told_in_minutes_and_measured_anew_when_it_was_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = CameraModelConfig(design_mah=3000, recording_ma=500, standby_ma=20, mib_per_minute=60)
    docked = DockedStation(tmp_path, *FOOTAGE, policy=ONE_COPY, models={"DW-T8": model})
    room = [CardSpace(1 << 36, None, deletable=True), CardSpace(1 << 36, 59 << 20, deletable=True)]
    monkeypatch.setattr(MtpCamera, "cards", lambda _: tuple(room))
    number = docked.put_and_identify()
    docked.work.judge_battery(number)
    assert docked.docking().free_minutes == 0
    docked.work.read(number)
    order_clearing(docked, number)
    room.append(CardSpace(1 << 36, 1 << 34, deletable=True))
    docked.work.clear(number)
    due = due_work(docked.state(), ONE_COPY, docked.clock.stamp())
    assert Task(Work.JUDGE_BATTERY, number) in due, "what was measured before is not true any more"
    docked.work.judge_battery(number)
    assert docked.docking().free_minutes == (1 << 34) // (60 << 20)
    docked.close()


@pytest.mark.parametrize("error", [ForbiddenError("no"), LyingError("another answer")])
def test_a_camera_that_does_not_say_its_room_is_judged_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    model = CameraModelConfig(design_mah=3000, recording_ma=500, standby_ma=20, mib_per_minute=60)
    docked = DockedStation(tmp_path, *FOOTAGE, models={"DW-T8": model})

    def refusing(_: MtpCamera) -> None:
        raise error

    monkeypatch.setattr(MtpCamera, "cards", refusing)
    number = docked.put_and_identify()
    docked.work.judge_battery(number)
    assert (docked.docking().battery_percent, docked.docking().free_minutes) == (80, None)
    docked.close()


def test_a_silent_camera_and_a_lapsed_offer_are_told(at_dock: DockedStation) -> None:
    number = at_dock.put()
    at_dock.work.call_silent(number)
    assert at_dock.docking().step is DockingStep.SILENT
    at_dock.work.identify(number)
    assert at_dock.docking().step is DockingStep.READING
    at_dock.work.lapse_offer(number)
    assert "offer_lapsed" not in at_dock.kinds()


# --- pulled out at any moment


def after_identify(_docked: DockedStation, _number: int) -> None:
    """Nothing more."""


def after_read(docked: DockedStation, number: int) -> None:
    docked.work.read(number)


def after_order(docked: DockedStation, number: int) -> None:
    docked.work.read(number)
    order_clearing(docked, number)


@pytest.mark.parametrize(
    ("work", "before"),
    [
        ("identify", after_identify),
        ("read", after_identify),
        ("judge_battery", after_read),
        ("set_clock", after_read),
        ("clear", after_order),
    ],
)
def test_pulled_at_any_call_it_fails_and_done_again_it_comes_to_the_same(
    tmp_path: Path, work: str, before: Callable[[DockedStation, int], None]
) -> None:
    calls, wanted = _pulled(tmp_path / "undisturbed", work, before, None)
    assert calls > 5
    for call in range(calls):
        assert _pulled(tmp_path / str(call), work, before, call)[1] == wanted


def _pulled(
    folder: Path, work: str, before: Callable[[DockedStation, int], None], call: int | None
) -> tuple[int, list[str]]:
    docked = DockedStation(folder, *FOOTAGE, policy=ONE_COPY)
    try:
        number = docked.put() if work == "identify" else docked.put_and_identify()
        before(docked, number)
        docked.usb.at_call(-1 if call is None else call, lambda: docked.dock.take("1", by_force=True))
        with contextlib.suppress(WireFailedError):  # closing comes last: nobody is told how that went
            docked.work.workers()[Work(work)](number)
        calls = docked.usb.calls
        if docked.dock.camera_in("1") is None:
            _require_only_whole(docked)
            docked.dock.put(CAMERA, "1")
            docked.work.workers()[Work(work)](number)
        told = sorted(f"{fact.body.type} {getattr(fact.body, 'sha256', '')}" for fact in docked.facts())
        return calls, [*told, *sorted(docked.dock.times(CAMERA))]
    finally:
        docked.close()


def _require_only_whole(docked: DockedStation) -> None:
    assert set(digests(docked.held())) <= set(of(*FOOTAGE))
    assert set(incoming(docked).values()) <= set(FOOTAGE), "no half recording lies about"


# --- cameras that lie


class AlteredCameras(UsbCameras):
    """Real cameras, of which one thing is not as it was."""

    def __init__(self, docked: DockedStation, alter: Callable[[Any], None]) -> None:
        super().__init__(480, docked.usb)
        self._alter = alter

    def open(self, usb_path: str) -> Camera:
        camera: Any = super().open(usb_path)
        self._alter(camera)
        opened: Camera = camera
        return opened


@pytest.mark.parametrize("more_bytes", [1, -1, 100_000])
def test_a_file_of_another_size_than_listed_is_not_held(at_dock: DockedStation, more_bytes: int) -> None:
    def lie(camera: Any) -> None:
        files = camera.files
        camera.files = lambda: tuple(file._replace(size_bytes=file.size_bytes + more_bytes) for file in files())

    number = at_dock.put_and_identify()
    with pytest.raises(WireFailedError, match="bytes came of"):
        at_dock.work_over(AlteredCameras(at_dock, lie)).read(number)
    assert not at_dock.held()
    assert not incoming(at_dock)


def test_a_camera_that_never_ends_fills_no_disk(at_dock: DockedStation) -> None:
    given_bytes = 0

    def endless(_path: str, _offset: int = 0) -> Iterator[memoryview]:
        nonlocal given_bytes
        while given_bytes < 10_000_000:
            given_bytes += BYTES_PER_CALL
            yield memoryview(bytes(BYTES_PER_CALL))

    number = at_dock.put_and_identify()
    with pytest.raises(WireFailedError, match="bytes came of"):
        at_dock.work_over(AlteredCameras(at_dock, lambda camera: setattr(camera, "pull", endless))).read(number)
    assert given_bytes < 10_000
    assert not incoming(at_dock)


def test_a_camera_that_deletes_nothing_is_said_to_have_failed(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    after_order(at_dock, number)
    at_dock.work_over(AlteredCameras(at_dock, lambda camera: setattr(camera, "delete", lambda _path: None))).clear(
        number
    )
    assert at_dock.kinds().count("clearing_failed") == 1
    assert all(recording.stated for recording in at_dock.held())


# --- another camera in the bay


@pytest.mark.parametrize("work", ["read", "clear", "judge_battery", "set_clock"])
def test_another_camera_than_was_identified_is_a_docking_of_its_own(at_dock: DockedStation, work: str) -> None:
    number = at_dock.put_and_identify()
    after_order(at_dock, number)
    at_dock.make_camera(OTHER, FOOTAGE[0], b"its own")
    at_dock.swap()
    with pytest.raises(TooLateError, match="another camera is in bay 1"):
        at_dock.work.workers()[Work(work)](number)
    assert len(at_dock.dock.times(OTHER)) == 2, "nothing was deleted from it"
    assert at_dock.dock.about(OTHER) == About(clock_ahead_ms=2_100)
    assert at_dock.docking().camera == OTHER
    assert at_dock.docking().number != number
    at_dock.work.read(at_dock.docking().number)
    assert {recording.source for recording in at_dock.held()} == {CAMERA, OTHER}


def test_work_on_a_docking_that_is_over_is_too_late(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.dock.take("1", by_force=True)
    at_dock.tell(seen.PresenceOpened(bay="1"))
    for work in set(at_dock.work.workers()) - {Work.LAPSE_OFFER}:
        with pytest.raises(TooLateError):
            at_dock.work.workers()[work](number)
    at_dock.work.lapse_offer(number)


def test_what_was_received_too_late_is_let_go_of(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.usb.at_call(20, lambda: at_dock.tell(seen.PresenceOpened(bay="1")))
    with pytest.raises(TooLateError):
        at_dock.work.read(number)
    assert not at_dock.held()
    assert not incoming(at_dock)


def test_a_bay_that_is_no_longer_configured_is_named(at_dock: DockedStation) -> None:
    at_dock.tell(seen.PresenceClosed(bay="17"))
    with pytest.raises(WrongUseError, match="bay 17"):
        at_dock.work.identify(at_dock.docking("17").number)


# --- clocks


def test_a_station_that_does_not_know_the_time_sets_no_clock(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    unsure = ManualClock(msgspec.structs.replace(START, synchronised=False))
    at_dock.usb.at_call(-1, lambda: None)
    with pytest.raises(WireFailedError, match="time server"):
        replace(at_dock.work, clock=unsure).set_clock(number)
    assert at_dock.usb.calls == 0, "the camera was not even asked"
    assert "clock_set" not in at_dock.kinds()


def test_a_camera_that_is_slow_to_open_is_set_to_the_time_it_is_then(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    slow = AlteredCameras(at_dock, lambda _camera: at_dock.clock.advance(7_000))
    at_dock.work_over(slow).set_clock(number)
    assert -1_000 < at_dock.dock.about(CAMERA).clock_ahead_ms <= 0


def test_how_long_the_camera_took_to_say_its_time_is_in_the_error(at_dock: DockedStation) -> None:
    def slow_to_say(camera: Any) -> None:
        clock_ms = camera.clock_ms

        def slowly() -> int | None:
            at_dock.clock.advance(401)
            shown: int | None = clock_ms()
            at_dock.clock.advance(400)
            return shown

        camera.clock_ms = slowly

    at_dock.work_over(AlteredCameras(at_dock, slow_to_say)).identify(at_dock.put())
    admitted = at_dock.said("camera_admitted")
    assert admitted.clock_error_ms == 500 + 401
    assert abs(admitted.clock_ahead_ms - 2_100) <= admitted.clock_error_ms


def test_a_clock_that_cannot_be_read_is_unknown_and_not_said_to_be_set(at_dock: DockedStation) -> None:
    mute = at_dock.work_over(AlteredCameras(at_dock, lambda camera: setattr(camera, "clock_ms", lambda: None)))
    number = at_dock.put()
    mute.identify(number)
    assert at_dock.said("camera_admitted").clock_ahead_ms is None
    mute.read(number)
    mute.set_clock(number)
    assert at_dock.said("clock_not_set").docking == number
    assert "clock_set" not in at_dock.kinds()


def test_a_camera_without_a_clock_is_not_waited_for(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work.read(number)
    usb_tree = VirtualUsb(at_dock.dock, PLACES, lambda: 0, Habits(has_clock=False))
    at_dock.work_over(UsbCameras(480, usb_tree)).set_clock(number)
    assert at_dock.said("clock_not_set").docking == number
    assert at_dock.docking().clock_set


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


def docked_again(docked: DockedStation, bay: str = "1") -> int:
    docked.dock.take(bay, by_force=True)
    docked.tell(seen.PresenceOpened(bay=bay))
    return docked.put_and_identify()


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


def test_an_offset_measured_while_the_station_s_clock_stepped_is_not_believed(at_dock: DockedStation) -> None:
    steps = (
        lambda now: msgspec.structs.replace(now, utc_ms=now.utc_ms + 86_400_000),
        lambda now: msgspec.structs.replace(now, synchronised=False),
        lambda now: msgspec.structs.replace(now, boot_id="another"),
    )
    for step in steps:

        class SteppingClock(ManualClock):
            stamps = 0

            def stamp(self, step: Any = step) -> Stamp:
                self.stamps += 1
                now = super().stamp()
                return step(now) if self.stamps % 2 else now

        work = replace(at_dock.work, clock=SteppingClock(START))
        with work._opened(at_dock.docking() if at_dock.state().docking_in("1") else put(at_dock)) as camera:
            assert work._clock_offset(camera) is None


def put(docked: DockedStation) -> Docking:
    docked.put()
    return docked.docking()


def test_a_camera_that_names_no_model_is_admitted_all_the_same(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, model in enumerate(("", "m" * 500)):
        monkeypatch.setattr(MtpCamera, "identity", CameraIdentity(f"C-{number}", model))
        at_dock.make_camera(f"C-{number}")
        at_dock.put_and_identify(f"C-{number}", str(number + 1))
    assert [fact.body.type for fact in at_dock.facts()].count("camera_admitted") == 2
