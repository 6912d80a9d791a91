"""Cuts the power under the real journal at every moment, and lets the real clerk open what is left.

A station's life is told on a disk that writes everything down. Each prefix of that tape is a power cut. What was
acknowledged must be there, to the byte; what was under way is there whole or not at all. Never patches the journal's
code, save how soon the write-ahead file is moved over; never hands a journal anything but its files.
"""

import contextlib
import itertools
import random
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from pathlib import Path
from unittest import mock

from station.clock import ManualClock
from station.custody import observations as seen
from station.journal import sqlite_log
from station.journal.entries import PrivateValue
from station.journal.notes import LOG_KEY, VerifierKey
from station.journal.tree import Tree, leaf_hash
from station.journal_clerk import JournalClerk
from station.store import projections
from tests.plain_policy import PlainPolicy
from tests.recorded_disk import Acknowledged, Disk, Draw, Files, Luck, Operation, recording
from tests.station_life import MORNING, ORIGIN, STATION, Found, Life, Promises, read_journal

Beside = Mapping[int, tuple[PrivateValue, ...]]
"""Size of the journal → the private values beside it then."""

NAME = "journal.sqlite"
LOSSES_SHOWN_MAX = 10
_ANOTHER_LIFE = 1_000_000_000
_OLD_JOURNAL_FACTS = 252
"""So many that the next visit completes the first tile."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """In memory where there is such a folder: a real disk would be asked to sync some thousand times."""
    memory = Path("/dev/shm")  # noqa: S108 - only a parent; the folder in it is our own
    with tempfile.TemporaryDirectory(prefix="dockward-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def write_files(folder: Path, files: Files) -> None:
    """These files and no others; above all no -shm file, which a power cut never leaves."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


@dataclass(frozen=True, slots=True)
class Recording:
    """The files before, every operation since, and every promise made."""

    before: Files
    tape: list[Operation]
    promises: Promises


def record(seed: int, before: Files | None = None, *, syncs: bool = True) -> Recording:
    """A piece of life, with a restart in it, from an empty folder or from these files. `syncs` False: a lying disk."""
    rng = random.Random(f"life/{seed}")
    tape: list[Operation] = []

    def acknowledge(promises: Promises) -> None:
        tape.append(Acknowledged(len(promises.entries), len(promises.notes)))

    with scratch_folder() as folder, mock.patch.object(sqlite_log, "_WAL_PAGES_MAX", rng.randint(8, 20)):
        write_files(folder, before or {})
        with recording(tape, NAME, syncs=syncs):
            life = Life(folder / NAME, rng, acknowledge)
            # What was found at the start is promised before the first operation: opening may not lose it.
            tape.insert(0, tape.pop())
            try:
                _live(life)
            finally:
                life.stop()
    return Recording(before or {}, tape, life.promises)


def _live(life: Life) -> None:
    is_old = life.size >= _OLD_JOURNAL_FACTS
    life.begin()
    first, *_ = life.visit(1)
    life.purge(first)
    life.restart()
    life.sign()
    if not is_old:  # the first visit has completed the tile; opening so long a journal again and again takes long
        life.purge(*life.visit(1))
        life.release(*(life.dock(number)[0] for number in range(2, 8)))
        life.sign()


