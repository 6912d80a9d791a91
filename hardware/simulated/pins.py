"""The pins of a dock that is a folder: gpiozero's own mock pins, of which those with a lock move it."""

from collections.abc import Mapping

from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped]

from hardware.simulated.dock import Dock

_BOARD = "c03111"
"""A Raspberry Pi 4, whatever this machine is."""


class DockPin(MockPin):  # type: ignore[misc]
    """Without current, and while nobody drives it, its bay is locked."""

    def _set_state(self, value: bool) -> None:  # noqa: FBT001 - gpiozero's own
        super()._set_state(value)
        bay = self.factory.bay_at(self.info.name)
        if bay is not None and self.factory.dock.locked(bay) == bool(value):
            self.factory.dock.set_lock(bay, locked=not value)


class DockPins(MockFactory):  # type: ignore[misc]
    """`locks` names the pin of each bay's lock."""

    def __init__(self, dock: Dock, locks: Mapping[str, int]) -> None:
        super().__init__(_BOARD, DockPin)
        self.dock = dock
        self._bays = {f"GPIO{pin}": bay for bay, pin in locks.items()}

    def bay_at(self, pin: str) -> str | None:
        return self._bays.get(pin)
