"""`dockward policy ratio`: how many cameras each department has, must have and may let go, from two or three CSV files.

Prints a table or JSON, and writes nothing. A shortfall that is only advice is no failure.
"""

import argparse
import datetime as dt
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from station.clock import SystemClock
from station.policy.civil_time import local_day
from station.policy.csv_rows import RollsError
from station.policy.effective import EffectivePack, stack
from station.policy.ratio import CameraCount, DepartmentRatio, Outcome, RatioTable, ratio_table
from station.policy.rolls import Rolls
from station.policy.rolls_csv import BODIES, CAMERAS, OFFICERS, read_rolls
from station.policy.words import said
from station.signing.policy_packs import chain_named
from station.signing.rolls_files import roll_text

REPORTED = 1
UNREADABLE = 2
_OUTCOMES = {
    Outcome.ENOUGH: "达标 enough",
    Outcome.ADVICE: "建议补足 advice",
    Outcome.SHORT: "不足 SHORT",
    Outcome.UNSET: "未设定 unset",
}
_DEPARTMENT_HEADINGS = (
    ("部门", "Department"),
    ("类别", "Class"),
    ("执法人员", "Officers"),
    ("每台人数", "Per camera"),
    ("应配", "Required"),
    ("在册", "Owned"),
    ("可用", "Working"),
    ("缺口", "Shortfall"),
    ("可调出", "May leave"),
    ("结论", "Outcome"),
    ("依据：类别；比例", "Rests on: class; ratio"),
)
_CLASS_HEADINGS = (
    ("类别", "Class"),
    ("部门数", "Departments"),
    ("执法人员", "Officers"),
    ("应配", "Required"),
    ("在册", "Owned"),
    ("可用", "Working"),
    ("缺口", "Shortfall"),
)
_NUMBERED = frozenset(("执法人员", "每台人数", "应配", "在册", "可用", "缺口", "可调出", "部门数"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", required=True, help="a packaged pack by its id, or the path of a pack (….toml)")
    parser.add_argument("--officers", type=Path, required=True, metavar="FILE", help="CSV of officers")
    parser.add_argument("--cameras", type=Path, required=True, metavar="FILE", help="CSV of cameras")
    parser.add_argument("--bodies", type=Path, metavar="FILE", help="CSV of departments and other bodies")
    parser.add_argument("--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="the day counted on; today")
    parser.add_argument("--json", action="store_true", help="the same as JSON")


def run(arguments: argparse.Namespace) -> int:
    pack = _pack(arguments.pack)
    paths = {OFFICERS: arguments.officers, CAMERAS: arguments.cameras, BODIES: arguments.bodies}
    try:
        rolls = _rolls(paths)
    except RollsError as error:
        for fault in error.faults:
            print(replace(fault, file=str(paths[fault.file])), file=sys.stderr)
        return UNREADABLE
    table = ratio_table(pack, rolls, arguments.on or local_day(pack, SystemClock(lambda: False).stamp().utc_ms))
    if arguments.json:
        print(msgspec.json.format(msgspec.json.encode(table), indent=2).decode())
    else:
        print("\n".join(_lines(pack, rolls, table)))
    return REPORTED if any(each.outcome is Outcome.SHORT for each in table.departments) else 0


def _pack(named: str) -> EffectivePack:
    """A file is believed as it stands: this shows what it would demand, and puts nothing into force."""
    return stack(chain_named(named))


def _rolls(paths: dict[str, Path | None]) -> Rolls:
    texts = {name: roll_text(path) for name, path in paths.items() if path is not None}
    return read_rolls(texts[OFFICERS], texts[CAMERAS], texts.get(BODIES))


def _lines(pack: EffectivePack, rolls: Rolls, table: RatioTable) -> Iterator[str]:
    yield f"执法记录仪配备比例 / cameras per officers · {pack.top.zh} {table.pack} · {table.on}"
    if table.principle:
        yield f"配备原则 / principle: {table.principle}（{table.principle_basis}）"
    yield ""
    yield from aligned(_DEPARTMENT_HEADINGS, [_department_cells(each) for each in table.departments])
    yield ""
    totals = [
        (each.ratio_class, each.departments, each.officers, each.required, each.owned, each.working, each.shortfall)
        for each in table.classes
    ]
    yield from aligned(_CLASS_HEADINGS, [tuple(map(str, cells)) for cells in totals])
    yield from _notes(pack, rolls, table)


def _department_cells(each: DepartmentRatio) -> tuple[str, ...]:
    return (
        each.name,
        each.ratio_class if each.listed else f"{each.ratio_class}（未列名 unlisted）",
        str(each.officers),
        _number(each.officers_per_camera),
        _number(each.required),
        str(each.cameras.owned),
        str(each.cameras.working),
        str(each.shortfall),
        str(each.spare),
        _OUTCOMES[each.outcome],
        f"{each.class_basis}；{each.number_basis or '未设定 unset'}",
    )


def _number(known: int | None) -> str:
    return "—" if known is None else str(known)


def _notes(pack: EffectivePack, rolls: Rolls, table: RatioTable) -> Iterator[str]:
    yield ""
    for each in table.departments:
        if each.cameras.owned > each.cameras.working:
            yield f"{each.name}: 未计入 / not counted: {_not_counted(pack, each.cameras)}"
    if rolls.cameras and not any(camera.seen_day for camera in rolls.cameras.values()):
        yield "没有一台写明最近入站，均不计入 / no camera has a day it was last docked (seen 最近入站), so none counts"
    guarded = table.guarded_acts
    if guarded:
        zh, en = said(pack, pack.finds("RATIO_WOULD_BREAK", "ratio.guarded_acts"))
        yield f"RATIO_WOULD_BREAK {'、'.join(act.zh for act in guarded)}多于“可调出”的: {zh}"
        yield f"    more than may leave, by: {', '.join(act.en for act in guarded)}: {en}"
    if pack.text("device.lend_outside") == "forbidden":
        zh, en = said(pack, pack.finds("DEVICE_LENT", "device.lend_outside"))
        yield f"DEVICE_LENT {pack.codes['LEND_OUTSIDE'].zh}: {zh} / {en}"
    for report in table.reports:
        zh, en = said(pack, report.verdict)
        yield f"{report.code} {report.about}: {zh} / {en}"


def _not_counted(pack: EffectivePack, cameras: CameraCount) -> str:
    reasons = {
        "种类不计 other kind": cameras.owned - cameras.counted,
        "维修 in repair": cameras.in_repair,
        f"{pack.limit('ratio.working_seen_days')} 天未入站 not docked": cameras.unseen,
        f"电池健康度低于 {pack.limit('check.health_min_percent')}% worn battery": cameras.unhealthy,
    }
    return "，".join(f"{words} {count}" for words, count in reasons.items() if count)


def aligned(headings: Sequence[tuple[str, str]], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Chinese headings over English ones; numbers to the right. A Chinese sign is as wide as two letters."""
    lines = [*zip(*headings, strict=True), *rows]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    to_the_right = [chinese in _NUMBERED for chinese, _ in headings]
    for line in lines:
        cells = [
            f"{' ' * (wide - width(cell))}{cell}" if right else f"{cell}{' ' * (wide - width(cell))}"
            for cell, wide, right in zip(line, widths, to_the_right, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def width(text: str) -> int:
    """Columns of a terminal."""
    return sum(
        2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text if not unicodedata.combining(sign)
    )
