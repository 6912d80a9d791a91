"""Promise: what was signed for too late is told once, whenever the station comes to know it."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterReturn, HandoverFallsDue
from station.custody.camera import LOANS_REMEMBERED_MAX
from station.custody.facts_of_keeping import FindingReported
from station.custody.facts_of_the_desk import HandoverFellDue
from station.policy import handover
from station.policy.calendars import Calendar
from station.policy.due_times import Due
from station.policy.effective import EffectivePack
from station.policy.permits import HandoverAsked
from tests.dock_bench import HOUR_MS, START_MS, DockBench
from tests.handover_bench import DAY_MS, due, film, lent, mission, told

LATE = ("HANDOVER_LATE", "officer-1")


def late(dock: DockBench) -> int:
    return sum(one.code == "HANDOVER_LATE" for one in dock.said("finding_reported"))


def signed_on_the_tenth_day(pack: str = "yinchuan") -> tuple[DockBench, int]:
    """Docked and tapped at once."""
    dock, loan = lent(pack)
    dock.clock.advance(10 * DAY_MS)
    dock.put("C1", "1")
    dock.brought_back()
    return dock, loan


def test_signed_too_late_is_told_once_though_nobody_looked_before() -> None:
    dock, loan = lent()
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(10 * DAY_MS)
    dock.put("C1", "1")
    signed_ms = dock.clock.stamp().utc_ms
    dock.brought_back()
    dock.clock.advance(HOUR_MS)
    assert told(dock) == [LATE]
    found = dock.last(FindingReported)
    assert {one.name: one.number for one in found.evidence} == {
        "due_ms": dock.last(HandoverFellDue).due_ms,
        "docked_ms": signed_ms,
        "signed_ms": signed_ms,
        "stored_ms": signed_ms,
    }
    dock.start_anew()
    dock.tell(acts.CloseFinding(by="head", finding=dock.facts[-1].n))
    dock.clock.advance(DAY_MS)
    assert due(dock) == []
    dock.tell(HandoverFallsDue(loan=loan))
    assert len(dock.said("handover_fell_due")) == 1


def test_signed_in_time_is_nothing_however_often_it_is_asked() -> None:
    dock, loan = lent()
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.brought_back()
    dock.clock.advance(10 * DAY_MS)
    dock.tell(HandoverFallsDue(loan=loan))
    assert dock.said("handover_fell_due") == []


def test_where_the_recording_counts_a_mission_accuses_nobody_whose_camera_is_back() -> None:
    """Its files were read, and may be cleared by now: they might say that it was in time."""
    for back in (True, False):
        dock, _ = lent("liangping")
        mission(dock, START_MS + HOUR_MS)
        dock.clock.advance(10 * DAY_MS)
        if back:
            dock.put("C1", "1")
            dock.brought_back()
        assert (LATE in told(dock)) is not back


@pytest.mark.parametrize("code", ["HANDOVER_LATE", "SELF_KEPT"])
def test_what_is_told_is_what_this_station_saw(code: str) -> None:
    """It hears nothing of cameras that were docked at another."""
    dock, _ = lent()
    zh, en = dock.policy.said(dock.policy.finds(code))
    assert "本站" in zh
    assert "他站" in zh
    assert "this station" in en.lower()
    assert "where it was docked" in en


def test_docked_in_time_and_signed_too_late_is_told_while_it_lies_there() -> None:
    dock, _ = lent()
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.clock.advance(10 * DAY_MS)
    dock.brought_back()
    assert told(dock) == [LATE]


def test_where_docking_is_enough_a_late_signature_accuses_nobody() -> None:
    """It is settled by nothing: a mission that ended long before it was docked is still told."""
    dock, _ = lent("mingshan")
    dock.clock.advance(5 * DAY_MS)
    dock.put("C1", "1")
    dock.clock.advance(5 * DAY_MS)
    dock.brought_back()
    assert due(dock) == []
    mission(dock, START_MS + HOUR_MS)
    assert told(dock) == [LATE]


def test_a_file_read_after_the_signature_tells_that_it_was_late() -> None:
    dock, _ = signed_on_the_tenth_day()
    assert told(dock) == []
    film(dock, "1", START_MS + HOUR_MS)
    assert told(dock) == [LATE]


def test_a_file_of_an_earlier_loan_read_later_tells_of_that_loan() -> None:
    dock, loan = signed_on_the_tenth_day()
    dock.out("1")
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    film(dock, "1", START_MS + HOUR_MS)
    assert told(dock) == [LATE]
    assert dock.last(HandoverFellDue).loan == loan


def test_a_mission_declared_after_the_camera_went_out_again_tells_that_it_was_late() -> None:
    dock, loan = signed_on_the_tenth_day()
    dock.out("1")
    assert told(dock) == []
    mission(dock, START_MS + HOUR_MS)
    assert told(dock) == [LATE]
    assert dock.last(HandoverFellDue).loan == loan


def test_signed_in_time_before_a_flat_camera_spoke_is_in_time() -> None:
    """It wakes days later: the signature says that it lay there."""
    dock, _ = lent()
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(2 * HOUR_MS)
    dock.tell(seen.PresenceClosed(bay="1"))
    dock.brought_back()
    dock.clock.advance(10 * DAY_MS)
    dock.speak("C1", "1")
    film(dock, "1", START_MS + HOUR_MS)
    assert told(dock) == []
    assert due(dock) == []


def test_signed_too_late_before_the_camera_spoke_is_told() -> None:
    dock, _ = lent()
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(10 * DAY_MS)
    dock.tell(seen.PresenceClosed(bay="1"))
    dock.brought_back()
    signed_ms = dock.clock.stamp().utc_ms
    dock.clock.advance(HOUR_MS)
    dock.speak("C1", "1")
    assert told(dock) == [LATE]
    times = {one.name: one.number for one in dock.last(FindingReported).evidence}
    assert times["docked_ms"] == times["signed_ms"] == signed_ms


def test_a_signature_at_a_time_that_nobody_knew_accuses_nobody() -> None:
    """Whether the camera had said who it is by then or not."""
    for spoke in (True, False):
        dock, _ = lent()
        mission(dock, START_MS + HOUR_MS)
        dock.clock.advance(2 * HOUR_MS)
        if spoke:
            dock.put("C1", "1")
        else:
            dock.tell(seen.PresenceClosed(bay="1"))
        known = dock.clock.stamp()
        dock.clock = ManualClock(replace(known.later(10 * DAY_MS), synchronised=False))
        dock.brought_back()
        if not spoke:
            dock.speak("C1", "1")
        dock.clock = ManualClock(known.later(11 * DAY_MS))
        assert told(dock) == []
        assert due(dock) == []


def test_a_signature_at_a_time_that_nobody_knew_accuses_nobody_once_the_camera_speaks() -> None:
    """By then the station knows the time again: that says nothing of when it was signed."""
    dock, _ = lent()
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(2 * HOUR_MS)
    dock.tell(seen.PresenceClosed(bay="1"))
    known = dock.clock.stamp()
    dock.clock = ManualClock(replace(known.later(10 * DAY_MS), synchronised=False))
    dock.brought_back()
    dock.clock = ManualClock(known.later(5 * DAY_MS))
    dock.speak("C1", "1")
    assert told(dock) == []
    assert due(dock) == []


def test_a_return_on_paper_counts_for_what_was_signed_too_late() -> None:
    dock, loan = lent()
    mission(dock, START_MS + HOUR_MS)
    dock.clock.advance(10 * DAY_MS)
    dock.put("C1", "1")
    dock.brought_back()
    dock.tell(EnterReturn(by="keeper", loan=loan, returned_ms=START_MS + 2 * HOUR_MS, paper="0017"))
    assert told(dock) == []
    assert dock.last(HandoverFellDue).loan == loan
    assert due(dock) == []


def test_one_look_reckons_only_what_can_still_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all the loans a camera had, the one that lies where it was signed for; and those with a mission."""
    dock, _ = lent()
    for _ in range(LOANS_REMEMBERED_MAX - 1):
        dock.clock.advance(HOUR_MS)
        dock.ready("C1", "1")
        dock.brought_back()
        dock.taken()
    mission(dock, None, "officer-2")
    dock.clock.advance(HOUR_MS)
    dock.put("C1", "1")
    dock.brought_back()
    reckoned: list[HandoverAsked] = []
    due_of = handover.due_of

    def counted(pack: EffectivePack, calendar: Calendar, asked: HandoverAsked) -> Due | None:
        reckoned.append(asked)
        return due_of(pack, calendar, asked)

    monkeypatch.setattr(handover, "due_of", counted)
    assert due(dock) == []
    assert [one.docked_ms for one in reckoned] == [dock.clock.stamp().utc_ms]
    dock.out("1")
    reckoned.clear()
    assert due(dock) == []
    assert reckoned == []
    mission(dock, START_MS + 30 * 60_000)
    reckoned.clear()
    assert due(dock) == []
    assert len(reckoned) == 1


