"""Facts about cameras that leave their department: proposed, looked at, approved or refused, and taken back.

To whom a camera goes, grounds and remarks are words about persons: they are private, and sealed in the entry.
"""

from station.custody.fact_shapes import Articles, CameraId, Code, FactBody, FactNumber, Identifier, Rule, SealedBody


class CameraDisposalProposed(SealedBody, frozen=True, kw_only=True):
    """A custodian proposes that a camera leaves. The proposal is known by this fact's number.

    `act`: RETIRE, TRANSFER, LEND_OUTSIDE or LOAN_OTHER_DEPARTMENT. `approver`: whom it names, and who alone may then
    approve it.
    """

    type = "camera_disposal_proposed"
    zh = "申请处置设备"
    private = ("ground", "recipient")
    camera: CameraId
    act: Code
    approver: Identifier | None


class CameraDisposalReviewed(SealedBody, frozen=True, kw_only=True):
    """The third hand, between who proposed and who approves, has looked at it."""

    type = "camera_disposal_reviewed"
    zh = "处置设备审核"
    private = ("remark",)
    disposal: FactNumber


class CameraDisposalRefused(SealedBody, frozen=True, kw_only=True):
    """The camera stays, and is lent as before."""

    type = "camera_disposal_refused"
    zh = "不予处置设备"
    private = ("remark",)
    disposal: FactNumber


class CameraDisposalApproved(SealedBody, frozen=True, kw_only=True):
    """Another hand agreed: from here on the camera is lent to nobody here. What it holds is taken in as ever.

    `rule` is the parameter that gave this hand the approval; without articles it is a default, not law.
    """

    type = "camera_disposal_approved"
    zh = "批准处置设备"
    private = ("remark",)
    disposal: FactNumber
    articles: Articles
    rule: Rule


class CameraTakenBack(SealedBody, frozen=True, kw_only=True):
    """A custodian of whoever owns the camera by the roll says that it may be lent here again."""

    type = "camera_taken_back"
    zh = "收回设备"
    private = ("remark",)
    disposal: FactNumber


FACTS_OF_DISPOSALS: tuple[type[FactBody], ...] = (
    CameraDisposalProposed,
    CameraDisposalReviewed,
    CameraDisposalRefused,
    CameraDisposalApproved,
    CameraTakenBack,
)
