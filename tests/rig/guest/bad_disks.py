"""A small disk that fails as it is told to: a loop device under device mapper, ext4 on it. Never the machine's own.

`become` a table, `mend` it: its data go one way meanwhile, and what was mounted stays mounted. Where ext4 gave up,
`repair` does what a person would: unmount, check, mount.
"""

import re
import subprocess
from pathlib import Path

from tests.rig.guest.waiting import until

_SECTOR = 512
_FOR_EVER = 1_000_000


class BadDisk:
    """Named, so many MiB large, mounted at `mounted`; its image is a sparse file in `folder`."""

    def __init__(self, name: str, folder: Path, mebibytes: int) -> None:
        for module in ("loop", "dm-mod", "dm-flakey"):
            subprocess.run(["modprobe", module], check=True)
        self._name = name
        self.mounted = folder / "mounted"
        self.mounted.mkdir(parents=True)
        image = folder / "disk.img"
        with image.open("wb") as file:
            file.truncate(mebibytes << 20)
        self._loop = _said("losetup", "--find", "--show", str(image)).strip()
        self._sectors = (mebibytes << 20) // _SECTOR
        _run("dmsetup", "create", name, "--table", self._sound(0, self._sectors))
        _run("udevadm", "settle")
        _run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(self.device))
        self._mount()

    @property
    def device(self) -> Path:
        return Path("/dev/mapper") / self._name

    def drop_writes(self) -> None:
        """It says that everything was written, and writes nothing."""
        self._become(self._flakey("drop_writes"))

    def fail_writes(self) -> None:
        self._become(self._flakey("error_writes"))

    def lose(self, file: Path) -> None:
        """Where this file lies, nothing can be read or written any more; the rest is well."""
        tables, at = [], 0
        for start, count in sorted(_extents(file)):
            tables += [self._sound(at, start - at)] if start > at else []
            tables.append(f"{start} {count} error")
            at = start + count
        self._become("\n".join([*tables, self._sound(at, self._sectors - at)]))

    def give_up(self) -> None:
        """ext4 finds itself damaged, and takes no writes any more."""
        kernel_name = self.device.resolve().name
        Path(f"/sys/fs/ext4/{kernel_name}/trigger_fs_error").write_text("the test's own")

    def mend(self) -> None:
        self._become(self._sound(0, self._sectors))

    def repair(self) -> None:
        """Whoever still writes is waited for."""
        self.mend()
        until(self._unmounted, "the disk to be unmounted")
        checked = subprocess.run(["e2fsck", "-fy", self.device], check=False, capture_output=True)
        assert checked.returncode in {0, 1}, checked.stdout
        self._mount()

    def take_away(self) -> None:
        subprocess.run(["umount", "--lazy", self.mounted], check=False)
        subprocess.run(["dmsetup", "remove", "--retry", self._name], check=False)
        subprocess.run(["losetup", "--detach", self._loop], check=False)

    def _mount(self) -> None:
        _run("mount", "-o", "errors=remount-ro", str(self.device), str(self.mounted))

    def _unmounted(self) -> bool:
        return not subprocess.run(["umount", self.mounted], check=False, capture_output=True).returncode

    def _become(self, table: str) -> None:
        """Without a flush on the way: what is in memory now meets the new table."""
        _run("dmsetup", "suspend", "--nolockfs", "--noflush", self._name)
        loaded = subprocess.run(["dmsetup", "load", self._name], input=table.encode(), capture_output=True, check=False)
        assert loaded.returncode == 0, f"{loaded.stderr.decode()} for: {table}"
        _run("dmsetup", "resume", self._name)

    def _sound(self, start: int, count: int) -> str:
        return f"{start} {count} linear {self._loop} {start}"

    def _flakey(self, how: str) -> str:
        return f"0 {self._sectors} flakey {self._loop} 0 0 {_FOR_EVER} 1 {how}"


def _extents(file: Path) -> list[tuple[int, int]]:
    """The sectors that a file's blocks lie in: start, count."""
    listed = _said("filefrag", f"-b{_SECTOR}", "-v", str(file))  # a small disk has smaller blocks
    rows = re.findall(r"^ *\d+: +\d+\.\. *\d+: +(\d+)\.\. *(\d+):", listed, re.MULTILINE)
    assert rows, f"{file} has no blocks"
    return [(int(first), int(last) - int(first) + 1) for first, last in rows]


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
