"""Packs: what comes with the software is whole and readable and says what its text says; mistakes are refused."""

import re
from pathlib import Path

import pytest

import station
from station.policy.checking import unfit
from station.policy.effective import EffectivePack, missing, stack
from station.policy.pack import PackError, Status, read_pack
from station.policy.parameters import DUTIES, NEEDED, PARAMETERS, Kind, parameter_of
from station.signing.policy_packs import PACKAGED, packaged_names, packaged_pack, read_pack_file
from tests.pack_texts import pack, said_of

NUMBER_READ = re.compile(r'\.number\(\s*"([^"]+)"')
CASES_OF_LAW = re.findall(
    r"\w+",
    """
ACCESS_DISPUTE ACCESS_UNAPPROVED ACCESS_UNREGISTERED APPROVAL_SELF AUDIT_ALTERED CALENDAR_MISSING CARD_NOT_WIPED
CASEFILE_LATE CHAIN_BROKEN CHECK_BATTERY CHECK_CLOCK CHECK_OVERRIDDEN CHECK_RESIDUAL CHECK_STORAGE CLASS_UNSET
CLOCK_DRIFT COPY_UNAPPROVED CUSTODIAN_MISSING DELETE_FORBIDDEN DEVICE_DAMAGED DEVICE_IN_REPAIR DEVICE_LENT
DEVICE_UNREGISTERED DISCLOSURE_UNREDACTED EXPORT_INCOMPLETE EXPORT_UNAPPROVED EXTENSION_INVALID FILE_ALTERED
FOREIGN_HOST HANDOVER_LATE HANDOVER_UNSIGNED HASH_MISMATCH INGEST_INCOMPLETE INTERFACE_DOWN LIST_MISSING
LONGTERM_UNBURNED LONGTERM_UNTAGGED META_INCOMPLETE NAME_INCOMPLETE NONUSE_INVALID NONUSE_UNEXPLAINED
NONUSE_UNREVIEWED NOTICE_NOT_GIVEN OFFICER_UNKNOWN OFFICER_UNQUALIFIED ORG_UNKNOWN OTHER_BREACH OVERSIGHT_BLOCKED
PACKET_INCOMPLETE PACK_EXPIRED PACK_WEAKENED PURGE_EARLY PURGE_HELD PURGE_UNAPPROVED RATIO_SHORT REC_GAP REC_MISSING
REPAIR_OVERDUE RETENTION_SHORTENED REVIEW_BLOCKED SECRET_EXPOSED SELF_KEPT SEQ_GAP SIGNATURE_INVALID SPOTCHECK_DUE
STATS_DUE STORE_FAULT STORE_UNREGISTERED USE_OUTSIDE_MISSION WEAR_UNCONFIRMED WIPE_UNVERIFIED
""",
)
CASES_OF_OUR_OWN = re.findall(
    r"\w+",
    """
ALLOTTED_TO_OTHERS BAY_OFFERED_ALREADY CAMERA_TWICE CHECK_HEALTH CHECK_UNDER_WAY CHECK_UNREADABLE
HISTORY_DISPUTED NOT_AUTHORISED NO_CAMERA_TO_LEND
OFFICER_HAS_CAMERA RATIO_WOULD_BREAK ROSTER_STALE STATION_CLOCK_UNTRUSTED
""",
)
LOCALITIES = packaged_names()
AT_THE_DOCK_MAX = 40
"""Characters that somebody in gloves reads at a glance."""

# What comes with the software


@pytest.mark.parametrize("name", LOCALITIES)
def test_a_packaged_locality_sets_every_parameter(name: str) -> None:
    assert missing(packaged_pack(name)) == ()


def test_the_packages_are_there() -> None:
    assert {"yinchuan", "xixia"} <= set(LOCALITIES)
    assert "defaults" not in LOCALITIES


def codes_of(effective: EffectivePack) -> set[str]:
    """Every code that a value or a table's entry uses. Names in Chinese are words themselves."""
    used: set[str] = set()
    for name, rule in effective.rules.items():
        parameter = parameter_of(name)
        assert parameter is not None, name
        if parameter.entries:
            used.add(name.removeprefix(f"{parameter.name}."))
        if parameter.kind is Kind.CODES:
            used.update(rule.value or ())
        elif parameter.kind is Kind.ROLE and rule.value:
            used.add(rule.value)
    return {code for code in used if code.isascii()}


