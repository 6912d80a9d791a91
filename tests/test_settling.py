"""Whose footage it is, where the clocks could not say or said it wrongly: settled by a person, with a reason."""

import pytest

from station.custody import acts
from station.custody import observations as seen
from station.custody.loan import Loan, LoanStep
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from tests.acting import Desk


def lend(desk: Desk, camera: str = "C1", by: str = "officer-1") -> int:
    """A loan long over, as its row has it."""
    number = desk.state.size
    loan = Loan(number, LoanStep.ENDED, camera, by, 1, 2, 1_000, 2_000)
    desk.archive[Loan, number] = loan
    desk.tell(seen.PresenceClosed(bay=f"bay-{number}"))
    return number


def settle(desk: Desk, recording: int, loan: int | None, reason: str = "执法人员确认", by: str = "keeper") -> None:
    desk.tell(acts.AttributeRecording(by=by, recording=recording, loan=loan, reason=reason))


def test_a_doubtful_recording_is_settled_and_settled_anew_and_what_the_clocks_said_stays() -> None:
    desk = Desk()
    recording = desk.recording()
    before = desk.kept(recording)
    assert (before.loan, before.unattributed, before.credited_loan) == (None, "NO_LOAN", None)
    one, other = lend(desk), lend(desk, by="officer-2")
    for loan in (one, other, None):
        settle(desk, recording, loan)
        settled = desk.kept(recording)
        assert settled.credited_loan == loan
        assert settled.attributed == desk.facts[-1].n
        assert (settled.loan, settled.unattributed) == (None, "NO_LOAN")
    assert desk.said().count("recording_attributed") == 3
    assert recording not in desk.state.recordings


def test_it_takes_a_reason_and_the_keeper() -> None:
    desk = Desk()
    recording, loan = desk.recording(), lend(desk)
    with pytest.raises(UnfitObservationError):
        settle(desk, recording, loan, reason=" ")
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        settle(desk, recording, loan, by="officer-1")


def test_nobody_filmed_with_a_camera_they_never_had() -> None:
    desk = Desk()
    recording, of_another = desk.recording(), lend(desk, camera="C2")
    lapsed = desk.state.size
    desk.archive[Loan, lapsed] = Loan(lapsed, LoanStep.LAPSED, "C1", "officer-1", 1)
    desk.tell(seen.PresenceClosed(bay="x"))
    for impossible in (of_another, lapsed, recording, 999):
        with pytest.raises(IllegalStepError):
            settle(desk, recording, impossible)
