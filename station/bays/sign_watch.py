"""Tells what the bays' wires say beside presence: keys, supply, cuts; and acknowledges the cuts that are over.

Decides nothing: which cut may be released, `station/bays/cut_release.py` says. A cut is acknowledged to its board
first and told afterwards; its charger is switched off before, so that it goes on when the charging plan says so.
"""

from collections.abc import Callable, Mapping

from hardware.wires import Bays, Measured, WireError
from station.bays.cut_release import CutMemory, cut_turn
from station.bays.docking_work import Tell
from station.custody.observations import CutAcknowledged, KeyTurned, PowerSaid
from station.custody.state import State
from station.errors import WireFailedError

SUPPLY = "供电 power"
"""Where its troubles are shown; it is no bay's."""


class SignWatch:
    """Used by one thread at a time: the one that looks at the bays. `state` is what is on the disk now."""

    def __init__(self, bays: Bays, state: Callable[[], State], tell: Tell) -> None:
        self._bays = bays
        self._state = state
        self._tell = tell
        self._keys: dict[str, bool] = {}
        self._well: bool | None = None
        self._cuts: dict[str, CutMemory] = {}

    def turn(self, well: bool | None, measured: Mapping[str, Measured], now_ms: int) -> dict[str, str]:  # noqa: FBT001
        """After each look, when presence was told. Bay → why something could not be told or done; done next time.

        `measured` is of this look; `now_ms` by a clock that never goes back. At the start, everything is told.
        """
        troubles: dict[str, str] = {}
        if well is not None and well is not self._well:
            try:
                self._tell(PowerSaid(well=well))
                self._well = well
            except WireFailedError as error:
                troubles[SUPPLY] = f"供电状态未能入账 / the supply's state could not be written: {error}"
        for bay, turned in self._bays.keys_turned().items():
            if trouble := self._tell_key(bay, turned=turned):
                troubles[bay] = trouble
        for bay, said in measured.items():
            if trouble := self._cut_turn(bay, said, now_ms):
                troubles[bay] = trouble
        return troubles

    def _tell_key(self, bay: str, *, turned: bool) -> str:
        if self._keys.get(bay) is not turned:
            try:
                self._tell(KeyTurned(bay=bay, turned=turned))
            except WireFailedError as error:
                return f"bay {bay}: {error}"
            self._keys[bay] = turned
        return ""

    def _cut_turn(self, bay: str, measured: Measured, now_ms: int) -> str:
        state = self._state()
        docking = state.docking_in(bay)
        number = None if docking is None else docking.number
        turn = cut_turn(bay, state.chargers.get(bay), number, measured, self._cuts.get(bay, CutMemory()), now_ms)
        try:
            if turn.acknowledge is not None:
                self._bays.charge(bay, False)  # noqa: FBT003 - a switch has two states
                self._bays.acknowledge(bay, turn.acknowledge)
                self._tell(CutAcknowledged(bay=bay, number=turn.acknowledge))
            elif turn.told is not None:
                self._tell(turn.told)
        except (WireError, WireFailedError) as error:
            return f"bay {bay}: {error}"
        self._cuts[bay] = turn.memory
        return ""
