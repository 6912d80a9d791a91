"""Hand-over: late or not, whose delay it was, what an extension is worth. Nobody is accused of what is not sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.due_times import Due
from station.policy.effective import EffectivePack
from station.policy.handover import (
    ExtensionClaim,
    Handover,
    answers_extension,
    closes_handover,
    handover_findings,
    satisfied_ms,
)
from station.policy.permits import PERMITTED
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.civil_times import MOMENTS, at
from tests.policies import pack_with

SIGNED = packaged_pack("yinchuan")
STORED = packaged_pack("mingshan")
UNSIGNED = pack_with("yinchuan", handover__officer_signature=False)
DUE = Due(at("2025-06-11 18:00"))
BEFORE, AFTER, LATER = at("2025-06-11 17:50"), at("2025-06-11 18:10"), at("2025-06-11 19:00")
HANDOVER = Handover("M-7", "officer-1", "station-1", DUE)


def found(
    pack: EffectivePack, docked: int | None, signed: int | None, stored: int | None, now: int = LATER
) -> list[tuple[str, str]]:
    handover = replace(HANDOVER, docked_ms=docked, signed_ms=signed, stored_ms=stored)
    return [(report.code, report.about) for report in handover_findings(pack, handover, now)]


LATE = ("HANDOVER_LATE", "officer-1")
KEPT = ("SELF_KEPT", "officer-1")
STATIONS = ("INGEST_INCOMPLETE", "station-1")


@pytest.mark.parametrize(
    ("docked", "signed", "stored", "reports", "why"),
    [
        (BEFORE, BEFORE, BEFORE, [], "in time"),
        (DUE.at_ms, DUE.at_ms, None, [], "the last moment is in time"),
        (BEFORE, BEFORE, LATER, [], "signed in time; storing is the station's own matter"),
        (None, None, None, [LATE, KEPT], "still with the officer"),
        (AFTER, AFTER, AFTER, [LATE], "docked too late; no longer kept"),
        (AFTER, None, None, [LATE], "docked too late, unsigned"),
        (BEFORE, AFTER, BEFORE, [LATE], "ready to be signed in time, and signed too late"),
        (BEFORE, None, BEFORE, [LATE], "never signed"),
        (BEFORE, AFTER, AFTER, [STATIONS], "nothing to sign in time: the station took too long to hold it"),
        (BEFORE, None, None, [STATIONS], "the station does not hold it even now"),
    ],
)
def test_docked_and_signed(
    docked: int | None, signed: int | None, stored: int | None, reports: list[tuple[str, str]], why: str
) -> None:
    """「移交本单位管理人员进行集中管理，并在移交登记上签名」"""
    assert found(SIGNED, docked, signed, stored) == reports, why


@pytest.mark.parametrize(
    ("docked", "stored", "reports", "why"),
    [
        (BEFORE, BEFORE, [], "in time"),
        (BEFORE, AFTER, [STATIONS], "who docked in time is never late"),
        (BEFORE, None, [STATIONS], "nor while the station still works on it"),
        (AFTER, LATER, [LATE], "docked too late"),
        (AFTER, None, [LATE], "docked too late, and not yet stored"),
        (None, None, [LATE, KEPT], "not docked"),
        (None, BEFORE, [], "stored by another way"),
        (None, AFTER, [LATE], "stored late by another way: no longer kept"),
    ],
)
def test_stored(docked: int | None, stored: int | None, reports: list[tuple[str, str]], why: str) -> None:
    """「在24小时内按要求将信息储存至相关执法信息系统或专用存储器」"""
    assert found(STORED, docked, None, stored) == reports, why


def test_where_no_signature_is_asked_for_docking_is_enough() -> None:
    assert found(UNSIGNED, BEFORE, None, None) == []
    assert found(UNSIGNED, AFTER, None, None) == [LATE]


def test_when_it_was_satisfied() -> None:
    whole = replace(HANDOVER, docked_ms=BEFORE, signed_ms=AFTER, stored_ms=LATER)
    assert [satisfied_ms(pack, whole) for pack in (SIGNED, STORED, UNSIGNED)] == [AFTER, LATER, BEFORE]
    assert satisfied_ms(SIGNED, replace(whole, signed_ms=None)) is None


def test_nothing_is_found_before_the_time_is_over() -> None:
    assert found(SIGNED, None, None, None, now=DUE.at_ms) == []


def test_an_uncertain_due_time_accuses_nobody() -> None:
    """No calendar for the year: the due date is shown as uncertain and nobody is accused."""
    uncertain = replace(HANDOVER, due=replace(DUE, certain=False))
    assert [(one.code, one.about) for one in handover_findings(SIGNED, uncertain, LATER)] == [
        ("CALENDAR_MISSING", "M-7")
    ]


def test_a_station_that_did_not_know_the_time_accuses_nobody() -> None:
    assert handover_findings(SIGNED, replace(HANDOVER, docked_ms=AFTER, station_knew_time=False), LATER) == ()


def test_self_keeping_is_found_only_where_it_is_forbidden() -> None:
    assert found(pack_with("yinchuan", handover__self_keep_forbidden=False), None, None, None) == [LATE]


def test_a_report_says_what_it_rests_on() -> None:
    late, _ = handover_findings(SIGNED, HANDOVER, LATER)
    assert late.verdict.rule == "handover.deadline"
    assert "YC-20.3a" in late.verdict.articles
    assert late.evidence == (("footage", "M-7"), ("due_ms", DUE.at_ms))
    docked = replace(HANDOVER, docked_ms=AFTER)
    assert handover_findings(SIGNED, docked, LATER)[0].evidence[2:] == (("docked_ms", AFTER),)


def test_closing_asks_for_the_officers_signature_and_nothing_else() -> None:
    """A name or a statement still owed is no argument of it: they never hold up a hand-over."""
    refused = closes_handover(SIGNED, officer_signed=False)
    assert (refused.code, refused.rule) == ("HANDOVER_UNSIGNED", "handover.officer_signature")
    assert closes_handover(SIGNED, officer_signed=True) == PERMITTED
    assert closes_handover(UNSIGNED, officer_signed=False) == PERMITTED


EXTENDING = packaged_pack("mingshan")
CLAIM = ExtensionClaim("M-7", "officer-1", "EXT-REMOTE", BEFORE, at("2025-06-14 20:00"))


@pytest.mark.parametrize("reason", ["EXT-CONTINUOUS", "EXT-ELSEWHERE", "EXT-REMOTE"])
def test_a_claim_in_time_for_a_named_reason_moves_the_due_time(reason: str) -> None:
    """「连续工作、异地工作或在边远、交通不便地区执法」"""
    answer = answers_extension(EXTENDING, DUE, replace(CLAIM, reason=reason))
    assert answer.refusal == PERMITTED
    assert answer.reports == ()
    assert answer.due == Due(at("2025-06-15 20:00"))


def test_a_claim_without_a_return_moves_nothing_yet() -> None:
    answer = answers_extension(EXTENDING, DUE, replace(CLAIM, returned_ms=None))
    assert (answer.due, answer.refusal) == (DUE, PERMITTED)


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (replace(CLAIM, reason="EXT-TIRED"), "no such reason"),
        (replace(CLAIM, reason=""), "a bare claim"),
        (replace(CLAIM, claimed_ms=AFTER), "claimed when it was already due"),
    ],
)
def test_a_bare_or_late_claim_is_refused(claim: ExtensionClaim, why: str) -> None:
    answer = answers_extension(EXTENDING, DUE, claim)
    assert (answer.refusal.code, answer.refusal.rule) == ("EXTENSION_INVALID", "handover.extension_reasons"), why
    assert answer.due == DUE


def test_an_uncertain_due_time_makes_no_claim_late() -> None:
    answer = answers_extension(EXTENDING, replace(DUE, certain=False), replace(CLAIM, claimed_ms=AFTER))
    assert answer.refusal == PERMITTED


def test_silence_is_no_ban_and_an_empty_list_is_one() -> None:
    answer = answers_extension(packaged_pack("liangping"), DUE, CLAIM)
    assert (answer.due, answer.refusal) == (DUE, PERMITTED)
    assert [(report.code, report.about) for report in answer.reports] == [("EXTENSION_INVALID", "officer-1")]
    knows_none = pack_with("liangping", handover__extension_reasons=())
    assert answers_extension(knows_none, DUE, CLAIM).refusal.code == "EXTENSION_INVALID"


@pytest.mark.parametrize("name", packaged_names())
def test_every_packaged_pack_answers_a_claim(name: str) -> None:
    """Where reasons are named the time moves; where the text is silent the claim is taken and reported."""
    pack = packaged_pack(name)
    answer = answers_extension(pack, DUE, CLAIM)
    assert answer.refusal == PERMITTED
    assert (answer.due.at_ms > DUE.at_ms) is (not answer.reports) is bool(pack.listed("handover.extension_reasons"))


@given(
    MOMENTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    MOMENTS,
    st.sampled_from([SIGNED, STORED, UNSIGNED]),
)
def test_nobody_is_late_who_docked_and_signed_in_time(
    due_ms: int, docked: int | None, signed: int | None, stored: int | None, now: int, pack: EffectivePack
) -> None:
    handover = Handover("M-7", "officer-1", "station-1", Due(due_ms), docked, signed, stored)
    reports = handover_findings(pack, handover, now)
    officers = [report for report in reports if report.about == "officer-1"]
    in_time = docked is not None and docked <= due_ms
    if in_time and (pack is not SIGNED or (signed is not None and signed <= due_ms)):
        assert officers == []
    if in_time and not (stored is not None and stored <= due_ms):
        assert officers == []
    assert len({report.code for report in reports}) == len(reports)
    assert handover_findings(pack, replace(handover, due=Due(due_ms, certain=False)), now)[0].code == "CALENDAR_MISSING"
    assert handover_findings(pack, replace(handover, station_knew_time=False), now) == ()
