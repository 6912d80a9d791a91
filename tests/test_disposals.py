"""Promise: a camera leaves its department by two hands, never below the ratio unseen, and is lent no more."""

from typing import Any

import pytest
from msgspec.structs import replace

from station.custody import acts
from station.custody.acts_of_disposal import (
    ApproveDisposal,
    ProposeDisposal,
    RefuseDisposal,
    ReviewDisposal,
    TakeBackCamera,
)
from station.custody.disposal import Disposal
from station.custody.facts import LoanRefused
from station.custody.facts_of_disposals import CameraDisposalApproved, CameraDisposalProposed
from station.custody.facts_of_keeping import FindingReported
from station.custody.known_cameras import known_cameras
from station.custody.observations import HistoryContradicted
from station.custody.repair import Noticed
from station.errors import DockwardError, IllegalStepError, RefusedError, UnfitObservationError
from station.policy.ratio import RatioAct
from station.policy.rolls import Officer
from tests.dock_bench import ELSEWHERE, FIT, HOUR_MS, PEOPLE, START_MS, UNIT, DockBench, rolls_of

DAY_MS = 24 * HOUR_MS
HEAD = Officer("head", UNIT, frozenset({"unit_head"}), **FIT)
CHIEF = Officer("chief", UNIT, frozenset({"unit_chief"}), **FIT)
LEADER = Officer("leader", UNIT, frozenset({"supervising_leader"}), **FIT)
THEIR_HEAD = Officer("their-head", ELSEWHERE, frozenset({"unit_head"}), **FIT)
MORE = tuple(Officer(f"officer-{number}", UNIT, **FIT) for number in (3, 4, 5))
EVERYBODY = (*PEOPLE, *MORE, HEAD, CHIEF, LEADER, THEIR_HEAD)


def dock(pack: str = "yinchuan", **settings: Any) -> DockBench:
    """The unit has nine officers with certificates, so three cameras must work; five lie in bays."""
    bench = DockBench(pack, rolls_of(*EVERYBODY), **settings)
    for number in range(1, 6):
        bench.ready(f"C{number}", str(number))
    return bench


def propose(bench: DockBench, **said: Any) -> int:
    values: dict[str, Any] = {"by": "keeper", "camera": "C1", "act": RatioAct.RETIRE, "recipient": "", "ground": "老旧"}
    return bench.tell(ProposeDisposal(**values | said))[0].n


def approve(bench: DockBench, disposal: int, by: str = "head", remark: str = "") -> None:
    bench.tell(ApproveDisposal(by=by, disposal=disposal, remark=remark))


def gone(bench: DockBench, camera: str, **said: Any) -> int:
    number = propose(bench, camera=camera, **said)
    approve(bench, number)
    return number


def refused(bench: DockBench, said: Any) -> DockwardError:
    before = len(bench.facts)
    with pytest.raises(DockwardError) as error:
        bench.tell(said)
    assert len(bench.facts) == before
    return error.value


def code_of(error: DockwardError) -> str:
    assert isinstance(error, RefusedError)
    return error.code


def asked(**said: Any) -> ProposeDisposal:
    values: dict[str, Any] = {"by": "keeper", "camera": "C1", "act": RatioAct.RETIRE, "recipient": "", "ground": "老旧"}
    return ProposeDisposal(**values | said)


def step_of(bench: DockBench, number: int) -> str:
    disposal = bench.archive[Disposal, number]
    assert isinstance(disposal, Disposal)
    return disposal.step


def test_two_hands_let_a_camera_go_and_it_is_lent_no_more() -> None:
    bench = dock()
    number = propose(bench, act=RatioAct.TRANSFER, recipient="教育局", ground="支援教育局")
    assert bench.facts[-1].private == {"ground": "支援教育局", "recipient": "教育局"}
    assert bench.take(bay="1").offer.camera == "C1", "a wish alone changes nothing"
    bench.out("1")
    bench.ready("C1", "1")
    approve(bench, number, remark="同意")
    assert bench.last(CameraDisposalApproved).rule == "ratio.guarded_acts"
    assert bench.last(CameraDisposalApproved).articles == ()
    refusal = bench.refused("officer-2", "1")
    assert (refusal.code, refusal.rule) == ("DEVICE_UNREGISTERED", "device.kinds")
    assert bench.last(LoanRefused).code == "DEVICE_UNREGISTERED"
    assert "finding_reported" not in bench.kinds()


def test_it_docks_and_is_read_as_ever_and_a_repair_of_it_can_be_told() -> None:
    bench = dock()
    gone(bench, "C1")
    bench.out("1")
    docking = bench.ready("C1", "1")
    assert bench.docking("1").number == docking
    assert bench.said("camera_read")[-1].docking == docking
    assert bench.state().cameras["C1"].step == "docked"


def test_the_officer_is_offered_another() -> None:
    bench = dock()
    gone(bench, "C1")
    assert {bench.taken(one).offer.camera for one in ("officer-1", "officer-2")} <= {"C2", "C3", "C4", "C5"}


