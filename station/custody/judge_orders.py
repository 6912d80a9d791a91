"""Rules of judging what came as orders of the registry: what is older than what we have is not carried out.

Whoever tells has looked at the signature and at the address; what is known here alone is which orders came before.
"""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import observations as seen
from station.custody.facts_of_orders import BadgeLostElsewhere, OrdersRefused, OrdersTaken
from station.custody.judging import Finding


def _orders_came(finding: Finding, said: seen.OrdersCame) -> None:
    """The same list again is no news; another one under its number is none of an honest registry's."""
    known = finding.state.orders.get(said.registry)
    if known is not None and said.sequence < known.sequence:
        _refuse(finding, said.registry, "ORDERS_REPLAYED")
    elif known is not None and said.sequence == known.sequence:
        if said.sha256 != known.sha256:
            _refuse(finding, said.registry, "ORDERS_CONTRADICTED")
    else:
        _carry_out(finding, said)


def _carry_out(finding: Finding, said: seen.OrdersCame) -> None:
    for lost in said.lost_badges:
        if lost.badge not in finding.state.lost_badges:
            body = BadgeLostElsewhere(badge=lost.badge, station=lost.station, reported=lost.reported)
            finding.find(f"badge:{lost.badge}", body)
    taken = OrdersTaken(registry=said.registry, sequence=said.sequence, sha256=said.sha256)
    finding.find(f"orders:{said.sequence}", taken)


def _orders_unbelieved(finding: Finding, said: seen.OrdersUnbelieved) -> None:
    _refuse(finding, said.registry, said.code)


def _refuse(finding: Finding, registry: str, code: str) -> None:
    """Once for each code: whoever can write at the broker must not be able to fill the journal."""
    known = finding.state.orders.get(registry)
    if known is None or code not in known.refused:
        finding.find(f"orders:{finding.state.size}", OrdersRefused(registry=registry, code=code))


ORDER_RULES: Mapping[type[seen.Observation], Callable[[Finding, Any], None]] = {
    seen.OrdersCame: _orders_came,
    seen.OrdersUnbelieved: _orders_unbelieved,
}
