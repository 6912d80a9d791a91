"""Promise: a batch always fits the wire and says exactly what the journal says, and nothing else is read as one."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.custody.facts import INTEGER_MAX
from station.errors import UnfitObservationError
from station.journal.batches import (
    BATCH_BYTES_MAX,
    ENTRIES_MAX,
    Batch,
    PrivateWord,
    batch_bytes,
    make_batch,
    next_end,
    private_value,
    read_batch,
)
from station.journal.entries import ENTRY_BYTES_MAX, PRIVATE_CHARACTERS_MAX, PrivateValue, canonical
from station.journal.notes import LOG_KEY, Checkpoint, Note, VerifierKey, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_write
from station.journal.tree import Tree
from tests.reporting_stations import ReportingStation, seeded_key

LONGEST_ORIGIN = f"dockward/{'a' * 64}/{'s' * 32}/{INTEGER_MAX}"
SECRET = seeded_key("batches")
KEY = VerifierKey(LONGEST_ORIGIN, LOG_KEY, SECRET.public_key().public_bytes_raw())
SALT = bytes(32)

texts = st.text(max_size=30)
words = st.builds(
    PrivateWord,
    n=st.integers(0, 9),
    field=st.text(min_size=1, max_size=64),
    salt=st.binary(min_size=32, max_size=32).map(bytes.hex),
    value=texts,
)


def log_of(folder: Path, entries: list[bytes], words: list[str] | None = None) -> SqliteLog:
    """A journal of these bytes, whatever they are, each with a word beside it where there is one."""
    log = SqliteLog(connect_to_write(folder / "journal.sqlite"))
    log._connection.execute("BEGIN IMMEDIATE")
    log.append(Tree(), entries)
    log.keep_private(PrivateValue(n, "reason", SALT, canonical(word).decode()) for n, word in enumerate(words or []))
    log._connection.execute("COMMIT")
    return log


def note(log: SqliteLog, to: int) -> Note:
    return sign_checkpoint(Checkpoint(LONGEST_ORIGIN, to, log.root_at(to)), KEY, SECRET.sign)


def all_batches(log: SqliteLog) -> list[Batch]:
    """The whole journal as it travels."""
    first, size, read = 0, log.size, []
    while first < size:
        end = next_end(log, first, size)
        encoded = batch_bytes(make_batch(log, first, note(log, end)))
        assert len(encoded) <= BATCH_BYTES_MAX
        read.append(read_batch(encoded))
        assert (read[-1].first, read[-1].to) == (first, end)
        first = end
    log._connection.close()
    return read


@given(
    origin=texts,
    first=st.integers(0, INTEGER_MAX - 10),
    entries=st.lists(texts, min_size=1, max_size=10),
    private=st.lists(words, max_size=5, unique_by=lambda word: (word.n, word.field)),
    checkpoint=texts,
)
def test_what_was_written_is_read_and_is_written_so_again(
    origin: str, first: int, entries: list[str], private: list[PrivateWord], checkpoint: str
) -> None:
    kept = tuple(msgspec.structs.replace(word, n=first + word.n) for word in private if word.n < len(entries))
    batch = Batch(
        origin=origin,
        first=first,
        to=first + len(entries),
        entries=tuple(entries),
        private=kept,
        checkpoint=checkpoint,
    )
    encoded = batch_bytes(batch)
    assert read_batch(encoded) == batch
    assert batch_bytes(read_batch(encoded)) == encoded
    assert list(msgspec.json.decode(encoded)) == ["origin", "from", "to", "entries", "private", "checkpoint"]


def test_a_real_journal_travels_whole_with_its_private_words(tmp_path: Path) -> None:
    station = ReportingStation(tmp_path)
    for number in range(40):
        station.hold(f"{number:064x}", 1, f'李雷 "{number}"\n.mp4', f"C-{number}")
        station.live(3)
    batches: list[Batch] = []
    while (first := batches[-1].to if batches else 0) < station.size:
        batches.append(read_batch(station.batch(first, next_end(station.log, first, station.size))))
    assert len(batches) > 1
    assert [entry.encode() for batch in batches for entry in batch.entries] == list(station.log.entries())
    carried = [private_value(word) for batch in batches for word in batch.private]
    assert carried == list(station.log.private_values())
    assert batches[-1].checkpoint == str(station.note())
    station.close()


@settings(max_examples=25)
@given(st.data())
def test_no_journal_makes_a_batch_beyond_the_limits(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Entries and words of any length, of letters that cost little or much to carry."""
    letters = {"plain": b"a", "quotes": b'"', "backslashes": b"\\", "control": b"\\u0001", "chinese": "李".encode()}
    rng = random.Random(data.draw(st.integers(0, 1 << 32)))
    longest = data.draw(st.sampled_from((40, 2_000, ENTRY_BYTES_MAX)))
    entries, words = [], []
    for _ in range(data.draw(st.integers(1, 300 if longest < ENTRY_BYTES_MAX else 12))):
        letter = letters[rng.choice(sorted(letters))]
        entries.append(letter * rng.randint(1, longest // len(letter)))
        words.append(rng.choice(("", "词", "\x01")) * rng.choice((1, PRIVATE_CHARACTERS_MAX)))
    batches = all_batches(log_of(tmp_path_factory.mktemp("batch"), entries, words))
    assert [entry.encode() for batch in batches for entry in batch.entries] == entries
    assert [word.n for batch in batches for word in batch.private] == list(range(len(entries)))


@pytest.mark.parametrize("letter", ["a", '"', "\\"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_largest_entry_with_the_largest_word_travels_alone(tmp_path: Path, letter: str, count: int) -> None:
    entries = [letter.encode() * ENTRY_BYTES_MAX] * count
    sizes = [
        len(batch.entries)
        for batch in all_batches(log_of(tmp_path, entries, ["\x01" * PRIVATE_CHARACTERS_MAX] * count))
    ]
    assert sum(sizes) == count
    assert letter == "a" or count == 1 or max(sizes) == 1


def test_256_small_entries_and_no_more_go_at_once(tmp_path: Path) -> None:
    batches = all_batches(log_of(tmp_path, [b"{}"] * (2 * ENTRIES_MAX + 1)))
    assert [len(batch.entries) for batch in batches] == [ENTRIES_MAX, ENTRIES_MAX, 1]


def test_a_batch_is_filled_as_far_as_the_wire_allows(tmp_path: Path) -> None:
    batches = all_batches(log_of(tmp_path, [b"x" * 10_000] * 60))
    assert [len(batch.entries) for batch in batches] == [25, 25, 10]


def sent(**fields: Any) -> bytes:
    """A small batch with some of it exchanged; None takes a field away."""
    word = {"n": 6, "field": "reason", "salt": "0" * 64, "value": '"x"'}
    whole = {"origin": "o", "from": 5, "to": 7, "entries": ["{}", "{}"], "private": [word], "checkpoint": "c"} | fields
    return msgspec.json.encode({name: value for name, value in whole.items() if value is not None})


def word(**fields: Any) -> dict[str, Any]:
    return {"n": 6, "field": "reason", "salt": "0" * 64, "value": '"x"'} | fields


def test_the_batch_that_the_next_test_spoils_is_sound() -> None:
    assert read_batch(sent()).first == 5


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        sent()[:-1],
        sent() + b"x",
        sent(origin=None),
        sent(checkpoint=None),
        sent(private=None),
        sent(more=1),
        sent(origin=1),
        sent(**{"from": -1, "to": 1}),
        sent(**{"from": 5.5}),
        sent(**{"from": "5"}),
        sent(**{"from": 4}),
        sent(to=6),
        sent(to=INTEGER_MAX + 1, **{"from": INTEGER_MAX - 1}),
        sent(to=5, entries=[], private=[]),
        sent(to=3, entries=[], private=[]),
        sent(entries=["{}", 1]),
        sent(entries=["{}"] * (ENTRIES_MAX + 1), to=5 + ENTRIES_MAX + 1),
        sent(private=[word(n=4)]),
        sent(private=[word(n=7)]),
        sent(private=[word(), word(value='"y"')]),
        sent(private=[word(field="")]),
        sent(private=[word(field="f" * 65)]),
        sent(private=[word(salt="0" * 63)]),
        sent(private=[word(salt="A" * 64)]),
        sent(private=[word(salt="0" * 64 + "\n")]),
        sent(private=[word(value="x" * (8 * PRIVATE_CHARACTERS_MAX + 1))]),
        sent(private=[word(more=1)]),
        sent() + b" " * BATCH_BYTES_MAX,
    ],
)
def test_what_no_station_sends_is_not_read(encoded: bytes) -> None:
    with pytest.raises(UnfitObservationError):
        read_batch(encoded)


@given(st.data())
def test_any_bytes_are_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    spoiled = bytearray(sent())
    for _ in range(data.draw(st.integers(1, 4))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    for encoded in (bytes(spoiled), data.draw(st.binary(max_size=60))):
        try:
            batch = read_batch(encoded)
        except UnfitObservationError:
            continue
        assert read_batch(batch_bytes(batch)) == batch
