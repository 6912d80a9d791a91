"""Which mission a recording seems to belong to. A proposal in time and no more: only a person settles it."""

from station.custody.mission import Mission
from station.custody.state import State


def mission_of(state: State, officer: str, earliest_ms: int, latest_ms: int) -> Mission | None:
    """The one open mission of this officer that was under way then.

    None where no mission fits, or more than one: a doubt is never decided here.
    """
    fitting = [
        mission
        for mission in state.missions.values()
        if officer in mission.officers and _under_way(mission, earliest_ms, latest_ms)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _under_way(mission: Mission, earliest_ms: int, latest_ms: int) -> bool:
    return latest_ms >= mission.started_ms and (mission.ended_ms is None or earliest_ms <= mission.ended_ms)
