"""Promise: the ratio of cameras to officers is counted as the annex has it, and no guess accuses a department."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.effective import EffectivePack, Rule
from station.policy.ratio import (
    CameraCount,
    DepartmentRatio,
    Outcome,
    RatioAct,
    RatioActAsked,
    class_rule,
    guards,
    has_valid_certificate,
    ratio_table,
    would_break,
)
from station.policy.rolls import Body, CameraStanding, Officer, RolledCamera, Rolls
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.policies import pack_with

ON = dt.date(2026, 11, 21)
YESTERDAY = dt.date(2026, 11, 20)


def officers(unit: str, count: int) -> list[Officer]:
    return [Officer(f"{unit}-{n}", unit, certificate=f"{unit}-{n}") for n in range(count)]


def cameras(unit: str, count: int, **said: Any) -> list[RolledCamera]:
    first = said.pop("first", 0)
    return [RolledCamera(f"{unit}-c{first + n}", unit, **{"seen_day": YESTERDAY, **said}) for n in range(count)]


def rolls(people: Iterable[Officer] = (), things: Iterable[RolledCamera] = (), bodies: Iterable[Body] = ()) -> Rolls:
    return Rolls(
        bodies={body.id: body for body in bodies},
        officers={officer.id: officer for officer in people},
        cameras={camera.id: camera for camera in things},
    )


def of_department(pack: EffectivePack, said: Rolls, unit: str, on: dt.date = ON) -> DepartmentRatio:
    (line,) = (each for each in ratio_table(pack, said, on).departments if each.department == unit)
    return line


def entry(pack: EffectivePack, name: str, **said: Any) -> EffectivePack:
    """The pack with one entry of its class table changed or added, otherwise like that of 教育局."""
    known = pack.rules.get(f"ratio.class_of_department.{name}", pack.rule("ratio.class_of_department.教育局"))
    rule = Rule(f"ratio.class_of_department.{name}", replace(known.stated, **said), known.pack, known.kind)
    return replace(pack, rules={**pack.rules, rule.name: rule})


@pytest.mark.parametrize(
    ("unit", "people", "required"),
    [
        ("公安局", 1, 1),  # 原则上每二名执法人员不低于一台: one officer needs one as well
        ("公安局", 4, 2),
        ("公安局", 5, 3),
        ("教育局", 3, 1),  # 每三名
        ("教育局", 4, 2),
        ("科技局", 5, 1),  # 每五名
        ("科技局", 11, 3),
        ("科技局", 0, 0),
    ],
)
def test_the_annex_asks_for_one_camera_in_two_three_or_five(unit: str, people: int, required: int) -> None:
    pack = packaged_pack("yinchuan")
    exact = of_department(pack, rolls(officers(unit, people), cameras(unit, required), [Body(unit, unit)]), unit)
    assert (exact.required, exact.shortfall, exact.spare, exact.outcome) == (required, 0, 0, Outcome.ENOUGH)
    assert exact.reports == ()
    if required:
        short = of_department(pack, rolls(officers(unit, people), cameras(unit, required - 1)), unit)
        assert (short.shortfall, short.outcome) == (1, Outcome.SHORT)


def test_a_shortfall_is_reported_with_the_rule_of_its_class_and_the_articles() -> None:
    pack = packaged_pack("yinchuan")
    line = of_department(pack, rolls(officers("教育局", 7), cameras("教育局", 1)), "教育局")
    (report,) = line.reports
    assert (report.code, report.verdict.rule, report.about) == (
        "RATIO_SHORT",
        "ratio.officers_per_device.B",
        "教育局",
    )
    assert "YC-19.2" in report.verdict.articles
    assert dict(report.evidence) == {"class": "B", "officers": 7, "required": 3, "working": 1}
    assert (str(line.class_basis), str(line.number_basis)) == ("YC-ANX-B", "YC-19.2")


def test_rounding_down_is_another_rule() -> None:
    said = rolls(officers("公安局", 5), cameras("公安局", 2))
    assert of_department(pack_with("yinchuan", ratio__rounding="floor"), said, "公安局").outcome is Outcome.ENOUGH
    assert of_department(packaged_pack("yinchuan"), said, "公安局").shortfall == 1


def test_only_officers_with_a_certificate_valid_that_day_count() -> None:
    first, last = ON - dt.timedelta(days=1), ON + dt.timedelta(days=1)
    counted = {
        "in force": Officer("1", "u", certificate="n", valid_from=first, valid_until=last),
        "its last day": Officer("2", "u", certificate="n", valid_until=ON),
        "its first day": Officer("3", "u", certificate="n", valid_from=ON),
        "no dates known": Officer("4", "u", certificate="n"),
        "no certificate": Officer("5", "u", valid_until=last),
        "over": Officer("6", "u", certificate="n", valid_until=first),
        "not yet": Officer("7", "u", certificate="n", valid_from=last),
    }
    valid = {why for why, officer in counted.items() if has_valid_certificate(officer, ON)}
    assert valid == {"in force", "its last day", "its first day", "no dates known"}
    line = of_department(packaged_pack("yinchuan"), rolls(counted.values()), "u")
    assert line.officers == 4


def test_each_camera_is_counted_once_and_for_the_first_reason_it_does_not_work() -> None:
    things = [
        *cameras("公安局", 3),
        *cameras("公安局", 1, first=3, kind="TERMINAL"),  # 执法记录仪或者手持执法终端
        *cameras("公安局", 2, first=4, kind="CAMERA"),
        *cameras("公安局", 1, first=6, standing=CameraStanding.REPAIR),
        *cameras("公安局", 1, first=7, standing=CameraStanding.RETIRED),
        *cameras("公安局", 1, first=8, seen_day=ON - dt.timedelta(days=30)),
        *cameras("公安局", 1, first=9, seen_day=ON - dt.timedelta(days=31)),
        *cameras("公安局", 1, first=10, seen_day=None),
        *cameras("公安局", 1, first=11, health_percent=60),
        *cameras("公安局", 1, first=12, health_percent=59),
    ]
    line = of_department(packaged_pack("yinchuan"), rolls((), things), "公安局")
    assert line.cameras == CameraCount(owned=12, counted=10, in_repair=1, unseen=2, unhealthy=1, working=6)


@given(
    st.lists(
        st.builds(
            RolledCamera,
            id=st.integers().map(str),
            unit=st.sampled_from(["公安局", "教育局"]),
            kind=st.sampled_from(["RECORDER", "TERMINAL", "CAMERA"]),
            standing=st.sampled_from(CameraStanding),
            health_percent=st.none() | st.integers(0, 100),
            seen_day=st.none() | st.dates(dt.date(2026, 9, 1), dt.date(2026, 12, 1)),
        ),
        max_size=30,
    ),
    st.integers(0, 30),
)
def test_numbers_add_up_and_class_totals_are_sums(things: list[RolledCamera], people: int) -> None:
    table = ratio_table(packaged_pack("yinchuan"), rolls(officers("公安局", people), things), ON)
    for line in table.departments:
        count = line.cameras
        assert count.counted == count.in_repair + count.unseen + count.unhealthy + count.working <= count.owned
        assert line.required is not None
        assert line.spare - line.shortfall == count.working - line.required
        assert (line.outcome is Outcome.SHORT) == (line.shortfall > 0)
    for total in table.classes:
        own = [line for line in table.departments if line.ratio_class == total.ratio_class]
        assert total.shortfall == sum(line.shortfall for line in own)
        assert (total.departments, total.owned) == (len(own), sum(line.cameras.owned for line in own))


def test_a_surplus_covers_no_other_department() -> None:
    said = rolls([*officers("公安局", 2), *officers("环保局", 2)], cameras("公安局", 9))
    (total,) = ratio_table(packaged_pack("yinchuan"), said, ON).classes
    assert (total.working, total.required, total.shortfall) == (9, 2, 1)


def test_a_camera_counts_for_its_owner_wherever_it_hangs() -> None:
    """A shared station reports by owning department: nothing here asks for the station."""
    said = rolls([*officers("公安局", 2), *officers("教育局", 2)], cameras("公安局", 2))
    pack = packaged_pack("yinchuan")
    assert pack.text("ratio.shared_station") == "owning_department"
    assert of_department(pack, said, "教育局").cameras.working == 0


def test_a_department_is_found_by_alias_and_in_its_time_and_merged_ones_take_the_stricter_class() -> None:
    pack = packaged_pack("yinchuan")
    renamed = entry(pack, "水务局", aliases=("水利局",), valid_to=dt.date(2026, 1, 1))
    assert class_rule(pack, "水利局", ON) is None
    assert class_rule(renamed, "水利局", dt.date(2026, 1, 1)) is not None
    assert class_rule(renamed, "水利局", dt.date(2026, 1, 2)) is None
    later = entry(pack, "水务局", valid_from=ON)
    assert class_rule(later, "水务局", YESTERDAY) is None
    merged = entry(entry(pack, "水务局", aliases=("农牧水务局",)), "农牧局", aliases=("农牧水务局",))
    assert (rule := class_rule(merged, "农牧水务局", ON)) is not None
    assert (rule.value, rule.articles) == ("A", ("YC-ANX-A",))


def test_an_unlisted_department_is_told_so_and_only_advised() -> None:
    line = of_department(packaged_pack("yinchuan"), rolls(officers("渔政大队", 4)), "渔政大队")
    assert (line.ratio_class, line.listed, line.required, line.outcome) == ("A", False, 2, Outcome.ADVICE)
    assert [(report.code, report.verdict.rule) for report in line.reports] == [("CLASS_UNSET", "ratio.unlisted_class")]
    assert str(line.class_basis) == "系统默认，非法规条文"


def test_a_class_nobody_has_confirmed_is_advice_and_a_confirmed_one_is_reported() -> None:
    said = rolls(officers("民族宗教局", 4))
    pack = packaged_pack("xixia")  # the annex names municipal bodies only: A-13
    assert of_department(pack, said, "民族宗教局").outcome is Outcome.ADVICE
    assert of_department(pack, said, "民族宗教局").reports == ()
    confirmed = entry(pack, "民族宗教局", set_by="admin-1", set_at=ON)
    line = of_department(confirmed, said, "民族宗教局")
    assert line.outcome is Outcome.SHORT
    assert str(line.class_basis).startswith("本单位设定")


@pytest.mark.parametrize("name", packaged_names())
def test_no_default_number_accuses_anybody(name: str) -> None:
    pack = packaged_pack(name)
    said = rolls(officers("公安局", 9), (), [Body("公安局", "公安局"), Body("x", "渔政大队")])
    for line in ratio_table(pack, said, ON).departments:
        short = any(report.code == "RATIO_SHORT" for report in line.reports)
        assert short == (line.outcome is Outcome.SHORT)
        if line.number_basis is None or not line.number_basis.articles:
            assert not short
            assert any(report.code == "CLASS_UNSET" for report in line.reports)


def test_where_the_pack_only_advises_nothing_is_reported() -> None:
    pack = pack_with("yinchuan", ratio__on_shortfall="advise")
    line = of_department(pack, rolls(officers("公安局", 4)), "公安局")
    assert (line.outcome, line.reports) == (Outcome.ADVICE, ())


def test_without_a_number_for_the_class_nothing_is_demanded() -> None:
    pack = pack_with("yinchuan", ratio__officers_per_device__A=None)
    line = of_department(pack, rolls(officers("公安局", 4)), "公安局")
    assert (line.required, line.outcome, line.shortfall) == (None, Outcome.UNSET, 0)
    assert [report.code for report in line.reports] == ["CLASS_UNSET"]


THREE = rolls(officers("公安局", 4), cameras("公安局", 3))
"""Four officers of class A must have two; one of three may leave."""


@pytest.mark.parametrize("act", RatioAct)
def test_an_act_may_take_what_is_spare_and_no_more(act: RatioAct) -> None:
    pack = pack_with("yinchuan", device__lend_outside="approval")
    assert would_break(pack, THREE, act, ["公安局-c0"], ON).permitted
    refusal = would_break(pack, THREE, act, ["公安局-c0", "公安局-c1"], ON)
    assert (refusal.code, refusal.rule, refusal.limit_is_default) == ("RATIO_WOULD_BREAK", "ratio.guarded_acts", True)
    assert refusal.articles == ()
    assert would_break(
        pack_with("yinchuan", ratio__guarded_acts=()), THREE, RatioAct.RETIRE, THREE.cameras, ON
    ).permitted


def test_what_does_not_count_may_go_even_where_there_are_too_few() -> None:
    broken = cameras("公安局", 1, first=9, standing=CameraStanding.REPAIR)
    said = rolls(officers("公安局", 8), [*cameras("公安局", 1), *broken])
    pack = packaged_pack("yinchuan")
    assert would_break(pack, said, RatioAct.RETIRE, [broken[0].id], ON).permitted
    assert would_break(pack, said, RatioAct.RETIRE, ["公安局-c0"], ON).code == "RATIO_WOULD_BREAK"


def test_lending_outside_must_first_be_allowed_at_all() -> None:
    pack = packaged_pack("yinchuan")
    refusal = would_break(pack, THREE, RatioAct.LEND_OUTSIDE, ["公安局-c0"], ON)
    assert (refusal.code, refusal.rule) == ("DEVICE_LENT", "device.lend_outside")
    asked = RatioActAsked(RatioAct.LEND_OUTSIDE, ("公安局-c0",), ON, "chief-1", "演练")
    assert guards(pack, THREE, asked).refusal.code == "DEVICE_LENT"


@pytest.mark.parametrize(("approver", "reason"), [("", "报废"), ("chief-1", ""), ("chief-1", "  "), (" ", "报废")])
def test_an_approval_without_a_name_or_a_reason_is_none(approver: str, reason: str) -> None:
    asked = RatioActAsked(RatioAct.TRANSFER, tuple(THREE.cameras), ON, approver, reason)
    assert guards(packaged_pack("yinchuan"), THREE, asked).refusal.code == "RATIO_WOULD_BREAK"


def test_an_approved_act_goes_on_and_is_reported_for_each_department() -> None:
    asked = RatioActAsked(RatioAct.TRANSFER, tuple(THREE.cameras), ON, "chief-1", "支援洪灾")
    answer = guards(packaged_pack("yinchuan"), THREE, asked)
    assert answer.refusal.permitted
    (report,) = answer.reports
    assert (report.code, report.about) == ("RATIO_WOULD_BREAK", "公安局")
    assert dict(report.evidence) == {"act": "TRANSFER", "approved_by": "chief-1", "required": 2, "working_after": 0}
    allowed = guards(packaged_pack("yinchuan"), THREE, replace(asked, cameras=("公安局-c0",)))
    assert (allowed.refusal.permitted, allowed.reports) == (True, ())


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_what_the_table_says_may_leave_may_leave(people: int, owned: int, leaving: int) -> None:
    said = rolls(officers("公安局", people), cameras("公安局", owned), [Body("公安局", "公安局")])
    pack = packaged_pack("yinchuan")
    taken = list(said.cameras)[:leaving]
    permitted = would_break(pack, said, RatioAct.TRANSFER, taken, ON).permitted
    assert permitted == (not taken or len(taken) <= of_department(pack, said, "公安局").spare)


def test_departments_are_printed_by_name_and_counted_by_id() -> None:
    body: Mapping[str, Body] = {"d-7": Body("d-7", "教育局")}
    said = replace(rolls(officers("d-7", 4)), bodies=body)
    line = of_department(packaged_pack("yinchuan"), said, "d-7")
    assert (line.name, line.ratio_class, line.officers) == ("教育局", "B", 4)
