"""The list and the times in a pack: every recording of its missions, given or withheld and why; picture time to UTC.

Writes tables of what it is told, as canonical JSON for programs and as CSV for people. Decides who gets nothing,
never who may ask: an approval is given to it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Literal

import msgspec

from station.custody.media_times import DISAGREES
from station.signing.statements import Statement
from station.stamp import utc_text

_CANONICAL = msgspec.json.Encoder(order="sorted")
_FORMULA = re.compile(r"[-+@]")
"""How a cell begins that a spreadsheet would compute; other signs are quoted in statements already."""
_BEIJING_MS = 8 * 3_600_000


class Reason(StrEnum):
    """Why a recording is not in the pack that belongs to its missions."""

    PURGED = "PURGED"
    TAKEN_OUT = "TAKEN_OUT"
    NOT_STATED = "NOT_STATED"
    RELEASED = "RELEASED"
    SECRET = "SECRET"  # noqa: S105 - a mark, no password
    NOT_APPROVED = "NOT_APPROVED"
    NOT_ASKED_FOR = "NOT_ASKED_FOR"


REASONS: dict[Reason, str] = {
    Reason.PURGED: "已依规定清理；随磁盘毁失的副本见清理记录 / purged by rule; its purge names lost disks",
    Reason.TAKEN_OUT: "已移出该执法活动 / was taken out of the mission",
    Reason.NOT_STATED: "本站尚未签署清单 / the station has not signed for it yet",
    Reason.RELEASED: "本站已不存原件，由中心平台保存 / not on this station any more; the registry has it",
    Reason.SECRET: "涉密标记 / marked secret",
    Reason.NOT_APPROVED: "不在批准范围内 / not among what was approved",
    Reason.NOT_ASKED_FOR: "未申请提供 / not asked for",
}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the station knows of a recording, as far as it decides whether it is given."""

    recording: int
    purged: bool
    taken_out: bool
    stated: bool
    released: bool
    secret: bool


def withheld_because(known: Known, asked: frozenset[int], approved: frozenset[int] | None) -> Reason | None:
    """None where it is given; `approved` is None where no request was named."""
    checks = (
        (known.purged, Reason.PURGED),
        (known.taken_out and known.recording not in asked, Reason.TAKEN_OUT),
        (not known.stated, Reason.NOT_STATED),
        (known.released, Reason.RELEASED),
        (known.secret, Reason.SECRET),
        (approved is not None and known.recording not in approved, Reason.NOT_APPROVED),
        (known.recording not in asked, Reason.NOT_ASKED_FOR),
    )
    return next((reason for holds, reason in checks if holds), None)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One recording of the list; `facts` are the numbers of what the journal says of it."""

    recording: int
    mission: int | None
    reason: Reason | None
    size_bytes: int
    sha256: str
    held_at: str
    clock: Literal["synchronised", "free"]
    facts: tuple[int, ...]

    @property
    def given(self) -> bool:
        return self.reason is None


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """The access request whose approval decides what is given."""

    request: int
    route: str
    approved_by: str
    approved_at: str
    valid_until: str


class ListedMission(msgspec.Struct, frozen=True, kw_only=True):
    mission: int
    facts: tuple[int, ...]


class PackList(msgspec.Struct, frozen=True, kw_only=True):
    """The file `data/list.json`; `size` is that of the checkpoint that all proofs lead to."""

    format: Literal["dockward-pack-list/1"] = "dockward-pack-list/1"
    station: str
    origin: str
    made_at: str
    size: int
    witnessed: bool
    approval: Approval | None
    disputes: tuple[int, ...]
    """Facts by which somebody holds another history of this journal."""
    missions: tuple[ListedMission, ...]
    recordings: tuple[Listed, ...]


class FactLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the readable chain of custody."""

    recording: int | None
    mission: int | None
    fact: int
    type: str
    zh: str
    at: str
    clock: str
    by: str


