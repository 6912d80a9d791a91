"""Rules of judging a docked camera that says nothing: which one it is, by its label or by who signed for it.

A badge binds it only where nobody needs to guess: whoever signed has one camera out and no other.
"""

from station.custody import observations as seen
from station.custody.docking import Docking, DockingStep
from station.custody.facts import CameraSilent, LoanEnded
from station.custody.judging import Finding
from station.custody.loan import LoanStep
from station.custody.state import State


def camera_stayed_silent(finding: Finding, said: seen.CameraStayedSilent) -> None:
    docking = finding.work_on(said.docking)
    label = said.label or _by_badge(finding.state, docking.handed_over_by)
    labelled_late = docking.step is DockingStep.SILENT and docking.camera is None and label is not None
    if docking.step is DockingStep.STARTED or labelled_late:
        _call_silent(finding, docking, label)


def bind_by_badge(finding: Finding, docking: Docking, officer: str) -> Docking:
    """What nobody could name yet is the camera of whoever signs for it, if they have one out and no other."""
    camera = _by_badge(finding.state, officer)
    if docking.step is DockingStep.SILENT and docking.camera is None and camera is not None:
        _call_silent(finding, docking, camera)
    return finding.state.dockings[docking.number]


def _call_silent(finding: Finding, docking: Docking, label: str | None) -> None:
    if label is not None and docked_elsewhere(finding.state, label, docking):
        label = None
    finding.find(f"docking:{docking.number}", CameraSilent(docking=docking.number, camera=label))
    if label is not None:
        end_loan(finding, docking, label)


def _by_badge(state: State, officer: str | None) -> str | None:
    has = [loan.camera for loan in state.loans.values() if loan.officer == officer and loan.step is LoanStep.OPEN]
    return has[0] if len(has) == 1 else None


def docked_elsewhere(state: State, camera_id: str, docking: Docking) -> bool:
    camera = state.cameras.get(camera_id)
    return camera is not None and camera.docking not in {None, docking.number}


def end_loan(finding: Finding, docking: Docking, camera_id: str) -> None:
    loan = finding.state.cameras[camera_id].loan
    if loan is not None:
        lent_to = finding.state.loans[loan].officer
        ended = LoanEnded(loan=loan, camera=camera_id, docking=docking.number)
        finding.find(f"loan:{loan}", ended)
        tell_of_another(finding, camera_id, lent_to, docking.handed_over_by)


def tell_of_another(finding: Finding, camera: str, lent_to: str | None, signed_by: str | None) -> None:
    """Somebody signed for a camera that was another's, before it said who it is or after."""
    if signed_by not in {None, lent_to}:
        for one in finding.policy.of_camera(camera).brought_by_another(camera):
            finding.report(one.verdict, one.about)
