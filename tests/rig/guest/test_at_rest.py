"""Promise: footage is called encrypted where cryptsetup's own volume is under it, and nowhere else.

The volume is LUKS, on a loop device whose file lies on the machine's disk: a kernel's real table, and nothing of ours.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.store.at_rest import AtRest, at_rest

_ON_THE_DISK = Path("/var/tmp")  # noqa: S108 - the machine is thrown away
_MIB = 64
_NAME, _MAPPED = "rig-crypt", Path("/dev/mapper/rig-crypt")
_LINEAR = Path("/dev/mapper/rig-linear")
"""A volume of device mapper's that encrypts nothing."""


@pytest.fixture
def loops(tmp_path: Path) -> Iterator[list[str]]:
    """Loop devices of files on the machine's disk; what is mounted in the test's folder is unmounted behind it."""
    for module in ("loop", "dm-mod", "dm-crypt"):
        subprocess.run(["modprobe", module], check=True)
    images = [_ON_THE_DISK / f"{tmp_path.name}-{number}.img" for number in range(2)]
    made = [_loop(image) for image in images]
    yield made
    for mounted in sorted(tmp_path.iterdir(), reverse=True):
        subprocess.run(["umount", "--lazy", mounted], check=False)
    subprocess.run(["dmsetup", "remove", "--deferred", _LINEAR.name], check=False)
    subprocess.run(["cryptsetup", "close", "--deferred", _NAME], check=False)
    for device, image in zip(made, images, strict=True):
        subprocess.run(["losetup", "--detach", device], check=False)
        image.unlink()


def test_a_luks_volume_is_encrypted_and_what_lies_beside_it_is_plain(loops: list[str], tmp_path: Path) -> None:
    under, beside = loops
    key = tmp_path.parent / "key"
    key.write_bytes(bytes(range(64)))
    iterations = ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")
    _run("cryptsetup", "--batch-mode", "luksFormat", "--type", "luks2", *iterations, under, str(key))
    _run("cryptsetup", "--key-file", str(key), "open", under, _NAME)
    encrypted = _mounted(str(_MAPPED), tmp_path / "encrypted")
    _run("dmsetup", "create", _LINEAR.name, "--table", f"0 {_MIB * 2048} linear {beside} 0")
    plain = _mounted(str(_LINEAR), tmp_path / "plain")
    assert at_rest(encrypted) is AtRest.ENCRYPTED
    assert at_rest(encrypted / "data/not/made/yet") is AtRest.ENCRYPTED
    assert at_rest(plain) is AtRest.PLAIN
    assert at_rest(_ON_THE_DISK) is AtRest.PLAIN
    assert at_rest(tmp_path) is not AtRest.ENCRYPTED


def _loop(image: Path) -> str:
    with image.open("wb") as file:
        file.truncate(_MIB << 20)
    found = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def _mounted(device: str, folder: Path) -> Path:
    folder.mkdir()
    _run("mkfs.ext4", "-q", device)
    _run("mount", device, str(folder))
    return folder


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
