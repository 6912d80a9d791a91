"""Promise: the journal on disk is RFC 6962's tree at every size it had: asked while it grows, and by a later reader."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from station.journal.notes import Checkpoint, Note
from station.journal.sqlite_log import SqliteLog, connect_to_read, connect_to_write
from station.journal.tree import Tree
from tests import merkle_oracle as rfc
from tests.note_keys import LOG

growths = st.lists(st.integers(0, 300), min_size=1, max_size=4)
places = st.lists(st.integers(0, 2**16), min_size=1, max_size=3)


def entry(n: int) -> bytes:
    return b"entry %d" % n


def must_be_the_tree(log: SqliteLog, size: int, asked: list[int]) -> None:
    """At its size, and at each older size that is asked for."""
    leaves = [rfc.leaf(entry(n)) for n in range(size)]
    assert (log.size, log.tree().root) == (size, rfc.mth(leaves))
    assert list(log.entries()) == [entry(n) for n in range(size)]
    for older in {size, *(place % (size + 1) for place in asked)}:
        root = rfc.mth(leaves[:older])
        assert log.root_at(older) == root
        assert log.consistency(older, size) == (rfc.proof(older, leaves) if older else ())
        note = Note(Checkpoint(LOG.name, older, root), ())
        for index in {place % older for place in asked if older}:
            proof = log.proof(index, note)
            assert (proof.entry, proof.path) == (entry(index), rfc.path(index, leaves[:older]))
    for level, width in enumerate((size, size // 256)):
        for n in range(-(-width // 256)):
            assert log.tile_hashes(level, n) == rfc.tile(leaves, level, n)


@given(growths, places)
@example([255, 1, 1, 254, 1], [0, 254, 255, 256])
def test_a_growing_journal_is_the_tree_of_the_rfc_at_every_step(growth: list[int], asked: list[int]) -> None:
    with TemporaryDirectory(prefix="dockward-") as folder:
        path = Path(folder) / "journal.sqlite"
        connection = connect_to_write(path)
        reading = connect_to_read(path)
        log, beside, tree = SqliteLog(connection), SqliteLog(reading), Tree()
        for more in growth:
            connection.execute("BEGIN IMMEDIATE")
            tree = log.append(tree, map(entry, range(tree.size, tree.size + more)))
            connection.execute("COMMIT")
            assert log.tree() == tree
            must_be_the_tree(log, tree.size, asked)
            assert beside.consistency(tree.size // 2, tree.size) == log.consistency(tree.size // 2, tree.size)
        must_be_the_tree(beside, tree.size, asked)
        reading.close()
        connection.close()
        later = connect_to_read(path)
        assert SqliteLog(later).tree() == tree
        later.close()
