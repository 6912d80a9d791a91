"""What a held file says of itself: its container, its own time, its length, and what is odd about it.

Reads little of it, whatever stands in it, and changes nothing. What it finds are notes: no file is refused for them.
"""

from pathlib import Path

from msgspec.structs import replace

from station.bays.media_boxes import FIRST_BOXES, read_boxes
from station.bays.media_peek import Peek
from station.bays.media_riff import KINDS, read_riff
from station.custody.media_times import Media
from station.durable import disk_errors_named

OTHER = "OTHER"
_LOOK_BYTES = 12
_FRAME_MASK, _FRAME_OF_LAYER_3 = 0xFFE6, 0xFFE2
_NAMED = frozenset({"mp4", "m4v", "mov", "3gp", "avi", "wav", "jpg", "jpeg", "mp3"})
"""What we know from inside when we see it."""


@disk_errors_named()
def examine(file: Path, name: str, zone_minutes: int) -> Media:
    """`name`: what the camera called it. `zone_minutes`: how far the camera's wall clock is ahead of UTC."""
    with file.open("rb", buffering=0) as content:
        found = _examined(Peek(content, file.stat().st_size))
    if found.container == OTHER and not found.notes and name.rpartition(".")[2].lower() in _NAMED:
        found = replace(found, notes=("MEDIA_UNREADABLE",))
    return replace(found, zone_minutes=zone_minutes)


def _examined(peek: Peek) -> Media:
    if not peek.size:
        return Media(OTHER, notes=("MEDIA_EMPTY",))
    first = peek.at(0, min(_LOOK_BYTES, peek.size))
    if not any(first):
        return Media(OTHER, notes=("MEDIA_BLANK",))
    if first[4:8] in FIRST_BOXES:
        return read_boxes(peek)
    if first[:4] == b"RIFF" and first[8:12] in KINDS:
        return read_riff(peek)
    if first[:3] == b"\xff\xd8\xff":
        return Media("JPEG")
    if first[:3] == b"ID3" or int.from_bytes(first[:2], "big") & _FRAME_MASK == _FRAME_OF_LAYER_3:
        return Media("MP3")
    return Media(OTHER)
