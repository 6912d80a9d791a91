"""Rules of judging what people do at the dock beside asking for a camera.

Bringing one back is refused for no reason: not for whose it is, and not for what may be said of whoever brings it.
What is entered from paper is a custodian's word about somebody else, and never looks like what a bay saw.
"""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan, EnterReturn, HandoverFallsDue, ReportBadgeLost
from station.custody.camera import Camera, CameraStep
from station.custody.facts_of_the_desk import BadgeLost, HandoverFellDue, HandoverSigned, LoanByHand, ReturnByHand
from station.custody.handing_over import owed, span_of, unsigned_until
from station.custody.judge_silent import bind_by_badge, tell_of_another
from station.custody.judging import Finding, worded
from station.custody.loan import Loan, LoanStep
from station.custody.unsigned import unsigned_span
from station.errors import IllegalStepError, UnfitObservationError
from station.policy.permits import Act

_PAPER = "纸质凭条编号 / the number of the paper slip"


def _handed_over(finding: Finding, said: seen.HandedOver) -> None:
    """The first who signs has signed; said again, it is one hand-over."""
    docking = finding.work_on(said.docking)
    if docking.handover is not None:
        return
    docking = bind_by_badge(finding, docking, said.by)
    span = unsigned_span(finding.state, docking)
    signed = HandoverSigned(
        docking=docking.number, camera=docking.camera, officer=said.by, loan=None if span is None else span.loan
    )
    finding.find(f"docking:{docking.number}", signed)
    if docking.camera is not None and span is not None:
        tell_of_another(finding, docking.camera, span.officer, said.by)


def _enter_loan(finding: Finding, said: EnterLoan) -> None:
    finding.require_authority(Act.ENTER_BY_HAND, requested_by=said.officer, camera=said.camera)
    paper = worded(said.paper, _PAPER)
    camera = finding.state.cameras.get(said.camera)
    if camera is None:
        raise UnfitObservationError("本站没有见过这台 / this station never saw that camera; look at its number")
    _require_in_order(finding, finding.past(said.taken_ms), said.returned_ms)
    _require_free(camera, said)
    number = finding.state.size
    entered = LoanByHand(camera=said.camera, officer=said.officer, taken_ms=said.taken_ms, returned_ms=said.returned_ms)
    finding.find(f"loan:{number}", entered, paper=paper)
    if said.returned_ms is not None:
        back = ReturnByHand(loan=number, camera=None, returned_ms=said.returned_ms)
        finding.find(f"loan:{number}", back, paper=paper)


def _require_in_order(finding: Finding, taken_ms: int, returned_ms: int | None) -> None:
    if returned_ms is not None and finding.past(returned_ms) < taken_ms:
        raise UnfitObservationError("交还早于领用 / it came back before it was taken; set the times right")


def _require_free(camera: Camera, said: EnterLoan) -> None:
    """Nobody else had it then; and what is out on paper alone lies in no bay and is lent to nobody."""
    if said.returned_ms is None and (camera.step is not CameraStep.MISSING or camera.loan is not None):
        raise UnfitObservationError(
            "该机在仓或已领用，请一并填写交还时间 / it is docked or lent; enter when it came back too"
        )
    for span in camera.spans:
        begins_before = span.ended_ms is None or said.taken_ms < span.ended_ms
        ends_after = said.returned_ms is None or said.returned_ms > span.started_ms
        if begins_before and ends_after:
            raise UnfitObservationError("当时另有领用记录 / another loan had it then; look at the times")


def _enter_return(finding: Finding, said: EnterReturn) -> None:
    loan = finding.known(Loan, said.loan)
    finding.require_authority(Act.ENTER_BY_HAND, requested_by=loan.officer, camera=loan.camera)
    paper = worded(said.paper, _PAPER)
    if loan.started_ms is None:
        raise IllegalStepError(f"loan {loan.number} never began")
    _require_in_order(finding, loan.started_ms, said.returned_ms)
    still_out = loan.camera if loan.step is LoanStep.OPEN else None
    back = ReturnByHand(loan=loan.number, camera=still_out, returned_ms=said.returned_ms)
    finding.find(f"loan:{loan.number}", back, paper=paper)


def _falls_due(finding: Finding, said: HandoverFallsDue) -> None:
    """Written once for each loan, signed since or not; in time by paper accuses nobody."""
    loan = finding.known(Loan, said.loan)
    camera = finding.state.cameras.get(loan.camera)
    span = None if camera is None else span_of(camera, loan.number)
    if camera is None or span is None or not finding.at.synchronised:
        return
    policy, asked = finding.policy.of_camera(camera.id), owed(finding.state, finding.policy, camera, span, loan)
    due_ms = policy.handover_due_ms(asked)
    if due_ms is None or unsigned_until(span, finding.at) <= due_ms:
        return
    fell_due = HandoverFellDue(camera=camera.id, loan=loan.number, due_ms=due_ms)
    finding.find(f"loan:{loan.number}", fell_due)
    for one in policy.handed_over(asked, finding.at.utc_ms):
        evidence = {name: value for name, value in one.evidence if name != "footage"}
        finding.report(one.verdict, asked.loan, officer=one.about, **evidence)


def _badge_lost(finding: Finding, said: ReportBadgeLost) -> None:
    finding.require_authority(Act.CONFIRM_LOST_BADGE, requested_by=said.officer)
    if said.badge not in finding.state.lost_badges:
        finding.find(f"badge:{said.badge}", BadgeLost(badge=said.badge, officer=said.officer))


DESK_RULES: Mapping[type[seen.Observation], Callable[[Finding, Any], None]] = {
    seen.HandedOver: _handed_over,
    EnterLoan: _enter_loan,
    EnterReturn: _enter_return,
    ReportBadgeLost: _badge_lost,
    HandoverFallsDue: _falls_due,
}
