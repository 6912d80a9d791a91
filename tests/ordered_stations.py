"""Stations of one agency, their registry's books, and the orders between them, without a wire: tests carry every word.

What the registry published stands in `kept`, as a broker keeps it; `said` is all that it ever published.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from registry.order_ledger import OrderLedger
from registry.orders import Desk, OrderBook
from station.clock import ManualClock
from station.custody.acts_at_the_dock import ReportBadgeLost
from station.custody.facts import Fact, FactBody
from station.journal.batches import ENTRIES_MAX
from station.journal.entries import read_entry
from station.signing.orders import Addressee, Orders, check_orders
from station.uplink.orders import OrdersInbox
from tests.agency import Agency
from tests.reporting_stations import NOW_S, Books, ReportingStation
from tests.stations import START
from tests.uploading_stations import LeafSigner

AGENCY = Agency()
REGISTRY = AGENCY.registry_evidence()


def mark(number: int) -> str:
    """What stands for some badge."""
    return f"{number:064x}"


def addressee(station: ReportingStation, books: Books) -> Addressee:
    return Addressee(origin=station.origin, registry=books.witness_key.name, ca_pem=AGENCY.ca_pem)


class Ordered:
    """`report`, `deliver`, `hear`: a badge is lost here, a journal arrives, an order arrives."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        self.stations = {name: ReportingStation(folder / name, name) for name in names}
        self.books = Books(folder / "registry", *self.stations.values())
        self.kept: dict[str, bytes] = {}
        self.said: dict[str, list[bytes]] = {name: [] for name in names}
        self.inboxes = {name: self._inbox(name) for name in names}
        self._open()

    def close(self) -> None:
        for station in self.stations.values():
            station.close()
        self.ledger.close()
        self.books.close()

    def report(self, name: str, badge: str) -> tuple[Fact, ...]:
        return self.stations[name].tell(ReportBadgeLost(by="keeper", officer="officer-1", badge=badge))

    def deliver(self, name: str) -> None:
        """All that the registry does not have yet of this journal; it answers with orders."""
        station = self.stations[name]
        known = self.books.mirror.newest(name)
        first = known.checkpoint.size if known else 0
        while first < station.size:
            to = min(station.size, first + ENTRIES_MAX)
            assert self.books.mirror.take(name, station.batch(first, to), NOW_S).cosigned
            self._publish(self.orders.after(name))
            first = to

    def hear(self, name: str, message: bytes | None = None) -> None:
        """What the broker keeps for it, if anything; or this."""
        heard = self.kept.get(name) if message is None else message
        if heard is not None:
            self.inboxes[name].came(heard)
        self.inboxes[name].follow()

    def connect(self) -> None:
        """The registry is connected to the broker anew."""
        self._publish(self.orders.every())

    def restart_registry(self, *, without_ledger: bool = False) -> None:
        self.ledger.close()
        if without_ledger:
            for path in self.folder.glob("registry/orders.sqlite*"):
                path.unlink()
        self.books.restart()
        self._open()
        self.connect()

    def restart(self, name: str) -> None:
        """The station's process ends and starts; nothing is connected."""
        self.stations[name].close()
        self.stations[name] = ReportingStation(self.folder / name, name)
        self.inboxes[name] = self._inbox(name)

    def settle(self) -> None:
        """Everybody is connected for long enough."""
        for _ in range(3):
            for name in self.stations:
                self.deliver(name)
            for name in self.stations:
                self.hear(name)

    def lost_at(self, name: str) -> set[str]:
        return set(self.stations[name].clerk.state.lost_badges)

    def trouble(self, name: str) -> str:
        return self.inboxes[name].trouble

    def facts(self, name: str, *kinds: type[FactBody]) -> list[FactBody]:
        bodies = (read_entry(entry).body for entry in self.stations[name].log.entries())
        return [body for body in bodies if isinstance(body, kinds)]

    def read(self, name: str, message: bytes | None = None) -> Orders:
        """What this station is ordered, as it reads it."""
        told = self.kept[name] if message is None else message
        return check_orders(told, addressee(self.stations[name], self.books), START)

    def _publish(self, lists: Iterable[tuple[str, bytes]]) -> None:
        for name, message in lists:
            self.kept[name] = message
            with suppress(KeyError):
                self.said[name].append(message)

    def _inbox(self, name: str) -> OrdersInbox:
        station = self.stations[name]
        to = addressee(station, self.books)
        return OrdersInbox(to, lambda: station.clerk.state, station.tell, ManualClock(START))

    def _open(self) -> None:
        self.ledger = OrderLedger(self.folder / "registry" / "orders.sqlite")
        desk = Desk(self.books.witness_key.name, LeafSigner(REGISTRY), self.books.ledger)
        self.orders = OrderBook(desk, self.books.enrolments, self.books.mirror, self.ledger)
