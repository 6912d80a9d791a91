"""Why there is no footage of a mission, or not all (工作情况说明): written, reviewed, perhaps written again, kept."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_missions import (
    ExplanationAccepted,
    ExplanationKept,
    ExplanationReturned,
    ExplanationRewritten,
    ExplanationWritten,
)
from station.custody.machine import Machine


class ExplanationStep(StrEnum):
    WRITTEN = "written"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    KEPT = "kept"


_S = ExplanationStep

EXPLANATION = Machine[ExplanationStep](
    {
        (None, ExplanationWritten): _S.WRITTEN,
        (_S.WRITTEN, ExplanationReturned): _S.RETURNED,
        (_S.WRITTEN, ExplanationAccepted): _S.ACCEPTED,
        (_S.RETURNED, ExplanationRewritten): _S.WRITTEN,
        (_S.ACCEPTED, ExplanationKept): _S.KEPT,
    }
)


class Explanation(Struct, frozen=True):
    number: int
    step: ExplanationStep
    mission: int
    reason: str
    camera: str | None
    by: str
    """Who wrote it, the last time."""
    written_ms: int
    reviewed_ms: int | None = None
    rewritten: int | None = None
    """The fact that wrote it again last, and the one that reviewed it last: their words stand beside them."""
    reviewed: int | None = None

    @property
    def live(self) -> bool:
        return self.step is not ExplanationStep.KEPT

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        yield "mission", self.mission


def advance_explanation(explanation: Explanation | None, fact: Fact) -> Explanation:
    step = EXPLANATION.next_step(explanation.step if explanation else None, fact)
    if explanation is None:
        body = fact.body
        assert isinstance(body, ExplanationWritten)  # noqa: S101 - the table admits nothing else from nowhere
        return Explanation(fact.n, step, body.mission, body.reason, body.camera, fact.by, fact.at.utc_ms)
    match fact.body:
        case ExplanationRewritten(reason=reason):
            again = replace(explanation, step=step, reason=reason, by=fact.by, written_ms=fact.at.utc_ms)
            return replace(again, rewritten=fact.n)
        case ExplanationReturned() | ExplanationAccepted():
            return replace(explanation, step=step, reviewed_ms=fact.at.utc_ms, reviewed=fact.n)
        case _:
            return replace(explanation, step=step)
