"""A bay board on an RP2040: copied to the board as `main.py`, beside this package. Alone touches pins and sensors.

Tells the register map nothing and decides nothing; see `bay_board`. docs/bay-bus.md has the pins and parts.
"""

from time import sleep_us  # type: ignore[attr-defined]

from machine import I2C, UART, WDT, Pin  # type: ignore[import-not-found]
from neopixel import NeoPixel  # type: ignore[import-not-found]

from firmware_py.bay_board import SLOTS, BayBoard
from firmware_py.long_clock import LongClock, ticks_ms
from firmware_py.measuring import sample
from firmware_py.modbus_rtu import LONGEST_BYTES
from firmware_py.slot import BLINKING, BLUE, GREEN, RED

BAUD = 19_200
ONE_CHARACTER_US = 11 * 1_000_000 // BAUD + 1
QUIET_US = 4 * ONE_CHARACTER_US
"""Between a question and its answer, so that whoever asked has let go of the line."""
ONE_SLOT_US = 5_000
"""To measure it takes a fraction of this, and less than this when its sensors do not answer."""
UART_TX, UART_RX, DRIVE_LINE = 0, 1, 18
FIRST_SWITCH, FIRST_CHARGER = 2, 10
ADDRESS_SWITCHES = (19, 20, 21, 22)
SENSORS_SDA, SENSORS_SCL, LAMPS = 26, 27, 28
DEAD_PROGRAM_MS = 2_000

SENSORS_HERTZ, SENSORS_PATIENCE_US = 100_000, 2_000
FIRST_INA226, INA226_SETUP, INA226_SHUNT, INA226_BUS = 0x40, 0, 1, 2
MEAN_OF_FOUR = b"\x43\x27"
"""Of four conversions of 1.1 ms each, voltage and current in turn, without end."""
FIRST_TMP1075, TMP1075_TEMPERATURE = 0x48, 0
EXPANDER, EXPANDER_INPUTS, EXPANDER_LEVELS = 0x20, 0x00, 0x14
"""An MCP23017: port A opens the locks, port B's lowest pin allows the full current."""
EXPANDER_RUNS = 23
"""High while the program runs: where its RESET is tied to it, the expander lets go of all when the program dies."""
READ_BACK_MS = 500
LAMP_LEVEL = 48
"""Of 255: eight lamps at full light would draw what a camera does."""
BLINK_MS = 500


class Sensors:
    """Two for each slot, and the expander that drives the locks, on one I2C bus."""

    def __init__(self) -> None:
        pins = {"sda": Pin(SENSORS_SDA), "scl": Pin(SENSORS_SCL)}
        Pin(EXPANDER_RUNS, Pin.OUT, value=1)
        self._bus = I2C(1, freq=SENSORS_HERTZ, timeout=SENSORS_PATIENCE_US, **pins)
        self._ready = [False] * SLOTS
        self._driven = b""
        """What the expander is known to have; nothing where it did not take it."""
        self._read_back_ms = 0
        self.held_open = [False] * SLOTS
        """The locks it was last seen to hold."""

    def sample(self, slot: int) -> tuple[int, int, int] | None:
        """None where one does not answer; it is set up again before it is believed again."""
        current = FIRST_INA226 + slot
        try:
            if not self._ready[slot]:
                self._bus.writeto_mem(current, INA226_SETUP, MEAN_OF_FOUR)
                self._ready[slot] = True
            return sample(
                self._bus.readfrom_mem(current, INA226_BUS, 2),
                self._bus.readfrom_mem(current, INA226_SHUNT, 2),
                self._bus.readfrom_mem(FIRST_TMP1075 + slot, TMP1075_TEMPERATURE, 2),
            )
        except OSError:
            self._ready[slot] = False
            return None

    def drive(self, unlocked: list[bool], full_current: bool, now_ms: int) -> None:  # noqa: FBT001 - a limit has two
        """Levels before directions, so that no lock moves at the start; what failed is tried at the next step."""
        levels = bytes([sum([1 << slot for slot, on in enumerate(unlocked) if on]), int(full_current)])
        if now_ms - self._read_back_ms >= READ_BACK_MS:
            self._read_back_ms = now_ms
            self._read_back()
        if levels != self._driven:
            self._driven = b""
            try:
                self._bus.writeto_mem(EXPANDER, EXPANDER_LEVELS, levels)
                self._bus.writeto_mem(EXPANDER, EXPANDER_INPUTS, b"\x00\x00")
            except OSError:
                return
            self._driven = levels
            self.held_open = list(unlocked)

    def _read_back(self) -> None:
        """An expander whose supply failed for a moment has forgotten everything, and holds no lock open."""
        try:
            levels = self._bus.readfrom_mem(EXPANDER, EXPANDER_LEVELS, 2)
            inputs = self._bus.readfrom_mem(EXPANDER, EXPANDER_INPUTS, 2)
        except OSError:
            self._driven = b""
            return
        self._driven = levels if inputs == b"\x00\x00" else b""
        held = levels[0] & ~inputs[0]
        self.held_open = [bool(held >> slot & 1) for slot in range(SLOTS)]


