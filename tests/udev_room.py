"""Debian's own udev reading our rules beside a stranger's, about devices that are not there.

A chroot of udevadm and its libraries with a made-up /sys; nothing of this machine's udev is asked or touched.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_LIBRARY = re.compile(r"(/\S+) \(0x[0-9a-f]+\)")
_DECIDED = re.compile(r"\.rules:\d+ (GROUP|MODE) (\w+)$", re.MULTILINE)
_GROUPS = {"root": 0, "dockward": 901, "gpio": 902, "plugdev": 903, "spi": 904}


class UdevRoom:
    """`rules` are files by name, `devices` what each one's kernel `uevent` says, by subsystem and name."""

    def __init__(
        self, root: Path, rules: Mapping[str, str], devices: Mapping[tuple[str, str], Mapping[str, str]]
    ) -> None:
        self._root = root
        self._bring_udevadm()
        self._write("etc/group", "".join(f"{name}:x:{number}:\n" for name, number in _GROUPS.items()))
        for name, text in rules.items():
            self._write(f"etc/udev/rules.d/{name}", text)
        for (subsystem, name), said in devices.items():
            self._write(f"sys/devices/{name}/uevent", "".join(f"{key}={value}\n" for key, value in said.items()))
            (root / "sys/bus" / subsystem).mkdir(parents=True, exist_ok=True)
            (root / "sys/devices" / name / "subsystem").symlink_to(f"../../bus/{subsystem}")

    def decided(self, name: str) -> tuple[str, str]:
        """The group and the mode that stand when all rules have been read."""
        chroot = shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or "chroot"
        alone = [] if os.geteuid() == 0 else [shutil.which("unshare") or "unshare", "--user", "--map-root-user"]
        asked = [*alone, chroot, str(self._root), "/bin/udevadm", "test", "--action=add", f"/sys/devices/{name}"]
        made_up = {"SYSTEMD_DEVICE_VERIFY_SYSFS": "0"}
        done = subprocess.run(asked, env=made_up, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"no chroot to be had: run as root, or allow user namespaces: {done}"
        last = dict(_DECIDED.findall(done.stderr))
        names = {str(number): group for group, number in _GROUPS.items()}
        return names[last.get("GROUP", "0")], last.get("MODE", "")

    def _write(self, place: str, text: str) -> None:
        (self._root / place).parent.mkdir(parents=True, exist_ok=True)
        (self._root / place).write_text(text, encoding="utf-8")

    def _bring_udevadm(self) -> None:
        program = shutil.which("udevadm", path=f"{os.environ['PATH']}:/usr/bin:/sbin")
        assert program, "udevadm is missing; run: apt-get install udev"
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for source, place in ((program, "bin/udevadm"), *((path, path[1:]) for path in _LIBRARY.findall(listed))):
            (self._root / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, self._root / place)
