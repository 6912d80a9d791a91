"""May a recording be deleted for good? Never by itself, never early, never while anything holds it, never by one hand.

The refusals stand in the order of the gate. How long a recording is kept is counted elsewhere: the end of its term is
an argument. Deletes nothing, and knows of no emergency that would.
"""

from msgspec import Struct

from station.policy.authority import allows
from station.policy.effective import EffectivePack, Rule
from station.policy.parameters import PARAMETERS
from station.policy.permits import PERMITTED, Act, ActAsked, PurgeAsked, Verdict
from station.policy.rolls import Rolls
from station.policy.strictness import strictness


class PurgeApproval(Struct, frozen=True):
    """The keeper finds in writing that it is not worth keeping; somebody else approves."""

    unit: str
    proposed_by: str
    proposed_ms: int
    no_value: str
    approved_by: str
    approved_ms: int
    reviewed_by: str = ""


def purges(pack: EffectivePack, asked: PurgeAsked, retention_ends_ms: int | None) -> Verdict:
    """As far as the recording goes. `retention_ends_ms` is the last moment it must be kept; None: it has no end."""
    if pack.text("purge.mode") != "manual":
        return pack.finds("DELETE_FORBIDDEN", "purge.mode")
    if retention_ends_ms is None or asked.at_ms <= retention_ends_ms:
        return pack.finds("PURGE_EARLY", _term_of(pack, asked.activity))
    held = set(asked.blockers) & set(pack.listed("purge.blockers"))
    return pack.finds("PURGE_HELD", _held_by(held)) if held else PERMITTED


def _held_by(blockers: set[str]) -> str:
    """Long-term keeping and a dispute have articles of their own; whatever else holds it belongs to purging itself."""
    if "LONGTERM" in blockers:
        return "purge.blockers"
    return "access.dispute_body" if "DISPUTE" in blockers else "purge.mode"


def may_purge(
    pack: EffectivePack, rolls: Rolls, asked: PurgeAsked, retention_ends_ms: int | None, approval: PurgeApproval
) -> Verdict:
    """The whole gate. The term must have ended before the purge was even proposed."""
    held = purges(pack, asked, retention_ends_ms)
    if not held.permitted:
        return held
    if retention_ends_ms is None or approval.proposed_ms <= retention_ends_ms:
        return pack.finds("PURGE_EARLY", _term_of(pack, asked.activity))
    approves = ActAsked(
        Act.APPROVE_PURGE,
        approval.approved_by,
        approval.approved_ms,
        approval.proposed_by,
        approval.reviewed_by,
        approval.unit,
    )
    if not (verdict := allows(pack, rolls, approves)).permitted:
        return verdict
    proposes = ActAsked(Act.PROPOSE_PURGE, approval.proposed_by, approval.proposed_ms, about=approval.unit)
    if not (verdict := allows(pack, rolls, proposes)).permitted:
        return verdict
    in_order = approval.proposed_ms <= approval.approved_ms <= asked.at_ms
    if not in_order or not approval.no_value.strip():
        return pack.finds("PURGE_UNAPPROVED", "purge.approver")
    return PERMITTED


def retention_shortened(pack: EffectivePack) -> dict[str, Verdict]:
    """Every class of activity that is given less than the ordinary least, for whoever is changing the list."""
    return {
        code: pack.finds("RETENTION_SHORTENED", "retention.ordinary_min")
        for code, rule in pack.entries("retention.classes").items()
        if rule.value is not None and _shorter_than_ordinary(pack, rule)
    }


def _shorter_than_ordinary(pack: EffectivePack, classed: Rule) -> bool:
    ordinary = strictness(PARAMETERS["retention.ordinary_min"], pack.rule("retention.ordinary_min").stated)
    return bool(strictness(PARAMETERS["retention.classes"], classed.stated) < ordinary)


def _term_of(pack: EffectivePack, activity: str) -> str:
    """The parameter by which it must still be kept: that of its class, where the class is given longer."""
    classed = pack.entries("retention.classes").get(activity)
    if classed is None or _shorter_than_ordinary(pack, classed):
        return "retention.ordinary_min"
    return classed.name
