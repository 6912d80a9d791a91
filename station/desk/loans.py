"""An officer takes a camera, or brings one back. What is refused says by which rule, and what to do next."""

from collections.abc import Callable
from dataclasses import dataclass

from station.custody.camera import CameraStep
from station.custody.facts import BayOffered, Fact, LoanRefused
from station.custody.observations import CameraAsked
from station.custody.state import State
from station.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Offer:
    """The bay is opening for this officer."""

    bay: str
    camera: str
    loan: int


@dataclass(frozen=True, slots=True)
class Returned:
    """The camera is in its bay again; everything after this happens without the officer."""

    bay: str
    camera: str
    docking: int
    read: bool


def check_out(
    tell: Callable[[CameraAsked], tuple[Fact, ...]],
    state: Callable[[], State],
    bay: str,
    officer: str,
    reason: str = "",
) -> Offer:
    """Offer the camera of a bay to an officer, or RefusedError with the finding."""
    return offered(tell, state, CameraAsked(bay=bay, by=officer, reason=reason))


def offered(tell: Callable[[CameraAsked], tuple[Fact, ...]], state: Callable[[], State], asked: CameraAsked) -> Offer:
    """The offer that was asked for, or RefusedError with the finding. Asking twice is one offer."""
    for fact in tell(asked):
        match fact.body:
            case LoanRefused(code=code, articles=articles, rule=rule):
                raise RefusedError(code, articles, rule)
            case BayOffered(camera=camera):
                return Offer(asked.bay, camera, fact.n)
    standing = standing_offer(state(), asked.bay)
    if standing is None:
        raise RefusedError("NO_CAMERA_TO_LEND")
    return standing


def standing_offer(state: State, bay: str) -> Offer | None:
    """What a bay is open for at this moment."""
    docking = state.docking_in(bay)
    if docking is None or docking.camera is None or docking.loan is None:
        return None
    return Offer(bay, docking.camera, docking.loan)


def check_in(state: State, bay: str) -> Returned:
    """What the officer who has just docked a camera is told: it is ours again, whatever is still to be read."""
    docking = state.docking_in(bay)
    if docking is None:
        raise RefusedError("BAY_EMPTY")
    if docking.camera is None:
        raise RefusedError("CAMERA_NOT_KNOWN_YET")
    camera = state.cameras[docking.camera]
    if camera.loan is not None or camera.step not in {CameraStep.DOCKED, CameraStep.QUARANTINED}:
        raise RefusedError("CAMERA_STILL_LENT")
    return Returned(bay, camera.id, docking.number, read=docking.read_boot_id is not None)
