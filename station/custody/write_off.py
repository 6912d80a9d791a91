"""The custodian says that a disk is gone: asked, perhaps reviewed, then written off or refused by another hand."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.copy_disk import Gone
from station.custody.facts import Fact
from station.custody.facts_of_disks import DiskWriteOffAsked, DiskWriteOffRefused, DiskWriteOffReviewed, DiskWrittenOff
from station.custody.machine import Machine
from station.errors import IllegalStepError


class WriteOffStep(StrEnum):
    ASKED = "asked"
    REVIEWED = "reviewed"
    DONE = "done"
    REFUSED = "refused"


_S = WriteOffStep

WRITE_OFF = Machine[WriteOffStep](
    {
        (None, DiskWriteOffAsked): _S.ASKED,
        (_S.ASKED, DiskWriteOffReviewed): _S.REVIEWED,
        (_S.ASKED, DiskWriteOffRefused): _S.REFUSED,
        (_S.ASKED, DiskWrittenOff): _S.DONE,
        (_S.REVIEWED, DiskWriteOffRefused): _S.REFUSED,
        (_S.REVIEWED, DiskWrittenOff): _S.DONE,
    }
)


class WriteOff(Struct, frozen=True):
    number: int
    step: WriteOffStep
    disk: str
    gone: Gone
    by: str
    asked_ms: int
    reviewed_by: str | None = None

    @property
    def live(self) -> bool:
        return self.step in {_S.ASKED, _S.REVIEWED}

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        yield "disk", self.disk


def advance_write_off(wish: WriteOff | None, fact: Fact) -> WriteOff:
    step = WRITE_OFF.next_step(wish.step if wish else None, fact)
    if wish is None:
        body = fact.body
        assert isinstance(body, DiskWriteOffAsked)  # noqa: S101 - the table admits nothing else from nowhere
        return WriteOff(fact.n, step, body.disk, Gone(body.gone), fact.by, fact.at.utc_ms)
    match fact.body:
        case DiskWrittenOff(disk=disk, gone=gone) if (disk, gone) != (wish.disk, wish.gone):
            raise IllegalStepError(f"fact {fact.n}: what was asked in {wish.number} is {wish.gone} of {wish.disk}")
        case DiskWriteOffReviewed():
            return replace(wish, step=step, reviewed_by=fact.by)
        case _:
            return replace(wish, step=step)
