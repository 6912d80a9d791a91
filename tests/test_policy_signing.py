"""Promise: a pack from outside is believed only under the agency's policy key, byte for byte, with all it stands on."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from provisioning.machines import provision_broker, provision_ca, provision_policy, provision_station
from station.errors import RefusedError, WrongUseError
from station.policy.pack import PackError
from station.signing.certificates import POLICY, fingerprint_of, require_issued
from station.signing.policy_packs import (
    chain_named,
    delivered_pack,
    pack_in_force,
    packaged_pack,
    require_signed,
    sign_pack,
)

AT_MS = 1_795_219_200_000
YEAR_MS = 365 * 86_400_000
PACK = """
id = "civil"
version = 1
kind = "department"
zh = "某某科"
en = "A section"
extends = "mingshan@1"

[handover]
deadline = { value = 12, status = "default" }
"""
CHILD = PACK.replace('"civil"', '"civil-two"').replace('"mingshan@1"', '"parent@1"')
PARENT = PACK.replace('"civil"', '"parent"').replace('kind = "department"\n', "")


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agency")
    provision_ca(folder / "ca", "640100", AT_MS)
    provision_policy(folder / "ca", folder / "policy", AT_MS)
    provision_station(folder / "ca", folder / "station", "st-a", 1, AT_MS)
    provision_broker(folder / "ca", folder / "broker", ["broker.example"], AT_MS)
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "civil.toml"
    path.write_text(PACK, encoding="utf-8")
    return path


def signed(path: Path, agency: Path) -> None:
    key, certificate = ((agency / f"policy/policy.{end}").read_bytes() for end in ("key", "pem"))
    sign_pack(path, path.read_bytes(), key, certificate)


def ca(agency: Path) -> bytes:
    return (agency / "ca/ca.pem").read_bytes()


def openssl(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)


def test_the_policy_key_is_its_owners_alone_and_the_authority_remembers_it(agency: Path) -> None:
    assert {path.name for path in (agency / "policy").iterdir()} == {"policy.key", "policy.pem", "ca.pem"}
    assert (agency / "policy/policy.key").stat().st_mode & 0o777 == 0o600
    pem = (agency / "policy/policy.pem").read_bytes()
    assert pem in {path.read_bytes() for path in (agency / "ca/issued").iterdir()}
    require_issued(pem, ca(agency), POLICY, "policy", AT_MS)
    with pytest.raises(RefusedError):
        require_issued(pem, ca(agency), "station-evidence", None, AT_MS)


def test_openssl_alone_verifies_what_was_signed(agency: Path, pack: Path, tmp_path: Path) -> None:
    signed(pack, agency)
    key = tmp_path / "key.pub"
    key.write_text(openssl("x509", "-in", f"{pack}.pem", "-noout", "-pubkey").stdout, encoding="utf-8")
    verify = ["dgst", "-sha256", "-verify", str(key), "-signature", f"{pack}.sig"]
    assert openssl(*verify, str(pack)).stdout == "Verified OK\n"
    at = ["-attime", str(AT_MS // 1000), "-x509_strict", "-CAfile", str(agency / "ca/ca.pem")]
    assert openssl("verify", *at, f"{pack}.pem").returncode == 0
    pack.write_text(PACK.replace("12", "24"), encoding="utf-8")
    assert openssl(*verify, str(pack)).returncode != 0


def test_a_signed_pack_is_believed(agency: Path, pack: Path) -> None:
    signed(pack, agency)
    effective = delivered_pack(pack, ca(agency), AT_MS)
    assert effective.number("handover.deadline") == 12
    assert packaged_pack("mingshan").number("handover.deadline") == 24


def test_what_was_altered_after_signing_is_refused(agency: Path, pack: Path) -> None:
    signed(pack, agency)
    pack.write_text(PACK + "\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"civil\.toml: SIGNATURE_INVALID: SIGNATURE_DOES_NOT_HOLD"):
        delivered_pack(pack, ca(agency), AT_MS)


@pytest.mark.parametrize("suffix", [".sig", ".pem"])
def test_without_signature_or_certificate_nothing_is_believed(agency: Path, pack: Path, suffix: str) -> None:
    signed(pack, agency)
    Path(f"{pack}{suffix}").unlink()
    with pytest.raises(PackError, match="SIGNATURE_INVALID"):
        delivered_pack(pack, ca(agency), AT_MS)


def test_the_signature_is_looked_at_before_a_word_is_read(agency: Path, pack: Path) -> None:
    pack.write_text("this is no TOML", encoding="utf-8")
    with pytest.raises(PackError, match="SIGNATURE_INVALID"):
        delivered_pack(pack, ca(agency), AT_MS)


def test_another_agencys_key_or_one_that_has_run_out_is_refused(agency: Path, pack: Path, tmp_path: Path) -> None:
    signed(pack, agency)
    with pytest.raises(PackError, match="CERTIFICATE_NOT_VALID_THEN"):
        delivered_pack(pack, ca(agency), AT_MS + 5 * YEAR_MS + 1000)
    provision_ca(tmp_path / "other", "640200", AT_MS)
    with pytest.raises(PackError, match="CERTIFICATE_OF_ANOTHER_CA"):
        delivered_pack(pack, (tmp_path / "other/ca.pem").read_bytes(), AT_MS)


def test_what_a_delivered_pack_stands_on_is_signed_as_well(agency: Path, tmp_path: Path) -> None:
    """Or an unsigned parent would loosen what a signed child inherits."""
    child, parent = tmp_path / "civil-two.toml", tmp_path / "parent.toml"
    child.write_text(CHILD, encoding="utf-8")
    parent.write_text(PARENT, encoding="utf-8")
    signed(child, agency)
    with pytest.raises(PackError, match=r"parent\.toml: SIGNATURE_INVALID"):
        delivered_pack(child, ca(agency), AT_MS)
    signed(parent, agency)
    assert delivered_pack(child, ca(agency), AT_MS).name == "civil-two@1"


def test_a_file_that_takes_the_name_of_the_defaults_is_not_taken_for_them(agency: Path, pack: Path) -> None:
    signed(pack, agency)
    (pack.parent / "mingshan.toml").write_text(PARENT.replace('"parent"', '"mingshan"'), encoding="utf-8")
    with pytest.raises(PackError, match=r"mingshan\.toml: SIGNATURE_INVALID"):
        delivered_pack(pack, ca(agency), AT_MS)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        (
            "mingshan",
            PARENT.replace('"parent"', '"mingshan"').replace('"mingshan@1"', '"yinchuan@1"'),
            "of the software",
        ),
        (
            "defaults",
            'id = "defaults"\nversion = 1\nzh = "某"\nen = "x"\nkind = "defaults"\n',
            "come with the software",
        ),
    ],
)
def test_a_signed_pack_never_passes_for_one_of_the_software(
    agency: Path, tmp_path: Path, name: str, text: str, wrong: str
) -> None:
    """Facts name the pack that judged them, and other defaults would lower every floor."""
    above, below = tmp_path / "civil.toml", tmp_path / f"{name}.toml"
    above.write_text(PACK.replace('extends = "mingshan@1"', f'extends = "{name}@1"'), encoding="utf-8")
    below.write_text(text, encoding="utf-8")
    for path in (above, below):
        signed(path, agency)
    with pytest.raises(PackError, match=wrong):
        delivered_pack(above, ca(agency), AT_MS)


def test_the_signature_is_of_what_was_read_whatever_the_file_is_by_then(agency: Path, pack: Path) -> None:
    read = pack.read_bytes()
    pack.write_text(PACK.replace("12", "24"), encoding="utf-8")
    signed(pack, agency)
    with pytest.raises(PackError, match="SIGNATURE_DOES_NOT_HOLD"):
        require_signed(pack, read, ca(agency), AT_MS)


@pytest.mark.parametrize("content", [b"", b"\0" * 100_000])
@pytest.mark.parametrize("suffix", [".sig", ".pem"])
def test_an_empty_or_endless_signature_is_none(agency: Path, pack: Path, suffix: str, content: bytes) -> None:
    signed(pack, agency)
    Path(f"{pack}{suffix}").write_bytes(content)
    with pytest.raises(PackError, match="SIGNATURE_INVALID"):
        delivered_pack(pack, ca(agency), AT_MS)


def test_a_file_without_end_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    with pytest.raises(PackError, match="larger than"):
        chain_named(str(tmp_path / "endless.toml"))


def test_the_defaults_alone_are_never_in_force() -> None:
    with pytest.raises(PackError, match="nobody's rules"):
        pack_in_force("defaults", b"", AT_MS)


def test_a_key_that_is_not_the_certificates_writes_nothing(agency: Path, pack: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    for key, pem, wrong in (
        (_pem(other), agency / "policy/policy.pem", "SIGNATURE_DOES_NOT_HOLD"),
        ((agency / "station/tls.key").read_bytes(), agency / "station/tls.pem", "CERTIFICATE_OF_ANOTHER_ROLE"),
        ((agency / "broker/tls.key").read_bytes(), agency / "broker/tls.pem", "CERTIFICATE_OF_ANOTHER_ROLE"),
    ):
        with pytest.raises(RefusedError, match=wrong):
            sign_pack(pack, pack.read_bytes(), key, pem.read_bytes())
    assert [path.name for path in pack.parent.iterdir()] == ["civil.toml"]


@pytest.mark.parametrize("kind", ["ed25519", "locked", "garbage"])
def test_only_an_unlocked_p256_key_signs(agency: Path, pack: Path, kind: str) -> None:
    keys = {
        "ed25519": _pem(ed25519.Ed25519PrivateKey.generate()),
        "locked": _pem(ec.generate_private_key(ec.SECP256R1()), b"word"),
        "garbage": b"no key",
    }
    with pytest.raises(WrongUseError):
        sign_pack(pack, pack.read_bytes(), keys[kind], (agency / "policy/policy.pem").read_bytes())
    assert [path.name for path in pack.parent.iterdir()] == ["civil.toml"]


def test_signing_again_replaces_the_signature(agency: Path, pack: Path) -> None:
    signed(pack, agency)
    pack.write_text(PACK.replace("12", "6"), encoding="utf-8")
    signed(pack, agency)
    assert delivered_pack(pack, ca(agency), AT_MS).number("handover.deadline") == 6
    assert fingerprint_of(Path(f"{pack}.pem").read_bytes())


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, word: bytes | None = None) -> bytes:
    locked = serialization.BestAvailableEncryption(word) if word else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
