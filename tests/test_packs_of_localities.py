"""What each locality's pack says where it matters most, written down by hand from the articles, as it is in force.

The tables repeat the packs on purpose: a pack that drifts from its articles fails here, whichever file was changed.
"""

import pytest

from station.policy.effective import EffectivePack
from station.policy.pack import Status
from station.policy.parameters import parameter_of
from station.policy.strictness import strictness
from station.signing.policy_packs import packaged_names, packaged_pack

LOCALITIES = ("yinchuan", "mingshan", "liangping", "zhoucun", "xixia")

Said = tuple[object, str, str]
"""Value, status, articles. A period is its length and unit; a default cites nothing."""

FIVE_STAGES = ("START", "EVIDENCE", "DECISION", "EXECUTION", "ARCHIVE")
THREE_SECRETS = ("STATE", "TRADE", "PRIVACY")
OF_THE_HOUSE: dict[str, Said] = {
    "handover.extension_reasons": (None, "default", ""),
    "handover.extension_deadline": (None, "default", ""),
    "repair.deadline_hours": (24, "default", ""),
    "repair.meaning": ("begun", "default", ""),
    "purge.mode": ("manual", "default", ""),
    "purge.approver": ("unit_head", "default", ""),
    "retention.ordinary_min": ((3, "years"), "default", ""),
    "ratio.officers_per_device.A": (2, "default", ""),
    "ratio.officers_per_device.C": (2, "default", ""),
    "ratio.on_shortfall": ("advise", "default", ""),
    "device.lend_outside": ("forbidden", "default", ""),
    "access.view_internal_approver": ("unit_head", "default", ""),
    "access.other_department_approver": ("unit_head", "default", ""),
    "access.party_copy_approver": ("unit_head", "default", ""),
    "access.outside_approver": ("unit_chief", "default", ""),
    "access.disclosure_approver": ("unit_chief", "default", ""),
    "approval.self_forbidden": (True, "default", ""),
    "approval.reviewer": (None, "default", ""),
    "oversight.bodies": (None, "default", ""),
    "nonuse.reviewer": ("unit_head", "default", ""),
    "nonuse.review_working_days": (1, "default", ""),
    "casefile.deadline_days": (30, "default", ""),
    "notice.required": (True, "default", ""),
    "notice.when": ("at_start", "default", ""),
    "wipe.mode": ("custodian_release", "default", ""),
    "wipe.copies_before": (2, "default", ""),
    "stats.annual_due": ("01-20", "default", ""),
    "secret.disclosure": ("approved", "default", ""),
    "record.unlisted_level": ("COND", "default", ""),
    "record.text_suffices": ("never", "default", ""),
    "emergency.backfill_hours": (24, "default", ""),
    "check.battery": (True, "default", ""),
    "check.health_min_percent": (60, "default", ""),
    "longterm.burn_days": (None, "default", ""),
}
"""What holds where nothing else is written below."""

YINCHUAN: dict[str, Said] = {
    "handover.deadline": (1, "text", "YC-20.3a"),
    "handover.unit": ("working_day", "text", "YC-20.3a"),
    "handover.anchor": ("activity_end", "text", "YC-20.3a"),
    "handover.satisfied_by": ("docked_and_signed", "reading", "YC-20.3a"),
    "handover.self_keep_forbidden": (True, "reading", "YC-20.3a YC-20.3b"),
    "retention.ordinary_min": ((3, "years"), "text", "YC-21.1a"),
    "ratio.officers_per_device.A": (2, "text", "YC-19.1"),
    "ratio.officers_per_device.B": (3, "text", "YC-19.2"),
    "ratio.officers_per_device.C": (5, "text", "YC-19.3"),
    "ratio.on_shortfall": ("report", "reading", "YC-19"),
    "access.view_internal_approver": ("unit_head", "text", "YC-21.2"),
    "access.other_department_approver": ("unit_head", "text", "YC-20.p2a"),
    "access.disclosure_approver": ("unit_chief", "text", "YC-PUB-8"),
    "oversight.bodies": (("discipline", "dept_legal", "gov_legal", "petition"), "reading", "YC-21.3"),
    "nonuse.reviewer": ("unit_head", "text", "YC-20.2b"),
    "notice.required": (True, "text", "YC-8b"),
    "notice.when": ("at_start", "reading", "YC-8b"),
    "wipe.mode": ("after_verified_copy", "reading", "YC-20.4c"),
    "store.custodian_fulltime": (True, "text", "YC-16"),
    "store.location": ("inside_department", "text", "YC-16"),
    "secret.categories": (THREE_SECRETS, "reading", "YC-18.3"),
    "record.text_suffices": ("never", "reading", "YC-5.p2"),
}

