"""One enforcement activity: declared, numbered, ended, closed. It knows how much footage is placed in it, not which."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_missions import (
    ExplanationAccepted,
    MissionClosed,
    MissionDeclared,
    MissionDescribed,
    MissionEnded,
    MissionMarked,
    MissionNumbered,
    MissionReopened,
    RecordingPlaced,
    RecordingWithdrawn,
)
from station.custody.machine import Machine
from station.errors import IllegalStepError
from station.policy.rolls import Rolls


class MissionStep(StrEnum):
    DECLARED = "declared"
    NUMBERED = "numbered"
    ENDED = "ended"
    CLOSED = "closed"


class Mark(StrEnum):
    """What can be noted of a mission."""

    REFUSED = "REFUSED"
    OBSTRUCTED = "OBSTRUCTED"
    DISPUTED = "DISPUTED"
    RIGHTS_TOLD = "RIGHTS_TOLD"
    PARTY_TOLD = "PARTY_TOLD"
    WORN = "WORN"
    MINOR = "MINOR"


_S = MissionStep

MISSION = Machine[MissionStep](
    {
        (None, MissionDeclared): _S.DECLARED,
        (_S.DECLARED, MissionNumbered): _S.NUMBERED,
        (_S.DECLARED, MissionDescribed): _S.DECLARED,
        (_S.DECLARED, MissionMarked): _S.DECLARED,
        (_S.DECLARED, RecordingPlaced): _S.DECLARED,
        (_S.DECLARED, RecordingWithdrawn): _S.DECLARED,
        (_S.DECLARED, ExplanationAccepted): _S.DECLARED,
        (_S.DECLARED, MissionEnded): _S.ENDED,
        (_S.NUMBERED, MissionNumbered): _S.NUMBERED,
        (_S.NUMBERED, MissionDescribed): _S.NUMBERED,
        (_S.NUMBERED, MissionMarked): _S.NUMBERED,
        (_S.NUMBERED, RecordingPlaced): _S.NUMBERED,
        (_S.NUMBERED, RecordingWithdrawn): _S.NUMBERED,
        (_S.NUMBERED, ExplanationAccepted): _S.NUMBERED,
        (_S.NUMBERED, MissionEnded): _S.ENDED,
        (_S.ENDED, MissionNumbered): _S.ENDED,
        (_S.ENDED, MissionDescribed): _S.ENDED,
        (_S.ENDED, MissionMarked): _S.ENDED,
        (_S.ENDED, RecordingPlaced): _S.ENDED,
        (_S.ENDED, RecordingWithdrawn): _S.ENDED,
        (_S.ENDED, ExplanationAccepted): _S.ENDED,
        (_S.ENDED, MissionEnded): _S.ENDED,
        (_S.ENDED, MissionClosed): _S.CLOSED,
        (_S.CLOSED, ExplanationAccepted): _S.CLOSED,
        (_S.CLOSED, MissionReopened): _S.ENDED,
    }
)


class EndSaid(Struct, frozen=True):
    """What somebody said of when a mission ended."""

    by: str
    ended_ms: int
    said_ms: int


class Mission(Struct, frozen=True):
    number: int
    step: MissionStep
    activity: str
    kind: str
    on_site: bool
    emergency: bool
    officers: tuple[str, ...]
    declared_by: str
    declared_ms: int
    declared_under: str
    """The policy pack of that day."""
    started_ms: int
    ended_ms: int | None = None
    ends: tuple[EndSaid, ...] = ()
    """The last word of each who said when it ended; what was said last stands last."""
    numbered: int | None = None
    """The fact that gave its number, if one has."""
    described: tuple[int, ...] = ()
    """The facts that gave cause or party anew: their words stand beside them, and the last one counts."""
    marks: tuple[str, ...] = ()
    recordings: int = 0
    """How many are placed in it."""
    explained: bool = False
    """An explanation of what is missing was accepted."""

    @property
    def live(self) -> bool:
        return self.step is not MissionStep.CLOSED

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        for officer in self.officers:
            yield "officer", officer

    def end_said_by(self, person: str) -> int | None:
        return next((one.ended_ms for one in self.ends if one.by == person), None)

    def spoken_for_by(self, rolls: Rolls) -> str:
        """Whoever declared it says whose matter it is; who left the rolls, the first colleague in it who did not."""
        people = (self.declared_by, *self.officers)
        return next((one for one in people if one in rolls.officers), self.declared_by)


def advance_mission(mission: Mission | None, fact: Fact) -> Mission:
    step = MISSION.next_step(mission.step if mission else None, fact)
    if mission is None:
        return _declared(fact, step)
    return replace(_with_said(mission, fact), step=step)


def _declared(fact: Fact, step: MissionStep) -> Mission:
    body = fact.body
    assert isinstance(body, MissionDeclared)  # noqa: S101 - the table admits nothing else from nowhere
    return Mission(
        number=fact.n,
        step=step,
        activity=body.activity,
        kind=body.kind,
        on_site=body.on_site,
        emergency=body.emergency,
        officers=body.officers,
        declared_by=fact.by,
        declared_ms=fact.at.utc_ms,
        declared_under=fact.policy,
        started_ms=body.started_ms,
    )


def _with_said(mission: Mission, fact: Fact) -> Mission:
    """What the fact adds, the step left as it was."""
    match fact.body:
        case MissionNumbered():
            return replace(mission, numbered=fact.n)
        case MissionDescribed():
            return replace(mission, described=(*mission.described, fact.n))
        case MissionMarked(mark=mark):
            return mission if mark in mission.marks else replace(mission, marks=(*mission.marks, mark))
        case MissionEnded(ended_ms=ended_ms):
            if ended_ms < mission.started_ms:
                raise IllegalStepError(f"fact {fact.n}: mission {mission.number} ends before it starts")
            others = tuple(one for one in mission.ends if one.by != fact.by)
            said = EndSaid(fact.by, ended_ms, fact.at.utc_ms)
            return replace(mission, ended_ms=ended_ms, ends=(*others, said))
        case RecordingPlaced():
            return replace(mission, recordings=mission.recordings + 1)
        case RecordingWithdrawn():
            return replace(mission, recordings=mission.recordings - 1)
        case ExplanationAccepted():
            return replace(mission, explained=True)
        case _:
            return mission
