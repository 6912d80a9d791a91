"""One officer's possession of one camera: offered, taken, brought back."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import BayOffered, Fact, LoanEnded, LoanStarted, OfferLapsed
from station.custody.facts_of_the_desk import LoanByHand, ReturnByHand
from station.custody.machine import Machine


class LoanStep(StrEnum):
    OFFERED = "offered"
    OPEN = "open"
    LAPSED = "lapsed"
    ENDED = "ended"


_S = LoanStep

LOAN = Machine[LoanStep](
    {
        (None, BayOffered): _S.OFFERED,
        (_S.OFFERED, LoanStarted): _S.OPEN,
        (_S.OFFERED, OfferLapsed): _S.LAPSED,
        (_S.OPEN, LoanEnded): _S.ENDED,
        (None, LoanByHand): _S.OPEN,
        (_S.OPEN, ReturnByHand): _S.ENDED,
        (_S.ENDED, ReturnByHand): _S.ENDED,
    }
)


class Loan(Struct, frozen=True):
    number: int
    step: LoanStep
    camera: str
    officer: str
    from_docking: int | None
    """None where no bay saw it taken."""
    to_docking: int | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    paper_ended_ms: int | None = None
    """When it came back, as a custodian entered it from paper."""

    @property
    def live(self) -> bool:
        return self.step in {LoanStep.OFFERED, LoanStep.OPEN}


def advance_loan(loan: Loan | None, fact: Fact) -> Loan:
    step = LOAN.next_step(loan.step if loan else None, fact)
    if loan is None:
        return _begun(fact, step)
    match fact.body:
        case LoanStarted():
            return replace(loan, step=step, started_ms=fact.at.utc_ms)
        case LoanEnded(docking=docking):
            return replace(loan, step=step, ended_ms=fact.at.utc_ms, to_docking=docking)
        case ReturnByHand(returned_ms=returned_ms):
            return replace(loan, step=step, paper_ended_ms=returned_ms)
        case _:
            return replace(loan, step=step)


def _begun(fact: Fact, step: LoanStep) -> Loan:
    match fact.body:
        case LoanByHand(camera=camera, officer=officer, taken_ms=taken_ms):
            return Loan(fact.n, step, camera, officer, None, started_ms=taken_ms)
        case body:
            assert isinstance(body, BayOffered)  # noqa: S101 - the table admits nothing else from nowhere
            return Loan(fact.n, step, body.camera, body.officer, body.docking)
