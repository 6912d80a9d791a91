"""What the panel at the dock shows, as plain values: all bays, one bay, a refusal, guidance, the station's trouble.

Computed from the same status as the page, and as fit for everybody's eyes: numbers of loans and cameras, no person.
Says what, in which words and how urgently; where it stands on the screen, `station/panel` says.
"""

from collections.abc import Iterator

from msgspec import Struct

from station.errors import RefusedError
from station.views.charge import CHARGE_CALLED, CHARGE_WORDS, Charge, ChargeState
from station.views.panel_words import (
    BAY,
    CAMERA,
    CLOCK_NAME,
    CLOCK_TROUBLE,
    MAY_GO,
    REFUSED,
    SHORT,
    TAKE,
    TAKE_FROM_FAULT,
    TO_DO,
    Said,
)
from station.views.status import BayStatus, StatusView
from station.views.wall_clock import clock_text
from station.views.words import CALLED, STATUS_WORDS, Condition, Tone

_TOLD_ONCE = frozenset({Condition.IDENTIFYING, Condition.READING, Condition.READY, Condition.TAKEN})
"""Bays that come to this are shown when they do; the tile says it from then on."""
_TOLD_AGAIN = frozenset(
    {Condition.SILENT, Condition.GIVEN_UP, Condition.REMOVED, Condition.QUARANTINED, Condition.STUCK, Condition.TROUBLE}
)
_WAKING = frozenset({ChargeState.CHARGING, ChargeState.FULL})


class Tile(Struct, frozen=True):
    """One bay among all."""

    bay: str
    tone: Tone
    word: Said
    ready: str = ""
    """By the clock on the wall, as "14:20"; empty where nobody can say."""


class AllBays(Struct, frozen=True):
    tiles: tuple[Tile, ...]
    clock: str
    lent: int = 0
    missing: int = 0


class Sheet(Struct, frozen=True):
    """One thing to read. `small` is for whoever is called: codes and numbers."""

    tone: Tone
    heading: Said
    words: tuple[Said, ...]
    clock: str
    small: str = ""


class Page(Struct, frozen=True):
    """A page and its place in the round. Another key is other news."""

    key: str
    view: AllBays | Sheet
    stays: bool = True
    """Otherwise it is shown when it is new, and not again."""
    urgent: bool = False
    """Somebody stands there and waits for it."""


def pages(status: StatusView) -> tuple[Page, ...]:
    """All of the round, the whole dock first."""
    return (Page("bays", all_bays(status)), *_of_bays(status), *_of_station(status))


def all_bays(status: StatusView) -> AllBays:
    return AllBays(tuple(map(_tile, status.bays)), clock_text(status.at_ms), status.lent, status.missing)


def _tile(bay: BayStatus) -> Tile:
    condition = Condition.OFFERED if bay.offered else bay.condition
    ready = bay.charge.ready_ms if bay.charge is not None and bay.condition is not Condition.TROUBLE else None
    return Tile(bay.bay, CALLED[condition][0], SHORT[condition], "" if ready is None else clock_text(ready))


def _of_bays(status: StatusView) -> Iterator[Page]:
    clock = clock_text(status.at_ms)
    for bay in status.bays:
        if bay.offered:
            yield Page(f"take {bay.bay} {bay.docking}", offer(bay, clock), urgent=True)
        elif bay.condition in _TOLD_AGAIN | _TOLD_ONCE:
            key = f"bay {bay.bay} {bay.docking} {bay.condition}"
            yield Page(key, one_bay(bay, clock), stays=bay.condition in _TOLD_AGAIN)


def offer(bay: BayStatus, clock: str) -> Sheet:
    """Where to take the camera; what is wrong with the bay stands below."""
    take = TAKE if bay.trouble is None else TAKE_FROM_FAULT
    said = Said(take.zh.format(bay=bay.bay), take.en.format(bay=bay.bay))
    return Sheet(Tone.OFFERED, _named(bay.bay), (said, *_troubles(bay)), clock, _camera(bay))


def one_bay(bay: BayStatus, clock: str) -> Sheet:
    tone, called = CALLED[bay.condition]
    condition = Said(STATUS_WORDS[called], called)
    if bay.condition is Condition.SILENT and (bay.charge is None or bay.charge.state in _WAKING):
        return Sheet(tone, _named(bay.bay), (MAY_GO,), clock, _camera(bay))
    to_do = TO_DO.get(bay.condition)
    words = (condition, *((to_do,) if to_do else ()), *_troubles(bay), *_charging(bay))
    return Sheet(tone, _named(bay.bay), words, clock, _camera(bay))


def _of_station(status: StatusView) -> Iterator[Page]:
    clock = clock_text(status.at_ms)
    if status.clock != "synchronised":
        yield Page("trouble clock", Sheet(Tone.STOP, CLOCK_NAME, (CLOCK_TROUBLE,), clock))
    for what, words in status.troubles.items():
        zh, _, en = what.partition(" ")
        yield Page(f"trouble {what}", Sheet(Tone.STOP, Said(zh, en), (both(words),), clock))


def refusal(refused: RefusedError, words: str, at_ms: int) -> Sheet:
    """`words` say it in both languages, with what it rests on; code and rule stand below."""
    grounds = " · ".join(filter(None, (refused.code, refused.rule)))
    return Sheet(Tone.STOP, REFUSED, (both(words),), clock_text(at_ms), grounds)


def both(words: str) -> Said:
    """Words that stand as "Chinese / English"; where there is one language, nothing is put in the other's place."""
    zh, _, en = words.partition(" / ")
    return Said(zh, en)


def _named(bay: str) -> Said:
    return Said(BAY.zh.format(bay=bay), BAY.en.format(bay=bay))


def _camera(bay: BayStatus) -> str:
    if bay.camera is None:
        return ""
    return " · ".join(part.format(camera=bay.camera) for part in CAMERA)


def _troubles(bay: BayStatus) -> tuple[Said, ...]:
    return () if bay.trouble is None else (both(bay.trouble),)


def _charging(bay: BayStatus) -> tuple[Said, ...]:
    """What its charger does, how full it is, and when it is likely to be ready; trouble needs the room."""
    if bay.charge is None or bay.trouble is not None:
        return ()
    called = CHARGE_CALLED[bay.charge.state]
    percent = "" if bay.charge.percent is None else f"{bay.charge.percent} %"
    ready = _ready(bay.charge)
    return (
        Said(
            "，".join(filter(None, (CHARGE_WORDS[called], percent, ready.zh))),
            ", ".join(filter(None, (called, percent, ready.en))),
        ),
    )


def _ready(charge: Charge) -> Said:
    if charge.ready_ms is None:
        return Said("", "")
    early = clock_text(charge.ready_ms)
    late = early if charge.latest_ms is None else clock_text(charge.latest_ms)
    when = "full about {time}" if late == early else "full {early} to {late}"
    times = {"time": early, "early": early, "late": late}
    return Said(CHARGE_WORDS[when].format_map(times), when.format_map(times))
