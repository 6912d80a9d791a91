"""All bays as tiles: as few columns and rows as hold them, and hold their names. Bays may have names of 16 letters."""

from collections.abc import Sequence
from typing import NamedTuple

from station.panel.canvas import CARD, GROUND, INK, QUIET, TONES, Box, Canvas
from station.panel.lines import Width
from station.views.panel import Tile
from station.views.words import Tone

_GAP = 2
_PADDING = 2
_FILLED = frozenset({Tone.OFFERED, Tone.STOP})
"""Where somebody is to do something."""
_A_TIME = "00:00"


class Style(NamedTuple):
    """Sizes of what stands on a tile, by how many rows there are; `shape` is 0 where there is no room for it."""

    name: int
    zh: int
    en: int
    time: int
    shape: int


_STYLES = {
    2: Style(32, 20, 12, 15, 22),
    3: Style(24, 17, 12, 13, 16),
    4: Style(17, 14, 11, 12, 0),
    5: Style(14, 12, 10, 10, 0),
}
_GRIDS = ((4, 2), (4, 3), (5, 4), (6, 4), (6, 5), (4, 5), (3, 5), (2, 5), (1, 5))
"""Columns and rows: those that hold more and more, then those for names that are longer and longer."""
DENSEST = (6, 5)


class Placed(NamedTuple):
    tile: Tile
    box: Box
    style: Style


def tile_pages(tiles: Sequence[Tile], area: Box, measure: Width) -> list[list[Placed]]:
    columns, rows = _grid(tiles, area, measure)
    page = columns * rows
    return [
        [
            Placed(tile, _cell(area, (columns, rows), index), _STYLES[rows])
            for index, tile in enumerate(tiles[begins : begins + page])
        ]
        for begins in range(0, len(tiles), page)
    ]


def _grid(tiles: Sequence[Tile], area: Box, measure: Width) -> tuple[int, int]:
    fitting = [
        (columns, rows)
        for columns, rows in _GRIDS
        if all(_fits(tile, _inner_wide(area, columns), _STYLES[rows], measure) for tile in tiles)
    ]
    holding = [grid for grid in fitting if grid[0] * grid[1] >= len(tiles)]
    return holding[0] if holding else max(fitting, key=lambda grid: grid[0] * grid[1])


def _fits(tile: Tile, wide: int, style: Style, measure: Width) -> bool:
    """With a time beside its name, whether or not there is one now: tiles do not jump when a time comes."""
    return measure(tile.bay, style.name) + _PADDING + measure(_A_TIME, style.time) <= wide


def _inner_wide(area: Box, columns: int) -> int:
    return (area[2] - area[0]) // columns - _GAP - 2 * _PADDING


def _cell(area: Box, grid: tuple[int, int], index: int) -> Box:
    left, top, right, bottom = area
    wide, high = (right - left) // grid[0], (bottom - top) // grid[1]
    row, column = divmod(index, grid[0])
    x, y = left + column * wide, top + row * high
    return x, y, x + wide - _GAP, y + high - _GAP


def draw_tile(canvas: Canvas, placed: Placed, measure: Width) -> None:
    tile, (left, top, right, bottom), style = placed
    tone = TONES[tile.tone]
    filled = tile.tone in _FILLED
    ink, quiet, said = (GROUND, GROUND, GROUND) if filled else (INK, QUIET, tone)
    canvas.fill((left, top, right, bottom), tone if filled else CARD, tone)
    x = left + _PADDING
    spare = bottom - top - style.name - style.zh - style.en - style.en // 4
    canvas.write((x, top), tile.bay, style.name, ink)
    time_left = right - _PADDING - measure(tile.ready, style.time)
    canvas.write((time_left, top + style.name - style.time), tile.ready, style.time, ink)
    zh_top = top + style.name + spare // 2
    canvas.write((x, zh_top), tile.word.zh, style.zh, said)
    canvas.write((x, bottom - style.en - style.en // 4 - 2), tile.word.en, style.en, quiet)
    if style.shape:
        canvas.shape(
            (right - _PADDING - style.shape, bottom - _PADDING - style.shape - 1), tile.tone, style.shape, said
        )
