"""One fault of one camera, from its being noticed to its end. While it is open, the camera is lent to nobody."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_keeping import CameraRetired, RepairBegun, RepairFinished, RepairOpened
from station.custody.machine import Machine


class RepairStep(StrEnum):
    OPEN = "open"
    BEGUN = "begun"
    FINISHED = "finished"
    RETIRED = "retired"


class Noticed(StrEnum):
    """Who noticed the fault."""

    OFFICER = "OFFICER"
    TECHNICIAN = "TECHNICIAN"
    SELF_TEST = "SELF_TEST"


_S = RepairStep

REPAIR = Machine[RepairStep](
    {
        (None, RepairOpened): _S.OPEN,
        (_S.OPEN, RepairBegun): _S.BEGUN,
        (_S.OPEN, RepairFinished): _S.FINISHED,
        (_S.OPEN, CameraRetired): _S.RETIRED,
        (_S.BEGUN, RepairFinished): _S.FINISHED,
        (_S.BEGUN, CameraRetired): _S.RETIRED,
    }
)


class Repair(Struct, frozen=True):
    number: int
    step: RepairStep
    camera: str
    noticed: str
    noticed_ms: int
    by: str
    begun_ms: int | None = None
    ended_ms: int | None = None

    @property
    def live(self) -> bool:
        return self.step in {_S.OPEN, _S.BEGUN}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        yield "camera", self.camera


def advance_repair(repair: Repair | None, fact: Fact) -> Repair:
    step = REPAIR.next_step(repair.step if repair else None, fact)
    if repair is None:
        body = fact.body
        assert isinstance(body, RepairOpened)  # noqa: S101 - the table admits nothing else from nowhere
        return Repair(fact.n, step, body.camera, body.noticed, body.noticed_ms, fact.by)
    if step is RepairStep.BEGUN:
        return replace(repair, step=step, begun_ms=fact.at.utc_ms)
    return replace(repair, step=step, ended_ms=fact.at.utc_ms)
