"""Promise: every line does what it is for and nothing else, no pin has two masters, and every output is left safe."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import msgspec
import pytest
from gpiozero import Device, GPIOZeroError, InputDevice  # type: ignore[import-untyped]
from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from hardware import gpio_chip, gpio_lines
from hardware.bays import WiredBays
from hardware.debounce import RESTLESS_MS, STILL_MS
from hardware.gpio_bays import GpioBays
from hardware.gpio_lines import BUS_LINES, LAMP, SAFE_STATES, InputLine, Output, OutputLine, conflicts, lines_of
from hardware.serial_bays import SerialBays
from hardware.simulated.boards import BoardsAtHand
from hardware.simulated.dock import Dock
from hardware.simulated.pins import DockPins
from hardware.wires import AbsentError, Colour, ForbiddenError, HostError
from hardware.wiring import BadgeWiring, BayWiring, GpioWiring, HardwareWiring

PI_4 = "c03111"
GPIO = GpioWiring(power_pin=7)
ONE = BayWiring("1", "1-1.1", 17, presence_pin=5, charger_pin=18, lamp_pins=(22, 23, 24), key_pin=6)
TWO = BayWiring("2", "1-1.2", 27, presence_pin=4, charger_pin=12, lamp_pins=(13, 16, 19))
BAYS = (ONE, TWO)
LINES = lines_of(BAYS, GPIO)
OUTPUTS = {(line.bay, line.part): line.line for line in LINES if isinstance(line, OutputLine)}


class Pins:
    """Two bays on mock pins, and the time."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.factory = MockFactory(PI_4)
        self.bays = GpioBays(LINES, self.factory, lambda: self.now_ms)

    def level(self, pin: int, level: bool) -> None:  # noqa: FBT001 - a level
        move = self.factory.pin(pin).drive_high if level else self.factory.pin(pin).drive_low
        move()

    def high(self) -> set[int]:
        return {pin for pin in OUTPUTS.values() if self.factory.pin(pin).state}

    def rest(self) -> None:
        """Everything is looked at, and again when it has stood still."""
        for _ in range(2):
            self.bays.present(), self.bays.keys_turned(), self.bays.power_well()
            self.now_ms += STILL_MS


@pytest.fixture
def pins() -> Iterator[Pins]:
    pins = Pins()
    yield pins
    pins.bays.close()


# --- safe states


def test_the_table_in_the_text_is_the_table_in_the_code() -> None:
    assert gpio_lines.__doc__ is not None
    assert f"\n\n{gpio_lines.safe_state_table()}\n\n" in gpio_lines.__doc__


def test_every_output_has_a_stated_safe_state() -> None:
    stated = [part for state in SAFE_STATES for part in (LAMP if state.output == "lamp" else (state.output,))]
    assert sorted(stated) == sorted(get_args(Output))
    assert {(state.at_boot, state.after_a_crash, state.at_exit) for state in SAFE_STATES} == {("low", "low", "low")}


@pytest.mark.parametrize("field", ["lock_pin", "charger_pin", "lamp_pins"])
def test_no_output_is_on_a_line_that_is_pulled_up_at_boot(field: str) -> None:
    """The chip's own table: lines 0 to 8 are pulled up, 9 to 27 down."""
    for pin in range(54):
        told = {"name": "1", "usb": "1-1", field: [9, 10, pin] if field == "lamp_pins" else pin}
        if 9 <= pin <= 27:
            msgspec.convert(told, BayWiring)
        else:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(told, BayWiring)


def test_no_line_is_driven_by_a_factory_that_the_library_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen() -> None:
        pytest.fail("gpiozero chose a factory by itself")

    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setattr(Device, "_default_pin_factory", chosen)
    GpioBays(LINES, MockFactory(PI_4), lambda: 0).close()


def test_an_output_is_never_high_before_it_is_told_so(pins: Pins) -> None:
    for pin in OUTPUTS.values():
        assert pins.factory.pin(pin).function == "output"
        assert [state.state for state in pins.factory.pin(pin).states] == [False]


