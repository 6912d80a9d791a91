"""Counts, over all facts, what each docking of each camera brought: listed, held, signed, confirmed, cleared, missing.

Pure counting; decides nothing and knows no names.
"""

from collections.abc import Iterable

from msgspec import Struct

from station.custody.fact_shapes import unknown_camera
from station.custody.facts import (
    CameraAdmitted,
    CameraCleared,
    CameraQuarantined,
    CameraRead,
    CopySealed,
    DockingEnded,
    DockingStarted,
    Fact,
    ReceiptAccepted,
    RecordingHeld,
    StatementSigned,
)
from station.custody.facts_of_footage import CopyLost, FootageMissed


class Visit(Struct):
    """One docking. `listed` is None until all was once read.

    `missing` are the numbers of the facts that say so, but those of files that were held after all.
    """

    docking: int
    bay: str
    started_ms: int
    camera: str | None = None
    listed: int | None = None
    held: int = 0
    signed: int = 0
    copied: int = 0
    at_registry: int = 0
    cleared: int = 0
    missing: tuple[int, ...] = ()
    ended: bool = False

    @property
    def source(self) -> str:
        return self.camera or unknown_camera(self.docking)

    @property
    def unsigned(self) -> int:
        return self.held - self.signed

    @property
    def unconfirmed(self) -> int:
        return self.held - self.at_registry


Missed = dict[tuple[str, str], list[tuple[Visit, int]]]
"""Source and listing → where it was said to be missing, and by which facts."""
Copied = dict[int, set[str]]
"""Recording → the disks with a copy of it that still proves something."""


def reconciled(facts: Iterable[Fact]) -> tuple[Visit, ...]:
    """Every docking in the order they began. What became of a recording counts for the docking that brought it."""
    visits: dict[int, Visit] = {}
    brought: dict[int, Visit] = {}
    copied: Copied = {}
    missed: Missed = {}
    for fact in facts:
        _count(fact, visits, brought, copied)
        _count_missing(fact, visits, missed)
    return tuple(visits.values())


def _count(fact: Fact, visits: dict[int, Visit], brought: dict[int, Visit], copied: Copied) -> None:
    match fact.body:
        case DockingStarted(bay=bay):
            visits[fact.n] = Visit(fact.n, bay, fact.at.utc_ms)
        case DockingEnded(docking=docking):
            visits[docking].ended = True
        case CameraAdmitted(docking=docking, camera=camera) | CameraQuarantined(docking=docking, camera=camera):
            visits[docking].camera = camera
        case CameraRead(docking=docking, listed=listed):
            visit = visits[docking]
            visit.listed = max(listed, visit.listed or 0)
        case _:
            _count_recording(fact, visits, brought, copied)


def _count_missing(fact: Fact, visits: dict[int, Visit], missed: Missed) -> None:
    """A camera may show again what it left out for long: held since, it is missing no more."""
    match fact.body:
        case FootageMissed(docking=docking, listing=listing):
            visits[docking].missing += (fact.n,)
            missed.setdefault((visits[docking].source, listing), []).append((visits[docking], fact.n))
        case RecordingHeld(source=source, listing=listing):
            for visit, number in missed.pop((source, listing), ()):
                visit.missing = tuple(one for one in visit.missing if one != number)


def _count_recording(fact: Fact, visits: dict[int, Visit], brought: dict[int, Visit], copied: Copied) -> None:
    match fact.body:
        case RecordingHeld(docking=docking):
            brought[fact.n] = visits[docking]
            visits[docking].held += 1
        case StatementSigned(recording=recording):
            brought[recording].signed += 1
        case CopySealed(recording=recording, disk=disk):
            disks = copied.setdefault(recording, set())
            brought[recording].copied += not disks
            disks.add(disk)
        case CopyLost(recording=recording, disk=disk):
            copied[recording].discard(disk)
            brought[recording].copied -= not copied[recording]
        case ReceiptAccepted(recording=recording):
            brought[recording].at_registry += 1
        case CameraCleared(recordings=recordings):
            for recording in recordings:
                brought[recording].cleared += 1
