"""What a file says of itself beside what its camera lists: whether both can be true. Never guesses.

Two clocks' words are compared by one rule: a clip is written while it is filmed, so its own time lies within the time
in which its file was written. Where that cannot be, nobody can say which is wrong, and both are doubted.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

TIMES_AGREE_MS = 120_000
"""A clip may begin so long before its button was pressed; file systems count in steps of two seconds."""
DISAGREES = "FILE_TIME_DISAGREES"
LOCAL_TIME = "MEDIA_TIME_LOCAL"
AT_END = "MEDIA_TIME_AT_END"
AFTER_READING = "MADE_AFTER_READING"
BEFORE_LOANS = "MADE_BEFORE_LOANS"
_MS_PER_MINUTE = 60_000


class Media(Struct, frozen=True):
    """What a file says of itself, as nobody has judged it yet."""

    container: str
    written_ms: int | None = None
    """The time in it, read as UTC, which is what the formats demand."""
    length_ms: int | None = None
    notes: tuple[str, ...] = ()
    zone_minutes: int = 0
    """Where it was filmed, so far ahead of UTC: many cameras write local time and call it UTC."""


class FilmedWhen(NamedTuple):
    """By the camera's own clock. None is what nobody knows."""

    agree: bool
    """Nothing contradicts anything; also where there is nothing to compare."""
    begun_ms: int | None
    """All that either the file or the media calls filming lies within these."""
    ended_ms: int | None
    media_begun_ms: int | None = None
    """By the reading that holds; as it is written where none does."""
    notes: tuple[str, ...] = ()
    surely_until_ms: int | None = None
    """It ended no earlier, where only its length says how far it may reach; else it ended when `ended_ms` says."""


class _Reading(NamedTuple):
    begun_ms: int
    ended_ms: int
    notes: tuple[str, ...]


def filmed_when(media: Media | None, begun_ms: int | None, ended_ms: int | None) -> FilmedWhen:
    """What the camera lists, set beside what the file says. Without a media time and a length nothing changes."""
    if begun_ms is None or ended_ms is None or ended_ms < begun_ms:
        written_ms = media.written_ms if media else None
        return FilmedWhen(agree=True, begun_ms=begun_ms, ended_ms=ended_ms, media_begun_ms=written_ms)
    if media is None or media.written_ms is None:
        first_ms, last_ms = reached_by_length(begun_ms, ended_ms, media.length_ms if media else None)
        surely_until_ms = None if last_ms == ended_ms else ended_ms
        return FilmedWhen(agree=True, begun_ms=first_ms, ended_ms=last_ms, surely_until_ms=surely_until_ms)
    possible = [one for one in _readings(media, media.written_ms) if _both_true(one, begun_ms, ended_ms)]
    if not possible:
        return FilmedWhen(
            agree=False, begun_ms=begun_ms, ended_ms=ended_ms, media_begun_ms=media.written_ms, notes=(DISAGREES,)
        )
    nearest = min(possible, key=lambda one: abs(one.begun_ms - begun_ms) + abs(one.ended_ms - ended_ms))
    return FilmedWhen(
        agree=True,
        begun_ms=min(begun_ms, nearest.begun_ms),
        ended_ms=max(ended_ms, nearest.ended_ms),
        media_begun_ms=nearest.begun_ms,
        notes=nearest.notes,
    )


def reached_by_length(begun_ms: int, ended_ms: int, length_ms: int | None) -> tuple[int, int]:
    """All that a film may reach that is longer than what is listed: it holds both times, wherever in it they are."""
    if length_ms is None or length_ms <= ended_ms - begun_ms + TIMES_AGREE_MS:
        return begun_ms, ended_ms
    return ended_ms - length_ms, begun_ms + length_ms


def earliest_end_ms(media: Media) -> int | None:
    """When the film had ended at the earliest, whatever the time in its file means."""
    return None if media.written_ms is None else min(one.ended_ms for one in _readings(media, media.written_ms))


def _readings(media: Media, written_ms: int) -> Iterator[_Reading]:
    """What the time in the file may mean, as the formats have it first."""
    length_ms = media.length_ms or 0
    local_ms = written_ms - media.zone_minutes * _MS_PER_MINUTE
    yield _Reading(written_ms, written_ms + length_ms, ())
    yield _Reading(written_ms - length_ms, written_ms, (AT_END,))
    yield _Reading(local_ms, local_ms + length_ms, (LOCAL_TIME,))
    yield _Reading(local_ms - length_ms, local_ms, (LOCAL_TIME, AT_END))


def _both_true(one: _Reading, begun_ms: int, ended_ms: int) -> bool:
    """Filmed while the file was written; a file with one time alone was begun or ended then."""
    if begun_ms == ended_ms:
        return min(abs(one.begun_ms - begun_ms), abs(one.ended_ms - begun_ms)) <= TIMES_AGREE_MS
    return one.begun_ms >= begun_ms - TIMES_AGREE_MS and one.ended_ms <= ended_ms + TIMES_AGREE_MS


def media_ended_ms(begun_ms: int | None, length_ms: int | None) -> int | None:
    return None if begun_ms is None or length_ms is None else begun_ms + length_ms
