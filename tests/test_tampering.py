"""Every change to a witnessed journal of a thousand facts is noticed; a purge of private values is no change.

Exhaustive over the folder a court receives: each byte altered, each fact dropped, neighbours swapped, each
truncation. What the verifier computes over unchanged files is remembered between its runs; it runs whole each time.
"""

import random
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from dockward import verifier
from station.journal.notes import Checkpoint, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tree import Tree, leaf_hash
from tests.stations import ORIGIN, cosigned
from tests.witnessed_journal import KEYS, Witnessed, files_of, witnessed_journal

SHARDS = 8
REMEMBERED = {
    "split_bundle": 32,
    "leaf_hashes": 32,
    "root_of": 32,
    "read_bundle": 32,
    "read_entry": 4_096,
    "signature_holds": 64,
}


@pytest.fixture(autouse=True)
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in REMEMBERED.items():
        monkeypatch.setattr(verifier, name, lru_cache(size)(getattr(verifier, name)))


@pytest.fixture
def sound() -> Witnessed:
    journal = witnessed_journal()
    report = verifier.verify_folder(journal.files, journal.policy, None)
    assert report.ok, report.findings
    assert report.witnessed_size == report.size == len(journal.entries) >= 1_000
    return journal


def unnoticed(sound: Witnessed, files: dict[str, bytes]) -> bool:
    return verifier.verify_folder(files, sound.policy, None).ok


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_byte(sound: Witnessed, shard: int) -> None:
    rng = random.Random(shard)
    places = [(name, place) for name, content in sound.files.items() for place in range(len(content))]
    missed = []
    for name, place in places[shard::SHARDS]:
        content = bytearray(sound.files[name])
        content[place] ^= rng.randrange(1, 256)
        if unnoticed(sound, {**sound.files, name: bytes(content)}):
            missed.append((name, place))
    assert missed == []
    assert len(places) > 200 * len(sound.entries)


def altered(entries: tuple[bytes, ...]) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    for n in range(len(entries)):
        yield f"drop {n}", entries[:n] + entries[n + 1 :]
        yield f"truncate to {n}", entries[:n]
        yield f"twice {n}", entries[: n + 1] + entries[n:]
    for n in range(1, len(entries)):
        yield f"swap {n}", (*entries[: n - 1], entries[n], entries[n - 1], *entries[n + 1 :])


@pytest.mark.parametrize("shard", range(4))
def test_every_drop_swap_repetition_and_truncation(sound: Witnessed, shard: int) -> None:
    """By somebody who computes every tile anew and keeps the witnessed checkpoint."""
    spoiled = list(altered(sound.entries))[shard::4]
    assert [what for what, entries in spoiled if unnoticed(sound, files_of(entries, sound.files))] == []


def test_a_fact_rewritten_with_every_tile_computed_anew(sound: Witnessed) -> None:
    """The subtlest lie: a fact that reads well, at another time, in a tree that fits it."""
    missed = []
    for n in range(0, len(sound.entries), 7):
        rewritten = sound.entries[n].replace(b'"at":"2026-', b'"at":"2025-')
        assert rewritten != sound.entries[n]
        entries = (*sound.entries[:n], rewritten, *sound.entries[n + 1 :])
        if unnoticed(sound, files_of(entries, sound.files)):
            missed.append(n)
    assert missed == []


def test_every_file_missing_shortened_or_lengthened(sound: Witnessed) -> None:
    for name, content in sound.files.items():
        without = {other: kept for other, kept in sound.files.items() if other != name}
        # Private values may be withheld; everything else must be there.
        assert unnoticed(sound, without) is (name == "private.json")
        for shorter in {0, 1, len(content) // 2, len(content) - 1}:
            assert not unnoticed(sound, {**sound.files, name: content[:shorter]})
        assert not unnoticed(sound, {**sound.files, name: content + b"\n"})
    assert not unnoticed(sound, {**sound.files, "tile/0/004.p/1": b"\0" * 32})


def test_a_journal_signed_anew_by_a_stranger_is_no_journal_of_ours(sound: Witnessed) -> None:
    stranger = KEYS.witness
    head = sound.note.checkpoint
    forged = sign_checkpoint(head, KEYS.log_key, stranger.sign)
    assert not unnoticed(sound, {**sound.files, "checkpoint": str(cosigned(forged, KEYS)).encode()})
    unwitnessed = sign_checkpoint(head, KEYS.log_key, KEYS.log.sign)
    report = verifier.verify_folder({**sound.files, "checkpoint": str(unwitnessed).encode()}, sound.policy, None)
    assert not report.ok


def _resigned(entries: tuple[bytes, ...]) -> bytes:
    tree = Tree()
    for entry in entries:
        tree, _ = tree.append(leaf_hash(entry))
    note = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root), KEYS.log_key, KEYS.log.sign)
    return str(cosigned(note, KEYS)).encode()