def _old_journal(seed: int) -> Files:
    """A journal with a history, closed as it should be; nothing of it is recorded."""
    with scratch_folder() as folder:
        life = Life(folder / NAME, random.Random(f"old/{seed}"), lambda _: None)
        life.begin()
        bays = [life.dock(number)[0] for number in range(8)]
        while (missing := _OLD_JOURNAL_FACTS - life.size) > 0:
            life.release(*bays[:missing])
        life.stop()
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def _cut_once(seed: int) -> Files:
    """What some power cut left of another life, with salts of its own: torn words of it are no purged ones of ours."""
    recorded = record(seed + _ANOTHER_LIFE)
    rng = random.Random(f"first cut/{seed}")
    operations = len(recorded.tape)
    disk = Disk(recorded.before)
    for operation in itertools.islice(recorded.tape, rng.randrange(operations // 2, operations)):
        disk.play(operation)
    return disk.after_cut(Draw(Luck.SCATTERED, rng))


def examine(path: Path, private: Beside) -> Found:
    """Open a journal as a station does after a power cut, check it against itself, and go on with it.

    What was purged may be in no file once the station has opened its journal.
    """
    clerk = JournalClerk(path, STATION, PlainPolicy(), ManualClock(MORNING), lambda: bytes(32))
    with contextlib.closing(clerk._connection) as connection:
        found = read_journal(connection)
        _check_purged(path.parent, found, private)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "SQLite finds damage"
        recomputed = reduce(lambda tree, leaf: tree.append(leaf)[0], map(leaf_hash, found.entries), Tree())
        assert clerk.tree == recomputed, "the stored tiles are not the tree of the entries"
        _check_projections(clerk)
        _go_on(clerk)
        assert read_journal(connection).entries[: len(found.entries)] == found.entries, "going on changed a fact"
    return found


def _check_purged(folder: Path, found: Found, private: Beside) -> None:
    ever = {value.salt for size, values in private.items() if size <= len(found.entries) for value in values}
    left = b"".join(path.read_bytes() for path in folder.iterdir())
    purged = ever - {value.salt for value in found.private}
    assert not any(salt in left for salt in purged), "what was purged is still on the disk"


def _check_projections(clerk: JournalClerk) -> None:
    connection = clerk._connection
    stored = _projections(connection)
    connection.execute("BEGIN")
    projections.rebuild(connection)
    assert stored == _projections(connection), "the projections are not those of the facts"
    assert clerk.state == projections.load(connection), "the state is not that of the facts"
    connection.execute("ROLLBACK")


def _projections(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    tables = projections.TABLES.values()
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]  # noqa: S608


def _go_on(clerk: JournalClerk) -> None:
    size = clerk.tree.size
    observation: seen.Observation
    if size == 0:
        observation = seen.JournalBegun(origin=ORIGIN, log_key=str(VerifierKey(ORIGIN, LOG_KEY, bytes(32))))
    elif clerk.state.docking_in("after") is None:
        observation = seen.PresenceClosed(bay="after")
    else:
        observation = seen.PresenceOpened(bay="after")
    facts = clerk.judge_and_write(observation)
    assert facts, "the clerk found nothing to write"
    assert clerk.tree.size == size + len(facts), "the clerk cannot go on"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`states`: distinct contents of the disk that were opened. `losses`: each cut that broke a promise, and how."""

    states: int
    losses: list[str]


def cut_everywhere(recorded: Recording, seed: int, lucks: Iterable[Luck] = Luck, *, wiped: bool = False) -> Outcome:
    """Every prefix of the tape with every kind of luck. The same files are opened once, and judged each time."""
    known: dict[bytes, Found | str] = {}
    losses: list[str] = []
    disk = Disk(recorded.before)
    promised = Acknowledged(0, 0)
    with scratch_folder() as folder:
        for place, operation in enumerate(recorded.tape):
            disk.play(operation)
            promised = operation if isinstance(operation, Acknowledged) else promised
            for luck in lucks:
                files = disk.after_cut(Draw(luck, random.Random(f"luck/{seed}/{place}/{luck.name}")))
                key = _digest(files)
                if key not in known:
                    known[key] = _examined(folder, files, recorded.promises.private if wiped else {})
                broken = _broken(known[key], promised, recorded.promises)
                if broken:
                    losses.append(f"seed {seed}, cut after step {place}, {operation}; there is {luck.value}: {broken}")
    return Outcome(len(known), losses)


def _digest(files: Files) -> bytes:
    return sha256(repr([(name, sha256(files[name]).digest()) for name in sorted(files)]).encode()).digest()


def _examined(folder: Path, files: Files, private: Beside) -> Found | str:
    write_files(folder, files)
    try:
        return examine(folder / NAME, private)
    except Exception as error:  # noqa: BLE001 - whatever a broken journal raises is the finding
        return f"{type(error).__name__}: {error}"


def _broken(found: Found | str, promised: Acknowledged, promises: Promises) -> str:
    """Which promise was broken; empty where none."""
    if isinstance(found, str):
        return found
    size = len(found.entries)
    under_way = next((end for end in promises.private if end > promised.facts), promised.facts)
    if size < promised.facts:
        return f"{promised.facts} facts were acknowledged, {size} are there"
    if size not in {promised.facts, under_way}:
        return f"{size} facts are there: half a judgement, or one that nobody was making"
    if list(found.entries) != promises.entries[:size]:
        return "a fact is not what was acknowledged"
    if found.private != promises.private[size]:
        return "the private values are not those of the facts"
    if not promised.notes <= len(found.notes) <= promised.notes + 1:
        return f"{promised.notes} checkpoints were kept, {len(found.notes)} are there"
    if list(found.notes) != promises.notes[: len(found.notes)]:
        return "a checkpoint is not the one that was kept"
    return ""


def campaign(seed: int, *, wiped: bool = False) -> int:
    """One whole enumeration: of a new journal, of an old one that completes a tile, or of one cut once before.

    Returns how many distinct states were opened; AssertionError where a promise was broken. `wiped` asks besides that
    no purged word is in any file once the journal is open again: about one enumeration in some tens breaks that, just
    after the first frame of a write-ahead file, for a reason not found yet. `make soak` asks it.
    """
    before = ({}, _old_journal(seed), _cut_once(seed))[seed % 3]
    outcome = cut_everywhere(record(seed, before), seed, wiped=wiped)
    assert not outcome.losses, "\n".join([f"{len(outcome.losses)} losses", *outcome.losses[:LOSSES_SHOWN_MAX]])
    return outcome.states
