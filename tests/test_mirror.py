"""Promise: the registry cosigns what it holds, holds what it cosigned, and takes no second history for the first."""

import errno
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockward.__main__ import main
from registry import mirror
from registry.fleet import Fleet
from registry.journal_copy import Witness
from registry.ledger import ALARMS_MAX, JUNK_ALARMS_MAX, Alarm
from registry.mirror import Answer
from station.custody import observations as seen
from station.errors import WireFailedError
from station.journal.batches import Batch, batch_bytes, read_batch
from station.journal.notes import Checkpoint, Note, NoteSignature, parse_note, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tree import Tree, leaf_hash
from tests.reporting_stations import NOW_S, Books, ReportingStation, seeded_key

DIGEST = "c" * 64


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ReportingStation]:
    station = ReportingStation(tmp_path / "station")
    yield station
    station.close()


@pytest.fixture
def books(tmp_path: Path, station: ReportingStation) -> Iterator[Books]:
    books = Books(tmp_path / "registry", station)
    yield books
    books.close()


def mirrored(books: Books, station: str = "t-01") -> SqliteLog:
    return SqliteLog(connect_to_read(books.copy_path(station)))


def cosigned(books: Books, answer: Answer) -> Note:
    assert answer.refused == ""
    assert answer.cosigned is not None
    assert answer.cosigned.signed_by(books.witness_key)
    return answer.cosigned


def refused(books: Books, payload: bytes, code: str, station: str = "t-01", told: Note | None = None) -> Alarm:
    """The alarm; and nothing was taken."""
    before = books.mirror.newest(station)
    assert books.mirror.take(station, payload, NOW_S) == Answer(told, code)
    assert books.mirror.newest(station) == before
    alarm = books.alarms()[0]
    assert (alarm.station, alarm.code, alarm.ours) == (station, code, str(before or ""))
    return alarm


def test_what_is_cosigned_is_held_to_the_last_byte(station: ReportingStation, books: Books) -> None:
    held = station.hold(DIGEST, 7, name="李雷.mp4")
    answer = books.mirror.take("t-01", station.batch(), NOW_S)
    note = cosigned(books, answer)
    assert note.checkpoint == station.head()
    assert note.signed_by(station.log_key)
    copy = mirrored(books)
    assert list(copy.entries()) == list(station.log.entries())
    assert list(copy.private_values()) == list(station.log.private_values())
    assert copy.newest_checkpoint(cosigned=True) == note
    with books.mirror.journal("t-01") as journal:
        assert journal is not None
        assert journal.fact(held.n) == held.__class__(*msgspec.structs.astuple(held)[:-1])
    assert books.codes() == []


def test_batches_follow_each_other_and_each_is_answered_with_its_own_size(
    station: ReportingStation, books: Books
) -> None:
    station.live(20)
    first = 0
    for to in (1, 2, 17, 30, station.size):
        assert cosigned(books, books.mirror.take("t-01", station.batch(first, to), NOW_S)).checkpoint.size == to
        first = to
    assert list(mirrored(books).entries()) == list(station.log.entries())


def test_the_same_batch_again_gets_the_same_answer(station: ReportingStation, books: Books) -> None:
    station.live(3)
    first = books.mirror.take("t-01", station.batch(0, 4), NOW_S)
    assert books.mirror.take("t-01", station.batch(0, 4), NOW_S + 60) == first
    books.restart()
    assert books.mirror.take("t-01", station.batch(0, 4), NOW_S + 60) == first
    longer = books.mirror.take("t-01", station.batch(2), NOW_S)
    assert cosigned(books, longer).checkpoint.size == station.size
    assert books.mirror.take("t-01", station.batch(0, 4), NOW_S) == longer
    assert books.codes() == []


def test_after_a_gap_the_station_is_told_where_we_are(station: ReportingStation, books: Books) -> None:
    station.live(4)
    assert books.mirror.take("t-01", station.batch(3), NOW_S) == Answer()
    known = books.mirror.take("t-01", station.batch(0, 3), NOW_S)
    assert books.mirror.take("t-01", station.batch(5), NOW_S) == known
    assert cosigned(books, books.mirror.take("t-01", station.batch(3), NOW_S)).checkpoint.size == station.size
    assert books.codes() == ["REGISTRY_BEHIND"]


