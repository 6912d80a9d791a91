"""Promise: whatever a camera does, only whole recordings are held, only what was ordered is deleted, nothing twice."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.simulated.dock import About
from hardware.usb_cameras import MtpCamera
from hardware.wires import CameraIdentity, CardSpace, ForbiddenError, LyingError
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.due_work import Task, Work, due_work
from station.errors import RefusedError, TooLateError, WireFailedError, WrongUseError
from tests.docked_footage import FOOTAGE, ONE_COPY, AlteredCameras, at_dock, digests, incoming, of, order_clearing
from tests.docked_station import BYTES_PER_CALL, CAMERA, OTHER, DockedStation

__all__ = ["at_dock"]

pytestmark = pytest.mark.usefixtures("quick_to_close")

# --- a well-behaved camera


def test_every_work_on_a_docking_has_its_worker(at_dock: DockedStation) -> None:
    of_recordings = {Work.SIGN, Work.UPLOAD, Work.COPY, Work.RELEASE, Work.PURGE, Work.TELL_LATE, Work.EXPIRE_ACCESS}
    of_recordings |= {Work.TELL_HANDOVER}
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


def test_a_camera_that_names_no_model_is_admitted_all_the_same(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, model in enumerate(("", "m" * 500)):
        monkeypatch.setattr(MtpCamera, "identity", CameraIdentity(f"C-{number}", model))
        at_dock.make_camera(f"C-{number}")
        at_dock.put_and_identify(f"C-{number}", str(number + 1))
    assert [fact.body.type for fact in at_dock.facts()].count("camera_admitted") == 2
