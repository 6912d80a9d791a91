"""Promise: keys in a token sign as those in files do, openssl takes it, and nothing is used that nobody asked for."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.machines import provision_ca, provision_station
from station.errors import RefusedError, WireFailedError, WrongUseError
from station.journal.notes import VerifierKey
from station.signer import FileKeys, create_file_keys
from station.signing import token
from station.signing.head_memory import HeadMemory
from station.signing.signer_wire import KeyUse, RemoteSigner, Signer
from station.signing.token import Token, TokenSession
from station.signing.token_keys import TokenKeys
from tests import openssl
from tests.note_keys import HEAD
from tests.signer_process import command, running_signer, socket_path

ROOT = Path(__file__).parent.parent
RUNBOOK = (ROOT / "docs" / "runbooks" / "keys.md").read_text(encoding="utf-8")
LABEL, PIN = "dockward", "271828"
CHECKPOINT = str(HEAD).encode()
BOTH = frozenset({KeyUse.EVIDENCE, KeyUse.LOG})
AT_MS = 1_795_219_200_000


def module() -> Path:
    for path in (Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")):
        if path.exists():
            return path
    raise AssertionError("no SoftHSM to be had; run: apt-get install softhsm2 opensc")


class SoftToken:
    """A token by SoftHSM, in a folder; its keys are made by pkcs11-tool, as the runbook says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens = folder / "tokens"
        self.tokens.mkdir(parents=True)
        self.config = folder / "softhsm2.conf"
        self.config.write_text(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.pin = folder / "pin"
        self.pin.write_text(f"{PIN}\n")
        words = ["--init-token", "--free", "--label", LABEL, "--so-pin", "31415926", "--pin", PIN]
        subprocess.run(["softhsm2-util", *words], env=self.environment, capture_output=True, check=True)

    @property
    def environment(self) -> dict[str, str]:
        named = {"SOFTHSM2_CONF": str(self.config), "MODULE": str(module()), "LABEL": LABEL, "PIN": PIN}
        return {**os.environ, **named, "PYTHONPATH": str(ROOT)}

    def tool(self, *words: str) -> str:
        command = ["pkcs11-tool", "--module", str(module()), "--token-label", LABEL, "--login", "--pin", "env:PIN"]
        return subprocess.run(
            [*command, *words], env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def make(self, use: str, kind: str, *more: str) -> None:
        self.tool("--keypairgen", "--key-type", f"EC:{kind}", "--label", use, "--usage-sign", *more)

    def token(self) -> Token:
        return Token(module(), LABEL, self.pin)

    @property
    def words(self) -> list[str]:
        return ["--module", str(module()), "--token", LABEL, "--pin", str(self.pin)]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both keys, made once; each test has a copy of the folder."""
    made = SoftToken(tmp_path_factory.mktemp("hsm") / "soft")
    for line in typed("1"):
        words = shlex.split(line.replace("$MODULE", str(module())).replace("$LABEL", LABEL))
        subprocess.run(words, env=made.environment, capture_output=True, check=True)
    return made.folder


def typed(chapter: str) -> list[str]:
    """What the runbook has a technician type in one chapter."""
    (text,) = re.findall(rf"^## {chapter}\. .*?(?=^## |\Z)", RUNBOOK, re.DOTALL | re.MULTILINE)
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@pytest.fixture
def soft(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    copy = SoftToken.__new__(SoftToken)
    copy.folder = tmp_path / "soft"
    subprocess.run(["cp", "-a", str(made), str(copy.folder)], check=True)
    copy.tokens, copy.config, copy.pin = (copy.folder / name for name in ("tokens", "softhsm2.conf", "pin"))
    copy.config.write_text(copy.config.read_text().replace(str(made), str(copy.folder)))
    monkeypatch.setenv("SOFTHSM2_CONF", str(copy.config))
    return copy


def opened(soft: SoftToken, keys: Path, uses: frozenset[KeyUse] = BOTH) -> Signer:
    keys.mkdir(exist_ok=True)
    session = TokenSession(soft.token(), uses)
    session._began = True  # another test of this process may have used the module with another folder
    files = FileKeys(keys, HeadMemory(keys.parent / "memory"), uses)
    return TokenKeys(session, files, files.rules)


def test_openssl_takes_what_the_token_signs(soft: SoftToken, tmp_path: Path) -> None:
    signer = opened(soft, tmp_path / "keys")
    assert "NIST CURVE: P-256" in openssl.describe_key(signer.public_key(KeyUse.EVIDENCE))
    assert "ED25519 Public-Key" in openssl.describe_key(signer.public_key(KeyUse.LOG))
    for message in (b"", b"statement", "清单".encode() * 999):
        signature = signer.sign(KeyUse.EVIDENCE, message)
        assert openssl.holds_ecdsa(signer.public_key(KeyUse.EVIDENCE), message, signature, tmp_path)
        assert not openssl.holds_ecdsa(signer.public_key(KeyUse.EVIDENCE), message + b"x", signature, tmp_path)
    signature = signer.sign(KeyUse.LOG, CHECKPOINT)
    assert openssl.holds_ed25519(signer.public_key(KeyUse.LOG), CHECKPOINT, signature, tmp_path)


def test_the_log_key_in_a_token_keeps_every_rule(soft: SoftToken, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/log-origin").write_text(f"{HEAD.origin}\n")
    signer = opened(soft, tmp_path / "keys")
    signer.sign(KeyUse.LOG, CHECKPOINT)
    for message, code in {
        b"hello": "LOG_KEY_SIGNS_CHECKPOINTS_ONLY",
        CHECKPOINT.replace(b"70000", b"69999"): "LOG_ALREADY_FARTHER",
        CHECKPOINT.replace(HEAD.origin.encode(), b"dockward/other/st-2/1"): "LOG_KEY_SIGNS_ITS_OWN_JOURNAL_ONLY",
    }.items():
        with pytest.raises(RefusedError) as refused:
            signer.sign(KeyUse.LOG, message)
        assert refused.value.code == code
    with pytest.raises(RefusedError):
        signer.sign(KeyUse.WITNESS, CHECKPOINT)


def test_what_the_runbook_has_typed_provisions_a_station_and_serves_it(soft: SoftToken, tmp_path: Path) -> None:
    """As a technician would, and over the signer's own process; the PIN is in no command line."""
    provision_ca(tmp_path / "ca", "640100", AT_MS)
    for line in typed("2"):
        words = shlex.split(line.replace("$MODULE", str(module())).replace("$LABEL", LABEL))
        program = [sys.executable, "-m", "dockward"] if words[0] == "dockward" else [words[0]]
        (tmp_path / "pin").write_text(PIN)
        done = subprocess.run(
            [*program, *words[1:]], cwd=tmp_path, env=soft.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    signer_folder = tmp_path / "yc-xx-01/signer"
    assert sorted(path.name for path in signer_folder.iterdir()) == ["evidence-chain.pem", "log-origin"]
    more = [*soft.words, "--in-token", "evidence", "log", "--memory", str(tmp_path / "memory")]
    with socket_path() as path, running_signer(signer_folder, path, *more) as process:
        assert PIN not in Path(f"/proc/{process.pid}/cmdline").read_text()
        signer = RemoteSigner(path)
        certificate = signer.chain(KeyUse.EVIDENCE)
        assert certificate == (signer_folder / "evidence-chain.pem").read_bytes()
        signature = signer.sign(KeyUse.EVIDENCE, b"statement")
        assert openssl.holds_ecdsa(signer.public_key(KeyUse.EVIDENCE), b"statement", signature, tmp_path)
        origin = (signer_folder / "log-origin").read_text().strip()
        enrolled = (tmp_path / "yc-xx-01/enrolment.json").read_text()
        assert str(VerifierKey.of(origin, 1, signer.public_key(KeyUse.LOG))) in enrolled
    assert shlex.split(typed("3")[0])[:2] == ["systemd-creds", "encrypt"]


def test_a_token_that_was_pulled_out_is_named_and_used_again_when_it_is_back(soft: SoftToken, tmp_path: Path) -> None:
    signer = opened(soft, tmp_path / "keys")
    public = signer.public_key(KeyUse.EVIDENCE)
    for _ in range(2):
        soft.tokens.rename(soft.folder / "pulled")
        for _ in range(2):
            with pytest.raises(WireFailedError, match="key token dockward does not answer"):
                signer.sign(KeyUse.EVIDENCE, b"m")
        (soft.folder / "pulled").rename(soft.tokens)
        assert openssl.holds_ecdsa(public, b"m", signer.sign(KeyUse.EVIDENCE, b"m"), tmp_path)


def test_a_session_that_the_token_forgot_is_opened_anew_at_once(soft: SoftToken, tmp_path: Path) -> None:
    session = TokenSession(soft.token(), BOTH)
    session._began = True
    assert session.sign(KeyUse.EVIDENCE, b"m")
    assert session._opened is not None
    session._opened.session.close()
    public = session.public_key(KeyUse.EVIDENCE)
    assert openssl.holds_ecdsa(public, b"m", session.sign(KeyUse.EVIDENCE, b"m"), tmp_path)


def test_a_wrong_pin_is_tried_once_over_restarts_too(
    soft: SoftToken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the token locks itself, and its keys are lost with it."""
    soft.pin.write_text("000000")
    tried: list[Path] = []

    def read(path: Path) -> str:
        tried.append(path)
        return path.read_text().strip()

    monkeypatch.setattr(token, "_read_pin", read)
    for _ in range(4):
        signer = opened(soft, tmp_path / "keys")
        for _ in range(4):
            with pytest.raises(WireFailedError, match="refused a PIN"):
                signer.public_key(KeyUse.LOG)
    assert len(tried) == 1
    soft.pin.write_text(PIN)
    assert "evidence" in soft.tool("-O"), "it is not locked; and this is the login by hand"
    assert opened(soft, tmp_path / "keys").sign(KeyUse.EVIDENCE, b"m")


def test_a_pin_that_cannot_be_read_is_said(soft: SoftToken, tmp_path: Path) -> None:
    soft.pin.unlink()
    with pytest.raises(WireFailedError, match="the PIN cannot be read"):
        opened(soft, tmp_path / "keys").public_key(KeyUse.LOG)


def test_a_log_key_in_its_file_beside_an_evidence_key_in_the_token(soft: SoftToken, tmp_path: Path) -> None:
    """For modules without Ed25519."""
    soft.tool("--delete-object", "--type", "privkey", "--label", "log")
    create_file_keys(tmp_path / "keys", (KeyUse.LOG,))
    signer = opened(soft, tmp_path / "keys", frozenset({KeyUse.EVIDENCE}))
    assert openssl.holds_ed25519(
        signer.public_key(KeyUse.LOG), CHECKPOINT, signer.sign(KeyUse.LOG, CHECKPOINT), tmp_path
    )
    assert openssl.holds_ecdsa(signer.public_key(KeyUse.EVIDENCE), b"m", signer.sign(KeyUse.EVIDENCE, b"m"), tmp_path)


def test_a_key_in_the_token_that_nobody_asked_for_is_refused(soft: SoftToken, tmp_path: Path) -> None:
    create_file_keys(tmp_path / "keys", (KeyUse.LOG,))
    signer = opened(soft, tmp_path / "keys", frozenset({KeyUse.EVIDENCE}))
    with pytest.raises(WireFailedError, match="a log key that nobody asked for"):
        signer.sign(KeyUse.EVIDENCE, b"m")


def test_a_key_in_both_places_is_refused(soft: SoftToken, tmp_path: Path) -> None:
    create_file_keys(tmp_path / "keys", (KeyUse.LOG,))
    with pytest.raises(WrongUseError, match=r"log\.pem is here, and the log key in the token too"):
        opened(soft, tmp_path / "keys")


def test_a_certificate_of_another_key_is_not_shown(soft: SoftToken, tmp_path: Path) -> None:
    provision_ca(tmp_path / "ca", "640100", AT_MS)
    provision_station(tmp_path / "ca", tmp_path / "st", "st-a", 1, AT_MS)
    (tmp_path / "keys").mkdir()
    chain = (tmp_path / "st/signer/evidence-chain.pem").read_bytes()
    (tmp_path / "keys/evidence-chain.pem").write_bytes(chain)
    with pytest.raises(WireFailedError, match="about another key"):
        opened(soft, tmp_path / "keys").chain(KeyUse.EVIDENCE)


@pytest.mark.parametrize(
    ("use", "kind", "more", "said"),
    [
        ("evidence", "secp384r1", ["--sensitive"], "of another kind"),
        ("log", "prime256v1", ["--sensitive"], "of another kind"),
        ("evidence", "prime256v1", ["--extractable"], "can be taken out"),
    ],
)
def test_a_key_that_is_not_fit_is_not_used(
    soft: SoftToken, tmp_path: Path, use: str, kind: str, more: list[str], said: str
) -> None:
    for what in ("privkey", "pubkey"):
        soft.tool("--delete-object", "--type", what, "--label", use)
    soft.make(use, kind, *more)
    with pytest.raises(WireFailedError, match=said):
        opened(soft, tmp_path / "keys").sign(KeyUse.EVIDENCE, b"m")


def test_a_token_that_shows_another_public_key_is_not_believed(soft: SoftToken, tmp_path: Path) -> None:
    soft.tool("--delete-object", "--type", "pubkey", "--label", "evidence")
    create_file_keys(tmp_path / "other", (KeyUse.EVIDENCE,))
    other = FileKeys(tmp_path / "other").public_key(KeyUse.EVIDENCE)
    (tmp_path / "other.der").write_bytes(other)
    soft.tool("--write-object", str(tmp_path / "other.der"), "--type", "pubkey", "--label", "evidence")
    with pytest.raises(WireFailedError, match="signs with another evidence key than it shows"):
        opened(soft, tmp_path / "keys").sign(KeyUse.EVIDENCE, b"m")


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "no evidence.der"), ({"evidence": b"x"}, "is no public key"), ({"evidence": None}, "no P-256 key")],
    ids=["nothing", "garbage", "another-kind"],
)
def test_what_is_no_evidence_key_is_vouched_for_by_nobody(
    tmp_path: Path, given: dict[str, bytes | None], said: str
) -> None:
    provision_ca(tmp_path / "ca", "640100", AT_MS)
    (tmp_path / "public").mkdir()
    create_file_keys(tmp_path / "keys", (KeyUse.LOG,))
    log_key = FileKeys(tmp_path / "keys").public_key(KeyUse.LOG)
    for use, content in given.items():
        (tmp_path / f"public/{use}.der").write_bytes(log_key if content is None else content)
    with pytest.raises(WrongUseError, match=said):
        provision_station(tmp_path / "ca", tmp_path / "st", "st-a", 1, AT_MS, tmp_path / "public")
    assert not (tmp_path / "st").exists()


@pytest.mark.parametrize("left_out", ["--module", "--token", "--pin", "--in-token"])
def test_half_a_token_is_said_at_once(soft: SoftToken, tmp_path: Path, left_out: str) -> None:
    create_file_keys(tmp_path / "keys")
    words = {"--module": str(module()), "--token": LABEL, "--pin": str(soft.pin), "--in-token": "evidence"}
    more = [word for pair in words.items() if pair[0] != left_out for word in pair]
    done = subprocess.run(
        command(tmp_path / "keys", tmp_path / "s", *more), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "go together" in done.stderr
