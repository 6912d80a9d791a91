"""What no wire saw at the dock: loans and returns from paper, badges that are lost, hand-overs that fall due."""

from dataclasses import dataclass

from station.custody.acts import KeepingWork
from station.custody.observations import PersonsAct


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterLoan(PersonsAct):
    """A paper slip says that an officer took a camera, and perhaps that it came back, while nothing here saw it."""

    officer: str
    camera: str
    taken_ms: int
    paper: str
    returned_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterReturn(PersonsAct):
    """A paper slip says when the camera of a loan came back: here without power, or at another station."""

    loan: int
    returned_ms: int
    paper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBadgeLost(PersonsAct):
    """A custodian confirms that an officer's badge is lost. `badge` is what stands for it; see `BadgeLost`."""

    officer: str
    badge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverFallsDue(KeepingWork):
    """The time for handing a loan's footage over has passed."""

    loan: int
