"""What a replaced hub did to the places of bays: all below it moved by one change of prefix. Pure.

Two bays that were seen to have moved so, and none that was seen to contradict, are enough to propose the rest: proposed
is not seen. Where changes would give a bay different places, or two bays the same one, nothing is proposed for them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

SEEN_MIN = 2

Path = tuple[int, ...]


class Change(NamedTuple):
    """Old and new beginning of places: the bus, and the ports on the way down."""

    old: Path
    new: Path


def proposed(configured: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    """A new place for each bay that was not seen and must have moved too."""
    changes = list(_changes(configured, seen))
    found: dict[str, str] = {}
    for bay, place in configured.items():
        if bay not in seen:
            moved = {new for change in changes if (new := _moved(place, change)) is not None}
            if len(moved) == 1:
                found[bay] = moved.pop()
    times = Counter([*seen.values(), *found.values()])
    found = {bay: place for bay, place in found.items() if times[place] == 1}
    kept = {place for bay, place in configured.items() if bay not in seen and bay not in found}
    return {bay: place for bay, place in found.items() if place not in kept}


def clashes(configured: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Each place that two bays would have, and which: one of them moved, and nobody saw where to."""
    places = {**configured, **new}
    times = Counter(places.values())
    return {
        place: tuple(bay for bay in places if places[bay] == place)
        for place in dict.fromkeys(places.values())
        if times[place] > 1
    }


def _changes(configured: Mapping[str, str], seen: Mapping[str, str]) -> Iterator[Change]:
    """Those that enough bays were seen to fit, and that no bay was seen to contradict."""
    moved = {bay: place for bay, place in seen.items() if bay in configured and configured[bay] != place}
    fitting = Counter(change for bay, place in moved.items() for change in _between(configured[bay], place))
    for change, times in fitting.items():
        below = [bay for bay in seen if bay in configured and _moved(configured[bay], change) is not None]
        if times >= SEEN_MIN and all(_moved(configured[bay], change) == seen[bay] for bay in below):
            yield change


def _between(old: str, new: str) -> Iterator[Change]:
    """Every change of a beginning that makes one of the other; at least the last port stays."""
    before, after = _path(old), _path(new)
    for rest in range(1, min(len(before), len(after))):
        if before[-rest:] != after[-rest:]:
            return
        yield Change(before[:-rest], after[:-rest])


def _moved(place: str, change: Change) -> str | None:
    """Where a place below what changed is now; None where it is not below."""
    path, length = _path(place), len(change.old)
    if path[:length] != change.old or len(path) == length:
        return None
    bus, *ports = (*change.new, *path[length:])
    return f"{bus}-{'.'.join(map(str, ports))}"


def _path(place: str) -> Path:
    return tuple(int(number) for number in place.replace("-", ".").split("."))
