"""Which colour a bay's lamp shows: one for each thing that a person at the dock does differently. Pure.

    green    take it: it is offered to you           cyan     ready to be lent
    blue     being read: leave it in                 yellow   in and safe, not ready yet: charging, copying, checking
    white    free: dock here                         magenta  ask the custodian: silent, not ours, in repair, stuck
    red      something is wrong: read the page

Dark is none of them: nobody watches. A board that was not spoken to, or that cut its charger, blinks by itself.

Whoever cannot tell red from green, or yellow from white, is told the same in words by the page and the panel, and of
an offered bay by its lock; so no colour may be the only sign of anything, and none blinks on purpose: lamps on our own
pins cannot. An offer comes before a cut charger and a turned key, for taking the camera is right in both.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from hardware.wires import Colour
from station.custody.docking import Docking, DockingStep
from station.custody.due_work import CLEARINGS_TRIED_MAX, Work
from station.custody.facts import CameraRemoved, Fact
from station.custody.silence import in_repair
from station.custody.state import State
from station.policy.permits import Policy
from station.stamp import Stamp


class Beside(NamedTuple):
    """What no fact says of a bay now."""

    out_of_order: bool = False
    """Its switch, board, lock or charger fails."""
    removed: bool = False
    """What was in it last was taken without an offer; see `removed_unasked`."""
    failing: Collection[Work] = ()
    """Work on its docking that keeps failing."""


_EXPECTED_TO_FAIL = frozenset({Work.IDENTIFY, Work.CALL_SILENT, Work.WAKE})
"""A flat camera answers nobody: that is what silence looks like, and has a colour."""

_OF_STEP: Mapping[DockingStep, Colour] = {
    DockingStep.STARTED: "blue",
    DockingStep.SILENT: "magenta",
    DockingStep.QUARANTINED: "magenta",
    DockingStep.READING: "blue",
    DockingStep.CLEARING: "blue",
    DockingStep.TAKEN: "white",
    DockingStep.REMOVED: "red",
    DockingStep.ENDED: "white",
}
"""READ is looked at more closely, and so is OFFERED once nobody took it in time."""


def lamp(state: State, bay: str, policy: Policy, at: Stamp, beside: Beside = Beside()) -> Colour:  # noqa: B008 - a value
    """`policy` is the station's; the camera's own is found from it."""
    docking = state.docking_in(bay)
    if beside.out_of_order or set(beside.failing) - _EXPECTED_TO_FAIL or (beside.removed and docking is None):
        return "red"
    rules = policy if docking is None else policy.of_camera(docking.camera).under(docking.under)
    if docking is not None and _offer_stands(docking, rules, at):
        return "green"
    charger = state.chargers.get(bay)
    if bay in state.keys or (charger is not None and charger.cut):
        return "red"
    return "white" if docking is None else _of_docking(state, docking, rules, at)


def removed_unasked(facts: Collection[Fact], *, before: bool) -> bool:
    """Whether the bay was left so, by the facts that its switch led to; what was so `before`, where it led to none."""
    return any(isinstance(fact.body, CameraRemoved) for fact in facts) if facts else before


def _offer_stands(docking: Docking, policy: Policy, at: Stamp) -> bool:
    return docking.step is DockingStep.OFFERED and docking.offer_left_ms(policy.offer_lasts_ms, at) > 0


def _of_docking(state: State, docking: Docking, policy: Policy, at: Stamp) -> Colour:
    if in_repair(state, docking):
        return "magenta"
    if docking.step in _OF_STEP:
        return _OF_STEP[docking.step]
    if not docking.everything_read(at):
        return "blue"
    if docking.source in state.on_camera:
        return "magenta" if docking.clearings_failed >= CLEARINGS_TRIED_MAX else "yellow"
    charged = docking.charged_enough(policy.enough_percent, policy.enough_minutes)
    return "cyan" if charged and docking.clock_set else "yellow"