@pytest.mark.parametrize(
    "by", ["officer-1", "head", "chief", "their-keeper", "their-head", "stranger"], ids=lambda by: by
)
def test_only_a_custodian_of_the_owner_proposes(by: str) -> None:
    assert code_of(refused(dock(), asked(by=by))) == "NOT_AUTHORISED"


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("keeper", "APPROVAL_SELF"),
        ("officer-1", "NOT_AUTHORISED"),
        ("leader", "NOT_AUTHORISED"),
        ("their-head", "NOT_AUTHORISED"),
        ("stranger", "NOT_AUTHORISED"),
    ],
)
def test_only_another_hand_of_the_owner_approves_or_refuses(by: str, code: str) -> None:
    bench = dock()
    number = propose(bench)
    assert code_of(refused(bench, ApproveDisposal(by=by, disposal=number))) == code
    if by != "keeper":
        assert code_of(refused(bench, RefuseDisposal(by=by, disposal=number))) == code
    approve(bench, number, by="chief")
    assert step_of(bench, number) == "approved"


def test_whoever_proposed_may_think_better_of_it_and_the_other_hand_may_say_no() -> None:
    bench = dock()
    for by in ("keeper", "head"):
        number = propose(bench)
        bench.tell(RefuseDisposal(by=by, disposal=number, remark="留用"))
        assert step_of(bench, number) == "refused"
        assert bench.facts[-1].private == {"remark": "留用"}
        assert isinstance(refused(bench, ApproveDisposal(by="head", disposal=number)), IllegalStepError)
    assert bench.take(bay="1").offer.camera == "C1"


def test_a_reviewer_stands_between_where_the_pack_names_one() -> None:
    bench = dock(approval__reviewer="supervising_leader")
    number = propose(bench, approver="head")
    assert code_of(refused(bench, ApproveDisposal(by="head", disposal=number))) == "NOT_AUTHORISED"
    bench.tell(ReviewDisposal(by="leader", disposal=number))
    approve(bench, number)
    assert step_of(bench, number) == "approved"


def test_below_the_ratio_nobody_goes_without_a_named_approver_and_a_reason() -> None:
    bench = dock()
    for camera in ("C4", "C5"):
        gone(bench, camera)
    for said in ({}, {"approver": "head", "ground": " "}, {"approver": "  "}):
        error = refused(bench, asked(**said))
        assert code_of(error) == "RATIO_WOULD_BREAK"
    zh, en = bench.policy.said(bench.policy.finds("RATIO_WOULD_BREAK", "ratio.guarded_acts"))
    assert "低于配备比例" in zh
    assert "系统默认" in zh
    assert "below its ratio" in en
    number = propose(bench, approver="head")
    assert code_of(refused(bench, ApproveDisposal(by="head", disposal=number, remark=" "))) == "RATIO_WOULD_BREAK"
    assert code_of(refused(bench, ApproveDisposal(by="chief", disposal=number, remark="急"))) == "NOT_AUTHORISED"
    approve(bench, number, remark="电池鼓包")
    found = bench.last(FindingReported)
    assert (found.code, found.about, found.officer) == ("RATIO_WOULD_BREAK", f"disposal:{number}", None)
    evidence = {one.name: one.number if one.code is None else one.code for one in found.evidence}
    assert evidence == {"act": "RETIRE", "approved_by": "head", "required": 3, "working_after": 2}


@pytest.mark.parametrize("approver", ["keeper", "officer-2", "leader", "their-head", "stranger"])
def test_whom_a_proposal_names_can_approve_it(approver: str) -> None:
    code = "APPROVAL_SELF" if approver == "keeper" else "NOT_AUTHORISED"
    assert code_of(refused(dock(), asked(approver=approver))) == code


def test_the_ratio_is_asked_anew_when_it_is_approved() -> None:
    """Two cameras broke while the proposal waited."""
    bench = dock()
    number = propose(bench)
    for camera in ("C4", "C5"):
        bench.tell(
            acts.ReportFault(
                by="keeper", camera=camera, noticed=Noticed.OFFICER, noticed_ms=START_MS, description="不开机"
            )
        )
    assert code_of(refused(bench, ApproveDisposal(by="head", disposal=number))) == "RATIO_WOULD_BREAK"
    approve(bench, number, remark="已停产")
    assert bench.last(FindingReported).code == "RATIO_WOULD_BREAK"


def test_what_does_not_work_may_go() -> None:
    bench = dock()
    for camera in ("C3", "C4", "C5"):
        bench.tell(
            acts.ReportFault(
                by="keeper", camera=camera, noticed=Noticed.OFFICER, noticed_ms=START_MS, description="不开机"
            )
        )
    gone(bench, "C3")
    assert bench.last(CameraDisposalProposed).approver is None


def test_a_camera_in_repair_counts_as_such_before_it_ever_lay_in_a_bay_here() -> None:
    bench = DockBench("yinchuan", rolls_of(*EVERYBODY))
    bench.tell(
        acts.ReportFault(by="keeper", camera="C3", noticed=Noticed.OFFICER, noticed_ms=START_MS, description="不开机")
    )
    known = known_cameras(bench.state(), bench.clock.stamp())
    (line,) = bench.policy.ratio(UNIT, known, START_MS).table.departments
    assert line.cameras.in_repair == 1
    assert not known["C3"].disposed


