"""`dockward verify` on evidence: what holds is said to hold, what was changed is named, and without a CA it says so."""

import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dockward import verifier
from dockward.__main__ import main
from station.signing.certificates import STATION_TLS
from station.signing.court import checking_commands
from station.signing.plain_text import file_line
from station.signing.receipts import receipt_bytes
from station.signing.statements import statement_bytes
from tests.agency import Agency, Leaf, Validity
from tests.evidence_folders import FILM, STATION, Evidence, make_evidence
from tests.note_keys import LOG, WITNESS
from tests.witnessed_journal import KEYS

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    made = make_evidence(tmp_path / "evidence")
    (tmp_path / "ca.pem").write_bytes(made.agency.ca_pem)
    (tmp_path / "policy").write_text(f"log {LOG}\nwitness w {WITNESS}\nquorum w\n", encoding="utf-8")
    return made


@pytest.fixture
def verify(tmp_path: Path, evidence: Evidence, capsys: pytest.CaptureFixture[str]) -> Say:
    """Exit code and what was printed, for a path and words; `--ca` is given unless `ca=False`."""

    def run(path: Path = evidence.folder, *words: str, ca: bool = True) -> tuple[int, str]:
        anchor = ["--ca", str(tmp_path / "ca.pem")] if ca else []
        code = main(["verify", str(path), *anchor, *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_what_holds_is_said_to_hold(tmp_path: Path, evidence: Evidence, verify: Say) -> None:
    code, said = verify(evidence.folder, "--policy", str(tmp_path / "policy"))
    assert code == 0, said
    assert "result: all checks held" in said
    assert evidence.statement.sha256 in said
    assert f"the CA given, SHA-256 {evidence.statement.ca_fingerprint}" in said
    assert "--policy" not in said


def test_it_says_plainly_what_was_not_given(verify: Say) -> None:
    code, said = verify(ca=False)
    assert code == 0
    assert "no CA from outside was given (--ca)" in said
    assert "give --policy" in said
    assert "trust anchor: the CA" not in said


def test_json_says_the_same(verify: Say, evidence: Evidence) -> None:
    code, said = verify(evidence.folder, "--json", ca=False)
    answer = json.loads(said)
    assert (code, answer["ok"], answer["kind"], answer["papers"], answer["anchor"]) == (0, True, "recording", 2, "none")
    (evidence.folder / "original").write_bytes(b"")
    code, said = verify(evidence.folder, "--json")
    answer = json.loads(said)
    assert (code, answer["ok"], answer["anchor"]) == (1, False, "ca")
    assert answer["findings"] == [{"where": "original", "problem": "has 0 bytes; the statement says 270"}]


@pytest.mark.parametrize("paper", ["statement.json", "receipt.json"])
def test_a_paper_by_itself_is_checked_and_says_that_the_original_was_not(
    verify: Say, evidence: Evidence, paper: str
) -> None:
    (evidence.folder / "original").unlink()
    code, said = verify(evidence.folder / paper)
    assert code == 0, said
    assert "the original was not looked at" in said
    (evidence.folder / paper.replace("json", "sig")).unlink()
    code, said = verify(evidence.folder / paper)
    assert code == 1
    assert "is missing" in said


FILES = ("original", "statement.json", "statement.sig", "signer.pem", "receipt.json", "receipt.sig", "registry.pem")


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_changed_byte_is_noticed_and_its_file_named(
    verify: Say, evidence: Evidence, name: str, place: int, bit: int
) -> None:
    true = evidence.read(name)
    changed = bytearray(true)
    changed[place % len(true)] ^= 1 << bit
    (evidence.folder / name).write_bytes(changed)
    try:
        for ca in (True, False):
            code, said = verify(ca=ca)
            assert code == 1, bytes(changed)
            assert name.split(".", maxsplit=1)[0] in said or (name.endswith((".pem", ".json")) and ".sig" in said)
    finally:
        (evidence.folder / name).write_bytes(true)


def test_a_certificate_whose_dates_are_none_is_named_and_not_a_crash(verify: Say, evidence: Evidence) -> None:
    """One bit of a date: openssl reads the certificate all the same, and shows no time."""
    pem = evidence.read("registry.pem")
    der = bytearray(x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER))
    der[der.index(b"\x17\r") + 13] ^= 0x40
    changed = ssl.DER_cert_to_PEM_cert(bytes(der)).encode()
    (evidence.folder / "registry.pem").write_bytes(changed)
    code, said = verify()
    assert code == 1
    assert "registry.pem: says no dates that openssl can read" in said


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(verify: Say, evidence: Evidence, name: str) -> None:
    (evidence.folder / name).unlink()
    code, said = verify()
    assert code == 1, said
    assert f"{name}: is missing" in said


def test_the_part_that_changed_is_named(verify: Say, evidence: Evidence) -> None:
    (evidence.folder / "original").write_bytes(FILM[:150] + b"x" + FILM[151:])
    _, said = verify()
    assert "original: part 1 (from byte 100) is not what was stated" in said
    assert "part 0" not in said


def test_signatures_of_another_agency_do_not_hold(tmp_path: Path, verify: Say) -> None:
    other = make_evidence(tmp_path / "other", agency=Agency())
    code, said = verify(other.folder)
    assert code == 1
    assert "signer.pem: was not issued by the CA given" in said
    assert verify(other.folder, ca=False)[0] == 0


def test_a_ca_that_lies_with_the_evidence_is_not_believed(tmp_path: Path, verify: Say) -> None:
    other = make_evidence(tmp_path / "other", agency=Agency())
    (other.folder / "ca.pem").write_bytes(other.agency.ca_pem)
    assert verify(other.folder)[0] == 1
    assert "no CA from outside" in verify(other.folder, ca=False)[1]


def restate(evidence: Evidence, leaf: Leaf, **values: object) -> None:
    """Let whoever holds this key sign something else."""
    encoded = statement_bytes(replace(evidence.statement, **values))
    for name, content in (("statement.json", encoded), ("statement.sig", leaf.sign(encoded)), ("signer.pem", leaf.pem)):
        (evidence.folder / name).write_bytes(content)


OTHER_CA = "AA:" * 31 + "AA"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"commands": ("rm -rf ~",)}, "carries other commands"),
        ({"commands": ()}, "carries other commands"),
        ({"ca_fingerprint": OTHER_CA}, "names another CA"),
    ],
)
def test_a_station_that_misguides_a_court_is_named(
    verify: Say, evidence: Evidence, values: dict[str, object], problem: str
) -> None:
    """Its signature holds: the station itself, or whoever has its key, lies."""
    restate(evidence, evidence.signer, **values)
    code, said = verify(evidence.folder / "statement.json")
    assert code == 1
    assert f"statement.json: {problem}" in said


