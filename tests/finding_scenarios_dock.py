"""How each finding comes about at the dock: at the gate, in the bays, in the ratio, when a station enters service."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from station.custody import observations as seen
from station.custody.facts import CameraQuarantined, Fact
from station.custody.judge import judge
from station.custody.state import State, apply
from station.errors import RefusedError
from station.policy.clearing_rules import may_clear, may_release
from station.policy.effective import EffectivePack
from station.policy.gate import lends
from station.policy.in_force import PackPolicy
from station.policy.permits import Admission, LendingAnswer, Verdict
from station.policy.ratio import RatioAct, RatioActAsked, guards, ratio_table
from station.policy.rolls import Rolls
from station.policy.supervision import enters_service, interface_down
from station.stamp import Stamp
from tests.finding_scenarios_told import Scenario, told
from tests.test_gate import CAMERA, ELSEWHERE, NOON_MS, OFFICER, READY, certified, rolls_with
from tests.test_ratio import ON, cameras, officers, rolls
from tests.test_supervision import ASKED, ROLLS
from tests.unit_people import UNIT, people

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# --- the gate ----------------------------------------------------------------------------------------------------


def _asked(pack: EffectivePack, rolls: Rolls | None = None, **changed: Any) -> LendingAnswer:
    return lends(pack, certified(pack, rolls_with()) if rolls is None else rolls, replace(READY, **changed))


def _refused(**changed: Any) -> Scenario:
    """The good camera of the gate's own tests, with this one thing bad about it."""
    return lambda pack: _asked(pack, **changed).refusal


def _noted(code: str, **changed: Any) -> Scenario:
    def scenario(pack: EffectivePack) -> Verdict:
        return next(one for one in _asked(pack, **changed).reports if one.code == code)

    return scenario


def _unknown_body(pack: EffectivePack) -> Verdict:
    return _asked(pack, replace(rolls_with(), bodies={})).refusal


def _unknown_officer(pack: EffectivePack) -> Verdict:
    return _asked(pack, replace(rolls_with(), officers={})).refusal


def _no_certificate(pack: EffectivePack) -> Verdict:
    return _asked(pack, rolls_with(replace(OFFICER, certificate=""))).refusal


def _of_another_unit(pack: EffectivePack) -> Verdict:
    return _asked(pack, certified(pack, rolls_with(camera=replace(CAMERA, unit=ELSEWHERE)))).refusal


def _allotted_to_somebody_else(pack: EffectivePack) -> Verdict:
    return _asked(pack, certified(pack, rolls_with(camera=replace(CAMERA, allotted=("p3",))))).refusal


def _stale_rolls(pack: EffectivePack) -> Verdict:
    last_signed_ms = NOON_MS - (pack.number("officer.roster_stale") * DAY_MS + 1)
    return _asked(pack, certified(pack, rolls_with(as_of_ms=last_signed_ms))).refusal


def _camera_nobody_enrolled(pack: EffectivePack) -> Verdict:
    return PackPolicy(pack, rolls_with(camera=None)).admits(Admission("c1", "T8"))


# --- the bays ----------------------------------------------------------------------------------------------------

_AT = Stamp(utc_ms=NOON_MS, boot_id="b1", boot_ms=0, synchronised=True)
_FIRST, _SECOND = 1, 3
"""Numbers of the dockings: the entry that begins each."""
_CAMERA_DOCKED: tuple[seen.Observation, ...] = (
    seen.JournalBegun(origin="o", log_key="k"),
    seen.PresenceClosed(bay="1"),
    seen.CameraIdentified(docking=_FIRST, camera="c1", model="T8", clock_ahead_ms=400, clock_error_ms=500),
)
_ASKED_FOR = seen.CameraAsked(bay="1", by="p1")


def _told_in_turn(pack: EffectivePack, *said: seen.Observation) -> tuple[Fact, ...]:
    """What the last of them proves, judged by the pack as a station has it."""
    policy, state = PackPolicy(pack, certified(pack, rolls_with())), State()
    facts: tuple[Fact, ...] = ()
    for second, observation in enumerate(said):
        facts = judge(state, observation, policy, _AT.later(1_000 * second))
        for fact in facts:
            state = apply(state, fact)
    return facts


def _raised(pack: EffectivePack, *said: seen.Observation) -> Verdict:
    with pytest.raises(RefusedError) as refusal:
        _told_in_turn(pack, *said)
    return Verdict(refusal.value.code, refusal.value.articles, refusal.value.rule)


def _one_camera_in_two_bays(pack: EffectivePack) -> Verdict:
    again = seen.CameraIdentified(docking=_SECOND, camera="c1", model="T8", clock_ahead_ms=0, clock_error_ms=500)
    (fact,) = _told_in_turn(pack, *_CAMERA_DOCKED, seen.PresenceClosed(bay="2"), again)
    assert isinstance(fact.body, CameraQuarantined)
    return Verdict(fact.body.code, fact.body.articles, fact.body.rule)


def _nothing_in_the_bay(pack: EffectivePack) -> Verdict:
    return _raised(pack, _CAMERA_DOCKED[0], _ASKED_FOR)


