"""The machines' tables: every row can happen, every other pair is illegal, and an illegal step changes nothing."""

import random
from enum import StrEnum
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from station.custody import facts as said
from station.custody.acts_at_the_dock import HandoverFallsDue
from station.custody.camera import CameraStep
from station.custody.facts import CATALOGUE, Fact, FactBody
from station.custody.machine import Machine
from station.custody.state import State, Subject, _steps, apply
from station.custody.subjects import KINDS
from station.errors import IllegalStepError
from station.signing.calendar_files import packaged_calendar
from tests.dock_bench import DockBench
from tests.histories import POLICIES, World
from tests.people_histories import Unit, lived, replayed
from tests.test_custody_histories import START, played

TABLES: dict[type[Subject], Any] = {kind.subject: kind.machine.table for kind in KINDS}
STEPS: dict[type[Subject], type[StrEnum]] = {
    kind.subject: type(next(iter(kind.machine.table.values()))) for kind in KINDS
}

Row = tuple[type[Subject], StrEnum | None, type[FactBody]]


@cache
def _many_worlds() -> tuple[World, ...]:
    return tuple(played(random.Random(seed), POLICIES[seed % len(POLICIES)], 150)[0] for seed in range(240))


@cache
def _many_units() -> tuple[Unit, ...]:
    return tuple(lived(seed, 600) for seed in range(400))


def _hand_overs_fall_due(step: str) -> list[Fact]:
    """Random people seldom take a camera that nobody signed back: one loan is told wherever its camera is by then."""
    dock = DockBench()
    dock.policy = replace(dock.policy, calendar=packaged_calendar())
    dock.ready("C1", "1")
    loan = dock.taken().offer.loan
    dock.clock.advance(3_600_000)
    dock.ready("C1", "1")
    if step == "lent":
        dock.taken("officer-2")
    elif step != "docked":
        dock.out("1")
    if step == "quarantined":
        dock.policy = replace(dock.policy, rolls=replace(dock.policy.rolls, cameras={}))
        dock.put("C1", "1")
    dock.clock.advance(10 * 86_400_000)
    dock.tell(HandoverFallsDue(loan=loan))
    assert dock.state().cameras["C1"].step == step
    return dock.facts


@cache
def _many_facts() -> tuple[list[Fact], ...]:
    return (
        *(world.facts for world in _many_worlds()),
        *(unit.facts for unit in _many_units()),
        *map(_hand_overs_fall_due, CameraStep),
    )


def rows_taken(facts: list[Fact]) -> set[Row]:
    return {
        (type(after), before.step if before else None, type(fact.body))
        for met, fact, _ in replayed(facts)
        for before, after in _steps(met, fact)
    }


def test_every_row_of_every_table_happens_in_random_histories() -> None:
    taken: set[Row] = set()
    said_types: set[str] = set()
    for facts in _many_facts():
        taken |= rows_taken(facts)
        said_types |= {fact.body.type for fact in facts}
    rows = {(kind, step, body) for kind, table in TABLES.items() for step, body in table}
    assert rows - taken == set()
    assert said_types == {fact_type for fact_type, _ in CATALOGUE}


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_pair_that_is_no_row_is_illegal(kind: type[Subject]) -> None:
    table = TABLES[kind]
    samples = {type(fact.body): fact for facts in _many_facts() for fact in facts}
    for step in (None, *STEPS[kind]):
        for body in CATALOGUE.values():
            if (step, body) not in table:
                with pytest.raises(IllegalStepError):
                    Machine(table).next_step(step, samples[body])


def test_every_step_can_be_reached_from_nothing() -> None:
    for kind, table in TABLES.items():
        reached: set[StrEnum | None] = {None}
        while more := {after for (before, _), after in table.items() if before in reached} - reached:
            reached |= more
        assert reached == {None, *STEPS[kind]}


@pytest.mark.parametrize("seed", range(6))
def test_an_illegal_fact_raises_and_changes_nothing(seed: int) -> None:
    """Every fact of one history, thrown at states of another: it fits, or it raises and leaves all as it was."""
    world, _ = played(random.Random(seed), POLICIES[seed], 120)
    other, _ = played(random.Random(seed + 100), POLICIES[seed], 120)
    for facts, others in ((world.facts, other.facts), (lived(seed, 200).facts, lived(seed + 100, 200).facts)):
        illegal = 0
        for met, _, _ in replayed(facts):
            for thrown in random.Random(seed).sample(others, 10):
                illegal += _throw(met, replace(thrown, n=met.size))
        assert illegal > len(facts)


def _throw(state: State, fact: Fact) -> int:
    before = repr(state)
    try:
        apply(state, fact)
    except IllegalStepError:
        assert repr(state) == before
        return 1
    return 0


def test_facts_come_in_order_and_a_journal_opens_once() -> None:
    opened = Fact(0, START, "station", "p@1", "journal:0", said.JournalOpened(origin="o", log_key="k"))
    docked = Fact(1, START, "station", "p@1", "docking:1", said.DockingStarted(bay="1"))
    state = apply(State(), opened)
    for wrong in (replace(docked, n=0), replace(docked, n=2), replace(opened, n=1)):
        with pytest.raises(IllegalStepError):
            apply(state, wrong)
    with pytest.raises(IllegalStepError):
        apply(State(), replace(docked, n=0))
    assert apply(state, docked).size == 2
