"""What custody says of the camera in a bay, as the charging plan wants to know it. Pure."""

from station.bays.bay_power import AtBay
from station.bays.camera_models import CameraModels, charge_limits
from station.custody.docking import DockingStep
from station.custody.due_work import asks_camera
from station.custody.state import State
from station.stamp import Stamp


def at_bay(
    state: State, bay: str, at: Stamp, *, models: CameraModels, bay_mw: int, doubted: frozenset[int]
) -> AtBay | None:
    """None where nothing is docked. A percentage of before the last boot was said at no time that we know."""
    docking = state.docking_in(bay)
    if docking is None:
        return None
    camera = state.cameras.get(docking.camera) if docking.camera else None
    to_read = docking.number in doubted or not docking.everything_read(at)
    charger = state.chargers.get(bay)
    known = docking.judged_boot_id == at.boot_id
    return AtBay(
        docking=docking.number,
        limits=charge_limits(models, camera.model if camera else None, bay_mw),
        needs_usb=asks_camera(docking, at, to_read=to_read),
        cut=charger is not None and charger.cut,
        silent=docking.step is DockingStep.SILENT,
        percent=docking.battery_percent if known else None,
        percent_ms=docking.judged_boot_ms or 0 if known else 0,
    )
