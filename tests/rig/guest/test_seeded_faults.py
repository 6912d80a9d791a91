"""Promise: the emulated machine's tests can fail: with its fault in the code, each of a few does. Not among the others.

`make rig ARGS=--mutants` runs these alone. The fault lies over its file in a view of the disk that only its test has.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.real_kernel import BAY_AND_DISK_MUTANTS, GUEST_MUTANTS

_CHECKOUT = Path(__file__).parents[3]
_TESTS_FAILED = 1
_OPTIONS = ("-c", "pyproject.toml", "--confcutdir", "tests/rig/guest", "-p", "no:cacheprovider", "-q", "-x")
_OVER_ITS_FILE = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
_SECONDS = 240


@pytest.mark.parametrize("mutant", [*GUEST_MUTANTS, *BAY_AND_DISK_MUTANTS], ids=lambda mutant: mutant.promise)
def test_the_fault_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    source = (_CHECKOUT / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1, "the fault's place has moved; set tests/mutants/real_kernel.py right"
    faulty = tmp_path / "faulty.py"
    faulty.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
    test = (sys.executable, "-m", "pytest", *_OPTIONS, mutant.test)
    tried = subprocess.run(
        ("unshare", "--mount", "sh", "-c", _OVER_ITS_FILE, "sh", faulty, _CHECKOUT / mutant.file, *test),
        cwd=_CHECKOUT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert tried.returncode == _TESTS_FAILED, tried.stdout[-2_000:] + tried.stderr[-2_000:]
