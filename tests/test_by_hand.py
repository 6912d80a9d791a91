"""Promise: what is entered from paper is a custodian's word, and nothing takes it for what a bay saw."""

from typing import Any

import pytest

from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan, EnterReturn
from station.custody.facts import RecordingHeld
from station.custody.facts_of_the_desk import HandoverSigned, LoanByHand, ReturnByHand
from station.custody.loan import Loan
from station.errors import DockwardError, RefusedError, UnfitObservationError
from tests.dock_bench import HOUR_MS, START_MS, DockBench


def cut_off() -> DockBench:
    """The power went; by key C1 was taken out of bay 1, and nobody offered it. Two hours later the station is back."""
    dock = DockBench()
    dock.ready("C1", "1")
    dock.out("1")
    dock.clock.advance(2 * HOUR_MS)
    return dock


def enter(dock: DockBench, **said: Any) -> int:
    """The number of the loan."""
    values: dict[str, Any] = {"by": "keeper", "officer": "officer-1", "camera": "C1", "paper": "0017"}
    return dock.tell(EnterLoan(**values | {"taken_ms": START_MS + HOUR_MS} | said))[0].n


def refused(dock: DockBench, **said: Any) -> DockwardError:
    before = len(dock.facts)
    with pytest.raises(DockwardError) as error:
        enter(dock, **said)
    assert len(dock.facts) == before
    return error.value


def film(dock: DockBench, bay: str, begun_ms: int) -> RecordingHeld:
    read = seen.RecordingRead(
        docking=dock.docking(bay).number,
        listing=f"clip-{begun_ms}",
        size_bytes=1,
        sha256="c" * 64,
        original_name="clip.mp4",
        begun_device_ms=begun_ms,
        ended_device_ms=begun_ms + 60_000,
    )
    body = dock.tell(read)[0].body
    assert isinstance(body, RecordingHeld)
    return body


def loan_of(dock: DockBench, number: int) -> Loan:
    loan = dock.archive[Loan, number]
    assert isinstance(loan, Loan)
    return loan


def test_a_camera_taken_in_the_dark_is_lent_on_paper_and_the_number_is_sealed() -> None:
    dock = cut_off()
    number = enter(dock)
    assert dock.last(LoanByHand) == LoanByHand(
        camera="C1", officer="officer-1", taken_ms=START_MS + HOUR_MS, returned_ms=None
    )
    assert (dock.facts[-1].by, dock.facts[-1].private) == ("keeper", {"paper": "0017"})
    assert dock.state().loans_of("officer-1") == 1
    dock.ready("C2", "2")
    assert dock.refused().code == "OFFICER_HAS_CAMERA"
    camera = dock.state().cameras["C1"]
    assert (camera.step, camera.loan) == ("missing", number)
    assert "loan_started" not in dock.kinds()


def test_it_comes_back_like_any_other() -> None:
    dock = cut_off()
    number = enter(dock)
    dock.put("C1", "3")
    assert dock.said("loan_ended")[0].loan == number
    back = dock.brought_back()
    assert (back.odd, dock.last(HandoverSigned).loan) == ((), number)
    assert dock.state().loans_of("officer-1") == 0


def test_footage_of_such_a_loan_is_credited_by_a_person_alone() -> None:
    dock = cut_off()
    enter(dock)
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "3")
    held = film(dock, "3", START_MS + HOUR_MS + 600_000)
    assert (held.loan, held.unattributed) == (None, "LOAN_BY_HAND")


def test_taken_and_brought_back_in_the_dark_changes_nothing_that_bays_saw() -> None:
    dock = cut_off()
    dock.put("C1", "3")
    before = dock.state().cameras["C1"]
    number = enter(dock, returned_ms=START_MS + HOUR_MS + 60_000)
    camera = dock.state().cameras["C1"]
    assert (camera.step, camera.docking, camera.loan) == (before.step, before.docking, None)
    assert [(span.loan, span.by_hand) for span in camera.spans] == [(number, True)]
    loan = loan_of(dock, number)
    assert (loan.step, loan.paper_ended_ms, loan.ended_ms) == ("ended", START_MS + HOUR_MS + 60_000, None)
    assert [fact.private for fact in dock.facts[-2:]] == [{"paper": "0017"}] * 2