LAW: dict[str, dict[str, Said]] = {
    "yinchuan": YINCHUAN,
    "xixia": {
        # 银川的办法在西夏区遵照执行（YC-25）：文本和理解都成为继承
        name: (value, "inherited" if status in {"text", "reading"} else status, articles)
        for name, (value, status, articles) in YINCHUAN.items()
    }
    | {
        "secret.categories": (("STATE", "WORK", "TRADE", "PRIVACY"), "text", "XX-REC-2b"),
        "stats.annual_due": ("01-20", "text", "XX-PUB-4"),
        "naming.grouping": ("subject", "text", "XX-REC-3c"),
        "spotcheck.mode": ("both", "text", "XX-ORG-7"),
    },
    "mingshan": {
        "pack.in_force_from": ("2019-07-01", "text", "MS-REC-40"),
        "handover.deadline": (24, "text", "MS-EQ-9 MS-REC-32.p3a"),
        "handover.unit": ("hour", "text", "MS-EQ-9 MS-REC-32.p3a"),
        "handover.anchor": ("activity_end", "reading", "MS-EQ-9 MS-REC-32.p3a"),
        "handover.satisfied_by": ("stored", "text", "MS-EQ-9 MS-REC-32.p3a"),
        "handover.self_keep_forbidden": (True, "text", "MS-REC-32.p3a"),
        "handover.extension_reasons": (("EXT-CONTINUOUS", "EXT-ELSEWHERE", "EXT-REMOTE"), "text", "MS-REC-32.p3b"),
        "handover.extension_deadline": (24, "text", "MS-REC-32.p3b"),
        "retention.ordinary_min": ((6, "months"), "text", "MS-EQ-11a"),
        "purge.mode": ("manual", "text", "MS-EQ-11b"),
        "purge.proposer": ("custodian", "text", "MS-EQ-11b"),
        "purge.approver": ("supervising_leader", "default", ""),
        "longterm.copies": (2, "text", "MS-EQ-12.p2"),
        "longterm.medium_of.LT-DISPUTE": (("DISC",), "text", "MS-EQ-12"),
        "longterm.burn_days": (10, "default", ""),
        "longterm.lift_role": ("unit_chief", "default", ""),
        "device.personal": (True, "reading", "MS-EQ-14a"),
        "device.lend_inside": ("approval", "text", "MS-EQ-14a"),
        "device.lend_outside": ("forbidden", "text", "MS-EQ-17.3"),
        "check.battery": (True, "text", "MS-EQ-4"),
        "check.storage": (True, "text", "MS-EQ-4"),
        "check.clock": (True, "text", "MS-EQ-4"),
        "repair.deadline_hours": (24, "text", "MS-EQ-14b"),
        "repair.meaning": ("begun", "reading", "MS-EQ-14b"),
        "access.view_internal_approver": ("supervising_leader", "text", "MS-EQ-13a"),
        "access.copy_internal_approver": ("supervising_leader", "reading", "MS-EQ-13a"),
        "access.other_department_approver": ("unit_chief", "default", ""),
        "access.party_copy_approver": ("unit_head", "text", "MS-REC-34"),
        "access.scope": ("section", "reading", "MS-EQ-10"),
        "access.legal_review": ("approval", "reading", "MS-LR-10 MS-EQ-13a"),
        "approval.self_forbidden": (True, "reading", "MS-REC-38"),
        "approval.reviewer": (None, "reading", "MS-REC-38"),
        "nonuse.reviewer": ("unit_chief", "text", "MS-EQ-16.p2"),
        "casefile.deadline_days": (30, "text", "MS-REC-32.p2"),
        "secret.categories": (THREE_SECRETS, "text", "MS-REC-35"),
        "stats.annual_due": ("01-30", "text", "MS-PLAN-P4.6"),
        "notice.required": (True, "text", "MS-EQ-7"),
        "notice.when": ("before", "text", "MS-EQ-7"),
        "notice.text": ("为保护当事人的合法权益，监督我们的执法行为，本次执法全程录音录像", "text", "MS-EQ-7"),
        "record.unlisted_level": ("FULL", "text", "MS-EQ-6"),
        "record.text_suffices": ("off_list", "text", "MS-PLAN-R3.1a"),
        "emergency.backfill_hours": (24, "text", "MS-REC-8"),
        "store.custodian_fulltime": (False, "reading", "MS-REC-33"),
        "naming.grouping": ("section", "text", "MS-EQ-10"),
    },
    "liangping": {
        "pack.stages": (FIVE_STAGES, "attributed", "LP-REC-3.p1 LP-PLAN-III"),
        "handover.deadline": (24, "attributed", "LP-REC-32.p3a"),
        "handover.unit": ("hour", "attributed", "LP-REC-32.p3a"),
        "handover.anchor": ("recording_end", "attributed", "LP-REC-32.p3a"),
        "handover.satisfied_by": ("stored", "attributed", "LP-REC-32.p3a"),
        "handover.self_keep_forbidden": (True, "attributed", "LP-REC-32.p3a"),
        "access.party_copy_approver": ("unit_head", "attributed", "LP-REC-34"),
        "access.register_required": (True, "inherited", "LP-PLAN-7b"),
        "approval.self_forbidden": (True, "attributed", "LP-REC-38"),
        "approval.reviewer": (None, "attributed", "LP-REC-38"),
        "oversight.bodies": (("gov_legal", "dept_legal"), "attributed", "LP-REC-6.p2"),
        "casefile.deadline_days": (30, "attributed", "LP-REC-32.p2"),
        "store.custodian_required": (True, "attributed", "LP-REC-33"),
        "store.custodian_fulltime": (False, "attributed", "LP-REC-33"),
        "store.location": ("inside_department", "attributed", "LP-REC-32.p3a"),
        "store.live_access": (True, "inherited", "LP-PLAN-7b"),
        "secret.categories": (THREE_SECRETS, "inherited", "LP-PLAN-6a"),
        "secret.viewers": ("named", "attributed", "LP-REC-35"),
        "record.text_suffices": ("off_list", "inherited", "LP-PLAN-5a"),
        "officer.cert_kinds": (("重庆市行政执法证", "国务院有关部门制发的执法证件"), "inherited", "LP-PLAN-2"),
        "naming.grouping": ("subject", "inherited", "LP-PLAN-6d"),
    },
    "zhoucun": {
        "pack.in_force_from": ("2018-03-23", "text", "ZC-59"),
        "handover.deadline": (24, "default", ""),
        "handover.unit": ("hour", "default", ""),
        "handover.anchor": ("activity_end", "default", ""),
        "handover.satisfied_by": ("docked_and_signed", "default", ""),
        "handover.self_keep_forbidden": (True, "text", "ZC-44.p1b"),
        "purge.mode": ("off", "reading", "ZC-45.p1a"),
        "store.custodian_required": (True, "text", "ZC-44.p1a"),
        "store.custodian_fulltime": (False, "reading", "ZC-44.p1a"),
        "casefile.deadline_days": (30, "text", "ZC-43.p2"),
        "secret.categories": ((*THREE_SECRETS, "CLOSED"), "text", "ZC-44.p2"),
        "secret.disclosure": ("never", "text", "ZC-19"),
        "spotcheck.mode": ("regular", "text", "ZC-56.p2"),
        "naming.grouping": ("department", "default", ""),
    },
}
SAID = [
    pytest.param(locality, name, said, id=f"{locality}-{name}")
    for locality in LOCALITIES
    for name, said in (OF_THE_HOUSE | LAW[locality]).items()
]


