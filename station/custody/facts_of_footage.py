"""Facts about footage beyond its way to safety: what the file says of itself, what is missing, what left our disk.

None of them refuses anything: an odd file is held like any other, and what is missing is named.
"""

from typing import Annotated

from msgspec import Meta

from station.custody.fact_shapes import (
    INTEGER_MAX,
    CameraId,
    Code,
    Digest,
    FactBody,
    FactNumber,
    Identifier,
    Milliseconds,
    SealedBody,
)

NOTES_MAX = 16
_Length = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class RecordingExamined(FactBody, frozen=True):
    """What the held file says of itself, by the camera's own clock; `notes` are what is odd about it."""

    type = "recording_examined"
    zh = "媒体检查"
    recording: FactNumber
    container: Code
    media_begun_ms: Milliseconds | None = None
    media_length_ms: _Length | None = None
    notes: Annotated[tuple[Code, ...], Meta(max_length=NOTES_MAX)] = ()


class FootageMissed(SealedBody, frozen=True, kw_only=True):
    """A file that a camera listed is gone and was never held."""

    type = "footage_missed"
    zh = "资料缺失"
    private = ("original_name",)
    docking: FactNumber
    camera: CameraId | None
    listing: Identifier
    size_bytes: _Length
    begun_device_ms: Milliseconds | None
    ended_device_ms: Milliseconds | None


class StatementStamped(FactBody, frozen=True):
    """A time-stamp authority signed that the statement's signature was there at this time."""

    type = "statement_stamped"
    zh = "可信时间戳"
    recording: FactNumber
    stamp_sha256: Digest
    stamped_ms: Milliseconds


class OriginalReleased(FactBody, frozen=True):
    """The station's own original may leave its disk: the registry proved anew that it holds it."""

    type = "original_released"
    zh = "本站原件释放"
    recording: FactNumber
    receipt_sha256: Digest


class CopyLost(FactBody, frozen=True):
    """The copy on this disk was read again and is not what was copied: it proves nothing until it is made anew.

    `found` is its digest now, or `missing`, or `unreadable`.
    """

    type = "copy_lost"
    zh = "第二份失效"
    recording: FactNumber
    disk: Identifier
    found: Identifier


class HistoryDisputed(FactBody, frozen=True):
    """Somebody who has the key signed another history of this journal: nothing is lent or cleared here any more."""

    type = "history_disputed"
    zh = "日志链冲突"
    why: Code
    size: FactNumber
    root: Identifier


FACTS_OF_FOOTAGE: tuple[type[FactBody], ...] = (
    RecordingExamined,
    FootageMissed,
    StatementStamped,
    OriginalReleased,
    CopyLost,
    HistoryDisputed,
)
