"""Promise: no disc gets more than it holds, no file on one is above 4 GiB - 2 KiB, and every byte has its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockward.disc_plan import (
    BLOCK_BYTES,
    PER_FILE_BYTES,
    PIECE_BYTES_MAX,
    Piece,
    Source,
    in_pieces,
    spread,
)
from dockward.export_disc import MEDIA
from station.errors import WrongUseError

GIB = 1024**3
media = st.sampled_from([*MEDIA.values(), 2_000_000, 50 * GIB])
sizes = st.lists(st.integers(0, 30_000_000) | st.sampled_from([4 * GIB, PIECE_BYTES_MAX, 9 * GIB]), min_size=1)


@given(sizes, media)
def test_every_byte_has_exactly_one_place_and_no_disc_is_overfull(sizes: list[int], medium: int) -> None:
    files = [Source(f"data/{place}/original", size) for place, size in enumerate(sizes)]
    try:
        discs = spread(files, medium)
    except WrongUseError:
        assert medium == 2_000_000
        return
    for disc in discs:
        assert sum(piece.size + PER_FILE_BYTES for piece in disc) <= medium
        assert all(piece.size <= PIECE_BYTES_MAX for piece in disc)
    flat = [piece for disc in discs for piece in disc]
    assert len({piece.name for piece in flat}) == len(flat)
    for file in files:
        pieces = [piece for piece in flat if piece.path == file.path]
        offset = 0
        for piece in pieces:
            assert piece.offset == offset
            offset += piece.size
        assert offset == file.size
        assert pieces
        assert (len(pieces) > 1) <= (pieces[0].name != file.path)
    assert sorted(in_pieces(discs)) == sorted({piece.path for piece in flat if piece.name != piece.path})


def test_a_file_that_fits_on_one_disc_stays_whole() -> None:
    files = [Source("a", 3 * GIB), Source("b", 3 * GIB)]
    assert [[piece.name for piece in disc] for disc in spread(files, MEDIA["dvd"])] == [["a"], ["b"]]


def test_a_file_above_the_limit_is_in_pieces_even_where_a_disc_would_hold_it() -> None:
    """Some systems read files in several extents badly."""
    (disc,) = spread([Source("a", 4 * GIB)], MEDIA["bd"])
    assert disc == (
        Piece("a", "a.part-001", 0, PIECE_BYTES_MAX),
        Piece("a", "a.part-002", PIECE_BYTES_MAX, BLOCK_BYTES),
    )


def test_a_medium_that_is_too_small_or_pieces_without_end_are_refused() -> None:
    with pytest.raises(WrongUseError, match="too small"):
        spread([Source("a", 1)], 100_000)
    with pytest.raises(WrongUseError, match="more than 999 pieces"):
        spread([Source("a", 2_000_000_000)], 2_000_000)