def test_at_exit_every_output_is_low_and_let_go(pins: Pins) -> None:
    for bay in ("1", "2"):
        pins.bays.lock(bay, locked=False)
        pins.bays.charge(bay, on=True)
        pins.bays.light(bay, "white")
    assert pins.high() == set(OUTPUTS.values())
    pins.bays.close()
    assert pins.high() == set()
    assert {pins.factory.pin(pin).function for pin in OUTPUTS.values()} == {"input"}


def test_one_output_that_fails_keeps_no_other_high(pins: Pins, monkeypatch: pytest.MonkeyPatch) -> None:
    for bay in ("1", "2"):
        pins.bays.lock(bay, locked=False)
        pins.bays.charge(bay, on=True)
    jammed = pins.factory.pin(ONE.lock_pin)
    with monkeypatch.context() as patched:
        patched.setattr(type(jammed), "_set_state", _failing_for(jammed, type(jammed)._set_state))
        with pytest.raises(GPIOZeroError, match="jammed"):
            pins.bays.close()
    assert pins.high() <= {ONE.lock_pin}


def _failing_for(jammed: object, move: Callable[[object, object], None]) -> Callable[[object, object], None]:
    def moved(pin: object, value: object) -> None:
        if pin is jammed:
            raise GPIOZeroError("jammed")
        move(pin, value)

    return moved


def test_what_cannot_be_claimed_leaves_everything_low() -> None:
    factory = MockFactory(PI_4)
    with pytest.raises(ForbiddenError, match="the charger of bay 9 cannot use pin 17"):
        GpioBays([*LINES, OutputLine("9", "charger", 17)], factory, lambda: 0)
    assert {factory.pin(pin).function for pin in OUTPUTS.values()} == {"input"}
    GpioBays(LINES, factory, lambda: 0).close()


def test_a_power_input_that_cannot_be_claimed_is_named() -> None:
    with pytest.raises(ForbiddenError, match="the power input cannot use pin 17"):
        GpioBays([*LINES, InputLine("", "power", 17)], MockFactory(PI_4), lambda: 0)


# --- each line is what it is for


@pytest.mark.parametrize(("bay", "part"), OUTPUTS)
def test_each_output_moves_its_own_line_and_no_other(pins: Pins, bay: str, part: Output) -> None:
    def drive(*, on: bool) -> None:
        match part:
            case "lock":
                pins.bays.lock(bay, locked=not on)
            case "charger":
                pins.bays.charge(bay, on=on)
            case _ if on:
                pins.bays.light(bay, part)

    drive(on=True)
    assert pins.high() == {OUTPUTS[bay, part]}
    if part not in LAMP:
        drive(on=False)
        assert pins.high() == set()


@pytest.mark.parametrize("colour", get_args(Colour))
def test_a_lamp_that_is_told_a_colour_is_never_dark(pins: Pins, colour: Colour) -> None:
    pins.bays.light("1", "white")
    pins.bays.light("1", colour)
    mixed = {
        "red": "r", "green": "g", "blue": "b", "yellow": "rg", "cyan": "gb", "magenta": "rb", "white": "rgb",
    }[colour]  # fmt: skip
    assert ONE.lamp_pins is not None
    assert pins.high() == {pin for letter, pin in zip("rgb", ONE.lamp_pins, strict=True) if letter in mixed}


def test_an_output_that_does_not_obey_is_said(pins: Pins, monkeypatch: pytest.MonkeyPatch) -> None:
    jammed = pins.factory.pin(ONE.charger_pin)
    monkeypatch.setattr(type(jammed), "_set_state", _failing_for(jammed, type(jammed)._set_state))
    with pytest.raises(ForbiddenError, match="the charger of bay 1 does not obey: jammed; check the board"):
        pins.bays.charge("1", on=True)


def test_a_closed_switch_is_a_camera_once_it_stood_still(pins: Pins) -> None:
    assert pins.bays.present() == {}
    pins.rest()
    assert pins.bays.present() == {"1": False, "2": False}
    pins.level(5, level=False)
    assert pins.bays.present() == {"1": False, "2": False}
    pins.now_ms += STILL_MS - 1
    assert pins.bays.present() == {"1": False, "2": False}
    pins.now_ms += 1
    assert pins.bays.present() == {"1": True, "2": False}
    pins.level(5, level=True)
    pins.rest()
    assert pins.bays.present() == {"1": False, "2": False}


