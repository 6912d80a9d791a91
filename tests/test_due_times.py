"""Due times, worked by hand: holidays with make-up days, nights, month ends, leap days, zones, years nobody knows."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.calendars import Calendar
from station.policy.due_times import (
    CaseFiling,
    Due,
    Ended,
    access_answer_due,
    backfill_due,
    casefile_due,
    casefile_reminder_ms,
    explanation_review_due,
    extended_due,
    finding_answer_due,
    handover_due,
    legal_review_due,
    longterm_burn_due,
    repair_done_ms,
    repair_due,
    retention_ends,
    spotcheck_due,
    stats_due,
)
from station.policy.effective import EffectivePack
from station.policy.overdue import Overdue, Owed, calendar_missing, overdue
from station.policy.pack import Status, Value
from station.policy.permits import PurgeAsked
from station.signing.calendar_files import packaged_calendar
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.civil_times import CALENDARS, MOMENTS, at, shown
from tests.policies import pack_with

CALENDAR = packaged_calendar()
ONE_WORKING_DAY = packaged_pack("yinchuan")
HOURS = packaged_pack("mingshan")
DAY_MS = 86_400_000


def due_of(pack: EffectivePack, ended: Ended, calendar: Calendar = CALENDAR) -> Due:
    due = handover_due(pack, calendar, ended)
    assert due is not None
    return due


def mission(civil: str, offset: int = 480) -> Ended:
    return Ended(mission_ms=at(civil, offset))


@pytest.mark.parametrize(
    ("ended", "due", "why"),
    [
        ("2025-06-10 10:15", "2025-06-11 18:00", "Tuesday to Wednesday, close of business"),
        ("2025-06-10 00:00", "2025-06-11 18:00", "the first minute of a day belongs to it"),
        ("2025-06-10 23:59", "2025-06-11 18:00", "the last minute too"),
        ("2025-06-11 00:30", "2025-06-12 18:00", "a night shift ends on the day it ends, not on which it began"),
        ("2025-06-13 18:30", "2025-06-16 18:00", "Friday evening: Monday"),
        ("2025-06-14 12:00", "2025-06-16 18:00", "an activity on a Saturday: Monday"),
        ("2025-03-31 16:00", "2025-04-01 18:00", "month end"),
        ("2024-02-28 10:00", "2024-02-29 18:00", "28 February of a leap year"),
        ("2024-02-29 10:00", "2024-03-01 18:00", "29 February, a Thursday"),
        ("2025-02-28 10:00", "2025-03-03 18:00", "28 February 2025 is a Friday"),
        ("2025-09-26 10:00", "2025-09-28 18:00", "Friday; Sunday is worked for National Day"),
        ("2025-09-30 23:59", "2025-10-09 18:00", "eve of eight days off"),
        ("2025-10-04 09:00", "2025-10-09 18:00", "amid the holiday"),
        ("2025-10-10 15:00", "2025-10-11 18:00", "Friday; Saturday is worked"),
        ("2025-10-11 09:00", "2025-10-13 18:00", "the worked Saturday itself is the day of the end"),
        ("2025-01-24 20:00", "2025-01-26 18:00", "Friday; Sunday is worked for Spring Festival"),
        ("2025-01-27 23:59", "2025-02-05 18:00", "before eight days of Spring Festival"),
        ("2025-02-07 08:00", "2025-02-08 18:00", "Friday; Saturday is worked after Spring Festival"),
        ("2026-02-13 23:59", "2026-02-14 18:00", "Friday; Saturday is worked, then nine days off"),
        ("2026-02-14 17:00", "2026-02-24 18:00", "eve of nine days off"),
        ("2026-09-18 23:59", "2026-09-20 18:00", "Friday; Sunday is worked for National Day"),
        ("2026-09-30 23:59", "2026-10-08 18:00", "eve of a seven-day holiday"),
        ("2025-12-31 23:00", "2026-01-04 18:00", "three days off over the turn of the year, then a worked Sunday"),
        ("2018-12-28 10:00", "2018-12-29 18:00", "a Saturday worked by the notice of the next year"),
        ("2018-12-29 10:00", "2019-01-02 18:00", "then three days off into the next year"),
        ("2020-01-31 10:00", "2020-02-03 18:00", "the Spring Festival that was lengthened"),
        ("2017-12-31 10:00", "2018-01-02 18:00", "only days that are counted need a calendar"),
    ],
)
def test_one_working_day(ended: str, due: str, why: str) -> None:
    found = due_of(ONE_WORKING_DAY, mission(ended))
    assert shown(found.at_ms) == due, why
    assert found.at_ms % 60_000 == 0
    assert found.certain


@pytest.mark.parametrize(
    ("ended", "due", "why"),
    [
        ("2026-12-31 10:00", "2027-01-01 18:00", "nobody knows 2027 yet: every day counts"),
        ("2027-05-07 10:00", "2027-05-08 18:00", "a Saturday in an unknown year"),
        ("2017-03-10 10:00", "2017-03-11 18:00", "and in one before the calendar begins"),
        ("2026-12-28 10:00", "2026-12-29 18:00", "the notice of 2027 may still move 29 December"),
    ],
)
def test_without_a_calendar_the_date_is_shown_and_uncertain(ended: str, due: str, why: str) -> None:
    found = due_of(ONE_WORKING_DAY, mission(ended))
    assert shown(found.at_ms) == due, why
    assert not found.certain
    missing = calendar_missing(ONE_WORKING_DAY, found, "M-7")
    assert missing is not None
    assert (missing.code, missing.verdict.rule) == ("CALENDAR_MISSING", "handover.unit")


def test_no_date_of_a_known_year_is_reported_as_uncertain() -> None:
    assert calendar_missing(ONE_WORKING_DAY, due_of(ONE_WORKING_DAY, mission("2025-06-10 10:15")), "M-7") is None


@pytest.mark.parametrize(
    ("offset", "due", "why"),
    [
        (480, "2025-06-11 18:00", "23:30 of the 10th"),
        (540, "2025-06-12 18:00", "00:30 of the 11th: one zone further east it is already the next day"),
        (360, "2025-06-11 18:00", "21:30 of the 10th"),
        (0, "2025-06-11 18:00", "15:30 of the 10th"),
    ],
)
def test_the_same_moment_in_other_zones(offset: int, due: str, why: str) -> None:
    pack = pack_with("yinchuan", unit__utc_offset_minutes=offset)
    assert shown(due_of(pack, mission("2025-06-10 15:30", 0)).at_ms, offset) == due, why


@pytest.mark.parametrize(
    ("ended", "reminder"),
    [
        ("2025-06-10 10:15", "2025-06-11 10:15"),
        ("2025-06-13 17:59", "2025-06-16 17:59"),
        ("2025-06-10 18:00", None),
        ("2025-06-10 23:59", None),
    ],
)
def test_the_same_clock_time_only_reminds(ended: str, reminder: str | None) -> None:
    """「在执法活动结束后一个工作日内」 may be read so; close of business is what decides."""
    remind_ms = due_of(ONE_WORKING_DAY, mission(ended)).remind_ms
    assert (None if remind_ms is None else shown(remind_ms)) == reminder


def test_another_close_of_business_and_more_days() -> None:
    early = pack_with("yinchuan", handover__office_close="17:30", handover__deadline=3)
    assert shown(due_of(early, mission("2025-09-26 10:00")).at_ms) == "2025-09-30 17:30"
    unnamed = pack_with("yinchuan", handover__office_close=None)
    assert shown(due_of(unnamed, mission("2025-09-26 10:00")).at_ms) == "2025-09-28 23:59"


@pytest.mark.parametrize(
    ("ended", "due", "why"),
    [
        ("2025-06-10 10:15", "2025-06-11 10:15", "to the minute"),
        ("2025-06-13 22:00", "2025-06-14 22:00", "weekends run"),
        ("2025-09-30 23:59", "2025-10-01 23:59", "holidays run"),
        ("2026-12-31 10:00", "2027-01-01 10:00", "no calendar is asked"),
        ("2024-02-28 13:00", "2024-02-29 13:00", "leap day"),
        ("2025-02-28 13:00", "2025-03-01 13:00", "no leap day"),
    ],
)
def test_hours_run_through_nights_and_holidays(ended: str, due: str, why: str) -> None:
    found = due_of(HOURS, mission(ended))
    assert shown(found.at_ms) == due, why
    assert found.certain


@pytest.mark.parametrize(
    ("mission_ended", "first_file", "due", "reminder", "why"),
    [
        ("2025-06-10 11:30", "2025-06-10 09:00", "2025-06-11 11:30", "2025-06-11 09:00", "the mission's end decides"),
        (None, "2025-06-10 09:00", "2025-06-11 09:00", None, "a file of no mission counts from its own end"),
        ("2025-06-10 11:30", None, "2025-06-11 11:30", None, "a mission without footage"),
        ("2025-06-10 11:30", "2025-06-10 12:00", "2025-06-11 11:30", None, "a camera that ran on gives no more time"),
    ],
)
def test_hours_count_from_the_end_of_the_mission(
    mission_ended: str | None, first_file: str | None, due: str, reminder: str | None, why: str
) -> None:
    """「每次执法活动结束后24小时内」: one due time a mission, a file's own end only reminds."""
    ended = Ended(None if mission_ended is None else at(mission_ended), None if first_file is None else at(first_file))
    found = due_of(HOURS, ended)
    assert shown(found.at_ms) == due, why
    assert (None if found.remind_ms is None else shown(found.remind_ms)) == reminder


