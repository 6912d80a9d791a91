"""Every promise's test can fail: with its fault put into a copy of the code, it does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import MUTANTS, Mutant

ROOT = Path(__file__).parent.parent
COPIED = ("dockward", "docs", "firmware_py", "hardware", "provisioning", "registry", "station", "systemd", "tests")
TESTS_FAILED = 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.promise)
def test_the_fault_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / mutant.file
    source = path.read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1, "the fault's place has moved; set tests/mutants/ right"
    path.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestConfigWarning"]
    command = [sys.executable, "-m", "pytest", *options, *mutant.test.split()]
    content_with_any = {**os.environ, "DOCKWARD_HYPOTHESIS": "mutant"}
    answer = subprocess.run(command, cwd=tmp_path, env=content_with_any, capture_output=True, text=True, check=False)
    assert answer.returncode == TESTS_FAILED, answer.stdout[-2_000:] + answer.stderr[-2_000:]
