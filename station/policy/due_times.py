"""When something is due: hand-over, statements, reviews, case files, repairs, figures, and when keeping may end.

Counted in the unit's civil time, kept in UTC milliseconds. The day something ends is not counted; hours run through
nights and holidays; a term of days ends with its last day. A time that rests on a year without a calendar is shown but
is not certain, and nobody is found late by it. Pure: never asks a clock, never judges a person.
"""

import datetime as dt
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from station.policy.calendars import Calendar
from station.policy.civil_time import MS_PER_HOUR, local_day, local_time, utc_ms
from station.policy.effective import EffectivePack, Rule

DAY_MS = 24 * MS_PER_HOUR
_ONE_DAY = dt.timedelta(days=1)


class Due(Struct, frozen=True):
    """Done at `at_ms` is still in time. `remind_ms` is an earlier reading that only reminds."""

    at_ms: int
    remind_ms: int | None = None
    certain: bool = True

    def has_passed(self, at_ms: int) -> bool:
        """Whether it is sure that the time is over."""
        return self.certain and at_ms > self.at_ms


class Ended(Struct, frozen=True):
    """When what is to be handed over came to its end: the mission, and the earliest of its files."""

    mission_ms: int | None = None
    first_file_ms: int | None = None


class CaseFiling(Struct, frozen=True):
    """Footage that belongs into a case file. Without a case, the mission's end counts."""

    mission_ended_ms: int
    has_case: bool = False
    case_closed_ms: int | None = None


class Kept(Protocol):
    """What the term of keeping a recording depends on."""

    @property
    def stored_ms(self) -> int: ...

    @property
    def archived_ms(self) -> int | None: ...

    @property
    def activity(self) -> str: ...


def handover_due(pack: EffectivePack, calendar: Calendar, ended: Ended) -> Due | None:
    """None while nothing has ended, or where the pack names no time."""
    allowed = pack.limit("handover.deadline")
    anchor_ms = _handover_anchor(pack, ended)
    if allowed is None or anchor_ms is None:
        return None
    if pack.text("handover.unit") == "working_day":
        return _same_clock_reminds(pack, _working_days_due(pack, calendar, anchor_ms, allowed), anchor_ms)
    first = ended.first_file_ms
    remind_ms = first + allowed * MS_PER_HOUR if first is not None and first < anchor_ms else None
    return Due(anchor_ms + allowed * MS_PER_HOUR, remind_ms)


def _handover_anchor(pack: EffectivePack, ended: Ended) -> int | None:
    """One due time a mission; a file that belongs to none counts from its own end."""
    mission, file = ended.mission_ms, ended.first_file_ms
    first, second = (mission, file) if pack.text("handover.anchor") == "activity_end" else (file, mission)
    return second if first is None else first


def _same_clock_reminds(pack: EffectivePack, due: Due, from_ms: int) -> Due:
    """'Within one working day' may also mean the same clock time of the due day: that reading only reminds."""
    wall = local_time(pack, from_ms).time()
    same_clock_ms = utc_ms(pack, dt.datetime.combine(local_day(pack, due.at_ms), wall))
    return replace(due, remind_ms=same_clock_ms) if same_clock_ms < due.at_ms else due


def extended_due(pack: EffectivePack, due: Due, returned_ms: int | None) -> Due:
    """Counted from the return to the unit; without one there is no extension, and none ever shortens the time."""
    hours = pack.limit("handover.extension_deadline")
    if hours is None or returned_ms is None:
        return due
    return replace(due, at_ms=max(due.at_ms, returned_ms + hours * MS_PER_HOUR))


def explanation_review_due(pack: EffectivePack, calendar: Calendar, explained_ms: int) -> Due | None:
    """For the review of a non-use explanation; the explanation itself is due with the hand-over."""
    return _working_days_rule(pack, calendar, explained_ms, "nonuse.review_working_days")


def access_answer_due(pack: EffectivePack, calendar: Calendar, asked_ms: int) -> Due | None:
    return _working_days_rule(pack, calendar, asked_ms, "access.review_answer_days")


def finding_answer_due(pack: EffectivePack, calendar: Calendar, told_ms: int) -> Due | None:
    """Until then a finding that names a person stays inside the unit: it may leave only once this has surely passed."""
    return _working_days_rule(pack, calendar, told_ms, "finding.answer_days")


def legal_review_due(pack: EffectivePack, calendar: Calendar, received_ms: int, *, extended: bool) -> Due | None:
    """To measure waits only."""
    days = pack.limit("legalreview.days")
    further = pack.limit("legalreview.extension_days") if extended else None
    return None if days is None else _working_days_due(pack, calendar, received_ms, days + (further or 0))


def backfill_due(pack: EffectivePack, procedure_started_ms: int) -> Due | None:
    """For the approval form of a procedure that was started first, in an emergency."""
    return _hours_rule(pack, procedure_started_ms, "emergency.backfill_hours")


def repair_due(pack: EffectivePack, discovered_ms: int) -> Due | None:
    return _hours_rule(pack, discovered_ms, "repair.deadline_hours")


