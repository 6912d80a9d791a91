"""The newest head that the log key signed for each journal, on the signer's own disk. Never goes back.

A journal that was rolled back, or a second copy of it beside a living one, asks for a head that stands behind it or
beside it; docs/decisions/0014-signer-memory.md says which honest station never does.
"""

from hashlib import sha256
from pathlib import Path

from station.durable import disk_errors_named, make_folder, write_file
from station.errors import RefusedError
from station.journal.notes import Checkpoint, NoteError, parse_checkpoint

LOG_ALREADY_FARTHER = "LOG_ALREADY_FARTHER"
"""This log key signed a head of this journal already that the asked one is not, and cannot come after."""
LOG_MEMORY_UNREADABLE = "LOG_MEMORY_UNREADABLE"
"""Nobody knows how far the journal was; the log key signs no more until a person has looked."""
_BYTES_MAX = 4_096


class HeadMemory:
    """A folder with a file for each journal: the checkpoint that was signed last, as it was signed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def go_on_to(self, head: Checkpoint) -> None:
        """Remember that this head is signed next, durable before this returns; refused where it contradicts."""
        path = self._folder / f"{sha256(head.origin.encode()).hexdigest()[:16]}.checkpoint"
        newest = _read(path, head.origin)
        if newest == head:
            return
        if newest is not None and head.size <= newest.size:
            raise RefusedError(LOG_ALREADY_FARTHER)
        with disk_errors_named():
            make_folder(self._folder)
        write_file(path, [str(head).encode()])


@disk_errors_named()
def _read(path: Path, origin: str) -> Checkpoint | None:
    try:
        with path.open("rb") as file:
            newest = parse_checkpoint(file.read(_BYTES_MAX).decode())
    except FileNotFoundError:
        return None
    except (NoteError, UnicodeDecodeError) as error:
        raise RefusedError(LOG_MEMORY_UNREADABLE) from error
    if newest.origin != origin:
        raise RefusedError(LOG_MEMORY_UNREADABLE)
    return newest
