"""What the office's pages say of times, lengths and grounds, and what they make of what was typed."""

import pytest

from station.errors import UnfitObservationError
from station.pages.guard import Visit
from station.policy.non_use import FACTS
from station.views.footage import input_text, length_text, span_text
from station.views.grounds import given_grounds, grounds_text
from station.views.look import about_text
from station.views.office_words import GROUNDS
from station.web.office import number_in, numbers_in, time_in

NIGHT_MS = 1_795_276_740_000
"""2026-11-21 23:59 in Beijing."""


def visit(**fields: str) -> Visit:
    return Visit("", None, {name: (value,) for name, value in fields.items()})


def test_times_are_those_of_the_clock_on_the_wall() -> None:
    assert span_text(NIGHT_MS, NIGHT_MS + 30_000) == "2026-11-21 23:59–23:59"
    assert span_text(NIGHT_MS, NIGHT_MS + 60_000) == "2026-11-21 23:59–11-22 00:00"
    assert (span_text(NIGHT_MS, None), span_text(None, None)) == ("2026-11-21 23:59–", "")
    assert length_text(3_600_000 + 61_999) == "61:01"


def test_a_group_s_times_are_rounded_so_that_nothing_falls_outside() -> None:
    assert input_text(NIGHT_MS + 1) == input_text(NIGHT_MS, up=True) == "2026-11-21T23:59"
    assert input_text(NIGHT_MS + 1, up=True) == "2026-11-22T00:00"
    assert time_in(visit(at="2026-11-21T23:59"), "at") == NIGHT_MS
    assert time_in(visit(at="2026-11-21T23:59:30"), "at") == NIGHT_MS
    assert time_in(visit(at=""), "at") is None
    for typed in ("2026-11-21", "21.11.2026 23:59", "x", "0001-01-01T00:00", "9999-12-31T23:59"):
        with pytest.raises(UnfitObservationError, match=" / "):
            time_in(visit(at=typed), "at")


@pytest.mark.parametrize("claimed_ms", [-(2**53), -62_135_596_800_001, 253_402_271_940_001, 253_402_300_799_999, 2**53])
def test_a_time_that_no_calendar_has_is_shown_as_far_as_one_goes_and_put_in_no_form(claimed_ms: int) -> None:
    assert span_text(claimed_ms, claimed_ms).startswith(("1-01-01 ", "9999-12-31 "))
    assert input_text(claimed_ms) == input_text(claimed_ms, up=True) == input_text(None) == ""


def test_numbers_are_read_however_they_are_listed() -> None:
    assert numbers_in(visit(of="5、8，8, 13 21"), "of") == (5, 8, 13, 21)
    assert numbers_in(Visit("", None, {"of": ("5", "8")}), "of") == (5, 8)
    assert number_in(visit(of=" 17 "), "of") == 17
    for typed in ("", "-1", "1e3", "٣", "1" * 16):
        with pytest.raises(UnfitObservationError, match=" / "):
            number_in(visit(of=typed), "of")


def test_grounds_come_back_by_their_names_and_other_lines_go_on() -> None:
    given = {"place": "法院", "written_rule": "第一条\nnote: 第二条"}
    text = "\n".join(f"{name}: {words}" for name, words in given.items())
    assert given_grounds(text) == given
    assert grounds_text(text) == ((GROUNDS["place"], "法院"), (GROUNDS["written_rule"], given["written_rule"]))
    assert given_grounds("") == given_grounds("free words") == {}


def test_every_ground_that_a_reason_needs_has_its_words() -> None:
    assert {name for names in FACTS.values() for name in names} == set(GROUNDS)


def test_what_a_finding_is_about_is_named() -> None:
    assert about_text("loan:17") == ("领用 17", "loan 17")
    assert about_text("disk:a:b") == ("disk a:b", "disk a:b")
