"""May footage leave the unit, and is what was made complete? For another department, a party, anybody else, the public.

Every export has an approval, a recipient and a purpose; what is marked secret goes to whoever is named for it and
never, while the mark stands, to a party; the public gets only what somebody has confirmed as redacted. Trade secrets
and privacy may be disclosed where the pack lets them, with the consent of whom they belong to or for a stated public
interest; an internal matter needs the approval alone; state secrets never. Makes no file and alters none.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from station.policy.access import Grant, Kept, grant_stands
from station.policy.authority import authority_of, may_see_footage
from station.policy.effective import EffectivePack
from station.policy.permits import PERMITTED, Act, ActAsked, Reported, Verdict
from station.policy.rolls import Rolls

DISCLOSABLE = frozenset({"TRADE", "PRIVACY"})
"""Marks whose matter may be made public at all; every other one, known or unknown, never is."""


class Outlet(StrEnum):
    OTHER_DEPARTMENT = "other_department"
    PARTY = "party"
    OUTSIDE = "outside"
    DISCLOSURE = "disclosure"


class Redaction(Struct, frozen=True):
    """Somebody has looked through these recordings, and answers that none of these fields shows any more."""

    confirmed_by: str
    recordings: frozenset[str]
    fields: frozenset[str]


class ExportAsked(Struct, frozen=True):
    outlet: Outlet
    by: str
    at_ms: int
    recipient: str
    kept: tuple[Kept, ...]
    grant: Grant | None = None
    redaction: Redaction | None = None
    consent: str = ""
    """The paper by which whoever the secret or the privacy belongs to agrees."""
    public_interest: str = ""
    """What grave harm to the public interest it would do not to disclose."""
    internal_matter: bool = False
    """Internal management, or what is still under discussion."""


class ExportMade(Struct, frozen=True):
    """What lies on the table when an export is to be closed."""

    outlet: Outlet
    note: Mapping[str, str] = field(default_factory=dict)
    label: Mapping[str, str] = field(default_factory=dict)
    copies_verified: int = 0
    case: str = ""
    destination: str = ""
    """Into the case file, or transferred with the case: a code of `export.destination`."""


def may_make(pack: EffectivePack, rolls: Rolls, asked: ExportAsked) -> Verdict:
    approved = _approved(pack, rolls, asked)
    if not approved.permitted:
        return approved
    exposed = _secrecy(pack, asked)
    if not exposed.permitted:
        return exposed
    if asked.outlet is Outlet.DISCLOSURE and not _redacted(pack, rolls, asked):
        return pack.finds("DISCLOSURE_UNREDACTED", "export.redaction_fields")
    return PERMITTED


def may_close(pack: EffectivePack, made: ExportMade) -> Verdict:
    """With its note, its label, its verified copies, and where a department gets it, its case and destination."""
    if pack.flag("export.note_required") and _blank(made.note, pack.listed("export.note_fields")):
        return pack.finds("EXPORT_INCOMPLETE", "export.note_fields")
    if _blank(made.label, pack.listed("export.label_fields")):
        return pack.finds("EXPORT_INCOMPLETE", "export.label_fields")
    if made.copies_verified < max(1, pack.limit("export.copies") or 0):
        return pack.finds("EXPORT_INCOMPLETE", "export.copies")
    goes = made.case.strip() and made.destination in pack.listed("export.destination")
    if made.outlet is Outlet.OTHER_DEPARTMENT and not goes:
        return pack.finds("EXPORT_INCOMPLETE", "export.destination")
    return PERMITTED


def may_close_longterm(pack: EffectivePack, label: Mapping[str, str], copies_verified: int) -> Verdict:
    """Discs that keep a recording for long, whoever they are for."""
    if _blank(label, pack.listed("longterm.label_fields")):
        return pack.finds("EXPORT_INCOMPLETE", "longterm.label_fields")
    if copies_verified < max(1, pack.limit("longterm.copies") or 0):
        return pack.finds("EXPORT_INCOMPLETE", "longterm.copies")
    return PERMITTED


def packet_incomplete(
    pack: EffectivePack, case: str, belonging: frozenset[str], packed: frozenset[str]
) -> Reported | None:
    """Recordings and statements that belong to the case and are not in its packet, each by its name."""
    missing = tuple(("missing", one) for one in sorted(belonging - packed))
    if not missing:
        return None
    return Reported(pack.finds("PACKET_INCOMPLETE", "export.note_required"), case, missing)


def approval_needed(pack: EffectivePack, asked: ExportAsked) -> Act:
    """Protected or internal matter is made public by its own approval; all else by that for giving it outside."""
    match asked.outlet:
        case Outlet.OTHER_DEPARTMENT:
            return Act.GIVE_OTHER_DEPARTMENT
        case Outlet.PARTY:
            return Act.PARTY_COPY
        case Outlet.DISCLOSURE if asked.internal_matter or (_marks(asked) and _disclosable(pack, asked)):
            return Act.DISCLOSE
        case _:
            return Act.PROVIDE_OUTSIDE


def _approved(pack: EffectivePack, rolls: Rolls, asked: ExportAsked) -> Verdict:
    """Approval in the keeping unit; then a recipient, the very one approved; then consent or public interest."""
    act, grant = approval_needed(pack, asked), asked.grant
    rule = authority_of(pack, act).rule
    for unit in sorted({one.unit for one in asked.kept}):
        verdict = grant_stands(pack, rolls, grant, ActAsked(act, asked.by, asked.at_ms, about=unit))
        if not verdict.permitted:
            return verdict
    named = grant is not None and all(one.recording in grant.recordings for one in asked.kept)
    reaches = grant is not None and asked.recipient.strip() and asked.recipient == grant.recipient
    if not asked.kept or not named or not reaches or not _maker_inside(rolls, asked):
        return pack.finds("EXPORT_UNAPPROVED", rule)
    disclosed = asked.outlet is Outlet.DISCLOSURE and _marks(asked) and _disclosable(pack, asked)
    if disclosed and not (asked.consent.strip() or asked.public_interest.strip()):
        return pack.finds("EXPORT_UNAPPROVED", rule)
    return PERMITTED


def _maker_inside(rolls: Rolls, asked: ExportAsked) -> bool:
    """Made where it is kept, by somebody who may see footage."""
    maker = rolls.officers.get(asked.by)
    return maker is not None and may_see_footage(maker) and all(one.unit == maker.unit for one in asked.kept)


def _marks(asked: ExportAsked) -> frozenset[str]:
    return frozenset(mark for one in asked.kept for mark in one.marks)


def _disclosable(pack: EffectivePack, asked: ExportAsked) -> bool:
    return pack.text("secret.disclosure") == "approved" and _marks(asked) <= DISCLOSABLE


def _secrecy(pack: EffectivePack, asked: ExportAsked) -> Verdict:
    marked = [one for one in asked.kept if one.marks]
    if not marked:
        return PERMITTED
    if asked.outlet is Outlet.DISCLOSURE:
        return PERMITTED if _disclosable(pack, asked) else pack.finds("SECRET_EXPOSED", "secret.disclosure")
    named = pack.text("secret.viewers") == "scope" or all(asked.recipient in one.named for one in marked)
    if asked.outlet is Outlet.PARTY or not named:
        return pack.finds("SECRET_EXPOSED", "secret.viewers")
    return PERMITTED


def _redacted(pack: EffectivePack, rolls: Rolls, asked: ExportAsked) -> bool:
    """Confirmed for all of it by somebody of the unit who is not whoever asked for the disclosure."""
    confirmed, grant = asked.redaction, asked.grant
    if confirmed is None or grant is None:
        return False
    person = rolls.officers.get(confirmed.confirmed_by)
    if person is None or not may_see_footage(person) or person.id == grant.requested_by:
        return False
    return (
        all(one.recording in confirmed.recordings and one.unit == person.unit for one in asked.kept)
        and frozenset(pack.listed("export.redaction_fields")) <= confirmed.fields
    )


def _blank(filled: Mapping[str, str], fields: tuple[str, ...]) -> bool:
    return any(not filled.get(name, "").strip() for name in fields)
