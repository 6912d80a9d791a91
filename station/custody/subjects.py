"""Every kind of subject that custody keeps: its machine, its table, and which facts are about which of them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from station.custody.access_request import ACCESS, AccessRequest, advance_access
from station.custody.bay_signs import (
    CHARGER,
    KEY,
    OUTAGE,
    BayCharger,
    BayKey,
    Outage,
    advance_charger,
    advance_key,
    advance_outage,
)
from station.custody.camera import CAMERA, Camera, advance_camera
from station.custody.copy_disk import DISK, CopyDisk, advance_disk
from station.custody.disposal import DISPOSAL, Disposal, advance_disposal
from station.custody.docking import DOCKING, Docking, advance_docking
from station.custody.explanation import EXPLANATION, Explanation, advance_explanation
from station.custody.facts import CameraCleared, ClearingOrdered, Fact, FactBody
from station.custody.facts_of_keeping import FootagePurged
from station.custody.history import HISTORY, Dispute, advance_dispute
from station.custody.hold import HOLD, Hold, advance_hold
from station.custody.lifting import LIFTING, Lifting, advance_lifting
from station.custody.loan import LOAN, Loan, advance_loan
from station.custody.lost_badge import LOST_BADGE, LostBadge, advance_lost_badge
from station.custody.machine import Machine
from station.custody.mission import MISSION, Mission, advance_mission
from station.custody.orders import ORDERS, Orders, advance_orders
from station.custody.purging import PURGE, Purge, advance_purge
from station.custody.recording import RECORDING, Recording, advance_recording
from station.custody.repair import REPAIR, Repair, advance_repair
from station.custody.reported_finding import FINDING, ReportedFinding, advance_finding
from station.custody.secrecy import SECRECY, Secrecy, advance_secrecy
from station.custody.write_off import WRITE_OFF, WriteOff, advance_write_off

Subject = (
    Docking
    | Recording
    | Loan
    | Camera
    | Mission
    | Explanation
    | Hold
    | Secrecy
    | Lifting
    | AccessRequest
    | Repair
    | Purge
    | ReportedFinding
    | BayKey
    | Outage
    | BayCharger
    | Dispute
    | CopyDisk
    | WriteOff
    | LostBadge
    | Orders
    | Disposal
)
_BY_NAME = (Camera, BayKey, BayCharger, CopyDisk, LostBadge, Orders)
"""Known by names they have, and not by the fact that begins them."""
SubjectKey = tuple[type[Subject], int | str]


class Kind(NamedTuple):
    """One kind of subject. `plural` names the state's map of them and their table; `named` the field of facts."""

    subject: type[Subject]
    plural: str
    machine: Machine[Any]
    advance: Callable[[Any, Fact], Subject]
    named: str

    @property
    def shelved(self) -> bool:
        """Whether such subjects are to be found by more than their number."""
        return hasattr(self.subject, "shelves")

    def about(self, fact: Fact) -> tuple[int | str, ...]:
        """Which of them the fact is about: the one it begins, or those it names."""
        if type(fact.body) in self.machine.beginnings and self.subject not in _BY_NAME:
            return (fact.n,)
        match fact.body:
            case ClearingOrdered(proofs=named) | FootagePurged(deleted=named) if self.subject is Recording:
                return tuple(one.recording for one in named)
            case CameraCleared(recordings=recordings) if self.subject is Recording:
                return recordings
            case body:
                number = getattr(body, self.named)
                return () if number is None else (number,)


def _advance_camera(camera: Camera | None, fact: Fact) -> Camera:
    return advance_camera(camera, fact, fact.body.camera)  # type: ignore[attr-defined]  # its table holds no others


KINDS = (
    Kind(Docking, "dockings", DOCKING, advance_docking, "docking"),
    Kind(Recording, "recordings", RECORDING, advance_recording, "recording"),
    Kind(Loan, "loans", LOAN, advance_loan, "loan"),
    Kind(Camera, "cameras", CAMERA, _advance_camera, "camera"),
    Kind(Mission, "missions", MISSION, advance_mission, "mission"),
    Kind(Explanation, "explanations", EXPLANATION, advance_explanation, "explanation"),
    Kind(Hold, "holds", HOLD, advance_hold, "hold"),
    Kind(Secrecy, "secrecy_marks", SECRECY, advance_secrecy, "secrecy"),
    Kind(Lifting, "liftings", LIFTING, advance_lifting, "lifting"),
    Kind(AccessRequest, "access_requests", ACCESS, advance_access, "request"),
    Kind(Repair, "repairs", REPAIR, advance_repair, "repair"),
    Kind(Purge, "purges", PURGE, advance_purge, "purge"),
    Kind(ReportedFinding, "findings", FINDING, advance_finding, "finding"),
    Kind(BayKey, "keys", KEY, advance_key, "bay"),
    Kind(Outage, "outages", OUTAGE, advance_outage, "outage"),
    Kind(BayCharger, "chargers", CHARGER, advance_charger, "bay"),
    Kind(Dispute, "disputes", HISTORY, advance_dispute, "dispute"),
    Kind(CopyDisk, "disks", DISK, advance_disk, "disk"),
    Kind(WriteOff, "write_offs", WRITE_OFF, advance_write_off, "write_off"),
    Kind(LostBadge, "lost_badges", LOST_BADGE, advance_lost_badge, "badge"),
    Kind(Orders, "orders", ORDERS, advance_orders, "registry"),
    Kind(Disposal, "disposals", DISPOSAL, advance_disposal, "disposal"),
)
KIND_OF: Mapping[type[Subject], Kind] = {kind.subject: kind for kind in KINDS}


def kinds_concerned(body: type[FactBody]) -> tuple[Kind, ...]:
    return _CONCERNED.get(body, ())


_CONCERNED = {
    body: tuple(kind for kind in KINDS if body in kind.machine.kinds)
    for body in frozenset().union(*(kind.machine.kinds for kind in KINDS))
}


def key(subject: Subject) -> SubjectKey:
    return type(subject), subject.id if isinstance(subject, _BY_NAME) else subject.number
