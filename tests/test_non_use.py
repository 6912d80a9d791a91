"""Which reasons excuse missing footage: every reason in every pack, against a table worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.non_use import FACTS, excuses, facts_given, offered
from station.policy.permits import NonUse
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with

COLUMNS = ("yinchuan", "mingshan", "liangping", "zhoucun", "xixia")
EVERY_PACK = pytest.mark.parametrize("name", packaged_names())
INSPECTION, MAJOR, HEARING, EVIDENCE = "ACT-INSPECT", "ACT-MAJOR", "ACT-HEARING", "ACT-EVIDENCE"
ACTIVITIES = (INSPECTION, MAJOR, HEARING, EVIDENCE, "ACT-LIBERTY", "ACT-EMERGENCY", "ACT-OBSTRUCT", "ACT-RECTIFY")
ALWAYS = frozenset(ACTIVITIES)
NEVER: frozenset[str] = frozenset()
NOT_MAJOR = frozenset({INSPECTION, HEARING, EVIDENCE, "ACT-RECTIFY"})
"""「不属于重大、紧急情况可不进行全过程记录」 (YC-18.4): what is major or urgent by itself is not freed."""
UNSUITED = frozenset({INSPECTION, HEARING})
"""「不适宜音像记录的除外」 stands in the articles on inspection, sampling and hearings alone (YC-11a, MS-REC-13a)."""
OFF_LIST = frozenset({EVIDENCE, "ACT-RECTIFY"})
"""In Liangping these are left to circumstances (LP-PLAN-5c) or free; all the others must be recorded."""

TABLE = {
    # on site, in the order of COLUMNS: for which of ACTIVITIES a reason is one, its facts and basis given
    "NU-ASKED": (ALWAYS, NEVER, NEVER, NEVER, ALWAYS),
    "NU-BANNED-PLACE": (ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS),
    "NU-STATE-SECRET": (ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS),
    "NU-TRADE-SECRET": (ALWAYS, ALWAYS, NEVER, NEVER, ALWAYS),
    "NU-PRIVACY": (ALWAYS, ALWAYS, NEVER, NEVER, ALWAYS),
    "NU-NOT-MAJOR": (NOT_MAJOR, NEVER, NEVER, NEVER, NOT_MAJOR),
    "NU-WEATHER": (NEVER, ALWAYS, ALWAYS, ALWAYS, NEVER),  # in Yinchuan stated as NU-SPECIAL
    "NU-OBSTRUCTED": (NEVER, ALWAYS, NEVER, NEVER, NEVER),
    "NU-FORCE-MAJEURE": (NEVER, ALWAYS, ALWAYS, ALWAYS, NEVER),
    "NU-SPECIAL": (ALWAYS, NEVER, ALWAYS, ALWAYS, ALWAYS),
    "NU-DEVICE-FAULT": (NEVER, NEVER, ALWAYS, ALWAYS, NEVER),
    "NU-UNSUITABLE": (UNSUITED, UNSUITED, UNSUITED, NEVER, UNSUITED),
    "NU-TEXT-SUFFICES": (NEVER, NEVER, OFF_LIST, NEVER, NEVER),  # never on site in Mingshan (MS-EQ-6)
}
EVERYTHING = NonUse("", on_site=True, reason="", facts=True, basis=True, footage_until_stop=True, repair_open=True)


@pytest.mark.parametrize("activity", ACTIVITIES)
@pytest.mark.parametrize("reason", TABLE)
@pytest.mark.parametrize("name", COLUMNS)
def test_every_reason_in_every_pack(name: str, reason: str, activity: str) -> None:
    pack = packaged_pack(name)
    expected = activity in TABLE[reason][COLUMNS.index(name)]
    verdict = excuses(pack, replace(EVERYTHING, activity=activity, reason=reason))
    assert verdict.permitted == expected
    assert (reason in offered(pack, activity, on_site=True)) == expected
    if not expected:
        assert verdict.code == "NONUSE_INVALID"


def test_the_table_and_the_facts_know_the_same_reasons() -> None:
    assert TABLE.keys() == FACTS.keys()


@EVERY_PACK
def test_a_reason_without_its_facts_or_basis_is_none(name: str) -> None:
    pack = packaged_pack(name)
    given_all = replace(EVERYTHING, activity=INSPECTION, reason="NU-BANNED-PLACE")
    assert excuses(pack, given_all).permitted
    bare = excuses(pack, replace(given_all, facts=False))
    require_cited(pack, bare, "NONUSE_INVALID", "nonuse.reasons.NU-BANNED-PLACE")
    require_cited(pack, excuses(pack, replace(given_all, basis=False)), "NONUSE_INVALID", "nonuse.fields")


@EVERY_PACK
def test_what_the_pack_does_not_list_is_no_reason(name: str) -> None:
    pack = packaged_pack(name)
    asked = replace(EVERYTHING, activity=INSPECTION, reason="NU-FORGOTTEN")
    require_cited(pack, excuses(pack, asked), "NONUSE_INVALID", "nonuse.fields")


def test_a_failed_camera_is_a_reason_only_with_its_repair_ticket() -> None:
    pack = packaged_pack("zhoucun")
    asked = replace(EVERYTHING, activity=INSPECTION, reason="NU-DEVICE-FAULT")
    assert excuses(pack, asked).permitted
    assert excuses(pack, replace(asked, repair_open=False)).rule == "nonuse.reasons.NU-DEVICE-FAULT"


def test_obstruction_in_mingshan_excuses_what_came_after_it() -> None:
    """「阻碍正常执法无法继续使用的」 (MS-EQ-16.3): footage up to that moment is demanded."""
    pack = packaged_pack("mingshan")
    asked = replace(EVERYTHING, activity="ACT-OBSTRUCT", reason="NU-OBSTRUCTED")
    assert excuses(pack, asked).permitted
    refused = excuses(pack, replace(asked, footage_until_stop=False))
    require_cited(pack, refused, "NONUSE_INVALID", "nonuse.reasons.NU-OBSTRUCTED")


def test_off_site_text_may_do_in_mingshan() -> None:
    """「对文字记录能够全面有效记录执法行为的，可以不进行音像记录」 (MS-PLAN-R3.1a)."""
    pack = packaged_pack("mingshan")
    asked = replace(EVERYTHING, activity="ACT-RECTIFY", reason="NU-TEXT-SUFFICES")
    assert not excuses(pack, asked).permitted
    assert excuses(pack, replace(asked, on_site=False)).permitted
    assert "NU-TEXT-SUFFICES" in offered(pack, "ACT-RECTIFY", on_site=False)


def test_text_never_does_where_the_pack_says_never() -> None:
    pack = pack_with("liangping", record__text_suffices="never")
    asked = replace(EVERYTHING, activity=EVIDENCE, reason="NU-TEXT-SUFFICES")
    require_cited(pack, excuses(pack, asked), "NONUSE_INVALID", "record.text_suffices")


def test_the_sector_may_rule_out_not_major() -> None:
    """「但本行业上级主管部门另有规定的除外」 (YC-18.4)."""
    pack = pack_with("yinchuan", nonuse__sector_forbids_not_major=True)
    asked = replace(EVERYTHING, activity=INSPECTION, reason="NU-NOT-MAJOR")
    require_cited(pack, excuses(pack, asked), "NONUSE_INVALID", "nonuse.sector_forbids_not_major")
    assert "NU-NOT-MAJOR" not in offered(pack, INSPECTION, on_site=True)


def test_weather_in_yinchuan_is_stated_as_special_circumstances() -> None:
    """「其他因特殊情况不能使用的」 (YC-18.5)."""
    pack = packaged_pack("yinchuan")
    refused = excuses(pack, replace(EVERYTHING, activity=INSPECTION, reason="NU-WEATHER"))
    require_cited(pack, refused, "NONUSE_INVALID", "nonuse.reasons.NU-WEATHER")
    assert "NU-SPECIAL" in offered(pack, INSPECTION, on_site=True)


@pytest.mark.parametrize("reason", FACTS)
def test_each_reason_asks_for_its_own_facts(reason: str) -> None:
    told = dict.fromkeys(FACTS[reason], "有")
    assert facts_given(reason, told)
    for fact in FACTS[reason]:
        assert not facts_given(reason, {**told, fact: "  "})


def test_a_reason_of_a_departments_own_needs_words() -> None:
    assert not facts_given("NU-OURS", {})
    assert facts_given("NU-OURS", {"words": "停电"})


@given(
    st.sampled_from(packaged_names()),
    st.sampled_from(sorted(TABLE)),
    st.sampled_from(ACTIVITIES),
    st.tuples(*[st.booleans()] * 5),
)
def test_only_what_is_offered_can_excuse(
    name: str, reason: str, activity: str, said: tuple[bool, bool, bool, bool, bool]
) -> None:
    on_site, facts, basis, footage, repair = said
    pack = packaged_pack(name)
    verdict = excuses(pack, NonUse(activity, on_site, reason, facts, basis, footage, repair))
    assert not verdict.permitted or reason in offered(pack, activity, on_site)
    assert verdict.permitted or set(verdict.articles) <= {
        *pack.findings["NONUSE_INVALID"].articles,
        *pack.rule(verdict.rule).articles,
    }
