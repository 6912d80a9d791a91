"""The locks, one GPIO pin each: energised is open. Without current, at start and at close a bay is locked.

The pin factory is given, never guessed, so that no lock is driven by a library's fallback.
"""

import contextlib
from collections.abc import Mapping

from gpiozero import Factory, GPIOZeroError, OutputDevice  # type: ignore[import-untyped]

from hardware.wires import ForbiddenError


class GpioLocks:
    """Every lock of a station, by the name of its bay."""

    def __init__(self, pins: Mapping[str, int], factory: Factory, *faults: type[Exception]) -> None:
        """`faults` are what the factory's own library raises beside gpiozero's errors."""
        self._locks: dict[str, OutputDevice] = {}
        self._faults = (GPIOZeroError, OSError, *faults)
        try:
            for bay, pin in pins.items():
                self._locks[bay] = OutputDevice(pin, active_high=True, initial_value=False, pin_factory=factory)
        except self._faults as error:
            self.close()
            raise ForbiddenError(f"the lock of bay {bay} cannot use pin {pin}: {error}; see `lock_pin`") from error

    def set(self, bay: str, *, locked: bool) -> None:
        try:
            if locked:
                self._locks[bay].off()
            else:
                self._locks[bay].on()
        except self._faults as error:
            raise ForbiddenError(f"the lock of bay {bay} does not move: {error}; check the board") from error

    def close(self) -> None:
        with contextlib.ExitStack() as each_even_if_one_fails:
            for lock in self._locks.values():
                each_even_if_one_fails.callback(lock.close)
                each_even_if_one_fails.callback(lock.off)
