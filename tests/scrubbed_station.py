"""A station that compares what it keeps, for tests: what is due, round by round, what is flipped, what is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.custody.due_on_disks import due_on_disks
from station.custody.due_work import Work
from station.custody.facts_of_keeping import FindingReported
from station.store.scrub_rounds import ROUNDS_IN_TIME
from tests.keeping_station import DAY_MS, KeepingStation

VERIFY_DAYS = 30
ROUND_MS = VERIFY_DAYS * DAY_MS // ROUNDS_IN_TIME
CONTENTS = (b"first" * 300, b"second" * 400, b"third" * 200)
SCRUBS = {"scrub", "scrub_copy"}


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[KeepingStation]:
    at_work = KeepingStation(tmp_path, *CONTENTS, verify_days=VERIFY_DAYS)
    yield at_work
    at_work.close()


def due(at_work: KeepingStation) -> list[tuple[str, int]]:
    tasks = due_on_disks(at_work.state(), at_work.keeping.disks)
    return [(task.work.value, task.number) for task in tasks if task.work.value in SCRUBS]


def step(at_work: KeepingStation) -> tuple[str, int] | None:
    """The first that is due, done as the dispatcher does it."""
    tasks = due(at_work)
    if tasks:
        work, number = tasks[0]
        at_work.scrubbing.workers()[Work(work)](number)
    return tasks[0] if tasks else None


def round_of(at_work: KeepingStation) -> list[tuple[str, int]]:
    at_work.keeping.turn()
    done = []
    while (one := step(at_work)) is not None:
        done.append(one)
    return done


def next_round(at_work: KeepingStation) -> list[tuple[str, int]]:
    at_work.clock.advance(ROUND_MS)
    return round_of(at_work)


def flip(path: Path) -> None:
    path.chmod(0o640)
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def original(at_work: KeepingStation, number: int) -> Path:
    return at_work.recordings.evidence(number) / "original"


def findings(at_work: KeepingStation) -> list[tuple[str, str]]:
    """Code and what it is about, but of disks that were only away."""
    bodies = [fact.body for fact in at_work.facts() if isinstance(fact.body, FindingReported)]
    return [(body.code, body.about) for body in bodies if body.about != "second"]


def evidence(at_work: KeepingStation) -> dict[str, str | int | None]:
    (body,) = [fact.body for fact in at_work.facts() if isinstance(fact.body, FindingReported)]
    return {one.name: one.code if one.number is None else one.number for one in body.evidence}


def copied(at_work: KeepingStation) -> list[int]:
    numbers = at_work.settled()
    for number in numbers:
        at_work.keep.copy(number)
    at_work.keeping.turn()
    return numbers
