"""The disks in words: when one will be full, what happens then, what helps; what was not compared for too long.

Chinese first; refuses nothing.
"""

import datetime as dt
from collections.abc import Mapping

from station.stamp import Stamp, beijing
from station.store.scrub_rounds import ORIGINALS
from station.store.space import Forecast, SpaceLevel

_THEN_ZH = "届时新归仓的记录仪不再采集、不再清除，须先清除方可领用的不能领用，机上资料不丢失"
_THEN_EN = (
    "then cameras are not read and not cleared any more, and those that must be cleared first are not lent; what is on "
    "them stays there"
)
_HELP_ZH = "请恢复与登记中心的通信，设置本站保存天数（store.keep_days），或按规定清理到期资料"
_HELP_EN = "what helps: the line to the registry, store.keep_days, a purge of what is past its term"
_LEVELS_ZH = {SpaceLevel.SOON: "提示", SpaceLevel.LOW: "警告", SpaceLevel.FULL: "严重"}
_LEVELS_EN = {SpaceLevel.SOON: "notice", SpaceLevel.LOW: "warning", SpaceLevel.FULL: "alarm"}
_COMPARED_ZH = "请接好磁盘并保持本站开机，核验自动进行"
_COMPARED_EN = "see that the disk is there and leave the station on, it goes on by itself"
SECOND_TROUBLE = "第二磁盘不可用，暂不能备份，本站照常工作，恢复后自动补备"
RETURNED_TROUBLE = (
    "已注销的磁盘又接在本站，本站不写入、不计入；其上可能有应已清理的资料，请立即取下并交管理人员，换用空盘"
)
OWN_TROUBLE = "本站资料磁盘故障，请立即联系技术员，勿取出未采集的记录仪"


def unverified_trouble(overdue: Mapping[str, int]) -> str:
    """What was not compared in time with what was held, and since how many days; empty where everything was."""
    zh, en = [], []
    for store, days in sorted(overdue.items(), key=lambda one: one[0] != ORIGINALS):
        own = store == ORIGINALS
        zh.append(f"{'本站原件' if own else f'磁盘 {store} 上的备份'}已{days}天未全部核验")
        en.append(f"{'the originals here' if own else f'the copies on {store}'} were not all compared for {days} days")
    return f"{'；'.join(zh)}；{_COMPARED_ZH} / {'; '.join(en)}; {_COMPARED_EN}" if overdue else ""


def space_trouble(found: Forecast, at: Stamp) -> str | None:
    """None while there is room for more than two weeks."""
    if found.level is SpaceLevel.GOOD:
        return None
    zh, en = _LEVELS_ZH[found.level], _LEVELS_EN[found.level]
    if found.level is SpaceLevel.FULL:
        return (
            f"{zh}：资料磁盘已满或容不下在仓资料；{_THEN_ZH}；{_HELP_ZH} / "
            f"{en}: the disk for footage is full, or has no room for what is docked; {_THEN_EN}; {_HELP_EN}"
        )
    if not at.synchronised:
        return (
            f"{zh}：资料磁盘约{found.full_in_days}天后将满；{_THEN_ZH}；{_HELP_ZH} / "
            f"{en}: the disk for footage is full in about {found.full_in_days} days; {_THEN_EN}; {_HELP_EN}"
        )
    day = (beijing(at.utc_ms) + dt.timedelta(days=found.full_in_days or 0)).date()
    return (
        f"{zh}：资料磁盘预计{day.year}年{day.month}月{day.day}日前后将满；{_THEN_ZH}；{_HELP_ZH} / "
        f"{en}: the disk for footage will be full on about {day}; {_THEN_EN}; {_HELP_EN}"
    )
