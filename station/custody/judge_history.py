"""Rules of judging while nobody knows which history of this journal is the true one.

What cannot be undone is refused; presence, reading and holding go on, so that no footage is lost.
"""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_of_disposal import ApproveDisposal
from station.custody.facts_of_footage import HistoryDisputed
from station.custody.judging import Finding

_STOPPED = (
    seen.CameraAsked,
    seen.ReleaseGiven,
    seen.ClearingAsked,
    acts.OriginalProvedAnew,
    acts.BeginPurge,
    acts.WriteOffDisk,
    ApproveDisposal,
)


def require_one_history(finding: Finding, said: seen.Observation) -> None:
    if finding.state.disputes and isinstance(said, _STOPPED):
        raise finding.refusal("HISTORY_DISPUTED")


def _history_contradicted(finding: Finding, said: seen.HistoryContradicted) -> None:
    """Once for each kind: more of the same is no news, and whoever has a key must not be able to fill the journal."""
    if all(dispute.why != said.why for dispute in finding.state.disputes.values()):
        body = HistoryDisputed(why=said.why, size=said.size, root=said.root)
        finding.find(f"history:{finding.state.size}", body)


HISTORY_RULES: Mapping[type[seen.Observation], Callable[[Finding, Any], None]] = {
    seen.HistoryContradicted: _history_contradicted,
}