@pytest.mark.parametrize(("locality", "name", "said"), SAID)
def test_a_pack_says_what_its_articles_say(locality: str, name: str, said: Said) -> None:
    rule = packaged_pack(locality).rule(name)
    value = (rule.value, rule.stated.unit) if rule.stated.unit else rule.value
    shown = str(value) if name == "pack.in_force_from" else value
    assert (shown, rule.status.value, " ".join(rule.articles)) == said


LEVELS = """
                 yinchuan  mingshan  liangping  zhoucun  xixia
ACT-MAJOR        FULL      FULL      FULL       FULL     FULL
ACT-INSPECT      FULL      FULL      AV         AV       FULL
ACT-RANDOM       FULL      FULL      AV         AV       FULL
ACT-EVIDENCE     FULL      FULL      COND       AV       FULL
ACT-INTERVIEW    FULL      FULL      COND       AV       FULL
ACT-SAMPLE       FULL      FULL      AV         AV       FULL
ACT-PRESERVE     FULL      FULL      COND       AV       FULL
ACT-HEARING      AV        FULL      AV         AV       AV
ACT-HANDLE       FULL      FULL      COND       AV       FULL
ACT-SUMMARY      FULL      FULL      AV         AV       FULL
ACT-SEIZE        FULL      FULL      FULL       AV       FULL
ACT-SEAL         FULL      FULL      FULL       AV       FULL
ACT-LIBERTY      FULL      FULL      FULL       FULL     FULL
ACT-COERCE       FULL      FULL      AV         AV       FULL
ACT-DEMOLISH     FULL      FULL      FULL       FULL     FULL
ACT-REMOVE       FULL      FULL      AV         AV       FULL
ACT-SUBST        FULL      FULL      AV         AV       FULL
ACT-STOP         FULL      FULL      AV         AV       FULL
ACT-EMERGENCY    FULL      FULL      FULL       FULL     FULL
ACT-OBSTRUCT     FULL      FULL      FULL       FULL     FULL
ACT-SERVE-LEAVE  AV        FULL      AV         AV       AV
ACT-SERVE-PUBLIC AV        AV        AV         AV       AV
ACT-SERVE-OTHER  TEXTAV    FULL      TEXTAV     AV       AV
ACT-RECTIFY      OPT       FULL      OPT        COND     OPT
ACT-STATEMENT    TEXTAV    TEXTAV    TEXTAV     TEXTAV   TEXTAV
ACT-COUNTER      OPT       OPT       OPT        OPT      OPT
ACT-OTHER-FULL   FULL      FULL      FULL       FULL     FULL
"""
REASONS = """
                 yinchuan      mingshan   liangping zhoucun xixia
NU-ASKED         allowed       no         no        no      allowed
NU-BANNED-PLACE  allowed       allowed    allowed   allowed allowed
NU-STATE-SECRET  allowed       allowed    allowed   allowed allowed
NU-TRADE-SECRET  allowed       allowed    no        no      allowed
NU-PRIVACY       allowed       allowed    no        no      allowed
NU-NOT-MAJOR     unless_major  no         no        no      unless_major
NU-WEATHER       under_special allowed    allowed   allowed under_special
NU-OBSTRUCTED    no            until_stop no        no      no
NU-FORCE-MAJEURE under_special allowed    allowed   allowed under_special
NU-SPECIAL       allowed       no         allowed   allowed allowed
NU-DEVICE-FAULT  under_special no         allowed   allowed under_special
NU-UNSUITABLE    allowed       allowed    allowed   no      allowed
NU-TEXT-SUFFICES no            off_list   off_list  no      no
"""


