"""Promise: Go's golang.org/x/mod/sumdb, written by others, reads our journal, proves the same and refuses the same."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.custody.facts import DockingStarted, Fact
from station.journal import tile_folder
from station.journal.entries import entry_bytes
from station.journal.notes import Note, cosign, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_write
from station.journal.tree import Tree
from station.stamp import Stamp
from tests.note_keys import HEAD, LOG, LOG_SECRET, OTHER_SECRET, WITNESS, WITNESS_SECRET, key

SOURCES = Path("/usr/share/gocode")
PROGRAM = Path(__file__).parent / "go_peer" / "main.go"
MISSING = "Go judges the journal here; run: apt-get install golang-go golang-golang-x-mod-dev"
SIZE = 600
SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 513, 599, 600)
INDEXES = (0, 1, 2, 127, 128, 254, 255, 256, 257, 300, 511, 512, 513, 598, 599)
START = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=0, synchronised=True)


@dataclass
class Peer:
    program: Path

    def ask(self, **asked: Any) -> dict[str, Any]:
        done = subprocess.run(self.program, input=json.dumps(asked).encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        said: dict[str, Any] = json.loads(done.stdout)
        return said


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Peer:
    """The Go program, built from Debian's sources without any network."""
    go = shutil.which("go")
    if go is None or not (SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.fail(MISSING)
    folder = tmp_path_factory.mktemp("go")
    settings = {
        "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPATH": str(SOURCES),
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    program = folder / "go_peer"
    build = [go, "build", "-o", str(program), str(PROGRAM)]
    done = subprocess.run(build, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{MISSING}\n{done.stderr}"
    return Peer(program)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLog]:
    """A journal on disk, written in transactions of uneven length."""
    connection = connect_to_write(tmp_path_factory.mktemp("journal") / "journal.sqlite")
    written = SqliteLog(connection)
    tree = Tree()
    for length in (1, 2, 252, 1, 1, 300, 43):
        connection.execute("BEGIN IMMEDIATE")
        tree = written.append(tree, map(entry, range(tree.size, tree.size + length)))
        connection.execute("COMMIT")
    assert written.size == SIZE
    yield written
    connection.close()


def entry(n: int) -> bytes:
    fact = Fact(n, START.later(n), "station", "plain@1", f"docking:{n}", DockingStarted(bay=str(n % 12)))
    return entry_bytes(fact, "st-1")


def note_of(log: SqliteLog, size: int = SIZE) -> Note:
    head = replace(HEAD, size=size, root=log.root_at(size))
    note = sign_checkpoint(head, LOG, LOG_SECRET.sign)
    return note.with_signatures(cosign(head, WITNESS, 1_795_219_200, WITNESS_SECRET.sign))


def b64(material: bytes) -> str:
    return base64.b64encode(material).decode()


def record(log: SqliteLog, index: int, note: Note) -> dict[str, Any]:
    """What the proof file of one fact holds, read by C2SP tlog-proof and by nothing of ours."""
    proof, _, signed = str(log.proof(index, note)).partition("\n\n")
    header, extra, place, *path = proof.split("\n")
    assert header == "c2sp.org/tlog-proof@v1"
    assert signed == str(note)
    assert place == f"index {index}"
    return {"index": index, "leaf": extra.removeprefix("extra "), "proof": path}


def extension(log: SqliteLog, old: int, new: int) -> dict[str, Any]:
    proof = [b64(node) for node in log.consistency(old, new)]
    roots = {"old_root": b64(log.root_at(old)), "new_root": b64(log.root_at(new))}
    return {"old": old, "new": new, "proof": proof, **roots}


def go_tiles(log: SqliteLog, note: Note) -> dict[str, str]:
    """The folder a court receives, under the names Go's client asks for: it puts the tile's height first."""
    files = tile_folder.folder_files(log, note)
    return {
        f"tile/8/{name.removeprefix('tile/')}": b64(content)
        for name, content in files
        if name.startswith("tile/") and not name.startswith("tile/entries/")
    }


@pytest.mark.parametrize("size", SIZES)
def test_go_accepts_the_note_and_every_proof_against_it(peer: Peer, log: SqliteLog, size: int) -> None:
    note = note_of(log, size)
    indexes = [index for index in INDEXES if index < size]
    records = [record(log, index, note) for index in indexes]
    said = peer.ask(vkey=str(LOG), note=str(note), records=records)
    assert (said["note_error"], said["size"], said["root"]) == ("", size, b64(log.root_at(size)))
    assert said["records"] == [True] * len(indexes)
    assert [base64.b64decode(found["leaf"]) for found in records] == list(map(entry, indexes))


def test_go_accepts_that_each_head_extends_each_older_one(peer: Peer, log: SqliteLog) -> None:
    pairs = [(old, new) for new in SIZES for old in SIZES if old <= new]
    trees = [extension(log, old, new) for old, new in pairs]
    said = peer.ask(vkey=str(LOG), note=str(note_of(log)), trees=trees)
    assert said["trees"] == [True] * len(pairs)


def test_go_grows_the_same_tree_and_proves_the_same_byte_for_byte(peer: Peer, log: SqliteLog) -> None:
    leaves = [b64(entry(n)) for n in range(SIZE)]
    records = [(index, size) for size in SIZES for index in INDEXES if index < size]
    trees = [(old, new) for new in SIZES for old in SIZES if old <= new]
    said = peer.ask(leaves=leaves, prove_records=records, prove_trees=trees)
    ours = [record(log, index, note_of(log, size))["proof"] for index, size in records]
    assert said["record_proofs"] == ours
    assert said["tree_proofs"] == [extension(log, old, new)["proof"] for old, new in trees]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 512, 600])
