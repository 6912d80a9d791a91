"""The screen at the dock, through luma.lcd's own drivers; only the bytes' way to the chip is ours.

Bytes go through lgpio, pins through the same gpiozero factory as the bays': no second library drives a pin. A screen
answers nothing, so only a bus that fails is noticed; one that is unplugged is seen by whoever stands before it.
"""

import contextlib
from collections.abc import Iterable
from typing import Any, Protocol

from gpiozero import Factory, GPIOZeroError, OutputDevice  # type: ignore[import-untyped]

from hardware.wires import PANEL_SIZE, HostError, Panel
from hardware.wiring import PanelWiring

_HZ = 8_000_000
"""Within both controllers' data sheets; a whole picture takes a quarter of a second."""
_RESET_SECONDS = 0.01
_AFTER_RESET_SECONDS = 0.12


class SpiBus(Protocol):
    """As much of spidev as luma uses."""

    max_speed_hz: int

    def open(self, bus: int, device: int) -> None: ...

    def writebytes(self, data: Iterable[int]) -> None: ...

    def close(self) -> None:
        """More than once, if need be."""


class KernelSpi:
    """/dev/spidev, through lgpio."""

    def __init__(self) -> None:
        self.max_speed_hz = _HZ
        self._handle: int | None = None

    def open(self, bus: int, device: int) -> None:
        import lgpio  # type: ignore[import-untyped]  # noqa: PLC0415 - leaves a pipe in the working folder

        self._handle = lgpio.spi_open(bus, device, self.max_speed_hz)

    def writebytes(self, data: Iterable[int]) -> None:
        import lgpio  # noqa: PLC0415

        if self._handle is None:
            raise HostError("the panel is closed")
        lgpio.spi_write(self._handle, bytes(data))

    def close(self) -> None:
        import lgpio  # noqa: PLC0415

        handle, self._handle = self._handle, None
        if handle is not None:
            lgpio.spi_close(handle)


class PanelPins:
    """A gpiozero factory, as luma asks RPi.GPIO for pins."""

    OUT, LOW, HIGH = "out", 0, 1

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._claimed: dict[int, OutputDevice] = {}

    def setup(self, pin: int, _direction: str) -> None:
        self._claimed[pin] = OutputDevice(pin, pin_factory=self._factory)

    def output(self, pin: int, value: int) -> None:
        self._claimed[pin].value = value

    def cleanup(self, pin: int) -> None:
        self._claimed.pop(pin).close()

    def close(self) -> None:
        for pin in tuple(self._claimed):
            self.cleanup(pin)


class LcdPanels:
    """The panel that is wired so. `faults` are what the factory's own library raises beside gpiozero's errors."""

    def __init__(self, wiring: PanelWiring, factory: Factory, bus: SpiBus, *faults: type[Exception]) -> None:
        self._wiring = wiring
        self._factory = factory
        self._bus = bus
        self._faults = (GPIOZeroError, OSError, HostError, *faults)

    def open(self) -> Panel:
        """A driver made anew, which resets the chip and tells it everything again."""
        from luma.core.error import Error  # noqa: PLC0415 - heavy, and not every station has a panel
        from luma.core.interface.serial import spi  # noqa: PLC0415
        from luma.lcd import device as drivers  # noqa: PLC0415

        wiring, pins = self._wiring, PanelPins(self._factory)
        bus, chip_select = map(int, wiring.spi.split("."))
        light = wiring.backlight_pin
        try:
            wire = spi(
                self._bus,
                pins,
                bus,
                chip_select,
                bus_speed_hz=_HZ,
                gpio_DC=wiring.dc_pin,
                gpio_RST=wiring.reset_pin,
                reset_hold_time=_RESET_SECONDS,
                reset_release_time=_AFTER_RESET_SECONDS,
            )
            driver = getattr(drivers, wiring.controller)(
                wire,
                *PANEL_SIZE,
                rotate=wiring.rotation // 90,
                gpio=pins,
                gpio_LIGHT=light,
                backlight=_always_lit if light is None else None,
            )
        except (Error, *self._faults) as error:
            self._let_go(pins)
            raise HostError(f"the panel on SPI {wiring.spi} cannot be opened: {error}; see [hardware.panel]") from error
        return _LcdPanel(self, driver, pins)

    def show(self, driver: Any, rgb: bytes) -> None:
        from PIL import Image  # noqa: PLC0415

        try:
            driver.display(Image.frombytes("RGB", PANEL_SIZE, rgb))
        except self._faults as error:
            raise HostError(f"the panel on SPI {self._wiring.spi} takes no picture: {error}; see its cable") from error

    def close(self, driver: Any, pins: PanelPins) -> None:
        with contextlib.suppress(*self._faults):
            driver.cleanup()
        self._let_go(pins)
        vars(driver).clear()  # luma keeps every driver until the process ends, and there may be many

    def _let_go(self, pins: PanelPins) -> None:
        for one in (self._bus, pins):
            with contextlib.suppress(*self._faults):
                one.close()


class _LcdPanel:
    def __init__(self, wired: LcdPanels, driver: Any, pins: PanelPins) -> None:
        self._wired = wired
        self._driver = driver
        self._pins = pins

    def show(self, rgb: bytes) -> None:
        self._wired.show(self._driver, rgb)

    def close(self) -> None:
        self._wired.close(self._driver, self._pins)


def _always_lit(_lit: bool) -> None:  # noqa: FBT001 - luma's own
    """There is no pin to switch."""
