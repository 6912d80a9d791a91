"""A journal as a folder of files, laid out by C2SP tlog-tiles: what a mirror keeps and a court receives."""

import os
from collections.abc import Container, Iterable, Iterator
from itertools import islice
from pathlib import Path

from station.durable import sync_folder
from station.errors import WrongUseError
from station.journal.entries import PrivateValue, canonical
from station.journal.notes import Note
from station.journal.sqlite_log import SqliteLog
from station.journal.tree import HASH_BYTES, TILE_WIDTH, level_widths

ALL_WORDS: Container[int] = range(2**53)
"""Every entry's private words: for a mirror, which takes part in purges. Whatever else is handed out escapes them."""
_PATH_GROUP = 1_000


def write_folder(
    log: SqliteLog, folder: Path, note: Note, witnessed: Note | None = None, *, words_of: Container[int] = ()
) -> None:
    """Write every file of the journal up to the note's size into a new folder; the note last.

    Of private words only those of the entries named leave; of the others the folder has the sealed commitments.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongUseError(f"{folder} is not empty; name a new folder")
    for name, content in folder_files(log, note, witnessed, words_of=words_of):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for directory, _, _ in os.walk(folder):
        sync_folder(Path(directory))


def folder_files(
    log: SqliteLog, note: Note, witnessed: Note | None = None, *, words_of: Container[int] = ()
) -> Iterator[tuple[str, bytes]]:
    size = note.checkpoint.size
    for level, width in enumerate(level_widths(size)):
        for n, tile_width in _tiles(width):
            hashes = log.tile_hashes(level, n)[: tile_width * HASH_BYTES]
            yield _tile_name(str(level), n, tile_width), hashes
    entries = log.entries(0, size)
    for n, tile_width in _tiles(size):
        bundle = b"".join(len(e).to_bytes(2, "big") + e for e in islice(entries, tile_width))
        yield _tile_name("entries", n, tile_width), bundle
    yield "private.json", _private(log, size, words_of)
    if witnessed is not None:
        yield "witnessed", str(witnessed).encode()
    yield "checkpoint", str(note).encode()


def _private(log: SqliteLog, size: int, words_of: Container[int]) -> bytes:
    return private_json(value for value in log.private_values() if value.n < size and value.n in words_of)


def private_json(values: Iterable[PrivateValue]) -> bytes:
    """Private words as a file. A value is canonical JSON already: it is placed, not encoded again."""
    rows = (
        b'{"field":%s,"n":%d,"salt":"%s","value":%s}'
        % (canonical(value.field), value.n, value.salt.hex().encode(), value.value.encode())
        for value in values
    )
    return b"[" + b",".join(rows) + b"]"


def _tiles(width: int) -> Iterator[tuple[int, int]]:
    """Each tile of a level with so many hashes: its number and its width."""
    for n in range(0, width, TILE_WIDTH):
        yield n // TILE_WIDTH, min(TILE_WIDTH, width - n)


def _tile_name(level: str, n: int, width: int) -> str:
    groups = [f"{n % _PATH_GROUP:03d}"]
    while n := n // _PATH_GROUP:
        groups.insert(0, f"x{n % _PATH_GROUP:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"
