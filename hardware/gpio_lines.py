"""Which line of the GPIO chip is what, what may not be together, and how each output is left. Touches no pin.

Every output is high when it does something and low when it is safe. Low needs no program, no kernel and no current:

| output | at boot | after a crash | at exit | which is |
|---|---|---|---|---|
| lock | low | low | low | locked; the mechanical key opens it |
| charger | low | low | low | off; nobody would notice it overheat |
| lamp | low | low | low | dark: nobody watches this bay |

At boot the chip pulls these lines down itself; claimed, they are driven low before anything else. After a crash, and at
exit, the kernel makes the line an input; then the resistor from the driver's input to ground holds it (10 kΩ: gpiozero
has switched the chip's own off). Kernels of Raspberry Pi OS leave outputs as they were unless told
`dtparam=strict_gpiod`; `hardware/gpio_chip.py` refuses one that was not. A lamp of a bay that is watched is never dark.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from hardware.wiring import BayWiring, GpioWiring, HardwareWiring

Output = Literal["lock", "charger", "red", "green", "blue"]
Input = Literal["presence", "key", "power"]
HEADER_LINES = 28
"""Those that a Raspberry Pi brings out: 0 to 27."""
NO_OUTPUT = 14
"""It speaks for the serial console, and rests high, from before the kernel starts: a lock on it would stand open."""
PULLED_UP = (2, 3)
"""By resistors that no program switches off."""
BUS_LINES: Mapping[str, tuple[int, ...]] = {
    "i2c1": (2, 3),
    "spi0": (7, 8, 9, 10, 11),
    "spi1": (16, 17, 18, 19, 20, 21),
    "uart0": (14, 15),
    "uart3": (4, 5),
    "uart4": (8, 9),
    "uart5": (12, 13),
}
_UART0 = re.compile(r"/dev/(ttyAMA0|ttyS0|serial0)\Z")
_OTHER_UART = re.compile(r"/dev/ttyAMA[1-9][0-9]*\Z")


class SafeState(NamedTuple):
    """How an output is left; `means` says what that is for a person."""

    output: str
    at_boot: Literal["low"]
    after_a_crash: Literal["low"]
    at_exit: Literal["low"]
    means: str


SAFE_STATES = (
    SafeState("lock", "low", "low", "low", "locked; the mechanical key opens it"),
    SafeState("charger", "low", "low", "low", "off; nobody would notice it overheat"),
    SafeState("lamp", "low", "low", "low", "dark: nobody watches this bay"),
)
LAMP: tuple[Output, Output, Output] = ("red", "green", "blue")


class OutputLine(NamedTuple):
    bay: str
    part: Output
    line: int


class InputLine(NamedTuple):
    """`bay` is empty where it is the whole station's."""

    bay: str
    part: Input
    line: int


Line = OutputLine | InputLine


def safe_state_table() -> str:
    """As it stands above, and in what is written for whoever solders."""
    rows = ["| output | at boot | after a crash | at exit | which is |", "|---|---|---|---|---|"]
    return "\n".join([*rows, *(f"| {' | '.join(state)} |" for state in SAFE_STATES)])


def lines_of(bays: Sequence[BayWiring], gpio: GpioWiring) -> tuple[Line, ...]:
    """Every line that we use, outputs first: they are made safe before anything else is done."""
    outputs = [line for bay in bays for line in _outputs(bay)]
    inputs = [line for bay in bays for line in _inputs(bay)]
    if gpio.power_pin is not None:
        inputs.append(InputLine("", "power", gpio.power_pin))
    return (*outputs, *inputs)


def named(use: Line) -> str:
    return f"the {use.part} of bay {use.bay}" if use.bay else "the power input"


def conflicts(bays: Sequence[BayWiring], wiring: HardwareWiring, lines: int = HEADER_LINES) -> Iterator[str]:
    """Whatever is wrong with the pins, each with what it is: `lines` is how many the chip has."""
    users: dict[int, list[str]] = defaultdict(list)
    for use in lines_of(bays, wiring.gpio):
        users[use.line].append(named(use))
        if use.line >= lines:
            yield f"pin {use.line} for {named(use)}: the chip has {lines}, the last is {lines - 1}"
        if use.line == NO_OUTPUT and isinstance(use, OutputLine):
            yield f"pin {use.line} for {named(use)}: the serial console holds it high at boot; take another"
    if wiring.gpio.power_pin in PULLED_UP:
        yield f"pin {wiring.gpio.power_pin} for the power input: the Pi itself pulls it up; take another"
    for line, others in _of_the_system(bays, wiring):
        users[line].append(others)
    for line in sorted(users):
        if len(users[line]) > 1:
            yield f"pin {line} has {len(users[line])} uses: {', '.join(users[line])}"
    for bay in bays:
        yield from _unwired(bay)
    on_pins = sorted(set(filter(_OTHER_UART.match, _serial_lines(bays, wiring))))
    if sum(bus.startswith("uart") and bus != "uart0" for bus in set(wiring.gpio.buses)) < len(on_pins):
        yield f"nobody says which pins {', '.join(on_pins)} use: name a UART for each in hardware.gpio.buses"


def _outputs(bay: BayWiring) -> Iterator[OutputLine]:
    if bay.lock_pin is not None:
        yield OutputLine(bay.name, "lock", bay.lock_pin)
    if bay.charger_pin is not None:
        yield OutputLine(bay.name, "charger", bay.charger_pin)
    if bay.lamp_pins is not None:
        for part, pin in zip(LAMP, bay.lamp_pins, strict=True):
            yield OutputLine(bay.name, part, pin)


def _inputs(bay: BayWiring) -> Iterator[InputLine]:
    if bay.presence_pin is not None:
        yield InputLine(bay.name, "presence", bay.presence_pin)
    if bay.key_pin is not None:
        yield InputLine(bay.name, "key", bay.key_pin)


def _of_the_system(bays: Sequence[BayWiring], wiring: HardwareWiring) -> Iterator[tuple[int, str]]:
    """A simulated dock has neither serial line nor panel on its pins; what is named is taken all the same."""
    buses: set[str] = set(wiring.gpio.buses)
    if wiring.kind == "board" and any(map(_UART0.match, _serial_lines(bays, wiring))):
        buses.add("uart0")
    panel = wiring.panel if wiring.kind == "board" else None
    if panel is not None:
        buses.add(panel.bus)
        for line in panel.pins:
            yield line, "the panel"
    for bus in sorted(buses):
        for line in BUS_LINES[bus]:
            yield line, bus
    for line in wiring.gpio.taken:
        yield line, "hardware.gpio.taken"


def _serial_lines(bays: Sequence[BayWiring], wiring: HardwareWiring) -> Iterator[str]:
    """Those that are opened."""
    if _on_boards(bays):
        yield wiring.serial
    if wiring.badges is not None:
        yield wiring.badges.serial


def _on_boards(bays: Sequence[BayWiring]) -> bool:
    return any(bay.board is not None for bay in bays)


def _unwired(bay: BayWiring) -> Iterator[str]:
    """A bay is locked, sensed and charged each by a pin or by a board."""
    if (bay.board is None) is not (bay.slot is None):
        yield f"bay {bay.name} has a board and no slot, or the other way round"
    for what in ("lock_pin", "presence_pin", "charger_pin"):
        if getattr(bay, what) is None and bay.board is None:
            yield f"bay {bay.name} has no board and no {what}: give it one of them"
