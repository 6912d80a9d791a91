"""Certificates of the agency: whether one was issued for this role and name, and whether its key signed.

Only checks; who issues is in provisioning. Everything not demanded here is refused: deny by default.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from station.errors import RefusedError

STATION_TLS = "station-tls"
STATION_EVIDENCE = "station-evidence"
REGISTRY_TLS = "registry-tls"
REGISTRY_EVIDENCE = "registry-evidence"
BROKER_TLS = "broker-tls"
DESK_TLS = "desk-tls"
POLICY = "policy"
REGISTRY_NAME = "registry"
BROKER_NAME = "broker"
POLICY_NAME = "policy"

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336."""
ROLES: Mapping[str, frozenset[x509.ObjectIdentifier]] = {
    STATION_TLS: frozenset({ExtendedKeyUsageOID.CLIENT_AUTH}),
    STATION_EVIDENCE: frozenset({DOCUMENT_SIGNING}),
    REGISTRY_TLS: frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}),
    REGISTRY_EVIDENCE: frozenset({DOCUMENT_SIGNING}),
    BROKER_TLS: frozenset({ExtendedKeyUsageOID.SERVER_AUTH}),
    DESK_TLS: frozenset({ExtendedKeyUsageOID.SERVER_AUTH}),
    POLICY: frozenset({DOCUMENT_SIGNING}),
}
"""What each role's certificate may be used for: this and nothing else."""

_PEM_BYTES_MAX = 65_536
_UNDERSTOOD = frozenset(
    {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE}
    | {ExtensionOID.SUBJECT_ALTERNATIVE_NAME}
)
"""The extensions that may be critical."""
_UNFIT_EXTENSIONS = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError)


def leaf_of(chain_pem: bytes) -> bytes:
    """The first certificate of a chain, as `signer.pem` or `registry.pem` holds it: alone, in PEM's usual form."""
    return _read(chain_pem, "CERTIFICATE_UNREADABLE")[0].public_bytes(serialization.Encoding.PEM)


def fingerprint_of(ca_pem: bytes) -> str:
    """SHA-256 of the certificate as people compare it and openssl prints it: `AB:CD:…`."""
    return _only(ca_pem, "CA_UNREADABLE").fingerprint(hashes.SHA256()).hex(":").upper()


def require_issued(leaf_pem: bytes, ca_pem: bytes, role: str, name: str | None, at_ms: int) -> x509.Certificate:
    """The one certificate in `leaf_pem`, issued by the CA for this role (and name) and valid then; or refused.

    Codes: CA_UNREADABLE, CA_UNFIT, CERTIFICATE_UNREADABLE, CERTIFICATE_OF_ANOTHER_CA, CERTIFICATE_NOT_VALID_THEN,
    CERTIFICATE_OF_ANOTHER_ROLE, CERTIFICATE_OF_ANOTHER_NAME, CERTIFICATE_UNFIT.
    """
    authority = _only(ca_pem, "CA_UNREADABLE")
    leaf = _only(leaf_pem, "CERTIFICATE_UNREADABLE")
    _require(_may_issue(authority), "CA_UNFIT")
    _require(_issued_by(leaf, authority), "CERTIFICATE_OF_ANOTHER_CA")
    _require(_valid(leaf, at_ms) and _valid(authority, at_ms), "CERTIFICATE_NOT_VALID_THEN")
    _require_of_role(leaf, role)
    common_name = _subject(leaf, NameOID.COMMON_NAME)
    _require(common_name is not None and name in {None, common_name}, "CERTIFICATE_OF_ANOTHER_NAME")
    return leaf


def nearest_valid_ms(leaf_pem: bytes, at_ms: int) -> int:
    """The moment nearest to this one at which the certificate is valid, as openssl counts: not at its very end.

    For what was signed by a clock that did not know the time, or with a certificate that has since expired.
    """
    certificate = _only(leaf_pem, "CERTIFICATE_UNREADABLE")
    begins_s = int(certificate.not_valid_before_utc.timestamp())
    ends_s = int(certificate.not_valid_after_utc.timestamp())
    return max(begins_s * 1000, min(at_ms, (ends_s - 1) * 1000))


def require_role(leaf_pem: bytes, role: str) -> x509.Certificate:
    """The one certificate in `leaf_pem`, fit for this role whoever issued it; for signers, who hold no CA."""
    leaf = _only(leaf_pem, "CERTIFICATE_UNREADABLE")
    _require_of_role(leaf, role)
    return leaf


def _require_of_role(leaf: x509.Certificate, role: str) -> None:
    _require(_subject(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME) == role, "CERTIFICATE_OF_ANOTHER_ROLE")
    _require(_fits(leaf, role), "CERTIFICATE_UNFIT")


def name_of(certificate: x509.Certificate) -> str:
    """The CN of a certificate that `require_issued` accepted."""
    name = _subject(certificate, NameOID.COMMON_NAME)
    if name is None:
        raise RefusedError("CERTIFICATE_OF_ANOTHER_NAME")
    return name


def verify_evidence(certificate: x509.Certificate, signature: bytes, message: bytes) -> None:
    """Refused as SIGNATURE_DOES_NOT_HOLD unless this certificate's P-256 key signed the message."""
    key = certificate.public_key()
    _require(_is_p256(key), "CERTIFICATE_UNFIT")
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - just asked
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise RefusedError("SIGNATURE_DOES_NOT_HOLD") from error


def _require(holds: bool, code: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise RefusedError(code)


def _read(pem: bytes, code: str) -> list[x509.Certificate]:
    _require(len(pem) <= _PEM_BYTES_MAX, code)
    try:
        return x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion) as error:
        raise RefusedError(code) from error


def _only(pem: bytes, code: str) -> x509.Certificate:
    """Exactly one and nothing beside it, so that nobody checks one certificate and uses another.

    Openssl, for one, takes a TRUSTED CERTIFICATE for a certificate; the reader here passes over it.
    """
    certificate = _read(pem, code)[0]
    _require(certificate.public_bytes(serialization.Encoding.PEM) == pem, code)
    return certificate


def _may_issue(authority: x509.Certificate) -> bool:
    try:
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage)
    except _UNFIT_EXTENSIONS:
        return False
    return constraints.critical and constraints.value.ca and usage.value.key_cert_sign and _has_p256(authority)


def _issued_by(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
        return isinstance(leaf.signature_hash_algorithm, hashes.SHA256)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _valid(certificate: x509.Certificate, at_ms: int) -> bool:
    try:
        at = datetime.fromtimestamp(at_ms // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str | None:
    """The one value of a subject's attribute; None where there is none, or several to choose from."""
    try:
        values = [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]
    except ValueError:
        return None
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None


def _fits(leaf: x509.Certificate, role: str) -> bool:
    """A leaf of this role: signs and nothing else, cannot issue, and says nothing critical that we do not know."""
    try:
        extensions = leaf.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints)
        usage = extensions.get_extension_for_class(x509.KeyUsage)
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except _UNFIT_EXTENSIONS:
        return False
    return (
        _has_p256(leaf)
        and constraints.critical
        and not constraints.value.ca
        and usage.critical
        and usage.value.digital_signature
        and not usage.value.key_cert_sign
        and frozenset(purposes) == ROLES.get(role)
        and all(extension.oid in _UNDERSTOOD for extension in extensions if extension.critical)
    )


def _has_p256(certificate: x509.Certificate) -> bool:
    try:
        return _is_p256(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return False


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
