"""A courier's delivery at the registry: checked whole first, then taken through what the network uses.

Nothing on it is believed for having come on a disk. Batches go to the mirror and recordings to the uploads, which judge
them as always; the answers are laid beside the delivery for the station. Safe to repeat: what was taken before is
answered again with the same receipts.
"""

import os
import shutil
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from registry.enrolments import Enrolments
from registry.ledger import Courier, Ledger
from registry.mirror import Mirror
from registry.uploads import Receipted, UploadRefusedError, Uploads, read_papers
from registry.vault import PartUnfitError, PartWriter
from station.durable import sync_folder, write_file
from station.errors import DockwardError, RefusedError, WireFailedError
from station.journal.batches import BATCH_BYTES_MAX
from station.journal.notes import Note
from station.signing.age_files import Identity
from station.signing.courier import (
    ANSWER_FILES,
    CERTIFICATE,
    COSIGNED,
    JOURNAL,
    MANIFEST,
    MANIFEST_BYTES_MAX,
    RETURN,
    SEAL,
    SIGNATURE,
    SMALL_BYTES_MAX,
    CourierFile,
    Manifest,
    check_manifest,
    open_regular,
    original_name,
    papers_name,
)
from station.signing.statements import STATEMENT_BYTES_MAX, Statement, read_statement

PAPERS_BYTES_MAX = 2 * STATEMENT_BYTES_MAX
_READ_BYTES = 1 << 20


class CourierRefusedError(DockwardError):
    """`code` names what is wrong with a delivery; nothing more of it is taken."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(f"{code}: {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The registry's books, as the network writes them, and the key that deliveries are encrypted for."""

    enrolments: Enrolments
    ledger: Ledger
    mirror: Mirror
    uploads: Uploads
    ca_pem: bytes
    now_ms: Callable[[], int]
    identity: Identity


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one delivery; `before_ms` is when it was taken first, if it came again."""

    manifest: Manifest
    cosigned: Note | None
    receipted: tuple[int, ...]
    refused: dict[int, str]
    answers: Path
    before_ms: int | None


def take_delivery(folder: Path, desk: Desk) -> Taken:
    """CourierRefusedError or RefusedError, naming it, for a delivery that does not hold; before anything was taken."""
    manifest, digest = _checked(folder, desk)
    before = desk.ledger.courier(manifest.origin, manifest.number)
    if manifest.to > manifest.first:
        _take_journal(folder, manifest, desk)
    receipts: dict[int, Receipted] = {}
    refused: dict[int, str] = {}
    for number in manifest.recordings:
        try:
            receipts[number] = _take_recording(folder, number, manifest.station, desk)
        except (UploadRefusedError, RefusedError) as error:
            refused[number] = error.code
        except PartUnfitError as error:
            refused[number] = str(error)
        except (OSError, WireFailedError) as error:
            _answer(folder, receipts, desk.mirror.newest(manifest.station))
            raise WireFailedError(
                f"recording {number}: {error}; {len(receipts)} receipts are on the disk; mend that and take it again"
            ) from error
    cosigned = desk.mirror.newest(manifest.station)
    answers = _answer(folder, receipts, cosigned)
    desk.ledger.keep_courier(Courier(manifest.origin, manifest.number, digest, desk.now_ms()))
    return Taken(manifest, cosigned, tuple(receipts), refused, answers, before.at_ms if before else None)


def _checked(folder: Path, desk: Desk) -> tuple[Manifest, str]:
    """The manifest and its digest, once everything that it names is there as it was written."""
    encoded = _small(folder / MANIFEST, MANIFEST_BYTES_MAX)
    seal, signature, signer_pem = (_small(folder / name) for name in (SEAL, SIGNATURE, CERTIFICATE))
    manifest = check_manifest(encoded, seal, signature, signer_pem, desk.ca_pem)
    enrolment = desk.enrolments.find(manifest.station)
    if enrolment is None or enrolment.origin != manifest.origin:
        raise CourierRefusedError("COURIER_NOT_ENROLLED", f"{manifest.origin} is no journal that is enrolled here")
    if manifest.recipient != desk.identity.recipient:
        raise CourierRefusedError("COURIER_FOR_ANOTHER_REGISTRY", f"it was encrypted for {manifest.recipient}")
    if manifest.name != folder.name:
        raise CourierRefusedError("COURIER_SWAPPED", f"{folder.name} holds the delivery {manifest.name}")
    for path in (folder.parent / RETURN, folder.parent / RETURN / folder.name):
        if os.path.lexists(path) and not stat.S_ISDIR(path.lstat().st_mode):
            raise CourierRefusedError("COURIER_RETURN_NO_FOLDER", f"{path} leads elsewhere; take it off the disk")
    for file in manifest.files:
        if not _is_as_written(folder / file.name, file):
            raise CourierRefusedError("COURIER_DAMAGED", f"{file.name} is not what was written; write another disk")
    digest = sha256(encoded).hexdigest()
    known = desk.ledger.courier(manifest.origin, manifest.number)
    if known is not None and known.sha256 != digest:
        raise CourierRefusedError(
            "COURIER_NUMBER_TWICE", f"another {manifest.name} was taken before; does a copy of the station write disks?"
        )
    return manifest, digest


def _take_journal(folder: Path, manifest: Manifest, desk: Desk) -> None:
    station = manifest.station

    def take(line: bytes) -> None:
        answer = desk.mirror.take(station, line, desk.now_ms() // 1000)
        if answer.refused:
            raise CourierRefusedError(answer.refused, f"the journal of {station} is not believed; see the alarms")

    lines = _Lines(take)
    desk.identity.open(folder / JOURNAL, lines)
    lines.end()
    newest = desk.mirror.newest(station)
    if newest is None or newest.checkpoint.size < manifest.to:
        here = newest.checkpoint.size if newest else 0
        raise CourierRefusedError(
            "COURIER_GAP", f"only {here} facts are here; on the station: dockward courier write DISK --from {here}"
        )


def _take_recording(folder: Path, number: int, station: str, desk: Desk) -> Receipted:
    papers = _Collected(PAPERS_BYTES_MAX)
    desk.identity.open(folder / papers_name(number), papers)
    read = read_papers(bytes(papers.content))
    wanted = desk.uploads.begin(station, read)
    if wanted.parts:
        parts = _Parts(desk.uploads, station, wanted.id, read_statement(read.statement))
        with closing(parts):
            desk.identity.open(folder / original_name(number), parts)
    return desk.uploads.complete(station, wanted.id).result()


def _answer(folder: Path, receipts: dict[int, Receipted], cosigned: Note | None) -> Path:
    """Whole or not at all, in place of what was answered before."""
    answers = folder.parent / RETURN / folder.name
    making = answers.with_name(f".{answers.name}.part")
    for left in (making, answers):
        shutil.rmtree(left, ignore_errors=True)
    making.mkdir(parents=True)
    if cosigned is not None:
        write_file(making / COSIGNED, [str(cosigned).encode()])
    for number, given in receipts.items():
        for name, content in zip(ANSWER_FILES, (given.receipt, given.signature, given.certificate), strict=True):
            write_file(making / f"{number}.{name}", [content])
    making.rename(answers)
    sync_folder(answers.parent)
    return answers


class _Collected:
    """A small file, decrypted; no more of it than there can be."""

    def __init__(self, at_most: int) -> None:
        self.content = bytearray()
        self._at_most = at_most

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        if len(self.content) > self._at_most:
            raise CourierRefusedError("COURIER_DAMAGED", "more papers than a recording has")
        return len(chunk)

    def flush(self) -> None:
        pass


class _Lines:
    """Hands on each line as it is complete; no longer ones than a batch is."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._left = bytearray()

    def write(self, chunk: bytes) -> int:
        self._left += chunk
        *lines, rest = self._left.split(b"\n")
        self._left = bytearray(rest)
        for line in lines:
            self._take(bytes(line))
        if len(self._left) > BATCH_BYTES_MAX:
            raise CourierRefusedError("COURIER_DAMAGED", "its journal holds what is no batch")
        return len(chunk)

    def flush(self) -> None:
        pass

    def end(self) -> None:
        if self._left:
            raise CourierRefusedError("COURIER_DAMAGED", "its journal breaks off in a batch")


