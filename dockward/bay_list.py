"""`dockward bay list`: every bay, what is in it, what it measures, and what its self-test says. Moves nothing."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from dockward.bay_wires import Wires, add_config_argument, config_at, looking, works
from dockward.camera_line import shown, tell
from station.bays.battery_word import BatteryReport
from station.bays.technician_bays import bay_told
from station.bays.technician_line import EVERY_BAY, Act, BaysTold, BayTold, Question, ask
from station.config import StationConfig
from station.errors import WireFailedError

_UNKNOWN = "?"
_WHY: Mapping[str, str] = {
    "empty": "空仓",
    "cut": "已切断",
    "transferring": "采集中",
    "charging": "充电中",
    "full": "已满",
    "waits_for_power": "等待功率",
    "waits_its_turn": "等待轮到",
    "resting": "间歇",
    "too_hot": "过热",
    "too_cold": "过冷",
    "power_failed": "供电故障",
    "never_fits": "超出供电能力",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config_argument(parser)


def run(arguments: argparse.Namespace, wires: Wires) -> int:
    told = told_by(config_at(arguments), wires)
    tell(arguments, told, [line for bay in told.bays for line in lines(bay)])
    return 0


def told_by(config: StationConfig, wires: Wires) -> BaysTold:
    """The station's word where it works, else what its wires say."""
    if not works(config):
        with looking(config, wires) as looker:
            sensed = looker.settle()
            return BaysTold(
                tuple(bay_told(bay, sensed[bay.name], looker.history.verdict(bay.name)) for bay in config.bays)
            )
    said = ask(Path(config.technician), Question(Act.BAYS, EVERY_BAY))
    if not isinstance(said, BaysTold):
        raise WireFailedError("采集站答非所问 / the station answered another question; are both of one version?")
    return said


def lines(bay: BayTold) -> Iterator[str]:
    words = [
        f"{bay.bay:<4}",
        f"{bay.wired:<6}",
        f"{bay.usb:<10}",
        _either(bay.present, "有设备 full", "空仓 empty"),
        "USB 有 on USB" if bay.on_usb else "USB 无 not on USB",
        _charge(bay),
        *_measured(bay),
        *_others(bay),
        *_battery(bay.battery),
    ]
    yield "  ".join(words)
    if bay.trouble:
        yield f"      故障 trouble: {shown(bay.trouble)}"
    if bay.symptom:
        blamed = "" if bay.part is None else f"{bay.part}: "
        yield f"      自检 self-test: {blamed}{bay.symptom} → {bay.advice}"


def _charge(bay: BayTold) -> str:
    why = "" if bay.why is None else f" ({_WHY.get(bay.why, '')} {bay.why.replace('_', ' ')})"
    return _either(bay.charging, "充电 charges", "未充电 does not charge") + why


def _measured(bay: BayTold) -> Iterator[str]:
    if bay.millivolts is not None and bay.milliamperes is not None:
        yield f"{bay.millivolts} mV {bay.milliamperes} mA"
    if bay.centidegrees is not None:
        yield f"{bay.centidegrees / 100:.1f} °C"
    if bay.charge_mah is not None:
        yield f"{bay.charge_mah} mAh"


def _battery(battery: BatteryReport | None) -> Iterator[str]:
    """What several dockings say, with its limits 95 times of 100."""
    if battery is None:
        return
    if battery.health_percent is not None and battery.full_mah is not None:
        health, full_mah = battery.health_percent, battery.full_mah
        yield f"电池健康 battery {health.value:.0f} % ({health.low:.0f}–{health.high:.0f}), {full_mah.value:.0f} mAh"
    else:
        yield f"电池健康未知 battery unknown: {battery.unknown.replace('_', ' ')} ({battery.dockings})"
    if battery.ohms is not None:
        yield f"{battery.ohms.value * 1_000:.0f} mΩ"


def _others(bay: BayTold) -> Iterator[str]:
    if bay.cut is not None:
        yield f"已切断 cut: {bay.cut}"
    if bay.locked is not None:
        yield _either(bay.locked, "已锁 locked", "开锁 open")
    if bay.lamp is not None:
        yield f"灯 lamp: {bay.lamp}"
    if bay.key_turned:
        yield "钥匙已转动 key turned"
    if not bay.answers:
        yield "无应答 does not answer"


def _either(said: bool | None, yes: str, no: str) -> str:  # noqa: FBT001 - known or not
    return _UNKNOWN if said is None else yes if said else no
