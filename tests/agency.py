"""An agency of tests: its CA and the certificates it issues, in memory. Secrets of nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from station.signing.certificates import REGISTRY_EVIDENCE, REGISTRY_NAME, ROLES, STATION_EVIDENCE

VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2120, 1, 1, tzinfo=UTC)
"""Long, because openssl and TLS look at the machine's own clock."""
AT_MS = int(datetime(2026, 11, 21, 8, 30, tzinfo=UTC).timestamp()) * 1000
"""A moment at which all that is issued here is valid, unless a test asks for otherwise."""


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(**parts: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(getattr(NameOID, oid), value) for oid, value in parts.items()])


def _usage(*, issues: bool) -> x509.KeyUsage:
    no = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    only = {"encipher_only": False, "decipher_only": False, "crl_sign": issues, "key_cert_sign": issues}
    return x509.KeyUsage(digital_signature=not issues, **no, **only)


@dataclass(frozen=True)
class Leaf:
    """A certificate and its key, as files hold them, and as a signer uses them."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, message: bytes) -> bytes:
        """As the signer's evidence key does."""
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class Validity:
    begins: datetime = VALID_FROM
    ends: datetime = VALID_UNTIL


@dataclass(frozen=True)
class Agency:
    """One CA. `issue` gives what provisioning gives; what it should never give is built by hand in the tests."""

    name: str = "640100"
    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = _name(COMMON_NAME=f"Dockward CA {self.name}")
        builder = _builder(name, name, self.key.public_key(), Validity())
        return (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(issues=True), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def ca_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, role: str, name: str, hosts: Sequence[str] = (), validity: Validity | None = None) -> Leaf:
        key = _new_key()
        unsigned = self.unsigned(role, name, key.public_key(), hosts, validity)
        return Leaf(key, unsigned.sign(self.key, hashes.SHA256()))

    def unsigned(
        self,
        role: str,
        name: str,
        key: ec.EllipticCurvePublicKey,
        hosts: Sequence[str] = (),
        validity: Validity | None = None,
    ) -> x509.CertificateBuilder:
        """A leaf of this role, still to be signed: tests add what does not belong there."""
        subject = _name(ORGANIZATION_NAME=self.name, ORGANIZATIONAL_UNIT_NAME=role, COMMON_NAME=name)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            _builder(subject, self.certificate.subject, key, validity or Validity())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(issues=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(sorted(ROLES[role], key=str)), critical=False)
            .add_extension(authority, critical=False)
        )
        if hosts:
            names = x509.SubjectAlternativeName([_host(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return builder

    def station_evidence(self, station: str) -> Leaf:
        return self.issue(STATION_EVIDENCE, station)

    def registry_evidence(self) -> Leaf:
        return self.issue(REGISTRY_EVIDENCE, REGISTRY_NAME)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, validity: Validity
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.begins)
        .not_valid_after(validity.ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
