"""The rule of judging a time stamp: it becomes a fact once, however long its recording has been settled."""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody.acts import StampVerified
from station.custody.facts_of_footage import StatementStamped
from station.custody.judging import Finding
from station.custody.observations import Observation
from station.custody.recording import RECORDING, Recording


def _stamp_verified(finding: Finding, said: StampVerified) -> None:
    """Nothing is found where it was stamped before, or its footage was purged meanwhile."""
    recording = finding.known(Recording, said.recording)
    if recording.stamped is None and (recording.step, StatementStamped) in RECORDING.table:
        stamped = StatementStamped(recording=said.recording, stamp_sha256=said.stamp_sha256, stamped_ms=said.stamped_ms)
        finding.find(f"recording:{said.recording}", stamped)


STAMP_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {StampVerified: _stamp_verified}
