"""Watches the bays' switches, and drives locks and chargers to where custody wants them. Decides nothing about either.

What is wanted follows from facts that are on the disk; so nothing opens before it is durable. A bay whose switch was
not heard yet is left locked: nobody knows whether it is empty.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence

from hardware.wires import Bays, WireError
from station.bays.docking_work import Tell
from station.custody.bay_outputs import Wanted
from station.custody.observations import PresenceClosed, PresenceOpened
from station.errors import WireFailedError

_ROUND_SECONDS = 0.1


class BayWatch:
    """One thread's work: tell what every switch says, drive every output. `wake` it when something was committed."""

    def __init__(self, bays: Bays, names: Sequence[str], wants: Callable[[str], Wanted], tell: Tell) -> None:
        self._bays = bays
        self._names = names
        self._wants = wants
        self._tell = tell
        self._told: dict[str, bool] = {}
        self._locked: dict[str, bool] = {}
        self._charging: dict[str, bool] = {}
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
        """Until stopped; every bay is then locked."""
        try:
            while not self._stopping:
                self._woken.clear()
                self.turn()
                self._woken.wait(_ROUND_SECONDS)
        finally:
            for bay in self._names:
                with contextlib.suppress(WireError):
                    self._bays.lock(bay, True)  # noqa: FBT003 - a switch has two states

    def turn(self) -> None:
        """Look, tell what changed, drive what is not where it belongs; what fails is done in the next round."""
        present, troubles = self._look()
        for bay in present:
            if trouble := self._tell_change(bay, present[bay]):
                troubles[bay] = trouble
        for bay in self._told:
            if trouble := self._drive(bay, self._wants(bay), answering=bay in present):
                troubles[bay] = trouble
        self.troubles = troubles

    def _look(self) -> tuple[Mapping[str, bool], dict[str, str]]:
        """Each bay that answers: whether something is in it. Each other: why not."""
        try:
            present = self._bays.present()
        except WireError as error:
            return {}, dict.fromkeys(self._names, str(error))
        return present, {bay: f"the board of bay {bay} does not answer" for bay in self._names if bay not in present}

    def _tell_change(self, bay: str, present: bool) -> str:  # noqa: FBT001 - a switch has two states
        """Why it could not be told, or nothing. At the start, everything is told."""
        if self._told.get(bay) is not present:
            try:
                self._tell(PresenceClosed(bay=bay) if present else PresenceOpened(bay=bay))
            except WireFailedError as error:
                return str(error)
            self._told[bay] = present
        return ""

    def _drive(self, bay: str, now: Wanted, *, answering: bool) -> str:
        """Why an output could not be set, or nothing. A board that is silent is not asked to charge."""
        try:
            if self._locked.get(bay) is not now.locked:
                self._bays.lock(bay, now.locked)
                self._locked[bay] = now.locked
            if answering and self._charging.get(bay) is not now.charging:
                self._bays.charge(bay, now.charging)
                self._charging[bay] = now.charging
        except WireError as error:
            return f"bay {bay}: {error}"
        return ""
