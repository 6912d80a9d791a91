"""A mark that keeps recordings, or all of a mission, for named persons: set by whoever saw the need, lifted by role."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_keeping import SecrecyLifted, SecrecyMarked
from station.custody.machine import Machine


class SecrecyStep(StrEnum):
    MARKED = "marked"
    LIFTED = "lifted"


_S = SecrecyStep

SECRECY = Machine[SecrecyStep](
    {
        (None, SecrecyMarked): _S.MARKED,
        (_S.MARKED, SecrecyLifted): _S.LIFTED,
    }
)


class Secrecy(Struct, frozen=True):
    number: int
    step: SecrecyStep
    category: str
    recordings: tuple[int, ...]
    mission: int | None
    by: str
    marked_ms: int

    @property
    def live(self) -> bool:
        return self.step is SecrecyStep.MARKED

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        for recording in self.recordings:
            yield "recording", recording
        if self.mission is not None:
            yield "mission", self.mission


def advance_secrecy(mark: Secrecy | None, fact: Fact) -> Secrecy:
    step = SECRECY.next_step(mark.step if mark else None, fact)
    if mark is not None:
        return replace(mark, step=step)
    body = fact.body
    assert isinstance(body, SecrecyMarked)  # noqa: S101 - the table admits nothing else from nowhere
    return Secrecy(fact.n, step, body.category, body.recordings, body.mission, fact.by, fact.at.utc_ms)
