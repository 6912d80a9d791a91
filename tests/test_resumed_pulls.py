"""Promise: a pull that was cut goes on where it was cut, is whole in the end, and is never taken for whole before.

What is asked of the camera is counted. The disk of the last tests forgets what was not synced, in any order.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import station.store.checkpointed_part
from hardware.usb_cameras import MtpCamera, UsbCameras
from hardware.wires import AbsentError, Camera, ForbiddenError, LyingError, SilentError, WireError
from station.custody import observations as seen
from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from station.durable import PART, NoRoomError
from station.errors import TooLateError, WireFailedError
from station.policy.due_times import DAY_MS
from station.stamp import Stamp
from station.store.checkpointed_part import OVERLAP_BYTES_MAX, RESUMED_BYTES_MIN
from station.store.parts import FRUITLESS_MAX, LEFT_DAYS_MAX, key_of
from station.store.recordings import RESERVE_BYTES, NotTheSameError, RecordingStore
from tests.counted_film import Film
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.forgetful_disk import ForgetfulDisk, write_files

CONTENT = random.Random("footage").randbytes(1_200_007)
LARGE = random.Random("more").randbytes(24 << 20)
READ_AT_MOST = 1.1
NOW_MS = 1_795_219_200_000


@pytest.fixture
def store(tmp_path: Path) -> RecordingStore:
    return RecordingStore(tmp_path)


def receive(store: RecordingStore, film: Film, docking: int = 3, source: str = CAMERA, size: int | None = None) -> str:
    size_bytes = len(film.content) if size is None else size
    return store.receive_rest(docking, "a", size_bytes, source, film.pull)


def receive_as(store: RecordingStore, pull: Callable[[int], Iterator[memoryview]], content: bytes) -> None:
    assert store.receive_rest(3, "a", len(content), CAMERA, pull) == sha256(content).hexdigest()


def cut(store: RecordingStore, after: int, error: WireError | None = None, content: bytes = CONTENT) -> Film:
    film = Film(content, after, error or AbsentError("it was pulled out"))
    with pytest.raises(type(film.error)):
        receive(store, film)
    return film


def started_anew(folder: Path, *held: Recording) -> RecordingStore:
    store = RecordingStore(folder)
    store.discard_orphans(State().holding(held, 9))
    return store


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "incoming").iterdir())


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "partial").iterdir())


def require_whole(folder: Path, digest: str, docking: int, content: bytes = CONTENT) -> None:
    assert digest == sha256(content).hexdigest()
    assert names(folder) == [f"{docking}-a"]
    assert (folder / f"incoming/{docking}-a").read_bytes() == content


# --- cut, and gone on with


@pytest.mark.parametrize("seed", range(30))
def test_pulled_out_at_any_byte_it_goes_on_at_its_next_docking(tmp_path: Path, seed: int) -> None:
    rng = random.Random(f"cut/{seed}")
    after = rng.randrange(1, len(CONTENT) + 1)
    sys.stdout.write(f"seed {seed}: cut after {after} of {len(CONTENT)}\n")
    first = cut(RecordingStore(tmp_path), after)
    assert not names(tmp_path), "part of a file stands under a final name"
    store = started_anew(tmp_path) if rng.random() < 0.5 else RecordingStore(tmp_path)
    second = Film(CONTENT)
    require_whole(tmp_path, receive(store, second, docking=7), 7)
    assert first.asked + second.asked <= READ_AT_MOST * len(CONTENT)
    assert second.offsets[0] >= after - OVERLAP_BYTES_MAX


def test_cut_again_and_again_it_is_whole_in_the_end(tmp_path: Path) -> None:
    asked = 0
    for docking in range(10):
        asked += cut(RecordingStore(tmp_path), 200_000).asked
        film = Film(CONTENT)
        if docking == 5:
            break
    require_whole(tmp_path, receive(RecordingStore(tmp_path), film, docking=20), 20)
    assert asked + film.asked <= len(CONTENT) + 6 * min(OVERLAP_BYTES_MAX, len(CONTENT) // 20)


@pytest.mark.parametrize("error", [SilentError("went quiet"), WireFailedError("the station is going down")])
def test_a_silence_or_a_station_going_down_costs_no_more_than_the_overlap(
    store: RecordingStore, tmp_path: Path, error: Exception
) -> None:
    first = Film(CONTENT, 700_001, error)
    with pytest.raises(type(error)):
        receive(store, first)
    second = Film(CONTENT)
    require_whole(tmp_path, receive(store, second), 3)
    assert first.asked + second.asked <= READ_AT_MOST * len(CONTENT)


_KILLED = """
import os, pathlib, signal, sys
from station.store.recordings import RecordingStore
from tests.test_resumed_pulls import LARGE, Film
folder, after = pathlib.Path(sys.argv[1]), int(sys.argv[2])
film = Film(LARGE)
def watched(offset):
    for piece in film.pull(offset):
        yield piece
        if film.asked >= after:
            print(film.asked, flush=True)
            after_that = sys.stdin.read()