@pytest.mark.parametrize("name", LOCALITIES)
def test_every_code_in_use_has_words_in_both_languages(name: str) -> None:
    effective = packaged_pack(name)
    for code in codes_of(effective):
        words = effective.codes.get(code) or effective.codes.get(code.upper())
        assert words is not None, code
        assert re.search(r"[\u4e00-\u9fff]", words.zh), code
        assert words.en.isascii(), code


@pytest.mark.parametrize("name", LOCALITIES)
def test_every_finding_says_what_is_wrong_and_whether_it_refuses(name: str) -> None:
    findings = packaged_pack(name).findings
    assert set(CASES_OF_LAW) | set(CASES_OF_OUR_OWN) <= findings.keys()
    for code, words in findings.items():
        assert re.search(r"[\u4e00-\u9fff]", words.zh), code
        assert len(words.zh) <= AT_THE_DOCK_MAX, code
        assert words.en, code
        assert words.verdict in {"refuse", "report"}, code


def test_the_defaults_are_no_law() -> None:
    defaults = read_pack_file(PACKAGED / "defaults.toml")
    assert {value.status for value in defaults.values.values()} == {Status.DEFAULT}
    assert not any(words.articles for words in defaults.findings.values())


@pytest.mark.parametrize("name", LOCALITIES)
def test_a_pack_repeats_no_default(name: str) -> None:
    """What is no law here and the same everywhere is not said again, unless there is a reason to tell."""
    effective = packaged_pack(name)
    below = stack(effective.packs[:-1])
    for parameter, value in effective.top.values.items():
        under = below.rules.get(parameter)
        if value.status is Status.DEFAULT and under is not None and under.is_default:
            assert value.value != under.value or value.note, parameter


# What Yinchuan's measures say, and what Xixia takes from them

YINCHUAN = {
    # 第二十条(三) 「在执法活动结束后一个工作日内应当将执法记录信息移交本单位管理人员进行集中管理，并在移交登记上签名」
    "handover.deadline": (1, Status.TEXT, ("YC-20.3a",)),
    "handover.unit": ("working_day", Status.TEXT, ("YC-20.3a",)),
    "handover.satisfied_by": ("docked_and_signed", Status.READING, ("YC-20.3a",)),
    # 第十六条 「应当在本部门内部配备专用电脑等存储设备」「确定专职管理人员」
    "store.location": ("inside_department", Status.TEXT, ("YC-16",)),
    "store.custodian_fulltime": (True, Status.TEXT, ("YC-16",)),
    # 第十八条(四) permits it; what is major or urgent is our reading of the rest.
    "nonuse.reasons.NU-NOT-MAJOR": ("unless_major", Status.READING, ("YC-18.4",)),
    # 第十九条(三) 「原则上每五名执法人员不低于一台」
    "ratio.officers_per_device.C": (5, Status.TEXT, ("YC-19.3",)),
    "ratio.class_of_department.公安局": ("A", Status.TEXT, ("YC-ANX-A",)),
    # 第二十一条(一) 「保存期限一般不得少于三年」
    "retention.ordinary_min": (3, Status.TEXT, ("YC-21.1a",)),
    # 第二十一条(三) 「纪检、法制、信访等部门」: both legal offices, by our reading.
    "oversight.bodies": (
        ("discipline", "dept_legal", "gov_legal", "petition"),
        Status.READING,
        ("YC-21.3",),
    ),
    # No number for charge stands in any text.
    "check.battery_min_percent": (80, Status.DEFAULT, ()),
}


@pytest.mark.parametrize("name", YINCHUAN)
def test_yinchuan(name: str) -> None:
    rule = packaged_pack("yinchuan").rule(name)
    assert (rule.value, rule.status, rule.articles) == YINCHUAN[name]


def test_the_annex_names_31_departments_in_three_classes() -> None:
    classes = [rule.value for rule in packaged_pack("yinchuan").entries("ratio.class_of_department").values()]
    assert [classes.count(one) for one in "ABC"] == [15, 6, 10]


