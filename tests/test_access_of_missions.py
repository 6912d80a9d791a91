"""Promise: an approval of a mission covers a clip exactly while the mission has it, and never longer than it lasts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.custody import acts
from station.custody.access_request import AccessRequest, AccessStep
from station.custody.facts_of_keeping import AccessAsked
from station.custody.hold import HoldKind
from station.custody.recall import recalled_for
from station.custody.state import State, Subject, SubjectKey, apply, changes, key
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from station.journal.entries import entry_bytes, read_entry, seal
from station.policy.permits import Act
from tests.acting import HOUR_MS, START_MS, Desk, struck_off
from tests.test_missions import declare

TOMORROW_MS = START_MS + 24 * HOUR_MS


def ask(desk: Desk, mission: int, by: str = "officer-1", **more: Any) -> int:
    said: dict[str, Any] = {"by": by, "route": Act.VIEW_INTERNAL, "mission": mission, "purpose": "案件审核"}
    return desk.begin(acts.AskAccess(**(said | more)))


def approved(desk: Desk, mission: int) -> int:
    request = ask(desk, mission)
    desk.tell(acts.ApproveAccess(by="head", request=request, valid_until_ms=TOMORROW_MS))
    return request


def place(desk: Desk, recording: int, mission: int | None, by: str = "keeper") -> None:
    desk.tell(acts.PlaceRecording(by=by, recording=recording, mission=mission, reason="归错"))


def opens(desk: Desk, request: int, recording: int, by: str = "officer-1") -> bool:
    before = desk.said().count("access_opened")
    try:
        desk.tell(acts.OpenAccess(by=by, request=request, recording=recording))
    except RefusedError as refused:
        assert refused.code == "ACCESS_UNAPPROVED"  # noqa: PT017 - what is refused is half of the promise
    return desk.said().count("access_opened") > before


def replayed(desk: Desk) -> State:
    state, archive = State(), dict[SubjectKey, Subject]()
    for fact in desk.facts:
        called = recalled_for(state, fact, archive.get)
        archive |= {key(subject): subject for subject in changes(state.recalling(called), fact)}
        state = apply(state, fact, called)
    return state


steps = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12)


@given(steps)
def test_a_clip_is_covered_exactly_while_its_mission_has_it(steps: list[tuple[int, int]]) -> None:
    """Each step settles one clip: in the mission that was approved, in another, or in none."""
    desk = Desk()
    missions = (declare(desk), declare(desk), None)
    clips = [desk.recording(clip=f"clip-{number}") for number in range(3)]
    request = approved(desk, missions[0] or 0)
    placed: dict[int, int | None] = {}
    for clip, chosen in steps:
        place(desk, clips[clip], missions[chosen])
        placed[clip] = chosen
        for number, recording in enumerate(clips):
            assert opens(desk, request, recording) is (placed.get(number) == 0)
    desk.later(TOMORROW_MS - START_MS + 1)
    assert not any(opens(desk, request, recording) for recording in clips)
    assert replayed(desk) == desk.state


def test_what_is_placed_after_the_approval_is_covered_and_only_for_who_asked() -> None:
    desk = Desk()
    mission = declare(desk)
    request = approved(desk, mission)
    recording = desk.recording()
    assert not opens(desk, request, recording)
    place(desk, recording, mission)
    assert [opens(desk, request, recording, by) for by in ("officer-2", "head", "officer-1")] == [False, False, True]


def test_a_mission_is_asked_for_like_recordings_and_approved_by_another() -> None:
    desk = Desk()
    mission = declare(desk)
    request = ask(desk, mission)
    assert desk.facts[-1].body == AccessAsked(route="VIEW_INTERNAL", recordings=(), mission=mission)
    for by in ("officer-1", "officer-2", "their-head"):
        with pytest.raises(RefusedError):
            desk.tell(acts.ApproveAccess(by=by, request=request, valid_until_ms=TOMORROW_MS))
    with pytest.raises(UnfitObservationError):
        ask(desk, mission, purpose=" ")
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.AskAccess(by="officer-1", route=Act.VIEW_INTERNAL, purpose="案件审核"))
    with pytest.raises(IllegalStepError):
        ask(desk, 0)


def test_a_body_that_sees_directly_sees_a_mission_directly_where_its_owner_s_pack_says_so() -> None:
    for pack, step in (("yinchuan", AccessStep.APPROVED), ("mingshan", AccessStep.ASKED)):
        desk = Desk(pack)
        mission = declare(desk)
        request = ask(desk, mission, "watcher", route=Act.OVERSEE, direct_until_ms=TOMORROW_MS)
        assert desk.state.access_requests[request].step is step
        recording = desk.recording()
        place(desk, recording, mission)
        assert opens(desk, request, recording, "watcher") is (step is AccessStep.APPROVED)


def test_another_department_s_clip_in_a_mission_opens_to_nobody_by_it() -> None:
    """Whoever approved has no word in that department."""
    desk = Desk()
    mission = declare(desk)
    request = approved(desk, mission)
    theirs = desk.recording("their-C", cleared=False)
    place(desk, theirs, mission, "their-officer-1")
    assert not opens(desk, request, theirs)


def test_a_mission_is_nobody_s_to_give_once_everybody_in_it_left_the_rolls() -> None:
    """Another department's officer and head would else do it between themselves."""
    for asked_before in (False, True):
        desk = Desk()
        mission = declare(desk, officers=("officer-1",))
        request = ask(desk, mission, "their-officer-1") if asked_before else 0
        struck_off(desk, "officer-1")
        written = len(desk.facts)
        for by in ("officer-2", "their-officer-1", "their-head", "watcher"):
            with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
                ask(desk, mission, by, direct_until_ms=TOMORROW_MS)
            if asked_before:
                with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
                    desk.tell(acts.ApproveAccess(by=by, request=request, valid_until_ms=TOMORROW_MS))
        assert len(desk.facts) == written


