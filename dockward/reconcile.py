"""`dockward reconcile`: what cameras listed against what is held, signed, confirmed and cleared; names what lacks.

Reads the journal and the lists of what is still to be read, beside the running station; changes nothing.
"""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from station.bays.sealing import original_name
from station.config import StationConfig, read_config
from station.custody.reconciling import Visit, reconciled
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.stamp import utc_text
from station.store.folders import journal_path, listings_folder
from station.store.listings import Shown, read_listings
from station.store.projections import facts

LACKS = 1
_HEADING = (
    "机号 camera · 归仓 docking · 仓位 bay · 时间 time · 机上 listed · 已存 held · 签名 signed · 备份 copied · "
    "登记 registry · 清除 cleared"
)


class Missing(msgspec.Struct, frozen=True):
    """A file that a camera listed and that was never held. `fact` is None while nobody has seen that it is gone."""

    docking: int
    name: str
    fact: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """1 where a file is missing, or was left unread by a camera that is gone."""
    config = read_config(arguments.config)
    with contextlib.closing(connect_to_read(journal_path(config))) as connection:
        visits = reconciled(facts(connection))
        missing = list(_missing(SqliteLog(connection), visits))
    there = {visit.source for visit in visits if not visit.ended}
    unread = list(_unread(config, there))
    if arguments.json:
        print(msgspec.json.format(msgspec.json.encode(_as_data(visits, missing, unread)), indent=2).decode())
    else:
        print("\n".join(_lines(visits, missing, unread)))
    return LACKS if missing or unread else 0


def _missing(log: SqliteLog, visits: tuple[Visit, ...]) -> Iterator[Missing]:
    for visit in visits:
        for fact in visit.missing:
            yield Missing(visit.docking, original_name(log, fact), fact)


def _unread(config: StationConfig, there: set[str]) -> Iterator[Missing]:
    """What cameras that are in no bay showed when they were here last, and nobody read."""
    for shown in read_listings(listings_folder(config)):
        if shown.source not in there:
            yield from _left(shown)


def _left(shown: Shown) -> Iterator[Missing]:
    return (Missing(one.docking, one.name) for one in shown.owed)


def _as_data(visits: tuple[Visit, ...], missing: list[Missing], unread: list[Missing]) -> dict[str, Any]:
    return {"dockings": visits, "missing": missing, "unread": unread}


def _lines(visits: tuple[Visit, ...], missing: list[Missing], unread: list[Missing]) -> Iterator[str]:
    yield _HEADING
    for visit in visits:
        listed = "?" if visit.listed is None else str(visit.listed)
        counts = (listed, visit.held, visit.signed, visit.copied, visit.at_registry, visit.cleared)
        words = (_plain(visit.camera or "?"), visit.docking, visit.bay, utc_text(visit.started_ms), *counts)
        yield " · ".join(map(str, words))
    for one in missing:
        yield f"缺失 missing: {_plain(one.name)} (归仓 docking {one.docking}, 事实 fact {one.fact})"
    for one in unread:
        yield f"未采集且已离仓 left unread, its camera is gone: {_plain(one.name)} (归仓 docking {one.docking})"
    if not missing and not unread:
        yield "无缺失 / nothing is missing"


def _plain(name: str) -> str:
    """A camera chose it: nothing in it may steer the terminal."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name)
