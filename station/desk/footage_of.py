"""Somebody's footage, grouped by the time it was filmed, so that it can be placed where it belongs. Pure.

A pause of more than a quarter of an hour, by the pictures' corrected time, begins a group. A group is proposed for the
one open mission that was under way; where none fits, or two do, nothing is proposed, and a person settles it anyway.
Numbers and times alone: never a picture, never the name of a file.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from station.custody.mission import Mission
from station.custody.placing import mission_of
from station.custody.state import State
from station.desk.signed_in import SignedIn
from station.store.desk_tables import Filmed

GAP_MS = 15 * 60_000


class Clip(Struct, frozen=True):
    """`begun_ms`, `ended_ms`: between these it was filmed, as far as its camera's clock says; `secret`: marks on it."""

    recording: int
    source: str
    begun_ms: int | None
    ended_ms: int | None
    size_bytes: int
    mission: int | None
    secret: tuple[str, ...]


class Group(Struct, frozen=True):
    """What one officer filmed without a long pause, or what nobody knows the time of."""

    officer: str | None
    clips: tuple[Clip, ...]
    begun_ms: int | None
    ended_ms: int | None
    proposed: int | None
    """The mission it seems to belong to."""

    @property
    def unplaced(self) -> bool:
        return any(clip.mission is None for clip in self.clips)


def footage_of(desk: SignedIn) -> tuple[Group, ...]:
    """What this person reaches: not yet placed first, then the newest first."""
    filmed = {one.recording.number: one for one in desk.tables.of_officer(desk.person)}
    cameras = [camera for camera in desk.state.cameras if desk.answers_for_camera(camera)]
    filmed |= {one.recording.number: one for one in desk.tables.of_cameras(cameras)}
    found = groups(desk.state, (one for one in filmed.values() if desk.reaches_footage(one)))
    return tuple(sorted(found, key=lambda group: (not group.unplaced, -(group.begun_ms or 0))))


def groups(state: State, filmed: Iterable[Filmed]) -> Iterator[Group]:
    ordered = sorted(filmed, key=lambda one: (one.officer or "", one.recording.earliest_ms or 0, one.recording.number))
    for officer, theirs in groupby(ordered, lambda one: one.officer):
        clips = [clip_of(state, one) for one in theirs]
        for together in _without_pause([clip for clip in clips if clip.begun_ms is not None]):
            begun_ms = together[0].begun_ms or 0
            ended_ms = max(clip.ended_ms or begun_ms for clip in together)
            mission = None if officer is None else mission_of(state, officer, begun_ms, ended_ms)
            yield Group(officer, together, begun_ms, ended_ms, None if mission is None else mission.number)
        if timeless := tuple(clip for clip in clips if clip.begun_ms is None):
            yield Group(officer, timeless, None, None, None)


def clip_of(state: State, filmed: Filmed) -> Clip:
    one = filmed.recording
    secret = tuple(sorted({mark.category for mark in state.secrecy_of(one)}))
    return Clip(one.number, one.source, one.earliest_ms, one.latest_ms, one.size_bytes, one.mission, secret)


def open_missions(desk: SignedIn) -> tuple[Mission, ...]:
    """Those within reach, the newest first."""
    reached = (mission for mission in desk.state.missions.values() if desk.reaches_mission(mission))
    return tuple(sorted(reached, key=lambda mission: -mission.number))


def fitting(missions: tuple[Mission, ...], officer: str | None) -> tuple[Mission, ...]:
    """Those that this officer's footage can be placed in."""
    return tuple(mission for mission in missions if officer is None or officer in mission.officers)


def _without_pause(clips: list[Clip]) -> Iterator[tuple[Clip, ...]]:
    """In the order they were filmed."""
    together: list[Clip] = []
    until_ms = 0
    for clip in clips:
        begun_ms = clip.begun_ms or 0
        if together and begun_ms - until_ms > GAP_MS:
            yield tuple(together)
            together = []
        until_ms = max(clip.ended_ms or begun_ms, until_ms if together else begun_ms)
        together.append(clip)
    if together:
        yield tuple(together)
