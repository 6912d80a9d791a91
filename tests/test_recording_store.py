"""Promise: a recording is held only when its bytes were read back from the disk; an original is never written again."""

import os
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

import station.durable
import station.store.recordings
from hardware.wires import SilentError
from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from station.durable import NoRoomError, disk_errors_named, make_folder, move_file, write_file
from station.errors import BrokenCustodyError, WireFailedError
from station.store.recordings import ORIGINAL, RESERVE_BYTES, STATEMENT, NotTheSameError, RecordingStore

CONTENT = b"0123456789" * 50_000


def pieces(content: bytes, size: int = 4_096) -> Iterator[memoryview]:
    """As a camera gives them: each good only until the next is asked for."""
    buffer = bytearray(size)
    for start in range(0, len(content), size):
        piece = content[start : start + size]
        buffer[: len(piece)] = piece
        yield memoryview(buffer)[: len(piece)]


def recording(number: int, listing: str, content: bytes = CONTENT) -> Recording:
    digest = sha256(content).hexdigest()
    return Recording(number, RecordingStep.HELD, 3, "C-1", listing, len(content), digest, None, None)


@pytest.fixture
def store(tmp_path: Path) -> RecordingStore:
    return RecordingStore(tmp_path)


def received(store: RecordingStore, listing: str = "a", content: bytes = CONTENT) -> str:
    return store.receive(3, listing, len(content), pieces(content))


@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=len)
def test_what_was_received_is_there_whole(store: RecordingStore, tmp_path: Path, content: bytes) -> None:
    assert received(store, "a", content) == sha256(content).hexdigest()
    assert (tmp_path / "incoming/3-a").read_bytes() == content
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["3-a"]


@pytest.mark.parametrize("listed", [0, len(CONTENT) - 1, len(CONTENT) + 1, 1 << 20])
def test_another_number_of_bytes_than_listed_is_not_kept(store: RecordingStore, tmp_path: Path, listed: int) -> None:
    with pytest.raises(WireFailedError, match=rf"bytes came of {listed}; .* read again"):
        store.receive(3, "a", listed, pieces(CONTENT))
    assert not list((tmp_path / "incoming").iterdir())


