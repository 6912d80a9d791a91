"""Facts as journal entries: canonical bytes, and the private words that travel beside them.

Never writes a word about a person into an entry: what a fact keeps private is sealed by a salted commitment first.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
import rfc8785

from station.custody.facts import Fact, body_fields, read_body
from station.errors import JournalBrokenError
from station.stamp import Stamp, utc_ms, utc_text

ENTRY_BYTES_MAX = 65_535
"""A tile bundle counts an entry's length in two bytes."""
SALT_BYTES = 32

Salts = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class PrivateValue:
    """One word about a person, with the salt that opens its commitment. Never logged; deleted when purged."""

    n: int
    field: str
    salt: bytes
    value: str
    """Canonical JSON."""


class _Boot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    ms: int


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: str
    body: dict[str, Any]
    boot: _Boot
    by: str
    clock: Literal["synchronised", "free"]
    n: int
    policy: str
    station: str
    subject: str
    type: str
    v: int


def commitment(salt: bytes, value: str) -> str:
    return hmac.digest(salt, value.encode(), "sha256").hex()


def seal(fact: Fact, salts: Salts) -> tuple[Fact, tuple[PrivateValue, ...]]:
    """The fact with its words replaced by commitments, and the words."""
    undeclared = set(fact.private) - set(fact.body.private)
    if undeclared:
        raise JournalBrokenError(f"{fact.body.type} keeps no private {', '.join(sorted(undeclared))}")
    if not fact.private:
        return fact, ()
    values = tuple(
        PrivateValue(fact.n, name, salts(), rfc8785.dumps(word).decode()) for name, word in sorted(fact.private.items())
    )
    sealed = {value.field: commitment(value.salt, value.value) for value in values}
    return replace(fact, body=msgspec.structs.replace(fact.body, sealed=sealed), private={}), values


def entry_bytes(fact: Fact, station: str) -> bytes:
    """The fact as the journal keeps it."""
    if fact.private:
        raise JournalBrokenError(f"{fact.body.type} was not sealed")
    entry = rfc8785.dumps(
        {
            "at": utc_text(fact.at.utc_ms),
            "body": body_fields(fact.body),
            "boot": {"id": fact.at.boot_id, "ms": fact.at.boot_ms},
            "by": fact.by,
            "clock": "synchronised" if fact.at.synchronised else "free",
            "n": fact.n,
            "policy": fact.policy,
            "station": station,
            "subject": fact.subject,
            "type": fact.body.type,
            "v": fact.body.v,
        }
    )
    if len(entry) > ENTRY_BYTES_MAX:
        raise JournalBrokenError(f"{fact.body.type} needs {len(entry)} bytes; an entry holds {ENTRY_BYTES_MAX}")
    return entry


def read_entry(entry: bytes) -> Fact:
    """The fact in these bytes; JournalBrokenError for anything that is not exactly what `entry_bytes` writes."""
    try:
        envelope = msgspec.json.decode(entry, type=_Envelope)
        body = read_body(envelope.type, envelope.v, envelope.body)
        at = Stamp(utc_ms(envelope.at), envelope.boot.id, envelope.boot.ms, envelope.clock == "synchronised")
        fact = Fact(envelope.n, at, envelope.by, envelope.policy, envelope.subject, body)
        written = entry_bytes(fact, envelope.station)
    except (msgspec.MsgspecError, KeyError, ValueError, OverflowError) as error:
        raise JournalBrokenError(f"not a fact of any catalogue: {error}") from error
    if written != entry:
        raise JournalBrokenError(f"entry {envelope.n} is not in canonical form")
    return fact
