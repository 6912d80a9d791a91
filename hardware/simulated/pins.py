"""The pins of a dock that is a folder: gpiozero's own mock pins, of which those of a bay move it or show it."""

from collections.abc import Sequence

from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped]

from hardware.gpio_lines import InputLine, Line
from hardware.simulated.dock import Dock

_BOARD = "c03111"
"""A Raspberry Pi 4, whatever this machine is."""


class DockPin(MockPin):  # type: ignore[misc]
    """Without current, and while nobody drives it, its bay is locked and does not charge."""

    def _set_state(self, value: bool) -> None:  # noqa: FBT001 - gpiozero's own
        super()._set_state(value)
        self.factory.drive(self.info.name, on=bool(value))

    def _get_state(self) -> bool:
        shown: bool | None = self.factory.shown(self.info.name)
        return bool(super()._get_state()) if shown is None else shown


class DockPins(MockFactory):  # type: ignore[misc]
    """`lines` say which pin is what. People turn keys and cut the power here: a folder has neither."""

    def __init__(self, dock: Dock, lines: Sequence[Line]) -> None:
        super().__init__(_BOARD, DockPin)
        self.dock = dock
        self.turned: set[str] = set()
        self.power_well = True
        self._lines = {f"GPIO{line.line}": line for line in lines}

    def drive(self, pin: str, *, on: bool) -> None:
        line = self._lines.get(pin)
        if line is not None and line.part == "lock" and self.dock.locked(line.bay) == on:
            self.dock.set_lock(line.bay, locked=not on)
        elif line is not None and line.part == "charger" and self.dock.charging(line.bay) != on:
            self.dock.set_charging(line.bay, on=on)

    def shown(self, pin: str) -> bool | None:
        """The level that what is wired to this pin gives it, or None."""
        match self._lines.get(pin):
            case InputLine(bay, "presence"):
                return self.dock.camera_in(bay) is None
            case InputLine(bay, "key"):
                return bay in self.turned
            case InputLine(_, "power"):
                return self.power_well
            case _:
                return None
