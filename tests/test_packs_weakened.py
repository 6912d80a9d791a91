"""Packs that stand on one another: whoever comes later may only tighten, and the life of an instrument ends."""

import datetime as dt
import re

import pytest

from station.policy.effective import EffectivePack, expired, life_ends, stack, weakened, weakens
from station.policy.pack import PackError, Status
from station.policy.permits import PERMITTED, Verdict
from station.signing.policy_packs import packaged_pack
from tests.pack_texts import child, pack, said_of, settings

# What a pack stands on


def test_only_the_defaults_stand_on_nothing() -> None:
    for kind in ("locality", "department"):
        with pytest.raises(PackError, match="only the defaults on nothing"):
            pack("", kind=kind)
    with pytest.raises(PackError, match="only the defaults on nothing"):
        pack("", stands_on='extends = "yinchuan@1"', kind="defaults")
    with pytest.raises(PackError, match="takes its parent's defaults"):
        pack("", stands_on='extends = "yinchuan@1"\ndefaults = "defaults@1"')


@pytest.mark.parametrize("depth", [0, 1])
def test_a_stack_begins_with_the_defaults(depth: int) -> None:
    without = packaged_pack("yinchuan").packs[1 : 1 + depth]
    with pytest.raises(PackError, match="the defaults come first"):
        stack(without)


def test_a_pack_stands_on_the_very_version_it_names() -> None:
    below = packaged_pack("yinchuan").packs
    with pytest.raises(PackError) as refusal:
        stack((*below, pack("", stands_on='extends = "yinchuan@2"')))
    assert said_of(refusal) == "unit.toml:6: extends: stands on yinchuan@2, not on yinchuan@1"


def test_a_department_stands_on_a_locality_and_nothing_on_a_department() -> None:
    defaults, yinchuan = packaged_pack("yinchuan").packs
    with pytest.raises(PackError, match="a department's settings stand on a locality's pack"):
        stack((defaults, pack("", stands_on='defaults = "defaults@1"')))
    unit = pack("", stands_on='extends = "yinchuan@1"')
    with pytest.raises(PackError, match="a department's settings stand on a locality's pack"):
        stack((defaults, yinchuan, unit, pack("", "further", 'extends = "unit@1"')))


# Whoever comes later may only tighten

