"""Stations and a registry that are linked by a real broker, in this process: the clerks, links and books are real."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hardware.wiring import BayWiring
from registry import config as registry_config
from registry.mqtt import Answering, MqttInbox
from registry.order_ledger import OrderLedger
from registry.orders import Desk, OrderBook
from registry.presence import PresenceBook
from station import config as station_config
from station.clock import SystemClock
from station.config_file import BrokerConfig
from station.custody.observations import Observation
from station.journal.notes import Note
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.signer import FileKeys
from station.signing.orders import Addressee
from station.uplink.disputes import KeptDisputes
from station.uplink.journal_uplink import JournalUplink
from station.uplink.mqtt_link import MqttLink, Presence
from station.uplink.orders import OrdersInbox
from tests.mosquitto import HOST
from tests.registry_process import Machines, now_ms
from tests.reporting_stations import AGENCY, Books, ReportingStation

CLOCK = SystemClock(lambda: True)
PATIENCE_SECONDS = 30
_PAUSE_SECONDS = 0.01


def wait_until(holds: Callable[[], bool], what: Callable[[], str] = lambda: "") -> None:
    deadline_ms = CLOCK.stamp().boot_ms + PATIENCE_SECONDS * 1_000
    while not holds():
        assert CLOCK.stamp().boot_ms < deadline_ms, f"never came true: {what()}"
        threading.Event().wait(_PAUSE_SECONDS)


class LinkedStation:
    """A station that tells facts and delivers them: its clerk and its link run, each on its own thread."""

    def __init__(self, station: ReportingStation, books: Books, link: station_config.StationConfig) -> None:
        self.station = station
        self._books = books
        station.clerk.start()
        _, _, path = station.clerk._connection.execute("PRAGMA database_list").fetchone()
        folder = Path(path).parent
        self._reader = connect_to_read(Path(path))
        self.log = SqliteLog(self._reader)
        self.uplink = JournalUplink(
            SqliteLog(connect_to_read(Path(path))),
            station.log_key,
            books.witness_key,
            station.secret.sign,
            self._keep,
            KeptDisputes(
                folder / "disputes", lambda: station.clerk.state, lambda said: station.clerk.tell(said).result()
            ),
        )
        ca_pem = Path(link.registry.ca).read_bytes()
        to = Addressee(origin=station.origin, registry=books.witness_key.name, ca_pem=ca_pem)
        self.orders = OrdersInbox(
            to, lambda: station.clerk.state, lambda said: station.clerk.tell(said).result(), CLOCK
        )
        self.link = MqttLink(link, self.uplink, self.orders, CLOCK, self._presence)
        station.clerk.listen(self.link.wake)
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, name="link")
        self._thread.start()

    def tell(self, observation: Observation) -> None:
        self.station.clerk.tell(observation).result()

    def delivered(self) -> bool:
        assert not self._failed, self._failed
        return self.uplink.delivered == self.station.clerk.tree.size

    def once_delivered(self) -> None:
        wait_until(self.delivered, lambda: f"{self.uplink.delivered} delivered; trouble: {self.link.trouble}")

    def close(self) -> None:
        """The link says good-bye, then the clerk stops."""
        self.link.stop()
        self._thread.join()
        self.uplink._log._connection.close()
        self._reader.close()
        self.station.clerk.stop()
        assert not self._failed, self._failed

    def _run(self) -> None:
        try:
            self.link.run()
        except BaseException as error:
            self._failed.append(error)
            raise

    def _keep(self, note: Note) -> None:
        self.station.clerk.keep_checkpoint(note, self.station.log_key, self._books.witness_key).result()

    def _presence(self, *, online: bool) -> Presence:
        size = self.station.clerk.tree.size
        return Presence(online=online, boot="b1", version="0", policy="plain@0", journal_size=size)


def _station_config(machines: Machines, port: int, station: str, certificate_of: str) -> station_config.StationConfig:
    own = machines.folder / (certificate_of or station)
    registry = station_config.RegistryConfig(
        url="https://unused",
        witness=str(machines.witness),
        broker=BrokerConfig(host=HOST, port=port),
        ca=str(machines.folder / "ca" / "ca.pem"),
        certificate=str(own / "tls.pem"),
        key=str(own / "tls.key"),
    )
    bay = BayWiring(name="1", usb="1-1", lock_pin=1, board=1, slot=0)
    policy = station_config.PolicyConfig(pack="yinchuan")
    return station_config.StationConfig(station, AGENCY, 1, (bay,), registry, policy)


@contextmanager
def linked_station(
    folder: Path, machines: Machines, port: int, books: Books, station: str, certificate_of: str = ""
) -> Iterator[LinkedStation]:
    reporting = ReportingStation(folder, station)
    books.enrol(reporting)
    linked = LinkedStation(reporting, books, _station_config(machines, port, station, certificate_of))
    try:
        yield linked
    finally:
        linked.close()


class Inbox:
    """The registry's MQTT shell over its books, on a thread of its own, while entered."""

    def __init__(self, books: Books, machines: Machines, port: int) -> None:
        own = machines.folder / "registry"
        config = registry_config.RegistryConfig(
            name="测试平台",
            witness=str(books.witness_key),
            broker=BrokerConfig(host=HOST, port=port),
            api=registry_config.ApiConfig(host=HOST),
            ca=str(own / "ca.pem"),
            certificate=str(own / "tls.pem"),
            key=str(own / "tls.key"),
        )
        presence = PresenceBook(books.enrolments, books.ledger, books.mirror)
        self._ledger = OrderLedger(books.folder / "orders.sqlite")
        desk = Desk(books.witness_key.name, FileKeys(own / "signer"), books.ledger)
        orders = OrderBook(desk, books.enrolments, books.mirror, self._ledger)
        answering = Answering(books.mirror, presence, orders)
        self.inbox = MqttInbox(config, books.enrolments, answering, lambda: now_ms() // 1_000)
        self._thread = threading.Thread(target=self.inbox.run, name="inbox")

    def __enter__(self) -> MqttInbox:
        self._thread.start()
        wait_until(lambda: not self.inbox.trouble, lambda: self.inbox.trouble)
        return self.inbox

    def __exit__(self, *_: object) -> None:
        self.inbox.stop()
        self._thread.join()
        self._ledger.close()


def copy_of(books: Books, station: str) -> SqliteLog:
    """The registry's copy, read beside it."""
    return SqliteLog(connect_to_read(books.copy_path(station)))
