"""Every bay's switch, lock, charger and lamp: each on a board of the serial line or on our own pins, as it is wired.

A lock on a board is closed whenever its board answers and nobody wants it open: one that restarted is set right again.
What chargers do is told, and left to whoever plans: switched on all at once, they would break the supply. Knows bays by
name, nothing of cameras.
"""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence

from hardware.gpio_bays import GpioBays
from hardware.serial_bays import SerialBays, Slots
from hardware.wires import AbsentError, Colour, ForbiddenError, Measured, SilentError, WireError
from hardware.wiring import BayWiring, places_on_boards

_LAMP: Mapping[Colour, int] = {
    "red": 1,
    "green": 2,
    "yellow": 3,
    "blue": 4,
    "magenta": 5,
    "cyan": 6,
    "white": 7,
}


class WiredBays:
    """`hardware.wires.Bays` over the wires of this station; used by one thread at a time."""

    def __init__(self, bays: Sequence[BayWiring], line: SerialBays | None, pins: GpioBays) -> None:
        require_own_places(bays)
        self._bays = {bay.name: bay for bay in bays}
        self._places = places_on_boards(bays)
        self._boards = sorted({board for board, _ in self._places.values()})
        self._line = line
        self._pins = pins
        self._unlock_wanted: dict[str, bool] = {}
        self._lamp_wanted: dict[str, int] = {}
        self._seen: Mapping[int, Slots] = {}

    def present(self) -> Mapping[str, bool]:
        found = self._pins.present()
        self._seen = {}
        try:
            self._seen = seen = self._line.look(self._boards) if self._line is not None else {}
        except AbsentError:
            if not found:
                raise
            return found  # what is on our own pins is known without the line
        for name, (board, slot) in self._places.items():
            if board in seen:
                slots = seen[board]
                if not self._pins.has(name, "presence"):
                    found[name] = slots.present[slot]
                self._set_right(name, slots, slot)
        return found

    def charging(self) -> Mapping[str, bool]:
        """What each charger does: by the last look where a board drives it, a charger that was cut does nothing."""
        on_boards = {
            name: self._seen[board].charging[slot] and not self._seen[board].cut[slot]
            for name, (board, slot) in self._places.items()
            if board in self._seen
        }
        return {**on_boards, **self._pins.charging()}

    def measured(self) -> Mapping[str, Measured]:
        """By the last look; a bay whose board does not measure, or was not asked yet, is left out."""
        return {
            name: self._seen[board].measured[slot]
            for name, (board, slot) in self._places.items()
            if board in self._seen and self._seen[board].measured
        }

    def acknowledge(self, bay: str, cut_number: int) -> None:
        if self._line is not None:
            self._line.acknowledge(*self._places[bay], cut_number)

    def lock(self, bay: str, locked: bool) -> None:  # noqa: FBT001 - a switch has two states
        """Wanted from now on, even where the board does not answer now."""
        if self._pins.has(bay, "lock"):
            self._pins.lock(bay, locked=locked)
            return
        self._unlock_wanted[bay] = not locked
        if self._line is not None:
            self._line.unlock(*self._places[bay], unlocked=not locked)

    def charge(self, bay: str, enabled: bool) -> None:  # noqa: FBT001
        if self._pins.has(bay, "charger"):
            self._pins.charge(bay, on=enabled)
        elif self._line is not None:
            self._line.charge(*self._places[bay], on=enabled)

    def light(self, bay: str, colour: Colour) -> None:
        """On its board, where it has no lamp of its own."""
        if self._pins.has(bay, "red"):
            self._pins.light(bay, colour)
        elif self._line is not None and bay in self._places:
            self._lamp_wanted[bay] = _LAMP[colour]
            self._line.light(*self._places[bay], _LAMP[colour])

    def keys_turned(self) -> Mapping[str, bool]:
        return self._pins.keys_turned()

    def power_well(self) -> bool | None:
        return self._pins.power_well()

    def close(self) -> None:
        """The boards fall back to the safe current by themselves when nobody speaks to them; their locks are closed.

        Our own pins first: a board that does not answer keeps no lock open.
        """
        self._pins.close()
        if self._line is None:
            return
        for bay in [bay for bay, unlocked in self._unlock_wanted.items() if unlocked]:
            with contextlib.suppress(WireError):
                self._line.unlock(*self._places[bay], unlocked=False)
        self._line.close()

    def _set_right(self, bay: str, slots: Slots, slot: int) -> None:
        """A board that restarted forgot its locks and lamps; what it cannot do now is asked again at the next look."""
        unlock, lamp = self._unlock_wanted.get(bay, False), self._lamp_wanted.get(bay, slots.lamps[slot])
        if self._line is not None:
            with contextlib.suppress(SilentError, ForbiddenError):
                if slots.unlocked[slot] is not unlock:
                    self._line.unlock(*self._places[bay], unlocked=unlock)
                if slots.lamps[slot] != lamp:
                    self._line.light(*self._places[bay], lamp)


def require_own_places(bays: Sequence[BayWiring]) -> None:
    """No two bays share what belongs to one."""
    for what, values in (
        ("the name", [bay.name for bay in bays]),
        ("usb", [bay.usb for bay in bays]),
        ("board and slot", [f"{board}.{slot}" for board, slot in places_on_boards(bays).values()]),
    ):
        shared, times = Counter(values).most_common(1)[0] if values else ("", 1)
        if times > 1:
            raise ForbiddenError(f"{times} bays have {what} {shared}; give each its own")
