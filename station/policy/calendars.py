"""Which days are working days: weekends, the State Council's days off, and the make-up days (调休) worked for them.

A year without its notice is unknown: every one of its days counts as working, so a date shown is never later than the
true one, and every answer that touches such a year says that it is uncertain. Pure: text in, values out.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from station.errors import DockwardError
from station.policy.untrusted_toml import UnfitTextError, read_tables

SATURDAY = 5
_ONE_DAY = dt.timedelta(days=1)
_BRIDGED_FROM = 29
"""No notice has ever moved an earlier day of the December before: 29 to 31 wait for the next year's notice."""
_HOLIDAY_DAYS_MAX = 31
_YEAR = re.compile(r"[12][0-9]{3}")


class CalendarError(DockwardError):
    """A calendar file cannot be used as it stands. One line: which file, which year, what is wrong."""


class Notice(Struct, frozen=True):
    """What is off and what is worked by the notice of one year; some days may lie in the December before."""

    off: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()
    sources: tuple[str, ...] = ()


class WorkingDay(Struct, frozen=True):
    """`certain`: every day counted on the way lies in a year whose notice is known."""

    day: dt.date
    certain: bool


class Calendar(Struct, frozen=True):
    """The notices known, by year."""

    notices: Mapping[int, Notice] = field(default_factory=dict)

    def knows(self, year: int) -> bool:
        return year in self.notices

    def is_settled(self, day: dt.date) -> bool:
        """Whether no further notice can change what the day is."""
        bridged = day.month == 12 and day.day >= _BRIDGED_FROM  # noqa: PLR2004 - December
        return self.knows(day.year) and (not bridged or self.knows(day.year + 1))

    def is_working(self, day: dt.date) -> bool:
        """In a year nobody knows, every day counts."""
        for year in (day.year, day.year + 1):
            if (notice := self.notices.get(year)) is not None:
                if day in notice.worked:
                    return True
                if day in notice.off:
                    return False
        return day.weekday() < SATURDAY or not self.knows(day.year)

    def working_day_after(self, day: dt.date, count: int) -> WorkingDay:
        """The `count`-th working day after `day`; the day itself is not counted."""
        certain = True
        while count > 0:
            day += _ONE_DAY
            certain = certain and self.is_settled(day)
            count -= self.is_working(day)
        return WorkingDay(day, certain)

    def with_newer(self, newer: "Calendar") -> "Calendar":
        """A year both know is taken from the newer, whole."""
        return replace(self, notices={**self.notices, **newer.notices})


class _Span(Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    first: dt.date
    last: dt.date


class _Year(Struct, frozen=True, forbid_unknown_fields=True):
    off: Annotated[tuple[_Span, ...], Meta(min_length=1)]
    worked: tuple[dt.date, ...] = ()
    sources: tuple[str, ...] = ()


def read_calendar(text: str, file: str) -> Calendar:
    """Strict: a day in the wrong year, twice, or both off and worked, is refused with one line that says where."""
    try:
        tables = read_tables(text)
    except UnfitTextError as error:
        raise CalendarError(f"{file}: {error}") from error
    return Calendar(dict(_notice(name, said, file) for name, said in tables.items()))


def _notice(name: str, said: Any, file: str) -> tuple[int, Notice]:
    where = f"{file}: [{name}]"
    if not _YEAR.fullmatch(name):
        raise CalendarError(f"{where}: is no year")
    try:
        year = msgspec.convert(said, _Year)
    except msgspec.ValidationError as error:
        raise CalendarError(f"{where}: {error}") from error
    off = tuple(_days(span, where) for span in year.off)
    listed = [day for days in off for day in days] + list(year.worked)
    for day in listed:
        _require_of_year(day, int(name), where)
    if len(set(listed)) < len(listed):
        raise CalendarError(f"{where}: a day stands there twice")
    if wrong := [day for day in year.worked if day.weekday() < SATURDAY]:
        raise CalendarError(f"{where}: {wrong[0]} is no Saturday or Sunday: nothing to make up")
    return int(name), Notice(frozenset().union(*off), frozenset(year.worked), year.sources)


def _days(span: _Span, where: str) -> tuple[dt.date, ...]:
    if not 0 <= (span.last - span.first).days < _HOLIDAY_DAYS_MAX:
        raise CalendarError(f"{where}: {span.zh} from {span.first} to {span.last} is no holiday")
    return tuple(span.first + count * _ONE_DAY for count in range((span.last - span.first).days + 1))


def _require_of_year(day: dt.date, year: int, where: str) -> None:
    if day.year != year and not dt.date(year - 1, 12, _BRIDGED_FROM) <= day < dt.date(year, 1, 1):
        raise CalendarError(f"{where}: {day} is no day of that year, nor of the last three before it")
