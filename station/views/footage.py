"""What the desk shows of footage: groups, clips and missions as numbers, times, lengths and names of codes. Pure."""

from msgspec import Struct

from station.custody.mission import Mission
from station.desk.footage_of import Clip, Group
from station.policy.permits import Policy
from station.stamp import beijing, can_be_meant
from station.views.office_words import MARKS, MISSION_STEPS, Both

_MS_PER_SECOND = 1_000


class ClipRow(Struct, frozen=True):
    number: int
    source: str
    time: str
    length: str
    mission: int | None
    marks: tuple[Both, ...]


class MissionRow(Struct, frozen=True):
    number: int
    activity: Both
    kind: Both
    time: str
    step: Both
    marks: tuple[Both, ...]
    officers: tuple[str, ...]
    recordings: int


class GroupCard(Struct, frozen=True):
    """`key` tells one group from every other on the page; `begun`, `ended`: as an input field takes them."""

    key: int
    officer: str | None
    time: str
    clips: tuple[ClipRow, ...]
    unplaced: int
    proposed: int | None
    choices: tuple[MissionRow, ...]
    begun: str
    ended: str


def group_card(policy: Policy, group: Group, choices: tuple[Mission, ...]) -> GroupCard:
    return GroupCard(
        group.clips[0].recording,
        group.officer,
        span_text(group.begun_ms, group.ended_ms),
        tuple(clip_row(policy, clip) for clip in group.clips),
        sum(clip.mission is None for clip in group.clips),
        group.proposed,
        tuple(mission_row(policy, mission) for mission in choices),
        input_text(group.begun_ms),
        input_text(group.ended_ms, up=True),
    )


def clip_row(policy: Policy, clip: Clip) -> ClipRow:
    length = "" if clip.begun_ms is None or clip.ended_ms is None else length_text(clip.ended_ms - clip.begun_ms)
    marks = tuple(policy.called(code) for code in clip.secret)
    return ClipRow(clip.recording, clip.source, span_text(clip.begun_ms, clip.ended_ms), length, clip.mission, marks)


def mission_row(policy: Policy, mission: Mission) -> MissionRow:
    owner = policy.of_person(mission.spoken_for_by(policy.rolls))
    return MissionRow(
        mission.number,
        owner.called(mission.activity),
        owner.called(mission.kind),
        span_text(mission.started_ms, mission.ended_ms),
        MISSION_STEPS[mission.step],
        tuple(MARKS.get(mark, (mark, mark)) for mark in mission.marks),
        mission.officers,
        mission.recordings,
    )


def span_text(begun_ms: int | None, ended_ms: int | None) -> str:
    """As "2026-11-22 14:05–14:20"; empty where nobody knows."""
    if begun_ms is None:
        return ""
    begun = beijing(begun_ms)
    if ended_ms is None:
        return f"{begun:%Y-%m-%d %H:%M}–"
    ended = beijing(ended_ms)
    return f"{begun:%Y-%m-%d %H:%M}–" + (f"{ended:%H:%M}" if ended.date() == begun.date() else f"{ended:%m-%d %H:%M}")


def moment_text(utc_ms: int) -> str:
    return f"{beijing(utc_ms):%Y-%m-%d %H:%M}"


def length_text(ms: int) -> str:
    minutes, seconds = divmod(ms // _MS_PER_SECOND, 60)
    return f"{minutes}:{seconds:02d}"


def input_text(utc_ms: int | None, *, up: bool = False) -> str:
    """To the minute, as a field for a time holds it; `up` to the next one, so that nothing falls outside.

    Empty where nobody knows, or where a camera says what nobody can mean: whoever was there fills it in.
    """
    if utc_ms is None or not can_be_meant(utc_ms):
        return ""
    whole = utc_ms // 60_000 + (1 if up and utc_ms % 60_000 else 0)
    return f"{beijing(whole * 60_000):%Y-%m-%dT%H:%M}"
