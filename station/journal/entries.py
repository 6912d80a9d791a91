"""Facts as journal entries: canonical bytes, and the private words that travel beside them.

Never writes a word about a person into an entry: what a fact keeps private is sealed by a salted commitment first.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from station.custody.facts import CATALOGUE, INTEGER_MAX, Fact, FactBody, FactNumber
from station.errors import JournalBrokenError, UnfitObservationError
from station.stamp import Stamp, utc_ms, utc_text

ENTRY_BYTES_MAX = 65_535
"""A tile bundle counts an entry's length in two bytes."""
SALT_BYTES = 32
PRIVATE_CHARACTERS_MAX = 4_096

_YEAR_10000_MS = 253_402_300_800_000

Body = TypeVar("Body", bound=FactBody)
Salts = Callable[[], bytes]

_CANONICAL = msgspec.json.Encoder(order="sorted")
"""RFC 8785 for what stands in entries: no floats, keys in ASCII. Tests hold it equal to an encoder of that RFC."""


class PrivateValue(msgspec.Struct, frozen=True):
    """One word about a person, with the salt that opens its commitment. Never logged; deleted when purged."""

    n: int
    field: str
    salt: bytes
    value: str
    """Canonical JSON."""


Word = Annotated[str, Meta(min_length=1, max_length=128)]


class _Boot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Word
    ms: Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class _Entry(msgspec.Struct, Generic[Body], frozen=True, forbid_unknown_fields=True):
    """The entry's keys; their order in the file is the encoder's."""

    at: str
    body: Body
    boot: _Boot
    by: Word
    clock: Literal["synchronised", "free"]
    n: FactNumber
    policy: Word
    station: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
    subject: Word
    type: str
    v: int


class _Kind(msgspec.Struct, frozen=True):
    type: str
    v: int


class _Station(msgspec.Struct, frozen=True):
    station: str


_STATION = msgspec.json.Decoder(_Station)


_KIND = msgspec.json.Decoder(_Kind)
_READERS = {kind: msgspec.json.Decoder(_Entry[body]) for kind, body in CATALOGUE.items()}  # type: ignore[valid-type]


def canonical(value: str) -> bytes:
    return _CANONICAL.encode(value)


def commitment(salt: bytes, value: str) -> str:
    return hmac.digest(salt, value.encode(), "sha256").hex()


def seal(fact: Fact, salts: Salts) -> tuple[Fact, tuple[PrivateValue, ...]]:
    """The fact with its words replaced by commitments, and the words."""
    if not fact.private:
        return fact, ()
    _require_words_fit(fact)
    values = tuple(
        PrivateValue(fact.n, name, salts(), canonical(word).decode()) for name, word in sorted(fact.private.items())
    )
    sealed = {value.field: commitment(value.salt, value.value) for value in values}
    return replace(fact, body=replace(fact.body, sealed=sealed), private={}), values


def _require_words_fit(fact: Fact) -> None:
    for name, word in fact.private.items():
        if name not in fact.body.private:
            raise JournalBrokenError(f"{fact.body.type} keeps no private {name}")
        if len(word) > PRIVATE_CHARACTERS_MAX or any("\ud800" <= letter <= "\udfff" for letter in word):
            raise UnfitObservationError(f"{fact.body.type}: {name} is too long, or no Unicode text")


def entry_bytes(fact: Fact, station: str) -> bytes:
    """The fact as the journal keeps it. What no reader would take back is refused: a wire may say anything."""
    if fact.private:
        raise JournalBrokenError(f"{fact.body.type} was not sealed")
    at = fact.at
    if not 0 <= at.utc_ms < _YEAR_10000_MS:
        raise UnfitObservationError(f"{fact.body.type}: the station's clock is beyond any calendar; set it")
    try:
        entry = _CANONICAL.encode(
            _Entry(
                utc_text(at.utc_ms),
                fact.body,
                _Boot(at.boot_id, at.boot_ms),
                fact.by,
                "synchronised" if at.synchronised else "free",
                fact.n,
                fact.policy,
                station,
                fact.subject,
                fact.body.type,
                fact.body.v,
            )
        )
        _READERS[fact.body.type, fact.body.v].decode(entry)
    except (msgspec.MsgspecError, UnicodeError, OverflowError, ValueError) as error:
        raise UnfitObservationError(f"{fact.body.type}: {error}") from error
    if len(entry) > ENTRY_BYTES_MAX:
        raise UnfitObservationError(f"{fact.body.type} needs {len(entry)} bytes; an entry holds {ENTRY_BYTES_MAX}")
    return entry


def station_of(entry: bytes) -> str:
    """Which station wrote an entry of our own journal."""
    return _STATION.decode(entry).station


def read_entry(entry: bytes) -> Fact:
    """The fact in these bytes; JournalBrokenError for anything that is not exactly what `entry_bytes` writes."""
    try:
        kind = _KIND.decode(entry)
        said = _READERS[kind.type, kind.v].decode(entry)
        at = Stamp(utc_ms(said.at), said.boot.id, said.boot.ms, said.clock == "synchronised")
        fact = Fact(said.n, at, said.by, said.policy, said.subject, said.body)
        written = entry_bytes(fact, said.station)
    except (msgspec.MsgspecError, UnfitObservationError, KeyError, ValueError, OverflowError, RecursionError) as error:
        raise JournalBrokenError(f"not a fact of any catalogue: {error}") from error
    if written != entry:
        raise JournalBrokenError(f"entry {fact.n} is not in canonical form")
    return fact
