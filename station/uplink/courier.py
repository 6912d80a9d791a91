"""A courier's delivery: what the registry lacks, encrypted for it alone, for days when there is no line.

Reads the journal beside the running station and writes nothing into it. Signs no head: the station signed those that
are carried. A delivery is on the disk whole, or not at all.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec
from immutables import Map

from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from station.durable import disk_errors_named, sync_folder, write_file
from station.errors import UnfitObservationError, WireFailedError, WrongUseError
from station.journal.batches import batch_bytes, kept_head, make_batch
from station.journal.sqlite_log import SqliteLog
from station.signing.age_files import encrypt
from station.signing.certificates import leaf_of
from station.signing.courier import (
    ANSWER_FILES,
    CERTIFICATE,
    JOURNAL,
    MANIFEST,
    SEAL,
    SIGNATURE,
    CourierFile,
    Manifest,
    delivery_name,
    delivery_prefix,
    manifest_bytes,
    open_regular,
    original_name,
    papers_name,
    seal_bytes,
)
from station.signing.signer_wire import KeyUse, Signer
from station.signing.statements import STATEMENT_BYTES_MAX
from station.stamp import utc_text
from station.store.recordings import ORIGINAL
from station.store.second_disk import PAPERS

_UNRECEIPTED = (RecordingStep.STATED, RecordingStep.CLEARED)
RESERVE_BYTES = 4 << 20
"""Of the courier's disk, for the manifest and the cosigned checkpoint."""
_LISTED_BYTES = 512
"""Of the manifest, for each recording; and of the folder of answers."""
_ANSWER_BYTES = 4_096
_READ_BYTES = 1 << 20
_AGE_CHUNK_BYTES = 65_536
_AGE_TAG_BYTES = 16
_AGE_HEADER_BYTES_MAX = 1_024


class UnfitRecordingError(UnfitObservationError):
    """This recording cannot be carried as it lies here; the others can."""


