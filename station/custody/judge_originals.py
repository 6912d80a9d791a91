"""Rules of judging where a recording's bytes lie: a further copy was proved, or our own original may leave our disk.

An original goes only while a copy of it is proved anew elsewhere, and never while anything may still ask for it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from station.custody import acts
from station.custody.facts import CopySealed
from station.custody.facts_of_footage import OriginalReleased
from station.custody.judging import Finding
from station.custody.observations import Observation, SecondCopyProved
from station.custody.purging import Purge, PurgeStep
from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from station.policy.due_times import DAY_MS
from station.stamp import Stamp


def is_going(state: State, recording: int) -> bool:
    """Whether its deletion has begun."""
    return any(purge.step is PurgeStep.BEGUN for purge in state.standing(Purge, "recording", recording))


def may_be_copied(state: State, recording: Recording, disk: str) -> bool:
    """It is here, not being deleted, and not on that disk yet."""
    stays = recording.released is None and recording.step is not RecordingStep.PURGED
    return stays and all(disk != known for known, _ in recording.copies) and not is_going(state, recording.number)


def may_leave(state: State, recording: Recording, keep_days: int, at: Stamp) -> bool:
    """Received, cleared, old enough by clocks that knew the time, and nobody wants it or wants it gone."""
    if recording.step is not RecordingStep.SETTLED or recording.received is None or recording.released is not None:
        return False
    if state.disputes:
        return False
    if recording.held_ms is None or not at.synchronised or at.utc_ms - recording.held_ms <= keep_days * DAY_MS:
        return False
    return not state.blockers(recording) and not any(state.standing(Purge, "recording", recording.number))


def _second_copy_proved(finding: Finding, said: SecondCopyProved) -> None:
    recording = finding.known(Recording, said.recording)
    if may_be_copied(finding.state, recording, said.disk):
        finding.find(f"recording:{said.recording}", CopySealed(recording=said.recording, disk=said.disk))


def _original_proved_anew(finding: Finding, said: acts.OriginalProvedAnew) -> None:
    recording = finding.known(Recording, said.recording)
    if may_leave(finding.state, recording, said.keep_days, finding.at):
        released = OriginalReleased(recording=said.recording, receipt_sha256=said.receipt_sha256)
        finding.find(f"recording:{said.recording}", released)


ORIGINAL_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    SecondCopyProved: _second_copy_proved,
    acts.OriginalProvedAnew: _original_proved_anew,
}
