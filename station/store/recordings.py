"""Recordings on our disk. Nothing counts as held before it was written, fsynced, renamed and read back.

    incoming/DOCKING-LISTING   held, not yet signed for
    evidence/N/original        the bytes, never rewritten; beside them statement, signature, certificate, receipt

N is the number of the recording's `recording_held`.
"""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from station.custody.recording import Recording
from station.durable import PART, make_folder, move_file, write_file
from station.errors import BrokenCustodyError, WireFailedError

ORIGINAL = "original"
_EVIDENCE = "evidence"
_READ_BYTES = 1 << 20


class NotTheSameError(WireFailedError):
    """What was read back is not what was written: nothing is held. Read it again; if it stays so, change the disk."""


class NoRoomError(WireFailedError):
    """The disk for recordings is full. Nothing is lost: what was not read is still on the camera. Free space."""


class RecordingStore:
    """One folder on the data partition; used by many threads, each with its own recording."""

    def __init__(self, folder: Path) -> None:
        self._incoming = folder / "incoming"
        self._folder = folder
        make_folder(self._incoming)
        make_folder(folder / _EVIDENCE)
        for unfinished in self._incoming.glob(f"*{PART}"):
            unfinished.unlink()

    def receive(self, docking: int, listing: str, chunks: Iterable[memoryview]) -> tuple[int, str]:
        """Keep what a camera sends; its size and SHA-256, as they were read back."""
        path = self._incoming / f"{docking}-{listing}"
        digest = hashlib.sha256()
        try:
            write_file(path, _hashed(chunks, digest))
            size, read_back = _read_back(path)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise NoRoomError(str(NoRoomError.__doc__)) from error
            raise WireFailedError(f"the disk for recordings failed: {error}; check it, then change it") from error
        if read_back != digest.hexdigest():
            path.unlink()
            raise NotTheSameError(str(NotTheSameError.__doc__))
        return size, read_back

    def settle(self, recording: Recording) -> Path:
        """The recording's own folder, with its original in it; made where it is not there yet."""
        folder = self.evidence(recording.number)
        make_folder(folder)
        incoming = self._incoming / f"{recording.docking}-{recording.listing}"
        if not (folder / ORIGINAL).exists():
            if not incoming.exists():
                raise BrokenCustodyError(f"recording {recording.number} is held, but not on the disk; keep the camera")
            move_file(incoming, folder / ORIGINAL)
            (folder / ORIGINAL).chmod(0o440)
        return folder

    def evidence(self, number: int) -> Path:
        return evidence_folder(self._folder, number)


def evidence_folder(folder: Path, number: int) -> Path:
    """Where a recording's original lies, with everything that proves it."""
    return folder / _EVIDENCE / str(number)


def _hashed(chunks: Iterable[memoryview], digest: "hashlib._Hash") -> Iterator[memoryview]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _read_back(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of what is on the disk, not of what the page cache remembers."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := file.read(_READ_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
