"""Promise: a contact is believed when it stood still, not sooner; bouncing changes nothing, rest is always noticed."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hardware.debounce import RESTLESS_MS, STILL_MS, Contact, restless, see

Changes = list[tuple[bool, int]]
"""Level, and how long it stays."""

changes: st.SearchStrategy[Changes] = st.lists(
    st.tuples(st.booleans(), st.one_of(st.integers(0, STILL_MS - 1), st.integers(0, 3 * STILL_MS))), max_size=30
)


def edges(told: Changes) -> list[tuple[int, bool]]:
    """Each level with when it began; neighbours that are the same are one."""
    at, found = 1_000, list[tuple[int, bool]]()
    for level, stays_ms in told:
        if not found or found[-1][1] != level:
            found.append((at, level))
        at += stays_ms
    return found


def played(seen: Sequence[tuple[int, bool]]) -> Contact:
    contact = Contact()
    for at, level in seen:
        contact = see(contact, level, at)
    return contact


def truth(seen: Sequence[tuple[int, bool]], now_ms: int) -> bool | None:
    """From the whole history: the last level that lasted."""
    ends = [at for at, _ in seen[1:]] + [now_ms]
    lasted = [level for (at, level), end in zip(seen, ends, strict=True) if end - at >= STILL_MS]
    return lasted[-1] if lasted else None


@given(changes, st.integers(0, 3 * STILL_MS))
def test_what_is_believed_is_the_last_level_that_lasted(told: Changes, later_ms: int) -> None:
    seen = edges(told) or [(1_000, True)]
    now_ms = seen[-1][0] + later_ms
    assert see(played(seen), seen[-1][1], now_ms).believed == truth(seen, now_ms)


@given(changes, st.lists(st.integers(0, 5_000), max_size=30))
def test_looking_oftener_changes_nothing(told: Changes, looks: list[int]) -> None:
    seen = edges(told) or [(1_000, True)]
    end = seen[-1][0]
    between = [at for at in (seen[0][0] + look for look in looks) if at <= end]
    looked = [(at, [level for began, level in seen if began <= at][-1]) for at in between]
    assert played(sorted([*seen, *looked], key=lambda one: one[0])) == played(seen)


@given(st.booleans(), st.lists(st.integers(0, STILL_MS - 1), max_size=200))
def test_a_contact_that_bounces_is_believed_as_it_was(before: bool, pauses: list[int]) -> None:  # noqa: FBT001
    contact, level, at = see(see(Contact(), before, 0), before, STILL_MS), before, STILL_MS
    for pause_ms in pauses:
        at += pause_ms
        level = not level
        contact = see(contact, level, at)
        assert contact.believed is before


@given(changes, st.booleans())
def test_rest_is_always_noticed(told: Changes, level: bool) -> None:  # noqa: FBT001
    contact = played(edges(told))
    last = see(contact, level, contact.since_ms)
    rested = see(last, level, last.since_ms + STILL_MS)
    assert rested.believed is level
    assert not restless(rested, last.since_ms + 10 * RESTLESS_MS)


@given(changes, st.integers(-10_000, 0), st.booleans())
def test_time_that_runs_backwards_is_no_time(told: Changes, back_ms: int, level: bool) -> None:  # noqa: FBT001
    contact = played(edges(told))
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
