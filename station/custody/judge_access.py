"""Rules of judging who may see or have footage. Every opening is in the register before anything opens."""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import acts
from station.custody.access_request import AccessRequest, AccessStep, approved_for
from station.custody.facts_of_keeping import (
    AccessApproved,
    AccessAsked,
    AccessDisputed,
    AccessExpired,
    AccessOpened,
    AccessRefused,
    AccessReviewed,
    AccessSettled,
)
from station.custody.judging import Finding, worded
from station.custody.observations import Observation
from station.custody.recording import Recording
from station.errors import IllegalStepError, UnfitObservationError
from station.policy.permits import ROUTES, Act, ActAsked

DIRECT_ROUTES = frozenset({Act.OVERSEE, Act.REVIEW_LEGALLY})
"""Where the pack lets a body see without approval, its asking is enough."""


def _ask(finding: Finding, said: acts.AskAccess) -> None:
    if said.route not in ROUTES or not (said.recordings or said.mission is not None):
        raise UnfitObservationError("a request names a route, and recordings or a mission; choose them, then try again")
    finding.require_authority(Act.ASK_ACCESS, recordings=said.recordings, mission=said.mission)
    purpose = worded(said.purpose, "what it is for")
    finding.require_kept(said.recordings)
    if said.mission is not None:
        finding.require_mission_kept(said.mission)
    until_ms = _direct_until(finding, said)
    if until_ms is None:
        _require_one_answers(finding, said)
    number = finding.state.size
    asked = AccessAsked(route=said.route.name, recordings=said.recordings, mission=said.mission)
    finding.find(f"request:{number}", asked, purpose=purpose, recipient=said.recipient)
    if until_ms is not None:
        finding.find(f"request:{number}", AccessApproved(request=number, valid_until_ms=until_ms))


def _direct_until(finding: Finding, said: acts.AskAccess) -> int | None:
    """How long, where every owner's pack lets this body see its footage by itself; else None."""
    if said.direct_until_ms is None or said.route not in DIRECT_ROUTES:
        return None
    asked = ActAsked(said.route, said.by, finding.at.utc_ms)
    owners = finding.owners_of(said.recordings, said.mission)
    permitted = all(policy.allows(asked).permitted for policy in owners)
    return _until(finding, said.direct_until_ms) if permitted else None


def _require_one_answers(finding: Finding, said: acts.AskAccess) -> None:
    """Nobody may answer for two departments: what was asked of both would wait for ever."""
    first, *others = finding.owners_of(said.recordings, said.mission)
    if any(other != first for other in others):
        raise UnfitObservationError(
            "所选资料属于不同单位，请按单位分别申请 / these belong to several departments; ask for each one's by itself"
        )


def _until(finding: Finding, wanted_ms: int) -> int:
    """No approval outlives what the pack gives one."""
    return min(wanted_ms, finding.at.utc_ms + finding.policy.approval_lasts_ms)


def _review(finding: Finding, said: acts.ReviewAccess) -> None:
    """What could not be asked for any more goes no further: whose it was left the rolls."""
    request = finding.known(AccessRequest, said.request)
    _require_askable(finding, request)
    finding.require_authority(
        Act.REVIEW_ACCESS, requested_by=request.by, recordings=request.recordings, mission=request.mission
    )
    finding.find(f"request:{said.request}", AccessReviewed(request=said.request), remark=said.remark)


def _approve(finding: Finding, said: acts.ApproveAccess) -> None:
    request = _undecided(finding, said.request)
    finding.require_authority(
        Act[request.route],
        requested_by=request.by,
        reviewed_by=request.reviewed_by,
        recordings=request.recordings,
        mission=request.mission,
    )
    approved = AccessApproved(request=said.request, valid_until_ms=_until(finding, said.valid_until_ms))
    finding.find(f"request:{said.request}", approved, remark=said.remark)


