"""Picks out of a journal what it says of some recordings, and leaves the rest: others' matters stay where they are."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from station.custody.facts import (
    BayOffered,
    CameraAdmitted,
    CameraQuarantined,
    ClockNotSet,
    ClockSet,
    DockingStarted,
    Fact,
    JournalOpened,
    LoanEnded,
    LoanStarted,
    RecordingHeld,
    StatementSigned,
)
from station.custody.facts_of_footage import HistoryDisputed, OriginalReleased
from station.custody.facts_of_keeping import AccessAsked, FootagePurged, HoldPlaced, SecrecyLifted, SecrecyMarked
from station.custody.facts_of_missions import FACTS_OF_MISSIONS, MissionDeclared, RecordingPlaced, RecordingWithdrawn
from station.custody.recording import Recording

_OF_WITHHELD = (
    RecordingHeld,
    StatementSigned,
    RecordingPlaced,
    RecordingWithdrawn,
    FootagePurged,
    OriginalReleased,
    SecrecyMarked,
    SecrecyLifted,
)
"""All that a pack says of what it withholds: that it is there, where it belongs, and why it is not given."""
_OF_DOCKING = (DockingStarted, CameraAdmitted, CameraQuarantined, ClockSet, ClockNotSet)
_OF_LOAN = (BayOffered, LoanStarted, LoanEnded)
_BEGUN_BEFORE = ("hold", "secrecy", "request", "purge", "lifting")
"""Fields by which facts name what an earlier one began."""


class Chain:
    """Fed with every fact in order; keeps those about the recordings and missions given."""

    def __init__(self, recordings: Mapping[int, Recording], given: frozenset[int], missions: Collection[int]) -> None:
        self.found: dict[int, Fact] = {}
        self.disputes: list[int] = []
        self.of: dict[int, list[int]] = {number: [] for number in recordings}
        self.of_mission: dict[int, list[int]] = {number: [] for number in missions}
        self._given = given
        self._begun: dict[int, frozenset[int]] = {}
        self._of_docking, self._of_loan, self._in_mission = (defaultdict[int, set[int]](set) for _ in range(3))
        for number, one in recordings.items():
            self._of_docking[one.docking].add(number)
            for loan in (one.loan, one.credited_loan):
                if loan is not None:
                    self._of_loan[loan].add(number)
            if one.mission is not None:
                self._in_mission[one.mission].add(number)

    def take(self, fact: Fact) -> None:
        about = self._about(fact)
        for number in about:
            self.of[number].append(fact.n)
        if about and not isinstance(fact.body, RecordingHeld):
            self._begun[fact.n] = frozenset(about)
        mission = _mission_told_of(fact)
        if mission in self.of_mission:
            self.of_mission[mission].append(fact.n)
        if isinstance(fact.body, HistoryDisputed):
            self.disputes.append(fact.n)
        if about or mission in self.of_mission or isinstance(fact.body, JournalOpened | HistoryDisputed):
            self.found[fact.n] = fact

    def _about(self, fact: Fact) -> set[int]:
        """Of ours; of a recording that is withheld only what says where it belongs, and why it is not given."""
        about = _named(fact) | self._unnamed(fact)
        if not isinstance(fact.body, _OF_WITHHELD):
            about &= self._given
        return about & self.of.keys()

    def _unnamed(self, fact: Fact) -> set[int]:
        body: Any = fact.body
        match body:
            case HoldPlaced(mission=mission) | SecrecyMarked(mission=mission) | AccessAsked(mission=mission):
                return self._in_mission.get(mission, set()) if mission is not None else set()
            case _ if isinstance(body, _OF_DOCKING):
                return self._of_docking.get(getattr(body, "docking", fact.n), set())
            case _ if isinstance(body, _OF_LOAN):
                return self._of_loan.get(getattr(body, "loan", fact.n), set())
        if _named(fact):
            return set()
        before = (getattr(body, name, None) for name in _BEGUN_BEFORE)
        return {number for one in before if one is not None for number in self._begun.get(one, ())}


def _mission_told_of(fact: Fact) -> int | None:
    """The mission that a fact is about, where it is not about one recording in it."""
    if isinstance(fact.body, MissionDeclared):
        return fact.n
    told = isinstance(fact.body, FACTS_OF_MISSIONS) and not _named(fact)
    return getattr(fact.body, "mission", None) if told else None


def _named(fact: Fact) -> set[int]:
    """The recordings that a fact names by number."""
    body: Any = fact.body
    if isinstance(body, RecordingHeld):
        return {fact.n}
    one = [body.recording] if hasattr(body, "recording") else []
    listed = (*getattr(body, "proofs", ()), *getattr(body, "deleted", ()))
    return {*getattr(body, "recordings", ()), *one, *(each.recording for each in listed)}
