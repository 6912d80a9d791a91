"""One table for each custody machine, one row for each subject, written in the transaction of its fact.

The columns are the fields of the machine's own record: a table says what custody says, in no other words.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_type_hints

import msgspec
from sqlite_utils import Database, Migrations

from station.custody.docking import Docking
from station.custody.facts import Fact
from station.custody.observations import Observation
from station.custody.recall import recalled, recalled_for
from station.custody.recording import Recording
from station.custody.state import State, Subject, SubjectKey, changes, key
from station.custody.subjects import KINDS
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog

TABLES: Mapping[type[Subject], str] = {kind.subject: kind.plural for kind in KINDS}
_SQL_TYPES = {int: "INTEGER", bool: "INTEGER", str: "TEXT"}

MIGRATIONS = Migrations("projections")


@MIGRATIONS()
def projections_1(database: Database) -> None:
    """A changed machine gets a further migration that does the same: drop, create, replay."""
    rebuild(database.conn)


@MIGRATIONS()
def projections_2(database: Database) -> None:
    """People's acts have machines; recordings know their missions, dockings what was measured of a camera."""
    rebuild(database.conn)


@MIGRATIONS()
def projections_3(database: Database) -> None:
    """Dockings know how long a silent camera is there and that its repair was opened; cameras, their batteries.

    Keys, outages and cut chargers have machines.
    """
    rebuild(database.conn)


@MIGRATIONS()
def projections_4(database: Database) -> None:
    """Recordings know whether they are in quarantine, stamped, and may leave our disk; cameras, what is missing.

    Disputes about the journal's history have a machine.
    """
    rebuild(database.conn)


@MIGRATIONS()
def projections_5(database: Database) -> None:
    """Recordings know on which disks their copies are spoiled; disks, and writing them off, have machines."""
    rebuild(database.conn)


@MIGRATIONS()
def projections_6(database: Database) -> None:
    """What the dock, the desk and the registry's orders came to know.

    Who signed for having brought a camera back, and what is from paper; which badges are lost, here and elsewhere; when
    cameras were last seen, how worn they are, and which are to leave; which mission a request covers, and which facts
    have the words of missions, explanations, requests and findings. Recordings are found by the loans they count as
    made in, and by their camera.
    """
    rebuild(database.conn)


@MIGRATIONS()
def projections_7(database: Database) -> None:
    """When somebody signed for a camera, by a clock that knew the time, and who said when a mission ended."""
    rebuild(database.conn)


def migrate(connection: sqlite3.Connection) -> None:
    MIGRATIONS.apply(Database(connection, recursive_triggers=False, execute_plugins=False))


def write(connection: sqlite3.Connection, subjects: Iterable[Subject]) -> None:
    for subject in subjects:
        connection.execute(*upsert(subject))


def upsert(subject: Subject) -> tuple[str, list[Any]]:
    """The statement and the row that put a subject into its table as it is now."""
    return _UPSERTS[type(subject)], _row(subject)


def load(connection: sqlite3.Connection) -> State:
    """Custody's state from the rows that can still change."""
    subjects: list[Subject] = []
    for kind, table in TABLES.items():
        columns = ", ".join(_COLUMNS[kind])
        rows = connection.execute(f"SELECT {columns} FROM {table} WHERE live")  # noqa: S608 - our own names
        subjects += [_subject(kind, row) for row in rows]
    return State().holding(subjects, SqliteLog(connection).size)


def recall(connection: sqlite3.Connection, state: State, said: Observation) -> tuple[Subject, ...]:
    """The subjects an act is about that memory has let go, from their rows."""
    return recalled(state, said, lambda of: look_up(connection, of))


def look_up(connection: sqlite3.Connection, of: SubjectKey) -> Subject | None:
    kind, number = of
    found = connection.execute(_SELECTS[kind], (number,)).fetchone()
    return None if found is None else _subject(kind, found)


def unstamped(connection: sqlite3.Connection, after: int) -> int | None:
    """The first signed recording after this one that nobody stamped and nobody purged."""
    found = connection.execute(
        "SELECT number FROM recordings INDEXED BY recordings_unstamped"
        " WHERE stamped IS NULL AND stated IS NOT NULL AND step != 'purged' AND number > ? ORDER BY number LIMIT 1",
        (after,),
    ).fetchone()
    return None if found is None else int(found[0])


def load_recordings(connection: sqlite3.Connection, where: str, values: tuple[int | str, ...]) -> Iterator[Recording]:
    """Those whose rows are so, the oldest first, whether they can still change or not."""
    columns = _COLUMNS[Recording]
    query = f"SELECT {', '.join(columns)} FROM recordings WHERE {where} ORDER BY {columns[0]}"  # noqa: S608 - our own
    for row in connection.execute(query, values):
        subject = _subject(Recording, row)
        assert isinstance(subject, Recording)  # noqa: S101 - the table holds no others
        yield subject


