"""Promise: over any line the registry ends with the station's journal; only its true cosignature moves the cursor."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station.custody import observations as seen
from station.errors import DockwardError, WireFailedError
from station.journal.batches import BATCH_BYTES_MAX, ENTRIES_MAX, read_batch
from station.journal.notes import (
    Checkpoint,
    Note,
    NoteSignature,
    Sign,
    VerifierKey,
    cosign,
    parse_note,
    sign_checkpoint,
)
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal_clerk import JournalClerk
from station.stamp import Stamp
from station.uplink.disputes import KeptDisputes
from station.uplink.journal_uplink import OVERDUE_MS, RESEND_MS, JournalUplink
from tests.reporting_stations import NOW_S, Books, ReportingStation, seeded_key
from tests.stations import START

ROUNDS_TO_THE_END = 2_000


class Outbox:
    """A station's uplink over its real journal, by hand: what it would publish, and what it is told."""

    def __init__(self, station: ReportingStation, books: Books) -> None:
        self.station = station
        self.now = START
        self._log_key, self._witness = station.log_key, books.witness_key
        self.uplink = self.opened()

    def opened(self, sign: Sign | None = None) -> JournalUplink:
        clerk = self.station.clerk

        def keep(note: Note) -> None:
            clerk._keep_checkpoint(note, self._log_key, (self._witness,))

        self._reader = connect_to_read(journal_path(clerk))
        self.disputed = journal_path(clerk).parent / "disputes"
        return JournalUplink(
            SqliteLog(self._reader),
            self._log_key,
            self._witness,
            sign or self.station.secret.sign,
            keep,
            KeptDisputes(self.disputed, lambda: clerk.state, self.station.tell),
        )

    def restart(self, sign: Sign | None = None) -> None:
        """The process ends and starts: the clock that nobody sets goes on."""
        self.close()
        self.uplink = self.opened(sign)

    def boot(self) -> None:
        self.now = Stamp(self.now.utc_ms, f"{self.now.boot_id}+", 0, synchronised=True)
        self.restart()

    def wait(self, ms: int) -> None:
        self.now = self.now.later(ms)

    def batch(self) -> bytes | None:
        return self.uplink.next_batch(self.now)

    def close(self) -> None:
        self._reader.close()


def journal_path(clerk: JournalClerk) -> Path:
    _, _, path = clerk._connection.execute("PRAGMA database_list").fetchone()
    return Path(path)