def columns(table: str) -> dict[str, dict[str, str]]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {locality: {row[0]: row[1 + column] for row in rows} for column, locality in enumerate(head)}


@pytest.mark.parametrize("locality", LOCALITIES)
def test_every_activity_has_the_level_its_locality_demands(locality: str) -> None:
    said = {code: rule.value for code, rule in packaged_pack(locality).entries("record.activity").items()}
    assert {code: level for code, level in said.items() if code != "ACT-ANY"} == columns(LEVELS)[locality]


@pytest.mark.parametrize("locality", LOCALITIES)
def test_every_reason_for_not_recording_is_one_where_its_locality_says_so(locality: str) -> None:
    said = {code: rule.value for code, rule in packaged_pack(locality).entries("nonuse.reasons").items()}
    assert said == columns(REASONS)[locality]


def test_mingshan_asks_less_of_what_is_not_done_on_site() -> None:
    """MS-EQ-6 is about enforcement on site; elsewhere the measures' own, lower levels hold (A-11)."""
    off_site = packaged_pack("mingshan").entries("record.activity_off_site")
    assert {code: (rule.value, " ".join(rule.articles)) for code, rule in off_site.items()} == {
        "ACT-INSPECT": ("AV", "MS-REC-13a"),
        "ACT-EVIDENCE": ("COND", "MS-PLAN-R3.1c"),
        "ACT-INTERVIEW": ("COND", "MS-PLAN-R3.1c"),
        "ACT-SAMPLE": ("AV", "MS-REC-13a"),
        "ACT-PRESERVE": ("TEXTAV", "MS-REC-14"),
        "ACT-HEARING": ("AV", "MS-REC-13a"),
        "ACT-SUMMARY": ("AV", "MS-REC-22.p2"),
        "ACT-SEAL": ("AV", "MS-REC-15.p2"),
        "ACT-REMOVE": ("AV", "MS-REC-30.p2"),
        "ACT-SERVE-LEAVE": ("AV", "MS-REC-25"),
        "ACT-SERVE-OTHER": ("TEXTAV", ""),
        "ACT-RECTIFY": ("OPT", "MS-REC-28.p2"),
    }


