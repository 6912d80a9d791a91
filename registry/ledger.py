"""What the registry knows beside the journals: alarms, what stations said of themselves, uploads, and receipts given.

One SQLite file, durable at every commit. Judges nothing, and forgets no alarm and no receipt.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple
from sqlite_utils import Database, Migrations

from station.journal.sqlite_log import assert_durable

ALARMS_MAX = 200
"""So many of one station and one kind are kept: who can reach us must not be able to fill the disk, nor to leave no
room for the notes of a fork."""
JUNK_ALARMS_MAX = 20
_JUNK = ("NOT_A_BATCH", "STATE_UNREADABLE")
"""Kinds that keep nothing anybody signed."""
_DURABLE = {"journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "secure_delete": 1, "busy_timeout": 5_000}

MIGRATIONS = Migrations("registry")


class Alarm(Struct, frozen=True):
    """What a station said that cannot be believed, beside what we had cosigned before: both notes are kept."""

    station: str
    code: str
    at_ms: int
    ours: str
    theirs: str


class Sighting(Struct, frozen=True):
    """When a station was last heard, and the state it gave then, as it gave it."""

    station: str
    seen_ms: int
    state: str


class Upload(Struct, frozen=True):
    """A statement that was checked, and asks for its recording."""

    id: str
    station: str
    recording: int
    statement: bytes
    signature: bytes
    certificate: bytes


class Courier(Struct, frozen=True):
    """A courier's delivery of one journal that was taken whole, by the digest of its manifest."""

    origin: str
    number: int
    sha256: str
    at_ms: int


class GivenReceipt(Struct, frozen=True):
    id: str
    receipt: bytes
    signature: bytes
    certificate: bytes


@MIGRATIONS()
def registry_1(database: Database) -> None:
    database.execute(
        "CREATE TABLE alarms (station TEXT NOT NULL, code TEXT NOT NULL, at_ms INTEGER NOT NULL, ours TEXT NOT NULL,"
        " theirs TEXT NOT NULL, UNIQUE (station, code, theirs)) STRICT"
    )
    database.execute(
        "CREATE TABLE sightings (station TEXT PRIMARY KEY, seen_ms INTEGER NOT NULL, state TEXT NOT NULL) STRICT"
    )
    database.execute(
        "CREATE TABLE uploads (id TEXT PRIMARY KEY, station TEXT NOT NULL, recording INTEGER NOT NULL,"
        " statement BLOB NOT NULL, signature BLOB NOT NULL, certificate BLOB NOT NULL) STRICT"
    )
    database.execute(
        "CREATE TABLE receipts (id TEXT PRIMARY KEY, receipt BLOB NOT NULL, signature BLOB NOT NULL,"
        " certificate BLOB NOT NULL) STRICT"
    )
    for table in ("alarms", "receipts"):
        for act in ("UPDATE", "DELETE"):
            database.execute(
                f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'the registry forgets none of its {table}'); END"
            )


@MIGRATIONS()
def registry_2(database: Database) -> None:
    """Courier disks that were taken, so that one that comes again is known."""
    database.execute(
        "CREATE TABLE couriers (origin TEXT NOT NULL, number INTEGER NOT NULL, sha256 TEXT NOT NULL,"
        " at_ms INTEGER NOT NULL, PRIMARY KEY (origin, number)) STRICT"
    )


def connect_durably(path: Path, migrations: Migrations) -> sqlite3.Connection:
    """To a file of the registry's own: durable at every commit, from any thread."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma, wanted in _DURABLE.items():
        connection.execute(f"PRAGMA {pragma} = {wanted}")
    assert_durable(connection)
    migrations.apply(Database(connection, recursive_triggers=False, execute_plugins=False))
    return connection


class Ledger:
    """One connection, one question at a time, from any thread; each act is durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = connect_durably(path, MIGRATIONS)

    def close(self) -> None:
        self._connection.close()

    def raise_alarm(self, alarm: Alarm) -> None:
        """The same thing said again is the same alarm."""
        kept_max = JUNK_ALARMS_MAX if alarm.code in _JUNK else ALARMS_MAX
        with self._lock:
            self._connection.execute(
                "INSERT INTO alarms SELECT ?, ?, ?, ?, ?"
                " WHERE (SELECT count(*) FROM alarms WHERE station = ? AND code = ?) < ? ON CONFLICT DO NOTHING",
                (*astuple(alarm), alarm.station, alarm.code, kept_max),
            )

    def alarms(self, at_most: int) -> tuple[Alarm, ...]:
        """The newest, newest first."""
        question = "SELECT station, code, at_ms, ours, theirs FROM alarms ORDER BY at_ms DESC, rowid DESC LIMIT ?"
        return tuple(Alarm(*row) for row in self._all(question, at_most))

    def alarm_counts(self) -> dict[str, int]:
        """How many are kept of each station that has any."""
        return dict(self._all("SELECT station, count(*) FROM alarms GROUP BY station"))

    def saw(self, station: str, at_ms: int, state: str | None = None) -> None:
        """A station was heard; where it said no state, the last one stands."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO sightings VALUES (?, ?, coalesce(?, '')) ON CONFLICT DO UPDATE"
                " SET seen_ms = excluded.seen_ms, state = coalesce(?, state)",
                (station, at_ms, state, state),
            )

    def remember(self, station: str, state: str) -> None:
        """What a station said once, where nobody knows when."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO sightings VALUES (?, 0, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
                (station, state),
            )

    def sightings(self) -> dict[str, Sighting]:
        rows = self._all("SELECT station, seen_ms, state FROM sightings")
        return {row[0]: Sighting(*row) for row in rows}

    def keep_upload(self, upload: Upload) -> Upload:
        """The upload as first kept: asking again changes nothing."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", astuple(upload)
            )
        kept = self.upload(upload.id)
        return kept or upload

    def upload(self, upload_id: str) -> Upload | None:
        rows = self._all(
            "SELECT id, station, recording, statement, signature, certificate FROM uploads WHERE id = ?", upload_id
        )
        return Upload(*rows[0]) if rows else None

    def keep_courier(self, courier: Courier) -> None:
        """The delivery as first taken under this number: taking it again changes nothing."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO couriers VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", astuple(courier)
            )

    def courier(self, origin: str, number: int) -> Courier | None:
        question = "SELECT origin, number, sha256, at_ms FROM couriers WHERE origin = ? AND number = ?"
        rows = self._all(question, origin, number)
        return Courier(*rows[0]) if rows else None

    def keep_receipt(self, given: GivenReceipt) -> None:
        with self._lock:
            self._connection.execute("INSERT INTO receipts VALUES (?, ?, ?, ?)", astuple(given))

    def receipt(self, upload_id: str) -> GivenReceipt | None:
        rows = self._all("SELECT id, receipt, signature, certificate FROM receipts WHERE id = ?", upload_id)
        return GivenReceipt(*rows[0]) if rows else None

    def _all(self, question: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(question, values).fetchall()
