"""What the registry knows for its orders: which badges are dead, how far each journal was read, what was sent to whom.

One SQLite file, durable at every commit. All but the sequence of what was sent follows from the witnessed journals, and
that is never smaller than what a station answered. Judges nothing, and brings no badge back to life.
"""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database, Migrations

from registry.ledger import connect_durably
from station.custody.facts import Fact
from station.custody.facts_of_orders import BadgeLostElsewhere, OrdersTaken
from station.custody.facts_of_the_desk import BadgeLost

MIGRATIONS = Migrations("orders")


class Sent(NamedTuple):
    """The newest list for one journal: as it was numbered, and its text."""

    sequence: int
    text: str


@MIGRATIONS()
def orders_1(database: Database) -> None:
    database.execute(
        "CREATE TABLE lost_badges (id INTEGER PRIMARY KEY, badge TEXT NOT NULL UNIQUE, station TEXT NOT NULL,"
        " reported INTEGER NOT NULL) STRICT"
    )
    database.execute("CREATE TABLE dead_there (origin TEXT, badge TEXT, PRIMARY KEY (origin, badge)) STRICT")
    database.execute(
        "CREATE TABLE journals (origin TEXT PRIMARY KEY, read_to INTEGER NOT NULL, answered INTEGER NOT NULL) STRICT"
    )
    database.execute(
        "CREATE TABLE sent (origin TEXT PRIMARY KEY, sequence INTEGER NOT NULL, text TEXT NOT NULL) STRICT"
    )
    for act in ("UPDATE", "DELETE"):
        database.execute(
            f"CREATE TRIGGER lost_badges_refuse_{act.lower()} BEFORE {act} ON lost_badges"
            f" BEGIN SELECT RAISE(ABORT, 'the registry forgets no lost badge'); END"
        )


class OrderLedger:
    """One connection, one act at a time, from any thread; each is durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = connect_durably(path, MIGRATIONS)

    def close(self) -> None:
        self._connection.close()

    def read_to(self, origin: str) -> int:
        """The first fact of this journal that was not read yet."""
        return int(self._one("SELECT read_to FROM journals WHERE origin = ?", origin) or 0)

    def answered(self, origin: str) -> int:
        """The newest list that this journal says was taken; 0 before any."""
        return int(self._one("SELECT answered FROM journals WHERE origin = ?", origin) or 0)

    def keep_read(self, origin: str, station: str, facts: Iterable[Fact], read_to: int) -> None:
        """What these facts of a journal say of badges and of orders; said again, it changes nothing."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("INSERT INTO journals VALUES (?, 0, 0) ON CONFLICT DO NOTHING", (origin,))
            for fact in facts:
                self._keep(origin, station, fact)
            self._connection.execute("UPDATE journals SET read_to = ? WHERE origin = ?", (read_to, origin))

    def waiting(self, origin: str, at_most: int) -> list[tuple[str, str, int]]:
        """Badges that are dead and that this journal says nothing of: badge, and who reported it where."""
        question = (
            "SELECT badge, station, reported FROM lost_badges WHERE NOT EXISTS (SELECT 1 FROM dead_there"
            " WHERE origin = ? AND dead_there.badge = lost_badges.badge) ORDER BY id LIMIT ?"
        )
        with self._lock:
            return self._connection.execute(question, (origin, at_most)).fetchall()

    def sent(self, origin: str) -> Sent | None:
        with self._lock:
            row = self._connection.execute("SELECT sequence, text FROM sent WHERE origin = ?", (origin,)).fetchone()
        return Sent(*row) if row else None

    def keep_sent(self, origin: str, sent: Sent) -> None:
        """Before it leaves."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", (origin, *sent))

    def _keep(self, origin: str, station: str, fact: Fact) -> None:
        """Inside a transaction."""
        keep = self._connection.execute
        match fact.body:
            case BadgeLost(badge=badge):
                keep(
                    "INSERT INTO lost_badges (badge, station, reported) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (badge, station, fact.n),
                )
                keep("INSERT INTO dead_there VALUES (?, ?) ON CONFLICT DO NOTHING", (origin, badge))
            case BadgeLostElsewhere(badge=badge):
                keep("INSERT INTO dead_there VALUES (?, ?) ON CONFLICT DO NOTHING", (origin, badge))
            case OrdersTaken(sequence=sequence):
                keep("UPDATE journals SET answered = max(answered, ?) WHERE origin = ?", (sequence, origin))

    def _one(self, question: str, *values: Any) -> Any:
        with self._lock:
            row = self._connection.execute(question, values).fetchone()
        return row[0] if row else None
