"""Rules of judging that a disk is gone for good: the custodian says so, and another hand agrees; never one hand alone.

It cannot be taken back, so nothing may be under way on what is given up.
"""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import acts
from station.custody.copy_disk import DiskStep, Gone
from station.custody.docking import DockingStep
from station.custody.facts_of_disks import DiskWriteOffAsked, DiskWriteOffRefused, DiskWriteOffReviewed, DiskWrittenOff
from station.custody.judging import Finding, worded
from station.custody.observations import Observation
from station.custody.write_off import WriteOff
from station.errors import IllegalStepError, UnfitObservationError
from station.policy.permits import Act

APPROVER = "purge.approver"
"""No instrument says who may write a disk off: whoever approves that footage is deleted, for it ends the waiting."""
_FAULT, _KEEPING_OF_STORES = "STORE_FAULT", "store.verify_days"


def _ask(finding: Finding, said: acts.AskWriteOff) -> None:
    finding.require_authority(Act.ASK_WRITE_OFF)
    ground = worded(said.ground, "what happened to the disk")
    disk = finding.state.disks.get(said.disk)
    if disk is None:
        raise UnfitObservationError(f"no copy was ever proved on a disk named {said.disk}; name it as its facts do")
    if disk.step is DiskStep.WRITTEN_OFF:
        raise IllegalStepError(f"{said.disk} is written off already")
    if any(True for _ in finding.state.standing(WriteOff, "disk", said.disk)):
        raise UnfitObservationError("somebody asked already; wait for the answer")
    asked = DiskWriteOffAsked(disk=said.disk, gone=said.gone)
    finding.find(f"write_off:{finding.state.size}", asked, ground=ground)


def _review(finding: Finding, said: acts.ReviewWriteOff) -> None:
    wish = finding.known(WriteOff, said.write_off)
    finding.require_authority(Act.REVIEW_ACCESS, requested_by=wish.by)
    finding.find(f"write_off:{said.write_off}", DiskWriteOffReviewed(write_off=said.write_off), remark=said.remark)


def _refuse(finding: Finding, said: acts.RefuseWriteOff) -> None:
    """Whoever may approve may refuse; whoever asked may think better of it, as when the disk is found."""
    wish = finding.known(WriteOff, said.write_off)
    if said.by == wish.by:
        finding.require_authority(Act.ASK_WRITE_OFF)
    else:
        _require_approver(finding, wish)
    finding.find(f"write_off:{said.write_off}", DiskWriteOffRefused(write_off=said.write_off), remark=said.remark)


def _write_off(finding: Finding, said: acts.WriteOffDisk) -> None:
    wish = finding.known(WriteOff, said.write_off)
    _require_approver(finding, wish)
    _require_nothing_cleared(finding, wish.disk)
    basis = finding.policy.finds("NOT_AUTHORISED", APPROVER)
    written_off = DiskWrittenOff(
        write_off=said.write_off, disk=wish.disk, gone=wish.gone, articles=basis.articles, rule=basis.rule
    )
    finding.find(f"write_off:{said.write_off}", written_off, remark=said.remark)
    if wish.gone is Gone.LOST:
        finding.report(finding.policy.finds(_FAULT, _KEEPING_OF_STORES), f"disk_lost:{wish.disk}", fault=Gone.LOST)


def _seen_again(finding: Finding, said: acts.GoneDiskSeen) -> None:
    disk = finding.state.disks.get(said.disk)
    if disk is not None and disk.written_off is not None:
        verdict = finding.policy.finds(_FAULT, _KEEPING_OF_STORES)
        about = f"disk_returned:{said.disk}"
        finding.report(verdict, about, fault="RETURNED", written_off=disk.written_off)


def _require_approver(finding: Finding, wish: WriteOff) -> None:
    finding.require_authority(Act.WRITE_OFF_DISK, requested_by=wish.by, reviewed_by=wish.reviewed_by)


def _require_nothing_cleared(finding: Finding, disk: str) -> None:
    """An order that stands was proved by copies that were there; nobody may be left with none while it is followed."""
    for docking in finding.state.dockings.values():
        if docking.step is DockingStep.CLEARING:
            ordered = (finding.state.recordings.get(number) for number in docking.ordered)
            if any(one is not None and disk in dict(one.copies) for one in ordered):
                raise UnfitObservationError(
                    f"bay {docking.bay} is being cleared on copies of that disk; approve again when it is done"
                )


WRITE_OFF_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    acts.AskWriteOff: _ask,
    acts.ReviewWriteOff: _review,
    acts.RefuseWriteOff: _refuse,
    acts.WriteOffDisk: _write_off,
    acts.GoneDiskSeen: _seen_again,
}
