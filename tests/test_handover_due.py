"""Promise: a hand-over nobody signed in time is told once, by the pack's rule; paper counts, doubt accuses nobody."""

import pytest
from msgspec.structs import replace

from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan, EnterReturn, HandoverFallsDue
from station.custody.due_work import Work, due_work
from station.custody.facts import Fact
from station.custody.facts_of_keeping import FindingReported
from station.custody.facts_of_missions import MissionEnded
from station.custody.facts_of_the_desk import HandoverFellDue
from station.custody.judge import judgement
from station.custody.state import apply
from station.policy.calendars import Calendar
from station.signing.calendar_files import packaged_calendar
from tests.dock_bench import HOUR_MS, START_MS
from tests.handover_bench import DAY_MS, due, film, lent, mission, told


def test_docked_and_not_signed_for_is_told_once_when_the_time_is_over() -> None:
    dock, loan = lent()
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    assert [one for one, wait_ms in due(dock) if wait_ms == 60_000] == [loan]
    assert told(dock) == []
    dock.clock.advance(10 * DAY_MS)
    assert set(told(dock)) == {("HANDOVER_LATE", "officer-1"), ("HANDOVER_UNSIGNED", "officer-1")}
    late = next(one for one in dock.said("finding_reported") if one.code == "HANDOVER_LATE")
    assert (late.about, late.rule, late.articles[0]) == (f"loan:{loan}", "handover.deadline", "YC-20.3a")
    assert dock.last(HandoverFellDue).loan == loan
    assert due(dock) == []
    for finding in [fact.n for fact in dock.facts if isinstance(fact.body, FindingReported)]:
        dock.tell(acts.CloseFinding(by="head", finding=finding))
    dock.clock.advance(DAY_MS)
    assert told(dock) == []
    assert due(dock) == [], "what is closed is not told again"


def test_signed_in_time_is_never_told() -> None:
    dock, _ = lent()
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.brought_back()
    assert due(dock) == []
    dock.clock.advance(10 * DAY_MS)
    assert told(dock) == []


def test_signed_before_the_camera_says_who_it_is_is_signed_in_time() -> None:
    """Whoever walks to the reader is quicker than the camera's start; it speaks later, or is flat and called silent."""
    for silent in (False, True):
        dock, loan = lent()
        dock.clock.advance(HOUR_MS)
        dock.tell(seen.PresenceClosed(bay="1"))
        back = dock.brought_back()
        assert back.camera is None
        if silent:
            dock.tell(seen.CameraStayedSilent(docking=back.docking, label=None))
        dock.speak("C1", "1")
        (span,) = dock.state().cameras["C1"].spans
        assert (span.loan, span.handover) == (loan, back.slip.index)
        assert due(dock) == []
        dock.clock.advance(10 * DAY_MS)
        assert told(dock) == []


def test_a_camera_that_stays_out_after_a_mission_is_late() -> None:
    dock, _ = lent()
    dock.clock.advance(2 * HOUR_MS)
    assert due(dock) == [], "as far as anybody knows nothing ended"
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(10 * DAY_MS)
    assert ("HANDOVER_LATE", "officer-1") in told(dock)
    assert "HANDOVER_UNSIGNED" not in {one.code for one in dock.said("finding_reported")}


def test_what_paper_says_of_the_return_counts() -> None:
    """Docked without power on the day itself, seen by the station ten days later."""
    dock, loan = lent()
    dock.clock.advance(2 * HOUR_MS)
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(10 * DAY_MS)
    dock.put("C1", "1")
    dock.tell(EnterReturn(by="keeper", loan=loan, returned_ms=START_MS + 2 * HOUR_MS, paper="0017"))
    assert told(dock) == []
    assert dock.last(HandoverFellDue).loan == loan
    assert due(dock) == []


def test_a_loan_of_paper_and_a_station_that_did_not_know_the_time_accuse_nobody() -> None:
    dock, _ = lent()
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.brought_back()
    dock.out("1")
    dock.clock.advance(HOUR_MS)
    taken = START_MS + HOUR_MS + 60_000
    dock.tell(EnterLoan(by="keeper", officer="officer-2", camera="C1", taken_ms=taken, paper="3"))
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.clock.advance(10 * DAY_MS)
    assert told(dock) == []
    other, loan = lent()
    other.clock.advance(HOUR_MS)
    other.put("C1", "1")
    other.clock.advance(10 * DAY_MS)
    unsure = replace(other.clock.stamp(), synchronised=False)
    assert not [task for task in due_work(other.state(), other.policy, unsure) if task.work is Work.TELL_HANDOVER]
    said = HandoverFallsDue(loan=loan)
    assert judgement(other.state(), said, other.policy, unsure, other.archive.values()).facts == ()


def test_without_the_year_s_calendar_nobody_is_late() -> None:
    dock, _ = lent()
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.clock.advance(10 * DAY_MS)
    dock.policy = replace(dock.policy, calendar=Calendar())
    assert due(dock) == []
    dock.policy = replace(dock.policy, calendar=packaged_calendar())
    assert told(dock)


@pytest.mark.parametrize("ended_ms", [253_402_271_940_000, 253_402_300_799_999, 2**52])
def test_a_time_that_no_calendar_has_stops_nothing_and_accuses_nobody(ended_ms: int) -> None:
    """The dispatcher asks for what is due again and again: what it stumbled over would stop the station for good.

    Nobody can say so of a mission any more; a journal of an earlier version may hold one all the same.
    """
    dock, loan = lent()
    mission(dock, START_MS + HOUR_MS)
    number = next(iter(dock.state().missions))
    ended = MissionEnded(mission=number, ended_ms=ended_ms)
    stamp, size = dock.clock.stamp(), dock.state().size
    dock._state = apply(dock.state(), Fact(size, stamp, "officer-1", dock.policy.name, f"mission:{number}", ended))
    assert dock.state().missions[number].ended_ms == ended_ms
    assert due(dock) == []
    dock.tell(HandoverFallsDue(loan=loan))
    assert dock.said("handover_fell_due") == []


def test_the_earliest_file_counts_where_no_mission_is_known() -> None:
    """Filmed on the first day, docked on the tenth."""
    dock, _ = lent()
    dock.clock.advance(10 * DAY_MS)
    dock.put("C1", "1")
    assert told(dock) == []
    film(dock, "1", START_MS + HOUR_MS)
    assert ("HANDOVER_LATE", "officer-1") in told(dock)


@pytest.mark.parametrize("loan", [1, 10_000])
def test_what_is_no_loan_is_nothing(loan: int) -> None:
    dock, _ = lent()
    with pytest.raises(Exception, match="no loan"):
        dock.tell(HandoverFallsDue(loan=loan))
