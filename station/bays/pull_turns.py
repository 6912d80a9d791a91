"""Whose camera is read next where many wait at one USB hub. Knows bays, hubs and bytes; asks no camera anything.

A turn is for one file: a camera in the middle of a file cannot be kept waiting, it gives up. At each hub so many have
a turn at once. A free turn goes to a bay for emergencies first, then to a camera with marked clips, then to the bay
that had least of the hub lately. Whoever was passed over PASSED_MAX times goes before all of these, the longest
waiting first: with B bays at a hub, nobody sees more than PASSED_MAX + B - 1 turns go to others while it waits.

Only pulls wait here. Who waits holds no lock, and stops when the station does or its camera has gone.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from station.errors import WireFailedError

PASSED_MAX = 16
LATELY_BYTES = 1 << 30
"""What was read counts half as much after each such amount at a hub: what was long ago gives nobody a right."""
LOOK_AGAIN_S = 5.0
"""Should nobody say that a camera has gone, whoever waits looks by itself so often."""
Chunk = memoryview


def hub_of(usb_path: str) -> str:
    """The hub that a place is on: `1-1.4.2` is on `1-1.4`, and `1-1` on the root hub `1`."""
    before, dot, _ = usb_path.rpartition(".")
    return before if dot else usb_path.partition("-")[0]


@dataclass(slots=True)
class _Asking:
    """Who waits. `since` is the order in which they came."""

    who: Hashable
    bay: str
    marked: bool
    since: int
    passed: int = 0


@dataclass(slots=True)
class Hub:
    """The turns at one hub; no threads here. Many may ask, each once at a time.

    Who asks is not its bay: a camera's reader may still wait there after another camera was put in its place.
    """

    turns_max: int
    emergency: Collection[str] = ()
    waiting: dict[Hashable, _Asking] = field(default_factory=dict)
    having: set[Hashable] = field(default_factory=set)
    lately: dict[str, int] = field(default_factory=dict)
    """Bay → bytes."""
    _asked: int = 0

    def ask(self, who: Hashable, bay: str, *, marked: bool) -> None:
        self._asked += 1
        self.waiting[who] = _Asking(who, bay, marked, self._asked)
        self._give()

    def leave(self, who: Hashable) -> None:
        """It waits no longer, or its turn is over; whoever is next has it."""
        self.waiting.pop(who, None)
        self.having.discard(who)
        self._give()

    def count(self, bay: str, count: int) -> None:
        self.lately[bay] = self.lately.get(bay, 0) + count
        if sum(self.lately.values()) > LATELY_BYTES:
            self.lately = {one: had // 2 for one, had in self.lately.items() if had > 1}

    def _give(self) -> None:
        while self.waiting and len(self.having) < self.turns_max:
            chosen = min(self.waiting.values(), key=self._rank)
            del self.waiting[chosen.who]
            self.having.add(chosen.who)
            for other in self.waiting.values():
                other.passed += 1

    def _rank(self, asking: _Asking) -> tuple[bool, int, bool, bool, int, int]:
        overdue = asking.passed >= PASSED_MAX
        return (
            not overdue,
            asking.since if overdue else 0,
            asking.bay not in self.emergency,
            not asking.marked,
            self.lately.get(asking.bay, 0),
            asking.since,
        )


class Turn:
    """One file's turn: what is read in it is counted, and it is over with the last byte."""

    def __init__(self, count: Callable[[int], None], end: Callable[[], None]) -> None:
        self._count = count
        self.end = end

    def reading(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            self._count(chunk.nbytes)
            yield chunk
        self.end()


class PullTurns:
    """The turns at every hub; used by many threads."""

    def __init__(self, turns_per_hub: int, emergency: Collection[str] = ()) -> None:
        self._turns_per_hub = turns_per_hub
        self._emergency = frozenset(emergency)
        self._hubs: dict[str, Hub] = {}
        self._changed = threading.Condition()
        self._stopped = False

    @contextlib.contextmanager
    def turn(self, bay: str, place: str, *, marked: bool, require_there: Callable[[], None]) -> Iterator[Turn]:
        """Wait for a turn, and have it; `require_there` raises where the camera has gone."""
        who = object()
        with self._changed:
            hub = self._hubs.setdefault(hub_of(place), Hub(self._turns_per_hub, self._emergency))
            hub.ask(who, bay, marked=marked)
            self._changed.notify_all()

        def end() -> None:
            with self._changed:
                hub.leave(who)
                self._changed.notify_all()

        def count(nbytes: int) -> None:
            with self._changed:
                hub.count(bay, nbytes)

        try:
            while not self._has(hub, who):
                require_there()
            yield Turn(count, end)
        finally:
            end()

    def _has(self, hub: Hub, who: Hashable) -> bool:
        """Whether it has its turn, asked once now and once more after something has changed."""
        with self._changed:
            if who not in hub.having and not self._stopped:
                self._changed.wait(LOOK_AGAIN_S)
            if self._stopped:
                raise WireFailedError("the station is going down; this is read when it is back")
            return who in hub.having

    def wake(self) -> None:
        """Something happened at the dock: whoever waits looks whether its camera is still there."""
        with self._changed:
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
