"""May this search, view or copy open now? And what is reported where somebody with a right to see was kept waiting.

Nothing has standing access: a person opens what an approval names, until it expires; a legal reviewer and the bodies
of supervision open directly where the pack says so, the reviewer only while the case is undecided and not archived.
Refusals stand in the order of the gate. Never reads footage, never decides who asked rightly in a dispute.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from station.policy.authority import allows, authority_of, may_see_footage, ranks_above, refusal_of
from station.policy.due_times import DAY_MS
from station.policy.effective import EffectivePack
from station.policy.parameters import ROLES
from station.policy.permits import PERMITTED, Act, ActAsked, Reported, Verdict
from station.policy.rolls import Officer, Rolls

_STAFF = frozenset(ROLES)


class Doing(StrEnum):
    SEARCH = "search"
    VIEW = "view"
    COPY = "copy"


class Route(StrEnum):
    """By what right somebody comes. The party has no account: somebody of the unit shows it."""

    INTERNAL = "internal"
    PARTY = "party"
    OVERSIGHT = "oversight"
    LEGAL_REVIEW = "legal_review"
    COUNSEL = "counsel"


class Kept(Struct, frozen=True):
    """A recording as it is kept; for a search, the place that is searched, or a hit."""

    recording: str
    unit: str
    section: str = ""
    area: str = ""
    case: str = ""
    archived_ms: int | None = None
    marks: tuple[str, ...] = ()
    """Secrecy marks that stand; a lifted one is not among them."""
    named: frozenset[str] = frozenset()
    """Who is named for it although it is marked."""
    recused: frozenset[str] = frozenset()
    """Who may have nothing to do with its case."""


class Grant(Struct, frozen=True):
    """A request as it was approved."""

    act: Act
    requested_by: str
    approved_by: str
    approved_ms: int
    purpose: str
    recordings: frozenset[str]
    reviewed_by: str = ""
    case: str = ""
    recipient: str = ""
    """Who gets it, where it leaves the unit."""


class AccessAsked(Struct, frozen=True):
    """An account wants to open something now."""

    doing: Doing
    route: Route
    by: str
    at_ms: int
    kept: tuple[Kept, ...]
    registered: bool
    """Whether the line in the register of access stands already."""
    grant: Grant | None = None
    purpose: str = ""
    """What a body of supervision comes for: a code of `oversight.purposes`, with the number of its own paper."""
    reference: str = ""
    case: str = ""
    case_decided: bool = False
    case_marked: bool = False
    """Whether anything of the case carries a secrecy mark."""


class ReviewWait(Struct, frozen=True):
    """A legal reviewer who waits for an answer, or for the picture."""

    case: str
    at_ms: int
    answer_due_ms: int
    answered: bool = False
    play_due_ms: int | None = None
    playing: bool = False


def opens(pack: EffectivePack, rolls: Rolls, asked: AccessAsked) -> Verdict:
    act = _act_of(asked)
    account = rolls.officers.get(asked.by)
    if account is None or not may_see_footage(account) or not asked.kept:
        return refusal_of(pack, act)
    if any(asked.by in one.recused for one in asked.kept):
        return refusal_of(pack, act)
    refused = _RIGHTS[asked.route](pack, rolls, asked, account)
    if not refused.permitted:
        return refused
    if pack.flag("access.register_required") and not asked.registered:
        return pack.finds("ACCESS_UNREGISTERED", "access.register_required")
    return _secrecy(pack, asked)


def grant_stands(pack: EffectivePack, rolls: Rolls, grant: Grant | None, wanted: ActAsked) -> Verdict:
    """Whether what was approved is this (`wanted.act`, in the unit `wanted.about`), by whoever could, and lasts."""
    if grant is None or grant.act not in _covering(wanted.act):
        return refusal_of(pack, wanted.act)
    approved = ActAsked(
        grant.act, grant.approved_by, grant.approved_ms, grant.requested_by, grant.reviewed_by, wanted.about
    )
    if not (verdict := allows(pack, rolls, approved)).permitted:
        return verdict
    if not grant.purpose.strip():
        return refusal_of(pack, wanted.act)
    days = pack.limit("access.approval_valid_days") or 0
    if not grant.approved_ms <= wanted.at_ms < grant.approved_ms + days * DAY_MS:
        return pack.finds(authority_of(pack, wanted.act).code, "access.approval_valid_days")
    return PERMITTED


def disputed(pack: EffectivePack, refusal: Verdict, about: str) -> Reported | None:
    """A refused request that its asker disputes: reported to the body that settles it; until then nothing is purged."""
    if refusal.permitted:
        return None
    body = pack.text("access.dispute_body")
    evidence = (("body", body), ("refused", refusal.code))
    return Reported(pack.finds("ACCESS_DISPUTE", "access.dispute_body"), about, evidence)


def oversight_blocked(
    pack: EffectivePack, rolls: Rolls, asked: AccessAsked, answer: Verdict, due_ms: int | None
) -> Reported | None:
    """A body that came rightly and was refused, or had to wait beyond `due_ms`. A copy refused blocks nobody."""
    account = rolls.officers.get(asked.by)
    if asked.route is not Route.OVERSIGHT or asked.doing is Doing.COPY or account is None or not asked.kept:
        return None
    late = due_ms is not None and asked.at_ms > due_ms
    if not _oversees(pack, rolls, asked, account).permitted or (answer.permitted and not late):
        return None
    evidence = (("body", asked.by), ("refused", answer.code), ("reference", asked.reference))
    return Reported(pack.finds("OVERSIGHT_BLOCKED", "oversight.bodies"), asked.kept[0].unit, evidence)


def review_blocked(pack: EffectivePack, wait: ReviewWait) -> Reported | None:
    """Whether the reviewer has waited too long: for the answer first, then for the picture."""
    if not wait.answered and wait.at_ms > wait.answer_due_ms:
        rule, due_ms = "access.review_answer_days", wait.answer_due_ms
    elif wait.play_due_ms is not None and not wait.playing and wait.at_ms > wait.play_due_ms:
        rule, due_ms = "store.live_access_seconds", wait.play_due_ms
    else:
        return None
    return Reported(pack.finds("REVIEW_BLOCKED", rule), wait.case, (("due_ms", due_ms), ("at_ms", wait.at_ms)))


def _act_of(asked: AccessAsked) -> Act:
    match asked.route:
        case Route.PARTY:
            return Act.PARTY_COPY if asked.doing is Doing.COPY else Act.PARTY_VIEW
        case Route.OVERSIGHT:
            return Act.OVERSEE
        case Route.LEGAL_REVIEW:
            return Act.REVIEW_LEGALLY
        case _:
            return Act.COPY_INTERNAL if asked.doing is Doing.COPY else Act.VIEW_INTERNAL


def _covering(act: Act) -> tuple[Act, ...]:
    """Whoever may copy may look at it first."""
    match act:
        case Act.VIEW_INTERNAL:
            return (Act.VIEW_INTERNAL, Act.COPY_INTERNAL)
        case Act.PARTY_VIEW:
            return (Act.PARTY_VIEW, Act.PARTY_COPY)
        case _:
            return (act,)


def _internal(pack: EffectivePack, rolls: Rolls, asked: AccessAsked, account: Officer) -> Verdict:
    if asked.doing is Doing.SEARCH:
        in_scope = all(_in_scope(pack, account, one) for one in asked.kept)
        return PERMITTED if in_scope else pack.finds("ACCESS_UNAPPROVED", "access.scope")
    if not _inside(account, asked):
        return pack.finds(refusal_of(pack, _act_of(asked)).code, "access.scope")
    return _granted(pack, rolls, asked, asked.by)


def _party(pack: EffectivePack, rolls: Rolls, asked: AccessAsked, account: Officer) -> Verdict:
    """The application is brought by an officer, who is whoever asked; any of the unit may show what was approved."""
    if not _inside(account, asked):
        return refusal_of(pack, _act_of(asked))
    return _granted(pack, rolls, asked, None)


def _oversees(pack: EffectivePack, rolls: Rolls, asked: AccessAsked, account: Officer) -> Verdict:
    """View only, for a stated purpose, with a reference, and inside the body's own area."""
    if asked.doing is Doing.COPY and not pack.flag("oversight.copy"):
        return pack.finds("COPY_UNAPPROVED", "oversight.copy")
    for one in asked.kept:
        verdict = allows(pack, rolls, ActAsked(Act.OVERSEE, asked.by, asked.at_ms, about=one.unit))
        if not verdict.permitted:
            return verdict
        if account.unit != one.unit and account.area != one.area:
            return pack.finds("ACCESS_UNAPPROVED", "access.scope")
    if asked.purpose not in pack.listed("oversight.purposes") or not asked.reference.strip():
        return pack.finds("ACCESS_UNAPPROVED", "oversight.purposes")
    return PERMITTED


