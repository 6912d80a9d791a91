"""Promise: a cut charger is released when its reason has gone and not before, and no cut is told twice or lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bays import WiredBays
from hardware.simulated.boards import show
from hardware.simulated.dock import Dock
from hardware.wires import Cut, ForbiddenError, Measured
from station.bays.cut_release import CALM_MS, COOL_CENTIDEGREES, CUT_FOR, CutMemory, CutTurn, cut_turn, may_be_released
from station.bays.sign_watch import SignWatch
from station.custody.bay_signs import RELEASES_MAX, BayCharger, ChargerStep, CutFor
from station.custody.facts import Fact
from station.custody.observations import ChargerCut, CutAcknowledged, Observation, PresenceClosed, PresenceOpened
from station.errors import WireFailedError
from tests.bay_wires import new_dock, wired_bays
from tests.line_at_hand import LineAtHand
from tests.test_bay_signs import Heart

DOCKING = 7
WELL = Measured(4_900, 700, 3_000, 0, 100, None, 0, 0)
PASSING: tuple[Cut, ...] = ("over-temperature", "blind")
LASTING = tuple(cut for cut in get_args(Cut) if cut not in PASSING)


def cut_of(why: Cut, docking: int | None = DOCKING, releases: int = 0, number: int = 1) -> BayCharger:
    value = None if why == "blind" else 4_000
    return BayCharger("1", ChargerStep.CUT, number, CUT_FOR[why], value, docking, releases)


def said(why: Cut | None, number: int = 1, seconds: int = 100, centidegrees: int | None = 3_000) -> Measured:
    measured = WELL._replace(cut=why, cut_number=number, cut_for=0 if why == "blind" else 4_000)
    return measured._replace(counting_seconds=seconds, centidegrees=centidegrees)


def test_every_reason_of_a_board_has_a_word_in_the_journal() -> None:
    assert set(CUT_FOR) == set(get_args(Cut))
    assert set(CUT_FOR.values()) == set(CutFor)


# --- the rule


@pytest.mark.parametrize("why", LASTING)
def test_what_does_not_pass_is_released_by_emptying_the_bay_alone(why: Cut) -> None:
    assert not may_be_released(cut_of(why), DOCKING, 100 * CALM_MS)
    assert may_be_released(cut_of(why), None, 0)
    assert may_be_released(cut_of(why), DOCKING + 1, 0), "another camera is in it by now"


@pytest.mark.parametrize("why", PASSING)
def test_what_passes_is_released_after_ten_calm_minutes_and_not_for_ever(why: Cut) -> None:
    assert not may_be_released(cut_of(why), DOCKING, CALM_MS - 1)
    assert may_be_released(cut_of(why, releases=RELEASES_MAX - 1), DOCKING, CALM_MS)
    assert not may_be_released(cut_of(why, releases=RELEASES_MAX), DOCKING, 100 * CALM_MS)
    assert may_be_released(cut_of(why, releases=RELEASES_MAX), None, CALM_MS)
    assert not may_be_released(cut_of(why), None, CALM_MS - 1), "an empty bay that is hot is cut again at once"


# --- one turn


def turned(charger: BayCharger | None, measured: Measured | None, memory: CutMemory = CutMemory()) -> CutTurn:  # noqa: B008
    return cut_turn("1", charger, DOCKING, measured, memory, CALM_MS)


def test_a_cut_is_told_once_and_one_with_a_number_given_out_again_too() -> None:
    told = ChargerCut(bay="1", why=CutFor.SHORT, number=1, value=4_000)
    assert turned(None, said("short")).told == told
    assert turned(cut_of("short"), said("short")).told is None
    assert turned(cut_of("blind"), said("short")).told == told
    assert turned(cut_of("short", number=2), said("short")).told == told
    released = BayCharger("1", ChargerStep.RELEASED, 1, CutFor.SHORT, 4_000, DOCKING, 1)
    assert turned(released, said("short")).told == told
    assert turned(None, said("blind")).told == ChargerCut(bay="1", why=CutFor.BLIND, number=1, value=None)


def test_a_cut_that_its_board_forgot_is_over() -> None:
    assert turned(cut_of("short"), said(None, 0)).told is None, "its camera is in the bay, and may short it still"
    emptied = cut_turn("1", cut_of("short"), DOCKING + 1, said(None, 0), CutMemory(), CALM_MS)
    assert emptied.told == CutAcknowledged(bay="1", number=1)
    assert turned(cut_of("blind"), said(None, 0)).told == CutAcknowledged(bay="1", number=1)
    assert turned(None, said(None)).told is None


def test_where_nothing_is_measured_nothing_is_done_and_the_calm_is_not_forgotten() -> None:
    calm = CutMemory(calm_since_ms=5)
    assert turned(cut_of("blind"), None, calm) == CutTurn(calm)


@pytest.mark.parametrize(
    "restless",
    [
        said("over-temperature", centidegrees=COOL_CENTIDEGREES),
        said("over-temperature", centidegrees=None),
        said("over-temperature")._replace(milliamperes=None),
        said("over-temperature")._replace(millivolts=None),
    ],
)
def test_warmth_and_a_sensor_that_is_silent_begin_the_ten_minutes_anew(restless: Measured) -> None:
    cut = cut_of("over-temperature")
    assert turned(cut, said("over-temperature"), CutMemory(0)).acknowledge == 1
    assert turned(cut, restless, CutMemory(0)) == CutTurn(CutMemory())
    assert turned(cut, said("over-temperature"), CutMemory()) == CutTurn(CutMemory(CALM_MS))


def test_what_was_measured_before_an_acknowledgement_counts_no_more() -> None:
    acknowledged = turned(cut_of("blind"), said("blind"), CutMemory(0))
    assert acknowledged.acknowledge == 1
    released = BayCharger("1", ChargerStep.RELEASED, 1, CutFor.BLIND, None, DOCKING, 1)
    assert turned(released, said("blind"), acknowledged.memory) == CutTurn(acknowledged.memory), "still the old one"
    assert turned(released, said("blind", seconds=2), acknowledged.memory).told, "the board restarted and cut anew"


class Board:
    """One bay of a board that cuts and forgets and restarts; the truth for the property below."""

    def __init__(self) -> None:
        self.seconds = 0
        self.why: Cut | None = None
        self.number = 0
        self.cuts = 0

    def cut(self, why: Cut) -> None:
        if self.why is None:
            self.why, self.number, self.cuts = why, self.number + 1, self.cuts + 1

    def measured(self) -> Measured:
        return said(self.why, self.number, self.seconds)


happenings = st.lists(
    st.sampled_from(("look", "look", "look", "wait", "short", "blind", "restart", "empty", "dock", "station restarts")),
    max_size=60,
)


@given(happenings)
def test_each_cut_that_was_looked_at_is_one_fact_and_none_is_released_without_its_reason(history: list[str]) -> None:
    heart, board, memory, now_ms = Heart(), Board(), CutMemory(), 0
    looked: set[int] = set()
    for happening in history:
        board.seconds += 1
        now_ms += 1_000
        match happening:
            case "wait":
                now_ms += CALM_MS
            case "short" | "blind":
                board.cut("short" if happening == "short" else "blind")
            case "restart":
                board.why, board.number, board.seconds = None, 0, 0
            case "empty":
                board.why = None
                heart.tell(PresenceOpened(bay="1"))
            case "dock":
                heart.tell(PresenceClosed(bay="1"))
            case "station restarts":
                memory = CutMemory()
            case _:
                charger, docking = heart.state.chargers.get("1"), heart.state.docking_in("1")
                number = None if docking is None else docking.number
                turn = cut_turn("1", charger, number, board.measured(), memory, now_ms)
                memory = turn.memory
                if board.why is not None:
                    looked.add(board.cuts)
                if turn.told is not None:
                    assert heart.tell(turn.told)
                if turn.acknowledge is not None:
                    assert turn.acknowledge == board.number
                    assert docking is None or board.why != "short" or docking.number != charger.docking  # type: ignore[union-attr]
                    board.why = None
                    heart.tell(CutAcknowledged(bay="1", number=turn.acknowledge))
    cuts = [fact for fact in heart.facts if fact.body.type == "charger_cut"]
    assert len(cuts) <= len(looked)
    charger = heart.state.chargers.get("1")
    assert (charger is not None) is bool(looked)


# --- with boards


class WatchedSigns:
    """Bays on real board firmware, and what the journal says of them."""

    def __init__(self, dock: Dock, wired: WiredBays) -> None:
        self.dock = dock
        self.wired = wired
        self.heart = Heart()
        self.now_ms = 0
        self.failing: WireFailedError | None = None
        self.watch = self.new_watch()

    def new_watch(self) -> SignWatch:
        return SignWatch(self.wired, lambda: self.heart.state, self.tell)

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        if self.failing is not None:
            raise self.failing
        before = len(self.heart.facts)
        self.heart.tell(observation)
        return tuple(self.heart.facts[before:])

    def look(self, times: int = 30, well: bool | None = None) -> dict[str, str]:  # noqa: FBT001 - as the pins say it
        """So often that the boards' own seconds go on."""
        troubles: dict[str, str] = {}
        for _ in range(times):
            self.wired.present()
            self.now_ms += 100
            troubles = self.watch.turn(well, self.wired.measured(), self.now_ms)
        return troubles

    def kinds(self) -> list[str]:
        return [fact.body.type for fact in self.heart.facts][1:]


