"""The Merkle tree of RFC 6962, kept in tiles of 256 hashes. Pure: hashes in, hashes and finished tiles out.

A node is named by its height and its place among the nodes of that height; only complete subtrees have names.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256

from msgspec import Struct

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES

EMPTY_ROOT = sha256().digest()

NodeHash = Callable[[int, int], bytes]
"""(height, place) → hash of that complete subtree."""
TileHashes = Callable[[int, int], bytes]
"""(level, n) → the hashes of that tile, as many as there are."""
Pyramid = tuple[bytes, ...]


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tile(Struct, frozen=True):
    """A complete tile: 256 hashes, and the hash they amount to."""

    level: int
    n: int
    hashes: bytes
    root: bytes


class Tree(Struct, frozen=True):
    """A growing tree: what is needed to append and to name the root, and no more."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()
    """Roots of the complete subtrees, largest first: one for each bit of `size`."""
    partial: tuple[bytes, ...] = ()
    """For each level, the hashes of its last, incomplete tile."""

    def append(self, leaf: bytes) -> tuple["Tree", tuple[Tile, ...]]:
        """The tree with one leaf more, and the tiles that this leaf completed."""
        nodes = list(self.nodes)
        partial = list(self.partial)
        tiles: list[Tile] = []
        height, place, node = 0, self.size, leaf
        while True:
            if height % TILE_HEIGHT == 0:
                _push(partial, tiles, height // TILE_HEIGHT, place, node)
            if not place & 1:
                break
            node = node_hash(nodes.pop(), node)
            height, place = height + 1, place >> 1
        nodes.append(node)
        return Tree(self.size + 1, tuple(nodes), tuple(partial)), tuple(tiles)

    @property
    def root(self) -> bytes:
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node_hash(left, root)
        return root


def _push(partial: list[bytes], tiles: list[Tile], level: int, place: int, node: bytes) -> None:
    """Put a hash into its level's tile; a full tile is handed out with the root found one level up."""
    if level == len(partial):
        partial.append(b"")
    if level and len(partial[level - 1]) == TILE_BYTES:
        tiles.append(Tile(level - 1, place, partial[level - 1], node))
        partial[level - 1] = b""
    partial[level] += node


def tree_of(size: int, tile_hashes: TileHashes) -> Tree:
    """The growing tree again, from what is stored."""
    widths = list(level_widths(size))
    partial = tuple(
        tile_hashes(level, width // TILE_WIDTH) if width % TILE_WIDTH else b"" for level, width in enumerate(widths)
    )
    node = nodes_in(lambda level, n: pyramid(tile_hashes(level, n)))
    return Tree(size, tuple(node(height, place) for height, place in _complete_parts(0, size)), partial)


def level_widths(size: int) -> Iterator[int]:
    """How many hashes each level of a tree has, lowest first."""
    while size:
        yield size
        size //= TILE_WIDTH


def nodes_in(pyramid_of: Callable[[int, int], Pyramid]) -> NodeHash:
    """Find nodes in tiles: each lies in one."""

    def node(height: int, place: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        n, first = divmod(place << above, TILE_WIDTH)
        start = (first >> above) * HASH_BYTES
        return pyramid_of(level, n)[above][start : start + HASH_BYTES]

    return node


def pyramid(hashes: bytes) -> Pyramid:
    """A tile with every complete node above its hashes, lowest first."""
    floors = [hashes]
    for _ in range(TILE_HEIGHT - 1):
        below = floors[-1]
        pairs = range(0, len(below) - HASH_BYTES, 2 * HASH_BYTES)
        floors.append(b"".join([sha256(b"\x01" + below[i : i + 2 * HASH_BYTES]).digest() for i in pairs]))
    return tuple(floors)


def inclusion_proof(index: int, size: int, node: NodeHash) -> tuple[bytes, ...]:
    """PATH of RFC 6962, section 2.1.1: the sibling of the leaf first."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    siblings: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return tuple(_range_root(first, last, node) for first, last in reversed(siblings))


def consistency_proof(old: int, new: int, node: NodeHash) -> tuple[bytes, ...]:
    """PROOF of RFC 6962, section 2.1.2."""
    if not 0 <= old <= new:
        raise IndexError(f"a tree of {new} does not extend one of {old}")
    if old in {0, new}:
        return ()
    ranges: list[tuple[int, int]] = []
    start, end = 0, new
    whole = True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return tuple(_range_root(first, last, node) for first, last in reversed(ranges))


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: tuple[bytes, ...]) -> bytes | None:
    """The root these amount to, by RFC 9162, section 2.1.3.2; None for a proof of the wrong length."""
    if not 0 <= index < size:
        return None
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return node if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: tuple[bytes, ...]) -> bool:
    """Whether the new tree extends the old one, by RFC 9162, section 2.1.4.2."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if not 0 < old < new or not proof:
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_node = node_hash(sibling, old_node)
            new_node = node_hash(sibling, new_node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == new_root


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _complete_parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees a range falls into, left to right, as (height, place)."""
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        yield height, start >> height
        start += 1 << height


def _range_root(start: int, end: int, node: NodeHash) -> bytes:
    parts = [node(height, place) for height, place in _complete_parts(start, end)]
    root = parts[-1]
    for left in reversed(parts[:-1]):
        root = node_hash(left, root)
    return root
