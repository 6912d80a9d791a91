"""Whether a bay is to be locked. Follows from custody and the time; drives nothing."""

from station.custody.docking import DockingStep
from station.custody.state import State
from station.policy.permits import Policy
from station.stamp import Stamp


def locked(state: State, bay: str, policy: Policy, at: Stamp) -> bool:
    """An empty bay stands open; one with a camera is locked unless an offer of it still stands.

    That an offer has run out needs no fact to close a lock: the time does.
    """
    docking = state.docking_in(bay)
    if docking is None:
        return False
    lasts_ms = policy.of_camera(docking.camera).under(docking.under).offer_lasts_ms
    return not (docking.step is DockingStep.OFFERED and docking.offer_left_ms(lasts_ms, at) > 0)
