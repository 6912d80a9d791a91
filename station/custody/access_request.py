"""Somebody asks to see or to have recordings: asked, perhaps reviewed, approved or refused, opened, run out, disputed.

Recordings are named one by one, or as all that a mission has at the moment of opening.

Every opening is a line of the register. A dispute that ends well for who asked ends in an approval.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
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
from station.custody.machine import Machine
from station.custody.recording import Recording
from station.policy.permits import Act, ActAsked, Policy


class AccessStep(StrEnum):
    ASKED = "asked"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    DISPUTED = "disputed"
    SETTLED = "settled"


_S = AccessStep

ACCESS = Machine[AccessStep](
    {
        (None, AccessAsked): _S.ASKED,
        (_S.ASKED, AccessReviewed): _S.REVIEWED,
        (_S.ASKED, AccessApproved): _S.APPROVED,
        (_S.ASKED, AccessRefused): _S.REFUSED,
        (_S.ASKED, AccessDisputed): _S.DISPUTED,
        (_S.REVIEWED, AccessApproved): _S.APPROVED,
        (_S.REVIEWED, AccessRefused): _S.REFUSED,
        (_S.REVIEWED, AccessDisputed): _S.DISPUTED,
        (_S.APPROVED, AccessOpened): _S.APPROVED,
        (_S.APPROVED, AccessExpired): _S.EXPIRED,
        (_S.REFUSED, AccessDisputed): _S.DISPUTED,
        (_S.DISPUTED, AccessApproved): _S.APPROVED,
        (_S.DISPUTED, AccessSettled): _S.SETTLED,
    }
)


class AccessRequest(Struct, frozen=True):
    number: int
    step: AccessStep
    route: str
    recordings: tuple[int, ...]
    by: str
    asked_ms: int
    reviewed_by: str | None = None
    answered_by: str | None = None
    answered_ms: int | None = None
    valid_until_ms: int | None = None
    opened: int = 0
    """How many times."""
    mission: int | None = None
    """All that it has counts as asked for."""
    reviewed: int | None = None
    """The fact of the review, and the one that answered: their remarks stand beside them."""
    answered: int | None = None

    @property
    def live(self) -> bool:
        return self.step in {_S.ASKED, _S.REVIEWED, _S.APPROVED, _S.DISPUTED}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        for recording in self.recordings:
            yield "recording", recording
        if self.mission is not None:
            yield "mission", self.mission

    def covers(self, recording: Recording) -> bool:
        """As it is placed at this moment: what left the mission is not covered any more."""
        return recording.number in self.recordings or (self.mission is not None and recording.mission == self.mission)


def approved_for(policy: Policy, request: AccessRequest, recording: Recording) -> bool:
    """Named in the approval; or in its mission now, and a matter that whoever approved could decide.

    Another department's clip placed in a mission brings nobody the footage of that department.
    """
    if recording.number in request.recordings:
        return True
    return request.covers(recording) and _could_decide(policy.of_camera(recording.source), request)


def _could_decide(owner: Policy, request: AccessRequest) -> bool:
    by, at_ms = request.answered_by or "", request.answered_ms or 0
    may_be_asked = owner.allows(ActAsked(Act.ASK_ACCESS, request.by, at_ms)).permitted
    return may_be_asked and any(
        owner.allows(ActAsked(act, by, at_ms, request.by, request.reviewed_by or "")).permitted
        for act in (Act[request.route], Act.SETTLE_DISPUTE)
    )


def advance_access(request: AccessRequest | None, fact: Fact) -> AccessRequest:
    step = ACCESS.next_step(request.step if request else None, fact)
    if request is None:
        body = fact.body
        assert isinstance(body, AccessAsked)  # noqa: S101 - the table admits nothing else from nowhere
        number, asked_ms = fact.n, fact.at.utc_ms
        return AccessRequest(number, step, body.route, body.recordings, fact.by, asked_ms, mission=body.mission)
    return replace(_with_said(request, fact), step=step)


def _with_said(request: AccessRequest, fact: Fact) -> AccessRequest:
    """What the fact adds, the step left as it was."""
    match fact.body:
        case AccessReviewed():
            return replace(request, reviewed_by=fact.by, reviewed=fact.n)
        case AccessApproved(valid_until_ms=valid_until_ms):
            return replace(_answered(request, fact), valid_until_ms=valid_until_ms)
        case AccessRefused() | AccessSettled():
            return _answered(request, fact)
        case AccessOpened():
            return replace(request, opened=request.opened + 1)
        case _:
            return request


def _answered(request: AccessRequest, fact: Fact) -> AccessRequest:
    return replace(request, answered_by=fact.by, answered_ms=fact.at.utc_ms, answered=fact.n)
