"""Promise: no part of the station knows that its wires are simulated."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KNOWS_NOTHING = ("station", "registry", "provisioning")
SHIPPED = ("firmware_py", "hardware", *KNOWS_NOTHING)
ONLY = "hardware/open_hardware.py"
TELLTALE = re.compile(rb"simulat|fake|mock|dummy", re.IGNORECASE)


@pytest.mark.parametrize("room", KNOWS_NOTHING)
def test_nothing_speaks_of_it_not_even_a_comment_or_a_template(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert files
    for path in files:
        assert not (found := TELLTALE.findall(path.read_bytes())), f"{path}: {found}"
        assert not TELLTALE.search(path.name.encode()), path


def test_only_who_opens_the_hardware_imports_it() -> None:
    importing = {
        str(path.relative_to(ROOT))
        for room in SHIPPED
        for path in (ROOT / room).rglob("*.py")
        if not path.is_relative_to(ROOT / "hardware/simulated")
        and any("hardware.simulated" in name for name in _imported(path))
    }
    assert importing == {ONLY}


def test_nothing_imports_by_a_name_that_is_made_up() -> None:
    for room in SHIPPED:
        for path in (ROOT / room).rglob("*.py"):
            assert "importlib" not in {name.partition(".")[0] for name in _imported(path)} or _only_asks_versions(path)
            assert "__import__" not in path.read_text(encoding="utf-8")


def _imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _only_asks_versions(path: Path) -> bool:
    allowed = ("importlib.metadata", "importlib.resources")
    return all(name.startswith(allowed) for name in _imported(path) if name.startswith("importlib"))
