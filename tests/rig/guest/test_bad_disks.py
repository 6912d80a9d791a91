"""Promise: a disk that fails under eight bays stops what needs it and says why; once it is well, all goes on by itself.

Footage lies on the bad disk, and the journal on a sound one: a journal whose own disk fails stops the station, which
the last test here starts anew. A disk that says that it wrote and did not is caught by reading back past the cache.
"""

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from station.errors import JournalBrokenError
from station.store.recordings import RESERVE_BYTES, NotTheSameError, RecordingStore
from tests.rig.guest import cards
from tests.rig.guest.bad_disks import BadDisk
from tests.rig.guest.gadgets import BAYS, UmtpCamera, load_controllers
from tests.rig.guest.kernel_dock import KernelDock, clips, docked_cameras, make_machines, proved
from tests.rig.guest.waiting import until

_SECONDS = 240
"""Eight pulls, hashed and sealed, in software emulation."""
_CLIP = "DCIM/clip.mp4"
_MIB = RESERVE_BYTES // cards.MIB + 200
_FOOTAGE = ("incoming", "partial", "evidence")
_BEGUN_BYTES = 256 * cards.KIB
_EMPTY = BAYS - 1
"""In this bay is a camera with nothing on its card: it needs no disk."""


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[BadDisk]:
    made = BadDisk(f"bad-{abs(hash(request.node.name)) % 10_000}", tmp_path / "disk", _MIB)
    yield made
    made.take_away()


@pytest.fixture
def eight(tmp_path: Path) -> Iterator[list[UmtpCamera]]:
    load_controllers()
    docked = docked_cameras(tmp_path / "cards")
    yield docked
    for camera in docked:
        camera.pull_out()
        camera.stop()


@contextmanager
def working(
    home: Path, disk: BadDisk, cameras: list[UmtpCamera], *, journal_there: bool = False
) -> Iterator[KernelDock]:
    """A station with its footage on that disk, all its bays still empty."""
    data = (disk.mounted if journal_there else home) / "data"
    data.mkdir()
    for name in () if journal_there else _FOOTAGE:
        (disk.mounted / name).mkdir()
        (data / name).symlink_to(disk.mounted / name)
    make_machines(home)
    dock = KernelDock(home, data, cameras)
    dock.begin()
    try:
        yield dock
    finally:
        dock.end()


def filmed(cameras: list[UmtpCamera], size: int, seed: int) -> dict[int, str]:
    """A clip on each card but the empty one; bay → its SHA-256."""
    full = [camera for camera in cameras if camera.bay != _EMPTY]
    return {camera.bay: cards.write(camera.card / _CLIP, size, seed + camera.bay) for camera in full}


def footage(dock: KernelDock) -> list[Path]:
    """Every file under the store's folders."""
    return [path for name in _FOOTAGE for path in (dock.data / name).rglob("*") if path.is_file()]


def begun(dock: KernelDock) -> list[Path]:
    """The pulls that are well under way."""
    found = []
    for path in footage(dock):
        with suppress(FileNotFoundError):  # they come and go
            if path.parent.name == "partial" and path.stat().st_size >= _BEGUN_BYTES:
                found.append(path)
    return found


def all_begun(dock: KernelDock, bays: int) -> bool:
    """So many pulls are under way, and nothing is held yet."""
    assert not dock.told("recording_held"), "it was held before its disk failed; make the clips larger"
    return len(begun(dock)) >= bays


def nothing_is_held_that_is_not_there(dock: KernelDock) -> None:
    whole = [path for path in footage(dock) if path.parent.name == "incoming" or path.name == "original"]
    assert set(dock.held()) <= {sha256(path.read_bytes()).hexdigest() for path in whole}


def recovers(dock: KernelDock, wanted: dict[int, str]) -> None:
    """Without a restart: everything held once, proved, equal to what its camera had, and cleared after that."""
    assert dock.ended is None
    dock.at_once()
    dock.until_cleared(_SECONDS)
    assert set(proved(dock.data)) == set(wanted.values())
    assert dock.held() == sorted(wanted.values())
    assert not [path for path in footage(dock) if path.suffix == ".part"]
    assert not list((dock.data / "incoming").iterdir())
    dock.until(lambda: not dock.troubles(), "the bays to be well", _SECONDS)


