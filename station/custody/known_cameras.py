"""What the journal knows of cameras beside the rolls: when each was seen, how worn it is, what has left. Pure.

The same for whoever judges, whoever lends and whoever looks at the ratio.
"""

from collections.abc import Mapping

from station.custody.camera import Camera
from station.custody.disposal import Disposal, DisposalStep
from station.custody.state import State
from station.policy.permits import KnownCamera
from station.stamp import Stamp


def known_cameras(state: State, at: Stamp) -> Mapping[str, KnownCamera]:
    """A camera that lies in a bay is seen now."""
    known = {camera.id: _known(state, camera, at) for camera in state.cameras.values()}
    told_of = {one.camera for one in (*state.disposals.values(), *state.repairs.values())}
    return known | {camera: _unseen(state, camera) for camera in told_of - known.keys()}


def disposed_as(state: State, camera: str) -> str:
    """By which approved act it left; empty while it is here to be lent."""
    left = gone(state, camera)
    return "" if left is None else left.act


def gone(state: State, camera: str) -> Disposal | None:
    """The approved act by which a camera left, and was not taken back."""
    standing = state.standing(Disposal, "camera", camera)
    return next((one for one in standing if one.step is DisposalStep.APPROVED), None)


def _unseen(state: State, camera: str) -> KnownCamera:
    return KnownCamera(in_repair=state.repair_open(camera), disposed=disposed_as(state, camera) != "")


def _known(state: State, camera: Camera, at: Stamp) -> KnownCamera:
    docking = None if camera.docking is None else state.dockings.get(camera.docking)
    measured = None if docking is None else docking.health_percent
    return KnownCamera(
        seen_ms=camera.seen_ms if docking is None else at.utc_ms,
        health_percent=camera.health_percent if measured is None else measured,
        in_repair=state.repair_open(camera.id),
        disposed=disposed_as(state, camera.id) != "",
    )
