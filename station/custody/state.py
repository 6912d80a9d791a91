"""Everything custody knows, folded from facts. `apply` is the only way it changes; an illegal fact changes nothing."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from station.custody.access_request import AccessRequest, AccessStep
from station.custody.attribution import TIMES_DISAGREE, made_between
from station.custody.bay_signs import BayCharger, BayKey, Outage
from station.custody.camera import Camera
from station.custody.copy_disk import CopyDisk, DiskStep
from station.custody.disposal import Disposal
from station.custody.docking import Docking, DockingStep
from station.custody.explanation import Explanation
from station.custody.facts import (
    CameraRemoved,
    ClearingOrdered,
    Fact,
    JournalOpened,
    LoanEnded,
    LoanStarted,
    RecordingHeld,
)
from station.custody.facts_of_disks import UnseenDisk
from station.custody.facts_of_footage import RecordingExamined
from station.custody.facts_of_keeping import AccessOpened, FootagePurged
from station.custody.history import Dispute
from station.custody.hold import Hold, HoldKind
from station.custody.lifting import Lifting
from station.custody.loan import Loan
from station.custody.lost_badge import LostBadge
from station.custody.media_times import media_ended_ms, reached_by_length
from station.custody.mission import Mission
from station.custody.orders import Orders
from station.custody.purging import Purge
from station.custody.recording import ON_CAMERA, Recording, RecordingStep
from station.custody.repair import Repair
from station.custody.reported_finding import ReportedFinding
from station.custody.secrecy import Secrecy
from station.custody.subjects import KIND_OF, Subject, SubjectKey, key, kinds_concerned
from station.custody.write_off import WriteOff
from station.errors import IllegalStepError

__all__ = ["State", "Subject", "SubjectKey", "apply", "changes", "key"]

Key = TypeVar("Key")
Found = TypeVar(
    "Found",
    Mission,
    Explanation,
    Hold,
    Secrecy,
    Lifting,
    AccessRequest,
    Repair,
    Purge,
    ReportedFinding,
    WriteOff,
    Disposal,
)
Shelf = tuple[str, str, int | str]
"""Of which kind, found by what, and by which."""


class State(Struct, frozen=True):
    """The subjects that can still change, and how many facts made them.

    `on_camera` (source → listing → recording), `by_step` and `shelves` follow from the subjects; they are kept so that
    no question costs more than its answer.
    """

    size: int = 0
    dockings: Map[int, Docking] = field(default_factory=Map)
    recordings: Map[int, Recording] = field(default_factory=Map)
    loans: Map[int, Loan] = field(default_factory=Map)
    cameras: Map[str, Camera] = field(default_factory=Map)
    missions: Map[int, Mission] = field(default_factory=Map)
    explanations: Map[int, Explanation] = field(default_factory=Map)
    holds: Map[int, Hold] = field(default_factory=Map)
    secrecy_marks: Map[int, Secrecy] = field(default_factory=Map)
    liftings: Map[int, Lifting] = field(default_factory=Map)
    access_requests: Map[int, AccessRequest] = field(default_factory=Map)
    repairs: Map[int, Repair] = field(default_factory=Map)
    purges: Map[int, Purge] = field(default_factory=Map)
    findings: Map[int, ReportedFinding] = field(default_factory=Map)
    keys: Map[str, BayKey] = field(default_factory=Map)
    """Those that are turned, by bay."""
    outages: Map[int, Outage] = field(default_factory=Map)
    chargers: Map[str, BayCharger] = field(default_factory=Map)
    """Those that were ever cut, by bay."""
    disputes: Map[int, Dispute] = field(default_factory=Map)
    """While there is one, nothing that cannot be undone is done."""
    disks: Map[str, CopyDisk] = field(default_factory=Map)
    """All that copies were ever proved on, by name."""
    write_offs: Map[int, WriteOff] = field(default_factory=Map)
    lost_badges: Map[str, LostBadge] = field(default_factory=Map)
    """By what stands for each."""
    orders: Map[str, Orders] = field(default_factory=Map)
    """By whose they are."""
    disposals: Map[int, Disposal] = field(default_factory=Map)
    on_camera: Map[str, Map[str, int]] = field(default_factory=Map)
    by_step: Map[RecordingStep, Map[int, None]] = field(default_factory=Map)
    shelves: Map[Shelf, Map[int, None]] = field(default_factory=Map)

    def docking_in(self, bay: str) -> Docking | None:
        """The live docking in a bay; few enough to look through."""
        return next((docking for docking in self.dockings.values() if docking.bay == bay), None)

    def on_source(self, source: str) -> Iterator[Recording]:
        """What a camera still has, as far as we know; each with the copies that count."""
        for number in self.on_camera.get(source, Map()).values():
            yield self.counted(self.recordings[number])

    def gone(self, disk: str) -> bool:
        """Whether two hands wrote this disk off: nothing on it counts, and nobody asks for it."""
        known = self.disks.get(disk)
        return known is not None and known.step is DiskStep.WRITTEN_OFF

    def counted(self, recording: Recording) -> Recording:
        """With those further copies alone that somebody still has."""
        copies = tuple(copy for copy in recording.copies if not self.gone(copy[0]))
        return recording if copies == recording.copies else replace(recording, copies=copies)

    def unseen(self, recordings: Iterable[Recording]) -> tuple[UnseenDisk, ...]:
        """The disks written off that something of these went with, the longest gone first."""
        disks = {self.disks[disk] for one in recordings for disk in one.disks if self.gone(disk)}
        gone = sorted((disk.written_off or 0, disk.gone or "") for disk in disks)
        return tuple(UnseenDisk(written_off, how) for written_off, how in gone)

    def loans_of(self, officer: str) -> int:
        """What is offered to an officer counts like what was taken: two bays must not open for one asking twice."""
        return sum(loan.officer == officer for loan in self.loans.values())

    def standing(self, kind: type[Found], found_by: str, value: int | str) -> Iterator[Found]:
        """The live ones of a kind that are about this: holds of a recording, repairs of a camera, and so on."""
        plural = KIND_OF[kind].plural
        subjects = getattr(self, plural)
        for number in self.shelves.get((plural, found_by, value), Map()):
            yield subjects[number]

    def repair_open(self, camera: str) -> bool:
        return ("repairs", "camera", camera) in self.shelves

    def finding_open(self, code: str, about: str) -> bool:
        return ("findings", code, about) in self.shelves

    def holds_on(self, recording: Recording) -> Iterator[Hold]:
        """What stands on it, or on the mission it is placed in."""
        yield from self.standing(Hold, "recording", recording.number)
        if recording.mission is not None:
            yield from self.standing(Hold, "mission", recording.mission)

    def secrecy_of(self, recording: Recording) -> Iterator[Secrecy]:
        """What marks it, or the mission it is placed in."""
        yield from self.standing(Secrecy, "recording", recording.number)
        if recording.mission is not None:
            yield from self.standing(Secrecy, "mission", recording.mission)

    def blockers(self, recording: Recording) -> tuple[str, ...]:
        """Codes of all that keeps it from being purged; whether each of them counts, policy says."""
        codes = {str(hold.kind) for hold in self.holds_on(recording)}
        for request in self.requests_on(recording):
            codes.add(HoldKind.DISPUTE if request.step is AccessStep.DISPUTED else HoldKind.REQUEST)
        return tuple(sorted(codes))

    def requests_on(self, recording: Recording) -> Iterator[AccessRequest]:
        """Who wants it, or all of the mission it is placed in."""
        yield from self.standing(AccessRequest, "recording", recording.number)
        if recording.mission is not None:
            yield from self.standing(AccessRequest, "mission", recording.mission)

    def subject(self, of: SubjectKey) -> Subject | None:
        kind, number = of
        found: Subject | None = getattr(self, KIND_OF[kind].plural).get(number)
        return found

    def holding(self, subjects: Iterable[Subject], size: int) -> "State":
        """The same state with these subjects as they are now; the ended ones are let go."""
        state = replace(self, size=size)
        for subject in subjects:
            state = _holding_one(state, subject)
        return state

    def recalling(self, subjects: Iterable[Subject]) -> "State":
        """With subjects that were let go: an act is about them once more. They can be found by their number alone."""
        state = self
        for subject in subjects:
            plural = KIND_OF[type(subject)].plural
            state = replace(state, **{plural: getattr(state, plural).set(key(subject)[1], subject)})
        return state

    def letting_go(self, keys: Iterable[SubjectKey]) -> "State":
        """Without those of these that cannot change by themselves."""
        state = self
        for one in keys:
            subject = state.subject(one)
            if subject is not None and not subject.live:
                plural = KIND_OF[one[0]].plural
                state = replace(state, **{plural: getattr(state, plural).delete(one[1])})
        return state


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
    for kind in kinds_concerned(type(fact.body)):
        subjects = getattr(state, kind.plural)
        for number in kind.about(fact):
            before = subjects.get(number)
            after = kind.advance(before, fact)
            yield before, _followed(state, after, fact)


def apply(state: State, fact: Fact, recalled: Iterable[Subject] = ()) -> State:
    """`recalled`: subjects let go before, that this fact is about."""
    called = tuple(recalled)
    after = state.recalling(called)
    return after.holding(changes(after, fact), fact.n + 1).letting_go(map(key, called))


def _followed(state: State, subject: Subject, fact: Fact) -> Subject:
    """What follows for a camera or a recording from what else is known, and what must not be said because of it."""
    if isinstance(subject, Purge) and isinstance(fact.body, FootagePurged):
        _check_unseen(state, fact, fact.body)
    if isinstance(subject, AccessRequest) and isinstance(fact.body, AccessOpened):
        _check_covered(state, subject, fact, fact.body.recording)
    if isinstance(subject, Camera) and isinstance(fact.body, (LoanStarted, CameraRemoved)):
        return _as_it_left(state, subject, fact.body.docking)
    if isinstance(subject, Camera) and isinstance(fact.body, LoanEnded):
        return _signed_before(state, subject, fact, fact.body)
    if not isinstance(subject, Recording):
        return subject
    match fact.body:
        case ClearingOrdered() as ordered:
            _check_counted(state, subject, fact, ordered)
            return subject
        case RecordingHeld() as held:
            return _derived(state, subject, held)
        case RecordingExamined() as examined:
            if fact.n != subject.number + 1:
                raise IllegalStepError(f"fact {fact.n}: {fact.subject} is examined when it is taken, never later")
            return _widened(state, subject, examined)
        case _:
            return subject


def _as_it_left(state: State, camera: Camera, number: int) -> Camera:
    """What its docking measured of its battery stays known while it is away."""
    docking = state.dockings.get(number)
    if docking is None or docking.health_percent is None:
        return camera
    return replace(camera, health_percent=docking.health_percent)


def _signed_before(state: State, camera: Camera, fact: Fact, ended: LoanEnded) -> Camera:
    """Whoever taps before the camera says who it is has signed for the loan that ends when it does, and no later."""
    docking = state.dockings.get(ended.docking)
    if docking is None or docking.handover is None or docking.handed_over_ms is None:
        return camera
    sure = docking.handed_over_sure and fact.at.synchronised
    at_ms = min(docking.handed_over_ms, fact.at.utc_ms) if sure else None
    spans = (
        replace(one, handover=docking.handover, handover_ms=at_ms) if one.loan == ended.loan else one
        for one in camera.spans
    )
    return replace(camera, spans=tuple(spans))


def _widened(state: State, recording: Recording, examined: RecordingExamined) -> Recording:
    """What the file itself calls filming is filming too; where both cannot be true, nothing was derived before."""
    camera, begun_ms = state.cameras.get(recording.source), examined.media_begun_ms
    if camera is None or recording.earliest_ms is None or recording.latest_ms is None:
        return recording
    if begun_ms is None:
        error_ms, length_ms = camera.clock_error_ms or 0, examined.media_length_ms
        reached = reached_by_length(recording.earliest_ms + error_ms, recording.latest_ms - error_ms, length_ms)
        return replace(recording, earliest_ms=reached[0] - error_ms, latest_ms=reached[1] + error_ms)
    made = made_between(camera, begun_ms, media_ended_ms(begun_ms, examined.media_length_ms) or begun_ms)
    if made is None:
        return recording
    earliest_ms, latest_ms = min(recording.earliest_ms, made[0]), max(recording.latest_ms, made[1])
    return replace(recording, earliest_ms=earliest_ms, latest_ms=latest_ms)


def _derived(state: State, subject: Recording, held: RecordingHeld) -> Recording:
    """What follows for a new recording from its docking and its camera."""
    docking = state.dockings.get(held.docking)
    if docking is not None and docking.step is DockingStep.QUARANTINED:
        subject = replace(subject, quarantined=True)
    camera = state.cameras.get(held.source)
    if camera is None or held.unattributed == TIMES_DISAGREE:
        return subject
    if held.begun_device_ms is None or held.ended_device_ms is None or held.ended_device_ms < held.begun_device_ms:
        return subject
    made = made_between(camera, held.begun_device_ms, held.ended_device_ms)
    return subject if made is None else replace(subject, earliest_ms=made[0], latest_ms=made[1])


def _check_not_held(state: State, fact: Fact, held: RecordingHeld) -> None:
    if held.listing in state.on_camera.get(held.source, Map()):
        raise IllegalStepError(f"fact {fact.n}: {held.listing} of {held.source} is held already")


def _check_covered(state: State, request: AccessRequest, fact: Fact, number: int) -> None:
    recording = state.subject((Recording, number))
    if number not in request.recordings and not (isinstance(recording, Recording) and request.covers(recording)):
        raise IllegalStepError(f"fact {fact.n}: request {request.number} is not about recording {number}")


def _check_unseen(state: State, fact: Fact, purged: FootagePurged) -> None:
    """A purge that is silent about a lost disk would say that nothing is left."""
    if state.unseen(state.recordings[one.recording] for one in purged.deleted) != purged.unseen:
        raise IllegalStepError(f"fact {fact.n}: {fact.subject} does not say which disks it could not delete from")


def _check_counted(state: State, recording: Recording, fact: Fact, ordered: ClearingOrdered) -> None:
    cited = {number for proof in ordered.proofs if proof.recording == recording.number for number in proof.copies}
    if not cited <= set(state.counted(recording).proofs):
        raise IllegalStepError(f"fact {fact.n}: orders recording {recording.number} cleared on a disk that is gone")


def _check_same_source(fact: Fact, changed: Iterable[Subject]) -> None:
    sources = {subject.source for subject in changed if isinstance(subject, (Docking, Recording))}
    if len(sources) != 1:
        raise IllegalStepError(f"fact {fact.n}: orders footage of another camera cleared: {sorted(sources)}")


def _holding_one(state: State, subject: Subject) -> State:
    kind, number = KIND_OF[type(subject)], key(subject)[1]
    subjects = getattr(state, kind.plural)
    before = subjects.get(number)
    after: dict[str, Any] = {kind.plural: subjects.set(number, subject) if subject.live else _without(subjects, number)}
    if isinstance(subject, Recording):
        after |= _recording_indexes(state, before, subject)
    elif kind.shelved:
        after["shelves"] = _shelved(state.shelves, kind.plural, before, subject)
    return replace(state, **after)


def _recording_indexes(state: State, before: Recording | None, recording: Recording) -> dict[str, Any]:
    by_step, on_camera = state.by_step, state.on_camera
    if before is not None:
        by_step = _without_inner(by_step, before.step, before.number)
        if before.step in ON_CAMERA:
            on_camera = _without_inner(on_camera, before.source, before.listing)
    if recording.live:
        by_step = _with_inner(by_step, recording.step, recording.number, None)
    if recording.step in ON_CAMERA:
        on_camera = _with_inner(on_camera, recording.source, recording.listing, recording.number)
    return {"on_camera": on_camera, "by_step": by_step}


def _shelved(shelves: Map[Shelf, Map[int, None]], plural: str, before: Any, after: Any) -> Map[Shelf, Map[int, None]]:
    """What a subject is found by never changes; only whether it is still to be found."""
    if before is not None and before.live == after.live:
        return shelves
    for found_by, value in after.shelves:
        shelf = (plural, found_by, value)
        if after.live:
            shelves = _with_inner(shelves, shelf, after.number, None)
        else:
            shelves = _without_inner(shelves, shelf, after.number)
    return shelves


def _without(mapping: Map[Key, Any], key: Key) -> Map[Key, Any]:
    return mapping.delete(key) if key in mapping else mapping


def _with_inner(outer: Map[Any, Map[Any, Any]], key: Any, inner_key: Any, value: Any) -> Map[Any, Map[Any, Any]]:
    return outer.set(key, outer.get(key, Map()).set(inner_key, value))


def _without_inner(outer: Map[Any, Map[Any, Any]], key: Any, inner_key: Any) -> Map[Any, Map[Any, Any]]:
    """One entry less; an index keeps no empty shelves, so that equal states compare equal."""
    inner = _without(outer.get(key, Map()), inner_key)
    return outer.set(key, inner) if inner else _without(outer, key)
