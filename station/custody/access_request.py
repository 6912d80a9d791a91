"""Somebody asks to see or to have recordings: asked, perhaps reviewed, approved or refused, opened, run out, disputed.

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
from station.errors import IllegalStepError


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

    @property
    def live(self) -> bool:
        return self.step in {_S.ASKED, _S.REVIEWED, _S.APPROVED, _S.DISPUTED}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        for recording in self.recordings:
            yield "recording", recording


def advance_access(request: AccessRequest | None, fact: Fact) -> AccessRequest:
    step = ACCESS.next_step(request.step if request else None, fact)
    if request is None:
        body = fact.body
        assert isinstance(body, AccessAsked)  # noqa: S101 - the table admits nothing else from nowhere
        return AccessRequest(fact.n, step, body.route, body.recordings, fact.by, fact.at.utc_ms)
    return replace(_with_said(request, fact), step=step)


def _with_said(request: AccessRequest, fact: Fact) -> AccessRequest:
    """What the fact adds, the step left as it was."""
    match fact.body:
        case AccessReviewed():
            return replace(request, reviewed_by=fact.by)
        case AccessApproved(valid_until_ms=valid_until_ms):
            return replace(request, answered_by=fact.by, answered_ms=fact.at.utc_ms, valid_until_ms=valid_until_ms)
        case AccessRefused() | AccessSettled():
            return replace(request, answered_by=fact.by, answered_ms=fact.at.utc_ms)
        case AccessOpened(recording=recording):
            if recording not in request.recordings:
                raise IllegalStepError(f"fact {fact.n}: request {request.number} never asked for {recording}")
            return replace(request, opened=request.opened + 1)
        case _:
            return request
