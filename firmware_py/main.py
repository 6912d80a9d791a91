"""A bay board on an RP2040: copied to the board as `main.py`, beside this package. Alone touches the pins.

Tells the register map nothing and decides nothing; see `bay_board`. docs/bay-bus.md has the pins.
"""

from time import sleep_us  # type: ignore[attr-defined]

from machine import UART, WDT, Pin  # type: ignore[import-not-found]

from firmware_py.bay_board import SLOTS, BayBoard
from firmware_py.long_clock import LongClock, ticks_ms

BAUD = 19_200
ONE_CHARACTER_US = 11 * 1_000_000 // BAUD + 1
QUIET_US = 4 * ONE_CHARACTER_US
"""Between a question and its answer, so that whoever asked has let go of the line."""
UART_TX, UART_RX, DRIVE_LINE = 0, 1, 18
FIRST_SWITCH, FIRST_CHARGER = 2, 10
ADDRESS_SWITCHES = (19, 20, 21, 22)
DEAD_PROGRAM_MS = 2_000


class Wiring:
    """The pins, and what the board knows."""

    def __init__(self) -> None:
        self._chargers = [Pin(FIRST_CHARGER + slot, Pin.OUT, value=0) for slot in range(SLOTS)]
        self._switches = [Pin(FIRST_SWITCH + slot, Pin.IN, Pin.PULL_UP) for slot in range(SLOTS)]
        self._drive_line = Pin(DRIVE_LINE, Pin.OUT, value=0)
        self._line = UART(0, BAUD, bits=8, parity=None, stop=2, tx=Pin(UART_TX), rx=Pin(UART_RX))
        self._board = BayBoard(address())
        self._clock = LongClock(ticks_ms())

    def step(self) -> None:
        now_ms = self._clock.at(ticks_ms())
        self._board.sense([switch.value() == 0 for switch in self._switches], now_ms)
        waiting = self._line.any()
        if waiting:
            self._say(self._board.hear(self._line.read(waiting), now_ms))
        for charger, on in zip(self._chargers, self._board.charging):  # noqa: B905 - MicroPython's is never strict
            charger.value(on)

    def _say(self, said: bytes) -> None:
        if said:
            sleep_us(QUIET_US)
            self._drive_line.value(1)
            self._line.write(said)
            self._line.flush()
            sleep_us(ONE_CHARACTER_US)  # flush comes back while the last byte is still on its way
            self._drive_line.value(0)


def address() -> int:
    """1 to 16, by the four switches; a closed one counts."""
    closed = [Pin(pin, Pin.IN, Pin.PULL_UP).value() == 0 for pin in ADDRESS_SWITCHES]
    return 1 + sum([1 << place for place, on in enumerate(closed) if on])


def run() -> None:
    wiring = Wiring()
    watchdog = WDT(timeout=DEAD_PROGRAM_MS)
    while True:
        wiring.step()
        watchdog.feed()


if __name__ == "__main__":
    run()
