"""Promise: what the runbook tells a technician to type and to write is taken as it stands."""

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import registry.config
import station.config

ROOT = Path(__file__).parent.parent
RUNBOOK = (ROOT / "docs" / "runbooks" / "provisioning.md").read_text(encoding="utf-8")
MACHINES = {"registry": "registry", "station": "yc-xx-01"}


STEPS = {"broker": "3", "registry": "24", "station": "25"}
"""Which chapters are typed on which machine, in this order."""
DEBIANS = {
    "broker": ("etc/systemd/system", "etc/mosquitto/conf.d", "var/lib/mosquitto", "var/log/mosquitto"),
    "registry": ("etc/systemd/system", "etc/udev/rules.d"),
    "station": ("etc/systemd/system", "etc/udev/rules.d"),
}
"""Folders that are there before anything is typed, or that apt-get makes."""
NOT_HERE = ("python3", "pip", "apt-get", "systemctl", "udevadm")
"""What would change this machine or ask a network; `chown` is only asked to find what it is given."""
STUBS = {
    **dict.fromkeys(NOT_HERE, "exit 0"),
    "chown": 'shift 2; exec stat "$@"',
    "systemd-sysusers": 'exec /usr/bin/systemd-sysusers --root="$PREFIX"',
    "systemd-tmpfiles": 'exec /usr/bin/systemd-tmpfiles --root="$PREFIX" "$@"',
}


def blocks(language: str, text: str = RUNBOOK) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def typed(step: str) -> str:
    """What is typed in one chapter, in order."""
    (chapter,) = re.findall(rf"^## {step}\. .*?(?=^## )", RUNBOOK, re.DOTALL | re.MULTILINE)
    return "".join(blocks("sh", chapter))


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


@pytest.mark.parametrize("machine", STEPS)
def test_what_is_typed_on_an_empty_machine_finds_every_folder(provisioned: Path, tmp_path: Path, machine: str) -> None:
    root, stick, stubs = tmp_path / "root", tmp_path / "stick", tmp_path / "stubs"
    for folder in (stick, stubs, *(root / name for name in DEBIANS[machine])):
        folder.mkdir(parents=True)
    for brought in (*provisioned.iterdir(), ROOT / "systemd"):
        shutil.copytree(brought, stick / brought.name)
    for name, does in STUBS.items():
        (stubs / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (stubs / name).chmod(0o755)
    for step in STEPS[machine]:
        commands = re.sub(r"/opt/dockward/.venv/bin/", "", typed(step))
        commands = re.sub(r"(?<=[ ])/(?=(etc|var)/)", f"{root}/", commands)
        assert str(root) in commands
        done = subprocess.run(
            ["/bin/sh", "-eux"],
            input=commands,
            cwd=stick,
            env={"PATH": f"{stubs}:{os.environ['PATH']}", "PREFIX": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    secrets = [path for path in root.rglob("*") if path.name == "tls.key" or path.parent.name == "signer"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert all((root / source).is_file() for source in loaded_by_units(machine))


def loaded_by_units(machine: str) -> set[str]:
    units = {
        "broker": ["mosquitto.service.d/dockward.conf"],
        "registry": ["dockward-registry.service", "dockward-registry-signer.service"],
        "station": ["dockward-station.service", "dockward-signer.service"],
    }
    text = "".join((ROOT / "systemd" / name).read_text(encoding="utf-8") for name in units[machine])
    sources = set(re.findall(r"^LoadCredential=[\w.-]+:/(\S+)$", text, re.MULTILINE))
    assert sources
    return sources
