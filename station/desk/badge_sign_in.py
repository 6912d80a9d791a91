"""An officer lays a badge on the reader and types a PIN. What is refused never says which of the two was wrong.

Never keeps a badge's number or a PIN, and gives neither to anything that writes.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.badges.cards import Badge, Laid
from station.errors import RefusedError
from station.pages.lock_out import LockOut, after_success, begin_try
from station.pages.pins import Pin, fits
from station.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose badge it is."""

    officer: str
    kept_pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LockOutShelf:
    """Where the lock-out is kept. `write` returns when it would outlive a power cut."""

    read: Callable[[], LockOut]
    write: Callable[[LockOut], None]


class BadgeSignIn:
    """One station's. Tries are taken one at a time."""

    def __init__(
        self, holder_of: Callable[[Badge], Holder | None], shelf: LockOutShelf, now: Callable[[], Stamp]
    ) -> None:
        self._holder_of = holder_of
        self._shelf = shelf
        self._now = now
        self._one_at_a_time = threading.Lock()

    def sign_in(self, laid: Laid, pin: Pin) -> str:
        """The officer's id; LockedOutError, or RefusedError with what to show."""
        if not laid.alone:
            raise RefusedError("TWO_BADGES")
        holder = self._holder_of(laid.badge)
        with self._one_at_a_time:
            before = self._shelf.read()
            self._shelf.write(begin_try(before, holder.officer if holder else None, self._now()))
            if not fits(holder.kept_pin if holder else None, pin) or holder is None:
                raise RefusedError("BADGE_OR_PIN_WRONG")
            self._shelf.write(after_success(before, holder.officer))
        return holder.officer
