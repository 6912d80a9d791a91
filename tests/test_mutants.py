"""Every promise's test can fail: with its fault put into a copy of the code, it does."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.browser.fetched import FETCHED
from tests.mutants import MUTANTS, Mutant

ROOT = Path(__file__).parent.parent
COPIED = ("dockward", "docs", "firmware_py", "hardware", "provisioning", "registry", "station", "systemd", "tests")
TESTS_FAILED = 1
_SAYS_WHICH = re.compile(r"^(\d+ passed, )?\d+ (failed|error)", re.MULTILINE)
"""Pytest itself failing is no test that noticed something."""
OPTIONS = [
    *("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-W", "ignore::pytest.PytestConfigWarning", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-W", "ignore:unclosed scandir iterator:ResourceWarning"),  # pytest's own, where another run tidies beside it
]


class Copy:
    """A copy of the code, one fault in it at a time, and a process that runs its tests."""

    def __init__(self, folder: Path, runner: "subprocess.Popen[str]") -> None:
        self._folder = folder
        self._runner = runner
        self._later = count(10)
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)

    @contextmanager
    def holding(self, mutant: Mutant) -> Iterator[None]:
        """Each fault has a time of its own, or compiled code of another would be taken for it."""
        path = self._folder / mutant.file
        source, was = path.read_text(encoding="utf-8"), path.stat()
        assert source.count(mutant.old) == 1, "the fault's place has moved; set tests/mutants/ right"
        try:
            path.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")
            os.utime(path, (was.st_atime, int(was.st_mtime) + next(self._later)))
            yield
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    def tested(self, words: list[str]) -> tuple[int, str]:
        """Pytest's exit code, and what it said."""
        said = self._folder / "said"
        asked = {"folder": str(self._folder), "said": str(said), "words": [*OPTIONS, *words]}
        assert self._runner.stdin
        assert self._runner.stdout
        self._runner.stdin.write(f"{json.dumps(asked)}\n")
        self._runner.stdin.flush()
        return int(self._runner.stdout.readline()), said.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    content_with_any = {**os.environ, "DOCKWARD_HYPOTHESIS": "mutant", "DOCKWARD_FETCHED": str(FETCHED)}
    content_with_any.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, str(ROOT / "tests/forked_pytest.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=content_with_any
    ) as runner:
        yield Copy(tmp_path_factory.mktemp("copy"), runner)
        assert runner.stdin
        runner.stdin.close()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.promise)
def test_the_fault_is_noticed(mutant: Mutant, copy: Copy) -> None:
    with copy.holding(mutant):
        code, said = copy.tested(mutant.test.split())
    assert code == TESTS_FAILED, said[-4_000:]
    assert _SAYS_WHICH.search(said), said[-4_000:]
