"""When a docked camera has been silent for too long: it is charged and called for hours, then a person must see to it.

Pure, and the same for whoever waits for the moment and whoever judges it. Opens nothing, and calls no camera.
"""

from station.custody.docking import Docking, DockingStep
from station.custody.fact_shapes import unknown_camera
from station.custody.repair import Repair
from station.custody.state import State
from station.stamp import Stamp


def in_repair(state: State, docking: Docking) -> bool:
    """What was given up in this docking, while nobody knew which camera it is, stays given up when it speaks."""
    known = docking.camera is not None and state.repair_open(docking.camera)
    return known or state.repair_open(unknown_camera(docking.number))


def repair_due_in_ms(state: State, docking: Docking, limit_ms: int, at: Stamp) -> int | None:
    """In how long a repair of it is to be opened; None where none is: once in a docking, and once for a camera."""
    if docking.step is not DockingStep.SILENT or docking.repair is not None:
        return None
    if any(repair.docking is not None for repair in state.standing(Repair, "camera", docking.source)):
        return None
    return max(0, limit_ms - docking.docked_for_ms(at))
