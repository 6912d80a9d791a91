"""Rules of judging what people say about keeping: what must stay, what is secret, what is broken, what was found."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from station.custody import acts
from station.custody.facts_of_keeping import (
    CameraRetired,
    FindingAnswered,
    FindingClosed,
    FindingReviewed,
    HoldLifted,
    HoldPlaced,
    LiftingAsked,
    LiftingRefused,
    LiftingReviewed,
    RepairBegun,
    RepairFinished,
    RepairOpened,
    SecrecyLifted,
    SecrecyMarked,
    UnreadRepairOpened,
)
from station.custody.hold import Hold, HoldKind
from station.custody.judge_access import ACCESS_RULES
from station.custody.judge_disposals import DISPOSAL_RULES
from station.custody.judge_originals import ORIGINAL_RULES
from station.custody.judge_purges import PURGE_RULES
from station.custody.judge_write_offs import WRITE_OFF_RULES
from station.custody.judging import Finding, worded
from station.custody.lifting import Lifting
from station.custody.observations import CameraStaysSilent, Observation
from station.custody.repair import FOOTAGE_NOT_RULED_OUT, Noticed, Repair
from station.custody.reported_finding import ReportedFinding
from station.custody.secrecy import Secrecy
from station.custody.silence import repair_due_in_ms
from station.errors import IllegalStepError, UnfitObservationError
from station.policy.permits import Act


def _place_hold(finding: Finding, said: acts.PlaceHold) -> None:
    longterm = said.kind is HoldKind.LONGTERM
    act = Act.SET_LONGTERM if longterm else Act.PLACE_HOLD
    finding.require_authority(act, recordings=said.recordings, mission=said.mission)
    if longterm is not (said.reason is not None):
        raise UnfitObservationError("long-term keeping has a code, and nothing else has one; set it right")
    _require_meant(finding, said)
    placed = HoldPlaced(kind=said.kind, reason=said.reason, recordings=said.recordings, mission=said.mission)
    finding.find(f"hold:{finding.state.size}", placed, ground=said.ground)


def _require_meant(finding: Finding, said: acts.PlaceHold | acts.MarkSecret) -> None:
    if not said.recordings and said.mission is None:
        raise UnfitObservationError("nothing is named; choose recordings or a mission, then try again")
    finding.require_kept(said.recordings)
    if said.mission is not None:
        finding.require_mission_kept(said.mission)


def _lift_hold(finding: Finding, said: acts.LiftHold) -> None:
    hold = finding.known(Hold, said.hold)
    asked = next(finding.state.standing(Lifting, "on_hold", said.hold), None)
    _require_lifter(finding, _act_lifting(hold), hold, asked)
    ground = worded(said.ground, "why it is lifted")
    lifted = HoldLifted(hold=said.hold, lifting=None if asked is None else asked.number)
    finding.find(f"hold:{said.hold}", lifted, ground=ground)


def _act_lifting(hold: Hold) -> Act:
    return Act.LIFT_LONGTERM if hold.kind is HoldKind.LONGTERM else Act.LIFT_HOLD


def _require_lifter(finding: Finding, act: Act, stands: Hold | Secrecy, asked: Lifting | None) -> None:
    finding.require_authority(
        act,
        requested_by=None if asked is None else asked.by,
        reviewed_by=None if asked is None else asked.reviewed_by,
        recordings=stands.recordings,
        mission=stands.mission,
    )


def _mark_secret(finding: Finding, said: acts.MarkSecret) -> None:
    finding.require_authority(Act.MARK_SECRET, recordings=said.recordings, mission=said.mission)
    _require_meant(finding, said)
    marked = SecrecyMarked(category=said.category, recordings=said.recordings, mission=said.mission)
    finding.find(f"secrecy:{finding.state.size}", marked, ground=said.ground)


def _lift_secrecy(finding: Finding, said: acts.LiftSecrecy) -> None:
    mark = finding.known(Secrecy, said.secrecy)
    asked = next(finding.state.standing(Lifting, "on_secrecy", said.secrecy), None)
    _require_lifter(finding, Act.LIFT_SECRET, mark, asked)
    ground = worded(said.ground, "why it is lifted")
    lifted = SecrecyLifted(secrecy=said.secrecy, lifting=None if asked is None else asked.number)
    finding.find(f"secrecy:{said.secrecy}", lifted, ground=ground)


def _ask_lifting(finding: Finding, said: acts.AskLifting) -> None:
    """Whoever may set it may ask that it be lifted; one such wish at a time."""
    act, stands, asked = _to_be_lifted(finding, said)
    finding.require_authority(act, recordings=stands.recordings, mission=stands.mission)
    if not stands.live:
        raise IllegalStepError(f"{stands.number} is lifted already")
    ground = worded(said.ground, "why it is to be lifted")
    if any(True for _ in asked):
        raise UnfitObservationError("somebody asked already; wait for the answer")
    wish = LiftingAsked(on_hold=said.on_hold, on_secrecy=said.on_secrecy)
    finding.find(f"lifting:{finding.state.size}", wish, ground=ground)


def _to_be_lifted(finding: Finding, said: acts.AskLifting) -> tuple[Act, Hold | Secrecy, Iterator[Lifting]]:
    """Who may ask, for what, and the wishes there are already."""
    match said.on_hold, said.on_secrecy:
        case int(number), None:
            hold = finding.known(Hold, number)
            act = Act.SET_LONGTERM if hold.kind is HoldKind.LONGTERM else Act.PLACE_HOLD
            return act, hold, finding.state.standing(Lifting, "on_hold", number)
        case None, int(number):
            mark = finding.known(Secrecy, number)
            return Act.MARK_SECRET, mark, finding.state.standing(Lifting, "on_secrecy", number)
        case _:
            raise UnfitObservationError("either a hold or a secrecy mark is to be lifted; choose one, then try again")


def _meant(finding: Finding, lifting: Lifting) -> Hold | Secrecy:
    match lifting.on_hold, lifting.on_secrecy:
        case int(number), _:
            return finding.known(Hold, number)
        case _, int(number):
            return finding.known(Secrecy, number)
    raise IllegalStepError(f"nothing was to be lifted in {lifting.number}")


def _review_lifting(finding: Finding, said: acts.ReviewLifting) -> None:
    lifting = finding.known(Lifting, said.lifting)
    stands = _meant(finding, lifting)
    finding.require_authority(
        Act.REVIEW_ACCESS, requested_by=lifting.by, recordings=stands.recordings, mission=stands.mission
    )
    finding.find(f"lifting:{said.lifting}", LiftingReviewed(lifting=said.lifting), remark=said.remark)


def _refuse_lifting(finding: Finding, said: acts.RefuseLifting) -> None:
    lifting = finding.known(Lifting, said.lifting)
    stands = _meant(finding, lifting)
    act = _act_lifting(stands) if isinstance(stands, Hold) else Act.LIFT_SECRET
    _require_lifter(finding, act, stands, lifting)
    remark = worded(said.remark, "why it goes on standing")
    finding.find(f"lifting:{said.lifting}", LiftingRefused(lifting=said.lifting), remark=remark)


def _report_fault(finding: Finding, said: acts.ReportFault) -> None:
    finding.require_authority(Act.REPORT_FAULT)
    description = worded(said.description, "what is wrong with it")
    opened = RepairOpened(camera=said.camera, noticed=said.noticed, noticed_ms=finding.past(said.noticed_ms))
    finding.find(f"repair:{finding.state.size}", opened, description=description)


def _fault_found(finding: Finding, said: acts.FaultFound) -> None:
    """A self-test fails again and again: one open repair is enough."""
    if not finding.state.repair_open(said.camera):
        opened = RepairOpened(camera=said.camera, noticed=Noticed.SELF_TEST, noticed_ms=finding.at.utc_ms)
        finding.find(f"repair:{finding.state.size}", opened, description=said.description)


def _camera_stays_silent(finding: Finding, said: CameraStaysSilent) -> None:
    docking = finding.work_on(said.docking)
    if repair_due_in_ms(finding.state, docking, finding.policy.silent_repair_after_ms, finding.at) == 0:
        opened = UnreadRepairOpened(
            docking=docking.number,
            camera=docking.camera,
            noticed=Noticed.SILENCE,
            noticed_ms=finding.at.utc_ms,
            silent_ms=docking.docked_for_ms(finding.at),
            footage_inside=FOOTAGE_NOT_RULED_OUT,
            rule="docking.silent_repair_hours",
        )
        finding.find(f"repair:{finding.state.size}", opened)


def _require_mender(finding: Finding, number: int) -> str:
    """The camera to be mended, by whoever may mend those of its owner."""
    camera = finding.known(Repair, number).camera
    finding.require_authority(Act.REPAIR, camera=camera)
    return camera


def _begin_repair(finding: Finding, said: acts.BeginRepair) -> None:
    _require_mender(finding, said.repair)
    finding.find(f"repair:{said.repair}", RepairBegun(repair=said.repair))


def _finish_repair(finding: Finding, said: acts.FinishRepair) -> None:
    _require_mender(finding, said.repair)
    finding.find(f"repair:{said.repair}", RepairFinished(repair=said.repair), remark=said.remark)


def _retire_camera(finding: Finding, said: acts.RetireCamera) -> None:
    camera = _require_mender(finding, said.repair)
    if finding.known(Repair, said.repair).of_unknown_camera:
        raise UnfitObservationError("nobody knows which camera this is; finish the repair, and retire it by its name")
    remark = worded(said.remark, "why it is not worth mending")
    retired = CameraRetired(repair=said.repair, camera=camera)
    finding.find(f"repair:{said.repair}", retired, remark=remark)


def _breach_found(finding: Finding, said: acts.BreachFound) -> None:
    finding.report(said.verdict, said.about, officer=said.officer, **dict(said.evidence))


def _answer(finding: Finding, said: acts.AnswerFinding) -> None:
    """Whom it names is heard, whatever the pack says; nobody else speaks for that person."""
    found = finding.known(ReportedFinding, said.finding)
    if found.officer is None:
        finding.require_authority(Act.ANSWER_FINDING)
    elif found.officer != said.by:
        raise finding.refusal("NOT_AUTHORISED", "finding.answer_days")
    answer = worded(said.answer, "the answer")
    finding.find(f"finding:{said.finding}", FindingAnswered(finding=said.finding), answer=answer)


def _review(finding: Finding, said: acts.ReviewFinding) -> None:
    _require_judge(finding, said.finding)
    finding.find(f"finding:{said.finding}", FindingReviewed(finding=said.finding), remark=said.remark)


def _close(finding: Finding, said: acts.CloseFinding) -> None:
    _require_judge(finding, said.finding)
    finding.find(f"finding:{said.finding}", FindingClosed(finding=said.finding), remark=said.remark)


def _require_judge(finding: Finding, number: int) -> None:
    """Whoever looks into it is not whoever it is about."""
    found = finding.known(ReportedFinding, number)
    finding.require_authority(Act.CLOSE_FINDING, requested_by=found.officer or found.answered_by)


KEEPING_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    acts.PlaceHold: _place_hold,
    acts.LiftHold: _lift_hold,
    acts.MarkSecret: _mark_secret,
    acts.LiftSecrecy: _lift_secrecy,
    acts.AskLifting: _ask_lifting,
    acts.ReviewLifting: _review_lifting,
    acts.RefuseLifting: _refuse_lifting,
    acts.ReportFault: _report_fault,
    acts.FaultFound: _fault_found,
    CameraStaysSilent: _camera_stays_silent,
    acts.BeginRepair: _begin_repair,
    acts.FinishRepair: _finish_repair,
    acts.RetireCamera: _retire_camera,
    acts.BreachFound: _breach_found,
    acts.AnswerFinding: _answer,
    acts.ReviewFinding: _review,
    acts.CloseFinding: _close,
    **ACCESS_RULES,
    **PURGE_RULES,
    **ORIGINAL_RULES,
    **WRITE_OFF_RULES,
    **DISPOSAL_RULES,
}