class Lived:
    """A loan from taking to some time after it was signed for; what ended may become known at any moment of it."""

    def __init__(
        self, pack: str, out_h: int, lies_h: int, ended: tuple[str, str] | None, looks: frozenset[str]
    ) -> None:
        self.dock, self.loan = lent(pack)
        self._ended, self._looks = ended, looks
        self.anchor_ms: int | None = None
        self.told_before = False
        """Unsigned and in its bay, of what nobody knew to be older: told once, and by that for good."""
        self.dock.clock.advance(out_h * HOUR_MS)
        self._moment("out")
        self.docked_ms = self.dock.clock.stamp().utc_ms
        self.dock.put("C1", "1")
        self._moment("docked")
        self.dock.clock.advance(lies_h * HOUR_MS)
        self._moment("lies")
        self.signed_ms = self.dock.clock.stamp().utc_ms
        self.dock.brought_back()
        self._moment("signed")
        self.dock.out("1")
        self.dock.clock.advance(DAY_MS)
        self._moment("gone")

    def _moment(self, name: str) -> None:
        if self._ended is not None and self._ended[1] == name:
            self.told_before = bool(self.dock.said("handover_fell_due"))
        if self._ended == ("mission", name):
            self.anchor_ms = START_MS + HOUR_MS
            mission(self.dock, self.anchor_ms)
        if self._ended == ("file", name):
            self.anchor_ms = START_MS + HOUR_MS + 60_500
            film(self.dock, "1", START_MS + HOUR_MS)
        if name in self._looks:
            self.dock.start_anew()
            told(self.dock)

    @property
    def counts_missions(self) -> bool:
        """Not only while the camera is out."""
        return self.dock.policy.pack.text("handover.anchor") == "activity_end"

    @property
    def is_late(self) -> bool:
        """As the pack counts it, by what is known in the end."""
        ended = HandoverAsked("", "", file_ms=self.docked_ms if self.anchor_ms is None else self.anchor_ms)
        due_ms = self.dock.policy.handover_due_ms(ended)
        assert due_ms is not None
        by_signature = self.dock.policy.pack.text("handover.satisfied_by") == "docked_and_signed"
        return (self.signed_ms if by_signature else self.docked_ms) > due_ms


MOMENTS = ("out", "docked", "lies")
ENDED = st.one_of(
    st.none(),
    st.tuples(st.just("mission"), st.sampled_from((*MOMENTS, "signed", "gone"))),
    st.tuples(st.just("file"), st.sampled_from(("docked", "lies", "signed"))),
)


@given(
    st.sampled_from(("yinchuan", "mingshan", "liangping")),
    st.integers(2, 100),
    st.integers(0, 100),
    ENDED,
    st.frozensets(st.sampled_from(MOMENTS)),
)
@example("yinchuan", 2, 60, None, frozenset())
def test_whether_it_was_late_does_not_depend_on_when_anybody_looked(
    pack: str, out_h: int, lies_h: int, ended: tuple[str, str] | None, looks: frozenset[str]
) -> None:
    lived = Lived(pack, out_h, lies_h, ended, looks | {"signed", "gone"})
    assume(ended is None or ended[0] == "file" or lived.counts_missions)
    assert late(lived.dock) == lived.is_late or lived.told_before
    assert len(lived.dock.said("handover_fell_due")) <= 1
    assert due(lived.dock) == []
