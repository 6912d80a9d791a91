"""When a recording may be deleted for good: off, early, held, by one hand, unapproved; in that order, in every pack."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy import purge
from station.policy.authority import allows
from station.policy.effective import EffectivePack, Rule
from station.policy.pack import Status, Value
from station.policy.permits import Act, ActAsked, PurgeAsked, Verdict
from station.policy.purge import PurgeApproval
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with
from tests.unit_people import NOON_MS, UNIT, people

PACKS = packaged_names()
EVERY_PACK = pytest.mark.parametrize("name", PACKS)
OFF = tuple(name for name in PACKS if packaged_pack(name).text("purge.mode") == "off")
MANUAL = tuple(name for name in PACKS if name not in OFF)
EVERY_PURGING_PACK = pytest.mark.parametrize("name", MANUAL)
ENDS_MS = NOON_MS
PROPOSED_MS, APPROVED_MS, NOW_MS = ENDS_MS + 1, ENDS_MS + 2, ENDS_MS + 3
BLOCKERS = ("LONGTERM", "CASE", "HOLD", "DISPUTE", "REQUEST")


def purge_of(**more: Any) -> PurgeAsked:
    asked = PurgeAsked("r1", stored_ms=0, archived_ms=None, activity="ACT-INSPECT", blockers=(), at_ms=NOW_MS)
    return replace(asked, **more)


def approval_of(pack: EffectivePack, **more: Any) -> PurgeApproval:
    reviewer = "second_custodian" if pack.text("approval.reviewer") else ""
    approver = pack.text("purge.approver")
    approval = PurgeApproval(UNIT, "custodian", PROPOSED_MS, "无保存意义", approver, APPROVED_MS, reviewer)
    return replace(approval, **more)


def answer(pack: EffectivePack, approval: PurgeApproval, **more: Any) -> Verdict:
    return purge.may_purge(pack, people(), purge_of(**more), ENDS_MS, approval)


def with_class(pack: EffectivePack, activity: str, value: int | None, unit: Any) -> EffectivePack:
    stated = Value(status=Status.DEFAULT, value=value, unit=unit)
    name = f"retention.classes.{activity}"
    return replace(pack, rules={**pack.rules, name: Rule(name, stated, "部门@1", "department")})


def test_purging_is_off_where_originals_are_protected() -> None:
    """「不得故意毁损、删除、删减、修改、剪接行政执法全过程文字记录和音像记录等原始资料」 (ZC-45.p1a)."""
    assert OFF == ("zhoucun",)
    pack = packaged_pack("zhoucun")
    for verdict in (
        purge.purges(pack, purge_of(), ENDS_MS),
        purge.purges(pack, purge_of(blockers=BLOCKERS), None),
        answer(pack, approval_of(pack)),
    ):
        require_cited(pack, verdict, "DELETE_FORBIDDEN", "purge.mode")
        assert verdict.articles == ("ZC-45.p1a",)


@EVERY_PACK
def test_a_department_may_switch_purging_off(name: str) -> None:
    pack = pack_with(name, purge__mode="off")
    require_cited(pack, purge.purges(pack, purge_of(), ENDS_MS), "DELETE_FORBIDDEN", "purge.mode")


@EVERY_PURGING_PACK
def test_nothing_goes_before_its_term_has_ended(name: str) -> None:
    """「保存期限一般不得少于三年」 (YC-21.1a), 「声像资料保存期限为6个月」 (MS-EQ-11a): the last moment is kept too."""
    pack = packaged_pack(name)
    rule = "retention.ordinary_min"
    for at_ms in (ENDS_MS - 1, ENDS_MS):
        early = purge.purges(pack, purge_of(at_ms=at_ms, blockers=BLOCKERS), ENDS_MS)
        require_cited(pack, early, "PURGE_EARLY", rule)
    require_cited(pack, purge.purges(pack, purge_of(), None), "PURGE_EARLY", rule)
    assert purge.purges(pack, purge_of(at_ms=ENDS_MS + 1), ENDS_MS).permitted
    proposed_early = answer(pack, approval_of(pack, proposed_ms=ENDS_MS))
    require_cited(pack, proposed_early, "PURGE_EARLY", rule)


@EVERY_PURGING_PACK
def test_the_term_of_a_class_is_named_where_it_is_the_longer(name: str) -> None:
    pack = with_class(packaged_pack(name), "ACT-INSPECT", 30, "years")
    early = purge.purges(pack, purge_of(at_ms=ENDS_MS), ENDS_MS)
    assert (early.code, early.rule, early.set_by_unit) == ("PURGE_EARLY", "retention.classes.ACT-INSPECT", True)
    for value, unit in ((1, "days"), (None, "")):
        shorter = with_class(packaged_pack(name), "ACT-INSPECT", value, unit)
        require_cited(
            shorter, purge.purges(shorter, purge_of(at_ms=0), ENDS_MS), "PURGE_EARLY", "retention.ordinary_min"
        )


@pytest.mark.parametrize("blocker", BLOCKERS)
@EVERY_PURGING_PACK
def test_whatever_holds_it_holds_it(name: str, blocker: str) -> None:
    """Mingshan's six months are for footage linked to no case (MS-EQ-11a against MS-REC-32.p2)."""
    pack = packaged_pack(name)
    rule = {"LONGTERM": "purge.blockers", "DISPUTE": "access.dispute_body"}.get(blocker, "purge.mode")
    require_cited(pack, purge.purges(pack, purge_of(blockers=(blocker,)), ENDS_MS), "PURGE_HELD", rule)
    require_cited(pack, answer(pack, approval_of(pack), blockers=(blocker,)), "PURGE_HELD", rule)


