"""What is to be recorded, what lacks of it, and when a mission may be closed: by hand, for every pack, by chance."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.effective import EffectivePack, Rule
from station.policy.pack import Status, Value
from station.policy.permits import MissionClosing, Reported
from station.policy.recording_duty import (
    OFFICER_FIELDS,
    Footage,
    Medium,
    Mission,
    MissionMarks,
    MissionPapers,
    Told,
    closes,
    coverage,
    level_of,
    list_missing,
    officer_incomplete,
    outside_missions,
    papers_incomplete,
    unconfirmed,
)
from station.policy.rolls import Body, Officer
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with

SECOND = 1_000
HOUR = 3_600 * SECOND
TEN = 1_784_512_800_000
"""When the mission of these tests begins; it lasts an hour."""
GAP = "record.gap_tolerance_seconds"
EVERY_PACK = pytest.mark.parametrize("name", packaged_names())


def mission(activity: str = "ACT-SEIZE", **changed: object) -> Mission:
    return replace(Mission("M1", activity, on_site=True, begun_ms=TEN, ended_ms=TEN + HOUR), **changed)


def film(begun_s: int, ended_s: int, **changed: object) -> Footage:
    """Seconds since the mission began."""
    file = Footage(f"{begun_s}.mp4", Medium.VIDEO, TEN + begun_s * SECOND, TEN + ended_s * SECOND)
    return replace(file, **changed)


def wheres(found: tuple[Reported, ...]) -> list[object]:
    assert {one.code for one in found} <= {"REC_GAP"}
    return [dict(one.evidence)["where"] for one in found]


# --- levels ------------------------------------------------------------------------------------------------------

TABLE = (
    # activity, on site, yinchuan, mingshan, liangping, zhoucun, xixia: table 5.1, the effective level of each cell
    ("ACT-MAJOR", True, "FULL", "FULL", "FULL", "FULL", "FULL"),
    ("ACT-INSPECT", True, "FULL", "FULL", "AV", "AV", "FULL"),
    ("ACT-RANDOM", True, "FULL", "FULL", "AV", "AV", "FULL"),
    ("ACT-EVIDENCE", True, "FULL", "FULL", "COND", "AV", "FULL"),
    ("ACT-HEARING", True, "AV", "FULL", "AV", "AV", "AV"),
    ("ACT-SEIZE", True, "FULL", "FULL", "FULL", "AV", "FULL"),
    ("ACT-DEMOLISH", True, "FULL", "FULL", "FULL", "FULL", "FULL"),
    ("ACT-REMOVE", True, "FULL", "FULL", "AV", "AV", "FULL"),
    ("ACT-OBSTRUCT", True, "FULL", "FULL", "FULL", "FULL", "FULL"),
    ("ACT-SERVE-LEAVE", True, "AV", "FULL", "AV", "AV", "AV"),
    ("ACT-SERVE-OTHER", False, "TEXTAV", "TEXTAV", "TEXTAV", "AV", "AV"),
    ("ACT-RECTIFY", True, "OPT", "FULL", "OPT", "COND", "OPT"),
    ("ACT-RECTIFY", False, "OPT", "OPT", "OPT", "COND", "OPT"),
    ("ACT-STATEMENT", True, "TEXTAV", "TEXTAV", "TEXTAV", "TEXTAV", "TEXTAV"),
    ("ACT-COUNTER", True, "OPT", "OPT", "OPT", "OPT", "OPT"),
    ("ACT-NOBODY-LISTS", True, "COND", "FULL", "COND", "COND", "COND"),
)
COLUMNS = ("yinchuan", "mingshan", "liangping", "zhoucun", "xixia")


@pytest.mark.parametrize(
    ("name", "activity", "on_site", "level"),
    [
        (name, activity, on_site, levels[column])
        for activity, on_site, *levels in TABLE
        for column, name in enumerate(COLUMNS)
    ],
)
def test_levels_are_those_of_the_table(name: str, activity: str, on_site: bool, level: str) -> None:  # noqa: FBT001
    assert level_of(packaged_pack(name), activity, on_site).value == level


@EVERY_PACK
def test_an_activity_in_no_table_has_the_level_of_the_unlisted(name: str) -> None:
    pack = packaged_pack(name)
    for on_site in (True, False):
        assert level_of(pack, "ACT-NOBODY-LISTS", on_site).name == "record.unlisted_level"


def with_entry(pack: EffectivePack, name: str, value: object) -> EffectivePack:
    """As a department's own file adds a line to a table."""
    stated = Value(Status.DEFAULT, value, set_by="局办公室", set_at=dt.date(2026, 1, 1))
    return replace(pack, rules={**pack.rules, name: Rule(name, stated, "ours@1", "department")})


