"""A camera that is a disk: the card folder of a dock, as it would be mounted. Shows what the seam for cameras admits.

Its bay and its files are looked at again at every use; nothing of it is kept open in between.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, Camera, CameraIdentity, CardSpace, ForbiddenError, ListedFile, LyingError

_PIECE_BYTES = 262_144


class DiskCameras:
    """`places` are the bays and where on the USB tree each has its cable."""

    def __init__(self, dock: Dock, places: Mapping[str, str]) -> None:
        self._dock = dock
        self._bays = {place: bay for bay, place in places.items()}

    def open(self, usb_path: str) -> Camera:
        bay = self._bays.get(usb_path)
        serial = None if bay is None else self._dock.camera_in(bay)
        if bay is None or serial is None:
            raise AbsentError(f"no camera at USB {usb_path}; is it plugged in there?")
        return DiskCamera(self._dock, bay, serial)


class DiskCamera:
    """One camera's disk, mounted."""

    def __init__(self, dock: Dock, bay: str, serial: str) -> None:
        self._dock = dock
        self._bay = bay
        self._serial = serial
        self._marker = self._bay_marker()
        self._listed: dict[str, os.stat_result] = {}

    @property
    def identity(self) -> CameraIdentity:
        return CameraIdentity(self._serial, self._dock.about(self._serial).model)

    def battery_percent(self) -> int | None:
        """A disk has none."""

    def clock_ms(self) -> int | None:
        """A disk has none."""

    def set_clock(self, utc_ms: int) -> None:
        raise ForbiddenError(f"a disk has no clock to set to {utc_ms}; set it on the camera")

    def cards(self) -> tuple[CardSpace, ...]:
        disk = os.statvfs(self._card())
        return (CardSpace(disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize, deletable=True),)

    def files(self) -> tuple[ListedFile, ...]:
        card = self._card()
        found = {path.relative_to(card).as_posix(): path.stat() for path in sorted(card.rglob("*")) if path.is_file()}
        self._card()  # pulled out meanwhile, it was not all of them
        self._listed = found
        return tuple(
            ListedFile(path, status.st_size, None, status.st_mtime_ns // 1_000_000) for path, status in found.items()
        )

    def pull(self, path: str, offset: int = 0) -> Iterator[memoryview]:
        return self._pieces(path, self._still_listed(path), offset)

    def delete(self, path: str) -> None:
        self._still_listed(path).unlink()

    def close(self) -> None:
        self._listed.clear()

    def _pieces(self, path: str, file: Path, offset: int) -> Iterator[memoryview]:
        size = self._listed[path].st_size
        if not 0 <= offset <= size:
            raise ValueError(f"{path!r} has {size} bytes; byte {offset} is none of them")
        buffer = memoryview(bytearray(_PIECE_BYTES))
        with file.open("rb") as opened:
            opened.seek(offset)
            while offset < size:
                count = opened.readinto(buffer[: min(size - offset, _PIECE_BYTES)])
                self._card()
                if not count:
                    raise LyingError(f"{path!r} ends at byte {offset} of {size}; list the camera again")
                offset += count
                yield buffer[:count]

    def _still_listed(self, path: str) -> Path:
        listed = self._listed.get(path)
        if listed is None:
            raise AbsentError(f"{path!r} was not on the camera when it was listed; list it again")
        file = self._card() / path
        if not file.is_file() or _what(file.stat()) != _what(listed):
            raise LyingError(f"{path!r} is another file now than when it was listed; list the camera again")
        return file

    def _card(self) -> Path:
        """Where the disk is mounted for as long as it is in its bay."""
        if self._bay_marker() != self._marker:
            raise AbsentError(f"the camera in bay {self._bay} is gone")
        return self._dock.card(self._serial)

    def _bay_marker(self) -> tuple[int, int] | None:
        """Each putting in writes another file."""
        try:
            status = (self._dock.folder / "bays" / self._bay).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns


def _what(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
