"""Statements: our signed claim about one recording, with all that a court needs to check it without us.

A statement is RFC 8785 canonical JSON; the bytes signed are the bytes kept. It claims what the station saw, never
that what was filmed is true. No text in it needs a JSON reader (see plain_text).
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from station.custody.facts import Code, Digest, ErrorMilliseconds, Fact, FactNumber, Milliseconds, RecordingHeld
from station.custody.facts_of_footage import NOTES_MAX, RecordingExamined
from station.errors import BrokenCustodyError, RefusedError, UnfitObservationError
from station.hashing import PassingDigest
from station.signing.certificates import (
    STATION_EVIDENCE,
    fingerprint_of,
    name_of,
    nearest_valid_ms,
    require_issued,
    verify_evidence,
)
from station.signing.court import court_words
from station.signing.plain_text import FileLine, Sentence, Word, file_line, quoted
from station.stamp import utc_ms, utc_text

PART_BYTES = 8 * 1024 * 1024
PARTS_MAX = 2_048
"""So many digests stay well below what the signer signs; larger recordings get larger parts."""
STATEMENT_BYTES_MAX = 262_144
CHECKS_MADE = ("READ_BACK_EQUAL", "PARTS_AND_WHOLE_READ_AGAIN_EQUAL")
MEDIA_CHECKED = "MEDIA_EXAMINED"

_HASH_AT_ONCE_BYTES = 1024 * 1024
_CANONICAL = msgspec.json.Encoder(order="sorted")

StationId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Fingerprint = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}:){31}[0-9A-F]{2}\Z")]
UtcText = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\Z")]
Sentences = Annotated[tuple[Sentence, ...], Meta(max_length=32)]


class StatedMedia(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the file was found to say of itself; the time by the camera's own clock. Every key is always there."""

    container: Code
    begun_device_ms: Milliseconds | None
    length_ms: Count | None
    notes: Annotated[tuple[Code, ...], Meta(max_length=NOTES_MAX)]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every key but `media` is always there; names and ids that others chose are written by `quoted`."""

    format: Literal["dockward-statement/1"] = "dockward-statement/1"
    station: StationId
    origin: Word
    recording: FactNumber
    """Number of its recording_held in the journal of that origin."""
    held_at: UtcText
    clock: Literal["synchronised", "free"]
    bay: Word
    docking: FactNumber
    camera: Word | None
    model: Word | None
    clock_ahead_ms: Milliseconds | None
    clock_error_ms: ErrorMilliseconds | None
    loan: FactNumber | None
    officer: Word | None
    unattributed: Code | None
    original_name: Word
    size_bytes: Count
    sha256: Digest
    part_bytes: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    parts: Annotated[tuple[Digest, ...], Meta(max_length=PARTS_MAX)]
    begun_device_ms: Milliseconds | None
    ended_device_ms: Milliseconds | None
    media: StatedMedia | msgspec.UnsetType = msgspec.UNSET
    """Left out where the file was not looked into, as before any was."""
    checks: Annotated[tuple[Code, ...], Meta(max_length=32)]
    policy: Word
    ca_fingerprint: Fingerprint
    files: tuple[FileLine, FileLine]
    commands: Sentences
    proved: Sentences
    not_proved: Sentences


_READER = msgspec.json.Decoder(Statement)
"""Made here, before there are threads: msgspec crashes where two of them first read a struct with a struct in it."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the docking a recording came from; None where nobody could say."""

    bay: str
    camera: str | None
    model: str | None
    clock_ahead_ms: int | None
    clock_error_ms: int | None
    officer: str | None
    """The opaque id of the officer whose loan the recording is credited to."""


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """A file, whole and in parts, as it was just read."""

    size_bytes: int
    sha256: str
    part_bytes: int
    parts: tuple[str, ...]


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who states: the station, the journal cited, and the certificate that vouches for the evidence key."""

    station: str
    origin: str
    signer_pem: bytes
    """Exactly the file `signer.pem`."""
    ca_pem: bytes


def part_bytes_for(size_bytes: int) -> int:
    """8 MiB, doubled until there are not too many parts."""
    part_bytes = PART_BYTES
    while part_bytes * PARTS_MAX < size_bytes:
        part_bytes *= 2
    return part_bytes


def part_digests(file: Path, part_bytes: int) -> Digests:
    """Read a file once, and hash it whole and in parts: the whole on a thread beside, for it takes as long again."""
    whole, parts, size = PassingDigest(), [], 0
    with file.open("rb", buffering=0) as content:
        while read := _digest_part(content.read, part_bytes, whole.update):
            digest, count = read
            parts.append(digest)
            size += count
    return Digests(size_bytes=size, sha256=whole.hexdigest(), part_bytes=part_bytes, parts=tuple(parts))


def _digest_part(
    read: Callable[[int], bytes], part_bytes: int, also: Callable[[bytes], None]
) -> tuple[str, int] | None:
    """One part's digest and size, however few bytes each read gives; None at the end."""
    part, count = sha256(), 0
    while count < part_bytes and (chunk := read(min(_HASH_AT_ONCE_BYTES, part_bytes - count))):
        also(chunk)
        part.update(chunk)
        count += len(chunk)
    return (part.hexdigest(), count) if count else None


def media_of(held: int, following: Fact | None) -> StatedMedia | msgspec.UnsetType:
    """`following`: the fact after a `recording_held`, which says what was found in its file; UNSET if it does not."""
    if following is None or not isinstance(following.body, RecordingExamined) or following.body.recording != held:
        return msgspec.UNSET
    said = following.body
    return StatedMedia(
        container=said.container,
        begun_device_ms=said.media_begun_ms,
        length_ms=said.media_length_ms,
        notes=said.notes,
    )


