"""`dockward bay test BAY`: a bay's wires, step by step, each ok or failed and what to do about it.

Where a station works it is asked, and moves only what is free; else the wires are driven from here. A lock is opened
where its bay is empty, or where --unlock says so: whoever says it answers for what is in it.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from dockward.bay_wires import (
    ROUND_SECONDS,
    Looker,
    Person,
    Wires,
    add_config_argument,
    bay_named,
    config_at,
    looking,
    works,
)
from dockward.camera_line import shown, tell
from hardware.wiring import BayWiring
from station.bays.technician_line import Act, BayTestTold, Question, ask
from station.bays.technician_steps import (
    Name,
    Outcome,
    Step,
    board_step,
    history_step,
    key_step,
    pressed_step,
    switch_step,
    usb_step,
)
from station.bays.technician_tests import BayTests, fitted
from station.config import StationConfig
from station.errors import WireFailedError, WrongUseError

_PRESS_ROUNDS = int(20 / ROUND_SECONDS)
_UNHEARD = "开关未知，不动作 / nobody knows whether the bay is empty: nothing is moved"
_FULL = "仓内有设备；确认可开锁时用 --unlock / something is in the bay; if it may open, say --unlock"
_MARKS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.OK: ("通过 ok", "\x1b[32m"),
    Outcome.FAILED: ("失败 FAILED", "\x1b[31m"),
    Outcome.LOOK: ("请目视 look", "\x1b[33m"),
    Outcome.NOT_DONE: ("未做 not done", ""),
}
_PLAIN = "\x1b[0m"
_NAMES: Mapping[Name, str] = {
    Name.BOARD: "控制板 board",
    Name.SWITCH: "在位开关 switch",
    Name.USB: "USB",
    Name.LAMP: "灯 lamp",
    Name.CHARGER: "充电 charger",
    Name.LOCK: "锁 lock",
    Name.KEY: "钥匙 key",
    Name.HISTORY: "近况 history",
}
_SEEN: Mapping[Name, str] = {
    Name.LAMP: "灯是否依次亮红、绿、蓝、白？ / did the lamp show red, green, blue, white?",
    Name.LOCK: "锁是否打开后又锁上？ / did the lock open, and close again?",
}
"""What no wire reads back."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bay", metavar="BAY", help="its name, or its place on the USB tree")
    parser.add_argument("--unlock", action="store_true", help="try the lock though something is in the bay")
    add_config_argument(parser)


def run(arguments: argparse.Namespace, wires: Wires) -> int:
    config = config_at(arguments)
    bay = bay_named(config, arguments.bay)
    if works(config):
        steps = _asked(config, bay, unlock=arguments.unlock)
    else:
        with looking(config, wires) as looker:
            steps = _stepped(bay, looker, wires, unlock=arguments.unlock)
    if wires.person is not None and not arguments.json:
        steps = [_judged(step, wires.person) for step in steps]
    told = BayTestTold(bay.name, tuple(steps))
    tell(arguments, told, list(_lines(told, coloured=sys.stdout.isatty())))
    return 1 if any(step.outcome is Outcome.FAILED for step in steps) else 0


def _asked(config: StationConfig, bay: BayWiring, *, unlock: bool) -> Sequence[Step]:
    if unlock:
        raise WrongUseError(
            "采集站运行时不开锁 / a station that works opens no lock for a test; 请先停止 / stop it first: "
            "systemctl stop dockward-station"
        )
    said = ask(Path(config.technician), Question(Act.BAY_TEST, bay.name))
    if not isinstance(said, BayTestTold):
        raise WireFailedError("采集站答非所问 / the station answered another question; are both of one version?")
    return said.steps


def _stepped(bay: BayWiring, looker: Looker, wires: Wires, *, unlock: bool) -> Sequence[Step]:
    sensed = looker.settle()[bay.name]
    return [
        board_step(sensed.answers, sensed.trouble),
        _switch(bay, sensed.present, looker, wires.person),
        usb_step(sensed.present, sensed.usb, bay.usb),
        key_step(sensed.key_turned),
        *_moved(bay, sensed.present, looker, unlock=unlock),
        history_step(looker.history.verdict(bay.name)),
    ]


def _switch(bay: BayWiring, present: bool | None, looker: Looker, person: Person | None) -> Step:  # noqa: FBT001
    """Only of an empty bay: what is in another is locked, and stays."""
    if present is not False or person is None:
        return switch_step(present)
    print(f"请按下再松开 {bay.name} 号仓的开关 / press the switch of bay {bay.name}, and let go", file=sys.stderr)
    wanted = True
    for _ in range(_PRESS_ROUNDS):
        if looker.round()[0][bay.name].present is wanted:
            if not wanted:
                return pressed_step(moved=True)
            wanted = False
    return pressed_step(moved=False)


def _moved(bay: BayWiring, present: bool | None, looker: Looker, *, unlock: bool) -> Iterator[Step]:  # noqa: FBT001
    """What can be moved; as soon as a camera comes or goes, nothing is any more."""
    names = fitted(bay)
    if present is None:
        yield from (Step(name, Outcome.NOT_DONE, _UNHEARD) for name in names)
        return
    locks = not present or unlock
    tests, now = BayTests(), looker.look()[0]
    moving = tuple(name for name in names if name is not Name.LOCK or locks)
    done = tests.order(bay.name, moving, lambda: now[bay.name].present in {present, None}, occupied=present)
    while not done.done():
        tests.turn(looker.hardware.bays, looker.now_ms())
        now = looker.round()[0]
    yield from done.result()
    if not locks:
        yield Step(Name.LOCK, Outcome.NOT_DONE, _FULL)


def _judged(step: Step, person: Person) -> Step:
    """What nobody saw to work has failed."""
    if step.outcome is not Outcome.LOOK or step.name not in _SEEN:
        return step
    if person.saw(_SEEN[step.name]):
        return replace(step, outcome=Outcome.OK)
    return replace(step, outcome=Outcome.FAILED, advice="请检查接线与供电 / check its wires and its supply")


def _lines(told: BayTestTold, *, coloured: bool) -> Iterator[str]:
    for step in told.steps:
        word, colour = _MARKS[step.outcome]
        mark = f"{colour}{word}{_PLAIN}" if coloured and colour else word
        advice = f" → {step.advice}" if step.advice else ""
        yield f"{mark}  {_NAMES[step.name]}: {shown(step.said)}{advice}"