def test_xixia_inherits_and_adds() -> None:
    xixia = packaged_pack("xixia")
    assert xixia.rule("handover.deadline").status is Status.INHERITED
    assert xixia.rule("handover.deadline").articles == ("YC-20.3a",)
    assert "WORK" in xixia.listed("secret.categories")  # 「国家秘密、工作秘密、商业秘密和个人隐私」
    assert xixia.text("record.activity.ACT-SERVE-OTHER") == "AV"  # 「…行政强制、送达等…要进行音像记录」
    missed = xixia.finds("REC_MISSING", "record.activity.ACT-HEARING")
    assert {"YC-11a", "XX-REC-2c"} <= set(missed.articles)


def test_xixia_s_own_classes_are_all_defaults() -> None:
    for value in packaged_pack("xixia").top.values.items():
        if value[0].startswith("ratio.class_of_department."):
            assert value[1].status is Status.DEFAULT, value[0]


# One file by itself: every mistake is refused with its place

REFUSED_ALONE = {
    "unknown table": ("[handovr]\ndeadline = 1", "unit.toml:7: handovr: no such key; did you mean handover?"),
    "unknown parameter": (
        '[handover]\ndeadlin = { value = 1, status = "default" }',
        "unit.toml:8: handover.deadlin: no such parameter; did you mean handover.deadline?",
    ),
    "unknown field": (
        '[handover]\ndeadline = { value = 1, status = "default", article = "X" }',
        "unit.toml:8: handover.deadline: Object contains unknown field",
    ),
    "text for a number": ('[handover]\ndeadline = { value = "1", status = "default" }', "'1' is no number"),
    "flag for a number": ('[handover]\ndeadline = { value = true, status = "default" }', "True is no number"),
    "fraction": ('[handover]\ndeadline = { value = 1.5, status = "default" }', "1.5 is no number"),
    "negative": ('[handover]\ndeadline = { value = -1, status = "default" }', "is less than 0"),
    "number for a flag": ('[check]\nclock = { value = 1, status = "default" }', "1 is no flag"),
    "unit of its own": (
        '[handover]\ndeadline = { value = 1, unit = "days", status = "default" }',
        "takes no unit of its own; it counts see handover.unit",
    ),
    "period without unit": ('[retention]\nordinary_min = { value = 3, status = "default" }', "a period has a unit"),
    "no such choice": ('[wipe]\nmode = { value = "at_once", status = "default" }', "'at_once' is none of"),
    "no such level": ('[record.activity]\nACT-SEAL = { value = "ALL", status = "default" }', "'ALL' is none of OPT"),
    "no such role": ('[purge]\napprover = { value = "janitor", status = "default" }', "'janitor' is no role"),
    "no time of day": ('[handover]\noffice_close = { value = "25:00", status = "default" }', "no time of day"),
    "no day": ("[pack]\nin_force_from = { value = 2019-07-01T00:00:00, status = 'default' }", "is no date"),
    "no day of a year": ('[stats]\nannual_due = { value = "02-30", status = "default" }', "no month and day"),
    "one for a list": ('[check]\nother = { value = "MTP_OPENS", status = "default" }', "is no codes"),
    "a list of numbers": ('[check]\nother = { value = [1], status = "default" }', "a list of codes holds words"),
    "default that cites": (
        '[handover]\ndeadline = { value = 1, status = "default", articles = ["YC-20.3a"] }',
        "unit.toml:8: handover.deadline: a default cites no article",
    ),
    "law without article": (
        '[handover]\ndeadline = { value = 1, status = "text" }',
        "unit.toml:8: handover.deadline: a value with status text cites its articles",
    ),
    "reading without article": ('[handover]\ndeadline = { value = 1, status = "reading" }', "cites its articles"),
    "external without source": ('[handover]\ndeadline = { value = 1, status = "external" }', "names it in `source`"),
    "no article": ('[handover]\ndeadline = { value = 1, status = "text", articles = ["第二十条"] }', "matching regex"),
    "no status": ("[handover]\ndeadline = { value = 1 }", "missing required field `status`"),
    "parameter as a table": ("handover = 1", "is a table of parameters"),
    "unknown field of a finding": (
        '[findings.REC_GAP]\nchinese = "…"',
        "unit.toml:7: findings.REC_GAP: Object contains unknown field `chinese`",
    ),
    "unknown verdict": ('[findings.REC_GAP]\nverdict = "maybe"', "Invalid enum value"),
    "code in lower case": ('[codes]\nact = { zh = "某", en = "x" }', "unit.toml:8: codes.act: Expected `str` matching"),
    "code without English": ('[codes]\nACT-X = { zh = "某" }', "unit.toml:8: codes.ACT-X: Object missing required"),
    "finding as a word": ('findings = "none"', "unit.toml:7: findings: is a table of codes"),
    "no TOML": ("[handover", "not TOML"),
    "too deep": ("[handover]\ndeadline = " + "[" * 10_000, "too deep"),
    "a number of thousands of digits": ("[handover]\ndeadline = " + "9" * 5_000, "not TOML"),
    "a number no calendar bears": (
        '[handover]\ndeadline = { value = 10_001, status = "default" }',
        "handover.deadline: is more than 10000",
    ),
    "a life of a thousand years": ('[pack]\nvalid_years = { value = 1_000, status = "default" }', "is more than 100"),
    "a day before all law": ('[pack]\nin_force_from = { value = 0001-01-01, status = "default" }', "is less than 1949"),
    "a camera for no officer": (
        '[ratio.officers_per_device]\nA = { value = 0, status = "default" }',
        "ratio.officers_per_device.A: is less than 1",
    ),
    "more than all": ('[spotcheck]\nsample_percent = { value = 101, status = "default" }', "is more than 100"),
    "a measure without a value": (
        '[loan]\noffer_seconds = { status = "default" }',
        "loan.offer_seconds: needs a value",
    ),
    "the same twice": (
        '[record]\nactivity = { X = { value = "OPT", status = "default" } }\n"activity.X" = { status = "default" }',
        "record.activity.X: stands there twice",
    ),
    "an entry without a code": ('[record.activity]\n"" = { value = "OPT", status = "default" }', "no such parameter"),
    "a line break in a name": ('[handover]\n"a\\nb" = { value = 1, status = "default" }', "(U+000A)"),
    "what paints the terminal": (
        '[handover]\ndeadline = { value = 1, status = "default", note = "\\u001b[31m" }',
        "a sign nobody can see (U+001B)",
    ),
    "what turns the writing round": ('[codes]\nACT-X = { zh = "\\u202e某", en = "x" }', "(U+202E)"),
}