def load_dockings(
    connection: sqlite3.Connection, where: str, values: tuple[int | str, ...], count: int
) -> Iterator[Docking]:
    """The newest of those whose rows are so, live or over."""
    columns = _COLUMNS[Docking]
    query = f"SELECT {', '.join(columns)} FROM dockings WHERE {where} ORDER BY {columns[0]} DESC LIMIT ?"  # noqa: S608
    for row in connection.execute(query, (*values, count)).fetchall():
        subject = _subject(Docking, row)
        assert isinstance(subject, Docking)  # noqa: S101 - the table holds no others
        yield subject


def rebuild(connection: sqlite3.Connection) -> None:
    """Drop every projection and compute it again from the facts; inside the caller's transaction."""
    for kind, table in TABLES.items():
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(_create_table(kind, table))
        connection.execute(f"CREATE INDEX {table}_live ON {table} (live) WHERE live")
        if "mission" in _COLUMNS[kind]:
            connection.execute(f"CREATE INDEX {table}_mission ON {table} (mission) WHERE mission IS NOT NULL")
    connection.execute("CREATE INDEX dockings_by ON dockings (handed_over_by) WHERE handed_over_by IS NOT NULL")
    connection.execute("CREATE INDEX loans_officer ON loans (officer)")
    connection.execute("CREATE INDEX recordings_loan ON recordings (loan) WHERE loan IS NOT NULL")
    connection.execute("CREATE INDEX recordings_settled ON recordings (attributed_loan) WHERE attributed IS NOT NULL")
    connection.execute("CREATE INDEX recordings_source ON recordings (source, number)")
    connection.execute('CREATE INDEX access_requests_by ON access_requests ("by")')
    connection.execute("CREATE INDEX recordings_unstamped ON recordings (number) WHERE stamped IS NULL")
    state = State()
    for fact in facts(connection):
        called = recalled_for(state, fact, lambda of: look_up(connection, of))
        state = state.recalling(called)
        changed = changes(state, fact)
        write(connection, changed)
        state = state.holding(changed, fact.n + 1).letting_go(map(key, called))


def facts(connection: sqlite3.Connection, start: int = 0) -> Iterator[Fact]:
    return map(read_entry, SqliteLog(connection).entries(start))


def _create_table(kind: type[Subject], table: str) -> str:
    hints = get_type_hints(kind)
    columns = [f"{name} {_sql_type(hints[name])}" for name in _COLUMNS[kind]]
    columns[0] += " PRIMARY KEY"
    return f"CREATE TABLE {table} ({', '.join(columns)}, live INTEGER NOT NULL) STRICT"


def _sql_type(hint: Any) -> str:
    """Numbers and words stand as they are; a tuple stands as JSON."""
    kinds = {kind for kind in getattr(hint, "__args__", (hint,)) if kind is not type(None)}
    plain = kinds.pop() if len(kinds) == 1 else None
    return _SQL_TYPES.get(plain, "TEXT") if plain is not None else "TEXT"


def _row(subject: Subject) -> list[Any]:
    fields: dict[str, Any] = msgspec.to_builtins(subject)
    for name in _TUPLES[type(subject)]:
        fields[name] = msgspec.json.encode(fields[name]).decode()
    return [*fields.values(), subject.live]


def _subject(kind: type[Subject], row: tuple[Any, ...]) -> Subject:
    fields = dict(zip(_COLUMNS[kind], row, strict=True))
    for name in _TUPLES[kind]:
        fields[name] = msgspec.json.decode(fields[name])
    return msgspec.convert(fields, kind, strict=False)


_READY = [msgspec.json.Decoder(kind) for kind in TABLES]
"""What msgspec knows of a type it learns once; two threads that teach it at once crash it (0.22), so it learns here."""
_COLUMNS = {kind: kind.__struct_fields__ for kind in TABLES}
_TUPLES = {
    kind: tuple(name for name, hint in get_type_hints(kind).items() if getattr(hint, "__origin__", None) is tuple)
    for kind in TABLES
}
_SELECTS = {
    kind: f"SELECT {', '.join(_COLUMNS[kind])} FROM {table} WHERE {_COLUMNS[kind][0]} = ?"  # noqa: S608
    for kind, table in TABLES.items()
}
_UPSERTS = {
    kind: f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * (len(_COLUMNS[kind]) + 1))})"  # noqa: S608
    for kind, table in TABLES.items()
}
