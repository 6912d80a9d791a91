"""Promise: what a courier carries counts exactly as if the line had brought it: no more, no less, and nothing twice."""

import contextlib
import errno
import os
import random
import re
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import registry.courier
from registry.courier import CourierRefusedError, take_delivery
from registry.uploads import UploadRefusedError
from station.custody.facts import ReceiptAccepted
from station.custody.recording import RecordingStep
from station.durable import NoRoomError
from station.errors import DockwardError, RefusedError, WireFailedError, WrongUseError
from station.journal.batches import read_batch
from station.journal.entries import read_entry
from station.signing.age_files import Identity, encrypt
from station.signing.courier import (
    CERTIFICATE,
    COSIGNED,
    JOURNAL,
    MANIFEST,
    RETURN,
    SEAL,
    SIGNATURE,
    manifest_bytes,
    seal_bytes,
)
from station.uplink import courier
from station.uplink.courier import Delivered
from tests.couriers import IDENTITY, DarkStation, DarkWorld, deliver, desk_of
from tests.reporting_stations import NOW_S, ReportingStation
from tests.stations import START
from tests.uploading_stations import AGENCY, Stated, UploadBooks

DAYS = 14


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DarkWorld]:
    world = DarkWorld(tmp_path)
    yield world
    world.close()


def receipt_of(dark: DarkStation, stated: Stated) -> bytes:
    return (dark.store.evidence(stated.held.n) / "receipt.json").read_bytes()


def live_through(world: DarkWorld, days: int = DAYS) -> list[Stated]:
    """Each day something comes and goes, and one recording is held: of no bytes, of one part, of several."""
    held = []
    for day in range(days):
        world.station.live(11)
        held.append(world.dark.hold(size=(day % 4) * 1_000, seed=f"day {day}"))
    return held


def test_fourteen_dark_days_end_in_the_receipts_that_the_line_would_have_brought(world: DarkWorld) -> None:
    held = live_through(world)
    delivered = world.dark.write(world.disk)
    assert delivered.manifest.to == world.station.size > 256, "more than one batch"
    over_the_line = UploadBooks(world.folder / "line", world.station)
    for batch in journal_lines(delivered):
        assert over_the_line.mirror.take("t-01", batch, START.utc_ms // 1_000).cosigned is not None
    taken = world.take(delivered)
    assert taken.refused == {}
    assert taken.receipted == tuple(stated.held.n for stated in held)
    brought = world.dark.bring(world.disk, delivered.folder.name)
    assert (brought.receipted, brought.refused, brought.cosigned) == (taken.receipted, (), True)
    with over_the_line.client() as client:
        for stated in held:
            client.send(stated)
            stated.check(client.complete(stated).content, stated.held.n + 1, world.books.witness_key)
            given = over_the_line.ledger.receipt(stated.id)
            assert given is not None
            assert receipt_of(world.dark, stated) == given.receipt
    assert world.books.codes() == []
    over_the_line.close()


def journal_lines(delivered: Delivered) -> list[bytes]:
    lines = _Kept()
    IDENTITY.open(delivered.folder / JOURNAL, lines)
    return bytes(lines.content).splitlines()


class _Kept:
    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, chunk: bytes) -> int:
        self.content += chunk
        return len(chunk)

    def flush(self) -> None:
        pass


