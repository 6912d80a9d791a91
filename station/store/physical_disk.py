"""Which pieces of hardware a folder's bytes end up on, by what the kernel says of its block devices. Writes nothing.

Two partitions, two encrypted or logical volumes, or a file that is mounted as a disk: all of them fail together with
the hardware below. What cannot be followed down to hardware is no further disk.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from station.errors import WireFailedError

SYSFS = Path("/sys")
DeviceOf = Callable[[Path], int]


class UnknownDiskError(WireFailedError):
    """Nobody can say on which disk it is."""


def device_of(path: Path) -> int:
    return path.stat().st_dev


def hardware_under(path: Path, sysfs: Path = SYSFS, device: DeviceOf = device_of) -> frozenset[str]:
    """Every piece of hardware that holds a part of it; more than one for a disk made of disks."""
    return frozenset(_below(_block(device(path), path, sysfs), sysfs, device))


def _block(number: int, path: Path, sysfs: Path) -> Path:
    block = sysfs / "dev/block" / f"{os.major(number)}:{os.minor(number)}"
    if not block.exists():
        raise UnknownDiskError(f"{path} is on no block device; mount a disk of its own there, with ext4")
    return block.resolve()


def _below(block: Path, sysfs: Path, device: DeviceOf) -> Iterator[str]:
    slaves = sorted((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    backing = block / "loop/backing_file"
    if (block / "partition").exists():
        yield from _below(block.parent, sysfs, device)
    elif slaves:
        for slave in slaves:
            yield from _below(slave.resolve(), sysfs, device)
    elif backing.exists():
        yield from hardware_under(Path(backing.read_text(encoding="utf-8").strip()), sysfs, device)
    elif (block / "device").exists():
        yield str((block / "device").resolve())
    else:
        raise UnknownDiskError(f"{block.name} is no disk that one can hold in a hand; mount another one")