def test_a_colleague_speaks_for_a_mission_whose_declarer_left_the_rolls() -> None:
    desk = Desk()
    mission, recording = declare(desk, officers=("officer-1", "officer-2")), desk.recording()
    place(desk, recording, mission)
    struck_off(desk, "officer-1")
    request = ask(desk, mission, "officer-2")
    with pytest.raises(RefusedError, match="ACCESS_UNAPPROVED"):
        desk.tell(acts.ApproveAccess(by="their-head", request=request, valid_until_ms=TOMORROW_MS))
    desk.tell(acts.ApproveAccess(by="head", request=request, valid_until_ms=TOMORROW_MS))
    assert opens(desk, request, recording, "officer-2")


def test_the_clip_of_a_struck_off_camera_opens_by_no_approval_of_its_mission() -> None:
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    place(desk, recording, mission)
    request = approved(desk, mission)
    struck_off(desk, "C1")
    assert not opens(desk, request, recording)


def test_after_a_dispute_the_mission_is_open_to_who_asked() -> None:
    desk = Desk()
    mission = declare(desk)
    request = ask(desk, mission)
    desk.tell(acts.RefuseAccess(by="head", request=request, remark="无关"))
    desk.tell(acts.DisputeAccess(by="officer-1", request=request, ground="与本案有关"))
    desk.tell(acts.SettleDispute(by="lawyers", request=request, valid_until_ms=TOMORROW_MS))
    recording = desk.recording()
    place(desk, recording, mission)
    assert opens(desk, request, recording)


def test_what_is_marked_secret_is_opened_only_where_it_was_named() -> None:
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    place(desk, recording, mission)
    request = approved(desk, mission)
    desk.tell(acts.MarkSecret(by="officer-1", category="TRADE", recordings=(recording,)))
    with pytest.raises(RefusedError, match="SECRET_EXPOSED"):
        desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))
    both = ask(desk, mission, recordings=(recording,))
    desk.tell(acts.ApproveAccess(by="head", request=both, valid_until_ms=TOMORROW_MS))
    assert opens(desk, both, recording)


def test_a_mission_that_somebody_asked_for_is_not_purged_meanwhile() -> None:
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    place(desk, recording, mission)
    ask(desk, mission)
    assert desk.state.blockers(desk.kept(recording)) == (HoldKind.REQUEST,)
    place(desk, recording, None)
    assert desk.state.blockers(desk.kept(recording)) == ()


def test_a_closed_mission_can_be_asked_for_and_its_request_is_found_again() -> None:
    desk = Desk()
    mission, recording = declare(desk, ended_ms=START_MS), desk.recording()
    place(desk, recording, mission)
    desk.tell(acts.CloseMission(by="officer-1", mission=mission, gap=False))
    request = approved(desk, mission)
    assert opens(desk, request, recording)
    desk.later(TOMORROW_MS - START_MS + 1)
    desk.tell(acts.AccessTimedOut(request=request))
    assert isinstance(desk.archive[AccessRequest, request], AccessRequest)
    assert not opens(desk, request, recording)


def test_no_journal_has_an_opening_of_what_was_not_asked_for() -> None:
    """Whoever folds the facts finds out, not only whoever judged."""
    desk = Desk()
    mission, inside, outside = declare(desk), desk.recording(), desk.recording("C2")
    place(desk, inside, mission)
    request = approved(desk, mission)
    before = desk.state
    assert opens(desk, request, inside)
    fact = desk.facts[-1]
    forged = replace(fact, body=replace(fact.body, recording=outside))
    assert apply(before, fact, recalled_for(before, fact, desk.archive.get)).access_requests[request].opened == 1
    with pytest.raises(IllegalStepError):
        apply(before, forged, recalled_for(before, forged, desk.archive.get))


def test_a_request_for_recordings_alone_is_written_as_it_always_was() -> None:
    """Contracts grow by adding: what an older registry or verifier reads does not change."""
    desk = Desk()
    recording = desk.recording()
    desk.tell(acts.AskAccess(by="officer-1", route=Act.VIEW_INTERNAL, recordings=(recording,), purpose="核对"))
    sealed, _ = seal(desk.facts[-1], lambda: b"s" * 32)
    entry = entry_bytes(sealed, "t-01")
    assert b"mission" not in entry
    assert read_entry(entry) == sealed
