"""A camera leaves its department: proposed, perhaps reviewed, then approved or refused by another hand.

One that was given up in repair is retired by that, and nobody is asked again: it did not work.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_disposals import (
    CameraDisposalApproved,
    CameraDisposalProposed,
    CameraDisposalRefused,
    CameraDisposalReviewed,
    CameraTakenBack,
)
from station.custody.facts_of_keeping import CameraRetired
from station.custody.machine import Machine
from station.policy.ratio import RatioAct


class DisposalStep(StrEnum):
    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


_S = DisposalStep

DISPOSAL = Machine[DisposalStep](
    {
        (None, CameraDisposalProposed): _S.PROPOSED,
        (None, CameraRetired): _S.APPROVED,
        (_S.PROPOSED, CameraDisposalReviewed): _S.REVIEWED,
        (_S.PROPOSED, CameraDisposalApproved): _S.APPROVED,
        (_S.PROPOSED, CameraDisposalRefused): _S.REFUSED,
        (_S.REVIEWED, CameraDisposalApproved): _S.APPROVED,
        (_S.REVIEWED, CameraDisposalRefused): _S.REFUSED,
        (_S.APPROVED, CameraTakenBack): _S.TAKEN_BACK,
    }
)


class Disposal(Struct, frozen=True):
    number: int
    step: DisposalStep
    camera: str
    act: str
    by: str
    proposed_ms: int
    approver: str | None = None
    """Whom the proposal names."""
    reviewed_by: str | None = None
    answered_by: str | None = None
    answered_ms: int | None = None

    @property
    def live(self) -> bool:
        """What is gone is never forgotten: it must not be lent."""
        return self.step in {_S.PROPOSED, _S.REVIEWED, _S.APPROVED}

    @property
    def is_for_good(self) -> bool:
        return self.act == RatioAct.RETIRE

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        yield "camera", self.camera


def advance_disposal(disposal: Disposal | None, fact: Fact) -> Disposal:
    step = DISPOSAL.next_step(disposal.step if disposal else None, fact)
    if disposal is None:
        return _begun(fact, step)
    match fact.body:
        case CameraDisposalReviewed():
            return replace(disposal, step=step, reviewed_by=fact.by)
        case CameraDisposalApproved() | CameraDisposalRefused():
            return replace(disposal, step=step, answered_by=fact.by, answered_ms=fact.at.utc_ms)
        case _:
            return replace(disposal, step=step)


def _begun(fact: Fact, step: DisposalStep) -> Disposal:
    match fact.body:
        case CameraDisposalProposed(camera=camera, act=act, approver=approver):
            return Disposal(fact.n, step, camera, act, fact.by, fact.at.utc_ms, approver)
        case body:
            assert isinstance(body, CameraRetired)  # noqa: S101 - the table admits nothing else from nowhere
            at_ms = fact.at.utc_ms
            return Disposal(
                fact.n, step, body.camera, RatioAct.RETIRE, fact.by, at_ms, answered_by=fact.by, answered_ms=at_ms
            )
