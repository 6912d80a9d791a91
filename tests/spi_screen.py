"""The other end of a panel's wires: what an ST7789 or ILI9341 makes of the bytes and pins it is given.

Below luma's own driver and bus, and below our pins: bytes arrive as spidev would send them, pins are gpiozero's mocks.
Only what the data sheets say of the commands that make a picture; anything else is remembered and does nothing.
"""

from collections.abc import Iterable

from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]
from PIL import Image

from hardware.wiring import PanelWiring

COLUMNS, ROWS, WRITE = 0x2A, 0x2B, 0x2C
SLEEP_OUT, OFF, ON, FORMAT = 0x11, 0x28, 0x29, 0x3A
WIDE, HIGH = 320, 240
SIX_BITS_EACH = 6
BOARD = "c03111"


class SpiScreen:
    """A spidev whose other end is the chip."""

    def __init__(self, wiring: PanelWiring) -> None:
        self.wiring = wiring
        self.factory = MockFactory(BOARD)
        self.max_speed_hz = 0
        self.place: tuple[int, int] | None = None
        self.broken = ""
        """What the bus says when it is asked to do anything."""
        self.written = 0
        self.switched_on()

    def switched_on(self) -> None:
        self.memory = bytearray(WIDE * HIGH * 3)
        self.command, self.given = 0, bytearray()
        self.awake = self.on = False
        self.format = 0
        self.window = (0, 0, WIDE - 1, HIGH - 1)
        self.at = 0

    # --- as spidev

    def open(self, bus: int, device: int) -> None:
        self._require_whole()
        self.place = bus, device
        if self.wiring.reset_pin is not None:
            assert self.factory.pin(self.wiring.reset_pin).state, "the chip is let go of before anything is sent"
            self.switched_on()

    def writebytes(self, data: Iterable[int]) -> None:
        self._require_whole()
        if self.place is None:
            raise OSError("the bus is closed")
        if not self.factory.pin(self.wiring.dc_pin).state:
            for byte in data:
                self._begin(byte)
        elif self.command == WRITE:
            self._fill(bytes(data))
        else:
            for byte in data:
                self._take(byte)

    def close(self) -> None:
        self.place = None

    # --- what is seen

    @property
    def lit(self) -> bool:
        pin = self.wiring.backlight_pin
        return pin is None or (self.factory.pin(pin).function == "output" and bool(self.factory.pin(pin).state))

    def seen(self) -> Image.Image | None:
        """By a person before it; None where it is dark."""
        if not (self.on and self.awake and self.lit):
            return None
        assert self.format & 7 == SIX_BITS_EACH
        return Image.frombytes("RGB", (WIDE, HIGH), bytes(self.memory))

    # --- the chip

    def _begin(self, command: int) -> None:
        self.command, self.given, self.at = command, bytearray(), 0
        self.awake |= command == SLEEP_OUT
        self.on = command == ON or (self.on and command != OFF)

    def _take(self, byte: int) -> None:
        self.given.append(byte)
        left, top, right, bottom = self.window
        if self.command == FORMAT:
            self.format = byte
        elif self.command in {COLUMNS, ROWS} and len(self.given) == 4:
            first, last = int.from_bytes(self.given[:2]), int.from_bytes(self.given[2:])
            limit = WIDE if self.command == COLUMNS else HIGH
            assert first <= last < limit, "a window outside the chip's memory"
            self.window = (first, top, last, bottom) if self.command == COLUMNS else (left, first, right, last)

    def _fill(self, data: bytes) -> None:
        """From where the last bytes ended, row by row of the window."""
        left, top, right, bottom = self.window
        row_bytes = 3 * (right - left + 1)
        self.written += len(data)
        while data:
            row, done = divmod(self.at, row_bytes)
            assert top + row <= bottom, "more is sent than the window holds"
            part, data = data[: row_bytes - done], data[row_bytes - done :]
            begins = 3 * ((top + row) * WIDE + left) + done
            self.memory[begins : begins + len(part)] = part
            self.at += len(part)

    def _require_whole(self) -> None:
        if self.broken:
            raise OSError(self.broken)