def test_a_paper_loan_stands_among_the_others_by_its_times() -> None:
    """Entered days later, it neither hides the last loan nor the footage of that."""
    dock = cut_off()
    dock.ready("C1", "1")
    dock.clock.advance(HOUR_MS)
    dock.taken("officer-2")
    enter(dock, returned_ms=START_MS + HOUR_MS + 60_000)
    assert [span.by_hand for span in dock.state().cameras["C1"].spans] == [True, False]
    assert dock.state().cameras["C1"].step == "lent"
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "3")
    held = film(dock, "3", START_MS + 3 * HOUR_MS + 600_000)
    assert held.loan == dock.said("loan_ended")[-1].loan
    assert dock.brought_back("officer-2").odd == ()


def test_a_return_on_paper_ends_the_loan_and_the_camera_is_nowhere_until_it_is_docked() -> None:
    """At another station, whose slip this is; or into a custodian's hands."""
    dock = DockBench()
    dock.ready("C1", "1")
    loan = dock.taken().offer.loan
    dock.clock.advance(3 * HOUR_MS)
    dock.tell(EnterReturn(by="keeper", loan=loan, returned_ms=START_MS + 2 * HOUR_MS, paper="t-02/5512"))
    assert dock.last(ReturnByHand) == ReturnByHand(loan=loan, camera="C1", returned_ms=START_MS + 2 * HOUR_MS)
    assert dock.state().loans_of("officer-1") == 0
    camera = dock.state().cameras["C1"]
    assert (camera.step, camera.loan, camera.spans[0].ended_ms) == ("missing", None, START_MS + 2 * HOUR_MS)
    dock.put("C1", "2")
    assert dock.state().cameras["C1"].step == "docked"
    assert "loan_ended" not in dock.kinds()


def test_a_paper_time_stands_beside_the_one_the_station_saw() -> None:
    """Docked at 18:02 without power, seen at 20:30: both times are kept, and the bay's is not changed."""
    dock = DockBench()
    dock.ready("C1", "1")
    loan = dock.taken().offer.loan
    dock.clock.advance(3 * HOUR_MS)
    dock.put("C1", "2")
    before = dock.state().cameras["C1"]
    dock.tell(EnterReturn(by="keeper", loan=loan, returned_ms=START_MS + HOUR_MS, paper="0018"))
    ended = loan_of(dock, loan)
    assert (ended.ended_ms, ended.paper_ended_ms) == (START_MS + 3 * HOUR_MS, START_MS + HOUR_MS)
    assert dock.state().cameras["C1"] == before
    assert dock.last(ReturnByHand).camera is None


@pytest.mark.parametrize(
    ("by", "code"),
    [("officer-2", "NOT_AUTHORISED"), ("officer-1", "APPROVAL_SELF"), ("their-keeper", "NOT_AUTHORISED")],
)
def test_only_a_custodian_of_the_unit_enters_it_and_never_for_themselves(by: str, code: str) -> None:
    error = refused(cut_off(), by=by)
    assert isinstance(error, RefusedError)
    assert error.code == code
    assert isinstance(refused(cut_off(), officer="keeper"), RefusedError)
    dock = DockBench()
    dock.ready("C1", "1")
    loan = dock.taken().offer.loan
    with pytest.raises(RefusedError):
        dock.tell(EnterReturn(by=by, loan=loan, returned_ms=START_MS, paper="1"))


@pytest.mark.parametrize(
    "said",
    [
        {"paper": " "},
        {"camera": "C9"},
        {"taken_ms": START_MS + 3 * HOUR_MS},
        {"returned_ms": START_MS},
        {"returned_ms": START_MS + 5 * HOUR_MS},
    ],
)
def test_what_cannot_be_is_not_written(said: dict[str, Any]) -> None:
    assert isinstance(refused(cut_off(), **said), (UnfitObservationError, RefusedError))


def test_a_camera_that_is_docked_or_lent_is_not_out_on_paper_too() -> None:
    docked = DockBench()
    docked.ready("C1", "1")
    docked.clock.advance(2 * HOUR_MS)
    assert isinstance(refused(docked), UnfitObservationError)
    docked.taken("officer-2")
    assert isinstance(refused(docked), UnfitObservationError)


def test_two_never_had_one_camera_at_once() -> None:
    dock = DockBench()
    dock.ready("C1", "1")
    dock.clock.advance(HOUR_MS)
    dock.taken("officer-2")
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "2")
    dock.clock.advance(HOUR_MS)
    for taken, returned in ((0, 90), (70, 80), (90, 150), (30, 150)):
        times = {"taken_ms": START_MS + taken * 60_000, "returned_ms": START_MS + returned * 60_000}
        assert isinstance(refused(dock, **times), UnfitObservationError)
    enter(dock, taken_ms=START_MS, returned_ms=START_MS + HOUR_MS)
    enter(dock, taken_ms=START_MS + 2 * HOUR_MS, returned_ms=START_MS + 3 * HOUR_MS)