def test_a_pack_that_counts_from_the_recording() -> None:
    """「音像记录制作完成后」, and no word of the activity's end."""
    pack = packaged_pack("liangping")
    both = Ended(at("2025-06-10 11:30"), at("2025-06-10 09:00"))
    assert shown(due_of(pack, both).at_ms) == "2025-06-11 09:00"
    assert shown(due_of(pack, mission("2025-06-10 11:30")).at_ms) == "2025-06-11 11:30"


def test_nothing_is_due_while_nothing_has_ended_or_no_time_is_named() -> None:
    assert handover_due(HOURS, CALENDAR, Ended()) is None
    unnamed = pack_with("mingshan", handover__deadline=None)
    assert handover_due(unnamed, CALENDAR, mission("2025-06-10 11:30")) is None


def test_an_extension_counts_from_the_return_and_never_shortens() -> None:
    """「应在自回到本单位后24小时内移交存储」"""
    pack = packaged_pack("mingshan")
    due = Due(at("2025-06-11 11:30"))
    assert shown(extended_due(pack, due, at("2025-06-14 20:00")).at_ms) == "2025-06-15 20:00"
    assert extended_due(pack, due, at("2025-06-10 08:00")) == due
    assert extended_due(pack, due, None) == due
    assert extended_due(packaged_pack("yinchuan"), due, at("2025-06-14 20:00")) == due


