"""The house's own rules, where no linter keeps them."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("dockward", "firmware_py", "hardware", "provisioning", "registry", "station")
BROAD_HANDLERS_MAX = 2
"""The tops of the clerk's thread and of the panel's. Each further top is counted here when it is built."""


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_module_says_what_it_does() -> None:
    for path in sources(*ROOMS, "tests", "bench", "docs"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_broad_handlers_stand_only_at_the_tops_of_threads() -> None:
    broad = [
        path.name
        for path in sources(*ROOMS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert len(broad) <= BROAD_HANDLERS_MAX, broad


def test_functions_stay_under_fifty_lines() -> None:
    for path in sources(*ROOMS, "tests", "bench", "docs"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 50, f"{path}: {node.name}"


def test_no_thread_is_the_first_to_read_a_type() -> None:
    """Where two threads read a type for the first time at once, msgspec 0.22 crashes; readers are made at import."""
    at_use = re.compile(r"msgspec\.json\.decode\(.*type=")
    found = [path for path in sources("station", "registry", "hardware") if at_use.search(path.read_text("utf-8"))]
    assert not found, f"make a msgspec.json.Decoder beside the type instead: {found}"


def test_locks_hold_every_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-demo.lock": project["project"]["optional-dependencies"]["demo"],
        "requirements-dev.lock": project["dependency-groups"]["dev"],
    }
    for lock, dependencies in wanted.items():
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text, "a lock names no host"
        for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
            assert "==" in block.splitlines()[0]
            assert "--hash=sha256:" in block, block.splitlines()[0]
        for dependency in dependencies:
            name = re.split(r"[><=~!\[ ]", dependency)[0]
            assert re.search(rf"^{re.escape(name)}==", text, re.MULTILINE), f"{name} in {lock}: run make lock"


def test_systemd_units_folder_is_no_python_package() -> None:
    """A package of that name would shadow the systemd one."""
    assert not (ROOT / "systemd" / "__init__.py").exists()


def test_nothing_large_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert [
        name for name in listed if name and (ROOT / name).is_file() and (ROOT / name).stat().st_size > 400_000
    ] == []