def test_back_online_after_the_courier_nothing_is_sent_twice(world: DarkWorld) -> None:
    stated = world.dark.hold()
    delivered = world.dark.write(world.disk)
    world.take(delivered)
    world.dark.bring(world.disk, delivered.folder.name)
    recording = world.dark.recording(stated.held.n)
    assert recording is not None
    assert recording.step is RecordingStep.RECEIVED, "nothing is left to upload"
    batch = world.dark.uplink.next_batch(START)
    assert batch is not None
    read = read_batch(batch)
    assert (read.first, read.to) == (delivered.manifest.to, world.station.size), "only what happened since"
    answer = world.books.mirror.take("t-01", batch, START.utc_ms // 1_000)
    assert world.dark.uplink.cosigned(str(answer.cosigned).encode())
    assert world.dark.uplink.next_batch(START) is None
    assert world.books.codes() == []


def test_the_line_may_come_back_while_the_disk_travels(world: DarkWorld) -> None:
    """First the disk, with its answers still on the way; then the line; then the answers. And the other way round."""
    for first in ("disk", "line"):
        stated = world.dark.hold(seed=first)
        delivered = world.dark.write(world.disk)
        world.station.live(3)
        if first == "disk":
            world.take(delivered)
        deliver(world.dark, world.books)
        if first == "line":
            world.take(delivered)
        taken = world.dark.bring(world.disk, delivered.folder.name)
        assert taken.receipted == (stated.held.n,)
        assert world.witnessed() == world.dark.uplink.delivered
    assert world.books.codes() == []


def test_a_head_that_is_under_way_is_the_one_that_is_carried(world: DarkWorld) -> None:
    """A second head beside it could overtake it, and look like a journal that shrank."""
    world.station.live(3)
    batch = world.dark.uplink.next_batch(START)
    assert batch is not None
    world.station.live(3)
    delivered = world.dark.write(world.disk)
    heads = [read_batch(line).to for line in journal_lines(delivered)]
    assert heads == [read_batch(batch).to, world.station.size]
    world.take(delivered)
    assert world.books.mirror.take("t-01", batch, START.utc_ms // 1_000).cosigned is not None
    assert world.books.codes() == []


def test_a_station_that_starts_anew_sends_the_heads_that_were_carried(world: DarkWorld) -> None:
    world.station.live(200)
    delivered = world.dark.write(world.disk)
    world.take(delivered)
    world.dark.uplink = world.dark.new_uplink()
    world.station.live(3)
    deliver(world.dark, world.books)
    assert world.books.codes() == []
    assert world.witnessed() == world.station.size


def test_a_disk_that_comes_again_is_named_and_answered_alike(world: DarkWorld) -> None:
    stated = world.dark.hold()
    delivered = world.dark.write(world.disk)
    first = world.take(delivered)
    assert first.before_ms is None
    answers = {path.name: path.read_bytes() for path in first.answers.iterdir()}
    again = world.take(delivered)
    assert again.before_ms is not None
    assert {path.name: path.read_bytes() for path in again.answers.iterdir()} == answers
    assert world.dark.bring(world.disk, delivered.folder.name).receipted == (stated.held.n,)
    once_more = world.dark.bring(world.disk, delivered.folder.name)
    assert (once_more.receipted, once_more.known) == ((), (stated.held.n,))
    assert len(world.dark.accepted) == 1


# --- what lies there is not what was written -------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path) -> None:
    """With the next file there."""
    names = sorted(path.parent.iterdir())
    path.write_bytes(names[(names.index(path) + 1) % len(names)].read_bytes())


def link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")
    flip(path.parent.parent / "elsewhere")


SPOILS: tuple[Callable[[Path], None], ...] = (flip, cut, empty, swap, link, Path.unlink)


def test_whatever_is_spoiled_on_the_disk_is_named_and_nothing_is_taken(world: DarkWorld) -> None:
    world.dark.hold()
    delivered = world.dark.write(world.disk)
    pristine = world.folder / "pristine"
    shutil.copytree(delivered.folder, pristine)
    for name in sorted(path.name for path in pristine.iterdir()):
        for spoil in SPOILS:
            shutil.rmtree(delivered.folder)
            shutil.copytree(pristine, delivered.folder)
            spoil(delivered.folder / name)
            assert refusal(world, delivered), (name, spoil.__name__)
            assert world.witnessed() == 0, (name, spoil.__name__)
            assert not (world.disk / RETURN).exists()
    assert not list(world.books.vault.glob("t-01/**/*"))
    shutil.rmtree(delivered.folder)
    shutil.copytree(pristine, delivered.folder)
    assert world.take(delivered).refused == {}


def refusal(world: DarkWorld, delivered: Delivered, identity: Identity = IDENTITY) -> str:
    with pytest.raises(DockwardError) as refused:
        take_delivery(delivered.folder, desk_of(world.books, identity))
    assert world.witnessed() == 0
    assert isinstance(refused.value, CourierRefusedError | RefusedError)
    return refused.value.code


def test_a_disk_of_a_station_that_is_not_enrolled_is_not_taken(world: DarkWorld) -> None:
    delivered = world.dark.write(world.disk)
    (world.books.stations / "t-01.json").unlink()
    assert refusal(world, delivered) == "COURIER_NOT_ENROLLED"


def test_a_disk_for_another_registry_is_not_taken(world: DarkWorld) -> None:
    assert refusal(world, world.dark.write(world.disk), identity=Identity.new()) == "COURIER_FOR_ANOTHER_REGISTRY"


def test_a_delivery_under_another_name_is_not_taken(world: DarkWorld) -> None:
    delivered = world.dark.write(world.disk)
    delivered.folder.rename(world.disk / "dockward-t-01-1-7")
    moved = Delivered(world.disk / "dockward-t-01-1-7", delivered.manifest, (), {})
    assert refusal(world, moved) == "COURIER_SWAPPED"


def test_two_deliveries_under_one_number_are_noticed(world: DarkWorld) -> None:
    """A station's card was restored, or a copy of it writes disks too."""
    world.take(world.dark.write(world.disk))
    world.dark.numbers = 0
    shutil.rmtree(world.disk)
    world.disk.mkdir()
    world.station.live()
    with pytest.raises(CourierRefusedError) as refused:
        world.take(world.dark.write(world.disk))
    assert refused.value.code == "COURIER_NUMBER_TWICE"


def test_a_station_that_is_enrolled_anew_counts_its_disks_from_one_again(world: DarkWorld, tmp_path: Path) -> None:
    world.take(world.dark.write(world.disk))
    anew = ReportingStation(tmp_path / "anew", number=2)
    world.books.enrol(anew)
    (tmp_path / "anew-data").mkdir()
    dark = DarkStation(tmp_path / "anew-data", world.books.witness_key, anew, world.leaf)
    stated = dark.hold(seed="anew")
    delivered = dark.write(world.disk)
    assert world.take(delivered).receipted == (stated.held.n,)
    assert dark.bring(world.disk, delivered.folder.name).receipted == (stated.held.n,)
    dark.close()
    anew.close()


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize("bend", [piped, linked])
def test_what_is_no_file_on_the_disk_is_neither_read_nor_waited_for(
    world: DarkWorld, bend: Callable[[Path], None]
) -> None:
    """Not even where what it leads to is what was written."""
    delivered = world.dark.write(world.disk)
    for name in (MANIFEST, SEAL, SIGNATURE, CERTIFICATE, JOURNAL):
        kept = (delivered.folder / name).read_bytes()
        bend(delivered.folder / name)
        assert refusal(world, delivered) in {"COURIER_INCOMPLETE", "COURIER_DAMAGED"}
        (delivered.folder / name).unlink()
        (delivered.folder / name).write_bytes(kept)
    assert world.take(delivered).refused == {}


@pytest.mark.parametrize("name", ["", "dockward-t-01-1-1"])
def test_answers_are_not_written_where_a_disk_leads(world: DarkWorld, tmp_path: Path, name: str) -> None:
    delivered = world.dark.write(world.disk)
    victim = tmp_path / "victim"
    (victim / delivered.folder.name).mkdir(parents=True)
    answers = world.disk / RETURN / name
    answers.parent.mkdir(exist_ok=True)
    answers.symlink_to(victim, target_is_directory=True)
    assert refusal(world, delivered) == "COURIER_RETURN_NO_FOLDER"
    assert [path.name for path in victim.iterdir()] == [delivered.folder.name]


def test_a_file_that_is_longer_than_was_written_is_not_read_to_its_end(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = world.dark.write(world.disk)
    os.truncate(delivered.folder / JOURNAL, 1 << 40)
    monkeypatch.setattr(registry.courier, "_digest", lambda _: pytest.fail("it was read"))
    assert refusal(world, delivered) == "COURIER_DAMAGED"


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), WireFailedError("the signer does not answer")]
)
def test_what_was_taken_before_the_registry_failed_is_answered(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    first, second = world.dark.hold(seed="first"), world.dark.hold(seed="second")
    delivered = world.dark.write(world.disk)
    begin = world.books.uploads.begin

    def begun(station: str, papers: Any) -> Any:
        if papers == second.papers:
            raise failure
        return begin(station, papers)

    with monkeypatch.context() as failing:
        failing.setattr(world.books.uploads, "begin", begun)
        with pytest.raises(WireFailedError, match="1 receipts are on the disk"):
            world.take(delivered)
    assert world.dark.bring(world.disk, delivered.folder.name).receipted == (first.held.n,)
    assert world.take(delivered).receipted == (first.held.n, second.held.n)


def sealed_by(delivered: Delivered, leaf: Any, **changes: Any) -> None:
    """The delivery as somebody wrote it who has this certificate."""
    encoded = manifest_bytes(replace(delivered.manifest, **changes))
    seal = seal_bytes(encoded, leaf.pem)
    contents = {MANIFEST: encoded, CERTIFICATE: leaf.pem, SEAL: seal, SIGNATURE: leaf.sign(seal)}
    for name, content in contents.items():
        (delivered.folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("leaf", "changes", "code"),
    [
        (AGENCY.station_evidence("t-02"), {}, "COURIER_OF_ANOTHER_STATION"),
        (AGENCY.registry_evidence(), {}, "CERTIFICATE_OF_ANOTHER_ROLE"),
        (type(AGENCY)("elsewhere").station_evidence("t-01"), {}, "CERTIFICATE_OF_ANOTHER_CA"),
        (AGENCY.station_evidence("t-01"), {"origin": "dockward/640100/t-01/2"}, "COURIER_NOT_ENROLLED"),
        (AGENCY.station_evidence("t-01"), {"files": ()}, "COURIER_MANIFEST_UNREADABLE"),
        (AGENCY.station_evidence("t-01"), {"recordings": (1, 1)}, "COURIER_MANIFEST_UNREADABLE"),
    ],
    ids=["another station", "registry", "another agency", "another journal", "no files", "other recordings"],
)
def test_only_the_stations_own_key_seals_its_disks(
    world: DarkWorld, leaf: Any, changes: dict[str, Any], code: str
) -> None:
    delivered = world.dark.write(world.disk)
    sealed_by(delivered, leaf, **changes)
    assert refusal(world, delivered) == code


def test_a_manifest_that_was_altered_is_not_what_was_sealed(world: DarkWorld) -> None:
    delivered = world.dark.write(world.disk)
    altered = replace(delivered.manifest, written_at="2026-11-21T09:00:00.000Z")
    (delivered.folder / MANIFEST).write_bytes(manifest_bytes(altered))
    assert refusal(world, delivered) == "COURIER_SEAL_OF_OTHER_FILES"


def test_a_forked_journal_on_a_disk_is_the_alarm_that_it_is_on_the_line(world: DarkWorld, tmp_path: Path) -> None:
    world.station.live(2)
    delivered = world.dark.write(world.disk)
    copy = ReportingStation(tmp_path / "copy")
    copy.live(9, bay="2")
    world.books.witness_all(copy)
    with pytest.raises(CourierRefusedError) as refused:
        world.take(delivered)
    assert refused.value.code in world.books.codes()
    copy.close()


def test_a_registry_that_has_less_asks_for_the_journal_from_there(world: DarkWorld) -> None:
    world.station.live(2)
    deliver(world.dark, world.books)
    world.station.live(2)
    behind = UploadBooks(world.folder / "behind", world.station)
    delivered = world.dark.write(world.disk)
    with pytest.raises(CourierRefusedError, match="--from 0"):
        take_delivery(delivered.folder, desk_of(behind))
    again = world.dark.write(world.disk, first=0)
    taken = take_delivery(again.folder, desk_of(behind))
    assert taken.cosigned is not None
    assert taken.cosigned.checkpoint.size == world.station.size
    behind.close()


def test_a_recording_that_does_not_hold_keeps_no_other_from_its_receipt(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    delivered = world.dark.write(world.disk)
    begin = world.books.uploads.begin

    def begun(station: str, papers: Any) -> Any:
        if papers == bad.papers:
            raise UploadRefusedError("STATEMENT_OF_ANOTHER_RECORDING", "x")
        return begin(station, papers)

    monkeypatch.setattr(world.books.uploads, "begin", begun)
    taken = world.take(delivered)
    assert taken.refused == {bad.held.n: "STATEMENT_OF_ANOTHER_RECORDING"}
    assert taken.receipted == (good.held.n,)


# --- writing ---------------------------------------------------------------------------------------------------


def test_what_does_not_fit_waits_for_the_next_disk_the_oldest_first(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [world.dark.hold(seed=str(n)).held.n for n in range(5)]
    room = iter([True, True, False])
    monkeypatch.setattr(courier, "_has_room", lambda *_: next(room))
    first = world.dark.write(world.disk)
    assert list(first.manifest.recordings) == numbers[:2]
    assert list(first.waiting) == numbers[2:]
    monkeypatch.setattr(courier, "_has_room", lambda *_: True)
    second = world.dark.write(world.disk, after=numbers[1])
    assert list(second.manifest.recordings) == numbers[2:]
    for delivered in (first, second):
        world.take(delivered)
        world.dark.bring(world.disk, delivered.folder.name)
    assert sorted(world.dark.accepted) == numbers


def test_room_is_counted_with_what_encryption_adds(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = world.dark.hold(size=200_000)
    recording = world.dark.recording(stated.held.n)
    assert recording is not None
    box = courier._Box(world.disk, IDENTITY.recipient)
    courier._put_recording(box, recording, world.dark.store.evidence(stated.held.n))
    used = sum(file.size_bytes for file in box.files)

    class Disk:
        f_frsize = 1
        f_bavail = used + courier.RESERVE_BYTES - 1

    monkeypatch.setattr(os, "statvfs", lambda _: Disk)
    assert not courier._has_room(world.disk, recording.size_bytes, 1)


@pytest.mark.parametrize("block", [512, 4_096, 131_072])
def test_a_disk_keeps_room_for_the_answers_to_all_that_it_carries(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    world.dark.hold()
    delivered = world.dark.write(world.disk)
    sizes = [path.stat().st_size for path in world.take(delivered).answers.iterdir() if path.name != COSIGNED]
    on_disk = sum(-(-size // block) * block for size in sizes)

    class Disk:
        f_frsize = block
        f_bavail = (1_000 * on_disk + courier.RESERVE_BYTES) // block

    monkeypatch.setattr(os, "statvfs", lambda _: Disk)
    assert not courier._has_room(world.disk, 0, 1_000)
    assert courier._has_room(world.disk, 0, 1)


def test_a_disk_with_no_room_for_the_first_recording_says_so(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = world.dark.hold()
    deliver(world.dark, world.books)
    monkeypatch.setattr(courier, "_has_room", lambda *_: False)
    with pytest.raises(WireFailedError, match=f"recording {stated.held.n}"):
        world.dark.write(world.disk)
    assert list(world.disk.iterdir()) == []


@pytest.mark.parametrize("spoil", [flip, cut, Path.unlink], ids=["flip", "cut", "unlink"])
def test_an_original_that_our_disk_spoiled_is_left_out_and_named(
    world: DarkWorld, spoil: Callable[[Path], None]
) -> None:
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    spoil(world.dark.store.evidence(bad.held.n) / "original")
    delivered = world.dark.write(world.disk)
    assert list(delivered.unfit) == [bad.held.n]
    assert delivered.manifest.recordings == (good.held.n,)
    assert not (delivered.folder / f"{bad.held.n}.papers.age").exists()
    assert world.take(delivered).receipted == (good.held.n,)


@pytest.mark.parametrize("name", ["original", "statement.json", "signer.pem"])
def test_no_link_among_the_evidence_is_followed(world: DarkWorld, name: str) -> None:
    """Root writes the disk, and what lies there is the service's: the same bytes by a link are no evidence."""
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    path = world.dark.store.evidence(bad.held.n) / name
    path.symlink_to(path.rename(path.with_name("elsewhere")))
    delivered = world.dark.write(world.disk)
    assert list(delivered.unfit) == [bad.held.n]
    assert delivered.manifest.recordings == (good.held.n,)


def test_a_delivery_is_there_whole_or_not_at_all(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is pulled out at each of its fsyncs, and nobody tidies up; what is begun anew is whole."""
    world.dark.hold()
    at, real = 0, os.fsync
    while True:
        left = at

        def fsync(descriptor: int) -> None:
            nonlocal left
            if str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith(str(world.disk)):
                if not left:
                    raise OSError(errno.EIO, "the disk was pulled out")
                left -= 1
            real(descriptor)

        with monkeypatch.context() as pulled:
            pulled.setattr(os, "fsync", fsync)
            pulled.setattr(shutil, "rmtree", lambda *_, **__: None)
            try:
                delivered = world.dark.write(world.disk)
            except WireFailedError:
                at += 1
            else:
                break
        for folder in world.disk.glob("dockward-*"):
            assert take_delivery(folder, desk_of(world.books)).refused == {}, "it has its name: it is whole"
            shutil.rmtree(folder)
    assert at > 5
    assert world.take(delivered).refused == {}


def test_a_full_disk_is_named_and_nothing_is_left_on_it(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.dark.hold()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(courier._Counted, "write", full)
    with pytest.raises(NoRoomError):
        world.dark.write(world.disk)
    assert list(world.disk.iterdir()) == []


def test_nothing_to_carry_and_no_disk_are_said(world: DarkWorld, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no folder"):
        world.dark.write(tmp_path / "nowhere")
    deliver(world.dark, world.books)
    with pytest.raises(WrongUseError, match="nothing to carry"):
        world.dark.write(world.disk)


def test_a_large_original_is_never_whole_in_memory(world: DarkWorld) -> None:
    size = 24 << 20
    world.dark.hold(size=size, part_bytes=1 << 20)
    tracemalloc.start()
    try:
        delivered = world.dark.write(world.disk)
        world.take(delivered)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size // 2


# --- the way back ----------------------------------------------------------------------------------------------


def spoil_answer(name: str, spoil: Callable[[Path], None]) -> Callable[[Path, int], None]:
    return lambda folder, number: spoil(folder / f"{number}.{name}")


def of_the_other(folder: Path, number: int) -> None:
    """A true receipt, under the number of another recording."""
    other = next(int(path.name.split(".")[0]) for path in folder.glob("*.receipt.json") if str(number) not in path.name)
    for name in ("receipt.json", "receipt.sig", "registry.pem"):
        shutil.copy(folder / f"{other}.{name}", folder / f"{number}.{name}")


@pytest.mark.parametrize(
    "bend",
    [*(spoil_answer(name, flip) for name in ("receipt.json", "receipt.sig", "registry.pem")), of_the_other],
    ids=["receipt", "signature", "certificate", "of another recording"],
)
def test_an_answer_that_does_not_hold_counts_for_nothing(world: DarkWorld, bend: Callable[[Path, int], None]) -> None:
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    delivered = world.dark.write(world.disk)
    taken = world.take(delivered)
    bend(taken.answers, bad.held.n)
    brought = world.dark.bring(world.disk, delivered.folder.name)
    assert [number for number, _ in brought.refused] == [bad.held.n]
    assert list(world.dark.accepted) == [good.held.n]
    assert not (world.dark.store.evidence(bad.held.n) / "receipt.json").exists()


@pytest.mark.parametrize("lost", ["receipt.sig", "registry.pem"])
@pytest.mark.parametrize("name", ["0.receipt.json", "007.receipt.json", "no.receipt.json"])
def test_no_name_among_the_answers_keeps_the_others_from_counting(world: DarkWorld, name: str, lost: str) -> None:
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    delivered = world.dark.write(world.disk)
    taken = world.take(delivered)
    (taken.answers / name).write_bytes(b"x")
    (taken.answers / f"{bad.held.n}.{lost}").unlink()
    brought = world.dark.bring(world.disk, delivered.folder.name)
    assert (bad.held.n, "RECEIPT_INCOMPLETE") in brought.refused
    assert brought.receipted == (good.held.n,)
    assert world.dark.answers().take().refused == (), "it was taken away"


def test_answers_of_another_station_count_for_nothing(world: DarkWorld, tmp_path: Path) -> None:
    other_station = ReportingStation(tmp_path / "other", "t-02")
    world.books.enrol(other_station)
    (tmp_path / "t-02").mkdir()
    other = DarkStation(tmp_path / "t-02", world.books.witness_key, other_station, AGENCY.station_evidence("t-02"))
    ours, theirs = world.dark.hold(), other.hold()
    assert ours.held.n == theirs.held.n
    delivered = other.write(world.disk)
    world.take(delivered)
    brought = world.dark.bring(world.disk, delivered.folder.name)
    assert brought.refused
    assert not brought.cosigned
    assert world.dark.accepted == {}
    other.close()
    other_station.close()


def test_receipts_that_were_taken_are_taken_away(world: DarkWorld) -> None:
    world.dark.hold()
    delivered = world.dark.write(world.disk)
    world.take(delivered)
    world.dark.bring(world.disk, delivered.folder.name)
    assert list((world.dark.folder / "courier-inbox").iterdir()) == []


# --- programs that are not ours --------------------------------------------------------------------------------


def run(*words: str | Path, cwd: Path | None = None) -> bytes:
    return subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, check=True).stdout


def test_age_opens_what_we_wrote(world: DarkWorld, tmp_path: Path) -> None:
    stated = world.dark.hold(size=150_000)
    delivered = world.dark.write(world.disk)
    key = tmp_path / "key.txt"
    key.write_text(IDENTITY.secret_text())
    opened = run("age", "--decrypt", "--identity", key, delivered.folder / f"{stated.held.n}.original.age")
    assert opened == stated.content
    assert run("age", "--decrypt", "-i", key, delivered.folder / JOURNAL).splitlines() == journal_lines(delivered)
    assert run("age-keygen", "-y", key).decode().strip() == IDENTITY.recipient


def test_we_open_what_age_wrote(tmp_path: Path) -> None:
    key, plain = tmp_path / "key.txt", tmp_path / "plain"
    run("age-keygen", "-o", key)
    identity = Identity.parse(key.read_text())
    for size in (0, 1, 65_536, 200_000):
        plain.write_bytes(os.urandom(size))
        run("age", "-r", identity.recipient, "-o", tmp_path / "sealed.age", plain)
        opened = _Kept()
        identity.open(tmp_path / "sealed.age", opened)
        assert bytes(opened.content) == plain.read_bytes()


def test_openssl_and_coreutils_check_the_seal(world: DarkWorld) -> None:
    world.dark.hold()
    folder = world.dark.write(world.disk).folder
    (folder / "public.pem").write_bytes(run("openssl", "x509", "-in", folder / CERTIFICATE, "-noout", "-pubkey"))
    verify = ("openssl", "dgst", "-sha256", "-verify", folder / "public.pem", "-signature", folder / SIGNATURE)
    assert b"Verified OK" in run(*verify, folder / SEAL)
    run("sha256sum", "--check", "--strict", SEAL, cwd=folder)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
def test_age_files_end_as_they_began_and_show_every_change(tmp_path: Path, size: int) -> None:
    content, path = os.urandom(size), tmp_path / "file.age"
    with path.open("wb") as file:
        encrypt(iter([content[:100], content[100:]]), IDENTITY.recipient, file)
    opened = _Kept()
    IDENTITY.open(path, opened)
    assert bytes(opened.content) == content
    for spoil in (flip, cut):
        spoil(path)
        with pytest.raises(RefusedError):
            IDENTITY.open(path, _Kept())


def test_the_runbook_says_what_to_do_about_each_refusal() -> None:
    root = Path(__file__).parent.parent
    said = (root / "docs" / "runbooks" / "courier.md").read_text(encoding="utf-8")
    codes = {
        code
        for name in ("registry/courier.py", "station/signing/courier.py")
        for code in re.findall(r'"(COURIER_[A-Z_]+)"', (root / name).read_text(encoding="utf-8"))
    }
    assert len(codes) > 8
    assert {code for code in codes if f"`{code}`" not in said} == set()


@pytest.mark.parametrize("seed", range(6))
def test_disks_and_a_line_in_any_order_deliver_each_fact_once_and_alarm_nobody(world: DarkWorld, seed: int) -> None:
    """Disks travel, come late and again; the line breaks, loses answers and repeats batches; the station restarts."""
    rng = random.Random(seed)
    written: list[Delivered] = []
    taken: list[Delivered] = []
    sent: list[bytes] = []

    def online() -> None:
        world.dark.uplink.connected_anew()
        batch = world.dark.uplink.next_batch(START)
        if batch is not None:
            sent.append(batch)
        for one in (batch, rng.choice(sent) if sent else None):
            if one is not None and rng.random() < 0.7:
                answer = world.books.mirror.take("t-01", one, NOW_S)
                if answer.cosigned is not None and rng.random() < 0.7:
                    world.dark.uplink.cosigned(str(answer.cosigned).encode())

    def write() -> None:
        with contextlib.suppress(WrongUseError):  # the registry has everything
            written.append(world.dark.write(world.disk))

    def take() -> None:
        if written:
            taken.append(rng.choice(written))
            with contextlib.suppress(CourierRefusedError):  # a gap: the disk before it is still on its way
                world.take(taken[-1])

    def bring() -> None:
        if taken and (world.disk / RETURN / taken[-1].folder.name).exists():
            world.dark.bring(world.disk, taken[-1].folder.name)

    def restart() -> None:
        world.dark.uplink = world.dark.new_uplink()

    acts = (world.station.live, world.station.live, online, online, write, take, bring, restart)
    for step in range(30):
        rng.choice(acts)()
        if step % 10 == 0:
            world.dark.hold(seed=f"step {step}")
    world.dark.uplink.connected_anew()
    deliver(world.dark, world.books)
    assert world.witnessed() == world.station.size
    assert set(world.books.codes()) <= {"REGISTRY_BEHIND"}, "a disk that overtook another is asked for, and no more"
    accepted = [read_entry(entry).body for entry in world.station.log.entries()]
    receipts = [body.recording for body in accepted if isinstance(body, ReceiptAccepted)]
    assert len(receipts) == len(set(receipts))