def test_working_days_of_reviews_and_answers() -> None:
    pack = pack_with(
        "yinchuan",
        nonuse__review_working_days=1,
        access__review_answer_days=1,
        finding__answer_days=3,
        legalreview__days=5,
        legalreview__extension_days=3,
    )
    eve = at("2025-09-30 15:00")
    found = (
        explanation_review_due(pack, CALENDAR, eve),
        access_answer_due(pack, CALENDAR, eve),
        finding_answer_due(pack, CALENDAR, eve),
        legal_review_due(pack, CALENDAR, eve, extended=False),
        legal_review_due(pack, CALENDAR, eve, extended=True),
    )
    # Worked from 9 October: Thursday 9, Friday 10, Saturday 11 (make-up), Monday 13 to Friday 17.
    assert [due and shown(due.at_ms) for due in found] == [
        "2025-10-09 18:00",
        "2025-10-09 18:00",
        "2025-10-11 18:00",
        "2025-10-14 18:00",
        "2025-10-17 18:00",
    ]


def test_a_finding_never_leaves_the_unit_by_an_uncertain_date() -> None:
    due = finding_answer_due(pack_with("yinchuan", finding__answer_days=3), CALENDAR, at("2027-04-30 10:00"))
    assert due is not None
    assert not due.has_passed(at("2030-01-01 00:00"))


