"""What may leave the unit, in every pack: approved, for a named recipient, nothing secret, redacted, and complete."""

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy import export
from station.policy.access import Grant, Kept
from station.policy.authority import approver_of
from station.policy.effective import EffectivePack
from station.policy.export import DISCLOSABLE, ExportAsked, ExportMade, Outlet, Redaction
from station.policy.permits import Act, Verdict
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with
from tests.unit_people import NOON_MS, UNIT, people, person

PACKS = packaged_names()
EVERY_PACK = pytest.mark.parametrize("name", PACKS)
FOOTAGE = Kept("r1", UNIT)
ACTS = {
    Outlet.OTHER_DEPARTMENT: (Act.GIVE_OTHER_DEPARTMENT, "EXPORT_UNAPPROVED", "access.other_department_approver"),
    Outlet.PARTY: (Act.PARTY_COPY, "COPY_UNAPPROVED", "access.party_copy_approver"),
    Outlet.OUTSIDE: (Act.PROVIDE_OUTSIDE, "EXPORT_UNAPPROVED", "access.outside_approver"),
    Outlet.DISCLOSURE: (Act.PROVIDE_OUTSIDE, "EXPORT_UNAPPROVED", "access.outside_approver"),
}
EVERY_OUTLET = pytest.mark.parametrize("outlet", list(Outlet))
NEVER = ("STATE", "WORK", "CLOSED", "SOMETHING_NEW")


def export_of(pack: EffectivePack, outlet: Outlet, act: Act | None = None, **more: Any) -> ExportAsked:
    """An officer asked, the role the pack names approved, a custodian makes it; a disclosure is redacted."""
    act = act or ACTS[outlet][0]
    reviewer = "second_custodian" if pack.text("approval.reviewer") else ""
    granted = Grant(act, "officer", f"second_{approver_of(pack, act)}", NOON_MS, "办案", frozenset({"r1"}), reviewer)
    grant = replace(granted, recipient="收件人")
    fields = frozenset(pack.listed("export.redaction_fields"))
    redaction = Redaction("recorder_manager", frozenset({"r1"}), fields)
    asked = ExportAsked(outlet, "custodian", NOON_MS, "收件人", (FOOTAGE,), grant, redaction)
    return replace(asked, **more)


def protected(pack: EffectivePack, *marks: str, **more: Any) -> ExportAsked:
    return export_of(pack, Outlet.DISCLOSURE, Act.DISCLOSE, **{"kept": (replace(FOOTAGE, marks=marks),), **more})


def answer(pack: EffectivePack, asked: ExportAsked) -> Verdict:
    return export.may_make(pack, people(), asked)


@EVERY_OUTLET
@EVERY_PACK
def test_nothing_leaves_without_approval_recipient_and_purpose(name: str, outlet: Outlet) -> None:
    """「未经批准不得擅自对外提供或者通过互联网发布、传播行政执法记录资料」 (ZC-45.p1b)."""
    pack = packaged_pack(name)
    _, code, rule = ACTS[outlet]
    asked = export_of(pack, outlet)
    assert asked.grant is not None
    assert answer(pack, asked).permitted
    for grant in (
        None,
        replace(asked.grant, act=Act.VIEW_INTERNAL),
        replace(asked.grant, purpose=""),
        replace(asked.grant, approved_by="custodian"),
        replace(asked.grant, approved_by="nobody"),
    ):
        require_cited(pack, answer(pack, replace(asked, grant=grant)), code, rule)
    for wrongly in (
        {"recipient": ""},
        {"recipient": "另一人"},
        {"kept": (FOOTAGE, replace(FOOTAGE, recording="r2"))},
        {"kept": ()},
        {"by": "foreign_custodian"},
        {"by": "technician"},
    ):
        require_cited(pack, answer(pack, replace(asked, **wrongly)), "EXPORT_UNAPPROVED", rule)
    own = replace(asked.grant, requested_by=asked.grant.approved_by)
    require_cited(pack, answer(pack, replace(asked, grant=own)), "APPROVAL_SELF", "approval.self_forbidden")
    late = replace(asked, at_ms=NOON_MS + 7 * 86_400_000)
    require_cited(pack, answer(pack, late), code, "access.approval_valid_days")


