"""Durable facts a second through the clerk, beside bare SQLite inserts of the very same rows with the same fsync.

Both sides commit once a judgement, to the same disk, with the same pragmas; blocks are interleaved, medians taken.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from station.custody import observations as seen
from station.custody.facts import Fact
from station.custody.state import State, Subject, changes, key
from station.journal.entries import SALT_BYTES, PrivateValue, entry_bytes, seal
from station.journal.sqlite_log import connect_to_write
from station.journal.tree import Tree, leaf_hash
from station.store import projections
from tests.stations import ORIGIN, open_clerk, seeded_keys

BLOCKS = 15
VISITS_IN_BLOCK = 6
RECORDINGS_IN_VISIT = 8
FACTS_IN_VISIT = 3 * RECORDINGS_IN_VISIT + 7

Statement = tuple[str, Sequence[Any]]


def visit(number: int) -> Iterator[seen.Observation]:
    """One camera's whole visit, as the wires would tell it."""
    first = 1 + number * FACTS_IN_VISIT
    bay, camera = str(number % 8), f"C{number % 8}"
    clips = [f"{number}-{clip}" for clip in range(RECORDINGS_IN_VISIT)]
    yield seen.PresenceClosed(bay=bay)
    yield seen.CameraIdentified(docking=first, camera=camera, model="T8", clock_ahead_ms=100, clock_error_ms=50)
    for clip in clips:
        yield seen.RecordingRead(
            docking=first,
            listing=clip,
            size_bytes=1_000_000,
            sha256="c" * 64,
            original_name=f"{clip}.mp4",
            begun_device_ms=None,
            ended_device_ms=None,
        )
    yield seen.CameraListed(docking=first, listings=frozenset(clips))
    for recording in range(first + 2, first + 2 + RECORDINGS_IN_VISIT):
        yield seen.StatementMade(recording=recording, statement_sha256="a" * 64)
        yield seen.ReceiptVerified(recording=recording, receipt_sha256="b" * 64)
    yield seen.ClearingAsked(docking=first)
    yield seen.DeletionsListed(docking=first, listings=frozenset())
    yield seen.PresenceOpened(bay=bay)


class BareInserts:
    """The same rows, known in advance, written by SQLite alone."""

    def __init__(self, folder: Path) -> None:
        self.connection = connect_to_write(folder / "bare.sqlite")
        projections.migrate(self.connection)
        self._state, self._tree = State(), Tree()

    def rows_of(self, facts: tuple[Fact, ...]) -> list[Statement]:
        """Worked out beforehand: this is not what is measured."""
        rows: list[Statement] = []
        touched: dict[Any, Subject] = {}
        for fact in facts:
            _, private = seal(Fact(fact.n, fact.at, fact.by, fact.policy, fact.subject, fact.body), bytes)
            entry = entry_bytes(fact, "t-01")
            rows.append(("INSERT INTO entries VALUES (?, ?)", (fact.n, entry)))
            self._tree, tiles = self._tree.append(leaf_hash(entry))
            rows += [("INSERT INTO tiles VALUES (?, ?, ?, ?)", (t.level, t.n, t.hashes, t.root)) for t in tiles]
            for name in getattr(fact.body, "sealed", {}):
                value = PrivateValue(fact.n, name, b"s" * SALT_BYTES, '"0-0.mp4"')
                row = (value.n, value.field, value.salt, value.value)
                rows.append(("INSERT INTO private_values VALUES (?, ?, ?, ?)", row))
            assert not private
            changed = changes(self._state, fact)
            self._state = self._state.holding(changed, fact.n + 1)
            touched |= {key(subject): subject for subject in changed}
        return rows + [projections.upsert(subject) for subject in touched.values()]

    def write(self, judgements: list[list[Statement]]) -> None:
        execute = self.connection.execute
        for rows in judgements:
            execute("BEGIN IMMEDIATE")
            for statement, values in rows:
                execute(statement, values)
            execute("COMMIT")


def run(folder: Path) -> None:
    ours: list[float] = []
    bare: list[float] = []
    syncs: list[float] = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        clerk = open_clerk(Path(place))
        clerk.start()
        peer = BareInserts(Path(place))
        opened = clerk.tell(seen.JournalBegun(origin=ORIGIN, log_key=str(seeded_keys().log_key))).result()
        peer.write([peer.rows_of(opened)])
        numbers = count()
        for _ in range(BLOCKS):
            told = [said for _ in range(VISITS_IN_BLOCK) for said in visit(next(numbers))]
            started = perf_counter()
            answers = [clerk.tell(said) for said in told]
            judged = [answer.result() for answer in answers]
            ours.append(sum(map(len, judged)) / (perf_counter() - started))
            rows = [peer.rows_of(facts) for facts in judged]
            started = perf_counter()
            peer.write(rows)
            bare.append(sum(map(len, judged)) / (perf_counter() - started))
            syncs.append(_fsync_us(Path(place)))
        clerk.stop()
        _check_same(Path(place))
    print(
        f"journal: {median(ours):,.0f} durable facts/s through the clerk; bare inserts of the same rows"
        f" {median(bare):,.0f}/s; ratio {median(ours) / median(bare):.2f} (target ≥ 0.70);"
        f" medians of {BLOCKS} interleaved blocks; one fsync here takes {median(syncs):,.0f} µs"
    )


def _fsync_us(place: Path) -> float:
    """What durability itself costs on this disk: where it is dear, any ratio is near 1."""
    with (place / "fsync").open("wb", buffering=0) as file:
        started = perf_counter()
        for _ in range(20):
            file.write(bytes(4_096))
            os.fsync(file.fileno())
        return (perf_counter() - started) / 20 * 1e6


def _check_same(place: Path) -> None:
    """A peer that wrote other rows would be no peer."""
    one, other = (sqlite3.connect(place / name) for name in ("journal.sqlite", "bare.sqlite"))
    for table in ("entries", "tiles", *projections.TABLES.values()):
        query = f"SELECT * FROM {table} ORDER BY 1, 2"  # noqa: S608 - our own names
        assert one.execute(query).fetchall() == other.execute(query).fetchall(), table
    for connection in (one, other):
        connection.close()
