"""Writes what each machine of an agency needs: a folder of keys and certificates for each, whole or not at all.

Never writes over anything, and never gives one enrolment number out twice: two journals of one origin would look
like one that forked.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from provisioning.certificates import Authority, certificate_pem, issue, key_pem, new_authority, new_key
from provisioning.new_folder import CLOSED_FOLDER, OPEN_FOLDER, PUBLIC_FILE, SECRET_FILE, new_folder, write_new
from registry.enrolments import Enrolment
from station.errors import WrongUseError
from station.journal.notes import LOG_KEY, WITNESS_KEY, VerifierKey
from station.signer import FileKeys, create_file_keys
from station.signing.age_files import Identity
from station.signing.certificates import (
    BROKER_NAME,
    BROKER_TLS,
    DESK_TLS,
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


def provision_station(
    ca: Path, out: Path, station: str, number: int, at_ms: int, public_keys: Path | None = None
) -> Enrolment:
    """`signer/` (evidence and log keys), `tls.pem`, `tls.key`, `ca.pem`, `enrolment.json`.

    What `public_keys` has as `<use>.der` is in the station's token already, and gets no key file.
    """
    if number < 1:
        raise WrongUseError("enrolment numbers begin at 1")
    authority = _AuthorityFolder(ca)
    origin = f"dockward/{authority.agency}/{station}/{number}"
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, STATION_TLS, station, at_ms)
        signer, in_token = folder / "signer", _in_token(public_keys)
        public = authority.write_signer_keys(signer, STATION_USES, STATION_EVIDENCE, station, at_ms, in_token)
        write_new(signer / "log-origin", f"{origin}\n".encode(), PUBLIC_FILE)
        enrolment = Enrolment(station, origin, str(_verifier_key(origin, LOG_KEY, public[KeyUse.LOG])))
        encoded = msgspec.json.format(msgspec.json.encode(enrolment)) + b"\n"
        write_new(folder / "enrolment.json", encoded, PUBLIC_FILE)
        authority.claim(f"{station}-{number}", encoded)
    return enrolment


def provision_registry(ca: Path, out: Path, hosts: Sequence[str], at_ms: int) -> VerifierKey:
    """`signer/` (evidence and witness keys), TLS files, `ca.pem`, `courier.key`, `witness.vkey`; answers the last.

    Whoever has `courier.key` reads courier disks; `courier.recipient` beside it is what stations encrypt them for.
    """
    authority = _AuthorityFolder(ca)
    name = f"dockward/{authority.agency}/{REGISTRY_NAME}"
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, REGISTRY_TLS, REGISTRY_NAME, at_ms, hosts)
        public = authority.write_signer_keys(folder / "signer", REGISTRY_USES, REGISTRY_EVIDENCE, REGISTRY_NAME, at_ms)
        witness = _verifier_key(name, WITNESS_KEY, public[KeyUse.WITNESS])
        write_new(folder / "witness.vkey", f"{witness}\n".encode(), PUBLIC_FILE)
        courier = Identity.new()
        write_new(folder / "courier.key", courier.secret_text().encode(), SECRET_FILE)
        write_new(folder / "courier.recipient", f"{courier.recipient}\n".encode(), PUBLIC_FILE)
    return witness


def provision_broker(ca: Path, out: Path, hosts: Sequence[str], at_ms: int) -> None:
    """`tls.pem`, `tls.key`, `ca.pem`."""
    authority = _AuthorityFolder(ca)
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, BROKER_TLS, BROKER_NAME, at_ms, hosts)


def provision_desk(ca: Path, out: Path, station: str, hosts: Sequence[str], at_ms: int) -> None:
    """`tls.pem`, `tls.key`, `ca.pem`: by which a browser in the office knows this station."""
    authority = _AuthorityFolder(ca)
    with new_folder(out, OPEN_FOLDER) as folder:
        authority.write_tls(folder, DESK_TLS, station, at_ms, hosts)


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

    def write_signer_keys(
        self,
        folder: Path,
        uses: Sequence[KeyUse],
        role: str,
        name: str,
        at_ms: int,
        in_token: Mapping[KeyUse, bytes] = MappingProxyType({}),
    ) -> dict[KeyUse, bytes]:
        """Keys that only the signer will read, as their public halves; the one for evidence is vouched for."""
        create_file_keys(folder, [use for use in uses if use not in in_token])
        keys = FileKeys(folder, elsewhere=frozenset(in_token))
        public = {use: in_token[use] if use in in_token else keys.public_key(use) for use in uses}
        evidence = serialization.load_der_public_key(public[KeyUse.EVIDENCE])
        if not isinstance(evidence, ec.EllipticCurvePublicKey) or not isinstance(evidence.curve, ec.SECP256R1):
            raise WrongUseError(f"the evidence key of {name} is no P-256 key")
        certificate = issue(self._authority, role, name, evidence, at_ms)
        self._remember(certificate)
        write_new(folder / "evidence-chain.pem", certificate_pem(certificate), PUBLIC_FILE)
        return public

    def claim(self, enrolled: str, encoded: bytes) -> None:
        try:
            write_new(self._path / "enrolled" / f"{enrolled}.json", encoded, PUBLIC_FILE)
        except FileExistsError as error:
            raise WrongUseError(f"{enrolled} was enrolled before; take the next enrolment number") from error

    def _remember(self, certificate: x509.Certificate) -> None:
        """Whoever must revoke a certificate one day needs its serial number."""
        path = self._path / "issued" / f"{certificate.serial_number:040x}.pem"
        write_new(path, certificate_pem(certificate), PUBLIC_FILE)


def _in_token(public_keys: Path | None) -> dict[KeyUse, bytes]:
    if public_keys is None:
        return {}
    found = {use: path.read_bytes() for use in STATION_USES if (path := public_keys / f"{use}.der").is_file()}
    if KeyUse.EVIDENCE not in found:
        raise WrongUseError(f"there is no evidence.der in {public_keys}; make it with dockward signer public-keys")
    for use, encoded in found.items():
        try:
            serialization.load_der_public_key(encoded)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise WrongUseError(f"{use}.der in {public_keys} is no public key; make it anew in the token") from error
    return found


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