def test_a_line_of_digests_cannot_hold_a_command(verify: Say, evidence: Evidence) -> None:
    files = (*evidence.statement.files, "x'; rm -rf ~; echo '")
    restate(evidence, evidence.signer, files=files, commands=checking_commands("statement", STATION, files))
    assert "statement.json: lists other files" in verify()[1]


def test_what_lies_before_a_certificate_is_not_passed_over(verify: Say, evidence: Evidence) -> None:
    """Openssl would take the first, another reader the second."""
    trusted = Agency().station_evidence(STATION).pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    (evidence.folder / "signer.pem").write_bytes(trusted + evidence.signer.pem)
    assert "signer.pem: is not exactly one certificate" in verify()[1]


def test_a_statement_signed_by_another_role_does_not_hold(verify: Say, evidence: Evidence) -> None:
    other = evidence.agency.issue(STATION_TLS, STATION)
    line = f"{sha256(other.pem).hexdigest()}  signer.pem"
    restate(evidence, other, files=(evidence.statement.files[0], line))
    code, said = verify()
    assert code == 1
    assert "signer.pem: is of CN=st-1,OU=station-tls, not of CN=st-1,OU=station-evidence" in said


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"recording": 40}, "speaks of another recording"),
        ({"size_bytes": 1}, "speaks of another size_bytes"),
        ({"statement_sha256": "0" * 64}, "answers another statement"),
        ({"stated": 70_000}, "covers fewer facts"),
        ({"origin": "dockward/640100/st-1/2"}, "speaks of another origin"),
        ({"checkpoint": "x"}, "checkpoint"),
    ],
)
def test_a_receipt_about_something_else_is_named(
    verify: Say, evidence: Evidence, values: dict[str, object], problem: str
) -> None:
    receipt = replace(evidence.receipt, **values)
    files = (receipt.files[0], file_line(receipt.statement_sha256, "statement.json"), receipt.files[2])
    commands = checking_commands("receipt", "registry", files)
    encoded = receipt_bytes(replace(receipt, files=files, commands=commands))
    (evidence.folder / "receipt.json").write_bytes(encoded)
    (evidence.folder / "receipt.sig").write_bytes(evidence.registry.sign(encoded))
    code, said = verify()
    assert code == 1
    assert problem in said


def test_the_policy_decides_who_must_have_witnessed(tmp_path: Path, verify: Say, evidence: Evidence) -> None:
    (tmp_path / "policy").write_text(f"log {LOG}\nquorum none\n", encoding="utf-8")
    assert verify(evidence.folder, "--policy", str(tmp_path / "policy"))[0] == 0
    (tmp_path / "policy").write_text(KEYS.policy, encoding="utf-8")
    code, said = verify(evidence.folder, "--policy", str(tmp_path / "policy"))
    assert code == 1
    assert "is no log of the policy" in said


def test_a_certificate_that_has_expired_is_judged_when_it_signed(tmp_path: Path, verify: Say) -> None:
    begins, ends = (datetime(year, 6, 1, tzinfo=UTC) for year in (2021, 2022))
    agency = Agency()
    evidence = make_evidence(tmp_path / "old", agency=agency)
    expired = agency.issue("station-evidence", STATION, validity=Validity(begins, ends))
    files = (evidence.statement.files[0], f"{sha256(expired.pem).hexdigest()}  signer.pem")
    commands = checking_commands("statement", STATION, files)
    (tmp_path / "ca.pem").write_bytes(agency.ca_pem)
    for year, inside in ((1970, False), (2021, True), (2023, False)):
        restate(evidence, expired, files=files, commands=commands, held_at=f"{year}-07-01T00:00:00.000Z")
        code, said = verify(evidence.folder / "statement.json")
        assert code == 0, said
        assert ("is not valid today" in said) is inside
        assert ("only the witnessed journal shows when" in said) is not inside


def test_options_that_do_not_go_together_are_wrong_use(tmp_path: Path, verify: Say) -> None:
    assert verify(ca=True)[0] == 0
    assert verify(tmp_path / "evidence/41", "--witnessed", str(tmp_path / "policy"))[0] == 2
    (tmp_path / "ca.pem").write_bytes(b"no certificate")
    assert verify()[0] == 2


def test_the_journals_verifier_by_itself_says_who_checks_evidence(tmp_path: Path, evidence: Evidence) -> None:
    shutil.copy(verifier.__file__, tmp_path / "verifier.py")
    python = Path(sys.base_prefix) / "bin" / "python3"
    command = [str(python), "-I", "verifier.py", str(evidence.folder)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the commands of the minutes" in done.stderr
