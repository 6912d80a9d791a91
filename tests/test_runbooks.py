"""Promise: what the runbook tells a technician to type and to write is taken as it stands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import registry.config
import station.config

ROOT = Path(__file__).parent.parent
RUNBOOK = (ROOT / "docs" / "runbooks" / "provisioning.md").read_text(encoding="utf-8")
MACHINES = {"registry": "registry", "station": "yc-xx-01"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", RUNBOOK, re.DOTALL)


@pytest.fixture(scope="module")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("dockward ")]
    assert len(lines) == 4
    for line in lines:
        command = [sys.executable, "-m", *shlex.split(line)]
        done = subprocess.run(
            command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folder


def test_the_configurations_shown_are_taken(provisioned: Path, tmp_path: Path) -> None:
    witness = (provisioned / "registry" / "witness.vkey").read_text(encoding="utf-8").strip()
    for machine, made in MACHINES.items():
        (tmp_path / machine).symlink_to(provisioned / made)
    central, edge = (block.replace("WITNESS", witness) for block in blocks("toml"))
    (tmp_path / "registry.toml").write_text(central, encoding="utf-8")
    (tmp_path / "station.toml").write_text(edge, encoding="utf-8")
    of_registry = registry.config.read_config(tmp_path / "registry.toml")
    of_station = station.config.read_config(tmp_path / "station.toml")
    assert of_registry.witness == of_station.registry.witness == witness
    assert Path(of_registry.ca).read_bytes() == Path(of_station.registry.ca).read_bytes()
    assert of_station.origin in (provisioned / "yc-xx-01" / "signer" / "log-origin").read_text(encoding="utf-8")
    for config, unit in ((of_registry, "registry"), (of_station.registry, "station")):
        assert Path(config.certificate).is_file()
        assert config.key == f"/run/credentials/dockward-{unit}.service/tls.key"


def test_where_processes_meet_is_where_the_units_make_it() -> None:
    central, edge = (block.replace("WITNESS", "w") for block in blocks("toml"))
    assert "signer" not in central + edge, "the default is what the units make"
    for config, unit in ((registry.config.RegistryConfig, "registry-signer"), (station.config.StationConfig, "signer")):
        text = (ROOT / "systemd" / f"dockward-{unit}.service").read_text(encoding="utf-8")
        defaults = dict(zip(reversed(config.__struct_fields__), reversed(config.__struct_defaults__), strict=False))
        assert f"--socket {defaults['signer']}\n" in text


def test_every_file_named_is_there() -> None:
    named = set(re.findall(r"(?<!/)\bsystemd/[\w./-]+", RUNBOOK))
    assert len(named) > 5
    for name in named:
        assert (ROOT / name).exists() or list(ROOT.glob(f"{name}*")), name
