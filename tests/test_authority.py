"""Who may do what, in every pack: the holder and no other, two hands and never one, delegations that end."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.policy import authority
from station.policy.authority import (
    ALONE,
    AUTHORITY,
    THREE_HANDS,
    approver_of,
    authority_of,
    holders_of,
    may_see_footage,
    refusal_of,
)
from station.policy.effective import EffectivePack
from station.policy.parameters import ROLES
from station.policy.permits import Act, ActAsked, Verdict
from station.policy.rolls import Delegation, Officer, Rolls
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with
from tests.unit_people import NOON_MS, OTHER_UNIT, OUTSIDE, TODAY, UNIT, deputy, people, person

PACKS = packaged_names()
WITH_APPROVER = tuple(act for act, held in AUTHORITY.items() if held.hands == THREE_HANDS)
EVERY_PACK = pytest.mark.parametrize("name", PACKS)
EVERY_ACT = pytest.mark.parametrize("act", list(Act))
DAY_MS = 86_400_000


def asks(
    pack: EffectivePack, act: Act, by: str, rolls: Rolls | None = None, more: Mapping[str, str] = MappingProxyType({})
) -> Verdict:
    """Somebody acts on what an officer asked for, with a reviewer between them where this pack names one."""
    reviewer = "second_custodian" if pack.text("approval.reviewer") else ""
    asked = {"requested_by": "second_officer", "reviewed_by": reviewer, **more}
    return authority.allows(pack, rolls or people(), ActAsked(act, by, NOON_MS, **asked))


def test_every_act_is_in_the_table_and_an_unknown_one_is_nobodys() -> None:
    assert set(AUTHORITY) == set(Act)
    pack = packaged_pack("yinchuan")
    unknown = cast("Act", "open_the_back_door")
    require_cited(pack, asks(pack, unknown, "unit_chief"), "NOT_AUTHORISED", "approval.self_forbidden")
    assert holders_of(pack, unknown) == ()


@EVERY_ACT
@EVERY_PACK
def test_who_holds_an_act_may_and_whoever_nobody_knows_may_not(name: str, act: Act) -> None:
    pack = packaged_pack(name)
    for role in holders_of(pack, act):
        assert asks(pack, act, role).permitted, role
    expected = refusal_of(pack, act)
    assert not expected.permitted
    for stranger in ("nobody", ""):
        require_cited(pack, asks(pack, act, stranger), expected.code, expected.rule)


@EVERY_ACT
@EVERY_PACK
def test_a_role_without_the_act_is_refused_by_the_parameter_that_names_it(name: str, act: Act) -> None:
    """Only approvals, consents and what anybody does on duty are open to a higher rank; what a keeper does is not."""
    pack = packaged_pack(name)
    holders, expected = holders_of(pack, act), refusal_of(pack, act)
    lowest = min((ROLES.index(role) for role in holders if role in ROLES), default=len(ROLES))
    for role in (*ROLES, *OUTSIDE):
        higher = authority_of(pack, act).higher and role in ROLES and ROLES.index(role) > lowest
        verdict = asks(pack, act, role)
        if role in holders or higher:
            assert verdict.permitted, role
        else:
            require_cited(pack, verdict, expected.code, expected.rule)


@EVERY_ACT
@EVERY_PACK
def test_only_in_the_keeping_unit(name: str, act: Act) -> None:
    """「经记录保存单位负责人批准」 (YC-20.p2a): the head of another unit is not the head of the one that keeps it."""
    pack = packaged_pack(name)
    expected = refusal_of(pack, act)
    for role in ROLES:
        verdict = asks(pack, act, f"foreign_{role}", more={"about": UNIT})
        if authority_of(pack, act).from_outside:
            assert verdict.permitted
        else:
            require_cited(pack, verdict, expected.code, expected.rule)


@pytest.mark.parametrize("act", [act for act, held in AUTHORITY.items() if held.hands > ALONE])
@EVERY_PACK
def test_nobody_approves_an_own_request_and_the_reviewer_is_a_third(name: str, act: Act) -> None:
    """「明确承办人、审核人、批准人」 (MS-REC-38): three names are three people."""
    pack = packaged_pack(name)
    holder = approver_of(pack, act)
    if not holder:
        return
    if authority_of(pack, act).hands == THREE_HANDS:
        assert asks(pack, act, holder, more={"reviewed_by": "custodian"}).permitted
    for more in (
        {"requested_by": holder},
        {"requested_by": ""},
        {"reviewed_by": holder},
        {"reviewed_by": "second_officer"},
    ):
        require_cited(pack, asks(pack, act, holder, more=more), "APPROVAL_SELF", "approval.self_forbidden")
    expected = refusal_of(pack, act)
    require_cited(pack, asks(pack, act, holder, more={"requested_by": "invented"}), expected.code, expected.rule)


@EVERY_PACK
def test_own_requests_are_law_where_three_hands_are_written_down_and_a_default_elsewhere(name: str) -> None:
    verdict = asks(packaged_pack(name), Act.LIFT_SECRET, "unit_chief", more={"requested_by": "unit_chief"})
    law = {"mingshan": ("MS-REC-38",), "liangping": ("LP-REC-38",)}.get(name, ())
    assert (verdict.articles, verdict.limit_is_default) == (law, not law)


@EVERY_PACK
def test_a_reviewer_is_needed_where_the_pack_names_one(name: str) -> None:
    act, pack = Act.LIFT_SECRET, pack_with(name, approval__reviewer="supervising_leader")
    for missing in ("", "nobody", "custodian", "foreign_supervising_leader"):
        verdict = asks(pack, act, "unit_chief", more={"about": UNIT, "reviewed_by": missing})
        assert (verdict.code, verdict.rule) == ("NOT_AUTHORISED", "approval.reviewer")
    for reviewer in ("supervising_leader", "unit_head", "second_unit_chief"):
        assert asks(pack, act, "unit_chief", more={"reviewed_by": reviewer}).permitted
    assert asks(pack, Act.OVERRIDE_CHECK, "custodian", more={"reviewed_by": ""}).permitted, "not at the bay"


@EVERY_PACK
def test_a_reviewer_nobody_asked_for_is_a_person_all_the_same(name: str) -> None:
    act, pack = Act.LIFT_SECRET, pack_with(name, approval__reviewer=None)
    for reviewer, permitted in (("", True), ("custodian", True), ("officer", False), ("nobody", False)):
        assert asks(pack, act, "unit_chief", more={"reviewed_by": reviewer}).permitted == permitted
    assert not asks(pack, act, "unit_chief", more={"reviewed_by": "foreign_custodian", "about": UNIT}).permitted


def test_who_approves_what_in_yinchuan_and_mingshan() -> None:
    yinchuan, mingshan = packaged_pack("yinchuan"), packaged_pack("mingshan")
    assert approver_of(yinchuan, Act.VIEW_INTERNAL) == "unit_head"  # YC-21.2 「应当经单位负责人批准」
    assert approver_of(mingshan, Act.VIEW_INTERNAL) == "supervising_leader"  # MS-EQ-13a 「需经主管领导同意」
    assert approver_of(mingshan, Act.PARTY_COPY) == "unit_head"  # MS-REC-34 「经行政机关负责人同意」
    assert approver_of(mingshan, Act.REVIEW_EXPLANATION) == "unit_chief"  # MS-EQ-16.p2 「报本单位主要领导审核」
    assert approver_of(yinchuan, Act.DISCLOSE) == "unit_chief"  # YC-PUB-8 「经行政执法部门主要负责人批准」
    assert approver_of(yinchuan, Act.LEND_OUTSIDE) == approver_of(mingshan, Act.LEND_OUTSIDE) == ""
    verdict = asks(yinchuan, Act.COPY_INTERNAL, "custodian")
    assert verdict == Verdict("COPY_UNAPPROVED", ("YC-21.2",), "access.copy_internal_approver")
    verdict = asks(yinchuan, Act.OVERRIDE_CHECK, "officer")
    assert verdict == Verdict("NOT_AUTHORISED", (), "check.override_role", limit_is_default=True)


@EVERY_PACK
def test_bodies_of_supervision_are_those_the_pack_names(name: str) -> None:
    pack = packaged_pack(name)
    named = pack.listed("oversight.bodies")
    for role in ("gov_legal", "discipline", "petition", "dept_legal", "unit_chief", "assessor", "technician", "admin"):
        assert asks(pack, Act.OVERSEE, role, more={"about": UNIT}).permitted == (role in named)
    assert not asks(pack, Act.OVERSEE, "foreign_dept_legal", more={"about": UNIT}).permitted, (
        "it supervises inside its own"
    )
    assert bool(named) == name.startswith(("yinchuan", "xixia", "liangping"))


@EVERY_PACK
def test_legal_review_is_direct_or_approved_as_any_view(name: str) -> None:
    direct, approved = (pack_with(name, access__legal_review=mode) for mode in ("direct", "approval"))
    assert asks(direct, Act.REVIEW_LEGALLY, "dept_legal").permitted
    require_cited(direct, asks(direct, Act.REVIEW_LEGALLY, "unit_chief"), "ACCESS_UNAPPROVED", "access.legal_review")
    rule = "access.view_internal_approver"
    assert approver_of(approved, Act.REVIEW_LEGALLY) == approved.text(rule)
    require_cited(approved, asks(approved, Act.REVIEW_LEGALLY, "dept_legal"), "ACCESS_UNAPPROVED", rule)


@EVERY_PACK
def test_lending_and_purging_stand_open_only_where_the_pack_opens_them(name: str) -> None:
    shut = pack_with(name, device__lend_inside="forbidden", purge__mode="off")
    for act in (Act.PROPOSE_PURGE, Act.APPROVE_PURGE):
        require_cited(shut, asks(shut, act, "unit_chief"), "DELETE_FORBIDDEN", "purge.mode")
        assert approver_of(shut, act) == ""
    require_cited(shut, asks(shut, Act.LEND_INSIDE, "custodian"), "DEVICE_LENT", "device.lend_inside")
    pack = pack_with(name, device__lend_outside="approval", device__lend_inside="approval")
    assert asks(pack, Act.LEND_OUTSIDE, "unit_chief").permitted
    assert asks(pack, Act.LEND_INSIDE, "custodian").permitted
    require_cited(pack, asks(pack, Act.LEND_INSIDE, "officer"), "DEVICE_LENT", "device.lend_inside")


@EVERY_PACK
def test_a_role_left_unset_is_held_by_nobody(name: str) -> None:
    pack = pack_with(name, check__override_role=None, access__disclosure_approver=None)
    assert approver_of(pack, Act.OVERRIDE_CHECK) == ""
    assert asks(pack, Act.OVERRIDE_CHECK, "unit_chief").code == "NOT_AUTHORISED"
    assert asks(pack, Act.DISCLOSE, "unit_chief").code == "EXPORT_UNAPPROVED"


def test_who_never_sees_footage() -> None:
    assert not any(may_see_footage(person("x", role)) for role in ("assessor", "technician", "admin", "party"))
    assert not may_see_footage(person("x"))
    assert may_see_footage(person("x", "admin", "officer")), "not by that role, but by the other"


@pytest.mark.parametrize(
    ("holder", "permitted"),
    [
        (deputy("d", "unit_chief", "unit_chief"), True),
        (deputy("d", "unit_chief", "unit_chief", days=30), True),
        (deputy("d", "unit_chief", "unit_chief", days=31), False),
        (deputy("d", "unit_chief", "unit_chief", begins=TODAY + dt.timedelta(days=1)), False),
        (deputy("d", "unit_chief", "unit_chief", days=1, begins=TODAY - dt.timedelta(days=1)), False),
        (deputy("d", "unit_head", "unit_chief"), False),
        (deputy("d", "unit_chief", "unit_head"), False),
        (deputy("d", "unit_chief", "foreign_unit_chief"), False),
        (deputy("d", "unit_chief", "nobody"), False),
        (deputy("d", "unit_chief", "d"), False),
        (deputy("d", "gov_legal", "unit_chief"), False),
    ],
)
@EVERY_PACK
def test_a_delegation_lasts_its_dates_and_gives_what_the_giver_has(
    name: str, holder: Officer, *, permitted: bool
) -> None:
    verdict = asks(packaged_pack(name), Act.LIFT_SECRET, "d", people(holder), {"about": UNIT})
    assert verdict.code == ("" if permitted else "NOT_AUTHORISED")


def test_the_day_of_a_delegation_is_the_units_own() -> None:
    """Beijing midnight of 2 January is 1 January, 16:00 UTC: a delegation for the 1st has ended then."""
    rolls, pack = people(deputy("d", "unit_chief", "unit_chief", days=1)), packaged_pack("yinchuan")
    midnight = NOON_MS + DAY_MS // 2
    for at_ms, permitted in ((midnight - 1, True), (midnight, False)):
        asked = ActAsked(Act.LIFT_SECRET, "d", at_ms, requested_by="officer")
        assert authority.allows(pack, rolls, asked).permitted == permitted


def test_nobody_passes_a_delegated_power_on() -> None:
    rolls = people(deputy("first", "unit_chief", "unit_chief"), deputy("second", "unit_chief", "first"))
    pack = packaged_pack("yinchuan")
    assert asks(pack, Act.LIFT_SECRET, "first", rolls).permitted
    assert not asks(pack, Act.LIFT_SECRET, "second", rolls).permitted


@EVERY_PACK
def test_a_delegate_decides_neither_the_own_nor_the_givers_request(name: str) -> None:
    pack, rolls = packaged_pack(name), people(deputy("d", "unit_chief", "unit_chief"))
    for more in ({"requested_by": "d"}, {"requested_by": "unit_chief"}, {"reviewed_by": "unit_chief"}):
        verdict = asks(pack, Act.LIFT_SECRET, "d", rolls, more)
        require_cited(pack, verdict, "APPROVAL_SELF", "approval.self_forbidden")
    twice = asks(pack, Act.LIFT_SECRET, "unit_chief", rolls, {"reviewed_by": "d"})
    require_cited(pack, twice, "APPROVAL_SELF", "approval.self_forbidden")


@EVERY_PACK
def test_only_an_approvers_power_is_delegated_and_only_inside_the_unit(name: str) -> None:
    pack, rolls = packaged_pack(name), people(deputy("d", "custodian", "custodian"))
    for act in (Act.RELEASE_CLEARING, Act.PROPOSE_PURGE, Act.SETTLE_ATTRIBUTION, Act.SET_LONGTERM):
        assert not asks(pack, act, "d", rolls).permitted
    assert asks(pack, Act.OVERRIDE_CHECK, "d", rolls).permitted
    assert not asks(pack, Act.OVERRIDE_CHECK, "d", rolls, {"about": OTHER_UNIT}).permitted


@EVERY_PACK
def test_the_body_that_settles_a_dispute_is_no_party_to_it(name: str) -> None:
    pack = packaged_pack(name)
    assert asks(pack, Act.SETTLE_DISPUTE, "gov_legal", more={"about": UNIT}).permitted
    own = asks(pack, Act.SETTLE_DISPUTE, "gov_legal", more={"requested_by": "gov_legal"})
    require_cited(pack, own, "APPROVAL_SELF", "approval.self_forbidden")


_IDS = ("a", "b", "c", "d")
_DELEGATION = st.builds(
    Delegation, st.sampled_from((*ROLES, "gov_legal", "")), st.sampled_from(_IDS), st.just(TODAY), st.just(TODAY)
)
_PEOPLE = st.fixed_dictionaries(
    {
        name: st.builds(
            Officer,
            id=st.just(name),
            unit=st.sampled_from((UNIT, OTHER_UNIT)),
            roles=st.frozensets(st.sampled_from((*ROLES, *OUTSIDE, "unheard_of"))),
            delegations=st.lists(_DELEGATION, max_size=2).map(tuple),
        )
        for name in _IDS
    }
)
_HAND = st.sampled_from((*_IDS, "", "nobody"))


@given(
    st.builds(pack_with, st.sampled_from(PACKS), approval__reviewer=st.sampled_from((*ROLES, None))),
    st.builds(ActAsked, st.sampled_from(list(Act)), _HAND, st.just(NOON_MS), _HAND, _HAND, st.just(UNIT)),
    _PEOPLE,
)
def test_whoever_asks_is_never_the_only_hand(
    pack: EffectivePack, asked: ActAsked, everybody: dict[str, Officer]
) -> None:
    act, by, third = asked.act, asked.by, pack.text("approval.reviewer") or asked.reviewed_by
    if not authority.allows(pack, Rolls(officers=everybody), asked).permitted:
        return
    held = authority_of(pack, act)
    hands = [by, asked.requested_by, *([asked.reviewed_by] if held.hands == THREE_HANDS and third else [])]
    assert by in everybody
    if held.hands > ALONE:
        assert set(hands) <= set(everybody)
        assert len(set(hands)) == len(hands)
    roles = everybody[by].roles
    stands = max((ROLES.index(role) for role in roles if role in ROLES), default=-1)
    by_own = any(
        role in roles or (held.higher and role in ROLES and stands > ROLES.index(role))
        for role in holders_of(pack, act)
    )
    givers = {given.given_by for given in everybody[by].delegations}
    assert by_own or (held.higher and held.hands > ALONE and givers - set(hands))
