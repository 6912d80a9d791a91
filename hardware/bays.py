"""Every bay's switch, lock and charger, from the boards on the serial line and the pins of the locks.

Chargers are made to do what was last wanted of them whenever a board answers: one that restarted, or stopped
charging because nobody spoke to it, is set right again. Knows bays by name, nothing of cameras.
"""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence

from hardware.gpio_locks import GpioLocks
from hardware.serial_bays import SerialBays
from hardware.wires import ForbiddenError, SilentError
from hardware.wiring import BayWiring


class WiredBays:
    """`hardware.wires.Bays` over the wires of this station; used by one thread at a time."""

    def __init__(self, bays: Sequence[BayWiring], line: SerialBays, locks: GpioLocks) -> None:
        require_own_places(bays)
        self._bays = {bay.name: bay for bay in bays}
        self._boards = sorted({bay.board for bay in bays})
        self._line = line
        self._locks = locks
        self._charge_wanted: dict[str, bool] = {}

    def present(self) -> Mapping[str, bool]:
        seen = self._line.look(self._boards)
        found = {}
        for name, bay in self._bays.items():
            if bay.board in seen:
                slots = seen[bay.board]
                found[name] = slots.present[bay.slot]
                wanted = self._charge_wanted.get(name, slots.charging[bay.slot])
                if wanted != slots.charging[bay.slot]:
                    with contextlib.suppress(SilentError, ForbiddenError):  # asked again at the next look
                        self._line.charge(bay.board, bay.slot, on=wanted)
        return found

    def lock(self, bay: str, locked: bool) -> None:  # noqa: FBT001 - a switch has two states
        self._locks.set(bay, locked=locked)

    def charge(self, bay: str, enabled: bool) -> None:  # noqa: FBT001
        """Wanted from now on, even where the board does not answer now."""
        self._charge_wanted[bay] = enabled
        self._line.charge(self._bays[bay].board, self._bays[bay].slot, on=enabled)

    def close(self) -> None:
        """The boards stop charging by themselves when nobody speaks to them."""
        self._locks.close()
        self._line.close()


def require_own_places(bays: Sequence[BayWiring]) -> None:
    """No two bays share what belongs to one."""
    for what, values in (
        ("the name", [bay.name for bay in bays]),
        ("usb", [bay.usb for bay in bays]),
        ("lock_pin", [bay.lock_pin for bay in bays]),
        ("board and slot", [f"{bay.board}.{bay.slot}" for bay in bays]),
    ):
        shared, times = Counter(values).most_common(1)[0] if values else ("", 1)
        if times > 1:
            raise ForbiddenError(f"{times} bays have {what} {shared}; give each its own")
