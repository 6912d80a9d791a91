"""The station's status as plain values: each bay in words, and how far the journal is witnessed.

Pure, and fit for a wall that everybody passes: numbers and opaque ids, never a person's name or id, never a file's.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from station.bays.sensed import Sensed
from station.custody.camera import CameraStep
from station.custody.docking import Docking, DockingStep
from station.custody.due_work import CLEARINGS_TRIED_MAX
from station.custody.silence import in_repair
from station.custody.state import State
from station.stamp import Stamp, utc_text
from station.store.loans_today import DayLoan
from station.views.charge import Charge, charge
from station.views.words import Condition

NOT_CONFIGURED = "配置中没有此仓 / not in the configuration"


class Journal(NamedTuple):
    """How many facts it has, and how many of them the registry has cosigned."""

    size: int
    witnessed: int


class Footage(Struct, frozen=True):
    """What is still on a camera, as far as we know, and how far we are with it. `copied`: proved somewhere else too."""

    on_camera: int = 0
    size_bytes: int = 0
    signed: int = 0
    copied: int = 0


class BayStatus(Struct, frozen=True):
    bay: str
    condition: Condition
    docking: int | None = None
    step: DockingStep | None = None
    camera: str | None = None
    model: str | None = None
    footage: Footage = Footage()
    offered: bool = False
    trouble: str | None = None
    charge: Charge | None = None


class StatusView(Struct, frozen=True):
    at: str
    at_ms: int
    clock: str
    bays: tuple[BayStatus, ...]
    journal_size: int
    witnessed_size: int
    lent: int
    missing: int
    troubles: Mapping[str, str]
    """Trouble that is no bay's: what → in words."""
    policy: str = ""
    """The pack in force, as facts name it."""
    loans: tuple[DayLoan, ...] = ()
    """Begun today or still out, by number, the newest first."""


def status(
    state: State,
    bays: Sequence[str],
    troubles: Mapping[str, str],
    journal: Journal,
    at: Stamp,
    sensed: Mapping[str, Sensed] = MappingProxyType({}),
) -> StatusView:
    """`troubles` is by bay, or by whatever else it troubles. A docking in no configured bay is shown all the same."""
    strays = sorted({docking.bay for docking in state.dockings.values()} - set(bays))
    shown = [_bay(state, bay, troubles.get(bay), at, sensed.get(bay)) for bay in bays]
    shown += [_bay(state, bay, troubles.get(bay, NOT_CONFIGURED), at) for bay in strays]
    steps = [camera.step for camera in state.cameras.values()]
    return StatusView(
        at=utc_text(at.utc_ms),
        at_ms=at.utc_ms,
        clock="synchronised" if at.synchronised else "free",
        bays=tuple(shown),
        journal_size=journal.size,
        witnessed_size=journal.witnessed,
        lent=steps.count(CameraStep.LENT),
        missing=steps.count(CameraStep.MISSING),
        troubles={what: words for what, words in troubles.items() if what not in {*bays, *strays}},
    )


def _bay(state: State, bay: str, trouble: str | None, at: Stamp, sensed: Sensed | None = None) -> BayStatus:
    docking = state.docking_in(bay)
    if docking is None:
        return BayStatus(bay, Condition.EMPTY if trouble is None else Condition.TROUBLE, trouble=trouble)
    footage = _footage(state, docking)
    camera = state.cameras.get(docking.camera) if docking.camera else None
    return BayStatus(
        bay,
        Condition.TROUBLE if trouble is not None else _condition(state, docking, footage, at),
        docking=docking.number,
        step=docking.step,
        camera=docking.camera,
        model=camera.model if camera else None,
        footage=footage,
        offered=docking.step is DockingStep.OFFERED,
        trouble=trouble,
        charge=charge(docking, sensed, at),
    )


def _footage(state: State, docking: Docking) -> Footage:
    recordings = tuple(state.on_source(docking.source))
    return Footage(
        on_camera=len(recordings),
        size_bytes=sum(recording.size_bytes for recording in recordings),
        signed=sum(recording.stated is not None for recording in recordings),
        copied=sum(recording.received is not None or bool(recording.copies) for recording in recordings),
    )


_PLAIN = {
    DockingStep.STARTED: Condition.IDENTIFYING,
    DockingStep.SILENT: Condition.SILENT,
    DockingStep.QUARANTINED: Condition.QUARANTINED,
    DockingStep.READING: Condition.READING,
    DockingStep.CLEARING: Condition.CLEARING,
    DockingStep.OFFERED: Condition.OFFERED,
    DockingStep.TAKEN: Condition.TAKEN,
    DockingStep.REMOVED: Condition.REMOVED,
}


def _condition(state: State, docking: Docking, footage: Footage, at: Stamp) -> Condition:
    if docking.step is DockingStep.SILENT and in_repair(state, docking):
        return Condition.GIVEN_UP
    if docking.step in _PLAIN:
        return _PLAIN[docking.step]
    if not docking.everything_read(at):
        return Condition.LISTING
    if not footage.on_camera:
        return Condition.READY if docking.battery_judged and docking.clock_set else Condition.CHECKING
    if docking.clearings_failed >= CLEARINGS_TRIED_MAX:
        return Condition.STUCK
    if footage.signed < footage.on_camera:
        return Condition.SIGNING
    return Condition.CLEARABLE if footage.copied == footage.on_camera else Condition.COPYING
