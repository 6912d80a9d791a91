"""Promise: keys stay in the signer, sign what each is for and nothing else, and openssl takes what they sign."""

import os
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from station.errors import RefusedError, WireFailedError, WrongUseError
from station.journal.notes import LOG_KEY, WITNESS_KEY, Checkpoint, VerifierKey, cosign, parse_note, sign_checkpoint
from station.signer import FileKeys, create_file_keys
from station.signing.signer_wire import MESSAGE_BYTES_MAX, REGISTRY_USES, STATION_USES, KeyUse, RemoteSigner
from tests import openssl
from tests.note_keys import AT_SECONDS, HEAD, SIGNED
from tests.signer_process import PATIENCE_SECONDS, command, running_signer, socket_path

CHECKPOINT = str(HEAD).encode()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("station") / "keys"
    create_file_keys(folder, tuple(KeyUse))
    return folder


@pytest.fixture(scope="module")
def path(keys: Path) -> Iterator[Path]:
    with socket_path() as path, running_signer(keys, path):
        yield path


@pytest.fixture(scope="module")
def signer(path: Path) -> RemoteSigner:
    return RemoteSigner(path)


@pytest.fixture
def own_keys(tmp_path: Path) -> Path:
    create_file_keys(tmp_path / "keys", tuple(KeyUse))
    return tmp_path / "keys"


