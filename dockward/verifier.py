"""Check a tamper-evident journal, a folder copy of one, a signed checkpoint or a proof of one fact.

Written from the byte format alone, for readers who trust neither the station nor its software: one file,
the standard library and the `openssl` command, sharing no code with the program that writes journals.

What it does: hashes every entry, rebuilds the Merkle tree, compares it with stored tiles and checkpoints,
checks signatures, cosignatures and the policy's quorum, then every entry's form, then the private values.

What it never does: change what it examines, use the network, say that a fact is true, or believe bytes whose
hash or signature has not been checked first. (Without a policy, entry 0 names the key it is checked with; the
summary then says how little that shows.)

    python3 -I verifier.py PATH [--policy FILE] [--witnessed FILE]

Exit 0: all checks held. Exit 1: a check failed. Exit 2: nothing could be checked (wrong use).
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import hmac
import importlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

APPLICATION_ID = 0x44574A31
TILE, HASH, MAX_ENTRY, MAX_INTEGER = 256, 32, 65_535, 2**53 - 1
MAX_DEPTH, MAX_SIGNATURES, MAX_SHOWN, MAX_LOOSE_FILE = 100, 64, 20, 1 << 20
LOG, WITNESS = 0x01, 0x04
SQLITE_MAGIC, PROOF_MAGIC = b"SQLite format 3\0", b"c2sp.org/tlog-proof@v1\n"
ED25519_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")
HEX_32_BYTES = re.compile(r"[0-9a-f]{64}")
ORIGIN = re.compile(r"dockward/[^/]+/([a-z0-9-]{1,32})/[^/]+")
# An unterminated string swallows the rest, so that hostile text cannot make the search start over and over.
STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.?)*"?|[\[\]{}]', re.DOTALL)
ENTRY_KEYS = ("at", "body", "boot", "by", "clock", "n", "policy", "station", "subject", "type", "v")
ENTRY_FORMS = {
    "at": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"),
    "by": re.compile(r".+", re.DOTALL),
    "clock": re.compile(r"synchronised|free"),
    "policy": re.compile(r"[^@]+@[^@]+"),
    "station": re.compile(r"[a-z0-9-]{1,32}"),
    "subject": re.compile(r"[^:]+:.+", re.DOTALL),
    "type": re.compile(r"[a-z_]+"),
}
NO_ANCHOR = "no trust anchor from outside was given: this shows only that the journal agrees with itself"
NO_OUTSIDE = "without a checkpoint from outside (--witnessed) a rollback to an older state cannot be excluded"
NOT_PROVED = (
    "not proved: that a fact is true. This shows what the station wrote and that nothing witnessed was"
    " altered, removed or reordered since; who controls it can write false facts and lose unwitnessed ones"
)

Hashes = tuple[bytes, ...]
Tree = tuple[tuple[Hashes, ...], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    where: str
    problem: str


class UnsoundError(Exception):
    """Bytes that do not hold. The place is completed by each reader that knows more of it (see `within`)."""

    def __init__(self, problem: str = "", where: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(problem)
        self.findings = tuple(findings) or (Finding(where, problem),)


class WrongUseError(Exception):
    """Nothing could be checked; the text says what to do next."""


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    kind: int
    public: bytes
    key_id: bytes


@dataclass(frozen=True, slots=True)
class Policy:
    logs: tuple[Key, ...]
    witnesses: tuple[tuple[bytes, Key], ...]
    groups: tuple[tuple[bytes, int, tuple[bytes, ...]], ...]
    quorum: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    where: str
    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple[tuple[tuple[str, bytes], bytes], ...]  # ((key name, key id), signature) by line
    raw: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    n: int
    type: str
    station: str
    sealed: tuple[tuple[str, str], ...]
    purges: tuple[int, ...]
    origin: str
    log_key: str


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """All that later checks need of up to 256 entries."""

    findings: tuple[Finding, ...]
    sealed: Mapping[tuple[int, str], str]
    purged_by: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PrivateValue:
    n: int
    field: str
    salt: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """Either resting form, its tiles already checked; private values are parsed when their turn comes."""

    notes: tuple[Checkpoint, ...]  # newest first
    bundles: tuple[bytes, ...]
    tree: Tree
    private: Callable[[], list[PrivateValue]]


@dataclass(slots=True)
class Report:
    """Filled in as the checks proceed; what a failed check kept from being known stays None."""

    kind: str
    anchor: str
    outside: bool = False
    findings: tuple[Finding, ...] = ()
    origin: str = ""
    size: int = 0
    unsigned: int = 0
    root: str = ""
    witnesses: tuple[str, ...] | None = None
    witnessed: Checkpoint | None = None
    private: tuple[int, int, int] | None = None  # opened, purged, withheld
    journal: Journal | None = None

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def witnessed_size(self) -> int:
        return self.witnessed.size if self.witnessed else 0

    def claim(self, note: Checkpoint) -> None:
        self.origin, self.size, self.root = note.origin, note.size, base64.b64encode(note.root).decode()


@contextlib.contextmanager
def within(where: str) -> Iterator[None]:
    try:
        yield
    except UnsoundError as error:
        places = [Finding(f"{where} {found.where}".rstrip(), found.problem) for found in error.findings]
        raise UnsoundError(findings=places) from error


@contextlib.contextmanager
def reporting(report: Report) -> Iterator[None]:
    try:
        yield
    except UnsoundError as error:
        report.findings = error.findings[:MAX_SHOWN]
        if surplus := error.findings[MAX_SHOWN:]:
            report.findings += (Finding("further findings", f"and {len(surplus)} more"),)


def stop_at(findings: Iterable[Finding]) -> None:
    if found := tuple(findings):
        raise UnsoundError(findings=found)


def shown(text: str) -> str:
    """Text out of evidence must not steer the terminal it is shown on."""
    return text if text.isascii() and text.isprintable() else ascii(text)


# --- Bytes, hashes and the tree ---


def strict_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise UnsoundError("is not base64") from error
    if base64.b64encode(data).decode() != text:  # stray padding bits give the same bytes a second spelling
        raise UnsoundError("is not base64 in its one proper spelling")
    return data


def split_bundle(bundle: bytes) -> tuple[bytes, ...]:
    entries: list[bytes] = []
    end = 0
    while end < len(bundle):
        start = end + 2
        end = start + int.from_bytes(bundle[end:start], "big")
        if end > len(bundle) or end == start:
            raise UnsoundError(f"is cut off in, or has nothing for, its entry {len(entries)}")
        entries.append(bundle[start:end])
    return tuple(entries)


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def leaf_hashes(bundle: bytes) -> Hashes:
    return tuple(map(leaf_hash, split_bundle(bundle)))


def pair_up(row: Sequence[bytes]) -> list[bytes]:
    """One row up. Carrying an odd last node along is the same as splitting at powers of two."""
    sha256 = hashlib.sha256
    above = [sha256(b"\1" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
    return [*above, row[-1]] if len(row) % 2 else above


def root_of(hashes: Hashes) -> bytes:
    row: Sequence[bytes] = hashes
    while len(row) > 1:
        row = pair_up(row)
    return row[0] if row else hashlib.sha256(b"").digest()


def in_tiles(hashes: Sequence[bytes]) -> tuple[Hashes, ...]:
    return tuple(tuple(hashes[i : i + TILE]) for i in range(0, len(hashes), TILE))


def root_at(tree: Tree, size: int) -> bytes:
    """Root of the first `size` leaves: what fills no whole tile becomes the last node of the level above."""
    carried: Hashes = ()
    for level in tree:
        size, width = divmod(size, TILE)
        nodes = (level[size][:width] if width else ()) + carried
        carried = (root_of(nodes),) if nodes else ()
    return root_of(carried)


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    path, row = [], leaves
    while len(row) > 1:
        if index ^ 1 < len(row):
            path.append(row[index ^ 1])
        row, index = pair_up(row), index // 2
    return path


def path_leads_to(root: bytes, leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bool:
    """RFC 9162, 2.1.3.2."""
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def tile_name(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    name = "".join(f"x{digits[i : i + 3]}/" for i in range(0, len(digits) - 3, 3)) + digits[-3:]
    return name if width == TILE else f"{name}.p/{width}"


def tile_names(hashes: int) -> list[str]:
    """Path endings of the tiles that hold so many hashes."""
    return [tile_name(i // TILE, min(TILE, hashes - i)) for i in range(0, hashes, TILE)]


def check_level(level: int, tiles: tuple[Hashes, ...], stored: Mapping[str, bytes]) -> Iterator[Finding]:
    what = "root of tile {} of level " + str(level - 1) if level else "hash of entry {}"
    for index, tile in enumerate(tiles):
        path = f"tile/{level}/{tile_name(index, len(tile))}"
        if path not in stored or stored[path] == b"".join(tile):
            continue
        if len(stored[path]) != HASH * len(tile):
            yield Finding(path, f"has {len(stored[path])} bytes, not {HASH * len(tile)}")
            continue
        for i, expected in enumerate(tile):
            if stored[path][HASH * i : HASH * (i + 1)] != expected:
                yield Finding(f"{path} hash {i}", "is not the " + what.format(index * TILE + i))


def checked_tree(leaves: tuple[Hashes, ...], stored: Mapping[str, bytes]) -> Tree:
    """Grow the tree, comparing each level with the stored one before the next is computed from it."""
    levels = [leaves]
    stop_at(check_level(0, leaves, stored))
    while roots := [root_of(tile) for tile in levels[-1] if len(tile) == TILE]:
        levels.append(in_tiles(roots))
        stop_at(check_level(len(levels) - 1, levels[-1], stored))
    return tuple(levels)


def check_presence(present: Iterable[str], expected: Iterable[str], size: int) -> Iterator[Finding]:
    have, need = set(present), set(expected)
    yield from (Finding(shown(path), f"is missing from a tree of {size}") for path in sorted(need - have))
    yield from (Finding(shown(path), f"does not belong to a tree of {size}") for path in sorted(have - need))


# --- Canonical JSON and entries ---


def _ordered_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """RFC 8785 orders by UTF-16 code units; checked here, so that writing back keeps the order read."""
    names = [name.encode("utf-16-be", "surrogatepass") for name, _ in pairs]
    if names != sorted(set(names)):
        raise UnsoundError("is not canonical JSON: an object's keys are repeated or out of order")
    return dict(pairs)


def _safe_integer(digits: str) -> int:
    if len(digits) > len(str(-MAX_INTEGER)) or abs(int(digits)) > MAX_INTEGER:
        raise UnsoundError("holds an integer beyond 2^53 - 1")
    return int(digits)


def _no_float(digits: str) -> NoReturn:
    raise UnsoundError(f"holds {digits[:20]}, which is no integer")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_ordered_object,
    parse_int=_safe_integer,
    parse_float=_no_float,
    parse_constant=_no_float,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def _refuse_deep_nesting(text: str) -> None:
    """Before parsing, so that the verdict depends on the bytes and not on the interpreter's stack."""
    if text.count("[") + text.count("{") > MAX_DEPTH:
        depth = 0
        for found in STRINGS_AND_BRACKETS.findall(text):
            depth += (found in "[{") - (found in "]}")
            if depth > MAX_DEPTH:
                raise UnsoundError(f"is nested deeper than {MAX_DEPTH} levels")


