"""When a contact that bounces may be believed: once it was seen to stand still. Levels and times in, belief out.

What is told are looks, as often or as seldom as they come. Reads no pin and no clock.
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
    """What is known once it was seen at this level. Time that runs backwards is taken for no time.

    Only a second look at the same level says that it stood there: between two looks a bounce may have come and gone.
    """
    now_ms = max(now_ms, contact.since_ms)
    if level != contact.level:
        moving_ms = now_ms if contact.moving_ms is None else contact.moving_ms
        return Contact(contact.believed, level, now_ms, moving_ms)
    if now_ms - contact.since_ms < STILL_MS:
        return contact
    return contact._replace(believed=level, moving_ms=None)


def restless(contact: Contact, now_ms: int) -> bool:
    """Whether it has been moving for longer than any hand moves it: what was believed may be wrong by now."""
    return contact.moving_ms is not None and now_ms - contact.moving_ms > RESTLESS_MS