FIVE_OF_YINCHUAN = {
    "LT-EVIDENCE": "YC-21.1.1",
    "LT-OBSTRUCT": "YC-21.1.2",
    "LT-EMERGENCY": "YC-21.1.3",
    "LT-REMEDY": "YC-21.1.4",
    "LT-MAJOR": "YC-21.1.5",
}


@pytest.mark.parametrize(
    ("locality", "from_the_text"),
    [
        ("yinchuan", FIVE_OF_YINCHUAN),
        ("xixia", FIVE_OF_YINCHUAN),
        ("mingshan", {"LT-DISPUTE": "MS-EQ-12.1", "LT-OBSTRUCT": "MS-EQ-12.2", "LT-SENSITIVE": "MS-EQ-12.3"}),
        ("liangping", {}),
        ("zhoucun", {}),
    ],
)
def test_long_term_reasons_are_all_used_but_few_are_law(locality: str, from_the_text: dict[str, str]) -> None:
    reasons = packaged_pack(locality).entries("longterm.reasons")
    assert all(rule.value is True for rule in reasons.values())
    assert len(reasons) == len(FIVE_OF_YINCHUAN.keys() | {"LT-DISPUTE", "LT-SENSITIVE"})
    assert {code: " ".join(rule.articles) for code, rule in reasons.items() if rule.articles} == from_the_text


