"""Promise: over real wires a station is cosigned, receipted and shown; whoever is not that station gets nothing."""

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from station.pages.serving import CONNECTIONS_MAX
from tests.linked_stations import wait_until
from tests.registry_process import (
    PATIENCE_SECONDS,
    Machines,
    RegistryProcess,
    linked,
    now_ms,
    provision,
    running_registry,
)
from tests.reporting_stations import ReportingStation
from tests.signer_process import running_signer
from tests.uploading_stations import Stated, StationClient, code_of, state

LOOKS = 30
AGAIN_SECONDS = 0.5


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    return provision(tmp_path_factory.mktemp("town"), "st-a", "st-b")


@pytest.fixture
def stations(tmp_path: Path) -> Iterator[tuple[ReportingStation, ReportingStation]]:
    first, second = (ReportingStation(tmp_path / name, name) for name in ("st-a", "st-b"))
    yield first, second
    first.close()
    second.close()


@pytest.fixture
def registry(
    tmp_path: Path, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> Iterator[RegistryProcess]:
    with running_registry(tmp_path, machines, *stations) as registry:
        yield registry


def stated_by(station: ReportingStation, machines: Machines) -> Stated:
    return state(station, machines.evidence(station.station), ca_pem=machines.ca_pem)


def shown(registry: RegistryProcess, station: str, **wanted: object) -> None:
    """Wait until the station's line on the fleet page says what is wanted."""

    def says(view: dict[str, Any]) -> bool:
        (line,) = (line for line in view["stations"] if line["station"] == station)
        return all(line[name] == value for name, value in wanted.items())

    registry.once(says)


def test_a_recording_goes_the_whole_way_for_each_of_two_stations(
    registry: RegistryProcess, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> None:
    for station in stations:
        stated = stated_by(station, machines)
        n = stated.sign()
        with linked(machines, registry.broker.port, station.station) as link, registry.http(station.station) as http:
            link.state(station.size)
            client = StationClient(http)
            assert code_of(client.begin(stated.papers)) == (202, "NOT_WITNESSED_YET")
            link.say("journal", station.batch(0, n))
            link.told(n)
            client.send(stated)
            assert code_of(client.complete(stated)) == (202, "NOT_WITNESSED_YET")
            link.say("journal", station.batch(n))
            note = link.told(station.size)
            assert note.checkpoint == station.head()
            assert note.signed_by(machines.witness)
            receipt = client.complete(stated)
            assert receipt.status_code == 200, receipt.text
            stated.check(receipt.content, n, machines.witness, machines.ca_pem, now_ms())
        size = station.size
        shown(registry, station.station, online=True, witnessed_size=size, journal_size=size, alarms=0)
    page = httpx.get(f"{registry.urls['pages']}/").text
    assert all(f"<bdi>{station.station}</bdi>" in page for station in stations)


def test_killed_and_started_again_it_tells_everybody_where_they_are(
    registry: RegistryProcess, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> None:
    station, _ = stations
    station.live(3)
    with linked(machines, registry.broker.port, "st-a") as link:
        link.say("journal", station.batch(0, 4))
        told = link.told(4)
        registry.kill()
        registry.start()
        assert link.told(4) == told
        link.say("journal", station.batch(0, 4))
        assert link.told(4) == told
        link.say("journal", station.batch(4))
        assert link.told(station.size).checkpoint == station.head()
        registry.broker.restart()
        assert link.told(station.size).checkpoint == station.head()


def test_a_fork_and_a_journal_that_shrank_are_shown_as_alarms(
    registry: RegistryProcess,
    machines: Machines,
    stations: tuple[ReportingStation, ReportingStation],
    tmp_path: Path,
) -> None:
    station, _ = stations
    station.live(3)
    cloned = ReportingStation(tmp_path / "clone", "st-a")
    cloned.live(4, bay="other")
    with linked(machines, registry.broker.port, "st-a") as link:
        link.say("journal", station.batch())
        link.told(station.size)
        link.say("journal", cloned.batch())
        shown(registry, "st-a", alarms=1)
        link.state(station.size)
        shown(registry, "st-a", alarms=1, journal_size=station.size)
        link.state(2)
        shown(registry, "st-a", alarms=2, journal_size=2)
        link.say("state", b"hello")
        shown(registry, "st-a", alarms=3, witnessed_size=station.size)
    cloned.close()


def test_by_its_certificate_a_station_is_known_and_nobody_else_is_answered(
    registry: RegistryProcess, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> None:
    station, _ = stations
    stated = stated_by(station, machines)
    papers = msgspec.json.encode(stated.papers)
    with registry.http("st-b") as http:
        assert code_of(http.post("/api/v1/uploads", content=papers)) == (403, "STATEMENT_OF_ANOTHER_STATION")
    with registry.http("registry") as http:
        assert code_of(http.post("/api/v1/uploads", content=papers)) == (403, "NOT_A_STATION")
    for name in ("", "stranger", "broker"):
        with registry.http(name) as http, pytest.raises((httpx.HTTPError, ssl.SSLError)):
            http.post("/api/v1/uploads", content=papers)
    with registry.http("st-a") as http:
        (registry.stations / "st-a.json").unlink()
        assert code_of(http.post("/api/v1/uploads", content=papers)) == (403, "NOT_A_STATION")
        registry.enrol(station)
        assert http.post("/api/v1/uploads", content=papers).status_code == 202


def test_who_only_connects_and_shows_no_certificate_stops_nobody(
    registry: RegistryProcess, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> None:
    station, _ = stations
    address = httpx.URL(registry.urls["api"])
    strangers = [socket.create_connection((address.host, address.port or 0)) for _ in range(CONNECTIONS_MAX + 60)]
    try:
        gone: set[socket.socket] = set()
        while len(gone) < 60:
            readable, _, _ = select.select([each for each in strangers if each not in gone], [], [], PATIENCE_SECONDS)
            assert readable, f"{len(strangers) - len(gone)} strangers are kept"
            gone |= set(readable)
        assert registry.descriptors < CONNECTIONS_MAX + 60
        with linked(machines, registry.broker.port, "st-a") as link:
            link.say("journal", station.batch())
            assert link.told(station.size).checkpoint == station.head()
    finally:
        for each in strangers:
            each.close()
    wait_until(lambda: registry.descriptors < CONNECTIONS_MAX, lambda: str(registry.descriptors))
    with registry.http("st-a") as http:
        assert http.get("/").status_code == 404


def test_a_broken_enrolment_stops_no_other_station(
    registry: RegistryProcess, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> None:
    station, other = stations
    with linked(machines, registry.broker.port, "st-a") as link, linked(machines, registry.broker.port, "st-b") as bad:
        link.say("journal", station.batch())
        note = link.told(station.size)
        (registry.stations / "st-b.json").write_bytes(b"")
        bad.state(1)
        bad.say("journal", other.batch())
        registry.once(lambda view: [alarm["code"] for alarm in view["alarms"]] == ["ENROLMENT_BROKEN"])
        registry.broker.restart()
        assert link.told(station.size) == note
        registry.once(lambda view: "st-b.json enrols nobody" in view["trouble"])


def test_without_its_signer_it_cosigns_nothing_and_goes_on_once_it_is_back(
    registry: RegistryProcess, machines: Machines, stations: tuple[ReportingStation, ReportingStation]
) -> None:
    station, _ = stations
    assert registry.signer
    with linked(machines, registry.broker.port, "st-a") as link:
        registry.signer.kill()
        registry.signer.wait()
        link.say("journal", station.batch())
        registry.once(lambda view: "signer" in view["trouble"])
        shown(registry, "st-a", witnessed_size=0)
        assert all("signer" in registry.once(bool)["trouble"] for _ in range(LOOKS)), "also once it is connected again"
        with running_signer(machines.folder / "registry" / "signer", registry.signer_socket):
            while link.notes.empty():  # as a station does, until it is answered
                link.say("journal", station.batch())
                threading.Event().wait(AGAIN_SECONDS)
            assert link.told(station.size).checkpoint == station.head()
            registry.once(lambda view: view["trouble"] == "")


def test_told_to_stop_it_ends_well(registry: RegistryProcess) -> None:
    assert registry.terminate() == 0
