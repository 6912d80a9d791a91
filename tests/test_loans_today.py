"""Promise: the wall has today's loans by number, camera, bay and hour, out or back; who took them, no wall says."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from station.custody import observations as seen
from station.custody.acts_at_the_dock import EnterLoan
from station.errors import WireFailedError
from station.stamp import beijing_day_ms
from station.store.loans_today import NEWEST, DayLoan, LoansToday
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.test_status_page import EVERY_CONDITION, answer, view_of

HOUR_MS = 3_600_000
OFFICER = "officer-7f3a"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[DockedStation]:
    station = DockedStation(tmp_path)
    yield station
    station.close()


def put(station: DockedStation, bay: str, camera: str) -> None:
    station.tell(seen.PresenceClosed(bay=bay))
    number = station.docking(bay).number
    said = seen.CameraIdentified(docking=number, camera=camera, model="T8", clock_ahead_ms=None, clock_error_ms=None)
    station.tell(said)
    station.tell(seen.CameraListed(docking=number, listings=frozenset()))


def taken(station: DockedStation, bay: str, camera: str, officer: str = OFFICER) -> int:
    put(station, bay, camera)
    station.tell(seen.CameraAsked(bay=bay, by=officer))
    loan = station.docking(bay).loan
    station.tell(seen.PresenceOpened(bay=bay))
    assert loan is not None
    return loan


def shown(station: DockedStation) -> tuple[DayLoan, ...]:
    day_ms = beijing_day_ms(station.clock.stamp().utc_ms)
    return LoansToday(station.journal).since(day_ms, station.state().size)


def test_out_back_and_where_from(station: DockedStation) -> None:
    begun_ms = station.clock.stamp().utc_ms
    first = taken(station, "1", CAMERA)
    station.clock.advance(HOUR_MS)
    second = taken(station, "2", OTHER, "officer-2")
    station.clock.advance(HOUR_MS)
    put(station, "3", CAMERA)
    assert shown(station) == (
        DayLoan(second, OTHER, "2", begun_ms + HOUR_MS, None),
        DayLoan(first, CAMERA, "1", begun_ms, begun_ms + 2 * HOUR_MS),
    )


def test_an_offer_that_nobody_took_is_no_loan(station: DockedStation) -> None:
    put(station, "1", CAMERA)
    station.tell(seen.CameraAsked(bay="1", by=OFFICER))
    assert shown(station) == ()


def test_yesterday_s_are_shown_while_they_are_out(station: DockedStation) -> None:
    taken(station, "1", CAMERA)
    out = taken(station, "2", OTHER, "officer-2")
    put(station, "1", CAMERA)
    station.clock.advance(16 * HOUR_MS)
    assert [one.loan for one in shown(station)] == [out]


def test_what_is_out_stays_on_the_wall_however_many_came_after(
    station: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.store.loans_today.NEWEST", 1)
    out = taken(station, "1", CAMERA)
    station.clock.advance(24 * HOUR_MS)
    later = taken(station, "2", OTHER, "officer-2")
    assert [one.loan for one in shown(station)] == [later, out]


def test_a_loan_from_paper_has_no_bay(station: DockedStation) -> None:
    put(station, "1", CAMERA)
    at_ms = station.clock.stamp().utc_ms
    station.tell(
        EnterLoan(by="keeper", officer=OFFICER, camera=CAMERA, taken_ms=at_ms - 9, returned_ms=at_ms - 5, paper="A-1")
    )
    (one,) = shown(station)
    assert (one.bay, one.since_ms, one.back_ms) == (None, at_ms - 9, at_ms - 5)


def test_the_day_begins_at_midnight_in_beijing() -> None:
    assert beijing_day_ms(1_795_219_200_000) == 1_795_219_200_000 - 8 * HOUR_MS
    assert beijing_day_ms(1_795_219_200_000 - 8 * HOUR_MS) == 1_795_219_200_000 - 8 * HOUR_MS


def test_it_is_read_again_when_the_journal_grew_and_not_before(
    station: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    loans = LoansToday(station.journal)
    assert loans.since(0, 1) == ()
    taken(station, "1", CAMERA)
    assert loans.since(0, 1) == ()
    assert len(loans.since(0, station.state().size)) == 1

    def failing(_: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("busy")

    monkeypatch.setattr("station.store.reading.connect_to_read", failing)
    assert len(loans.since(0, station.state().size)) == 1
    with pytest.raises(WireFailedError, match="busy"):
        loans.since(0, station.state().size + 1)


def test_the_wall_shows_numbers_and_nobody(station: DockedStation) -> None:
    taken(station, "1", CAMERA)
    taken(station, "2", OTHER, "officer-2")
    station.clock.advance(HOUR_MS)
    put(station, "1", CAMERA)
    view = replace(view_of(*EVERY_CONDITION), loans=shown(station))
    page = answer(view).text
    assert "今日领用 2，未还 1" in page
    assert all(f"№ {one.loan}" in page and one.camera in page for one in view.loans)
    assert page.index(f"№ {view.loans[0].loan}") < page.index(f"№ {view.loans[1].loan}"), "what is out comes first"
    assert "officer" not in page
    assert '<section class="loans" id="loans" hidden' in answer(view_of()).text
    assert NEWEST > 100
