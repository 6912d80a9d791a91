"""Recordings on our disk. Nothing counts as held before it was written, fsynced, renamed and read back.

    incoming/DOCKING-LISTING   held, not yet signed for
    partial/                   what came before a pull was cut, see `parts`
    evidence/N/original        the bytes, never rewritten; beside them statement, signature, certificate, receipt

N is the number of the recording's `recording_held`.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from station.custody.recording import Recording
from station.custody.state import State
from station.durable import PART, NoRoomError, disk_errors_named, make_folder, move_file, sync_folder, write_file
from station.errors import BrokenCustodyError, WireFailedError
from station.stamp import Stamp
from station.store.checkpointed_part import Pull, as_many, digest_on_disk
from station.store.hashing import PassingDigest
from station.store.parts import Parts, key_of

ORIGINAL = "original"
_EVIDENCE = "evidence"
RESERVE_BYTES = 256 * 1024 * 1024
"""Of the disk, for the journal and what is written beside footage."""
_NEVER_WRITTEN_AGAIN = 0o440
Chunk = TypeVar("Chunk", bytes, memoryview)


class NotTheSameError(WireFailedError):
    """What was read back is not what was written: nothing is held. Read it again; if it stays so, change the disk."""


class RecordingStore:
    """One folder on the data partition; used by many threads, each with its own recording."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        make_folder(self._incoming)
        make_folder(folder / _EVIDENCE)
        for unfinished in self._incoming.glob(f"*{PART}"):
            unfinished.unlink()
        self._parts = Parts(folder / "partial")
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._promised_bytes = 0

    def stop(self) -> None:
        """Break off whatever is being received or read for sending: the station goes down, and does it again later."""
        self._stopping.set()

    def require_going_on(self) -> None:
        if self._stopping.is_set():
            raise WireFailedError("the station is going down; this is done again when it is back")

    def discard_orphans(self, state: State) -> None:
        """What was received and never became a fact, because the station died in between; its camera has it still.

        What came in parts is a part again.
        """
        kept = {self._incoming_path(held.docking, held.listing) for held in state.recordings.values()}
        for path in self._incoming.iterdir():
            if path not in kept:
                self._parts.take_back(path, path.name.partition("-")[2])
        self._parts.tidy({key_of(held.source, held.listing) for held in state.recordings.values()})

    def receive(self, docking: int, listing: str, size_bytes: int, chunks: Iterable[memoryview]) -> str:
        """Keep what a camera sends, so many bytes or nothing; their SHA-256, as it was read back."""
        path = self._incoming_path(docking, listing)
        digest = PassingDigest()
        with self._room_for(size_bytes):
            write_file(path, self.going_on(_hashed(as_many(chunks, size_bytes), digest)))
        with disk_errors_named():
            read_back = self._read_back(path)
            if read_back != digest.hexdigest():
                path.unlink()
                raise NotTheSameError(str(NotTheSameError.__doc__))
        return read_back

    def receive_rest(self, docking: int, listing: str, size_bytes: int, source: str, pull: Pull) -> str:
        """As `receive`; what came of the same file before its last pull was cut is not asked for again."""
        with self._parts.claimed(source, listing, size_bytes) as part:
            if part is None:
                return self.receive(docking, listing, size_bytes, pull(0))
            part.take_up(self.going_on)
            with self._room_for(size_bytes - part.offset):
                part.fill(part.rest(lambda offset: self.going_on(pull(offset))))
            with disk_errors_named():
                read_back = self._read_back(part.path)
                if read_back != part.digest.hexdigest():
                    part.drop()
                    raise NotTheSameError(str(NotTheSameError.__doc__))
                move_file(part.path, self._incoming_path(docking, listing))
        return read_back

    def drop_unlisted(self, source: str, is_listed: Callable[[str], bool]) -> None:
        """Let go of the beginnings of what a camera does not have any more."""
        self._parts.drop_unlisted(source, is_listed)

    def drop_left(self, now: Stamp) -> None:
        """Let go of the beginnings of what cameras have that did not come back for long."""
        self._parts.drop_left(now)

    def discard(self, docking: int, listing: str) -> None:
        """Let go of what was received and will not be held in this docking."""
        self._parts.take_back(self._incoming_path(docking, listing), listing)

    @disk_errors_named()
    def settle(self, recording: Recording) -> Path:
        """The recording's own folder, with its original in it; made where it is not there yet."""
        folder = self.evidence(recording.number)
        if not (folder / ORIGINAL).exists():
            incoming = self._incoming_path(recording.docking, recording.listing)
            if not incoming.exists():
                raise BrokenCustodyError(f"recording {recording.number} is held, but not on the disk; keep the camera")
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
            incoming.chmod(_NEVER_WRITTEN_AGAIN)
            move_file(incoming, folder / ORIGINAL)
            self._parts.drop(recording.source, recording.listing)
        return folder

    def evidence(self, number: int) -> Path:
        return evidence_folder(self._folder, number)

    @contextlib.contextmanager
    def _room_for(self, size_bytes: int) -> Iterator[None]:
        """Footage never takes the journal's room: without it no act could be written any more.

        What others were promised and have not written yet is counted as taken.
        """
        with self._lock, disk_errors_named():
            if not self._has_room_for(size_bytes):
                self._parts.drop_all()
                if not self._has_room_for(size_bytes):
                    raise NoRoomError(str(NoRoomError.__doc__))
            self._promised_bytes += size_bytes
        try:
            yield
        finally:
            with self._lock:
                self._promised_bytes -= size_bytes

    def _has_room_for(self, size_bytes: int) -> bool:
        disk = os.statvfs(self._incoming)
        return disk.f_bavail * disk.f_frsize >= size_bytes + self._promised_bytes + RESERVE_BYTES

    def going_on(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The same chunks, until the station goes down."""
        for chunk in chunks:
            self.require_going_on()
            yield chunk

    def _read_back(self, path: Path) -> str:
        """SHA-256 of what is on the disk, not of what the page cache remembers."""
        return digest_on_disk(path, self.going_on).hexdigest()

    def _incoming_path(self, docking: int, listing: str) -> Path:
        return self._incoming / f"{docking}-{listing}"


def evidence_folder(folder: Path, number: int) -> Path:
    """Where a recording's original lies, with everything that proves it."""
    return folder / _EVIDENCE / str(number)


def _hashed(chunks: Iterable[memoryview], digest: PassingDigest) -> Iterator[memoryview]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
