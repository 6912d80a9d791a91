"""Promise: a time that nobody can mean is refused whoever says it, and a camera that claims one loses nothing by it."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from station.clock import ManualClock
from station.custody import acts, acts_at_the_dock, acts_of_disposal
from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan, EnterReturn
from station.custody.facts import RecordingHeld
from station.custody.observations import PersonsAct
from station.custody.repair import Noticed
from station.desk.paper import wall_ms
from station.errors import RefusedError, UnfitObservationError
from station.stamp import YEARS, beijing, beijing_day_ms, can_be_meant
from tests.acting import HOUR_MS, START_MS, YEAR_MS, Desk
from tests.office_bench import OfficeBench, office
from tests.test_missions import declare

FIRST_MS, LAST_MS = 946_656_000_000, 4_102_415_999_999
"""2000-01-01 00:00 and the last millisecond of 2099, in Beijing."""
BEYOND = (FIRST_MS - 1, LAST_MS + 1, -62_135_596_800_001, 253_402_300_799_999, 2**52, -(2**60))
CLAIMS = (-62_135_596_800_000, 253_402_300_799_000, 253_402_271_940_001)
"""The first and the last second that a camera can say, and one that is in the next year in Beijing alone."""

Saying = Callable[[Desk, int], PersonsAct]


def _purge(desk: Desk, ms: int) -> PersonsAct:
    recordings = (desk.recording(),)
    desk.later(9 * YEAR_MS)
    return acts.ProposePurge(by="keeper", recordings=recordings, ground="无保存价值", archived_ms=ms)


def _loan(desk: Desk, taken_ms: int, returned_ms: int) -> EnterLoan:
    desk.recording()
    return EnterLoan(
        by="keeper", officer="officer-1", camera="C1", taken_ms=taken_ms, returned_ms=returned_ms, paper="0017"
    )


def _return(desk: Desk, ms: int) -> EnterReturn:
    desk.recording()
    desk.later(HOUR_MS)
    out = EnterLoan(by="keeper", officer="officer-1", camera="C1", taken_ms=START_MS, paper="0017")
    return EnterReturn(by="keeper", loan=desk.begin(out), returned_ms=ms, paper="0018")


def _declared(started_ms: int, ended_ms: int | None = None) -> acts.DeclareMission:
    return acts.DeclareMission(
        by="officer-1",
        activity="ACT-INSPECT",
        kind="INSPECTION",
        on_site=True,
        officers=("officer-1",),
        started_ms=started_ms,
        ended_ms=ended_ms,
    )


def _fault(ms: int) -> acts.ReportFault:
    return acts.ReportFault(by="officer-1", camera="C1", noticed=Noticed.OFFICER, noticed_ms=ms, description="坏")


SAID: dict[tuple[str, str], Saying] = {
    ("DeclareMission", "started_ms"): lambda _, ms: _declared(ms),
    ("DeclareMission", "ended_ms"): lambda _, ms: _declared(START_MS - HOUR_MS, ms),
    ("EndMission", "ended_ms"): lambda desk, ms: acts.EndMission(by="officer-1", mission=declare(desk), ended_ms=ms),
    ("ReportFault", "noticed_ms"): lambda _, ms: _fault(ms),
    ("ProposePurge", "archived_ms"): _purge,
    ("EnterLoan", "taken_ms"): lambda desk, ms: _loan(desk, ms, START_MS + 59_999),
    ("EnterLoan", "returned_ms"): lambda desk, ms: _loan(desk, START_MS - HOUR_MS, ms),
    ("EnterReturn", "returned_ms"): _return,
}
"""Each time that a person says, and an act that is fit with a time of that day."""
TO_COME = {("DeclareMission", "started_ms")}
"""What may be said before it happens."""
TERMS = {("AskAccess", "direct_until_ms"), ("ApproveAccess", "valid_until_ms"), ("SettleDispute", "valid_until_ms")}
"""How long something may last: cut to what the pack gives, and run out at once where it is past."""


def _times_of_persons() -> Iterator[tuple[str, str]]:
    for room in (acts, acts_at_the_dock, acts_of_disposal, seen):
        for name, kind in inspect.getmembers(room, inspect.isclass):
            if issubclass(kind, PersonsAct):
                hints = get_type_hints(kind)
                yield from ((name, one.name) for one in fields(kind) if one.name.endswith("_ms") and hints[one.name])


def test_no_time_that_a_person_says_is_forgotten_here() -> None:
    assert set(_times_of_persons()) == SAID.keys() | TERMS


@pytest.mark.parametrize("said", SAID)
def test_what_nobody_can_mean_is_refused_and_nothing_is_written(said: tuple[str, str]) -> None:
    for ms in BEYOND:
        desk = Desk()
        act = SAID[said](desk, ms)
        before = len(desk.facts)
        with pytest.raises(UnfitObservationError, match=r"2000 年至 2099 年.* / .*from 2000 to 2099"):
            desk.tell(act)
        assert len(desk.facts) == before
    desk = Desk()
    assert desk.tell(SAID[said](desk, START_MS))


def at_another_time(act: PersonsAct, name: str, ms: int) -> PersonsAct:
    time: dict[str, Any] = {name: ms}
    return replace(act, **time)


def makes_sense(desk: Desk, act: PersonsAct) -> None:
    """It is written, or refused by law; no word is said against its times."""
    with suppress(RefusedError):
        desk.tell(act)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("ahead_ms", [60_000, 300 * 24 * HOUR_MS])
def test_what_has_happened_is_not_still_to_come(said: tuple[str, str], ahead_ms: int) -> None:
    """A mission that ends in years to come would free everybody in it from every deadline."""
    desk = Desk()
    act = SAID[said](desk, START_MS)
    now_ms = desk.clock.stamp().utc_ms
    to_come = at_another_time(act, said[1], now_ms + ahead_ms)
    if said in TO_COME:
        makes_sense(desk, to_come)
        return
    before = len(desk.facts)
    with pytest.raises(UnfitObservationError, match=r"时间在将来.* / .*not come yet"):
        desk.tell(to_come)
    assert len(desk.facts) == before
    makes_sense(desk, at_another_time(act, said[1], now_ms + 59_999))


@pytest.mark.parametrize("said", SAID)
def test_a_clock_that_may_be_wrong_says_of_nothing_that_it_is_still_to_come(said: tuple[str, str]) -> None:
    """It is an hour behind, say."""
    desk = Desk()
    act = SAID[said](desk, START_MS)
    now = desk.clock.stamp()
    desk.clock = ManualClock(structs.replace(now.later(-HOUR_MS), synchronised=False))
    makes_sense(desk, at_another_time(act, said[1], now.utc_ms))


@given(st.sampled_from((FIRST_MS - 1, FIRST_MS, LAST_MS, LAST_MS + 1)) | st.integers(-(2**60), 2**60))
def test_forms_and_custody_have_one_bound_and_every_moment_can_be_shown(ms: int) -> None:
    shown = beijing(ms)
    assert can_be_meant(ms) is (FIRST_MS <= ms <= LAST_MS)
    if can_be_meant(ms):
        assert shown.year in YEARS
        assert wall_ms(f"{shown:%Y-%m-%dT%H:%M}") == ms - ms % 60_000
        assert 0 <= ms - beijing_day_ms(ms) < 24 * HOUR_MS
    elif shown.year >= 1000:
        with pytest.raises(UnfitObservationError):
            wall_ms(f"{shown:%Y-%m-%dT%H:%M}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[OfficeBench]:
    with office(tmp_path) as bench:
        yield bench


@pytest.mark.parametrize("claimed_ms", CLAIMS)
def test_a_file_of_any_date_is_kept_named_shown_and_placed(bench: OfficeBench, claimed_ms: int) -> None:
    held = brought(bench, ahead_ms=0, begun_ms=claimed_ms)
    assert held.unattributed == "NO_LOAN"
    assert can_be_worked_with(bench)


@pytest.mark.parametrize("claimed_ms", CLAIMS)
def test_a_clock_of_any_date_is_told_of_and_what_it_dates_kept_shown_and_placed(
    bench: OfficeBench, claimed_ms: int
) -> None:
    """The clock jumped after it was filmed: corrected by it, the clip is thousands of years away."""
    held = brought(bench, ahead_ms=claimed_ms - bench.now_ms(), begun_ms=bench.now_ms())
    assert held.unattributed == "NO_LOAN"
    assert "CLOCK_DRIFT" in {one.code for one in bench.station.state().findings.values()}
    assert can_be_worked_with(bench)


def brought(bench: OfficeBench, ahead_ms: int, begun_ms: int) -> RecordingHeld:
    docking = bench.tell(seen.PresenceClosed(bay="C2"))[0].n
    bench.tell(
        seen.CameraIdentified(docking=docking, camera="C2", model="T8", clock_ahead_ms=ahead_ms, clock_error_ms=0)
    )
    read = seen.RecordingRead(
        docking=docking,
        listing="clip",
        size_bytes=1_000,
        sha256="c" * 64,
        original_name="1.MP4",
        begun_device_ms=begun_ms,
        ended_device_ms=begun_ms,
    )
    held = bench.tell(read)[0].body
    assert isinstance(held, RecordingHeld)
    return held


def can_be_worked_with(bench: OfficeBench) -> bool:
    """On every page that has it."""
    (number,) = bench.station.state().recordings
    assert f'value="{number}"' in bench.see("keeper", "/desk/footage").text
    mission = bench.declared("keeper", number, officers="officer-1")
    return f'value="{number}"' in bench.see("keeper", f"/desk/missions/{mission}").text
