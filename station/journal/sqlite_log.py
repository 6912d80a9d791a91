"""The journal on disk: entries, tiles, checkpoints and private values in SQLite.

Appends only inside a transaction its owner opened, so that facts and projections commit together or not at all.
Never updates or deletes an entry, and triggers refuse whoever tries.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from msgspec.structs import astuple
from sqlite_utils import Database, Migrations

from station.custody.facts import INTEGER_MAX
from station.errors import JournalBrokenError, WrongUseError
from station.journal.entries import PrivateValue
from station.journal.notes import Note, VerifierKey, parse_note
from station.journal.proofs import LogProof
from station.journal.tree import (
    HASH_BYTES,
    TILE_BYTES,
    TILE_WIDTH,
    NodeHash,
    Pyramid,
    Tile,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    level_widths,
    nodes_in,
    pyramid,
    tree_of,
)

APPLICATION_ID = 0x44574A31
"""`DWJ1` in the file's header: this is a journal, first layout."""
_WAL_PAGES_MAX = 1_000
_PATIENCE_MS = 5_000
"""How long another program may hold the file before a judgement is refused."""
_PYRAMIDS_KEPT = 64
"""About 1 MiB."""

_DURABLE = {"journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "secure_delete": 1}
"""What a writing connection must have: FULL, or a power cut takes back what was acknowledged; triggers that also
fire when REPLACE deletes; deleted private values overwritten with zeros."""

MIGRATIONS = Migrations("journal")

_APPEND_ONLY = ("entries", "tiles", "checkpoints")


@MIGRATIONS()
def journal_1(database: Database) -> None:
    database.execute("CREATE TABLE entries (n INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT")
    database.execute(
        "CREATE TABLE tiles (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,"
        " root BLOB NOT NULL, PRIMARY KEY (level, n)) STRICT"
    )
    database.execute(
        "CREATE TABLE checkpoints (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, cosigned INTEGER NOT NULL,"
        " note TEXT NOT NULL) STRICT"
    )
    database.execute("CREATE INDEX checkpoints_by_size ON checkpoints (cosigned, size)")
    database.execute(
        "CREATE TABLE private_values (n INTEGER NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL,"
        " value TEXT NOT NULL, PRIMARY KEY (n, field)) STRICT"
    )
    for table in _APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            database.execute(
                f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
    database.execute(
        "CREATE TRIGGER entries_without_gaps BEFORE INSERT ON entries"
        " WHEN NEW.n IS NOT (SELECT coalesce(max(n) + 1, 0) FROM entries)"
        " BEGIN SELECT RAISE(ABORT, 'the journal has no gaps'); END"
    )


def connect_to_write(path: Path) -> sqlite3.Connection:
    """The one writing connection: durable at every commit, and asserted to be."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma, wanted in _DURABLE.items():
        connection.execute(f"PRAGMA {pragma} = {wanted}")
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES_MAX}")
    assert_durable(connection)
    _claim(connection, path)
    MIGRATIONS.apply(Database(connection, recursive_triggers=False, execute_plugins=False))
    return connection


def assert_durable(connection: sqlite3.Connection) -> None:
    for pragma, wanted in _DURABLE.items():
        (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
        if found != wanted:
            raise JournalBrokenError(f"the journal would not survive a power cut: {pragma} is {found}")


def _claim(connection: sqlite3.Connection, path: Path) -> None:
    """Write our mark into a new file; refuse a file that is something else."""
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if found == 0 and tables == 0:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    elif found != APPLICATION_ID:
        raise WrongUseError(f"{path} is a database, but not a journal; name another file")


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A reader beside the writer; it cannot change anything."""
    if not path.is_file():
        raise WrongUseError(f"there is no journal at {path}")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = 1")
    try:
        (found,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        raise WrongUseError(f"{path} cannot be read as a journal: {error}") from error
    if found != APPLICATION_ID:
        raise WrongUseError(f"{path} is no journal")
    return connection


class SqliteLog:
    """The log over one connection. Appending needs a transaction that the caller began."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # A tile of a given width never changes again, so what was computed over it can be kept.
        self._pyramid = lru_cache(_PYRAMIDS_KEPT)(self._read_pyramid)

    @property
    def size(self) -> int:
        (size,) = self._connection.execute("SELECT coalesce(max(n) + 1, 0) FROM entries").fetchone()
        return int(size)

    def tree(self) -> Tree:
        return tree_of(self.size, self.tile_hashes)

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        stop = self.size if end is None else end
        rows = self._connection.execute("SELECT entry FROM entries WHERE n >= ? AND n < ? ORDER BY n", (start, stop))
        return (entry for (entry,) in rows)

    def entry(self, n: int) -> bytes:
        row = self._connection.execute("SELECT entry FROM entries WHERE n = ?", (n,)).fetchone()
        if row is None:
            raise WrongUseError(f"the journal has no fact {n}")
        return bytes(row[0])

    def append(self, tree: Tree, entries: Iterable[bytes]) -> Tree:
        """Write entries and the tiles they complete; the tree as it will be once the transaction commits."""
        for entry in entries:
            self._connection.execute("INSERT INTO entries VALUES (?, ?)", (tree.size, entry))
            tree, tiles = tree.append(leaf_hash(entry))
            for tile in tiles:
                self._keep_tile(tile)
        return tree

    def keep_private(self, values: Iterable[PrivateValue]) -> None:
        for value in values:
            self._connection.execute("INSERT INTO private_values VALUES (?, ?, ?, ?)", astuple(value))

    def private_values(self, start: int = 0) -> Iterator[PrivateValue]:
        rows = self._connection.execute(
            "SELECT n, field, salt, value FROM private_values WHERE n >= ? ORDER BY n, field", (start,)
        )
        return (PrivateValue(*row) for row in rows)

    def private_of(self, number: int) -> tuple[PrivateValue, ...]:
        rows = self._connection.execute(
            "SELECT n, field, salt, value FROM private_values WHERE n = ? ORDER BY field", (number,)
        )
        return tuple(PrivateValue(*row) for row in rows)

    def forget_private(self, numbers: Iterable[int]) -> None:
        for n in numbers:
            self._connection.execute("DELETE FROM private_values WHERE n = ?", (n,))

    def wipe_forgotten(self) -> bool:
        """Empty the write-ahead file, where what was deleted still stands; False while a reader is in the way.

        Outside any transaction. SQLite does not sync the emptied file, and a power cut could bring it back: we do.
        """
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        if busy:
            return False
        _, _, path = self._connection.execute("PRAGMA database_list").fetchone()
        with Path(f"{path}-wal").open("rb+") as emptied:
            os.fsync(emptied.fileno())
        return True

    def keep_checkpoint(self, note: Note, log_key: VerifierKey, witnesses: Iterable[VerifierKey] = ()) -> None:
        """Keep a signed head, after checking that it is one of ours and says what this journal says."""
        head = note.checkpoint
        if head.origin != log_key.name or not note.signed_by(log_key):
            raise JournalBrokenError(f"a checkpoint that {log_key.name} did not sign")
        if head.size > self.size or self.root_at(head.size) != head.root:
            raise JournalBrokenError(f"a checkpoint of {head.size} facts that are not ours: forked or rolled back")
        cosigned = [note.signed_by(witness) for witness in witnesses]
        self._connection.execute(
            "INSERT INTO checkpoints (size, cosigned, note) VALUES (?, ?, ?)",
            (head.size, any(cosigned), str(note)),
        )

    def newest_checkpoint(
        self, *, cosigned: bool = False, covering: int = 0, at_most: int = INTEGER_MAX
    ) -> Note | None:
        """The newest signed head of at least, and at most, so many facts."""
        row = self._connection.execute(
            "SELECT note FROM checkpoints WHERE cosigned >= ? AND size BETWEEN ? AND ?"
            " ORDER BY size DESC, id DESC LIMIT 1",
            (cosigned, covering, at_most),
        ).fetchone()
        return parse_note(row[0]) if row else None

    def next_checkpoint(self, after: int, at_most: int) -> Note | None:
        """The smallest signed head of more, and at most so many, facts."""
        row = self._connection.execute(
            "SELECT note FROM checkpoints WHERE size > ? AND size <= ? ORDER BY size, id LIMIT 1", (after, at_most)
        ).fetchone()
        return parse_note(row[0]) if row else None

    def root_at(self, size: int) -> bytes:
        return tree_of(size, self.tile_hashes).root

    def proof(self, n: int, note: Note) -> LogProof:
        size = note.checkpoint.size
        path = inclusion_proof(n, size, self._nodes(size))
        return LogProof(self.entry(n), n, path, note)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return consistency_proof(old, new, self._nodes(new))

    def tile_hashes(self, level: int, n: int) -> bytes:
        """A tile as it is now: stored where complete, computed from below where not."""
        row = self._connection.execute("SELECT hashes FROM tiles WHERE level = ? AND n = ?", (level, n)).fetchone()
        if row is not None:
            return _whole(row[0], TILE_BYTES, level, n)
        if level == 0:
            return b"".join(map(leaf_hash, self.entries(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)))
        rows = self._connection.execute(
            "SELECT root FROM tiles WHERE level = ? AND n >= ? AND n < ? ORDER BY n",
            (level - 1, n * TILE_WIDTH, (n + 1) * TILE_WIDTH),
        )
        return b"".join(_whole(root, HASH_BYTES, level, n) for (root,) in rows)

    def _nodes(self, size: int) -> NodeHash:
        """The nodes of the tree as it was at that size."""
        widths = tuple(level_widths(size))
        # What a transaction has not committed may still be taken back, and is not remembered.
        read = self._read_pyramid if self._connection.in_transaction else self._pyramid
        return nodes_in(lambda level, n: read(level, n, min(TILE_WIDTH, widths[level] - n * TILE_WIDTH)))

    def _read_pyramid(self, level: int, n: int, width: int) -> Pyramid:
        return pyramid(self.tile_hashes(level, n)[: width * HASH_BYTES])

    def _keep_tile(self, tile: Tile) -> None:
        self._connection.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", astuple(tile))


def _whole(stored: bytes, wanted: int, level: int, n: int) -> bytes:
    if len(stored) != wanted:
        raise JournalBrokenError(f"tile {level}/{n} of the journal is torn; check it with dockward verify")
    return stored
