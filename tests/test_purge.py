"""A purge takes the words from every file, durably, and leaves the entries; it delays nobody and undoes nothing."""

import sqlite3
from pathlib import Path

from station.custody import observations as seen
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal_clerk import JournalClerk
from tests.stations import begin, open_clerk, seeded_keys

KEYS = seeded_keys()


def _with_private_value(clerk: JournalClerk) -> int:
    begin(clerk, KEYS)
    clerk.judge_and_write(seen.PresenceClosed(bay="1"))
    identified = seen.CameraIdentified(docking=1, camera="C", model="m", clock_ahead_ms=None, clock_error_ms=None)
    clerk.judge_and_write(identified)
    (held,) = clerk.judge_and_write(
        seen.RecordingRead(
            docking=1,
            listing="l",
            size_bytes=1,
            sha256="c" * 64,
            original_name="张三-盗窃案.mp4",
            begun_device_ms=None,
            ended_device_ms=None,
        )
    )
    return held.n


def test_a_purge_removes_the_words_from_every_file_and_leaves_the_entries(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    n = _with_private_value(clerk)
    word, root, before = "张三".encode(), clerk.tree.root, clerk.tree.size
    assert _files_with(tmp_path, word)
    clerk.judge_and_write(seen.PurgeOrdered(entries=(n,), rule="TERM_OVER"))
    assert not _files_with(tmp_path, word)
    log = SqliteLog(clerk._connection)
    assert list(log.private_values()) == []
    assert log.root_at(before) == root
    clerk.close()


def _files_with(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if word in path.read_bytes()]


def test_a_purge_in_force_cannot_be_undone_by_a_crash_before_the_wipe(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    n = _with_private_value(clerk)
    clerk._log.wipe_forgotten = lambda: False  # type: ignore[method-assign]
    clerk.judge_and_write(seen.PurgeOrdered(entries=(n,), rule="TERM_OVER"))
    assert _files_with(tmp_path, "张三".encode())
    resumed = open_clerk(tmp_path)
    assert list(SqliteLog(resumed._connection).private_values()) == []
    assert not _files_with(tmp_path, "张三".encode())
    resumed.close()
    clerk.close()


def test_a_reader_in_the_way_of_a_wipe_delays_it_and_nothing_else(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    n = _with_private_value(clerk)
    reader = connect_to_read(tmp_path / "journal.sqlite")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM entries").fetchone()
    clerk.judge_and_write(seen.PurgeOrdered(entries=(n,), rule="TERM_OVER"))
    clerk.judge_and_write(seen.PresenceClosed(bay="2"))
    assert _files_with(tmp_path, "张三".encode())
    reader.close()
    clerk.judge_and_write(seen.PresenceClosed(bay="3"))
    assert not _files_with(tmp_path, "张三".encode())
    clerk.close()


def test_a_wipe_that_fails_is_no_failure_of_the_act(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    n = _with_private_value(clerk)

    def fails() -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    works, clerk._log.wipe_forgotten = clerk._log.wipe_forgotten, fails  # type: ignore[method-assign]
    assert len(clerk.judge_and_write(seen.PurgeOrdered(entries=(n,), rule="TERM_OVER"))) == 1
    clerk._log.wipe_forgotten = works  # type: ignore[method-assign]
    clerk.judge_and_write(seen.PresenceClosed(bay="2"))
    assert not _files_with(tmp_path, "张三".encode())
    clerk.close()