@pytest.mark.parametrize("harm", ["a bit", "the end", "everything"])
def test_bytes_that_read_back_differently_are_not_kept(
    store: RecordingStore, tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_and_harm(path: Path, chunks: Iterator[memoryview]) -> None:
        write_file(path, chunks)
        content = bytearray(path.read_bytes())
        match harm:
            case "a bit":
                content[len(content) // 2] ^= 1
            case "the end":
                del content[-1]
            case _:
                content.clear()
        path.write_bytes(content)

    monkeypatch.setattr(station.store.recordings, "write_file", write_and_harm)
    with pytest.raises(NotTheSameError, match="nothing is held"):
        received(store)
    assert not list((tmp_path / "incoming").iterdir())
    monkeypatch.undo()
    assert received(store) == sha256(CONTENT).hexdigest()


def test_a_camera_that_breaks_off_leaves_nothing(store: RecordingStore, tmp_path: Path) -> None:
    def broken_off() -> Iterator[memoryview]:
        yield memoryview(b"half")
        raise SilentError("went quiet")

    with pytest.raises(SilentError):
        store.receive(3, "a", 8, broken_off())
    assert not list((tmp_path / "incoming").iterdir())


def test_a_start_takes_away_what_was_never_whole_and_nothing_else(store: RecordingStore, tmp_path: Path) -> None:
    received(store)
    (tmp_path / "incoming/3-b.part").write_bytes(b"half")
    RecordingStore(tmp_path)
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["3-a"]


def test_what_is_let_go_of_is_gone_and_twice_is_once(store: RecordingStore, tmp_path: Path) -> None:
    received(store)
    store.discard(3, "a")
    store.discard(3, "a")
    assert not list((tmp_path / "incoming").iterdir())


# --- settling


def test_an_original_is_settled_once_and_is_read_only(store: RecordingStore, tmp_path: Path) -> None:
    received(store)
    folder = store.settle(recording(7, "a"))
    assert folder == store.evidence(7) == tmp_path / "evidence/7"
    assert (folder / ORIGINAL).read_bytes() == CONTENT
    assert (folder / ORIGINAL).stat().st_mode & 0o777 == 0o440
    assert not list((tmp_path / "incoming").iterdir())
    assert RecordingStore(tmp_path).settle(recording(7, "a")) == folder


def test_two_recordings_of_one_content_are_settled_apart(store: RecordingStore) -> None:
    for number, listing in ((7, "a"), (8, "b")):
        received(store, listing)
        store.settle(recording(number, listing))
    assert (store.evidence(7) / ORIGINAL).stat().st_ino != (store.evidence(8) / ORIGINAL).stat().st_ino


def test_an_original_is_never_replaced(store: RecordingStore) -> None:
    received(store)
    store.settle(recording(7, "a"))
    received(store, "a", b"something else")
    store.settle(recording(7, "a"))
    assert (store.evidence(7) / ORIGINAL).read_bytes() == CONTENT


def test_an_original_of_another_journal_is_not_taken_for_this_one_s(store: RecordingStore, tmp_path: Path) -> None:
    """An old journal that was put back counts over numbers that lie on the disk already."""
    received(store)
    store.settle(recording(7, "a"))
    received(store, "b", b"something else")
    with pytest.raises(BrokenCustodyError, match="of another recording"):
        store.settle(recording(7, "b", b"something else"))
    assert (store.evidence(7) / ORIGINAL).read_bytes() == CONTENT
    assert (tmp_path / "incoming/3-b").read_bytes() == b"something else"


def test_papers_of_another_journal_whose_original_was_let_go_of_are_not_written_over(
    store: RecordingStore, tmp_path: Path
) -> None:
    store.evidence(7).mkdir()
    (store.evidence(7) / STATEMENT).write_bytes(b"of another")
    received(store)
    with pytest.raises(BrokenCustodyError, match="of another recording"):
        store.settle(recording(7, "a"))
    assert (store.evidence(7) / STATEMENT).read_bytes() == b"of another"
    assert (tmp_path / "incoming/3-a").read_bytes() == CONTENT


def test_a_held_recording_that_is_not_on_the_disk_is_broken_custody(store: RecordingStore, tmp_path: Path) -> None:
    with pytest.raises(BrokenCustodyError, match="recording 7 is held, but not on the disk; keep the camera"):
        store.settle(recording(7, "a"))
    assert not list((tmp_path / "evidence").iterdir())


def test_a_disk_that_is_not_there_is_no_broken_custody(store: RecordingStore, tmp_path: Path) -> None:
    """As after an unmounting: it is mounted again, and the work goes on."""
    received(store)
    (tmp_path / "incoming").rename(tmp_path / "away")
    with pytest.raises(station.durable.DiskFailedError, match="mount it"):
        store.settle(recording(7, "a"))
    (tmp_path / "away").rename(tmp_path / "incoming")
    assert (store.settle(recording(7, "a")) / ORIGINAL).read_bytes() == CONTENT


# --- what is durable, and in which order


def test_a_file_and_its_name_are_on_the_disk_in_that_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    replace, fsync = Path.replace, os.fsync

    def watched_replace(path: Path, target: Path) -> Path:
        done.append(f"rename {path.name} {target.name}")
        return replace(path, target)

    def watched_fsync(descriptor: int) -> None:
        done.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().relative_to(tmp_path.parent)}")
        fsync(descriptor)

    monkeypatch.setattr(Path, "replace", watched_replace)
    monkeypatch.setattr(os, "fsync", watched_fsync)
    home = tmp_path.name
    write_file(tmp_path / "a", [b"x"])
    assert done == [f"fsync {home}/a.part", "rename a.part a", f"fsync {home}"]
    done.clear()
    make_folder(tmp_path / "b/c")
    assert done == [f"fsync {home}", f"fsync {home}/b"]
    done.clear()
    move_file(tmp_path / "a", tmp_path / "b/c/a")
    assert done == ["rename a a", f"fsync {home}/b/c", f"fsync {home}"]
    done.clear()
    make_folder(tmp_path / "b/c")
    assert done == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_whatever_fails_a_file_stands_under_its_name_as_it_was_or_as_it_is_now(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_file(path, [b"before"])
    calls = iter(range(10))

    def perhaps(whole: object, *told: object) -> object:
        if next(calls) == number:
            raise OSError(5, "injected")
        assert callable(whole)
        return whole(*told)

    real_fsync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", partial(perhaps, real_fsync))
    monkeypatch.setattr(Path, "replace", lambda *told: perhaps(real_replace, *told))
    with pytest.raises(WireFailedError, match="injected; check it"):
        write_file(path, [b"after", b"wards"])
    monkeypatch.undo()
    assert path.read_bytes() in ([b"before"] if number < 2 else [b"afterwards"])


def test_disk_errors_are_sorted_by_what_a_person_can_do() -> None:
    with pytest.raises(NoRoomError, match="Free space"), disk_errors_named():
        raise OSError(28, "No space left on device")
    with pytest.raises(NoRoomError), disk_errors_named():
        raise OSError(122, "Disk quota exceeded")
    with pytest.raises(station.durable.DiskFailedError, match="change it"), disk_errors_named():
        raise OSError(5, "Input/output error")


def test_a_disk_that_is_really_full_says_so(tmp_path: Path, store: RecordingStore) -> None:
    (tmp_path / "incoming/3-a.part").symlink_to("/dev/full")
    with pytest.raises(NoRoomError):
        received(store)
    assert not list((tmp_path / "incoming").iterdir())


def test_footage_never_takes_the_journal_s_room(store: RecordingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    free = os.statvfs_result((4096, 4096, 0, 0, (RESERVE_BYTES + len(CONTENT)) // 4096, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: free)
    with pytest.raises(NoRoomError):
        store.receive(3, "a", len(CONTENT) + 8192, pieces(CONTENT))
    assert received(store, content=CONTENT[:1])


def test_what_is_under_way_when_the_station_stops_is_broken_off(store: RecordingStore, tmp_path: Path) -> None:
    def endless() -> Iterator[memoryview]:
        while True:
            yield memoryview(b"x")
            store.stop()

    with pytest.raises(WireFailedError, match="going down"):
        store.receive(3, "a", 1 << 20, endless())
    assert not list((tmp_path / "incoming").iterdir())


def test_what_never_became_a_fact_is_let_go_of_at_the_start(store: RecordingStore, tmp_path: Path) -> None:
    digest = received(store, "held")
    received(store, "orphan")
    held = Recording(4, RecordingStep.HELD, 3, "C", "held", len(CONTENT), digest, None, None)
    RecordingStore(tmp_path).discard_orphans(State().holding((held,), 5))
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["3-held"]
