"""A fault of a camera keeps it from being lent until it is mended, or the camera is given up."""

import pytest

from station.custody import acts
from station.custody.repair import Noticed
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from tests.acting import START_MS, Desk


def report(desk: Desk, camera: str = "C1", by: str = "officer-1", description: str = "镜头碎裂") -> int:
    return desk.begin(
        acts.ReportFault(by=by, camera=camera, noticed=Noticed.OFFICER, noticed_ms=START_MS, description=description)
    )


def test_a_camera_is_in_repair_from_the_fault_to_its_end() -> None:
    desk = Desk()
    repair = report(desk)
    assert desk.facts[-1].private == {"description": "镜头碎裂"}
    assert desk.state.repair_open("C1")
    assert not desk.state.repair_open("C2")
    desk.tell(acts.BeginRepair(by="mender", repair=repair))
    assert desk.state.repair_open("C1")
    assert desk.state.repairs[repair].begun_ms == START_MS
    desk.tell(acts.FinishRepair(by="mender", repair=repair))
    assert not desk.state.repair_open("C1")
    with pytest.raises(IllegalStepError):
        desk.tell(acts.BeginRepair(by="mender", repair=repair))


def test_each_fault_is_mended_for_itself() -> None:
    desk = Desk()
    one, other = report(desk), report(desk, description="电池鼓包")
    desk.tell(acts.FinishRepair(by="keeper", repair=one))
    assert desk.state.repair_open("C1")
    desk.tell(acts.RetireCamera(by="mender", repair=other, remark="无修复价值"))
    assert not desk.state.repair_open("C1")


def test_a_self_test_that_fails_again_is_no_second_fault() -> None:
    desk = Desk()
    desk.tell(acts.FaultFound(camera="C1"))
    assert desk.tell(acts.FaultFound(camera="C1")) == ()
    desk.tell(acts.FaultFound(camera="C2"))
    assert len(desk.state.repairs) == 2


def test_who_may_and_what_must_be_said() -> None:
    desk = Desk()
    with pytest.raises(UnfitObservationError):
        report(desk, description="")
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        report(desk, by="stranger")
    repair = report(desk, by="mender")
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.FinishRepair(by="officer-1", repair=repair))
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.RetireCamera(by="mender", repair=repair, remark=""))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.RetireCamera(by="mender", repair=0, remark="x"))
