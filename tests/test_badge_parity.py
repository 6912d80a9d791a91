"""Promise: what a frame shows to be wrong is no badge; what it cannot show is known, and one read is not believed."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.badges.cards import Badge, Laid, Reader, Sighting
from hardware.badges.em4100 import RawFrames, TextFrames, raw_frame, raw_number, text_frame
from tests.test_badges import ADA, BOB, line_ends, numbers, numbers_of


def flipped(frame: bytes, bits: Iterable[int]) -> bytes:
    value = int.from_bytes(frame, "big")
    return reduce(lambda left, bit: left ^ 1 << bit, bits, value).to_bytes(len(frame), "big")


def corners() -> Iterator[tuple[int, ...]]:
    """A bit of the number, its row's parity and its column's."""
    for row in range(10):
        for column in range(4):
            yield tuple(63 - (9 + 5 * place + at) for place, at in ((row, column), (row, 4), (10, column)))


def rectangles() -> Iterator[tuple[int, ...]]:
    """Four bits in two rows and two columns; the row of column parities has no parity of its own."""
    for upper, lower in combinations(range(10), 2):
        for left, right in combinations(range(5), 2):
            yield tuple(63 - (9 + 5 * row + column) for row in (upper, lower) for column in (left, right))
    for row in range(10):
        for left, right in combinations(range(4), 2):
            yield tuple(63 - (9 + 5 * place + column) for place in (row, 10) for column in (left, right))


@pytest.mark.parametrize("number", [ADA, BOB, 0, 2**40 - 1])
@pytest.mark.parametrize(("wrong", "unseen"), [(1, 0), (2, 0), (3, 40)])
def test_of_three_wrong_bits_parity_misses_a_bit_with_both_its_parities_and_no_others(
    number: int, wrong: int, unseen: int
) -> None:
    """All of them, one by one: 40 of 41 664. Why one read alone is not believed."""
    frame = raw_frame(number)
    missed = {bits for bits in combinations(range(64), wrong) if raw_number(flipped(frame, bits)) is not None}
    assert len(missed) == unseen
    assert missed <= {tuple(sorted(bits)) for bits in corners()}


@given(numbers)
def test_of_four_wrong_bits_parity_misses_those_at_the_corners_of_a_rectangle(number: int) -> None:
    """510 of 635 376."""
    frame = raw_frame(number)
    unseen = [raw_number(flipped(frame, bits)) for bits in rectangles()]
    assert len(unseen) == 510
    assert None not in unseen
    assert number not in unseen


@given(numbers, st.lists(st.integers(0, 63), min_size=4, max_size=4, unique=True))
def test_no_other_four_wrong_bits_are_a_badge(number: int, bits: list[int]) -> None:
    seen = raw_number(flipped(raw_frame(number), bits)) is None
    assert seen == (set(bits) not in [set(unseen) for unseen in rectangles()])


@given(numbers, st.integers(0, 7), st.tuples(st.integers(0, 5), st.integers(0, 5)))
def test_what_the_checksum_cannot_see_is_the_same_bit_in_two_of_its_bytes(
    number: int, bit: int, places: tuple[int, int]
) -> None:
    values = bytearray(bytes.fromhex(text_frame(number)[1:13].decode()))
    for place in places:
        values[place] ^= 1 << bit
    heard = numbers_of(TextFrames().take(b"\x02" + values.hex().upper().encode() + b"\x03", 0))
    assert heard == [int.from_bytes(values[:5], "big")]
    assert (heard == [number]) == (places[0] == places[1])


@given(numbers, st.integers(0, 40), st.integers(0, 40), line_ends)
def test_whatever_stretch_of_a_lying_badge_s_frames_is_lost_no_other_is_heard(
    number: int, start: int, lost: int, line_end: bytes
) -> None:
    """Raw frames have no end of their own: one may seem to be another's, once, and is not believed."""
    said = text_frame(number, line_end=line_end) * 4
    assert set(numbers_of(TextFrames().take(said[:start] + said[start + lost :], 0))) <= {number}
    raw, reader = raw_frame(number) * 8, Reader()
    heard = RawFrames().take(raw[:start] + raw[start + lost :], 0)
    laid = [reader.see(sighting, 0) for sighting in heard]
    assert {one.badge.number for one in laid if one} <= {f"{number:010X}"}


@given(numbers, numbers, st.lists(st.booleans(), max_size=12))
def test_a_number_heard_once_between_equal_ones_is_never_laid(lying: int, unseen: int, noisy: list[bool]) -> None:
    """What no parity shows: whole, valid and wrong, each time a little differently."""
    reader, now_ms, laid = Reader(), 0, list[Laid]()
    for turn, noise in enumerate(noisy):
        now_ms += 50
        heard = (unseen + turn + 1) % 2**40 if noise else lying
        found = reader.see(Sighting(Badge(f"{heard:010X}"), proved=False), now_ms)
        laid += [found] if found else []
    assert {one.badge.number for one in laid if one.alone} <= {f"{lying:010X}"}
