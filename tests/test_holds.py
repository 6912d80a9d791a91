"""What stands on recordings until it is lifted: holds keep them from being purged, secrecy marks for named persons."""

from typing import Any

import pytest

from station.custody import acts
from station.custody.hold import HoldKind
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from station.policy.permits import Act
from tests.acting import START_MS, YEAR_MS, Desk
from tests.test_missions import declare


def place(desk: Desk, *recordings: int, kind: HoldKind = HoldKind.CASE, **more: Any) -> int:
    said: dict[str, Any] = {"by": "keeper", "kind": kind, "recordings": recordings, "ground": "复议"}
    return desk.begin(acts.PlaceHold(**(said | more)))


def lift(desk: Desk, hold: int, asker: str = "keeper", lifter: str = "head") -> None:
    desk.tell(acts.AskLifting(by=asker, on_hold=hold, ground="案件已结"))
    desk.tell(acts.LiftHold(by=lifter, hold=hold, ground="案件已结"))


def test_what_holds_a_recording_is_known_until_it_is_lifted() -> None:
    desk = Desk()
    recording, other = desk.recording(), desk.recording("C2")
    hold = place(desk, recording)
    place(desk, recording, kind=HoldKind.LONGTERM, reason="LT-REMEDY")
    assert desk.state.blockers(desk.kept(recording)) == ("CASE", "LONGTERM")
    assert desk.state.blockers(desk.kept(other)) == ()
    lift(desk, hold)
    assert desk.state.blockers(desk.kept(recording)) == ("LONGTERM",)
    assert hold not in desk.state.holds


def test_a_hold_on_a_mission_holds_what_is_placed_in_it_even_later() -> None:
    desk = Desk()
    mission, recording = declare(desk, ended_ms=START_MS), desk.recording()
    place(desk, mission=mission, kind=HoldKind.DISPUTE)
    assert desk.state.blockers(desk.kept(recording)) == ()
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=mission))
    assert desk.state.blockers(desk.kept(recording)) == ("DISPUTE",)
    desk.tell(acts.CloseMission(by="officer-1", mission=mission, gap=False))
    assert desk.state.blockers(desk.kept(recording)) == ("DISPUTE",)


def test_nobody_lifts_alone_what_keeps_evidence() -> None:
    """Who lifts is another than who asked, and has the role that the pack names (default: unit_head)."""
    desk = Desk()
    hold = place(desk, desk.recording(), kind=HoldKind.LONGTERM, reason="LT-DISPUTE")
    with pytest.raises(RefusedError, match="APPROVAL_SELF"):
        desk.tell(acts.LiftHold(by="head", hold=hold, ground="无争议"))
    desk.tell(acts.AskLifting(by="head", on_hold=hold, ground="无争议"))
    with pytest.raises(RefusedError, match="APPROVAL_SELF"):
        desk.tell(acts.LiftHold(by="head", hold=hold, ground="无争议"))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.LiftHold(by="keeper", hold=hold, ground="无争议"))
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.LiftHold(by="chief", hold=hold, ground=""))
    desk.tell(acts.LiftHold(by="chief", hold=hold, ground="无争议"))
    assert desk.state.liftings == desk.state.holds == type(desk.state.holds)()


def test_a_wish_is_reviewed_by_the_third_hand_where_the_pack_has_one() -> None:
    """MS-REC-38: 「经审核人审核后，由批准人批准」, where the unit has named a reviewer."""
    desk = Desk("mingshan", approval__reviewer="custodian")
    hold = place(desk, desk.recording(), kind=HoldKind.LONGTERM, reason="LT-DISPUTE")
    wish = desk.begin(acts.AskLifting(by="keeper", on_hold=hold, ground="无争议"))
    with pytest.raises(RefusedError):
        desk.tell(acts.LiftHold(by="chief", hold=hold, ground="无争议"))
    desk.tell(acts.ReviewLifting(by="keeper-2", lifting=wish))
    desk.tell(acts.LiftHold(by="chief", hold=hold, ground="无争议"))
    assert desk.facts[-1].body.lifting == wish  # type: ignore[attr-defined]


