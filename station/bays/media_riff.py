"""What an AVI or WAV file says of how long it is, and whether all of it is there. Neither says when it was made."""

from collections.abc import Iterator
from typing import NamedTuple

from station.bays.media_box_walk import LENGTH_MS_MAX
from station.bays.media_peek import Peek
from station.custody.media_times import Media

KINDS = {b"AVI ": "AVI", b"WAVE": "WAV"}
_HEADER, _FORM = 8, 12


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    size: int
    """As it claims."""


def read_riff(peek: Peek) -> Media:
    form = peek.at(8, 4)
    container = KINDS[form]
    claimed = _HEADER + _number(peek.at(4, 4))
    length_ms = _avi_length_ms(peek) if form == b"AVI " else _wav_length_ms(peek)
    notes = []
    if claimed <= _FORM or claimed > peek.size:  # zero where nobody came to write it
        notes.append("MEDIA_TRUNCATED")
    if length_ms is None:
        notes.append("MEDIA_LENGTH_MISSING")
    elif not length_ms:
        notes.append("MEDIA_WITHOUT_FOOTAGE")
    return Media(container, length_ms=length_ms, notes=tuple(notes))


def _chunks(peek: Peek, start: int, end: int) -> Iterator[_Chunk]:
    """Side by side, each padded to an even size."""
    while start + _HEADER <= end:
        header = peek.at(start, _HEADER)
        if not header:
            return
        chunk = _Chunk(header[:4], start + _HEADER, _number(header[4:]))
        yield chunk
        start = chunk.start + chunk.size + chunk.size % 2


def _avi_length_ms(peek: Peek) -> int | None:
    """Frames of the main header; of all its parts (OpenDML) where that is told."""
    for top in _chunks(peek, _FORM, peek.size):
        if top.kind != b"LIST" or peek.at(top.start, 4) != b"hdrl":
            continue
        header = frames = None
        for chunk in _chunks(peek, top.start + 4, min(top.start + top.size, peek.size)):
            if chunk.kind == b"avih":
                header = peek.at(chunk.start, 20)
            elif chunk.kind == b"LIST" and peek.at(chunk.start, 4) == b"odml":
                frames = _number(peek.at(chunk.start + 12, 4))
        if not header:
            return None
        return _length((frames or _number(header[16:20])) * _number(header[:4]) // 1_000)
    return None


def _wav_length_ms(peek: Peek) -> int | None:
    bytes_a_second = 0
    for chunk in _chunks(peek, _FORM, peek.size):
        if chunk.kind == b"fmt ":
            bytes_a_second = _number(peek.at(chunk.start + 8, 4))
        elif chunk.kind == b"data" and bytes_a_second:
            there = min(chunk.size, peek.size - chunk.start)
            return _length(there * 1_000 // bytes_a_second)
    return None


def _length(length_ms: int) -> int | None:
    return length_ms if length_ms <= LENGTH_MS_MAX else None


def _number(content: bytes) -> int:
    return int.from_bytes(content, "little")
