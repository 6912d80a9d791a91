"""The registry's orders as they come in: looked at, told to the clerk, and what is wrong with them said. No wire here.

Believed by what they say alone; who brought them says nothing. Judges no order: whether one is old, the clerk knows.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from station.clock import Clock
from station.custody.facts import Fact
from station.custody.observations import LostElsewhere, Observation, OrdersCame, OrdersUnbelieved
from station.custody.state import State
from station.errors import RefusedError, WireFailedError
from station.signing.orders import Addressee, Orders, check_orders, digest_of, orders_text

_UNBELIEVED = (
    "收到无法采信的指令，未执行 / orders came that cannot be believed, and were not followed ({code}): who else can "
    "write at the broker?"
)
_OLD = (
    "收到过期或者矛盾的指令，未执行 / orders came that are older than ours, or contradict them: was the registry "
    "restored from a copy?"
)
_WAITING_MAX = 16
"""Of a flood the oldest are dropped: the newest list holds whatever was not answered for."""
_LATER_FORMAT = "指令格式较新，请升级本站程序 / the registry's orders need a newer program here: update this station"


class TakesOrders(Protocol):
    """What the link does with what comes."""

    trouble: str

    def came(self, message: bytes) -> None: ...

    def follow(self) -> None: ...


class OrdersInbox:
    """`came` is called by whoever hears, `follow` by one thread. `trouble` is about what came last."""

    def __init__(
        self,
        to: Addressee,
        state: Callable[[], State],
        tell: Callable[[Observation], tuple[Fact, ...]],
        clock: Clock,
    ) -> None:
        self._to = to
        self._state = state
        self._tell = tell
        self._clock = clock
        self._waiting: deque[bytes] = deque(maxlen=_WAITING_MAX)
        self._at_hand: bytes | None = None
        self.trouble = ""

    def came(self, message: bytes) -> None:
        self._waiting.append(message)

    def follow(self) -> None:
        """Whatever came; what could not be written down is tried again at the next call."""
        try:
            while self._at_hand is not None or self._waiting:
                if self._at_hand is None:
                    self._at_hand = self._waiting.popleft()
                self.trouble = self._followed(self._at_hand)
                self._at_hand = None
        except WireFailedError as error:
            self.trouble = str(error)

    def _followed(self, message: bytes) -> str:
        try:
            orders = check_orders(message, self._to, self._clock.stamp())
        except RefusedError as refused:
            return self._unbelieved(refused.code)
        return self._carried_out(orders)

    def _unbelieved(self, code: str) -> str:
        if code == "ORDERS_FOR_ANOTHER_ENROLMENT":
            return ""  # of the journal before this one, which the broker kept
        self._tell(OrdersUnbelieved(registry=self._to.registry, code=code))
        return _LATER_FORMAT if code == "ORDERS_OF_ANOTHER_FORMAT" else _UNBELIEVED.format(code=code)

    def _carried_out(self, orders: Orders) -> str:
        digest = digest_of(orders_text(orders))
        lost = tuple(
            LostElsewhere(badge=one.badge, station=one.station, reported=one.reported) for one in orders.lost_badges
        )
        said = OrdersCame(registry=orders.registry, sequence=orders.sequence, sha256=digest, lost_badges=lost)
        self._tell(said)
        known = self._state().orders.get(orders.registry)
        return "" if known is not None and known.sha256 == digest else _OLD