def test_hours_of_backfill_and_repair() -> None:
    """「在行政执法程序启动后24小时内补报」, 「应当在发现损坏24小时内进行维修」"""
    pack = packaged_pack("mingshan")
    started = at("2025-10-01 03:20")
    assert backfill_due(pack, started) == repair_due(pack, started) == Due(at("2025-10-02 03:20"))
    assert repair_done_ms(pack, 1, None) == 1
    assert repair_done_ms(pack_with("mingshan", repair__meaning="finished"), 1, None) is None


CASE_FILE = packaged_pack("zhoucun")


@pytest.mark.parametrize(
    ("case", "due", "why"),
    [
        (
            CaseFiling(at("2025-01-30 10:00")),
            "2025-03-01 23:59",
            "30 days after 30 January; the day itself not counted",
        ),
        (CaseFiling(at("2024-01-30 10:00")), "2024-02-29 23:59", "and in a leap year"),
        (CaseFiling(at("2025-09-01 10:00")), "2025-10-01 23:59", "calendar days: a holiday counts"),
        (CaseFiling(at("2025-01-01 10:00"), has_case=True), None, "the case is open"),
        (
            CaseFiling(at("2025-01-01 10:00"), has_case=True, case_closed_ms=at("2025-05-31 17:00")),
            "2025-06-30 23:59",
            "from the day the case is closed",
        ),
    ],
)
def test_into_the_case_file(case: CaseFiling, due: str | None, why: str) -> None:
    """「应当在行政执法活动终结之日起30日内」"""
    found = casefile_due(CASE_FILE, case)
    assert (None if found is None else shown(found.at_ms)) == due, why
    if found is not None:
        assert found.remind_ms == found.at_ms - 7 * DAY_MS


def test_an_open_case_reminds_thirty_days_after_the_mission() -> None:
    reminder = casefile_reminder_ms(CASE_FILE, at("2025-01-01 10:00"))
    assert reminder is not None
    assert shown(reminder) == "2025-01-31 23:59"
    strict = pack_with("zhoucun", casefile__anchor="mission_end")
    found = casefile_due(strict, CaseFiling(at("2025-01-01 10:00"), has_case=True))
    assert found is not None
    assert found.at_ms == reminder


@pytest.mark.parametrize(
    ("month_day", "due", "ready"),
    [
        ("01-20", "2026-01-20 23:59", "2026-01-10 23:59"),
        ("01-30", "2026-01-30 23:59", "2026-01-20 23:59"),
        ("02-29", "2026-02-28 23:59", "2026-02-18 23:59"),
    ],
)
def test_the_yearly_figures(month_day: str, due: str, ready: str) -> None:
    """「于每年1月30日前将上年度行政执法情况报局办公室」: the day itself is still in time."""
    found = stats_due(pack_with("yinchuan", stats__annual_due=month_day, stats__lead_days=10), 2025)
    assert found is not None
    assert found.remind_ms is not None
    assert (shown(found.at_ms), shown(found.remind_ms)) == (due, ready)


def test_days_of_burning_and_of_spot_checks() -> None:
    pack = pack_with("yinchuan", longterm__burn_days=10, spotcheck__frequency=30)
    marked = at("2025-02-20 09:00")
    assert longterm_burn_due(pack, marked) == Due(at("2025-03-03 00:00") - 1)
    assert spotcheck_due(pack, marked) == Due(at("2025-03-23 00:00") - 1)


def test_what_a_pack_does_not_ask_for_is_never_due() -> None:
    pack = pack_with(
        "yinchuan",
        longterm__burn_days=None,
        spotcheck__frequency=None,
        stats__annual_due=None,
        repair__deadline_hours=None,
        emergency__backfill_hours=None,
        nonuse__review_working_days=None,
        casefile__deadline_days=None,
        legalreview__days=None,
    )
    now = at("2025-02-20 09:00")
    never = (
        longterm_burn_due(pack, now),
        spotcheck_due(pack, now),
        stats_due(pack, 2025),
        repair_due(pack, now),
        backfill_due(pack, now),
        explanation_review_due(pack, CALENDAR, now),
        casefile_due(pack, CaseFiling(now)),
        casefile_reminder_ms(pack, now),
        legal_review_due(pack, CALENDAR, now, extended=True),
    )
    assert never == (None,) * len(never)


