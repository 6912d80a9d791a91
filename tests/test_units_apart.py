"""Two units share a station: nobody acts on the other's matter, whatever the rank, and whoever asked for it."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from station.custody import acts
from station.custody import observations as seen
from station.custody.facts_of_keeping import Evidence, FindingReported
from station.custody.hold import HoldKind
from station.custody.repair import Noticed
from station.errors import RefusedError
from station.policy.in_force import PackPolicy
from station.policy.permits import Lending
from station.policy.rolls import Body
from tests.acting import START_MS, YEAR_MS, Desk
from tests.policies import pack_with
from tests.test_missions import declare


def held(desk: Desk, *, mission: bool) -> int:
    recording = desk.recording()
    placed = acts.PlaceHold(
        by="keeper",
        kind=HoldKind.CASE,
        recordings=() if mission else (recording,),
        mission=declare(desk) if mission else None,
    )
    return desk.begin(placed)


@pytest.mark.parametrize("mission", [False, True])
def test_a_hold_is_lifted_by_hands_of_the_unit_whose_footage_it_keeps(*, mission: bool) -> None:
    desk = Desk()
    hold = held(desk, mission=mission)
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.AskLifting(by="their-keeper", on_hold=hold, ground="案件已结"))
    wish = desk.begin(acts.AskLifting(by="keeper", on_hold=hold, ground="案件已结"))
    for foreign in (
        acts.LiftHold(by="their-head", hold=hold, ground="案件已结"),
        acts.RefuseLifting(by="their-head", lifting=wish, remark="尚在诉讼期"),
        acts.ReviewLifting(by="their-keeper", lifting=wish),
    ):
        with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
            desk.tell(foreign)
    desk.tell(acts.LiftHold(by="head", hold=hold, ground="案件已结"))


def test_a_secrecy_mark_is_lifted_by_hands_of_the_unit_whose_footage_it_keeps() -> None:
    desk = Desk()
    mark = desk.begin(acts.MarkSecret(by="officer-1", category="STATE", recordings=(desk.recording(),)))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.AskLifting(by="their-officer-1", on_secrecy=mark, ground="已公开"))
    desk.tell(acts.AskLifting(by="officer-1", on_secrecy=mark, ground="已公开"))
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(acts.LiftSecrecy(by="their-chief", secrecy=mark, ground="已公开"))
    desk.tell(acts.LiftSecrecy(by="chief", secrecy=mark, ground="已公开"))


MISSION_ACTS: tuple[Callable[[str, int], seen.PersonsAct], ...] = (
    lambda by, mission: acts.NumberMission(by=by, mission=mission, number="1"),
    lambda by, mission: acts.DescribeMission(by=by, mission=mission, cause="案由"),
    lambda by, mission: acts.EndMission(by=by, mission=mission, ended_ms=START_MS),
    lambda by, mission: acts.CloseMission(by=by, mission=mission, gap=False),
    lambda by, mission: acts.Explain(by=by, mission=mission, reason="NU-FAULT"),
    lambda by, mission: acts.PlaceHold(by=by, kind=HoldKind.CASE, mission=mission),
)


@pytest.mark.parametrize("act", MISSION_ACTS)
def test_a_mission_is_a_matter_of_whoever_declared_it(act: Callable[[str, int], seen.PersonsAct]) -> None:
    desk = Desk()
    with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
        desk.tell(act("their-keeper", declare(desk)))


def test_a_camera_is_mended_and_released_for_clearing_by_its_own_unit() -> None:
    desk = Desk()
    fault = acts.ReportFault(
        by="their-officer-1", camera="C1", noticed=Noticed.OFFICER, noticed_ms=START_MS, description="坏"
    )
    repair = desk.begin(fault)
    for mended in (
        acts.BeginRepair(by="their-keeper", repair=repair),
        acts.FinishRepair(by="their-keeper", repair=repair),
    ):
        with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
            desk.tell(mended)
    desk.tell(seen.PresenceClosed(bay="C1"))
    docking = desk.facts[-1].n
    desk.tell(seen.CameraIdentified(docking=docking, camera="C1", model="T8", clock_ahead_ms=0, clock_error_ms=5))
    with pytest.raises(RefusedError, match="DELETE_FORBIDDEN"):
        desk.tell(seen.ReleaseGiven(by="their-keeper", bays=("C1",)))
    desk.tell(seen.ReleaseGiven(by="keeper", bays=("C1",)))


@pytest.mark.parametrize(("stands_up", "code"), [("keeper", ""), ("their-keeper", "NOT_AUTHORISED")])
def test_who_stands_up_for_a_camera_is_of_its_owner_s_unit(stands_up: str, code: str) -> None:
    asked = Lending(
        officer="officer-1",
        camera="C1",
        at_ms=START_MS,
        station_knows_time=True,
        loans_open=0,
        everything_read=True,
        checks_done=True,
        clock_ahead_ms=0,
        clock_error_ms=0,
        recording_minutes=1,
        battery_percent=1,
        health_percent=99,
        free_minutes=9_999,
        overridden_by=stands_up,
    )
    policy = Desk().policy
    bodies = {unit: Body(unit, unit) for unit in ("u1", "u2")}
    assert PackPolicy(policy.pack, replace(policy.rolls, bodies=bodies)).lends(asked).refusal.code == code


def test_a_unit_with_a_pack_of_its_own_declares_and_purges_under_it() -> None:
    desk = Desk()
    desk.policy = PackPolicy(
        desk.policy.pack, desk.policy.rolls, {"u2": replace(pack_with("yinchuan"), name="theirs@1")}
    )
    mission = declare(desk, by="their-officer-1", officers=("their-officer-1",))
    assert desk.state.missions[mission].declared_under == "theirs@1"
    stray = declare(desk, by="officer-1")
    recording = desk.recording("their-C")
    desk.tell(acts.PlaceRecording(by="their-officer-1", recording=recording, mission=stray))
    desk.later(9 * YEAR_MS)
    purge = acts.ProposePurge(by="their-keeper", recordings=(recording,), ground="无保存价值")
    assert desk.begin(purge)


def test_each_camera_that_went_out_although_a_check_failed_is_reported_with_who_stood_up() -> None:
    """The second time too, although the first is still open; and the hand that answers for it is named."""
    desk = Desk()
    bodies = {unit: Body(unit, unit) for unit in ("u1", "u2")}
    desk.policy = replace(desk.policy, rolls=replace(desk.policy.rolls, bodies=bodies))
    for officer, stands_up in (("officer-1", "keeper"), ("officer-2", "keeper-2")):
        docking = desk.begin(seen.PresenceClosed(bay="1"))
        desk.tell(seen.CameraIdentified(docking=docking, camera="C1", model="T8", clock_ahead_ms=0, clock_error_ms=5))
        desk.tell(seen.CameraListed(docking=docking, listings=frozenset()))
        desk.tell(seen.ClockWasSet(docking=docking, clock_ahead_ms=0, clock_error_ms=5))
        desk.tell(seen.BatteryMeasured(docking=docking, percent=3, health_percent=99, free_minutes=9_999))
        offered = desk.begin(seen.CameraAsked(by=officer, bay="1", overridden_by=stands_up))
        reported = [fact.body for fact in desk.facts[offered:] if isinstance(fact.body, FindingReported)]
        (overridden,) = (one for one in reported if one.code == "CHECK_OVERRIDDEN")
        assert (overridden.about, overridden.evidence) == (f"loan:{offered}", (Evidence(name="by", code=stands_up),))
        desk.tell(seen.PresenceOpened(bay="1"))
