"""What stands at the bays beside their cameras, in words: a turned key, a failed supply, a charger that was cut.

Says what a person at the dock is to do. Pure; numbers and bays only, never a person.
"""

from collections.abc import Iterator, Mapping

from station.bays.sign_watch import SUPPLY
from station.custody.bay_signs import RELEASES_MAX, BayCharger, CutFor
from station.custody.state import State

POWER_TROUBLE = (
    "供电中断，正在采集的继续，其余待供电恢复；请检查电源，若电源正常，请检查监测接线 / "
    "the supply failed: what is being read goes on, the rest waits; see to the mains, and where that is well to the "
    "sensing wire"
)
KEY_TROUBLE = (
    "机械钥匙已转动，或其接线断开；请复位钥匙，若钥匙未动，请联系技术员 / "
    "the mechanical key is turned, or its wire is broken: turn it back; where nobody turned it, call the technician"
)
_OPEN_AND_TAKE = "请管理员开仓取出设备和连接线"
_TAKE_OUT = "have the custodian open the bay and take camera and cable out"
CUT_TROUBLES: Mapping[str, str] = {
    CutFor.OVER_CURRENT: (
        f"充电电流过大，已断电；{_OPEN_AND_TAKE}，检查插口后重新插入 / "
        f"over-current, charging was cut: {_TAKE_OUT}, look at the plug, then dock it again"
    ),
    CutFor.SHORT: (
        f"充电短路，已断电；{_OPEN_AND_TAKE}，此线勿再使用，请联系技术员 / "
        f"short circuit, charging was cut: {_TAKE_OUT}, do not use that cable again, call the technician"
    ),
    CutFor.OVER_TEMPERATURE: (
        "温度过高，已停止充电；请保持通风，勿遮盖，降温十分钟后自动恢复 / "
        "too warm, charging was cut: keep air around it; it goes on by itself after ten cool minutes"
    ),
    CutFor.BLIND: (
        "充电测量无应答，已停止充电；恢复十分钟后自动继续，若不恢复，请联系技术员 / "
        "nothing is measured, charging was cut: it goes on by itself after ten good minutes; else call the technician"
    ),
    CutFor.STUCK: (
        f"充电开关无法断开；{_OPEN_AND_TAKE}，此仓勿再使用，请联系技术员 / "
        f"the charger does not switch off: {_TAKE_OUT}, do not use that bay again, call the technician"
    ),
    CutFor.UNKNOWN: (
        f"仓位板已切断充电，原因不明；{_OPEN_AND_TAKE}，并联系技术员 / "
        f"the board cut charging and nobody knows why: {_TAKE_OUT}, and call the technician"
    ),
}
CUT_TOO_OFTEN = (
    f"多次停止充电，不再自动恢复；{_OPEN_AND_TAKE}，并联系技术员 / "
    f"charging was cut too often and does not go on by itself: {_TAKE_OUT}, and call the technician"
)


def bay_troubles(state: State) -> Mapping[str, str]:
    """By bay, or by what else it troubles; Chinese first. A bay with two troubles says both."""
    troubles: dict[str, str] = {}
    for what, words in _all(state):
        troubles[what] = joined(troubles[what], words) if what in troubles else words
    return troubles


def all_joined(troubles: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {**troubles, **{what: joined(troubles[what], o) if what in troubles else o for what, o in others.items()}}


def joined(one: str, other: str) -> str:
    """Two troubles of one bay in one line, in each language together."""
    zh, _, en = one.partition(" / ")
    other_zh, _, other_en = other.partition(" / ")
    return f"{zh}；{other_zh} / {en}; {other_en}"


def _all(state: State) -> Iterator[tuple[str, str]]:
    if state.outages:
        yield SUPPLY, POWER_TROUBLE
    for bay, charger in state.chargers.items():
        if charger.cut:
            yield bay, _cut_words(charger)
    for bay in state.keys:
        yield bay, KEY_TROUBLE


def _cut_words(cut: BayCharger) -> str:
    passes = cut.why in {CutFor.OVER_TEMPERATURE, CutFor.BLIND}
    return (
        CUT_TOO_OFTEN
        if passes and cut.releases >= RELEASES_MAX
        else CUT_TROUBLES.get(cut.why, CUT_TROUBLES[CutFor.UNKNOWN])
    )
