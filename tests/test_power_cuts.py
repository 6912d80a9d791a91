"""What was acknowledged survives a power cut at any moment; and these tests would notice if it did not.

The mutants at the end take one safety measure away each, and must lose facts. Real kills come last: they prove less
than the cuts, for the kernel keeps what a killed process wrote, but nothing in them is a model.
"""

import contextlib
import itertools
import random
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from station.journal import sqlite_log
from tests.power_cuts import NAME, campaign, cut_everywhere, examine, record, scratch_folder
from tests.recorded_disk import Created, Deleted, Disk, Draw, Luck, Operation, Synced, Truncated, Wrote, recording

ROUNDS = 6
_WRITER = """
import itertools, pathlib, random, sys
from hashlib import sha256
from tests.station_life import Life

def acknowledge(promises):
    print(len(promises.entries), sha256(b"".join(promises.entries)).hexdigest(), flush=True)

life = Life(pathlib.Path(sys.argv[1]), random.Random(sys.argv[2]), acknowledge)
life.begin()
for number in itertools.count():
    life.purge(*life.visit(number))
    life.sign()
"""


@pytest.mark.parametrize("seed", range(6))
def test_no_cut_takes_back_what_was_acknowledged(seed: int) -> None:
    assert campaign(seed) >= 250  # of all six together some thousands; fewer means that a tape has lost operations


def test_recording_covers_what_it_should() -> None:
    recorded = record(0)
    moved = [step for step in recorded.tape if isinstance(step, Wrote) and step.name == NAME and step.offset]
    assert len(moved) > 50, "the write-ahead file was not moved into the database while the station lived"
    assert Deleted(f"{NAME}-wal", synced=False) in recorded.tape, "there was no restart"
    judgements = itertools.pairwise(recorded.promises.private)
    assert any(end - start > 5 for start, end in judgements), "no judgement of many facts"
    assert len(recorded.promises.notes) == 2


def test_recording_leaves_other_connections_alone(tmp_path: Path) -> None:
    tape: list[Operation] = []
    with recording(tape, NAME):
        _create(tmp_path / "other.sqlite")
    _create(tmp_path / NAME)
    assert tape == []


def _create(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")


@pytest.mark.parametrize("luck", Luck)
def test_disk_keeps_what_was_synced(luck: Luck) -> None:
    disk = Disk({"a": b"old" * 1_000})
    for step in (Truncated("a", 0), Wrote("a", 700, b"new" * 500), Synced("a", folder_too=False)):
        disk.play(step)
    assert disk.after_cut(Draw(luck, random.Random(1))) == {"a": bytes(700) + b"new" * 500}


def test_disk_tears_what_was_not_synced() -> None:
    disk = Disk({"a": b"\1" * 2_048})
    disk.play(Wrote("a", 100, b"\2" * 1_848))
    cuts = {disk.after_cut(Draw(luck, random.Random(n)))["a"] for n in range(200) for luck in (Luck.TORN, Luck.NONE)}
    assert len(cuts) == 2**4
    assert all(cut[:100] + cut[-100:] == b"\1" * 200 for cut in cuts)


def test_disk_forgets_names_until_the_folder_is_synced() -> None:
    disk = Disk({"gone": b"x"})
    steps = (Deleted("gone", synced=False), Created("new"), Wrote("new", 0, b"y"), Synced("new", folder_too=False))
    for step in steps:
        disk.play(step)
    cuts = [disk.after_cut(Draw(Luck.SCATTERED, random.Random(n))) for n in range(50)]
    assert all(cut in cuts for cut in ({}, {"gone": b"x"}, {"new": b"y"}, {"gone": b"x", "new": b"y"}))
    disk.play(Synced("new", folder_too=True))
    assert disk.after_cut(Draw(Luck.NONE, random.Random(0))) == {"new": b"y"}


def test_mutant_without_a_sync_at_each_commit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """NORMAL instead of FULL. The journal's own assertion is told the same lie, so only the cuts can notice."""
    monkeypatch.setitem(sqlite_log._DURABLE, "synchronous", 1)
    outcome = cut_everywhere(record(0), 0)
    sys.stdout.write(f"synchronous=NORMAL: {len(outcome.losses)} losing cuts, {outcome.states} states\n")
    assert any("facts were acknowledged" in loss for loss in outcome.losses)
    assert not any("Error" in loss for loss in outcome.losses), "NORMAL loses the newest facts and breaks nothing"


def test_mutant_on_a_disk_that_ignores_syncs_is_caught() -> None:
    outcome = cut_everywhere(record(0, syncs=False), 0)
    damaged = [loss for loss in outcome.losses if "facts were acknowledged" not in loss]
    sys.stdout.write(f"no syncs: {len(outcome.losses)} losing cuts, {len(damaged)} of them damaged journals\n")
    assert len(damaged) < len(outcome.losses), "no cut lost the newest facts"
    assert damaged, "no cut damaged the journal, though anything may reach the disk before anything else"


def test_killed_clerk_keeps_what_it_acknowledged() -> None:
    rng = random.Random("kills")
    with scratch_folder() as folder:
        for kill in range(ROUNDS):
            acknowledged, digest = _write_and_kill(folder / NAME, seed=kill, lines=rng.randint(1, 80))
            found = examine(folder / NAME, {})
            assert len(found.entries) >= acknowledged > kill
            assert sha256(b"".join(found.entries[:acknowledged])).hexdigest() == digest


def _write_and_kill(path: Path, seed: int, lines: int) -> tuple[int, str]:
    """Let a real clerk write until it has acknowledged so often, kill it; the last that it acknowledged."""
    command = [sys.executable, "-c", _WRITER, str(path), str(seed)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.readlines()
    assert writer.returncode == -9, "the writer stopped by itself"
    last = [line for line in said if line.endswith("\n")][-1]  # the kill may have cut the very last line short
    size, digest = last.split()
    return int(size), digest