def test_a_rollback_and_a_fork_are_noticed_by_a_checkpoint_kept_elsewhere(sound: Witnessed) -> None:
    """Even where the station's own key and the witness's own key signed the shorter or the other history."""
    older = sound.entries[:900]
    forked = (*older, *sound.entries[901:], sound.entries[900])
    for entries, word in ((older, "rolled back"), (forked, "")):
        files = files_of(entries, sound.files) | {"checkpoint": _resigned(entries), "private.json": b"[]"}
        report = verifier.verify_folder(files, sound.policy, sound.files["checkpoint"])
        assert not report.ok
        assert word in " ".join(finding.problem for finding in report.findings)
    files = files_of(older, sound.files) | {"checkpoint": _resigned(older), "private.json": b"[]"}
    assert verifier.verify_folder(files, sound.policy, None).ok


def test_a_purge_is_not_an_alteration(sound: Witnessed) -> None:
    before = verifier.verify_folder(sound.files, sound.policy, None)
    assert before.private is not None
    opened, purged, _ = before.private
    assert opened
    assert purged
    after = verifier.verify_folder({**sound.files, "private.json": b"[]"}, sound.policy, None)
    assert after.ok
    assert after.private == (0, purged, opened)


def _sqlite(sound: Witnessed, folder: Path) -> Path:
    path = folder / "journal.sqlite"
    path.write_bytes(sound.sqlite)
    assert verifier.verify_sqlite(path, sound.policy).ok
    return path


@pytest.mark.parametrize(
    ("table", "column"),
    [("entries", "entry"), ("tiles", "hashes"), ("tiles", "root"), ("checkpoints", "note"), ("private_values", "salt")],
)
def test_rows_changed_in_the_database(sound: Witnessed, tmp_path: Path, table: str, column: str) -> None:
    path = _sqlite(sound, tmp_path)
    rng = random.Random(1)
    with_triggers_gone = sqlite3.connect(path)
    for (trigger,) in with_triggers_gone.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        with_triggers_gone.execute(f"DROP TRIGGER {trigger}")
    rows = with_triggers_gone.execute(f"SELECT rowid, {column} FROM {table}").fetchall()  # noqa: S608
    for rowid, value in rng.sample(rows, min(12, len(rows))):
        content = bytearray(value.encode() if isinstance(value, str) else value)
        content[rng.randrange(len(content))] ^= 1
        spoiled = content.decode() if isinstance(value, str) else bytes(content)
        for stored in (spoiled, value):
            with_triggers_gone.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (stored, rowid))  # noqa: S608
            with_triggers_gone.commit()
            assert verifier.verify_sqlite(path, sound.policy).ok is (stored is value)
    with_triggers_gone.close()


def test_bytes_of_the_database_file(sound: Witnessed, tmp_path: Path) -> None:
    """Noticed, or without effect: a database has bytes that mean nothing."""
    path = _sqlite(sound, tmp_path)
    rng = random.Random(2)
    journal = _content(path)
    noticed = 0
    for _ in range(120):
        spoiled = bytearray(sound.sqlite)
        spoiled[rng.randrange(len(spoiled))] ^= rng.randrange(1, 256)
        path.write_bytes(bytes(spoiled))
        if verifier.verify_sqlite(path, sound.policy).ok:
            assert _content(path) == journal
        else:
            noticed += 1
    assert noticed > 20


def _content(path: Path) -> list[object]:
    log = SqliteLog(connect_to_read(path))
    return [*log.entries(), *log.private_values(), str(log.newest_checkpoint(cosigned=True))]


def test_facts_after_the_last_checkpoint_are_told_apart(sound: Witnessed, tmp_path: Path) -> None:
    path = _sqlite(sound, tmp_path)
    connection = sqlite3.connect(path)
    extra = sound.entries[-1].replace(b'"n":%d' % (len(sound.entries) - 1), b'"n":%d' % len(sound.entries))
    connection.execute("INSERT INTO entries VALUES (?, ?)", (len(sound.entries), extra))
    connection.commit()
    connection.close()
    report = verifier.verify_sqlite(path, sound.policy)
    assert report.ok, report.findings
    assert (report.unsigned, report.witnessed_size) == (1, len(sound.entries))
