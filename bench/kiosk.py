"""From a badge to an open bay, while eight bays are pulled: sign-in, choice, rules, durable fact, and the lock's pin.

Beside it a bare SQLite insert with the same fsync on the same disk, one after each taking.

An offer is left to lapse, and another officer comes. Asserts no time.
"""

import contextlib
import math
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from bench.busy_dock import LENT, PULLED, busy_dock, load, percentile
from dockward.stage import Stage
from dockward.stage_rolls import badge_of, camera_id, officer_of
from hardware.badges.em4100 import text_frame
from hardware.simulated.badges import SimulatedReader
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import lay_badges
from station.clock import SystemClock
from station.desk.choosing import open_for
from station.desk.tapping import FRESH_MS

TAKINGS = 200
P99_MS_MAX = 150.0
_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE facts (n INTEGER PRIMARY KEY, fact BLOB)"
_FACT = bytes(400)
_MS = 1_000


def run(folder: Path, takings: int = TAKINGS) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix="kiosk-") as temporary:
        found = _measured(Path(temporary) / "home", takings)
    _print("kiosk: from the badge's first frame until the pin of the lock is written", found.open, P99_MS_MAX)
    _print("  bare SQLite insert with fsync", found.bare, None)
    ratio = percentile(found.open, 99) / percentile(found.bare, 99)
    print(f"  ratio of the p99s {ratio:.1f}; {PULLED} bays pulled, {found.pulled_mb:.0f} MB meanwhile; {load()}")


def _print(what: str, found: list[float], limit_ms: float | None) -> None:
    p50, p99 = percentile(found, 50), percentile(found, 99)
    limit = "" if limit_ms is None else f"; limit of p99 {limit_ms:.0f} ms; {p99 / limit_ms:.2f}"
    lapsed = sum(map(math.isinf, found))
    never = f", {lapsed} of which lapsed before the lock was driven" if lapsed else ""
    print(f"{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(found)} times{never}{limit}")


class _Seams:
    """When the badge was first said on the reader's line, and when the pin of each lock was last written open.

    The clock leaps once, so that whoever docked the cameras is gone: else a tap is asked whether it brings one.
    """

    def __init__(self) -> None:
        self.leapt_ms = 0
        self.opened: dict[str, float] = {}
        self.awaited = b""
        self.frame_at = 0.0


class _Found(NamedTuple):
    open: list[float]
    bare: list[float]
    pulled_mb: float


def _measured(home: Path, takings: int) -> _Found:
    opened: list[float] = []
    bare: list[float] = []
    with _seams() as seams, busy_dock(home) as stage, _bare(home) as insert:
        seams.leapt_ms = FRESH_MS + 1
        for number in range(takings):
            officer = officer_of(camera_id(number % (PULLED + LENT)))
            begun = _lay(stage, seams, officer)
            bay = _offered(stage, officer)
            opened.append((_opened_at(stage, seams, bay, begun, officer) - begun) * _MS)
            bare.append(insert())
            _lapsed(stage, officer, bay)
        held = sum(file.stat().st_size for file in (home / "data").rglob("*") if file.is_file())
    return _Found(opened, bare, held / 1_000_000)


def _opened_at(stage: Stage, seams: _Seams, bay: str, begun: float, officer: str) -> float:
    """For ever, where the offer lapsed before the lock was opened."""

    def opened() -> bool:
        return seams.opened.get(bay, 0.0) > begun

    stage.wait_for("the lock opens", lambda: opened() or not stage.state.loans_of(officer))
    return seams.opened[bay] if opened() else math.inf


def _lapsed(stage: Stage, officer: str, bay: str) -> None:
    stage.wait_for("the offer lapses", lambda: not stage.state.loans_of(officer) and stage.dock.locked(bay))


@contextlib.contextmanager
def _seams() -> Iterator[_Seams]:
    seams = _Seams()
    say, set_lock, stamp = SimulatedReader.say, Dock.set_lock, SystemClock.stamp

    def noted(reader: SimulatedReader, content: bytes) -> None:
        if content == seams.awaited:
            seams.awaited, seams.frame_at = b"", perf_counter()
        say(reader, content)

    def noted_lock(dock: Dock, bay: str, *, locked: bool) -> None:
        set_lock(dock, bay, locked=locked)
        if not locked:
            seams.opened[bay] = perf_counter()

    reader_kind: Any = SimulatedReader
    dock_kind: Any = Dock
    clock_kind: Any = SystemClock
    reader_kind.say, dock_kind.set_lock = noted, noted_lock
    clock_kind.stamp = lambda clock: stamp(clock).later(seams.leapt_ms)
    try:
        yield seams
    finally:
        reader_kind.say, dock_kind.set_lock, clock_kind.stamp = say, set_lock, stamp


def _lay(stage: Stage, seams: _Seams, officer: str) -> float:
    """The badge that lies there is lifted until it is forgotten, and this one laid; when its first frame was said."""
    lay_badges(stage.dock)
    desk = stage.station.badges
    if desk is None:
        raise RuntimeError("no reader")
    watch = desk.watch
    now_ms = stage.station.clock.stamp
    lying = watch._reader.lying  # noqa: SLF001 - nothing else says it this early
    stage.wait_for("it is forgotten", lambda: lying(now_ms().boot_ms) is None)
    seams.awaited = text_frame(badge_of(officer))
    lay_badges(stage.dock, badge_of(officer))
    stage.wait_for("it is heard", lambda: not seams.awaited)
    return seams.frame_at


def _offered(stage: Stage, officer: str) -> str:
    stage.wait_for("a bay is offered", lambda: open_for(stage.state, officer) is not None)
    return open_for(stage.state, officer) or ""


@contextlib.contextmanager
def _bare(home: Path) -> Iterator[Any]:
    with contextlib.closing(sqlite3.connect(home / "bare.sqlite", isolation_level=None)) as connection:
        connection.executescript(_PRAGMAS)

        def insert() -> float:
            begun = perf_counter()
            connection.execute("INSERT INTO facts (fact) VALUES (?)", (_FACT,))
            return (perf_counter() - begun) * _MS

        yield insert