def test_a_registry_restored_from_its_backup_says_so_and_catches_up(station: ReportingStation, books: Books) -> None:
    station.live(2)
    backed_up = cosigned(books, books.mirror.take("t-01", station.batch(0, 3), NOW_S))
    station.live(4)
    lost, size = station.batch(5), station.size
    assert books.mirror.take("t-01", lost, NOW_S) == Answer(backed_up)
    (alarm,) = books.alarms()
    assert (alarm.code, parse_note(alarm.ours), parse_note(alarm.theirs)) == (
        "REGISTRY_BEHIND",
        backed_up,
        station.note(size),
    )
    forged_gap = changed(lost, checkpoint=str(sign_checkpoint(station.head(), station.log_key, seeded_key("x").sign)))
    refused(books, forged_gap, "NOT_SIGNED")
    assert cosigned(books, books.mirror.take("t-01", station.batch(3), NOW_S)).checkpoint.size == size


def test_a_station_that_begins_a_new_journal_is_cosigned_once_it_is_enrolled(
    tmp_path: Path, station: ReportingStation, books: Books
) -> None:
    station.live(3)
    first = cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S))
    first_copy = books.copy_path()
    anew = ReportingStation(tmp_path / "anew", "t-01", 2)
    refused(books, anew.batch(), "UNKNOWN_LOG")
    books.enrol(anew)
    assert books.mirror.newest("t-01") is None
    assert cosigned(books, books.mirror.take("t-01", anew.batch(), NOW_S)).checkpoint == anew.head()
    books.restart()
    refused(books, station.batch(), "UNKNOWN_LOG")
    assert list(mirrored(books).entries()) == list(anew.log.entries())
    assert SqliteLog(connect_to_read(first_copy)).newest_checkpoint(cosigned=True) == first
    anew.close()


def test_more_stations_than_copies_may_be_open(
    tmp_path: Path, station: ReportingStation, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "COPIES_OPEN_MAX", 2)
    fleet = [station, *(ReportingStation(tmp_path / name, name) for name in ("t-02", "t-03", "t-04"))]
    for each in fleet:
        books.enrol(each)
        each.live()
    for to in (1, 2, 3):
        for each in fleet:
            note = cosigned(books, books.mirror.take(each.station, each.batch(to - 1, to), NOW_S))
            assert note == books.mirror.newest(each.station)
            assert len(books.mirror._copies) <= 2
    for each in fleet[1:]:
        each.close()


def test_a_station_whose_copy_or_enrolment_is_broken_stops_no_other(
    tmp_path: Path, station: ReportingStation, books: Books
) -> None:
    others = [ReportingStation(tmp_path / name, name) for name in ("t-02", "t-03")]
    for each in others:
        books.enrol(each)
        books.mirror.take(each.station, each.batch(), NOW_S)
    path = books.copy_path("t-02")
    books.close()
    sound = path.read_bytes()
    path.write_bytes(sound[:100] + b"x" * 8_000)
    (books.stations / "t-03.json").write_bytes(b"")
    books.open()
    assert [each.station for each in books.enrolments.every()] == ["t-01", "t-02"]
    assert [books.mirror.newest(name) for name in ("t-01", "t-02", "t-03")] == [None, None, None]
    shown = Fleet("r", books.enrolments, books.ledger, books.mirror).view("")
    assert "t-02: " in shown.trouble
    assert "t-03.json enrols nobody" in shown.trouble
    for each, code in zip(others, ("COPY_BROKEN", "ENROLMENT_BROKEN"), strict=True):
        assert books.mirror.take(each.station, each.batch(), NOW_S) == Answer(None, code)
    cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S))
    path.write_bytes(sound)
    assert cosigned(books, books.mirror.take("t-02", others[0].batch(), NOW_S)) == books.mirror.newest("t-02")
    assert books.mirror.troubles == ()
    for each in others:
        each.close()


def test_an_enrolment_that_cannot_be_read_now_is_asked_for_again(
    station: ReportingStation, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_descriptor(_: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as without:
        without.setattr(Path, "read_bytes", no_descriptor)
        with pytest.raises(WireFailedError, match="tried again"):
            books.mirror.take("t-01", station.batch(), NOW_S)
    assert books.codes() == []
    cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S))