@pytest.fixture
def signs(tmp_path: Path) -> Iterator[WatchedSigns]:
    dock = new_dock(tmp_path / "dock")
    dock.put("DW-1", "A3")
    with wired_bays(dock, LineAtHand(dock)) as wired:
        watched = WatchedSigns(dock, wired)
        watched.look(3)
        watched.heart.dock("A3")
        wired.charge("A3", enabled=True)
        yield watched


def test_a_board_that_cut_for_blindness_is_heard_and_released_and_its_charger_waits_for_the_plan(
    signs: WatchedSigns,
) -> None:
    show(signs.dock, "A3", "silent")
    signs.look(60)
    assert signs.kinds()[-1] == "charger_cut"
    show(signs.dock, "A3", None)
    signs.look(60)
    assert signs.kinds()[-1] == "charger_cut"
    signs.now_ms += CALM_MS
    signs.look(60)
    assert signs.kinds()[-2:] == ["charger_cut", "charger_released"]
    assert signs.wired.measured()["A3"].cut is None
    assert not signs.dock.charging("A3"), "the charging plan says when it goes on"


def test_a_short_is_released_when_its_camera_is_out(signs: WatchedSigns) -> None:
    show(signs.dock, "A3", (300, 900, 2_500))
    signs.look()
    show(signs.dock, "A3", None)
    signs.now_ms += CALM_MS
    signs.look()
    assert signs.kinds()[-1] == "charger_cut"
    signs.watch = signs.new_watch()
    signs.look()
    assert signs.kinds()[-1] == "charger_cut", "a station that restarted tells it no second time"
    signs.dock.take("A3", by_force=True)
    signs.heart.tell(PresenceOpened(bay="A3"))
    signs.look()
    assert signs.kinds()[-1] == "charger_released"


