"""Promise: what the runbook has typed makes a disk that opens with both keys, and systemd takes what it has written."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNBOOK = (ROOT / "docs" / "runbooks" / "encrypted-disk.md").read_text(encoding="utf-8")
GENERATORS = Path("/lib/systemd/system-generators")
SBIN = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
HASTY = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
"""For a test's patience; what is typed keeps the default."""


def written(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", RUNBOOK, re.DOTALL)


def typed(chapter: str) -> list[str]:
    (text,) = re.findall(rf"^## {chapter}\. .*?(?=^## |\Z)", RUNBOOK, re.DOTALL | re.MULTILINE)
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def run(line: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    words = [str(folder / "disk") if word == "$DISK" else word for word in shlex.split(line)]
    if words[0] == "head":
        return subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, check=True)
    hasty = HASTY if words[1] in {"luksFormat", "luksAddKey"} else []
    return subprocess.run([*words[:2], *hasty, *words[2:]], cwd=folder, env=SBIN, capture_output=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file stands for the partition; nothing of the kernel is needed to make it."""
    assert shutil.which("cryptsetup", path=SBIN["PATH"]), "run: apt-get install cryptsetup-bin"
    folder = tmp_path_factory.mktemp("disk")
    with (folder / "disk").open("wb") as disk:
        disk.truncate(24 << 20)
    (folder / "recovery").write_bytes(b"six random words of a person")
    for line in typed("1"):
        done = run(line, folder)
        assert done.returncode == 0, (line, done.stderr)
    return folder


def test_both_keys_open_it_and_no_other_does(folder: Path) -> None:
    (folder / "wrong").write_bytes(b"wrong")
    for key, code in (("recovery", 0), ("disk.key", 0), ("wrong", 2)):
        assert run(f"cryptsetup open --test-passphrase --key-file {key} $DISK", folder).returncode == code


def test_it_is_what_the_runbook_says(folder: Path) -> None:
    shown = run("cryptsetup luksDump $DISK", folder).stdout.decode()
    assert re.search(r"Version:\s+2\n", shown)
    assert re.search(r"Label:\s+dockward-data\n", shown)
    assert "cipher: aes-xts-plain64" in shown
    assert re.findall(r"^  \d: luks2$", shown, re.MULTILINE) == ["  0: luks2", "  1: luks2"]
    assert run("cryptsetup luksDump header", folder).returncode == 0


def test_systemd_understands_what_is_written_for_it(tmp_path: Path) -> None:
    (crypttab,), (fstab,) = written("crypttab"), written("fstab")
    (tmp_path / "crypttab").write_text(crypttab)
    (tmp_path / "fstab").write_text(fstab)
    made = tmp_path / "units"
    made.mkdir()
    files = {"SYSTEMD_CRYPTTAB": str(tmp_path / "crypttab"), "SYSTEMD_FSTAB": str(tmp_path / "fstab")}
    for generator in ("systemd-cryptsetup-generator", "systemd-fstab-generator"):
        subprocess.run([GENERATORS / generator, made, made, made], env={**os.environ, **files}, check=True)
    unit = r"systemd-cryptsetup@dockward\x2ddata.service"
    assert "attach 'dockward-data' '/dev/disk/by-label/dockward-data'" in (made / unit).read_text()
    mounted = (made / "var-lib-dockward.mount").read_text()
    assert "What=/dev/mapper/dockward-data\nWhere=/var/lib/dockward\n" in mounted
    (service,) = written("ini")
    assert f"Before={unit}\n" in service
    assert f"RequiredBy={unit}\n" in service
    assert "/run/cryptsetup-keys.d/dockward-data.key\n" in service, "where systemd looks by itself"
    station = (ROOT / "systemd" / "dockward-station.service").read_text(encoding="utf-8")
    assert "RequiresMountsFor=/var/lib/dockward\n" in station


def test_the_unit_that_hands_over_the_key_is_understood(tmp_path: Path) -> None:
    (service,) = written("ini")
    path = tmp_path / "dockward-disk-key.service"
    path.write_text(service)
    alone = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)],
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
