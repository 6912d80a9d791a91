"""Where a bay's lock and charger belong. Follows from custody and the time; drives nothing."""

from typing import NamedTuple

from station.custody.docking import DockingStep
from station.custody.state import State
from station.policy.permits import Policy
from station.stamp import Stamp


class Wanted(NamedTuple):
    """Where a bay's outputs belong."""

    locked: bool
    charging: bool


def wanted(state: State, bay: str, policy: Policy, at: Stamp) -> Wanted:
    """An empty bay stands open; one with a camera is charged, and locked unless an offer of it still stands.

    That an offer has run out needs no fact to close a lock: the time does.
    """
    docking = state.docking_in(bay)
    if docking is None:
        return Wanted(locked=False, charging=False)
    lasts_ms = policy.of_camera(docking.camera).under(docking.under).offer_lasts_ms
    offered = docking.step is DockingStep.OFFERED and docking.offer_left_ms(lasts_ms, at) > 0
    return Wanted(locked=not offered, charging=True)
