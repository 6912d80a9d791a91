"""What a tap of the badge means. Pure: the tap is the wish, and only where nobody can tell is the officer asked.

A tap never takes a camera by accident: whoever signed for one a moment ago is shown the slip again.
"""

from enum import StrEnum

from station.custody.docking import Docking
from station.custody.loan import LoanStep
from station.custody.state import State
from station.desk.bringing_back import not_signed_yet, waiting
from station.desk.choosing import open_for
from station.stamp import Stamp

AGAIN_MS = 5 * 60_000
"""So long after the signature a tap asks for the slip."""
FRESH_MS = 3 * 60_000
"""Whoever puts a camera into a bay and walks to the reader is there by then."""


class Meaning(StrEnum):
    OFFERED = "offered"
    """A bay is open for this officer."""
    BACK = "back"
    """The officer has a camera out, or brought one that nobody signed for."""
    AGAIN = "again"
    """The officer signed for a camera a moment ago."""
    ASK = "ask"
    """Something was put into a bay a moment ago, and nobody knows by whom."""
    TAKE = "take"


def meaning(state: State, officer: str, signed_last: Docking | None, at: Stamp) -> Meaning:
    """`signed_last`: the docking that this officer signed for last, live or over."""
    if open_for(state, officer) is not None:
        return Meaning.OFFERED
    if _owes_a_signature(state, officer):
        return Meaning.BACK
    if signed_last is not None and signed_just_now(signed_last, at):
        return Meaning.AGAIN
    if any(one.docked_for_ms(at) <= FRESH_MS for one in waiting(state)):
        return Meaning.ASK
    return Meaning.TAKE


def _owes_a_signature(state: State, officer: str) -> bool:
    """A loan ends when its camera says who it is; the signature for it is still to come."""
    if any(loan.officer == officer and loan.step is LoanStep.OPEN for loan in state.loans.values()):
        return True
    return any(not_signed_yet(state, one, officer) for one in state.dockings.values())


def signed_just_now(docking: Docking, at: Stamp) -> bool:
    """By the clock on the wall, as it was written: one that was set a little meanwhile makes no difference."""
    return docking.handed_over_ms is not None and abs(at.utc_ms - docking.handed_over_ms) <= AGAIN_MS