def test_what_could_not_be_written_or_acknowledged_is_a_trouble_and_done_later(
    signs: WatchedSigns, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs.failing = WireFailedError("the disk is full")
    show(signs.dock, "A3", "silent")
    monkeypatch.setattr(signs.wired, "keys_turned", lambda: {"A5": True})
    assert signs.look(60, well=False) == {
        "A3": "bay A3: the disk is full",
        "A5": "bay A5: the disk is full",
        "供电 power": "供电状态未能入账 / the supply's state could not be written: the disk is full",
    }
    signs.failing = None
    assert signs.look(5, well=False) == {}
    assert sorted(signs.kinds()[-3:]) == ["bay_key_turned", "charger_cut", "power_failed"]
    show(signs.dock, "A3", None)
    signs.look(60, well=False)
    signs.now_ms += CALM_MS

    def refuse(_bay: str, _number: int) -> None:
        raise ForbiddenError("bay board 1 refused with 3")

    with monkeypatch.context() as broken:
        broken.setattr(signs.wired, "acknowledge", refuse)
        assert signs.look(60) == {"A3": "bay A3: bay board 1 refused with 3"}
    assert signs.look(60) == {}
    assert signs.kinds()[-1] == "charger_released"


def test_keys_and_supply_are_told_at_the_start_and_when_they_change(
    signs: WatchedSigns, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"A3": False}
    monkeypatch.setattr(signs.wired, "keys_turned", lambda: keys)
    before = signs.kinds()
    signs.look(3, well=True)
    assert signs.kinds() == before
    keys["A3"] = True
    signs.look(3, well=False)
    signs.watch = signs.new_watch()
    signs.look(3, well=False)
    signs.look(3, well=None)
    assert sorted(signs.kinds()[len(before) :]) == ["bay_key_turned", "power_failed"]
