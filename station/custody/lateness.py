"""What lies on the station longer than its pack lets it, unconfirmed by the registry. Pure; only says what is due.

Each docking is told once while its finding is open: the oldest of its recordings decides.
"""

from collections.abc import Iterator

from immutables import Map

from station.custody.recording import RecordingStep
from station.custody.reported_finding import ReportedFinding
from station.custody.state import State
from station.policy.civil_time import MS_PER_HOUR
from station.policy.permits import Policy
from station.stamp import Stamp

_TOO_LONG = "store.max_station_hours"
LOOK_MS = 60_000
"""The clock on the wall may be set meanwhile."""
_UNCONFIRMED = (RecordingStep.HELD, RecordingStep.STATED, RecordingStep.CLEARED)


def waiting_too_long(state: State, policy: Policy, at: Stamp) -> Iterator[tuple[int, int]]:
    """The oldest recording of each docking that is not told yet, and in how many ms it is too old."""
    if not at.synchronised:
        return
    looked_at: set[int] = set()
    for number in sorted(number for step in _UNCONFIRMED for number in state.by_step.get(step, Map())):
        recording = state.recordings[number]
        if recording.docking in looked_at:
            continue
        looked_at.add(recording.docking)
        hours = policy.of_camera(recording.source).under(recording.held_under).station_hours_max
        told = _told(state, recording.docking)
        if hours is None or recording.held_ms is None or told:
            continue
        left_ms = recording.held_ms + hours * MS_PER_HOUR + 1 - at.utc_ms
        yield number, min(max(0, left_ms), LOOK_MS)


def _told(state: State, docking: int) -> bool:
    """That footage of it is missing is another matter."""
    return any(
        one.rule == _TOO_LONG for one in state.standing(ReportedFinding, "INGEST_INCOMPLETE", f"docking:{docking}")
    )
