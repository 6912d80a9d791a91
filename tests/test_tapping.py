"""Promise: a tap of the badge is the wish, and only where nobody can tell the officer is asked."""

import pytest

from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan
from station.custody.docking import Docking
from station.desk.tapping import AGAIN_MS, FRESH_MS, Meaning, meaning
from tests.dock_bench import HOUR_MS, START_MS, DockBench


def signed_last(dock: DockBench, officer: str) -> Docking | None:
    signed = [one for one in dock.archive.values() if isinstance(one, Docking) and one.handed_over_by == officer]
    return max(signed, key=lambda one: one.handover or 0, default=None)


def tapped(dock: DockBench, officer: str = "officer-1") -> Meaning:
    return meaning(dock.state(), officer, signed_last(dock, officer), dock.clock.stamp())


@pytest.fixture
def dock() -> DockBench:
    dock = DockBench()
    dock.ready("C1", "1")
    dock.ready("C2", "2")
    dock.clock.advance(FRESH_MS + 1)
    return dock


def test_whoever_has_nothing_takes_and_is_shown_the_same_offer_again(dock: DockBench) -> None:
    assert tapped(dock) is Meaning.TAKE
    opened = dock.take()
    assert tapped(dock) is Meaning.OFFERED
    assert tapped(dock, "officer-2") is Meaning.TAKE
    dock.out(opened.offer.bay)
    assert tapped(dock) is Meaning.BACK


def test_whoever_has_a_camera_out_brings_it_back_docked_or_not(dock: DockBench) -> None:
    dock.taken()
    assert tapped(dock) is Meaning.BACK
    dock.clock.advance(HOUR_MS)
    dock.tell(seen.PresenceClosed(bay="3"))
    assert tapped(dock) is Meaning.BACK


def test_what_was_put_down_and_read_without_a_tap_is_signed_for_first(dock: DockBench) -> None:
    camera = "C1" if dock.taken().offer.bay == "1" else "C2"
    dock.ready(camera, "3")
    dock.clock.advance(HOUR_MS)
    assert tapped(dock) is Meaning.BACK
    assert dock.brought_back().bay == "3"


def test_what_came_back_on_paper_is_signed_and_keeps_nobody_from_taking_another(dock: DockBench) -> None:
    """Out and back in a power cut; the custodian enters the slip the morning after, then the officer comes."""
    dock.clock.advance(24 * HOUR_MS)
    dock.out("1")
    dock.put("C1", "1")
    dock.clock.advance(HOUR_MS)
    taken = START_MS + HOUR_MS
    dock.tell(
        EnterLoan(
            by="keeper", officer="officer-1", camera="C1", taken_ms=taken, returned_ms=taken + HOUR_MS, paper="0017"
        )
    )
    assert tapped(dock) is Meaning.TAKE


def test_a_second_tap_is_never_a_taking_by_accident(dock: DockBench) -> None:
    bay = dock.taken().offer.bay
    camera = "C1" if bay == "1" else "C2"
    dock.clock.advance(HOUR_MS)
    dock.put(camera, "3")
    dock.brought_back()
    assert tapped(dock) is Meaning.AGAIN
    dock.clock.advance(AGAIN_MS)
    assert tapped(dock) is Meaning.AGAIN
    dock.clock.advance(1)
    assert tapped(dock) is Meaning.TAKE


def test_the_slip_is_shown_again_though_somebody_took_that_camera_already(dock: DockBench) -> None:
    bay = dock.taken().offer.bay
    camera = "C1" if bay == "1" else "C2"
    dock.ready(camera, "3")
    dock.brought_back()
    dock.clock.advance(FRESH_MS)
    for officer in ("officer-2", "keeper"):
        dock.taken(officer)
    assert dock.state().docking_in("3") is None
    assert tapped(dock) is Meaning.AGAIN


def test_what_somebody_put_down_a_moment_ago_is_asked_about(dock: DockBench) -> None:
    """Someone else's, another unit's, or one that is flat: who brought it, no bay can see."""
    dock.taken("officer-2")
    dock.clock.advance(HOUR_MS)
    dock.put("C2" if dock.state().docking_in("2") is None else "C1", "3")
    assert tapped(dock) is Meaning.ASK
    dock.clock.advance(FRESH_MS)
    assert tapped(dock) is Meaning.ASK
    dock.clock.advance(1)
    assert tapped(dock) is Meaning.TAKE
    dock.tell(seen.PresenceClosed(bay="4"))
    assert tapped(dock) is Meaning.ASK
    dock.brought_back("officer-2", bay="4")
    assert tapped(dock) is Meaning.TAKE


def test_a_wall_clock_set_back_a_little_makes_no_taking_of_it(dock: DockBench) -> None:
    camera = "C1" if dock.taken().offer.bay == "1" else "C2"
    dock.put(camera, "3")
    dock.brought_back()
    now = dock.clock.stamp()
    earlier = type(now)(now.utc_ms - 60_000, now.boot_id, now.boot_ms, synchronised=True)
    assert meaning(dock.state(), "officer-1", signed_last(dock, "officer-1"), earlier) is Meaning.AGAIN