@pytest.mark.parametrize(
    ("locality", "code", "articles"),
    [
        ("yinchuan", "HANDOVER_LATE", "YC-20.3a"),
        ("xixia", "HANDOVER_LATE", "YC-20.3a"),
        ("mingshan", "HANDOVER_LATE", "MS-REC-32.p3a MS-REC-32.p3b MS-EQ-9"),
        ("liangping", "HANDOVER_LATE", "LP-REC-32.p3a"),
        ("liangping-plan", "HANDOVER_LATE", ""),
        ("zhoucun", "HANDOVER_LATE", "ZC-44.p1b"),
        ("mingshan", "EXTENSION_INVALID", "MS-REC-32.p3b"),
        ("liangping", "EXTENSION_INVALID", ""),
        ("mingshan", "APPROVAL_SELF", "MS-REC-38"),
        ("liangping", "APPROVAL_SELF", "LP-REC-38"),
        ("zhoucun", "APPROVAL_SELF", ""),
        ("zhoucun", "DELETE_FORBIDDEN", "ZC-45.p1a ZC-57.6"),
        ("mingshan", "CHECK_BATTERY", "MS-EQ-4"),
        ("mingshan", "CHECK_HEALTH", ""),
        ("mingshan", "CLASS_UNSET", "MS-PLAN-R3.3"),
        ("liangping", "CASEFILE_LATE", "LP-PLAN-6a LP-TASK-9 LP-REC-32.p2"),
        ("liangping-plan", "CASEFILE_LATE", "LP-PLAN-6a LP-TASK-9"),
        ("xixia", "SECRET_EXPOSED", "YC-LR-17 XX-REC-2b"),
    ],
)
def test_a_finding_cites_the_law_of_its_place_and_no_other(locality: str, code: str, articles: str) -> None:
    assert " ".join(packaged_pack(locality).findings[code].articles) == articles


def cited(pack: EffectivePack) -> set[str]:
    by_rules = (article for rule in pack.rules.values() for article in rule.articles)
    return {*by_rules, *(article for words in pack.findings.values() for article in words.articles)}


@pytest.mark.parametrize(
    ("locality", "instruments"),
    [
        ("yinchuan", ("YC-",)),
        ("xixia", ("YC-", "XX-")),
        ("mingshan", ("MS-",)),
        ("liangping-plan", ("LP-PLAN-", "LP-TASK-")),
        ("liangping", ("LP-PLAN-", "LP-TASK-", "LP-REC-")),
        ("zhoucun", ("ZC-",)),
    ],
)
def test_nobody_cites_another_places_law(locality: str, instruments: tuple[str, ...]) -> None:
    assert [article for article in sorted(cited(packaged_pack(locality))) if not article.startswith(instruments)] == []


def test_every_packaged_locality_stands_in_these_tables() -> None:
    assert set(packaged_names()) == {*LOCALITIES, "liangping-plan"}


def test_file_003_is_switched_off_as_a_whole() -> None:
    """It names no district. Its values are all marked, and a department without it has none of them."""
    plan, whole = packaged_pack("liangping-plan"), packaged_pack("liangping")
    attributed = {name for name, rule in whole.rules.items() if rule.status is Status.ATTRIBUTED}
    assert attributed == set(whole.top.values)
    assert not any(rule.status is Status.ATTRIBUTED for rule in plan.rules.values())
    assert plan.rule("handover.deadline").is_default
    assert plan.rule("record.activity.ACT-HEARING").value == "COND"


def test_file_003_only_tightens_what_the_plan_says() -> None:
    plan, whole = packaged_pack("liangping-plan"), packaged_pack("liangping")
    for name, rule in plan.rules.items():
        parameter = parameter_of(name)
        assert parameter is not None
        if not rule.is_default:
            assert not strictness(parameter, whole.rule(name).stated) < strictness(parameter, rule.stated), name
