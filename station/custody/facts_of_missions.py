"""Facts about missions, what was not recorded in them, and whose footage is whose: all of them acts of people.

Causes, subjects, numbers of cases and reasons are words about persons: they are private, and sealed in the entry.
"""

from typing import Annotated

from msgspec import Meta

from station.custody.fact_shapes import (
    CameraId,
    Code,
    FactBody,
    FactNumber,
    Identifier,
    Milliseconds,
    PackCode,
    SealedBody,
)

OFFICERS_MAX = 64


class MissionDeclared(SealedBody, frozen=True, kw_only=True):
    """Officers declared an enforcement activity. The mission is known by this fact's number."""

    type = "mission_declared"
    zh = "执法活动登记"
    private = ("cause", "party")
    activity: PackCode
    kind: PackCode
    on_site: bool
    emergency: bool
    officers: Annotated[tuple[Identifier, ...], Meta(min_length=1, max_length=OFFICERS_MAX)]
    started_ms: Milliseconds


class MissionNumbered(SealedBody, frozen=True, kw_only=True):
    """The number of its procedure or case was given; after an urgent start it is made up later."""

    type = "mission_numbered"
    zh = "补录案号"
    private = ("number",)
    mission: FactNumber


class MissionDescribed(SealedBody, frozen=True, kw_only=True):
    """Its cause or its party was given, or given anew."""

    type = "mission_described"
    zh = "补录案由"
    private = ("cause", "party")
    mission: FactNumber


class MissionMarked(SealedBody, frozen=True, kw_only=True):
    """Something that happened in it was noted: refused, obstructed, disputed, told of the recording, and the like."""

    type = "mission_marked"
    zh = "执法活动标注"
    private = ("remark",)
    mission: FactNumber
    mark: Code


class MissionEnded(FactBody, frozen=True):
    """The activity was over at this time; said again, the time is corrected."""

    type = "mission_ended"
    zh = "执法活动结束"
    mission: FactNumber
    ended_ms: Milliseconds


class MissionClosed(FactBody, frozen=True):
    """Its footage, or the accepted explanation of what is missing, is complete."""

    type = "mission_closed"
    zh = "执法活动办结"
    mission: FactNumber
    gap: bool
    text_record: bool


class MissionReopened(SealedBody, frozen=True, kw_only=True):
    """A closed mission is open again, to be corrected."""

    type = "mission_reopened"
    zh = "重新打开执法活动"
    private = ("reason",)
    mission: FactNumber


class RecordingPlaced(FactBody, frozen=True):
    """A person settled which mission a recording belongs to."""

    type = "recording_placed"
    zh = "归入执法活动"
    recording: FactNumber
    mission: FactNumber


class RecordingWithdrawn(SealedBody, frozen=True, kw_only=True):
    """A recording was taken out of its mission, to be placed in another or in none."""

    type = "recording_withdrawn"
    zh = "移出执法活动"
    private = ("reason",)
    recording: FactNumber
    mission: FactNumber


class RecordingAttributed(SealedBody, frozen=True, kw_only=True):
    """A person settled in whose loan a recording was made, or that nobody's loan fits."""

    type = "recording_attributed"
    zh = "资料归属认定"
    private = ("reason",)
    recording: FactNumber
    loan: FactNumber | None


class ExplanationWritten(SealedBody, frozen=True, kw_only=True):
    """Why there is no footage of a mission, or not all. The explanation is known by this fact's number."""

    type = "explanation_written"
    zh = "工作情况说明"
    private = ("grounds", "basis")
    mission: FactNumber
    reason: PackCode
    camera: CameraId | None
    until_stop: bool


class ExplanationReturned(SealedBody, frozen=True, kw_only=True):
    """The reviewer gave it back to be written again."""

    type = "explanation_returned"
    zh = "说明退回"
    private = ("remark",)
    explanation: FactNumber


class ExplanationRewritten(SealedBody, frozen=True, kw_only=True):
    """What was given back was written again."""

    type = "explanation_rewritten"
    zh = "说明重写"
    private = ("grounds", "basis")
    explanation: FactNumber
    reason: PackCode
    until_stop: bool


class ExplanationAccepted(SealedBody, frozen=True, kw_only=True):
    """The reviewer accepted it: the mission may be closed with it."""

    type = "explanation_accepted"
    zh = "说明审核通过"
    private = ("remark",)
    explanation: FactNumber
    mission: FactNumber


class ExplanationKept(FactBody, frozen=True):
    """The keeper took it into keeping."""

    type = "explanation_kept"
    zh = "说明存档"
    explanation: FactNumber


FACTS_OF_MISSIONS: tuple[type[FactBody], ...] = (
    MissionDeclared,
    MissionNumbered,
    MissionDescribed,
    MissionMarked,
    MissionEnded,
    MissionClosed,
    MissionReopened,
    RecordingPlaced,
    RecordingWithdrawn,
    RecordingAttributed,
    ExplanationWritten,
    ExplanationReturned,
    ExplanationRewritten,
    ExplanationAccepted,
    ExplanationKept,
)
