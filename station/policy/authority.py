"""Who may do what: one table from every act to whoever holds it, and the rule of the several hands. Deny by default.

A role acts in its own unit alone; bodies that supervise an area, and technicians, are bound to none. What belongs to a
named keeper (clearing, keeping explanations, proposing a purge, reviewing a case) is done by exactly that role; what is
approved, consented to or merely done on duty may be done by a higher rank too. An approval takes a second hand, always
another than the one that asked, both known to the rolls, and a third between them where the pack names a reviewer. An
approver's power may be delegated within its dates and for no longer than the pack says; nobody passes a delegated power
on, and a delegate never decides what whoever gave the power asked for or reviewed. A role the pack leaves unset is held
by nobody.

Never asks who stands at the door: persons are ids of the rolls. Never writes down what was allowed.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from station.policy.civil_time import local_day
from station.policy.effective import EffectivePack
from station.policy.parameters import PARAMETERS, ROLES, Kind
from station.policy.permits import PERMITTED, Act, ActAsked, Verdict
from station.policy.rolls import Delegation, Officer, Rolls

SUPERVISING = ("gov_legal", "discipline", "petition")
"""Bodies outside the unit. The legal office inside it has a rank, and so a unit."""
WITHOUT_FOOTAGE = frozenset({"assessor", "technician", "admin", "party"})
"""Roles by which nobody ever opens a recording; what else the same person is still counts."""
ALONE, WITH_WHO_ASKED, THREE_HANDS = 1, 2, 3


class Opening(Struct, frozen=True):
    """An act that exists only where a parameter has this value."""

    rule: str
    value: str
    code: str


class Authority(Struct, frozen=True):
    """Whoever holds an act: the role that `rule` names, or the fixed ones where it names none."""

    rule: str
    code: str = "NOT_AUTHORISED"
    fixed: tuple[str, ...] = ()
    higher: bool = False
    """Whether a higher rank may too."""
    hands: int = ALONE
    from_outside: bool = False
    """Whether people of other units may too: asking and telling harm nobody."""
    opening: Opening | None = None


def _keeper(rule: str, code: str = "NOT_AUTHORISED", fixed: tuple[str, ...] = ()) -> Authority:
    return Authority(rule, code, fixed)


def _on_duty(rule: str, role: str) -> Authority:
    return Authority(rule, fixed=(role,), higher=True)


def _consent(rule: str, code: str = "NOT_AUTHORISED", fixed: tuple[str, ...] = ()) -> Authority:
    """Given on the spot, by one other person."""
    return Authority(rule, code, fixed, higher=True, hands=WITH_WHO_ASKED)


def _approval(rule: str, code: str = "NOT_AUTHORISED", fixed: tuple[str, ...] = ()) -> Authority:
    return Authority(rule, code, fixed, higher=True, hands=THREE_HANDS)


def _where(rule: str, value: str, code: str, held: Authority) -> Authority:
    return replace(held, opening=Opening(rule, value, code))


def _from_outside(rule: str, roles: tuple[str, ...]) -> Authority:
    return Authority(rule, fixed=roles, from_outside=True)


_REVIEWER = _consent("approval.reviewer", fixed=("custodian",))
"""Where the pack names no reviewer, whoever reviews all the same is no mere officer."""

AUTHORITY: Mapping[Act, Authority] = {
    Act.RELEASE_CLEARING: _keeper("wipe.actor", "DELETE_FORBIDDEN"),
    Act.OVERRIDE_CHECK: _consent("check.override_role"),
    Act.LEND_INSIDE: _where(
        "device.lend_inside",
        "approval",
        "DEVICE_LENT",
        _consent("device.lend_inside", "DEVICE_LENT", ("custodian",)),
    ),
    Act.LEND_OUTSIDE: _where(
        "device.lend_outside",
        "approval",
        "DEVICE_LENT",
        _approval("device.lend_outside", "DEVICE_LENT", ("unit_chief",)),
    ),
    Act.DECLARE_MISSION: _on_duty("officer.fields", "officer"),
    Act.CLOSE_MISSION: _on_duty("officer.fields", "officer"),
    Act.SETTLE_ATTRIBUTION: _keeper("handover.recipient"),
    Act.CONFIRM_EXTENSION: _consent("handover.recipient"),
    Act.EXPLAIN: _on_duty("nonuse.statement_required", "officer"),
    Act.REVIEW_EXPLANATION: _consent("nonuse.reviewer"),
    Act.KEEP_EXPLANATION: _keeper("nonuse.keeper"),
    Act.SET_LONGTERM: _on_duty("store.custodian_required", "custodian"),
    Act.LIFT_LONGTERM: _approval("longterm.lift_role"),
    Act.MARK_SECRET: _on_duty("secret.categories", "officer"),
    Act.LIFT_SECRET: _approval("secret.lift_role"),
    Act.PLACE_HOLD: _on_duty("purge.blockers", "custodian"),
    Act.LIFT_HOLD: _approval("longterm.lift_role"),
    Act.ASK_ACCESS: _from_outside("access.scope", (*ROLES, *SUPERVISING, "counsel")),
    Act.REVIEW_ACCESS: _REVIEWER,
    Act.VIEW_INTERNAL: _approval("access.view_internal_approver", "ACCESS_UNAPPROVED"),
    Act.COPY_INTERNAL: _approval("access.copy_internal_approver", "COPY_UNAPPROVED"),
    Act.GIVE_OTHER_DEPARTMENT: _approval("access.other_department_approver", "EXPORT_UNAPPROVED"),
    Act.PARTY_VIEW: _approval("access.party_view_approver", "ACCESS_UNAPPROVED"),
    Act.PARTY_COPY: _approval("access.party_copy_approver", "COPY_UNAPPROVED"),
    Act.PROVIDE_OUTSIDE: _approval("access.outside_approver", "EXPORT_UNAPPROVED"),
    Act.DISCLOSE: _approval("access.disclosure_approver", "EXPORT_UNAPPROVED"),
    Act.OVERSEE: _keeper("oversight.bodies", "ACCESS_UNAPPROVED"),
    Act.REVIEW_LEGALLY: _keeper("access.legal_review", "ACCESS_UNAPPROVED", ("dept_legal",)),
    Act.SETTLE_DISPUTE: replace(_keeper("access.dispute_body", fixed=("gov_legal",)), hands=WITH_WHO_ASKED),
    Act.REPORT_FAULT: _from_outside("repair.deadline_hours", (*ROLES, "technician")),
    Act.REPAIR: _keeper("repair.deadline_hours", fixed=("technician", "custodian")),
    Act.PROPOSE_PURGE: _where(
        "purge.mode", "manual", "DELETE_FORBIDDEN", _keeper("purge.proposer", "DELETE_FORBIDDEN")
    ),
    Act.APPROVE_PURGE: _where(
        "purge.mode", "manual", "DELETE_FORBIDDEN", _approval("purge.approver", "PURGE_UNAPPROVED")
    ),
    Act.ASK_WRITE_OFF: _keeper("store.custodian_required", fixed=("custodian",)),
    Act.WRITE_OFF_DISK: _approval("purge.approver"),
    Act.ENTER_BY_HAND: _consent("handover.recipient", fixed=("custodian",)),
    Act.PROPOSE_DISPOSAL: _keeper("store.custodian_required", fixed=("custodian",)),
    Act.APPROVE_DISPOSAL: _approval("ratio.guarded_acts", fixed=("unit_head",)),
    Act.CONFIRM_LOST_BADGE: _consent("store.custodian_required", fixed=("custodian",)),
    Act.ANSWER_FINDING: _on_duty("finding.answer_days", "officer"),
    Act.CLOSE_FINDING: _consent("nonuse.reviewer"),
}
"""Acts no parameter gives to a role have a fixed one, and name the parameter they belong to."""

NOBODY = Authority("approval.self_forbidden")


def allows(pack: EffectivePack, rolls: Rolls, asked: ActAsked) -> Verdict:
    """Has this person the authority for this act? One hand used twice is told before a hand without authority."""
    held = authority_of(pack, asked.act)
    if _shut(pack, held.opening):
        return refusal_of(pack, asked.act)
    guarded = held.hands > ALONE and pack.flag("approval.self_forbidden")
    if guarded and _same_hand_twice(asked):
        return _self(pack)
    if guarded and asked.requested_by not in rolls.officers:
        return refusal_of(pack, asked.act)
    for hand, authority in _hands(pack, asked, held):
        givers = _whose_power(pack, rolls, hand, authority, asked)
        if not givers:
            return pack.finds(held.code, authority.rule)
        if guarded and givers <= {asked.by, asked.requested_by, asked.reviewed_by} - {hand}:
            return _self(pack)
    return PERMITTED


def authority_of(pack: EffectivePack, act: Act) -> Authority:
    """Where legal reviewers need consent, their view is approved as any other inside the unit."""
    if act is Act.REVIEW_LEGALLY and pack.text("access.legal_review") != "direct":
        return AUTHORITY[Act.VIEW_INTERNAL]
    return AUTHORITY.get(act, NOBODY)


def holders_of(pack: EffectivePack, act: Act) -> tuple[str, ...]:
    """The roles an act belongs to here; empty where nobody may."""
    held = authority_of(pack, act)
    return () if _shut(pack, held.opening) else _roles(pack, held)


def approver_of(pack: EffectivePack, act: Act) -> str:
    """The role to turn to, for a page that says who must be asked; empty where nobody may."""
    return next(iter(holders_of(pack, act)), "")


def refusal_of(pack: EffectivePack, act: Act) -> Verdict:
    """What is said where nobody who could has said yes."""
    held = authority_of(pack, act)
    if held.opening is not None and _shut(pack, held.opening):
        return pack.finds(held.opening.code, held.opening.rule)
    return pack.finds(held.code, held.rule)


def may_see_footage(officer: Officer) -> bool:
    return bool(officer.roles - WITHOUT_FOOTAGE)


def ranks_above(officer: Officer, role: str) -> bool:
    return any(one in ROLES and ROLES.index(one) > ROLES.index(role) for one in officer.roles)


def _shut(pack: EffectivePack, opening: Opening | None) -> bool:
    return opening is not None and pack.text(opening.rule) != opening.value


def _roles(pack: EffectivePack, held: Authority) -> tuple[str, ...]:
    if held.rule == "oversight.bodies":
        return pack.listed(held.rule)
    named = pack.text(held.rule) if PARAMETERS[held.rule].kind is Kind.ROLE else ""
    return (named,) if named else held.fixed


def _same_hand_twice(asked: ActAsked) -> bool:
    """What nobody asked for has one hand alone."""
    hands = (asked.by, asked.requested_by, *((asked.reviewed_by,) if asked.reviewed_by else ()))
    return not asked.requested_by or len(set(hands)) < len(hands)


def _hands(pack: EffectivePack, asked: ActAsked, held: Authority) -> Iterator[tuple[str, Authority]]:
    """Everybody whose power is asked about. Whoever asked needs none, but is somebody the rolls know."""
    yield asked.by, held
    if held.hands == THREE_HANDS and (asked.reviewed_by or pack.text("approval.reviewer")):
        yield asked.reviewed_by, _REVIEWER


def _self(pack: EffectivePack) -> Verdict:
    return pack.finds("APPROVAL_SELF", "approval.self_forbidden")


def _whose_power(pack: EffectivePack, rolls: Rolls, hand: str, authority: Authority, asked: ActAsked) -> frozenset[str]:
    """The persons whose power would be used: one's own, or of everybody who delegated it. Empty: there is none."""
    person = rolls.officers.get(hand)
    if person is None:
        return frozenset()
    roles = _roles(pack, authority)
    if any(_holds(person, role, authority, asked.about) for role in roles):
        return frozenset({hand})
    if authority.hands == ALONE or asked.about not in {"", person.unit}:
        return frozenset()
    return frozenset(
        given.given_by
        for given in person.delegations
        if any(_reaches(given.role, role) for role in roles) and _delegated(pack, rolls, person, given, asked.at_ms)
    )


def _holds(person: Officer, role: str, authority: Authority, about: str) -> bool:
    """By roles of one's own."""
    if role in ROLES and about not in {"", person.unit} and not authority.from_outside:
        return False
    return role in person.roles or (authority.higher and role in ROLES and ranks_above(person, role))


def _reaches(given: str, role: str) -> bool:
    return given in ROLES and role in ROLES and ROLES.index(given) >= ROLES.index(role)


def _delegated(pack: EffectivePack, rolls: Rolls, person: Officer, given: Delegation, at_ms: int) -> bool:
    """Whether the giver could give it, and it lasts today and for no longer than the pack allows."""
    giver = rolls.officers.get(given.given_by)
    longest = pack.limit("approval.delegation_max_days")
    if giver is None or longest is None or giver.unit != person.unit:
        return False
    if given.role not in giver.roles and not ranks_above(giver, given.role):
        return False
    lasts = (given.until_day - given.from_day).days + 1
    return given.from_day <= local_day(pack, at_ms) <= given.until_day and lasts <= longest
