"""Watches the USB tree beside the bays' switches: who has come is asked at once, who was away is read again.

A switch may say nothing: its board is silent, or the camera came back before anybody looked. Every docking knows by
which plugging in its camera was opened and read; by another one it is a camera that may have been filmed over. Opens
no camera, tells no fact: whether a camera is docked, the switch says.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from hardware.wires import AbsentError, CameraArrivals, WireError
from station.custody.state import State

LOOK_AGAIN_MS = 30_000
"""A message that was lost costs so long; a camera that fails is tried again as seldom."""
_log = logging.getLogger(__name__)


class Pluggings:
    """By which plugging in each docked camera was seen, opened and read. Asked by any thread."""

    def __init__(self, plugging: Callable[[str], int | None]) -> None:
        self._plugging = plugging
        self._lock = threading.Lock()
        self._seen: dict[int, int | None] = {}
        self._opened: dict[int, int | None] = {}
        self._read: dict[int, int | None] = {}

    def see(self, docking: int, place: str) -> None:
        with self._lock:
            self._look(docking, place)

    def open(self, docking: int, place: str) -> bool:
        """Whether it was not away since it was opened last."""
        with self._lock:
            now = self._look(docking, place)
            before, self._opened[docking] = self._opened.get(docking, now), now
            return before == now

    def read(self, docking: int) -> None:
        """Everything on it was seen to be held, as it was opened last."""
        with self._lock:
            self._read[docking] = self._opened.get(docking)

    def require_there(self, docking: int, place: str) -> None:
        """AbsentError where it was pulled out since it was opened, put back by now or not."""
        with self._lock:
            if self._look(docking, place) != self._opened.get(docking):
                raise AbsentError("the camera was pulled out while it waited for its turn")

    def doubted(self) -> frozenset[int]:
        """The dockings whose camera was away since it was read."""
        read = dict(self._read)
        return frozenset(docking for docking, seen in dict(self._seen).items() if read.get(docking, seen) != seen)

    def forget_what_is_over(self, state: Callable[[], State]) -> None:
        with self._lock:  # who is known by now, is in this state or over
            dockings = state().dockings
            for known in (self._seen, self._opened, self._read):
                for docking in known.keys() - dockings.keys():
                    del known[docking]

    def _look(self, docking: int, place: str) -> int | None:
        """What is out again by now is seen when it comes back."""
        now = self._plugging(place)
        if now is not None:
            self._seen[docking] = now
            self._read.setdefault(docking, now)
        return now


class UsbWatch:
    """One thread's work. `places` are the bays and where each has its camera."""

    def __init__(
        self, arrivals: CameraArrivals, places: Mapping[str, str], state: Callable[[], State], pluggings: Pluggings
    ) -> None:
        self._arrivals = arrivals
        self._bays = {place: bay for bay, place in places.items()}
        self._state = state
        self._pluggings = pluggings
        self._listeners: list[Callable[[int], None]] = []
        self._waiting: list[Callable[[], None]] = []
        self._stopping = threading.Event()
        self._said = ""

    def listen(self, came: Callable[[int], None]) -> None:
        """`came` is told the docking whose camera has just come; on the watch's thread."""
        self._listeners.append(came)

    def listen_to_leaving(self, left: Callable[[], None]) -> None:
        """`left` is called whenever something was pulled out; on the watch's thread."""
        self._waiting.append(left)

    def stop(self) -> None:
        self._stopping.set()
        self._arrivals.stop()

    def run(self) -> None:
        """Until stopped. Without it everything goes on, at the pace of its own tries."""
        while not self._stopping.is_set():
            try:
                self.turn()
            except WireError as error:
                self._say(str(error))
                self._stopping.wait(LOOK_AGAIN_MS / 1000)

    def turn(self) -> None:
        changes = self._arrivals.next(LOOK_AGAIN_MS)
        self._say(self._arrivals.deaf)
        self._pluggings.forget_what_is_over(self._state)
        for left in self._waiting if changes.departed else ():
            left()
        for place in sorted(changes.arrived & self._bays.keys()):
            docking = self._state().docking_in(self._bays[place])
            if docking is not None:
                self._pluggings.see(docking.number, place)
                for came in self._listeners:
                    came(docking.number)

    def _say(self, trouble: str) -> None:
        """Once, until it is another."""
        if trouble and trouble != self._said:
            _log.warning("USB插拔不能及时得知，按间隔查看 / USB is looked at only now and then: %s", trouble)
        self._said = trouble