def test_a_department_may_list_an_activity_of_its_own() -> None:
    """「其他应当进行全过程记录的情形」 (YC-17.6)."""
    pack = with_entry(packaged_pack("yinchuan"), "record.activity.ACT-OUR-NIGHT-MARKET", "FULL")
    asked = mission("ACT-OUR-NIGHT-MARKET")
    (found,) = coverage(pack, asked, ())
    assert found.verdict.rule == "record.activity.ACT-OUR-NIGHT-MARKET"
    assert found.verdict.set_by_unit


# --- footage against the declared time ---------------------------------------------------------------------------


@EVERY_PACK
def test_no_footage_of_what_must_be_recorded_throughout(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = coverage(pack, mission("ACT-MAJOR"), ())
    require_cited(pack, found.verdict, "REC_MISSING", "record.activity.ACT-MAJOR")
    assert found.about == "M1"


@EVERY_PACK
def test_a_gap_longer_than_the_tolerance_is_reported_and_one_within_it_is_not(name: str) -> None:
    pack = packaged_pack(name)
    tolerance = pack.number(GAP)
    (found,) = coverage(pack, mission("ACT-MAJOR"), [film(tolerance + 1, 3600)])
    require_cited(pack, found.verdict, "REC_GAP", GAP)
    assert found.evidence == (("where", "start"), ("from_ms", TEN), ("until_ms", TEN + (tolerance + 1) * SECOND))
    assert coverage(pack, mission("ACT-MAJOR"), [film(tolerance, 3600 - tolerance)]) == ()


def test_yinchuan_cites_the_duty_to_record_from_beginning_to_end() -> None:
    """「应当自执法活动开始时启用, 至执法活动结束时停止」 (YC-20.2a)."""
    (found,) = coverage(packaged_pack("yinchuan"), mission(), [film(0, 1800)])
    assert "YC-20.2a" in found.verdict.articles
    assert found.verdict.limit_is_default  # the duty is law, sixty seconds are not


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([film(0, 3600)], []),
        ([film(-600, 4000)], []),
        ([film(300, 3600)], ["start"]),
        ([film(0, 3000)], ["end"]),
        ([film(0, 1000), film(2000, 3600)], ["inner"]),
        ([film(2000, 3600), film(0, 1000)], ["inner"]),  # whatever order they are listed in
        ([film(0, 2500), film(2000, 2200), film(2550, 3600)], []),  # one inside another
        ([film(200, 1000), film(2000, 3000)], ["start", "inner", "end"]),
        ([film(-900, -300), film(4000, 4200)], ["whole"]),
        ([film(0, 3600, medium=Medium.AUDIO)], ["whole"]),  # the picture has to be continuous
        ([film(0, 1000), film(1000, 3600, readable=False)], ["unreadable"]),  # one finding for it, not two
        ([film(0, 10, begun_ms=None), film(2000, 3600)], []),  # it may lie anywhere: nothing is sure
    ],
)
def test_gaps_by_hand(files: list[Footage], expected: list[str]) -> None:
    assert wheres(coverage(packaged_pack("yinchuan"), mission(), files)) == expected


def test_sound_spans_where_nobody_demands_a_continuous_picture() -> None:
    pack = pack_with("yinchuan", wear__fixed=False)
    assert coverage(pack, mission(), [film(0, 3600, medium=Medium.AUDIO)]) == ()


def test_the_clocks_error_never_accuses() -> None:
    pack = packaged_pack("yinchuan")
    assert wheres(coverage(pack, mission(), [film(65, 3600, error_ms=4 * SECOND)])) == ["start"]
    assert coverage(pack, mission(), [film(65, 3600, error_ms=5 * SECOND)]) == ()


def test_a_mission_under_way_has_no_early_stop() -> None:
    assert coverage(packaged_pack("yinchuan"), mission(ended_ms=None), [film(0, 10)]) == ()


