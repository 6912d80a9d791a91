"""What opens, for whom, by which right; and who is told where somebody with a right had to wait."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy import access
from station.policy.access import AccessAsked, Doing, Grant, Kept, ReviewWait, Route
from station.policy.authority import approver_of
from station.policy.effective import EffectivePack
from station.policy.parameters import ROLES
from station.policy.permits import PERMITTED, Act, Verdict
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with
from tests.unit_people import AREA, NOON_MS, OUTSIDE, SECTION, UNIT, people, person

PACKS = packaged_names()
EVERY_PACK = pytest.mark.parametrize("name", PACKS)
DAY_MS = 86_400_000
FOOTAGE = Kept("r1", UNIT, SECTION, AREA, case="案1")
GOV_LEGAL = person("gov_legal", "gov_legal", unit="司法局", area=AREA)


def grant_of(pack: EffectivePack, act: Act, **more: Any) -> Grant:
    """Asked for by an officer, approved by the very role the pack names, an hour ago."""
    reviewer = "second_custodian" if pack.text("approval.reviewer") else ""
    approver = f"second_{approver_of(pack, act)}"
    granted = Grant(act, "officer", approver, NOON_MS - 3_600_000, "核对笔录", frozenset({"r1"}), reviewer)
    return replace(granted, **more)


def view_of(pack: EffectivePack, act: Act = Act.VIEW_INTERNAL, **more: Any) -> AccessAsked:
    """An officer opens what was approved an hour ago."""
    asked = AccessAsked(Doing.VIEW, Route.INTERNAL, "officer", NOON_MS, (FOOTAGE,), registered=True)
    return replace(asked, **{"grant": grant_of(pack, act), **more})


def oversight_of(pack: EffectivePack, **more: Any) -> AccessAsked:
    purposes = pack.listed("oversight.purposes") or ("SUPERVISION",)
    asked = AccessAsked(Doing.VIEW, Route.OVERSIGHT, "gov_legal", NOON_MS, (FOOTAGE,), registered=True)
    return replace(asked, **{"purpose": purposes[0], "reference": "督字1号", **more})


def review_of(**more: Any) -> AccessAsked:
    asked = AccessAsked(Doing.VIEW, Route.LEGAL_REVIEW, "dept_legal", NOON_MS, (FOOTAGE,), registered=True, case="案1")
    return replace(asked, **more)


def answer(pack: EffectivePack, asked: AccessAsked) -> Verdict:
    return access.opens(pack, people(GOV_LEGAL), asked)


@EVERY_PACK
def test_a_view_opens_by_an_approval_and_by_nothing_else(name: str) -> None:
    """「应当经单位负责人批准」 (YC-21.2), 「需经主管领导同意，并做好登记记录后，方可调用」 (MS-EQ-13a)."""
    pack = packaged_pack(name)
    assert answer(pack, view_of(pack)).permitted
    rule = "access.view_internal_approver"
    for lacking in (
        {"grant": None},
        {"grant": grant_of(pack, Act.VIEW_INTERNAL, purpose=" ")},
        {"grant": grant_of(pack, Act.VIEW_INTERNAL, recordings=frozenset({"r2"}))},
        {"grant": grant_of(pack, Act.VIEW_INTERNAL, approved_by="custodian")},
        {"grant": grant_of(pack, Act.PARTY_VIEW)},
        {"by": "second_officer"},
        {"by": "technician"},
        {"by": "nobody"},
        {"kept": ()},
        {"kept": (replace(FOOTAGE, recused=frozenset({"officer"})),)},
    ):
        require_cited(pack, answer(pack, view_of(pack, **lacking)), "ACCESS_UNAPPROVED", rule)
    own = view_of(pack, grant=grant_of(pack, Act.VIEW_INTERNAL, approved_by="officer"))
    require_cited(pack, answer(pack, own), "APPROVAL_SELF", "approval.self_forbidden")
    elsewhere = view_of(pack, kept=(replace(FOOTAGE, unit="民政局"),))
    require_cited(pack, answer(pack, elsewhere), "ACCESS_UNAPPROVED", "access.scope")


@EVERY_PACK
def test_an_approval_expires(name: str) -> None:
    """Seven days by default: good for the last millisecond of the seventh, not for the next one."""
    pack = packaged_pack(name)
    approved_ms, life_ms = NOON_MS - 3_600_000, pack.number("access.approval_valid_days") * DAY_MS
    assert answer(pack, view_of(pack, at_ms=approved_ms + life_ms - 1)).permitted
    for at_ms in (approved_ms + life_ms, approved_ms - 1):
        verdict = answer(pack, view_of(pack, at_ms=at_ms))
        require_cited(pack, verdict, "ACCESS_UNAPPROVED", "access.approval_valid_days")


@EVERY_PACK
def test_every_access_leaves_its_line_before_it_opens(name: str) -> None:
    """「并做好登记记录后，方可调用」 (MS-EQ-13a)."""
    pack = packaged_pack(name)
    rule = "access.register_required"
    require_cited(pack, answer(pack, view_of(pack, registered=False)), "ACCESS_UNREGISTERED", rule)
    assert answer(pack_with(name, access__register_required=False), view_of(pack, registered=False)).permitted


@EVERY_PACK
def test_a_copy_needs_the_approval_of_copying_which_covers_a_look(name: str) -> None:
    """「任何人不得私自复制、转存」 (YC-20.3b)."""
    pack = packaged_pack(name)
    copy = view_of(pack, Act.COPY_INTERNAL, doing=Doing.COPY)
    assert answer(pack, copy).permitted
    assert answer(pack, replace(copy, doing=Doing.VIEW)).permitted
    only_view = replace(copy, grant=grant_of(pack, Act.VIEW_INTERNAL))
    for lacking in (only_view, replace(copy, grant=None)):
        require_cited(pack, answer(pack, lacking), "COPY_UNAPPROVED", "access.copy_internal_approver")


@EVERY_PACK
def test_a_search_stays_in_the_scope_of_the_account(name: str) -> None:
    """「以科室为单位进行分类存储和检索，并设置调取查阅权限」 (MS-EQ-10)."""
    by_section = packaged_pack(name).text("access.scope") == "section"
    assert by_section == (name == "mingshan")
    pack = packaged_pack(name)
    search = view_of(pack, doing=Doing.SEARCH, grant=None)
    other_section = replace(search, kept=(FOOTAGE, replace(FOOTAGE, section="二科")))
    other_unit = replace(search, kept=(replace(FOOTAGE, unit="民政局"),))
    assert answer(pack, search).permitted, "a search of one's own needs no approval: nothing is opened by it"
    assert answer(pack, replace(other_section, by="custodian")).permitted, "who keeps it all may look for it all"
    assert answer(pack, other_section).permitted != by_section
    for by in ("officer", "custodian", "unit_chief"):
        require_cited(pack, answer(pack, replace(other_unit, by=by)), "ACCESS_UNAPPROVED", "access.scope")
    for scope, permitted in (("area", True), ("department", False), ("section", False)):
        assert answer(pack_with(name, access__scope=scope), other_unit).permitted == permitted
    for by in ("counsel", "petition"):
        assert not answer(pack_with(name, access__scope="area"), replace(other_unit, by=by)).permitted


def test_an_officer_without_a_section_or_an_area_searches_none() -> None:
    lost = person("lost", "officer", section="")
    kept = (replace(FOOTAGE, section=""),)
    search = AccessAsked(Doing.SEARCH, Route.INTERNAL, "lost", NOON_MS, kept, registered=True)
    verdict = access.opens(packaged_pack("mingshan"), people(lost), search)
    require_cited(packaged_pack("mingshan"), verdict, "ACCESS_UNAPPROVED", "access.scope")
    nowhere, away = person("nowhere", "officer", area=""), (replace(FOOTAGE, unit="民政局", area=""),)
    search = replace(search, by="nowhere", kept=away)
    assert not access.opens(pack_with("mingshan", access__scope="area"), people(nowhere), search).permitted


@EVERY_PACK
def test_counsel_of_the_unit_is_no_staff_of_it(name: str) -> None:
    pack, grant = packaged_pack(name), grant_of(packaged_pack(name), Act.VIEW_INTERNAL, requested_by="inhouse")
    for route in (Route.INTERNAL, Route.PARTY):
        asked = view_of(pack, by="inhouse", route=route, grant=grant)
        assert not access.opens(pack, people(person("inhouse", "counsel")), asked).permitted


@EVERY_PACK
def test_what_is_archived_has_no_standing_access_for_any_role(name: str) -> None:
    """「任何个人不得私自调用已归档的行政执法全过程记录」 (MS-EQ-13b): the custodian is a person as well."""
    pack = packaged_pack(name)
    archived = (replace(FOOTAGE, archived_ms=NOON_MS - DAY_MS),)
    for by in (*ROLES, *OUTSIDE):
        asked = view_of(pack, by=by, kept=archived, grant=None)
        assert answer(pack, asked).code == "ACCESS_UNAPPROVED"
        assert not answer(pack, replace(asked, doing=Doing.COPY)).permitted
        assert not answer(pack, review_of(by=by, kept=archived)).permitted
    assert answer(pack, view_of(pack, kept=archived)).permitted, "an approval opens it"


@EVERY_PACK
def test_a_party_sees_and_copies_by_approval_and_no_secret(name: str) -> None:
    """「经行政机关负责人同意，可复制使用（依法应保密的除外）」 (MS-REC-34)."""
    pack = packaged_pack(name)
    shown = view_of(pack, Act.PARTY_VIEW, route=Route.PARTY, by="custodian")
    copied = view_of(pack, Act.PARTY_COPY, route=Route.PARTY, by="custodian", doing=Doing.COPY)
    assert answer(pack, shown).permitted
    assert answer(pack, copied).permitted
    for asked, code, rule in (
        (shown, "ACCESS_UNAPPROVED", "access.party_view_approver"),
        (copied, "COPY_UNAPPROVED", "access.party_copy_approver"),
    ):
        require_cited(pack, answer(pack, replace(asked, grant=None)), code, rule)
        require_cited(pack, answer(pack, replace(asked, by="foreign_custodian")), code, rule)
        marked = (replace(FOOTAGE, marks=("PRIVACY",), named=frozenset({"custodian"})),)
        require_cited(pack, answer(pack, replace(asked, kept=marked)), "SECRET_EXPOSED", "secret.viewers")


@EVERY_PACK
def test_what_is_marked_opens_for_named_persons_alone(name: str) -> None:
    """「要严格按照保密工作的有关规定和权限进行管理」 (MS-REC-35)."""
    pack = packaged_pack(name)
    for doing in Doing:
        asked = view_of(pack, Act.COPY_INTERNAL, doing=doing, kept=(replace(FOOTAGE, marks=("TRADE",)),))
        require_cited(pack, answer(pack, asked), "SECRET_EXPOSED", "secret.viewers")
        named = replace(FOOTAGE, marks=("TRADE",), named=frozenset({"officer"}))
        assert answer(pack, replace(asked, kept=(named,))).permitted
        by_scope = pack_with(name, secret__viewers="scope")  # noqa: S106 - no password
        assert answer(by_scope, asked).permitted


@EVERY_PACK
def test_oversight_opens_directly_only_for_whom_the_pack_names(name: str) -> None:
    """「纪检、法制、信访等部门因案件审核、执法监督、核查信访投诉等工作需要,可以直接调阅」 (YC-21.3)."""
    pack = packaged_pack(name)
    asked = oversight_of(pack)
    if "gov_legal" not in pack.listed("oversight.bodies"):
        require_cited(pack, answer(pack, asked), "ACCESS_UNAPPROVED", "oversight.bodies")
        pack = pack_with(name, oversight__bodies=("gov_legal",), oversight__purposes=("SUPERVISION",))
    assert answer(pack, asked).permitted
    require_cited(pack, answer(pack, replace(asked, by="assessor")), "ACCESS_UNAPPROVED", "oversight.bodies")
    require_cited(pack, answer(pack, replace(asked, purpose="好奇")), "ACCESS_UNAPPROVED", "oversight.purposes")
    require_cited(pack, answer(pack, replace(asked, reference="")), "ACCESS_UNAPPROVED", "oversight.purposes")
    away = replace(asked, kept=(replace(FOOTAGE, area="邻区"),))
    require_cited(pack, answer(pack, away), "ACCESS_UNAPPROVED", "access.scope")
    copy = replace(asked, doing=Doing.COPY)
    require_cited(pack, answer(pack, copy), "COPY_UNAPPROVED", "oversight.copy")
    named = {f"oversight__{what}": pack.listed(f"oversight.{what}") for what in ("bodies", "purposes")}
    assert answer(pack_with(name, oversight__copy=True, **named), copy).permitted


@EVERY_PACK
def test_a_body_that_is_kept_waiting_is_reported(name: str) -> None:
    pack = pack_with(name, oversight__bodies=("gov_legal",), oversight__purposes=("SUPERVISION",))
    asked, rolls = oversight_of(pack, purpose="SUPERVISION"), people(GOV_LEGAL)

    def reported(asked: AccessAsked, due_ms: int | None = None) -> bool:
        report = access.oversight_blocked(pack, rolls, asked, answer(pack, asked), due_ms)
        if report is not None:
            require_cited(pack, report.verdict, "OVERSIGHT_BLOCKED", "oversight.bodies")
            assert report.about == UNIT
        return report is not None

    assert reported(replace(asked, registered=False)), "the line in the register is the station's to write"
    assert reported(replace(asked, kept=(replace(FOOTAGE, marks=("STATE",)),)))
    assert reported(asked, due_ms=NOON_MS - 1)
    assert not reported(asked, due_ms=NOON_MS)
    assert not reported(asked)
    for wrongly in ({"by": "discipline"}, {"purpose": "好奇"}, {"doing": Doing.COPY}, {"by": "nobody"}, {"kept": ()}):
        assert not reported(replace(asked, **wrongly), due_ms=0)


@EVERY_PACK
def test_a_reviewer_sees_the_case_under_review_until_it_is_decided(name: str) -> None:
    """「可调阅相应的音像记录资料」 (XX-REC-4a); 「必要时可以调阅」 by consent (MS-LR-10)."""
    pack = packaged_pack(name)
    direct = pack.text("access.legal_review") == "direct"
    assert direct == (name != "mingshan")
    asked = review_of() if direct else review_of(grant=grant_of(pack, Act.REVIEW_LEGALLY, requested_by="dept_legal"))
    assert answer(pack, asked).permitted
    rule = "access.legal_review" if direct else "access.view_internal_approver"
    for wrongly in (
        {"kept": (FOOTAGE, replace(FOOTAGE, case="案2"))},
        {"kept": (replace(FOOTAGE, case=""),), "case": ""},
        {"case_decided": True},
        {"by": "unit_head"},
        {"kept": (replace(FOOTAGE, recused=frozenset({"dept_legal"})),)},
    ):
        require_cited(pack, answer(pack, replace(asked, **wrongly)), "ACCESS_UNAPPROVED", rule)
    require_cited(pack, answer(pack, replace(asked, doing=Doing.COPY)), "COPY_UNAPPROVED", "access.legal_review")
    other = replace(asked, by="unit_head", grant=grant_of(pack, Act.REVIEW_LEGALLY, requested_by="unit_head"))
    require_cited(pack, answer(pack, other), "ACCESS_UNAPPROVED", rule)
    if direct:
        require_cited(pack, answer(pack, replace(asked, by="foreign_dept_legal")), "ACCESS_UNAPPROVED", rule)
    else:
        require_cited(pack, answer(pack, replace(asked, grant=None)), "ACCESS_UNAPPROVED", rule)


@EVERY_PACK
def test_a_reviewer_who_waits_too_long_is_reported(name: str) -> None:
    pack, wait = packaged_pack(name), ReviewWait("案1", NOON_MS, answer_due_ms=NOON_MS)
    assert access.review_blocked(pack, wait) is None
    late = access.review_blocked(pack, replace(wait, answer_due_ms=NOON_MS - 1))
    assert late is not None
    require_cited(pack, late.verdict, "REVIEW_BLOCKED", "access.review_answer_days")
    assert late.evidence == (("due_ms", NOON_MS - 1), ("at_ms", NOON_MS))
    answered = replace(wait, answer_due_ms=0, answered=True, play_due_ms=NOON_MS - 1)
    slow = access.review_blocked(pack, answered)
    assert slow is not None
    require_cited(pack, slow.verdict, "REVIEW_BLOCKED", "store.live_access_seconds")
    assert access.review_blocked(pack, replace(answered, playing=True)) is None


@EVERY_PACK
def test_counsel_sees_one_case_and_never_beside_a_secret(name: str) -> None:
    """「但涉及国家秘密、商业秘密或个人隐私的除外」 (YC-LR-17)."""
    pack = packaged_pack(name)
    grant = grant_of(pack, Act.VIEW_INTERNAL, requested_by="counsel", case="案1")
    asked = AccessAsked(Doing.VIEW, Route.COUNSEL, "counsel", NOON_MS, (FOOTAGE,), registered=True, grant=grant)
    assert answer(pack, asked).permitted
    require_cited(
        pack, answer(pack, replace(asked, doing=Doing.COPY)), "COPY_UNAPPROVED", "access.copy_internal_approver"
    )
    marked = replace(FOOTAGE, marks=("PRIVACY",), named=frozenset({"counsel"}))
    for beside in ({"kept": (marked,)}, {"case_marked": True}):
        require_cited(pack, answer(pack, replace(asked, **beside)), "SECRET_EXPOSED", "secret.counsel_blind")
        assert answer(pack_with(name, secret__counsel_blind=False), replace(asked, **beside)).permitted
    for wrongly in (
        {"grant": None},
        {"grant": replace(grant, case="")},
        {"kept": (replace(FOOTAGE, case="案2"),)},
        {"by": "officer", "grant": replace(grant, requested_by="officer")},
        {"case_decided": True},
        {"route": Route.INTERNAL},
    ):
        assert answer(pack, replace(asked, **wrongly)).code == "ACCESS_UNAPPROVED"


@EVERY_PACK
def test_a_refused_request_may_be_disputed_and_goes_to_the_body_that_settles(name: str) -> None:
    """「报请同级人民政府法制工作机构协调解决」 (YC-21.4)."""
    pack = packaged_pack(name)
    refusal = answer(pack, view_of(pack, grant=None))
    report = access.disputed(pack, refusal, "申请1")
    assert report is not None
    require_cited(pack, report.verdict, "ACCESS_DISPUTE", "access.dispute_body")
    assert report.evidence == (("body", pack.text("access.dispute_body")), ("refused", "ACCESS_UNAPPROVED"))
    assert access.disputed(pack, PERMITTED, "申请1") is None


_EVERYBODY = st.sampled_from((*people(GOV_LEGAL).officers, "", "nobody"))
_ASKED = st.builds(
    AccessAsked,
    doing=st.sampled_from((Doing.VIEW, Doing.COPY)),
    route=st.sampled_from((Route.INTERNAL, Route.PARTY, Route.COUNSEL)),
    by=_EVERYBODY,
    at_ms=st.integers(NOON_MS - DAY_MS, NOON_MS + 9 * DAY_MS),
    kept=st.just((FOOTAGE,)),
    registered=st.booleans(),
    grant=st.builds(
        Grant,
        act=st.sampled_from(list(Act)),
        requested_by=_EVERYBODY,
        approved_by=st.sampled_from(("unit_chief", "unit_head", "supervising_leader", "second_unit_chief")),
        approved_ms=st.just(NOON_MS),
        purpose=st.sampled_from(("", "核对笔录")),
        recordings=st.frozensets(st.sampled_from(("r1", "r2"))),
        reviewed_by=st.sampled_from(("", "custodian", "unit_chief")),
        case=st.sampled_from(("案1", "案2", "")),
    ),
)


@given(st.sampled_from(PACKS), _ASKED)
def test_nothing_opens_by_one_hand_or_without_its_line(name: str, asked: AccessAsked) -> None:
    verdict, grant = answer(packaged_pack(name), asked), asked.grant
    assert grant is not None
    if verdict.permitted:
        assert asked.registered
        assert grant.approved_by != grant.requested_by
        assert asked.by == grant.requested_by or asked.route is Route.PARTY
        assert "r1" in grant.recordings
        assert NOON_MS <= asked.at_ms < NOON_MS + 7 * DAY_MS