def test_a_switch_that_never_stands_still_is_neither_full_nor_empty(pins: Pins) -> None:
    pins.rest()
    while pins.now_ms < 2 * RESTLESS_MS:
        pins.now_ms += STILL_MS // 2
        pins.level(5, level=pins.now_ms // (STILL_MS // 2) % 2 == 0)
        seen = pins.bays.present()
        assert seen in ({"1": False, "2": False}, {"2": False})
    assert seen == {"2": False}


def test_a_switch_that_cannot_be_read_is_neither_full_nor_empty(pins: Pins, monkeypatch: pytest.MonkeyPatch) -> None:
    pins.rest()
    mock = pins.factory.pin(5)

    def read(pin: object) -> bool:
        if pin is mock:
            raise OSError("no chip")
        return True

    monkeypatch.setattr(type(mock), "_get_state", read)
    assert pins.bays.present() == {"2": False}


def test_a_key_that_is_turned_and_a_wire_that_is_broken_look_the_same(pins: Pins) -> None:
    pins.rest()
    assert pins.bays.keys_turned() == {"1": True}  # nothing is connected
    pins.level(6, level=False)
    pins.rest()
    assert pins.bays.keys_turned() == {"1": False}
    pins.level(6, level=True)
    pins.rest()
    assert pins.bays.keys_turned() == {"1": True}


def test_a_supply_that_fails_and_a_wire_that_is_broken_look_the_same(pins: Pins) -> None:
    assert pins.bays.power_well() is None
    pins.rest()
    assert pins.bays.power_well() is False  # nothing is connected
    pins.level(7, level=True)
    pins.rest()
    assert pins.bays.power_well() is True
    pins.level(7, level=False)
    pins.rest()
    assert pins.bays.power_well() is False


def test_where_nobody_watches_the_supply_nothing_is_said_of_it() -> None:
    bays = GpioBays(lines_of(BAYS, GpioWiring()), MockFactory(PI_4), lambda: 0)
    assert bays.power_well() is None
    bays.close()


def test_gpiozero_s_own_bounce_time_does_not_debounce_a_read() -> None:
    """Why it is not used: the day it does, this fails and it can be."""
    factory = MockFactory(PI_4)
    from gpiozero import DigitalInputDevice  # noqa: PLC0415 - for this test alone

    told: list[bool] = []
    device = DigitalInputDevice(5, pull_up=True, bounce_time=1, pin_factory=factory)
    device.when_activated = lambda: told.append(True)
    device.when_deactivated = lambda: told.append(False)
    for _ in range(3):
        factory.pin(5).drive_low()
        assert device.is_active
        factory.pin(5).drive_high()
        assert not device.is_active
    assert told == [True, False] * 3
    device.close()


# --- conflicts


def wired(*bays: BayWiring, **gpio: object) -> list[str]:
    return list(conflicts(bays, HardwareWiring(gpio=msgspec.convert(gpio, GpioWiring))))


def with_(bay: BayWiring, **changes: object) -> BayWiring:
    return msgspec.structs.replace(bay, **changes)


ON_BOARD = BayWiring("3", "1-1.3", 20, 1, 0)


def test_what_is_wired_well_is_not_refused() -> None:
    assert wired(*BAYS, power_pin=7, buses=["i2c1"]) == []
    assert wired(*BAYS, ON_BOARD, power_pin=7) == []
    assert wired() == []


@pytest.mark.parametrize(
    ("bays", "gpio", "what"),
    [
        ([ONE, with_(TWO, lock_pin=17)], {}, "pin 17 has 2 uses: the lock of bay 1, the lock of bay 2"),
        ([with_(ONE, lamp_pins=(22, 22, 24))], {}, "pin 22 has 2 uses: the red of bay 1, the green of bay 1"),
        ([with_(ONE, key_pin=5)], {}, "pin 5 has 2 uses: the presence of bay 1, the key of bay 1"),
        ([ONE], {"power_pin": 5}, "pin 5 has 2 uses: the presence of bay 1, the power input"),
        ([ONE], {"power_pin": 3}, "pin 3 for the power input: the Pi itself pulls it up; take another"),
        ([ONE], {"taken": [18]}, "pin 18 has 2 uses: the charger of bay 1, hardware.gpio.taken"),
        ([with_(ONE, key_pin=3)], {"buses": ["i2c1"]}, "pin 3 has 2 uses: the key of bay 1, i2c1"),
        ([with_(ONE, lock_pin=10)], {"buses": ["spi0"]}, "pin 10 has 2 uses: the lock of bay 1, spi0"),
        ([with_(ON_BOARD, lock_pin=14)], {}, "pin 14 has 2 uses: the lock of bay 3, uart0"),
        ([], {"buses": ["spi0", "uart4"]}, "pin 8 has 2 uses: spi0, uart4"),
        ([with_(ONE, lock_pin=None)], {}, "bay 1 has no board and no lock_pin: give it one of them"),
        ([with_(ONE, presence_pin=None)], {}, "bay 1 has no board and no presence_pin: give it one of them"),
        ([with_(ONE, charger_pin=None)], {}, "bay 1 has no board and no charger_pin: give it one of them"),
        ([with_(ONE, slot=1)], {}, "bay 1 has a board and no slot, or the other way round"),
    ],
)
def test_what_cannot_be_together_is_named(bays: list[BayWiring], gpio: dict[str, object], what: str) -> None:
    assert what in wired(*bays, **gpio)


def test_lines_that_the_chip_does_not_have_are_named() -> None:
    assert list(conflicts([ONE], HardwareWiring(), 24)) == [
        "pin 24 for the blue of bay 1: the chip has 24, the last is 23"
    ]


def test_a_line_on_the_pins_whose_uart_nobody_names_is_refused() -> None:
    assert wired(with_(ON_BOARD, lock_pin=14)) != []
    for serial in ("/dev/ttyAMA0", "/dev/serial0", "/dev/ttyS0"):
        assert any("uart0" in said for said in conflicts([with_(ON_BOARD, lock_pin=15)], HardwareWiring(serial=serial)))
    assert list(conflicts([with_(ON_BOARD, lock_pin=15)], HardwareWiring(serial="/dev/ttyUSB0"))) == []
    other = HardwareWiring(serial="/dev/ttyAMA3")
    assert list(conflicts([ON_BOARD], other)) == [
        "nobody says which pins /dev/ttyAMA3 use: name a UART for each in hardware.gpio.buses"
    ]
    named = msgspec.structs.replace(other, gpio=GpioWiring(buses=("uart5",)))
    assert list(conflicts([ON_BOARD], named)) == []
    assert list(conflicts([ONE], other)) == []  # no bay is on a board: the line is not opened


def test_one_uart_that_is_named_does_not_speak_for_another_line() -> None:
    def said(bus: str, badges: str, *buses: str) -> list[str]:
        gpio = msgspec.convert({"buses": buses}, GpioWiring)
        return list(conflicts([ON_BOARD], HardwareWiring(serial=bus, badges=BadgeWiring(badges), gpio=gpio)))

    for buses in ((), ("uart3",), ("uart0",), ("uart0", "uart3"), ("uart3", "uart3")):
        refused = [what for what in said("/dev/ttyAMA3", "/dev/ttyAMA4", *buses) if "2 uses" not in what]
        assert refused == [
            "nobody says which pins /dev/ttyAMA3, /dev/ttyAMA4 use: name a UART for each in hardware.gpio.buses"
        ]
    assert said("/dev/ttyAMA3", "/dev/ttyAMA4", "uart3", "uart5") == []
    assert said("/dev/ttyAMA0", "/dev/ttyAMA3", "uart3") == []
    assert said("/dev/ttyAMA0", "/dev/ttyAMA3", "uart0") != []
    assert said("/dev/ttyAMA3", "/dev/ttyAMA3", "uart3") == []


@pytest.mark.parametrize("field", ["lock_pin", "charger_pin", "lamp_pins"])
def test_no_output_is_on_the_line_that_the_serial_console_holds_high(field: str) -> None:
    for pin in range(9, 28):
        changes = {field: (25, 26, pin) if field == "lamp_pins" else pin}
        bay = msgspec.structs.replace(ONE, **changes)
        refused = [what for what in wired(bay) if "serial console" in what]
        assert len(refused) == (pin == 14), (field, pin)
    assert wired(with_(ONE, presence_pin=14)) == []


some_pins = st.one_of(st.none(), st.integers(9, 27))


@given(
    st.lists(st.tuples(st.integers(9, 27), some_pins, some_pins, some_pins), max_size=6),
    st.lists(st.sampled_from(sorted(BUS_LINES)), unique=True, max_size=2),
)
def test_what_is_not_refused_can_be_claimed_whole(told: list[tuple[int, ...]], buses: list[str]) -> None:
    bays = [
        BayWiring(str(number), f"1-{number + 1}", lock, 1, number, presence, charger, None, key)
        for number, (lock, presence, charger, key) in enumerate(told)
    ]
    wiring = HardwareWiring(serial="/dev/ttyUSB0", gpio=msgspec.convert({"buses": buses}, GpioWiring))
    lines = lines_of(bays, wiring.gpio)
    of_the_system = [line for bus in buses for line in BUS_LINES[bus]]
    used = [*(line.line for line in lines), *of_the_system]
    silent = 14 not in {line.line for line in lines if isinstance(line, OutputLine)}
    assert (list(conflicts(bays, wiring)) == []) is (silent and len(used) == len(set(used)))
    if len({line.line for line in lines}) == len(lines):
        GpioBays(lines, MockFactory(PI_4), lambda: 0).close()
    else:
        with pytest.raises(ForbiddenError):
            GpioBays(lines, MockFactory(PI_4), lambda: 0)


# --- the chip


@pytest.mark.parametrize(("answer", "refused"), [("Y", True), ("1", True), ("N", False), (None, False)])
def test_a_kernel_that_would_leave_a_lock_open_is_refused(tmp_path: Path, answer: str | None, refused: bool) -> None:  # noqa: FBT001
    if answer is not None:
        folder = tmp_path / "pinctrl_rp1" / "parameters"
        folder.mkdir(parents=True)
        (folder / "persist_gpio_outputs").write_text(f"{answer}\n")
    if refused:
        with pytest.raises(ForbiddenError, match="add dtparam=strict_gpiod to config"):
            gpio_chip.require_outputs_that_let_go(tmp_path)
    else:
        gpio_chip.require_outputs_that_let_go(tmp_path)


@pytest.fixture
def chips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[int, str]], None]:
    """Makes this machine one with these chips, by number and label."""

    def have(labels: Mapping[int, str]) -> None:
        for number in labels:
            (tmp_path / f"gpiochip{number}").touch()
        lgpio = SimpleNamespace(
            error=KeyError,
            gpiochip_open=lambda number: number,
            gpiochip_close=lambda _handle: None,
            gpio_get_chip_info=lambda number: [0, 54, f"gpiochip{number}", labels[number]],
        )
        monkeypatch.setitem(sys.modules, "lgpio", lgpio)
        factories = SimpleNamespace(LGPIOFactory=lambda chip: f"factory of {chip}")
        monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", factories)
        monkeypatch.setattr(gpio_chip, "_DEVICES", tmp_path)
        monkeypatch.setattr(gpio_chip, "_PARAMETERS", tmp_path)

    return have


