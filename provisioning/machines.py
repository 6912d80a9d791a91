"""Writes what each machine of an agency needs: a folder of keys and certificates for each, whole or not at all.

Never writes over anything, and never gives one enrolment number out twice: two journals of one origin would look
like one that forked.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from provisioning.certificates import Authority, certificate_pem, issue, key_pem, new_authority, new_key
from provisioning.new_folder import CLOSED_FOLDER, OPEN_FOLDER, PUBLIC_FILE, SECRET_FILE, new_folder, write_new
from registry.enrolments import Enrolment
from station.errors import WrongUseError
from station.journal.notes import LOG_KEY, WITNESS_KEY, VerifierKey
from station.signer import FileKeys, create_file_keys
from station.signing.certificates import (
    BROKER_NAME,
    BROKER_TLS,
    POLICY,
    POLICY_NAME,
    REGISTRY_EVIDENCE,
    REGISTRY_NAME,
    REGISTRY_TLS,
    STATION_EVIDENCE,
    STATION_TLS,
)
from station.signing.signer_wire import REGISTRY_USES, STATION_USES, KeyUse


def provision_ca(out: Path, agency: str, at_ms: int) -> x509.Certificate:
    """`ca.pem`, `ca.key`, and `issued/` and `enrolled/`, where the authority remembers whom it vouched for."""
    authority = new_authority(agency, at_ms)
    with new_folder(out, CLOSED_FOLDER) as folder:
        write_new(folder / "ca.key", key_pem(authority.key), SECRET_FILE)
        write_new(folder / "ca.pem", certificate_pem(authority.certificate), PUBLIC_FILE)
        (folder / "issued").mkdir()
        (folder / "enrolled").mkdir()
    return authority.certificate


def provision_station(ca: Path, out: Path, station: str, number: int, at_ms: int) -> Enrolment:
    """`signer/` (evidence and log keys), `tls.pem`, `tls.key`, `ca.pem`, `enrolment.json`."""
    if number < 1:
        raise WrongUseError("enrolment numbers begin at 1")
    authority = _AuthorityFolder(ca)
    origin = f"dockward/{authority.agency}/{station}/{number}"
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, STATION_TLS, station, at_ms)
        keys = authority.write_signer_keys(folder / "signer", STATION_USES, STATION_EVIDENCE, station, at_ms)
        write_new(folder / "signer" / "log-origin", f"{origin}\n".encode(), PUBLIC_FILE)
        enrolment = Enrolment(station, origin, str(_verifier_key(origin, LOG_KEY, keys.public_key(KeyUse.LOG))))
        encoded = msgspec.json.format(msgspec.json.encode(enrolment)) + b"\n"
        write_new(folder / "enrolment.json", encoded, PUBLIC_FILE)
        authority.claim(f"{station}-{number}", encoded)
    return enrolment


def provision_registry(ca: Path, out: Path, hosts: Sequence[str], at_ms: int) -> VerifierKey:
    """`signer/` (evidence and witness keys), `tls.pem`, `tls.key`, `ca.pem`, `witness.vkey`; answers the last."""
    authority = _AuthorityFolder(ca)
    name = f"dockward/{authority.agency}/{REGISTRY_NAME}"
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, REGISTRY_TLS, REGISTRY_NAME, at_ms, hosts)
        keys = authority.write_signer_keys(folder / "signer", REGISTRY_USES, REGISTRY_EVIDENCE, REGISTRY_NAME, at_ms)
        witness = _verifier_key(name, WITNESS_KEY, keys.public_key(KeyUse.WITNESS))
        write_new(folder / "witness.vkey", f"{witness}\n".encode(), PUBLIC_FILE)
    return witness


def provision_broker(ca: Path, out: Path, hosts: Sequence[str], at_ms: int) -> None:
    """`tls.pem`, `tls.key`, `ca.pem`."""
    authority = _AuthorityFolder(ca)
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, BROKER_TLS, BROKER_NAME, at_ms, hosts)


def provision_policy(ca: Path, out: Path, at_ms: int) -> x509.Certificate:
    """`policy.key`, `policy.pem`, `ca.pem`: for whoever signs the agency's policy packs; answers the certificate."""
    authority = _AuthorityFolder(ca)
    with new_folder(out, CLOSED_FOLDER) as folder:
        return authority.write_leaf(folder, POLICY_NAME, POLICY, POLICY_NAME, at_ms)


class _AuthorityFolder:
    """The authority as it lies on the technician's disk: it writes down every certificate it issues."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._authority = _read_authority(path)
        self.agency = self._authority.agency

    def write_tls(self, folder: Path, role: str, name: str, at_ms: int, hosts: Sequence[str] = ()) -> None:
        self.write_leaf(folder, "tls", role, name, at_ms, hosts)

    def write_leaf(
        self, folder: Path, file: str, role: str, name: str, at_ms: int, hosts: Sequence[str] = ()
    ) -> x509.Certificate:
        """`FILE.key`, `FILE.pem` and the authority's own `ca.pem`."""
        key = new_key()
        certificate = issue(self._authority, role, name, key.public_key(), at_ms, hosts)
        self._remember(certificate)
        write_new(folder / f"{file}.key", key_pem(key), SECRET_FILE)
        write_new(folder / f"{file}.pem", certificate_pem(certificate), PUBLIC_FILE)
        write_new(folder / "ca.pem", certificate_pem(self._authority.certificate), PUBLIC_FILE)
        return certificate

    def write_signer_keys(self, folder: Path, uses: Sequence[KeyUse], role: str, name: str, at_ms: int) -> FileKeys:
        """Keys that only the signer will read; the one for evidence is vouched for."""
        create_file_keys(folder, uses)
        keys = FileKeys(folder)
        public = serialization.load_der_public_key(keys.public_key(KeyUse.EVIDENCE))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise WrongUseError(f"the evidence key in {folder} is no P-256 key")
        certificate = issue(self._authority, role, name, public, at_ms)
        self._remember(certificate)
        write_new(folder / "evidence-chain.pem", certificate_pem(certificate), PUBLIC_FILE)
        return keys

    def claim(self, enrolled: str, encoded: bytes) -> None:
        try:
            write_new(self._path / "enrolled" / f"{enrolled}.json", encoded, PUBLIC_FILE)
        except FileExistsError as error:
            raise WrongUseError(f"{enrolled} was enrolled before; take the next enrolment number") from error

    def _remember(self, certificate: x509.Certificate) -> None:
        """Whoever must revoke a certificate one day needs its serial number."""
        path = self._path / "issued" / f"{certificate.serial_number:040x}.pem"
        write_new(path, certificate_pem(certificate), PUBLIC_FILE)


def _read_authority(path: Path) -> Authority:
    try:
        certificate = x509.load_pem_x509_certificate((path / "ca.pem").read_bytes())
        key = serialization.load_pem_private_key((path / "ca.key").read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise WrongUseError(f"no authority in {path}: {error}; make one with dockward provision ca") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise WrongUseError(f"{path / 'ca.key'} is not the key of {path / 'ca.pem'}")
    return Authority(certificate, key)


def _verifier_key(name: str, kind: int, der: bytes) -> VerifierKey:
    public = serialization.load_der_public_key(der)
    if not isinstance(public, Ed25519PublicKey):
        raise WrongUseError(f"the key of {name} is no Ed25519 key")
    return VerifierKey(name, kind, public.public_bytes_raw())
