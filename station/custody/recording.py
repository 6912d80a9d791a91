"""One file from a camera, from the moment we hold it. Nothing without a signed statement can be cleared.

Beside its way to safety stands what people settle: whose it is, and which mission it belongs to. A settled recording
leaves memory; an act about it reads it back from its row first.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import (
    CameraCleared,
    ClearingOrdered,
    CopySealed,
    Fact,
    FactBody,
    ReceiptAccepted,
    RecordingHeld,
    StatementSigned,
)
from station.custody.facts_of_footage import CopyLost, OriginalReleased, RecordingExamined, StatementStamped
from station.custody.facts_of_keeping import FootagePurged
from station.custody.facts_of_missions import RecordingAttributed, RecordingPlaced, RecordingWithdrawn
from station.custody.machine import Machine
from station.errors import IllegalStepError


class RecordingStep(StrEnum):
    HELD = "held"
    STATED = "stated"
    RECEIVED = "received"
    CLEARED = "cleared"
    SETTLED = "settled"
    PURGED = "purged"


_S = RecordingStep
_SIGNED = (_S.STATED, _S.RECEIVED, _S.CLEARED, _S.SETTLED)
_KEPT = tuple(step for step in RecordingStep if step is not RecordingStep.PURGED)
_BY_PEOPLE: tuple[type[FactBody], ...] = (RecordingAttributed, RecordingPlaced, RecordingWithdrawn)

RECORDING = Machine[RecordingStep](
    {
        (None, RecordingHeld): _S.HELD,
        (_S.HELD, RecordingExamined): _S.HELD,
        (_S.HELD, StatementSigned): _S.STATED,
        (_S.STATED, CopySealed): _S.STATED,
        (_S.STATED, ReceiptAccepted): _S.RECEIVED,
        (_S.STATED, ClearingOrdered): _S.STATED,
        (_S.STATED, CameraCleared): _S.CLEARED,
        (_S.RECEIVED, CopySealed): _S.RECEIVED,
        (_S.RECEIVED, ClearingOrdered): _S.RECEIVED,
        (_S.RECEIVED, CameraCleared): _S.SETTLED,
        (_S.CLEARED, CopySealed): _S.CLEARED,
        (_S.CLEARED, ReceiptAccepted): _S.SETTLED,
        (_S.SETTLED, CopySealed): _S.SETTLED,
        (_S.SETTLED, OriginalReleased): _S.SETTLED,
        (_S.CLEARED, FootagePurged): _S.PURGED,
        (_S.SETTLED, FootagePurged): _S.PURGED,
        **{(step, settled): step for step in _KEPT for settled in _BY_PEOPLE},
        **{(step, said): step for step in _SIGNED for said in (StatementStamped, CopyLost)},
    }
)

ON_CAMERA = frozenset({_S.HELD, _S.STATED, _S.RECEIVED})
"""Steps in which the camera still has the recording, as far as we know."""


class Recording(Struct, frozen=True):
    number: int
    step: RecordingStep
    docking: int
    source: str
    listing: str
    size_bytes: int
    sha256: str
    loan: int | None
    unattributed: str | None
    held_ms: int | None = None
    """When we had it, by a clock that knew the time: never earlier than it came, and None until one did."""
    held_under: str = ""
    """The policy pack of that day."""
    earliest_ms: int | None = None
    """Filming began no earlier, by the camera's clock corrected; None where the clock says nothing."""
    latest_ms: int | None = None
    stated: int | None = None
    received: int | None = None
    copies: tuple[tuple[str, int], ...] = ()
    """Second sealed copies: (disk, number of the fact)."""
    mission: int | None = None
    attributed: int | None = None
    """The fact with which a person settled whose it is; it stands over what the clocks said."""
    attributed_loan: int | None = None
    quarantined: bool = False
    """It came of a camera that is not ours; derived from its docking."""
    released: int | None = None
    """The fact since which the station's own original need not be here any more."""
    stamped: int | None = None
    """The fact that an authority stamped our signature."""
    spoiled: tuple[str, ...] = ()
    """Disks whose copy proves nothing any more; what is left of it still lies there."""

    @property
    def live(self) -> bool:
        return self.step not in {RecordingStep.SETTLED, RecordingStep.PURGED}

    @property
    def credited_loan(self) -> int | None:
        """In whose loan it counts as made: as a person settled it, else as the clocks said."""
        return self.loan if self.attributed is None else self.attributed_loan

    @property
    def disks(self) -> frozenset[str]:
        """All of the unit's disks that something of it lies on, whether that proves anything or not."""
        return frozenset({*(disk for disk, _ in self.copies), *self.spoiled})

    @property
    def proofs(self) -> tuple[int, ...]:
        """The facts that each prove one verified copy: ours, the registry's, and one for each further disk."""
        own = (self.stated if self.released is None else None, self.received)
        return (*(n for n in own if n is not None), *(n for _, n in self.copies))