class Wiring:
    """The pins, and what the board knows."""

    def __init__(self) -> None:
        self._chargers = [Pin(FIRST_CHARGER + slot, Pin.OUT, value=0) for slot in range(SLOTS)]
        self._switches = [Pin(FIRST_SWITCH + slot, Pin.IN, Pin.PULL_UP) for slot in range(SLOTS)]
        self._drive_line = Pin(DRIVE_LINE, Pin.OUT, value=0)
        frames = {"bits": 8, "parity": None, "stop": 2, "rxbuf": LONGEST_BYTES, "txbuf": LONGEST_BYTES}
        self._line = UART(0, BAUD, tx=Pin(UART_TX), rx=Pin(UART_RX, Pin.IN, Pin.PULL_UP), **frames)
        self._sensors = Sensors()
        self._lamps = NeoPixel(Pin(LAMPS), SLOTS)
        self._shown: list[tuple[int, int, int]] = []
        self._board = BayBoard(address())
        self._clock = LongClock(ticks_ms())
        self._next_slot = 0

    def step(self) -> None:
        """One slot is measured at each, so that the line never waits for all of them."""
        now_ms = self._clock.at(ticks_ms())
        self._board.sense([switch.value() == 0 for switch in self._switches], now_ms)
        self._watch_next_slot(now_ms)
        said = b""
        waiting = self._line.any()
        if waiting:
            said = self._board.hear(self._line.read(waiting), now_ms)
        self._switch_chargers()
        self._sensors.drive([slot.unlocked for slot in self._board.slots], not self._board.silent, now_ms)
        self._board.held_open = self._sensors.held_open
        self._light(now_ms)
        self._say(said)

    def _watch_next_slot(self, now_ms: int) -> None:
        self._board.measure(self._next_slot, self._sensors.sample(self._next_slot), now_ms)
        self._next_slot = (self._next_slot + 1) % SLOTS
        self._switch_chargers()

    def _switch_chargers(self) -> None:
        for charger, on in zip(self._chargers, self._board.charging):  # noqa: B905 - MicroPython's is never strict
            charger.value(on)

    def _light(self, now_ms: int) -> None:
        colours = [colour(lamp, now_ms) for lamp in self._board.lamps()]
        if colours != self._shown:
            for place, shown in enumerate(colours):
                self._lamps[place] = shown
            self._lamps.write()
            self._shown = colours

    def _say(self, said: bytes) -> None:
        """A long answer takes 83 ms, and chargers are watched meanwhile; the line is let go of at its last bit."""
        if said:
            sleep_us(QUIET_US)
            self._drive_line.value(1)
            self._line.write(said)
            for _ in range(len(said) * ONE_CHARACTER_US // ONE_SLOT_US):
                self._watch_next_slot(self._clock.at(ticks_ms()))
            self._line.flush()
            sleep_us(ONE_CHARACTER_US)  # flush comes back while the last byte is still on its way
            self._drive_line.value(0)
            if self._line.any():
                self._line.read()  # nobody else spoke: what came then is the floating input


def colour(lamp: int, now_ms: int) -> tuple[int, int, int]:
    """How bright red, green and blue are now."""
    dark = lamp & BLINKING and now_ms // BLINK_MS % 2
    level = 0 if dark else LAMP_LEVEL
    return (level if lamp & RED else 0, level if lamp & GREEN else 0, level if lamp & BLUE else 0)


def address() -> int:
    """1 to 16, by the four switches; a closed one counts."""
    closed = [Pin(pin, Pin.IN, Pin.PULL_UP).value() == 0 for pin in ADDRESS_SWITCHES]
    return 1 + sum([1 << place for place, on in enumerate(closed) if on])


def run() -> None:
    watchdog = WDT(timeout=DEAD_PROGRAM_MS)
    wiring = Wiring()
    while True:
        wiring.step()
        watchdog.feed()


if __name__ == "__main__":
    run()
