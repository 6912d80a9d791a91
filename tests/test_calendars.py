"""The calendar: what the State Council's notices say, and what is answered where there is none."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given

from station.policy.calendars import Calendar, CalendarError, WorkingDay, read_calendar
from station.policy.pack import PackError
from station.signing.calendar_files import delivered_calendar, packaged_calendar, read_calendar_file
from station.signing.certificates import POLICY, POLICY_NAME
from tests.agency import AT_MS, Agency
from tests.civil_times import CALENDARS

CALENDAR = packaged_calendar()
DAY = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("day", "is_working", "why"),
    [
        ("2025-01-26", True, "Sunday, worked for Spring Festival"),
        ("2025-01-27", True, "Monday before the eve"),
        ("2025-01-28", False, "the eve is a holiday since 2025"),
        ("2025-02-04", False, "last day of Spring Festival"),
        ("2025-02-08", True, "Saturday, worked"),
        ("2025-09-28", True, "Sunday, worked for National Day"),
        ("2025-10-08", False, "National Day and Mid-Autumn together: eight days"),
        ("2025-10-11", True, "Saturday, worked"),
        ("2026-01-04", True, "Sunday, worked for New Year"),
        ("2026-02-14", True, "Saturday, worked for Spring Festival"),
        ("2026-02-23", False, "ninth day of Spring Festival"),
        ("2026-10-10", True, "Saturday, worked"),
        ("2018-12-29", True, "Saturday, worked by the notice of 2019"),
        ("2018-12-31", False, "Monday, off by the notice of 2019"),
        ("2020-02-01", False, "Saturday to be worked, then off by the notice that lengthened the festival"),
        ("2025-06-14", False, "an ordinary Saturday"),
        ("2025-06-16", True, "an ordinary Monday"),
    ],
)
def test_real_days(day: str, is_working: bool, why: str) -> None:  # noqa: FBT001
    assert CALENDAR.is_working(DAY(day)) is is_working, why
    assert CALENDAR.is_settled(DAY(day))


@pytest.mark.parametrize(("year", "off", "worked"), [(2018, 23, 6), (2024, 30, 8), (2025, 28, 5), (2026, 33, 6)])
def test_each_notice_has_the_days_it_counts_itself(year: int, off: int, worked: int) -> None:
    """2018: 1 + 7 + 3 + 3 + 1 + 1 + 7. 2024: 3 + 8 + 3 + 5 + 1 + 3 + 7. 2025: 1 + 8 + 3 + 5 + 3 + 8. 2026: 33."""
    notice = CALENDAR.notices[year]
    assert (len(notice.off), len(notice.worked)) == (off, worked)


def test_every_packaged_year_names_its_notice() -> None:
    assert sorted(CALENDAR.notices) == list(range(2018, 2027))
    for year, notice in CALENDAR.notices.items():
        assert all(f"{year}年" in source and "国办发明电" in source for source in notice.sources)
        assert notice.sources


def test_in_an_unknown_year_every_day_counts_and_nothing_is_certain() -> None:
    sunday = DAY("2027-05-09")
    assert not CALENDAR.knows(2027)
    assert CALENDAR.is_working(sunday)
    assert CALENDAR.working_day_after(sunday - dt.timedelta(days=1), 1) == Calendar().working_day_after(
        DAY("2027-05-08"), 1
    )
    assert not CALENDAR.working_day_after(DAY("2027-05-08"), 1).certain


def test_the_last_days_of_december_wait_for_the_next_notice() -> None:
    """29 December 2018, a Saturday, became a working day only by the notice of 2019."""
    assert CALENDAR.is_settled(DAY("2026-12-28"))
    assert not CALENDAR.is_settled(DAY("2026-12-29"))
    assert CALENDAR.is_settled(DAY("2025-12-29"))


@given(CALENDARS)
def test_a_newer_calendar_replaces_whole_years_and_keeps_the_others(newer: Calendar) -> None:
    merged = CALENDAR.with_newer(newer)
    for year in range(2018, 2027):
        assert merged.notices[year] is (newer if newer.knows(year) else CALENDAR).notices[year]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[2027", "not TOML"),
        ("[next]\noff = []", "is no year"),
        (f"[{'9' * 5_000}]\noff = []", "is no year"),
        ("[2027]\noff = [{ zh = '元旦', first = 9999-12-31, last = 9999-12-31 }]", "9999-12-31 is no day"),
        ("[2027]\noff = []", "length >= 1"),
        ("[2027]\noff = [{ zh = '元旦', first = 2027-01-03, last = 2027-01-01 }]", "is no holiday"),
        ("[2027]\noff = [{ zh = '元旦', first = 2027-01-01, last = 2072-01-03 }]", "is no holiday"),
        ("[2027]\noff = [{ zh = '元旦', first = 2026-01-01, last = 2026-01-01 }]", "no day of that year"),
        ("[2027]\noff = [{ zh = '元旦', first = 2026-12-28, last = 2027-01-01 }]", "2026-12-28 is no day"),
        ("[2027]\noff = [{ zh = '元旦', first = 2027-01-01, last = 2027-01-02 }]\nworked = [2027-01-02]", "twice"),
        (
            "[2027]\noff = [{ zh = '元旦', first = 2027-01-01, last = 2027-01-01 }]\nworked = [2027-01-04]",
            "no Saturday",
        ),
        ("[2027]\nof = []", "unknown field `of`"),
        ("version = 1", "[version]: is no year"),
    ],
)
def test_a_wrong_file_is_refused_with_one_line_that_says_where(text: str, said: str) -> None:
    with pytest.raises(CalendarError, match=r"^new\.toml: ") as refused:
        read_calendar(text, "new.toml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value).strip()


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match="cannot be read"):
        read_calendar_file(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CalendarError, match="not UTF-8"):
        read_calendar_file(tmp_path / "bytes.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(CalendarError, match="larger than"):
        read_calendar_file(tmp_path / "huge.toml")


NEXT_YEAR = "[2027]\noff = [{ zh = '元旦', first = 2027-01-01, last = 2027-01-03 }]\n"


def test_a_signed_delivered_calendar_adds_its_year(tmp_path: Path) -> None:
    agency = Agency()
    signer = agency.issue(POLICY, POLICY_NAME)
    path = tmp_path / "calendars.toml"
    path.write_text(NEXT_YEAR, encoding="utf-8")
    Path(f"{path}.sig").write_bytes(signer.sign(path.read_bytes()))
    Path(f"{path}.pem").write_bytes(signer.pem)

    calendar = delivered_calendar(path, agency.ca_pem, AT_MS)

    assert calendar.working_day_after(DAY("2026-12-31"), 1) == WorkingDay(DAY("2027-01-04"), certain=True)
    assert calendar.knows(2018)

    path.write_text(NEXT_YEAR.replace("01-03", "01-02"), encoding="utf-8")
    with pytest.raises(PackError, match="SIGNATURE_INVALID"):
        delivered_calendar(path, agency.ca_pem, AT_MS)


def test_an_unsigned_delivered_calendar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calendars.toml"
    path.write_text(NEXT_YEAR, encoding="utf-8")
    with pytest.raises(PackError, match="SIGNATURE_INVALID"):
        delivered_calendar(path, b"", 0)
