"""Walks the boxes that MP4 and MOV files are made of. A size that cannot be ends the walk; nothing is read twice."""

from collections.abc import Iterator
from typing import NamedTuple

from station.bays.media_peek import Peek

LENGTH_MS_MAX = 366 * 86_400_000
"""Longer than any camera films: whoever says so is not believed."""
_HEADER, _LONG_HEADER = 8, 16
_LONG_VERSION = b"\x01"
_UNKNOWN = frozenset({0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF})


class Box(NamedTuple):
    """`kind` is empty where the size cannot be."""

    kind: bytes
    start: int
    """Of its content."""
    end: int
    whole: bool
    """False where it claims more than there is; its end is then the end of what there is."""


class Dated(NamedTuple):
    """What `mvhd` and `mdhd` both begin with."""

    written_s: int
    timescale: int
    duration: int


def boxes(peek: Peek, start: int, end: int) -> Iterator[Box]:
    """Side by side; each begins where the one before ended, so the walk always comes to an end."""
    while start + _HEADER <= end:
        header = peek.at(start, _HEADER)
        if not any(header):  # some cameras fill up with zeros
            return
        size, kind, content = number(header[:4]), header[4:], start + _HEADER
        if size == 1:
            size, content = number(peek.at(content, 8)), start + _LONG_HEADER
        elif size == 0:
            size = end - start
        if size < content - start:
            yield Box(b"", content, content, whole=False)
            return
        yield Box(kind, content, min(start + size, end), whole=start + size <= end)
        start += size


def within(peek: Peek, box: Box, *kinds: bytes) -> Iterator[Box]:
    """The boxes of these kinds directly in this one."""
    return (inner for inner in boxes(peek, box.start, box.end) if inner.kind in kinds)


def content_of(peek: Peek, box: Box, offset: int, count: int) -> bytes:
    """Nothing where the box ends before that."""
    return peek.at(box.start + offset, count) if box.start + offset + count <= box.end else b""


def versioned(peek: Peek, box: Box, offset: int) -> int | None:
    """A number of 64 bits in version 1 of its box, and of 32 in version 0."""
    words = content_of(peek, box, offset, 8 if is_long(peek, box) else 4)
    return number(words) if words else None


def is_long(peek: Peek, box: Box) -> bool:
    return content_of(peek, box, 0, 1) == _LONG_VERSION


def dated(peek: Peek, box: Box) -> Dated | None:
    long = is_long(peek, box)
    words = content_of(peek, box, 4, 28 if long else 16)
    wide = 8 if long else 4
    after = 2 * wide + 4
    return Dated(number(words[:wide]), number(words[2 * wide : after]), number(words[after:])) if words else None


def number(content: bytes) -> int:
    return int.from_bytes(content, "big")


def in_ms(duration: int, timescale: int) -> int | None:
    """None where it is not told, or is longer than any camera films."""
    if not timescale or duration in _UNKNOWN:
        return None
    length_ms = duration * 1_000 // timescale
    return length_ms if length_ms <= LENGTH_MS_MAX else None
