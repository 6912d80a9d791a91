"""Promise: what was drawn is what stands on the screen, through luma's own drivers; what fails is named, and let go."""

import contextlib
import random
import sys
import types
from typing import Any

import pytest
from gpiozero import OutputDevice  # type: ignore[import-untyped]
from PIL import Image, ImageChops

from hardware.gpio_lines import conflicts
from hardware.panel import KernelSpi, LcdPanels
from hardware.simulated.panel import DockPanel
from hardware.wires import PANEL_SIZE, HostError
from hardware.wiring import BayWiring, GpioWiring, HardwareWiring, PanelWiring
from tests.spi_screen import SpiScreen

BOTH = ("st7789", "ili9341")
BAY = BayWiring("1", "1-1.1", lock_pin=17, board=1, slot=0)


def wiring(controller: str, **more: Any) -> PanelWiring:
    written: dict[str, Any] = {"controller": controller, "dc_pin": 24, "reset_pin": 25, "backlight_pin": 18}
    return PanelWiring(**written | more)


def picture(seed: int = 0) -> Image.Image:
    """Something else in every corner."""
    noise = Image.frombytes("RGB", (32, 24), random.Random(seed).randbytes(32 * 24 * 3))
    return noise.resize(PANEL_SIZE, Image.Resampling.NEAREST)


@contextlib.contextmanager
def screen(controller: str, **more: Any) -> Any:
    wired = wiring(controller, **more)
    screen = SpiScreen(wired)
    yield screen, LcdPanels(wired, screen.factory, screen)
    screen.factory.close()


def same(one: Image.Image | None, other: Image.Image) -> bool:
    return one is not None and ImageChops.difference(one, other).getbbox() is None


@pytest.mark.parametrize("controller", BOTH)
def test_what_is_shown_stands_on_the_screen_and_the_end_is_dark(controller: str) -> None:
    with screen(controller) as (seen, panels):
        assert seen.seen() is None
        panel = panels.open()
        assert seen.place == (0, 0)
        for number in range(3):
            panel.show(picture(number).tobytes())
            assert same(seen.seen(), picture(number))
        panel.close()
        assert (seen.seen(), seen.place, bytes(seen.memory)) == (None, None, bytes(len(seen.memory)))
        assert {seen.factory.pin(pin).function for pin in (18, 24, 25)} == {"input"}


@pytest.mark.parametrize("controller", BOTH)
def test_a_panel_that_hangs_upside_down_is_turned(controller: str) -> None:
    with screen(controller, rotation=180, spi="0.1", reset_pin=None, backlight_pin=None) as (seen, panels):
        panel = panels.open()
        panel.show(picture().tobytes())
        assert seen.place == (0, 1)
        assert same(seen.seen(), picture().rotate(180))
        panel.close()


def test_only_what_changed_is_sent_where_the_driver_can() -> None:
    with screen("ili9341") as (seen, panels):
        panel = panels.open()
        panel.show(picture().tobytes())
        other, before = picture(), seen.written
        other.paste("red", (100, 50, 110, 60))
        panel.show(other.tobytes())
        assert same(seen.seen(), other)
        assert seen.written - before <= 3 * 10 * 10
        panel.close()


@pytest.mark.parametrize("controller", BOTH)
def test_a_bus_that_fails_is_named_and_everything_is_let_go_for_the_next_try(controller: str) -> None:
    with screen(controller) as (seen, panels):
        seen.broken = "No such device"
        for _ in range(3):
            with pytest.raises(HostError, match=r"SPI 0\.0 cannot be opened: No such device; see \[hardware\.panel\]"):
                panels.open()
            assert seen.factory.pin(24).function == "input"
        seen.broken = ""
        panel = panels.open()
        panel.show(picture().tobytes())
        seen.broken = "Input/output error"
        with pytest.raises(HostError, match="takes no picture: Input/output error; see its cable"):
            panel.show(picture(1).tobytes())
        panel.close()
        seen.broken = ""
        seen.switched_on()
        panels.open().show(picture(2).tobytes())
        assert same(seen.seen(), picture(2)), "a chip that lost its power is told everything again"


def test_a_pin_that_cannot_be_had_is_named() -> None:
    with (
        screen("st7789") as (seen, panels),
        OutputDevice(24, pin_factory=seen.factory),
        pytest.raises(HostError, match="GPIO24 is already in use"),
    ):
        panels.open()


def test_a_driver_that_was_closed_keeps_nothing() -> None:
    """Luma holds every driver until the process ends."""
    with screen("ili9341") as (_, panels):
        panel = panels.open()
        driver = panel._driver
        panel.show(picture().tobytes())
        panel.close()
        assert vars(driver) == {}


@pytest.mark.parametrize(
    ("panel", "gpio", "said"),
    [
        ({"dc_pin": 17}, {}, "pin 17 has 2 uses: the lock of bay 1, the panel"),
        ({"reset_pin": 17}, {}, "pin 17 has 2 uses: the lock of bay 1, the panel"),
        ({"backlight_pin": 17}, {}, "pin 17 has 2 uses: the lock of bay 1, the panel"),
        ({"spi": "1.0"}, {}, "pin 17 has 2 uses: the lock of bay 1, spi1"),
        ({"dc_pin": 9}, {}, "pin 9 has 2 uses: the panel, spi0"),
        ({"dc_pin": 25}, {}, "pin 25 has 2 uses: the panel, the panel"),
        ({}, {"power_pin": 24}, "pin 24 has 2 uses: the power input, the panel"),
        ({}, {"buses": ("uart4",)}, "pin 9 has 2 uses: spi0, uart4"),
        ({}, {"buses": ("spi0",)}, ""),
        ({}, {}, ""),
    ],
)
def test_no_pin_of_the_panel_has_two_masters(panel: dict[str, Any], gpio: dict[str, Any], said: str) -> None:
    wired = HardwareWiring(gpio=GpioWiring(**gpio), panel=wiring("st7789", **panel), serial="/dev/ttyUSB0")
    named = list(conflicts([BAY], wired))
    assert (said in named) if said else (named == [])


def test_a_simulated_panel_has_no_pins() -> None:
    panel = wiring("st7789", dc_pin=17)
    assert list(conflicts([BAY], HardwareWiring(kind="simulated", panel=panel))) == []


def test_a_simulated_panel_keeps_its_last_picture() -> None:
    panel = DockPanel().open()
    panel.show(picture().tobytes())
    panel.show(picture(1).tobytes())
    assert same(panel.device.image, picture(1))
    panel.close()
    assert same(panel.device.image, Image.new("RGB", PANEL_SIZE))


def test_bytes_go_to_the_kernel_s_device_and_nowhere_once_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, ...]] = []

    def opened(*place: int) -> int:
        told.append(("open", *place))
        return 7

    lgpio = types.SimpleNamespace(
        spi_open=opened,
        spi_write=lambda handle, data: told.append((handle, data)),
        spi_close=lambda handle: told.append(("close", handle)),
    )
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    bus = KernelSpi()
    bus.open(0, 1)
    bus.writebytes([1, 2, 255])
    bus.close()
    bus.close()
    assert told == [("open", 0, 1, 8_000_000), (7, b"\x01\x02\xff"), ("close", 7)]
    with pytest.raises(HostError, match="closed"):
        bus.writebytes([1])
