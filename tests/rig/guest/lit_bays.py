"""A process that opens two bays on the chip's pins as a station does, drives every output, says READY, and waits.

Started by test_gpio_sim.py to be ended in every way. `python -m tests.rig.guest.lit_bays`; ends by itself when its
standard input does.
"""

import sys

from hardware.bays import WiredBays
from hardware.open_hardware import open_hardware
from hardware.wiring import BayWiring, GpioWiring, HardwareWiring

BAYS = (
    BayWiring("1", "1-1", 17, presence_pin=5, charger_pin=18, lamp_pins=(22, 23, 24), key_pin=6),
    BayWiring("2", "1-2", 27, presence_pin=4, charger_pin=12, lamp_pins=(13, 16, 19)),
)
WIRING = HardwareWiring(kind="board", gpio=GpioWiring(buses=("i2c1",), power_pin=7))


def light(bays: WiredBays) -> None:
    for bay in BAYS:
        bays.lock(bay.name, False)  # noqa: FBT003 - a switch has two states
        bays.charge(bay.name, True)  # noqa: FBT003
        bays.light(bay.name, "white")


def main() -> None:
    with open_hardware(WIRING, BAYS, lambda: 0) as hardware:
        assert isinstance(hardware.bays, WiredBays)
        light(hardware.bays)
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