def parse_canonical(raw: bytes) -> object:
    try:
        text = raw.decode("utf-8")
        _refuse_deep_nesting(text)
        value: object = _DECODER.decode(text)
    except ValueError as error:
        raise UnsoundError("is not JSON in UTF-8") from error
    # A lone surrogate can be read from an escape but never stands in decoded UTF-8, so it fails here too.
    if _ENCODER.encode(value) != text:
        raise UnsoundError("is not canonical JSON (RFC 8785)")
    return value


def _is_whole(value: object, least: int = 0) -> bool:
    return type(value) is int and value >= least


def _read_body(kind: str, body: object) -> tuple[tuple[tuple[str, str], ...], tuple[int, ...], str, str]:
    """Commitments, purged entries, origin and log key."""
    if not isinstance(body, dict):
        raise UnsoundError("`body` is not an object")
    sealed = body.get("sealed", {})
    if not isinstance(sealed, dict) or not all(
        isinstance(digits, str) and HEX_32_BYTES.fullmatch(digits) for digits in sealed.values()
    ):
        raise UnsoundError("`body.sealed` does not map field names to 64 lower-case hex digits")
    purges = body.get("entries") if kind == "purged" else []
    if not isinstance(purges, list) or not all(map(_is_whole, purges)):
        raise UnsoundError("`body.entries` is not a list of entry numbers")
    origin, log_key = (body.get("origin"), body.get("log_key")) if kind == "journal_opened" else ("", "")
    if not isinstance(origin, str) or not isinstance(log_key, str):
        raise UnsoundError("`body.origin` or `body.log_key` is missing")
    return tuple(sealed.items()), tuple(purges), origin, log_key


