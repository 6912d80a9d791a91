"""When the footage of a loan is to be handed over, and of which loans nobody signed for it in time. Pure; tells nobody.

What ended is the first mission of the loan; else the earliest of its files that is still on the camera; else the loan.
An open loan without an ended mission owes nothing that anybody knows of. Paper is signed on paper.

What is signed for may turn out late afterwards, by the files that are read then and the missions that are declared
then. One look asks that of what can still tell it, and of no other loan.
"""

from collections.abc import Iterator, Mapping

from station.custody.camera import Camera, LoanSpan
from station.custody.loan import Loan
from station.custody.mission import Mission
from station.custody.state import State
from station.policy.permits import Act, ActAsked, HandoverAsked, Policy
from station.stamp import Stamp

LOOK_MS = 60_000
"""The clock on the wall may be set meanwhile."""


def falling_due(state: State, policy: Policy, at: Stamp) -> Iterator[tuple[int, int]]:
    """Each loan that nobody signed back or was told of, and in how many ms its time is over; signed too late is now."""
    if not at.synchronised:
        return
    for camera in state.cameras.values():
        files = _first_files(state, camera)
        for span in camera.spans:
            if not _is_untold(span) or not _can_tell(state, camera, span, files):
                continue
            owner, asked = policy.of_camera(camera.id), _asked(state, policy, span, files)
            due_ms = owner.handover_due_ms(asked)
            if due_ms is None:
                continue
            if span.handover is None:
                yield span.loan, min(max(0, due_ms + 1 - at.utc_ms), LOOK_MS)
            elif due_ms < unsigned_until(span, at) and owner.handed_over(asked, at.utc_ms):
                yield span.loan, 0


def owed(state: State, policy: Policy, camera: Camera, span: LoanSpan, loan: Loan | None = None) -> HandoverAsked:
    """With the loan itself, where it is at hand: paper may say that the camera came back before a bay saw it."""
    paper_ms = None if loan is None else loan.paper_ended_ms
    return _asked(state, policy, span, _first_files(state, camera), paper_ms)


def span_of(camera: Camera, loan: int) -> LoanSpan | None:
    """Where it is still to be told; None where it was."""
    return next((one for one in camera.spans if one.loan == loan and _is_untold(one)), None)


def unsigned_until(span: LoanSpan, at: Stamp) -> int:
    """Up to when nobody had signed for it."""
    return at.utc_ms if span.handover_ms is None else span.handover_ms


def _is_untold(span: LoanSpan) -> bool:
    """A station that did not know the time accuses nobody, and paper is a custodian's word."""
    sure = span.sure and (span.handover is None or span.handover_ms is not None)
    return span.fell_due is None and sure and not span.by_hand and span.officer is not None


def _can_tell(state: State, camera: Camera, span: LoanSpan, files: Mapping[int, int]) -> bool:
    """What is not signed for can; of all that is, what lies where it was, or has a file there or a mission."""
    if span.handover is None or span.loan in files:
        return True
    docking = state.dockings.get(camera.docking) if camera.docking is not None else None
    lies_there = docking is not None and docking.handover == span.handover
    return lies_there or any(_missions(state, span))


def _missions(state: State, span: LoanSpan) -> Iterator[Mission]:
    """Those that are not closed, name this officer and were under way in the time of this loan."""
    for one in state.standing(Mission, "officer", span.officer or ""):
        begun = span.ended_ms is None or one.started_ms <= span.ended_ms
        if begun and any(said.ended_ms >= span.started_ms for said in one.ends):
            yield one


def _asked(
    state: State, policy: Policy, span: LoanSpan, files: Mapping[int, int], paper_ms: int | None = None
) -> HandoverAsked:
    """Whoever signs before the camera says who it is has it in its bay by then."""
    signed = [one for one in (span.handover_ms, paper_ms) if one is not None]
    docked = [one for one in (span.ended_ms, *signed) if one is not None]
    return HandoverAsked(
        loan=f"loan:{span.loan}",
        officer=span.officer or "",
        mission_ms=_first_mission_ended(state, policy, span),
        file_ms=files.get(span.loan, span.ended_ms),
        docked_ms=min(docked, default=None),
        signed_ms=min(signed, default=None),
    )


def _first_files(state: State, camera: Camera) -> Mapping[int, int]:
    """When the earliest of the files ended that it still has, for each loan."""
    first: dict[int, int] = {}
    for one in state.on_source(camera.id):
        if one.credited_loan is not None and one.latest_ms is not None:
            first[one.credited_loan] = min(one.latest_ms, first.get(one.credited_loan, one.latest_ms))
    return first


def _first_mission_ended(state: State, policy: Policy, span: LoanSpan) -> int | None:
    """Of those that this officer had in the time of this loan."""
    ends = (_end_that_counts(policy, one, span.officer or "") for one in _missions(state, span))
    return min((one for one in ends if one is not None and one >= span.started_ms), default=None)


def _end_that_counts(policy: Policy, mission: Mission, officer: str) -> int | None:
    """As the officer said it, or whoever may enter from paper what that officer did; a colleague's word moves nothing.

    Anybody in a mission may name others in it, and say when it ended.
    """
    for one in reversed(mission.ends):
        entered = ActAsked(Act.ENTER_BY_HAND, one.by, one.said_ms, requested_by=officer)
        if one.by == officer or policy.of_person(officer).allows(entered).permitted:
            return one.ended_ms
    return None
