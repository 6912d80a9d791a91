"""Opens the GPIO chip of a Raspberry Pi for gpiozero, by its label. Never falls back to another chip or library."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gpiozero import Factory, GPIOZeroError  # type: ignore[import-untyped]

from hardware.wires import ForbiddenError, HostError

LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""Of a Raspberry Pi up to 3, of 4, of 5. Their numbers have moved between kernels, their labels have not."""
_PARAMETERS = Path("/sys/module")
_DEVICES = Path("/dev")


class OpenChip(NamedTuple):
    factory: Factory
    lines: int
    fault: type[Exception]
    """What lgpio raises beside gpiozero's errors."""


def open_chip() -> OpenChip:
    """The one chip whose pins are brought out; HostError where there is none or more than one."""
    import lgpio  # type: ignore[import-untyped]  # noqa: PLC0415 - leaves a pipe in the working folder
    from gpiozero.pins.lgpio import LGPIOFactory  # type: ignore[import-untyped]  # noqa: PLC0415 - needs a chip

    require_outputs_that_let_go(_PARAMETERS)
    found = []
    try:
        for number in _numbers():
            handle = lgpio.gpiochip_open(number)
            _, lines, _, label = lgpio.gpio_get_chip_info(handle)
            lgpio.gpiochip_close(handle)
            if label in LABELS:
                found.append((number, lines))
        if len(found) != 1:
            raise HostError(f"{len(found)} GPIO chips of a Raspberry Pi where there must be one; see `gpiodetect`")
        return OpenChip(LGPIOFactory(chip=found[0][0]), found[0][1], lgpio.error)
    except (GPIOZeroError, lgpio.error) as error:
        raise HostError(f"the pins cannot be opened: {error}; a station runs on a Raspberry Pi") from error


def require_outputs_that_let_go(parameters: Path) -> None:
    """A kernel that leaves outputs as they were would leave a lock open when the station is killed."""
    for answer in parameters.glob("pinctrl_*/parameters/persist_gpio_outputs"):
        if answer.read_text(encoding="ascii").strip() in {"Y", "1"}:
            raise ForbiddenError(
                "this kernel leaves locks open when a program dies; add dtparam=strict_gpiod to config.txt and restart"
            )


def _numbers() -> Iterator[int]:
    """A Raspberry Pi 5 has a link from the chip's former name; it is one chip."""
    for path in sorted({path.resolve() for path in _DEVICES.glob("gpiochip*")}):
        yield int(path.name.removeprefix("gpiochip"))