NOTED = 'set_by = "U-1", set_at = 2026-01-05, note = "夜班电池不足"'
LOOSER = {
    # Of a locality, and its line. What is said of the law is answered with the law.
    "number, lower is stricter": ("mingshan", "handover.deadline = { value = 25 }", "24 of mingshan@1 (MS-EQ-9"),
    "number, higher is stricter": ("yinchuan", "check.battery_min_percent = { value = 79 }", "80 of defaults@1 (a def"),
    "period": ("mingshan", 'retention.ordinary_min = { value = 5, unit = "months" }', "6 of mingshan@1 (MS-EQ-11a)"),
    "period that may be shorter": (
        "mingshan",
        'retention.ordinary_min = { value = 180, unit = "days" }',
        "6 of mingshan@1 (MS-EQ-11a)",
    ),
    "flag": ("yinchuan", "notice.required = { value = false }", "True of yinchuan@1 (YC-8b)"),
    "flag left out": ("yinchuan", "notice.required = { }", "True of yinchuan@1 (YC-8b)"),
    "flag where no is stricter": ("yinchuan", "oversight.copy = { value = true }", "False of yinchuan@1 (YC-21.3)"),
    "choice": ("yinchuan", 'record.activity.ACT-SEIZE = { value = "AV" }', "'FULL' of yinchuan@1 (YC-17.2)"),
    "reason": ("yinchuan", 'nonuse.reasons.NU-OBSTRUCTED = { value = "allowed" }', "'no' of yinchuan@1 (YC-17.5)"),
    "rank": ("yinchuan", 'nonuse.reviewer = { value = "custodian" }', "'unit_head' of yinchuan@1 (YC-20.2b)"),
    "list that must hold more": ("yinchuan", 'export.redaction_fields = { value = ["住所"] }', "(YC-PUB-7.3)"),
    "list that must hold less": (
        "mingshan",
        'handover.extension_reasons = { value = ["EXT-REMOTE", "EXT-SLEEP"] }',
        "(MS-REC-32.p3b)",
    ),
    "unset is stricter": ("yinchuan", 'longterm.period = { value = 30, unit = "years" }', "None of defaults@1"),
    "time of day": ("yinchuan", 'handover.office_close = { value = "18:30" }', "'18:00' of defaults@1"),
    "date of a year": ("xixia", 'stats.annual_due = { value = "01-21" }', "'01-20' of xixia@1 (XX-PUB-4)"),
    "working day after hours": ("mingshan", 'handover.unit = { value = "working_day" }', "'hour' of mingshan@1"),
    "hours beyond a working day": (
        "yinchuan",
        'handover.unit = { value = "hour" }\nhandover.deadline = { value = 26 }',
        "1 of yinchuan@1 (YC-20.3a)",
    ),
    "activity below what holds unnamed": (
        "mingshan",
        'record.activity.ACT-NEW = { value = "COND" }',
        "'FULL' of mingshan@1 (MS-EQ-6)",
    ),
    "class below what holds unnamed": (
        "yinchuan",
        '[ratio.class_of_department]\n"某局" = { value = "B" }',
        "'A' of defaults@1",
    ),
    "shorter class of retention": (
        "yinchuan",
        'retention.classes.ACT-SEAL = { value = 2, unit = "years" }',
        "3 of yinchuan@1 (YC-21.1a)",
    ),
    "reason nobody knew": ("yinchuan", 'nonuse.reasons.NU-NEW = { value = "allowed" }', "nothing said so far"),
}
TIGHTER = {
    "number": ("mingshan", "handover.deadline = { value = 24 }\ncheck.battery_min_percent = { value = 81 }"),
    "working day to hours": (
        "yinchuan",
        'handover.unit = { value = "hour" }\nhandover.deadline = { value = 24 }',
    ),
    "the same in other words": ("yinchuan", 'retention.ordinary_min = { value = 36, unit = "months" }'),
    "longer": ("mingshan", 'retention.ordinary_min = { value = 200, unit = "days" }'),
    "choice": ("yinchuan", 'record.activity.ACT-HEARING = { value = "FULL" }'),
    "activity of its own": ("mingshan", 'record.activity.ACT-NEW = { value = "FULL" }'),
    "rank": ("yinchuan", 'nonuse.reviewer = { value = "unit_chief" }'),
    "more": ("yinchuan", 'secret.categories = { value = ["STATE", "TRADE", "PRIVACY", "WORK"] }'),
    "fewer": ("mingshan", 'handover.extension_reasons = { value = ["EXT-REMOTE"] }'),
    "none": ("mingshan", "handover.extension_reasons = { }"),
    "nobody": ("yinchuan", "check.override_role = { }"),
    "not ordered": ("yinchuan", 'wear.position = { value = "左胸" }'),
    "longer class of retention": ("yinchuan", 'retention.classes.ACT-SEAL = { value = 5, unit = "years" }'),
    "reason struck off": ("yinchuan", 'nonuse.reasons.NU-SPECIAL = { value = "no" }'),
}


def stated(text: str, further: str) -> str:
    """The same lines, each value object with more in it."""
    return "\n".join(
        line.removesuffix("}").rstrip() + (", " if "value" in line else " ") + further + " }"
        if line.endswith("}")
        else line
        for line in text.splitlines()
    )


@pytest.mark.parametrize("way", LOOSER)
def test_what_is_looser_is_refused_and_told_what_it_is_looser_than(way: str) -> None:
    parent, text, than = LOOSER[way]
    with pytest.raises(PackError) as refusal:
        settings(parent, stated(text, 'status = "default"'))
    assert re.match(r"unit\.toml:\d+: ", said_of(refusal))
    assert "PACK_WEAKENED" in said_of(refusal)
    assert than in said_of(refusal)


