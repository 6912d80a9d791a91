"""Breaks words into lines of a width, and lines into pages of a height. Nothing is left out, whatever the words are.

Chinese breaks between any two characters, but no line begins with a full stop; English breaks between words, and a word
that is wider than a line is broken where the line ends. Measures by what it is given; draws nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from station.views.panel_words import Said

_PIECE = re.compile(r"[（「《“]*(?:[^\s\u2e80-\uffff“”…]+|\S)[，。；：、！？）」》”…]*")
"""What stays on one line: a word, or a character with the marks that belong to it."""
_SIZES = ((40, 20), (34, 18), (28, 16), (24, 15), (20, 14), (18, 13), (16, 12))
"""Of Chinese and of English, in pixels. 16 are 2.8 mm on a panel of 2.8 inches: to be read at arm's length."""

_STRAYS_MAX = 2

Width = Callable[[str, int], int]
"""Of a text in a size, in pixels."""


class Line(NamedTuple):
    text: str
    size: int
    top: int
    quiet: bool
    """The second language."""


def wrapped(text: str, width: int, size: int, measure: Width) -> Iterator[str]:
    line = ""
    for found in _PIECE.finditer(text):
        piece = found.group()
        spaced = line and found.start() and text[found.start() - 1].isspace()
        longer = f"{line} {piece}" if spaced else line + piece
        if line and measure(longer, size) > width:
            yield line
            longer = piece
        while measure(longer, size) > width and len(longer) > 1:
            fits = next(n for n in range(len(longer) - 1, 0, -1) if n == 1 or measure(longer[:n], size) <= width)
            yield longer[:fits]
            longer = longer[fits:]
        line = longer
    if line:
        yield line


def pages(words: Sequence[Said], width: int, height: int, measure: Width) -> tuple[tuple[Line, ...], ...]:
    """Both languages on one page, in the largest size that fits; where none does, one after the other."""
    for sizes in _SIZES:
        lines = _set(words, sizes, width, measure)
        if not lines:
            return ()
        if _bottom(lines[-1]) <= height and (sizes == _SIZES[-1] or not _strays(lines)):
            return (lines,)
    chinese, english = [Said(said.zh, "") for said in words], [Said("", said.en) for said in words]
    return (*_alone(chinese, width, height, measure), *_alone(english, width, height, measure))


def _alone(words: Sequence[Said], width: int, height: int, measure: Width) -> Iterator[tuple[Line, ...]]:
    """One language, on as many pages as it takes in the smallest size."""
    for sizes in _SIZES:
        lines = _set(words, sizes, width, measure)
        if not lines or _bottom(lines[-1]) <= height:
            break
    return _broken(lines, height)


def _strays(lines: Sequence[Line]) -> bool:
    """Whether Chinese ends in a line of one or two characters, which reads badly from afar."""
    ends = (one for one, after in zip(lines, [*lines[1:], None], strict=True) if after is None or after.quiet)
    beginnings = {lines[0].top, *(after.top for one, after in pairwise(lines) if one.quiet and not after.quiet)}
    return any(len(end.text) <= _STRAYS_MAX and end.top not in beginnings for end in ends if not end.quiet)


def line_height(size: int) -> int:
    return size + size // 4


def _set(words: Sequence[Said], sizes: tuple[int, int], width: int, measure: Width) -> tuple[Line, ...]:
    lines: list[Line] = []
    top = 0
    for number, said in enumerate(words):
        top += sizes[1] // 2 if number and lines else 0
        for text, size, quiet in zip(said, sizes, (False, True), strict=True):
            for line in wrapped(text, width, size, measure):
                lines.append(Line(line, size, top, quiet))
                top += line_height(size)
    return tuple(lines)


def _broken(lines: Sequence[Line], height: int) -> Iterator[tuple[Line, ...]]:
    page: list[Line] = []
    for line in lines:
        if page and _bottom(line) - page[0].top > height:
            yield _from_the_top(page)
            page = []
        page.append(line)
    if page:
        yield _from_the_top(page)


def _from_the_top(page: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line._replace(top=line.top - page[0].top) for line in page)


def _bottom(line: Line) -> int:
    return line.top + line_height(line.size)
