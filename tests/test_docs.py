"""Documents tell the truth: generated ones are fresh, and what README and CONTRIBUTING name is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dockward.__main__ import COMMANDS, usage
from docs.draw import PAGES

ROOT = Path(__file__).parent.parent
PROSE = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("name", [*PROSE, *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_command_is_described_in_both_readmes_and_helps_itself() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert all(f"dockward {name}" in text for name in COMMANDS), readme
    assert all(command.help in usage() for command in COMMANDS.values())
    for name in COMMANDS:
        answer = subprocess.run(
            [sys.executable, "-m", "dockward", name, "--help"], capture_output=True, text=True, check=True
        )
        assert COMMANDS[name].help.split()[0] in answer.stdout


def test_every_make_target_is_described() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in ("demo", "test", "rig", "soak", "lint", "bench", "docs"):
        assert re.search(rf"^{target}\s", helped, re.MULTILINE), target
        assert f"make {target}" in contributing, target
