"""Facts about keeping: what must stay, who may see it, what is broken, what may go, and what was found wrong.

Grounds, purposes and answers are words about persons: they are private, and sealed in the entry.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from station.custody.fact_shapes import (
    Articles,
    CameraId,
    Code,
    Digest,
    FactBody,
    FactNumber,
    FactNumbers,
    Identifier,
    Milliseconds,
    PackCode,
    Rule,
    SealedBody,
)
from station.custody.facts_of_disks import UnseenDisk

EVIDENCE_MAX = 16
SomeFactNumbers = Annotated[FactNumbers, Meta(min_length=1)]


class HoldPlaced(SealedBody, frozen=True, kw_only=True):
    """These recordings, or all of a mission, may not be purged. The hold is known by this fact's number."""

    type = "hold_placed"
    zh = "保全"
    private = ("ground",)
    kind: Code
    reason: PackCode | None
    recordings: FactNumbers
    mission: FactNumber | None


class HoldLifted(SealedBody, frozen=True, kw_only=True):
    """What it held may be purged again, as far as it is concerned; on this wish, where one was needed."""

    type = "hold_lifted"
    zh = "解除保全"
    private = ("ground",)
    hold: FactNumber
    lifting: FactNumber | None


class SecrecyMarked(SealedBody, frozen=True, kw_only=True):
    """These recordings, or all of a mission, are for named persons only. The mark is known by this fact's number."""

    type = "secrecy_marked"
    zh = "涉密标记"
    private = ("ground",)
    category: PackCode
    recordings: FactNumbers
    mission: FactNumber | None


class SecrecyLifted(SealedBody, frozen=True, kw_only=True):
    """The mark is taken off; on this wish, where one was needed."""

    type = "secrecy_lifted"
    zh = "解除涉密标记"
    private = ("ground",)
    secrecy: FactNumber
    lifting: FactNumber | None


class LiftingAsked(SealedBody, frozen=True, kw_only=True):
    """Somebody wants a hold or a secrecy mark lifted by who may. The wish is known by this fact's number."""

    type = "lifting_asked"
    zh = "申请解除保全或者涉密标记"
    private = ("ground",)
    on_hold: FactNumber | None
    on_secrecy: FactNumber | None


class LiftingReviewed(SealedBody, frozen=True, kw_only=True):
    """The third hand, between who asked and who lifts, has looked at it."""

    type = "lifting_reviewed"
    zh = "解除申请审核"
    private = ("remark",)
    lifting: FactNumber


class LiftingRefused(SealedBody, frozen=True, kw_only=True):
    """What stands goes on standing."""

    type = "lifting_refused"
    zh = "不予解除"
    private = ("remark",)
    lifting: FactNumber


class AccessAsked(SealedBody, frozen=True, kw_only=True):
    """Somebody asked for recordings, by one of the routes there are. The request is known by this fact's number.

    With a mission it is about whatever that mission has when something is opened, what is placed in it later included.
    """

    type = "access_asked"
    zh = "调阅申请"
    private = ("purpose", "recipient")
    route: Code
    recordings: FactNumbers
    mission: FactNumber | None = None


class AccessReviewed(SealedBody, frozen=True, kw_only=True):
    """The third hand, between who asked and who approves, has looked at it."""

    type = "access_reviewed"
    zh = "调阅审核"
    private = ("remark",)
    request: FactNumber


class AccessApproved(SealedBody, frozen=True, kw_only=True):
    """What was asked for may be opened, until then."""

    type = "access_approved"
    zh = "调阅批准"
    private = ("remark",)
    request: FactNumber
    valid_until_ms: Milliseconds


class AccessRefused(SealedBody, frozen=True, kw_only=True):
    """What was asked for stays closed."""

    type = "access_refused"
    zh = "调阅不予批准"
    private = ("remark",)
    request: FactNumber


class AccessOpened(FactBody, frozen=True):
    """A line of the register: one recording was opened, once. Durable before it opens."""

    type = "access_opened"
    zh = "调阅登记"
    request: FactNumber
    recording: FactNumber


class AccessExpired(FactBody, frozen=True):
    """The approval has run out."""

    type = "access_expired"
    zh = "调阅批准到期"
    request: FactNumber


class AccessDisputed(SealedBody, frozen=True, kw_only=True):
    """Who asked does not take the answer, or the want of one."""

    type = "access_disputed"
    zh = "调阅争议"
    private = ("ground",)
    request: FactNumber


class AccessSettled(SealedBody, frozen=True, kw_only=True):
    """The body that settles such disputes left it closed; had it not, the request were approved."""

    type = "access_settled"
    zh = "调阅争议协调"
    private = ("remark",)
    request: FactNumber


class RepairOpened(SealedBody, frozen=True, kw_only=True):
    """A camera was found faulty. The repair is known by this fact's number."""

    type = "repair_opened"
    zh = "报修"
    private = ("description",)
    camera: CameraId
    noticed: Code
    noticed_ms: Milliseconds