@EVERY_PACK
def test_the_head_of_the_department_that_wants_it_does_not_approve_it(name: str) -> None:
    """「应当经记录保存单位负责人批准」 (YC-20.p2a)."""
    pack = packaged_pack(name)
    asked = export_of(pack, Outlet.OTHER_DEPARTMENT)
    assert asked.grant is not None
    theirs = replace(asked, grant=replace(asked.grant, approved_by="foreign_unit_chief"))
    require_cited(pack, answer(pack, theirs), "EXPORT_UNAPPROVED", "access.other_department_approver")


@EVERY_PACK
def test_what_is_marked_goes_to_whoever_is_named_and_never_to_a_party(name: str) -> None:
    """「可复制使用（依法应保密的除外）」 (MS-REC-34)."""
    pack = packaged_pack(name)
    marked = replace(FOOTAGE, marks=("PRIVACY",))
    for_them = replace(marked, named=frozenset({"收件人"}))
    for outlet in (Outlet.OTHER_DEPARTMENT, Outlet.OUTSIDE, Outlet.PARTY):
        asked = export_of(pack, outlet)
        require_cited(pack, answer(pack, replace(asked, kept=(marked,))), "SECRET_EXPOSED", "secret.viewers")
        if outlet is Outlet.PARTY:
            verdict = answer(pack, replace(asked, kept=(for_them,)))
            require_cited(pack, verdict, "SECRET_EXPOSED", "secret.viewers")
        else:
            assert answer(pack, replace(asked, kept=(for_them,))).permitted
            by_scope = pack_with(name, secret__viewers="scope")  # noqa: S106 - no password
            assert answer(by_scope, replace(asked, kept=(marked,))).permitted


@EVERY_PACK
def test_nothing_is_disclosed_unredacted(name: str) -> None:
    """「涉及自然人身份证号码、住所、肖像、电话号码、财产状况等个人隐私的信息」 (YC-PUB-7.3)."""
    pack = packaged_pack(name)
    asked = export_of(pack, Outlet.DISCLOSURE)
    done = asked.redaction
    assert done is not None
    for redaction in (
        None,
        replace(done, fields=done.fields - {"肖像"}),
        replace(done, recordings=frozenset()),
        replace(done, confirmed_by="officer"),
        replace(done, confirmed_by="foreign_custodian"),
        replace(done, confirmed_by="technician"),
        replace(done, confirmed_by="nobody"),
    ):
        verdict = answer(pack, replace(asked, redaction=redaction))
        require_cited(pack, verdict, "DISCLOSURE_UNREDACTED", "export.redaction_fields")
    rolls = people(person("insider", "technician"))
    by_technician = replace(asked, redaction=replace(done, confirmed_by="insider"))
    assert export.may_make(pack, rolls, by_technician).code == "DISCLOSURE_UNREDACTED"
    for outlet in set(Outlet) - {Outlet.DISCLOSURE}:
        assert answer(pack, export_of(pack, outlet, redaction=None)).permitted, "evidence is not redacted"


@pytest.mark.parametrize("mark", sorted(DISCLOSABLE))
@EVERY_PACK
def test_protected_matter_needs_consent_or_a_stated_public_interest(name: str, mark: str) -> None:
    """「经权利人同意公开或者行政执法部门认为不公开可能对公共利」「益造成重大影响的」 (YC-PUB-8 (二))."""
    pack = packaged_pack(name)
    if pack.text("secret.disclosure") == "never":
        return
    require_cited(pack, answer(pack, protected(pack, mark)), "EXPORT_UNAPPROVED", "access.disclosure_approver")
    for more in ({"consent": "同意书1号"}, {"public_interest": "公共安全隐患"}):
        asked = protected(pack, mark, **more)
        assert answer(pack, asked).permitted
        assert asked.grant is not None
        lower = replace(asked, grant=replace(asked.grant, approved_by="unit_head"))
        require_cited(pack, answer(pack, lower), "EXPORT_UNAPPROVED", "access.disclosure_approver")
        unredacted = answer(pack, replace(asked, redaction=None))
        require_cited(pack, unredacted, "DISCLOSURE_UNREDACTED", "export.redaction_fields")