def test_go_has_the_same_tiles_whole_and_partial(peer: Peer, log: SqliteLog, size: int) -> None:
    leaves = [b64(entry(n)) for n in range(size)]
    tiles = [
        {"level": level, "n": n // 256, "width": min(256, width - n)}
        for level, width in enumerate((size, size // 256))
        for n in range(0, width, 256)
    ]
    said = peer.ask(leaves=leaves, read_tiles=tiles, name_tiles=tiles)
    assert dict(zip(said["names"], said["tiles"], strict=True)) == go_tiles(log, note_of(log, size))


@pytest.mark.parametrize("size", [1, 256, 257, 600])
def test_go_proves_from_our_folder_what_we_prove_from_our_file(peer: Peer, log: SqliteLog, size: int) -> None:
    note = note_of(log, size)
    indexes = [index for index in INDEXES if index < size]
    said = peer.ask(vkey=str(LOG), note=str(note), tiles=go_tiles(log, note), from_tiles=indexes)
    assert (said["note_error"], said["tiles_error"]) == ("", "")
    assert [proof or [] for proof in said["from_tiles"]] == [record(log, index, note)["proof"] for index in indexes]


@pytest.mark.parametrize("name", ["tile/8/0/000", "tile/8/0/001", "tile/8/0/002.p/1", "tile/8/1/000.p/2"])
def test_go_refuses_a_folder_with_an_altered_tile(peer: Peer, log: SqliteLog, name: str) -> None:
    """At 513 leaves; where several parts of the root lie in one tile, x/mod 0.7 leaves other tiles unchecked."""
    note = note_of(log, 513)
    tiles = go_tiles(log, note)
    content = bytearray(base64.b64decode(tiles[name]))
    content[len(content) // 2] ^= 1
    tiles[name] = b64(bytes(content))
    said = peer.ask(vkey=str(LOG), note=str(note), tiles=tiles, from_tiles=[0, 300, 512])
    assert said["tiles_error"] == "downloaded inconsistent tile"


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 10**12), st.integers(1, 256)), max_size=20))
def test_go_names_tiles_as_we_do(peer: Peer, tiles: list[tuple[int, int, int]]) -> None:
    said = peer.ask(name_tiles=[{"level": level, "n": n, "width": width} for level, n, width in tiles])
    ours = [tile_folder._tile_name(str(level), n, width) for level, n, width in tiles]
    assert [name.replace("tile/8/", "tile/", 1) for name in said["names"] or []] == ours


def test_go_refuses_what_another_key_or_another_name_signed(peer: Peer, log: SqliteLog) -> None:
    note = note_of(log)
    stranger = key(LOG.name, LOG.kind, OTHER_SECRET)
    forged = sign_checkpoint(note.checkpoint, LOG, OTHER_SECRET.sign)
    elsewhere = key("dockward/110105/st-2/1", LOG.kind, LOG_SECRET)
    assert "no verifiable signatures" in peer.ask(vkey=str(stranger), note=str(note))["note_error"]
    assert "no verifiable signatures" in peer.ask(vkey=str(elsewhere), note=str(note))["note_error"]
    assert "invalid signature" in peer.ask(vkey=str(LOG), note=str(forged))["note_error"]
    grown = str(note).replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")
    assert "invalid signature" in peer.ask(vkey=str(LOG), note=grown)["note_error"]


def test_go_refuses_altered_proofs(peer: Peer, log: SqliteLog) -> None:
    note = note_of(log)
    good = record(log, 300, note)
    path = good["proof"]
    altered = [
        {**good, "index": 301},
        {**good, "index": SIZE},
        {**good, "leaf": b64(entry(300) + b" ")},
        {**good, "proof": path[:-1]},
        {**good, "proof": [*path, path[0]]},
        {**good, "proof": [path[1], path[0], *path[2:]]},
        {**good, "proof": [b64(bytes(32)), *path[1:]]},
    ]
    link = extension(log, 257, 513)
    chain = link["proof"]
    broken = [
        {**link, "old": 258},
        {**link, "new": 512},
        {**link, "new": 1_025},
        {**link, "old_root": b64(log.root_at(258))},
        {**link, "new_root": b64(log.root_at(512))},
        {**link, "proof": chain[1:]},
        {**link, "proof": [*chain, chain[0]]},
        {**link, "proof": [chain[1], chain[0], *chain[2:]]},
    ]
    said = peer.ask(vkey=str(LOG), note=str(note), records=[good, *altered], trees=[link, *broken])
    assert said["records"] == [True, *[False] * len(altered)]
    assert said["trees"] == [True, *[False] * len(broken)]
