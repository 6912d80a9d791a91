"""What people do about a camera that is to leave its department. Unproven like any observation."""

from dataclasses import dataclass

from station.custody.observations import PersonsAct
from station.policy.ratio import RatioAct


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDisposal(PersonsAct):
    """`approver`: whom the proposal names; it must, where the department would have too few cameras left."""

    camera: str
    act: RatioAct
    recipient: str
    ground: str
    approver: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDisposal(PersonsAct):
    disposal: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveDisposal(PersonsAct):
    """`remark`: the approver's own reason; it must be there, where too few cameras would be left."""

    disposal: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseDisposal(PersonsAct):
    disposal: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackCamera(PersonsAct):
    """What was lent came back; what was passed on has an owner by the roll who lends it here."""

    disposal: int
    remark: str = ""
