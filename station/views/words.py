"""What a bay's condition is called, how it is to look, and the words around it: English → Chinese."""

from collections.abc import Mapping
from enum import StrEnum


class Condition(StrEnum):
    """What a person in front of a bay needs to know; finer than a docking's step, and coarser than all we know."""

    EMPTY = "empty"
    IDENTIFYING = "identifying"
    SILENT = "silent"
    READING = "reading"
    LISTING = "listing"
    SIGNING = "signing"
    COPYING = "copying"
    CLEARABLE = "clearable"
    CLEARING = "clearing"
    CHECKING = "checking"
    READY = "ready"
    OFFERED = "offered"
    TAKEN = "taken"
    REMOVED = "removed"
    QUARANTINED = "quarantined"
    STUCK = "stuck"
    TROUBLE = "trouble"


class Tone(StrEnum):
    """Six looks, each with a colour, a shape and an outline of its own."""

    EMPTY = "empty"
    WORKING = "working"
    WAITING = "waiting"
    READY = "ready"
    OFFERED = "offered"
    STOP = "stop"


CALLED: Mapping[Condition, tuple[Tone, str]] = {
    Condition.EMPTY: (Tone.EMPTY, "Empty"),
    Condition.IDENTIFYING: (Tone.WORKING, "Identifying"),
    Condition.SILENT: (Tone.WAITING, "No answer yet"),
    Condition.READING: (Tone.WORKING, "Reading"),
    Condition.LISTING: (Tone.WORKING, "Comparing"),
    Condition.SIGNING: (Tone.WORKING, "Signing"),
    Condition.COPYING: (Tone.WAITING, "Waiting for copies"),
    Condition.CLEARABLE: (Tone.WAITING, "Waiting to clear"),
    Condition.CLEARING: (Tone.WORKING, "Clearing"),
    Condition.CHECKING: (Tone.WORKING, "Checking camera"),
    Condition.READY: (Tone.READY, "Ready"),
    Condition.OFFERED: (Tone.OFFERED, "Take the camera"),
    Condition.TAKEN: (Tone.EMPTY, "Taken"),
    Condition.REMOVED: (Tone.STOP, "Removed unasked"),
    Condition.QUARANTINED: (Tone.STOP, "Quarantined"),
    Condition.STUCK: (Tone.STOP, "Clearing failed"),
    Condition.TROUBLE: (Tone.STOP, "Out of order"),
}

STATUS_WORDS: Mapping[str, str] = {
    "Empty": "空仓",
    "Identifying": "识别中",
    "No answer yet": "无应答",
    "Reading": "采集中",
    "Comparing": "核对中",
    "Signing": "签名中",
    "Waiting for copies": "待备份",
    "Waiting to clear": "待清除",
    "Clearing": "清除中",
    "Checking camera": "检测中",
    "Ready": "可领用",
    "Take the camera": "请取走",
    "Taken": "已取走",
    "Removed unasked": "异常取出",
    "Quarantined": "已隔离",
    "Clearing failed": "清除失败",
    "Out of order": "故障",
    "Bay {bay}": "{bay} 号仓",
    "Bays": "仓位",
    "Camera": "执法记录仪",
    "Camera unknown": "执法记录仪未识别",
    "on camera": "机上",
    "signed": "已签名",
    "copied": "已备份",
    "read": "已采集",
    "Nothing on the camera": "机上无资料",
    "Journal": "日志链",
    "Witnessed": "已见证",
    "Lent out": "在外",
    "Missing": "去向不明",
    "Clock": "时钟",
    "synchronised": "已同步",
    "not synchronised": "未同步",
    "Beijing time": "北京时间",
    "Trouble": "故障",
}