def _refuse(finding: Finding, said: acts.RefuseAccess) -> None:
    """A camera may have changed hands since: what needs everybody's yes is over with anybody's no."""
    request = _undecided(finding, said.request)
    asked = ActAsked(Act[request.route], said.by, finding.at.utc_ms, request.by, request.reviewed_by or "")
    verdicts = [owner.allows(asked) for owner in finding.owners_of(request.recordings, request.mission)]
    finding.require(next((one for one in verdicts if one.permitted), verdicts[0]))
    remark = worded(said.remark, "why it is refused")
    finding.find(f"request:{said.request}", AccessRefused(request=said.request), remark=remark)


def _undecided(finding: Finding, number: int) -> AccessRequest:
    request = finding.known(AccessRequest, number)
    if request.step not in {AccessStep.ASKED, AccessStep.REVIEWED}:
        raise IllegalStepError(f"request {number} is {request.step}; it is no longer to be decided this way")
    return request


def _open(finding: Finding, said: acts.OpenAccess) -> None:
    """Only who asked opens, only what was approved, and only while the approval lasts; what is marked, only if named.

    An approval names its recordings and who may see them. A body that sees by right was named to nobody, and neither
    was what a mission only happens to have.
    """
    request = finding.known(AccessRequest, said.request)
    recording = finding.known(Recording, said.recording)
    approved = request.step is AccessStep.APPROVED and request.by == said.by
    if not approved or not approved_for(finding.policy, request, recording) or _run_out(finding, request):
        raise finding.refusal("ACCESS_UNAPPROVED", "access.scope")
    finding.require_kept((said.recording,))
    named = said.recording in request.recordings and request.answered_by != request.by
    if not named and any(finding.state.secrecy_of(recording)):
        raise finding.refusal("SECRET_EXPOSED", "secret.viewers")
    finding.find(f"request:{said.request}", AccessOpened(request=said.request, recording=said.recording))


def _run_out(finding: Finding, request: AccessRequest) -> bool:
    return request.valid_until_ms is not None and finding.at.utc_ms > request.valid_until_ms


def _dispute(finding: Finding, said: acts.DisputeAccess) -> None:
    if finding.known(AccessRequest, said.request).by != said.by:
        raise finding.refusal("NOT_AUTHORISED", "access.scope")
    ground = worded(said.ground, "what is disputed")
    finding.find(f"request:{said.request}", AccessDisputed(request=said.request), ground=ground)
    finding.report(finding.policy.finds("ACCESS_DISPUTE", "access.dispute_body"), f"request:{said.request}")


def _settle(finding: Finding, said: acts.SettleDispute) -> None:
    request = finding.known(AccessRequest, said.request)
    if request.step is not AccessStep.DISPUTED:
        raise IllegalStepError(f"nobody disputes request {said.request}")
    finding.require_authority(Act.SETTLE_DISPUTE, requested_by=request.by)
    if said.valid_until_ms is None:
        finding.find(f"request:{said.request}", AccessSettled(request=said.request), remark=said.remark)
    else:
        _require_askable(finding, request)
        approved = AccessApproved(request=said.request, valid_until_ms=_until(finding, said.valid_until_ms))
        finding.find(f"request:{said.request}", approved, remark=said.remark)


def _require_askable(finding: Finding, request: AccessRequest) -> None:
    """By now: whose footage it is may have left the rolls since."""
    for owner in finding.owners_of(request.recordings, request.mission):
        finding.require(owner.allows(ActAsked(Act.ASK_ACCESS, request.by, finding.at.utc_ms)))


def _timed_out(finding: Finding, said: acts.AccessTimedOut) -> None:
    request = finding.state.access_requests.get(said.request)
    if request is not None and request.step is AccessStep.APPROVED and _run_out(finding, request):
        finding.find(f"request:{said.request}", AccessExpired(request=said.request))


ACCESS_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    acts.AskAccess: _ask,
    acts.ReviewAccess: _review,
    acts.ApproveAccess: _approve,
    acts.RefuseAccess: _refuse,
    acts.OpenAccess: _open,
    acts.DisputeAccess: _dispute,
    acts.SettleDispute: _settle,
    acts.AccessTimedOut: _timed_out,
}