@EVERY_PACK
def test_an_internal_matter_asks_neither_consent_nor_public_interest(name: str) -> None:
    """「本办法第七条第（四）项规定的信息，经行政执法部门主要负责人批准，可以予以公开」 (YC-PUB-8 (三))."""
    pack = packaged_pack(name)
    asked = export_of(pack, Outlet.DISCLOSURE, Act.DISCLOSE, internal_matter=True)
    assert answer(pack, asked).permitted
    require_cited(pack, answer(pack, replace(asked, grant=None)), "EXPORT_UNAPPROVED", "access.disclosure_approver")
    require_cited(
        pack, answer(pack, replace(asked, redaction=None)), "DISCLOSURE_UNREDACTED", "export.redaction_fields"
    )
    marked = replace(asked, kept=(replace(FOOTAGE, marks=("TRADE",)),))
    assert not answer(pack, marked).permitted, "being internal makes nobody's secret public"


@pytest.mark.parametrize("mark", NEVER)
@EVERY_PACK
def test_state_secrets_are_never_disclosed_by_whatever_paper(name: str, mark: str) -> None:
    pack = packaged_pack(name)
    for marks in ((mark,), (mark, "PRIVACY")):
        for act in (Act.DISCLOSE, Act.PROVIDE_OUTSIDE):
            more = {"consent": "同意书", "public_interest": "公共利益", "kept": (replace(FOOTAGE, marks=marks),)}
            asked = export_of(pack, Outlet.DISCLOSURE, act, **more)
            assert not answer(pack, asked).permitted
            assert not answer(pack, replace(asked, internal_matter=True)).permitted
        require_cited(pack, answer(pack, asked), "SECRET_EXPOSED", "secret.disclosure")


def test_in_zhoucun_no_mark_is_disclosed_until_it_is_lifted() -> None:
    """「行政执法机关不得公示涉及国家秘密、商业秘密、个人隐私的相关内容」 (ZC-19)."""
    pack = packaged_pack("zhoucun")
    asked = export_of(pack, Outlet.DISCLOSURE, kept=(replace(FOOTAGE, marks=("PRIVACY",)),), consent="同意书")
    verdict = answer(pack, asked)
    require_cited(pack, verdict, "SECRET_EXPOSED", "secret.disclosure")
    assert (verdict.articles, verdict.limit_is_default) == (("ZC-19",), False)
    assert answer(pack, replace(asked, kept=(FOOTAGE,))).permitted, "a lifted mark no longer stands on it"


def made_of(pack: EffectivePack, outlet: Outlet) -> ExportMade:
    note = dict.fromkeys(pack.listed("export.note_fields"), "有")
    label = dict.fromkeys(pack.listed("export.label_fields"), "有")
    destination = pack.listed("export.destination")[0]
    return ExportMade(outlet, note, label, copies_verified=2, case="案1", destination=destination)


