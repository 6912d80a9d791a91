"""Promise: only a certificate that our CA issued for this role and name, valid then, is believed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning.certificates import certificate_pem, issue, new_authority
from station.errors import RefusedError
from station.signing.certificates import (
    BROKER_TLS,
    DESK_TLS,
    DOCUMENT_SIGNING,
    REGISTRY_TLS,
    ROLES,
    STATION_EVIDENCE,
    STATION_TLS,
    fingerprint_of,
    leaf_of,
    name_of,
    nearest_valid_ms,
    require_issued,
    verify_evidence,
)
from tests.agency import AT_MS, Agency, Leaf, Validity

AGENCY = Agency()
LEAF = AGENCY.station_evidence("st-1")
P384 = ec.generate_private_key(ec.SECP384R1())


def code_of(pem: bytes, name: str | None = "st-1", ca_pem: bytes = AGENCY.ca_pem, at_ms: int = AT_MS) -> str:
    with pytest.raises(RefusedError) as refused:
        require_issued(pem, ca_pem, STATION_EVIDENCE, name, at_ms)
    return refused.value.code


def signed(builder: x509.CertificateBuilder, agency: Agency = AGENCY) -> bytes:
    return builder.sign(agency.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def leaf_builder(role: str = STATION_EVIDENCE, name: str = "st-1") -> x509.CertificateBuilder:
    return AGENCY.unsigned(role, name, LEAF.key.public_key())


def without(builder: x509.CertificateBuilder, kind: type[x509.ExtensionType]) -> x509.CertificateBuilder:
    kept: list[x509.Extension[x509.ExtensionType]] = builder._extensions
    builder._extensions = [one for one in kept if not isinstance(one.value, kind)]
    return builder


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_is_believed_as_itself_alone(role: str) -> None:
    leaf = AGENCY.issue(role, "st-1", hosts=["registry.example", "127.0.0.1"])
    for other in ROLES:
        if other == role:
            assert name_of(require_issued(leaf.pem, AGENCY.ca_pem, other, "st-1", AT_MS)) == "st-1"
            assert require_issued(leaf.pem, AGENCY.ca_pem, other, None, AT_MS) == leaf.certificate
        else:
            with pytest.raises(RefusedError) as refused:
                require_issued(leaf.pem, AGENCY.ca_pem, other, "st-1", AT_MS)
            assert refused.value.code == "CERTIFICATE_OF_ANOTHER_ROLE"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_what_provisioning_issues_is_believed(role: str) -> None:
    name = "st-1" if role.startswith("station") else role.partition("-")[0]
    hosts = ["127.0.0.1"] if role in {BROKER_TLS, DESK_TLS, REGISTRY_TLS} else []
    authority = new_authority("640100", AT_MS)
    certificate = issue(authority, role, name, LEAF.key.public_key(), AT_MS, hosts)
    ca_pem = certificate_pem(authority.certificate)
    assert require_issued(certificate_pem(certificate), ca_pem, role, name, AT_MS) == certificate


def test_a_role_nobody_knows_is_refused() -> None:
    with pytest.raises(RefusedError):
        require_issued(LEAF.pem, AGENCY.ca_pem, "officer", "st-1", AT_MS)


def test_another_name_is_refused() -> None:
    assert code_of(LEAF.pem, name="st-2") == "CERTIFICATE_OF_ANOTHER_NAME"
    assert code_of(LEAF.pem, name="") == "CERTIFICATE_OF_ANOTHER_NAME"


def test_another_ca_is_refused_even_under_our_cas_name() -> None:
    assert code_of(Agency().station_evidence("st-1").pem) == "CERTIFICATE_OF_ANOTHER_CA"
    assert code_of(Agency("640200").station_evidence("st-1").pem) == "CERTIFICATE_OF_ANOTHER_CA"


def test_a_leaf_is_no_ca() -> None:
    own = Leaf(LEAF.key, LEAF.certificate)
    assert code_of(LEAF.pem, ca_pem=own.pem) == "CA_UNFIT"


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"x",
        LEAF.pem[:-40],
        LEAF.pem + LEAF.pem,
        LEAF.pem + AGENCY.ca_pem,
        b"\x00" * 99_999,
        AGENCY.ca_pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE") + LEAF.pem,
        b"words\n" + LEAF.pem,
        LEAF.pem + b"\n",
        LEAF.pem.replace(b"\n", b"\r\n"),
    ],
    ids=range(10),
)
def test_what_is_not_one_certificate_is_refused(pem: bytes) -> None:
    assert code_of(pem) == "CERTIFICATE_UNREADABLE"
    assert code_of(LEAF.pem, ca_pem=pem) == "CA_UNREADABLE"


def test_validity_is_judged_at_the_time_given() -> None:
    begins, ends = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    pem = AGENCY.issue(STATION_EVIDENCE, "st-1", validity=Validity(begins, ends)).pem
    begins_ms, ends_ms = (int(moment.timestamp()) * 1000 for moment in (begins, ends))
    for at_ms in (begins_ms, ends_ms, ends_ms + 999):
        require_issued(pem, AGENCY.ca_pem, STATION_EVIDENCE, "st-1", at_ms)
    for at_ms in (begins_ms - 1, ends_ms + 1_000, 0, -1, 10**18):
        assert code_of(pem, at_ms=at_ms) == "CERTIFICATE_NOT_VALID_THEN"


def test_the_nearest_valid_moment_is_inside_the_validity() -> None:
    begins, ends = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    pem = AGENCY.issue(STATION_EVIDENCE, "st-1", validity=Validity(begins, ends)).pem
    begins_ms, last_ms = int(begins.timestamp()) * 1000, (int(ends.timestamp()) - 1) * 1000
    inside = begins_ms + 77_777
    for at_ms, nearest in ((-1, begins_ms), (begins_ms, begins_ms), (inside, inside), (last_ms + 1, last_ms)):
        assert nearest_valid_ms(pem, at_ms) == nearest
        require_issued(pem, AGENCY.ca_pem, STATION_EVIDENCE, "st-1", nearest)


def with_extension(value: x509.ExtensionType, *, critical: bool) -> Callable[[], bytes]:
    return lambda: signed(without(leaf_builder(), type(value)).add_extension(value, critical=critical))


USAGE = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}
UNFIT: dict[str, Callable[[], bytes]] = {
    "not for signing documents": with_extension(x509.ExtendedKeyUsage([x509.OID_SERVER_AUTH]), critical=False),
    "for more than its role": with_extension(
        x509.ExtendedKeyUsage([DOCUMENT_SIGNING, x509.OID_SERVER_AUTH]), critical=False
    ),
    "a CA": with_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True),
    "perhaps a CA": with_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False),
    "signs nothing": with_extension(
        x509.KeyUsage(digital_signature=False, key_cert_sign=False, **USAGE), critical=True
    ),
    "signs certificates": with_extension(
        x509.KeyUsage(digital_signature=True, key_cert_sign=True, **USAGE), critical=True
    ),
    "critical and unknown": with_extension(
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), critical=True
    ),
    "no constraints": lambda: signed(without(leaf_builder(), x509.BasicConstraints)),
    "no usage": lambda: signed(without(leaf_builder(), x509.KeyUsage)),
    "no purpose": lambda: signed(without(leaf_builder(), x509.ExtendedKeyUsage)),
    "another curve": lambda: signed(AGENCY.unsigned(STATION_EVIDENCE, "st-1", P384.public_key())),
}


@pytest.mark.parametrize("what", sorted(UNFIT))
def test_an_unfit_certificate_is_refused(what: str) -> None:
    assert code_of(UNFIT[what]()) == "CERTIFICATE_UNFIT"


def test_two_roles_or_names_to_choose_from_are_refused() -> None:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, STATION_TLS),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, STATION_EVIDENCE),
            x509.NameAttribute(NameOID.COMMON_NAME, "st-2"),
            x509.NameAttribute(NameOID.COMMON_NAME, "st-1"),
        ]
    )
    builder = leaf_builder()
    builder._subject_name = subject
    assert code_of(signed(builder)) == "CERTIFICATE_OF_ANOTHER_ROLE"
    builder._subject_name = x509.Name(list(subject)[1:])
    assert code_of(signed(builder)) == "CERTIFICATE_OF_ANOTHER_NAME"


def test_the_leaf_of_a_chain_is_its_first() -> None:
    assert leaf_of(LEAF.pem) == LEAF.pem
    assert leaf_of(b"some words\n" + LEAF.pem + AGENCY.ca_pem) == LEAF.pem


def test_a_fingerprint_is_what_openssl_prints() -> None:
    fingerprint = fingerprint_of(AGENCY.ca_pem)
    assert fingerprint.count(":") == 31
    assert fingerprint.replace(":", "").lower() == AGENCY.certificate.fingerprint(hashes.SHA256()).hex()


def test_a_signature_is_of_this_key_and_message_alone() -> None:
    signature = LEAF.sign(b"message")
    verify_evidence(LEAF.certificate, signature, b"message")
    for certificate, signed_by, message in (
        (LEAF.certificate, signature, b"massage"),
        (AGENCY.certificate, signature, b"message"),
        (LEAF.certificate, signature[:-1], b"message"),
        (LEAF.certificate, b"", b"message"),
    ):
        with pytest.raises(RefusedError, match="SIGNATURE_DOES_NOT_HOLD"):
            verify_evidence(certificate, signed_by, message)
