"""The lock-out as a file of its own: whole under its name and on the disk before any PIN is looked at.

Holds ids, and how often which failed; no badge, no PIN, no password. A file that cannot be read lets nobody in: it is
for a technician to move away, never for the station to begin anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.durable import disk_errors_named, write_file
from station.errors import WireFailedError
from station.pages.lock_out import LockOut

_READER = msgspec.json.Decoder(LockOut)
NAME = "lock-out.json"


@dataclass(frozen=True, slots=True)
class LockOutShelf:
    """Where the lock-out is kept. `write` returns when it would outlive a power cut."""

    read: Callable[[], LockOut]
    write: Callable[[LockOut], None]


class LockOutLostError(WireFailedError):
    """The file is there and is not what was written."""


def lock_out_file(folder: Path, name: str = NAME) -> LockOutShelf:
    """Each door has a file of its own: who guesses at one keeps nobody from the other."""
    path = folder / name
    return LockOutShelf(lambda: _read(path), lambda lock_out: write_file(path, [msgspec.json.encode(lock_out)]))


def _read(path: Path) -> LockOut:
    try:
        with disk_errors_named():
            content = path.read_bytes() if path.exists() else None
        return LockOut() if content is None else _READER.decode(content)
    except msgspec.DecodeError as error:
        raise LockOutLostError(
            f"{path} 已损坏，暂不能登录 / is damaged and nobody can sign in; check the disk, then move the file away"
        ) from error