def kept(stored: str, archived: str | None = None, activity: str = "ACT-INSPECT") -> PurgeAsked:
    return PurgeAsked("R-1", at(stored), None if archived is None else at(archived), activity, (), 0)


def with_term(value: int, unit: str, start: str = "later") -> EffectivePack:
    pack = pack_with("yinchuan", retention__start=start)
    rule = pack.rule("retention.ordinary_min")
    return replace(
        pack,
        rules={
            **pack.rules,
            rule.name: replace(rule, stated=Value(Status.DEFAULT, value, unit)),  # type: ignore[arg-type]
        },
    )


@pytest.mark.parametrize(
    ("stored", "term", "ends", "why"),
    [
        ("2025-08-31 10:00", (6, "months"), "2026-02-28 23:59", "February has no 31st: its last day, kept in full"),
        ("2023-08-31 10:00", (6, "months"), "2024-02-29 23:59", "29 in a leap year"),
        ("2025-08-15 00:00", (6, "months"), "2026-02-15 23:59", "the day of the same number, in full"),
        ("2025-12-31 23:59", (2, "months"), "2026-02-28 23:59", "over the year"),
        ("2025-01-31 10:00", (11, "months"), "2025-12-31 23:59", "December is the twelfth month"),
        ("2024-02-29 10:00", (3, "years"), "2027-02-28 23:59", "29 February and three years"),
        ("2024-02-29 10:00", (4, "years"), "2028-02-29 23:59", "and four"),
        ("2025-02-28 10:00", (3, "years"), "2028-02-28 23:59", "the day of the same number, not the month's end"),
        ("2025-02-28 10:00", (90, "days"), "2025-05-29 23:59", "days"),
    ],
)
def test_keeping_ends(stored: str, term: tuple[int, str], ends: str, why: str) -> None:
    found = retention_ends(with_term(*term), kept(stored))
    assert found is not None
    assert shown(found) == ends, why


@pytest.mark.parametrize(
    ("start", "archived", "ends"),
    [
        ("stored", "2025-03-01 10:00", "2025-07-10 23:59"),
        ("archived", "2025-03-01 10:00", "2025-09-01 23:59"),
        ("later", "2025-03-01 10:00", "2025-09-01 23:59"),
        ("later", None, "2025-07-10 23:59"),
        ("archived", None, None),
    ],
)
def test_where_keeping_starts(start: str, archived: str | None, ends: str | None) -> None:
    found = retention_ends(with_term(6, "months", start), kept("2025-01-10 10:00", archived))
    assert (None if found is None else shown(found)) == ends


def test_a_class_of_its_own_only_lengthens() -> None:
    pack = with_term(3, "years")
    rule = replace(pack.rule("retention.ordinary_min"), stated=Value(Status.DEFAULT, 6, "months"))
    longer = replace(rule, stated=Value(Status.DEFAULT, 10, "years"))
    rules = {**pack.rules, "retention.classes.ACT-SEAL": longer, "retention.classes.ACT-RANDOM": rule}
    pack = replace(pack, rules=rules)
    ends = [retention_ends(pack, kept("2025-01-10 10:00", None, act)) for act in ("ACT-SEAL", "ACT-RANDOM", "ACT-ANY")]
    assert [end and shown(end) for end in ends] == ["2035-01-10 23:59", "2028-01-10 23:59", "2028-01-10 23:59"]


def test_without_any_term_keeping_has_no_end() -> None:
    assert retention_ends(pack_with("yinchuan", retention__ordinary_min=None), kept("2025-01-10 10:00")) is None