def test_while_a_signer_hangs_whoever_asks_what_is_held_is_answered(station: ReportingStation, books: Books) -> None:
    station.live(2)
    first = cosigned(books, books.mirror.take("t-01", station.batch(0, 2), NOW_S))
    hangs, asked = threading.Event(), threading.Event()
    sound = books.witness.sign

    def sign(message: bytes) -> bytes:
        asked.set()
        assert hangs.wait(20)
        return sound(message)

    books.close()
    books.witness = Witness(books.witness_key, sign)
    books.open()
    taking = threading.Thread(target=books.mirror.take, args=("t-01", station.batch(2), NOW_S))
    taking.start()
    try:
        assert asked.wait(20)
        answers: list[object] = []
        asking = threading.Thread(target=lambda: answers.extend(asked_meanwhile(books)))
        asking.start()
        asking.join(10)
        assert answers == [first, True, False]
    finally:
        hangs.set()
        taking.join()
    assert books.mirror.newest("t-01") == station_note(books)


def asked_meanwhile(books: Books) -> Iterator[object]:
    yield books.mirror.newest("t-01")
    with books.mirror.journal("t-01") as journal:
        assert journal is not None
        yield journal.fact(1) is not None
        yield journal.fact(2) is not None


def station_note(books: Books) -> Note | None:
    return mirrored(books).newest_checkpoint(cosigned=True)


@settings(max_examples=25)
@given(st.data())
def test_any_order_of_any_batches_never_tells_a_smaller_size_and_holds_the_journal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("order")
    station = ReportingStation(folder / "station")
    station.live(6)
    ends = sorted(data.draw(st.sets(st.integers(1, station.size), min_size=1, max_size=4)))
    books = Books(folder / "registry", station)
    told = 0
    for _ in range(data.draw(st.integers(1, 12))):
        to = data.draw(st.sampled_from(ends))
        first = data.draw(st.integers(0, to - 1))
        answer = books.mirror.take("t-01", station.batch(first, to), NOW_S)
        if answer.cosigned:
            assert answer.cosigned.checkpoint.size >= told
            told = answer.cosigned.checkpoint.size
        copy = mirrored(books)
        assert list(copy.entries()) == list(station.log.entries(0, told))
        if data.draw(st.booleans()):
            books.restart()
    assert set(books.codes()) <= {"JOURNAL_SHRANK", "REGISTRY_BEHIND"}
    station.close()
    books.close()


def test_a_forked_journal_is_refused_and_both_notes_are_kept(tmp_path: Path, station: ReportingStation) -> None:
    books = Books(tmp_path / "registry", station)
    station.live(3)
    ours = cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S))
    cloned = ReportingStation(tmp_path / "clone")
    cloned.live(2, bay="other")
    cloned.live(3)
    for first in (0, 3, ours.checkpoint.size):
        alarm = refused(books, cloned.batch(first), "NOT_CONSISTENT")
        assert parse_note(alarm.theirs) == cloned.note()
        assert parse_note(alarm.ours) == ours
    refused(books, cloned.batch(0, ours.checkpoint.size), "NOT_CONSISTENT")
    refused(books, cloned.batch(0, 3), "NOT_CONSISTENT")
    assert cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S)) == ours
    cloned.close()
    books.close()


def test_a_journal_that_shrank_is_refused_and_both_notes_are_kept(station: ReportingStation, books: Books) -> None:
    station.live(6)
    ours = cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S))
    alarm = refused(books, station.batch(0, 5), "JOURNAL_SHRANK", told=ours)
    assert (parse_note(alarm.ours), parse_note(alarm.theirs)) == (ours, station.note(5))


def test_facts_that_are_repeated_otherwise_are_refused(station: ReportingStation, books: Books) -> None:
    station.live(3)
    books.mirror.take("t-01", station.batch(0, 4), NOW_S)
    batch = read_batch(station.batch(2))
    swapped = (batch.entries[1], batch.entries[0], *batch.entries[2:])
    refused(books, batch_bytes(msgspec.structs.replace(batch, entries=swapped)), "NOT_CONSISTENT")


