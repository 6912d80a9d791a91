"""The lock-out as a file of its own: whole under its name and on the disk before any PIN is looked at.

Holds officers' ids and how often which failed; no badge, no PIN. A file that cannot be read lets nobody in: it is for
a technician to move away, never for the station to begin anew.
"""

from pathlib import Path

import msgspec

from station.desk.badge_sign_in import LockOutShelf
from station.durable import disk_errors_named, write_file
from station.errors import WireFailedError
from station.pages.lock_out import LockOut

_READER = msgspec.json.Decoder(LockOut)
NAME = "lock-out.json"


class LockOutLostError(WireFailedError):
    """The file is there and is not what was written."""


def lock_out_file(folder: Path) -> LockOutShelf:
    path = folder / NAME
    return LockOutShelf(lambda: _read(path), lambda lock_out: write_file(path, [msgspec.json.encode(lock_out)]))


def _read(path: Path) -> LockOut:
    try:
        with disk_errors_named():
            content = path.read_bytes() if path.exists() else None
        return LockOut() if content is None else _READER.decode(content)
    except msgspec.DecodeError as error:
        raise LockOutLostError(
            f"{path} 已损坏，暂不能刷卡 / is damaged and nobody can sign in; check the disk, then move the file away"
        ) from error