def advance_recording(recording: Recording | None, fact: Fact) -> Recording:
    step = RECORDING.next_step(recording.step if recording else None, fact)
    if recording is None:
        return _held(fact, step)
    after = replace(_with_said(recording, fact), step=step)
    return after if after.held_ms is not None else replace(after, held_ms=_sure_ms(fact))


def _held(fact: Fact, step: RecordingStep) -> Recording:
    body = fact.body
    assert isinstance(body, RecordingHeld)  # noqa: S101 - the table admits nothing else from nowhere
    return Recording(
        fact.n,
        step,
        body.docking,
        body.source,
        body.listing,
        body.size_bytes,
        body.sha256,
        body.loan,
        body.unattributed,
        _sure_ms(fact),
        fact.policy,
    )


def _sure_ms(fact: Fact) -> int | None:
    return fact.at.utc_ms if fact.at.synchronised else None


def _with_said(recording: Recording, fact: Fact) -> Recording:
    """What the fact adds, the step left as it was."""
    match fact.body:
        case StatementSigned():
            return replace(recording, stated=fact.n)
        case ReceiptAccepted():
            return replace(recording, received=fact.n)
        case StatementStamped():
            _require(recording.stamped is None, fact, "was stamped before")
            return replace(recording, stamped=fact.n)
        case CopySealed(disk=disk):
            if any(disk == known for known, _ in recording.copies):
                raise IllegalStepError(f"fact {fact.n}: {disk} holds a copy of recording {recording.number} already")
            spoiled = tuple(one for one in recording.spoiled if one != disk)
            return replace(recording, copies=(*recording.copies, (disk, fact.n)), spoiled=spoiled)
        case CopyLost(disk=disk):
            left = tuple(copy for copy in recording.copies if copy[0] != disk)
            _require(left != recording.copies, fact, f"has no copy on {disk}")
            return replace(recording, copies=left, spoiled=(*recording.spoiled, disk))
        case OriginalReleased():
            _require(recording.released is None, fact, "was released before")
            return replace(recording, released=fact.n)
        case _:
            return _with_settled(recording, fact)


def _with_settled(recording: Recording, fact: Fact) -> Recording:
    """What people settle, and what it takes that the bytes go."""
    match fact.body:
        case ClearingOrdered(proofs=proofs):
            _check_citation(recording, fact, next(p.copies for p in proofs if p.recording == recording.number))
            return recording
        case RecordingAttributed(loan=loan):
            return replace(recording, attributed=fact.n, attributed_loan=loan)
        case RecordingPlaced(mission=mission):
            _require(recording.mission is None, fact, f"is in mission {recording.mission} already")
            return replace(recording, mission=mission)
        case RecordingWithdrawn(mission=mission):
            _require(recording.mission == mission, fact, f"is not in mission {mission}")
            return replace(recording, mission=None)
        case FootagePurged(deleted=deleted):
            named = next(one.sha256 for one in deleted if one.recording == recording.number)
            _require(named == recording.sha256, fact, f"is not the file {named} that was deleted")
            return recording
        case _:
            return recording


def _require(holds: bool, fact: Fact, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise IllegalStepError(f"fact {fact.n}: {fact.subject} {otherwise}")


def _check_citation(recording: Recording, fact: Fact, cited: tuple[int, ...]) -> None:
    """Whatever policy asked for, an order may cite only proofs that are there, each once."""
    if not cited or len(set(cited)) != len(cited) or not set(cited) <= set(recording.proofs):
        raise IllegalStepError(f"fact {fact.n}: orders recording {recording.number} cleared on proofs it does not have")
