"""The Merkle tree straight from the text of RFC 6962, section 2.1: slow, recursive, sharing no code with the station.

`mth`, `path` and `proof` are the RFC's MTH, PATH and PROOF; the two `roots_from` functions read the same definitions
backwards, from a proof to the roots it amounts to.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256

Leaves = Sequence[bytes]
"""Leaf hashes, in order."""
Proof = tuple[bytes, ...]

EMPTY = sha256(b"").digest()


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@cache
def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(leaves: Leaves) -> bytes:
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return join(mth(leaves[:k]), mth(leaves[k:]))


def path(m: int, leaves: Leaves) -> Proof:
    n = len(leaves)
    if n == 1:
        return ()
    k = split(n)
    if m < k:
        return (*path(m, leaves[:k]), mth(leaves[k:]))
    return (*path(m - k, leaves[k:]), mth(leaves[:k]))


def proof(m: int, leaves: Leaves) -> Proof:
    """The RFC defines it for 0 < m <= n."""
    return _subproof(m, leaves, whole=True)


def _subproof(m: int, leaves: Leaves, *, whole: bool) -> Proof:
    n = len(leaves)
    if m == n:
        return () if whole else (mth(leaves),)
    k = split(n)
    if m <= k:
        return (*_subproof(m, leaves[:k], whole=whole), mth(leaves[k:]))
    return (*_subproof(m - k, leaves[k:], whole=False), mth(leaves[:k]))


def root_from_path(m: int, n: int, hashed: bytes, hashes: Proof) -> bytes | None:
    """The root of a tree of n that this path leads to; None where the path has another length."""
    if not 0 <= m < n:
        return None
    if n == 1:
        return hashed if not hashes else None
    if not hashes:
        return None
    k = split(n)
    if m < k:
        below = root_from_path(m, k, hashed, hashes[:-1])
        return below and join(below, hashes[-1])
    below = root_from_path(m - k, n - k, hashed, hashes[:-1])
    return below and join(hashes[-1], below)


def roots_from_proof(m: int, n: int, old_root: bytes, hashes: Proof) -> tuple[bytes, bytes] | None:
    """The old and the new root that this proof amounts to, for 0 < m <= n."""
    return _subroots(m, n, hashes, old_root)


def _subroots(m: int, n: int, hashes: Proof, known: bytes | None) -> tuple[bytes, bytes] | None:
    """`known`: the old root, where the whole old tree lies in this part and so need not be sent."""
    if m == n:
        if known is not None:
            return (known, known) if not hashes else None
        return (hashes[0], hashes[0]) if len(hashes) == 1 else None
    if not hashes:
        return None
    k = split(n)
    if m <= k:
        below = _subroots(m, k, hashes[:-1], known)
        return below and (below[0], join(below[1], hashes[-1]))
    below = _subroots(m - k, n - k, hashes[:-1], None)
    return below and (join(hashes[-1], below[0]), join(hashes[-1], below[1]))


def tile(leaves: Leaves, level: int, n: int) -> bytes:
    """C2SP tlog-tiles: up to 256 roots, each of a complete subtree of 256 to the `level` leaves."""
    width = 256**level
    first = 256 * n
    last = min(first + 256, len(leaves) // width)
    return b"".join(mth(leaves[i * width : (i + 1) * width]) for i in range(first, last))
