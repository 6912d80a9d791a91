"""Promise: what a courier carries counts exactly as if the line had brought it: no more, no less, and nothing twice."""

import contextlib
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.courier import CourierRefusedError
from station.custody.facts import ReceiptAccepted
from station.custody.recording import RecordingStep
from station.errors import WrongUseError
from station.journal.batches import read_batch
from station.journal.entries import read_entry
from station.signing.courier import RETURN
from station.uplink.courier import Delivered
from tests.couriers import DarkStation, DarkWorld, deliver, flip, journal_lines, world
from tests.reporting_stations import NOW_S, ReportingStation
from tests.stations import START
from tests.uploading_stations import AGENCY, Stated, UploadBooks

__all__ = ["world"]

DAYS = 14


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
