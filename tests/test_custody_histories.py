"""Promises over random histories: nothing lost, nothing cleared without proof, replay equals live."""

import dataclasses
import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.clock import ManualClock
from station.custody.due_work import Work, due_work
from station.custody.facts import Fact
from station.custody.judge import judge
from station.custody.observations import Observation
from station.custody.state import State, apply
from station.stamp import Stamp
from tests.histories import BAYS, POLICIES, World, lost_footage, play, unproved_clearings
from tests.plain_policy import PlainPolicy

START = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=0, synchronised=True)


class Station:
    """The pure heart alone: judge, apply, keep the facts."""

    def __init__(self, policy: PlainPolicy) -> None:
        self.policy = policy
        self.clock = ManualClock(START)
        self.state = State()
        self.facts: list[Fact] = []

    def set_roster(self, cameras: frozenset[str]) -> None:
        self.policy = dataclasses.replace(self.policy, cameras=cameras)

    def boot_again(self) -> None:
        now = self.clock.stamp()
        self.clock = ManualClock(replace(now, boot_id=f"{now.boot_id}+", boot_ms=0))

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        self.clock.advance(1_000)
        found = judge(self.state, observation, self.policy, self.clock.stamp())
        assert found == judge(self.state, observation, self.policy, self.clock.stamp())
        for fact in found:
            self.state = apply(self.state, fact)
        self.facts += found
        return found


def played(rng: random.Random, policy: PlainPolicy, steps: int) -> tuple[World, Station]:
    station = Station(policy)
    world = World(rng, station.tell, station.set_roster, station.boot_again)
    for _ in play(world, steps):
        assert lost_footage(world) == []
    return world, station


histories = st.tuples(
    st.randoms(use_true_random=False), st.sampled_from(POLICIES), st.integers(min_value=10, max_value=120)
)


@given(histories)
def test_nothing_is_lost_and_nothing_cleared_without_proof(history: tuple[random.Random, PlainPolicy, int]) -> None:
    rng, policy, steps = history
    world, _ = played(rng, policy, steps)
    assert unproved_clearings(world.facts, policy.clearing) == []


def test_seeded_histories_lose_nothing_and_clear_nothing_unproved() -> None:
    """The same promises on histories that are known to reach every row of every table."""
    for seed in range(120):
        policy = POLICIES[seed % len(POLICIES)]
        world, _ = played(random.Random(seed), policy, 150)
        assert unproved_clearings(world.facts, policy.clearing) == []


@given(histories)
def test_replay_equals_live(history: tuple[random.Random, PlainPolicy, int]) -> None:
    _, station = played(*history)
    replayed = State()
    for fact in station.facts:
        replayed = apply(replayed, fact)
    assert replayed == station.state
    assert [fact.n for fact in station.facts] == list(range(station.state.size))


@given(histories)
def test_due_work_is_pure_and_names_live_things_only(history: tuple[random.Random, PlainPolicy, int]) -> None:
    _, station = played(*history)
    at = station.clock.stamp()
    tasks = due_work(station.state, station.policy, at)
    assert tasks == due_work(station.state, station.policy, at)
    untold = {one.loan for camera in station.state.cameras.values() for one in camera.spans if one.fell_due is None}
    for task in tasks:
        if task.work is Work.TELL_HANDOVER:
            assert task.number in untold
            continue
        recordings = task.work in {Work.SIGN, Work.UPLOAD}
        assert task.number in (station.state.recordings if recordings else station.state.dockings)
        assert task.wait_ms >= 0
    assert len(station.state.dockings) <= len(BAYS)