class _Parts:
    """Cuts an original into the parts that were stated, and gives the uploads each of them that they lack."""

    def __init__(self, uploads: Uploads, station: str, upload: str, statement: Statement) -> None:
        self._uploads = uploads
        self._station = station
        self._upload = upload
        self._statement = statement
        self._number = 0
        self._left = 0
        self._writer: PartWriter | None = None

    def write(self, chunk: bytes) -> int:
        view = memoryview(chunk)
        while view:
            if not self._left:
                self._next()
            taken, view = view[: self._left], view[self._left :]
            if self._writer is not None:
                self._writer.write(bytes(taken))
            self._left -= len(taken)
            if not self._left and self._writer is not None:
                self._writer.finish()
                self.close()
        return len(chunk)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _next(self) -> None:
        said, at = self._statement, self._number * self._statement.part_bytes
        if at >= said.size_bytes:
            raise PartUnfitError("the original is longer than was stated")
        self._number += 1
        self._left = min(said.part_bytes, said.size_bytes - at)
        self._writer = self._uploads.receive(self._station, self._upload, self._number)


def _is_as_written(path: Path, written: CourierFile) -> bool:
    """Its size first: what is longer is not read to its end."""
    try:
        with open_regular(path) as file:
            return os.fstat(file.fileno()).st_size == written.size_bytes and _digest(file) == written.sha256
    except OSError:
        return False


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    while chunk := file.read(_READ_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _small(path: Path, at_most: int = SMALL_BYTES_MAX) -> bytes:
    try:
        with open_regular(path) as file:
            content = file.read(min(os.fstat(file.fileno()).st_size, at_most) + 1)
    except OSError as error:
        raise CourierRefusedError("COURIER_INCOMPLETE", f"{path.name} cannot be read: {error.strerror}") from error
    if len(content) > at_most:
        raise CourierRefusedError("COURIER_DAMAGED", f"{path.name} is longer than a station writes it")
    return content