def _two_histories(pack: EffectivePack) -> Verdict:
    disputed = seen.HistoryContradicted(why="JOURNAL_FORKED", size=1, root="r")
    return _raised(pack, _CAMERA_DOCKED[0], disputed, _ASKED_FOR)


def _nothing_to_release(pack: EffectivePack) -> Verdict:
    return _raised(pack, _CAMERA_DOCKED[0], seen.ReleaseGiven(by="p2", bays=("1",)))


def _offered_to_a_colleague(pack: EffectivePack) -> Verdict:
    ready = (
        seen.CameraListed(docking=_FIRST, listings=frozenset()),
        seen.BatteryMeasured(docking=_FIRST, percent=96, health_percent=91, recording_minutes=600, free_minutes=900),
        seen.ClockWasSet(docking=_FIRST, clock_ahead_ms=0, clock_error_ms=500),
    )
    return _raised(pack, *_CAMERA_DOCKED, *ready, _ASKED_FOR, seen.CameraAsked(bay="1", by="p3"))


def _no_copy_is_proved(pack: EffectivePack) -> Verdict:
    return may_clear(pack, stated=False, receipt=False, second_copies=0, released=True)


def _an_officer_clears(pack: EffectivePack) -> Verdict:
    return may_release(pack, people(), "officer", NOON_MS, (UNIT,))


# --- bodies, stores, numbers of cameras --------------------------------------------------------------------------


def _nobody_keeps_it(pack: EffectivePack) -> Verdict:
    return enters_service(pack, replace(ROLLS, officers={}), ASKED).refusal


def _another_store(pack: EffectivePack) -> Verdict:
    return enters_service(pack, ROLLS, replace(ASKED, store="s-9")).refusal


def _platform_unreachable(pack: EffectivePack) -> Verdict:
    down_ms = pack.number("interface.max_down_hours") * HOUR_MS + 1
    return told(interface_down(pack, "platform", NOON_MS, NOON_MS + down_ms))


def _in_no_table(pack: EffectivePack) -> Verdict:
    return told(*ratio_table(pack, rolls(officers("某局", 1), cameras("某局", 1)), ON).reports)


def _four_officers_and_one_camera(pack: EffectivePack) -> Verdict:
    return told(*ratio_table(pack, rolls(officers("公安局", 4), cameras("公安局", 1)), ON).reports)


def _the_last_camera_goes(pack: EffectivePack) -> Verdict:
    unit = rolls(officers("公安局", 2), cameras("公安局", 1))
    return guards(pack, unit, RatioActAsked(RatioAct.RETIRE, ("公安局-c0",), dt.date(2026, 11, 21))).refusal


SCENARIOS: Mapping[str, Scenario] = {
    "ALLOTTED_TO_OTHERS": _allotted_to_somebody_else,
    "BAY_OFFERED_ALREADY": _offered_to_a_colleague,
    "CAMERA_TWICE": _one_camera_in_two_bays,
    "CARD_NOT_WIPED": _noted("CARD_NOT_WIPED", own_uncleared=1),
    "CHECK_BATTERY": _refused(recording_minutes=1),
    "CHECK_CLOCK": _refused(clock_ahead_ms=HOUR_MS),
    "CHECK_HEALTH": _refused(health_percent=1),
    "CHECK_OVERRIDDEN": _noted("CHECK_OVERRIDDEN", recording_minutes=1, overridden_by="p2"),
    "CHECK_RESIDUAL": _refused(everything_read=False),
    "CHECK_STORAGE": _refused(free_minutes=1),
    "CHECK_UNDER_WAY": _refused(checks_done=False),
    "CHECK_UNREADABLE": _noted("CHECK_UNREADABLE", clock_ahead_ms=None, clock_error_ms=None),
    "CLASS_UNSET": _in_no_table,
    "CUSTODIAN_MISSING": _nobody_keeps_it,
    "DELETE_FORBIDDEN": _an_officer_clears,
    "DEVICE_IN_REPAIR": _refused(repair_open=True),
    "DEVICE_LENT": _of_another_unit,
    "DEVICE_UNREGISTERED": _camera_nobody_enrolled,
    "HISTORY_DISPUTED": _two_histories,
    "INTERFACE_DOWN": _platform_unreachable,
    "NO_CAMERA_TO_LEND": _nothing_in_the_bay,
    "OFFICER_HAS_CAMERA": _refused(loans_open=1),
    "OFFICER_UNKNOWN": _unknown_officer,
    "OFFICER_UNQUALIFIED": _no_certificate,
    "ORG_UNKNOWN": _unknown_body,
    "RATIO_SHORT": _four_officers_and_one_camera,
    "RATIO_WOULD_BREAK": _the_last_camera_goes,
    "RELEASE_UNDUE": _nothing_to_release,
    "ROSTER_STALE": _stale_rolls,
    "STATION_CLOCK_UNTRUSTED": _noted("STATION_CLOCK_UNTRUSTED", station_knows_time=False),
    "STORE_UNREGISTERED": _another_store,
    "WIPE_UNVERIFIED": _no_copy_is_proved,
}