def read_entry(entry: bytes) -> Entry:
    if not 1 <= len(entry) <= MAX_ENTRY:
        raise UnsoundError(f"has {len(entry)} bytes, not 1 to {MAX_ENTRY}")
    fact = parse_canonical(entry)
    if not isinstance(fact, dict) or tuple(fact) != ENTRY_KEYS:
        raise UnsoundError("is not an object with exactly the keys " + ", ".join(ENTRY_KEYS))
    for key, form in ENTRY_FORMS.items():
        if not isinstance(fact[key], str) or not form.fullmatch(fact[key]):
            raise UnsoundError(f"`{key}` is not of its written form")
    try:
        datetime.fromisoformat(fact["at"])
    except ValueError as error:
        raise UnsoundError("`at` is no time of any day") from error
    boot = fact["boot"]
    if not isinstance(boot, dict) or tuple(boot) != ("id", "ms") or not isinstance(boot["id"], str):
        raise UnsoundError('`boot` is not {"id": string, "ms": integer}')
    if not _is_whole(boot["ms"]) or not _is_whole(fact["n"]) or not _is_whole(fact["v"], 1):
        raise UnsoundError("`boot.ms`, `n` or `v` is no integer of its range")
    return Entry(fact["n"], fact["type"], fact["station"], *_read_body(fact["type"], fact["body"]))


def read_bundle(bundle: bytes, first: int, station: str) -> BundleFacts:
    findings: list[Finding] = []
    sealed: dict[tuple[int, str], str] = {}
    purged_by: dict[int, int] = {}
    for n, raw in enumerate(split_bundle(bundle), first):
        try:
            entry = read_entry(raw)
        except UnsoundError as error:
            findings.append(Finding(f"entry {n}", str(error)))
            continue
        if entry.n != n:
            findings.append(Finding(f"entry {n}", f"calls itself entry {entry.n}"))
        if entry.station != station:
            findings.append(Finding(f"entry {n}", f"is of station {entry.station}, not {station}"))
        sealed.update({(n, field): commitment for field, commitment in entry.sealed})
        purged_by.update({purged: n for purged in entry.purges if purged < n})
    return BundleFacts(tuple(findings), sealed, purged_by)


# --- Keys, notes and policies ---


def parse_vkey(vkey: str, kind: int) -> Key:
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    if not name or any(map(str.isspace, name)):
        raise UnsoundError("is not a vkey (name+key id+key)")
    with within("key"):
        material = strict_base64(encoded)
    if len(material) != 1 + HASH or material[0] != kind:
        raise UnsoundError(f"is not an Ed25519 vkey of type 0x{kind:02x}")
    derived = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if key_id != derived.hex():
        raise UnsoundError(f"has a key id that is not {derived.hex()}, which its name and key give")
    return Key(name, kind, material[1:], derived)


