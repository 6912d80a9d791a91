"""What a kind of card must offer, and what lies on a reader. Bytes and `now_ms` in, badges out.

A driver takes what the reader says and answers what to say to it, so that cards which prove themselves by challenge
and response stand behind the same seam as cards that only have a number. Never shows a badge's whole number: whoever
knows it can copy the card.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from hardware.wires import ForbiddenError

GONE_MS = 1_000
"""A badge that was not heard for so long was lifted. Readers say it again some twenty times a second while it lies."""
_SHOWN = 3


@dataclass(frozen=True, slots=True, repr=False)
class Badge:
    """A card's number in upper-case hex. Printed or logged it is its last three digits."""

    number: str

    def __repr__(self) -> str:
        return f"badge …{self.number[-_SHOWN:]}"

    __str__ = __repr__


class Sighting(NamedTuple):
    """A badge was heard, whole and valid. `proved` only where the card answered a fresh challenge with its own key."""

    badge: Badge
    proved: bool


class Laid(NamedTuple):
    """Somebody laid a badge on the reader. Beside another that still lies there it is not `alone`: nobody signs in."""

    badge: Badge
    proved: bool
    alone: bool


class CardDriver(Protocol):
    """One kind of card behind one reader. Used by one thread."""

    def take(self, received: bytes, now_ms: int) -> tuple[Sighting, ...]:
        """What these bytes complete. Only whole valid badges; whatever else is said is passed over."""

    def question(self) -> bytes:
        """What the reader is to be told now; nothing for cards that only have a number."""


MakeDriver = Callable[[], CardDriver]


def make_driver(kind: str, kinds: Mapping[str, MakeDriver]) -> CardDriver:
    """By the configured name, never by guessing from what the reader says."""
    if kind not in kinds:
        raise ForbiddenError(
            f"没有名为 {kind!r} 的卡类型，可选：{'、'.join(sorted(kinds))} / "
            f"no kind of card is called {kind!r}; choose one of {', '.join(sorted(kinds))}"
        )
    return kinds[kind]()


class Reader:
    """Which badges lie on one reader: however often one is heard, it was laid once.

    A number that proves nothing is believed when it was heard a second time: parity has blind spots, and damage would
    have to hit the same one twice within a second. What else was heard meanwhile makes it not `alone`.
    """

    def __init__(self) -> None:
        self._heard_ms: dict[Badge, int] = {}
        self._laid: set[Badge] = set()
        self._proved: set[Badge] = set()

    def see(self, sighting: Sighting, now_ms: int) -> Laid | None:
        """None for what was lying already. A card that proves itself only later is laid once more, as proved."""
        self._forget_lifted(now_ms)
        badge, proved = sighting
        believed = proved or badge in self._heard_ms
        self._heard_ms[badge] = now_ms
        if not believed:
            return None
        known = badge in self._laid and (badge in self._proved or not proved)
        self._laid.add(badge)
        if proved:
            self._proved.add(badge)
        return None if known else Laid(badge, proved, alone=len(self._heard_ms) == 1)

    def lying(self, now_ms: int) -> Laid | None:
        """The badge that is there now, of several any one: it is not alone. Once the others are lifted, it is."""
        self._forget_lifted(now_ms)
        alone = len(self._heard_ms) == 1
        return next((Laid(badge, badge in self._proved, alone) for badge in self._laid), None)

    def _forget_lifted(self, now_ms: int) -> None:
        self._heard_ms = {badge: at_ms for badge, at_ms in self._heard_ms.items() if now_ms - at_ms < GONE_MS}
        self._laid &= self._heard_ms.keys()
        self._proved &= self._heard_ms.keys()