@pytest.mark.parametrize("what", Overdue)
def test_overdue_is_found_once_the_time_is_over(what: Overdue) -> None:
    pack = pack_with("yinchuan", longterm__burn_days=10)
    due = Due(at("2025-06-11 18:00"))
    on_time, late = due.at_ms, due.at_ms + 1
    assert overdue(pack, what, Owed("M-7", due), on_time) is None
    assert overdue(pack, what, Owed("M-7", due, done_ms=on_time), late + DAY_MS) is None
    for owed in (Owed("M-7", due), Owed("M-7", due, done_ms=late)):
        found = overdue(pack, what, owed, late)
        assert found is not None
        assert (found.code, found.about) == (what, "M-7")
        assert ("due_ms", due.at_ms) in found.evidence
    uncertain = replace(due, certain=False)
    assert overdue(pack, what, Owed("M-7", uncertain), late + DAY_MS) is None


def test_what_a_pack_does_not_ask_for_is_never_overdue() -> None:
    pack = pack_with("yinchuan", longterm__burn_days=None, nonuse__statement_required=False)
    owed = Owed("M-7", Due(0))
    assert overdue(pack, Overdue.DISCS, owed, DAY_MS) is None
    assert overdue(pack, Overdue.EXPLANATION, owed, DAY_MS) is None


@given(MOMENTS, MOMENTS, CALENDARS, st.sampled_from([ONE_WORKING_DAY, HOURS]))
def test_a_later_end_is_never_due_earlier(one: int, other: int, calendar: Calendar, pack: EffectivePack) -> None:
    first, second = (due_of(pack, Ended(moment), calendar).at_ms for moment in sorted((one, other)))
    assert first <= second


@given(MOMENTS, CALENDARS, st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)))
def test_a_further_day_off_never_makes_it_earlier(moment: int, calendar: Calendar, day: dt.date) -> None:
    notice = calendar.notices.get(day.year)
    if notice is None:
        return
    further = calendar.with_newer(Calendar({day.year: replace(notice, off=notice.off | {day})}))
    ended = Ended(moment)
    assert due_of(ONE_WORKING_DAY, ended, calendar).at_ms <= due_of(ONE_WORKING_DAY, ended, further).at_ms


@given(MOMENTS, CALENDARS, st.integers(1, 7))
def test_the_due_day_is_the_last_of_so_many_working_days(moment: int, calendar: Calendar, days: int) -> None:
    due = due_of(pack_with("yinchuan", handover__deadline=days), Ended(moment), calendar)
    ended_on, due_on = (dt.date.fromisoformat(shown(at_ms)[:10]) for at_ms in (moment, due.at_ms))
    between = [ended_on + dt.timedelta(days=n) for n in range(1, (due_on - ended_on).days + 1)]
    assert due.at_ms > moment
    assert calendar.is_working(due_on)
    assert sum(map(calendar.is_working, between)) == days
    if due.certain:
        assert all(calendar.knows(day.year) for day in between)
    if not all(calendar.knows(day.year) for day in between):
        assert not due.certain


@given(MOMENTS, CALENDARS)
def test_an_uncertain_date_is_never_later_than_the_true_one(moment: int, calendar: Calendar) -> None:
    assert (
        due_of(ONE_WORKING_DAY, Ended(moment), Calendar()).at_ms
        <= due_of(ONE_WORKING_DAY, Ended(moment), calendar).at_ms
    )


@given(MOMENTS, MOMENTS, st.integers(1, 120), st.sampled_from(["months", "years"]))
def test_keeping_never_ends_short_of_its_months(one: int, other: int, length: int, unit: str) -> None:
    pack = with_term(length, unit)
    asked = [PurgeAsked("R-1", moment, None, "", (), 0) for moment in sorted((one, other))]
    first, second = (retention_ends(pack, each) for each in asked)
    assert first is not None
    assert second is not None
    assert first <= second
    months = length * (12 if unit == "years" else 1)
    assert first - min(one, other) >= (months * 30.4 - 3) * DAY_MS


@pytest.mark.parametrize("name", packaged_names())
def test_every_packaged_pack_names_a_due_time_after_the_end(name: str) -> None:
    pack = packaged_pack(name)
    ended = at("2025-09-30 23:59")
    due = due_of(pack, Ended(ended, ended - 60_000))
    assert due.at_ms > ended
    assert due.certain
    assert due.remind_ms is None or ended < due.remind_ms < due.at_ms
