"""Receipts: the registry's signed answer that it holds one recording, as our journal states it.

A receipt that fails one check counts for nothing: it may be what lets a camera be cleared.
"""

from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from cryptography import x509
from msgspec import Meta

from station.custody.facts import Digest, FactNumber
from station.errors import RefusedError, UnfitObservationError
from station.journal.notes import Note, NoteError, VerifierKey, parse_note
from station.signing.certificates import (
    REGISTRY_EVIDENCE,
    REGISTRY_NAME,
    fingerprint_of,
    nearest_valid_ms,
    require_issued,
    verify_evidence,
)
from station.signing.court import court_words
from station.signing.plain_text import FileLine, Word, file_line, quoted
from station.signing.statements import Count, Fingerprint, Sentences, Statement, StationId, UtcText, statement_bytes
from station.stamp import utc_ms, utc_text

RECEIPT_BYTES_MAX = 65_536
_NOTE_CHARACTERS_MAX = 16_384
_CANONICAL = msgspec.json.Encoder(order="sorted")


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every key is always there."""

    format: Literal["dockward-receipt/1"] = "dockward-receipt/1"
    registry: Word
    """The registry's name for people; its certificate says only that it is the agency's registry."""
    station: StationId
    origin: Word
    recording: FactNumber
    stated: FactNumber
    """Number of the statement_signed entry."""
    size_bytes: Count
    sha256: Digest
    statement_sha256: Digest
    received_at: UtcText
    checkpoint: Annotated[str, Meta(max_length=_NOTE_CHARACTERS_MAX)]
    """The cosigned note, whole, that covers both entries."""
    ca_fingerprint: Fingerprint
    files: tuple[FileLine, FileLine, FileLine]
    commands: Sentences
    proved: Sentences
    not_proved: Sentences


_READER = msgspec.json.Decoder(Receipt)


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers: the registry, and the certificate that vouches for its evidence key."""

    registry: str
    registry_pem: bytes
    """Exactly the file `registry.pem`."""
    ca_pem: bytes


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt must say to be ours."""

    station: str
    origin: str
    recording: int
    stated: int
    sha256: str
    size_bytes: int
    statement_sha256: str


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a receipt must come from: keys known from provisioning, not from the receipt."""

    ca_pem: bytes
    log_key: VerifierKey
    witness_key: VerifierKey


def make_receipt(statement: Statement, stated: int, checkpoint: str, received_at_ms: int, by: Receiver) -> Receipt:
    """The answer about a recording that was read back from the vault and found equal to its statement."""
    statement_sha256 = sha256(statement_bytes(statement)).hexdigest()
    files = (
        file_line(statement.sha256, "original"),
        file_line(statement_sha256, "statement.json"),
        file_line(sha256(by.registry_pem).hexdigest(), "registry.pem"),
    )
    signed_at_s = nearest_valid_ms(by.registry_pem, received_at_ms) // 1000
    receipt = Receipt(
        registry=quoted(by.registry),
        station=statement.station,
        origin=statement.origin,
        recording=statement.recording,
        stated=stated,
        size_bytes=statement.size_bytes,
        sha256=statement.sha256,
        statement_sha256=statement_sha256,
        received_at=utc_text(received_at_ms),
        checkpoint=checkpoint,
        files=files,
        **court_words("receipt", REGISTRY_NAME, files, fingerprint_of(by.ca_pem), signed_at_s)._asdict(),
    )
    read_receipt(receipt_bytes(receipt))
    return receipt


def receipt_bytes(receipt: Receipt) -> bytes:
    """RFC 8785."""
    return _CANONICAL.encode(receipt)


