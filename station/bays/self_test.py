"""The wire's self-test: which part of a bay is broken (contact, cable, bay, camera or board), or which swap would tell.

Pure: looks at what others measured and remembered; asks no board, camera or clock. Where two parts could be at fault,
it blames one only when both swaps were made: another camera in this bay, and this camera in another bay.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from hardware.wires import Cut

DRAWS_MA = 20
"""Below is what a charger and its sensor themselves leak."""
WAKES_MS = 30 * 60_000
"""A battery that is quite flat must be charged so long before its camera speaks."""
FULL_PERCENT = 95
"""From there a camera draws next to nothing, and nothing is wrong."""
SETTLES_MS = 60_000
"""After docking; what is said in the first minute is no history."""
RESTLESS_CHANGES = 4
RESTLESS_MS = 15_000
"""A change that comes so soon after another was made by no officer: those take a camera for a while, or bring one."""
DROPS = 3
_LOOKS_MIN = 10
_ANSWERS_MIN = 0.9


class Part(Enum):
    """What a technician cleans or replaces; the value is what people read."""

    CONTACT = "触点 / contact"
    CABLE = "线缆 / cable"
    BAY = "仓位 / bay"
    CAMERA = "记录仪 / camera"
    BOARD = "控制板 / board"


class Look(NamedTuple):
    """One look at a bay; times by a clock that is never set."""

    at_ms: int
    answered: bool
    """Its board, or the pins it is on. Without an answer the rest is as it was last known."""
    present: bool
    charging: bool
    ma: int | None
    """None where nobody measures."""
    usb: bool
    """Something is on the bay's place on the USB tree."""
    cut: Cut | None = None
    percent: int | None = None
    """What the camera says of its battery."""


class Swaps(NamedTuple):
    """What other boards, cameras and bays tell; None where nobody tried."""

    other_boards_answer: bool | None = None
    other_cameras_work_here: bool | None = None
    works_elsewhere: bool | None = None
    """This camera, in another bay."""


class Verdict(NamedTuple):
    """`part` is None where nothing is wrong (`symptom` is empty), or where a swap must tell."""

    part: Part | None
    symptom: str
    advice: str


class _History(NamedTuple):
    """What the looks at one bay come to. The last stretch is that since the switch moved last."""

    looks: int
    answers: int
    switch_changes: int
    """Those that came soon after the one before."""
    drops: int
    drops_with_current: int
    """Of the drops of USB: those where the current went with it."""
    settled_ms: int
    charged_ms: int
    last: Look
    drew: bool
    spoke: bool
    measured: bool
    """The last stretch: how long, how long charged; whether it drew current, was on USB, was measured."""


class _Symptom(NamedTuple):
    words: str
    shows: Callable[[_History, Swaps], bool]
    part: Part
    """What is at fault; of `swapped` ones: what is, where it is not the camera."""
    swapped: bool = False


_SYMPTOMS = (
    _Symptom(
        "总线上所有控制板均无应答 / no board on the bay bus answers",
        lambda history, swaps: history.answers == 0 and swaps.other_boards_answer is False,
        Part.CABLE,
    ),
    _Symptom(
        "本控制板无应答，其他正常 / this board does not answer, others do",
        lambda history, _swaps: history.answers == 0,
        Part.BOARD,
    ),
    _Symptom(
        "控制板时断时续 / the board answers now and then",
        lambda history, _swaps: history.answers < _ANSWERS_MIN * history.looks,
        Part.CABLE,
    ),
    _Symptom(
        "控制板传感器无读数 / the board's sensors do not answer",
        lambda history, _swaps: history.last.cut == "blind",
        Part.BOARD,
    ),
    _Symptom(
        "充电开关无法断开 / the charger does not switch off",
        lambda history, _swaps: history.last.cut == "stuck",
        Part.BOARD,
    ),
    _Symptom(
        "在位开关跳动 / the presence switch does not stand still",
        lambda history, _swaps: history.switch_changes >= RESTLESS_CHANGES,
        Part.CONTACT,
    ),
    _Symptom(
        "开关显示空仓，但USB上有设备 / the switch says empty, and something is on USB",
        lambda history, _swaps: not history.last.present and history.last.usb,
        Part.CONTACT,
    ),
    _Symptom(
        "空仓时充电被切断 / the charger was cut, and nothing is in the bay",
        lambda history, _swaps: not history.last.present and history.last.cut is not None,
        Part.BAY,
    ),
    _Symptom(
        "空仓仍有电流 / current flows, and nothing is in the bay",
        lambda history, _swaps: not history.last.present and (history.last.ma or 0) >= DRAWS_MA,
        Part.BAY,
    ),
    _Symptom(
        "充电被切断：过流、短路或过热 / the charger was cut: too much current, a short, or too warm",
        lambda history, _swaps: history.last.cut is not None,
        Part.BAY,
        swapped=True,
    ),
    _Symptom(
        "USB与电流同时中断 / USB and current break off together",
        lambda history, _swaps: history.drops >= DROPS and history.drops_with_current == history.drops,
        Part.CONTACT,
    ),
    _Symptom(
        "充电正常，USB时断时续 / it charges, and USB breaks off again and again",
        lambda history, _swaps: history.drops >= DROPS,
        Part.CABLE,
        swapped=True,
    ),
    _Symptom(
        "在位，但无电流也无USB / in the bay, and neither current nor USB",
        lambda history, _swaps: _silent(history) and history.measured and not history.drew,
        Part.BAY,
        swapped=True,
    ),
    _Symptom(
        "有电流，久无USB / it draws current, and does not appear on USB",
        lambda history, _swaps: _silent(history) and history.drew and history.charged_ms >= WAKES_MS,
        Part.CABLE,
        swapped=True,
    ),
    _Symptom(
        "在位，久无USB，电流未测 / in the bay, does not appear on USB, and nobody measures its current",
        lambda history, _swaps: _silent(history) and not history.measured and history.charged_ms >= WAKES_MS,
        Part.CABLE,
        swapped=True,
    ),
    _Symptom(
        "USB正常，不充电 / on USB, and draws no current",
        lambda history, _swaps: _settled(history) and history.measured and not history.drew and _wants(history.last),
        Part.BAY,
        swapped=True,
    ),
)
"""In this order: what makes later signs worthless comes first."""

