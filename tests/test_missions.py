"""Missions: declared, numbered, ended, closed; which footage is theirs is settled by people, and never silently."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.custody import acts
from station.custody.facts_of_disks import FACTS_OF_DISKS
from station.custody.facts_of_keeping import FACTS_OF_KEEPING
from station.custody.facts_of_missions import FACTS_OF_MISSIONS
from station.custody.mission import Mark, Mission, MissionStep
from station.custody.placing import mission_of
from station.custody.state import State
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from station.journal.entries import entry_bytes, seal
from station.views.office_words import MARKS
from tests.acting import HOUR_MS, START_MS, Desk
from tests.people_histories import SECRET_WORDS, counted, lived, placed_twice


def declare(desk: Desk, activity: str = "ACT-INSPECT", **more: Any) -> int:
    said: dict[str, Any] = {
        "by": "officer-1",
        "activity": activity,
        "kind": "INSPECTION",
        "on_site": True,
        "officers": ("officer-1", "officer-2"),
        "started_ms": START_MS - 2 * HOUR_MS,
    }
    return desk.begin(acts.DeclareMission(**(said | more)))


def kept(desk: Desk, number: int) -> Mission:
    mission = desk.archive[Mission, number]
    assert isinstance(mission, Mission)
    return mission


def test_a_mission_is_declared_numbered_later_ended_and_closed() -> None:
    desk = Desk()
    number = declare(desk, emergency=True, cause="张三违建", party="张三")
    assert desk.facts[-1].private == {"cause": "张三违建", "party": "张三"}
    desk.tell(acts.EndMission(by="officer-1", mission=number, ended_ms=START_MS))
    desk.tell(acts.NumberMission(by="officer-2", mission=number, number="银执〔2026〕7号"))
    assert desk.state.missions[number].numbered == desk.facts[-1].n
    desk.tell(acts.PlaceRecording(by="officer-1", recording=desk.recording(), mission=number))
    desk.tell(acts.CloseMission(by="officer-1", mission=number, gap=False))
    assert number not in desk.state.missions
    assert kept(desk, number).step is MissionStep.CLOSED


def test_what_is_known_at_once_is_said_at_once() -> None:
    desk = Desk()
    number = declare(desk, ended_ms=START_MS, number="7")
    assert desk.said()[-3:] == ["mission_declared", "mission_numbered", "mission_ended"]
    assert desk.state.missions[number].step is MissionStep.ENDED


def test_a_mission_that_had_to_be_filmed_is_not_closed_without_footage() -> None:
    """YC-5.2: 「全过程」; what is missing needs a 工作情况说明 (YC-20.2b), and that is of the mission alone."""
    desk = Desk()
    number = declare(desk, ended_ms=START_MS)
    with pytest.raises(RefusedError, match="REC_MISSING") as refused:
        desk.tell(acts.CloseMission(by="officer-1", mission=number, gap=False))
    assert refused.value.articles
    assert refused.value.rule == "record.activity.ACT-INSPECT"
    assert desk.state.missions[number].step is MissionStep.ENDED


def test_footage_with_a_gap_needs_an_explanation() -> None:
    desk = Desk()
    number = declare(desk, ended_ms=START_MS)
    desk.tell(acts.PlaceRecording(by="officer-1", recording=desk.recording(), mission=number))
    with pytest.raises(RefusedError, match="NONUSE_UNEXPLAINED"):
        desk.tell(acts.CloseMission(by="officer-1", mission=number, gap=True))
    desk.tell(acts.CloseMission(by="officer-1", mission=number, gap=False))


def test_times_must_make_sense() -> None:
    desk = Desk()
    number = declare(desk)
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.EndMission(by="officer-1", mission=number, ended_ms=START_MS - 3 * HOUR_MS))
    desk.tell(acts.PlaceRecording(by="officer-1", recording=desk.recording(), mission=number))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.CloseMission(by="officer-1", mission=number, gap=False))
    with pytest.raises(UnfitObservationError):
        declare(desk, officers=())


def test_marks_are_noted_once_each() -> None:
    desk = Desk()
    number = declare(desk)
    for mark in (Mark.PARTY_TOLD, Mark.OBSTRUCTED, Mark.PARTY_TOLD):
        desk.tell(acts.MarkMission(by="officer-1", mission=number, mark=mark, remark="拒不配合"))
    assert desk.state.missions[number].marks == ("PARTY_TOLD", "OBSTRUCTED")


def test_every_mark_has_its_words() -> None:
    assert set(MARKS) == set(Mark)


def test_a_settled_recording_is_placed_moved_with_a_reason_and_taken_out() -> None:
    desk = Desk()
    one, other, recording = declare(desk), declare(desk), desk.recording()
    assert recording not in desk.state.recordings
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=one))
    assert desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=one)) == ()
    with pytest.raises(UnfitObservationError, match="reason"):
        desk.tell(acts.PlaceRecording(by="keeper", recording=recording, mission=other))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=other, reason="弄错"))
    desk.tell(acts.PlaceRecording(by="keeper", recording=recording, mission=other, reason="弄错"))
    assert desk.said()[-2:] == ["recording_withdrawn", "recording_placed"]
    assert (desk.state.missions[one].recordings, desk.state.missions[other].recordings) == (0, 1)
    desk.tell(acts.PlaceRecording(by="keeper", recording=recording, mission=None, reason="与案无关"))
    assert desk.kept(recording).mission is None
    assert recording not in desk.state.recordings


def test_a_closed_mission_takes_and_gives_nothing_until_it_is_opened_again() -> None:
    desk = Desk()
    number, recording = declare(desk, ended_ms=START_MS), desk.recording()
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=number))
    desk.tell(acts.CloseMission(by="officer-1", mission=number, gap=False))
    for act in (
        acts.PlaceRecording(by="keeper", recording=recording, mission=None, reason="弄错"),
        acts.PlaceRecording(by="keeper", recording=desk.recording("C2"), mission=number),
    ):
        before = desk.state
        with pytest.raises(IllegalStepError):
            desk.tell(act)
        assert desk.state == before
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.ReopenMission(by="officer-1", mission=number, reason=" "))
    desk.tell(acts.ReopenMission(by="officer-1", mission=number, reason="归错资料"))
    desk.tell(acts.PlaceRecording(by="keeper", recording=recording, mission=None, reason="弄错"))
    assert desk.state.missions[number].recordings == 0


def test_what_is_no_recording_is_not_placed() -> None:
    desk = Desk()
    number = declare(desk)
    for nonsense in (0, number, 999):
        with pytest.raises(IllegalStepError):
            desk.tell(acts.PlaceRecording(by="officer-1", recording=nonsense, mission=number))


@given(st.integers(0, 10_000))
def test_a_recording_is_in_one_mission_at_most_and_leaves_it_with_a_reason(seed: int) -> None:
    unit = lived(seed, 250)
    assert placed_twice(unit.facts) == []
    counts = counted(unit.facts)
    for subject in unit.archive.values():
        if isinstance(subject, Mission):
            assert subject.recordings == counts[subject.number]


@given(st.integers(0, 10_000))
def test_no_word_about_a_person_stands_in_an_entry(seed: int) -> None:
    for fact in lived(seed, 200).facts:
        if type(fact.body) not in {*FACTS_OF_MISSIONS, *FACTS_OF_KEEPING, *FACTS_OF_DISKS}:
            continue
        sealed, values = seal(fact, lambda: bytes(32))
        entry = entry_bytes(sealed, "t-01").decode()
        assert not any(word in entry for word in SECRET_WORDS)
        assert len(values) == len(fact.private)


def mission(number: int, *officers: str, started_ms: int = 1_000, ended_ms: int | None = 9_000) -> Mission:
    return Mission(
        number=number,
        step=MissionStep.DECLARED,
        activity="ACT-INSPECT",
        kind="INSPECTION",
        on_site=True,
        emergency=False,
        officers=officers,
        declared_by="o1",
        declared_ms=0,
        declared_under="p@1",
        started_ms=started_ms,
        ended_ms=ended_ms,
    )


@pytest.mark.parametrize(
    ("missions", "proposed"),
    [
        ((mission(7, "o1"),), 7),
        ((mission(7, "o1", ended_ms=None),), 7),
        ((mission(7, "o2"),), None),
        ((mission(7, "o1"), mission(8, "o2")), 7),
        ((mission(7, "o1"), mission(8, "o1", "o2")), None),
        ((mission(7, "o1", started_ms=6_001),), None),
        ((mission(7, "o1", started_ms=6_000),), 7),
        ((mission(7, "o1", started_ms=0, ended_ms=3_999),), None),
    ],
    ids=["fits", "under way", "of others", "one of two", "two fit", "later", "just touches", "earlier"],
)
def test_a_mission_is_proposed_only_where_one_alone_fits(missions: tuple[Mission, ...], proposed: int | None) -> None:
    """By whoever had the camera, and by the time."""
    found = mission_of(State().holding(missions, 10), "o1", 4_000, 6_000)
    assert (found.number if found else None) == proposed
