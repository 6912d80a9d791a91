"""What a bay's condition is called, how it is to look, and the words around it: English → Chinese."""

from collections.abc import Mapping
from enum import StrEnum

from station.custody.due_work import Work
from station.store.at_rest import AtRest


class Condition(StrEnum):
    """What a person in front of a bay needs to know; finer than a docking's step, and coarser than all we know."""

    EMPTY = "empty"
    IDENTIFYING = "identifying"
    SILENT = "silent"
    GIVEN_UP = "given_up"
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
    Condition.SILENT: (Tone.WAITING, "No answer: leave it to charge"),
    Condition.GIVEN_UP: (Tone.STOP, "In repair unread: call the custodian"),
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
    "No answer: leave it to charge": "无应答，请留仓充电",
    "In repair unread: call the custodian": "未采集已报修",
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
    "Policy pack": "规则包",
    "Journal": "日志链",
    "Witnessed": "已见证",
    "Lent out": "在外",
    "Loans today: {count}, still out: {out}": "今日领用 {count}，未还 {out}",
    "back": "已还",
    "out": "未还",
    "on paper": "纸质登记",
    "Missing": "去向不明",
    "Clock": "时钟",
    "synchronised": "已同步",
    "not synchronised": "未同步",
    "Beijing time": "北京时间",
    "Trouble": "故障",
}

BAY_TROUBLE = "仓位板或门锁故障，请联系技术员"
BADGE_TROUBLE = "读卡器故障，暂不能刷卡领用，请检查接线"
STAMP_TROUBLE = "时间戳服务受阻，证据照常保存，自动重试"
AT_REST_TROUBLES: Mapping[AtRest, tuple[str, str]] = {
    AtRest.PLAIN: ("资料盘未加密，不安全，采集照常，请联系技术员", "not encrypted on its disk, so not safe"),
    AtRest.UNKNOWN: ("资料盘是否加密无法确认，采集照常，请联系技术员", "not known to be encrypted on its disk"),
}
LINK_TROUBLE = "与登记中心通信受阻，本站照常工作"
WORK_TROUBLES: Mapping[Work, str] = {
    Work.IDENTIFY: "识别受阻，请重新插好",
    Work.CALL_SILENT: "识别受阻，请重新插好",
    Work.WAKE: "设备无应答，正在充电唤醒，请勿取出；久无应答将自动报修，机内可能有资料",
    Work.OPEN_REPAIR: "报修受阻，设备无应答，机内可能有资料，请联系管理人员",
    Work.READ: "采集受阻，资料仍在机上，请勿取出",
    Work.SIGN: "签名受阻，资料已保存，请联系技术员",
    Work.UPLOAD: "上传受阻，资料已保存，自动重试",
    Work.ORDER_CLEARING: "清除受阻，机上资料未动",
    Work.CLEAR: "清除受阻，机上资料未动",
    Work.JUDGE_BATTERY: "电池评估受阻",
    Work.SET_CLOCK: "校时受阻",
    Work.LAPSE_OFFER: "待领状态受阻",
    Work.COPY: "第二份备份受阻，资料仍在本站，自动重试",
    Work.RELEASE: "本站原件未释放，登记中心未能重新证明，原件仍在本站",
    Work.SCRUB: "原件核验受阻，资料仍在本站，自动重试",
    Work.SCRUB_COPY: "第二份核验受阻，自动重试",
    Work.PURGE: "清理资料受阻，尚未清理完毕，自动重试",
    Work.EXPIRE_ACCESS: "调阅批准到期登记受阻",
    Work.TELL_LATE: "超时存放告警受阻",
    Work.TELL_HANDOVER: "移交到期登记受阻",
}
"""What keeps failing, for whoever stands at the dock; the cause follows in English."""


def at_rest_trouble(unsafe: Mapping[str, AtRest]) -> str:
    """What a person must do about folders that are not known to be encrypted; empty where there are none."""
    if not unsafe:
        return ""
    chinese, english = AT_REST_TROUBLES[max(unsafe.values(), key=(AtRest.UNKNOWN, AtRest.PLAIN).index)]
    return f"{chinese} / {', '.join(unsafe)}: {english}; footage is held all the same; see the encrypted-disk runbook"


DESK_WORDS: Mapping[str, str] = {
    "Bay {bay}, recordings: {count}": "{bay} 号仓，资料 {count} 份",
    "First page": "首页",
    "Release": "放行",
    "Release for clearing": "放行清除",
    "Released, recordings by bay: {done}": "已放行，各仓资料份数：{done}",
    "Remark": "备注",
    "Sign out": "退出登录",
    "Signed in": "已登录",
    "What you may do here": "您可以办理",
}
"""What the desk's own page says."""