def test_throughout_may_mean_a_part() -> None:
    pack = pack_with("yinchuan", record__span="part")
    assert coverage(pack, mission(), [film(1000, 1100)]) == ()
    assert wheres(coverage(pack, mission(), [film(1000, 1100, readable=False)])) == ["unreadable"]


@given(
    st.lists(st.integers(0, 3600), min_size=0, max_size=6),
    st.integers(0, 90),
    st.lists(st.integers(-100, 100), min_size=7, max_size=7),
)
def test_footage_that_spans_the_activity_is_never_accused(cuts: list[int], error_s: int, off: list[int]) -> None:
    """However each camera's clock was off, within the error it is known with."""
    edges = [0, *sorted(cuts), 3600]
    files = [
        film(begun + shift, ended + shift, error_ms=error_s * SECOND)
        for begun, ended, share in zip(edges, edges[1:], off, strict=False)
        for shift in [share * error_s // 100]
    ]
    assert coverage(packaged_pack("yinchuan"), mission(), files) == ()


@given(st.integers(0, 90), st.integers(-100, 100), st.integers(200, 3000), st.integers(1, 300))
def test_a_gap_beyond_tolerance_and_errors_is_always_found(error_s: int, share: int, at_s: int, more_s: int) -> None:
    shift = share * error_s // 100
    length = 60 + 4 * error_s + more_s
    files = [
        film(shift, at_s + shift, error_ms=error_s * SECOND),
        film(at_s + length - shift, 5000, error_ms=error_s * SECOND),
    ]
    assert "REC_GAP" in {one.code for one in coverage(packaged_pack("yinchuan"), mission(), files)}


# --- what circumstances decide, and what text will do for ----------------------------------------------------------


@EVERY_PACK
def test_where_circumstances_decide_one_line_is_enough(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = coverage(pack, mission("ACT-NOBODY-LISTS"), ())
    require_cited(pack, found.verdict, "REC_MISSING", "record.unlisted_level")
    reasoned = coverage(pack, mission("ACT-NOBODY-LISTS", reason="现场仅送达文书"), ())
    assert bool(reasoned) == (pack.text("record.unlisted_level") != "COND")


def text_will_do(pack: EffectivePack) -> list[str]:
    """「陈述、申辩内容复核及处理意见进行记录」 (YC-13): by text or footage. Each pack has such activities."""
    found = [activity for activity, rule in pack.entries("record.activity").items() if rule.value == "TEXTAV"]
    assert found
    return found


@EVERY_PACK
def test_where_text_will_do_one_of_both_is_needed(name: str) -> None:
    pack = packaged_pack(name)
    for activity in text_will_do(pack):
        (found,) = coverage(pack, mission(activity), ())
        require_cited(pack, found.verdict, "META_INCOMPLETE", f"record.activity.{activity}")
        assert coverage(pack, mission(activity, text_record="笔录-17"), ()) == ()
        assert coverage(pack, mission(activity), [film(0, 5)]) == ()


@EVERY_PACK
def test_what_may_be_recorded_accuses_nobody(name: str) -> None:
    assert coverage(packaged_pack(name), mission("ACT-COUNTER"), ()) == ()


def test_photos_are_enough_only_where_the_pack_says_so_and_never_throughout() -> None:
    """「音像记录包括照片、录音、录像等电子记录」 (ZC-22.p2), for service by post, fax and e-mail."""
    photo = film(0, 0, medium=Medium.PHOTO)
    pack = packaged_pack("zhoucun")
    served = mission("ACT-SERVE-OTHER", on_site=False)
    assert coverage(pack, served, [photo]) == ()
    assert [one.code for one in coverage(pack, mission("ACT-INSPECT"), [photo])] == ["REC_MISSING"]
    saying = with_entry(pack, "record.photo_suffices.ACT-MAJOR", value=True)
    assert [one.code for one in coverage(saying, mission("ACT-MAJOR"), [photo])] == ["REC_MISSING"]


# --- use outside missions ------------------------------------------------------------------------------------------


@EVERY_PACK
def test_files_that_touch_no_declared_activity(name: str) -> None:
    pack = packaged_pack(name)
    files = [film(0, 60), film(-500, -300), film(3599, 9999), film(3700, 3800, error_ms=99 * SECOND)]
    found = outside_missions(pack, [mission()], files)
    assert [one.about for one in found] == ["-500.mp4", "3700.mp4"]
    require_cited(pack, found[0].verdict, "USE_OUTSIDE_MISSION", "prohibited.acts.PA-MISUSE")


def test_use_outside_missions_is_not_watched_where_the_pack_switches_it_off() -> None:
    pack = pack_with("yinchuan", **{"prohibited__acts__PA-MISUSE": False})
    assert outside_missions(pack, [], [film(0, 60)]) == ()


def test_what_may_have_touched_a_mission_or_has_no_time_is_not_held_against_anybody() -> None:
    pack = packaged_pack("yinchuan")
    files = [film(3700, 3800, error_ms=100 * SECOND), film(0, 1, ended_ms=None)]
    assert outside_missions(pack, [mission()], files) == ()
    assert outside_missions(pack, [mission(ended_ms=None)], [film(90_000, 90_001)]) == ()


# --- marks and papers ------------------------------------------------------------------------------------------------


@EVERY_PACK
def test_the_party_is_told_and_the_camera_worn(name: str) -> None:
    pack = packaged_pack(name)
    notice, wear = unconfirmed(pack, MissionMarks("M1", has_footage=True, told=Told.NO, worn_as_prescribed=False))
    require_cited(pack, notice.verdict, "NOTICE_NOT_GIVEN", "notice.required")
    require_cited(pack, wear.verdict, "WEAR_UNCONFIRMED", "wear.fixed")
    for told in (Told.AT_START, Told.BEFORE):
        late = unconfirmed(pack, MissionMarks("M1", has_footage=True, told=told, worn_as_prescribed=True))
        assert bool(late) == (told is Told.AT_START and pack.text("notice.when") == "before")
        for one in late:
            require_cited(pack, one.verdict, "NOTICE_NOT_GIVEN", "notice.when")


def test_mingshan_has_the_party_told_beforehand() -> None:
    """「应当事先告知当事人使用音像记录设备」 (MS-EQ-7)."""
    marks = MissionMarks("M1", has_footage=True, told=Told.AT_START, worn_as_prescribed=True)
    (late,) = unconfirmed(packaged_pack("mingshan"), marks)
    assert late.verdict.articles
    assert not late.verdict.limit_is_default
    assert unconfirmed(packaged_pack("yinchuan"), marks) == ()


def test_nobody_is_told_of_a_recording_that_was_not_made() -> None:
    marks = MissionMarks("M1", has_footage=False, told=Told.UNMARKED, worn_as_prescribed=True)
    assert unconfirmed(packaged_pack("yinchuan"), marks) == ()
    assert unconfirmed(pack_with("yinchuan", notice__required=False), replace(marks, has_footage=True)) == ()


@EVERY_PACK
def test_each_body_has_its_list(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = list_missing(pack, Body("B1", "某局"))
    require_cited(pack, found.verdict, "LIST_MISSING", "record.list_required")
    assert list_missing(pack, Body("B1", "某局", list_loaded=True)) == ()


def papers(pack: EffectivePack, **changed: object) -> MissionPapers:
    whole = MissionPapers(
        "M1",
        TEN,
        kind=pack.listed("pack.enforcement_kinds")[0],
        number="A-1",
        filed=True,
        stage=pack.listed("pack.stages")[0],
        subject="S-9",
        log=frozenset(pack.listed("officer.mission_log_fields")),
        officers_counted=2,
        officers_listed=2,
    )
    return replace(whole, **changed)


@EVERY_PACK
@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"kind": ""}, "pack.enforcement_kinds"),
        ({"kind": "NO-SUCH-KIND"}, "pack.enforcement_kinds"),
        ({"stage": ""}, "pack.stages"),
        ({"subject": ""}, "store.subject_grouping"),
        ({"urgent": True, "number": ""}, "emergency.backfill_hours"),
    ],
)
def test_papers_that_lack_one_thing(name: str, changed: dict[str, object], rule: str) -> None:
    pack = packaged_pack(name)
    at_ms = TEN + 1 + pack.number("emergency.backfill_hours") * HOUR
    assert papers_incomplete(pack, papers(pack), at_ms) == ()
    (found,) = papers_incomplete(pack, papers(pack, **changed), at_ms)
    require_cited(pack, found.verdict, "META_INCOMPLETE", rule)


