"""The typeface of the panel, found on this system by its Debian package. No other letters are taken in its place."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont

from station.errors import WrongUseError


class FontMissingError(WrongUseError):
    """No typeface here has Chinese letters."""


class Typeface(NamedTuple):
    package: str
    path: Path
    face: int
    """Which of the file's faces has the forms of mainland China."""


TYPEFACES = (
    Typeface("fonts-wqy-microhei", Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"), 0),
    Typeface("fonts-noto-cjk", Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),
)


def find_typeface(known: Sequence[Typeface] = TYPEFACES) -> Typeface:
    for typeface in known:
        if typeface.path.is_file():
            return typeface
    packages = " or ".join(typeface.package for typeface in known)
    raise FontMissingError(f"no Chinese typeface for the panel: apt-get install {packages}")


class Letters:
    """One typeface in every size. Letters are set one after the other, whatever libraries Pillow finds."""

    def __init__(self, typeface: Typeface) -> None:
        @cache
        def sized(size: int) -> ImageFont.FreeTypeFont:
            layout = ImageFont.Layout.BASIC
            return ImageFont.truetype(str(typeface.path), size, typeface.face, layout_engine=layout)

        @cache
        def advance(letter: str, size: int) -> float:
            return float(sized(size).getlength(letter))

        self.sized = sized
        self._advance = advance

    def width(self, text: str, size: int) -> int:
        """By each letter's own: words are measured again and again, and Pillow takes its time."""
        return math.ceil(sum(self._advance(letter, size) for letter in text))