def changed(payload: bytes, **fields: object) -> bytes:
    return batch_bytes(msgspec.structs.replace(read_batch(payload), **fields))


def other_root(station: ReportingStation) -> bytes:
    head = Checkpoint(station.origin, station.size, bytes(32))
    return changed(station.batch(), checkpoint=str(sign_checkpoint(head, station.log_key, station.secret.sign)))


def signed_by_a_stranger(station: ReportingStation) -> bytes:
    note = sign_checkpoint(station.head(), station.log_key, seeded_key("stranger").sign)
    return changed(station.batch(), checkpoint=str(note))


def unsigned(station: ReportingStation) -> bytes:
    line = NoteSignature("nobody", b"abcd", bytes(64))
    return changed(station.batch(), checkpoint=str(Note(station.head(), (line,))))


def of_another_log(station: ReportingStation) -> bytes:
    other = f"{station.origin}0"
    head = Checkpoint(other, station.size, station.head().root)
    return changed(
        station.batch(), origin=other, checkpoint=str(sign_checkpoint(head, station.log_key, station.secret.sign))
    )


def of_another_origin_than_its_note(station: ReportingStation) -> bytes:
    return changed(station.batch(), origin="dockward/x/t-01/1")


def of_another_size_than_its_note(station: ReportingStation) -> bytes:
    return changed(station.batch(), checkpoint=str(station.note(station.size - 1)))


def cut(station: ReportingStation) -> bytes:
    return station.batch()[:-1]


def no_note(station: ReportingStation) -> bytes:
    return changed(station.batch(), checkpoint="hello")


def a_fact_altered(station: ReportingStation) -> bytes:
    first, *rest = read_batch(station.batch()).entries
    return changed(station.batch(), entries=(first, *(entry.replace('"bay":"1"', '"bay":"2"') for entry in rest)))


def words_exchanged(station: ReportingStation) -> bytes:
    station.hold(DIGEST, 1)
    batch = read_batch(station.batch())
    return changed(station.batch(), private=[msgspec.structs.replace(word, value='"x"') for word in batch.private])


def words_nobody_sealed(station: ReportingStation) -> bytes:
    station.hold(DIGEST, 1)
    batch = read_batch(station.batch())
    return changed(station.batch(), private=[msgspec.structs.replace(word, field="other") for word in batch.private])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (other_root, "NOT_CONSISTENT"),
        (signed_by_a_stranger, "NOT_SIGNED"),
        (unsigned, "NOT_SIGNED"),
        (of_another_log, "UNKNOWN_LOG"),
        (of_another_origin_than_its_note, "NOT_A_BATCH"),
        (of_another_size_than_its_note, "NOT_A_BATCH"),
        (cut, "NOT_A_BATCH"),
        (no_note, "NOT_A_BATCH"),
        (a_fact_altered, "NOT_CONSISTENT"),
        (words_exchanged, "WORDS_DO_NOT_OPEN"),
        (words_nobody_sealed, "WORDS_DO_NOT_OPEN"),
    ],
)
@pytest.mark.parametrize("known", [0, 1, 3])
def test_what_no_honest_station_sends_is_refused(
    station: ReportingStation, books: Books, make: Callable[[ReportingStation], bytes], code: str, known: int
) -> None:
    station.live(2)
    if known:
        books.mirror.take("t-01", station.batch(0, known), NOW_S)
    refused(books, make(station), code)
    assert cosigned(books, books.mirror.take("t-01", station.batch(known), NOW_S)).checkpoint == station.head()