@EVERY_PACK
def test_the_log_holds_what_the_pack_names_and_counts_right(name: str) -> None:
    pack = packaged_pack(name)
    fields = pack.listed("officer.mission_log_fields")
    found = papers_incomplete(pack, papers(pack, log=frozenset()), TEN)
    assert len(found) == len(fields) > 0
    require_cited(pack, found[0].verdict, "META_INCOMPLETE", "officer.mission_log_fields")
    miscounted = papers_incomplete(pack, papers(pack, officers_counted=3), TEN)
    assert len(miscounted) == ("数量" in fields)


def test_what_is_not_filed_needs_neither_stage_nor_subject() -> None:
    pack = packaged_pack("xixia")
    assert papers_incomplete(pack, papers(pack, filed=False, stage="", subject=""), TEN) == ()


def test_an_urgent_start_gives_its_number_within_its_hours() -> None:
    """「在行政执法程序启动后24小时内补报」 (MS-REC-8): counted from the start of the procedure."""
    pack = packaged_pack("mingshan")
    urgent = papers(pack, urgent=True, number="")
    assert papers_incomplete(pack, urgent, TEN + 24 * HOUR) == ()
    (found,) = papers_incomplete(pack, urgent, TEN + 24 * HOUR + 1)
    assert not found.verdict.limit_is_default


