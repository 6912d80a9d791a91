"""Promise: a key, an outage, a cut is one fact when it comes and one when it goes, whatever stammers or restarts."""

import contextlib
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bays.sign_watch import SUPPLY
from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.bay_signs import RELEASES_MAX, CutFor
from station.custody.facts import Fact
from station.custody.facts_of_bays import ChargerCut, ChargerReleased
from station.custody.judge import judge
from station.custody.state import State, apply
from station.errors import IllegalStepError
from station.views.bay_troubles import (
    CUT_TOO_OFTEN,
    CUT_TROUBLES,
    KEY_TROUBLE,
    POWER_TROUBLE,
    bay_troubles,
    joined,
)
from tests.plain_policy import PlainPolicy
from tests.stations import ORIGIN, START, open_clerk, seeded_keys

BAYS = ("1", "2")
BEGUN = seen.JournalBegun(origin=ORIGIN, log_key=str(seeded_keys().log_key))


class Heart:
    """Judge and apply alone; what a restarted station would know is folded anew from the facts."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.state = State()
        self.facts: list[Fact] = []
        self.tell(BEGUN)

    def tell(self, observation: seen.Observation) -> list[str]:
        self.clock.advance(1_000)
        found = judge(self.state, observation, PlainPolicy(), self.clock.stamp())
        for fact in found:
            self.state = apply(self.state, fact)
        self.facts += found
        return [fact.body.type for fact in found]

    def dock(self, bay: str = "1") -> int:
        self.tell(seen.PresenceClosed(bay=bay))
        docking = self.state.docking_in(bay)
        assert docking is not None
        return docking.number

    def cut(self, number: int = 1, why: CutFor = CutFor.SHORT, value: int | None = 3_100, bay: str = "1") -> list[str]:
        return self.tell(seen.ChargerCut(bay=bay, why=why, number=number, value=value))

    def released(self, number: int = 1, bay: str = "1") -> list[str]:
        return self.tell(seen.CutAcknowledged(bay=bay, number=number))


# --- keys and the supply


def test_only_a_change_of_a_key_is_a_fact() -> None:
    heart = Heart()
    assert heart.tell(seen.KeyTurned(bay="1", turned=False)) == [], "told at the start, and at rest"
    assert heart.tell(seen.KeyTurned(bay="1", turned=True)) == ["bay_key_turned"]
    assert heart.tell(seen.KeyTurned(bay="1", turned=True)) == []
    assert heart.tell(seen.KeyTurned(bay="2", turned=True)) == ["bay_key_turned"], "another bay's is its own"
    docking = heart.dock()
    assert heart.tell(seen.KeyTurned(bay="1", turned=False)) == ["bay_key_returned"]
    assert [getattr(fact.body, "docking", None) for fact in heart.facts if "key" in fact.body.type] == [
        None,
        None,
        docking,
    ]
    assert set(heart.state.keys) == {"2"}


def test_an_outage_is_a_fact_when_it_comes_and_when_it_goes_and_the_second_names_the_first() -> None:
    heart = Heart()
    assert heart.tell(seen.PowerSaid(well=True)) == []
    assert heart.tell(seen.PowerSaid(well=False)) == ["power_failed"]
    assert heart.tell(seen.PowerSaid(well=False)) == []
    failed = heart.facts[-1].n
    assert heart.tell(seen.PowerSaid(well=True)) == ["power_returned"]
    assert heart.facts[-1].body.outage == failed  # type: ignore[attr-defined]
    assert not heart.state.outages


# --- cuts


def test_a_cut_is_one_fact_however_often_it_is_said_and_says_in_which_docking() -> None:
    heart = Heart()
    docking = heart.dock()
    assert heart.cut() == ["charger_cut"]
    assert heart.cut() == []
    cut = heart.facts[-1].body
    assert cut == ChargerCut(bay="1", docking=docking, why="SHORT", number=1, value=3_100)
    heart.tell(seen.PresenceOpened(bay="1"))
    assert heart.released() == ["charger_released"]
    released = heart.facts[-1].body
    assert released == ChargerReleased(bay="1", docking=docking, number=1)
    assert heart.released() == []


def test_a_cut_with_a_number_given_out_again_is_a_new_one() -> None:
    """A board that restarted counts from 1 again: after a release always, and where it was cut for something else."""
    heart = Heart()
    heart.cut(1)
    heart.released(1)
    assert heart.cut(1) == ["charger_cut"]
    assert heart.cut(1, CutFor.OVER_TEMPERATURE, 5_600) == ["charger_released", "charger_cut"]
    assert heart.cut(1, CutFor.OVER_TEMPERATURE, 5_700) == ["charger_released", "charger_cut"]
    assert heart.cut(2, CutFor.OVER_TEMPERATURE, 5_700) == ["charger_released", "charger_cut"]


def test_only_the_last_cut_can_be_released() -> None:
    heart = Heart()
    assert heart.released(1) == [], "nothing was cut"
    heart.cut(2)
    assert heart.released(1) == []
    assert heart.released(2, bay="2") == []
    assert heart.state.chargers["1"].cut
    wrong = ChargerReleased(bay="1", docking=None, number=1)
    with pytest.raises(IllegalStepError, match="another cut"):
        apply(heart.state, Fact(heart.state.size, heart.clock.stamp(), "station", "p@1", "bay:1", wrong))


def test_releases_are_counted_within_one_docking() -> None:
    heart = Heart()
    heart.dock()
    for number in range(1, 4):
        heart.cut(number)
        assert heart.state.chargers["1"].releases == number - 1
        heart.released(number)
    heart.tell(seen.PresenceOpened(bay="1"))
    heart.dock()
    heart.cut(4)
    assert heart.state.chargers["1"].releases == 0


# --- whatever is said, in any order


said = st.one_of(
    st.builds(seen.KeyTurned, bay=st.sampled_from(BAYS), turned=st.booleans()),
    st.builds(seen.PowerSaid, well=st.booleans()),
    st.builds(
        seen.ChargerCut,
        bay=st.sampled_from(BAYS),
        why=st.sampled_from(CutFor),
        number=st.integers(1, 2),
        value=st.sampled_from((None, 3_000)),
    ),
    st.builds(seen.CutAcknowledged, bay=st.sampled_from(BAYS), number=st.integers(1, 2)),
    st.builds(seen.PresenceClosed, bay=st.sampled_from(BAYS)),
    st.builds(seen.PresenceOpened, bay=st.sampled_from(BAYS)),
)
_PAIRS = (
    ("bay_key_turned", "bay_key_returned"),
    ("power_failed", "power_returned"),
    ("charger_cut", "charger_released"),
)


@given(st.lists(said, max_size=40))
def test_facts_of_one_wire_alternate_and_survive_replay(observations: list[seen.Observation]) -> None:
    heart = Heart()
    for observation in observations:
        heart.tell(observation)
        assert heart.tell(observation) == [], "said twice is no news"
        replayed = State()
        for fact in heart.facts:
            replayed = apply(replayed, fact)
        assert replayed == heart.state
    for (begins, ends), bay in itertools.product(_PAIRS, (*BAYS, None)):
        kinds = [
            fact.body.type
            for fact in heart.facts
            if fact.body.type in {begins, ends} and getattr(fact.body, "bay", None) == bay
        ]
        assert kinds == [(begins, ends)[place % 2] for place in range(len(kinds))]


def test_a_restarted_station_writes_none_of_it_again(tmp_path: Path) -> None:
    told = (
        seen.KeyTurned(bay="1", turned=True),
        seen.PowerSaid(well=False),
        seen.ChargerCut(bay="1", why=CutFor.BLIND, number=1, value=None),
        seen.ChargerCut(bay="2", why=CutFor.SHORT, number=1, value=3_100),
    )
    with contextlib.closing(open_clerk(tmp_path)) as clerk:
        clerk.judge_and_write(BEGUN)
        for observation in (*told, seen.CutAcknowledged(bay="2", number=1)):
            assert clerk.judge_and_write(observation)
        before = clerk.state
    with contextlib.closing(open_clerk(tmp_path)) as again:
        assert again.state == before
        for observation in told[:-1]:
            assert again.judge_and_write(observation) == ()
        assert again.judge_and_write(told[-1]), "this one was released: its board cut anew"
        assert again.judge_and_write(seen.KeyTurned(bay="1", turned=False))


# --- in words


def test_every_trouble_is_said_in_both_languages_and_what_to_do() -> None:
    assert set(CUT_TROUBLES) == set(CutFor)
    for words in (*CUT_TROUBLES.values(), CUT_TOO_OFTEN, KEY_TROUBLE, POWER_TROUBLE):
        zh, _, en = words.partition(" / ")
        assert any("一" <= letter <= "鿿" for letter in zh)
        assert "；" in zh
        assert en.isascii()


def test_what_stands_is_said_at_its_bay_and_goes_with_it() -> None:
    heart = Heart()
    assert bay_troubles(heart.state) == {}
    heart.tell(seen.KeyTurned(bay="1", turned=True))
    heart.tell(seen.PowerSaid(well=False))
    heart.cut(why=CutFor.SHORT)
    heart.cut(why=CutFor.BLIND, value=None, bay="2")
    assert bay_troubles(heart.state) == {
        SUPPLY: POWER_TROUBLE,
        "1": joined(CUT_TROUBLES[CutFor.SHORT], KEY_TROUBLE),
        "2": CUT_TROUBLES[CutFor.BLIND],
    }
    heart.tell(seen.KeyTurned(bay="1", turned=False))
    heart.tell(seen.PowerSaid(well=True))
    heart.released()
    heart.released(bay="2")
    assert bay_troubles(heart.state) == {}


def test_two_troubles_of_a_bay_are_one_line_in_each_language() -> None:
    assert joined("甲 / one", "乙 / two") == "甲；乙 / one; two"


def test_after_the_last_release_by_itself_nobody_is_told_to_wait() -> None:
    heart = Heart()
    heart.dock()
    for number in range(1, RELEASES_MAX + 1):
        heart.cut(number, CutFor.OVER_TEMPERATURE, 5_600)
        assert bay_troubles(heart.state)["1"] == CUT_TROUBLES[CutFor.OVER_TEMPERATURE]
        heart.released(number)
    heart.cut(4, CutFor.OVER_TEMPERATURE, 5_600)
    assert bay_troubles(heart.state)["1"] == CUT_TOO_OFTEN
