"""Promise: a court with coreutils and openssl alone checks evidence, and any changed byte of it fails.

The commands are read out of the statement as it lies there, without a JSON reader: what is written is what is typed.
"""

import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from station.signing.certificates import REGISTRY_EVIDENCE, STATION_EVIDENCE, STATION_TLS
from station.signing.court import SIGNATURE_BYTES_MAX, checking_commands
from station.signing.plain_text import file_line
from station.signing.receipts import receipt_bytes
from station.signing.statements import statement_bytes
from tests.agency import AT_MS, Agency, Leaf, Validity
from tests.court import Court
from tests.evidence_folders import Evidence, make_evidence

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
    commands = checking_commands("statement", evidence.statement.station, STATION_EVIDENCE, lines)
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
            assert set(words) <= {"openssl", "sha256sum", "cut", "test", "echo", "wc"}, command


def changes(content: bytes, seed: int) -> Iterator[bytes]:
    """Bytes changed one at a time (all of a small file, a seeded sample of a large one), and cuts."""
    places = range(len(content))
    chosen = places if len(places) <= SAMPLE else random.Random(seed).sample(places, SAMPLE)
    for place in chosen:
        yield content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]
    yield from (content[:-1], content[1:], content + b"\n", content + b" ", b"")


@pytest.mark.parametrize("name", ["original", "statement.json", "statement.sig", "signer.pem"])
def test_any_changed_byte_fails(laid: Court, evidence: Evidence, name: str) -> None:
    commands, true = commands_in(laid.table / "statement.json"), evidence.read(name)
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
    commands, true = commands_in(laid.table / "receipt.json"), evidence.read(name)
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


def test_the_lines_for_sha256sum_are_found_by_splitting_at_quotes(laid: Court) -> None:
    done = laid.type(SPLIT_BY_QUOTES)
    assert (done.returncode, done.stdout) == (0, "original: OK\nsigner.pem: OK\n")
    (laid.table / "original").write_bytes(b"another film")
    assert not laid.accepts(SPLIT_BY_QUOTES)


def test_papers_hold_no_backslash_but_in_the_checkpoint(evidence: Evidence) -> None:
    assert b"\\" not in statement_bytes(evidence.statement)
    assert receipt_bytes(evidence.receipt).count(b"\\") == evidence.receipt.checkpoint.count("\n")
