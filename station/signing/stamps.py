"""Time stamps by RFC 3161 over a statement's signature: what is asked, and whether an answer may be kept.

An answer counts only where openssl would take it too: over this signature, to this question, by a certificate for time
stamping and nothing else that leads up to the configured authority, and at a time that can be true.
"""

from hashlib import new as hash_of
from hashlib import sha256
from typing import NamedTuple

from asn1crypto import cms, core, tsp
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from station.errors import RefusedError, WrongUseError

STAMP = "statement.tsr"
ANSWER_BYTES_MAX = 65_536
"""A stamp with its certificates has a tenth of it."""
CLOCKS_APART_MS_MAX = 300_000
"""Between the authority's clock and ours, where ours knows the time."""
_SHA256_OID = "2.16.840.1.101.3.4.2.1"
_UNREADABLE = (ValueError, TypeError, KeyError, RecursionError)


class Stamped(NamedTuple):
    """A stamp that was checked: the authority's whole answer, and the time in it."""

    answer: bytes
    at_ms: int

    @property
    def sha256(self) -> str:
        return sha256(self.answer).hexdigest()


def read_authority(ca_pem: bytes) -> x509.Certificate:
    """The one root that stamps lead up to, for openssl as for us; WrongUseError where it is none."""
    try:
        found = x509.load_pem_x509_certificates(ca_pem)
        constraints = found[0].extensions.get_extension_for_class(x509.BasicConstraints).value
        found[0].verify_directly_issued_by(found[0])
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound) as error:
        raise WrongUseError(
            f"stamps.ca is no root certificate: {error}; ask the time-stamp authority for it"
        ) from error
    if len(found) != 1 or not constraints.ca:
        raise WrongUseError("stamps.ca is not one root certificate; ask the time-stamp authority for it")
    return found[0]


def stamp_request(signature: bytes) -> TimeStampRequest:
    """With a nonce of its own, so that no old answer fits; the answer is to bring its certificates."""
    return TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256).build()


def checked_stamp(answer: bytes, asked: TimeStampRequest, root: x509.Certificate, now_ms: int | None) -> Stamped:
    """`now_ms` is None where our clock does not know the time. Refused, with a code, or worth keeping.

    Codes: STAMP_UNREADABLE, STAMP_NOT_GRANTED, STAMP_OF_SOMETHING_ELSE, STAMP_UNFIT, STAMP_AT_ANOTHER_TIME.
    """
    read = _decoded(answer)
    try:
        told = read.response.tst_info
        imprint = (told.message_imprint.hash_algorithm.dotted_string, told.message_imprint.message)
        at_ms = round(told.gen_time.timestamp() * 1000)
        same_question = told.nonce == asked.nonce
    except _UNREADABLE as error:
        raise RefusedError("STAMP_UNREADABLE") from error
    _require(imprint == (_SHA256_OID, asked.message_imprint.message) and same_question, "STAMP_OF_SOMETHING_ELSE")
    _require_signed(read, asked, root)
    _require(now_ms is None or abs(at_ms - now_ms) <= CLOCKS_APART_MS_MAX, "STAMP_AT_ANOTHER_TIME")
    return Stamped(answer, at_ms)


class _Response(core.Sequence):  # type: ignore[misc]  # the library ships no types
    """RFC 3161, 2.4.2. A refusal brings no token, which the library's own class does not know."""

    _fields = [  # noqa: RUF012 - as the library wants it
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class _Answer(NamedTuple):
    """The same answer, as two readers read it: one verifies, the other shows what the first does not."""

    response: TimeStampResponse
    signed: cms.SignedData


def _decoded(answer: bytes) -> _Answer:
    """Exactly one granted answer and no byte beside it, so that nobody keeps what was not checked."""
    try:
        read = _Response.load(answer, strict=True)
        if read["status"]["status"].native != "granted":
            raise RefusedError("STAMP_NOT_GRANTED")
        signed = read["time_stamp_token"]["content"]
        # Openssl's own authority does not sort its certificates as DER wants; no signature is over their order.
        signed["certificates"] = cms.CertificateSet(sorted(signed["certificates"], key=lambda one: one.dump()))
        return _Answer(decode_timestamp_response(read.dump()), signed)
    except _UNREADABLE as error:
        raise RefusedError("STAMP_UNREADABLE") from error


def _require_signed(answer: _Answer, asked: TimeStampRequest, root: x509.Certificate) -> None:
    """The library asks openssl's own question about the certificate: for time stamping, and for nothing else."""
    verifier = VerifierBuilder.from_request(asked).add_root_certificate(root).build()
    try:
        verifier.verify(answer.response, asked.message_imprint.message)
        named = _named_by_the_signer(answer.signed, _leaf(answer.signed).dump())
    except (VerificationError, *_UNREADABLE) as error:
        raise RefusedError("STAMP_UNFIT") from error
    _require(named, "STAMP_UNFIT")


def _leaf(signed: cms.SignedData) -> Certificate:
    (signer,) = signed["signer_infos"]
    sid = signer["sid"].chosen
    wanted = (sid["issuer"].dump(), sid["serial_number"].native)
    (leaf,) = (
        one.chosen for one in signed["certificates"] if (one.chosen.issuer.dump(), one.chosen.serial_number) == wanted
    )
    return leaf


def _named_by_the_signer(signed: cms.SignedData, leaf: bytes) -> bool:
    """RFC 5035: what is signed names the certificate that signed, or another could be put in its place."""
    (signer,) = signed["signer_infos"]
    for attribute in signer["signed_attrs"]:
        kind = attribute["type"].native
        if kind in {"signing_certificate", "signing_certificate_v2"}:
            named = attribute["values"][0]["certs"][0]
            algorithm = named["hash_algorithm"]["algorithm"].native if kind.endswith("v2") else "sha1"
            return bool(hash_of(algorithm, leaf).digest() == named["cert_hash"].native)
    return False


def _require(holds: bool, code: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise RefusedError(code)
