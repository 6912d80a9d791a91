"""The clerk and its journal on disk: one transaction a judgement, resumed after any stop, nothing rewritten."""

import json
import random
import sqlite3
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database, Migrations

from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.facts import Fact
from station.errors import DockwardError, IllegalStepError, JournalBrokenError, WrongUseError
from station.journal import sqlite_log
from station.journal.notes import Checkpoint, NoteError, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_read, connect_to_write
from station.journal.tree import Tree, leaf_hash
from station.journal_clerk import QUEUE_MAX, DiskFullError, JournalClerk
from station.policy.permits import PERMITTED, Admission, Verdict
from station.store import projections
from tests.histories import POLICIES, World, play
from tests.people_histories import replayed
from tests.plain_policy import PlainPolicy
from tests.stations import ORIGIN, START, ClerkStation, Keys, begin, cosigned, open_clerk, seeded_keys, signed_head

KEYS = seeded_keys()
TABLES = (*projections.TABLES.values(),)


def projected(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}  # noqa: S608


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.sampled_from(POLICIES))
def test_projections_dropped_and_rebuilt_are_equal_and_restarts_resume(rng: random.Random, policy: PlainPolicy) -> None:
    with tempfile.TemporaryDirectory() as folder:
        station = ClerkStation(Path(folder), policy)
        world = World(rng, station.tell, station.set_roster, station.boot_again)
        for _ in play(world, 60):
            if rng.random() < 0.1:
                state, tree = station.clerk.state, station.clerk.tree
                station.restart()
                assert (station.clerk.state, station.clerk.tree) == (state, tree)
        connection = station.clerk._connection
        live = projected(connection)
        connection.execute("BEGIN")
        projections.rebuild(connection)
        connection.execute("COMMIT")
        assert projected(connection) == live
        assert projections.load(connection) == station.clerk.state
        station.clerk.close()


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.sampled_from(POLICIES))
def test_what_is_on_disk_is_what_was_answered(rng: random.Random, policy: PlainPolicy) -> None:
    with tempfile.TemporaryDirectory() as folder:
        station = ClerkStation(Path(folder), policy)
        world = World(rng, station.tell, station.set_roster, station.boot_again)
        for _ in play(world, 40):
            pass
        on_disk = list(projections.facts(station.clerk._connection))
        assert on_disk == world.facts
        *_, (_, _, state) = replayed(on_disk)
        assert state == station.clerk.state
        tree = Tree()
        for entry in SqliteLog(station.clerk._connection).entries():
            tree, _ = tree.append(leaf_hash(entry))
        assert tree == station.clerk.tree
        station.clerk.close()