def named(dock: KernelDock, bays: list[int], words: str) -> None:
    """Said at each of these bays, and nothing at any other; while one is tried again, it says nothing for a moment."""
    said: set[int] = set()

    def all_said() -> bool:
        dock.at_once()
        troubles = dock.troubles()
        assert set(troubles) <= set(bays)
        said.update(bay for bay, trouble in troubles.items() if words in trouble)
        return said == set(bays)

    dock.until(all_said, f"{words!r} at each of {bays}", _SECONDS)


def test_a_dropped_write_is_caught_by_reading_past_the_cache_and_by_nothing_else(
    disk: BadDisk, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control is in it: through the cache the same disk gives back what it never wrote."""
    content = memoryview(random.Random(seed).randbytes(cards.MIB))
    store = RecordingStore(disk.mounted)
    disk.drop_writes()
    with pytest.raises(NotTheSameError):
        store.receive(1, "caught", len(content), [content])
    assert not list((disk.mounted / "incoming").iterdir())
    with monkeypatch.context() as through_the_cache:
        through_the_cache.setattr(os, "posix_fadvise", lambda *_: None)
        assert store.receive(1, "missed", len(content), [content]) == sha256(content).hexdigest()
    disk.mend()
    assert store.receive(1, "written", len(content), [content]) == sha256(content).hexdigest()


@pytest.mark.minutes
def test_dropped_writes_under_eight_bays_hold_and_clear_nothing(
    disk: BadDisk, eight: list[UmtpCamera], seed: int, tmp_path: Path
) -> None:
    wanted = filmed(eight, cards.MIB, seed)
    with working(tmp_path, disk, eight) as dock:
        disk.drop_writes()
        dock.dock()
        named(dock, list(wanted), "not what was written")
        dock.until(lambda: dock.told("camera_read"), "the camera with nothing on it to be read", _SECONDS)
        assert not dock.told("recording_held")
        assert not dock.told("clearing_ordered")
        assert [clips(camera) != [] for camera in eight] == [camera.bay in wanted for camera in eight]
        disk.mend()
        recovers(dock, wanted)


def test_a_full_disk_stops_the_bay_with_the_large_file_and_no_other(
    disk: BadDisk, eight: list[UmtpCamera], seed: int, tmp_path: Path
) -> None:
    large = 45 * cards.MIB
    wanted = filmed(eight, cards.MIB, seed)
    wanted[_EMPTY] = cards.write(eight[_EMPTY].card / _CLIP, large, seed + _EMPTY)
    with working(tmp_path, disk, eight) as dock:
        ballast = _fill(disk, RESERVE_BYTES + large)
        dock.dock()
        named(dock, [_EMPTY], "The disk is full")
        dock.until(lambda: not any(map(clips, eight[:_EMPTY])), "the others to be cleared", _SECONDS)
        assert set(dock.troubles()) == {_EMPTY}
        assert clips(eight[_EMPTY])
        nothing_is_held_that_is_not_there(dock)
        ballast.unlink()
        recovers(dock, wanted)


@pytest.mark.minutes
def test_a_disk_that_fills_up_in_the_middle_of_a_file_keeps_no_half_of_it(
    disk: BadDisk, eight: list[UmtpCamera], seed: int, tmp_path: Path
) -> None:
    wanted = filmed(eight, 5 * cards.MIB, seed)
    with working(tmp_path, disk, eight) as dock:
        dock.dock()
        until(lambda: all_begun(dock, len(wanted)), "the pulls to begin", _SECONDS)
        ballast = _fill(disk, 0)
        full: set[int] = set()

        def all_decided() -> bool:
            """What gave up frees room in which another, already begun, may end."""
            dock.at_once()
            full.update(bay for bay, trouble in dock.troubles().items() if "The disk is full" in trouble)
            held = set(dock.held())
            return all(bay in full or digest in held for bay, digest in wanted.items())

        dock.until(all_decided, "each bay to say it, or to hold its file whole", _SECONDS)
        assert full
        nothing_is_held_that_is_not_there(dock)
        ballast.unlink()
        recovers(dock, wanted)


@pytest.mark.minutes
def test_blocks_that_cannot_be_read_stop_the_bay_whose_file_lies_there_and_no_other(
    disk: BadDisk, eight: list[UmtpCamera], seed: int, tmp_path: Path
) -> None:
    """Until it is tried again: what cannot be read goes, and the file is read anew to where the disk is well."""
    lost = eight[0]
    wanted = filmed(eight, 4 * cards.MIB, seed)
    with working(tmp_path, disk, eight) as dock:
        dock.dock(lost.bay)
        (part, *_) = until(lambda: begun(dock), "the first pull to begin", _SECONDS)
        lost.pull_out()
        dock.until(lambda: _stands_still(part), "its pull to end", _SECONDS)
        os.sync()
        os.link(part, disk.mounted / "kept")  # its blocks are nobody else's when the station lets them go
        disk.lose(part)
        lost.restart()
        dock.dock()

        def said() -> bool:
            troubles = dock.troubles()
            assert set(troubles) <= {lost.bay}
            return "the disk failed" in troubles.get(lost.bay, "")

        dock.until(said, "its bay to say it", _SECONDS)
        nothing_is_held_that_is_not_there(dock)
        recovers(dock, wanted)


@pytest.mark.minutes
@pytest.mark.parametrize("how", ["fail_writes", "give_up"])
def test_a_disk_that_takes_no_writes_is_named_and_gone_on_with_when_it_is_repaired(
    disk: BadDisk, eight: list[UmtpCamera], seed: int, tmp_path: Path, how: str
) -> None:
    wanted = filmed(eight, 5 * cards.MIB, seed)
    with working(tmp_path, disk, eight) as dock:
        dock.dock()
        until(lambda: all_begun(dock, len(wanted)), "the pulls to begin", _SECONDS)
        getattr(disk, how)()
        named(dock, list(wanted), "the disk failed")
        assert not dock.told("clearing_ordered")
        disk.repair()
        recovers(dock, wanted)


@pytest.mark.minutes
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # as threads of such a station end
def test_a_station_whose_journal_cannot_be_written_stops_and_started_anew_has_lost_nothing(
    disk: BadDisk, eight: list[UmtpCamera], seed: int, tmp_path: Path
) -> None:
    wanted = filmed(eight, 4 * cards.MIB, seed)
    with working(tmp_path, disk, eight, journal_there=True) as dock:
        dock.dock()
        dock.until(lambda: dock.told("camera_admitted") == BAYS, "the cameras to be known", _SECONDS)
        disk.fail_writes()
        dock.until(lambda: _ended_by_its_journal(dock), "the station to stop", _SECONDS)
        dock.end()
        disk.repair()
        dock.begin()
        dock.dock()
        recovers(dock, wanted)


def _fill(disk: BadDisk, leave_bytes: int) -> Path:
    """Somebody else's file takes the room, all but so much."""
    ballast = disk.mounted / "ballast"
    space = os.statvfs(disk.mounted)
    wanted = space.f_bavail * space.f_frsize - leave_bytes
    with ballast.open("wb") as file, suppress(OSError):  # full is full, whoever took the rest
        for start in range(0, wanted, cards.MIB):
            os.posix_fallocate(file.fileno(), start, min(cards.MIB, wanted - start))
    return ballast


def _ended_by_its_journal(dock: KernelDock) -> bool:
    """Whichever of its tasks met it first."""
    ended = dock.ended
    if isinstance(ended, BaseExceptionGroup):
        return ended.subgroup(JournalBrokenError) is not None
    return isinstance(ended, JournalBrokenError)


def _stands_still(file: Path) -> bool:
    size = file.stat().st_size
    threading.Event().wait(2)
    return file.stat().st_size == size
