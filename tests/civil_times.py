"""Local civil times as a person writes them, and random calendars, for tests of due times."""

import datetime as dt

from hypothesis import strategies as st

from station.policy.calendars import Calendar, Notice

BEIJING = 480
KNOWN_YEARS = (2024, 2025, 2026)


def at(civil: str, offset: int = BEIJING) -> int:
    """`at("2025-09-30 23:59")` in UTC milliseconds."""
    zone = dt.timezone(dt.timedelta(minutes=offset))
    return round(dt.datetime.fromisoformat(civil).replace(tzinfo=zone).timestamp()) * 1_000


def shown(at_ms: int, offset: int = BEIJING) -> str:
    """As a page shows it, to the minute."""
    zone = dt.timezone(dt.timedelta(minutes=offset))
    return f"{dt.datetime.fromtimestamp(at_ms // 1_000, zone):%Y-%m-%d %H:%M}"


def _notice(year: int) -> st.SearchStrategy[Notice]:
    days = st.dates(dt.date(year, 1, 1), dt.date(year, 12, 31))
    weekends = days.map(lambda day: day + dt.timedelta(days=(5 - day.weekday()) % 7)).filter(
        lambda day: day.year == year
    )
    return st.builds(
        lambda off, worked: Notice(off - worked, worked),
        st.frozensets(days, max_size=40),
        st.frozensets(weekends, max_size=8),
    )


CALENDARS = st.sets(st.sampled_from(KNOWN_YEARS)).flatmap(
    lambda years: st.fixed_dictionaries({year: _notice(year) for year in years}).map(Calendar)
)
MOMENTS = st.integers(at("2023-12-20 00:00"), at("2027-01-10 00:00"))
