"""What people do about missions and what is kept. Unproven like any observation: only `judge` turns it into facts.

Words are given as they were said; the facts keep them sealed. An empty word is one that was not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from station.custody.copy_disk import Gone
from station.custody.hold import HoldKind
from station.custody.mission import Mark
from station.custody.observations import Observation, PersonsAct
from station.custody.repair import Noticed
from station.policy.permits import Act, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingWork(Observation):
    """What the station itself found, or did, about what is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareMission(PersonsAct):
    """`ended_ms` and `number` where they are known already."""

    activity: str
    kind: str
    on_site: bool
    officers: tuple[str, ...]
    started_ms: int
    ended_ms: int | None = None
    emergency: bool = False
    cause: str = ""
    party: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberMission(PersonsAct):
    mission: int
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeMission(PersonsAct):
    mission: int
    cause: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMission(PersonsAct):
    mission: int
    mark: Mark
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMission(PersonsAct):
    mission: int
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMission(PersonsAct):
    """`gap`: what is missing of the footage, as it was measured; `text_record`: it was written down instead."""

    mission: int
    gap: bool
    text_record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenMission(PersonsAct):
    mission: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRecording(PersonsAct):
    """Which mission a recording belongs to; None takes it out. Moving it needs a reason."""

    recording: int
    mission: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRecording(PersonsAct):
    """In whose loan a recording was made; None is nobody's."""

    recording: int
    loan: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain(PersonsAct):
    """Why a mission has no footage, or not all. `grounds`: the facts its reason needs, by name; `basis`: its rule."""

    mission: int
    reason: str
    grounds: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""
    camera: str | None = None
    until_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAgain(PersonsAct):
    explanation: int
    reason: str
    grounds: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""
    until_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptExplanation(PersonsAct):
    explanation: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnExplanation(PersonsAct):
    explanation: int
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepExplanation(PersonsAct):
    explanation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold(PersonsAct):
    """`reason`: the code of long-term keeping, where it is that."""

    kind: HoldKind
    recordings: tuple[int, ...] = ()
    mission: int | None = None
    reason: str | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHold(PersonsAct):
    hold: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSecret(PersonsAct):
    category: str
    recordings: tuple[int, ...] = ()
    mission: int | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSecrecy(PersonsAct):
    secrecy: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLifting(PersonsAct):
    """One of the two is to be lifted."""

    ground: str
    on_hold: int | None = None
    on_secrecy: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLifting(PersonsAct):
    lifting: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseLifting(PersonsAct):
    lifting: int
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAccess(PersonsAct):
    """`route`: one of ROUTES; `recipient`: who is to have it, where that is not who asks.

    `mission`: all it has, and all that is placed in it while the approval lasts. `direct_until_ms`: how long it stays
    open where the pack lets it be opened without approval.
    """

    route: Act
    recordings: tuple[int, ...] = ()
    mission: int | None = None
    purpose: str
    recipient: str = ""
    direct_until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAccess(PersonsAct):
    request: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAccess(PersonsAct):
    request: int
    valid_until_ms: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseAccess(PersonsAct):
    request: int
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccess(PersonsAct):
    """One recording of what was approved is about to be opened."""

    request: int
    recording: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeAccess(PersonsAct):
    request: int
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDispute(PersonsAct):
    """`valid_until_ms`: it is to be opened after all, until then; None leaves it closed."""

    request: int
    valid_until_ms: int | None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTimedOut(KeepingWork):
    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFault(PersonsAct):
    camera: str
    noticed: Noticed
    noticed_ms: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFound(KeepingWork):
    """A camera failed its self-test."""

    camera: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRepair(PersonsAct):
    repair: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishRepair(PersonsAct):
    repair: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireCamera(PersonsAct):
    """It is not worth mending."""

    repair: int
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposePurge(PersonsAct):
    """`archived_ms`: when the last of them went into its case file, where any did."""

    recordings: tuple[int, ...]
    ground: str
    archived_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPurge(PersonsAct):
    purge: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePurge(PersonsAct):
    purge: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusePurge(PersonsAct):
    purge: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPurge(PersonsAct):
    """What was approved is to be deleted now."""

    purge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageDeleted(KeepingWork):
    """Nothing of what was to be deleted is in the store any more."""

    purge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWriteOff(PersonsAct):
    """A disk with second copies, by the name that facts know it by, is gone for good."""

    disk: str
    gone: Gone
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWriteOff(PersonsAct):
    write_off: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseWriteOff(PersonsAct):
    write_off: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffDisk(PersonsAct):
    """The other hand agrees. It cannot be taken back."""

    write_off: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneDiskSeen(KeepingWork):
    """A disk that was written off is connected."""

    disk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampVerified(KeepingWork):
    """A time-stamp authority stamped a statement's signature; the stamp was checked, and is on our disk."""

    recording: int
    stamp_sha256: str
    stamped_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalProvedAnew(KeepingWork):
    """The registry has just read its copy back and signed for it; `keep_days`: how long originals stay here."""

    recording: int
    receipt_sha256: str
    keep_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFound(KeepingWork):
    """A rule was not kept, and policy says which. `officer`: whom it names; `by`: a person, where one entered it."""

    verdict: Verdict
    about: str
    officer: str = ""
    evidence: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFinding(PersonsAct):
    finding: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFinding(PersonsAct):
    finding: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseFinding(PersonsAct):
    finding: int
    remark: str = ""