@pytest.mark.parametrize("mistake", REFUSED_ALONE)
def test_a_mistake_in_one_file_is_refused_with_its_place(mistake: str) -> None:
    text, expected = REFUSED_ALONE[mistake]
    with pytest.raises(PackError) as refusal:
        pack(text, stands_on='extends = "yinchuan@1"')
    assert said_of(refusal).startswith("unit.toml")
    assert expected in said_of(refusal)


def test_what_every_station_reads_as_a_number_needs_a_value() -> None:
    """`number` answers what cannot be none; a pack without it would stop the station at its first judgement."""
    sources = Path(station.__file__).parent.rglob("*.py")
    read = {name for path in sources for name in NUMBER_READ.findall(path.read_text(encoding="utf-8"))}
    assert read
    assert read <= NEEDED


@pytest.mark.parametrize(
    "header", ['zh = ""', 'version = 0\nzh = "某"', 'version = 1\nzh = "某"\nextends = "yinchuan"']
)
def test_a_header_says_who_it_is_and_on_which_version_it_stands(header: str) -> None:
    with pytest.raises(PackError):
        read_pack(f'id = "unit"\nen = "Some"\n{header}', "unit.toml")


def test_what_a_default_decides_cites_no_other_rule_s_articles() -> None:
    """Counsel is kept from marked footage by YC-LR-17; that everybody else not named is, is only a default."""
    yinchuan, mingshan = packaged_pack("yinchuan"), packaged_pack("mingshan")
    assert yinchuan.finds("SECRET_EXPOSED", "secret.counsel_blind").articles == ("YC-LR-17",)
    assert yinchuan.finds("SECRET_EXPOSED", "secret.viewers").articles == ()
    outside = yinchuan.finds("EXPORT_UNAPPROVED", "access.outside_approver")
    assert (outside.articles, outside.limit_is_default) == (("YC-20.p2a",), True)
    assert yinchuan.finds("REC_MISSING", "record.activity.ACT-SEIZE").articles == ("YC-17.2",)
    measured = mingshan.finds("CHECK_BATTERY", "check.battery_min_percent")
    assert (measured.articles, measured.limit_is_default) == (("MS-EQ-4",), True)
    assert yinchuan.finds("WIPE_UNVERIFIED", "wipe.copies_before").articles == ("YC-20.4c",)