def read_receipt(encoded: bytes) -> Receipt:
    """UnfitObservationError for anything that is not exactly what `receipt_bytes` writes. Believes nothing."""
    if len(encoded) > RECEIPT_BYTES_MAX:
        raise UnfitObservationError(f"a receipt of {len(encoded)} bytes; at most {RECEIPT_BYTES_MAX} are taken")
    try:
        receipt = _READER.decode(encoded)
        utc_ms(receipt.received_at)
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise UnfitObservationError(f"not a receipt: {error}") from error
    if receipt_bytes(receipt) != encoded:
        raise UnfitObservationError("the receipt is not in canonical form")
    stated = (file_line(receipt.sha256, "original"), file_line(receipt.statement_sha256, "statement.json"))
    if receipt.files[:2] != stated or not receipt.files[2].endswith("  registry.pem"):
        raise UnfitObservationError("the receipt's files are not those it speaks of")
    return receipt


def check_receipt(
    receipt_json: bytes, signature: bytes, registry_pem: bytes, expected: Expected, trust: Trust, at_ms: int
) -> Receipt:
    """The receipt, once everything holds; RefusedError with what does not.

    Codes: those of `require_issued`, SIGNATURE_DOES_NOT_HOLD, RECEIPT_UNREADABLE, RECEIPT_OF_ANOTHER_CERTIFICATE,
    RECEIPT_OF_ANOTHER_STATION (_ORIGIN, _RECORDING, _STATEMENT, _SIZE, _DIGEST, _ENTRY), RECEIPT_OF_OTHER_WORDS,
    RECEIPT_CHECKPOINT_UNREADABLE, RECEIPT_CHECKPOINT_UNSIGNED, RECEIPT_NOT_WITNESSED, RECEIPT_CHECKPOINT_TOO_SMALL.
    """
    certificate = require_issued(registry_pem, trust.ca_pem, REGISTRY_EVIDENCE, REGISTRY_NAME, at_ms)
    receipt = _read_signed(receipt_json, signature, certificate)
    if receipt.files[2] != file_line(sha256(registry_pem).hexdigest(), "registry.pem"):
        raise RefusedError("RECEIPT_OF_ANOTHER_CERTIFICATE")
    said = {
        "STATION": receipt.station == expected.station,
        "ORIGIN": receipt.origin == quoted(expected.origin),
        "RECORDING": receipt.recording == expected.recording,
        "STATEMENT": receipt.statement_sha256 == expected.statement_sha256,
        "SIZE": receipt.size_bytes == expected.size_bytes,
        "DIGEST": receipt.sha256 == expected.sha256,
        "ENTRY": receipt.stated == expected.stated,
    }
    for what, holds in said.items():
        if not holds:
            raise RefusedError(f"RECEIPT_OF_ANOTHER_{what}")
    words = (receipt.ca_fingerprint, receipt.commands, receipt.proved, receipt.not_proved)
    signed_at_s = nearest_valid_ms(registry_pem, utc_ms(receipt.received_at)) // 1000
    if words != court_words("receipt", REGISTRY_NAME, receipt.files, fingerprint_of(trust.ca_pem), signed_at_s):
        raise RefusedError("RECEIPT_OF_OTHER_WORDS")
    _require_witnessed(receipt, expected, trust)
    return receipt


def _read_signed(receipt_json: bytes, signature: bytes, certificate: x509.Certificate) -> Receipt:
    verify_evidence(certificate, signature, receipt_json)
    try:
        return read_receipt(receipt_json)
    except UnfitObservationError as error:
        raise RefusedError("RECEIPT_UNREADABLE") from error


def _require_witnessed(receipt: Receipt, expected: Expected, trust: Trust) -> None:
    """The registry saw both entries in our own journal, and said so as its witness."""
    try:
        note = parse_note(receipt.checkpoint)
    except NoteError as error:
        raise RefusedError("RECEIPT_CHECKPOINT_UNREADABLE") from error
    if note.checkpoint.origin != expected.origin or not _signed(note, trust.log_key):
        raise RefusedError("RECEIPT_CHECKPOINT_UNSIGNED")
    if not _signed(note, trust.witness_key):
        raise RefusedError("RECEIPT_NOT_WITNESSED")
    if note.checkpoint.size <= max(expected.recording, expected.stated):
        raise RefusedError("RECEIPT_CHECKPOINT_TOO_SMALL")


def _signed(note: Note, key: VerifierKey) -> bool:
    try:
        return note.signed_by(key)
    except NoteError:
        return False