def repair_done_ms(pack: EffectivePack, begun_ms: int | None, finished_ms: int | None) -> int | None:
    """When the duty was met: by beginning the repair, or only by finishing it."""
    return finished_ms if pack.text("repair.meaning") == "finished" else begun_ms


def casefile_due(pack: EffectivePack, filing: CaseFiling) -> Due | None:
    """None while the case is open, where the pack counts from its end; the warning is what reminds."""
    days, warn_days = pack.limit("casefile.deadline_days"), pack.limit("casefile.warn_days")
    from_case = filing.has_case and pack.text("casefile.anchor") == "case_closed"
    anchor_ms = filing.case_closed_ms if from_case else filing.mission_ended_ms
    if days is None or anchor_ms is None:
        return None
    due = _days_due(pack, anchor_ms, days)
    return due if warn_days is None else replace(due, remind_ms=due.at_ms - warn_days * DAY_MS)


def casefile_reminder_ms(pack: EffectivePack, mission_ended_ms: int) -> int | None:
    """Where a case runs on, the stricter reading reminds: counted from the mission."""
    days = pack.limit("casefile.deadline_days")
    return None if days is None else _days_due(pack, mission_ended_ms, days).at_ms


def longterm_burn_due(pack: EffectivePack, marked_ms: int) -> Due | None:
    days = pack.limit("longterm.burn_days")
    return None if days is None else _days_due(pack, marked_ms, days)


def spotcheck_due(pack: EffectivePack, last_check_ms: int) -> Due | None:
    days = pack.limit("spotcheck.frequency")
    return None if days is None else _days_due(pack, last_check_ms, days)


def stats_due(pack: EffectivePack, year: int) -> Due | None:
    """For the figures of `year`, in the year after; reminds when the export has to be ready."""
    named = pack.text("stats.annual_due")
    if not named:
        return None
    month, day = (int(part) for part in named.split("-"))
    at_ms = _end_of(pack, _clamped(year + 1, month, day))
    return Due(at_ms, at_ms - (pack.limit("stats.lead_days") or 0) * DAY_MS)


def retention_ends(pack: EffectivePack, kept: Kept) -> int | None:
    """The last moment a recording must be kept, by the longest term that applies; None while no term has an end.

    A term of months or years ends with the day of the same number; where the month has none, with its last day:
    31 August and six months end with 28 or 29 February, whole. The first day is not counted, the last is kept in full,
    so nothing ends earlier than the law has it.
    """
    classed = pack.entries("retention.classes").get(kept.activity)
    terms = [rule for rule in (pack.rule("retention.ordinary_min"), classed) if rule and rule.value is not None]
    start_ms = _retention_start(pack, kept)
    if start_ms is None or not terms:
        return None
    started = local_day(pack, start_ms)
    return max(_end_of(pack, _term_ends(started, term)) for term in terms)


def _retention_start(pack: EffectivePack, kept: Kept) -> int | None:
    """Silent everywhere, so the later of the two by default; what never enters a case file counts from its storage."""
    stored, archived = kept.stored_ms, kept.archived_ms
    match pack.text("retention.start"):
        case "stored":
            return stored
        case "archived":
            return archived
        case _:
            return stored if archived is None else max(stored, archived)


def _term_ends(started: dt.date, term: Rule) -> dt.date:
    length: int = term.value
    match term.stated.unit:
        case "days":
            return started + dt.timedelta(days=length)
        case "months":
            years, month = divmod(started.month - 1 + length, 12)
            return _clamped(started.year + years, month + 1, started.day)
        case _:
            return _clamped(started.year + length, started.month, started.day)


def _clamped(year: int, month: int, day: int) -> dt.date:
    """The month's last day where the month has no such day."""
    next_month = dt.date(year + month // 12, month % 12 + 1, 1)
    return min(dt.date(year, month, 1) + dt.timedelta(days=day - 1), next_month - _ONE_DAY)


def _working_days_rule(pack: EffectivePack, calendar: Calendar, from_ms: int, name: str) -> Due | None:
    count = pack.limit(name)
    return None if count is None else _working_days_due(pack, calendar, from_ms, count)


def _working_days_due(pack: EffectivePack, calendar: Calendar, from_ms: int, count: int) -> Due:
    reached = calendar.working_day_after(local_day(pack, from_ms), count)
    return Due(_close_of(pack, reached.day), certain=reached.certain)


def _hours_rule(pack: EffectivePack, from_ms: int, name: str) -> Due | None:
    hours = pack.limit(name)
    return None if hours is None else Due(from_ms + hours * MS_PER_HOUR)


def _days_due(pack: EffectivePack, from_ms: int, days: int) -> Due:
    return Due(_end_of(pack, local_day(pack, from_ms) + dt.timedelta(days=days)))


def _close_of(pack: EffectivePack, day: dt.date) -> int:
    """Close of business; where none is named, the day itself."""
    close = pack.text("handover.office_close")
    return utc_ms(pack, dt.datetime.combine(day, dt.time.fromisoformat(close))) if close else _end_of(pack, day)


def _end_of(pack: EffectivePack, day: dt.date) -> int:
    """The last millisecond of a day, so that it is shown as that day."""
    return utc_ms(pack, dt.datetime.combine(day + _ONE_DAY, dt.time.min)) - 1