WHOLE = Officer(
    "p-1",
    "B1",
    name="张三",
    post="科员",
    certificate="0117",
    category="民政",
    area="明山区",
    valid_until=dt.date(2028, 1, 1),
)


@EVERY_PACK
def test_the_officers_record_has_every_field_the_pack_names(name: str) -> None:
    pack = packaged_pack(name)
    assert officer_incomplete(pack, WHOLE) == ()
    assert set(pack.listed("officer.fields")) <= OFFICER_FIELDS.keys()
    for field in pack.listed("officer.fields"):
        lacking = replace(WHOLE, **{OFFICER_FIELDS[field]: None if field == "有效期限" else ""})
        (found,) = officer_incomplete(pack, lacking)
        require_cited(pack, found.verdict, "META_INCOMPLETE", "officer.fields")
        assert found.evidence == (("lacking", field),)


def test_a_field_no_roll_can_hold_is_lacking() -> None:
    pack = pack_with("yinchuan", officer__fields=("姓名", "血型"))
    assert [dict(one.evidence)["lacking"] for one in officer_incomplete(pack, WHOLE)] == ["血型"]


# --- closing ---------------------------------------------------------------------------------------------------------

CLOSING = MissionClosing("ACT-MAJOR", on_site=True, has_footage=True, has_gap=False, explanation_accepted=False)


@EVERY_PACK
def test_a_mission_closes_with_footage_or_an_accepted_explanation(name: str) -> None:
    pack = packaged_pack(name)
    assert closes(pack, CLOSING).permitted
    bare = replace(CLOSING, has_footage=False)
    require_cited(pack, closes(pack, bare), "REC_MISSING", "record.activity.ACT-MAJOR")
    gap = replace(CLOSING, has_gap=True)
    require_cited(pack, closes(pack, gap), "NONUSE_UNEXPLAINED", "nonuse.statement_required")
    for one in (bare, gap):
        assert closes(pack, replace(one, explanation_accepted=True)).permitted


@EVERY_PACK
def test_a_mission_of_words_closes_with_text_or_footage(name: str) -> None:
    pack = packaged_pack(name)
    for activity in text_will_do(pack):
        bare = replace(CLOSING, activity=activity, has_footage=False)
        require_cited(pack, closes(pack, bare), "META_INCOMPLETE", f"record.activity.{activity}")
        assert closes(pack, replace(bare, text_record=True)).permitted
        assert closes(pack, replace(bare, has_footage=True)).permitted


@EVERY_PACK
def test_what_may_be_recorded_closes_bare(name: str) -> None:
    assert closes(packaged_pack(name), replace(CLOSING, activity="ACT-COUNTER", has_footage=False)).permitted


def test_a_gap_needs_no_words_where_only_missing_footage_does() -> None:
    pack = pack_with("yinchuan", nonuse__covers_incomplete=False)
    assert closes(pack, replace(CLOSING, has_gap=True)).permitted
    assert not closes(pack, replace(CLOSING, has_footage=False)).permitted
