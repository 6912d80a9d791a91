"""Which USB place is which bay, learned from what happened as cameras were put in: switches closing, places appearing.

Pure. A switch and a place belong together where nothing else can have been: of everything that happened close enough to
be one putting-in, there is exactly one way to pair all of it off. Whatever is not so is refused, never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

EARLY_MS = 2_000
"""A place may appear so long before its switch is believed."""
LATE_MS = 20_000
"""A camera that charges takes so long to say that it is there."""
RETURN_MS = 10_000
"""A camera that changes its mode leaves its place and comes back to it."""


class Moved(NamedTuple):
    """A bay's switch, at a time by a clock that nobody sets."""

    at_ms: int
    bay: str
    closed: bool


class Plugged(NamedTuple):
    """Something on the USB tree came to its place, or left it."""

    at_ms: int
    place: str
    there: bool


Event = Moved | Plugged


class Refused(NamedTuple):
    """What cannot be told apart: these bays were closed, these places appeared; all to be done again, one by one."""

    at_ms: int
    """When the last of it happened."""
    bays: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def certain_at_ms(self) -> int:
        """Until then it may still become clear."""
        return self.at_ms + LATE_MS


class Learned(NamedTuple):
    places: Mapping[str, str]
    """Of each bay that is clear; no two have one place."""
    refused: tuple[Refused, ...]


def learned(events: Sequence[Event]) -> Learned:
    """What all events until now say, in the order of time."""
    groups = list(_groups(list(_beginnings(events))))
    paired: list[tuple[Refused, dict[str, str] | None]] = [(_told(group), _pairs(group)) for group in groups]
    said = [pair for _, pairs in paired if pairs is not None for pair in pairs.items()]
    agreed = {bay: place for bay, place in said if _agrees(bay, place, said)}
    refused = [told for told, pairs in paired if pairs is None or not pairs.keys() <= agreed.keys()]
    return Learned(agreed, tuple(one for one in refused if not _done_again(one, agreed, paired)))


def _agrees(bay: str, place: str, said: Sequence[tuple[str, str]]) -> bool:
    """A bay with two places, or a place of two bays, is neither's."""
    return all((bay == other_bay) is (place == other_place) for other_bay, other_place in said)


def _done_again(
    refused: Refused, agreed: Mapping[str, str], paired: Sequence[tuple[Refused, dict[str, str] | None]]
) -> bool:
    """Every bay of it became clear later."""
    later = {bay for told, pairs in paired if pairs is not None and told.at_ms > refused.at_ms for bay in pairs}
    return bool(refused.bays) and set(refused.bays) <= later & agreed.keys()


def _beginnings(events: Sequence[Event]) -> Iterator[Event]:
    """The closings and arrivals; a place that comes back while no switch moved is the same camera."""
    left: dict[str, int] = {}
    for event in sorted(events, key=lambda event: event.at_ms):
        match event:
            case Plugged(at_ms, place, there=False):
                left[place] = at_ms
            case Plugged(at_ms, place) if place not in left or at_ms - left[place] > RETURN_MS:
                yield event
            case Moved(closed=closed):
                left.clear()
                if closed:
                    yield event


def _groups(beginnings: Sequence[Event]) -> Iterator[list[Event]]:
    """Those that hang together: each may belong to another of its group."""
    rest = list(beginnings)
    while rest:
        group = [rest.pop(0)]
        for one in group:
            near = [other for other in rest if _near(one, other)]
            group.extend(near)
            rest = [other for other in rest if other not in near]
        yield group


def _near(one: Event, other: Event) -> bool:
    match one, other:
        case (Moved() as switch, Plugged() as usb) | (Plugged() as usb, Moved() as switch):
            return -EARLY_MS <= usb.at_ms - switch.at_ms <= LATE_MS
    return False


def _pairs(group: Sequence[Event]) -> dict[str, str] | None:
    """The only way to pair a group's bays and places off, or None: taken apart from what has one partner alone.

    Where there is one way and no other, there always is such a one: who is left over had none, or several.
    """
    partners: dict[Event, set[Event]] = {}
    named = {event: _named(event) for event in group}
    for one in group:
        partners.setdefault(named[one], set()).update(named[other] for other in group if _near(one, other))
    pairs: dict[str, str] = {}
    while alone := next((one for one, others in partners.items() if len(others) == 1), None):
        (other,) = partners[alone]
        bay, place = (alone, other) if isinstance(alone, Moved) else (other, alone)
        if isinstance(bay, Moved) and isinstance(place, Plugged):
            pairs[bay.bay] = place.place
        for gone in (alone, other):
            for met in partners.pop(gone):
                if met in partners:
                    partners[met].discard(gone)
    return None if partners or not pairs else pairs


def _named(event: Event) -> Event:
    """Whenever it happened: a bay closed twice in one group is one bay."""
    return event._replace(at_ms=0)


def _told(group: Sequence[Event]) -> Refused:
    return Refused(
        max(event.at_ms for event in group),
        tuple(dict.fromkeys(event.bay for event in group if isinstance(event, Moved))),
        tuple(dict.fromkeys(event.place for event in group if isinstance(event, Plugged))),
    )