NOT_EVERYBODY_S = {
    # 「拒绝接受调查和提供证据的，行政执法人员应进行记录」 speaks of obstruction, of no other reason for keeping
    ("yinchuan", "LONGTERM_UNTAGGED", "longterm.reasons.LT-DISPUTE"): (),
    ("mingshan", "LONGTERM_UNTAGGED", "longterm.reasons.LT-EVIDENCE"): (),
    ("liangping", "LONGTERM_UNTAGGED", "longterm.reasons.LT-EVIDENCE"): (),
    ("liangping", "LONGTERM_UNTAGGED", "longterm.reasons.LT-OBSTRUCT"): ("LP-REC-12.p3",),
    # the district's plan puts its own words over Yinchuan's: those do not become everybody's by that
    ("xixia", "META_INCOMPLETE", "emergency.backfill_hours"): (),
    ("xixia", "ACCESS_UNAPPROVED", "access.party_view_approver"): (),
    ("liangping", "META_INCOMPLETE", "emergency.backfill_hours"): (),
    ("zhoucun", "META_INCOMPLETE", "emergency.backfill_hours"): ("ZC-28.p3",),
    ("zhoucun", "META_INCOMPLETE", "store.subject_grouping"): (),
    # 「实施查封…」 is of sealing and seizure, not of random checks
    ("liangping", "REC_MISSING", "record.activity.ACT-RANDOM"): ("LP-TASK-8",),
    ("zhoucun", "INGEST_INCOMPLETE", "store.max_station_hours"): (),
    # what the act is measured by is law although the approver is not
    ("zhoucun", "EXPORT_UNAPPROVED", "access.other_department_approver"): ("ZC-45.p1b", "ZC-57.7"),
    ("mingshan", "EXPORT_UNAPPROVED", "access.disclosure_approver"): ("MS-REC-37.2", "MS-EQ-17.4"),
    ("yinchuan", "COPY_UNAPPROVED", "access.party_copy_approver"): ("YC-20.3b",),
    ("zhoucun", "DELETE_FORBIDDEN", "wipe.mode"): ("ZC-45.p1a", "ZC-57.6"),
}


@pytest.mark.parametrize(("name", "code", "rule"), NOT_EVERYBODY_S)
def test_a_default_cites_the_duty_it_measures_and_no_neighbour(name: str, code: str, rule: str) -> None:
    verdict = packaged_pack(name).finds(code, rule)
    assert (verdict.articles, verdict.limit_is_default) == (NOT_EVERYBODY_S[name, code, rule], True)


def test_only_names_articles_and_rules_that_are_there() -> None:
    stray = pack(
        '[findings.REC_GAP]\nonly = { "YC-14" = ["record.spann"], "YC-1" = ["record.span"] }',
        stands_on='extends = "yinchuan@1"',
    )
    said = [line for line in unfit(stack([*packaged_pack("yinchuan").packs, stray])) if "`only`" in line]
    assert [line.split("names ")[1].split(",")[0] for line in said] == ["YC-1", "record.spann"]
    assert not [line for name in packaged_names() for line in unfit(packaged_pack(name)) if "`only`" in line]


@pytest.mark.parametrize(("name", "duty"), DUTIES.items())
def test_a_limit_measures_a_duty_that_is_there(name: str, duty: str) -> None:
    assert name in PARAMETERS
    assert parameter_of(duty) is not None or PARAMETERS[duty].entries
