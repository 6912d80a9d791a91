"""A piece of the journal on its way to the registry, and how it travels: one JSON message, exact entries inside."""

from itertools import takewhile
from typing import Annotated

import msgspec
from msgspec import Meta

from station.custody.facts import INTEGER_MAX
from station.errors import UnfitObservationError
from station.journal.entries import PRIVATE_CHARACTERS_MAX, PrivateValue
from station.journal.notes import Note
from station.journal.sqlite_log import SqliteLog

ENTRIES_MAX = 256
BATCH_BYTES_MAX = 262_144
_ROOM_FOR_NOTE_BYTES = 8_192

Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class PrivateWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A private value as it travels: the salt in hex, the value as its canonical JSON."""

    n: Count
    field: Annotated[str, Meta(min_length=1, max_length=64)]
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    value: Annotated[str, Meta(max_length=8 * PRIVATE_CHARACTERS_MAX)]


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"first": "from"}):
    """Entries `first` up to, not including, `to`; the checkpoint has the size `to`."""

    origin: str
    first: Count
    to: Count
    entries: Annotated[tuple[str, ...], Meta(min_length=1, max_length=ENTRIES_MAX)]
    private: tuple[PrivateWord, ...]
    checkpoint: str


_READER = msgspec.json.Decoder(Batch)
_WRITER = msgspec.json.Encoder()


def batch_bytes(batch: Batch) -> bytes:
    return _WRITER.encode(batch)


def read_batch(encoded: bytes) -> Batch:
    """UnfitObservationError for anything a station would not send."""
    if len(encoded) > BATCH_BYTES_MAX:
        raise UnfitObservationError(f"a batch of {len(encoded)} bytes; at most {BATCH_BYTES_MAX} are taken")
    try:
        batch = _READER.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnfitObservationError(f"no batch: {error}") from error
    if batch.to - batch.first != len(batch.entries):
        raise UnfitObservationError(f"a batch from {batch.first} to {batch.to} with {len(batch.entries)} entries")
    named = {(word.n, word.field) for word in batch.private}
    if len(named) != len(batch.private) or any(not batch.first <= n < batch.to for n, _ in named):
        raise UnfitObservationError("a batch with private words of other entries, or with one twice")
    return batch


def next_end(log: SqliteLog, first: int, size: int) -> int:
    """Where the next batch ends: as many entries as one message takes, and at least one."""
    words: dict[int, int] = {}
    for value in log.private_values(first):
        if value.n >= first + ENTRIES_MAX:
            break
        words[value.n] = words.get(value.n, 0) + _travelling_bytes(value)
    room, end = BATCH_BYTES_MAX - _ROOM_FOR_NOTE_BYTES, first
    for entry in log.entries(first, min(size, first + ENTRIES_MAX)):
        # Entries travel as JSON strings: their quotes cost a byte more each, and entries hold little else.
        room -= len(_WRITER.encode(entry.decode())) + 1 + words.get(end, 0)
        if room < 0 and end > first:
            break
        end += 1
    return end


def kept_head(log: SqliteLog, first: int, size: int) -> Note | None:
    """The head that a batch from `first` on ends with, if one was signed before: with the log's own signature alone.

    No head is passed over, and so whoever begins anew finds each where a registry has it: one that comes after a larger
    one would look like a journal that shrank.
    """
    signed = log.next_checkpoint(after=first, at_most=next_end(log, first, size))
    if signed is None:
        return None
    own = (line for line in signed.signatures if line.name == signed.checkpoint.origin)
    return Note(signed.checkpoint, tuple(own))


def make_batch(log: SqliteLog, first: int, note: Note) -> Batch:
    """The batch that ends where the note does."""
    to = note.checkpoint.size
    return Batch(
        origin=note.checkpoint.origin,
        first=first,
        to=to,
        entries=tuple(entry.decode() for entry in log.entries(first, to)),
        private=tuple(map(_travelling, takewhile(lambda value: value.n < to, log.private_values(first)))),
        checkpoint=str(note),
    )


def private_value(word: PrivateWord) -> PrivateValue:
    return PrivateValue(word.n, word.field, bytes.fromhex(word.salt), word.value)


def _travelling(value: PrivateValue) -> PrivateWord:
    return PrivateWord(value.n, value.field, value.salt.hex(), value.value)


def _travelling_bytes(value: PrivateValue) -> int:
    return len(_WRITER.encode(_travelling(value))) + 1
