"""When footage may be deleted from a camera, as the pack has it: verified copies, what proves them, whose release.

Says what is demanded; that nothing is deleted without it, custody sees to. The station's own sealed copy is always
demanded, whatever a pack says, and whatever a pack leaves unset is the stricter way.
"""

from collections.abc import Collection

from station.policy.authority import allows
from station.policy.effective import EffectivePack
from station.policy.permits import PERMITTED, Act, ActAsked, ClearingDemand, Verdict
from station.policy.rolls import Rolls

OWN_COPY = 1


def demand(pack: EffectivePack) -> ClearingDemand:
    return ClearingDemand(
        copies=max(OWN_COPY, pack.limit("wipe.copies_before") or 0),
        custodian_release=pack.text("wipe.mode") != "after_verified_copy",
        receipt_required=pack.text("wipe.proof") != "receipt_or_second_copy",
    )


def may_clear(pack: EffectivePack, *, stated: bool, receipt: bool, second_copies: int, released: bool) -> Verdict:
    """`stated`: our own copy is sealed and signed for. `second_copies`: further ones on other disks of the unit."""
    demanded = demand(pack)
    if not stated or OWN_COPY + receipt + second_copies < demanded.copies:
        return pack.finds("WIPE_UNVERIFIED", "wipe.copies_before")
    if demanded.copies > OWN_COPY and demanded.receipt_required and not receipt:
        return pack.finds("WIPE_UNVERIFIED", "wipe.proof")
    if demanded.custodian_release and not released:
        return pack.finds("DELETE_FORBIDDEN", "wipe.mode")
    return PERMITTED


def may_release(pack: EffectivePack, rolls: Rolls, by: str, at_ms: int, units: Collection[str]) -> Verdict:
    """One act for many cameras, `units` being their owners: all of them, or none. No owner named is one's own unit."""
    for unit in units or ("",):
        verdict = allows(pack, rolls, ActAsked(Act.RELEASE_CLEARING, by, at_ms, about=unit))
        if not verdict.permitted:
            return verdict
    return PERMITTED
