"""Promise: when an officer's mission ended, that officer says, or whoever enters from paper; no colleague."""

import pytest

from station.custody import acts
from tests.dock_bench import HOUR_MS, START_MS
from tests.handover_bench import DAY_MS, due, lent, mission, told, wait_until

LATE = ("HANDOVER_LATE", "officer-1")


@pytest.mark.parametrize("by", ["officer-2", "their-officer", "their-keeper"])
def test_a_mission_that_others_named_an_officer_in_moves_nothing(by: str) -> None:
    dock, _ = lent()
    mission(dock, START_MS + HOUR_MS, by, by, "officer-1")
    dock.clock.advance(10 * DAY_MS)
    assert due(dock) == []
    dock.put("C1", "1")
    dock.brought_back()
    assert told(dock) == []


@pytest.mark.parametrize("by", ["keeper", "head"])
def test_the_word_of_whoever_enters_for_the_officer_counts(by: str) -> None:
    dock, _ = lent()
    mission(dock, START_MS + HOUR_MS, by, "officer-1")
    dock.clock.advance(10 * DAY_MS)
    assert LATE in told(dock)


def test_what_the_officer_confirms_counts_from_then_on() -> None:
    """A time said again by another is a word of their own; by the same person it is nothing new."""
    dock, _ = lent()
    number = mission(dock, START_MS + HOUR_MS, "officer-2", "officer-2", "officer-1")
    dock.clock.advance(10 * DAY_MS)
    assert due(dock) == []
    for _ in range(2):
        dock.tell(acts.EndMission(by="officer-1", mission=number, ended_ms=START_MS + HOUR_MS))
    assert len(dock.said("mission_ended")) == 2
    assert LATE in told(dock)


def test_a_colleague_s_later_word_frees_nobody() -> None:
    dock, _ = lent()
    number = mission(dock, START_MS + HOUR_MS, "officer-1", "officer-1", "officer-2")
    wait_until(dock, START_MS + 30 * DAY_MS)
    dock.tell(acts.EndMission(by="officer-2", mission=number, ended_ms=START_MS + 30 * DAY_MS))
    assert LATE in told(dock)


def test_of_the_words_that_count_the_last_does() -> None:
    dock, _ = lent()
    number = mission(dock, START_MS + HOUR_MS)
    wait_until(dock, START_MS + 9 * DAY_MS)
    dock.tell(acts.EndMission(by="keeper", mission=number, ended_ms=START_MS + 9 * DAY_MS))
    assert LATE not in told(dock)
    dock.tell(acts.EndMission(by="officer-1", mission=number, ended_ms=START_MS + 2 * HOUR_MS))
    assert LATE in told(dock)
