"""Promise: a copy on the other disk counts only once it was read back there, and only on another piece of hardware."""

import errno
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

import station.bays.keeping_watch
import station.store.second_disk
from station.bays.keeping_watch import STUCK_MS
from station.config import StoreConfig
from station.custody import observations as seen
from station.custody.due_on_disks import Disks, due_on_disks
from station.custody.due_work import Task, Work
from station.custody.facts import ClearingOrdered, CopySealed
from station.custody.history import Contradiction
from station.custody.recording import RecordingStep
from station.durable import write_file
from station.errors import BrokenCustodyError, WireFailedError
from station.hashing import PassingDigest
from station.store.checkpointed_part import GoingOn, digest_on_disk
from station.store.physical_disk import UnknownDiskError, hardware_under
from station.store.second_disk import NAME_FILE, PAPERS, SecondDiskError
from station.work_dispatcher import Outside, WorkDispatcher, _lane
from tests.forgetful_disk import ForgetfulDisk
from tests.keeping_station import KeepingStation, Machine

pytestmark = pytest.mark.usefixtures("quick_to_close")


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[KeepingStation]:
    at_work = KeepingStation(tmp_path)
    yield at_work
    at_work.close()


def test_what_is_signed_is_copied_proved_and_not_due_again(at_work: KeepingStation) -> None:
    numbers = at_work.sealed()
    assert at_work.turn() == {("copy", number) for number in numbers}
    for number in numbers:
        at_work.keep.copy(number)
        at_work.keep.copy(number)
        copied, own = at_work.copied(number), at_work.recordings.evidence(number)
        assert sorted(path.name for path in copied.iterdir()) == sorted(("original", *PAPERS))
        assert all((copied / name).read_bytes() == (own / name).read_bytes() for name in ("original", *PAPERS))
        assert (copied / "original").stat().st_mode & 0o777 == 0o440
        assert at_work.row(number).copies == ((at_work.disk.name(), at_work.row(number).copies[0][1]),)
    assert at_work.turn() == set()
    assert at_work.keeping.troubles == {}


def test_nothing_unsigned_is_copied(at_work: KeepingStation) -> None:
    (recording, *_) = at_work.read_all()
    assert at_work.turn() == set()
    at_work.keep.copy(recording.number)
    assert not at_work.copied(recording.number).exists()


def test_what_left_memory_before_the_disk_came_is_copied_too(at_work: KeepingStation) -> None:
    mount_again = at_work.unmount_second()
    numbers = at_work.settled()
    assert at_work.turn() == set()
    mount_again()
    assert at_work.turn() == {("copy", number) for number in numbers}
    for number in numbers:
        at_work.keep.copy(number)
        assert len(at_work.row(number).copies) == 1
    assert at_work.turn() == set()


def test_a_disk_swapped_for_another_has_another_name_and_gets_its_own_copies(at_work: KeepingStation) -> None:
    (number, *_) = at_work.sealed()
    at_work.keep.copy(number)
    first = at_work.disk.name()
    at_work.swap_second()
    assert at_work.disk.name() != first
    assert ("copy", number) in at_work.turn()
    at_work.keep.copy(number)
    assert [disk for disk, _ in at_work.row(number).copies] == [first, at_work.disk.name()]


def test_a_name_file_that_is_none_of_ours_is_left_alone(at_work: KeepingStation) -> None:
    (at_work.second / NAME_FILE).write_text("another program's\n")
    with pytest.raises(SecondDiskError, match="not what a station wrote"):
        at_work.disk.name()
    assert (at_work.second / NAME_FILE).read_text() == "another program's\n"


# --- never half, and never unread