def forged(station: ReportingStation, entries: list[str]) -> bytes:
    """What somebody sends who has the station's log key and writes no facts."""
    tree = Tree()
    for entry in entries:
        tree, _ = tree.append(leaf_hash(entry.encode()))
    head = Checkpoint(station.origin, tree.size, tree.root)
    note = sign_checkpoint(head, station.log_key, station.secret.sign)
    return batch_bytes(
        Batch(origin=station.origin, first=0, to=tree.size, entries=tuple(entries), private=(), checkpoint=str(note))
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entries: [*entries, "hello"],
        lambda entries: [*entries, ""],
        lambda entries: [*entries[:-1], entries[-1].replace("docking_ended", "docking_bended")],
        lambda entries: [*entries[:-1], entries[-1].replace('"station":"t-01"', '"station":"t-02"')],
        lambda entries: [*entries, entries[-1]],
        lambda entries: [entry.replace('"n":2', '"n":3') for entry in entries],
        lambda entries: [f" {entry}" for entry in entries],
        lambda entries: entries[1:],
        lambda entries: [*entries, entries[0].replace('"n":0', f'"n":{len(entries)}')],
        lambda entries: [entries[0].replace("/t-01/1", "/t-01/2"), *entries[1:]],
    ],
)
def test_only_facts_of_this_station_in_their_order_are_taken(
    station: ReportingStation, books: Books, spoil: Callable[[list[str]], list[str]]
) -> None:
    station.live()
    entries = [entry.decode() for entry in station.log.entries()]
    refused(books, forged(station, spoil(entries)), "NOT_FACTS")
    cosigned(books, books.mirror.take("t-01", forged(station, entries), NOW_S))


def test_two_stations_are_kept_apart(tmp_path: Path, station: ReportingStation, books: Books) -> None:
    other = ReportingStation(tmp_path / "other", "t-02")
    books.enrol(other)
    station.live(2)
    other.live(5)
    for each in (station, other):
        note = cosigned(books, books.mirror.take(each.station, each.batch(), NOW_S))
        assert note.checkpoint == each.head()
    refused(books, other.batch(), "UNKNOWN_LOG", "t-01")
    refused(books, station.batch(), "UNKNOWN_LOG", "t-02")
    assert list(mirrored(books, "t-02").entries()) == list(other.log.entries())
    other.close()


@pytest.mark.parametrize("name", ["t-03", "", "../t-01", "t-01/../t-01", "T-01", "t-01\n", "x" * 33])
def test_nobody_unknown_is_listened_to(station: ReportingStation, books: Books, name: str) -> None:
    assert books.mirror.take(name, station.batch(), NOW_S) == Answer(None, "UNENROLLED")
    assert books.codes() == ["UNENROLLED"]
    assert books.mirror.newest(name) is None
    assert list((books.folder / "mirror").iterdir()) == []


def test_a_station_that_is_struck_off_is_heard_no_more(station: ReportingStation, books: Books) -> None:
    books.mirror.take("t-01", station.batch(), NOW_S)
    (books.stations / "t-01.json").unlink()
    assert books.mirror.take("t-01", station.batch(), NOW_S) == Answer(None, "UNENROLLED")


def test_an_enrolment_that_is_another_s_is_not_used(station: ReportingStation, books: Books) -> None:
    for fields in ({"station": "t-02"}, {"origin": "x"}, {"log_key": str(books.witness_key)}, {"log_key": "x"}):
        wrong = msgspec.structs.replace(station.enrolment, **fields)
        (books.stations / "t-01.json").write_bytes(msgspec.json.encode(wrong))
        refused(books, station.batch(), "ENROLMENT_BROKEN")
        (trouble,) = books.enrolments.troubles
        assert "enrols" in trouble


def test_what_the_station_purged_is_purged_here(station: ReportingStation, books: Books) -> None:
    before = station.hold(DIGEST, 1, name="BEFORE-李雷.mp4")
    books.mirror.take("t-01", station.batch(), NOW_S)
    late = station.batch()
    together = station.hold("d" * 64, 1, name="TOGETHER.mp4", camera="C-2")
    kept = station.hold("e" * 64, 1, name="KEPT.mp4", camera="C-3")
    with_words = station.batch()
    first = station.size
    station.tell(seen.PurgeOrdered(entries=(before.n, together.n), rule="TERM_OVER"))
    books.mirror.take("t-01", changed(station.batch(), private=read_batch(with_words).private), NOW_S)
    assert [value.n for value in mirrored(books).private_values()] == [kept.n]
    for again in (late, with_words, station.batch(first)):
        books.mirror.take("t-01", again, NOW_S)
    assert [value.n for value in mirrored(books).private_values()] == [kept.n]
    books.close()
    content = b"".join(path.read_bytes() for path in (books.folder / "mirror").iterdir())
    assert "BEFORE-李雷".encode() not in content
    assert b"TOGETHER" not in content
    assert b"KEPT" in content
    books.open()


