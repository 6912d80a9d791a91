"""Promise: the journal's tree is the Merkle tree of RFC 6962, and an altered proof proves nothing."""

from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.journal.tree import (
    EMPTY_ROOT,
    NodeHash,
    Tile,
    Tree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    level_widths,
    nodes_in,
    pyramid,
    root_from_inclusion,
    tree_of,
)
from tests import merkle_oracle as rfc

REFERENCE_ENTRIES = tuple(
    map(
        bytes.fromhex,
        ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
)
"""The leaves, roots and proofs that Certificate Transparency's own programs are tested with."""
REFERENCE_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
_A = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
_B = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_AB = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
_CD = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_E = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_EF = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
_GH = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_ABCD = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
_EFGH = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
REFERENCE_INCLUSIONS = (
    (0, 1, ()),
    (0, 8, (_B, _CD, _EFGH)),
    (5, 8, (_E, _GH, _ABCD)),
    (2, 3, (_AB,)),
    (1, 5, (_A, _CD, _E)),
)
REFERENCE_CONSISTENCIES = ((1, 1, ()), (1, 8, (_B, _CD, _EFGH)), (6, 8, (_EF, _GH, _ABCD)), (2, 5, (_CD, _E)))


class Shelf:
    """A tree that grew leaf by leaf, and the tiles it handed out on the way."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.tiles: dict[tuple[int, int], Tile] = {}

    def grow(self, leaves: rfc.Leaves) -> "Shelf":
        for leaf in leaves:
            self.tree, tiles = self.tree.append(leaf)
            self.tiles |= {(tile.level, tile.n): tile for tile in tiles}
        return self

    def hashes(self, level: int, n: int) -> bytes:
        tile = self.tiles.get((level, n))
        return tile.hashes if tile else self.tree.partial[level]

    @property
    def node(self) -> NodeHash:
        return nodes_in(lambda level, n: pyramid(self.hashes(level, n)))


@lru_cache
def leaves_of(size: int) -> tuple[bytes, ...]:
    return tuple(rfc.leaf(i.to_bytes(4, "big")) for i in range(size))


@lru_cache
def grown(size: int) -> Shelf:
    return Shelf().grow(leaves_of(size))


def unhex(hashes: tuple[str, ...]) -> rfc.Proof:
    return tuple(map(bytes.fromhex, hashes))


sizes = st.integers(0, 600) | st.sampled_from((255, 256, 257, 511, 512, 513))
sizes_with_leaf = st.tuples(sizes.filter(bool), st.integers(0)).map(lambda pair: (pair[1] % pair[0], pair[0]))
old_and_new = st.tuples(sizes, sizes).map(lambda pair: (min(pair), max(pair)))


def test_a_growing_tree_has_the_reference_roots() -> None:
    tree = Tree()
    assert tree.root == EMPTY_ROOT == bytes.fromhex(REFERENCE_ROOTS[0])
    for entry, root in zip(REFERENCE_ENTRIES, REFERENCE_ROOTS[1:], strict=True):
        tree, _ = tree.append(leaf_hash(entry))
        assert tree.root.hex() == root


@pytest.mark.parametrize(("index", "size", "hashes"), REFERENCE_INCLUSIONS)
def test_inclusion_proofs_are_the_reference_proofs(index: int, size: int, hashes: tuple[str, ...]) -> None:
    shelf = Shelf().grow([leaf_hash(entry) for entry in REFERENCE_ENTRIES])
    proof = inclusion_proof(index, size, shelf.node)
    assert proof == unhex(hashes)
    root = root_from_inclusion(index, size, leaf_hash(REFERENCE_ENTRIES[index]), proof)
    assert root == bytes.fromhex(REFERENCE_ROOTS[size])


@pytest.mark.parametrize(("old", "new", "hashes"), REFERENCE_CONSISTENCIES)
def test_consistency_proofs_are_the_reference_proofs(old: int, new: int, hashes: tuple[str, ...]) -> None:
    shelf = Shelf().grow([leaf_hash(entry) for entry in REFERENCE_ENTRIES])
    proof = consistency_proof(old, new, shelf.node)
    assert proof == unhex(hashes)
    old_root, new_root = unhex((REFERENCE_ROOTS[old], REFERENCE_ROOTS[new]))
    assert is_consistent(old, old_root, new, new_root, proof)


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_any_entries_have_the_root_of_the_rfc(entries: list[bytes]) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    assert leaves == [rfc.leaf(entry) for entry in entries]
    assert Shelf().grow(leaves).tree.root == rfc.mth(leaves)


@given(sizes)
def test_a_tree_of_any_size_has_the_root_and_the_tiles_of_the_rfc(size: int) -> None:
    shelf, leaves = grown(size), leaves_of(size)
    assert shelf.tree.root == rfc.mth(leaves)
    for level, width in enumerate(level_widths(size)):
        for n in range(-(-width // 256)):
            assert shelf.hashes(level, n) == rfc.tile(leaves, level, n)
    for (_, n), tile in shelf.tiles.items():
        assert tile.root == rfc.mth(leaves[256 * n :][:256])
    assert len(shelf.tiles) == size // 256


@given(sizes)
def test_a_tree_read_back_from_tiles_is_the_tree_that_grew(size: int) -> None:
    shelf, leaves = grown(size), leaves_of(size + 1)
    read = tree_of(size, shelf.hashes)
    assert read == tree_of(size, lambda level, n: rfc.tile(leaves[:size], level, n))
    assert (read.size, read.nodes, read.root) == (size, shelf.tree.nodes, shelf.tree.root)
    assert read.append(leaves[size]) == shelf.tree.append(leaves[size])


@given(sizes, sizes)
def test_a_tree_read_back_at_an_older_size_has_its_older_root(size: int, older: int) -> None:
    older = min(size, older)
    assert tree_of(older, grown(size).hashes).root == rfc.mth(leaves_of(older))


@given(sizes)
def test_every_node_above_a_tile_is_the_root_of_its_leaves(size: int) -> None:
    width = min(size, 256)
    leaves = leaves_of(width)
    for height, floor in enumerate(pyramid(b"".join(leaves))):
        places = [leaves[n : n + 2**height] for n in range(0, width - 2**height + 1, 2**height)]
        assert floor == b"".join(map(rfc.mth, places))


def test_levels_of_tiles_end_where_the_rfc_says_at_65536() -> None:
    leaves = leaves_of(65_537)
    shelf = Shelf().grow(leaves[:65_534])
    for size in (65_535, 65_536, 65_537):
        shelf.grow(leaves[size - 1 : size])
        assert shelf.tree.root == rfc.mth(leaves[:size])
        assert tree_of(size, shelf.hashes).root == shelf.tree.root
    assert shelf.tiles[1, 0] == Tile(1, 0, rfc.tile(leaves, 1, 0), rfc.mth(leaves[:65_536]))
    assert sorted(shelf.tiles) == [*((0, n) for n in range(256)), (1, 0)]
    assert tree_of(65_537, shelf.hashes).append(leaves[0]) == shelf.tree.append(leaves[0])
    for index in (0, 255, 256, 65_279, 65_535, 65_536):
        assert inclusion_proof(index, 65_537, shelf.node) == rfc.path(index, leaves)
    for old in (1, 255, 256, 257, 65_535, 65_536, 65_537):
        assert consistency_proof(old, 65_537, shelf.node) == rfc.proof(old, leaves)


@given(sizes_with_leaf)
def test_an_inclusion_proof_is_the_path_of_the_rfc_and_verifies(leaf: tuple[int, int]) -> None:
    index, size = leaf
    leaves = leaves_of(size)
    proof = inclusion_proof(index, size, grown(size).node)
    assert proof == rfc.path(index, leaves)
    assert root_from_inclusion(index, size, leaves[index], proof) == rfc.mth(leaves)


@given(old_and_new)
def test_a_consistency_proof_is_the_proof_of_the_rfc_and_verifies(pair: tuple[int, int]) -> None:
    old, new = pair
    leaves = leaves_of(new)
    proof = consistency_proof(old, new, grown(new).node)
    assert proof == (rfc.proof(old, leaves) if old else ())
    assert is_consistent(old, rfc.mth(leaves[:old]), new, rfc.mth(leaves), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3), (4, 3)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(index, size, grown(3).node)
    assert root_from_inclusion(index, size, leaves_of(1)[0], ()) is None


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_a_tree_that_shrank_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(IndexError):
        consistency_proof(old, new, grown(3).node)
    assert not is_consistent(old, EMPTY_ROOT, new, rfc.mth(leaves_of(3)), leaves_of(2))


@st.composite
def altered(draw: st.DrawFn, proof: rfc.Proof) -> rfc.Proof:
    """The proof with one byte changed, a hash dropped or added, or two hashes swapped; never the same proof."""
    acts = ["add", *(["byte", "drop"] if proof else []), *(["swap"] if len(proof) > 1 else [])]
    act = draw(st.sampled_from(acts))
    at = draw(st.integers(0, len(proof) - (act != "add")))
    if act == "add":
        return (
            *proof[:at],
            draw(st.binary(min_size=32, max_size=32) | st.sampled_from((*proof, EMPTY_ROOT))),
            *proof[at:],
        )
    if act == "drop":
        return proof[:at] + proof[at + 1 :]
    changed = list(proof)
    if act == "byte":
        place, flip = draw(st.integers(0, 31)), draw(st.integers(1, 255))
        changed[at] = bytes(byte ^ (flip if i == place else 0) for i, byte in enumerate(proof[at]))
    else:
        other = draw(st.integers(0, len(proof) - 1).filter(lambda i: i != at))
        changed[at], changed[other] = proof[other], proof[at]
    return tuple(changed)


@given(sizes_with_leaf, st.data())
def test_an_altered_inclusion_proof_does_not_verify(leaf: tuple[int, int], data: st.DataObject) -> None:
    index, size = leaf
    leaves = leaves_of(size)
    proof = rfc.path(index, leaves)
    root = rfc.mth(leaves)
    assert root_from_inclusion(index, size, leaves[index], data.draw(altered(proof))) != root
    assert root_from_inclusion(index, size, rfc.leaf(b"another entry"), proof) != root
    elsewhere = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
    assert root_from_inclusion(elsewhere, size, leaves[index], proof) != root


@given(sizes_with_leaf, sizes, st.integers(0, 600), st.data())
def test_a_proof_for_another_tree_gives_the_root_the_rfc_gives_it(
    leaf: tuple[int, int], size: int, index: int, data: st.DataObject
) -> None:
    """A path says nothing of the size it was made for: the root it leads to does, and that is signed."""
    true = rfc.path(leaf[0], leaves_of(leaf[1]))
    proof = data.draw(st.just(true) | altered(true))
    hashed = leaves_of(leaf[1])[leaf[0]]
    found = root_from_inclusion(index, size, hashed, proof)
    assert found == rfc.root_from_path(index, size, hashed, proof)
    if size != leaf[1]:
        assert root_from_inclusion(index, size, hashed, true) != rfc.mth(leaves_of(size))


@given(old_and_new, st.data())
def test_an_altered_consistency_proof_does_not_verify(pair: tuple[int, int], data: st.DataObject) -> None:
    old, new = pair
    leaves = leaves_of(new)
    proof = rfc.proof(old, leaves) if old else ()
    old_root, new_root = rfc.mth(leaves[:old]), rfc.mth(leaves)
    assert not is_consistent(old, old_root, new, new_root, data.draw(altered(proof)))
    forged = data.draw(st.binary(min_size=32, max_size=32))
    assert not is_consistent(old, forged, new, new_root, proof)
    if old:
        assert not is_consistent(old, old_root, new, forged, proof)


@given(old_and_new, old_and_new.filter(lambda pair: pair[0] > 0), st.data())
def test_a_wrong_size_or_root_is_judged_as_the_rfc_judges_it(
    told: tuple[int, int], true: tuple[int, int], data: st.DataObject
) -> None:
    """The proof of one pair of trees, offered for another pair of sizes: two recursions in two hands agree."""
    leaves = leaves_of(true[1])
    honest = rfc.proof(true[0], leaves)
    proof = data.draw(st.just(honest) | altered(honest))
    old_root, new_root = rfc.mth(leaves[: true[0]]), rfc.mth(leaves)
    old, new = told
    wanted = old > 0 and rfc.roots_from_proof(old, new, old_root, proof) == (old_root, new_root)
    assert is_consistent(old, old_root, new, new_root, proof) == wanted
    if told != true and 0 < old < new:
        assert not is_consistent(old, rfc.mth(leaves_of(old)), new, rfc.mth(leaves_of(new)), honest)
