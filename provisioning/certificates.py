"""Makes the agency's certificate authority and the certificates it issues; pure but for the randomness of keys.

Never reads or writes a file and never asks the time. No name reaches a certificate unchecked: what stands in CN is
what the broker and the registry believe.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from station.errors import WrongUseError
from station.signing.certificates import (
    BROKER_NAME,
    BROKER_TLS,
    DOCUMENT_SIGNING,
    POLICY,
    POLICY_NAME,
    REGISTRY_EVIDENCE,
    REGISTRY_NAME,
    REGISTRY_TLS,
    ROLES,
)

AUTHORITY_DAYS = 20 * 365
EVIDENCE_DAYS = 5 * 365
TLS_DAYS = 2 * 365
_BACKDATED = timedelta(days=1)
"""So that a machine whose clock is a little slow believes a new certificate."""

_FIXED_NAMES = {
    REGISTRY_TLS: REGISTRY_NAME,
    REGISTRY_EVIDENCE: REGISTRY_NAME,
    BROKER_TLS: BROKER_NAME,
    POLICY: POLICY_NAME,
}
_STATION = re.compile(r"[a-z0-9-]{1,32}")
_AGENCY = re.compile(r"[a-z0-9-]{1,50}")
"""X.509 ends a common name at 64 bytes, and the authority's has words of its own."""
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_HOST_NAME_MAX = 253


@dataclass(frozen=True, slots=True)
class Authority:
    """An agency's certificate authority: who may say which certificate is whose."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def agency(self) -> str:
        (organisation,) = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return str(organisation.value)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(agency: str, at_ms: int) -> Authority:
    """A self-signed authority that can vouch for leaves and for no other authority."""
    if not _AGENCY.fullmatch(agency):
        raise WrongUseError(f"{agency!r} is no agency id: up to 50 of a-z, 0-9 and dashes, as in station.toml")
    key = new_key()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, agency),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Dockward CA {agency}"),
        ]
    )
    certificate = (
        _begun(name, name, key.public_key(), at_ms, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue(
    authority: Authority,
    role: str,
    name: str,
    public_key: ec.EllipticCurvePublicKey,
    at_ms: int,
    hosts: Sequence[str] = (),
) -> x509.Certificate:
    """A certificate of this role; `hosts` are the addresses a server is reached by."""
    _require_name(role, name)
    purposes = ROLES[role]
    serves = ExtendedKeyUsageOID.SERVER_AUTH in purposes
    if serves != bool(hosts):
        raise WrongUseError(f"a {role} certificate {'names' if serves else 'never names'} the hosts it is reached by")
    issuer = authority.certificate
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority.agency),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    known_by = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    days = EVIDENCE_DAYS if DOCUMENT_SIGNING in purposes else TLS_DAYS
    begun = (
        _begun(issuer.subject, subject, public_key, at_ms, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(sorted(purposes, key=lambda purpose: purpose.dotted_string)), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known_by), critical=False)
    )
    if hosts:
        named = x509.SubjectAlternativeName([_host(host) for host in hosts])
        begun = begun.add_extension(named, critical=False)
    return begun.sign(authority.key, hashes.SHA256())


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _require_name(role: str, name: str) -> None:
    fixed = _FIXED_NAMES.get(role)
    if fixed and name != fixed:
        raise WrongUseError(f"a {role} certificate is named {fixed}, not {name!r}")
    if not fixed and not _STATION.fullmatch(name):
        raise WrongUseError(f"{name!r} is no station id: up to 32 of a-z, 0-9 and dashes")
    if not fixed and name in _FIXED_NAMES.values():
        raise WrongUseError(f"no station may be called {name}: the broker would take it for something else")


def _begun(
    issuer: x509.Name, subject: x509.Name, public_key: ec.EllipticCurvePublicKey, at_ms: int, days: int
) -> x509.CertificateBuilder:
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if len(host) > _HOST_NAME_MAX or not all(map(_LABEL.fullmatch, host.split("."))):
            raise WrongUseError(f"{host!r} is neither a host name nor an address") from None
        return x509.DNSName(host)
