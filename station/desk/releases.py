"""A custodian releases what is held of cameras for clearing, of many at once. What may then go, `clearing` decides."""

from collections.abc import Callable, Sequence

from station.custody.docking import DOCKING, Docking
from station.custody.facts import ClearingReleased, Fact
from station.custody.observations import ReleaseGiven
from station.custody.state import State
from station.errors import RefusedError
from station.policy.permits import Act, ActAsked, Policy
from station.stamp import Stamp


def release(
    tell: Callable[[ReleaseGiven], tuple[Fact, ...]],
    state: State,
    policy: Policy,
    by: str,
    bays: Sequence[str] = (),
    remark: str = "",
) -> dict[str, int]:
    """These bays, or all that wait for it; how many recordings each release covers, by bay. All of them, or none."""
    waiting = awaiting_release(state, policy)
    asked = tuple(dict.fromkeys(bays)) or tuple(waiting)
    if not asked or not waiting.keys() >= set(asked):
        raise RefusedError("RELEASE_UNDUE")
    tell(ReleaseGiven(bays=asked, by=by, remark=remark))
    return {bay: waiting[bay] for bay in asked}


def awaiting_release(state: State, policy: Policy) -> dict[str, int]:
    """How many recordings of each docked camera a custodian has to release before they may be cleared, by bay."""
    waiting = {docking.bay: _unreleased(state, docking, policy) for docking in state.dockings.values()}
    return {bay: count for bay, count in sorted(waiting.items()) if count}


def releasable(state: State, policy: Policy, by: str, at: Stamp) -> dict[str, int]:
    """What of it this person may release: the footage of their own department, where the release is theirs."""
    asked = ActAsked(Act.RELEASE_CLEARING, by, at.utc_ms)
    own = {one.bay for one in state.dockings.values() if policy.of_camera(one.source).allows(asked).permitted}
    return {bay: count for bay, count in awaiting_release(state, policy).items() if bay in own}


def _unreleased(state: State, docking: Docking, policy: Policy) -> int:
    demanded = policy.of_camera(docking.camera).under(docking.under).clearing.custodian_release
    if not demanded or (docking.step, ClearingReleased) not in DOCKING.table:
        return 0
    covered = docking.release or 0
    return sum(recording.number > covered for recording in state.on_source(docking.source))
