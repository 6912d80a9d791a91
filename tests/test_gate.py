"""The gate at the dock: its order, what may be overridden by whom, and which law it names."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.effective import EffectivePack
from station.policy.gate import lends
from station.policy.permits import PERMITTED, Lending
from station.policy.rolls import Body, CameraStanding, Officer, RolledCamera, Rolls
from station.policy.words import grounds, said
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with

NOON_MS = 1_795_233_600_000  # 2026-11-21 12:00 in Beijing
UNIT, ELSEWHERE = "民政局", "教育局"
OFFICER = Officer(
    "p1",
    UNIT,
    certificate="0417",
    certificate_kind="",
    exam_passed=True,
    valid_from=dt.date(2024, 1, 1),
    valid_until=dt.date(2026, 11, 21),
)
CUSTODIAN = replace(OFFICER, id="p2", roles=frozenset({"officer", "custodian"}))
COLLEAGUE = replace(OFFICER, id="p3")
CAMERA = RolledCamera("c1", UNIT)
READY = Lending(
    officer="p1",
    camera="c1",
    at_ms=NOON_MS,
    station_knows_time=True,
    loans_open=0,
    everything_read=True,
    checks_done=True,
    clock_ahead_ms=400,
    clock_error_ms=500,
    battery_percent=96,
    health_percent=91,
    recording_minutes=600,
    free_minutes=900,
)
BAD: dict[str, dict[str, Any]] = {
    "OFFICER_HAS_CAMERA": {"loans_open": 1},
    "DEVICE_IN_REPAIR": {"repair_open": True},
    "CHECK_RESIDUAL": {"everything_read": False},
    "CHECK_UNDER_WAY": {"checks_done": False},
    "CHECK_CLOCK": {"clock_ahead_ms": -30_501},
    "CHECK_BATTERY": {"recording_minutes": 479},
    "CHECK_HEALTH": {"health_percent": 59},
    "CHECK_STORAGE": {"free_minutes": 479},
}
"""In the order of the gate."""
OVERRIDABLE = tuple(BAD)[3:]


@pytest.fixture(params=packaged_names())
def pack(request: pytest.FixtureRequest) -> EffectivePack:
    return packaged_pack(request.param)


def rolls_with(*officers: Officer, camera: RolledCamera | None = CAMERA, **changed: Any) -> Rolls:
    people = {one.id: one for one in (officers or (OFFICER, CUSTODIAN, COLLEAGUE))}
    cameras = {} if camera is None else {camera.id: camera}
    bodies = {UNIT: Body(UNIT, UNIT), ELSEWHERE: Body(ELSEWHERE, ELSEWHERE)}
    return Rolls(**{"officers": people, "cameras": cameras, "bodies": bodies, **changed})


def certified(pack: EffectivePack, rolls: Rolls) -> Rolls:
    """With a certificate of a kind this pack knows."""
    kind = pack.listed("officer.cert_kinds")[0]
    people = {one.id: replace(one, certificate_kind=kind) for one in rolls.officers.values()}
    return replace(rolls, officers=people)


def refusal(pack: EffectivePack, rolls: Rolls | None = None, **changed: Any) -> str:
    rolls = certified(pack, rolls_with()) if rolls is None else rolls
    return lends(pack, rolls, replace(READY, **changed)).refusal.code


def test_a_good_camera_goes_out_without_a_word(pack: EffectivePack) -> None:
    answer = lends(pack, certified(pack, rolls_with()), READY)
    assert (answer.refusal, answer.reports) == (PERMITTED, ())


@pytest.mark.parametrize("code", BAD)
def test_each_check_refuses_by_its_own_code(pack: EffectivePack, code: str) -> None:
    assert refusal(pack, **BAD[code]) == code


@pytest.mark.parametrize(("first", "second"), tuple(pairwise(BAD)))
def test_the_first_refusal_in_the_order_of_the_gate_wins(pack: EffectivePack, first: str, second: str) -> None:
    assert refusal(pack, **BAD[second], **BAD[first]) == first


def test_who_asks_is_looked_at_first(pack: EffectivePack) -> None:
    worst = {name: value for bad in BAD.values() for name, value in bad.items()}
    fit = certified(pack, rolls_with())
    nobody = replace(fit, officers={})
    assert refusal(pack, replace(fit, bodies={}), **worst) == "ORG_UNKNOWN"
    assert refusal(pack, nobody, **worst) == "OFFICER_UNKNOWN"
    assert refusal(pack, rolls_with(replace(OFFICER, certificate="")), **worst) == "OFFICER_UNQUALIFIED"
    assert refusal(pack, replace(fit, cameras={}), **worst) == "DEVICE_UNREGISTERED"
    others = replace(fit, cameras={"c1": replace(CAMERA, unit=ELSEWHERE)})
    assert refusal(pack, others, **worst) == "DEVICE_LENT"


@pytest.mark.parametrize(
    "changed",
    [
        {"certificate": ""},
        {"certificate_kind": "工作证"},
        {"exam_passed": False},
        {"valid_until": dt.date(2026, 11, 20)},
        {"valid_from": dt.date(2026, 11, 22)},
    ],
)
def test_nobody_stands_up_for_a_missing_qualification(pack: EffectivePack, changed: dict[str, Any]) -> None:
    fit = certified(pack, rolls_with())
    officer = replace(fit.officers["p1"], **changed)
    rolls = replace(fit, officers={**fit.officers, "p1": officer})
    assert refusal(pack, rolls) == "OFFICER_UNQUALIFIED"
    assert refusal(pack, rolls, emergency=True) == "OFFICER_UNQUALIFIED"
    assert refusal(pack, rolls, overridden_by="p2") == "OFFICER_UNQUALIFIED"


def test_a_certificate_is_valid_on_its_last_day_by_the_unit_s_own_clock() -> None:
    pack = packaged_pack("mingshan")
    rolls = certified(pack, rolls_with())
    last_minute_ms = NOON_MS + 719 * 60_000
    assert refusal(pack, rolls, at_ms=last_minute_ms) == ""
    assert refusal(pack, rolls, at_ms=last_minute_ms + 60_000) == "OFFICER_UNQUALIFIED"


@pytest.mark.parametrize("standing", [CameraStanding.RETIRED, CameraStanding.REPAIR])
def test_a_camera_that_is_not_in_use_stays(pack: EffectivePack, standing: CameraStanding) -> None:
    expected = {CameraStanding.RETIRED: "DEVICE_UNREGISTERED", CameraStanding.REPAIR: "DEVICE_IN_REPAIR"}
    rolls = certified(pack, rolls_with(camera=replace(CAMERA, standing=standing)))
    assert refusal(pack, rolls, overridden_by="p2", emergency=True) == expected[standing]


@pytest.mark.parametrize("code", OVERRIDABLE)
def test_a_custodian_stands_up_against_a_failed_check_and_it_is_reported(pack: EffectivePack, code: str) -> None:
    rolls = certified(pack, rolls_with())
    answer = lends(pack, rolls, replace(READY, **BAD[code], overridden_by="p2"))
    assert answer.refusal.permitted
    assert "CHECK_OVERRIDDEN" in {report.code for report in answer.reports}


@pytest.mark.parametrize(
    ("failed", "articles"),
    [
        ("CHECK_BATTERY", ("MS-EQ-4",)),  # 「对音像记录设备的电池容量、内存空间、系统日期和时间等进行检查」
        ("CHECK_CLOCK", ("MS-EQ-4",)),
        ("CHECK_HEALTH", ()),  # the health of a battery is the house's demand, not the article's
    ],
)
@pytest.mark.parametrize("how", [{"overridden_by": "p2"}, {"emergency": True}])
def test_an_overridden_check_cites_no_more_than_the_check(
    failed: str, articles: tuple[str, ...], how: dict[str, Any]
) -> None:
    mingshan = packaged_pack("mingshan")
    answer = lends(mingshan, certified(mingshan, rolls_with()), replace(READY, **BAD[failed], **how))
    overridden = next(report for report in answer.reports if report.code == "CHECK_OVERRIDDEN")
    assert (overridden.articles, overridden.limit_is_default) == (articles, True)


def test_an_old_roster_overridden_is_no_matter_of_the_camera() -> None:
    mingshan = packaged_pack("mingshan")
    stale = certified(mingshan, rolls_with(as_of_ms=NOON_MS - 15 * 86_400_000))
    answer = lends(mingshan, stale, replace(READY, overridden_by="p2"))
    assert [(report.code, report.articles) for report in answer.reports] == [("CHECK_OVERRIDDEN", ())]


@pytest.mark.parametrize("by", ["p1", "p3", "nobody"])
def test_neither_the_officer_nor_a_colleague_may(pack: EffectivePack, by: str) -> None:
    assert refusal(pack, **BAD["CHECK_BATTERY"], overridden_by=by) not in {"", "CHECK_BATTERY"}


@pytest.mark.parametrize("code", OVERRIDABLE)
def test_in_an_emergency_the_best_camera_there_is_goes_out(pack: EffectivePack, code: str) -> None:
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, **BAD[code], emergency=True))
    assert answer.refusal.permitted
    overridden = next(report for report in answer.reports if report.code == "CHECK_OVERRIDDEN")
    assert overridden.rule == "check.emergency_release"
    strict = pack_with(pack.name.split("@")[0], check__emergency_release=False)
    assert refusal(strict, **BAD[code], emergency=True) == code


def test_hours_decide_and_a_bare_percentage_only_where_nobody_knows_hours(pack: EffectivePack) -> None:
    assert refusal(pack, battery_percent=62, recording_minutes=246, shift_minutes=240) == ""
    assert refusal(pack, battery_percent=99, recording_minutes=246, shift_minutes=247) == "CHECK_BATTERY"
    assert refusal(pack, battery_percent=79, recording_minutes=None) == "CHECK_BATTERY"
    assert refusal(pack, battery_percent=80, recording_minutes=None) == ""


@pytest.mark.parametrize(
    ("what", "unread", "code"),
    [
        ("CLOCK", {"clock_ahead_ms": None, "clock_error_ms": None}, "CHECK_CLOCK"),
        ("BATTERY", {"battery_percent": None, "recording_minutes": None}, "CHECK_BATTERY"),
        ("STORAGE", {"free_minutes": None}, "CHECK_STORAGE"),
    ],
)
def test_what_cannot_be_read_is_warned_of_and_noted(
    pack: EffectivePack, what: str, unread: dict[str, Any], code: str
) -> None:
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, **unread))
    assert answer.refusal.permitted
    assert [(one.code, one.rule) for one in answer.reports] == [("CHECK_UNREADABLE", f"check.unreadable.{what}")]
    strict = pack_with(pack.name.split("@")[0], **{f"check__unreadable__{what}": "refuse"})
    assert refusal(strict, **unread) == code


def test_a_station_that_does_not_know_the_time_lends_and_says_so(pack: EffectivePack) -> None:
    blind: dict[str, Any] = {"station_knows_time": False, "clock_ahead_ms": None, "at_ms": 0}
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, **blind))
    assert answer.refusal.permitted
    assert "STATION_CLOCK_UNTRUSTED" in {report.code for report in answer.reports}
    strict = pack_with(pack.name.split("@")[0], check__station_clock_untrusted="refuse")
    assert refusal(strict, **blind) == "CHECK_CLOCK"


def test_a_clock_is_off_only_when_it_surely_is() -> None:
    assert refusal(packaged_pack("mingshan"), clock_ahead_ms=30_400, clock_error_ms=500) == ""
    assert refusal(packaged_pack("mingshan"), clock_ahead_ms=30_501, clock_error_ms=500) == "CHECK_CLOCK"


def test_battery_health_is_warned_of_before_it_refuses(pack: EffectivePack) -> None:
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, health_percent=79))
    assert [report.code for report in answer.reports] == ["CHECK_HEALTH"]
    assert refusal(pack, health_percent=None) == ""
    strict = pack_with(pack.name.split("@")[0], check__health_unknown="refuse")
    assert refusal(strict, health_percent=None) == "CHECK_HEALTH"


def test_a_colleague_s_footage_keeps_the_camera_unless_it_is_sealed(pack: EffectivePack) -> None:
    unsealed: dict[str, Any] = {"others_uncleared": 2, "others_unsealed": 1}
    assert refusal(pack, **unsealed) == "CHECK_RESIDUAL"
    assert refusal(pack, **unsealed, overridden_by="p2") == "CHECK_RESIDUAL"
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, others_uncleared=2))
    assert [report.code for report in answer.reports] == ["CARD_NOT_WIPED"]
    strict = pack_with(pack.name.split("@")[0], check__others_footage="refuse")
    assert refusal(strict, others_uncleared=1) == "CHECK_RESIDUAL"


def test_one_s_own_sealed_footage_goes_out_again_and_is_reported(pack: EffectivePack) -> None:
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, own_uncleared=3))
    assert answer.refusal.permitted
    assert [report.code for report in answer.reports] == ["CARD_NOT_WIPED"]


@pytest.mark.parametrize(
    ("allotment", "allotted"), [("person", ("p3",)), ("pair", ("p3", "p4")), ("section", ("二科",))]
)
def test_a_camera_allotted_to_others_needs_a_custodian(
    pack: EffectivePack, allotment: str, allotted: tuple[str, ...]
) -> None:
    strict = pack_with(pack.name.split("@")[0], loan__allotment=allotment)
    rolls = certified(pack, rolls_with(camera=replace(CAMERA, allotted=allotted)))
    assert refusal(strict, rolls) == "ALLOTTED_TO_OTHERS"
    assert refusal(strict, rolls, overridden_by="p2") == ""
    assert refusal(pack, rolls) == ""


def test_the_last_signed_roster_lends_for_fourteen_days_and_then_by_a_custodian(pack: EffectivePack) -> None:
    fit = certified(pack, rolls_with())
    day_ms = 86_400_000
    assert refusal(pack, replace(fit, as_of_ms=NOON_MS - 14 * day_ms)) == ""
    stale = replace(fit, as_of_ms=NOON_MS - 14 * day_ms - 1)
    assert refusal(pack, stale) == "ROSTER_STALE"
    assert refusal(pack, stale, emergency=True) == "ROSTER_STALE"
    assert refusal(pack, stale, overridden_by="p2") == ""


def test_a_refusal_names_the_duty_and_the_number_apart() -> None:
    mingshan, yinchuan = packaged_pack("mingshan"), packaged_pack("yinchuan")
    weak = replace(READY, recording_minutes=None, battery_percent=79)
    by_law = lends(mingshan, certified(mingshan, rolls_with()), weak).refusal
    by_default = lends(yinchuan, certified(yinchuan, rolls_with()), weak).refusal
    assert grounds(by_law) == "依据 MS-EQ-4；限值为系统默认，非法规条文"
    assert grounds(by_default) == "系统默认，非法规条文"
    assert said(yinchuan, by_default)[0].endswith("（系统默认，非法规条文）")


readings = st.fixed_dictionaries(
    {},
    optional={
        "loans_open": st.integers(0, 2),
        "everything_read": st.booleans(),
        "checks_done": st.booleans(),
        "clock_ahead_ms": st.none() | st.integers(-90_000, 90_000),
        "battery_percent": st.none() | st.integers(0, 100),
        "recording_minutes": st.none() | st.integers(0, 900),
        "health_percent": st.none() | st.integers(0, 100),
        "free_minutes": st.none() | st.integers(0, 900),
        "others_unsealed": st.integers(0, 2),
        "repair_open": st.booleans(),
        "emergency": st.booleans(),
        "overridden_by": st.sampled_from(["", "p1", "p2", "p3"]),
    },
)


@given(readings, st.sampled_from(packaged_names()))
def test_a_refused_camera_is_never_reported_as_lent_and_a_default_cites_no_article(
    reading: dict[str, Any], name: str
) -> None:
    pack = packaged_pack(name)
    answer = lends(pack, certified(pack, rolls_with()), replace(READY, **reading))
    assert answer.refusal.permitted or not answer.reports
    for verdict in (answer.refusal, *answer.reports):
        if verdict.code:
            require_cited(pack, verdict, verdict.code, verdict.rule)
            assert all(said(pack, verdict))


@given(readings, st.sampled_from(packaged_names()))
def test_a_better_camera_is_never_refused_where_a_worse_one_is_lent(reading: dict[str, Any], name: str) -> None:
    pack = packaged_pack(name)
    rolls = certified(pack, rolls_with())
    worse = replace(READY, **reading)
    better = replace(worse, recording_minutes=900, free_minutes=900, health_percent=100, clock_ahead_ms=0)
    if lends(pack, rolls, worse).refusal.permitted:
        assert lends(pack, rolls, better).refusal.permitted