@pytest.mark.parametrize("way", TIGHTER)
def test_what_is_stricter_is_taken_and_is_the_unit_s_own(way: str) -> None:
    parent, text = TIGHTER[way]
    effective = settings(parent, stated(text, 'status = "default"'))
    for name in effective.top.values:
        assert effective.rule(name).kind == "department"


def test_a_default_is_loosened_by_name_with_day_and_reason() -> None:
    text = stated("check.battery_min_percent = { value = 60 }", f'status = "default", {NOTED}')
    effective = settings("yinchuan", text)
    assert effective.number("check.battery_min_percent") == 60
    assert effective.finds("CHECK_BATTERY", "check.battery_min_percent").set_by_unit


@pytest.mark.parametrize("lacking", ["set_by", "set_at", "note"])
def test_a_default_is_not_loosened_silently(lacking: str) -> None:
    words = ", ".join(one for one in NOTED.split(", ") if not one.startswith(lacking))
    with pytest.raises(PackError, match="loosening a default takes set_by, set_at and a note"):
        settings("yinchuan", stated("check.battery_min_percent = { value = 60 }", f'status = "default", {words}'))


NEWER = ['source = "银政规〔2026〕1号"', "source_date = 2026-01-01", 'approved_by = ["U-1", "U-2"]']


def test_the_law_is_loosened_by_a_newer_source_and_two_approvals() -> None:
    text = stated("handover.deadline = { value = 2 }", f'status = "external", {", ".join(NEWER)}')
    effective = settings("yinchuan", text)
    assert effective.number("handover.deadline") == 2
    assert effective.rule("handover.deadline").status is Status.EXTERNAL


@pytest.mark.parametrize(
    ("instead", "of"),
    [
        ('source = ""', 0),
        ("source_date = 2018-10-25", 1),  # no newer than what it would replace
        ('approved_by = ["U-1"]', 2),
        ('approved_by = ["U-1", "U-1"]', 2),
        ('approved_by = ["U-1", " "]', 2),
    ],
)
def test_the_law_is_not_loosened_by_less(instead: str, of: int) -> None:
    words = ", ".join([*NEWER[:of], instead, *NEWER[of + 1 :], NOTED])
    with pytest.raises(PackError, match=r"in `source`|a newer source with its date and two approvals"):
        settings("yinchuan", stated("handover.deadline = { value = 2 }", f'status = "external", {words}'))


def test_a_note_that_loosens_a_default_does_not_loosen_the_law() -> None:
    with pytest.raises(PackError, match="loosening the law takes"):
        settings("yinchuan", stated("handover.deadline = { value = 2 }", f'status = "default", {NOTED}'))


def test_a_locality_fills_in_defaults_but_not_its_parent_s_law() -> None:
    cited = 'status = "text", articles = ["XX-REC-3a"]'
    filled_in = child("yinchuan", f"check.battery_min_percent = {{ value = 20, {cited} }}")
    assert filled_in.number("check.battery_min_percent") == 20
    with pytest.raises(PackError, match="PACK_WEAKENED"):
        child("yinchuan", f"handover.deadline = {{ value = 2, {cited} }}")


def test_the_law_of_a_grandparent_stays_law_when_the_parent_restates_it_as_its_own_default() -> None:
    below = child(
        "yinchuan",
        'handover.unit = { value = "hour", status = "default" }\n'
        'handover.deadline = { value = 12, status = "default" }',
    ).packs

    def hours(number: int) -> list[str]:
        text = f'handover.deadline = {{ value = {number}, status = "default", {NOTED} }}'
        return list(weakened(below, pack(text, stands_on='extends = "district@1"')))

    assert hours(18) == []  # its own default loosened, and still within one working day
    (problem,) = hours(26)
    assert "1 of yinchuan@1 (YC-20.3a)" in problem


