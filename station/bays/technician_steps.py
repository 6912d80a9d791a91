"""The steps of a bay's test, and what each one's measurements come to: ok, failed, for a person to judge, or not done.

Pure: drives nothing and asks nobody. What no wire reads back (a lamp, a bolt) only a person can judge.
"""

from enum import StrEnum

import msgspec

from hardware.wires import Measured
from station.bays.self_test import DRAWS_MA, Verdict

MILLIVOLTS_MIN = 4_400
"""What USB promises a device at the end of its cable; a fuse that blew leaves far less."""

_NOT_CHARGING = (
    "可能已充满；请清洁触点，或换未充满的设备再试 / its battery may be full; clean the contacts, or try one that is not"
)


class Name(StrEnum):
    """Each part of a bay that is tested."""

    BOARD = "board"
    SWITCH = "switch"
    USB = "usb"
    LAMP = "lamp"
    CHARGER = "charger"
    LOCK = "lock"
    KEY = "key"
    HISTORY = "history"


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    LOOK = "look"
    """Done; whether it was seen to work, a person says."""
    NOT_DONE = "not_done"


class Step(msgspec.Struct, frozen=True):
    """One step, what was found, and what to do next where it failed."""

    name: Name
    outcome: Outcome
    said: str
    advice: str = ""


def board_step(answers: bool, trouble: str) -> Step:  # noqa: FBT001 - it does, or does not
    if answers:
        return Step(Name.BOARD, Outcome.OK, "应答 / answers")
    return Step(
        Name.BOARD,
        Outcome.FAILED,
        trouble or "无应答 / does not answer",
        "请检查控制板的供电、地址与总线 / check the board's power, its address and the bay bus",
    )


def usb_step(present: bool | None, usb: bool, place: str) -> Step:  # noqa: FBT001
    match present, usb:
        case True, True:
            return Step(Name.USB, Outcome.OK, f"{place} 有设备 / a device is there")
        case False, False:
            return Step(Name.USB, Outcome.OK, f"{place} 无设备，仓空 / nothing there, and the bay is empty")
        case True, False:
            return Step(
                Name.USB,
                Outcome.FAILED,
                f"{place} 无设备，仓内有设备 / nothing there, and something is in the bay",
                "请检查线缆；换过集线器请运行 / check the cable; after a change of hubs run: dockward bay map",
            )
        case False, True:
            return Step(
                Name.USB,
                Outcome.FAILED,
                f"{place} 有设备，开关显示空仓 / a device is there, and the switch says empty",
                "请检查开关；换过线缆请运行 / check the switch; after a change of cables run: dockward bay map",
            )
        case _:
            return Step(Name.USB, Outcome.NOT_DONE, "开关未知 / nobody knows whether the bay is empty")


def switch_step(present: bool | None) -> Step:  # noqa: FBT001
    """As it stands: whether it moves, a person with a camera tries."""
    if present is None:
        return Step(Name.SWITCH, Outcome.FAILED, "无读数 / says nothing", "请检查开关接线 / check the switch's wire")
    return Step(Name.SWITCH, Outcome.LOOK, "显示有设备 / says full" if present else "显示空仓 / says empty")


def pressed_step(moved: bool) -> Step:  # noqa: FBT001
    if moved:
        return Step(Name.SWITCH, Outcome.OK, "动作正常 / was seen to move")
    advice = "请检查开关与接线 / check the switch and its wire"
    return Step(Name.SWITCH, Outcome.FAILED, "未见动作 / was not seen to move", advice)


def key_step(turned: bool | None) -> Step:  # noqa: FBT001
    match turned:
        case None:
            return Step(Name.KEY, Outcome.NOT_DONE, "本仓未接 / this bay senses none")
        case True:
            return Step(
                Name.KEY,
                Outcome.FAILED,
                "钥匙已转动，或断线 / is turned, or its wire is broken",
                "请将钥匙复位；仍然如此请检查接线 / turn the key back; if it stays so, check its wire",
            )
        case False:
            return Step(Name.KEY, Outcome.OK, "未转动 / is not turned")


def driven_step(name: Name, failure: str) -> Step:
    """A lamp or a lock, once it was told all it can do."""
    if failure:
        return Step(name, Outcome.FAILED, failure, "请检查接线或控制板 / check its wires, or the board")
    told = {
        Name.LAMP: "红、绿、蓝、白依次亮过 / was told red, green, blue, white, one after another",
        Name.LOCK: "开锁后已上锁 / was told to open, then to close",
    }
    return Step(name, Outcome.LOOK, told[name])


def charger_step(occupied: bool, on: Measured | None, off: Measured | None, failure: str) -> Step:  # noqa: FBT001
    """By what was measured while it was on, and after it was off again."""
    if failure:
        return Step(Name.CHARGER, Outcome.FAILED, failure, "请检查接线或控制板 / check its wires, or the board")
    if on is None or on.milliamperes is None or off is None or off.milliamperes is None:
        return Step(Name.CHARGER, Outcome.LOOK, "已开关，电流未测 / was on and off; nobody measures its current")
    shown = f"开 on {on.millivolts} mV {on.milliamperes} mA, 关 off {off.milliamperes} mA"
    wrong = _charging_wrong(occupied, on, off)
    if wrong is None:
        return Step(Name.CHARGER, Outcome.OK, shown)
    said, advice = wrong
    return Step(Name.CHARGER, Outcome.FAILED, f"{said}: {shown}", advice)


def history_step(verdict: Verdict) -> Step:
    if not verdict.symptom:
        return Step(Name.HISTORY, Outcome.OK, "近来无异常 / nothing wrong was seen lately")
    blamed = "" if verdict.part is None else f"{verdict.part.value}: "
    return Step(Name.HISTORY, Outcome.FAILED, f"{blamed}{verdict.symptom}", verdict.advice)


def _charging_wrong(occupied: bool, on: Measured, off: Measured) -> tuple[str, str] | None:  # noqa: FBT001
    """What is wrong, and what to do; the worst first."""
    drawn, left = on.milliamperes or 0, off.milliamperes or 0
    repair = "请停用本仓并报修 / take this bay out of use and have it repaired"
    if "stuck" in {on.cut, off.cut}:
        return "关不断 / does not switch off", repair
    if on.cut is not None or off.cut is not None:
        return f"控制板已切断 / the board cut it ({on.cut or off.cut})", repair
    if left >= DRAWS_MA:
        return "关不断 / does not switch off", repair
    if not occupied and drawn >= DRAWS_MA:
        return "空仓有电流 / current flows, and nothing is in the bay", repair
    if on.millivolts is not None and on.millivolts < MILLIVOLTS_MIN:
        return "无电压 / no voltage", "请检查保险与充电电源 / check the fuse and the chargers' supply"
    if occupied and drawn < DRAWS_MA:
        return "无充电电流 / no current flows", _NOT_CHARGING
    return None