RecordingStore(folder).receive_rest(3, "a", len(LARGE), "T8-000417", watched)
"""
_KILLED_ANYWHERE = _KILLED.replace("after_that = sys.stdin.read()", "pass")


@pytest.mark.parametrize("part", range(6))
def test_killed_anywhere_it_goes_on(tmp_path: Path, part: int) -> None:
    """Five kills each: some while it waits for the camera, some wherever it then is, proving and renaming too."""
    for kill in range(5):
        rng = random.Random(f"kill/{part}/{kill}")
        after = rng.randrange(1, len(LARGE))
        sys.stdout.write(f"part {part}, kill {kill}: after {after} of {len(LARGE)}\n")
        folder = tmp_path / str(kill)
        asked = _killed(folder, after, _KILLED_ANYWHERE if kill % 2 else _KILLED)
        assert all((folder / "incoming" / name).read_bytes() == LARGE for name in names(folder))
        second = Film(LARGE)
        require_whole(folder, receive(started_anew(folder), second, docking=4), 4, LARGE)
        assert asked + second.asked <= READ_AT_MOST * len(LARGE)


def _killed(folder: Path, after: int, program: str) -> int:
    """What it had asked of its camera when it was last heard of, which is a chunk less at most than it had."""
    command = [sys.executable, "-c", program, str(folder), str(after)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        told = child.stdout.readline()
        child.kill()
        return int((told + child.stdout.read()).split()[-1])


def test_killed_at_any_chunk_from_six_mebibytes_on_little_is_asked_for_twice(tmp_path: Path) -> None:
    """Chunks as large as they come over USB, the first shorter by its header."""
    content, folder = LARGE[: 6 << 20], tmp_path / "killed"
    for kill_after in range(1, 13):
        first = Film(content, chunk_bytes=1 << 19, header_bytes=12)

        def watched(offset: int, film: Film = first, kill_after: int = kill_after) -> Iterator[memoryview]:
            for count, piece in enumerate(film.pull(offset), 1):
                if count == kill_after:
                    shutil.copytree(tmp_path / "living", folder)
                yield piece

        receive_as(RecordingStore(tmp_path / "living"), watched, content)
        second = Film(content)
        require_whole(folder, receive(started_anew(folder), second), 3, content)
        asked = min(kill_after << 19, len(content)) + second.asked
        assert asked <= READ_AT_MOST * len(content), f"killed after chunk {kill_after}"
        shutil.rmtree(tmp_path / "living")
        shutil.rmtree(folder)


# --- what must not be gone on with


def test_another_file_under_the_same_listing_is_read_anew(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    other = random.Random("other").randbytes(len(CONTENT))
    with pytest.raises(WireFailedError, match="another file is on the camera"):
        receive(store, Film(other))
    assert not parts(tmp_path)
    require_whole(tmp_path, receive(store, Film(other)), 3, other)


@pytest.mark.parametrize("harm", ["a bit", "the end", "the checkpoint", "its digest", "all but the checkpoint"])
def test_a_part_that_is_not_what_it_was_is_read_anew(store: RecordingStore, tmp_path: Path, harm: str) -> None:
    cut(store, 700_000)
    part, sidecar = (tmp_path / "partial" / f"{key_of(CAMERA, 'a')}{end}" for end in (PART, ".json"))
    match harm:
        case "a bit":
            content = bytearray(part.read_bytes())
            content[1_000] ^= 1
            part.write_bytes(content)
        case "the end":
            os.truncate(part, 600_000)
        case "the checkpoint":
            sidecar.write_bytes(b"\xff{")
        case "its digest":
            sidecar.write_bytes(b'{"offset":700000,"sha256":"%s"}' % (b"0" * 64))
        case _:
            part.unlink()
    film = Film(CONTENT)
    require_whole(tmp_path, receive(store, film), 3)
    assert film.offsets == [0]


def test_what_lies_behind_the_checkpoint_is_not_believed(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    with (tmp_path / "partial" / f"{key_of(CAMERA, 'a')}{PART}").open("ab") as part:
        part.write(b"never synced" * 1_000)
    film = Film(CONTENT)
    require_whole(tmp_path, receive(store, film), 3)
    assert film.offsets[0] > 0


def test_another_camera_with_the_same_listing_goes_on_with_nothing(store: RecordingStore) -> None:
    cut(store, 700_000)
    film = Film(CONTENT)
    receive(store, film, source=OTHER)
    assert film.offsets == [0]


@pytest.mark.parametrize("more_bytes", [1, -1, 70_000])
def test_another_number_of_bytes_than_listed_leaves_no_part(
    store: RecordingStore, tmp_path: Path, more_bytes: int
) -> None:
    with pytest.raises(WireFailedError, match="bytes came of"):
        receive(store, Film(CONTENT), size=len(CONTENT) + more_bytes)
    assert not names(tmp_path)
    assert not parts(tmp_path)


def test_a_camera_that_lies_leaves_no_part(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000, LyingError("another transaction"))
    assert not parts(tmp_path)


@pytest.mark.parametrize("error", [SilentError("went quiet"), ForbiddenError("no partial reads")])
def test_a_camera_that_cannot_go_on_is_asked_for_the_whole_after_some_tries(
    store: RecordingStore, tmp_path: Path, error: WireError
) -> None:
    cut(store, 700_000)
    for _ in range(FRUITLESS_MAX):
        film = Film(CONTENT, 100, error)
        with pytest.raises(type(error)):
            receive(store, film)
        assert film.offsets[0] > 0
    film = Film(CONTENT)
    require_whole(tmp_path, receive(store, film), 3)
    assert film.offsets == [0]


def test_a_camera_that_leaves_at_once_each_time_costs_nothing(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    for _ in range(2 * FRUITLESS_MAX):
        cut(store, 1)
    film = Film(CONTENT)
    require_whole(tmp_path, receive(store, film), 3)
    assert film.offsets[0] > 0


def test_what_reads_back_differently_is_not_held_and_leaves_no_part(
    store: RecordingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordingStore, "_read_back", lambda *_: "0" * 64)
    with pytest.raises(NotTheSameError):
        receive(store, Film(CONTENT))
    assert not names(tmp_path)
    assert not parts(tmp_path)


def test_a_small_file_is_read_whole_or_not_at_all(store: RecordingStore, tmp_path: Path) -> None:
    small = CONTENT[: RESUMED_BYTES_MIN - 1]
    cut(store, len(small) - 1, content=small)
    assert not parts(tmp_path)


def test_one_camera_in_two_bays_fills_no_part_twice(store: RecordingStore, tmp_path: Path) -> None:
    def first(offset: int) -> Iterator[memoryview]:
        yield from Film(CONTENT[:300_000]).pull(offset)
        receive(store, Film(CONTENT), docking=8)
        yield from Film(CONTENT).pull(300_000)

    assert store.receive_rest(3, "a", len(CONTENT), CAMERA, first) == sha256(CONTENT).hexdigest()
    assert names(tmp_path) == ["3-a", "8-a"]


# --- no part outlives its use


def test_a_part_goes_when_its_file_is_whole_and_settled(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    digest = receive(store, Film(CONTENT))
    store.settle(Recording(7, RecordingStep.HELD, 3, CAMERA, "a", len(CONTENT), digest, None, None))
    assert not parts(tmp_path)


def test_a_part_goes_when_its_camera_does_not_list_it_any_more(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    store.drop_unlisted(OTHER, lambda _: False)
    store.drop_unlisted(CAMERA, lambda listing: listing == "a")
    assert parts(tmp_path)
    store.drop_unlisted(CAMERA, lambda listing: listing != "a")
    assert not parts(tmp_path)


def test_parts_make_room_for_what_is_being_read(
    store: RecordingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(store, 700_000)

    def statvfs(_: Path) -> os.statvfs_result:
        blocks = (RESERVE_BYTES + len(CONTENT)) // 4096 + 1 - (100 if parts(tmp_path) else 0)
        return os.statvfs_result((4096, 4096, 0, 0, blocks, 0, 0, 0, 0, 255))

    monkeypatch.setattr(os, "statvfs", statvfs)
    film = Film(CONTENT)
    store.receive(8, "b", len(CONTENT), film.pull(0))
    assert not parts(tmp_path)
    with pytest.raises(NoRoomError):
        store.receive(8, "c", 2 * len(CONTENT), film.pull(0))


def day(number: int, *, synchronised: bool = True) -> Stamp:
    return Stamp(NOW_MS + number * DAY_MS, "boot", 1_000, synchronised)


def test_a_part_goes_when_its_camera_does_not_come_back_for_long(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    for number in (0, 1, LEFT_DAYS_MAX):
        store.drop_left(day(number))
        assert parts(tmp_path), number
    cut(store, 100_000)
    for number in (LEFT_DAYS_MAX + 1, 2 * LEFT_DAYS_MAX + 1):
        store.drop_left(day(number))
        assert parts(tmp_path), "it came back in between, and more of its file is here"
    store.drop_left(day(2 * LEFT_DAYS_MAX + 2))
    assert not parts(tmp_path)


def test_no_part_grows_old_by_a_clock_that_is_not_true(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    store.drop_left(day(-20_000, synchronised=False))
    store.drop_left(day(0))
    store.drop_left(day(20_000, synchronised=False))
    assert parts(tmp_path)
    film = Film(CONTENT)
    require_whole(tmp_path, receive(store, film), 3)
    assert film.offsets[0] > 0, "that it was seen lying here is no other part"


def test_what_is_being_read_is_not_dropped_for_its_age(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    store.drop_left(day(0))

    def watched(offset: int) -> Iterator[memoryview]:
        store.drop_left(day(LEFT_DAYS_MAX + 1))
        yield from Film(CONTENT).pull(offset)

    receive_as(store, watched, CONTENT)
    assert names(tmp_path) == ["3-a"]


def test_a_start_keeps_parts_and_takes_away_what_is_none(store: RecordingStore, tmp_path: Path) -> None:
    cut(store, 700_000)
    kept = parts(tmp_path)
    for name in (f"x-b{PART}", "x-c.json", f"x-d.json{PART}"):
        (tmp_path / "partial" / name).write_bytes(b"left")
    started_anew(tmp_path)
    assert parts(tmp_path) == kept
    digest = sha256(CONTENT).hexdigest()
    started_anew(tmp_path, Recording(7, RecordingStep.HELD, 3, CAMERA, "a", len(CONTENT), digest, None, None))
    assert not parts(tmp_path)


@pytest.mark.parametrize("dies", [False, True], ids=["too late", "station died"])
def test_what_was_whole_and_became_no_fact_is_not_asked_for_again(
    store: RecordingStore, tmp_path: Path, *, dies: bool
) -> None:
    receive(store, Film(CONTENT))
    if dies:
        store = started_anew(tmp_path)
    else:
        store.discard(3, "a")
    assert not names(tmp_path)
    film = Film(CONTENT)
    require_whole(tmp_path, receive(store, film, docking=4), 4)
    assert film.asked <= OVERLAP_BYTES_MAX


# --- the whole way: work on a docking, MTP, and the bytes of a USB tree


class CountingCameras(UsbCameras):
    """Real cameras; what each pull is asked for is counted, and a file may show other times."""

    def __init__(self, docked: DockedStation, *, dated: bool = True) -> None:
        super().__init__(480, docked.usb)
        self.asked = 0
        self.offsets: list[int] = []
        self._dated = dated

    def open(self, usb_path: str) -> Camera:
        camera: Any = super().open(usb_path)
        files, pull = camera.files, camera.pull

        def counted(path: str, offset: int = 0) -> Iterator[memoryview]:
            self.offsets.append(offset)
            for piece in pull(path, offset):
                self.asked += len(piece)
                yield piece

        camera.pull = counted
        if not self._dated:
            camera.files = lambda: tuple(file._replace(begun_ms=None, ended_ms=None) for file in files())
        opened: Camera = camera
        return opened


@pytest.fixture
def at_dock(tmp_path: Path) -> Iterator[DockedStation]:
    docked = DockedStation(tmp_path, CONTENT[:200_003])
    yield docked
    docked.close()


def cut_at_the_dock(docked: DockedStation, cameras: CountingCameras, call: int) -> None:
    number = docked.put_and_identify()
    docked.work = docked.work_over(cameras)
    docked.usb.at_call(call, lambda: docked.dock.take("1", by_force=True))
    with pytest.raises(WireFailedError):
        docked.work.read(number)
    assert not docked.held()
    assert not names(docked.folder / "data")
    docked.tell(seen.PresenceOpened(bay="1"))


@pytest.mark.parametrize("seed", range(12))
def test_pulled_out_at_any_call_its_next_docking_goes_on(at_dock: DockedStation, seed: int) -> None:
    cameras = CountingCameras(at_dock)
    call = random.Random(f"call/{seed}").randrange(60, 380)
    sys.stdout.write(f"seed {seed}: pulled out at call {call}\n")
    cut_at_the_dock(at_dock, cameras, call)
    assert cameras.asked > 1_000, "it was cut before it began"
    at_dock.work.read(at_dock.put_and_identify())
    assert [held.sha256 for held in at_dock.held()] == [sha256(CONTENT[:200_003]).hexdigest()]
    assert cameras.offsets[0] == 0 < cameras.offsets[1]
    assert cameras.asked <= READ_AT_MOST * 200_003


def test_a_camera_that_stops_in_the_middle_is_gone_on_with_in_the_same_docking(
    at_dock: DockedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = at_dock.put_and_identify()
    cameras = CountingCameras(at_dock)
    at_dock.work = at_dock.work_over(cameras)
    pull = MtpCamera.pull

    def stops(camera: MtpCamera, path: str, offset: int = 0) -> Iterator[memoryview]:
        for count, piece in enumerate(pull(camera, path, offset)):
            if count == 100:
                raise SilentError("nothing came for 60 s")
            yield piece

    monkeypatch.setattr(MtpCamera, "pull", stops)
    with pytest.raises(WireFailedError, match="60 s"):
        at_dock.work.read(number)
    monkeypatch.undo()
    at_dock.work.read(number)
    assert [held.sha256 for held in at_dock.held()] == [sha256(CONTENT[:200_003]).hexdigest()]
    assert cameras.asked <= READ_AT_MOST * 200_003


def test_a_file_without_times_is_read_from_its_beginning(at_dock: DockedStation) -> None:
    cameras = CountingCameras(at_dock, dated=False)
    cut_at_the_dock(at_dock, cameras, 300)
    assert not parts(at_dock.folder / "data")
    at_dock.work.read(at_dock.put_and_identify())
    assert cameras.offsets == [0, 0]


def test_footage_filmed_over_after_a_cut_is_held_as_it_is_now(at_dock: DockedStation) -> None:
    cut_at_the_dock(at_dock, CountingCameras(at_dock), 300)
    over = CONTENT[-200_003:]
    at_dock.film(0, over)
    number = at_dock.put_and_identify()
    with pytest.raises(WireFailedError, match="another file is on the camera"):
        at_dock.work.read(number)
    at_dock.work.read(number)
    assert [held.sha256 for held in at_dock.held()] == [sha256(over).hexdigest()]


def test_what_was_deleted_on_the_camera_leaves_no_part(at_dock: DockedStation) -> None:
    cut_at_the_dock(at_dock, CountingCameras(at_dock), 300)
    assert parts(at_dock.folder / "data")
    (at_dock.dock.card(CAMERA) / "DCIM/000.MP4").unlink()
    at_dock.work.read(at_dock.put_and_identify())
    assert not parts(at_dock.folder / "data")


def test_what_a_camera_left_long_ago_goes_while_others_are_read(at_dock: DockedStation) -> None:
    cut_at_the_dock(at_dock, CountingCameras(at_dock), 300)
    at_dock.make_camera(OTHER, b"another")
    for days in (0, LEFT_DAYS_MAX + 1):
        assert parts(at_dock.folder / "data")
        at_dock.clock.advance(days * DAY_MS)
        at_dock.work.read(at_dock.put_and_identify(OTHER))
        at_dock.dock.take("1", by_force=True)
        at_dock.tell(seen.PresenceOpened(bay="1"))
    assert not parts(at_dock.folder / "data")


def test_what_was_received_too_late_is_not_asked_for_again(at_dock: DockedStation) -> None:
    cameras = CountingCameras(at_dock)
    number = at_dock.put_and_identify()
    at_dock.work = at_dock.work_over(cameras)
    at_dock.usb.at_call(100, lambda: at_dock.tell(seen.PresenceOpened(bay="1")))
    with pytest.raises(TooLateError):
        at_dock.work.read(number)
    assert not names(at_dock.folder / "data")
    at_dock.dock.take("1", by_force=True)
    at_dock.work.read(at_dock.put_and_identify())
    assert len(at_dock.held()) == 1
    assert cameras.asked <= READ_AT_MOST * 200_003


# --- the power goes, at any operation on the disk


def cuts_of(folder: Path, patch: pytest.MonkeyPatch, seed: int, films: list[Film]) -> ForgetfulDisk:
    """Pulls of one file, one after another, each in a process of its own; what a cut could leave at any moment."""
    patch.setattr(station.store.checkpointed_part, "CHECKPOINT_BYTES_MIN", 1 << 16)
    RecordingStore(folder)
    disk = ForgetfulDisk(folder, seed)
    with pytest.MonkeyPatch.context() as watched:
        disk.watch(watched)
        for film in films:
            store = RecordingStore(folder)

            def watched_pull(offset: int, pull: Callable[[int], Iterator[memoryview]] = film.pull) -> Any:
                for piece in pull(offset):
                    disk.look()
                    yield piece

            with contextlib.suppress(WireError, WireFailedError):
                store.receive_rest(3, "a", len(film.content), CAMERA, watched_pull)
                disk.promised = 1
                disk.look()
    return disk


@pytest.mark.parametrize("seed", range(3))
def test_whenever_the_power_goes_no_final_name_is_wrong_and_it_is_whole_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    content = CONTENT[:330_001]
    after = random.Random(f"power/{seed}").randrange(100_000, 300_000)
    disk = cuts_of(tmp_path / "watched", monkeypatch, seed, [Film(content, after), Film(content)])
    assert disk.promised
    assert len(disk.cuts) > 60
    for number, (promised, files) in enumerate(disk.cuts):
        require_sound(tmp_path / str(number), promised, dict(files), content)
        _require_checkpoint_true(dict(files))


def require_sound(folder: Path, promised: int, files: dict[str, bytes], content: bytes) -> None:
    finals = {name: kept for name, kept in files.items() if name.startswith("incoming/") and not name.endswith(PART)}
    assert set(finals.values()) <= {content}, "what is not whole stands under a final name"
    assert finals or not promised, "what was whole is gone"
    write_files(folder, files)
    store = started_anew(folder)
    with contextlib.suppress(WireFailedError):
        receive(store, Film(content), docking=9)
    require_whole(folder, receive(store, Film(content), docking=9), 9, content)


def _require_checkpoint_true(files: dict[str, bytes]) -> None:
    """What a checkpoint says is on the disk, is."""
    key = f"partial/{key_of(CAMERA, 'a')}"
    if f"{key}.json" in files and f"{key}{PART}" in files:
        told = json.loads(files[f"{key}.json"])
        assert sha256(files[f"{key}{PART}"][: told["offset"]]).hexdigest() == told["sha256"]


def test_whenever_the_power_goes_two_files_under_one_listing_are_never_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = CONTENT[:330_001], CONTENT[-330_001:]
    disk = cuts_of(tmp_path / "watched", monkeypatch, 0, [Film(old, 200_000), Film(new), Film(new, 90_000), Film(new)])
    for number, (promised, files) in enumerate(disk.cuts):
        require_sound(tmp_path / str(number), promised, dict(files), new)
