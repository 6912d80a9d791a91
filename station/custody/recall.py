"""Subjects that left memory and are meant again: a settled recording, a closed mission, a loan long ended.

Nothing here reads a disk: whoever has the tables gives a way to look one up. What is looked up is used for one
judgement, or one fact, and let go again.
"""

from collections.abc import Callable, Iterator
from typing import Any

from station.custody.access_request import AccessRequest
from station.custody.acts import AskAccess, KeepingWork, MarkSecret, PlaceHold
from station.custody.camera import Camera
from station.custody.docking import Docking
from station.custody.explanation import Explanation
from station.custody.facts import RECORDINGS_PER_ORDER_MAX, CopySealed, Fact
from station.custody.facts_of_disks import FACTS_OF_DISKS
from station.custody.facts_of_disposals import FACTS_OF_DISPOSALS
from station.custody.facts_of_footage import FACTS_OF_FOOTAGE
from station.custody.facts_of_keeping import FACTS_OF_KEEPING, AccessOpened
from station.custody.facts_of_missions import FACTS_OF_MISSIONS
from station.custody.facts_of_the_desk import FACTS_OF_THE_DESK
from station.custody.hold import Hold
from station.custody.lifting import Lifting
from station.custody.mission import Mission
from station.custody.observations import DigestFound, Observation, PersonsAct, SecondCopyProved, SecondCopySpoiled
from station.custody.purging import Purge, PurgeStep
from station.custody.recording import Recording
from station.custody.secrecy import Secrecy
from station.custody.state import State
from station.custody.subjects import KINDS, Subject, SubjectKey, kinds_concerned
from station.errors import UnfitObservationError

LookUp = Callable[[SubjectKey], Subject | None]

_NAMED = (
    *((kind.named, kind.subject) for kind in KINDS if kind.subject not in {Camera, Docking}),
    ("on_hold", Hold),
    ("on_secrecy", Secrecy),
)


def recalled(state: State, said: Observation, look_up: LookUp) -> tuple[Subject, ...]:
    """What an act is about and memory does not hold; also what that belongs to."""
    if not isinstance(said, (PersonsAct, KeepingWork, SecondCopyProved, SecondCopySpoiled, DigestFound)):
        return ()
    if len(getattr(said, "recordings", ())) > RECORDINGS_PER_ORDER_MAX:
        raise UnfitObservationError(f"one act is about {RECORDINGS_PER_ORDER_MAX} recordings at most; choose fewer")
    found: dict[SubjectKey, Subject] = {}
    wanted = [one for one in _named(said) if isinstance(one[1], int) and 0 <= one[1] < state.size]
    if isinstance(said, (PlaceHold, MarkSecret, AskAccess)) and said.mission is not None:
        wanted += [(Purge, purge.number) for purge in state.purges.values() if purge.step is PurgeStep.BEGUN]
    seen = set(wanted)
    while wanted:
        one = wanted.pop()
        subject = state.subject(one)
        if subject is None:
            subject = look_up(one)
            if subject is None:
                continue
            found[one] = subject
        further = [belonging for belonging in _belongs_to(subject) if belonging not in seen]
        wanted += further
        seen |= set(further)
    return tuple(found.values())


def recalled_for(state: State, fact: Fact, look_up: LookUp) -> tuple[Subject, ...]:
    """What a fact changes, or rests on, and memory does not hold."""
    if type(fact.body) not in _OF_WHAT_WENT:
        return ()
    about: list[SubjectKey] = [
        (kind.subject, number)
        for kind in kinds_concerned(type(fact.body))
        if type(fact.body) not in kind.machine.beginnings
        for number in kind.about(fact)
    ]
    if isinstance(fact.body, AccessOpened):
        about.append((Recording, fact.body.recording))
    found = (look_up(one) for one in about if state.subject(one) is None)
    return tuple(subject for subject in found if subject is not None)


_OF_WHAT_WENT = frozenset(
    {
        *FACTS_OF_MISSIONS,
        *FACTS_OF_KEEPING,
        *FACTS_OF_FOOTAGE,
        *FACTS_OF_DISKS,
        *FACTS_OF_DISPOSALS,
        *FACTS_OF_THE_DESK,
        CopySealed,
    }
)


def _named(said: Any) -> Iterator[SubjectKey]:
    for name, kind in _NAMED:
        number = getattr(said, name, None)
        if number is not None:
            yield kind, number
    for number in getattr(said, "recordings", ()):
        yield Recording, number


def _belongs_to(subject: Subject) -> Iterator[SubjectKey]:
    if isinstance(subject, (Recording, Explanation, Hold, Secrecy, AccessRequest)) and subject.mission is not None:
        yield Mission, subject.mission
    if isinstance(subject, Lifting) and subject.on_hold is not None:
        yield Hold, subject.on_hold
    if isinstance(subject, Lifting) and subject.on_secrecy is not None:
        yield Secrecy, subject.on_secrecy
    if isinstance(subject, (Purge, AccessRequest, Hold, Secrecy)):
        for number in subject.recordings:
            yield Recording, number