def test_a_refused_wish_leaves_it_standing_and_may_be_said_again() -> None:
    desk = Desk()
    hold = place(desk, desk.recording())
    wish = desk.begin(acts.AskLifting(by="keeper", on_hold=hold, ground="案件已结"))
    with pytest.raises(UnfitObservationError, match="already"):
        desk.tell(acts.AskLifting(by="keeper-2", on_hold=hold, ground="案件已结"))
    desk.tell(acts.RefuseLifting(by="head", lifting=wish, remark="尚在诉讼期"))
    assert hold in desk.state.holds
    lift(desk, hold)
    with pytest.raises(IllegalStepError):
        desk.tell(acts.AskLifting(by="keeper", on_hold=hold, ground="案件已结"))


def test_what_names_nothing_or_nonsense_is_no_hold() -> None:
    desk = Desk()
    recording = desk.recording()
    unfits: tuple[dict[str, Any], ...] = ({}, {"reason": "LT-MAJOR", "recordings": (recording,)})
    for unfit in unfits:
        with pytest.raises(UnfitObservationError):
            place(desk, **unfit)
    with pytest.raises(UnfitObservationError):
        place(desk, recording, kind=HoldKind.LONGTERM)
    nonsenses: tuple[dict[str, Any], ...] = ({"recordings": (0,)}, {"mission": recording})
    for nonsense in nonsenses:
        with pytest.raises(IllegalStepError):
            place(desk, **nonsense)


def test_secrecy_is_marked_by_whoever_sees_the_need_and_lifted_by_the_chief() -> None:
    desk = Desk()
    mission, recording = declare(desk), desk.recording()
    mark = desk.begin(acts.MarkSecret(by="officer-1", category="TRADE", recordings=(recording,), ground="配方"))
    desk.begin(acts.MarkSecret(by="officer-1", category="PRIVACY", mission=mission))
    desk.tell(acts.PlaceRecording(by="officer-1", recording=recording, mission=mission))
    assert {one.category for one in desk.state.secrecy_of(desk.kept(recording))} == {"TRADE", "PRIVACY"}
    assert desk.state.blockers(desk.kept(recording)) == ()
    desk.tell(acts.AskLifting(by="officer-1", on_secrecy=mark, ground="已公开"))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.LiftSecrecy(by="head", secrecy=mark, ground="已公开"))
    desk.tell(acts.LiftSecrecy(by="chief", secrecy=mark, ground="已公开"))
    assert {one.category for one in desk.state.secrecy_of(desk.kept(recording))} == {"PRIVACY"}


def test_a_wish_names_one_thing() -> None:
    desk = Desk()
    hold = place(desk, desk.recording())
    for unfit in ({}, {"on_hold": hold, "on_secrecy": hold}):
        with pytest.raises(UnfitObservationError):
            desk.tell(acts.AskLifting(by="keeper", ground="x", **unfit))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.AskLifting(by="keeper", ground="x", on_secrecy=hold))


def test_an_open_request_and_a_dispute_hold_too_until_they_are_over() -> None:
    desk = Desk()
    recording = desk.recording()
    request = desk.begin(
        acts.AskAccess(by="officer-1", route=Act.VIEW_INTERNAL, recordings=(recording,), purpose="核对笔录")
    )
    assert desk.state.blockers(desk.kept(recording)) == ("REQUEST",)
    desk.tell(acts.DisputeAccess(by="officer-1", request=request, ground="逾期未答复"))
    assert desk.state.blockers(desk.kept(recording)) == ("DISPUTE",)
    desk.later(YEAR_MS)
    desk.tell(acts.SettleDispute(by="lawyers", request=request, valid_until_ms=None))
    assert desk.state.blockers(desk.kept(recording)) == ()
