"""Promise: whatever the broker forgets, the registry gets every fact once; and a station says only what is its own.

The broker is mosquitto as it is shipped, killed without a word. `DOCKWARD_BROKER_SECONDS` says for how long, and
`DOCKWARD_BROKER_SEED` which gaps: what was printed can be played again.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from station.custody import observations as seen
from station.uplink import journal_uplink
from station.uplink.mqtt_link import Presence
from tests.broker_restarts import survive
from tests.linked_stations import Inbox, linked_station, wait_until
from tests.mosquitto import Mosquitto
from tests.registry_process import ROOT, Machines, provision
from tests.reporting_stations import Books
from tests.test_broker_acl import Town, speaking

SECONDS = int(os.environ.get("DOCKWARD_BROKER_SECONDS", "12"))
SEED = int(os.environ.get("DOCKWARD_BROKER_SEED", random.SystemRandom().randrange(1 << 32)))
PATIENCE_SECONDS = 20
pytestmark = pytest.mark.filterwarnings(
    # paho leaves a socket whose handshake the killed broker cut short to the collector, which closes it.
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    return provision(tmp_path_factory.mktemp("town"), "st-a", "st-b")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    books = Books(tmp_path / "books")
    yield books
    books.close()


@pytest.fixture
def broker(tmp_path: Path, machines: Machines) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path, machines.folder / "broker") as broker:
        yield broker


def test_a_broker_killed_again_and_again_loses_nothing(tmp_path: Path, machines: Machines) -> None:
    print(f"DOCKWARD_BROKER_SEED={SEED}")  # noqa: T201 - shown where the test fails, or with -s
    print(survive(tmp_path, machines, SEED, SECONDS))  # noqa: T201


def test_a_station_that_waited_for_its_broker_delivers_once_it_comes(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_uplink, "RESEND_MS", 100)  # the station may be there before the registry
    broker.kill()
    with linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as linked:
        wait_until(lambda: "no connection to the broker" in linked.link.trouble, lambda: linked.link.trouble)
        for number in range(200):
            linked.tell(seen.PresenceClosed(bay=str(number)))
        assert linked.uplink.delivered == 0
        assert linked.link._woken.qsize() <= 1, "commits pile up while there is no broker"
        broker.restart()
        with Inbox(books, machines, broker.port):
            linked.once_delivered()
        assert linked.link.trouble == ""
    assert books.codes() == []


def test_a_station_under_another_s_certificate_delivers_nothing_and_shows_it(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books
) -> None:
    """It says it is st-b; its certificate, and so the broker, says that it is st-a."""
    with (
        Inbox(books, machines, broker.port) as inbox,
        linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b", certificate_of="st-a") as linked,
    ):
        for number in range(3):
            linked.tell(seen.PresenceClosed(bay=str(number)))
        wait_until(lambda: "does not let us" in linked.link.trouble, lambda: linked.link.trouble)
        assert "Not authorized" in linked.link.trouble
        with linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as honest:
            honest.once_delivered()
        assert linked.uplink.delivered == 0
        assert books.mirror.newest("st-b") is None
        assert inbox.trouble == ""
    assert books.codes() == []
    assert "st-b" not in books.ledger.sightings()


def test_a_certificate_of_another_agency_is_a_trouble(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books
) -> None:
    with linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a", certificate_of="stranger") as linked:
        wait_until(lambda: "hangs up on our certificate" in linked.link.trouble, lambda: linked.link.trouble)
        assert linked.uplink.delivered == 0


def heard(town: Town, *, wanted: bool) -> Presence:
    """What the registry would be told of st-a, once it is what is wanted."""
    with speaking(town, "registry") as registry:
        registry.listen("dw/1/st-a/state")
        while True:
            presence = msgspec.json.decode(registry.heard.get(timeout=PATIENCE_SECONDS).payload, type=Presence)
            if presence.online is wanted:
                return presence


def test_whoever_stops_says_so(tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books) -> None:
    town = Town(machines.folder, broker)
    with linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as linked:
        assert heard(town, wanted=True).journal_size == linked.log.size
    assert heard(town, wanted=False).journal_size == linked.station.clerk.tree.size


A_STATION_THAT_IS_KILLED = """
import sys, threading
from pathlib import Path
from station.journal.notes import VerifierKey
from tests.linked_stations import linked_station
from tests.registry_process import Machines
from tests.reporting_stations import Books

folder, town, port, witness = sys.argv[1:]
machines = Machines(Path(town), VerifierKey.parse(witness))
with linked_station(Path(folder) / "station", machines, int(port), Books(Path(folder) / "books"), "st-a"):
    threading.Event().wait()
"""


def test_the_will_of_a_station_that_is_killed_is_published(
    tmp_path: Path, machines: Machines, broker: Mosquitto
) -> None:
    town = Town(machines.folder, broker)
    arguments = [str(tmp_path), str(machines.folder), str(broker.port), str(machines.witness)]
    with subprocess.Popen([sys.executable, "-c", A_STATION_THAT_IS_KILLED, *arguments], cwd=ROOT) as process:
        try:
            assert heard(town, wanted=True).online
        finally:
            process.send_signal(signal.SIGKILL)
    assert not heard(town, wanted=False).online
