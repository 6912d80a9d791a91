"""One fault of one camera, from its being noticed to its end. While it is open, the camera is lent to nobody.

A docked camera that stays silent is a fault that the station itself notices: nobody could read it, so footage may be
inside. Where nobody knows which camera it is, the repair is of whatever is in the bay, by the docking.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.fact_shapes import unknown_camera
from station.custody.facts import Fact
from station.custody.facts_of_keeping import (
    CameraRetired,
    RepairBegun,
    RepairFinished,
    RepairOpened,
    UnreadRepairOpened,
)
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
    SILENCE = "SILENCE"
    """The station: it was docked, and said nothing for longer than the pack lets it."""


FOOTAGE_NOT_RULED_OUT = "NOT_RULED_OUT"
"""Whether footage is inside a camera that nobody could read."""

_S = RepairStep

REPAIR = Machine[RepairStep](
    {
        (None, RepairOpened): _S.OPEN,
        (None, UnreadRepairOpened): _S.OPEN,
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
    """Or what we call the docking whose camera nobody knows."""
    noticed: str
    noticed_ms: int
    by: str
    begun_ms: int | None = None
    ended_ms: int | None = None
    docking: int | None = None
    """In which a silent camera was given up: whoever mends it must expect footage inside."""

    @property
    def of_unknown_camera(self) -> bool:
        return self.docking is not None and self.camera == unknown_camera(self.docking)

    @property
    def live(self) -> bool:
        return self.step in {_S.OPEN, _S.BEGUN}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        yield "camera", self.camera


def advance_repair(repair: Repair | None, fact: Fact) -> Repair:
    step = REPAIR.next_step(repair.step if repair else None, fact)
    if repair is None:
        return _opened(fact, step)
    if step is RepairStep.BEGUN:
        return replace(repair, step=step, begun_ms=fact.at.utc_ms)
    return replace(repair, step=step, ended_ms=fact.at.utc_ms)


def _opened(fact: Fact, step: RepairStep) -> Repair:
    body = fact.body
    if isinstance(body, UnreadRepairOpened):
        camera = body.camera or unknown_camera(body.docking)
        return Repair(fact.n, step, camera, body.noticed, body.noticed_ms, fact.by, docking=body.docking)
    assert isinstance(body, RepairOpened)  # noqa: S101 - the table admits nothing else from nowhere
    return Repair(fact.n, step, body.camera, body.noticed, body.noticed_ms, fact.by)
