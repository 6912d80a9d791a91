"""来看看: what comes back to somebody at the desk: findings that name them, differences, explanations to write again.

And what waits for this person's word: explanations of others, and findings that name others of the department.

A finding that names a person is answered by that person alone; what was different about a camera that somebody brought
back is shown to whoever signed for it, until somebody closes the finding.
"""

from msgspec import Struct

from station.custody.acts import AnswerFinding, CloseFinding, ReviewFinding
from station.custody.explanation import Explanation, ExplanationStep
from station.custody.reported_finding import ReportedFinding
from station.desk.file_list import FileList, file_list
from station.desk.signed_in import SignedIn
from station.policy.permits import Act
from station.store.handovers import Handovers

_FOR_OTHERS = frozenset({ExplanationStep.WRITTEN, ExplanationStep.ACCEPTED})


class Accusing(Struct, frozen=True):
    """A finding that names somebody, in the words of the pack, and what that person answered."""

    finding: int
    officer: str
    about: str
    reported_ms: int
    zh: str
    en: str
    answers: tuple[str, ...]


class Look(Struct, frozen=True):
    findings: tuple[Accusing, ...] = ()
    differing: tuple[FileList, ...] = ()
    returned: tuple[Explanation, ...] = ()
    waiting: tuple[Explanation, ...] = ()
    """To be reviewed, or to be kept, by whoever looks."""
    to_settle: tuple[Accusing, ...] = ()
    """Findings that whoever looks may review and close."""


def look_at(desk: SignedIn) -> Look:
    """Nothing for whoever has no loans and no missions of their own."""
    if not desk.own:
        return Look()
    differing = _differing(desk)
    told = {one.finding for listed in differing for one in listed.differences}
    findings = [one for _, one in sorted(desk.state.findings.items())]
    explanations = [one for _, one in sorted(desk.state.explanations.items())]
    return Look(
        tuple(_accusing(desk, one) for one in findings if one.officer == desk.person and one.number not in told),
        differing,
        tuple(one for one in explanations if one.step is ExplanationStep.RETURNED and one.by == desk.person),
        tuple(one for one in explanations if one.step in _FOR_OTHERS and _waits_for(desk, one)),
        tuple(_accusing(desk, one) for one in findings if _may_settle(desk, one)),
    )


def answer(desk: SignedIn, finding: int, words: str) -> None:
    """To what was shown to this person, and to nothing else."""
    look = look_at(desk)
    shown = {one.finding for one in look.findings}
    shown |= {one.finding for listed in look.differing for one in listed.differences}
    if finding not in shown:
        raise desk.refused()
    desk.tell(AnswerFinding(by=desk.person, finding=finding, answer=words))


def settle(desk: SignedIn, said: ReviewFinding | CloseFinding) -> None:
    """Reviewed or closed by whoever may, where it names somebody of the department."""
    found = desk.state.findings.get(said.finding)
    if found is None or not _may_settle(desk, found):
        raise desk.refused()
    desk.tell(said)


def _may_settle(desk: SignedIn, found: ReportedFinding) -> bool:
    if found.officer is None:
        return False
    owner = desk.policy.of_person(found.officer)
    return desk.answers_for_person(found.officer) and desk.may(Act.CLOSE_FINDING, owner, found.officer)


def _waits_for(desk: SignedIn, one: Explanation) -> bool:
    mission = desk.state.missions.get(one.mission) or desk.tables.mission(one.mission)
    if mission is None or not desk.reaches_mission(mission):
        return False
    owner = desk.policy.of_person(mission.spoken_for_by(desk.policy.rolls))
    if one.step is ExplanationStep.ACCEPTED:
        return desk.may(Act.KEEP_EXPLANATION, owner)
    return desk.may(Act.REVIEW_EXPLANATION, owner, one.by)


def _differing(desk: SignedIn) -> tuple[FileList, ...]:
    brought = Handovers(desk.tables.journal).of(desk.person)
    lists = (file_list(desk.state, desk.policy, docking, recordings) for docking, recordings in brought)
    return tuple(one for one in lists if one.differences)


def _accusing(desk: SignedIn, found: ReportedFinding) -> Accusing:
    officer = found.officer or ""
    owner = desk.policy.of_person(officer)
    zh, en = owner.said(owner.finds(found.code, found.rule))
    words = desk.tables.words(found.answers)
    answers = tuple(words[number].get("answer", "") for number in found.answers)
    return Accusing(found.number, officer, found.about, found.reported_ms, zh, en, answers)
