"""Promise: a court with coreutils and openssl alone checks evidence, and any changed byte of it fails.

The commands are read out of the statement without a JSON reader: what is written is what is typed. They are those of
the untouched statement, as the minutes have them: a forged one may carry any.
"""

import dataclasses
import os
import random
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from dockward.__main__ import main
from station.signing.certificates import REGISTRY_EVIDENCE, STATION_EVIDENCE, STATION_TLS
from station.signing.court import SIGNATURE_BYTES_MAX, checking_commands, commands_for_the_minutes
from station.signing.plain_text import file_line
from station.signing.receipts import receipt_bytes
from station.signing.statements import Issuer, make_statement, part_digests, statement_bytes
from tests.agency import AT_MS, Agency, Leaf, Validity
from tests.court import Court
from tests.evidence_folders import NAME, PART, VISIT, Evidence, held, make_evidence

SPLIT_BY_QUOTES = """tr '"' '\\n' < statement.json | sha256sum -c"""
SAMPLE = 100_000 if os.environ.get("DOCKWARD_HYPOTHESIS") == "soak" else 80


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    return Court(tmp_path_factory.mktemp("court") / "root")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return make_evidence(tmp_path_factory.mktemp("evidence"))


@pytest.fixture
def laid(court: Court, evidence: Evidence) -> Court:
    court.lay(evidence.folder, evidence.agency.ca_pem)
    return court


def commands_in(paper: Path) -> list[str]:
    """As a person finds them by eye: the quoted texts between the brackets after the word commands."""
    found = re.search(r'"commands":\[(.*?)\]', paper.read_text(encoding="utf-8"))
    assert found
    return found[1].strip('"').split('","')


def forged_by(leaf: Leaf, evidence: Evidence, court: Court) -> None:
    """Lay the statement as somebody writes and signs it who holds the key of another certificate."""
    lines = (evidence.statement.files[0], file_line(sha256(leaf.pem).hexdigest(), "signer.pem"))
    commands = checking_commands("statement", evidence.statement.station, lines)
    encoded = statement_bytes(replace(evidence.statement, files=lines, commands=commands))
    for name, content in (("json", encoded), ("sig", leaf.sign(encoded))):
        (court.table / f"statement.{name}").write_bytes(content)
    (court.table / "signer.pem").write_bytes(leaf.pem)


@pytest.mark.parametrize("paper", ["statement", "receipt"])
def test_the_court_accepts_what_was_signed(laid: Court, paper: str) -> None:
    commands = commands_in(laid.table / f"{paper}.json")
    assert len(commands) >= 8
    done = laid.type("set -e\n" + "\n".join(commands))
    assert done.returncode == 0, done
    assert done.stdout.count("OK") == len(commands) - 4, done.stdout


def test_only_coreutils_and_openssl_are_typed(evidence: Evidence) -> None:
    for paper in ("statement", "receipt"):
        for command in commands_in(evidence.folder / f"{paper}.json"):
            words = re.findall(r"(?:^|\| |\$\()([a-z0-9]+)", command)
            assert set(words) <= {"openssl", "sha256sum", "cut", "tr", "test", "echo", "wc"}, command


def changes(content: bytes, seed: int) -> Iterator[bytes]:
    """Bytes changed one at a time (all of a small file, a seeded sample of a large one), and cuts."""
    places = range(len(content))
    chosen = places if len(places) <= SAMPLE else random.Random(seed).sample(places, SAMPLE)
    for place in chosen:
        yield content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]
    yield from (content[:-1], content[1:], content + b"\n", content + b" ", b"")


@pytest.mark.parametrize("name", ["original", "statement.json", "statement.sig", "signer.pem"])
def test_any_changed_byte_fails(laid: Court, evidence: Evidence, name: str) -> None:
    commands, true = commands_in(evidence.folder / "statement.json"), evidence.read(name)
    for changed in changes(true, seed=len(true)):
        (laid.table / name).write_bytes(changed)
        assert not laid.accepts(*commands), changed
    (laid.table / name).write_bytes(true)
    assert laid.accepts(*commands)


