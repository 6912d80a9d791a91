"""Sets a view into pictures of 320 by 240: one, or several where its words need them. Decides nothing of the dock."""

from collections.abc import Iterator, Sequence

from PIL import Image

from hardware.wires import PANEL_SIZE
from station.panel.canvas import GROUND, INK, QUIET, TONES, Canvas
from station.panel.fonts import Letters
from station.panel.lines import Line, line_height, pages, wrapped
from station.panel.tiles import draw_tile, tile_pages
from station.views.panel import AllBays, Sheet
from station.views.panel_words import BAYS, MISSING, OUT, Said

_WIDE, _HIGH = PANEL_SIZE
_EDGE = 8
_HEADING_SIZES = ((22, 1), (18, 1), (18, 2), (12, 2))
"""And in how many lines."""
_SHAPE_SIZE = 24
_HEADING_LEFT = _EDGE + _SHAPE_SIZE + 6
_CORNER_SIZE = 18
_CORNER_WIDE = 94
"""For the clock, and which page of how many."""
_SMALL_SIZE = 12
_TOP_OF_BAYS = 24
_FACTS_SIZES = (14, 13, 12, 11)


def draw(view: AllBays | Sheet, letters: Letters) -> tuple[Image.Image, ...]:
    """In the order in which they are to be read."""
    return tuple(_all_bays(view, letters) if isinstance(view, AllBays) else _sheet(view, letters))


def _sheet(sheet: Sheet, letters: Letters) -> Iterator[Image.Image]:
    heading = _heading(sheet.heading, letters)
    top = max(_SHAPE_SIZE + 2 * 4, heading[-1].top + line_height(heading[-1].size) + 2)
    small = tuple(wrapped(sheet.small, _WIDE - 2 * _EDGE, _SMALL_SIZE, letters.width))
    bottom = _HIGH - len(small) * line_height(_SMALL_SIZE) - 4
    room = bottom - top - _EDGE
    found = pages(sheet.words, _WIDE - 2 * _EDGE, room, letters.width)
    for number, lines in enumerate(found, start=1):
        canvas = Canvas(PANEL_SIZE, letters)
        canvas.fill((0, 0, _WIDE, top), TONES[sheet.tone])
        canvas.shape((_EDGE, 4), sheet.tone, _SHAPE_SIZE, GROUND)
        for line in heading:
            canvas.write((_HEADING_LEFT, line.top), line.text, line.size, GROUND)
        corner = sheet.clock if len(found) == 1 else f"{number}/{len(found)} {sheet.clock}"
        left = _WIDE - _EDGE - letters.width(corner, _CORNER_SIZE)
        canvas.write((left, 4), corner, _CORNER_SIZE, GROUND)
        spare = (room - lines[-1].top - line_height(lines[-1].size)) // 2
        for line in lines:
            canvas.write(
                (_EDGE, top + _EDGE // 2 + spare + line.top), line.text, line.size, QUIET if line.quiet else INK
            )
        for row, text in enumerate(small):
            canvas.write((_EDGE, bottom + row * line_height(_SMALL_SIZE)), text, _SMALL_SIZE, QUIET)
        yield canvas.picture


def _heading(said: Said, letters: Letters) -> Sequence[Line]:
    """Both languages in one line or two, as large as may be; in more of the smallest size rather than cut."""
    wide = _WIDE - _HEADING_LEFT - _CORNER_WIDE
    for size, lines_max in _HEADING_SIZES:
        lines = tuple(wrapped(f"{said.zh} {said.en}", wide, size, letters.width))
        if len(lines) <= lines_max:
            break
    return [Line(text, size, 4 + row * line_height(size), quiet=False) for row, text in enumerate(lines)]


def _all_bays(view: AllBays, letters: Letters) -> Iterator[Image.Image]:
    found = tile_pages(view.tiles, (1, _TOP_OF_BAYS, _WIDE, _HIGH), letters.width)
    for number, tiles in enumerate(found, start=1):
        canvas = Canvas(PANEL_SIZE, letters)
        _write_facts(canvas, view, "" if len(found) == 1 else f" {number}/{len(found)}", letters)
        for placed in tiles:
            draw_tile(canvas, placed, letters.width)
        yield canvas.picture


def _write_facts(canvas: Canvas, view: AllBays, which: str, letters: Letters) -> None:
    facts = f"{BAYS.zh} {BAYS.en}{which}  {OUT.zh} {OUT.en} {view.lent}"
    facts += f"  {MISSING.zh} {MISSING.en} {view.missing}" if view.missing else ""
    clock_left = _WIDE - _EDGE // 2 - letters.width(view.clock, _FACTS_SIZES[0])
    room = clock_left - _EDGE
    size = next((size for size in _FACTS_SIZES if letters.width(facts, size) <= room), _FACTS_SIZES[-1])
    canvas.write((_EDGE // 2, 3), facts, size, QUIET)
    canvas.write((clock_left, 3), view.clock, _FACTS_SIZES[0], INK)
