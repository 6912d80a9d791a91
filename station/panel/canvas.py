"""A picture of the panel's size, and what can be put on it: letters, areas, one shape for each tone. Chooses nothing.

The colours are those of the status page in the dark. Letters have eight shades at their edges: enough for the eye, and
few enough colours for a small PNG.
"""

from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw

from station.panel.fonts import Letters
from station.views.words import Tone

Box = tuple[int, int, int, int]
"""Left, top, right and bottom; right and bottom are outside."""

GROUND, CARD, INK, QUIET = "#0a0e14", "#141b25", "#f2f5f9", "#a9b6c6"
TONES: Mapping[Tone, str] = {
    Tone.EMPTY: "#97a5b6",
    Tone.WORKING: "#74b4ff",
    Tone.WAITING: "#ffc24b",
    Tone.READY: "#5fdc8b",
    Tone.OFFERED: "#cda6ff",
    Tone.STOP: "#ff8078",
}
_SHADES = 7
_SHADED = tuple(round(round(value * _SHADES / 255) * 255 / _SHADES) for value in range(256))
_DRAWN_LARGER = 4
_GRID = 48 * _DRAWN_LARGER


class Canvas:
    def __init__(self, size: tuple[int, int], letters: Letters) -> None:
        self.picture = Image.new("RGB", size, GROUND)
        self._draw = ImageDraw.Draw(self.picture)
        self._letters = letters

    def fill(self, box: Box, colour: str, edge: str | None = None) -> None:
        left, top, right, bottom = box
        self._draw.rounded_rectangle((left, top, right - 1, bottom - 1), 4, colour, edge)

    def write(self, at: tuple[int, int], text: str, size: int, colour: str) -> None:
        """`at` is the left top of a line one and a quarter times as high as the letters."""
        font = self._letters.sized(size)
        mask = Image.new("L", (self._letters.width(text, size) + size // 2, size + size // 2))
        ImageDraw.Draw(mask).text((0, size), text, 255, font, anchor="ls")
        self.picture.paste(colour, at, mask.point(_SHADED))

    def shape(self, at: tuple[int, int], tone: Tone, size: int, colour: str) -> None:
        """As on the page: no tone is told from another by its colour alone."""
        mask = Image.new("L", (_GRID, _GRID))
        _SHAPES[tone](_Pen(ImageDraw.Draw(mask)))
        self.picture.paste(colour, at, mask.resize((size, size), Image.Resampling.BOX).point(_SHADED))


class _Pen:
    """Draws on a grid of 48 by 48."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def arc(self, begins: int, ends: int) -> None:
        self._draw.arc(_large((4, 4, 44, 44)), begins, ends, 255, 5 * _DRAWN_LARGER)

    def disc(self) -> None:
        self._draw.ellipse(_large((2, 2, 46, 46)), 255)

    def block(self) -> None:
        self._draw.rounded_rectangle(_large((2, 2, 46, 46)), 8 * _DRAWN_LARGER, 255)

    def area(self, *points: int) -> None:
        self._draw.polygon(_large(points), 255)

    def line(self, *points: int, ink: int = 0) -> None:
        self._draw.line(_large(points), ink, 5 * _DRAWN_LARGER, "curve")


def _large(points: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(point * _DRAWN_LARGER for point in points)


def _empty(pen: _Pen) -> None:
    for begins in range(0, 360, 45):
        pen.arc(begins, begins + 25)


def _working(pen: _Pen) -> None:
    pen.arc(200, 330)
    pen.arc(20, 150)
    pen.area(38, 26, 48, 10, 30, 12)
    pen.area(10, 22, 0, 38, 18, 36)


def _waiting(pen: _Pen) -> None:
    pen.line(9, 5, 39, 5, ink=255)
    pen.line(9, 43, 39, 43, ink=255)
    pen.area(12, 7, 36, 7, 24, 24)
    pen.line(24, 24, 14, 40, 34, 40, 24, 24, ink=255)


def _ready(pen: _Pen) -> None:
    pen.disc()
    pen.line(12, 25, 21, 34, 36, 15)


def _offered(pen: _Pen) -> None:
    pen.block()
    pen.line(24, 32, 24, 12)
    pen.line(13, 21, 24, 10, 35, 21)
    pen.line(11, 31, 11, 39, 37, 39, 37, 31)


def _stop(pen: _Pen) -> None:
    pen.area(24, 2, 47, 45, 1, 45)
    pen.line(24, 17, 24, 31)
    pen.line(24, 36, 24, 40)


_SHAPES: Mapping[Tone, Callable[[_Pen], None]] = {
    Tone.EMPTY: _empty,
    Tone.WORKING: _working,
    Tone.WAITING: _waiting,
    Tone.READY: _ready,
    Tone.OFFERED: _offered,
    Tone.STOP: _stop,
}
