"""Promise: what is hashed in passing is what went by, also where the buffer is used again at once."""

import hashlib
import threading

from hypothesis import given
from hypothesis import strategies as st

from station.hashing import PassingDigest

SIZES = st.sampled_from((0, 1, 65_535, 65_536, 65_537, 300_000))


@given(st.lists(st.tuples(SIZES, st.integers(0, 255)), max_size=8))
def test_it_is_the_digest_of_all_pieces_in_their_order(pieces: list[tuple[int, int]]) -> None:
    passing, whole = PassingDigest(), hashlib.sha256()
    buffer = bytearray(300_000)
    for size, value in pieces:
        buffer[:size] = bytes([value]) * size
        whole.update(buffer[:size])
        passing.update(memoryview(buffer)[:size])
        buffer[:] = bytes(len(buffer))
    assert passing.hexdigest() == whole.hexdigest()
    assert passing.hexdigest() == whole.hexdigest(), "asked twice"
    assert not [thread for thread in threading.enumerate() if thread.name == "hashing"]