class UnreadRepairOpened(FactBody, frozen=True):
    """A docked camera said nothing for too long: a repair of what is in the bay. It is known by this fact's number.

    Nobody has read it in this docking, so whoever mends it must expect footage inside. `camera` only where it is known.
    """

    type = "unread_repair_opened"
    zh = "久无应答报修"
    docking: FactNumber
    camera: CameraId | None
    noticed: Code
    noticed_ms: Milliseconds
    silent_ms: Milliseconds
    """How long it said nothing, at least."""
    footage_inside: Code
    rule: Rule = ""


class RepairBegun(FactBody, frozen=True):
    """Somebody works on it."""

    type = "repair_begun"
    zh = "开始维修"
    repair: FactNumber


class RepairFinished(SealedBody, frozen=True, kw_only=True):
    """The camera is as it should be again."""

    type = "repair_finished"
    zh = "维修完成"
    private = ("remark",)
    repair: FactNumber


class CameraRetired(SealedBody, frozen=True, kw_only=True):
    """It is not worth mending: the camera is taken out of use."""

    type = "camera_retired"
    zh = "报废停用"
    private = ("remark",)
    repair: FactNumber
    camera: CameraId


class PurgeProposed(SealedBody, frozen=True, kw_only=True):
    """The custodian wants to delete these recordings for good. The purge is known by this fact's number.

    `archived_ms` is when the last of them went into its case file, where any did.
    """

    type = "purge_proposed"
    zh = "提出清理资料"
    private = ("ground",)
    recordings: SomeFactNumbers
    archived_ms: Milliseconds | None


class PurgeReviewed(SealedBody, frozen=True, kw_only=True):
    """The third hand, between who proposed and who approves, has looked at it."""

    type = "purge_reviewed"
    zh = "清理资料审核"
    private = ("remark",)
    purge: FactNumber


class PurgeApproved(SealedBody, frozen=True, kw_only=True):
    """Another hand agreed that they go."""

    type = "purge_approved"
    zh = "批准清理资料"
    private = ("remark",)
    purge: FactNumber


class PurgeRefused(SealedBody, frozen=True, kw_only=True):
    """They stay."""

    type = "purge_refused"
    zh = "不予清理资料"
    private = ("remark",)
    purge: FactNumber


class PurgeBegun(FactBody, frozen=True):
    """From here on they are being deleted: nothing held them. Durable before the first byte goes."""

    type = "purge_begun"
    zh = "开始清理资料"
    purge: FactNumber


class DeletedRecording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a deleted file was."""

    recording: FactNumber
    sha256: Digest


class FootagePurged(FactBody, frozen=True):
    """These files are gone from the store; what the journal says of them stays.

    `unseen`: disks with copies of them that were written off, so that nobody could delete there. What went with a LOST
    one is not proved deleted.
    """

    type = "footage_purged"
    zh = "资料已清理"
    purge: FactNumber
    deleted: Annotated[tuple[DeletedRecording, ...], Meta(min_length=1, max_length=256)]
    unseen: Annotated[tuple[UnseenDisk, ...], Meta(max_length=256)] = ()


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One circumstance of a finding: a number or a code, never words about a person."""

    name: Identifier
    number: Milliseconds | None = None
    code: Identifier | None = None


class FindingReported(FactBody, frozen=True):
    """A rule was not kept, and the act went on. The finding is known by this fact's number.

    Without articles it is a default, not law. `officer` is who it names, and who may answer.
    """

    type = "finding_reported"
    zh = "发现问题"
    code: Code
    articles: Articles
    rule: Rule
    limit_is_default: bool
    set_by_unit: bool
    about: Identifier
    officer: Identifier | None
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=EVIDENCE_MAX)]


class FindingAnswered(SealedBody, frozen=True, kw_only=True):
    """Whoever it names, or whoever answers for the matter, said something to it."""

    type = "finding_answered"
    zh = "申辩说明"
    private = ("answer",)
    finding: FactNumber


class FindingReviewed(SealedBody, frozen=True, kw_only=True):
    """Somebody with the authority looked into it."""

    type = "finding_reviewed"
    zh = "问题核查"
    private = ("remark",)
    finding: FactNumber


class FindingClosed(SealedBody, frozen=True, kw_only=True):
    """Nothing more is to be done about it; it stays in the journal."""

    type = "finding_closed"
    zh = "问题办结"
    private = ("remark",)
    finding: FactNumber


FACTS_OF_KEEPING: tuple[type[FactBody], ...] = (
    HoldPlaced,
    HoldLifted,
    SecrecyMarked,
    SecrecyLifted,
    LiftingAsked,
    LiftingReviewed,
    LiftingRefused,
    AccessAsked,
    AccessReviewed,
    AccessApproved,
    AccessRefused,
    AccessOpened,
    AccessExpired,
    AccessDisputed,
    AccessSettled,
    RepairOpened,
    UnreadRepairOpened,
    RepairBegun,
    RepairFinished,
    CameraRetired,
    PurgeProposed,
    PurgeReviewed,
    PurgeApproved,
    PurgeRefused,
    PurgeBegun,
    FootagePurged,
    FindingReported,
    FindingAnswered,
    FindingReviewed,
    FindingClosed,
)
