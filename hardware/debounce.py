"""When a contact that bounces may be believed: once it has stood still for a while. Levels and times in, belief out.

What is told may be edges or mere looks, as often or as seldom as they come. Reads no pin and no clock.
"""

from typing import NamedTuple

STILL_MS = 50
"""Snap-action switches bounce for some 5 ms, a camera pushed into its bay for a few times that; nobody feels 50 ms."""
RESTLESS_MS = 2_000
"""A camera is in its place by then: a contact that still moves is worn, dirty or loose."""


class Contact(NamedTuple):
    """What is known of one contact. A new one knows nothing."""

    believed: bool | None = None
    """The last level it stood still at; None until it did for the first time."""
    level: bool | None = None
    since_ms: int = 0
    """Since when it has been seen at `level` and at no other."""
    moving_ms: int | None = None
    """Since when it has not stood still; None while it does."""


def see(contact: Contact, level: bool, now_ms: int) -> Contact:  # noqa: FBT001 - a contact has two states
    """What is known once it was seen at this level. Time that runs backwards is taken for no time."""
    now_ms = max(now_ms, contact.since_ms)
    rested = _rested(contact, now_ms)
    if level == rested.level:
        return rested
    moving_ms = now_ms if rested.moving_ms is None else rested.moving_ms
    return Contact(rested.believed, level, now_ms, moving_ms)


def restless(contact: Contact, now_ms: int) -> bool:
    """Whether it has been moving for longer than any hand moves it: what was believed may be wrong by now."""
    return contact.moving_ms is not None and now_ms - contact.moving_ms > RESTLESS_MS


def _rested(contact: Contact, now_ms: int) -> Contact:
    """Nothing else was seen until now: it stood at its level all the while."""
    if contact.level is None or now_ms - contact.since_ms < STILL_MS:
        return contact
    return contact._replace(believed=contact.level, moving_ms=None)
