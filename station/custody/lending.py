"""What is known of a docked camera that an officer asks for. The same for whoever judges and whoever chooses."""

from station.custody.camera import Camera, CameraStep
from station.custody.docking import Docking, DockingStep
from station.custody.known_cameras import disposed_as
from station.custody.observations import CameraAsked
from station.custody.silence import in_repair
from station.custody.state import State
from station.policy.permits import Lending
from station.stamp import Stamp


def camera_to_lend(state: State, docking: Docking) -> Camera | None:
    """The camera of a docking, where it is ours and speaks: a label may say who it is, and not what is on it."""
    if docking.camera is None or docking.step is DockingStep.SILENT:
        return None
    camera = state.cameras[docking.camera]
    return camera if camera.step is CameraStep.DOCKED else None


def officer_offered(state: State, docking: Docking) -> str | None:
    """Whom the bay is open for, or was."""
    return None if docking.loan is None else state.loans[docking.loan].officer


def lending(state: State, docking: Docking, camera: Camera, said: CameraAsked, at: Stamp) -> Lending:
    uncleared = tuple(state.on_source(docking.source))
    owners: dict[int | None, str | None] = {span.loan: span.officer for span in camera.spans}
    others = [one for one in uncleared if owners.get(one.credited_loan) != said.by]
    return Lending(
        officer=said.by,
        camera=camera.id,
        at_ms=at.utc_ms,
        station_knows_time=at.synchronised,
        loans_open=state.loans_of(said.by),
        everything_read=docking.step is DockingStep.READ and docking.everything_read(at),
        checks_done=docking.battery_judged and docking.clock_set,
        own_uncleared=len(uncleared) - len(others),
        others_uncleared=len(others),
        others_unsealed=sum(one.stated is None for one in others),
        clock_ahead_ms=docking.clock_ahead_ms,
        clock_error_ms=docking.clock_error_ms,
        battery_percent=docking.battery_percent,
        health_percent=docking.health_percent,
        recording_minutes=docking.recording_minutes,
        free_minutes=docking.free_minutes,
        shift_minutes=said.shift_minutes,
        repair_open=in_repair(state, docking),
        disposed_as=disposed_as(state, camera.id),
        emergency=said.emergency,
        overridden_by=said.overridden_by,
    )