def pem_of(key: PrivateKeyTypes, password: bytes = b"") -> bytes:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def read_private(path: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def test_openssl_reads_the_public_keys(signer: RemoteSigner) -> None:
    evidence, log, witness = (openssl.describe_key(signer.public_key(use)) for use in KeyUse)
    assert "NIST CURVE: P-256" in evidence
    assert "ED25519 Public-Key" in log
    assert "ED25519 Public-Key" in witness


@pytest.mark.parametrize("message", [b"", b"\x00", "清单".encode(), CHECKPOINT, b"x" * MESSAGE_BYTES_MAX], ids=len)
def test_openssl_takes_what_the_evidence_key_signs(signer: RemoteSigner, message: bytes, tmp_path: Path) -> None:
    public, signature = signer.public_key(KeyUse.EVIDENCE), signer.sign(KeyUse.EVIDENCE, message)
    assert openssl.holds_ecdsa(public, message, signature, tmp_path)
    assert not openssl.holds_ecdsa(public, message + b"x", signature, tmp_path)


def test_openssl_takes_the_checkpoint_that_the_log_key_signs(signer: RemoteSigner, tmp_path: Path) -> None:
    public, signature = signer.public_key(KeyUse.LOG), signer.sign(KeyUse.LOG, CHECKPOINT)
    assert openssl.holds_ed25519(public, CHECKPOINT, signature, tmp_path)
    assert not openssl.holds_ed25519(public, CHECKPOINT.replace(b"70000", b"70001"), signature, tmp_path)


def test_a_note_signed_over_the_wire_is_signed_by_the_log(signer: RemoteSigner) -> None:
    log_key = VerifierKey(HEAD.origin, LOG_KEY, signer.public_key(KeyUse.LOG)[-32:])
    note = sign_checkpoint(HEAD, log_key, lambda message: signer.sign(KeyUse.LOG, message))
    assert parse_note(str(note)).signed_by(log_key)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        CHECKPOINT[:-1],
        CHECKPOINT + b"\n",
        CHECKPOINT + b"extension\n",
        CHECKPOINT * 2,
        b"\n" + CHECKPOINT,
        b"cosignature/v1\ntime 1795219200\n" + CHECKPOINT,
        str(SIGNED).encode(),
        CHECKPOINT.replace(b"70000", b"070000"),
        CHECKPOINT.replace(b"\n", b"\r\n"),
    ],
    ids=ascii,
)
def test_the_log_key_signs_nothing_but_a_checkpoint(signer: RemoteSigner, message: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        signer.sign(KeyUse.LOG, message)
    assert refused.value.code == "LOG_KEY_SIGNS_CHECKPOINTS_ONLY"
    assert signer.sign(KeyUse.EVIDENCE, message)


def cosignature_text(at_seconds: object, checkpoint: bytes) -> bytes:
    return f"cosignature/v1\ntime {at_seconds}\n".encode() + checkpoint


def test_a_cosignature_made_over_the_wire_is_the_witness_s(signer: RemoteSigner) -> None:
    key = VerifierKey("witness.test/w", WITNESS_KEY, signer.public_key(KeyUse.WITNESS)[-32:])
    line = cosign(HEAD, key, AT_SECONDS, lambda message: signer.sign(KeyUse.WITNESS, message))
    assert SIGNED.with_signatures(line).signed_by(key)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        CHECKPOINT,
        cosignature_text(1, b""),
        cosignature_text(1, b"hello"),
        cosignature_text(1, CHECKPOINT * 2),
        cosignature_text(1, CHECKPOINT + b"\n"),
        cosignature_text(1, CHECKPOINT.replace(b"\n", b"\r\n")),
        cosignature_text("01", CHECKPOINT),
        cosignature_text("-1", CHECKPOINT),
        cosignature_text("", CHECKPOINT),
        cosignature_text("1" * 17, CHECKPOINT),
        cosignature_text("٣", CHECKPOINT),
        b"\n" + cosignature_text(1, CHECKPOINT),
        cosignature_text(1, CHECKPOINT).replace(b"v1", b"v2"),
        cosignature_text(1, CHECKPOINT).replace(b"time", b"Time"),
    ],
    ids=ascii,
)
def test_the_witness_key_signs_nothing_but_a_cosignature(signer: RemoteSigner, message: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        signer.sign(KeyUse.WITNESS, message)
    assert refused.value.code == "WITNESS_KEY_SIGNS_COSIGNATURES_ONLY"


def test_a_log_key_bound_to_its_journal_signs_no_other_s_checkpoint(own_keys: Path) -> None:
    (own_keys / "log-origin").write_text(f"{HEAD.origin}\n", encoding="utf-8")
    bound = FileKeys(own_keys)
    assert bound.sign(KeyUse.LOG, CHECKPOINT) == read_private(own_keys / "log.pem").sign(CHECKPOINT)
    for origin in ("dockward/110105/st-2/1", f"{HEAD.origin}0", HEAD.origin[:-1], "x"):
        with pytest.raises(RefusedError) as refused:
            bound.sign(KeyUse.LOG, str(Checkpoint(origin, HEAD.size, HEAD.root)).encode())
        assert refused.value.code == "LOG_KEY_SIGNS_ITS_OWN_JOURNAL_ONLY"


def test_a_binding_that_names_nothing_is_not_taken_for_none(own_keys: Path) -> None:
    (own_keys / "log-origin").write_text("\n", encoding="utf-8")
    with pytest.raises(WrongUseError, match="names no journal"):
        FileKeys(own_keys)


@pytest.mark.parametrize("uses", [STATION_USES, REGISTRY_USES])
def test_a_signer_has_the_keys_it_was_given_and_no_more(tmp_path: Path, uses: tuple[KeyUse, ...]) -> None:
    create_file_keys(tmp_path / "keys", uses)
    with socket_path() as path, running_signer(tmp_path / "keys", path):
        signer = RemoteSigner(path)
        for use in KeyUse:
            if use in uses:
                assert signer.public_key(use)
            else:
                for ask in (signer.public_key, lambda use: signer.sign(use, b"m")):
                    with pytest.raises(RefusedError) as refused:
                        ask(use)
                    assert refused.value.code == "NO_KEY_FOR_THIS_USE"


def test_many_who_ask_at_once_each_get_their_own_answer(signer: RemoteSigner) -> None:
    heads = [Checkpoint(HEAD.origin, size, HEAD.root) for size in range(64)]
    log_key = VerifierKey(HEAD.origin, LOG_KEY, signer.public_key(KeyUse.LOG)[-32:])
    with ThreadPoolExecutor(16) as pool:
        signatures = list(pool.map(lambda head: signer.sign(KeyUse.LOG, str(head).encode()), heads))
    assert all(log_key.holds(str(head).encode(), found) for head, found in zip(heads, signatures, strict=True))


def test_only_user_and_group_reach_the_socket(path: Path) -> None:
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_chain_is_empty_until_one_is_issued(signer: RemoteSigner, keys: Path, own_keys: Path) -> None:
    assert {signer.chain(use) for use in KeyUse} == {b""}
    pem = (keys / "evidence.pem").read_bytes().replace(b"PRIVATE KEY", b"CERTIFICATE")
    (own_keys / "evidence-chain.pem").write_bytes(pem)
    with socket_path() as path, running_signer(own_keys, path):
        assert RemoteSigner(path).chain(KeyUse.EVIDENCE) == pem
        assert RemoteSigner(path).chain(KeyUse.LOG) == b""


def test_new_keys_are_their_owners_alone_and_never_written_over(own_keys: Path) -> None:
    assert stat.S_IMODE(own_keys.stat().st_mode) == 0o700
    files = {path.name: path.read_bytes() for path in own_keys.iterdir()}
    assert sorted(files) == ["evidence.pem", "log.pem", "witness.pem"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in own_keys.iterdir())
    with pytest.raises(WrongUseError, match="keys already"):
        create_file_keys(own_keys)
    assert {path.name: path.read_bytes() for path in own_keys.iterdir()} == files


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666])
@pytest.mark.parametrize("use", KeyUse)
def test_a_key_that_others_can_reach_is_not_used(own_keys: Path, use: KeyUse, mode: int) -> None:
    FileKeys(own_keys)
    (own_keys / f"{use}.pem").chmod(mode)
    with pytest.raises(WrongUseError, match="chmod 600"):
        FileKeys(own_keys)


