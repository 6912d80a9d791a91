"""Rules of judging that a camera leaves its department: by two hands, and never below the ratio unseen.

The ratio is asked anew when it is approved: cameras break while a proposal waits. What left is still read and docks
as ever; only lending ends.
"""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody.acts_of_disposal import (
    ApproveDisposal,
    ProposeDisposal,
    RefuseDisposal,
    ReviewDisposal,
    TakeBackCamera,
)
from station.custody.camera import CameraStep
from station.custody.disposal import Disposal
from station.custody.docking import DockingStep
from station.custody.facts_of_disposals import (
    CameraDisposalApproved,
    CameraDisposalProposed,
    CameraDisposalRefused,
    CameraDisposalReviewed,
    CameraTakenBack,
)
from station.custody.judging import Finding, worded
from station.custody.known_cameras import known_cameras
from station.custody.observations import Observation
from station.errors import UnfitObservationError
from station.policy.permits import Act, ActAsked, DisposalAnswer, DisposalAsked
from station.policy.ratio import RatioAct

_APPROVED_BY = {RatioAct.LEND_OUTSIDE: (Act.LEND_OUTSIDE, "device.lend_outside")}
_ELSE_BY = (Act.APPROVE_DISPOSAL, "ratio.guarded_acts")
_REVIEWED_FIRST = "approval.reviewer"


def approval_of(act: str) -> tuple[Act, str]:
    """The authority that approves it, and the parameter it belongs to."""
    return _APPROVED_BY.get(RatioAct(act), _ELSE_BY)


def _propose(finding: Finding, said: ProposeDisposal) -> None:
    finding.require_authority(Act.PROPOSE_DISPOSAL, camera=said.camera)
    if any(True for _ in finding.state.standing(Disposal, "camera", said.camera)):
        raise UnfitObservationError(
            "该机已有处置申请或已离开本部门 / this camera is proposed already, or has left; see the list"
        )
    finding.require(_answered(finding, said.camera, said.act, said.approver, said.ground).refusal)
    ground = worded(said.ground, "理由 / why it is to leave")
    if said.approver:
        _require_able(finding, said)
    proposed = CameraDisposalProposed(camera=said.camera, act=said.act, approver=said.approver or None)
    finding.find(f"disposal:{finding.state.size}", proposed, ground=ground, recipient=said.recipient)


def _require_able(finding: Finding, said: ProposeDisposal) -> None:
    """Whom it names could approve it, once everybody has looked at it who must."""
    act, _ = approval_of(said.act)
    asked = ActAsked(act, said.approver, finding.at.utc_ms, requested_by=said.by)
    verdict = finding.policy.of_camera(said.camera).allows(asked)
    if verdict.rule != _REVIEWED_FIRST:
        finding.require(verdict)


def _review(finding: Finding, said: ReviewDisposal) -> None:
    disposal = finding.known(Disposal, said.disposal)
    finding.require_authority(Act.REVIEW_ACCESS, requested_by=disposal.by, camera=disposal.camera)
    finding.find(f"disposal:{said.disposal}", CameraDisposalReviewed(disposal=said.disposal), remark=said.remark)


def _refuse(finding: Finding, said: RefuseDisposal) -> None:
    """Whoever may approve may refuse; whoever proposed may think better of it."""
    disposal = finding.known(Disposal, said.disposal)
    if said.by == disposal.by:
        finding.require_authority(Act.PROPOSE_DISPOSAL, camera=disposal.camera)
    else:
        _require_approver(finding, disposal)
    finding.find(f"disposal:{said.disposal}", CameraDisposalRefused(disposal=said.disposal), remark=said.remark)


def _approve(finding: Finding, said: ApproveDisposal) -> None:
    """By whom the proposal names, where it names somebody."""
    disposal = finding.known(Disposal, said.disposal)
    _require_approver(finding, disposal)
    _, rule = approval_of(disposal.act)
    if disposal.approver not in {None, said.by}:
        raise finding.refusal("NOT_AUTHORISED", rule)
    answer = _answered(finding, disposal.camera, disposal.act, said.by, said.remark)
    finding.require(answer.refusal)
    _require_brought_back(finding, disposal.camera)
    basis = finding.policy.of_camera(disposal.camera).finds("NOT_AUTHORISED", rule)
    approved = CameraDisposalApproved(disposal=said.disposal, articles=basis.articles, rule=basis.rule)
    finding.find(f"disposal:{said.disposal}", approved, remark=said.remark)
    for one in answer.reports:
        finding.report(one.verdict, f"disposal:{said.disposal}", officer="", **dict(one.evidence))


def _take_back(finding: Finding, said: TakeBackCamera) -> None:
    disposal = finding.known(Disposal, said.disposal)
    finding.require_authority(Act.PROPOSE_DISPOSAL, camera=disposal.camera)
    if disposal.is_for_good:
        raise UnfitObservationError("已报废的设备不能收回 / a retired camera is not taken back; enrol another one")
    finding.find(f"disposal:{said.disposal}", CameraTakenBack(disposal=said.disposal), remark=said.remark)


def _require_approver(finding: Finding, disposal: Disposal) -> None:
    act, _ = approval_of(disposal.act)
    finding.require_authority(act, requested_by=disposal.by, reviewed_by=disposal.reviewed_by, camera=disposal.camera)


def _answered(finding: Finding, camera: str, act: str, approver: str, reason: str) -> DisposalAnswer:
    """What the ratio of the owner says of it now."""
    known = known_cameras(finding.state, finding.at)
    asked = DisposalAsked(act, camera, finding.at.utc_ms, known, approver, reason)
    return finding.policy.of_camera(camera).disposes(asked)


def _require_brought_back(finding: Finding, camera: str) -> None:
    """Nobody is left with a camera in hand that is not theirs to have any more."""
    known = finding.state.cameras.get(camera)
    if known is None:
        return
    docking = None if known.docking is None else finding.state.dockings.get(known.docking)
    if known.step is CameraStep.LENT or known.loan is not None:
        raise UnfitObservationError("该机已领用，请交还后再批准 / it is lent; approve when it is brought back")
    if docking is not None and docking.step is DockingStep.OFFERED:
        raise UnfitObservationError("该机正待领取，请稍后再批准 / it is being offered; approve a moment later")


DISPOSAL_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    ProposeDisposal: _propose,
    ReviewDisposal: _review,
    RefuseDisposal: _refuse,
    ApproveDisposal: _approve,
    TakeBackCamera: _take_back,
}
