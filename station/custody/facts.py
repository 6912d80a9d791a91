"""The one catalogue of facts: everything a journal can say. docs/facts.md is drawn from it.

A fact is permanent. Adding one is free; renaming or reshaping one needs an issue, and a reshaped body gets a new
version beside the old. Names and words about persons never stand in a body: fields named in `private` carry only a
salted commitment in `sealed`; the words travel beside the journal and can be purged.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from station.custody.fact_shapes import (
    INTEGER_MAX,
    PROOFS_CITED_MAX,
    RECORDINGS_PER_ORDER_MAX,
    Articles,
    CameraId,
    Code,
    Digest,
    ErrorMilliseconds,
    FactBody,
    FactNumber,
    FactNumbers,
    Identifier,
    Milliseconds,
    Minutes,
    Percent,
    Rule,
    SealedBody,
)
from station.custody.facts_of_batteries import FACTS_OF_BATTERIES
from station.custody.facts_of_bays import FACTS_OF_BAYS
from station.custody.facts_of_disks import FACTS_OF_DISKS
from station.custody.facts_of_disposals import FACTS_OF_DISPOSALS
from station.custody.facts_of_footage import FACTS_OF_FOOTAGE
from station.custody.facts_of_keeping import FACTS_OF_KEEPING
from station.custody.facts_of_missions import FACTS_OF_MISSIONS
from station.custody.facts_of_orders import FACTS_OF_ORDERS
from station.custody.facts_of_the_desk import FACTS_OF_THE_DESK
from station.stamp import Stamp

__all__ = [  # of the shapes, what others take from here together with the facts
    "INTEGER_MAX",
    "PROOFS_CITED_MAX",
    "RECORDINGS_PER_ORDER_MAX",
    "Code",
    "Digest",
    "ErrorMilliseconds",
    "FactBody",
    "FactNumber",
    "Milliseconds",
]


class JournalOpened(FactBody, frozen=True):
    """Entry 0: the life of this journal begins; it names its own origin and key."""

    type = "journal_opened"
    zh = "日志链启用"
    origin: Identifier
    log_key: Annotated[str, Meta(max_length=512)]


class DockingStarted(FactBody, frozen=True):
    """A bay's presence switch closed. The docking is known by this fact's number."""

    type = "docking_started"
    zh = "归仓"
    bay: Identifier


class CameraAdmitted(FactBody, frozen=True):
    """The camera said who it is and policy takes it as ours. Its clock was read before anything set it."""

    type = "camera_admitted"
    zh = "识别准入"
    docking: FactNumber
    camera: CameraId
    model: Identifier
    clock_ahead_ms: Milliseconds | None
    clock_error_ms: ErrorMilliseconds | None


class CameraSilent(FactBody, frozen=True):
    """Something is in the bay but says nothing over USB; `camera` only where a badge or label scan bound it."""

    type = "camera_silent"
    zh = "无应答"
    docking: FactNumber
    camera: CameraId | None


class CameraQuarantined(FactBody, frozen=True):
    """Policy does not take it as ours: read into a folder of its own, never cleared, never lent."""

    type = "camera_quarantined"
    zh = "隔离"
    docking: FactNumber
    camera: CameraId | None
    claimed: Identifier
    code: Code
    articles: Articles
    rule: Rule = ""


class LoanEnded(FactBody, frozen=True):
    """The camera an officer had is in a bay again."""

    type = "loan_ended"
    zh = "交还"
    loan: FactNumber
    camera: CameraId
    docking: FactNumber


class RecordingHeld(SealedBody, frozen=True, kw_only=True):
    """One recording is on our disk, proved by reading it back. It is known by this fact's number."""

    type = "recording_held"
    zh = "音像资料已采集"
    private = ("original_name",)
    docking: FactNumber
    source: Identifier
    listing: Identifier
    size_bytes: Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
    sha256: Digest
    begun_device_ms: Milliseconds | None
    ended_device_ms: Milliseconds | None
    loan: FactNumber | None
    unattributed: Code | None


class CameraRead(FactBody, frozen=True):
    """A complete listing showed nothing that is not held."""

    type = "camera_read"
    zh = "采集完毕"
    docking: FactNumber
    listed: Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class FootageFound(FactBody, frozen=True):
    """A complete listing showed something that is not held: the camera is to be read further."""

    type = "footage_found"
    zh = "发现未采集资料"
    docking: FactNumber
    unheld: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]


class StatementSigned(FactBody, frozen=True):
    """Our signed claim about one recording; the station's sealed copy is proved from here on."""

    type = "statement_signed"
    zh = "清单已签名"
    recording: FactNumber
    statement_sha256: Digest


class CopySealed(FactBody, frozen=True):
    """A second sealed copy on another disk of the unit, read back and equal."""

    type = "copy_sealed"
    zh = "第二份封存"
    recording: FactNumber
    disk: Identifier


class ReceiptAccepted(FactBody, frozen=True):
    """The registry's signed answer was verified: it holds this recording."""

    type = "receipt_accepted"
    zh = "回执已核验"
    recording: FactNumber
    receipt_sha256: Digest


