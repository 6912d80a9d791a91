"""An officer takes a camera: the best one is chosen and its bay opens. No cause is asked, and nothing to be confirmed.

A refusal says why, by which rule or default, what to do next, and whether an emergency would open a bay. Decides
nothing: the gate does, twice: of what is known when the camera is chosen, and when the clerk judges.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from station.custody.facts import Fact
from station.custody.observations import CameraAsked
from station.custody.state import State
from station.desk.choosing import Choice, Wish, choose, open_for
from station.desk.loans import Offer, offered, standing_offer
from station.errors import RefusedError
from station.policy.permits import Policy, Reminder
from station.stamp import Stamp

TRIES_MAX = 8
"""So often somebody else may be quicker; each time one bay fewer is left."""
_UNEXPLAINED = ("请说明紧急情况，再取", "Say what the emergency is, then ask again")
_TAKEN_MEANWHILE = frozenset({"BAY_OFFERED_ALREADY", "NO_CAMERA_TO_LEND"})


@dataclass(frozen=True, slots=True)
class Taking:
    """What the station does for it, each callable from any thread."""

    tell: Callable[[CameraAsked], tuple[Fact, ...]]
    state: Callable[[], State]
    policy: Policy
    now: Callable[[], Stamp]


@dataclass(frozen=True, slots=True)
class Opened:
    """The bay opens for this officer; `reminders` are shown, and nobody taps them."""

    offer: Offer
    reminders: tuple[Reminder, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        return f"{self.offer.bay}号仓，绿灯，请取", f"Bay {self.offer.bay}, green lamp: take it"


class NotLentError(RefusedError):
    """No camera now: `words` say why, by which rule, and what to do; `emergency` whether saying so opens a bay."""

    def __init__(self, refused: RefusedError, words: tuple[str, str], *, emergency: bool) -> None:
        super().__init__(refused.code, refused.articles, refused.rule)
        self.words = words
        self.emergency = emergency
        self.args = (" / ".join(words),)


def take(desk: Taking, wish: Wish, bay: str = "") -> Opened:
    """The best camera there is, or that of a bay; NotLentError where there is none. Asking twice is one offer."""
    if wish.emergency and not wish.reason.strip():
        raise NotLentError(RefusedError("EMERGENCY_UNEXPLAINED"), _UNEXPLAINED, emergency=True)
    wanted, refused = bay, RefusedError("NO_CAMERA_TO_LEND")
    for _ in range(TRIES_MAX):
        choice = None if bay else _choice(desk, wish)
        wanted = bay or open_for(desk.state(), wish.officer) or (choice.bay if choice else "")
        try:
            return Opened(offered(desk.tell, desk.state, wish.of(wanted)), _reminders(desk, wish))
        except RefusedError as error:
            refused = error
        if choice is None or not choice.lends or refused.code not in _TAKEN_MEANWHILE:
            break
    raise _not_lent(desk, wish, wanted, refused)


def opened_already(desk: Taking, officer: str) -> Opened | None:
    """What stands open for this officer at this moment. Asks for nothing, so that nothing new opens."""
    bay = open_for(desk.state(), officer)
    offer = None if bay is None else standing_offer(desk.state(), bay)
    return None if offer is None else Opened(offer, _reminders(desk, Wish(officer)))


def _choice(desk: Taking, wish: Wish) -> Choice | None:
    return choose(desk.state(), desk.policy, wish, desk.now())


def _reminders(desk: Taking, wish: Wish) -> tuple[Reminder, ...]:
    at = desk.now()
    day_ms = at.utc_ms if at.synchronised else None
    return desk.policy.of_person(wish.officer).reminds(wish.officer, day_ms, wish.shift_minutes)


def _not_lent(desk: Taking, wish: Wish, bay: str, refused: RefusedError) -> NotLentError:
    """In the words of the pack that refused: the camera's owner's."""
    docking = desk.state().docking_in(bay)
    policy = desk.policy.of_camera(docking.camera if docking else None)
    words = policy.said(policy.finds(refused.code, refused.rule))
    urgent = _choice(desk, replace(wish, emergency=True))
    possible = urgent is not None and urgent.lends and not wish.emergency and not desk.state().disputes
    return NotLentError(refused, words, emergency=possible)
