"""From a badge to an open bay, while eight bays are pulled: sign-in, choice, rules, durable fact, and the lock's pin.

Beside it a bare SQLite insert with the same fsync on the same disk, one after each taking.

By the tap alone where the station has a kiosk; else asked for over its own address once the badge is known. An offer
is left to lapse, and the officer comes again. Asserts no time.
"""

import contextlib
import math
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from bench.busy_dock import LENT, PULLED, busy_dock, load, percentile
from dockward.stage import Stage
from dockward.stage_rolls import PIN, badge_of, camera_id, officer_of
from hardware.badges.em4100 import text_frame
from hardware.simulated.badges import SimulatedReader
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import lay_badges
from station.desk.choosing import open_for
from station.errors import RefusedError
from station.web.routes import ROUTES

TAKINGS = 300
P99_MS_MAX = 150.0
_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE facts (n INTEGER PRIMARY KEY, fact BLOB)"
_FACT = bytes(400)
_MS = 1_000
_LAID_AGAIN_AFTER = 10


def run(folder: Path, takings: int = TAKINGS) -> None:
    by_tap = ("GET", "/kiosk") in ROUTES
    for pin in (False,) if by_tap else (False, True):
        with tempfile.TemporaryDirectory(dir=folder, prefix="kiosk-") as temporary:
            found = _measured(Path(temporary) / "home", takings, by_tap=by_tap, pin=pin)
        way = "tap" if by_tap else "badge lying there, asked for with a PIN" if pin else "badge lying there, asked for"
        _print(f"kiosk: {way}, until the pin of the lock is written", found["open"], P99_MS_MAX)
        if found["known"]:
            _print("  and before it, from the badge's first frame until the station knows it", found["known"], None)
        _print("  bare SQLite insert with fsync", found["bare"], None)
        ratio = percentile(found["open"], 99) / percentile(found["bare"], 99)
        print(f"  ratio of the p99s {ratio:.1f}; {PULLED} bays pulled, {found['pulled'][0]:.0f} MB meanwhile; {load()}")


def _print(what: str, found: list[float], limit_ms: float | None) -> None:
    p50, p99 = percentile(found, 50), percentile(found, 99)
    limit = "" if limit_ms is None else f"; limit of p99 {limit_ms:.0f} ms; {p99 / limit_ms:.2f}"
    lapsed = sum(map(math.isinf, found))
    never = f", {lapsed} of which lapsed before the lock was driven" if lapsed else ""
    print(f"{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(found)} times{never}{limit}")


def _measured(home: Path, takings: int, *, by_tap: bool, pin: bool) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"open": [], "known": [], "bare": []}
    with _seams() as seams, busy_dock(home, pin=pin) as stage, _bare(home) as insert, _client() as client:
        for number in range(takings):
            officer = officer_of(camera_id(number % (PULLED + LENT) if by_tap else 0))
            if by_tap or not number % _LAID_AGAIN_AFTER:
                known_ms = _lay(stage, seams, officer, known=not by_tap)
                found["known"] += [] if by_tap else [known_ms]
            begun = seams.frame_at if by_tap else perf_counter()
            bay = _tapped(stage, officer) if by_tap else _asked_for(stage, client, pin=pin)
            opened = _opened_at(stage, seams, bay, begun, officer)
            found["open"].append((opened - begun) * _MS)
            found["bare"].append(insert())
            _lapsed(stage, officer, bay)
        held = sum(file.stat().st_size for file in (home / "data").rglob("*") if file.is_file())
    return {**found, "pulled": [held / 1_000_000]}


def _opened_at(stage: Stage, seams: "_Seams", bay: str, begun: float, officer: str) -> float:
    """For ever, where the offer lapsed before the lock was opened."""

    def opened() -> bool:
        return seams.opened.get(bay, 0.0) > begun

    stage.wait_for("the lock opens", lambda: opened() or not stage.state.loans_of(officer))
    return seams.opened[bay] if opened() else math.inf


def _lapsed(stage: Stage, officer: str, bay: str) -> None:
    stage.wait_for("the offer lapses", lambda: not stage.state.loans_of(officer) and stage.dock.locked(bay))


class _Seams:
    """When the badge was first said on the reader's line, and when the pin of each lock was last written open."""

    def __init__(self) -> None:
        self.opened: dict[str, float] = {}
        self.awaited = b""
        self.frame_at = 0.0


@contextlib.contextmanager
def _seams() -> Iterator[_Seams]:
    seams = _Seams()
    say, set_lock = SimulatedReader.say, Dock.set_lock

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
    reader_kind.say, dock_kind.set_lock = noted, noted_lock
    try:
        yield seams
    finally:
        reader_kind.say, dock_kind.set_lock = say, set_lock


def _lay(stage: Stage, seams: _Seams, officer: str, *, known: bool) -> float:
    """The badge is lifted until it is forgotten, and laid again; how long until the station knew it, where asked."""
    lay_badges(stage.dock)
    desk = stage.station.badges
    if desk is None:
        raise RuntimeError("no reader")

    def is_known() -> bool:
        now_ms = stage.station.clock.stamp().boot_ms
        return desk.watch._reader.lying(now_ms) is not None  # noqa: SLF001 - nothing else says it this early

    stage.wait_for("it is forgotten", lambda: not is_known())
    seams.awaited = text_frame(badge_of(officer))
    lay_badges(stage.dock, badge_of(officer))
    stage.wait_for("it is heard", lambda: not seams.awaited)
    if known:
        waiting = threading.Event()
        while not is_known():
            waiting.wait(0.001)
    return (perf_counter() - seams.frame_at) * _MS


def _tapped(stage: Stage, officer: str) -> str:
    stage.wait_for("a bay is offered", lambda: open_for(stage.state, officer) is not None)
    return open_for(stage.state, officer) or ""


def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=60)


def _asked_for(stage: Stage, client: httpx.Client, *, pin: bool) -> str:
    said = client.post(f"{stage.pages}/api/v1/check-out", json={"pin": PIN if pin else ""}).json()
    if "bay" not in said:
        raise RefusedError(str(said))
    bay: str = said["bay"]
    return bay


@contextlib.contextmanager
def _bare(home: Path) -> Iterator[Any]:
    with contextlib.closing(sqlite3.connect(home / "bare.sqlite", isolation_level=None)) as connection:
        connection.executescript(_PRAGMAS)

        def insert() -> float:
            begun = perf_counter()
            connection.execute("INSERT INTO facts (fact) VALUES (?)", (_FACT,))
            return (perf_counter() - begun) * _MS

        yield insert