class ClearingReleased(SealedBody, frozen=True, kw_only=True):
    """A custodian released what is held of a camera so far for clearing."""

    type = "clearing_released"
    zh = "同意清除"
    private = ("remark",)
    docking: FactNumber


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts that each prove one verified copy of a recording."""

    recording: FactNumber
    copies: Annotated[tuple[FactNumber, ...], Meta(max_length=16)]


class ClearingOrdered(FactBody, frozen=True):
    """These recordings, and no others, may now be deleted from the camera; each cites its proofs."""

    type = "clearing_ordered"
    zh = "下令清除"
    docking: FactNumber
    proofs: Annotated[tuple[Proof, ...], Meta(min_length=1, max_length=RECORDINGS_PER_ORDER_MAX)]
    release: FactNumber | None


class CameraCleared(FactBody, frozen=True):
    """A new listing shows that what was ordered deleted is gone."""

    type = "camera_cleared"
    zh = "已清除"
    docking: FactNumber
    recordings: FactNumbers


class ClearingFailed(FactBody, frozen=True):
    """The camera deleted nothing of what it was ordered to delete; everything is kept."""

    type = "clearing_failed"
    zh = "清除失败"
    docking: FactNumber


class BatteryJudged(FactBody, frozen=True):
    """What the battery is worth; no number where there is no evidence yet."""

    type = "battery_judged"
    zh = "电池评估"
    docking: FactNumber
    percent: Percent | None
    health_percent: Percent | None
    recording_minutes: Minutes | None = None
    """What the battery is predicted to last."""
    free_minutes: Minutes | None = None
    """What the card has room for."""


class ClockSet(FactBody, frozen=True):
    """The camera's clock was set and read back."""

    type = "clock_set"
    zh = "校时"
    docking: FactNumber
    clock_ahead_ms: Milliseconds
    clock_error_ms: ErrorMilliseconds


class ClockNotSet(FactBody, frozen=True):
    """The camera has no clock that can be set: nobody waits for it, and its footage is credited to nobody by time."""

    type = "clock_not_set"
    zh = "无法校时"
    docking: FactNumber


class CameraHandled(SealedBody, frozen=True, kw_only=True):
    """A technician acted on a docked camera through the station's own door; `by` is the system account's number."""

    type = "camera_handled"
    zh = "技术员操作"
    private = ("account",)
    docking: FactNumber
    camera: CameraId | None
    act: Code
    outcome: Code


class BayTested(SealedBody, frozen=True, kw_only=True):
    """A technician had a bay's wires tested through the station's own door; `failed` are the steps that failed."""

    type = "bay_tested"
    zh = "仓位检测"
    private = ("account",)
    bay: Identifier
    outcome: Code
    failed: Annotated[tuple[Code, ...], Meta(max_length=16)] = ()


class BayOffered(SealedBody, frozen=True, kw_only=True):
    """A camera is offered to an officer; durable before the bay unlocks. The loan is known by this number."""

    type = "bay_offered"
    zh = "开仓待领"
    private = ("reason",)
    docking: FactNumber
    camera: CameraId
    officer: Identifier


class LoanRefused(FactBody, frozen=True):
    """An officer asked for a camera and a rule said no; without articles it is a default, not law."""

    type = "loan_refused"
    zh = "拒绝领用"
    docking: FactNumber
    officer: Identifier
    code: Code
    articles: Articles
    rule: Rule = ""


class LoanStarted(FactBody, frozen=True):
    """The offered camera left its bay: it is in the officer's hands."""

    type = "loan_started"
    zh = "领用"
    loan: FactNumber
    docking: FactNumber
    camera: CameraId
    officer: Identifier | None = None


class OfferLapsed(FactBody, frozen=True):
    """Nobody took the offered camera; the bay is locked again."""

    type = "offer_lapsed"
    zh = "逾时未领"
    loan: FactNumber
    docking: FactNumber


class CameraRemoved(FactBody, frozen=True):
    """Something left its bay without having been offered: an alarm."""

    type = "camera_removed"
    zh = "未经领用取出"
    docking: FactNumber
    camera: CameraId | None


class DockingEnded(FactBody, frozen=True):
    """The bay is empty again."""

    type = "docking_ended"
    zh = "离仓"
    docking: FactNumber


class Purged(FactBody, frozen=True):
    """The private values beside these entries are deleted; the entries stand."""

    type = "purged"
    zh = "个人信息已删除"
    entries: Annotated[FactNumbers, Meta(min_length=1)]
    rule: Code


_ALL: tuple[type[FactBody], ...] = (
    JournalOpened,
    DockingStarted,
    CameraAdmitted,
    CameraSilent,
    CameraQuarantined,
    LoanEnded,
    RecordingHeld,
    CameraRead,
    FootageFound,
    StatementSigned,
    CopySealed,
    ReceiptAccepted,
    ClearingReleased,
    ClearingOrdered,
    CameraCleared,
    ClearingFailed,
    BatteryJudged,
    ClockSet,
    ClockNotSet,
    CameraHandled,
    BayTested,
    BayOffered,
    LoanRefused,
    LoanStarted,
    OfferLapsed,
    CameraRemoved,
    DockingEnded,
    Purged,
    *FACTS_OF_BATTERIES,
    *FACTS_OF_BAYS,
    *FACTS_OF_FOOTAGE,
    *FACTS_OF_MISSIONS,
    *FACTS_OF_KEEPING,
    *FACTS_OF_DISKS,
    *FACTS_OF_DISPOSALS,
    *FACTS_OF_THE_DESK,
    *FACTS_OF_ORDERS,
)

CATALOGUE: Mapping[tuple[str, int], type[FactBody]] = {(body.type, body.v): body for body in _ALL}


class Fact(msgspec.Struct, frozen=True):
    """One fact: its place in the journal, when and by whom, and what. `private` holds the words that are sealed."""

    n: int
    at: Stamp
    by: str
    policy: str
    subject: str
    body: FactBody
    private: dict[str, str] = {}


def body_fields(body: FactBody) -> dict[str, Any]:
    """The body as plain JSON values."""
    fields: dict[str, Any] = msgspec.to_builtins(body)
    return fields