@pytest.mark.parametrize("label", gpio_chip.LABELS)
def test_the_chip_is_found_by_its_label_whatever_its_number(
    chips: Callable[[Mapping[int, str]], None], label: str
) -> None:
    chips({0: "raspberrypi-exp-gpio", 4: label, 10: "gpio-brcmstb"})
    assert gpio_chip.open_chip() == ("factory of 4", 54, KeyError)


def test_a_link_to_the_chip_is_no_second_chip(chips: Callable[[Mapping[int, str]], None], tmp_path: Path) -> None:
    chips({0: "pinctrl-rp1"})
    (tmp_path / "gpiochip4").symlink_to("gpiochip0")
    assert gpio_chip.open_chip().factory == "factory of 0"


def test_a_chip_that_cannot_be_opened_is_said(
    chips: Callable[[Mapping[int, str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    chips({0: "pinctrl-rp1"})
    monkeypatch.setattr(sys.modules["lgpio"], "gpiochip_open", {}.__getitem__)
    with pytest.raises(HostError, match="the pins cannot be opened: 0; a station runs on a Raspberry Pi"):
        gpio_chip.open_chip()


@pytest.mark.parametrize("labels", [{}, {0: "other"}, {0: "pinctrl-bcm2835", 1: "pinctrl-bcm2711"}])
def test_no_chip_is_guessed(chips: Callable[[Mapping[int, str]], None], labels: dict[int, str]) -> None:
    chips(labels)
    with pytest.raises(HostError, match="GPIO chips of a Raspberry Pi where there must be one"):
        gpio_chip.open_chip()


# --- beside the boards


class GoneLine(BoardsAtHand):
    """A line whose adapter can be pulled out."""

    gone = False

    def write(self, content: bytes, /) -> int:
        if self.gone:
            raise OSError("unplugged")
        return super().write(content)


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path)
    for serial in ("DW-1", "DW-2", "DW-3"):
        dock.make_camera(serial)
    return dock


def test_a_bay_is_sensed_and_charged_by_a_pin_or_by_a_board_as_it_is_wired(dock: Dock) -> None:
    """1 is on pins alone, 3 on its board but for the lock, 4 sensed by its board and charged by a pin."""
    four = BayWiring("4", "1-1.4", 21, 1, 1, charger_pin=25)
    bays = (ONE, ON_BOARD, four)
    lines = lines_of(bays, GPIO)
    now = [0]
    line = GoneLine(dock, bays)
    wired_bays = WiredBays(bays, SerialBays(line), GpioBays(lines, DockPins(dock, lines), lambda: now[0]))

    def look() -> Mapping[str, bool]:
        for _ in range(3):
            seen = wired_bays.present()
            now[0] += STILL_MS
        return seen

    dock.put("DW-1", "1")
    dock.put("DW-3", "4")
    assert look() == {"1": True, "3": False, "4": True}
    dock.take("1", by_force=True)
    dock.put("DW-2", "3")
    assert look() == {"1": False, "3": True, "4": True}
    for bay in ("1", "3", "4"):
        wired_bays.charge(bay, True)  # noqa: FBT003 - a switch has two states
        wired_bays.lock(bay, False)  # noqa: FBT003
    look()
    assert [dock.charging(bay) for bay in ("1", "4")] == [True, True]
    assert not any(dock.locked(bay) for bay in ("1", "3", "4"))

    line.gone = True
    assert look() == {"1": False}  # what is on pins is known without the line
    wired_bays.close()
    assert not dock.charging("1")
    assert not dock.charging("4")
    assert all(dock.locked(bay) for bay in ("1", "3", "4"))


def test_a_line_that_is_gone_is_said_where_no_bay_is_on_pins(dock: Dock) -> None:
    line = GoneLine(dock, [ON_BOARD])
    lines = lines_of([ON_BOARD], GpioWiring())
    wired_bays = WiredBays([ON_BOARD], SerialBays(line), GpioBays(lines, DockPins(dock, lines), lambda: 0))
    line.gone = True
    with pytest.raises(AbsentError):
        wired_bays.present()
    wired_bays.close()


def test_a_station_without_boards_opens_no_line(dock: Dock) -> None:
    now = [0]
    factory = DockPins(dock, LINES)
    wired_bays = WiredBays(BAYS, None, GpioBays(LINES, factory, lambda: now[0]))
    dock.put("DW-1", "2")
    for _ in range(2):
        wired_bays.present(), wired_bays.keys_turned(), wired_bays.power_well()
        now[0] += STILL_MS
    assert wired_bays.present() == {"1": False, "2": True}
    assert wired_bays.keys_turned() == {"1": False}
    assert wired_bays.power_well() is True
    factory.turned.add("1")
    factory.power_well = False
    for _ in range(2):
        wired_bays.keys_turned(), wired_bays.power_well()
        now[0] += STILL_MS
    assert wired_bays.keys_turned() == {"1": True}
    assert wired_bays.power_well() is False
    wired_bays.light("2", "green")
    assert factory.pin(16).state
    wired_bays.light("1", "green")
    wired_bays.charge("1", True)  # noqa: FBT003 - a switch has two states
    assert dock.charging("1")
    wired_bays.close()
    assert not dock.charging("1")
    assert not factory.pin(16).state


def test_inputs_are_read_and_not_listened_to(pins: Pins) -> None:
    """No thread that wakes two thousand times a second."""
    assert {type(device) for device in pins.bays._inputs.values()} == {InputDevice}