def test_a_camera_nobody_saw_for_a_month_counts_no_more_and_one_that_docks_does() -> None:
    bench = dock()
    for number in range(2, 6):
        bench.out(str(number))
    bench.clock.advance(31 * DAY_MS)
    known = known_cameras(bench.state(), bench.clock.stamp())
    (line,) = bench.policy.ratio(UNIT, known, bench.clock.stamp().utc_ms).table.departments
    assert (line.required, line.cameras.owned, line.cameras.working, line.cameras.unseen) == (3, 5, 1, 4)
    bench.ready("C2", "2")
    known = known_cameras(bench.state(), bench.clock.stamp())
    (line,) = bench.policy.ratio(UNIT, known, bench.clock.stamp().utc_ms).table.departments
    assert (line.cameras.working, line.cameras.unseen) == (2, 3)


def test_a_worn_battery_is_remembered_while_its_camera_is_away() -> None:
    bench = dock()
    worn = replace(bench.state().dockings[bench.docking("1").number], health_percent=20)
    bench._state = replace(bench._state, dockings=bench._state.dockings.set(worn.number, worn))
    bench.out("1")
    known = known_cameras(bench.state(), bench.clock.stamp())
    assert known["C1"].health_percent == 20
    (line,) = bench.policy.ratio(UNIT, known, START_MS).table.departments
    assert (line.cameras.unhealthy, line.cameras.working) == (1, 4)


def test_lending_outside_is_refused_where_the_pack_forbids_it() -> None:
    error = refused(dock("mingshan"), asked(act=RatioAct.LEND_OUTSIDE, approver="chief"))
    assert isinstance(error, RefusedError)
    assert (error.code, error.rule, error.articles) == ("DEVICE_LENT", "device.lend_outside", ("MS-EQ-17.3",))


def test_where_lending_outside_may_be_approved_the_chief_does_and_it_is_taken_back() -> None:
    bench = dock(device__lend_outside="approval")
    number = propose(bench, act=RatioAct.LEND_OUTSIDE, recipient="邻县民政局")
    assert code_of(refused(bench, ApproveDisposal(by="head", disposal=number))) == "DEVICE_LENT"
    approve(bench, number, by="chief")
    refusal = bench.refused("officer-1", "1")
    assert (refusal.code, refusal.rule) == ("DEVICE_LENT", "device.lend_outside")
    for by in ("officer-1", "their-keeper", "head"):
        assert code_of(refused(bench, TakeBackCamera(by=by, disposal=number))) == "NOT_AUTHORISED"
    bench.tell(TakeBackCamera(by="keeper", disposal=number, remark="已归还"))
    assert bench.take(bay="1").offer.camera == "C1"
    assert not bench.state().disposals


def test_what_is_retired_stays_so_by_whichever_way() -> None:
    bench = dock()
    number = gone(bench, "C1")
    assert isinstance(refused(bench, TakeBackCamera(by="keeper", disposal=number)), UnfitObservationError)
    bench.tell(
        acts.ReportFault(by="keeper", camera="C2", noticed=Noticed.OFFICER, noticed_ms=START_MS, description="进水")
    )
    repair = bench.facts[-1].n
    bench.tell(acts.RetireCamera(by="keeper", repair=repair, remark="无修复价值"))
    assert bench.refused("officer-1", "2").code == "DEVICE_UNREGISTERED"
    assert bench.state().disposals[bench.facts[-2].n].act == "RETIRE"


def test_one_wish_at_a_time_and_none_for_what_has_left() -> None:
    bench = dock()
    number = propose(bench)
    assert isinstance(refused(bench, asked()), UnfitObservationError)
    approve(bench, number)
    assert isinstance(refused(bench, asked()), UnfitObservationError)


def test_what_is_lent_or_offered_comes_back_first() -> None:
    bench = dock()
    number = propose(bench)
    bench.take(bay="1")
    assert isinstance(refused(bench, ApproveDisposal(by="head", disposal=number)), UnfitObservationError)
    bench.out("1")
    assert isinstance(refused(bench, ApproveDisposal(by="head", disposal=number)), UnfitObservationError)
    bench.put("C1", "1")
    approve(bench, number)
    assert step_of(bench, number) == "approved"


def test_a_camera_of_no_roll_and_a_blank_reason_are_refused() -> None:
    assert code_of(refused(dock(), asked(camera="C9"))) == "DEVICE_UNREGISTERED"
    assert isinstance(refused(dock(), asked(ground=" ")), UnfitObservationError)


def test_while_two_histories_stand_nothing_leaves() -> None:
    bench = dock()
    number = propose(bench)
    bench.tell(HistoryContradicted(why="JOURNAL_FORKED", size=1, root="r"))
    assert code_of(refused(bench, ApproveDisposal(by="head", disposal=number))) == "HISTORY_DISPUTED"