def test_a_code_is_added_but_never_redefined() -> None:
    added = settings("yinchuan", 'codes.ACT-NEW = { zh = "渔政检查", en = "fishery patrol" }')
    assert added.codes["ACT-NEW"].zh == "渔政检查"
    with pytest.raises(PackError, match=r"unit.toml:\d+: codes.ACT-SEAL: redefines a code of yinchuan@1"):
        settings("yinchuan", '[codes]\nACT-SEAL = { zh = "看一看", en = "have a look" }')


def test_a_refusal_is_worded_and_sharpened_but_never_turned_into_a_report() -> None:
    sharper = settings("yinchuan", '[findings.REC_GAP]\nverdict = "refuse"\nzh = "请写明"\narticles = ["YC-14"]')
    words = sharper.findings["REC_GAP"]
    assert (words.verdict, words.zh) == ("refuse", "请写明")
    cited = packaged_pack("yinchuan").findings["REC_GAP"].articles
    assert words.articles == cited  # already among them; nothing its parent cites is lost
    with pytest.raises(PackError, match="only reports what yinchuan@1 refuses"):
        settings("yinchuan", '[findings.CHECK_CLOCK]\nverdict = "report"')


@pytest.mark.parametrize(("name", "articles"), [("xixia", ("YC-17.6", "YC-25")), ("mingshan", ())])
def test_whoever_changes_a_list_is_refused_by_the_law_that_forbids_it_here(
    name: str, articles: tuple[str, ...]
) -> None:
    below = packaged_pack(name)
    stands_on = f'extends = "{below.name}"'
    looser = pack('record.activity.ACT-MAJOR = { value = "OPT", status = "default" }', stands_on=stands_on)
    assert weakens(below, looser) == Verdict("PACK_WEAKENED", articles)
    further = pack('record.activity.ACT-NEW = { value = "FULL", status = "default" }', stands_on=stands_on)
    assert weakens(below, further) is PERMITTED


def test_every_problem_of_a_pack_is_named() -> None:
    below = packaged_pack("yinchuan").packs
    text = stated("notice.required = { value = false }\nwear.fixed = { value = false }", 'status = "default"')
    assert len(list(weakened(below, pack(text, stands_on='extends = "yinchuan@1"')))) == 2


# The life of an instrument


def in_force(begun: str, years: int) -> EffectivePack:
    """Yinchuan's measures, had they been published on that day."""
    words = ", ".join([*NEWER, 'status = "external"'])
    return child(
        "yinchuan",
        f"pack.in_force_from = {{ value = {begun}, {words} }}\npack.valid_years = {{ value = {years}, {words} }}",
    )


def test_yinchuan_s_measures_end_after_five_years() -> None:
    """第二十六条 「自公布之日起实施，有效期五年」. From 25 October 2018 the last day is 24 October 2023."""
    yinchuan = packaged_pack("yinchuan")
    assert expired(yinchuan, dt.date(2023, 10, 24)) is None
    over = expired(yinchuan, dt.date(2023, 10, 25))
    assert over is not None
    assert (over.code, over.articles, over.rule) == ("PACK_EXPIRED", ("YC-26",), "pack.in_force_from")


@pytest.mark.parametrize(
    ("begun", "years", "last"),
    [("2020-02-29", 5, "2025-02-28"), ("2020-02-29", 4, "2024-02-28"), ("2019-01-01", 5, "2023-12-31")],
)
def test_the_last_day_is_the_one_before_the_anniversary(begun: str, years: int, last: str) -> None:
    assert life_ends(in_force(begun, years)) == dt.date.fromisoformat(last)


def test_what_has_no_end_or_no_beginning_does_not_end() -> None:
    without_end = settings("yinchuan", f"pack.valid_years = {{ status = 'external', {', '.join(NEWER)} }}")
    without_beginning = settings("yinchuan", "pack.in_force_from = { status = 'default' }")
    for effective in (without_end, without_beginning):
        assert expired(effective, dt.date(2999, 1, 1)) is None
