"""How long a fragmented MP4 is: where the samples of its last fragment end. Cameras write such files against cuts."""

from collections.abc import Iterator

from station.bays.media_box_walk import Box, content_of, dated, in_ms, is_long, number, versioned, within
from station.bays.media_peek import Peek

_BASE_OFFSET, _DESCRIPTION, _DEFAULT_DURATION = 0x1, 0x2, 0x8
_DATA_OFFSET, _FIRST_FLAGS, _DURATIONS, _SIZES, _FLAGS, _OFFSETS = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800


def fragments_end_ms(peek: Peek, moov: Box, last: Box) -> int | None:
    """None where the last fragment does not say."""
    timescales = dict(_timescales(peek, moov))
    defaults = dict(_default_durations(peek, moov))
    ends = []
    for traf in within(peek, last, b"traf"):
        track, duration = _track_of(peek, traf, defaults)
        begun = next((versioned(peek, box, 4) for box in within(peek, traf, b"tfdt")), None)
        if begun is not None:
            runs = [_ran(peek, box, duration) for box in within(peek, traf, b"trun")]
            ran = [run for run in runs if run is not None]
            ends.append(in_ms(begun + sum(ran), timescales.get(track, 0)) if len(ran) == len(runs) else None)
    return max((end for end in ends if end is not None), default=None)


def _timescales(peek: Peek, moov: Box) -> Iterator[tuple[int, int]]:
    """Track → units a second."""
    for trak in within(peek, moov, b"trak"):
        for tkhd in within(peek, trak, b"tkhd"):
            track = number(content_of(peek, tkhd, 20 if is_long(peek, tkhd) else 12, 4))
            for mdia in within(peek, trak, b"mdia"):
                for mdhd in within(peek, mdia, b"mdhd"):
                    header = dated(peek, mdhd)
                    yield track, header.timescale if header else 0


def _default_durations(peek: Peek, moov: Box) -> Iterator[tuple[int, int]]:
    for mvex in within(peek, moov, b"mvex"):
        for trex in within(peek, mvex, b"trex"):
            yield number(content_of(peek, trex, 4, 4)), number(content_of(peek, trex, 12, 4))


def _track_of(peek: Peek, traf: Box, defaults: dict[int, int]) -> tuple[int, int]:
    """Which track it goes on with, and how long a sample is where its run does not say."""
    for tfhd in within(peek, traf, b"tfhd"):
        flags, track = number(content_of(peek, tfhd, 1, 3)), number(content_of(peek, tfhd, 4, 4))
        offset = 8 + (8 if flags & _BASE_OFFSET else 0) + (4 if flags & _DESCRIPTION else 0)
        if flags & _DEFAULT_DURATION:
            return track, number(content_of(peek, tfhd, offset, 4))
        return track, defaults.get(track, 0)
    return 0, 0


def _ran(peek: Peek, trun: Box, duration: int) -> int | None:
    """How long its samples are together; None where they are not all there to be added up."""
    flags, count = number(content_of(peek, trun, 1, 3)), number(content_of(peek, trun, 4, 4))
    if not flags & _DURATIONS:
        return count * duration
    stride = 4 * sum(bool(flags & one) for one in (_DURATIONS, _SIZES, _FLAGS, _OFFSETS))
    offset = 8 + (4 if flags & _DATA_OFFSET else 0) + (4 if flags & _FIRST_FLAGS else 0)
    samples = content_of(peek, trun, offset, stride * count)
    if len(samples) < stride * count:
        return None
    return sum(number(samples[at : at + 4]) for at in range(0, len(samples), stride))