def test_bytes_that_read_back_differently_never_count(at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    (number, *_) = at_work.sealed()

    def write_and_harm(path: Path, chunks: Iterator[bytes]) -> None:
        write_file(path, chunks)
        if path.name == "copying":
            path.write_bytes(path.read_bytes()[:-1] + b"?")

    monkeypatch.setattr(station.store.second_disk, "write_file", write_and_harm)
    with pytest.raises(SecondDiskError, match="reads back other bytes"):
        at_work.keep.copy(number)
    assert at_work.row(number).copies == ()
    assert not (at_work.copied(number) / "original").exists()
    monkeypatch.undo()
    at_work.keep.copy(number)
    assert len(at_work.row(number).copies) == 1


def test_a_copy_that_was_there_is_read_again_before_it_counts(at_work: KeepingStation) -> None:
    """It was renamed, and then the station died; meanwhile the disk rotted."""
    (number, *_) = at_work.sealed()
    at_work.disk.copy(at_work.row(number), at_work.recordings.evidence(number), iter)
    original = at_work.copied(number) / "original"
    original.chmod(0o640)
    original.write_bytes(b"rotten")
    at_work.keep.copy(number)
    assert original.read_bytes() == (at_work.recordings.evidence(number) / "original").read_bytes()
    assert len(at_work.row(number).copies) == 1


def test_an_own_original_that_rotted_is_broken_custody_and_no_copy(at_work: KeepingStation) -> None:
    (number, *_) = at_work.sealed()
    original = at_work.recordings.evidence(number) / "original"
    original.chmod(0o640)
    original.write_bytes(b"?" * original.stat().st_size)
    with pytest.raises(BrokenCustodyError, match="on our own disk is not what was signed"):
        at_work.keep.copy(number)
    assert not (at_work.copied(number) / "original").exists()


def test_an_own_original_that_rotted_proves_nothing_and_stays_on_its_camera(at_work: KeepingStation) -> None:
    numbers = at_work.sealed()
    for number in numbers:
        at_work.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
    one, other = numbers
    original = at_work.recordings.evidence(one) / "original"
    original.chmod(0o640)
    original.write_bytes(b"?" * original.stat().st_size)
    for _ in range(2):
        with pytest.raises(BrokenCustodyError, match="on our own disk is not what was signed"):
            at_work.keep.copy(one)
    assert at_work.kinds().count("finding_reported") == 1
    (ordered,) = at_work.tell(seen.ClearingAsked(docking=at_work.docking().number))
    assert isinstance(ordered.body, ClearingOrdered)
    assert [proof.recording for proof in ordered.body.proofs] == [other]


def test_what_another_journal_copied_under_the_same_number_stays(tmp_path: Path) -> None:
    """A new journal counts from nothing again, and finds the old one's disk."""
    old = KeepingStation(tmp_path / "old", b"of the old journal" * 50)
    (number,) = old.settled()
    old.keep.copy(number)
    old.close()
    new = KeepingStation(tmp_path / "new", b"of the new one" * 60)
    for path in old.second.iterdir():
        path.rename(new.second / path.name)
    before = {path.name: path.read_bytes() for path in new.copied(number).iterdir()}
    assert new.settled() == [number]
    for _ in range(2):
        with pytest.raises(SecondDiskError, match=r"another statement .* use an empty one"):
            new.keep.copy(number)
        (new.copied(number) / "statement.sig").touch()
    assert new.row(number).copies == ()
    new.keep.purge(new.begun_purge(number))
    assert {path.name: path.read_bytes() for path in new.copied(number).iterdir()} == before
    new.close()


def test_a_statement_of_another_file_is_never_copied(at_work: KeepingStation) -> None:
    one, other = at_work.sealed()
    papers, others = at_work.recordings.evidence(one), at_work.recordings.evidence(other)
    (papers / "statement.json").write_bytes((others / "statement.json").read_bytes())
    with pytest.raises(BrokenCustodyError, match="of another file"):
        at_work.keep.copy(one)


def test_whatever_a_power_cut_leaves_the_name_stands_for_the_whole(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every mixture of what was written and what was synced, after each operation."""
    (number, *_) = at_work.sealed()
    at_work.disk.name()
    recording, evidence = at_work.row(number), at_work.recordings.evidence(number)
    forgetful = ForgetfulDisk(at_work.second, seed=7)
    with monkeypatch.context() as patch:
        forgetful.watch(patch)
        at_work.disk.copy(recording, evidence, iter)
        forgetful.promised = 1
        forgetful.look()
    whole = (evidence / "original").read_bytes()
    name = f"evidence/{number}/original"
    assert len(forgetful.cuts) > 10
    for promised, left in forgetful.cuts:
        files = dict(left)
        assert files.get(name, whole) == whole
        assert not promised or name in files


@pytest.mark.parametrize("at", range(12))
def test_a_death_anywhere_is_made_good_by_the_next_try(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    (number, *_) = at_work.sealed()
    at_work.disk.name()
    steps = itertools.count()

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*told: Any, **named: Any) -> Any:
            if next(steps) == at:
                raise KeyboardInterrupt
            return real(*told, **named)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", dying(os.fsync))
        patch.setattr(Path, "replace", dying(Path.replace))
        try:
            at_work.keep.copy(number)
        except KeyboardInterrupt:
            assert at_work.row(number).copies == ()
    at_work.put_together()
    at_work.keep.copy(number)
    assert len(at_work.row(number).copies) == 1
    assert sorted(path.name for path in at_work.copied(number).iterdir()) == sorted(("original", *PAPERS))


# --- troubles, and recovery without a restart


@pytest.mark.parametrize("disk", ["second", "data"])
def test_a_disk_that_fails_at_a_look_is_named(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch, disk: str
) -> None:
    (number, *_) = at_work.sealed()
    looked_at = {"second": at_work.second, "data": at_work.folder / "data"}[disk] / "quarantine" / str(number)
    real = Path.exists

    def failing(path: Path) -> bool:
        if path.parent.resolve() / path.name == looked_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path)

    monkeypatch.setattr(Path, "exists", failing)
    with pytest.raises(WireFailedError, match="failed") as failed:
        at_work.keep.copy(number)
    assert isinstance(failed.value, SecondDiskError) == (disk == "second")


def test_a_disputed_journal_copies_and_lets_go_of_nothing(at_work: KeepingStation) -> None:
    one, *_ = at_work.settled()
    at_work.recordings.mark_leaving(one)
    assert {("copy", one), ("release", one)} <= at_work.turn()
    at_work.tell(seen.HistoryContradicted(why=Contradiction.JOURNAL_FORKED, size=1, root="0" * 64))
    assert at_work.turn() == set()


def test_what_its_camera_still_has_is_copied_first(at_work: KeepingStation) -> None:
    cleared, waiting = at_work.sealed()
    gone = replace(at_work.state().recordings[cleared], step=RecordingStep.CLEARED)
    state = at_work.state().holding([gone, at_work.state().recordings[waiting]], at_work.state().size)
    assert [task.number for task in due_on_disks(state, Disks("disk-a"))] == [waiting, cleared]


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EIO, "failed: .*change it")]
)
def test_a_disk_that_fails_is_named_and_copying_goes_on_when_it_is_well(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    (recording, *_) = at_work.sealed()
    at_work.turn()
    real = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(at_work.second):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(SecondDiskError, match=words):
            at_work.keep.copy(recording)
        assert at_work.turn() == set(), "nothing is tried on a disk that is known to fail"
        assert words.partition(":")[0] in at_work.keeping.troubles["second"]
        assert "store" not in at_work.keeping.troubles
    assert ("copy", recording) in at_work.turn()
    assert at_work.keeping.troubles == {}
    at_work.keep.copy(recording)
    assert len(at_work.row(recording).copies) == 1


def test_a_disk_that_is_away_is_named_and_nothing_is_written_where_it_was(at_work: KeepingStation) -> None:
    (number, *_) = at_work.sealed()
    mount_again = at_work.unmount_second()
    with pytest.raises(SecondDiskError, match="no disk is mounted"):
        at_work.keep.copy(number)
    assert list(at_work.second.iterdir()) == []
    assert at_work.turn() == set()
    assert "connect and mount it" in at_work.keeping.troubles["second"]
    mount_again()
    assert ("copy", number) in at_work.turn()


def test_a_disk_changed_in_the_middle_gets_no_copy_in_the_other_s_name(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number, *_) = at_work.sealed()
    at_work.disk.name()

    def swapping(path: Path, going_on: GoingOn = iter) -> PassingDigest:
        digest = digest_on_disk(path, going_on)
        if path.name == "copying":
            (at_work.second / NAME_FILE).write_text(f"disk-{9:032x}\n")
        return digest

    monkeypatch.setattr(station.store.second_disk, "digest_on_disk", swapping)
    with pytest.raises(SecondDiskError, match="changed for another"):
        at_work.keep.copy(number)
    assert at_work.row(number).copies == ()


def test_a_disk_unmounted_in_the_middle_leaves_no_footage_on_the_disk_below(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lazily: what is open stays on it, and its folder is from then on one of the disk below, which may be plain."""
    (number, *_) = at_work.sealed()
    away = at_work.folder / "away"

    def unmounting(path: Path, chunks: Iterable[bytes]) -> None:
        if path.name == "copying":
            at_work.second.rename(away)
            at_work.second.mkdir()
            at_work.unmount_second()
        write_file(path, chunks)

    monkeypatch.setattr(station.store.second_disk, "write_file", unmounting)
    with pytest.raises(SecondDiskError, match="no disk is mounted"):
        at_work.keep.copy(number)
    assert list(at_work.second.iterdir()) == []
    assert at_work.row(number).copies == ()


def test_a_disk_too_small_for_a_recording_is_not_filled_to_the_brim(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number, *_) = at_work.sealed()
    small = os.statvfs_result((4096, 4096, 100, 100, 100, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: small)
    with pytest.raises(SecondDiskError, match="full"):
        at_work.keep.copy(number)
    assert not (at_work.copied(number) / "original").exists()


def test_our_own_disk_s_error_is_not_blamed_on_the_other(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number, *_) = at_work.sealed()
    own = at_work.recordings.evidence(number) / "original"
    real = Path.open

    def failing(path: Path, *told: Any, **named: Any) -> Any:
        if path == own:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, *told, **named)

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(WireFailedError, match="the disk for recordings failed") as failed:
        at_work.keep.copy(number)
    assert not isinstance(failed.value, SecondDiskError)


def test_the_fact_names_the_disk(at_work: KeepingStation) -> None:
    (number, *_) = at_work.sealed()
    at_work.keep.copy(number)
    assert at_work.said("copy_sealed") == CopySealed(recording=number, disk=at_work.disk.name())


# --- another piece of hardware


def one_disk(machine: Machine) -> dict[str, tuple[Path, Path]]:
    """Pairs of places that are on one piece of hardware, each in its own way."""
    disk = machine.disk("sda")
    one, two = machine.partition(disk, "sda1"), machine.partition(disk, "sda2")
    nvme = machine.disk("nvme0n1", "nvme0"), machine.disk("nvme0n2", "nvme0")
    other = machine.disk("sdb")
    raid = machine.stacked("md0", two, machine.partition(other, "sdb1"))
    return {
        "same": (one, one),
        "partitions": (one, two),
        "whole-and-part": (disk, two),
        "dm-crypt": (machine.stacked("dm-0", one), machine.stacked("dm-1", two)),
        "volumes": (machine.stacked("dm-2", machine.stacked("dm-3", one)), two),
        "raid": (raid, one),
        "namespaces": nvme,
    }


WAYS = (
    "same",
    "partitions",
    "whole-and-part",
    "dm-crypt",
    "volumes",
    "raid",
    "namespaces",
)


@pytest.mark.parametrize("way", WAYS)
def test_what_fails_together_is_one_disk(tmp_path: Path, way: str) -> None:
    machine = Machine(tmp_path)
    own, second = (tmp_path / name for name in ("own", "second"))
    for place, block in zip((own, second), one_disk(machine)[way], strict=True):
        place.mkdir()
        machine.mount(block, place)
    assert hardware_under(own, machine.sysfs, machine.device) & hardware_under(second, machine.sysfs, machine.device)


def test_a_file_mounted_as_a_disk_is_where_the_file_is(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.mount(machine.disk("sda"), Path("/"))
    (tmp_path / "image").touch()
    (tmp_path / "mnt").mkdir()
    machine.mount(machine.loop("loop0", tmp_path / "image"), tmp_path / "mnt")
    assert hardware_under(tmp_path / "mnt", machine.sysfs, machine.device) == hardware_under(
        tmp_path, machine.sysfs, machine.device
    )


def test_two_disks_are_two(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for name in ("sda", "sdb"):
        (tmp_path / name).mkdir()
        machine.mount(machine.stacked(f"dm-{name}", machine.partition(machine.disk(name), f"{name}1")), tmp_path / name)
    one, two = (hardware_under(tmp_path / name, machine.sysfs, machine.device) for name in ("sda", "sdb"))
    assert one
    assert two
    assert not one & two


def test_memory_and_network_are_no_disks(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.mount(machine.stacked("zram0"), tmp_path)
    with pytest.raises(UnknownDiskError, match="hold in a hand"):
        hardware_under(tmp_path, machine.sysfs, machine.device)
    machine.mounted[tmp_path] = os.makedev(0, 44)
    with pytest.raises(UnknownDiskError, match="no block device"):
        hardware_under(tmp_path, machine.sysfs, machine.device)


def test_the_same_hardware_is_refused_and_nothing_is_written_there(at_work: KeepingStation) -> None:
    (number, *_) = at_work.sealed()
    at_work.machine.mount(at_work.machine.partition(at_work.other, "sdb1"), at_work.second)
    at_work.machine.mount(at_work.machine.partition(at_work.other, "sdb2"), at_work.folder / "data")
    with pytest.raises(SecondDiskError, match="same piece of hardware"):
        at_work.keep.copy(number)
    assert list(at_work.second.iterdir()) == []


def test_what_the_kernel_of_this_machine_says_can_be_read() -> None:
    """Not written by us: the disks of the machine that runs the tests, whatever they are made of."""
    for number in (block.read_text().strip() for block in sorted(Path("/sys/block").glob("[hsv]d*/*[0-9]/dev"))):
        major, _, minor = number.partition(":")
        disk = hardware_under(Path("/"), device=lambda _: os.makedev(int(major), int(minor)))  # noqa: B023 - used at once
        assert all(Path(hardware).is_dir() for hardware in disk)


# --- beside everything else


class Dispatched:
    """The dispatcher over this station's state."""

    def __init__(self, at_work: KeepingStation) -> None:
        at_work.turn()
        outside = Outside(disks=lambda: at_work.keeping.disks)
        self.dispatcher = WorkDispatcher(at_work.state, at_work.clerk.policy, at_work.clock, {}, outside)

    def begun(self) -> set[tuple[Work, int]]:
        tasks, _ = self.dispatcher.startable()
        for task in tasks:
            self.dispatcher._running[_lane(task.work, task.number)] = task.work
        return {(task.work, task.number) for task in tasks}


def test_copying_waits_for_no_slow_upload(at_work: KeepingStation) -> None:
    one, other = at_work.sealed()
    begun = Dispatched(at_work).begun()
    assert {(Work.UPLOAD, one), (Work.UPLOAD, other), (Work.COPY, one)} <= begun
    assert (Work.COPY, other) not in begun, "one after the other"


def test_a_damaged_original_of_long_ago_stops_its_own_copy_alone_until_a_restart(at_work: KeepingStation) -> None:
    one, other = at_work.settled()
    dispatched = Dispatched(at_work)
    assert (Work.COPY, one) in dispatched.begun()
    dispatched.dispatcher.end(Task(Work.COPY, one), BrokenCustodyError("damaged"))
    for _ in range(3):
        assert dispatched.begun() <= {(Work.COPY, other)}
    assert dispatched.dispatcher.troubles == {(Work.COPY, one): "damaged"}


def test_more_than_are_offered_at_once_have_their_turn(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them can be copied, hour after hour: each is offered, and the first ones again."""
    one, other = at_work.settled()
    monkeypatch.setattr(station.bays.keeping_watch, "OFFERED_MAX", 1)
    offered = []
    for _ in range(5):
        offered += [number for _, number in at_work.turn()]
        at_work.clock.advance(STUCK_MS // 2)
    assert offered == [one, one, other, other, one]
    at_work.keep.copy(other)
    at_work.keep.copy(one)
    assert at_work.turn() == set()


def test_what_the_runbook_shows_is_taken_and_what_it_explains_is_said() -> None:
    root = Path(__file__).parent.parent
    runbook = (root / "docs/runbooks/disks.md").read_text(encoding="utf-8")
    shown = [msgspec.toml.decode(text) for text in re.findall(r"```toml\n(.*?)```", runbook, re.DOTALL)]
    store = msgspec.convert({key: value for one in shown for key, value in one["store"].items()}, StoreConfig)
    assert (store.second, store.keep_days) == ("/srv/dockward/second", 90)
    sources = "".join((root / "station" / name).read_text(encoding="utf-8") for name in SAID_IN)
    for words in re.findall(r"^\| (.*?) \|", runbook.partition("## 4.")[2], re.MULTILINE)[2:]:
        for said in re.split(r"[:,…]+|提示 notice|警告 warning|严重 alarm", words):
            assert said.strip() in sources or said.strip() == "quarantine", said


SAID_IN = (
    "store/second_disk.py",
    "store/physical_disk.py",
    "store/quarantine.py",
    "bays/keeping_work.py",
    "views/damage_words.py",
    "views/disk_words.py",
    "views/space_words.py",
    "views/words.py",
)