_TRY_ANOTHER_CAMERA = "请将另一台记录仪放入本仓 / put another camera into this bay"
_TRY_ANOTHER_BAY = "请将本机放入另一仓位 / put this camera into another bay"
_DO = {
    Part.CONTACT: "请清洁触点并检查开关 / clean the contacts and check the switch",
    Part.CABLE: "请更换线缆并检查接头 / change the cable and check its plugs",
    Part.BAY: "请停用本仓并报修 / take this bay out of use and have it repaired",
    Part.CAMERA: "请将本机送修 / have this camera repaired",
    Part.BOARD: "请检查控制板的供电与地址，或更换 / check the board's power and address, or change it",
}


def judge(looks: Sequence[Look], swaps: Swaps) -> Verdict:
    """The first symptom that shows, and who is to blame for it. Too few looks say nothing."""
    if len(looks) < _LOOKS_MIN:
        return Verdict(None, "", "")
    history = _history(looks)
    for symptom in _SYMPTOMS:
        if symptom.shows(history, swaps):
            return _verdict(symptom, swaps)
    return Verdict(None, "", "")


def _verdict(symptom: _Symptom, swaps: Swaps) -> Verdict:
    if not symptom.swapped:
        return Verdict(symptom.part, symptom.words, _DO[symptom.part])
    match swaps.works_elsewhere, swaps.other_cameras_work_here:
        case False, True:
            part = Part.CAMERA
        case True, False:
            part = symptom.part
        case True, True:
            part = Part.CONTACT  # each is well with any other: it is how these two touch
        case _, None:
            return Verdict(None, symptom.words, _TRY_ANOTHER_CAMERA)
        case _:
            return Verdict(None, symptom.words, _TRY_ANOTHER_BAY)
    return Verdict(part, symptom.words, _DO[part])


def _silent(history: _History) -> bool:
    return _settled(history) and not history.spoke


def _settled(history: _History) -> bool:
    return history.last.present and history.settled_ms >= SETTLES_MS


def _history(looks: Sequence[Look]) -> _History:
    answered = [look for look in looks if look.answered] or list(looks[-1:])
    steps = list(pairwise(answered))
    drops = [(before, after) for before, after in steps if before.usb and not after.usb and after.present]
    moved = [place for place, (before, after) in enumerate(steps, 1) if before.present is not after.present]
    stretch = answered[moved[-1] :] if moved else answered
    charged = [look.ma for look in stretch if look.charging and look.ma is not None]
    return _History(
        looks=len(looks),
        answers=sum(look.answered for look in looks),
        switch_changes=sum(_at(steps, after) - _at(steps, before) <= RESTLESS_MS for before, after in pairwise(moved)),
        drops=len(drops),
        drops_with_current=sum(_draws(before) and not _draws(after) for before, after in drops),
        settled_ms=stretch[-1].at_ms - stretch[0].at_ms,
        charged_ms=sum(after.at_ms - before.at_ms for before, after in pairwise(stretch) if before.charging),
        last=stretch[-1],
        drew=any(ma >= DRAWS_MA for ma in charged),
        spoke=any(look.usb for look in stretch),
        measured=bool(charged),
    )


def _at(steps: Sequence[tuple[Look, Look]], place: int) -> int:
    return steps[place - 1][1].at_ms


def _wants(look: Look) -> bool:
    return look.percent is not None and look.percent < FULL_PERCENT


def _draws(look: Look) -> bool:
    return look.ma is not None and look.ma >= DRAWS_MA