def test_a_signer_that_fails_leaves_all_as_it_was(station: ReportingStation, books: Books) -> None:
    def fail(_: bytes) -> bytes:
        raise WireFailedError("the signer did not answer")

    station.live(2)
    books.close()
    sound, books.witness = books.witness, Witness(books.witness_key, fail)
    books.open()
    with pytest.raises(WireFailedError):
        books.mirror.take("t-01", station.batch(), NOW_S)
    assert mirrored(books).size == 0
    books.close()
    books.witness = sound
    books.open()
    cosigned(books, books.mirror.take("t-01", station.batch(), NOW_S))


def test_killed_at_any_moment_it_has_cosigned_only_what_it_holds(station: ReportingStation, books: Books) -> None:
    """Killed while the witness signs, and killed between the commit and the answer."""
    station.live(3)
    books.close()

    def die(message: bytes) -> bytes:
        del message
        os._exit(9)

    sound = books.witness
    for witness, held in ((Witness(books.witness_key, die), 0), (sound, 4)):
        child = os.fork()
        if not child:
            books.witness = witness
            books.open()
            books.mirror.take("t-01", station.batch(0, 4), NOW_S)
            os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        books.witness = sound
        books.open()
        newest = books.mirror.newest("t-01")
        assert (newest.checkpoint.size if newest else 0) == held == mirrored(books).size
        if newest:
            assert books.mirror.take("t-01", station.batch(0, 4), NOW_S + 9) == Answer(newest)
            assert cosigned(books, books.mirror.take("t-01", station.batch(4), NOW_S)).checkpoint == station.head()
        books.close()
    books.open()


def test_a_copy_with_facts_that_nothing_covers_is_not_gone_on_with(station: ReportingStation, books: Books) -> None:
    station.live(2)
    books.mirror.take("t-01", station.batch(0, 2), NOW_S)
    books.close()
    path = books.copy_path()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO entries VALUES (2, x'7b7d')")
    connection.close()
    books.open()
    assert books.mirror.take("t-01", station.batch(), NOW_S) == Answer(None, "COPY_BROKEN")
    (alarm,) = books.alarms()
    assert "no cosignature covers" in alarm.theirs


def test_alarms_are_kept_once_each_and_fill_no_disk(books: Books) -> None:
    for number in range(ALARMS_MAX + 50):
        for code in ("NOT_SIGNED", "NOT_A_BATCH", "STATE_UNREADABLE"):
            books.ledger.raise_alarm(Alarm("t-01", code, NOW_S, "", str(number)))
    books.ledger.raise_alarm(Alarm("t-01", "NOT_CONSISTENT", NOW_S, "ours", "theirs"))
    books.ledger.raise_alarm(Alarm("t-02", "NOT_SIGNED", NOW_S, "", ""))
    books.ledger.raise_alarm(Alarm("t-02", "NOT_SIGNED", NOW_S, "", ""))
    kept = Counter(books.codes())
    assert (kept["NOT_A_BATCH"], kept["STATE_UNREADABLE"]) == (JUNK_ALARMS_MAX, JUNK_ALARMS_MAX)
    assert (kept["NOT_SIGNED"], kept["NOT_CONSISTENT"]) == (ALARMS_MAX + 1, 1)
    assert books.ledger.alarm_counts() == {"t-01": ALARMS_MAX + 2 * JUNK_ALARMS_MAX + 1, "t-02": 1}
    assert len(books.ledger.alarms(7)) == 7
    with pytest.raises(sqlite3.IntegrityError, match="forgets none"):
        books.ledger._connection.execute("DELETE FROM alarms")


def test_a_mirrored_journal_is_a_journal_that_the_verifier_takes(station: ReportingStation, books: Books) -> None:
    station.hold(DIGEST, 7)
    books.mirror.take("t-01", station.batch(), NOW_S)
    books.close()
    policy = books.folder / "policy"
    policy.write_text(f"log {station.log_key}\nwitness w {books.witness_key}\nquorum w\n", encoding="utf-8")
    path = books.copy_path()
    assert main(["verify", str(path), "--policy", str(policy)]) == 0
    books.open()
