"""An officer docks a camera and taps the badge: that is the hand-over, whatever camera it is and whether it speaks.

Which bay it is follows from who had which camera; where that leaves a doubt, the officer points at the bay, and nothing
is guessed. Refuses nobody for what they bring. What the camera turns out to hold follows later: see `file_list`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from station.custody.docking import Docking, DockingStep
from station.custody.facts import Fact
from station.custody.loan import LoanStep
from station.custody.observations import HandedOver
from station.custody.state import State
from station.custody.unsigned import unsigned_span
from station.desk.slip import Signed, Slip, signed, slip_of
from station.errors import BrokenCustodyError, RefusedError
from station.policy.permits import Nearness, Policy


class Odd(StrEnum):
    """What is not as usual with what was brought back."""

    SOMEONE_ELSES = "someone_elses"
    ANOTHER_UNITS = "another_units"
    NOT_LENT_HERE = "not_lent_here"
    """Lent at another station, or taken without an offer: this journal has no loan of it to end."""


ODD_WORDS = {
    Odd.SOMEONE_ELSES: (
        "这台不是您领用的，已代为归仓；您领用的仍未归还的，请一并归仓",
        "This one was lent to somebody else and is back now; one of your own that is still out has to come back too",
    ),
    Odd.ANOTHER_UNITS: ("这台属其他单位，已收存，请告知管理人员", "It belongs to another unit; tell the custodian"),
    Odd.NOT_LENT_HERE: (
        "本站没有这台的领用记录，请管理人员补录领用",
        "This station lent it to nobody; have the custodian enter the loan",
    ),
}
_STEP_WORDS = {
    DockingStep.STARTED: ("正在识别，可以离开", "being identified; you may go"),
    DockingStep.SILENT: ("充电唤醒中，可以离开", "charging until it wakes; you may go"),
    DockingStep.QUARANTINED: ("未登记，另行采集，请告知管理人员", "not registered, read apart; tell the custodian"),
    DockingStep.READING: ("正在采集，可以离开", "being read; you may go"),
}
_READ = ("采集完毕，可以离开", "read; you may go")
REFUSALS = {
    "NOTHING_BROUGHT_BACK": (
        "没有看到您放入的执法记录仪，请放入空仓后再刷卡",
        "No camera of yours is docked; put it into a free bay, then tap again",
    ),
    "WHICH_BAY": ("请点选您放入的仓位", "Touch the bay you put it into"),
    "BAY_EMPTY": ("该仓是空的，请点选您放入的仓位", "That bay is empty; touch the bay you put it into"),
    "SIGNED_BY_ANOTHER": (
        "该仓已由他人办理归还，请点选您放入的仓位，有疑问请找管理人员",
        "Somebody else signed for that bay; touch the bay you put it into, or ask the custodian",
    ),
}
"""What keeps a hand-over from being signed. No rule does."""


class NotSignedError(RefusedError):
    """Nothing was signed: `words` say what to do; `bays` are those the officer may mean, the newest first."""

    def __init__(self, code: str, bays: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.words = REFUSALS[code]
        self.bays = bays
        self.args = (" / ".join(self.words),)


@dataclass(frozen=True, slots=True)
class BringingBack:
    """What the station does for it, each callable from any thread. `root_at`: the journal's root at a size."""

    tell: Callable[[HandedOver], tuple[Fact, ...]]
    state: Callable[[], State]
    policy: Policy
    origin: str
    root_at: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """It is ours again; everything after this happens without the officer."""

    bay: str
    camera: str | None
    docking: int
    words: tuple[str, str]
    odd: tuple[Odd, ...]
    slip: Slip


def bring_back(desk: BringingBack, officer: str, bay: str = "", since_ms: int = 0) -> BroughtBack:
    """Signed for this officer, in this bay or where it must be; NotSignedError says what to do. Twice is once.

    What was signed for before `since_ms` is over: it is not shown again in place of what was brought now.
    """
    docking = _docking(desk.state(), officer, bay, since_ms)
    odd = _odd(desk, docking, officer)
    desk.tell(HandedOver(docking=docking.number, by=officer))
    docking = desk.state().dockings.get(docking.number, docking)
    handover = signed(docking)
    if handover is None or handover.by != officer:
        raise NotSignedError("SIGNED_BY_ANOTHER" if handover else "NOTHING_BROUGHT_BACK", _possible(desk.state()))
    return _brought(desk, docking, handover, odd)


