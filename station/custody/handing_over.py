"""When the footage of a loan is to be handed over, and of which loans nobody signed for it in time. Pure; tells nobody.

What ended is the first mission of the loan; else the earliest of its files that is still on the camera; else the loan.
An open loan without an ended mission owes nothing that anybody knows of. Paper is signed on paper.
"""

from collections.abc import Iterator

from station.custody.camera import Camera, LoanSpan
from station.custody.loan import Loan
from station.custody.state import State
from station.policy.permits import HandoverAsked, Policy
from station.stamp import Stamp

LOOK_MS = 60_000
"""The clock on the wall may be set meanwhile."""


def falling_due(state: State, policy: Policy, at: Stamp) -> Iterator[tuple[int, int]]:
    """Each loan that nobody signed back or was told of, and in how many ms its time is over."""
    if not at.synchronised:
        return
    for camera in state.cameras.values():
        for span in camera.spans:
            if not _is_open(span):
                continue
            due_ms = policy.of_camera(camera.id).handover_due_ms(owed(state, camera, span))
            if due_ms is not None:
                yield span.loan, min(max(0, due_ms + 1 - at.utc_ms), LOOK_MS)


def owed(state: State, camera: Camera, span: LoanSpan, loan: Loan | None = None) -> HandoverAsked:
    """With the loan itself, where it is at hand: paper may say that the camera came back before a bay saw it."""
    paper_ms = None if loan is None else loan.paper_ended_ms
    ends = [one.latest_ms for one in state.on_source(camera.id) if one.credited_loan == span.loan]
    docked = [one for one in (span.ended_ms, paper_ms) if one is not None]
    return HandoverAsked(
        loan=f"loan:{span.loan}",
        officer=span.officer or "",
        mission_ms=_first_mission_ended(state, span),
        file_ms=min((one for one in ends if one is not None), default=span.ended_ms),
        docked_ms=min(docked, default=None),
        signed_ms=paper_ms,
    )


def span_of(camera: Camera, loan: int) -> LoanSpan | None:
    """Where it is still to be told; None where it was, or somebody signed."""
    return next((one for one in camera.spans if one.loan == loan and _is_open(one)), None)


def _is_open(span: LoanSpan) -> bool:
    """A station that did not know the time accuses nobody, and paper is a custodian's word."""
    unsigned = span.handover is None and span.fell_due is None
    return unsigned and span.sure and not span.by_hand and span.officer is not None


def _first_mission_ended(state: State, span: LoanSpan) -> int | None:
    """Of those that this officer had in the time of this loan."""
    ends = (
        one.ended_ms
        for one in state.missions.values()
        if one.ended_ms is not None
        and span.officer in one.officers
        and one.ended_ms >= span.started_ms
        and (span.ended_ms is None or one.started_ms <= span.ended_ms)
    )
    return min(ends, default=None)
