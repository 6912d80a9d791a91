"""What an MP4 or MOV file says of when it was made, how long it is, and whether all of it is there."""

from collections.abc import Iterator
from itertools import chain

from station.bays.media_box_walk import Box, Dated, boxes, dated, in_ms, versioned, within
from station.bays.media_fragments import fragments_end_ms
from station.bays.media_peek import Peek
from station.custody.media_times import Media

FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"})
SECONDS_1904_TO_1970 = 2_082_844_800
_YEAR_2010_S, _YEAR_10000_S = 1_262_304_000, 253_402_300_800
_QUICKTIME = b"qt  "
_STILLS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif"})


def read_boxes(peek: Peek) -> Media:
    brand = peek.at(8, 4) if peek.at(4, 4) == b"ftyp" else _QUICKTIME
    if brand in _STILLS:
        return Media("HEIF")
    top = list(boxes(peek, 0, peek.size))
    moov = next((box for box in top if box.kind == b"moov" and box.whole), None)
    header = _movie_header(peek, moov)
    written_ms = _unix_ms(header)
    length_ms = _length_ms(peek, top, moov, header)
    notes = chain(_structure(top, header), _time_notes(header, written_ms, length_ms))
    return Media("MOV" if brand == _QUICKTIME else "MP4", written_ms, length_ms, tuple(dict.fromkeys(notes)))


def _movie_header(peek: Peek, moov: Box | None) -> Dated | None:
    headers = within(peek, moov, b"mvhd") if moov else ()
    return next((dated(peek, box) for box in headers), None)


def _structure(top: list[Box], header: Dated | None) -> Iterator[str]:
    kinds = {box.kind for box in top}
    if any(box.kind and not box.whole for box in top):
        yield "MEDIA_TRUNCATED"
    elif b"moov" not in kinds and b"mdat" in kinds:
        yield "MEDIA_TRUNCATED"  # footage without an index: the power went before it was written
    elif header is None or b"" in kinds:
        yield "MEDIA_UNREADABLE"
    if not any(box.kind == b"mdat" and box.end > box.start for box in top):
        yield "MEDIA_WITHOUT_FOOTAGE"


def _time_notes(header: Dated | None, written_ms: int | None, length_ms: int | None) -> Iterator[str]:
    if written_ms is None:
        yield "MEDIA_TIME_UNFIT" if header and header.written_s else "MEDIA_TIME_MISSING"
    if length_ms is None:
        yield "MEDIA_LENGTH_MISSING"
    elif not length_ms:
        yield "MEDIA_WITHOUT_FOOTAGE"


def _unix_ms(header: Dated | None) -> int | None:
    """None where nothing is written, or nothing that can be: before 2010, or after the year 9999.

    No camera here is older, and one without a clock of its own writes 1970, or the year when its chip was made.
    """
    unix_s = header.written_s - SECONDS_1904_TO_1970 if header else -1
    return unix_s * 1_000 if _YEAR_2010_S <= unix_s < _YEAR_10000_S else None


def _length_ms(peek: Peek, top: list[Box], moov: Box | None, header: Dated | None) -> int | None:
    """Of the whole, where it is told; else up to the end of the last whole fragment."""
    if moov is None or header is None:
        return None
    extends = next(within(peek, moov, b"mvex"), None)
    if extends is None:
        return in_ms(header.duration, header.timescale)
    whole = next((versioned(peek, box, 4) for box in within(peek, extends, b"mehd")), None)
    if whole:
        return in_ms(whole, header.timescale)
    last = next((box for box in reversed(top) if box.kind == b"moof" and box.whole), None)
    return in_ms(header.duration, header.timescale) if last is None else fragments_end_ms(peek, moov, last)
