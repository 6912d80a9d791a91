"""Recordings are deleted for good: proposed, approved by another hand, begun, and then gone from the store.

Begun is a step of its own because a disk and a journal cannot change in one moment: from there on nothing can hold
what is being deleted, and the work is repeated until the store says that it is gone.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_keeping import (
    FootagePurged,
    PurgeApproved,
    PurgeBegun,
    PurgeProposed,
    PurgeRefused,
    PurgeReviewed,
)
from station.custody.machine import Machine
from station.errors import IllegalStepError


class PurgeStep(StrEnum):
    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    BEGUN = "begun"
    CARRIED_OUT = "carried_out"


_S = PurgeStep

PURGE = Machine[PurgeStep](
    {
        (None, PurgeProposed): _S.PROPOSED,
        (_S.PROPOSED, PurgeReviewed): _S.REVIEWED,
        (_S.PROPOSED, PurgeApproved): _S.APPROVED,
        (_S.PROPOSED, PurgeRefused): _S.REFUSED,
        (_S.REVIEWED, PurgeApproved): _S.APPROVED,
        (_S.REVIEWED, PurgeRefused): _S.REFUSED,
        (_S.APPROVED, PurgeRefused): _S.REFUSED,
        (_S.APPROVED, PurgeBegun): _S.BEGUN,
        (_S.BEGUN, FootagePurged): _S.CARRIED_OUT,
    }
)


class Purge(Struct, frozen=True):
    number: int
    step: PurgeStep
    recordings: tuple[int, ...]
    by: str
    proposed_ms: int
    archived_ms: int | None = None
    reviewed_by: str | None = None
    answered_by: str | None = None

    @property
    def live(self) -> bool:
        return self.step in {_S.PROPOSED, _S.REVIEWED, _S.APPROVED, _S.BEGUN}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        for recording in self.recordings:
            yield "recording", recording


def advance_purge(purge: Purge | None, fact: Fact) -> Purge:
    step = PURGE.next_step(purge.step if purge else None, fact)
    if purge is None:
        body = fact.body
        assert isinstance(body, PurgeProposed)  # noqa: S101 - the table admits nothing else from nowhere
        return Purge(fact.n, step, body.recordings, fact.by, fact.at.utc_ms, body.archived_ms)
    match fact.body:
        case PurgeReviewed():
            return replace(purge, step=step, reviewed_by=fact.by)
        case PurgeApproved() | PurgeRefused():
            return replace(purge, step=step, answered_by=fact.by)
        case FootagePurged(deleted=deleted):
            if {one.recording for one in deleted} != set(purge.recordings):
                raise IllegalStepError(f"fact {fact.n}: purge {purge.number} was to delete {purge.recordings}")
            return replace(purge, step=step)
        case _:
            return replace(purge, step=step)
