"""Promise: a camera that is not ours takes no more room than its quarantine, and is neither cleared nor lent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.due_work import Work, due_work
from station.custody.recording import RecordingStep
from station.errors import DockwardError, RefusedError, WireFailedError
from station.store.quarantine import Quarantine
from station.store.recordings import RecordingStore, evidence_folder
from tests.docked_station import CAMERA, OTHER
from tests.plain_policy import PlainPolicy
from tests.test_sealing import SealingStation

pytestmark = pytest.mark.usefixtures("quick_to_close")

CLIP = 3_000
ROOM = 2 * CLIP + 10


class QuarantiningStation(SealingStation):
    """Only CAMERA is on the roll; what else comes may bring two clips and a bit."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, b"o" * CLIP, b"p" * CLIP, policy=PlainPolicy(cameras=frozenset({CAMERA})))
        self.make_camera(OTHER, *(bytes([65 + number]) * CLIP for number in range(4)))
        self.recordings = RecordingStore(folder / "data", Quarantine(self.state, ROOM))
        self.work = self.work_over(self.work.cameras)
        self.sealing = self.sealing_with(self.signer)

    def foreign(self, bay: str = "2") -> int:
        number = self.put_and_identify(OTHER, bay)
        assert self.docking(bay).step is DockingStep.QUARANTINED
        return number

    def read_foreign(self) -> None:
        with pytest.raises(WireFailedError, match=r"quarantine .* full.*stays on it.*quarantine_mib"):
            self.work.read(self.docking("2").number)

    def sign_all(self) -> None:
        for recording in self.held():
            self.sealing.sign(recording.number)


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[QuarantiningStation]:
    at_work = QuarantiningStation(tmp_path)
    yield at_work
    at_work.close()


def test_its_footage_lies_apart_and_every_reader_finds_it(at_work: QuarantiningStation) -> None:
    at_work.foreign()
    at_work.read_foreign()
    at_work.work.read(at_work.put_and_identify())
    at_work.sign_all()
    data = at_work.folder / "data"
    for recording in at_work.held():
        apart = recording.source == OTHER
        assert recording.quarantined is apart
        folder = data / ("quarantine" if apart else "evidence") / str(recording.number)
        assert (folder / "original").stat().st_size == CLIP
        assert at_work.recordings.evidence(recording.number) == evidence_folder(data, recording.number) == folder
        assert at_work.statement(recording.number).recording == recording.number
    assert {recording.source for recording in at_work.held()} == {OTHER, CAMERA}


def test_beyond_its_room_nothing_more_is_read_and_the_trouble_says_so(at_work: QuarantiningStation) -> None:
    at_work.foreign()
    at_work.read_foreign()
    assert len(at_work.held()) == 2
    at_work.read_foreign()
    at_work.sign_all()
    at_work.read_foreign()
    assert len(at_work.held()) == 2, "what is settled counts as much as what has just come"
    assert not list((at_work.folder / "data/incoming").iterdir())


def test_pulling_it_out_and_putting_it_in_again_brings_it_no_more_room(at_work: QuarantiningStation) -> None:
    at_work.foreign()
    at_work.read_foreign()
    at_work.dock.take("2", by_force=True)
    at_work.tell(seen.PresenceOpened(bay="2"))
    at_work.foreign()
    at_work.read_foreign()
    assert len(at_work.held()) == 2
    restarted = RecordingStore(at_work.folder / "data", Quarantine(at_work.state, ROOM))
    with pytest.raises(WireFailedError, match="quarantine"):
        restarted.receive(at_work.docking("2").number, "x", CLIP, [memoryview(b"x" * CLIP)])


def test_our_own_cameras_are_read_whatever_is_in_quarantine(at_work: QuarantiningStation) -> None:
    at_work.foreign()
    at_work.read_foreign()
    at_work.work.read(at_work.put_and_identify())
    assert sum(recording.source == CAMERA for recording in at_work.held()) == 2


def test_a_pull_of_it_that_is_cut_leaves_no_part_behind(at_work: QuarantiningStation) -> None:
    docking = at_work.foreign()

    def cut(_offset: int) -> Iterator[memoryview]:
        yield memoryview(b"x" * 100_000)
        raise WireFailedError("went quiet")

    with pytest.raises(WireFailedError):
        RecordingStore(at_work.folder / "data", Quarantine(at_work.state, 1 << 20)).receive_rest(
            docking, "a", 200_000, OTHER, cut
        )
    assert not list((at_work.folder / "data/partial").iterdir())
    assert not list((at_work.folder / "data/incoming").iterdir())


def test_it_is_neither_cleared_nor_lent(at_work: QuarantiningStation) -> None:
    docking = at_work.foreign()
    at_work.read_foreign()
    at_work.sign_all()
    for recording in at_work.held():
        at_work.tell(seen.ReceiptVerified(recording=recording.number, receipt_sha256="b" * 64))
    assert {recording.step for recording in at_work.held()} == {RecordingStep.RECEIVED}
    at_work.tell(
        seen.CameraListed(docking=docking, listings=frozenset(recording.listing for recording in at_work.held()))
    )
    due = {task.work for task in due_work(at_work.state(), at_work.clerk.policy, at_work.clock.stamp())}
    assert not due & {Work.ORDER_CLEARING, Work.CLEAR, Work.SET_CLOCK, Work.JUDGE_BATTERY}
    with pytest.raises(DockwardError):
        at_work.tell(seen.ClearingAsked(docking=docking))
    with pytest.raises(RefusedError, match="NO_CAMERA_TO_LEND"):
        at_work.tell(seen.CameraAsked(bay="2", by="officer-1"))
    assert not {"clearing_ordered", "bay_offered", "camera_cleared"} & set(at_work.kinds())


def test_it_is_signed_and_sent_like_any_other(at_work: QuarantiningStation) -> None:
    at_work.foreign()
    at_work.read_foreign()

    def due() -> set[Work]:
        return {task.work for task in due_work(at_work.state(), at_work.clerk.policy, at_work.clock.stamp())}

    assert Work.SIGN in due()
    at_work.sign_all()
    assert Work.UPLOAD in due()
