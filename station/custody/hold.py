"""What may not be purged while it stands: a long-term code, a case, a dispute, a request, or a person's own reason."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_keeping import HoldLifted, HoldPlaced
from station.custody.machine import Machine


class HoldStep(StrEnum):
    PLACED = "placed"
    LIFTED = "lifted"


class HoldKind(StrEnum):
    """Why; as packs name what blocks a purge."""

    LONGTERM = "LONGTERM"
    CASE = "CASE"
    DISPUTE = "DISPUTE"
    REQUEST = "REQUEST"
    HOLD = "HOLD"
    """By hand, for a reason of its own."""


_S = HoldStep

HOLD = Machine[HoldStep](
    {
        (None, HoldPlaced): _S.PLACED,
        (_S.PLACED, HoldLifted): _S.LIFTED,
    }
)


class Hold(Struct, frozen=True):
    number: int
    step: HoldStep
    kind: HoldKind
    reason: str | None
    recordings: tuple[int, ...]
    mission: int | None
    by: str
    placed_ms: int

    @property
    def live(self) -> bool:
        return self.step is HoldStep.PLACED

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        for recording in self.recordings:
            yield "recording", recording
        if self.mission is not None:
            yield "mission", self.mission


def advance_hold(hold: Hold | None, fact: Fact) -> Hold:
    step = HOLD.next_step(hold.step if hold else None, fact)
    if hold is not None:
        return replace(hold, step=step)
    body = fact.body
    assert isinstance(body, HoldPlaced)  # noqa: S101 - the table admits nothing else from nowhere
    return Hold(fact.n, step, HoldKind(body.kind), body.reason, body.recordings, body.mission, fact.by, fact.at.utc_ms)
