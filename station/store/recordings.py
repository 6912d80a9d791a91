"""Recordings on our disk. Nothing counts as held before it was written, fsynced, renamed and read back.

    incoming/DOCKING-LISTING   held, not yet signed for
    partial/                   what came before a pull was cut, see `parts`
    evidence/N/original        the bytes, never rewritten; beside them statement, signature, certificate, receipt
    quarantine/N/              the same, of cameras that are not ours, see `quarantine`
    leaving/N                  the original of N is about to be let go of, or was; away when it is gone

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
from station.durable import (
    PART,
    DiskFailedError,
    NoRoomError,
    disk_errors_named,
    make_folder,
    move_file,
    sync_folder,
    write_file,
)
from station.errors import BrokenCustodyError, NotYetError, UnfitObservationError, WireFailedError
from station.hashing import PassingDigest
from station.signing.statements import read_statement
from station.stamp import Stamp
from station.store.checkpointed_part import NotAsListedError, Pull, as_many, digest_on_disk
from station.store.parts import Parts, key_of
from station.store.quarantine import QUARANTINE, Quarantine

ORIGINAL = "original"
STATEMENT = "statement.json"
DAMAGED = "damaged"
"""What was found in the place of an original, and is none."""
_EVIDENCE = "evidence"
RESERVE_BYTES = 256 * 1024 * 1024
"""Of the disk, for the journal and what is written beside footage."""
_NEVER_WRITTEN_AGAIN = 0o440
_NOT_THERE = "the disk for recordings is not there; mount it, then this goes on by itself"
Chunk = TypeVar("Chunk", bytes, memoryview)


class NotTheSameError(WireFailedError):
    """What was read back is not what was written: nothing is held. Read it again; if it stays so, change the disk."""


class RecordingStore:
    """One folder on the data partition; used by many threads, each with its own recording."""

    def __init__(self, folder: Path, quarantine: Quarantine | None = None) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._leaving = folder / "leaving"
        self._quarantine = quarantine
        for kept in (self._incoming, self._leaving, folder / _EVIDENCE, folder / QUARANTINE):
            make_folder(kept)
        for unfinished in self._incoming.glob(f"*{PART}"):
            unfinished.unlink()
        self._parts = Parts(folder / "partial")
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._at_hand: set[int] = set()
        self._promised_bytes = 0
        self._promised_apart_bytes = 0

    def stop(self) -> None:
        """Break off whatever is being received or read for sending: the station goes down, and does it again later."""
        self._stopping.set()

    def require_going_on(self) -> None:
        if self._stopping.is_set():
            raise WireFailedError("the station is going down; this is done again when it is back")

    def rest(self, ms: int) -> None:
        """Wait so long; not while the station goes down."""
        self._stopping.wait(ms / 1000)
        self.require_going_on()

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
        with self._room_for(size_bytes, docking):
            write_file(path, self.going_on(_hashed(as_many(chunks, size_bytes), digest)))
        with disk_errors_named():
            read_back = self._read_back(path)
            if read_back != digest.hexdigest():
                path.unlink()
                raise NotTheSameError(str(NotTheSameError.__doc__))
        return read_back

    def receive_rest(self, docking: int, listing: str, size_bytes: int, source: str, pull: Pull) -> str:
        """As `receive`; what came of the same file before its last pull was cut is not asked for again."""
        if self._is_apart(docking):
            return self.receive(docking, listing, size_bytes, pull(0))
        with self._parts.claimed(source, listing, size_bytes) as part:
            if part is None:
                return self.receive(docking, listing, size_bytes, pull(0))
            part.take_up(self.going_on)
            with self._room_for(size_bytes - part.offset, docking):
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

    def received(self, docking: int, listing: str) -> Path:
        """Where what was received lies until its recording is settled."""
        return self._incoming_path(docking, listing)

    def discard(self, docking: int, listing: str) -> None:
        """Let go of what was received and will not be held in this docking."""
        self._parts.take_back(self._incoming_path(docking, listing), listing)

    @disk_errors_named()
    def settle(self, recording: Recording) -> Path:
        """The recording's own folder, with its original in it; made where it is not there yet."""
        folder, incoming = self.evidence(recording.number), self._incoming_path(recording.docking, recording.listing)
        if (folder / ORIGINAL).exists():
            self._require_one(recording, folder / ORIGINAL, incoming)
        else:
            folder = self._folder / (QUARANTINE if recording.quarantined else _EVIDENCE) / str(recording.number)
            if not self._incoming.is_dir():
                raise DiskFailedError(_NOT_THERE)
            if not incoming.exists():
                raise BrokenCustodyError(f"recording {recording.number} is held, but not on the disk; keep the camera")
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
            _require_no_other(recording, folder)
            incoming.chmod(_NEVER_WRITTEN_AGAIN)
            move_file(incoming, folder / ORIGINAL)
            self._parts.drop(recording.source, recording.listing)
        return folder

    @contextlib.contextmanager
    def at_hand(self, number: int) -> Iterator[None]:
        """Nobody else signs for it or sets it aside meanwhile; NotYetError where somebody does."""
        with self._lock:
            if number in self._at_hand:
                raise NotYetError(f"somebody else is at recording {number}; this is done again")
            self._at_hand.add(number)
        try:
            yield
        finally:
            with self._lock:
                self._at_hand.discard(number)

    @disk_errors_named()
    def original(self, recording: Recording) -> Path:
        """Where its bytes are to lie now, whether they do or not."""
        if not self._incoming.is_dir():
            raise DiskFailedError(_NOT_THERE)
        incoming = self._incoming_path(recording.docking, recording.listing)
        unsigned = recording.stated is None and incoming.exists()
        return incoming if unsigned else self.evidence(recording.number) / ORIGINAL

    def set_aside(self, recording: Recording) -> None:
        """What lies there is not what was held: it has no name any more under which it would be signed for."""
        folder = self.evidence(recording.number)
        move_file(folder / ORIGINAL, folder / DAMAGED)

    def put_back(self, recording: Recording) -> None:
        """It is what was held after all: it was only misread."""
        folder = self.evidence(recording.number)
        move_file(folder / DAMAGED, folder / ORIGINAL)

    @disk_errors_named()
    def is_damaged(self, recording: Recording) -> bool:
        """Nothing of it is on the disk but what was set aside."""
        folder = self.evidence(recording.number)
        incoming = self._incoming_path(recording.docking, recording.listing)
        return (folder / DAMAGED).exists() and not (folder / ORIGINAL).exists() and not incoming.exists()

    def receive_again(self, recording: Recording, chunks: Iterable[memoryview]) -> None:
        """What was set aside, from its camera; only the very bytes that were held take its place."""
        incoming = self._incoming_path(recording.docking, recording.listing)
        digest = self.receive(recording.docking, recording.listing, recording.size_bytes, chunks)
        with disk_errors_named():
            if digest != recording.sha256:
                incoming.unlink()
                raise NotAsListedError("the camera sent another file than is held under this name; it is compared anew")
            (self.evidence(recording.number) / DAMAGED).unlink()

    @disk_errors_named()
    def evidence(self, number: int) -> Path:
        return evidence_folder(self._folder, number)

    def _require_one(self, recording: Recording, original: Path, incoming: Path) -> None:
        """A move never leaves both: where both are, the original may be what another journal had under this number."""
        if incoming.exists() and self._read_back(original) != recording.sha256:
            raise _of_another(recording, original)

    @disk_errors_named()
    def free_bytes(self) -> int:
        """For more footage: beside the journal's reserve, and what others were promised and have not written yet."""
        disk = os.statvfs(self._incoming)
        return disk.f_bavail * disk.f_frsize - self._promised_bytes - RESERVE_BYTES

    @disk_errors_named()
    def require_writable(self) -> None:
        """A disk that has become read-only, or fails, is known before a camera waits for it."""
        tried = self._leaving / f"try{PART}"
        write_file(tried, [b"x"])
        tried.unlink()

    @disk_errors_named()
    def leaving(self) -> tuple[int, ...]:
        return tuple(sorted(int(path.name) for path in self._leaving.iterdir() if path.name.isdigit()))

    def mark_leaving(self, number: int) -> None:
        """Before the fact that lets an original go: whatever comes in between, it is seen to."""
        write_file(self._leaving / str(number), [])

    @disk_errors_named()
    def remove_original(self, number: int) -> None:
        """Gone from this disk for good; what proves it stays. The caller has the fact that permits it."""
        folder = self.evidence(number)
        (folder / ORIGINAL).unlink(missing_ok=True)
        if folder.exists():
            sync_folder(folder)

    @disk_errors_named()
    def unmark_leaving(self, number: int) -> None:
        (self._leaving / str(number)).unlink(missing_ok=True)

    def _is_apart(self, docking: int) -> bool:
        return self._quarantine is not None and self._quarantine.has(docking)

    @contextlib.contextmanager
    def _room_for(self, size_bytes: int, docking: int) -> Iterator[None]:
        """Footage never takes the journal's room: without it no act could be written any more.

        What others were promised and have not written yet is counted as taken.
        """
        apart_bytes = size_bytes if self._is_apart(docking) else 0
        with self._lock, disk_errors_named():
            if self._quarantine is not None and apart_bytes:
                wanted_bytes = apart_bytes + self._promised_apart_bytes
                self._quarantine.require_room(wanted_bytes, self._folder / QUARANTINE, self._incoming)
            if self.free_bytes() < size_bytes:
                self._parts.drop_all()
                if self.free_bytes() < size_bytes:
                    raise NoRoomError(str(NoRoomError.__doc__))
            self._promised_bytes += size_bytes
            self._promised_apart_bytes += apart_bytes
        try:
            yield
        finally:
            with self._lock:
                self._promised_bytes -= size_bytes
                self._promised_apart_bytes -= apart_bytes

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
    apart = folder / QUARANTINE / str(number)
    return apart if apart.exists() else folder / _EVIDENCE / str(number)


def _require_no_other(recording: Recording, folder: Path) -> None:
    """Papers without an original are of what was let go of, or purged: they are all that is left of it."""
    papers = folder / STATEMENT
    if papers.exists():
        try:
            known = read_statement(papers.read_bytes()).sha256
        except UnfitObservationError:
            known = ""
        if known != recording.sha256:
            raise _of_another(recording, papers)


def _of_another(recording: Recording, found: Path) -> BrokenCustodyError:
    return BrokenCustodyError(
        f"{found} is of another recording than {recording.number} of this journal; keep both, start with an empty data "
        "folder: see docs/runbooks/restored-card.md"
    )


def _hashed(chunks: Iterable[memoryview], digest: PassingDigest) -> Iterator[memoryview]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
