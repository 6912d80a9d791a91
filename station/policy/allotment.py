"""Whose a camera is by the roll, as near as one officer is to it: for choosing between cameras that may all be lent.

Never refuses: whether a camera allotted to others may be lent, the gate says.
"""

from station.policy.permits import Nearness
from station.policy.rolls import Rolls


def nearness(rolls: Rolls, officer_id: str, camera_id: str) -> Nearness:
    """A camera or an officer of no roll is nobody's own; the gate says what else that means."""
    officer, camera = rolls.officers.get(officer_id), rolls.cameras.get(camera_id)
    if officer is None or camera is None or camera.unit != officer.unit:
        return Nearness.ELSEWHERE
    if officer.id in camera.allotted:
        return Nearness.OWN
    if officer.section and officer.section in camera.allotted:
        return Nearness.SECTION
    return Nearness.OTHERS if camera.allotted else Nearness.POOL