@EVERY_OUTLET
@EVERY_PACK
def test_an_export_closes_with_all_its_fields_and_verified_copies(name: str, outlet: Outlet) -> None:
    """「注明制作人、提取人、提取时间等信息」 (YC-20.p2a), 「应当制作一式两份」 (MS-EQ-12.p2)."""
    pack = packaged_pack(name)
    made = made_of(pack, outlet)
    assert export.may_close(pack, made).permitted
    assert {"制作人", "提取人", "提取时间"} <= set(made.note)
    for field in made.note:
        lacking = replace(made, note={**made.note, field: " "})
        require_cited(pack, export.may_close(pack, lacking), "EXPORT_INCOMPLETE", "export.note_fields")
    for field in made.label:
        lacking = replace(made, label={key: said for key, said in made.label.items() if key != field})
        require_cited(pack, export.may_close(pack, lacking), "EXPORT_INCOMPLETE", "export.label_fields")
    one_copy = replace(made, copies_verified=1)
    require_cited(pack, export.may_close(pack, one_copy), "EXPORT_INCOMPLETE", "export.copies")
    no_note = pack_with(name, export__note_required=False)
    assert export.may_close(no_note, replace(made, note=MappingProxyType({}))).permitted


@EVERY_PACK
def test_what_a_department_gets_goes_into_the_file_or_with_the_case(name: str) -> None:
    """「应当附卷或者按照规定随案移送」 (YC-20.p2b)."""
    pack = packaged_pack(name)
    made = made_of(pack, Outlet.OTHER_DEPARTMENT)
    for lacking in (replace(made, case=" "), replace(made, destination=""), replace(made, destination="抽屉")):
        require_cited(pack, export.may_close(pack, lacking), "EXPORT_INCOMPLETE", "export.destination")
        assert export.may_close(pack, replace(lacking, outlet=Outlet.PARTY)).permitted, "it goes to the party"


@EVERY_PACK
def test_discs_for_long_keeping_are_labelled_and_two(name: str) -> None:
    """「应当制作一式两份，在光盘标签或者封套上标明」 (MS-EQ-12.p2)."""
    pack = packaged_pack(name)
    label = dict.fromkeys(pack.listed("longterm.label_fields"), "有")
    assert export.may_close_longterm(pack, label, 2).permitted
    require_cited(pack, export.may_close_longterm(pack, label, 1), "EXPORT_INCOMPLETE", "longterm.copies")
    for field in label:
        verdict = export.may_close_longterm(pack, {**label, field: ""}, 2)
        require_cited(pack, verdict, "EXPORT_INCOMPLETE", "longterm.label_fields")


@EVERY_PACK
def test_a_packet_names_what_it_lacks(name: str) -> None:
    """「执法过程中所形成的证据材料」 (YC-LR-21.2): recordings and statements alike."""
    pack = packaged_pack(name)
    report = export.packet_incomplete(pack, "案1", frozenset({"r1", "r2", "说明1"}), frozenset({"r1", "r9"}))
    assert report is not None
    require_cited(pack, report.verdict, "PACKET_INCOMPLETE", "export.note_required")
    assert (report.about, report.evidence) == ("案1", (("missing", "r2"), ("missing", "说明1")))
    assert export.packet_incomplete(pack, "案1", frozenset({"r1"}), frozenset({"r1", "r9"})) is None


_MARKS = st.lists(st.sampled_from((*sorted(DISCLOSABLE), *NEVER)), max_size=2).map(tuple)


@given(
    st.sampled_from(PACKS),
    st.sampled_from(list(Outlet)),
    st.sampled_from((Act.DISCLOSE, Act.PROVIDE_OUTSIDE, Act.PARTY_COPY, Act.GIVE_OTHER_DEPARTMENT)),
    st.fixed_dictionaries({"internal_matter": st.booleans(), "consent": st.sampled_from(("", "同意书"))}),
    _MARKS,
)
def test_no_paper_makes_a_state_secret_public_or_gives_a_secret_to_a_party(
    name: str, outlet: Outlet, act: Act, papers: dict[str, Any], marks: tuple[str, ...]
) -> None:
    pack = packaged_pack(name)
    asked = export_of(pack, outlet, act, kept=(replace(FOOTAGE, marks=marks),), **papers)
    if answer(pack, asked).permitted and marks:
        assert outlet is Outlet.DISCLOSURE
        assert set(marks) <= DISCLOSABLE
        assert act is Act.DISCLOSE
        assert papers["consent"]
        assert pack.text("secret.disclosure") == "approved"
