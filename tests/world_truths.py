"""What must be true of a simulated town in the end, whatever happened in it; each as a sentence where it is not."""

from collections.abc import Iterator

from station.custody.facts import BayOffered, ClearingOrdered, Fact, RecordingHeld, StatementSigned
from station.custody.facts_of_footage import HistoryDisputed, OriginalReleased
from station.journal.entries import read_entry
from station.views.histories import JOURNAL
from tests.histories import unproved_clearings
from tests.worlds import Town, WorldStation

HARMLESS = {"REGISTRY_BEHIND"}
"""Alarms about the registry itself, once its books are an old copy."""
OF_TWO_HISTORIES = {"JOURNAL_SHRANK", "NOT_CONSISTENT", "TWO_BOOTS"}
_NEVER_AFTER = (BayOffered, ClearingOrdered, StatementSigned, OriginalReleased)


def wrongs(town: Town) -> list[str]:
    found = [f"{station.name}: {wrong}" for station in town.stations for wrong in _of_station(station)]
    allowed = HARMLESS | (OF_TWO_HISTORIES if any(one.restored for one in town.stations) else set())
    return [*found, *(f"the registry accuses: {code}" for code in sorted(town.registry.codes() - allowed))]


def facts_of(station: WorldStation) -> list[Fact]:
    return [read_entry(entry) for entry in station.log.entries()]


def _of_station(station: WorldStation) -> Iterator[str]:
    facts = facts_of(station)
    yield from station.wrong
    demand = station.station.clerk.policy.clearing
    yield from (f"cleared without its proofs: {one}" for one in unproved_clearings(facts, demand))
    for digest in station.filmed:
        if not station.places(digest):
            yield f"the bytes of {digest[:12]} are nowhere"
    yield from _delivered(station, facts)
    yield from _noticed(station)
    yield from _after_dispute(facts)


def _delivered(station: WorldStation, facts: list[Fact]) -> Iterator[str]:
    """Every fact once; the registry's copy is our journal."""
    copy, ours = station.town.registry.copy_of(station.name), list(station.log.entries())
    if station.restored:
        return
    held = [(fact.body.source, fact.body.listing) for fact in facts if isinstance(fact.body, RecordingHeld)]
    digests = {fact.body.sha256 for fact in facts if isinstance(fact.body, RecordingHeld)}
    if len(held) != len(set(held)):
        yield "a file is held twice"
    if missing := len(station.filmed.keys() - digests):
        yield f"{missing} recordings were never held"
    if station.station.clerk.state.disputes:
        if copy != ours[: len(copy)]:
            yield "the registry's copy is no beginning of our journal"
        return
    if copy != ours:
        yield f"the registry has {len(copy)} facts, and we have {len(ours)}"
    on_card = sum(digest in station.on_cards().values() for digest in station.filmed)
    if on_card:
        yield f"{on_card} recordings were never cleared"


def _noticed(station: WorldStation) -> Iterator[str]:
    """What lied was named."""
    told, disputes = station.line.told, station.station.clerk.state.disputes
    if told["signed badly"] != told["signed badly, noticed"]:
        yield "an answer that was signed badly was not named"
    if told["believed too early"]:
        yield "facts counted as delivered that were never cosigned"
    if (told["forked"] or station.restored) and not disputes:
        yield "two histories were not noticed"
    if disputes and not (told["forked"] or station.restored):
        yield f"a dispute that nobody gave cause for: {disputes}"
    if disputes and JOURNAL not in station.station.status().troubles:
        yield "the status page says nothing of the dispute"
    lies = sum(count for lie, count in station.http.told.items() if lie != "rotten")
    if lies and not any(error.startswith("upload") for error in station.errors):
        yield f"{lies} lies about uploads, and none was noticed"


def _after_dispute(facts: list[Fact]) -> Iterator[str]:
    disputed = next((fact.n for fact in facts if isinstance(fact.body, HistoryDisputed)), None)
    if disputed is not None:
        yield from (
            f"{fact.body.type} after the dispute" for fact in facts[disputed:] if isinstance(fact.body, _NEVER_AFTER)
        )
