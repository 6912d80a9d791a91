"""Facts about what people do at the dock beside taking a camera: bringing it back, paper slips, badges that are lost.

Officers are opaque ids, as everywhere. The number on a paper slip is the words of whoever wrote it: it is sealed.
"""

from station.custody.fact_shapes import CameraId, Digest, FactBody, FactNumber, Identifier, Milliseconds, SealedBody


class HandoverSigned(FactBody, frozen=True):
    """An officer signed by badge that what lies in the bay was handed over there, whatever is still to be read.

    `camera` where it is known by now; `loan` is the last of that camera, whoever had it. The slip names this fact's
    number and the root of the journal that ends with it.
    """

    type = "handover_signed"
    zh = "移交签名"
    docking: FactNumber
    camera: CameraId | None
    officer: Identifier
    loan: FactNumber | None


class HandoverFellDue(FactBody, frozen=True):
    """The time for handing a loan's footage over passed, and nobody had signed for it by then. Once for each loan.

    Somebody may have signed since, before the station knew that it was over. Whether anybody is late by that, the
    findings beside it say.
    """

    type = "handover_fell_due"
    zh = "移交到期"
    camera: CameraId
    loan: FactNumber
    due_ms: Milliseconds


class LoanByHand(SealedBody, frozen=True, kw_only=True):
    """A custodian entered from paper that an officer took a camera. No bay saw it. The loan is known by this number.

    `returned_ms` where the paper says that it came back too. Footage is credited to such a loan by a person alone.
    """

    type = "loan_by_hand"
    zh = "补录领用"
    private = ("paper",)
    camera: CameraId
    officer: Identifier
    taken_ms: Milliseconds
    returned_ms: Milliseconds | None


class ReturnByHand(SealedBody, frozen=True, kw_only=True):
    """A custodian entered from paper when the camera of a loan came back. No bay saw it then.

    `camera` is None where the loan was over for this station already: then the paper's time stands beside its own.
    """

    type = "return_by_hand"
    zh = "补录交还"
    private = ("paper",)
    loan: FactNumber
    camera: CameraId | None
    returned_ms: Milliseconds


class BadgeLost(FactBody, frozen=True):
    """A custodian confirmed that an officer's badge is lost: it signs nobody in from here on. Nothing takes this back.

    `badge` is a digest of what the roll keeps of it, which is a keyed digest itself: a new badge has another.
    """

    type = "badge_lost"
    zh = "证卡挂失"
    badge: Digest
    officer: Identifier


FACTS_OF_THE_DESK: tuple[type[FactBody], ...] = (HandoverSigned, HandoverFellDue, LoanByHand, ReturnByHand, BadgeLost)
