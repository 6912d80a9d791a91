"""What the panel says beside what the page says: short words for small tiles, and what to do. Chinese and English."""

from collections.abc import Mapping
from typing import NamedTuple

from station.views.words import Condition


class Said(NamedTuple):
    """The same in both languages; Chinese is drawn first, and larger."""

    zh: str
    en: str


SHORT: Mapping[Condition, Said] = {
    Condition.EMPTY: Said("空", "empty"),
    Condition.IDENTIFYING: Said("识别", "identify"),
    Condition.SILENT: Said("唤醒", "waking"),
    Condition.GIVEN_UP: Said("已报修", "repair"),
    Condition.READING: Said("采集", "reading"),
    Condition.LISTING: Said("核对", "compare"),
    Condition.SIGNING: Said("签名", "signing"),
    Condition.COPYING: Said("待备份", "to copy"),
    Condition.CLEARABLE: Said("待清除", "to clear"),
    Condition.CLEARING: Said("清除", "clearing"),
    Condition.CHECKING: Said("检测", "checking"),
    Condition.READY: Said("可领用", "ready"),
    Condition.OFFERED: Said("请取", "take it"),
    Condition.TAKEN: Said("已取", "taken"),
    Condition.REMOVED: Said("异常", "removed"),
    Condition.QUARANTINED: Said("隔离", "apart"),
    Condition.STUCK: Said("未清除", "stuck"),
    Condition.TROUBLE: Said("故障", "fault"),
}
"""For a tile of thirty; three characters at most."""

LEAVE_IN = Said("请勿取出", "Leave it in")
TO_DO: Mapping[Condition, Said] = {
    Condition.IDENTIFYING: LEAVE_IN,
    Condition.READING: LEAVE_IN,
    Condition.GIVEN_UP: Said(
        "久无应答，已报修，机内可能有未采集的资料；请勿取出，联系管理人员",
        "It did not answer and is in repair; there may be unread footage in it. Leave it in, call the custodian",
    ),
    Condition.REMOVED: Said(
        "未经领用即被取出；请放回仓位，或联系管理人员",
        "It was taken out without an offer. Put it back, or call the custodian",
    ),
    Condition.QUARANTINED: Said(
        "不在本站名册，资料单独保存，不予清除；请联系管理人员",
        "Not on this station's roll: its footage is kept apart and not cleared. Call the custodian",
    ),
    Condition.STUCK: Said(
        "机上资料多次清除失败，暂不能领用；请联系管理人员",
        "Clearing it failed too often, so it is not lent. Call the custodian",
    ),
}
"""Where the condition alone does not say it. Trouble brings words of its own."""

TAKE = Said("{bay}号仓，绿灯，请取", "Bay {bay}, green lamp: take the camera")
TAKE_FROM_FAULT = Said("{bay}号仓，请取", "Bay {bay}: take the camera")
"""While something is wrong with the bay, nobody can say what its lamp shows."""
MAY_GO = Said("已归仓，充电唤醒中，可以离开", "Docked, charging until it wakes. You may go")

CLOCK_NAME = Said("时钟", "clock")
CLOCK_TROUBLE = Said(
    "本站时钟未同步，所记时间可能不准；请检查网络，联系技术员",
    "The clock is not synchronised, recorded times may be wrong: see to the network, call the technician",
)
REFUSED = Said("未能办理", "Refused")
BAYS = Said("仓位", "Bays")
OUT = Said("在外", "out")
MISSING = Said("去向不明", "missing")
BAY = Said("{bay} 号仓", "Bay {bay}")
CAMERA = Said("执法记录仪 {camera}", "Camera {camera}")
PANEL_TROUBLE = "显示屏故障，其他功能照常，自动重试"
"""On the status page, the cause behind it."""