@EVERY_PURGING_PACK
def test_a_purge_takes_the_keepers_finding_and_anothers_approval(name: str) -> None:
    """「管理人员根据情况对无保存意义的进行清除处理」 (MS-EQ-11b)."""
    pack = packaged_pack(name)
    assert answer(pack, approval_of(pack)).permitted
    own = approval_of(pack, approved_by="custodian")
    require_cited(pack, answer(pack, own), "APPROVAL_SELF", "approval.self_forbidden")
    for wrongly in (
        {"approved_by": "recorder_manager"},
        {"approved_by": "foreign_unit_chief"},
        {"approved_by": "nobody"},
        {"no_value": " "},
        {"approved_ms": NOW_MS + 1},
        {"approved_ms": PROPOSED_MS - 1},
    ):
        verdict = answer(pack, approval_of(pack, **wrongly))
        require_cited(pack, verdict, "PURGE_UNAPPROVED", "purge.approver")


@EVERY_PURGING_PACK
def test_some_roles_never_delete(name: str) -> None:
    """「任何人不得私自复制、转存、删除、修改执法记录信息」 (YC-20.3b): not the head either, without the keeper."""
    pack = packaged_pack(name)
    for role in ("officer", "dept_legal", "unit_chief", "technician", "admin", "foreign_custodian"):
        verdict = answer(pack, approval_of(pack, proposed_by=role, approved_by="second_unit_chief"))
        require_cited(pack, verdict, "DELETE_FORBIDDEN", "purge.proposer")
        proposes = allows(pack, people(), ActAsked(Act.PROPOSE_PURGE, role, NOON_MS, about=UNIT))
        require_cited(pack, proposes, "DELETE_FORBIDDEN", "purge.proposer")


@EVERY_PACK
def test_a_class_may_only_lengthen_the_ordinary_term(name: str) -> None:
    """「根据容易引发行政争议的程度，结合行政诉讼时效，分类确定归档保存形式和期限」 (XX-REC-3a)."""
    pack = packaged_pack(name)
    assert purge.retention_shortened(pack) == {}
    shortened = with_class(with_class(pack, "ACT-INSPECT", 5, "months"), "ACT-SEAL", 30, "years")
    found = purge.retention_shortened(shortened)
    assert set(found) == {"ACT-INSPECT"}
    require_cited(shortened, found["ACT-INSPECT"], "RETENTION_SHORTENED", "retention.ordinary_min")
    ordinary = pack.rule("retention.ordinary_min").stated
    for value, unit in ((ordinary.value, ordinary.unit), (None, "")):
        assert purge.retention_shortened(with_class(pack, "ACT-INSPECT", value, unit)) == {}


_HAND = st.sampled_from((*people().officers, "", "nobody"))
_APPROVALS = st.builds(
    PurgeApproval,
    unit=st.just(UNIT),
    proposed_by=st.sampled_from(("custodian", "second_custodian", "officer", "nobody")),
    proposed_ms=st.integers(ENDS_MS - 2, ENDS_MS + 4),
    no_value=st.sampled_from(("", "无保存意义")),
    approved_by=st.one_of(_HAND, st.sampled_from(("unit_chief", "unit_head", "supervising_leader"))),
    approved_ms=st.integers(ENDS_MS - 2, ENDS_MS + 4),
    reviewed_by=st.one_of(_HAND, st.just("second_custodian")),
)


@given(st.sampled_from(PACKS), _APPROVALS, st.lists(st.sampled_from(BLOCKERS), max_size=1), st.integers(-3, 5))
def test_nothing_goes_early_held_or_by_one_hand(
    name: str, approval: PurgeApproval, blockers: list[str], after_ms: int
) -> None:
    verdict = answer(packaged_pack(name), approval, blockers=tuple(blockers), at_ms=ENDS_MS + after_ms)
    if verdict.permitted:
        assert name not in OFF
        assert after_ms > 0
        assert not blockers
        hands = [approval.proposed_by, approval.approved_by, *([approval.reviewed_by] if approval.reviewed_by else [])]
        assert len(set(hands)) == len(hands)
        assert ENDS_MS < approval.proposed_ms <= approval.approved_ms <= ENDS_MS + after_ms