def make_statement(
    held: Fact,
    original_name: str,
    visit: Visit,
    digests: Digests,
    issuer: Issuer,
    following: Fact | None = None,
) -> Statement:
    """The statement about a `recording_held`; BrokenCustodyError where the file is not what was held."""
    body = held.body
    if not isinstance(body, RecordingHeld):
        raise BrokenCustodyError(f"fact {held.n} is no recording_held: there is nothing to state")
    if (digests.size_bytes, digests.sha256) != (body.size_bytes, body.sha256):
        raise BrokenCustodyError(f"recording {held.n} on disk is not what was held: state nothing, keep everything")
    files = (file_line(body.sha256, "original"), file_line(sha256(issuer.signer_pem).hexdigest(), "signer.pem"))
    signed_at_s = nearest_valid_ms(issuer.signer_pem, held.at.utc_ms) // 1000
    words = court_words("statement", issuer.station, files, fingerprint_of(issuer.ca_pem), signed_at_s)
    media = media_of(held.n, following)
    statement = Statement(
        station=issuer.station,
        origin=quoted(issuer.origin),
        recording=held.n,
        held_at=utc_text(held.at.utc_ms),
        clock="synchronised" if held.at.synchronised else "free",
        bay=quoted(visit.bay),
        docking=body.docking,
        camera=_quoted(visit.camera),
        model=_quoted(visit.model),
        clock_ahead_ms=visit.clock_ahead_ms,
        clock_error_ms=visit.clock_error_ms,
        loan=body.loan,
        officer=_quoted(visit.officer),
        unattributed=body.unattributed,
        original_name=quoted(original_name),
        size_bytes=body.size_bytes,
        sha256=body.sha256,
        part_bytes=digests.part_bytes,
        parts=digests.parts,
        begun_device_ms=body.begun_device_ms,
        ended_device_ms=body.ended_device_ms,
        media=media,
        checks=CHECKS_MADE if media is msgspec.UNSET else (*CHECKS_MADE, MEDIA_CHECKED),
        policy=quoted(held.policy),
        files=files,
        **words._asdict(),
    )
    read_statement(statement_bytes(statement))
    return statement


def statement_bytes(statement: Statement) -> bytes:
    """RFC 8785."""
    return _CANONICAL.encode(statement)


def read_statement(encoded: bytes) -> Statement:
    """UnfitObservationError for anything that is not exactly what `statement_bytes` writes, or contradicts itself.

    Believes nothing: whoever reads checks the signature too, as `check_statement` does.
    """
    if len(encoded) > STATEMENT_BYTES_MAX:
        raise UnfitObservationError(f"a statement of {len(encoded)} bytes; at most {STATEMENT_BYTES_MAX} are taken")
    try:
        statement = _READER.decode(encoded)
        utc_ms(statement.held_at)
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise UnfitObservationError(f"not a statement: {error}") from error
    if statement_bytes(statement) != encoded:
        raise UnfitObservationError("the statement is not in canonical form")
    if len(statement.parts) != -(-statement.size_bytes // statement.part_bytes):
        raise UnfitObservationError("the statement's parts do not make up its size")
    if [line.partition("  ")[2] for line in statement.files] != ["original", "signer.pem"]:
        raise UnfitObservationError("the statement names other files than original and signer.pem")
    if (statement.media is msgspec.UNSET) is (MEDIA_CHECKED in statement.checks):
        raise UnfitObservationError("the statement says of the file that it was looked into, or what was found, alone")
    if not statement.files[0].startswith(statement.sha256):
        raise UnfitObservationError("the statement gives the original two digests")
    return statement


def check_statement(encoded: bytes, signature: bytes, signer_pem: bytes, ca_pem: bytes) -> Statement:
    """The statement, once its certificate, signature, form and words hold; RefusedError with what does not.

    The certificate is judged as of `held_at`, or the moment nearest to it at which it is valid: a station may not know
    the time, and may upload late. By when something was stated is shown by a witnessed journal, not here.

    Codes: those of `require_issued`, SIGNATURE_DOES_NOT_HOLD, STATEMENT_UNREADABLE, STATEMENT_OF_ANOTHER_STATION,
    STATEMENT_OF_ANOTHER_CERTIFICATE, STATEMENT_OF_OTHER_WORDS.
    """
    try:
        statement = read_statement(encoded)
    except UnfitObservationError as error:
        raise RefusedError("STATEMENT_UNREADABLE") from error
    signed_at_ms = nearest_valid_ms(signer_pem, utc_ms(statement.held_at))
    certificate = require_issued(signer_pem, ca_pem, STATION_EVIDENCE, None, signed_at_ms)
    verify_evidence(certificate, signature, encoded)
    if statement.station != name_of(certificate):
        raise RefusedError("STATEMENT_OF_ANOTHER_STATION")
    if statement.files[1] != file_line(sha256(signer_pem).hexdigest(), "signer.pem"):
        raise RefusedError("STATEMENT_OF_ANOTHER_CERTIFICATE")
    said = (statement.ca_fingerprint, statement.commands, statement.proved, statement.not_proved)
    if said != court_words(
        "statement", statement.station, statement.files, fingerprint_of(ca_pem), signed_at_ms // 1000
    ):
        raise RefusedError("STATEMENT_OF_OTHER_WORDS")
    return statement


def _quoted(word: str | None) -> str | None:
    return None if word is None else quoted(word)
