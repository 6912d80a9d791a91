"""Watches the bays' switches, and drives locks and chargers to where custody wants them. Decides nothing about either.

What is wanted follows from facts that are on the disk; so nothing opens before it is durable.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hardware.wires import Bays, WireError
from station.bays.docking_work import Tell
from station.custody.docking import DockingStep
from station.custody.observations import PresenceClosed, PresenceOpened
from station.custody.state import State
from station.errors import WireFailedError

_ROUND_SECONDS = 0.1


class Wanted(NamedTuple):
    """Where a bay's outputs belong."""

    locked: bool
    charging: bool


def wanted(state: State, bay: str) -> Wanted:
    """An empty bay stands open; one with a camera is charged, and locked unless it is offered."""
    docking = state.docking_in(bay)
    if docking is None:
        return Wanted(locked=False, charging=False)
    return Wanted(locked=docking.step is not DockingStep.OFFERED, charging=True)


class BayWatch:
    """One thread's work: `look` at every switch, `drive` every output. `wake` it when something was committed."""

    def __init__(self, bays: Bays, names: Sequence[str], state: Callable[[], State], tell: Tell) -> None:
        self._bays = bays
        self._names = names
        self._state = state
        self._tell = tell
        self._seen: dict[str, bool] = {}
        self._driven: dict[str, Wanted] = {}
        self._woken = threading.Event()
        self._stopping = False
        self.troubles: Mapping[str, str] = {}
        """Bay → why it cannot be sensed or driven now."""

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        """Until stopped; every output is then left in its safe state."""
        try:
            while not self._stopping:
                self._woken.clear()
                self.turn()
                self._woken.wait(_ROUND_SECONDS)
        finally:
            self._bays.close()

    def turn(self) -> None:
        troubles = self.look()
        self.troubles = troubles | self.drive()

    def look(self) -> dict[str, str]:
        """Tell what changed; at the start, everything. What cannot be sensed or told now is told in the next round."""
        present = self._bays.present()
        troubles = {bay: f"the board of bay {bay} does not answer" for bay in self._names if bay not in present}
        for bay in self._names:
            if bay in present and self._seen.get(bay) is not present[bay]:
                try:
                    self._tell(PresenceClosed(bay=bay) if present[bay] else PresenceOpened(bay=bay))
                    self._seen[bay] = present[bay]
                except WireFailedError as error:
                    troubles[bay] = str(error)
        return troubles

    def drive(self) -> dict[str, str]:
        """Set each output that is not where it belongs; what fails is tried again in the next round."""
        state, troubles = self._state(), {}
        for bay in self._names:
            now = wanted(state, bay)
            before = self._driven.get(bay)
            try:
                if before is None or before.locked is not now.locked:
                    self._bays.lock(bay, now.locked)
                if before is None or before.charging is not now.charging:
                    self._bays.charge(bay, now.charging)
                self._driven[bay] = now
            except WireError as error:
                self._driven.pop(bay, None)
                troubles[bay] = f"bay {bay}: {error}"
        return troubles
