"""Promise: a contact is believed when it was seen to stand still; bouncing changes nothing, rest is always noticed."""

from collections.abc import Sequence
from itertools import accumulate, takewhile

from hypothesis import given
from hypothesis import strategies as st

from hardware.debounce import RESTLESS_MS, STILL_MS, Contact, restless, see

Looks = list[tuple[int, bool]]
"""When, and at what level."""


def timed(told: list[tuple[int, bool]]) -> Looks:
    """After so long, at this level."""
    ends = accumulate(pause_ms for pause_ms, _ in told)
    return [(1_000 + end, level) for end, (_, level) in zip(ends, told, strict=True)]


looks: st.SearchStrategy[Looks] = st.lists(
    st.tuples(st.one_of(st.integers(0, STILL_MS - 1), st.integers(0, 3 * STILL_MS)), st.booleans()), max_size=30
).map(timed)


def played(seen: Sequence[tuple[int, bool]]) -> Contact:
    contact = Contact()
    for at, level in seen:
        contact = see(contact, level, at)
    return contact


def truth(seen: Sequence[tuple[int, bool]]) -> bool | None:
    """From the whole history: the last level at which it was seen twice, so far apart, and at no other between."""
    for last in reversed(range(len(seen))):
        at, level = seen[last]
        same = list(takewhile(lambda look: look[1] is level, reversed(seen[: last + 1])))  # noqa: B023 - used in this turn
        if at - same[-1][0] >= STILL_MS:
            return level
    return None


@given(looks)
def test_what_is_believed_is_the_last_level_that_it_was_seen_to_stand_at(seen: Looks) -> None:
    assert played(seen).believed == truth(seen)


@given(looks, st.lists(st.integers(0, 10_000), min_size=1))
def test_a_level_seen_once_between_others_is_never_believed(seen: Looks, pauses: list[int]) -> None:
    """However long nobody looked: a bounce in the one moment of a look is no camera."""
    contact = played(seen)
    at, level = contact.since_ms, contact.level
    believed = contact.believed
    for pause_ms in pauses:
        at, level = at + pause_ms, not level
        contact = see(contact, level, at)
        assert contact.believed is believed


@given(st.booleans(), st.lists(st.integers(0, STILL_MS - 1), max_size=200))
def test_a_contact_that_bounces_is_believed_as_it_was(before: bool, pauses: list[int]) -> None:  # noqa: FBT001
    contact, level, at = see(see(Contact(), before, 0), before, STILL_MS), before, STILL_MS
    for pause_ms in pauses:
        at += pause_ms
        level = not level
        contact = see(contact, level, at)
        assert contact.believed is before


@given(looks, st.booleans())
def test_rest_is_always_noticed(seen: Looks, level: bool) -> None:  # noqa: FBT001
    contact = played(seen)
    last = see(contact, level, contact.since_ms)
    rested = see(last, level, last.since_ms + STILL_MS)
    assert rested.believed is level
    assert not restless(rested, last.since_ms + 10 * RESTLESS_MS)


@given(looks, st.integers(-10_000, 0), st.booleans())
def test_time_that_runs_backwards_is_no_time(seen: Looks, back_ms: int, level: bool) -> None:  # noqa: FBT001
    contact = played(seen)
    assert see(contact, level, contact.since_ms + back_ms) == see(contact, level, contact.since_ms)


@given(st.integers(1, STILL_MS - 1))
def test_a_contact_that_never_rests_is_called_restless_after_a_while(pause_ms: int) -> None:
    contact, level, at = see(see(Contact(), True, 0), True, STILL_MS), True, STILL_MS  # noqa: FBT003
    while at <= 2 * RESTLESS_MS:
        assert contact.believed is True
        assert restless(contact, at) is (contact.moving_ms is not None and at > contact.moving_ms + RESTLESS_MS)
        at += pause_ms
        level = not level
        contact = see(contact, level, at)
    assert restless(contact, at)


def test_nothing_is_believed_at_first_sight() -> None:
    assert see(Contact(), True, 7).believed is None  # noqa: FBT003
    assert see(see(Contact(), True, 7), True, 7 + STILL_MS - 1).believed is None  # noqa: FBT003
    assert see(see(Contact(), True, 7), True, 7 + STILL_MS).believed is True  # noqa: FBT003


def test_time_is_counted_from_the_last_change_and_not_from_the_first() -> None:
    moved = see(see(Contact(), True, 7), False, 7 + STILL_MS - 1)  # noqa: FBT003
    assert see(moved, False, 7 + STILL_MS).believed is None  # noqa: FBT003