def test_the_process_says_why_it_will_not_start(own_keys: Path) -> None:
    (own_keys / "log.pem").chmod(0o644)
    with socket_path() as path:
        done = subprocess.run(
            command(own_keys, path), capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
        assert not path.exists()
    assert done.returncode == 2
    assert done.stderr.startswith("dockward signer: others can read")
    assert done.stderr.count("\n") == 1


OTHER_KEYS = {
    "p384": pem_of(ec.generate_private_key(ec.SECP384R1())),
    "k256": pem_of(ec.generate_private_key(ec.SECP256K1())),
    "rsa": pem_of(rsa.generate_private_key(65_537, 2_048)),
    "locked": pem_of(Ed25519PrivateKey.generate(), b"secret"),
    "empty": b"",
    "garbage": b"\x00\xff" * 40,
    "cut": pem_of(Ed25519PrivateKey.generate())[:80],
    "public": Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
}


@pytest.mark.parametrize("other", sorted(OTHER_KEYS))
@pytest.mark.parametrize("use", KeyUse)
def test_a_key_of_the_wrong_kind_is_not_used(own_keys: Path, use: KeyUse, other: str) -> None:
    put(own_keys / f"{use}.pem", OTHER_KEYS[other])
    with pytest.raises(WrongUseError, match=str(use)):
        FileKeys(own_keys)


def test_keys_are_not_used_for_each_other(own_keys: Path) -> None:
    (own_keys / "log.pem").rename(own_keys / "evidence.pem.new")
    (own_keys / "evidence.pem").rename(own_keys / "log.pem")
    (own_keys / "evidence.pem.new").rename(own_keys / "evidence.pem")
    with pytest.raises(WrongUseError, match="not a key for evidence"):
        FileKeys(own_keys)


def test_a_folder_without_keys_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no key to be had"):
        FileKeys(tmp_path)


@pytest.mark.parametrize("use", KeyUse)
def test_a_key_that_is_no_file_is_said_so(own_keys: Path, use: KeyUse) -> None:
    (own_keys / f"{use}.pem").unlink()
    (own_keys / f"{use}.pem").mkdir(mode=0o700)
    with pytest.raises(WrongUseError, match=f"no {use} key"):
        FileKeys(own_keys)


def test_a_signer_that_died_is_a_wire_that_failed_and_one_restarted_is_asked_again(own_keys: Path) -> None:
    with socket_path() as path:
        signer = RemoteSigner(path)
        with pytest.raises(WireFailedError, match="did not answer"):
            signer.public_key(KeyUse.LOG)
        with running_signer(own_keys, path) as process:
            public = signer.public_key(KeyUse.LOG)
            process.kill()
            process.wait()
            for _ in range(2):
                with pytest.raises(WireFailedError, match="did not answer"):
                    signer.sign(KeyUse.LOG, CHECKPOINT)
        assert path.exists()
        with running_signer(own_keys, path):
            assert signer.public_key(KeyUse.LOG) == public
            signature = signer.sign(KeyUse.LOG, CHECKPOINT)
    assert VerifierKey(HEAD.origin, LOG_KEY, public[-32:]).holds(CHECKPOINT, signature)


def test_the_process_has_no_key_in_what_others_can_see(own_keys: Path) -> None:
    """Its command line and its environment name folders, never a key."""
    with socket_path() as path, running_signer(own_keys, path) as process:
        shown = b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    assert os.fsencode(own_keys) in shown
    assert b"PRIVATE KEY" not in shown


def test_a_key_that_systemd_hands_over_may_carry_its_access_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From systemd 254 on credentials are 0440, the group bit being the mask of an access list."""
    folder = tmp_path / "keys"
    create_file_keys(folder)
    (folder / "evidence.pem").chmod(0o440)
    with pytest.raises(WrongUseError, match="others can read"):
        FileKeys(folder)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert FileKeys(folder).public_key(KeyUse.EVIDENCE)
    (folder / "evidence.pem").chmod(0o444)
    with pytest.raises(WrongUseError, match="others can read"):
        FileKeys(folder)