class LossyLine(RuleBasedStateMachine):
    """What is sent either way may be lost, doubled, late or overtaken, also over restarts of both ends."""

    @initialize(seed=st.integers(0, 1 << 32))
    def begin(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.station = ReportingStation(folder / "station")
        self.books = Books(folder / "registry", self.station)
        self.outbox = Outbox(self.station, self.books)
        self.up: list[bytes] = []
        self.down: list[bytes] = []
        self.heads: list[str] = []
        self.cosigned = 0

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        try:
            self.to_the_end()
        finally:
            self.outbox.close()
            self.station.close()
            self.books.close()
            self.folder.cleanup()

    @rule(visits=st.integers(1, 5))
    def live(self, visits: int) -> None:
        self.station.live(visits)

    @rule()
    def live_for_days(self) -> None:
        """More than one batch holds."""
        self.station.tell(seen.PresenceClosed(bay="9"))
        for number in range(ENTRIES_MAX // 2):
            self.station.live(1, bay=str(number))

    @rule(name=st.text(st.characters(codec="utf-8"), max_size=20))
    def hold(self, name: str) -> None:
        number = self.station.size
        self.station.hold(f"{number:064x}", 1, name, f"C-{number}")

    @rule(count=st.integers(1, 3))
    def purge(self, count: int) -> None:
        kept = [value.n for value in self.station.log.private_values()]
        if kept:
            self.station.tell(seen.PurgeOrdered(entries=tuple(kept[:count]), rule="TERM_OVER"))

    @rule(ms=st.sampled_from((1, RESEND_MS - 1, RESEND_MS, 3 * RESEND_MS)))
    def wait(self, ms: int) -> None:
        self.outbox.wait(ms)

    @rule()
    def publish(self) -> None:
        batch = self.outbox.batch()
        if batch is None:
            return
        assert len(batch) <= BATCH_BYTES_MAX
        read = read_batch(batch)
        assert read.first <= self.outbox.uplink.delivered, "further back only where the registry says it has less"
        if read.checkpoint not in self.heads:
            signed = parse_note(self.heads[-1]).checkpoint.size if self.heads else 0
            assert signed <= read.first, "a second batch, while the one before it is not cosigned"
            self.heads.append(read.checkpoint)
        self.up.append(batch)
        assert self.outbox.batch() is None, "a second batch, while an answer to the first is awaited"

    @rule(data=st.data())
    def arrive_at_the_registry(self, data: st.DataObject) -> None:
        if self.up:
            self.registry_hears(data.draw(st.integers(0, len(self.up) - 1)), again=data.draw(st.booleans()))

    @rule(data=st.data())
    def arrive_at_the_station(self, data: st.DataObject) -> None:
        if self.down:
            self.station_hears(data.draw(st.integers(0, len(self.down) - 1)), again=data.draw(st.booleans()))

    @rule()
    def lose_everything_under_way(self) -> None:
        self.up.clear()
        self.down.clear()
        self.outbox.uplink.connected_anew()

    @rule()
    def restart_the_registry(self) -> None:
        """At each connection it tells every station how far it is witnessed."""
        self.books.restart()
        newest = self.books.mirror.newest("t-01")
        if newest:
            self.down.append(str(newest).encode())

    @rule(boots=st.booleans())
    def restart_the_station(self, boots: bool) -> None:  # noqa: FBT001 - Hypothesis gives rules their arguments
        if boots:
            self.outbox.boot()
        else:
            self.outbox.restart()

    @invariant()
    def nobody_is_accused(self) -> None:
        if hasattr(self, "books"):
            assert self.books.codes() == []

    @invariant()
    def the_cursor_follows_the_registry(self) -> None:
        if hasattr(self, "books"):
            newest = self.books.mirror.newest("t-01")
            assert self.outbox.uplink.delivered <= (newest.checkpoint.size if newest else 0)

    def registry_hears(self, which: int, *, again: bool) -> None:
        batch = self.up[which] if again else self.up.pop(which)
        answer = self.books.mirror.take("t-01", batch, NOW_S)
        if answer.cosigned:
            self.down.append(str(answer.cosigned).encode())

    def station_hears(self, which: int, *, again: bool) -> None:
        told = self.down[which] if again else self.down.pop(which)
        size, before = parse_note(told.decode()).checkpoint.size, self.outbox.uplink.delivered
        assert self.outbox.uplink.cosigned(told) == (size > before)
        assert self.outbox.uplink.delivered == max(size, before)

    def to_the_end(self) -> None:
        """The line is sound again, but for what is still under way on it, in any order."""
        for _ in range(ROUNDS_TO_THE_END):
            if self.outbox.uplink.delivered == self.station.size and not self.up and not self.down:
                break
            self.publish()
            if self.up:
                self.registry_hears(self.rng.randrange(len(self.up)), again=False)
            if self.down:
                self.station_hears(self.rng.randrange(len(self.down)), again=False)
            self.outbox.wait(RESEND_MS)
        assert self.outbox.uplink.delivered == self.station.size
        copy = SqliteLog(connect_to_read(self.books.copy_path()))
        assert list(copy.entries()) == list(self.station.log.entries())
        assert list(copy.private_values()) == list(self.station.log.private_values())
        newest = copy.newest_checkpoint(cosigned=True)
        assert newest == self.station.log.newest_checkpoint(cosigned=True)
        assert newest is not None
        assert newest.checkpoint == self.station.head()
        copy._connection.close()
        self.nobody_is_accused()
        assert self.outbox.uplink.trouble(self.outbox.now) == ""


TestLossyLine = LossyLine.TestCase
TestLossyLine.settings = settings(max_examples=settings().max_examples // 6, stateful_step_count=40)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ReportingStation]:
    station = ReportingStation(tmp_path / "station")
    station.live(3)
    yield station
    station.close()


@pytest.fixture
def books(tmp_path: Path, station: ReportingStation) -> Iterator[Books]:
    books = Books(tmp_path / "registry", station)
    yield books
    books.close()


@pytest.fixture
def outbox(station: ReportingStation, books: Books) -> Iterator[Outbox]:
    outbox = Outbox(station, books)
    yield outbox
    outbox.close()


def answered(outbox: Outbox, books: Books) -> bytes:
    """What the registry says to what the station sends now."""
    batch = outbox.batch()
    assert batch is not None
    answer = books.mirror.take("t-01", batch, NOW_S)
    assert answer.cosigned
    return str(answer.cosigned).encode()


def test_the_cursor_moves_by_the_cosignature_alone_and_stays_moved(
    station: ReportingStation, books: Books, outbox: Outbox
) -> None:
    told = answered(outbox, books)
    assert outbox.uplink.delivered == 0
    outbox.restart()
    assert outbox.uplink.delivered == 0
    assert outbox.uplink.cosigned(told)
    assert outbox.uplink.delivered == station.size
    outbox.restart()
    assert outbox.uplink.delivered == station.size
    assert outbox.batch() is None
    assert not outbox.uplink.cosigned(told)


def test_what_is_not_answered_is_sent_again_the_same_whatever_happened_since(
    station: ReportingStation, outbox: Outbox
) -> None:
    first = outbox.batch()
    assert first is not None
    station.live(5)
    assert outbox.batch() is None
    outbox.wait(RESEND_MS - 1)
    assert outbox.batch() is None
    assert outbox.uplink.wait_ms(outbox.now) == 1
    outbox.wait(1)
    assert outbox.batch() == first
    outbox.uplink.connected_anew()
    assert outbox.batch() == first
    outbox.restart()
    assert outbox.batch() == first
    outbox.boot()
    assert outbox.batch() == first


def test_after_a_boot_nothing_is_waited_for(outbox: Outbox) -> None:
    first = outbox.batch()
    outbox.now = Stamp(0, "another boot", 0, synchronised=False)
    assert outbox.uplink.wait_ms(outbox.now) == 0
    assert outbox.batch() == first


def test_a_signer_that_fails_costs_nothing(station: ReportingStation, outbox: Outbox) -> None:
    def fail(_: bytes) -> bytes:
        raise WireFailedError("the signer did not answer")

    outbox.restart(fail)
    with pytest.raises(WireFailedError):
        outbox.batch()
    assert outbox.uplink.wait_ms(outbox.now) is None
    outbox.restart()
    batch = outbox.batch()
    assert batch is not None
    assert read_batch(batch).to == station.size


def test_a_head_signed_for_another_reader_is_sent_only_if_it_fits(station: ReportingStation, outbox: Outbox) -> None:
    for number in range(ENTRIES_MAX):
        station.live(1, bay=str(number))
    station.clerk._keep_checkpoint(station.note(), station.log_key, ())
    batch = outbox.batch()
    assert batch is not None
    assert read_batch(batch).to == ENTRIES_MAX


def stranger_cosigns(station: ReportingStation, books: Books) -> Note:
    stranger = seeded_key("stranger")
    key = VerifierKey(books.witness_key.name, books.witness_key.kind, stranger.public_key().public_bytes_raw())
    return station.note().with_signatures(cosign(station.head(), key, NOW_S, stranger.sign))


def not_ours(station: ReportingStation, books: Books) -> Note:
    """A sound note of the registry, about another journal."""
    origin = f"{station.origin}0"
    key = VerifierKey(origin, station.log_key.kind, station.log_key.public)
    head = Checkpoint(origin, station.size, station.head().root)
    return sign_checkpoint(head, key, station.secret.sign).with_signatures(witnessed(head, books))


def witnessed(head: Checkpoint, books: Books) -> NoteSignature:
    return cosign(head, books.witness_key, NOW_S, books.witness.sign)


def forged_by_the_registry(station: ReportingStation, books: Books) -> Note:
    """The registry may claim what it wants: without our own signature it is nothing."""
    head = Checkpoint(station.origin, station.size, bytes(32))
    return Note(head, (witnessed(head, books),))


def of_another_size(station: ReportingStation, books: Books) -> Note:
    """Both signatures are true, of another head."""
    smaller = station.head(station.size - 1)
    return Note(smaller, (*station.note().signatures, witnessed(station.head(), books)))


def forgeries(station: ReportingStation, books: Books) -> dict[str, bytes]:
    sound = str(station.note().with_signatures(witnessed(station.head(), books)))
    return {
        "only ours": str(station.note()).encode(),
        "another witness": str(stranger_cosigns(station, books)).encode(),
        "another journal": str(not_ours(station, books)).encode(),
        "not signed by us": str(forged_by_the_registry(station, books)).encode(),
        "another head": str(of_another_size(station, books)).encode(),
        "cut": sound[:-1].encode(),
        "not text": b"\xff\xfe",
        "nothing": b"",
        "no note": b"hello\n\n",
        "long": b"x" * 1_000_000,
        "a size of our own": sound.replace(f"\n{station.size}\n", f"\n{station.size - 1}\n").encode(),
        **{f"byte {at}": flipped(sound.encode(), at) for at in range(0, len(sound.encode()), 7)},
    }


def flipped(note: bytes, at: int) -> bytes:
    return note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :]


def test_forged_stale_and_foreign_cosignatures_move_nothing(
    station: ReportingStation, books: Books, outbox: Outbox
) -> None:
    for name, forged in forgeries(station, books).items():
        assert not outbox.uplink.cosigned(forged), name
        assert outbox.uplink.delivered == 0, name
    told = answered(outbox, books)
    station.live(2)
    assert outbox.uplink.cosigned(told)
    moved = outbox.uplink.delivered
    assert not outbox.uplink.cosigned(told)
    assert not outbox.uplink.cosigned(str(station.note(2).with_signatures(witnessed(station.head(2), books))).encode())
    assert outbox.uplink.delivered == moved
    assert outbox.uplink.trouble(outbox.now) == ""
    outbox.uplink.cosigned(answered(outbox, books))  # a stale answer costs one batch sent in vain
    assert outbox.uplink.cosigned(answered(outbox, books))
    assert books.codes() == []


def test_a_registry_that_has_nothing_left_gets_everything(
    station: ReportingStation, books: Books, outbox: Outbox, tmp_path: Path
) -> None:
    for _ in range(3):
        station.live(2)
        outbox.uplink.cosigned(answered(outbox, books))
    emptied = Books(tmp_path / "empty", station)
    station.live(1)
    for _ in range(12):
        outbox.wait(RESEND_MS)
        batch = outbox.batch()
        told = emptied.mirror.take("t-01", batch, NOW_S).cosigned if batch else None
        if told is not None:
            outbox.uplink.cosigned(str(told).encode())
    newest = emptied.mirror.newest("t-01")
    assert newest is not None
    assert newest.checkpoint.size == outbox.uplink.delivered == station.size
    assert outbox.uplink.trouble(outbox.now) == ""
    emptied.close()


def delivers(outbox: Outbox, books: Books) -> None:
    """What is sent goes there and its answers come back, until nothing is sent any more."""
    while (batch := outbox.batch()) is not None:
        told = books.mirror.take("t-01", batch, NOW_S).cosigned
        assert told is not None
        outbox.uplink.cosigned(str(told).encode())


def test_a_restored_registry_that_falls_silent_later_accuses_nobody(
    station: ReportingStation, books: Books, outbox: Outbox, tmp_path: Path
) -> None:
    """The station begins anew, with heads as the registry has them: it did not get them in fewer batches."""
    delivers(outbox, books)
    books.close()
    shutil.copytree(books.folder, tmp_path / "copy")
    books.open()
    for _ in range(3):
        station.live(2)
        delivers(outbox, books)
    restored = Books(tmp_path / "copy", station)
    station.live(2)
    delivers(outbox, restored)
    station.live(1)
    for _ in range(1 + OVERDUE_MS // RESEND_MS):
        assert outbox.batch() is not None, "and it is lost"
        outbox.wait(RESEND_MS)
    delivers(outbox, restored)
    assert outbox.uplink.delivered == station.size
    assert set(restored.codes()) <= {"REGISTRY_BEHIND"}
    restored.close()


def test_a_station_that_begins_anew_with_an_unknown_head_is_told_its_place(
    station: ReportingStation, books: Books, outbox: Outbox
) -> None:
    """Its own heads were lost with a card; the registry has other ones of the same facts."""
    station.live(6)
    assert books.mirror.take("t-01", station.batch(), NOW_S).cosigned is not None
    station.clerk._keep_checkpoint(station.note(5), station.log_key, (books.witness_key,))
    station.live(2)
    delivers(outbox, books)
    assert books.codes() == ["JOURNAL_SHRANK"], "a person looks at it"
    assert outbox.uplink.delivered == station.size


def test_a_registry_restored_from_a_copy_gets_what_it_lacks(
    station: ReportingStation, books: Books, outbox: Outbox, tmp_path: Path
) -> None:
    outbox.uplink.cosigned(answered(outbox, books))
    books.close()
    shutil.copytree(books.folder, tmp_path / "copy")
    books.open()
    for _ in range(3):
        station.live(2)
        outbox.uplink.cosigned(answered(outbox, books))
    books.close()
    restored = Books(tmp_path / "copy", station)
    station.live(1)
    for _ in range(8):  # no time passes: its answers alone lead to it
        batch = outbox.batch()
        if batch is not None:
            told = restored.mirror.take("t-01", batch, NOW_S).cosigned
            assert told is not None
            outbox.uplink.cosigned(str(told).encode())
    newest = restored.mirror.newest("t-01")
    assert newest is not None
    assert newest.checkpoint.size == outbox.uplink.delivered == station.size
    assert set(restored.codes()) <= {"REGISTRY_BEHIND"}
    restored.close()
    books.open()


@pytest.mark.parametrize("visits", [1, 9], ids=["rolled back", "gone on with elsewhere"])
def test_a_journal_that_the_registry_knows_otherwise_is_a_trouble_and_nothing_more_is_sent(
    books: Books, outbox: Outbox, tmp_path: Path, visits: int
) -> None:
    copy = ReportingStation(tmp_path / "copy")
    copy.live(visits, bay="other")
    other = Outbox(copy, books)
    assert other.batch() is not None
    told = answered(outbox, books)
    other.wait(RESEND_MS)
    assert not other.uplink.cosigned(told)
    assert other.uplink.delivered == 0
    assert "another history" in other.uplink.trouble(other.now)
    assert other.batch() is None
    assert copy.log.newest_checkpoint(cosigned=True) is None
    other.close()
    copy.close()


def test_a_registry_that_stays_silent_is_a_trouble_until_it_answers(outbox: Outbox, books: Books) -> None:
    told = answered(outbox, books)
    for _ in range(OVERDUE_MS // RESEND_MS):
        assert outbox.uplink.trouble(outbox.now) == ""
        outbox.wait(RESEND_MS)
        outbox.uplink.connected_anew()
        assert outbox.batch() is not None
    assert "confirmed nothing" in outbox.uplink.trouble(outbox.now)
    assert outbox.uplink.cosigned(told)
    assert outbox.uplink.trouble(outbox.now) == ""


def test_an_answer_that_cannot_be_kept_moves_nothing(outbox: Outbox, books: Books) -> None:
    told = answered(outbox, books)

    def full(_: Note) -> None:
        raise WireFailedError("the disk is full")

    sound, outbox.uplink._keep = outbox.uplink._keep, full
    with pytest.raises(DockwardError):
        outbox.uplink.cosigned(told)
    assert outbox.uplink.delivered == 0
    outbox.uplink._keep = sound
    assert outbox.uplink.cosigned(told)