def lacking(state: State, to: int, after: int) -> list[Recording]:
    """Recordings that the registry gave no receipt for and whose statement is among so many facts, the oldest first."""
    waiting = (state.recordings[number] for step in _UNRECEIPTED for number in state.by_step.get(step, Map()))
    due = (one for one in waiting if one.stated is not None and one.stated < to and one.number > after)
    return sorted(due, key=lambda one: one.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is to be carried: facts from `first` up to `to`, and recordings, the oldest first."""

    station: str
    origin: str
    number: int
    recipient: str
    log: SqliteLog
    first: int
    to: int
    recordings: Sequence[Recording]
    evidence: Callable[[int], Path]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where it lies, and what does not: no room is left for those that wait, the unfit cannot be read."""

    folder: Path
    manifest: Manifest
    waiting: tuple[int, ...]
    unfit: dict[int, str]


def write_delivery(disk: Path, load: Load, signer: Signer, now_ms: int) -> Delivered:
    """WrongUseError where there is nothing to carry, or no disk."""
    if not disk.is_dir():
        raise WrongUseError(f"{disk} is no folder; plug the courier's disk in and mount it")
    if load.first == load.to and not load.recordings:
        raise WrongUseError("the registry has everything already; there is nothing to carry")
    folder = disk / delivery_name(load.station, load.origin, load.number)
    making = folder.with_name(f".{folder.name}.part")
    for left in disk.glob(f".{delivery_prefix(load.station, load.origin)}*.part"):
        shutil.rmtree(left)
    with disk_errors_named():
        making.mkdir()
        try:
            delivered = _fill(making, folder, load, signer, now_ms)
            sync_folder(making)
            making.rename(folder)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        sync_folder(disk)
    return delivered


def _fill(making: Path, folder: Path, load: Load, signer: Signer, now_ms: int) -> Delivered:
    box = _Box(making, load.recipient)
    if load.to > load.first:
        box.put(JOURNAL, _lines(load))
    carried: list[int] = []
    unfit: dict[int, str] = {}
    waiting: tuple[int, ...] = ()
    for at, recording in enumerate(load.recordings):
        if not _has_room(making, recording.size_bytes, len(carried) + 1):
            waiting = tuple(one.number for one in load.recordings[at:])
            break
        try:
            _put_recording(box, recording, load.evidence(recording.number))
            carried.append(recording.number)
        except UnfitRecordingError as error:
            unfit[recording.number] = str(error)
    if not box.files:
        why = f"no room for recording {waiting[0]}; take a larger disk" if waiting else f"none can be read: {unfit}"
        raise WireFailedError(f"nothing could be carried: {why}")
    manifest = Manifest(
        station=load.station,
        origin=load.origin,
        number=load.number,
        written_at=utc_text(now_ms),
        recipient=load.recipient,
        first=load.first,
        to=load.to,
        recordings=tuple(carried),
        files=tuple(box.files),
    )
    _seal(making, manifest, signer)
    return Delivered(folder, manifest, waiting, unfit)


def _seal(making: Path, manifest: Manifest, signer: Signer) -> None:
    encoded, signer_pem = manifest_bytes(manifest), leaf_of(signer.chain(KeyUse.EVIDENCE))
    seal = seal_bytes(encoded, signer_pem)
    signature = signer.sign(KeyUse.EVIDENCE, seal)
    for name, content in ((MANIFEST, encoded), (CERTIFICATE, signer_pem), (SEAL, seal), (SIGNATURE, signature)):
        write_file(making / name, [content])


def _lines(load: Load) -> Iterator[bytes]:
    """The batches as the line would bring them, one after another; of heads that were signed before."""
    first = load.first
    while first < load.to:
        head = kept_head(load.log, first, load.to)
        if head is None:
            raise WrongUseError(f"no signed head follows fact {first}; begin where the registry stands, or at 0")
        yield batch_bytes(make_batch(load.log, first, head)) + b"\n"
        first = head.checkpoint.size


def _put_recording(box: "_Box", recording: Recording, folder: Path) -> None:
    names = papers_name(recording.number), original_name(recording.number)
    try:
        box.put(names[0], iter([_papers(folder)]))
        box.put(names[1], _original(folder / ORIGINAL, recording))
    except UnfitRecordingError:
        box.drop(names)
        raise


def _papers(folder: Path) -> bytes:
    """No link is followed: root reads here what another account wrote."""
    papers = []
    try:
        for name in PAPERS:
            with open_regular(folder / name) as file:
                papers.append(file.read(STATEMENT_BYTES_MAX))
    except OSError as error:
        raise UnfitRecordingError(f"its papers cannot be read: {error.strerror}") from error
    statement, signature, certificate = papers
    return msgspec.json.encode({"statement": statement, "signature": signature, "certificate": certificate})


def _original(path: Path, recording: Recording) -> Iterator[bytes]:
    """Its bytes; an error before their end where they are not what was held."""
    digest, count = sha256(), 0
    try:
        with open_regular(path) as file:
            while chunk := file.read(_READ_BYTES):
                digest.update(chunk)
                count += len(chunk)
                yield chunk
    except OSError as error:
        raise UnfitRecordingError(f"its original cannot be read: {error.strerror}") from error
    if (count, digest.hexdigest()) != (recording.size_bytes, recording.sha256):
        raise UnfitRecordingError("its original is not what was held; the disk for recordings spoiled it")


def _has_room(folder: Path, size_bytes: int, answers: int) -> bool:
    """For one more recording, and for the answers to so many, which come onto the same disk."""
    disk = os.statvfs(folder)
    block = disk.f_frsize
    returned = answers * (len(ANSWER_FILES) * max(block, _ANSWER_BYTES) + block + _LISTED_BYTES)
    chunks = 1 + size_bytes // _AGE_CHUNK_BYTES
    needed = size_bytes + chunks * _AGE_TAG_BYTES + 2 * _AGE_HEADER_BYTES_MAX + 2 * STATEMENT_BYTES_MAX
    return disk.f_bavail * disk.f_frsize >= needed + returned + RESERVE_BYTES


class _Box:
    """The folder that is being filled: each file encrypted as it is written, and on the disk when `put` returns."""

    def __init__(self, folder: Path, recipient: str) -> None:
        self._folder = folder
        self._recipient = recipient
        self.files: list[CourierFile] = []

    def put(self, name: str, content: Iterator[bytes]) -> None:
        with (self._folder / name).open("xb") as file:
            counted = _Counted(file)
            encrypt(content, self._recipient, counted)
            file.flush()
            os.fsync(file.fileno())
        self.files.append(CourierFile(name, counted.count, counted.digest.hexdigest()))

    def drop(self, names: Sequence[str]) -> None:
        self.files = [file for file in self.files if file.name not in names]
        for name in names:
            (self._folder / name).unlink(missing_ok=True)


class _Counted:
    """A file to write, and the size and digest of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0
        self.digest = sha256()

    def write(self, chunk: bytes) -> int:
        self._file.write(chunk)
        self.digest.update(chunk)
        self.count += len(chunk)
        return len(chunk)

    def flush(self) -> None:
        self._file.flush()