class MediaTimes(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of itself, by the camera's own clock; as the journal has it."""

    begun_ms: int | None = None
    length_ms: int | None = None


class TimeRow(msgspec.Struct, frozen=True, kw_only=True):
    """`picture_ms` is what the camera's clock said; `corrected_ms` what it was in UTC, within `error_ms`."""

    point: str
    picture_ms: int
    corrected_ms: int | None
    error_ms: int | None


class TimesOfOne(msgspec.Struct, frozen=True, kw_only=True):
    recording: int
    clock_ahead_ms: int | None
    clock_error_ms: int | None
    rows: tuple[TimeRow, ...]


class TimesTable(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal["dockward-pack-times/1"] = "dockward-pack-times/1"
    recordings: tuple[TimesOfOne, ...]


_POINTS = {
    "device_begun": "设备记录的开始 / begun, as the camera listed it",
    "device_ended": "设备记录的结束 / ended, as the camera listed it",
    "media_begun": "文件内的开始 / begun, as the file says",
    "media_ended": "文件内的结束 / ended, as the file says",
}


def times_of(statement: Statement, media: MediaTimes) -> TimesOfOne:
    """Unknown stays unknown: where nobody measured the camera's clock nothing is corrected.

    Nor is a time in the file that no listed time bears out: whether it is local, or the end, nobody knows.
    """
    ended = None if media.begun_ms is None or media.length_ms is None else media.begun_ms + media.length_ms
    listed_ahead, error = statement.clock_ahead_ms, statement.clock_error_ms
    media_ahead = listed_ahead if _media_borne_out(statement) else None
    said = (
        (statement.begun_device_ms, listed_ahead),
        (statement.ended_device_ms, listed_ahead),
        (media.begun_ms, media_ahead),
        (ended, media_ahead),
    )
    rows = (
        TimeRow(
            point=point,
            picture_ms=picture_ms,
            corrected_ms=None if ahead is None else picture_ms - ahead,
            error_ms=None if ahead is None else error,
        )
        for point, (picture_ms, ahead) in zip(_POINTS, said, strict=True)
        if picture_ms is not None
    )
    return TimesOfOne(
        recording=statement.recording, clock_ahead_ms=listed_ahead, clock_error_ms=error, rows=tuple(rows)
    )


def _media_borne_out(statement: Statement) -> bool:
    """Else the time in the file stands as it is written there, and may be local, or the film's end, or wrong."""
    begun_ms, ended_ms, media = statement.begun_device_ms, statement.ended_device_ms, statement.media
    if begun_ms is None or ended_ms is None or ended_ms < begun_ms:
        return False
    return media is msgspec.UNSET or DISAGREES not in media.notes


# --- As files ---


def canonical(table: msgspec.Struct) -> bytes:
    return _CANONICAL.encode(table)


def list_csv(listed: PackList, names: dict[int, str]) -> bytes:
    """`names`: what the cameras called what is given, as the statements write it."""
    head = ("资料编号 recording", "执法活动 mission", "提供 given", "原因 reason", "说明 why")
    more = ("字节数 bytes", "SHA-256", "采集时间 held at (UTC)", "原文件名 camera's name", "文件 file")
    rows = (
        (
            one.recording,
            one.mission,
            "是 yes" if one.given else "否 no",
            one.reason,
            REASONS[one.reason] if one.reason else "",
            one.size_bytes,
            one.sha256,
            one.held_at,
            _no_formula(names.get(one.recording, "")),
            f"data/{one.recording}/original" if one.given else "",
        )
        for one in listed.recordings
    )
    return _csv((*head, *more), rows)


def times_csv(table: TimesTable) -> bytes:
    head = (
        "资料编号 recording",
        "时点 point",
        "说明 what",
        "画面时间 picture time (ms)",
        "校正时间 corrected time (ms)",
        "误差 error ± (ms)",
        "画面时间 picture time (UTC+8)",
        "校正时间 corrected time (UTC+8)",
    )
    rows = (
        (
            one.recording,
            row.point,
            _POINTS[row.point],
            row.picture_ms,
            row.corrected_ms,
            row.error_ms,
            _beijing(row.picture_ms),
            _beijing(row.corrected_ms),
        )
        for one in table.recordings
        for row in one.rows
    )
    return _csv(head, rows)


def chain_csv(lines: Iterable[FactLine]) -> bytes:
    head = ("资料编号 recording", "执法活动 mission", "事实编号 fact", "种类 type", "名称 name", "时间 at (UTC)")
    more = ("时钟 clock", "由 by", "证明 proof")
    rows = (
        (
            line.recording,
            line.mission,
            line.fact,
            line.type,
            line.zh,
            line.at,
            line.clock,
            _no_formula(line.by),
            f"data/chain/{line.fact}.tlog-proof",
        )
        for line in lines
    )
    return _csv((*head, *more), rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """With the mark by which spreadsheets know UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_cells(head, rows))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cells(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield head
    yield from rows


def _no_formula(word: str) -> str:
    return _FORMULA.sub(lambda sign: f"%{ord(sign[0]):02X}", word, count=1) if _FORMULA.match(word) else word


def _beijing(at_ms: int | None) -> str:
    """Empty where nobody knows, or where a camera's clock stood beyond any calendar."""
    try:
        return "" if at_ms is None else utc_text(at_ms + _BEIJING_MS).replace("T", " ").removesuffix("Z")
    except (ValueError, OverflowError, OSError):
        return ""
