"""What a courier's delivery says of itself: which files, of which station, how far its journal reaches; and its seal.

    manifest.json           canonical JSON; every encrypted file with its size and digest
    seal-sha256.txt         the digests of manifest.json and signer.pem, as `sha256sum -c` reads them
    seal-sha256.txt.sig     by the station's evidence key, as `openssl dgst -sha256 -verify` reads it
    signer.pem              the certificate of that key
    journal.age             batches as they go over MQTT, one a line
    N.papers.age            statement, signature and certificate of recording N, as they go over HTTP
    N.original.age          its original

Only checks and writes these words; reads and encrypts no recording.
"""

import errno
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import msgspec
from msgspec import Meta

from station.custody.facts import Digest, FactNumber
from station.errors import RefusedError
from station.signing.certificates import STATION_EVIDENCE, name_of, nearest_valid_ms, require_issued, verify_evidence
from station.signing.plain_text import file_line
from station.signing.statements import Count, StationId, UtcText
from station.stamp import utc_ms

MANIFEST, SEAL, SIGNATURE, CERTIFICATE = "manifest.json", "seal-sha256.txt", "seal-sha256.txt.sig", "signer.pem"
JOURNAL = "journal.age"
RETURN = "return"
"""Beside the deliveries: a folder of answers for each, under the same name."""
COSIGNED = "cosigned"
"""Among the answers: the cosigned checkpoint."""
ANSWER_FILES = ("receipt.json", "receipt.sig", "registry.pem")
"""Among the answers, each behind the number of its recording: `N.receipt.json`."""
MANIFEST_BYTES_MAX = 64 << 20
SMALL_BYTES_MAX = 65_536
RECORDINGS_MAX = 100_000
_CANONICAL = msgspec.json.Encoder(order="sorted")


class CourierFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file as it lies there, encrypted."""

    name: Annotated[str, Meta(max_length=64)]
    size_bytes: Count
    sha256: Digest


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"first": "from"}):
    """Facts `first` up to, not including, `to`; no journal where they are the same."""

    format: Literal["dockward-courier/1"] = "dockward-courier/1"
    station: StationId
    origin: Annotated[str, Meta(min_length=1, max_length=256)]
    number: Annotated[int, Meta(ge=1, le=1_000_000)]
    """One more for each delivery of this journal."""
    written_at: UtcText
    recipient: Annotated[str, Meta(max_length=64)]
    first: Count
    to: Count
    recordings: Annotated[tuple[FactNumber, ...], Meta(max_length=RECORDINGS_MAX)]
    files: Annotated[tuple[CourierFile, ...], Meta(max_length=2 * RECORDINGS_MAX + 1)]

    @property
    def name(self) -> str:
        return delivery_name(self.station, self.origin, self.number)


_READER = msgspec.json.Decoder(Manifest)


def delivery_prefix(station: str, origin: str) -> str:
    """How the names of all deliveries of this journal begin: a station that is enrolled anew counts from 1 again."""
    return f"dockward-{station}-{origin.rpartition('/')[2]}-"


def delivery_name(station: str, origin: str, number: int) -> str:
    return f"{delivery_prefix(station, origin)}{number}"


def open_regular(path: Path) -> BinaryIO:
    """A file of a disk that anybody may have written: OSError for a link, a pipe, or what else is no file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def papers_name(recording: int) -> str:
    return f"{recording}.papers.age"


def original_name(recording: int) -> str:
    return f"{recording}.original.age"


def manifest_bytes(manifest: Manifest) -> bytes:
    """RFC 8785."""
    return _CANONICAL.encode(manifest)


def seal_bytes(manifest: bytes, signer_pem: bytes) -> bytes:
    lines = (file_line(sha256(manifest).hexdigest(), MANIFEST), file_line(sha256(signer_pem).hexdigest(), CERTIFICATE))
    return "".join(f"{line}\n" for line in lines).encode()


def check_manifest(manifest: bytes, seal: bytes, signature: bytes, signer_pem: bytes, ca_pem: bytes) -> Manifest:
    """The manifest, once certificate, signature, seal and form hold; RefusedError with what does not.

    Codes: those of `require_issued`, SIGNATURE_DOES_NOT_HOLD, COURIER_SEAL_OF_OTHER_FILES, COURIER_MANIFEST_UNREADABLE,
    COURIER_OF_ANOTHER_STATION.
    """
    try:
        read = _READER.decode(manifest)
        written_ms = utc_ms(read.written_at)
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise RefusedError("COURIER_MANIFEST_UNREADABLE") from error
    at_ms = nearest_valid_ms(signer_pem, written_ms)
    certificate = require_issued(signer_pem, ca_pem, STATION_EVIDENCE, None, at_ms)
    verify_evidence(certificate, signature, seal)
    if seal != seal_bytes(manifest, signer_pem):
        raise RefusedError("COURIER_SEAL_OF_OTHER_FILES")
    if read.station != name_of(certificate):
        raise RefusedError("COURIER_OF_ANOTHER_STATION")
    if manifest_bytes(read) != manifest or tuple(file.name for file in read.files) != _names(read):
        raise RefusedError("COURIER_MANIFEST_UNREADABLE")
    return read


def _names(manifest: Manifest) -> tuple[str, ...]:
    """Exactly the files that such a delivery has, in order."""
    journal = (JOURNAL,) if manifest.to > manifest.first else ()
    pairs = ((papers_name(number), original_name(number)) for number in manifest.recordings)
    return (*journal, *(name for pair in pairs for name in pair))
