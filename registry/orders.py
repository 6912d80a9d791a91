"""Works out from witnessed journals what is ordered of each station: a badge that one reported lost is dead for all.

Each station has a list of its own, of what its journal does not know yet; once it has answered, the list is over. So a
list stays small however many badges were ever lost, and what does not fit into one comes with the next. Publishes
nothing itself.
"""

from collections.abc import Iterator
from typing import NamedTuple

from registry.enrolments import Enrolment, Enrolments
from registry.ledger import Alarm, Ledger
from registry.mirror import Mirror
from registry.order_ledger import OrderLedger, Sent
from station.custody.facts import Fact, FactBody
from station.custody.facts_of_orders import FACTS_OF_ORDERS, OrdersRefused
from station.custody.facts_of_the_desk import BadgeLost
from station.errors import WireFailedError, WrongUseError
from station.signing.orders import LOST_BADGES_MAX, LostBadgeOrder, Orders, orders_text, sign_orders
from station.signing.signer_wire import Signer

_READ_AT_ONCE = 4_096
_OF_ORDERS: tuple[type[FactBody], ...] = (BadgeLost, *FACTS_OF_ORDERS)


class Desk(NamedTuple):
    """Who orders: the registry's name as a witness, its signer, and where its alarms go."""

    registry: str
    signer: Signer
    alarms: Ledger


class OrderBook:
    """Used by one thread."""

    def __init__(self, by: Desk, enrolments: Enrolments, mirror: Mirror, ledger: OrderLedger) -> None:
        self._by = by
        self._enrolments = enrolments
        self._mirror = mirror
        self._ledger = ledger

    def every(self) -> Iterator[tuple[str, bytes]]:
        """Each station's newest list, signed, once all journals were read; for a broker that may have forgotten all."""
        enrolled = self._enrolments.every()
        for enrolment in enrolled:
            self._read(enrolment)
        for enrolment in enrolled:
            self._renew(enrolment)
            yield from self._newest(enrolment)

    def at_birth(self, station: str) -> Iterator[tuple[str, bytes]]:
        """Its newest list, if it ever had one; it may have been enrolled since the others got theirs."""
        enrolment = self._found(station)
        if enrolment is not None:
            self._renew(enrolment)
            yield from self._newest(enrolment)

    def after(self, station: str) -> Iterator[tuple[str, bytes]]:
        """The lists that are new now that this station's journal has grown."""
        enrolment = self._found(station)
        if enrolment is None:
            return
        lost = any(isinstance(fact.body, BadgeLost) for fact in self._read(enrolment))
        for each in self._enrolments.every() if lost else (enrolment,):
            if self._renew(each):
                yield from self._newest(each)

    def _found(self, station: str) -> Enrolment | None:
        try:
            return self._enrolments.find(station)
        except WrongUseError:
            return None  # among the enrolments' own troubles

    def _newest(self, enrolment: Enrolment) -> Iterator[tuple[str, bytes]]:
        sent = self._ledger.sent(enrolment.origin)
        if sent is not None:
            yield enrolment.station, sign_orders(sent.text, self._by.signer)

    def _read(self, enrolment: Enrolment) -> list[Fact]:
        """What the journal says of badges and orders since it was read last; kept when this returns."""
        said: list[Fact] = []
        while (news := self._unread(enrolment)) is not None:
            facts, read_to = news
            self._keep(enrolment, facts, read_to)
            said += facts
        return said

    def _unread(self, enrolment: Enrolment) -> tuple[list[Fact], int] | None:
        """A piece of it, and where that ends; None where all was read."""
        first = self._ledger.read_to(enrolment.origin)
        try:
            with self._mirror.journal(enrolment.station) as journal:
                if journal is None or journal.size <= first:
                    return None
                end = min(journal.size, first + _READ_AT_ONCE)
                return [fact for fact in journal.facts(first, end) if isinstance(fact.body, _OF_ORDERS)], end
        except WireFailedError:
            return None  # a copy that cannot be read is its station's trouble, and stops no order for others

    def _keep(self, enrolment: Enrolment, facts: list[Fact], read_to: int) -> None:
        for fact in facts:
            if isinstance(fact.body, OrdersRefused):
                why = f"{fact.body.code} ({enrolment.origin}, {fact.n})"
                self._by.alarms.raise_alarm(Alarm(enrolment.station, "ORDERS_REFUSED", fact.at.utc_ms, "", why))
        self._ledger.keep_read(enrolment.origin, enrolment.station, facts, read_to)

    def _renew(self, enrolment: Enrolment) -> bool:
        """Number a new list where the station waits for another than it was sent; whether one was."""
        origin = enrolment.origin
        waiting = self._ledger.waiting(origin, LOST_BADGES_MAX)
        sent, answered = self._ledger.sent(origin), self._ledger.answered(origin)
        sequence = sent.sequence if sent else 0
        if not waiting or (sent and sequence > answered and sent.text == self._text(origin, sequence, waiting)):
            return False
        sequence = 1 + max(sequence, answered)
        self._ledger.keep_sent(origin, Sent(sequence, self._text(origin, sequence, waiting)))
        return True

    def _text(self, origin: str, sequence: int, waiting: list[tuple[str, str, int]]) -> str:
        lost = tuple(LostBadgeOrder(badge=badge, station=station, reported=n) for badge, station, n in waiting)
        return orders_text(Orders(registry=self._by.registry, origin=origin, sequence=sequence, lost_badges=lost))
