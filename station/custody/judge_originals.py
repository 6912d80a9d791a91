"""Rules of judging where a recording's bytes lie: a copy was proved or is lost, or our own original may leave our disk.

An original goes only while a copy of it is proved anew elsewhere, and never while anything may still ask for it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from station.custody import acts
from station.custody.facts import CopySealed
from station.custody.facts_of_footage import CopyLost, OriginalReleased
from station.custody.judging import Finding
from station.custody.observations import UNREADABLE, Observation, SecondCopyProved, SecondCopySpoiled
from station.custody.purging import Purge, PurgeStep
from station.custody.recording import Recording, RecordingStep
from station.custody.state import State
from station.policy.due_times import DAY_MS
from station.policy.permits import Reported, Store
from station.stamp import Stamp

COPIES_ON = "copies_on"
"""What a finding is about that names a disk for the copies on it."""


def is_going(state: State, recording: int) -> bool:
    """Whether its deletion has begun."""
    return any(purge.step is PurgeStep.BEGUN for purge in state.standing(Purge, "recording", recording))


def is_kept(state: State, recording: Recording) -> bool:
    """Its original is to be on our disk, and nobody has begun to delete it."""
    gone = recording.released is not None or recording.step is RecordingStep.PURGED
    return not gone and not is_going(state, recording.number)


def has_copy(state: State, recording: Recording, disk: str) -> bool:
    """A copy is to be on that disk, and nobody has begun to delete it."""
    there = any(disk == known for known, _ in recording.copies) and recording.step is not RecordingStep.PURGED
    return there and not is_going(state, recording.number)


def may_be_copied(state: State, recording: Recording, disk: str) -> bool:
    """It is here, not being deleted, and not on that disk yet; nothing is copied onto one that was written off."""
    return not state.gone(disk) and is_kept(state, recording) and all(disk != known for known, _ in recording.copies)


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


def _second_copy_spoiled(finding: Finding, said: SecondCopySpoiled) -> None:
    """It counts no more. The disk is named once while its finding is open: it is the disk that is to be changed."""
    recording = finding.known(Recording, said.recording)
    if has_copy(finding.state, recording, said.disk):
        lost = CopyLost(recording=said.recording, disk=said.disk, found=said.found)
        finding.find(f"recording:{said.recording}", lost)
        for one in spoiled(finding, f"{COPIES_ON}:{said.disk}", recording.sha256, said.found):
            evidence: dict[str, Any] = {**dict(one.evidence), "recording": said.recording}
            finding.report(one.verdict, one.about, **evidence)


def spoiled(finding: Finding, about: str, expected: str, found: str) -> tuple[Reported, ...]:
    """What is to be reported of bytes that are not what they were; of a disk that does not give them, that it fails."""
    if found == UNREADABLE:
        today = dt.datetime.fromtimestamp(finding.at.utc_ms / 1000, dt.UTC).date()
        return finding.policy.store_faults(Store(about, failing=True, full=False, verified=today), today)
    return finding.policy.differs(about, expected, found)


def _original_proved_anew(finding: Finding, said: acts.OriginalProvedAnew) -> None:
    recording = finding.known(Recording, said.recording)
    if may_leave(finding.state, recording, said.keep_days, finding.at):
        released = OriginalReleased(recording=said.recording, receipt_sha256=said.receipt_sha256)
        finding.find(f"recording:{said.recording}", released)


ORIGINAL_RULES: Mapping[type[Observation], Callable[[Finding, Any], None]] = {
    SecondCopyProved: _second_copy_proved,
    SecondCopySpoiled: _second_copy_spoiled,
    acts.OriginalProvedAnew: _original_proved_anew,
}
