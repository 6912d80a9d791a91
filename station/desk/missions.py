"""Missions at the desk: declared, given their clips, described, explained, closed. Thin: custody judges every act.

Words about persons are read for whoever reaches the mission, and for nobody else.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from station.custody import acts
from station.custody.explanation import Explanation
from station.custody.mission import Mission
from station.desk.footage_of import Clip, clip_of
from station.desk.signed_in import SignedIn
from station.errors import UnfitObservationError
from station.policy.permits import Act, Pick, Policy
from station.store.desk_tables import Filmed

OfExplanation = acts.ExplainAgain | acts.AcceptExplanation | acts.ReturnExplanation | acts.KeepExplanation
OfMission = (
    acts.NumberMission
    | acts.DescribeMission
    | acts.MarkMission
    | acts.EndMission
    | acts.CloseMission
    | acts.ReopenMission
    | acts.Explain
)


class Written(Struct, frozen=True):
    """An explanation with its words, and what whoever looks may do with it."""

    of: Explanation
    grounds: str
    basis: str
    remark: str
    may_review: bool
    may_keep: bool


class Sheet(Struct, frozen=True):
    """One mission with its words, for whoever reaches it."""

    mission: Mission
    cause: str
    party: str
    number: str
    clips: tuple[Clip, ...]
    secret: tuple[str, ...]
    explanations: tuple[Written, ...]
    may_move: bool


def declare(desk: SignedIn, said: acts.DeclareMission) -> int:
    """Its number. Whoever reaches their own matters alone declares missions they were in.

    What nobody could choose on the page is no activity, no kind and no officer of ours.
    """
    policy = desk.policy.of_person(desk.person)
    listed = said.activity in policy.picks(Pick.ACTIVITY) and said.kind in policy.picks(Pick.KIND)
    if not listed or not desk.policy.rolls.officers.keys() >= set(said.officers):
        raise UnfitObservationError(
            "请从列表中选择，编号须在名册中 / choose from the list; officers must be on the roll"
        )
    if desk.person not in said.officers and not desk.answers_for_person(desk.person):
        raise desk.refused()
    return desk.tell(said)[0].n


def place(desk: SignedIn, recordings: Sequence[int], mission: int | None, reason: str = "") -> None:
    """All of them, one after the other, or none that is beyond reach; None takes them out."""
    if mission is not None:
        desk.mission(mission)
    reached(desk, recordings)
    for recording in recordings:
        desk.tell(acts.PlaceRecording(by=desk.person, recording=recording, mission=mission, reason=reason))


def reached(desk: SignedIn, recordings: Sequence[int]) -> tuple[Filmed, ...]:
    """These, each within reach, or all refused; the same words where there is no such recording."""
    found = desk.tables.recordings(recordings)
    if len(found) != len(set(recordings)) or not all(desk.reaches_footage(one) for one in found):
        raise desk.refused()
    return found


def do(desk: SignedIn, said: OfMission) -> None:
    desk.mission(said.mission)
    desk.tell(said)


def do_with_explanation(desk: SignedIn, said: OfExplanation) -> None:
    explanation = desk.tables.explanation(said.explanation)
    if explanation is None:
        raise desk.refused()
    desk.mission(explanation.mission)
    desk.tell(said)


def mark_secret(desk: SignedIn, said: acts.MarkSecret) -> None:
    """A mission, or clips within reach."""
    if said.mission is not None:
        desk.mission(said.mission)
    reached(desk, said.recordings)
    desk.tell(said)


def sheet(desk: SignedIn, number: int) -> Sheet:
    """RefusedError for whoever it is nothing to."""
    mission = desk.mission(number)
    owner = desk.policy.of_person(mission.spoken_for_by(desk.policy.rolls))
    spoken = (mission.number, *mission.described)
    numbered = () if mission.numbered is None else (mission.numbered,)
    words = desk.tables.words((*spoken, *numbered))
    clips = [clip_of(desk.state, one) for one in desk.tables.of_mission(number)]
    marks = {mark.category for mark in desk.state.secrecy_marks.values() if mark.mission == number}
    return Sheet(
        mission,
        _last(words, spoken, "cause"),
        _last(words, spoken, "party"),
        _last(words, numbered, "number"),
        tuple(sorted(clips, key=lambda clip: (clip.begun_ms or 0, clip.recording))),
        tuple(sorted(marks)),
        tuple(_written(desk, owner, one) for one in desk.tables.explanations_of(number)),
        desk.may(Act.SETTLE_ATTRIBUTION, owner),
    )


def _last(words: Mapping[int, Mapping[str, str]], spoken: Sequence[int], field: str) -> str:
    """What was said last of this; what was left out does not take back what was said before."""
    said = [words[number][field] for number in spoken if field in words.get(number, {})]
    return said[-1] if said else ""


def _written(desk: SignedIn, owner: Policy, one: Explanation) -> Written:
    spoken = one.number if one.rewritten is None else one.rewritten
    words = desk.tables.words((spoken, *(() if one.reviewed is None else (one.reviewed,))))
    return Written(
        one,
        words[spoken].get("grounds", ""),
        words[spoken].get("basis", ""),
        "" if one.reviewed is None else words[one.reviewed].get("remark", ""),
        desk.may(Act.REVIEW_EXPLANATION, owner, one.by),
        desk.may(Act.KEEP_EXPLANATION, owner),
    )
