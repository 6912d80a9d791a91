"""Which loan of a docked camera nobody has signed back yet. The same for whoever judges and whoever looks."""

from station.custody.camera import LoanSpan
from station.custody.docking import Docking
from station.custody.state import State


def unsigned_span(state: State, docking: Docking) -> LoanSpan | None:
    """The last loan of the camera that lies there; None where there was none, or somebody signed, here or on paper."""
    camera = state.cameras.get(docking.camera) if docking.camera else None
    last = camera.spans[-1] if camera is not None and camera.spans else None
    if last is not None and last.back_on_paper:
        return None
    return last if last is not None and last.ended_ms is not None and last.handover is None else None
