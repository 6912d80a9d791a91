"""Nothing opens unapproved, nothing opens unregistered; who is refused may dispute it before another body."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.custody import acts
from station.custody.access_request import AccessRequest, AccessStep
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from station.policy.permits import ROUTES, Act
from tests.acting import HOUR_MS, START_MS, Desk, struck_off
from tests.people_histories import lived, opened_unapproved

TOMORROW_MS = START_MS + 24 * HOUR_MS


def ask(desk: Desk, *recordings: int, by: str = "officer-1", route: Act = Act.VIEW_INTERNAL, **more: Any) -> int:
    said: dict[str, Any] = {"by": by, "route": route, "recordings": recordings, "purpose": "核对笔录"}
    return desk.begin(acts.AskAccess(**(said | more)))


def approve(desk: Desk, request: int, by: str = "head") -> None:
    desk.tell(acts.ApproveAccess(by=by, request=request, valid_until_ms=TOMORROW_MS))


def opened(desk: Desk) -> int:
    return desk.said().count("access_opened")


def test_every_opening_of_what_was_approved_is_a_line_of_the_register() -> None:
    """YC-21.2: the 单位负责人 approves."""
    desk = Desk()
    recording = desk.recording()
    request = ask(desk, recording)
    assert desk.facts[-1].private == {"purpose": "核对笔录"}
    with pytest.raises(RefusedError, match="ACCESS_UNAPPROVED"):
        desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))
    approve(desk, request)
    for _ in range(2):
        desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))
    assert opened(desk) == 2
    assert desk.state.access_requests[request].opened == 2


def test_only_who_asked_opens_and_only_what_was_asked_for() -> None:
    desk = Desk()
    recording, other = desk.recording(), desk.recording("C2")
    request = ask(desk, recording)
    approve(desk, request)
    for by, chosen in (("officer-2", recording), ("head", recording), ("officer-1", other)):
        with pytest.raises(RefusedError, match="ACCESS_UNAPPROVED"):
            desk.tell(acts.OpenAccess(by=by, request=request, recording=chosen))
    assert opened(desk) == 0


def test_an_approval_runs_out() -> None:
    desk = Desk()
    recording = desk.recording()
    request = ask(desk, recording)
    approve(desk, request)
    desk.later(TOMORROW_MS - START_MS)
    assert desk.tell(acts.AccessTimedOut(request=request)) == ()
    desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))
    desk.later(1)
    with pytest.raises(RefusedError, match="ACCESS_UNAPPROVED"):
        desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))
    desk.tell(acts.AccessTimedOut(request=request))
    assert desk.tell(acts.AccessTimedOut(request=request)) == ()
    assert request not in desk.state.access_requests


def test_nobody_approves_an_own_request() -> None:
    desk = Desk()
    request = ask(desk, desk.recording(), by="head")
    with pytest.raises(RefusedError, match="APPROVAL_SELF"):
        approve(desk, request)
    with pytest.raises(RefusedError, match="ACCESS_UNAPPROVED"):
        approve(desk, request, by="keeper")
    approve(desk, request, by="chief")


def test_the_third_hand_where_the_pack_has_one() -> None:
    """MS-REC-38, with MS-EQ-13a: the 主管领导 consents."""
    desk = Desk("mingshan", approval__reviewer="custodian")
    request = ask(desk, desk.recording())
    with pytest.raises(RefusedError):
        approve(desk, request, by="leader")
    desk.tell(acts.ReviewAccess(by="keeper", request=request, remark="属实"))
    approve(desk, request, by="leader")
    assert desk.state.access_requests[request].reviewed_by == "keeper"


@pytest.mark.parametrize(
    ("pack", "opens"), [("yinchuan", True), ("xixia", True), ("mingshan", False), ("zhoucun", False)]
)
def test_a_body_of_supervision_sees_directly_where_the_pack_says_so(pack: str, *, opens: bool) -> None:
    """YC-21.3: 纪检、法制、信访 directly; elsewhere nobody does."""
    desk = Desk(pack)
    recording = desk.recording()
    request = ask(desk, recording, by="watcher", route=Act.OVERSEE, direct_until_ms=TOMORROW_MS)
    assert (desk.state.access_requests[request].step is AccessStep.APPROVED) is opens
    if opens:
        desk.tell(acts.OpenAccess(by="watcher", request=request, recording=recording))


def test_no_other_route_is_direct_whoever_asks() -> None:
    desk = Desk()
    for by in ("head", "chief", "watcher"):
        request = ask(desk, desk.recording(clip=by), by=by, direct_until_ms=TOMORROW_MS)
        assert desk.state.access_requests[request].step is AccessStep.ASKED


def test_a_refusal_is_disputed_and_settled_by_another_body() -> None:
    """YC-21.4: 同级人民政府法制工作机构."""
    desk = Desk()
    recording = desk.recording()
    request = ask(desk, recording)
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.RefuseAccess(by="head", request=request, remark=""))
    desk.tell(acts.RefuseAccess(by="head", request=request, remark="无关"))
    assert request not in desk.state.access_requests
    desk.tell(acts.DisputeAccess(by="officer-1", request=request, ground="与本案有关"))
    assert desk.said()[-2:] == ["access_disputed", "finding_reported"]
    assert desk.facts[-1].body.code == "ACCESS_DISPUTE"  # type: ignore[attr-defined]
    for by in ("head", "officer-1", "keeper"):
        with pytest.raises(RefusedError):
            desk.tell(acts.SettleDispute(by=by, request=request, valid_until_ms=TOMORROW_MS))
    with pytest.raises(IllegalStepError):
        approve(desk, request)
    desk.tell(acts.SettleDispute(by="lawyers", request=request, valid_until_ms=TOMORROW_MS))
    desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))


def test_a_settled_refusal_stays_a_refusal() -> None:
    desk = Desk()
    recording = desk.recording()
    request = ask(desk, recording)
    desk.tell(acts.DisputeAccess(by="officer-1", request=request, ground="逾期未答复"))
    desk.tell(acts.SettleDispute(by="lawyers", request=request, valid_until_ms=None, remark="不属于本案"))
    settled = desk.archive[AccessRequest, request]
    assert isinstance(settled, AccessRequest)
    assert settled.step is AccessStep.SETTLED
    with pytest.raises(RefusedError):
        desk.tell(acts.OpenAccess(by="officer-1", request=request, recording=recording))


def test_a_request_says_what_it_is_for() -> None:
    desk = Desk()
    recording = desk.recording()
    unfits: tuple[dict[str, Any], ...] = ({"purpose": " "}, {"route": Act.REPAIR}, {"recordings": ()})
    for unfit in unfits:
        with pytest.raises(UnfitObservationError):
            ask(desk, recording, **unfit)
    with pytest.raises(IllegalStepError):
        ask(desk, 0)


@given(st.integers(0, 10_000))
def test_nothing_opens_without_an_approval_that_stands(seed: int) -> None:
    assert opened_unapproved(lived(seed, 250).facts) == []


def test_no_approval_outlives_what_the_pack_gives_one() -> None:
    """access.approval_valid_days is seven here, whatever date is asked for."""
    desk = Desk()
    request = ask(desk, desk.recording())
    desk.tell(acts.ApproveAccess(by="head", request=request, valid_until_ms=2**52))
    until_ms = desk.state.access_requests[request].valid_until_ms
    assert until_ms is not None
    assert START_MS < until_ms <= START_MS + 8 * 24 * HOUR_MS


def test_a_body_that_sees_by_right_does_not_see_what_is_marked_secret() -> None:
    desk = Desk()
    recording = desk.recording()
    request = ask(desk, recording, by="watcher", route=Act.OVERSEE, direct_until_ms=TOMORROW_MS)
    desk.tell(acts.MarkSecret(by="officer-1", category="TRADE", recordings=(recording,)))
    with pytest.raises(RefusedError, match="SECRET_EXPOSED"):
        desk.tell(acts.OpenAccess(by="watcher", request=request, recording=recording))
    named = ask(desk, recording)
    approve(desk, named)
    desk.tell(acts.OpenAccess(by="officer-1", request=named, recording=recording))


def test_nobody_disputes_what_another_asked_for() -> None:
    desk = Desk()
    request = ask(desk, desk.recording())
    desk.tell(acts.RefuseAccess(by="head", request=request, remark="无关"))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.DisputeAccess(by="officer-2", request=request, ground="与本案有关"))


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_footage_of_a_camera_that_no_roll_knows_is_nobody_s_to_ask_for_or_to_give(route: Act) -> None:
    """Else the unit of whoever asks would give itself what was another's: by its own officer and its own head."""
    desk = Desk()
    recording = desk.recording()
    asked_before = ask(desk, recording, by="their-officer-1", route=route)
    struck_off(desk, "C1")
    written = len(desk.facts)
    for by in ("officer-1", "their-officer-1", "watcher", "lawyers"):
        with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
            ask(desk, recording, by=by, route=route, direct_until_ms=TOMORROW_MS)
    for by in ("head", "their-head", "their-chief"):
        with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
            approve(desk, asked_before, by=by)
        with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
            desk.tell(acts.ReviewAccess(by=by, request=asked_before))
    assert len(desk.facts) == written
    with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
        ask(desk, desk.recording("C2"), recording)
    desk.tell(acts.DisputeAccess(by="their-officer-1", request=asked_before, ground="与本案有关"))
    with pytest.raises(RefusedError, match="ORG_UNKNOWN"):
        desk.tell(acts.SettleDispute(by="lawyers", request=asked_before, valid_until_ms=TOMORROW_MS))
    desk.tell(acts.SettleDispute(by="lawyers", request=asked_before, valid_until_ms=None, remark="不属于本案"))


def test_footage_of_two_departments_is_asked_for_by_itself() -> None:
    """Of both at once nobody could say yes or no. Who sees by right asks nobody."""
    desk = Desk()
    clips = desk.recording(), desk.recording("their-C")
    written = len(desk.facts)
    for route, by in ((Act.VIEW_INTERNAL, "officer-1"), (Act.OVERSEE, "officer-1"), (Act.OVERSEE, "watcher")):
        with pytest.raises(UnfitObservationError, match=r"请按单位分别申请 / .*several departments"):
            ask(desk, *clips, by=by, route=route)
    assert len(desk.facts) == written
    by_itself = ask(desk, clips[0])
    assert desk.state.access_requests[by_itself].step is AccessStep.ASKED
    direct = ask(desk, *clips, by="watcher", route=Act.OVERSEE, direct_until_ms=TOMORROW_MS)
    assert desk.state.access_requests[direct].step is AccessStep.APPROVED
