"""Time and size of proofs as the journal grows tenfold and tenfold again, beside the limits they must keep."""

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.journal.notes import LOG_KEY, Checkpoint, Note, VerifierKey, sign_checkpoint
from station.journal.sqlite_log import SqliteLog, connect_to_read, connect_to_write
from station.journal.tree import HASH_BYTES, is_consistent, leaf_hash, root_from_inclusion

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
PROOFS = 500
ENTRIES_IN_TRANSACTION = 20_000
LIMIT_MS = 1.0
LIMIT_BYTES = 2_000


def run(folder: Path, largest: int) -> None:
    sizes = [size for size in SIZES if size <= largest]
    medians: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "journal.sqlite"
        for size in sizes:
            seconds = _grow(path, size)
            medians.append((size, _measure(path, size, seconds)))
    for (small, before), (large, after) in pairwise(medians):
        print(f"proof: {large // small} × the facts cost {after / before:.2f} × the time of an inclusion proof")


def _grow(path: Path, size: int) -> float:
    connection = connect_to_write(path)
    log = SqliteLog(connection)
    tree = log.tree()
    started = perf_counter()
    while tree.size < size:
        connection.execute("BEGIN IMMEDIATE")
        tree = log.append(tree, _entries(tree.size, min(size, tree.size + ENTRIES_IN_TRANSACTION)))
        connection.execute("COMMIT")
    connection.close()
    return perf_counter() - started


def _entries(start: int, end: int) -> Iterator[bytes]:
    """As long as an ordinary fact; the tree does not care what they say."""
    return (b'{"n":%d,"body":"%s"}' % (n, b"x" * 330) for n in range(start, end))


def _measure(path: Path, size: int, grown_seconds: float) -> float:
    rng = Random(size)
    log = SqliteLog(connect_to_read(path))
    root = log.root_at(size)
    note = _note(Checkpoint("dockward/bench/b/1", size, root))
    inclusion, consistency, longest, file_bytes = [], [], 0, 0
    for _ in range(PROOFS):
        index, old = rng.randrange(size), rng.randrange(1, size)
        started = perf_counter()
        proof = log.proof(index, note)
        inclusion.append((perf_counter() - started) * 1_000)
        assert root_from_inclusion(index, size, leaf_hash(proof.entry), proof.path) == root
        started = perf_counter()
        path_between = log.consistency(old, size)
        consistency.append((perf_counter() - started) * 1_000)
        assert is_consistent(old, log.root_at(old), size, root, path_between)
        longest = max(longest, HASH_BYTES * len(proof.path), HASH_BYTES * len(path_between))
        file_bytes = max(file_bytes, len(str(proof)))
    worst = max(quantiles(inclusion, n=100)[98], quantiles(consistency, n=100)[98])
    print(
        f"proof at {size:,} facts: inclusion {median(inclusion):.3f} ms, consistency {median(consistency):.3f} ms"
        f" (median), p99 {worst:.3f} ms, limit {LIMIT_MS:.0f} ms, ratio {worst / LIMIT_MS:.2f};"
        f" longest {longest} bytes, limit {LIMIT_BYTES}, ratio {longest / LIMIT_BYTES:.2f};"
        f" tlog-proof file ≤ {file_bytes} bytes; grown in {grown_seconds:.1f} s"
    )
    return median(inclusion)


def _note(head: Checkpoint) -> Note:
    key = Ed25519PrivateKey.generate()
    return sign_checkpoint(head, VerifierKey(head.origin, LOG_KEY, key.public_key().public_bytes_raw()), key.sign)
