"""Somebody wants a hold or a secrecy mark lifted: asked, perhaps reviewed, then lifted or refused by who may."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_keeping import HoldLifted, LiftingAsked, LiftingRefused, LiftingReviewed, SecrecyLifted
from station.custody.machine import Machine
from station.errors import IllegalStepError


class LiftingStep(StrEnum):
    ASKED = "asked"
    REVIEWED = "reviewed"
    DONE = "done"
    REFUSED = "refused"


_S = LiftingStep

LIFTING = Machine[LiftingStep](
    {
        (None, LiftingAsked): _S.ASKED,
        (_S.ASKED, LiftingReviewed): _S.REVIEWED,
        (_S.ASKED, LiftingRefused): _S.REFUSED,
        (_S.ASKED, HoldLifted): _S.DONE,
        (_S.ASKED, SecrecyLifted): _S.DONE,
        (_S.REVIEWED, LiftingRefused): _S.REFUSED,
        (_S.REVIEWED, HoldLifted): _S.DONE,
        (_S.REVIEWED, SecrecyLifted): _S.DONE,
    }
)


class Lifting(Struct, frozen=True):
    number: int
    step: LiftingStep
    on_hold: int | None
    on_secrecy: int | None
    by: str
    asked_ms: int
    reviewed_by: str | None = None

    @property
    def live(self) -> bool:
        return self.step in {_S.ASKED, _S.REVIEWED}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        if self.on_hold is not None:
            yield "on_hold", self.on_hold
        if self.on_secrecy is not None:
            yield "on_secrecy", self.on_secrecy


def advance_lifting(lifting: Lifting | None, fact: Fact) -> Lifting:
    step = LIFTING.next_step(lifting.step if lifting else None, fact)
    if lifting is None:
        body = fact.body
        assert isinstance(body, LiftingAsked)  # noqa: S101 - the table admits nothing else from nowhere
        return Lifting(fact.n, step, body.on_hold, body.on_secrecy, fact.by, fact.at.utc_ms)
    match fact.body:
        case HoldLifted(hold=hold) if hold != lifting.on_hold:
            raise IllegalStepError(f"fact {fact.n}: nobody asked in {lifting.number} to lift hold {hold}")
        case SecrecyLifted(secrecy=secrecy) if secrecy != lifting.on_secrecy:
            raise IllegalStepError(f"fact {fact.n}: nobody asked in {lifting.number} to lift mark {secrecy}")
        case LiftingReviewed():
            return replace(lifting, step=step, reviewed_by=fact.by)
        case _:
            return replace(lifting, step=step)
