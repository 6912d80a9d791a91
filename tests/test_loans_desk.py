"""Promise: whoever asks for a camera or brings one back is told what is true, by rule; asking twice is one act."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from immutables import Map

from station.custody import observations as seen
from station.custody.state import State
from station.desk.loans import Offer, Returned, check_in, check_out
from station.errors import RefusedError
from tests.docked_station import CAMERA, OTHER, DockedStation

OFFICER = "officer-1"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[DockedStation]:
    station = DockedStation(tmp_path)
    yield station
    station.close()


def make_ready(station: DockedStation, serial: str = CAMERA, bay: str = "1") -> int:
    number = station.put(serial, bay)
    identify(station, serial, bay)
    station.tell(seen.CameraListed(docking=number, listings=frozenset()))
    return number


def identify(station: DockedStation, serial: str = CAMERA, bay: str = "1") -> None:
    number = station.docking(bay).number
    station.tell(
        seen.CameraIdentified(docking=number, camera=serial, model="DW-T8", clock_ahead_ms=None, clock_error_ms=None)
    )


def ask(station: DockedStation, officer: str = OFFICER, bay: str = "1", reason: str = "") -> Offer:
    return check_out(station.tell, station.state, bay, officer, reason)


def take(station: DockedStation, bay: str = "1") -> None:
    station.dock.take(bay, by_force=True)
    station.tell(seen.PresenceOpened(bay=bay))


def refusal(station: DockedStation, officer: str = OFFICER, bay: str = "1") -> str:
    before = station.state().loans
    with pytest.raises(RefusedError) as refused:
        ask(station, officer, bay)
    assert station.state().loans == before
    return refused.value.code


def test_an_officer_is_offered_a_camera_and_takes_it(station: DockedStation) -> None:
    make_ready(station)
    offer = ask(station, reason="日常巡查")
    assert offer == Offer("1", CAMERA, station.facts()[-1].n)
    assert station.said("bay_offered").officer == OFFICER
    take(station)
    assert station.said("loan_started").loan == offer.loan
    assert station.state().loans_of(OFFICER) == 1


def test_asking_twice_is_one_offer(station: DockedStation) -> None:
    make_ready(station)
    assert ask(station) == ask(station) == ask(station, reason="another reason")
    assert station.kinds().count("bay_offered") == 1


def test_a_refusal_names_its_rule_and_is_written(station: DockedStation) -> None:
    station.put()
    identify(station)
    assert refusal(station) == "CHECK_RESIDUAL"
    assert station.said("loan_refused").code == "CHECK_RESIDUAL"


def test_what_is_not_there_or_not_known_is_not_lent(station: DockedStation) -> None:
    assert refusal(station) == "NO_CAMERA_TO_LEND"
    station.put()
    assert refusal(station) == "NO_CAMERA_TO_LEND"
    assert "loan_refused" not in station.kinds()


def test_what_is_offered_to_one_is_not_offered_to_another(station: DockedStation) -> None:
    make_ready(station)
    ask(station)
    assert refusal(station, "officer-2") == "BAY_OFFERED_ALREADY"


def test_one_officer_is_not_offered_two(station: DockedStation) -> None:
    station.make_camera(OTHER)
    make_ready(station)
    make_ready(station, OTHER, "2")
    ask(station)
    assert refusal(station, bay="2") == "OFFICER_HAS_CAMERA"
    take(station)
    assert refusal(station, bay="2") == "OFFICER_HAS_CAMERA"
    assert refusal(station, bay="1") == "NO_CAMERA_TO_LEND"


def test_a_lapsed_offer_can_be_made_again(station: DockedStation) -> None:
    number = make_ready(station)
    first = ask(station)
    station.clock.advance(station.clerk.policy.offer_lasts_ms)
    station.tell(seen.OfferTimedOut(docking=number))
    assert ask(station, "officer-2").loan > first.loan


def test_an_offer_that_lapsed_while_it_was_asked_for_again_is_none(station: DockedStation) -> None:
    number = make_ready(station)
    ask(station)

    def lapsed_meanwhile() -> State:
        station.clock.advance(station.clerk.policy.offer_lasts_ms)
        station.tell(seen.OfferTimedOut(docking=number))
        return station.state()

    with pytest.raises(RefusedError, match="NO_CAMERA_TO_LEND"):
        check_out(station.tell, lapsed_meanwhile, "1", OFFICER)


# --- bringing one back


def test_a_camera_that_is_back_is_ours_before_it_is_read(station: DockedStation) -> None:
    make_ready(station)
    ask(station)
    take(station)
    with pytest.raises(RefusedError, match="BAY_EMPTY"):
        check_in(station.state(), "1")
    number = station.put(bay="2")
    with pytest.raises(RefusedError, match="CAMERA_NOT_KNOWN_YET"):
        check_in(station.state(), "2")
    identify(station, bay="2")
    assert check_in(station.state(), "2") == Returned("2", CAMERA, number, read=False)
    assert station.state().loans_of(OFFICER) == 0
    station.tell(seen.CameraListed(docking=number, listings=frozenset()))
    assert check_in(station.state(), "2") == check_in(station.state(), "2") == Returned("2", CAMERA, number, read=True)


def test_a_camera_whose_loan_runs_is_not_back(station: DockedStation) -> None:
    """Custody ends the loan with the docking; should it ever not, nobody is told otherwise."""
    make_ready(station)
    state = station.state()
    lent = msgspec.structs.replace(state.cameras[CAMERA], loan=3)
    with pytest.raises(RefusedError, match="CAMERA_STILL_LENT"):
        check_in(msgspec.structs.replace(state, cameras=Map({CAMERA: lent})), "1")
