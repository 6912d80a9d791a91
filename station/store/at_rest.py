"""Whether what lies in a folder is encrypted on its disk, by what the kernel says of its block devices. Writes nothing.

A volume is encrypted where it is a dm-crypt device, or lies on such devices alone. What nobody can follow is never
called encrypted: a file system in memory, over a network or of many disks (btrfs).
"""

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from station.config import StationConfig
from station.store.physical_disk import SYSFS, DeviceOf, device_of

_ENCRYPTING = re.compile(r"CRYPT-(LUKS\d|PLAIN|LOOPAES|TCRYPT|BITLK|FVAULT2)-")
"""What cryptsetup makes; CRYPT-VERITY and CRYPT-INTEGRITY only check."""


class AtRest(StrEnum):
    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    UNKNOWN = "unknown"


def unsafe_folders(config: StationConfig, sysfs: Path = SYSFS, device: DeviceOf = device_of) -> dict[str, AtRest]:
    """The folders with footage that are not known to be encrypted, of a real station that is to have them so."""
    if config.hardware.kind != "board" or not config.store.encrypted:
        return {}
    folders = [config.data, *([config.store.second] if config.store.second else [])]
    found = {folder: at_rest(Path(folder), sysfs, device) for folder in folders}
    return {folder: lies for folder, lies in found.items() if lies is not AtRest.ENCRYPTED}


def at_rest(folder: Path, sysfs: Path = SYSFS, device: DeviceOf = device_of) -> AtRest:
    """A folder that is not made yet lies where the one above it does."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists()).resolve()
    try:
        return _device_at_rest(_block(device(there), sysfs), sysfs, device)
    except (OSError, UnicodeDecodeError):
        return AtRest.UNKNOWN


def _block(number: int, sysfs: Path) -> Path:
    return (sysfs / "dev/block" / f"{os.major(number)}:{os.minor(number)}").resolve(strict=True)


def _device_at_rest(block: Path, sysfs: Path, device: DeviceOf) -> AtRest:
    name, backing = block / "dm/uuid", block / "loop/backing_file"
    if name.exists() and _ENCRYPTING.match(name.read_text(encoding="ascii")):
        return AtRest.ENCRYPTED
    if (block / "partition").exists():
        return _device_at_rest(block.parent, sysfs, device)
    slaves = sorted((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    if slaves:
        return _of_many(_device_at_rest(slave.resolve(strict=True), sysfs, device) for slave in slaves)
    if backing.exists():
        return at_rest(Path(backing.read_text(encoding="utf-8").strip()), sysfs, device)
    return AtRest.PLAIN if (block / "device").exists() else AtRest.UNKNOWN


def _of_many(devices: Iterator[AtRest]) -> AtRest:
    """As bad as the worst of them."""
    found = set(devices)
    if found == {AtRest.ENCRYPTED}:
        return AtRest.ENCRYPTED
    return AtRest.PLAIN if AtRest.PLAIN in found else AtRest.UNKNOWN
