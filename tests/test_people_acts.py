"""People's acts: replay is live, refusals change nothing, and tables remember what memory lets go."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.custody import acts
from station.custody.facts import INTEGER_MAX, Fact, FactBody
from station.custody.facts_of_disks import UnseenDisk
from station.custody.facts_of_keeping import (
    EVIDENCE_MAX,
    DeletedRecording,
    Evidence,
    FindingReported,
    FootagePurged,
    HoldPlaced,
)
from station.custody.facts_of_missions import OFFICERS_MAX, MissionDeclared
from station.custody.hold import HoldKind
from station.custody.mission import Mission
from station.custody.observations import Observation
from station.custody.recall import recalled
from station.custody.recording import Recording
from station.custody.state import State, Subject, SubjectKey
from station.errors import DockwardError, IllegalStepError, UnfitObservationError
from station.journal.entries import entry_bytes, read_entry
from station.stamp import Stamp
from station.store import projections
from tests.histories import POLICIES, World
from tests.people_histories import Unit, lived, play_people, replayed
from tests.stations import ClerkStation
from tests.test_journal_clerk import projected


@given(st.integers(0, 10_000))
def test_replay_equals_live(seed: int) -> None:
    unit = lived(seed, 250)
    states = [after for _, _, after in replayed(unit.facts)]
    assert states[-1] == unit.state


@given(st.integers(0, 10_000))
def test_memory_holds_only_what_can_change_and_its_shelves_are_true(seed: int) -> None:
    unit = lived(seed, 250)
    live = [subject for subject in unit.archive.values() if subject.live]
    assert State().holding(live, unit.state.size) == unit.state


@given(st.integers(0, 10_000))
def test_what_is_refused_changes_nothing(seed: int) -> None:
    unit, rng = Unit(seed), random.Random(seed)

    def tell(observation: Observation) -> tuple[Fact, ...]:
        before, written = repr(unit.state), len(unit.facts)
        try:
            return Unit.tell(unit, observation)
        except DockwardError:
            assert (repr(unit.state), len(unit.facts)) == (before, written)
            raise

    world = World(rng, tell, unit.set_roster, unit.boot_again)
    for _ in play_people(world, 120):
        pass
    assert world.refused


@settings(max_examples=12)
@given(st.integers(0, 10_000))
def test_the_tables_are_rebuilt_equal_and_a_restart_resumes(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rng = random.Random(seed)
        station = ClerkStation(Path(folder), POLICIES[seed % len(POLICIES)])
        world = World(rng, station.tell, station.set_roster, station.boot_again)
        for _ in play_people(world, 150):
            if rng.random() < 0.05:
                state = station.clerk.state
                station.restart()
                assert station.clerk.state == state
        connection = station.clerk._connection
        live = projected(connection)
        connection.execute("BEGIN")
        projections.rebuild(connection)
        connection.execute("COMMIT")
        assert projected(connection) == live
        assert projections.load(connection) == station.clerk.state
        station.clerk.close()


def test_the_clerk_and_the_heart_alone_say_the_same() -> None:
    """The same acts, through tables on a disk and through a plain mapping."""
    with tempfile.TemporaryDirectory() as folder:
        station, unit = ClerkStation(Path(folder), POLICIES[0]), Unit(0)
        unit.policy = POLICIES[0]
        for tell, reset, boot in (
            (station.tell, station.set_roster, station.restart),
            (unit.tell, unit.set_roster, lambda: None),
        ):
            world = World(random.Random(6), tell, reset, boot)
            for _ in play_people(world, 300):
                pass
        assert [fact.body.type for fact in projections.facts(station.clerk._connection)] == [
            fact.body.type for fact in unit.facts
        ]
        assert station.clerk.state == unit.state
        station.clerk.close()


def test_only_what_an_act_names_is_looked_up() -> None:
    """However long the history: the cost of an act is that of its own subjects."""
    unit = lived(0, 600)
    asked: list[SubjectKey] = []

    def look_up(of: SubjectKey) -> Subject | None:
        asked.append(of)
        return unit.archive.get(of)

    settled = next(one for one in unit.archive.values() if isinstance(one, Recording) and not one.live)
    assert settled in recalled(unit.state, acts.PlaceRecording(by="o1", recording=settled.number, mission=1), look_up)
    assert set(asked) <= {(Recording, settled.number), (Mission, 1), (Mission, settled.mission)}


def test_a_number_no_table_can_hold_is_nothing_that_ever_was() -> None:
    with tempfile.TemporaryDirectory() as folder:
        station = ClerkStation(Path(folder), POLICIES[0])
        for number in (-1, 2**70):
            with pytest.raises(IllegalStepError):
                station.tell(acts.LiftHold(by="o1", hold=number, ground="x"))
        station.clerk.close()


def test_an_act_about_more_than_a_fact_can_name_looks_nothing_up() -> None:
    def look_up(of: SubjectKey) -> Subject | None:
        raise AssertionError(of)

    many = acts.PlaceHold(by="o1", kind=HoldKind.CASE, recordings=tuple(range(257)))
    with pytest.raises(UnfitObservationError, match="256"):
        recalled(State(size=1_000), many, look_up)


@pytest.mark.parametrize(
    "body",
    [
        FootagePurged(
            purge=0,
            deleted=(DeletedRecording(recording=INTEGER_MAX, sha256="a" * 64),) * 256,
            unseen=(UnseenDisk(written_off=INTEGER_MAX, gone="G" * 64),) * 256,
        ),
        HoldPlaced(kind="CASE", reason=None, recordings=(INTEGER_MAX,) * 256, mission=None),
        MissionDeclared(
            activity="A" * 64,
            kind="K" * 64,
            on_site=True,
            emergency=True,
            officers=("\x01" * 128,) * OFFICERS_MAX,
            started_ms=-INTEGER_MAX,
        ),
        FindingReported(
            code="C" * 64,
            articles=("\x01" * 128,) * 16,
            rule="r" * 96,
            limit_is_default=True,
            set_by_unit=False,
            about="\x01" * 128,
            officer="\x01" * 128,
            evidence=(Evidence(name="\x01" * 128, code="\x01" * 128),) * EVIDENCE_MAX,
        ),
    ],
    ids=lambda body: body.type,
)
def test_the_largest_fact_still_fits_an_entry(body: FactBody) -> None:
    stamp = Stamp(utc_ms=0, boot_id="b", boot_ms=0, synchronised=True)
    fact = Fact(INTEGER_MAX, stamp, "\x01" * 128, "p" * 128, "s" * 128, body)
    assert read_entry(entry_bytes(fact, "t-01")) == fact
