"""Which mission a recording seems to belong to. A proposal in time and no more: only a person settles it."""

from station.custody.mission import Mission
from station.custody.recording import Recording
from station.custody.state import State


def proposed_mission(state: State, recording: Recording) -> Mission | None:
    """The one mission that is still open, was under way while this was filmed, and is of whoever had the camera.

    None where no mission fits, or more than one: a doubt is never decided here.
    """
    officer = officer_of(state, recording)
    if officer is None or recording.earliest_ms is None or recording.latest_ms is None:
        return None
    return mission_of(state, officer, recording.earliest_ms, recording.latest_ms)


def mission_of(state: State, officer: str, earliest_ms: int, latest_ms: int) -> Mission | None:
    """The one open mission of this officer that was under way then."""
    fitting = [
        mission
        for mission in state.missions.values()
        if officer in mission.officers and _under_way(mission, earliest_ms, latest_ms)
    ]
    return fitting[0] if len(fitting) == 1 else None


def officer_of(state: State, recording: Recording) -> str | None:
    """Who had the camera, as far as memory reaches."""
    camera = state.cameras.get(recording.source)
    if camera is None or recording.credited_loan is None:
        return None
    return next((span.officer for span in camera.spans if span.loan == recording.credited_loan), None)


def _under_way(mission: Mission, earliest_ms: int, latest_ms: int) -> bool:
    return latest_ms >= mission.started_ms and (mission.ended_ms is None or earliest_ms <= mission.ended_ms)
