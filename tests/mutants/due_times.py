"""Seeded faults in calendars, due times, hand-over and the change of rules, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_DUE = "tests/test_due_times.py"
_HANDOVER = "tests/test_handover.py"

MUTANTS = (
    Mutant(
        "A make-up day is a working day",
        "a Saturday or Sunday is never worked",
        "station/policy/calendars.py",
        "if day in notice.worked:",
        "if False:",
        f"{_DUE}::test_one_working_day",
    ),
    Mutant(
        "The day something ends is not counted",
        "the day of the end is day one",
        "station/policy/due_times.py",
        "calendar.working_day_after(local_day(pack, from_ms), count)",
        "calendar.working_day_after(local_day(pack, from_ms) - _ONE_DAY, count)",
        f"{_DUE}::test_one_working_day",
    ),
    Mutant(
        "An uncertain due date accuses nobody",
        "it is taken as it is shown",
        "station/policy/due_times.py",
        "return self.certain and at_ms > self.at_ms",
        "return at_ms > self.at_ms",
        f"{_DUE}::test_overdue_is_found_once_the_time_is_over",
    ),
    Mutant(
        "A date is certain only where every day counted is settled",
        "the calendar of the day it falls on is enough",
        "station/policy/calendars.py",
        "certain = certain and self.is_settled(day)",
        "certain = self.knows(day.year)",
        f"{_DUE}::test_without_a_calendar_the_date_is_shown_and_uncertain",
    ),
    Mutant(
        "Hours count from the end of the mission, and a file's own end only reminds",
        "the earliest file decides",
        "station/policy/due_times.py",
        'if pack.text("handover.anchor") == "activity_end" else (file, mission)',
        'if pack.text("handover.anchor") != "activity_end" else (file, mission)',
        f"{_DUE}::test_hours_count_from_the_end_of_the_mission",
    ),
    Mutant(
        "Delay after docking is the station's, never the officer's",
        "whatever is stored late is the officer's",
        "station/policy/handover.py",
        "if _in_time(due, handover.docked_ms) and not _in_time(due, handover.stored_ms):",
        "if False:",
        f"{_HANDOVER}::test_stored",
    ),
    Mutant(
        "A station that does not know the time accuses nobody",
        "its clock is believed all the same",
        "station/policy/handover.py",
        "if not handover.station_knew_time or not due",
        "if not due",
        f"{_HANDOVER}::test_a_station_that_did_not_know_the_time_accuses_nobody",
    ),
    Mutant(
        "Six months from 31 August end with February, not in March",
        "the days February lacks are added",
        "station/policy/due_times.py",
        "return min(dt.date(year, month, 1) + dt.timedelta(days=day - 1), next_month - _ONE_DAY)",
        "return dt.date(year, month, 1) + dt.timedelta(days=day - 1)",
        f"{_DUE}::test_keeping_ends",
    ),
    Mutant(
        "A change of rules never shortens keeping",
        "the shortest term since counts",
        "station/policy/transition.py",
        "return max(known) if known",
        "return min(known) if known",
        "tests/test_transition.py::test_a_change_of_rules_never_shortens_keeping",
    ),
)
