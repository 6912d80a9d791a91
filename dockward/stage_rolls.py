"""The people and cameras of the demo's one department: made-up ids, no names."""

import datetime as dt
from pathlib import Path

from station.policy.effective import EffectivePack

UNIT = "市场监管局"
CUSTODIAN, HEAD = "custodian-1", "head-1"
FIRST_NUMBER, NUMBERS = 417, 19
_MORE_OFFICERS = ("officer-12", "officer-34")
_MORE_CAMERAS = ("T8-000512",)
_OFFICERS = "编号,单位,证件编号,证件种类,考试合格,有效期起,有效期止,角色"
_CAMERAS = "设备编号,单位,种类,型号,状态,最近入站"


def camera_id(number: int) -> str:
    """The cameras of the demo are numbered on from the first."""
    return f"T8-{FIRST_NUMBER + number:06}"


def officer_of(camera: str) -> str:
    return f"officer-{camera[-3:]}"


def write_rolls(folder: Path, pack: EffectivePack, today: dt.date) -> None:
    """Officers with certificates of a kind the pack accepts; cameras that were seen today."""
    kind = pack.listed("officer.cert_kinds")[0]
    cameras = [*map(camera_id, range(NUMBERS)), *_MORE_CAMERAS]
    officers = [*map(officer_of, cameras), *_MORE_OFFICERS]
    rows = [(one, "officer") for one in officers] + [(CUSTODIAN, "custodian"), (HEAD, "unit_head")]
    people = [
        f"{one},{UNIT},YC-{number:05},{kind},是,2020-01-01,2099-12-31,{role}" for number, (one, role) in enumerate(rows)
    ]
    things = [f"{one},{UNIT},RECORDER,T8,在用,{today}" for one in cameras]
    _write(folder / "officers.csv", _OFFICERS, people)
    _write(folder / "cameras.csv", _CAMERAS, things)


def _write(path: Path, heading: str, rows: list[str]) -> None:
    path.write_text("\n".join([heading, *rows, ""]), encoding="utf-8")
