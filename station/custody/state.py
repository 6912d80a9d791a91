"""Everything custody knows, folded from facts. `apply` is the only way it changes; an illegal fact changes nothing."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from station.custody.camera import CAMERA, Camera, advance_camera
from station.custody.docking import DOCKING, Docking, advance_docking
from station.custody.facts import (
    CameraCleared,
    ClearingOrdered,
    CopySealed,
    Fact,
    JournalOpened,
    ReceiptAccepted,
    RecordingHeld,
    StatementSigned,
)
from station.custody.loan import LOAN, Loan, advance_loan
from station.custody.recording import (
    ON_CAMERA,
    Recording,
    RecordingStep,
    advance_recording,
)
from station.errors import IllegalStepError

Subject = Docking | Recording | Loan | Camera
SubjectKey = tuple[type[Subject], int | str]
Key = TypeVar("Key")


class State(Struct, frozen=True):
    """The subjects that can still change, and how many facts made them.

    `on_camera` (source → listing → recording) and `by_step` follow from `recordings`; they are kept so that no
    question costs more than its answer.
    """

    size: int = 0
    dockings: Map[int, Docking] = field(default_factory=Map)
    recordings: Map[int, Recording] = field(default_factory=Map)
    loans: Map[int, Loan] = field(default_factory=Map)
    cameras: Map[str, Camera] = field(default_factory=Map)
    on_camera: Map[str, Map[str, int]] = field(default_factory=Map)
    by_step: Map[RecordingStep, Map[int, None]] = field(default_factory=Map)

    def docking_in(self, bay: str) -> Docking | None:
        """The live docking in a bay; few enough to look through."""
        return next((docking for docking in self.dockings.values() if docking.bay == bay), None)

    def on_source(self, source: str) -> Iterator[Recording]:
        """What a camera still has, as far as we know."""
        for number in self.on_camera.get(source, Map()).values():
            yield self.recordings[number]

    def loans_of(self, officer: str) -> int:
        """What is offered to an officer counts like what was taken: two bays must not open for one asking twice."""
        return sum(loan.officer == officer for loan in self.loans.values())

    def holding(self, subjects: Iterable[Subject], size: int) -> "State":
        """The same state with these subjects as they are now; the ended ones are let go."""
        state = replace(self, size=size)
        for subject in subjects:
            state = _holding_one(state, subject)
        return state


def key(subject: Subject) -> SubjectKey:
    return type(subject), subject.id if isinstance(subject, Camera) else subject.number


def changes(state: State, fact: Fact) -> tuple[Subject, ...]:
    """Each subject the fact changes, as it is after it."""
    if fact.n != state.size:
        raise IllegalStepError(f"fact {fact.n} does not follow fact {state.size - 1}")
    if isinstance(fact.body, JournalOpened) is not (fact.n == 0):
        raise IllegalStepError(f"fact {fact.n}: a journal opens with its first fact and with no other")
    if isinstance(fact.body, RecordingHeld):
        _check_not_held(state, fact, fact.body)
    stepped = list(_steps(state, fact))
    if isinstance(fact.body, ClearingOrdered):
        _check_same_source(fact, [after for _, after in stepped])
    return tuple(after for before, after in stepped if after != before)


def _steps(state: State, fact: Fact) -> Iterator[tuple[Subject | None, Subject]]:
    """Each subject the fact is about, before it and after it."""
    kind, body = type(fact.body), fact.body
    if kind in DOCKING.kinds:
        n = fact.n if kind in DOCKING.beginnings else body.docking  # type: ignore[attr-defined]
        docking = state.dockings.get(n)
        yield docking, advance_docking(docking, fact)
    for n in _recordings_named(fact):
        recording = state.recordings.get(n)
        yield recording, advance_recording(recording, fact)
    if kind in LOAN.kinds:
        n = fact.n if kind in LOAN.beginnings else body.loan  # type: ignore[attr-defined]
        loan = state.loans.get(n)
        yield loan, advance_loan(loan, fact)
    if kind in CAMERA.kinds and (named := body.camera) is not None:  # type: ignore[attr-defined]
        camera = state.cameras.get(named)
        yield camera, advance_camera(camera, fact, named)


def apply(state: State, fact: Fact) -> State:
    return state.holding(changes(state, fact), fact.n + 1)


def _recordings_named(fact: Fact) -> tuple[int, ...]:
    match fact.body:
        case ClearingOrdered(proofs=proofs):
            return tuple(proof.recording for proof in proofs)
        case CameraCleared(recordings=recordings):
            return recordings
        case RecordingHeld():
            return (fact.n,)
        case (
            StatementSigned(recording=recording)
            | CopySealed(recording=recording)
            | ReceiptAccepted(recording=recording)
        ):
            return (recording,)
        case _:
            return ()


def _check_not_held(state: State, fact: Fact, held: RecordingHeld) -> None:
    if held.listing in state.on_camera.get(held.source, Map()):
        raise IllegalStepError(f"fact {fact.n}: {held.listing} of {held.source} is held already")


def _check_same_source(fact: Fact, changed: Iterable[Subject]) -> None:
    sources = {subject.source for subject in changed if isinstance(subject, (Docking, Recording))}
    if len(sources) != 1:
        raise IllegalStepError(f"fact {fact.n}: orders footage of another camera cleared: {sorted(sources)}")


def _holding_one(state: State, subject: Subject) -> State:
    match subject:
        case Docking():
            return replace(state, dockings=_kept(state.dockings, subject.number, subject))
        case Loan():
            return replace(state, loans=_kept(state.loans, subject.number, subject))
        case Camera():
            return replace(state, cameras=state.cameras.set(subject.id, subject))
        case Recording():
            return _holding_recording(state, subject)


def _holding_recording(state: State, recording: Recording) -> State:
    before = state.recordings.get(recording.number)
    by_step, on_camera = state.by_step, state.on_camera
    if before is not None:
        by_step = _without_inner(by_step, before.step, before.number)
        if before.step in ON_CAMERA:
            on_camera = _without_inner(on_camera, before.source, before.listing)
    if recording.live:
        by_step = _with_inner(by_step, recording.step, recording.number, None)
    if recording.step in ON_CAMERA:
        on_camera = _with_inner(on_camera, recording.source, recording.listing, recording.number)
    recordings = _kept(state.recordings, recording.number, recording)
    return replace(state, recordings=recordings, on_camera=on_camera, by_step=by_step)


Live = TypeVar("Live", Docking, Recording, Loan)


def _kept(subjects: Map[int, Live], number: int, subject: Live) -> Map[int, Live]:
    return subjects.set(number, subject) if subject.live else _without(subjects, number)


def _without(mapping: Map[Key, Any], key: Key) -> Map[Key, Any]:
    return mapping.delete(key) if key in mapping else mapping


def _with_inner(outer: Map[Any, Map[Any, Any]], key: Any, inner_key: Any, value: Any) -> Map[Any, Map[Any, Any]]:
    return outer.set(key, outer.get(key, Map()).set(inner_key, value))


def _without_inner(outer: Map[Any, Map[Any, Any]], key: Any, inner_key: Any) -> Map[Any, Map[Any, Any]]:
    """One entry less; an index keeps no empty shelves, so that equal states compare equal."""
    inner = _without(outer.get(key, Map()), inner_key)
    return outer.set(key, inner) if inner else _without(outer, key)
