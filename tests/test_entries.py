"""Promise: a fact has one spelling as an entry, is read back as it was written, and no word about a person is in it."""

import itertools
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from hashlib import sha256
from hmac import HMAC
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.custody import facts as said
from station.custody.facts import CATALOGUE, INTEGER_MAX, Fact, FactBody
from station.errors import JournalBrokenError, UnfitObservationError
from station.journal.entries import ENTRY_BYTES_MAX, SALT_BYTES, commitment, entry_bytes, read_entry, seal
from station.stamp import Stamp
from tests.any_fact import any_facts, facts, private_words

AT = Stamp(utc_ms=1_795_219_200_250, boot_id="b1", boot_ms=17, synchronised=True)
DOCKED = Fact(7, AT, "station", "plain@1", "docking:7", said.DockingStarted(bay="一"))
HELD = Fact(
    8,
    AT,
    "station",
    "plain@1",
    "recording:8",
    said.RecordingHeld(
        docking=7,
        source="C1",
        listing="clip-1",
        size_bytes=1,
        sha256="ab" * 32,
        begun_device_ms=-5,
        ended_device_ms=None,
        loan=None,
        unattributed="NO_LOAN",
    ),
)
ENTRY = entry_bytes(DOCKED, "st-1")
JOURNAL_PAGE = Path(__file__).parent.parent / "docs" / "journal.md"


def numbered_salts() -> Callable[[], bytes]:
    numbers = itertools.count(1)
    return lambda: next(numbers).to_bytes(SALT_BYTES, "big")


def sealed_fact(fact: Fact) -> Fact:
    return seal(fact, numbered_salts())[0]


