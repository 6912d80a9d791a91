"""The bays' switches, locks, chargers and lamps on the pins of the board itself, through gpiozero.

The pin factory is given, never guessed, so that no lock is driven by a library's fallback. Outputs are low, and so
safe (`hardware/gpio_lines.py` has the table), from when they are claimed, at close, and when claiming any line fails.

Inputs are read whenever somebody looks, and believed by `hardware/debounce.py`; gpiozero's `bounce_time` is not used:
a read is not debounced by it, its mock does not know it, and by lgpio's source one input that reports edges keeps a
thread that wakes two thousand times a second. Knows bays by name, nothing of boards and cameras.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence

from gpiozero import Factory, GPIOZeroError, InputDevice, OutputDevice  # type: ignore[import-untyped]

from hardware.debounce import Contact, restless, see
from hardware.gpio_lines import LAMP, Input, InputLine, Line, Output, OutputLine, named
from hardware.wires import Colour, ForbiddenError, SilentError

_LIT: Mapping[Colour, tuple[bool, bool, bool]] = {
    "red": (True, False, False),
    "green": (False, True, False),
    "blue": (False, False, True),
    "yellow": (True, True, False),
    "cyan": (False, True, True),
    "magenta": (True, False, True),
    "white": (True, True, True),
}
_PULLED_UP: Mapping[Input, bool] = {"presence": True, "key": True, "power": False}
"""A broken wire reads as an empty bay, a turned key, a failing supply."""


class GpioBays:
    """Every line of a station that is ours; used by one thread at a time."""

    def __init__(
        self, lines: Sequence[Line], factory: Factory, now_ms: Callable[[], int], *faults: type[Exception]
    ) -> None:
        """`faults` are what the factory's own library raises beside gpiozero's errors; `now_ms` never goes back."""
        self._outputs: dict[tuple[str, Output], OutputDevice] = {}
        self._inputs: dict[tuple[str, Input], InputDevice] = {}
        self._contacts: dict[tuple[str, Input], Contact] = {}
        self._now_ms = now_ms
        self._faults = (GPIOZeroError, OSError, *faults)
        for line in lines:
            try:
                self._claim(line, factory)
            except self._faults as error:
                self.close()
                raise ForbiddenError(f"{named(line)} cannot use pin {line.line}: {error}; see its `…_pin`") from error

    def present(self) -> dict[str, bool]:
        """Each bay whose switch is here and believed: whether something is in it."""
        return self._believed("presence")

    def keys_turned(self) -> dict[str, bool]:
        """Each bay whose key is sensed and believed: whether it is being opened by hand, or its wire is broken."""
        return {bay: not at_rest for bay, at_rest in self._believed("key").items()}

    def power_well(self) -> bool | None:
        """None where nobody says, or not yet."""
        return self._believed("power").get("")

    def has(self, bay: str, part: Output | Input) -> bool:
        return (bay, part) in self._outputs or (bay, part) in self._inputs

    def lock(self, bay: str, *, locked: bool) -> None:
        self._drive(bay, "lock", on=not locked)

    def charge(self, bay: str, *, on: bool) -> None:
        self._drive(bay, "charger", on=on)

    def charging(self) -> dict[str, bool]:
        """Each bay whose charger is on our pins: whether its pin is high. One that cannot be read is left out."""
        found = {}
        for (bay, part), device in self._outputs.items():
            if part == "charger":
                with contextlib.suppress(*self._faults):
                    found[bay] = bool(device.value)
        return found

    def light(self, bay: str, colour: Colour) -> None:
        for part, lit in zip(LAMP, _LIT[colour], strict=True):
            self._drive(bay, part, on=lit)

    def close(self) -> None:
        """Every output low, whatever another one does; then all are let go."""
        with contextlib.ExitStack() as each_even_if_one_fails:
            for device in (*self._inputs.values(), *self._outputs.values()):
                each_even_if_one_fails.callback(device.close)
            for output in self._outputs.values():
                if not output.closed:
                    each_even_if_one_fails.callback(output.off)

    def _claim(self, line: Line, factory: Factory) -> None:
        match line:
            case OutputLine(bay, output, number):
                # Active low is not on offer: lgpio takes an output low first, which would be on for a moment.
                self._outputs[bay, output] = OutputDevice(
                    number, active_high=True, initial_value=False, pin_factory=factory
                )
            case InputLine(bay, part, number):
                self._inputs[bay, part] = InputDevice(number, pull_up=_PULLED_UP[part], pin_factory=factory)
                self._contacts[bay, part] = Contact()

    def _drive(self, bay: str, part: Output, *, on: bool) -> None:
        output = self._outputs[bay, part]
        try:
            if on:
                output.on()
            else:
                output.off()
        except self._faults as error:
            raise ForbiddenError(f"the {part} of bay {bay} does not obey: {error}; check the board") from error

    def _believed(self, wanted: Input) -> dict[str, bool]:
        """What cannot be read, or does not stand still, is left out."""
        now_ms = self._now_ms()
        found = {}
        for (bay, part), device in self._inputs.items():
            if part == wanted:
                with contextlib.suppress(SilentError):
                    contact = see(self._contacts[bay, part], self._level(bay, part, device), now_ms)
                    self._contacts[bay, part] = contact
                    if contact.believed is not None and not restless(contact, now_ms):
                        found[bay] = contact.believed
        return found

    def _level(self, bay: str, part: Input, device: InputDevice) -> bool:
        try:
            return bool(device.is_active)
        except self._faults as error:
            raise SilentError(f"the {part} of bay {bay} cannot be read: {error}; check the board") from error
