"""What the yearly figures and the analysis count, for one department and one period, each figure defined once.

Whole numbers alone: counts, minutes, shares in per mille. No person is named; whoever asks by officer gets opaque ids.
Only what the stations know is counted: no figure says anything of enforcement that never came near a camera.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from station.policy.civil_time import MS_PER_MINUTE, utc_ms
from station.policy.effective import EffectivePack
from station.policy.ratio import DepartmentRatio

PER_MILLE = 1_000


class Period(Struct, frozen=True):
    """From its first millisecond up to, and without, the first after it."""

    from_ms: int
    until_ms: int

    def holds(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.until_ms


class MissionSummary(Struct, frozen=True):
    """An ended mission. `demanded`: its activity must be recorded here, whatever excuse was found afterwards."""

    id: str
    department: str
    kind: str
    activity: str
    ended_ms: int
    demanded: bool
    recorded: bool
    """At least one recording was held of it."""
    officers: tuple[str, ...] = ()
    nonuse_reason: str = ""
    nonuse_accepted: bool = False
    handover_due_ms: int | None = None
    """With any extension that holds; None where the due time is not certain, or none is set."""
    handed_over_ms: int | None = None


class RecordingSummary(Struct, frozen=True):
    id: str
    department: str
    begun_ms: int
    length_ms: int


class FindingSummary(Struct, frozen=True):
    code: str
    department: str
    found_ms: int


class Share(Struct, frozen=True):
    part: int
    whole: int
    per_mille: int | None
    """Rounded down, so that 1000 is said of the whole alone; None where there is no whole."""


class Coverage(Struct, frozen=True):
    """Of one kind of enforcement and activity."""

    kind: str
    activity: str
    missions: int
    recorded: Share
    """Of the missions whose activity must be recorded."""


class Reasons(Struct, frozen=True):
    reason: str
    given: int
    accepted: int


class Lateness(Struct, frozen=True):
    """Missions by how their footage was handed over. The minutes are of the late ones alone, begun ones whole."""

    in_time: int = 0
    late: int = 0
    missing: int = 0
    """Due before the period was over, and not handed over when it was."""
    not_counted: int = 0
    """Not yet due then, or without a certain due time: nobody is called late by these."""
    median_minutes: int = 0
    latest_minutes: int = 0


class DepartmentStatistics(Struct, frozen=True):
    department: str
    period: Period
    missions: int
    recordings: int
    recorded_minutes: int
    coverage: tuple[Coverage, ...]
    nonuse: tuple[Reasons, ...]
    lateness: Lateness
    findings: tuple[tuple[str, int], ...]
    ratio: DepartmentRatio | None
    """As on the last day of the period, where rolls of that day are kept."""


def year_of(pack: EffectivePack, year: int) -> Period:
    """The calendar year in the unit's civil time."""
    first, after = (utc_ms(pack, dt.datetime(day, 1, 1)) for day in (year, year + 1))  # noqa: DTZ001 - civil time
    return Period(first, after)


Counted = TypeVar("Counted", MissionSummary, RecordingSummary, FindingSummary)


def within(counted: Iterable[Counted], department: str, period: Period) -> Iterator[Counted]:
    """A mission counts in the period in which it ended, a recording in that of its beginning, a finding when found."""
    for one in counted:
        if one.department == department and period.holds(_moment(one)):
            yield one


def _moment(one: MissionSummary | RecordingSummary | FindingSummary) -> int:
    match one:
        case MissionSummary():
            return one.ended_ms
        case RecordingSummary():
            return one.begun_ms
        case FindingSummary():
            return one.found_ms


def statistics(
    department: str,
    period: Period,
    missions: Sequence[MissionSummary],
    recordings: Sequence[RecordingSummary],
    findings: Sequence[FindingSummary],
    ratio: DepartmentRatio | None = None,
) -> DepartmentStatistics:
    """Every figure of one department and period, out of summaries that may hold others' too."""
    ended = tuple(within(missions, department, period))
    begun = tuple(within(recordings, department, period))
    return DepartmentStatistics(
        department,
        period,
        missions=len(ended),
        recordings=len(begun),
        recorded_minutes=recorded_minutes(begun),
        coverage=coverage(ended),
        nonuse=nonuse_by_reason(ended),
        lateness=lateness(ended, period.until_ms),
        findings=findings_by_code(tuple(within(findings, department, period))),
        ratio=ratio,
    )


def share(part: int, whole: int) -> Share:
    return Share(part, whole, part * PER_MILLE // whole if whole else None)


def recorded_minutes(recordings: Iterable[RecordingSummary]) -> int:
    """Whole minutes in the sum of all lengths, rounded down once; two cameras at one scene both count."""
    return sum(recording.length_ms for recording in recordings) // MS_PER_MINUTE


def coverage(missions: Iterable[MissionSummary]) -> tuple[Coverage, ...]:
    """By kind of enforcement and activity: of the missions that must be recorded, how many have a recording at all."""
    grouped: defaultdict[tuple[str, str], list[MissionSummary]] = defaultdict(list)
    for mission in missions:
        grouped[mission.kind, mission.activity].append(mission)
    return tuple(
        Coverage(
            *key,
            missions=len(group),
            recorded=share(
                sum(each.demanded and each.recorded for each in group), sum(each.demanded for each in group)
            ),
        )
        for key, group in sorted(grouped.items())
    )


def nonuse_by_reason(missions: Iterable[MissionSummary]) -> tuple[Reasons, ...]:
    """Missions with a reason given for not recording, even where some footage is there; and reasons accepted so far."""
    given = [mission for mission in missions if mission.nonuse_reason]
    accepted = Counter(mission.nonuse_reason for mission in given if mission.nonuse_accepted)
    counted = sorted(Counter(mission.nonuse_reason for mission in given).items())
    return tuple(Reasons(reason, times, accepted[reason]) for reason, times in counted)


def lateness(missions: Iterable[MissionSummary], until_ms: int) -> Lateness:
    """As it stood at `until_ms`. At the due time itself is in time; the median of an even number is the lower one."""
    states: Counter[str] = Counter()
    minutes_late: list[int] = []
    for mission in missions:
        due, done = mission.handover_due_ms, mission.handed_over_ms
        done = done if done is not None and done < until_ms else None
        if due is None or (done is None and due >= until_ms):
            states["not_counted"] += 1
        elif done is None:
            states["missing"] += 1
        elif done <= due:
            states["in_time"] += 1
        else:
            states["late"] += 1
            minutes_late.append(-((due - done) // MS_PER_MINUTE))
    minutes_late.sort()
    return Lateness(
        **states,
        median_minutes=minutes_late[(len(minutes_late) - 1) // 2] if minutes_late else 0,
        latest_minutes=minutes_late[-1] if minutes_late else 0,
    )


def findings_by_code(findings: Iterable[FindingSummary]) -> tuple[tuple[str, int], ...]:
    """Findings raised, answered or not, by their code."""
    return tuple(sorted(Counter(finding.code for finding in findings).items()))


def missions_by_officer(missions: Iterable[MissionSummary]) -> tuple[tuple[str, int], ...]:
    """Missions each opaque id took part in; a mission of two counts for both. Only for whoever asks, in no report."""
    return tuple(sorted(Counter(officer for mission in missions for officer in set(mission.officers)).items()))
