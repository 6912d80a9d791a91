"""What a custodian sees of the own department: its cameras, what waits for an answer, loans, badges. Plain values.

Never another department's, and never who may do what: that is asked anew when it is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from station.custody.camera import CameraStep
from station.custody.disposal import Disposal, DisposalStep
from station.custody.known_cameras import gone
from station.custody.loan import LoanStep
from station.custody.state import State
from station.desk.badge_sign_in import mark_of
from station.desk.disposals import Answer, answers_open
from station.policy.permits import Policy
from station.policy.rolls import CameraStanding, Officer, Rolls
from station.stamp import Stamp, beijing
from station.views.desk_words import CAMERA_PLACES

_OF_HANDOVERS = frozenset({"HANDOVER_LATE", "HANDOVER_UNSIGNED", "SELF_KEPT"})
_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class CameraLine:
    id: str
    place: str
    """A word of the catalogue; empty where the bay says it all."""
    bay: str
    in_repair: bool
    left: bool
    proposed: bool
    retired: bool

    @property
    def may_be_proposed(self) -> bool:
        return not (self.left or self.proposed or self.retired)


@dataclass(frozen=True, slots=True)
class DisposalLine:
    """`recipient` and `ground` as they were written; empty where they are purged, or this person may not answer."""

    number: int
    camera: str
    act: str
    by: str
    at: str
    step: str
    approver: str
    recipient: str
    ground: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class LoanLine:
    number: int
    camera: str
    officer: str
    since: str
    out_for: tuple[str, int]
    """A word of the catalogue, and its number."""
    from_paper: bool


@dataclass(frozen=True, slots=True)
class UnsignedLine:
    loan: int
    camera: str
    officer: str
    back: str


@dataclass(frozen=True, slots=True)
class FoundLine:
    """An open finding about a hand-over, in the pack's words."""

    loan: str
    officer: str
    since: str
    words: tuple[str, str]


@dataclass(frozen=True, slots=True)
class BadgeLine:
    id: str
    name: str
    section: str
    dead: bool


def own_cameras(state: State, rolls: Rolls, unit: str) -> tuple[CameraLine, ...]:
    return tuple(_camera_line(state, one.id, one.standing) for one in rolls.cameras.values() if one.unit == unit)


def own_disposals(
    state: State, policy: Policy, who: Officer, at: Stamp, words_of: Callable[[int], Mapping[str, str]]
) -> tuple[DisposalLine, ...]:
    """The newest first; with its words for whoever decides or proposed."""
    mine = [one for one in state.disposals.values() if unit_of(policy.rolls, one.camera) == who.unit]
    return tuple(_disposal_line(policy, one, who, at, words_of) for one in sorted(mine, key=lambda one: -one.number))


def open_loans(state: State, rolls: Rolls, unit: str, at: Stamp) -> tuple[LoanLine, ...]:
    """The longest out first."""
    out = [
        one
        for one in state.loans.values()
        if one.step is LoanStep.OPEN and one.started_ms is not None and unit_of(rolls, one.camera) == unit
    ]
    return tuple(
        LoanLine(
            one.number,
            one.camera,
            called(rolls, one.officer),
            wall(one.started_ms or 0),
            duration(at.utc_ms - (one.started_ms or 0)),
            from_paper=one.from_docking is None,
        )
        for one in sorted(out, key=lambda one: one.started_ms or 0)
    )


def unsigned_handovers(state: State, rolls: Rolls, unit: str) -> tuple[UnsignedLine, ...]:
    """Back by what a bay saw, and signed for by nobody. A paper slip is signed on paper."""
    spans = [
        (one.id, span)
        for one in state.cameras.values()
        if unit_of(rolls, one.id) == unit
        for span in one.spans
        if span.ended_ms is not None and span.handover is None and not span.by_hand
    ]
    return tuple(
        UnsignedLine(span.loan, camera, called(rolls, span.officer or ""), wall(span.ended_ms or 0))
        for camera, span in sorted(spans, key=lambda one: one[1].ended_ms or 0)
    )


def handovers_found(state: State, policy: Policy, unit: str) -> tuple[FoundLine, ...]:
    """The oldest first: late, kept by the officer, or not signed for."""
    rolls = policy.rolls
    return tuple(
        FoundLine(
            one.about.removeprefix("loan:"),
            called(rolls, one.officer),
            wall(one.reported_ms),
            policy.of_person(one.officer).said(policy.of_person(one.officer).finds(one.code, one.rule)),
        )
        for one in sorted(state.findings.values(), key=lambda one: one.number)
        if one.code in _OF_HANDOVERS and one.officer is not None and unit_of_person(rolls, one.officer) == unit
    )


def badges_of(state: State, rolls: Rolls, unit: str) -> tuple[BadgeLine, ...]:
    """Everybody of the department who has one."""
    return tuple(
        BadgeLine(one.id, one.name or one.id, one.section, dead=mark_of(one.credentials) in state.lost_badges)
        for one in own_people(rolls, unit)
        if one.credentials is not None
    )


def own_people(rolls: Rolls, unit: str) -> tuple[Officer, ...]:
    return tuple(one for one in rolls.officers.values() if one.unit == unit)


def unit_of(rolls: Rolls, camera: str) -> str | None:
    owned = rolls.cameras.get(camera)
    return None if owned is None else owned.unit


def unit_of_person(rolls: Rolls, person: str) -> str | None:
    known = rolls.officers.get(person)
    return None if known is None else known.unit


def called(rolls: Rolls, person: str) -> str:
    """By name where the roll has one."""
    known = rolls.officers.get(person)
    return person if known is None else known.name or known.id


def wall(utc_ms: int) -> str:
    """As "11-21 08:30", Beijing time."""
    return f"{beijing(utc_ms):%m-%d %H:%M}"


def duration(ms: int) -> tuple[str, int]:
    """In the largest unit that says enough: a word of the catalogue, and how many."""
    if ms < _HOUR_MS:
        return "{n} min", max(0, ms) // _MINUTE_MS
    return ("{n} h", ms // _HOUR_MS) if ms < 2 * _DAY_MS else ("{n} days", ms // _DAY_MS)


def _camera_line(state: State, camera: str, standing: CameraStanding) -> CameraLine:
    known = state.cameras.get(camera)
    docking = None if known is None or known.docking is None else state.dockings.get(known.docking)
    return CameraLine(
        camera,
        "Never seen here" if known is None else CAMERA_PLACES[CameraStep(known.step)],
        "" if docking is None else docking.bay,
        in_repair=state.repair_open(camera) or standing is CameraStanding.REPAIR,
        left=gone(state, camera) is not None,
        proposed=any(one.step is not DisposalStep.APPROVED for one in state.standing(Disposal, "camera", camera)),
        retired=standing is CameraStanding.RETIRED,
    )


def _disposal_line(
    policy: Policy, one: Disposal, who: Officer, at: Stamp, words_of: Callable[[int], Mapping[str, str]]
) -> DisposalLine:
    answers = answers_open(policy, one, who.id, at)
    words = words_of(one.number) if answers or one.by == who.id else {}
    return DisposalLine(
        one.number,
        one.camera,
        one.act,
        called(policy.rolls, one.by),
        wall(one.proposed_ms),
        str(one.step),
        "" if one.approver is None else called(policy.rolls, one.approver),
        words.get("recipient", ""),
        words.get("ground", ""),
        answers,
    )