def test_nothing_can_be_appended_to_a_signature_of_full_length(laid: Court, evidence: Evidence) -> None:
    """Openssl reads 72 bytes of it and no more."""
    commands, encoded = commands_in(laid.table / "statement.json"), evidence.read("statement.json")
    full = next(one for one in iter(lambda: evidence.signer.sign(encoded), b"") if len(one) == SIGNATURE_BYTES_MAX)
    for appended, accepted in ((b"", True), (b"\n", False)):
        (laid.table / "statement.sig").write_bytes(full + appended)
        assert laid.accepts(*commands) is accepted


@pytest.mark.parametrize("name", ["original", "statement.json", "receipt.json", "receipt.sig", "registry.pem"])
def test_any_changed_byte_fails_the_receipt(laid: Court, evidence: Evidence, name: str) -> None:
    commands, true = commands_in(evidence.folder / "receipt.json"), evidence.read(name)
    for changed in list(changes(true, seed=len(true)))[-12:]:
        (laid.table / name).write_bytes(changed)
        assert not laid.accepts(*commands), changed


@pytest.mark.parametrize("name", ["original", "statement.json", "statement.sig", "signer.pem", "ca.pem"])
def test_a_missing_file_fails(laid: Court, name: str) -> None:
    commands = commands_in(laid.table / "statement.json")
    (laid.table / name).unlink()
    assert not laid.accepts(*commands)


def test_another_agencys_ca_fails(laid: Court) -> None:
    (laid.table / "ca.pem").write_bytes(Agency().ca_pem)
    assert not laid.accepts(*commands_in(laid.table / "statement.json"))


@pytest.mark.parametrize(
    ("role", "name"), [(STATION_EVIDENCE, "st-2"), (STATION_TLS, "st-1"), (REGISTRY_EVIDENCE, "registry")]
)
def test_another_certificate_of_the_same_ca_fails(laid: Court, evidence: Evidence, role: str, name: str) -> None:
    """Everything else may hold: only the one command that asks whose certificate it is tells."""
    forged_by(evidence.agency.issue(role, name), evidence, laid)
    commands = commands_in(laid.table / "statement.json")
    (naming,) = (one for one in commands if "subject=" in one)
    assert not laid.accepts(*commands)
    assert laid.accepts(*(one for one in commands if one != naming))


