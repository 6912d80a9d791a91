"""Promise: a custodian releases many cameras at once by badge and PIN: all that is held, nothing that comes later."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from station.custody import observations as seen
from station.custody.clearing import Lack, lacking
from station.desk.releases import awaiting_release, release
from station.errors import RefusedError
from station.pages.closed_app import closed_app
from station.policy.in_force import PackPolicy
from station.policy.permits import Act, ClearingDemand, Verdict
from station.policy.rolls import Rolls
from station.signing.policy_packs import packaged_pack
from station.web.badge_acts import BadgeActs
from station.web.releases import PATH, add_releases
from tests.badge_bench import ADA, PINS, WRONG, BenchDesk
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.plain_policy import PlainPolicy

DEMAND = ClearingDemand(copies=1, custodian_release=True)
WORDS = PackPolicy(packaged_pack("yinchuan"), Rolls())


class Worded(PlainPolicy):
    """With the words of a real pack."""

    def said(self, verdict: Verdict) -> tuple[str, str]:
        return WORDS.said(WORDS.finds(verdict.code, verdict.rule))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[DockedStation]:
    """Two cameras in two bays, each read."""
    policy = PlainPolicy(clearing=DEMAND, custodians=frozenset({"officer-1"}))
    station = DockedStation(tmp_path, b"first", b"second", policy=policy)
    station.make_camera(OTHER, b"third")
    for camera, bay in ((CAMERA, "1"), (OTHER, "2")):
        station.work.read(station.put_and_identify(camera, bay))
    yield station
    station.close()


def lacks(station: DockedStation) -> list[Lack | None]:
    """What each recording lacks, once its own copy is sealed."""
    for recording in station.held():
        station.tell(seen.StatementMade(recording=recording.number, statement_sha256="0" * 64))
    dockings = {docking.source: docking for docking in station.state().dockings.values()}
    return [lacking(station.state(), recording, dockings[recording.source], DEMAND) for recording in station.held()]


def test_all_that_wait_are_released_at_once(station: DockedStation) -> None:
    assert lacks(station) == [Lack.RELEASE] * 3
    policy = station.clerk.policy
    assert awaiting_release(station.state(), policy) == {"1": 2, "2": 1}
    assert release(station.tell, station.state(), policy, "officer-1") == {"1": 2, "2": 1}
    assert lacks(station) == [None] * 3
    assert awaiting_release(station.state(), policy) == {}


def test_one_bay_that_does_not_wait_keeps_all_from_being_released(station: DockedStation) -> None:
    policy = station.clerk.policy
    for bays in (("1", "9"), ("9",)):
        with pytest.raises(RefusedError, match="RELEASE_UNDUE"):
            release(station.tell, station.state(), policy, "officer-1", bays)
    release(station.tell, station.state(), policy, "officer-1", ("1",))
    with pytest.raises(RefusedError, match="RELEASE_UNDUE"):
        release(station.tell, station.state(), policy, "officer-1", ("1", "2"))
    assert lacks(station).count(None) == 2


def test_what_is_read_later_waits_for_a_release_of_its_own(station: DockedStation) -> None:
    release(station.tell, station.state(), station.clerk.policy, "officer-1")
    station.film(7, b"filmed later")
    station.work.read(station.docking("1").number)
    assert awaiting_release(station.state(), station.clerk.policy) == {"1": 1}
    assert lacks(station).count(Lack.RELEASE) == 1


def test_where_no_release_is_demanded_nothing_waits(tmp_path: Path) -> None:
    station = DockedStation(tmp_path, b"first", policy=PlainPolicy(clearing=ClearingDemand(1, custodian_release=False)))
    station.work.read(station.put_and_identify())
    with pytest.raises(RefusedError, match="RELEASE_UNDUE"):
        release(station.tell, station.state(), station.clerk.policy, "officer-1")
    station.close()


def test_a_release_in_the_wrong_moment_is_refused_and_breaks_nothing(tmp_path: Path) -> None:
    """A camera that is still silent has nothing to be released, whoever asks past the desk."""
    station = DockedStation(tmp_path, b"first", policy=PlainPolicy(clearing=DEMAND))
    station.put()
    with pytest.raises(RefusedError, match="RELEASE_UNDUE"):
        station.tell(seen.ReleaseGiven(by="officer-1", bays=("1",)))
    station.close()


def posted(station: DockedStation, desk: BenchDesk, **asked: Any) -> httpx.Response:
    app = closed_app("test")
    add_releases(
        app,
        BadgeActs(
            desk.desk,
            station.tell,
            station.state,
            Worded(clearing=DEMAND),
            station.clock.stamp,
            lambda *_: None,
        ),
    )

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as asking:
            return await asking.post(PATH, json={"pin": PINS[ADA].digits} | asked)

    return asyncio.run(post())


def test_badge_and_pin_release_and_the_answer_counts(station: DockedStation, tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path, station.clock)
    assert posted(station, desk).json()["code"] == "NO_BADGE"
    desk.lay(ADA)
    assert posted(station, desk, pin=WRONG.digits).status_code == 403
    assert "clearing_released" not in station.kinds()
    answer = posted(station, desk, bays=["2"], remark="已核对")
    assert (answer.status_code, answer.json()) == (200, {"custodian": "officer-1", "recordings": {"2": 1}})
    assert station.facts()[-1].by == "officer-1"
    answer = posted(station, desk, bays=["2"])
    assert (answer.status_code, answer.json()["code"]) == (409, "RELEASE_UNDUE")
    assert "没有待放行清除的" in answer.json()["detail"]


def test_who_has_no_authority_releases_nothing(tmp_path: Path) -> None:
    policy = PlainPolicy(clearing=DEMAND, forbids=frozenset({Act.RELEASE_CLEARING}))
    station = DockedStation(tmp_path, b"first", policy=policy)
    station.work.read(station.put_and_identify())
    with pytest.raises(RefusedError):
        release(station.tell, station.state(), policy, "officer-2")
    assert "clearing_released" not in station.kinds()
    station.close()
