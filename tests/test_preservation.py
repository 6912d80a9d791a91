"""Long-term keeping: what is proposed, what was overlooked, and what the discs need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.preservation import (
    DISC,
    Circumstances,
    Keeping,
    Mark,
    disc_job_closes,
    keeping,
    proposed,
    untagged,
)
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with

EVERY_PACK = pytest.mark.parametrize("name", packaged_names())
ORDINARY = Circumstances("ACT-INSPECT")
CALLED_FOR = [
    (replace(ORDINARY, in_case=True), "LT-EVIDENCE"),  # 「作为行政、刑事案件证据使用的」 (YC-21.1.1)
    (replace(ORDINARY, marks=frozenset({Mark.OBSTRUCTED})), "LT-OBSTRUCT"),
    (replace(ORDINARY, marks=frozenset({Mark.REFUSED})), "LT-OBSTRUCT"),
    (Circumstances("ACT-OBSTRUCT"), "LT-OBSTRUCT"),
    (replace(ORDINARY, nonuse="NU-OBSTRUCTED"), "LT-OBSTRUCT"),  # footage up to the stop (MS-EQ-16.3)
    (Circumstances("ACT-EMERGENCY"), "LT-EMERGENCY"),  # 「处置重大突发事件、群体性事件的」 (YC-21.1.3)
    (replace(ORDINARY, remedy_sought=True), "LT-REMEDY"),
    (replace(ORDINARY, marks=frozenset({Mark.DISPUTED})), "LT-DISPUTE"),  # 「有异议，可能投诉、上访的」 (MS-EQ-12.1)
    (replace(ORDINARY, marks=frozenset({Mark.MAJOR})), "LT-MAJOR"),
    (replace(ORDINARY, marks=frozenset({Mark.SENSITIVE})), "LT-SENSITIVE"),
]


@EVERY_PACK
@pytest.mark.parametrize(("known", "code"), CALLED_FOR)
def test_each_circumstance_proposes_its_code(name: str, known: Circumstances, code: str) -> None:
    pack = packaged_pack(name)
    assert proposed(pack, known) == ((code,) if pack.flag(f"longterm.reasons.{code}") else ())


@EVERY_PACK
def test_ordinary_footage_is_proposed_for_nothing(name: str) -> None:
    assert proposed(packaged_pack(name), ORDINARY) == ()


def test_each_code_is_proposed_once() -> None:
    known = Circumstances("ACT-OBSTRUCT", frozenset(Mark), in_case=True, remedy_sought=True)
    codes = proposed(packaged_pack("yinchuan"), known)
    assert len(codes) == len(set(codes)) == 6


def test_a_code_the_pack_does_not_use_is_not_proposed() -> None:
    pack = pack_with("yinchuan", **{"longterm__reasons__LT-DISPUTE": False})
    assert proposed(pack, replace(ORDINARY, marks=frozenset({Mark.DISPUTED}))) == ()


@EVERY_PACK
@pytest.mark.parametrize(("known", "code"), CALLED_FOR)
def test_a_proposal_nobody_answered_is_reported(name: str, known: Circumstances, code: str) -> None:
    pack = packaged_pack(name)
    codes = proposed(pack, known)
    for one in untagged(pack, "R1", codes, (), {}):
        require_cited(pack, one.verdict, "LONGTERM_UNTAGGED", f"longterm.reasons.{code}")
    assert len(untagged(pack, "R1", codes, (), {code: " "})) == len(codes)
    assert untagged(pack, "R1", codes, {code}, {}) == ()
    assert untagged(pack, "R1", codes, (), {code: "当事人已书面撤回异议"}) == ()


@given(
    st.builds(
        Circumstances,
        st.sampled_from(["ACT-INSPECT", "ACT-EMERGENCY", "ACT-OBSTRUCT"]),
        st.frozensets(st.sampled_from(Mark)),
        st.sampled_from(["", "NU-OBSTRUCTED", "NU-WEATHER"]),
        st.booleans(),
        st.booleans(),
    ),
    st.frozensets(st.sampled_from([code for _, code in CALLED_FOR])),
)
def test_every_proposal_is_answered_or_reported(known: Circumstances, confirmed: frozenset[str]) -> None:
    pack = packaged_pack("xixia")
    codes = proposed(pack, known)
    found = untagged(pack, "R1", codes, confirmed, {})
    assert {one.verdict.rule.rpartition(".")[2] for one in found} == set(codes) - confirmed


# --- discs -------------------------------------------------------------------------------------------------------


def test_mingshan_burns_three_codes_on_two_discs() -> None:
    """「应当制作一式两份」 (MS-EQ-12.p2)."""
    pack = packaged_pack("mingshan")
    for code in ("LT-DISPUTE", "LT-OBSTRUCT", "LT-SENSITIVE"):
        asked = keeping(pack, code)
        assert DISC in asked.media
        assert (asked.copies, asked.burn_days) == (2, 10)
    assert keeping(pack, "LT-EVIDENCE") == Keeping(("STORE",))


@pytest.mark.parametrize("name", ["yinchuan", "liangping", "zhoucun", "xixia"])
def test_the_others_keep_in_the_store(name: str) -> None:
    pack = packaged_pack(name)
    for code in pack.entries("longterm.reasons"):
        assert keeping(pack, code) == Keeping(("STORE",))


@EVERY_PACK
def test_a_disc_job_closes_with_its_copies_verified_and_its_label_filled(name: str) -> None:
    pack = pack_with(name, longterm__medium=(DISC,), longterm__burn_days=10)
    code = "LT-EVIDENCE"
    copies = keeping(pack, code).copies
    label = dict.fromkeys(pack.listed("longterm.label_fields"), "有")
    assert copies > 1
    assert label
    assert disc_job_closes(pack, code, copies, label).permitted
    few = disc_job_closes(pack, code, copies - 1, label)
    require_cited(pack, few, "EXPORT_INCOMPLETE", "longterm.copies")
    for field in label:
        bare = disc_job_closes(pack, code, copies, {**label, field: " "})
        require_cited(pack, bare, "EXPORT_INCOMPLETE", "longterm.label_fields")