def test_a_certificate_that_expired_is_checked_at_the_time_of_signing(court: Court, tmp_path: Path) -> None:
    agency = Agency()
    at = datetime.fromtimestamp(AT_MS // 1000, UTC)
    past = Validity(at.replace(year=2021), at.replace(year=2022))
    expired = agency.issue(STATION_EVIDENCE, "st-1", validity=past)
    evidence = make_evidence(tmp_path, agency=agency)
    court.lay(evidence.folder, agency.ca_pem)
    (court.table / "signer.pem").write_bytes(expired.pem)
    plain = next(one for one in commands_in(court.table / "statement.json") if "openssl verify" in one)
    assert not court.accepts(plain)
    assert court.accepts(plain.replace("verify", f"verify -attime {int(past.begins.timestamp()) + 1}"))
    said = [text for text in evidence.statement.not_proved if "-attime" in text]
    assert len(said) == 2
    assert all(f"-attime {AT_MS // 1000} " in text for text in said)


def printed_commands(evidence: Evidence) -> list[str]:
    """As the minutes have them, filled in: the station is known, the digests stand in what was signed."""
    digests = iter(line.partition("  ")[0] for line in evidence.statement.files)
    filled = (one.replace("STATION", evidence.statement.station) for one in commands_for_the_minutes())
    return [one.replace("DIGEST", next(digests)) if "DIGEST" in one else one for one in filled]


def test_the_commands_carried_are_those_in_the_minutes_and_in_the_public_documentation(evidence: Evidence) -> None:
    assert printed_commands(evidence) == commands_in(evidence.folder / "statement.json")
    public = Path(__file__).parent.parent.joinpath("docs/evidence.md").read_text(encoding="utf-8")
    assert "".join(f"    {one}\n" for one in commands_for_the_minutes()) in public


def test_commands_carried_by_a_forgery_accept_it_and_those_in_the_minutes_do_not(
    laid: Court, evidence: Evidence, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody without any key, who has the folder and the genuine CA."""
    forged, forger = b"another film", Agency().station_evidence("st-1")
    files = (file_line(sha256(forged).hexdigest(), "original"), evidence.statement.files[1])
    public = forger.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    own_key = "; ".join(f"echo '{line}'" for line in public.splitlines())
    commands = list(checking_commands("statement", "st-1", files))
    commands[3] = f"({own_key}) > public.pem"
    parts = {"sha256": sha256(forged).hexdigest(), "size_bytes": len(forged), "parts": (sha256(forged).hexdigest(),)}
    statement = replace(evidence.statement, files=files, commands=tuple(commands), **parts)
    for folder in (laid.table, shutil.copytree(evidence.folder, tmp_path / "forged")):
        (folder / "original").write_bytes(forged)
        (folder / "statement.json").write_bytes(statement_bytes(statement))
        (folder / "statement.sig").write_bytes(forger.sign(statement_bytes(statement)))
    assert laid.accepts(*commands_in(laid.table / "statement.json")), "a forgery vouches for itself"
    assert not laid.accepts(*printed_commands(dataclasses.replace(evidence, statement=statement)))
    assert main(["verify", str(tmp_path / "forged")]) == 1
    assert "statement.sig: does not hold" in capsys.readouterr().out


def test_no_certificate_of_the_machine_itself_is_believed(laid: Court, evidence: Evidence) -> None:
    """Where a distribution's store holds the issuer, and `ca.pem` is another's."""
    name = laid.type("openssl x509 -in ca.pem -noout -hash").stdout.strip()
    (laid.table / f"{name}.0").write_bytes(evidence.agency.ca_pem)
    (laid.table / "ca.pem").write_bytes(Agency("640200").ca_pem)
    (verifying,) = (one for one in commands_in(laid.table / "statement.json") if "openssl verify" in one)
    store = f"export SSL_CERT_DIR=/table SSL_CERT_FILE=/table/{name}.0"
    assert laid.accepts(store, "openssl verify signer.pem")
    assert not laid.accepts(store, verifying)


def test_an_openssl_that_writes_a_blank_after_subject_will_do(laid: Court) -> None:
    """LibreSSL and OpenSSL 1.0.2."""
    (naming,) = (one for one in commands_in(laid.table / "statement.json") if "subject=" in one)
    for subject, accepted in (("subject= CN=st-1", True), ("subject=CN=st-1", True), ("subject= CN=st-2", False)):
        imitation = f"openssl() {{ echo '{subject},OU=station-evidence,O=640100'; }}"
        assert laid.accepts(imitation, naming) is accepted


def test_the_time_given_for_an_expired_certificate_lies_in_its_validity(court: Court, tmp_path: Path) -> None:
    """To the second, by openssl's own count, wherever a clock stood that did not know the time."""
    begins, ends = (datetime(year, 1, 1, tzinfo=UTC) for year in (2021, 2022))
    agency = Agency()
    leaf = agency.issue(STATION_EVIDENCE, "st-1", validity=Validity(begins, ends))
    court.lay(make_evidence(tmp_path, agency=agency).folder, agency.ca_pem)
    (court.table / "signer.pem").write_bytes(leaf.pem)
    issuer = Issuer(station="st-1", origin="o", signer_pem=leaf.pem, ca_pem=agency.ca_pem)
    begins_ms, ends_ms = (int(moment.timestamp()) * 1000 for moment in (begins, ends))
    for at_ms in (5_000, begins_ms - 1, begins_ms, begins_ms + 1, ends_ms - 1, ends_ms, AT_MS):
        fact = replace(held(), at=replace(held().at, utc_ms=at_ms, synchronised=False))
        said = make_statement(fact, NAME, VISIT, part_digests(court.table / "original", PART), issuer).not_proved
        late = re.findall(r"openssl verify -attime.*", " ; ".join(said))[0].partition(" ; ")[0]
        assert court.accepts(late), (at_ms, late)


def test_the_lines_for_sha256sum_are_found_by_splitting_at_quotes(laid: Court) -> None:
    done = laid.type(SPLIT_BY_QUOTES)
    assert (done.returncode, done.stdout) == (0, "original: OK\nsigner.pem: OK\n")
    (laid.table / "original").write_bytes(b"another film")
    assert not laid.accepts(SPLIT_BY_QUOTES)


def test_papers_hold_no_backslash_but_in_the_checkpoint(evidence: Evidence) -> None:
    assert b"\\" not in statement_bytes(evidence.statement)
    assert receipt_bytes(evidence.receipt).count(b"\\") == evidence.receipt.checkpoint.count("\n")
