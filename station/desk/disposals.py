"""A custodian proposes that a camera leaves its department; another hand answers. Custody and the pack decide."""

from collections.abc import Callable
from enum import StrEnum

from station.custody.acts_of_disposal import (
    ApproveDisposal,
    ProposeDisposal,
    RefuseDisposal,
    ReviewDisposal,
    TakeBackCamera,
)
from station.custody.disposal import Disposal, DisposalStep
from station.custody.facts import Fact
from station.custody.judge_disposals import approval_of
from station.custody.observations import PersonsAct
from station.errors import UnfitObservationError
from station.policy.permits import Act, ActAsked, Policy
from station.policy.ratio import RatioAct
from station.policy.rolls import Officer
from station.stamp import Stamp

REVIEWER = "approval.reviewer"
Tell = Callable[[PersonsAct], tuple[Fact, ...]]


class Answer(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    REVIEW = "review"
    TAKE_BACK = "take_back"


_ACTS = {
    Answer.APPROVE: ApproveDisposal,
    Answer.REFUSE: RefuseDisposal,
    Answer.REVIEW: ReviewDisposal,
    Answer.TAKE_BACK: TakeBackCamera,
}


def propose(tell: Tell, by: str, camera: str, act: str, said: tuple[str, str, str]) -> None:
    """`said`: to whom it goes, why, and whom the proposal names, empty where nobody."""
    if act not in set(RatioAct):
        raise UnfitObservationError("请选择处置方式 / choose what is to happen to the camera")
    recipient, ground, approver = said
    tell(
        ProposeDisposal(by=by, camera=camera, act=RatioAct(act), recipient=recipient, ground=ground, approver=approver)
    )


def answer(tell: Tell, by: str, disposal: int, answered: str, remark: str) -> None:
    if answered not in set(Answer):
        raise UnfitObservationError("请选择办理结果 / choose an answer")
    tell(_ACTS[Answer(answered)](by=by, disposal=disposal, remark=remark))


def approvers(policy: Policy, asker: Officer, at: Stamp) -> tuple[Officer, ...]:
    """Whoever could approve something of what this person may propose; each still to be reviewed where that is due."""
    people = (one for one in policy.rolls.officers.values() if one.unit == asker.unit and one.id != asker.id)
    acts = {approval_of(act)[0] for act in RatioAct}
    return tuple(one for one in people if any(_could(policy, act, one, asker.id, at) for act in acts))


def answers_open(policy: Policy, disposal: Disposal, by: str, at: Stamp) -> tuple[Answer, ...]:
    """What this person may answer now, as far as authority goes: the ratio is asked when they do."""
    owner = policy.of_camera(disposal.camera)
    at_ms = at.utc_ms
    proposes = owner.allows(ActAsked(Act.PROPOSE_DISPOSAL, by, at_ms)).permitted
    if disposal.step is DisposalStep.APPROVED:
        return (Answer.TAKE_BACK,) if proposes and not disposal.is_for_good else ()
    if by == disposal.by:
        return (Answer.REFUSE,) if proposes else ()
    act, _ = approval_of(disposal.act)
    asked = ActAsked(act, by, at_ms, requested_by=disposal.by, reviewed_by=disposal.reviewed_by or "")
    verdict = owner.allows(asked)
    named = disposal.approver in {None, by}
    if verdict.permitted:
        return (Answer.APPROVE, Answer.REFUSE) if named else (Answer.REFUSE,)
    reviews = owner.allows(ActAsked(Act.REVIEW_ACCESS, by, at_ms, requested_by=disposal.by)).permitted
    return (Answer.REVIEW,) if reviews and _awaits_review(policy, act, disposal, at) else ()


def _could(policy: Policy, act: Act, who: Officer, asker: str, at: Stamp) -> bool:
    verdict = policy.of_person(asker).allows(ActAsked(act, who.id, at.utc_ms, requested_by=asker))
    return verdict.permitted or verdict.rule == REVIEWER


def _awaits_review(policy: Policy, act: Act, disposal: Disposal, at: Stamp) -> bool:
    """Whether somebody could approve it, had another looked at it first."""
    owner = policy.of_camera(disposal.camera)
    asked = (ActAsked(act, one, at.utc_ms, requested_by=disposal.by) for one in policy.rolls.officers)
    return disposal.step is DisposalStep.PROPOSED and any(owner.allows(one).rule == REVIEWER for one in asked)