def canonical(value: Any) -> bytes:
    """RFC 8785 for what we write: keys in ASCII and no floats, so that Python's own writer has its spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(value: Any) -> Any:
    match value:
        case msgspec.Struct():
            fields = msgspec.structs.fields(type(value))
            said = {one.name: getattr(value, one.name) for one in fields if not _left_out(value, one)}
            return {name: plain(field) for name, field in said.items()}
        case tuple():
            return [plain(item) for item in value]
        case _:
            return value


def _left_out(value: msgspec.Struct, field: msgspec.structs.FieldInfo) -> bool:
    """A body says nothing where it would only say its default."""
    default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return value.__struct_config__.omit_defaults and getattr(value, field.name) == default


def spoken(entry: bytes) -> tuple[Fact, str]:
    """All that an entry says: the fact, and whose it is."""
    return read_entry(entry), json.loads(entry)["station"]


def no_float(text: str) -> float:
    raise AssertionError(f"a float in an entry: {text}")


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.type)
def test_every_fact_is_read_back_as_it_was_written(kind: type[FactBody]) -> None:
    @given(facts(kind))
    def check(fact: Fact) -> None:
        written = sealed_fact(fact)
        entry = entry_bytes(written, "st-1")
        assert read_entry(entry) == written
        assert type(read_entry(entry).body) is kind

    check()


@given(any_facts)
def test_an_entry_has_exactly_the_keys_and_the_spelling_of_the_page(fact: Fact) -> None:
    written = sealed_fact(fact)
    entry = entry_bytes(written, "st-1")
    found = json.loads(entry, parse_float=no_float, parse_constant=no_float)
    at = found.pop("at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at)
    assert found == {
        "body": plain(written.body),
        "boot": {"id": fact.at.boot_id, "ms": fact.at.boot_ms},
        "by": fact.by,
        "clock": "synchronised" if fact.at.synchronised else "free",
        "n": fact.n,
        "policy": fact.policy,
        "station": "st-1",
        "subject": fact.subject,
        "type": fact.body.type,
        "v": fact.body.v,
    }
    assert entry == canonical({**found, "at": at}) == rfc8785.dumps({**found, "at": at})


@given(any_facts, st.data())
def test_a_changed_byte_never_says_the_same(fact: Fact, data: st.DataObject) -> None:
    entry = entry_bytes(sealed_fact(fact), "st-1")
    at = data.draw(st.integers(0, len(entry) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != entry[at]))
    must_not_say_the_same(entry, entry[:at] + bytes([byte]) + entry[at + 1 :])


def test_no_byte_of_one_entry_can_be_changed_cut_or_added_unseen() -> None:
    for at in range(len(ENTRY)):
        must_not_say_the_same(ENTRY, ENTRY[:at] + ENTRY[at + 1 :])
        for byte in range(256):
            if byte != ENTRY[at]:
                must_not_say_the_same(ENTRY, ENTRY[:at] + bytes([byte]) + ENTRY[at + 1 :])
            must_not_say_the_same(ENTRY, ENTRY[:at] + bytes([byte]) + ENTRY[at:])


def must_not_say_the_same(entry: bytes, changed: bytes) -> None:
    if changed == entry:
        return
    try:
        found = spoken(changed)
    except JournalBrokenError:
        return
    assert found != spoken(entry)
    assert entry_bytes(*found) == changed


@pytest.mark.parametrize(
    ("spelled", "otherwise"),
    [
        (b'"n":7', b'"n": 7'),
        (b"{", b"{ "),
        (b'"n":7', b'"n":7.0'),
        (b'"n":7', b'"n":7e0'),
        (b'"n":7', b'"n":07'),
        (b'"n":7', b'"n":-0'),
        (b'"n":7', b'"n":"7"'),
        (b'"n":7', b'"n":null'),
        (b'"n":7', b'"n":9007199254740992'),
        (b'"n":7', b'"n":' + b"9" * 400),
        (b'"n":7', b'"n":7,"n":7'),
        (b'"n":7', b'"n":6,"n":7'),
        (b'"n":7', b'"n":7,"name":"x"'),
        (b'"n":7,', b""),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":true'),
        (b'"type":"docking_started"', b'"type":"docking_begun"'),
        (b'"type":"docking_started"', b'"type":"docking_ended"'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\\u4e00"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\\/"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\\u001F"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\\u000a"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\\ud800"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\xed\xa0\x80"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"\xc0\xaf"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"1","colour":"red"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":"1","bay":"1"}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":1}'),
        (b'{"bay":"\xe4\xb8\x80"}', b'{"bay":""}'),
        (b'{"bay":"\xe4\xb8\x80"}', b"{}"),
        (b'{"bay":"\xe4\xb8\x80"}', b"[]"),
        (b'"ms":17', b'"ms":17,"x":0'),
        (b'"ms":17', b'"ms":-1'),
        (b'"id":"b1"', b'"id":""'),
        (b'"station":"st-1"', b'"station":"ST-1"'),
        (b'"station":"st-1"', b'"station":""'),
        (b'"n":7', b'"n":-1'),
        (b'"id":"b1","ms":17', b'"ms":17,"id":"b1"'),
        (b'"clock":"synchronised"', b'"clock":"perhaps"'),
        (b".250Z", b".25Z"),
        (b".250Z", b".2500Z"),
        (b".250Z", b".250+00:00"),
        (b"2026-", b"02026-"),
        (b'"v":1}', b'"v":1}\n'),
        (b'"v":1}', b'"v":1}{}'),
        (b'"v":1}', b'"v":1'),
        (b'{"at"', b'\xef\xbb\xbf{"at"'),
        (ENTRY, b""),
        (ENTRY, b"null"),
        (ENTRY, b"[" + ENTRY + b"]"),
    ],
)
def test_any_other_spelling_is_refused(spelled: bytes, otherwise: bytes) -> None:
    assert spelled in ENTRY
    with pytest.raises(JournalBrokenError):
        read_entry(ENTRY.replace(spelled, otherwise, 1))


@given(st.permutations(sorted(json.loads(ENTRY))))
def test_any_other_order_of_keys_is_refused(order: list[str]) -> None:
    found = json.loads(ENTRY)
    spelled = json.dumps({key: found[key] for key in order}, separators=(",", ":"), ensure_ascii=False).encode()
    if spelled == ENTRY:
        return
    with pytest.raises(JournalBrokenError):
        read_entry(spelled)


@pytest.mark.parametrize("empty", [b"{}", b'{"original_name":"short"}', b'{"original_name":1}', b"null"])
def test_only_commitments_stand_where_words_are_sealed(empty: bytes) -> None:
    entry = entry_bytes(HELD, "st-1")
    with pytest.raises(JournalBrokenError):
        read_entry(entry.replace(b'"sha256":', b'"sealed":' + empty + b',"sha256":', 1))


def fact_of(size: int) -> Fact:
    """A fact whose entry has so many bytes: proofs for most of it, words for the rest."""
    proof = said.Proof(recording=0, copies=(INTEGER_MAX,) * 16)
    short = Fact(7, AT, "b", "p", "s", said.ClearingOrdered(docking=7, proofs=(proof,), release=None))
    more, room = divmod(size - len(entry_bytes(short, "st-1")), len(canonical(plain(proof))) + 1)
    by, policy, subject = (letter * (1 + min(127, max(0, room - 127 * i))) for i, letter in enumerate("bps"))
    body = said.ClearingOrdered(docking=7, proofs=(proof,) * (1 + more), release=None)
    return replace(short, by=by, policy=policy, subject=subject, body=body)


def test_an_entry_holds_65535_bytes_and_not_one_more() -> None:
    entry = entry_bytes(fact_of(ENTRY_BYTES_MAX), "st-1")
    assert len(entry) == ENTRY_BYTES_MAX == 65_535
    assert read_entry(entry) == fact_of(ENTRY_BYTES_MAX)
    with pytest.raises(UnfitObservationError, match="65536 bytes"):
        entry_bytes(fact_of(ENTRY_BYTES_MAX + 1), "st-1")
    with pytest.raises(JournalBrokenError, match="65536 bytes"):
        read_entry(entry.replace(b'"docking":7', b'"docking":77'))


def test_an_entry_nested_without_end_is_refused() -> None:
    for deep in (b"[" * 60_000, b"[" * 30_000 + b"]" * 30_000, b'{"a":' * 10_000 + b"0" + b"}" * 10_000):
        with pytest.raises(JournalBrokenError):
            read_entry(ENTRY.replace(b'"\xe4\xb8\x80"', deep))
        with pytest.raises(JournalBrokenError):
            read_entry(deep)


@given(private_words, private_words, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_only_the_word_with_its_salt_opens_a_commitment(word: str, other: str, salt: bytes, pepper: bytes) -> None:
    fact, (kept,) = seal(replace(HELD, private={"original_name": word}), lambda: salt)
    assert isinstance(fact.body, said.RecordingHeld)
    sealed = fact.body.sealed["original_name"]
    assert (kept.n, kept.field, kept.salt, json.loads(kept.value)) == (8, "original_name", salt, word)
    assert kept.value.encode() == canonical(word)
    assert commitment(kept.salt, kept.value) == sealed == HMAC(salt, canonical(word), sha256).hexdigest()
    assert (commitment(pepper, kept.value) == sealed) == (pepper == salt)
    assert (commitment(salt, canonical(other).decode()) == sealed) == (other == word)


@pytest.mark.parametrize("word", ["clip-1.mp4", "李雷 2026", 'it\'s "so" 100% \\n', "a\nb", ""])
def test_the_command_on_the_page_prints_the_commitment(word: str) -> None:
    by_hand = re.search(r"By hand: `(printf[^`]+)`", JOURNAL_PAGE.read_text(encoding="utf-8"))
    assert by_hand
    salt = bytes(range(32))
    value = canonical(word).decode()
    command = by_hand[1].replace("'\"…\"'", shlex.quote(value)).replace("SALT", salt.hex())
    printed = subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True).stdout
    assert printed.split()[-1] == commitment(salt, value)


@given(any_facts, private_words)
def test_no_private_word_is_in_an_entry_and_each_has_a_salt_of_its_own(fact: Fact, tail: str) -> None:
    word = f"张三丰的秘密{tail[:40]}"
    private = dict.fromkeys(fact.body.private, word)
    written, kept = seal(replace(fact, private=private), numbered_salts())
    entry = entry_bytes(written, "st-1")
    assert "张三丰的秘密" not in json.dumps(json.loads(entry), ensure_ascii=False)
    assert not written.private
    assert [value.field for value in kept] == sorted(fact.body.private)
    assert len({value.salt for value in kept}) == len(kept)
    assert all(commitment(value.salt, value.value).encode() in entry for value in kept)


def test_an_unsealed_or_undeclared_word_is_not_written() -> None:
    with pytest.raises(JournalBrokenError, match="not sealed"):
        entry_bytes(replace(HELD, private={"original_name": "x"}), "st-1")
    with pytest.raises(JournalBrokenError, match="keeps no private remark"):
        seal(replace(HELD, private={"remark": "x"}), numbered_salts())
