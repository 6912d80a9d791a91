"""Footage goes for good only after its term, by two hands, and never while anything holds it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import acts
from station.custody.facts import Fact
from station.custody.facts_of_keeping import DeletedRecording, FootagePurged
from station.custody.hold import HoldKind
from station.custody.observations import PersonsAct
from station.custody.recording import RecordingStep
from station.custody.state import apply
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from tests.acting import START_MS, YEAR_MS, Desk
from tests.people_histories import lived, purged_although_held
from tests.test_holds import lift, place
from tests.test_missions import declare


def old(desk: Desk, clip: str = "clip") -> int:
    """A recording past the three years of YC-21.1a."""
    recording = desk.recording(clip=clip)
    desk.later(4 * YEAR_MS)
    return recording


def propose(desk: Desk, *recordings: int, by: str = "keeper") -> int:
    return desk.begin(acts.ProposePurge(by=by, recordings=recordings, ground="无保存价值"))


def test_a_purge_is_proposed_approved_begun_and_carried_out() -> None:
    desk = Desk()
    recording = old(desk)
    purge = propose(desk, recording)
    desk.tell(acts.ApprovePurge(by="head", purge=purge))
    desk.tell(acts.BeginPurge(by="keeper", purge=purge))
    assert desk.kept(recording).step is RecordingStep.SETTLED
    desk.tell(acts.FootageDeleted(purge=purge))
    body = desk.facts[-1].body
    assert isinstance(body, FootagePurged)
    assert [(one.recording, one.sha256) for one in body.deleted] == [(recording, "c" * 64)]
    assert desk.kept(recording).step is RecordingStep.PURGED
    assert desk.tell(acts.FootageDeleted(purge=purge)) == ()
    for gone in (
        acts.ProposePurge(by="keeper", recordings=(recording,), ground="x"),
        acts.PlaceHold(by="keeper", kind=HoldKind.CASE, recordings=(recording,)),
        acts.PlaceRecording(by="keeper", recording=recording, mission=declare(desk)),
    ):
        with pytest.raises(IllegalStepError):
            desk.tell(gone)


def test_nothing_goes_early() -> None:
    """YC-21.1a: 三年; asked again at each step."""
    desk = Desk()
    recording = desk.recording()
    desk.later(2 * YEAR_MS)
    with pytest.raises(RefusedError, match="PURGE_EARLY") as refused:
        propose(desk, recording)
    assert "YC-21.1a" in refused.value.articles


def test_where_purging_is_off_nobody_proposes_it() -> None:
    """ZC-45.p1a."""
    desk = Desk("zhoucun")
    with pytest.raises(RefusedError, match="DELETE_FORBIDDEN"):
        propose(desk, old(desk))


@pytest.mark.parametrize("on_mission", [False, True])
def test_a_hold_stops_a_purge_at_every_step_until_it_is_lifted(*, on_mission: bool) -> None:
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=mission))
    desk.later(4 * YEAR_MS)
    meant: dict[str, Any] = {"mission": mission} if on_mission else {"recordings": (recording,)}

    def held(act: PersonsAct) -> None:
        hold = place(desk, **meant)
        with pytest.raises(RefusedError, match="PURGE_HELD"):
            desk.tell(act)
        lift(desk, hold)
        desk.tell(act)

    held(acts.ProposePurge(by="keeper", recordings=(recording,), ground="无保存价值"))
    purge = max(desk.state.purges)
    held(acts.ApprovePurge(by="head", purge=purge))
    held(acts.BeginPurge(by="keeper", purge=purge))
    with pytest.raises(IllegalStepError, match="deleted"):
        place(desk, recording)


def test_moving_a_recording_out_of_a_held_mission_lifts_nothing() -> None:
    """Otherwise the custodian alone would take the hold off what the custodian wants to purge."""
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=mission))
    place(desk, mission=mission)
    place(desk, recording, kind=HoldKind.LONGTERM, reason="LT-REMEDY")
    desk.tell(acts.MarkSecret(by="officer-1", category="STATE", mission=mission))
    desk.later(4 * YEAR_MS)
    desk.tell(acts.PlaceRecording(by="keeper", recording=recording, mission=None, reason="误归"))
    assert desk.state.blockers(desk.kept(recording)) == ("CASE", "LONGTERM")
    assert [mark.category for mark in desk.state.secrecy_of(desk.kept(recording))] == ["STATE"]
    assert desk.said()[-3:] == ["hold_placed", "secrecy_marked", "recording_withdrawn"]
    with pytest.raises(RefusedError, match="PURGE_HELD"):
        propose(desk, recording)


def test_what_is_being_deleted_is_neither_moved_nor_held_with_its_mission() -> None:
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=mission))
    desk.later(4 * YEAR_MS)
    purge = propose(desk, recording)
    desk.tell(acts.ApprovePurge(by="head", purge=purge))
    desk.tell(acts.BeginPurge(by="keeper", purge=purge))
    for late in (
        acts.PlaceHold(by="keeper", kind=HoldKind.CASE, mission=mission),
        acts.PlaceRecording(by="keeper", recording=recording, mission=None, reason="误归"),
    ):
        with pytest.raises(IllegalStepError, match="delete"):
            desk.tell(late)
    place(desk, mission=declare(desk))


def by_clock(desk: Desk, utc_ms: int, *, synchronised: bool) -> None:
    now = desk.clock.stamp()
    desk.clock = ManualClock(replace(now, utc_ms=utc_ms, synchronised=synchronised))


def test_a_clock_that_does_not_know_the_time_ends_no_term() -> None:
    """Wrong at the coming, it is no beginning of a term; wrong now, it is no end of one."""
    desk = Desk()
    by_clock(desk, 1_000, synchronised=False)
    recording = desk.recording()
    assert desk.kept(recording).held_ms is None
    by_clock(desk, START_MS, synchronised=True)
    with pytest.raises(RefusedError, match="PURGE_EARLY"):
        propose(desk, recording)
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=declare(desk)))
    assert desk.kept(recording).held_ms == START_MS
    by_clock(desk, START_MS + 4 * YEAR_MS, synchronised=False)
    with pytest.raises(RefusedError, match="PURGE_EARLY"):
        propose(desk, recording)
    by_clock(desk, START_MS + 4 * YEAR_MS, synchronised=True)
    assert propose(desk, recording)


def test_two_hands() -> None:
    desk = Desk()
    recording = old(desk)
    with pytest.raises(RefusedError, match="DELETE_FORBIDDEN"):
        propose(desk, recording, by="officer-1")
    purge = propose(desk, recording)
    with pytest.raises(RefusedError):
        desk.tell(acts.ApprovePurge(by="keeper", purge=purge))
    with pytest.raises(RefusedError, match="PURGE_UNAPPROVED"):
        desk.tell(acts.ApprovePurge(by="keeper-2", purge=purge))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.BeginPurge(by="keeper", purge=purge))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.FootageDeleted(purge=purge))
    assert "footage_purged" not in desk.said()


def test_the_third_hand_where_the_pack_has_one() -> None:
    """MS-REC-38."""
    desk = Desk("mingshan", approval__reviewer="custodian")
    purge = propose(desk, old(desk))
    with pytest.raises(RefusedError):
        desk.tell(acts.ApprovePurge(by="leader", purge=purge))
    desk.tell(acts.ReviewPurge(by="keeper-2", purge=purge))
    desk.tell(acts.ApprovePurge(by="leader", purge=purge))


@pytest.mark.parametrize("by", ["keeper", "head"])
def test_a_purge_is_refused_or_taken_back_before_it_begins(by: str) -> None:
    desk = Desk()
    recording = old(desk)
    purge = propose(desk, recording)
    desk.tell(acts.ApprovePurge(by="head", purge=purge))
    desk.tell(acts.RefusePurge(by=by, purge=purge))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.BeginPurge(by="keeper", purge=purge))
    propose(desk, recording)


def test_what_is_still_on_its_camera_is_not_purged() -> None:
    desk = Desk()
    recording = desk.recording(cleared=False)
    desk.later(4 * YEAR_MS)
    with pytest.raises(IllegalStepError, match="still on its camera"):
        propose(desk, recording)


def test_a_purge_names_recordings_each_once() -> None:
    desk = Desk()
    recording = old(desk)
    for unfit in ((), (recording, recording)):
        with pytest.raises(UnfitObservationError):
            propose(desk, *unfit)


@pytest.mark.parametrize("wrong", [{"sha256": "d" * 64}, {"recording": 0}], ids=["digest", "number"])
def test_a_fact_that_names_other_files_than_were_to_go_is_illegal(wrong: dict[str, Any]) -> None:
    desk = Desk()
    recording = old(desk)
    purge = propose(desk, recording)
    desk.tell(acts.ApprovePurge(by="head", purge=purge))
    desk.tell(acts.BeginPurge(by="keeper", purge=purge))
    right = DeletedRecording(recording=recording, sha256="c" * 64)
    body = FootagePurged(purge=purge, deleted=(right,))
    fact = Fact(desk.state.size, desk.clock.stamp(), "station", "p@1", f"purge:{purge}", body)
    recalled = (desk.kept(recording),)
    assert purge not in apply(desk.state, fact, recalled).purges
    with pytest.raises(IllegalStepError):
        apply(desk.state, replace(fact, body=replace(body, deleted=(replace(right, **wrong),))), recalled)


@given(st.integers(0, 10_000))
def test_nothing_is_purged_while_anything_holds_it(seed: int) -> None:
    assert purged_although_held(lived(seed, 250).facts) == []


def test_seeded_histories_purge_nothing_that_is_held() -> None:
    """The same promise on histories that are known to reach purges and holds."""
    units = [lived(seed, 600) for seed in range(40)]
    assert any(isinstance(fact.body, FootagePurged) for unit in units for fact in unit.facts)
    assert [wrong for unit in units for wrong in purged_although_held(unit.facts)] == []
