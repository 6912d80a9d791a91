"""Promise: what a bay keeps in memory is bounded by what its camera lists now, not by what it sends or ever listed."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.wires import CameraIdentity, CardSpace, ForbiddenError, ListedFile
from station.custody import observations as seen
from station.errors import WireFailedError
from tests.docked_station import CAMERA, DockedStation

FILES = 10_000
BYTES_PER_FILE_MAX = 2_048
"""While it is read: what is listed, which file is which, and the list on the disk. Names here have 40 characters."""
KEPT_BYTES_PER_FILE_MAX = 64
"""Between two tries, of files that are not held."""
PULL_BYTES_MAX = 6 << 20
"""While a file of any size is read: the camera's buffer, its copy that is hashed, one megabyte read back."""
MIB = 1 << 20


class WideCamera:
    """Many files, or long ones, made up as they are asked for."""

    def __init__(self, count: int, size_bytes: int, round_: int = 0) -> None:
        self._count, self._size_bytes, self._round = count, size_bytes, round_

    identity = CameraIdentity(CAMERA, "DW-T8")

    def battery_percent(self) -> int | None:
        return None

    def cards(self) -> tuple[CardSpace, ...]:
        return ()

    def clock_ms(self) -> int | None:
        return None

    def set_clock(self, utc_ms: int) -> None:
        raise NotImplementedError(utc_ms)

    def files(self) -> tuple[ListedFile, ...]:
        return tuple(
            ListedFile(f"DCIM/100MEDIA/round-{self._round:03}-clip-{n:010}.MP4", self._size_bytes, n, n)
            for n in range(self._count)
        )

    def pull(self, path: str, offset: int = 0) -> Iterator[memoryview]:
        if self._count > 1:
            raise ForbiddenError(f"{path} not now")
        buffer = memoryview(bytearray(MIB // 2))
        while offset < self._size_bytes:
            offset += buffer.nbytes
            yield buffer

    def delete(self, path: str) -> None:
        raise NotImplementedError(path)

    def close(self) -> None:
        """Nothing is open."""


class Wide:
    """One kind of camera in every bay."""

    def __init__(self, make: Callable[[], WideCamera]) -> None:
        self._make = make

    def open(self, _usb_path: str) -> WideCamera:
        return self._make()


@pytest.fixture
def at_dock(tmp_path: Path) -> Iterator[DockedStation]:
    docked = DockedStation(tmp_path)
    yield docked
    docked.close()


def measured(act: Callable[[], object]) -> tuple[int, int]:
    """The most that was taken meanwhile, and what is left of it."""
    gc.collect()
    tracemalloc.start()
    try:
        act()
        gc.collect()
        left, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most, left


def read_in_vain(docked: DockedStation, number: int) -> None:
    with pytest.raises(WireFailedError, match="not now"):
        docked.work.read(number)
    docked.tell(seen.PresenceClosed(bay="1"))  # the clerk remembers the last it was told


def test_a_camera_with_ten_thousand_files_takes_so_much_for_each_and_no_more(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    at_dock.work = at_dock.work_over(Wide(lambda: WideCamera(FILES, 5)))
    read_in_vain(at_dock, number)
    most, left = measured(lambda: read_in_vain(at_dock, number))
    assert most < FILES * BYTES_PER_FILE_MAX
    assert left < FILES * KEPT_BYTES_PER_FILE_MAX


def test_what_a_file_has_of_bytes_takes_no_memory(at_dock: DockedStation) -> None:
    number = at_dock.put_and_identify()
    size_bytes = 32 * MIB
    at_dock.work = at_dock.work_over(Wide(lambda: WideCamera(1, size_bytes)))
    most, left = measured(lambda: at_dock.work.read(number))
    (held,) = at_dock.held()
    assert held.size_bytes == size_bytes
    assert most < PULL_BYTES_MAX
    assert left < MIB


def test_names_that_were_listed_once_are_forgotten(at_dock: DockedStation) -> None:
    """Whatever fails again and again, under whichever names."""
    number, round_ = at_dock.put_and_identify(), 0

    def another() -> WideCamera:
        nonlocal round_
        round_ += 1
        return WideCamera(3, 5, round_)

    at_dock.work = at_dock.work_over(Wide(another))
    for _ in range(10):
        read_in_vain(at_dock, number)
    assert round_ == 40 + 9, "and a first look wherever something was owed"
    assert len(at_dock.work.failed) <= 3
    assert len(at_dock.work.compared) <= 3
