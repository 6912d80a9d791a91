"""工作情况说明: written with reason and basis, reviewed by another hand, perhaps written again, kept."""

from typing import Any

import pytest

from station.custody import acts
from station.custody.explanation import Explanation, ExplanationStep
from station.custody.repair import Noticed
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from tests.acting import START_MS, Desk
from tests.test_missions import declare

RULED = {"place": "法院", "written_rule": "法庭规则"}


def explain(desk: Desk, mission: int, reason: str = "NU-BANNED-PLACE", **more: Any) -> int:
    said: dict[str, Any] = {
        "by": "officer-1",
        "mission": mission,
        "reason": reason,
        "grounds": RULED,
        "basis": "《办法》第十八条",
    }
    return desk.begin(acts.Explain(**(said | more)))


def test_an_accepted_explanation_closes_a_mission_without_footage() -> None:
    """YC-18.2, reviewed by the 单位负责人 and kept by the 执法记录仪管理员 (YC-20.2b)."""
    desk = Desk()
    mission = declare(desk, ended_ms=START_MS)
    number = explain(desk, mission)
    assert desk.facts[-1].private["basis"] == "《办法》第十八条"
    with pytest.raises(RefusedError, match="REC_MISSING"):
        desk.tell(acts.CloseMission(by="officer-1", mission=mission, gap=False))
    desk.tell(acts.AcceptExplanation(by="head", explanation=number))
    assert desk.state.missions[mission].explained
    desk.tell(acts.CloseMission(by="officer-1", mission=mission, gap=False))
    desk.tell(acts.KeepExplanation(by="keeper", explanation=number))
    assert number not in desk.state.explanations


def test_what_is_given_back_is_written_again() -> None:
    desk = Desk()
    mission = declare(desk)
    number = explain(desk, mission)
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.ReturnExplanation(by="head", explanation=number, remark=""))
    desk.tell(acts.ReturnExplanation(by="head", explanation=number, remark="请写明规定名称"))
    for too_soon in (
        acts.AcceptExplanation(by="head", explanation=number),
        acts.KeepExplanation(by="keeper", explanation=number),
    ):
        with pytest.raises(IllegalStepError):
            desk.tell(too_soon)
    again = {"place": "法院", "written_rule": "《人民法院法庭规则》第十七条"}
    desk.tell(
        acts.ExplainAgain(by="officer-2", explanation=number, reason="NU-BANNED-PLACE", grounds=again, basis="第十八条")
    )
    found = desk.state.explanations[number]
    assert (found.step, found.by) == (ExplanationStep.WRITTEN, "officer-2")
    desk.tell(acts.AcceptExplanation(by="head", explanation=number))


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "NU-OBSTRUCTED", "grounds": {"ground": "围堵"}},  # YC-17.5: obstruction is what must be filmed
        {"reason": "NU-WHATEVER"},
        {"grounds": {"place": "法院"}},
        {"grounds": {"place": "法院", "written_rule": "  "}},
        {"basis": " "},
        {"reason": "NU-DEVICE-FAULT", "grounds": {"repair_ticket": "1"}, "camera": "C1"},
    ],
    ids="-".join,
)
def test_what_is_no_reason_here_is_refused_and_writes_nothing(wrong: dict[str, Any]) -> None:
    desk = Desk()
    mission = declare(desk)
    before = desk.state
    with pytest.raises(RefusedError, match="NONUSE_INVALID"):
        explain(desk, mission, **wrong)
    assert desk.state == before


def test_a_broken_camera_is_a_reason_only_while_its_repair_is_open() -> None:
    """Nobody lists it as allowed in Yinchuan; Liangping takes it with the repair ticket."""
    desk = Desk("liangping")
    mission = declare(desk)
    fault: dict[str, Any] = {"reason": "NU-DEVICE-FAULT", "grounds": {"repair_ticket": "1"}, "camera": "C1"}
    with pytest.raises(RefusedError):
        explain(desk, mission, **fault)
    desk.tell(
        acts.ReportFault(
            by="officer-1", camera="C1", noticed=Noticed.OFFICER, noticed_ms=START_MS, description="不能开机"
        )
    )
    explain(desk, mission, **fault)


def test_nobody_reviews_their_own() -> None:
    desk = Desk()
    number = explain(desk, declare(desk), by="head")
    with pytest.raises(RefusedError, match="APPROVAL_SELF"):
        desk.tell(acts.AcceptExplanation(by="head", explanation=number))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.AcceptExplanation(by="officer-2", explanation=number))
    desk.tell(acts.AcceptExplanation(by="chief", explanation=number))


def test_an_explanation_of_a_closed_mission_is_still_reviewed() -> None:
    """Accepted late, it changes the closed mission's row and lets it go again."""
    desk = Desk()
    mission = declare(desk, ended_ms=START_MS)
    first, second = explain(desk, mission), explain(desk, mission)
    desk.tell(acts.AcceptExplanation(by="head", explanation=first))
    desk.tell(acts.CloseMission(by="officer-1", mission=mission, gap=False))
    desk.tell(acts.AcceptExplanation(by="head", explanation=second))
    assert mission not in desk.state.missions
    assert [one.number for one in desk.state.standing(Explanation, "mission", mission)] == [first, second]
