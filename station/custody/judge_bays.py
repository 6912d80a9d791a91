"""Rules of judging what the bays' wires say beside presence: keys, supply, cuts. What stands already is no news."""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import observations as seen
from station.custody.bay_signs import BayCharger
from station.custody.facts_of_bays import (
    BayKeyReturned,
    BayKeyTurned,
    ChargerCut,
    ChargerReleased,
    PowerFailed,
    PowerReturned,
)
from station.custody.judging import Finding


def _key_turned(finding: Finding, said: seen.KeyTurned) -> None:
    if said.turned is not (said.bay in finding.state.keys):
        body = BayKeyTurned if said.turned else BayKeyReturned
        finding.find(f"bay:{said.bay}", body(bay=said.bay, docking=_docking_in(finding, said.bay)))


def _power_said(finding: Finding, said: seen.PowerSaid) -> None:
    failed = next(iter(finding.state.outages), None)
    if not said.well and failed is None:
        finding.find(f"outage:{finding.state.size}", PowerFailed())
    elif said.well and failed is not None:
        finding.find(f"outage:{failed}", PowerReturned(outage=failed))


def _charger_cut(finding: Finding, said: seen.ChargerCut) -> None:
    """A board has one cut at a time: where it says another, the one we knew of is over."""
    standing = _cut_in(finding, said.bay)
    if standing is not None:
        if standing.is_of(said.number, said.why, said.value):
            return
        _release(finding, standing)
    cut = ChargerCut(
        bay=said.bay,
        docking=_docking_in(finding, said.bay),
        why=said.why,
        number=said.number,
        value=said.value,
    )
    finding.find(f"bay:{said.bay}", cut)


def _cut_acknowledged(finding: Finding, said: seen.CutAcknowledged) -> None:
    """Of a cut that is not the last, nothing is known any more."""
    standing = _cut_in(finding, said.bay)
    if standing is not None and standing.number == said.number:
        _release(finding, standing)


def _release(finding: Finding, cut: BayCharger) -> None:
    released = ChargerReleased(bay=cut.id, docking=cut.docking, number=cut.number)
    finding.find(f"bay:{cut.id}", released)


def _cut_in(finding: Finding, bay: str) -> BayCharger | None:
    charger = finding.state.chargers.get(bay)
    return charger if charger is not None and charger.cut else None


def _docking_in(finding: Finding, bay: str) -> int | None:
    docking = finding.state.docking_in(bay)
    return None if docking is None else docking.number


BAY_RULES: Mapping[type[seen.Observation], Callable[[Finding, Any], None]] = {
    seen.KeyTurned: _key_turned,
    seen.PowerSaid: _power_said,
    seen.ChargerCut: _charger_cut,
    seen.CutAcknowledged: _cut_acknowledged,
}