def test_many_tellers_get_one_order(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    clerk.start()
    answers: list[int] = []

    def tell(bay: str) -> None:
        for _ in range(10):
            for observation in (seen.PresenceClosed(bay=bay), seen.PresenceOpened(bay=bay)):
                answers.extend(fact.n for fact in clerk.tell(observation).result())

    tellers = [threading.Thread(target=tell, args=(str(bay),)) for bay in range(6)]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join()
    clerk.stop()
    assert sorted(answers) == list(range(1, 1 + 6 * 10 * 3))


@dataclass(frozen=True)
class WaitingPolicy(PlainPolicy):
    """Keeps the clerk busy until it is let go."""

    let_go: threading.Event = field(default_factory=threading.Event)

    def admits(self, asked: Admission) -> Verdict:
        del asked
        self.let_go.wait()
        return PERMITTED


def busy_clerk(folder: Path) -> tuple[JournalClerk, WaitingPolicy, "Future[tuple[Fact, ...]]"]:
    """A clerk at work on one judgement until its policy is let go, and that judgement's answer."""
    policy = WaitingPolicy()
    clerk = open_clerk(folder, policy)
    begin(clerk, KEYS)
    clerk.judge_and_write(seen.PresenceClosed(bay="0"))
    clerk.start()
    identified = seen.CameraIdentified(docking=1, camera="C", model="m", clock_ahead_ms=None, clock_error_ms=None)
    return clerk, policy, clerk.tell(identified)


def test_a_full_queue_makes_the_teller_wait_and_loses_nothing(tmp_path: Path) -> None:
    clerk, policy, busy = busy_clerk(tmp_path)
    answers = [busy]
    told = threading.Event()

    def tell_many() -> None:
        answers.extend(clerk.tell(seen.PresenceClosed(bay=str(bay))) for bay in range(1, 2 * QUEUE_MAX + 20))
        told.set()

    teller = threading.Thread(target=tell_many)
    teller.start()
    assert not told.wait(0.3)
    assert len(clerk._jobs) <= QUEUE_MAX
    policy.let_go.set()
    teller.join()
    assert all(len(answer.result()) == 1 for answer in answers)
    clerk.stop()


def test_nobody_waits_for_a_clerk_that_has_stopped(tmp_path: Path) -> None:
    clerk, policy, busy = busy_clerk(tmp_path)
    told = [busy]
    tellers = [
        threading.Thread(target=lambda bay=bay: told.append(clerk.tell(seen.PresenceClosed(bay=str(bay)))))
        for bay in range(1, 3 * QUEUE_MAX)
    ]
    for teller in tellers:
        teller.start()
    stopping = threading.Thread(target=clerk.stop)
    stopping.start()
    policy.let_go.set()
    for thread in (*tellers, stopping):
        thread.join()
    told.append(clerk.tell(seen.PresenceClosed(bay="late")))
    resumed = open_clerk(tmp_path)
    written = [answer for answer in told if answer.exception() is None]
    assert resumed.state.size == 2 + len(written)
    assert all(isinstance(answer.exception(), JournalBrokenError) for answer in told if answer not in written)
    assert isinstance(told[-1].exception(), JournalBrokenError)
    resumed.close()


def test_a_full_disk_takes_nothing_and_can_be_told_again(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    (pages,) = clerk._connection.execute("PRAGMA page_count").fetchone()
    clerk._connection.execute(f"PRAGMA max_page_count = {pages}")
    clerk.start()
    answers = [clerk.tell(seen.PresenceClosed(bay=str(bay))) for bay in range(500)]
    assert any(isinstance(answer.exception(), DiskFullError) for answer in answers)
    before = clerk.state
    assert before.size == SqliteLog(connect_to_read(tmp_path / "journal.sqlite")).size
    clerk._ask(lambda: clerk._connection.execute("PRAGMA max_page_count = 100000")).result()
    (again,) = clerk.tell(seen.PresenceClosed(bay="again")).result()
    assert again.n == before.size
    clerk.stop()


def test_a_broken_disk_stops_the_clerk_by_name(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    before = clerk.state
    clerk.start()
    clerk._ask(clerk.close).result()
    for _ in range(2):
        with pytest.raises(JournalBrokenError, match="clerk"):
            clerk.tell(seen.PresenceClosed(bay="1")).result()
    clerk.stop()
    resumed = open_clerk(tmp_path)
    assert resumed.state == before
    resumed.close()


def test_a_refused_observation_writes_nothing(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    for wrong in (
        seen.ClearingAsked(docking=1),
        seen.PresenceClosed(bay="x" * 129),
        seen.PresenceClosed(bay="\ud800"),
        seen.PurgeOrdered(entries=(9,), rule="TERM_OVER"),
    ):
        with pytest.raises(DockwardError):
            clerk.judge_and_write(wrong)
    assert clerk.state.size == 1
    assert len(list(SqliteLog(clerk._connection).entries())) == 1
    clerk.close()


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE entries SET entry = x'00' WHERE n = 0",
        "DELETE FROM entries WHERE n = 1",
        "INSERT OR REPLACE INTO entries VALUES (0, x'00')",
        "INSERT INTO entries VALUES (9, x'00')",
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
    ],
)
def test_nobody_rewrites_the_journal_by_sql(tmp_path: Path, act: str) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    clerk.judge_and_write(seen.PresenceClosed(bay="1"))
    clerk._keep_checkpoint(signed_head(clerk, KEYS), KEYS.log_key, ())
    with pytest.raises(sqlite3.IntegrityError, match="journal"):
        clerk._connection.execute(act)
    clerk.close()


def test_a_connection_that_would_not_survive_a_power_cut_is_refused(tmp_path: Path) -> None:
    connection = connect_to_write(tmp_path / "j")
    sqlite_log.assert_durable(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(JournalBrokenError, match="synchronous"):
        sqlite_log.assert_durable(connection)
    connection.close()
    with pytest.raises(JournalBrokenError, match="journal_mode"):
        connect_to_write(Path(":memory:"))


def test_another_database_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE t (a)")
    other.close()
    with pytest.raises(WrongUseError, match="not a journal"):
        connect_to_write(tmp_path / "other")
    with pytest.raises(WrongUseError, match="no journal"):
        connect_to_read(tmp_path / "nowhere")


def test_only_heads_of_this_journal_are_kept(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    note = signed_head(clerk, KEYS)
    clerk._keep_checkpoint(note, KEYS.log_key, ())
    forked = sign_checkpoint(Checkpoint(ORIGIN, 1, b"\x01" * 32), KEYS.log_key, KEYS.log.sign)
    longer = sign_checkpoint(Checkpoint(ORIGIN, 2, note.checkpoint.root), KEYS.log_key, KEYS.log.sign)
    stranger: Keys = seeded_keys(2)
    for wrong in (forked, longer, signed_head(clerk, stranger)):
        with pytest.raises(JournalBrokenError):
            clerk._keep_checkpoint(wrong, KEYS.log_key, ())
    spoiled = cosigned(note, stranger)
    misattributed = spoiled.signatures[-1].__class__(
        KEYS.witness_key.name, KEYS.witness_key.id, spoiled.signatures[-1].signature
    )
    with pytest.raises(NoteError):
        clerk._keep_checkpoint(note.with_signatures(misattributed), KEYS.log_key, (KEYS.witness_key,))
    log = SqliteLog(clerk._connection)
    assert log.newest_checkpoint() == note
    assert log.newest_checkpoint(cosigned=True) is None
    clerk._keep_checkpoint(cosigned(note, KEYS), KEYS.log_key, (KEYS.witness_key,))
    assert log.newest_checkpoint(cosigned=True) == cosigned(note, KEYS)
    clerk.close()


def test_a_migration_commits_with_its_record_or_not_at_all(tmp_path: Path) -> None:
    connection = connect_to_write(tmp_path / "j")
    database = Database(connection, recursive_triggers=False, execute_plugins=False)
    further = Migrations("journal")

    @further()
    def breaks_half_way(half: Database) -> None:
        half.execute("CREATE TABLE half_done (a)")
        raise IllegalStepError("power is gone")

    with pytest.raises(IllegalStepError):
        further.apply(database)
    assert "half_done" not in database.table_names()
    assert [migration.name for migration in further.applied(database)] == ["journal_1"]
    sqlite_log.MIGRATIONS.apply(database)
    assert sqlite_log.MIGRATIONS.pending(database) == []
    connection.close()


def test_nothing_is_remembered_of_what_was_rolled_back(tmp_path: Path) -> None:
    connection = connect_to_write(tmp_path / "j")
    log = SqliteLog(connection)
    for entries, kept in (((b"a", b"b", b"c"), "ROLLBACK"), ((b"a", b"x", b"c"), "COMMIT")):
        connection.execute("BEGIN")
        log.append(Tree(), entries)
        proof = log.consistency(1, 3)
        connection.execute(kept)
    assert proof == log.consistency(1, 3) == (leaf_hash(b"x"), leaf_hash(b"c"))
    connection.close()


@pytest.mark.parametrize("name", ["同意　清除.mp4", "a\nb", "👩‍🚒\u00a0.mp4"])
def test_no_file_name_keeps_a_recording_from_being_held(tmp_path: Path, name: str) -> None:
    clerk = open_clerk(tmp_path)
    begin(clerk, KEYS)
    clerk.judge_and_write(seen.PresenceClosed(bay="1"))
    clerk.judge_and_write(
        seen.CameraIdentified(docking=1, camera="C", model="m", clock_ahead_ms=None, clock_error_ms=None)
    )
    read = seen.RecordingRead(
        docking=1,
        listing="l",
        size_bytes=1,
        sha256="c" * 64,
        original_name=name,
        begun_device_ms=None,
        ended_device_ms=None,
    )
    (held,) = clerk.judge_and_write(read)
    (value,) = SqliteLog(clerk._connection).private_values()
    assert (value.n, json.loads(value.value)) == (held.n, name)
    clerk.close()


def test_a_teller_that_gave_up_stops_nobody(tmp_path: Path) -> None:
    clerk, policy, busy = busy_clerk(tmp_path)
    given_up = clerk.tell(seen.PresenceClosed(bay="1"))
    assert given_up.cancel()
    policy.let_go.set()
    assert len(busy.result()) == 1
    assert len(clerk.tell(seen.PresenceClosed(bay="2")).result()) == 1
    assert clerk.state.docking_in("1") is None
    clerk.stop()


def test_a_journal_of_another_station_is_not_written_to(tmp_path: Path) -> None:
    clerk = open_clerk(tmp_path)
    for origin, key in (("x", "k"), ("dockward/test/t-02/1", str(KEYS.log_key)), (ORIGIN, str(KEYS.witness_key))):
        with pytest.raises(DockwardError):
            clerk.judge_and_write(seen.JournalBegun(origin=origin, log_key=key))
    begin(clerk, KEYS)
    clerk.close()
    with pytest.raises(WrongUseError, match="journal of t-01"):
        JournalClerk(tmp_path / "journal.sqlite", "t-02", PlainPolicy(), ManualClock(START), lambda: bytes(32))
