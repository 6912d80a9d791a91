"""`dockward verify`, and the verifier's one file alone in an empty folder, as a court would run it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dockward import verifier
from dockward.__main__ import COMMANDS, main, usage
from station.journal.sqlite_log import SqliteLog, connect_to_read
from tests.witnessed_journal import KEYS, witnessed_journal

BASE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"


@pytest.fixture
def court(tmp_path: Path) -> Path:
    """A folder with the journal in both forms and the policy, and nothing of ours installed."""
    journal = witnessed_journal(seed=6, facts=300)
    for name, content in journal.files.items():
        path = tmp_path / "journal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "journal.sqlite").write_bytes(journal.sqlite)
    (tmp_path / "policy").write_text(KEYS.policy, encoding="utf-8")
    shutil.copy(verifier.__file__, tmp_path / "verifier.py")
    return tmp_path


def alone(court: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [str(BASE_PYTHON), "-I", "verifier.py", *words]
    return subprocess.run(command, cwd=court, capture_output=True, text=True, check=False)


def test_our_package_is_absent_where_the_verifier_runs_alone(court: Path) -> None:
    for package in ("station", "dockward", "msgspec", "sqlite_utils"):
        command = [str(BASE_PYTHON), "-I", "-c", f"import {package}"]
        assert subprocess.run(command, cwd=court, capture_output=True, check=False).returncode


@pytest.mark.parametrize("form", ["journal", "journal.sqlite", "journal/checkpoint"])
def test_a_sound_journal_holds_in_every_form(court: Path, form: str) -> None:
    answer = alone(court, form, "--policy", "policy", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    said = json.loads(answer.stdout)
    assert said["ok"]
    assert said["anchor"] == "policy"


def test_it_says_plainly_that_no_trust_anchor_was_given(court: Path) -> None:
    answer = alone(court, "journal")
    assert answer.returncode == 0
    assert "no trust anchor from outside was given" in answer.stdout


def test_it_names_what_is_broken_and_where(court: Path) -> None:
    (bundle,) = (court / "journal/tile/entries/001.p").iterdir()
    content = bytearray(bundle.read_bytes())
    content[10] ^= 1
    bundle.write_bytes(bytes(content))
    answer = alone(court, "journal", "--policy", "policy")
    assert answer.returncode == 1
    assert "is not the hash of entry 256" in answer.stdout


def test_a_proof_is_written_and_checked_and_equals_the_writers_own(court: Path) -> None:
    written = alone(court, "journal.sqlite", "--policy", "policy", "--write-proof", "41", "--out", "41.tlog-proof")
    assert written.returncode == 0, written.stdout + written.stderr
    assert alone(court, "41.tlog-proof", "--policy", "policy").returncode == 0
    log = SqliteLog(connect_to_read(court / "journal.sqlite"))
    note = log.newest_checkpoint(cosigned=True)
    assert note is not None
    proof = (court / "41.tlog-proof").read_text(encoding="utf-8")
    assert proof == str(log.proof(41, note))
    missed = []
    for place in range(len(proof)):
        raw = proof[:place] + chr(ord(proof[place]) ^ 1) + proof[place + 1 :]
        if verifier.verify_proof(raw.encode(), None, verifier.parse_policy(KEYS.policy.encode())).ok:
            missed.append(place)
    assert missed == []


@pytest.mark.parametrize("words", [["nowhere"], ["policy"], ["journal", "--policy", "nowhere"]])
def test_wrong_use_says_so(court: Path, words: list[str]) -> None:
    answer = alone(court, *words)
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr


def test_the_console_program_is_thin_over_it(court: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(court / "journal"), "--policy", str(court / "policy")]) == 0
    exported = court / "exported"
    assert main(["export", "journal", str(court / "journal.sqlite"), "--out", str(exported)]) == 0
    assert main(["verify", str(exported), "--policy", str(court / "policy")]) == 0
    assert "all checks held" in capsys.readouterr().out
    files = {str(path.relative_to(exported)): path.read_bytes() for path in exported.rglob("*") if path.is_file()}
    assert files == witnessed_journal(seed=6, facts=300).files


def test_wrong_commands_exit_2_and_help_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["no-such"]) == 2
    assert main(["--help"]) == 0
    assert main(["export", "journal", "/nowhere", "--out", "/nowhere/x"]) == 2
    said = capsys.readouterr().out
    assert all(name in said for name in COMMANDS)


def test_commands_are_imported_only_when_called() -> None:
    code = "import sys, dockward.__main__ as m; m.usage(); print(sorted(n for n in sys.modules if n.split('.')[0] in"
    code += " {'dockward', 'cryptography', 'msgspec', 'sqlite3', 'sqlite_utils'}))"
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    assert answer.stdout.strip() == "['dockward', 'dockward.__main__']"
    assert "dockward COMMAND" in usage()
