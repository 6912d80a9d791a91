"""A disk that second sealed copies were proved on: in use, or written off by two hands, and then so for ever.

Known by the name that the station wrote on it. Says nothing about whether it is connected now.
"""

from enum import StrEnum

from msgspec import Struct

from station.custody.facts import CopySealed, Fact
from station.custody.facts_of_disks import DiskWrittenOff
from station.custody.machine import Machine


class DiskStep(StrEnum):
    USED = "used"
    WRITTEN_OFF = "written_off"


class Gone(StrEnum):
    """How. Only of a destroyed one can nobody read what lay there."""

    DESTROYED = "DESTROYED"
    LOST = "LOST"


_S = DiskStep

DISK = Machine[DiskStep](
    {
        (None, CopySealed): _S.USED,
        (_S.USED, CopySealed): _S.USED,
        (_S.USED, DiskWrittenOff): _S.WRITTEN_OFF,
    }
)


class CopyDisk(Struct, frozen=True):
    id: str
    step: DiskStep
    written_off: int | None = None
    """The fact that wrote it off."""
    gone: Gone | None = None

    @property
    def live(self) -> bool:
        """A unit has few, and none is forgotten: a lost one may be connected again."""
        return True


def advance_disk(disk: CopyDisk | None, fact: Fact) -> CopyDisk:
    step = DISK.next_step(disk.step if disk else None, fact)
    match fact.body:
        case DiskWrittenOff(disk=name, gone=gone):
            return CopyDisk(name, step, fact.n, Gone(gone))
        case body:
            return CopyDisk(body.disk, step)  # type: ignore[attr-defined]  # its table holds no others