def _reviews(pack: EffectivePack, rolls: Rolls, asked: AccessAsked, account: Officer) -> Verdict:
    """The recordings of the case under review, and none of another."""
    if asked.doing is Doing.COPY:
        return pack.finds("COPY_UNAPPROVED", "access.legal_review")
    of_case = all(asked.case and one.case == asked.case for one in asked.kept)
    if "dept_legal" not in account.roles or not of_case or asked.case_decided:
        return refusal_of(pack, Act.REVIEW_LEGALLY)
    if pack.text("access.legal_review") != "direct":
        return _granted(pack, rolls, asked, asked.by)
    for one in asked.kept:
        reviewing = ActAsked(Act.REVIEW_LEGALLY, asked.by, asked.at_ms, about=one.unit)
        if not (verdict := allows(pack, rolls, reviewing)).permitted:
            return verdict
        if one.archived_ms is not None:
            return refusal_of(pack, Act.REVIEW_LEGALLY)
    return PERMITTED


def _counsels(pack: EffectivePack, rolls: Rolls, asked: AccessAsked, account: Officer) -> Verdict:
    """Case by case, by approval, and never beside a secret."""
    if asked.doing is Doing.COPY:
        return refusal_of(pack, Act.COPY_INTERNAL)
    grant = asked.grant
    of_case = grant is not None and all(grant.case and one.case == grant.case for one in asked.kept)
    if "counsel" not in account.roles or not of_case or asked.case_decided:
        return refusal_of(pack, Act.VIEW_INTERNAL)
    return _granted(pack, rolls, asked, asked.by)


