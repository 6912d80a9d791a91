"""A custodian enters paper slips after a power cut: who took a camera and when, and when it came back.

Times are as the clock on the wall shows them. What may be entered, and by whom, custody decides.
"""

from collections.abc import Callable
from datetime import datetime

from station.custody.acts_at_the_dock import EnterLoan, EnterReturn
from station.custody.facts import Fact
from station.custody.observations import PersonsAct
from station.errors import UnfitObservationError
from station.stamp import BEIJING, can_be_meant

Tell = Callable[[PersonsAct], tuple[Fact, ...]]
_TIME = "时间须写明年月日和时分，如 2026-11-21 08:30 / write the time as 2026-11-21 08:30"


def enter_loan(tell: Tell, by: str, who: tuple[str, str], times: tuple[str, str], paper: str) -> int:
    """`who`: officer and camera; `times`: taken, and brought back or empty. The number of the loan."""
    officer, camera = who
    taken, returned = times
    entered = EnterLoan(
        by=by,
        officer=officer,
        camera=camera,
        taken_ms=wall_ms(taken),
        returned_ms=wall_ms(returned) if returned.strip() else None,
        paper=paper,
    )
    return tell(entered)[0].n


def enter_return(tell: Tell, by: str, loan: int, returned: str, paper: str) -> None:
    tell(EnterReturn(by=by, loan=loan, returned_ms=wall_ms(returned), paper=paper))


def wall_ms(typed: str) -> int:
    """Beijing time as a form or a person writes it, to the minute."""
    try:
        wall = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise UnfitObservationError(_TIME) from None
    typed_ms = int(wall.replace(second=0, microsecond=0, tzinfo=BEIJING).timestamp()) * 1_000
    if wall.tzinfo is not None or not can_be_meant(typed_ms) or len(typed.strip()) < len("2026-11-21T08:30"):
        raise UnfitObservationError(_TIME)
    return typed_ms
