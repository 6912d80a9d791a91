"""Promise: our simulated camera is one to others too: libmtp and android-file-transfer read it without complaint."""

import re
import subprocess
from pathlib import Path

from tests.rig.guest import cards
from tests.rig.guest.gadgets import OurCamera

_SIZES = (0, 1, 500, 512, 262_144 + 7)
_COMPLAINTS = re.compile(r"error|fail|panic|exception|timed? ?out|unable|cannot|could not|PTP_ERR", re.IGNORECASE)


def _asked(*command: str, folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, said
    assert not _COMPLAINTS.findall(said), said
    return said


def _film(ours: OurCamera, seed: int) -> dict[str, str]:
    return {f"clip{size}.mp4": cards.write(ours.card / f"DCIM/clip{size}.mp4", size, seed + size) for size in _SIZES}


def test_libmtp_detects_lists_and_gets(ours: OurCamera, seed: int, tmp_path: Path) -> None:
    wanted = _film(ours, seed)
    assert ours.serial in _asked("mtp-detect", folder=tmp_path)
    listed = _asked("mtp-files", folder=tmp_path)
    numbers = dict(re.findall(r"File ID: (\d+)\s+Filename: (\S+)", listed))
    assert set(numbers.values()) == set(wanted)
    for number, name in numbers.items():
        _asked("mtp-getfile", number, name, folder=tmp_path)
        assert cards.sha256_of(tmp_path / name) == wanted[name], name


def test_android_file_transfer_lists_and_gets(ours: OurCamera, seed: int, tmp_path: Path) -> None:
    wanted = _film(ours, seed)
    listed = _asked("aft-mtp-cli", "ls DCIM", folder=tmp_path)
    assert all(name in listed for name in wanted), listed
    for name, digest in wanted.items():
        _asked("aft-mtp-cli", f"get DCIM/{name}", folder=tmp_path)
        assert cards.sha256_of(tmp_path / name) == digest, name