_RIGHTS: Mapping[Route, Callable[[EffectivePack, Rolls, AccessAsked, Officer], Verdict]] = {
    Route.INTERNAL: _internal,
    Route.PARTY: _party,
    Route.OVERSIGHT: _oversees,
    Route.LEGAL_REVIEW: _reviews,
    Route.COUNSEL: _counsels,
}


def _granted(pack: EffectivePack, rolls: Rolls, asked: AccessAsked, requester: str | None) -> Verdict:
    """`requester`: who must have asked for it; None where anybody may have."""
    act, grant = _act_of(asked), asked.grant
    for unit in {one.unit for one in asked.kept}:
        verdict = grant_stands(pack, rolls, grant, ActAsked(act, asked.by, asked.at_ms, about=unit))
        if not verdict.permitted:
            return verdict
    named = grant is not None and all(one.recording in grant.recordings for one in asked.kept)
    own = grant is not None and requester in {None, grant.requested_by}
    return PERMITTED if named and own else refusal_of(pack, act)


def _inside(account: Officer, asked: AccessAsked) -> bool:
    """Staff of the keeping unit; supervision, counsel and the like come by their own routes."""
    return bool(account.roles & _STAFF) and all(one.unit == account.unit for one in asked.kept)


def _in_scope(pack: EffectivePack, account: Officer, kept: Kept) -> bool:
    """Whoever ranks above an officer answers for the whole unit."""
    if not account.roles & _STAFF:
        return False
    same_unit = account.unit == kept.unit
    match pack.text("access.scope"):
        case "area":
            return same_unit or (bool(account.area) and account.area == kept.area)
        case "department":
            return same_unit
        case _:
            same_section = bool(account.section) and account.section == kept.section
            return same_unit and (same_section or ranks_above(account, "officer"))


def _secrecy(pack: EffectivePack, asked: AccessAsked) -> Verdict:
    marked = [one for one in asked.kept if one.marks]
    if asked.route is Route.COUNSEL and pack.flag("secret.counsel_blind") and (marked or asked.case_marked):
        return pack.finds("SECRET_EXPOSED", "secret.counsel_blind")
    if marked and asked.route is Route.PARTY:
        return pack.finds("SECRET_EXPOSED", "secret.viewers")
    unnamed = any(asked.by not in one.named for one in marked)
    if unnamed and pack.text("secret.viewers") != "scope":
        return pack.finds("SECRET_EXPOSED", "secret.viewers")
    return PERMITTED