def shown_again(desk: BringingBack, docking: Docking) -> BroughtBack:
    """What was signed for, once more; its camera may be out again already. Signs nothing."""
    handover = signed(docking)
    if handover is None:
        raise NotSignedError("NOTHING_BROUGHT_BACK")
    return _brought(desk, docking, handover, _odd(desk, docking, handover.by) if docking.live else ())


def waiting(state: State) -> tuple[Docking, ...]:
    """Where somebody may have put something lately that nobody signed for, the newest first."""
    unsigned = (one for one in state.dockings.values() if one.handover is None)
    brought = [one for one in unsigned if _unknown(one) or one.step in _STEP_WORDS or unsigned_span(state, one)]
    return tuple(sorted(brought, key=lambda one: -one.number))


def _brought(desk: BringingBack, docking: Docking, handover: Signed, odd: tuple[Odd, ...]) -> BroughtBack:
    slip = slip_of(desk.origin, docking, handover, desk.root_at(handover.index + 1))
    return BroughtBack(docking.bay, docking.camera, docking.number, _words(docking), odd, slip)


def _docking(state: State, officer: str, bay: str, since_ms: int) -> Docking:
    if bay:
        docking = state.docking_in(bay)
        if docking is None:
            raise NotSignedError("BAY_EMPTY", _possible(state))
        return docking
    found = _meant(state, officer, since_ms)
    if not found:
        possible = _possible(state)
        raise NotSignedError("WHICH_BAY" if possible else "NOTHING_BROUGHT_BACK", possible)
    if len(found) > 1:
        raise NotSignedError("WHICH_BAY", tuple(one.bay for one in found))
    return found[0]


def _meant(state: State, officer: str, since_ms: int) -> list[Docking]:
    """The newest of the officer's own cameras; else what nobody knows yet; else what was signed for before."""
    newest_first = sorted(state.dockings.values(), key=lambda one: -one.number)
    own = [one for one in newest_first if not_signed_yet(state, one, officer)]
    mine = [one for one in newest_first if one.handed_over_by == officer]
    out = sum(loan.officer == officer and loan.step is LoanStep.OPEN for loan in state.loans.values())
    still_out = out - sum(_unknown(one) for one in mine)
    unknown = [one for one in newest_first if one.handover is None and _unknown(one)] if still_out > 0 else []
    return own[:1] or unknown or [one for one in mine if (one.handed_over_ms or 0) >= since_ms][:1]


def _possible(state: State) -> tuple[str, ...]:
    return tuple(one.bay for one in waiting(state))


def _unknown(docking: Docking) -> bool:
    return docking.camera is None and docking.step in {DockingStep.STARTED, DockingStep.SILENT}


def not_signed_yet(state: State, docking: Docking, officer: str) -> bool:
    """Whether this officer's own camera lies there, and nobody signed for it."""
    span = unsigned_span(state, docking)
    return docking.handover is None and span is not None and span.officer == officer


def _odd(desk: BringingBack, docking: Docking, officer: str) -> tuple[Odd, ...]:
    camera = desk.state().cameras.get(docking.camera) if docking.camera else None
    if camera is None:
        return ()
    theirs = desk.policy.nearness(officer, camera.id) is Nearness.ELSEWHERE
    last = camera.spans[-1] if camera.spans else None
    fresh = last is not None and last.handover in {None, docking.handover}
    if last is None or not fresh:
        return (*((Odd.ANOTHER_UNITS,) if theirs else ()), Odd.NOT_LENT_HERE)
    if last.officer != officer:
        return (*((Odd.ANOTHER_UNITS,) if theirs else ()), Odd.SOMEONE_ELSES)
    return ()


def _words(docking: Docking) -> tuple[str, str]:
    """「3号仓：已归仓，充电唤醒中，可以离开」"""
    if docking.handover is None:
        raise BrokenCustodyError(f"docking {docking.number} is not signed for")
    zh, en = _STEP_WORDS.get(docking.step, _READ)
    return f"{docking.bay}号仓：已归仓，{zh}", f"Bay {docking.bay}: brought back, {en}"
