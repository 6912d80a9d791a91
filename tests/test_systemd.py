"""Promise: each process is confined to what it needs, and still reaches what it needs."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dockward.__main__ import COMMANDS
from provisioning.machines import provision_broker, provision_ca, provision_registry, provision_station
from station.journal.notes import VerifierKey
from station.signer import FileKeys
from station.signing.signer_wire import REGISTRY_USES, STATION_USES, KeyUse
from tests.udev_room import UdevRoom

ROOT = Path(__file__).parent.parent
SYSTEMD = ROOT / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
DROP_INS = sorted(SYSTEMD.glob("*.service.d/*.conf"))
EVERY_UNIT = [path.name for path in UNITS] + [path.parent.name.removesuffix(".d") for path in DROP_INS]
THRESHOLD = "20"
"""Exposure 2.0, as systemd-analyze counts it."""
PROGRAM = "/opt/dockward/.venv/bin/dockward"
MACHINES = {
    "station": "/etc/dockward/station",
    "registry": "/etc/dockward/registry",
    "broker": "/etc/mosquitto/dockward",
}


def settings(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(key, value) for key, equals, value in (line.partition("=") for line in lines) if equals and key[0] != "#"]


def values(path: Path, key: str) -> list[str]:
    return [value for name, value in settings(path) if name == key]


def analyze(units: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    assert shutil.which("systemd-analyze"), "systemd-analyze is missing; run: apt-get install systemd"
    alone = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    return subprocess.run(["systemd-analyze", *words], env=alone, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as they are installed, with Debian's own where we only confine it, and a program that is there."""
    units = tmp_path_factory.mktemp("units")
    for path in UNITS:
        (units / path.name).write_text(path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
    for path in DROP_INS:
        shutil.copytree(path.parent, units / path.parent.name, dirs_exist_ok=True)
        name = path.parent.name.removesuffix(".d")
        debians = Path("/lib/systemd/system") / name
        assert debians.exists(), f"{debians} is missing; run: apt-get install mosquitto"
        shutil.copy(debians, units / name)
    return units


def test_there_are_units() -> None:
    assert {"dockward-station.service", "dockward-signer.service", "mosquitto.service"} <= set(EVERY_UNIT)


@pytest.mark.parametrize("unit", EVERY_UNIT)
def test_no_unit_is_exposed_beyond_two(installed: Path, unit: str) -> None:
    review = analyze(installed, "security", "--offline=true", f"--threshold={THRESHOLD}", "--no-pager", unit)
    assert review.returncode == 0, "\n".join(line for line in review.stdout.splitlines() if "✓" not in line)
    assert "Overall exposure level" in review.stdout


@pytest.mark.parametrize("unit", EVERY_UNIT)
def test_systemd_understands_every_line(installed: Path, unit: str) -> None:
    verified = analyze(installed, "verify", "--man=no", "--recursive-errors=no", str(installed / unit))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def test_debians_own_broker_would_not_pass(tmp_path: Path) -> None:
    """The review itself can say no."""
    review = analyze(tmp_path, "security", "--offline=true", f"--threshold={THRESHOLD}", "mosquitto.service")
    assert review.returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_calls_a_command_that_exists(unit: Path) -> None:
    (line,) = values(unit, "ExecStart")
    program, command, *words = line.split()
    assert program == PROGRAM
    assert command in COMMANDS
    asked = [sys.executable, "-m", "dockward", command, "--help"]
    shown = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(word in shown for word in words if word.startswith("--") or word == "run")


@pytest.mark.parametrize("unit", [path for path in UNITS if "signer" in path.stem], ids=lambda path: path.stem)
def test_a_signer_has_no_network_no_device_and_nothing_to_write(unit: Path) -> None:
    assert values(unit, "PrivateNetwork") == values(unit, "PrivateDevices") == ["yes"]
    assert values(unit, "RestrictAddressFamilies") == ["AF_UNIX"]
    remembers = ["dockward-signer"] if "--memory ${STATE_DIRECTORY}" in unit.read_text(encoding="utf-8") else []
    assert values(unit, "ReadWritePaths") + values(unit, "StateDirectory") == remembers
    assert values(unit, "LimitCORE") == values(unit, "MemorySwapMax") == ["0"]


def test_the_stations_signer_remembers_what_it_signed_where_nobody_else_can_write() -> None:
    unit = SYSTEMD / "dockward-signer.service"
    assert "--memory ${STATE_DIRECTORY}" in values(unit, "ExecStart")[0]
    assert values(unit, "StateDirectoryMode") == ["0700"]


def test_the_station_waits_for_its_encrypted_disk() -> None:
    assert values(SYSTEMD / "dockward-station.service", "RequiresMountsFor") == ["/var/lib/dockward"]


def test_only_the_group_of_its_own_program_may_ask_a_signer() -> None:
    for program in ("station", "registry"):
        signer = SYSTEMD / ("dockward-signer.service" if program == "station" else "dockward-registry-signer.service")
        asking = SYSTEMD / f"dockward-{program}.service"
        assert values(signer, "Group") == values(asking, "Group")
        assert values(signer, "User") != values(asking, "User")
        assert values(signer, "RuntimeDirectoryMode") == ["0750"]


def test_the_station_may_ask_whether_the_kernels_clock_is_true() -> None:
    """ProtectClock, and the plain filter, forbid the question with the setting; and then nobody is credited."""
    unit = SYSTEMD / "dockward-station.service"
    assert values(unit, "ProtectClock") == []
    filters = values(unit, "SystemCallFilter")
    assert "adjtimex" in filters[-1].split()
    assert "clock_adjtime" in filters[-1].split()
    assert values(unit, "CapabilityBoundingSet") == [""]


def test_who_stamps_facts_may_read_the_boot_id() -> None:
    for name in ("dockward-station.service", "dockward-registry.service"):
        assert values(SYSTEMD / name, "ProcSubset") == []


MDWE = """
import ctypes
assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0, "this kernel cannot refuse writable code"
import dockward.signer_process, dockward.station_process, station.running, lgpio, usb.backend.libusb1
import station.panel.watch, luma.lcd.device, luma.core.interface.serial
usb.backend.libusb1.get_backend()
"""


def test_nothing_the_station_loads_needs_writable_code(tmp_path: Path) -> None:
    """MemoryDenyWriteExecute, as the kernel itself does it since 6.3."""
    done = subprocess.run(
        [sys.executable, "-c", MDWE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What provisioning makes, where the runbook puts it, below a root of its own."""
    root = tmp_path_factory.mktemp("root")
    at_ms = 1_795_219_200_000
    provision_ca(root / "ca", "640100", at_ms)
    provision_station(root / "ca", root / MACHINES["station"][1:], "st-a", 1, at_ms)
    provision_registry(root / "ca", root / MACHINES["registry"][1:], ["10.0.0.1"], at_ms)
    provision_broker(root / "ca", root / MACHINES["broker"][1:], ["10.0.0.1"], at_ms)
    return root


def credentials(path: Path) -> dict[str, str]:
    return dict(value.split(":", 1) for value in values(path, "LoadCredential"))


@pytest.mark.parametrize("path", UNITS + DROP_INS, ids=lambda path: path.name)
def test_provisioning_makes_every_secret_a_unit_loads(provisioned: Path, path: Path) -> None:
    assert credentials(path)
    for source in credentials(path).values():
        assert (provisioned / source[1:]).is_file(), source


@pytest.mark.parametrize(
    ("unit", "uses", "machine"),
    [
        ("dockward-signer.service", STATION_USES, "station"),
        ("dockward-registry-signer.service", REGISTRY_USES, "registry"),
    ],
)
def test_a_signer_is_given_all_its_keys_and_no_other(
    provisioned: Path, unit: str, uses: tuple[KeyUse, ...], machine: str, tmp_path: Path
) -> None:
    given = credentials(SYSTEMD / unit)
    for name, source in given.items():
        shutil.copyfile(provisioned / source[1:], tmp_path / name)
        (tmp_path / name).chmod(0o400)
    keys = FileKeys(tmp_path)
    assert all(keys.public_key(use) for use in uses)
    assert keys.chain(KeyUse.EVIDENCE).startswith(b"-----BEGIN CERTIFICATE")
    made = {path.name for path in (provisioned / MACHINES[machine][1:] / "signer").iterdir()}
    assert set(given) == made


def test_users_and_groups_exist_before_the_units_need_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    path = SYSTEMD / "sysusers.d" / "dockward.conf"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(path)], capture_output=True, check=True)
    users, groups = (
        {line.split(":")[0] for line in (tmp_path / "etc" / name).read_text(encoding="utf-8").splitlines()}
        for name in ("passwd", "group")
    )
    groups |= {"dialout"}  # every Debian has it
    for unit in UNITS:
        assert set(values(unit, "User")) <= users
        assert {*values(unit, "Group"), *" ".join(values(unit, "SupplementaryGroups")).split()} <= groups


def test_secrets_that_were_copied_carelessly_are_closed_again(provisioned: Path, tmp_path: Path) -> None:
    shutil.copytree(provisioned / "etc", tmp_path / "etc")
    secrets = [path for path in (tmp_path / "etc").rglob("*") if path.name == "tls.key" or path.parent.name == "signer"]
    assert len(secrets) == 3 + 4 + 3
    for path in secrets:
        path.chmod(0o644)
    rules = SYSTEMD / "tmpfiles.d" / "dockward.conf"
    create = ["systemd-tmpfiles", "--create", f"--root={tmp_path}", str(rules)]
    done = subprocess.run(create, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in secrets if path.parent.name == "signer"} == {0o700}
    assert (tmp_path / "etc/dockward/stations").is_dir()


RULE = re.compile(
    r'(?:(?:ACTION|SUBSYSTEM|KERNEL|TEST|GOTO|LABEL|GROUP|MODE|ENV\{\w+\}|ATTR\{[\w/]+\})(?:==|:=|=)"[^"]*")'
)


def test_udev_rules_are_rules() -> None:
    """Only later systemds can verify them."""
    for line in (SYSTEMD / "udev" / "60-dockward.rules").read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#") or all(RULE.fullmatch(part) for part in line.split(", ")), line


STRANGERS_RULES = """\
SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"
SUBSYSTEM=="spidev", GROUP="spi", MODE="0660"
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", GROUP="plugdev", MODE="0664"
"""
"""The first line is Raspberry Pi OS's own; the second is what packages for cameras install."""
CAMERA = {"MAJOR": "189", "MINOR": "1", "DEVTYPE": "usb_device"}
PLUGGED = {
    ("gpio", "gpiochip0"): {"MAJOR": "254", "MINOR": "0", "DEVNAME": "gpiochip0"},
    ("spidev", "spidev0.0"): {"MAJOR": "153", "MINOR": "0", "DEVNAME": "spidev0.0"},
    ("usb", "1-1"): {**CAMERA, "DEVNAME": "bus/usb/001/002", "ID_USB_INTERFACES": ":060101:"},
    ("usb", "1-2"): {**CAMERA, "DEVNAME": "bus/usb/001/003", "ID_USB_INTERFACES": ":080650:ffff00:"},
    ("usb", "1-3"): {**CAMERA, "DEVNAME": "bus/usb/001/004", "ID_USB_INTERFACES": ":030101:"},
}


def test_locks_and_cameras_are_the_stations_whatever_rules_come_later(tmp_path: Path) -> None:
    ours = (SYSTEMD / "udev" / "60-dockward.rules").read_text(encoding="utf-8")
    udev = UdevRoom(tmp_path, {"60-dockward.rules": ours, "99-com.rules": STRANGERS_RULES}, PLUGGED)
    decided = {name: udev.decided(name) for _, name in PLUGGED}
    station, stranger = ("dockward", "0660"), ("plugdev", "0664")
    assert decided == {"gpiochip0": station, "spidev0.0": station, "1-1": station, "1-2": station, "1-3": stranger}


def test_the_witness_key_is_readable_as_provisioned(provisioned: Path) -> None:
    text = (provisioned / "etc/dockward/registry/witness.vkey").read_text(encoding="utf-8")
    assert str(VerifierKey.parse(text.strip())) == text.strip()
