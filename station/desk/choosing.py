"""The best camera for this officer, of all that are docked. Pure: asks the gate of each, and offers nothing.

What would be lent: allotted to the officer, then to the section, then of the pool; of those alike, the one with the
least to be said against it and the longest predicted recording, and of two the same the one that was docked first. Of
what would not be lent, the one whose refusal tells the officer most: what is wrong with the officer, then what a short
wait mends. A bay that is open for somebody is offered to nobody else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from station.custody.docking import Docking, DockingStep
from station.custody.lending import camera_to_lend, lending, officer_offered
from station.custody.observations import CameraAsked
from station.custody.state import State
from station.policy.permits import LendingAnswer, Nearness, Policy
from station.stamp import Stamp

_OF_THE_OFFICER = ("OFFICER_UNKNOWN", "OFFICER_UNQUALIFIED", "OFFICER_HAS_CAMERA", "ROSTER_STALE")
OF_THE_OFFICER = frozenset(_OF_THE_OFFICER)
"""What no other camera mends."""
_TOLD_FIRST = (
    *_OF_THE_OFFICER,
    "CHECK_UNDER_WAY",
    "CHECK_RESIDUAL",
    "CHECK_BATTERY",
    "CHECK_CLOCK",
    "CHECK_STORAGE",
    "CHECK_HEALTH",
    "ALLOTTED_TO_OTHERS",
    "DEVICE_IN_REPAIR",
)
_PLACE: Mapping[str, int] = {code: place for place, code in enumerate(_TOLD_FIRST)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer wants: any camera, for how long, and why nobody should wait."""

    officer: str
    reason: str = ""
    shift_minutes: int | None = None
    emergency: bool = False
    overridden_by: str = ""

    def of(self, bay: str) -> CameraAsked:
        return CameraAsked(
            bay=bay,
            by=self.officer,
            reason=self.reason,
            shift_minutes=self.shift_minutes,
            emergency=self.emergency,
            overridden_by=self.overridden_by,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A bay, and what the gate says of its camera as far as anybody knows now."""

    bay: str
    camera: str
    answer: LendingAnswer
    near: Nearness
    minutes: int | None
    docking: int

    @property
    def lends(self) -> bool:
        return self.answer.refusal.permitted


def open_for(state: State, officer: str) -> str | None:
    """The bay that is offered to this officer already."""
    offered = (one for one in state.dockings.values() if one.step is DockingStep.OFFERED)
    return next((one.bay for one in offered if officer_offered(state, one) == officer), None)


def choose(state: State, policy: Policy, wish: Wish, at: Stamp) -> Choice | None:
    """The best of what would be lent, else the one to be refused with; None where no camera could be asked for."""
    choices = list(_choices(state, policy, wish, at))
    return min(choices, key=_rank, default=None)


def _choices(state: State, policy: Policy, wish: Wish, at: Stamp) -> Iterator[Choice]:
    for docking in state.dockings.values():
        camera = camera_to_lend(state, docking)
        if camera is None or docking.step is DockingStep.OFFERED:
            continue
        answer = policy.of_camera(camera.id).lends(lending(state, docking, camera, wish.of(docking.bay), at))
        near = policy.nearness(wish.officer, camera.id)
        yield Choice(docking.bay, camera.id, answer, near, _minutes(docking), docking.number)


def _minutes(docking: Docking) -> int | None:
    """The shorter of what battery and card are good for."""
    known = [one for one in (docking.recording_minutes, docking.free_minutes) if one is not None]
    return None if docking.recording_minutes is None else min(known)


def _rank(choice: Choice) -> tuple[int, ...]:
    longest = (choice.minutes is None, -(choice.minutes or 0), choice.docking)
    if choice.lends:
        overridden = any(one.code == "CHECK_OVERRIDDEN" for one in choice.answer.reports)
        return (0, overridden, choice.near, len(choice.answer.reports), *longest)
    place = _PLACE.get(choice.answer.refusal.code, len(_PLACE))
    return (1, choice.near is Nearness.ELSEWHERE, place, choice.near, *longest)