def _parse_signature(line: str) -> tuple[tuple[str, bytes], bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "\N{EM DASH}" or not name or "+" in name or any(map(str.isspace, name)):
        raise UnsoundError("is not a signature line")
    blob = strict_base64(encoded)
    if len(blob) <= 4:
        raise UnsoundError("holds no signature after the key id")
    return (name, blob[:4]), blob[4:]


def read_checkpoint(where: str, raw: bytes) -> Checkpoint:
    """Only the form; nothing is believed until root and signatures have been checked."""
    with within(where):
        note = raw.decode("utf-8", "replace")
        text, blank, tail = note.rpartition("\n\n")
        if note.encode() != raw or any(c < " " and c != "\n" for c in note):
            raise UnsoundError("is not UTF-8 text without control characters")
        lines, signed = text.split("\n"), tail.removesuffix("\n").split("\n")
        if not blank or not tail.endswith("\n") or len(signed) > MAX_SIGNATURES:
            raise UnsoundError(f"is not a signed note (text, blank line, 1 to {MAX_SIGNATURES} signatures)")
        if len(lines) != 3 or not lines[0]:
            raise UnsoundError("is not a checkpoint of three lines: origin, size, root")
        if not DECIMAL.fullmatch(lines[1]):
            raise UnsoundError("is not a size as a plain decimal number", "line 2")
        with within("line 3"):
            root = strict_base64(lines[2])
            if len(root) != HASH:
                raise UnsoundError(f"is a root of {len(root)} bytes, not {HASH}")
        signatures = []
        for number, line in enumerate(signed, 5):
            with within(f"line {number}"):
                signatures.append(_parse_signature(line))
    return Checkpoint(where, lines[0], int(lines[1]), root, f"{text}\n".encode(), tuple(signatures), raw)


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
    try:
        with tempfile.TemporaryDirectory() as name:
            key, text, sig = (Path(name, part) for part in ("key", "text", "sig"))
            key.write_bytes(ED25519_DER_PREFIX + public_key)
            text.write_bytes(message)
            sig.write_bytes(signature)
            command += ["-inkey", str(key), "-sigfile", str(sig), "-in", str(text)]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        advice = "install OpenSSL 3, and have a temporary folder that can be written to"
        raise WrongUseError(f"`openssl` cannot be run ({error.strerror}): {advice}") from error
    return done.returncode == 0


def require_openssl() -> None:
    """RFC 8032, test 2: an `openssl` that cannot do Ed25519 must not make good signatures look forged."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    if not signature_holds(public, b"\x72", signature) or signature_holds(public, b"\x73", signature):
        raise WrongUseError("this `openssl` cannot check Ed25519: install OpenSSL 3 and put it first in PATH")


def _signed_by(key: Key, text: bytes, blob: bytes) -> bool:
    if key.kind == LOG:
        return len(blob) == 64 and signature_holds(key.public, text, blob)
    time = int.from_bytes(blob[:8], "big")
    message = b"cosignature/v1\ntime %d\n" % time + text
    return len(blob) == 8 + 64 and time < 2**63 and signature_holds(key.public, message, blob[8:])


def check_signatures(note: Checkpoint, keys: Iterable[Key]) -> frozenset[Key]:
    """Who signed. Unknown keys are passed over; a known key that does not hold spoils the whole note."""
    known = {(key.name, key.key_id): key for key in keys}
    signed = [(n, known[name], blob) for n, (name, blob) in enumerate(note.signatures, 5) if name in known]
    stop_at(
        Finding(f"{note.where} line {n}", f"the signature of {shown(key.name)} does not hold")
        for n, key, blob in signed
        if not _signed_by(key, note.text, blob)
    )
    if not any(key.kind == LOG for _, key, _ in signed):
        raise UnsoundError("carries no signature by a known key of the log", note.where)
    return frozenset(key for _, key, _ in signed)


def _threshold(word: bytes, members: Sequence[bytes]) -> int:
    digits = {b"any": b"1", b"all": b"%d" % len(members)}.get(word, word)
    if not re.fullmatch(rb"[1-9][0-9]{0,8}", digits) or int(digits) > len(members):
        raise UnsoundError(f"needs any, all or a number from 1 to {len(members)}")
    return int(digits)


def _policy_words(raw: bytes) -> Iterator[tuple[str, list[bytes]]]:
    if not raw.endswith(b"\n"):
        raise UnsoundError("does not end with a newline, so it may have been cut short")
    for number, line in enumerate(raw[:-1].split(b"\n"), 1):
        if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line):
            raise UnsoundError("holds a control character", f"line {number}")
        words = re.findall(rb"[^ \t]+", line)
        if words and not words[0].startswith(b"#"):
            yield f"line {number}", words


def parse_policy(raw: bytes) -> Policy:
    logs: dict[bytes, Key] = {}  # by public key: the same key under another name is a duplicate
    witnesses: dict[bytes, Key] = {}
    named: dict[bytes, Key | None] = {b"none": None}
    groups: list[tuple[bytes, int, tuple[bytes, ...]]] = []
    listed: set[bytes] = {b"none"}  # each name may be a member once, `none` never
    quorum: bytes | None = None
    for where, words in _policy_words(raw):
        with within(where):
            match words:
                case [b"log", vkey] | [b"log", vkey, _]:
                    key = parse_vkey(vkey.decode("utf-8", "replace"), LOG)
                    if logs.setdefault(key.public, key) is not key:
                        raise UnsoundError("repeats a log's key")
                case [b"witness", name, vkey] | [b"witness", name, vkey, _]:
                    key = parse_vkey(vkey.decode("utf-8", "replace"), WITNESS)
                    if witnesses.setdefault(key.public, key) is not key or name in named:
                        raise UnsoundError("repeats a witness's key, or a name")
                    named[name] = key
                case [b"group", name, word, *members]:
                    if name in named or listed & {*members} or len({*members}) < len(members):
                        raise UnsoundError("takes a name, or lists a member, that is not free")
                    if not named.keys() >= {*members}:
                        raise UnsoundError("has a member that no line before defines")
                    groups.append((name, _threshold(word, members), tuple(members)))
                    named[name] = None
                    listed.update(members)
                case [b"quorum", name] if quorum is None and name in named:
                    quorum = name
                case _:
                    raise UnsoundError("is no log, witness, group or (single, defined) quorum line")
    if quorum is None:
        raise UnsoundError("has no quorum line")
    members_of = tuple((name, key) for name, key in named.items() if key)
    return Policy(tuple(logs.values()), members_of, tuple(groups), quorum)


def quorum_met(policy: Policy, signers: frozenset[Key]) -> bool:
    met = {b"none"} | {name for name, key in policy.witnesses if key in signers}
    for name, needed, members in policy.groups:
        if len(met.intersection(members)) >= needed:
            met.add(name)
    return policy.quorum in met


# --- Checks shared by every form ---


def known_keys(note: Checkpoint, opening: bytes | None, policy: Policy | None) -> tuple[Key, ...]:
    """The policy's keys for this origin and its witnesses; without a policy the key that entry 0 names."""
    if policy is not None:
        logs = tuple(key for key in policy.logs if key.name == note.origin)
        if not logs:
            raise UnsoundError(f"{shown(note.origin)} is no log of the policy", f"{note.where} line 1")
        return logs + tuple(key for _, key in policy.witnesses)
    if opening is None:
        raise UnsoundError("no key to check the checkpoint with: give --policy", note.where)
    with within("entry 0"):
        entry = read_entry(opening)
        with within("log_key"):
            return (parse_vkey(entry.log_key, LOG),)


def check_notes(report: Report, notes: Sequence[Checkpoint], keys: tuple[Key, ...], policy: Policy | None) -> None:
    """All signatures; the newest note that meets the quorum with a cosignature is what was witnessed."""
    findings: list[Finding] = []
    for note in notes:
        try:
            signers = check_signatures(note, keys)
        except UnsoundError as error:
            findings += error.findings
            continue
        names = tuple(sorted(key.name for key in signers if key.kind == WITNESS))
        if names and policy and report.witnessed is None and quorum_met(policy, signers):
            report.witnesses, report.witnessed = names, note
    stop_at(findings)
    if policy and report.witnessed is None and policy.quorum != b"none":
        raise UnsoundError("no checkpoint here is cosigned as the policy's quorum demands", notes[0].where)
    report.witnesses = report.witnesses or ()


def check_opening(raw: bytes, origin: str, keys: tuple[Key, ...]) -> None:
    with within("entry 0"):
        entry = read_entry(raw)
        if entry.type != "journal_opened" or entry.origin != origin:
            raise UnsoundError(f"is not the journal_opened of {shown(origin)}")
        with within("log_key"):
            key = parse_vkey(entry.log_key, LOG)
            if key.name != origin or key not in keys:
                raise UnsoundError("is not a key accepted for this origin")


def station_of(note: Checkpoint) -> str:
    form = ORIGIN.fullmatch(note.origin)
    if form is None:
        raise UnsoundError("is not dockward/<agency>/<station>/<enrolment number>", f"{note.where} line 1")
    return form[1]


def check_roots(journal: Journal) -> Iterator[Finding]:
    newest, size = journal.notes[0], sum(map(len, journal.tree[0]))
    for note in journal.notes:
        if note.origin != newest.origin:
            yield Finding(f"{note.where} line 1", f"is not the newest checkpoint's, {shown(newest.origin)}")
        if note.size > size:
            yield Finding(f"{note.where} line 2", f"says {note.size} facts, but only {size} are here")
        elif root_at(journal.tree, note.size) != note.root:
            yield Finding(f"{note.where} line 3", f"is not the root of the first {note.size} facts here")


def check_outside(raw: bytes, journal: Journal, keys: tuple[Key, ...]) -> None:
    note, newest = read_checkpoint("checkpoint from outside", raw), journal.notes[0]
    if note.origin != newest.origin:
        raise UnsoundError(f"is of {shown(note.origin)}, not {shown(newest.origin)}", f"{note.where} line 1")
    check_signatures(note, keys)
    if note.size > newest.size:
        held = f"somebody outside holds a checkpoint of {note.size} facts"
        raise UnsoundError(f"rolled back: {held}, this journal has {newest.size}", note.where)
    if root_at(journal.tree, note.size) != note.root:
        raise UnsoundError(f"forked: its {note.size} facts are not the first of this journal", note.where)


def check_private(report: Report, values: Iterable[PrivateValue], facts: Sequence[BundleFacts]) -> None:
    purged_by = {purged: by for bundle in facts for purged, by in bundle.purged_by.items()}
    findings: list[Finding] = []
    present: set[tuple[int, str]] = set()
    for value in values:
        place, bundle = (value.n, value.field), value.n // TILE
        commitment = facts[bundle].sealed.get(place) if 0 <= bundle < len(facts) else None
        problem = ""
        if place in present:
            problem = "is there more than once"
        elif commitment is None:
            problem = "belongs to no commitment of an entry"
        elif value.n in purged_by:
            problem = f"is still here, though entry {purged_by[value.n]} says that it was purged"
        elif len(value.salt) != HASH or hmac.digest(value.salt, value.value, "sha256").hex() != commitment:
            problem = "does not open its commitment: the value or its salt is not the one sealed"
        if problem:
            findings.append(Finding(private_place(*place), problem))
        present.add(place)
    stop_at(findings)
    absent = [n for bundle in facts for n, field in bundle.sealed if (n, field) not in present]
    purged = sum(n in purged_by for n in absent)
    report.private = len(present), purged, len(absent) - purged


def private_place(n: int, field: str) -> str:
    return f"private value of entry {n}, field {shown(field)}"


def judge(report: Report, journal: Journal, policy: Policy | None, outside: bytes | None) -> Report:
    """Each stage relies on all before it and ends the checks when it finds something."""
    report.journal = journal
    newest, opening = journal.notes[0], split_bundle(journal.bundles[0])[0]
    stop_at(check_roots(journal))
    report.unsigned = sum(map(len, journal.tree[0])) - newest.size
    keys = known_keys(newest, opening, policy)
    check_notes(report, journal.notes, keys, policy)
    if outside is not None:
        check_outside(outside, journal, keys)
    check_opening(opening, newest.origin, keys)
    station = station_of(newest)
    facts = [read_bundle(bundle, i * TILE, station) for i, bundle in enumerate(journal.bundles)]
    stop_at(finding for bundle in facts for finding in bundle.findings)
    check_private(report, journal.private(), facts)
    return report


def blank_report(kind: str, policy: Policy | None, outside: bytes | None = None) -> Report:
    return Report(kind, "policy" if policy else "none", outside is not None)


# --- A journal folder ---


def read_private_json(raw: bytes) -> list[PrivateValue]:
    values: list[PrivateValue] = []
    with within("private.json"):
        items = parse_canonical(raw)
        if not isinstance(items, list):
            raise UnsoundError("is not a list")
        for i, item in enumerate(items):
            if not isinstance(item, dict) or tuple(item) != ("field", "n", "salt", "value"):
                raise UnsoundError("has not exactly the keys field, n, salt, value", f"item {i}")
            field, n, salt = item["field"], item["n"], item["salt"]
            if not isinstance(field, str) or not _is_whole(n):
                raise UnsoundError("`field` is no string or `n` no entry number", f"item {i}")
            if not isinstance(salt, str) or not HEX_32_BYTES.fullmatch(salt):
                raise UnsoundError("`salt` is not 64 lower-case hex digits", f"item {i}")
            value = _ENCODER.encode(item["value"]).encode()
            values.append(PrivateValue(n, field, bytes.fromhex(salt), value))
        order = [(value.n, value.field.encode("utf-16-be")) for value in values]
        if order != sorted(order):
            raise UnsoundError("is not ordered by n, then field")
    return values


def _folder_leaves(files: Mapping[str, bytes], size: int) -> tuple[Hashes, ...]:
    leaves: list[Hashes] = []
    findings: list[Finding] = []
    for i, name in enumerate(tile_names(size)):
        path, width = f"tile/entries/{name}", min(TILE, size - i * TILE)
        try:
            leaves.append(leaf_hashes(files[path]))
            if len(leaves[-1]) != width:
                findings.append(Finding(path, f"holds {len(leaves[-1])} entries, not {width}"))
        except UnsoundError as error:
            findings.append(Finding(path, str(error)))
    stop_at(findings)
    return tuple(leaves)


def folder_journal(report: Report, files: Mapping[str, bytes]) -> Journal:
    if "checkpoint" not in files:
        raise UnsoundError("is missing", "checkpoint")
    notes = [read_checkpoint("checkpoint", files["checkpoint"])]
    report.claim(notes[0])
    if "witnessed" in files:
        notes.append(read_checkpoint("witnessed", files["witnessed"]))
    size = notes[0].size
    if not 1 <= size <= TILE * len(files):
        raise UnsoundError(f"says {size} facts, which {len(files)} files cannot be", "checkpoint line 2")
    bundles = [f"tile/entries/{name}" for name in tile_names(size)]
    tiles = [f"tile/{level}/{name}" for level in range(8) for name in tile_names(size >> 8 * level)]
    present = [path for path in files if path.startswith("tile/")]
    stop_at(check_presence(present, bundles + tiles, size))
    tree = checked_tree(_folder_leaves(files, size), files)
    private = partial(read_private_json, files.get("private.json", b"[]"))
    return Journal(tuple(notes), tuple(files[path] for path in bundles), tree, private)


def verify_folder(files: Mapping[str, bytes], policy: Policy | None, witnessed: bytes | None) -> Report:
    """`files` by relative path; `witnessed` is a signed note kept outside the journal."""
    report = blank_report("journal", policy, witnessed)
    with reporting(report):
        judge(report, folder_journal(report, files), policy, witnessed)
    return report


# --- A journal in SQLite ---


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """With nothing beside it the file is complete; `immutable` then keeps SQLite from leaving files there."""
    alone = not any(Path(f"{path}{ending}").exists() for ending in ("-wal", "-journal"))
    query = "?mode=ro&immutable=1" if alone else "?mode=ro"
    database = sqlite3.connect(path.as_uri() + query, uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return database


def _rows(database: sqlite3.Connection, table: str, order: str, **columns: type) -> list[tuple[Any, ...]]:
    """All rows of a real table (a view could compute anything), their columns of the written types."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if not database.execute(query, (table,)).fetchone():
        raise UnsoundError("is missing", f"table {table}")
    rows = database.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}").fetchall()
    for i, row in enumerate(rows):
        if [type(value) for value in row] != list(columns.values()):
            kinds = ", ".join(f"{name} {kind.__name__}" for name, kind in columns.items())
            raise UnsoundError(f"has not the types {kinds}", f"table {table}, row {i}")
    return rows


def _sqlite_bundles(rows: Sequence[tuple[int, bytes]]) -> tuple[bytes, ...]:
    for i, (n, entry) in enumerate(rows):
        if n != i:
            raise UnsoundError(f"is missing: entry {n} stands in its place", f"entry {i}")
        if not 1 <= len(entry) <= MAX_ENTRY:
            raise UnsoundError(f"has {len(entry)} bytes, not 1 to {MAX_ENTRY}", f"entry {i}")
    if not rows:
        raise UnsoundError("holds no entry, but every journal has its entry 0")
    framed = [len(entry).to_bytes(2, "big") + entry for _, entry in rows]
    return tuple(b"".join(framed[i : i + TILE]) for i in range(0, len(framed), TILE))


def _sqlite_tree(rows: Sequence[tuple[int, int, bytes, bytes]], leaves: tuple[Hashes, ...]) -> Tree:
    stored = {f"tile/{level}/{tile_name(n, TILE)}": hashes for level, n, hashes, _ in rows}
    if len(stored) != len(rows):
        raise UnsoundError("holds a tile twice")
    tree = checked_tree(leaves, stored)
    complete = [sum(len(tile) == TILE for tile in tiles) for tiles in tree]
    expected = [f"tile/{level}/{name}" for level, n in enumerate(complete) for name in tile_names(n * TILE)]
    stop_at(check_presence(stored, expected, sum(map(len, leaves))))
    for level, n, _, root in rows:
        if root_of(tree[level][n]) != root:
            raise UnsoundError("holds a root that is not over its hashes", f"tile/{level}/{tile_name(n, TILE)}")
    return tree


def _sqlite_private(rows: Iterable[tuple[int, str, bytes, str]]) -> list[PrivateValue]:
    values: list[PrivateValue] = []
    for n, field, salt, text in rows:
        values.append(PrivateValue(n, field, salt, text.encode("utf-8", "surrogateescape")))
        with within(private_place(n, field)):
            parse_canonical(values[-1].value)
    return values


def _sqlite_notes(rows: Iterable[tuple[int, str]]) -> tuple[Checkpoint, ...]:
    notes: list[Checkpoint] = []
    for i, (size, text) in enumerate(rows):
        where = f"table checkpoints, row {i} (size {size}),"
        notes.append(read_checkpoint(where, text.encode("utf-8", "surrogateescape")))
        if notes[-1].size != size:
            raise UnsoundError(f"says {notes[-1].size} facts", f"{where} line 2")
    if not notes:
        raise UnsoundError("holds no checkpoint, so nobody signed this journal", "table checkpoints")
    return tuple(notes)


def _read_tables(report: Report, database: sqlite3.Connection) -> Journal:
    problems = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
    stop_at(Finding("SQLite file", shown(problem)) for problem in problems if problem != "ok")
    notes = _sqlite_notes(_rows(database, "checkpoints", "size DESC, length(note) DESC", size=int, note=str))
    report.claim(notes[0])
    entries = _rows(database, "entries", "n", n=int, entry=bytes)
    tiles = _rows(database, "tiles", "level, n", level=int, n=int, hashes=bytes, root=bytes)
    private = _rows(database, "private_values", "n, field", n=int, field=str, salt=bytes, value=str)
    with within("table entries,"):
        bundles = _sqlite_bundles(entries)
    with within("table tiles,"):
        tree = _sqlite_tree(tiles, tuple(map(leaf_hashes, bundles)))
    return Journal(notes, bundles, tree, partial(_sqlite_private, private))


def sqlite_journal(report: Report, path: Path) -> Journal:
    unusable = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY)
    try:
        with contextlib.closing(_open_sqlite(path.resolve())) as database:
            if database.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
                raise WrongUseError(f"{path} is SQLite, but no journal: give the station's journal file")
            return _read_tables(report, database)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in unusable:
            advice = "copy it, with any -wal or -journal file beside it, where you can write; check that"
            raise WrongUseError(f"SQLite cannot open {path} ({error}): {advice}") from error
        raise UnsoundError(shown(str(error)), "SQLite file") from error
    except UnicodeDecodeError as error:  # of SQLite's own message: it quotes damaged bytes
        raise UnsoundError("is damaged, and SQLite quotes bytes that are no text", "SQLite file") from error


def verify_sqlite(path: Path, policy: Policy | None = None, witnessed: bytes | None = None) -> Report:
    report = blank_report("journal", policy, witnessed)
    with reporting(report):
        judge(report, sqlite_journal(report, path), policy, witnessed)
    return report


# --- A checkpoint or a proof alone ---


def verify_checkpoint(raw: bytes, policy: Policy | None) -> Report:
    report = blank_report("checkpoint", policy)
    with reporting(report):
        note = read_checkpoint("checkpoint", raw)
        report.claim(note)
        check_notes(report, [note], known_keys(note, None, policy), policy)
    return report


def parse_proof(raw: bytes) -> tuple[bytes | None, int, Hashes, bytes]:
    """Extra data, index, path and the signed checkpoint."""
    head, _, note = raw.removeprefix(PROOF_MAGIC).partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    extra: bytes | None = None
    if lines[0].startswith("extra "):
        with within("line 2"):
            extra = strict_base64(lines.pop(0).removeprefix("extra "))
    word, _, index = lines[0].partition(" ") if lines else ("", "", "")
    if not raw.startswith(PROOF_MAGIC) or word != "index" or not DECIMAL.fullmatch(index):
        raise UnsoundError("is not a tlog-proof@v1 with its `index` as a plain decimal number")
    with within("path"):
        path = tuple(map(strict_base64, lines[1:]))
        if len(path) > 63 or any(len(node) != HASH for node in path):
            raise UnsoundError(f"is not at most 63 hashes of {HASH} bytes")
    return extra, int(index), path, note


def verify_proof(raw: bytes, entry: bytes | None, policy: Policy | None) -> Report:
    report = blank_report("proof", policy)
    with reporting(report):
        with within("proof"):
            extra, index, path, signed = parse_proof(raw)
            proved = extra if entry is None else entry
            if proved is None:
                raise UnsoundError("holds no entry: give its bytes with --entry")
            if extra not in (None, proved):
                raise UnsoundError("holds another entry than --entry", "line 2")
        note = read_checkpoint("checkpoint", signed)
        report.claim(note)
        if index >= note.size or not path_leads_to(note.root, leaf_hash(proved), index, note.size, path):
            raise UnsoundError("its hash and the path do not lead to the checkpoint's root", f"entry {index}")
        keys = known_keys(note, None if index else proved, policy)
        check_notes(report, [note], keys, policy)
        if index == 0:
            check_opening(proved, note.origin, keys)
        if not 1 <= len(proved) <= MAX_ENTRY:
            raise UnsoundError(f"has not 1 to {MAX_ENTRY} bytes", f"entry {index}")
        framed = len(proved).to_bytes(2, "big") + proved
        stop_at(read_bundle(framed, index, station_of(note)).findings)
    return report


def make_proof(journal: Journal, n: int, note: Checkpoint) -> bytes:
    entry = split_bundle(journal.bundles[n // TILE])[n % TILE]
    leaves = [leaf for tile in journal.tree[0] for leaf in tile][: note.size]
    lines = [b"extra " + base64.b64encode(entry), b"index %d" % n]
    lines += map(base64.b64encode, inclusion_path(leaves, n))
    return PROOF_MAGIC + b"\n".join(lines) + b"\n\n" + note.raw


# --- Command line ---


def _unreadable(error: OSError) -> NoReturn:
    raise WrongUseError(f"{error.filename} cannot be read ({error.strerror}): check the path and its rights")


def _read(path: Path, limit: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        _unreadable(error)


def read_folder(path: Path) -> dict[str, bytes]:
    if not (path / "checkpoint").exists() and not (path / "tile").is_dir():
        raise WrongUseError(f"{path} is no journal folder: give the one that holds `checkpoint` and `tile`")
    found = [path / name for name in ("checkpoint", "witnessed", "private.json", "tile")]
    for folder, _, names in os.walk(path / "tile", onerror=_unreadable) if found.pop().is_dir() else ():
        found += [Path(folder, name) for name in names]
    return {file.relative_to(path).as_posix(): _read(file) for file in found if file.is_file()}


def _read_policy(path: Path) -> Policy:
    try:
        return parse_policy(_read(path))
    except UnsoundError as error:
        found = error.findings[0]
        where = f"policy {path} {found.where}".rstrip()
        raise WrongUseError(f"{where}: {found.problem}; correct the file") from error


def _examine(args: argparse.Namespace) -> Report:
    path: Path = args.path
    policy = _read_policy(args.policy) if args.policy else None
    outside = _read(args.witnessed) if args.witnessed else None
    start = b"" if path.is_dir() else _read(path, MAX_LOOSE_FILE)
    is_proof = start.startswith(PROOF_MAGIC)
    if args.entry and not is_proof:
        raise WrongUseError("--entry goes with a proof file only: leave it out")
    if path.is_dir():
        return verify_folder(read_folder(path), policy, outside)
    if start.startswith(SQLITE_MAGIC):
        return verify_sqlite(path, policy, outside)
    if outside is not None or args.out:
        raise WrongUseError(f"--witnessed and --write-proof need a journal: {path} is none, give a journal")
    if is_proof:
        return verify_proof(start, _read(args.entry) if args.entry else None, policy)
    if b"\n\n" in start and "\n\N{EM DASH} ".encode() in start:
        return verify_checkpoint(start, policy)
    raise WrongUseError(f"{path} is no journal, checkpoint or proof: give one of these")


def _is_evidence(path: Path) -> bool:
    """One recording's folder, a statement, a receipt or a pack: checked by the module beside this one."""
    if path.is_dir():
        names = ("statement.json", "receipt.json", "bagit.txt", "tagmanifest-sha256.txt")
        return any((path / name).exists() for name in names)
    start = _read(path, MAX_LOOSE_FILE)
    return start.startswith(b"{") and re.search(rb'"format":"dockward-(statement|receipt)/', start) is not None


def _run_evidence(args: argparse.Namespace) -> int:
    if args.witnessed or args.entry or args.out:
        raise WrongUseError("--witnessed, --entry and --write-proof go with journals and proofs: leave them out")
    try:
        evidence = importlib.import_module("dockward.evidence_verifier")
    except ModuleNotFoundError as error:
        advice = "install dockward, or type the commands of the minutes or of docs/evidence.md"
        raise WrongUseError(f"this file by itself checks journals; for evidence {advice}") from error
    code: int = evidence.run(args, _read_policy(args.policy) if args.policy else None)
    return code


def _write_atomically(out: Path, data: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=out.parent, prefix=".proof-", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(out)
    except OSError as error:
        raise WrongUseError(f"{out} cannot be written ({error.strerror}): give another --out") from error


def _write_proof(journal: Journal, witnessed: Checkpoint | None, args: argparse.Namespace) -> str:
    out, n, newest = args.out, args.write_proof, journal.notes[0]
    if not 0 <= n < newest.size:
        raise WrongUseError(f"there is no entry {n}: give a number from 0 to {newest.size - 1}")
    if out.is_symlink() or (out.exists() and not out.is_file()):
        raise WrongUseError(f"{out} is not a regular file: give another --out")
    if args.path.resolve() in (out.resolve(), *out.resolve().parents):
        raise WrongUseError(f"{out} is part of the journal: give another --out")
    note = witnessed if witnessed and n < witnessed.size else newest
    _write_atomically(out, make_proof(journal, n, note))
    kind = "witnessed" if note is witnessed else "unwitnessed"
    return f"proof of entry {n}, in the {kind} checkpoint of {note.size} facts, written to {out}"


def _summary(report: Report) -> Iterator[str]:
    yield from (f"{found.where}: {found.problem}" for found in report.findings)
    claim = "" if report.ok else " (as its checkpoint says)"
    if report.origin:
        yield f"origin: {shown(report.origin)}{claim}"
        yield f"size: {report.size} facts, root {report.root}{claim}"
    if report.witnesses is not None:
        by = ", ".join(map(shown, report.witnesses)) or "no witness of a policy"
        yield f"witnessed: {report.witnessed_size} facts, by {by}"
        tail = report.size - report.witnessed_size
        yield f"unwitnessed tail: {tail} facts, for which only the station vouches"
        if report.unsigned:
            yield f"unsigned tail: {report.unsigned} facts more, for which nobody vouches yet"
    if report.private is not None:
        opened, purged, withheld = report.private
        absent = f"{purged + withheld} absent ({purged} purged by a later fact, {withheld} withheld)"
        yield f"private values: {opened} opened their commitments, {absent}"
    yield "trust anchor: the policy given" if report.anchor == "policy" else NO_ANCHOR
    if report.kind == "journal" and not report.outside:
        yield NO_OUTSIDE
    yield NOT_PROVED
    yield "result: all checks held" if report.ok else "result: FAILED; checks resting on these were not made"


def _as_json(report: Report) -> str:
    private = dict(zip(("opened", "purged", "withheld"), report.private or (0, 0, 0), strict=True))
    findings = [{"where": found.where, "problem": found.problem} for found in report.findings]
    answer = {"ok": report.ok, "findings": findings, "origin": report.origin, "size": report.size}
    answer |= {"root": report.root, "witnesses": report.witnesses or (), "private": private}
    answer |= {"witnessed_size": report.witnessed_size, "unwitnessed": report.size - report.witnessed_size}
    answer |= {"unsigned": report.unsigned, "anchor": report.anchor}
    return json.dumps(answer)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    def option(name: str, kind: type, metavar: str, text: str) -> None:
        parser.add_argument(name, type=kind, metavar=metavar, help=text)

    option("path", Path, "PATH", "journal file or folder, checkpoint, proof; recording, statement, receipt or pack")
    option("--ca", Path, "FILE", "the agency's CA certificate, from outside, for evidence")
    option("--tsa-ca", Path, "FILE", "the time-stamp authority's root certificate, from outside, for evidence")
    option("--policy", Path, "FILE", "tlog-policy: which log and witnesses to believe")
    option("--witnessed", Path, "FILE", "signed checkpoint kept outside the journal")
    option("--entry", Path, "FILE", "the entry's bytes, for a proof that does not hold them")
    option("--write-proof", int, "N", "write a proof of entry N (needs --out)")
    option("--out", Path, "FILE", "where to write the proof")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    try:
        if (args.write_proof is None) != (args.out is None):
            raise WrongUseError("--write-proof and --out belong together: give both")
        require_openssl()
        if _is_evidence(args.path):
            return _run_evidence(args)
        if args.ca or args.tsa_ca:
            raise WrongUseError("--ca and --tsa-ca go with evidence; a journal's keys are named by --policy")
        report = _examine(args)
        written = ""
        if args.out and report.ok and report.journal:
            written = _write_proof(report.journal, report.witnessed, args)
    except WrongUseError as error:
        print(f"verifier: {error}", file=sys.stderr)
        return 2
    print(_as_json(report) if args.json else "\n".join(_summary(report)))
    if written:
        print(written, file=sys.stderr)
    return 0 if report.ok else 1


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a journal without the program that wrote it.")
    add_arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
