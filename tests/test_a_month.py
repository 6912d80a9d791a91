"""A department's month, replayed: what must be true of it at the end, whichever pack judged it."""

import pytest

from station.custody.loan import LoanStep
from station.policy.recording_duty import level_of
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.a_month import CAMERAS, RECORDINGS_PER_LOAN, Month
from tests.month_papers import ACTIVITY, Papers

DAYS = 8
"""From before the National Day holiday into it. The whole month is `make bench`."""


@pytest.fixture(params=packaged_names(), scope="module")
def month(request: pytest.FixtureRequest) -> Month:
    replayed = Month(packaged_pack(request.param), DAYS)
    replayed.replay()
    return replayed


def test_every_fact_names_the_pack_that_judged_it(month: Month) -> None:
    assert {fact.policy for fact in month.facts} == {month.pack.name}


def test_whatever_was_filmed_is_held_credited_and_cleared_once(month: Month) -> None:
    counted = month.counted
    held = [fact.body for fact in month.facts if fact.body.type == "recording_held"]
    assert len(held) == counted["loan_ended"] * RECORDINGS_PER_LOAN
    assert {getattr(body, "unattributed", None) for body in held} == {None}
    assert counted["camera_cleared"] == counted["loan_ended"]
    assert not month.state.recordings


def test_each_camera_is_in_one_place_and_each_officer_has_at_most_one(month: Month) -> None:
    assert len(month.state.cameras) == CAMERAS
    holders = [loan.officer for loan in month.state.loans.values() if loan.step is LoanStep.OPEN]
    assert len(holders) == len(set(holders))


def test_the_month_holds_refusals_of_several_kinds_and_no_accident(month: Month) -> None:
    refusals = {what.split()[1] for what in month.counted if what.startswith("loan_refused ")}
    assert {"CHECK_BATTERY", "OFFICER_HAS_CAMERA", "OFFICER_UNQUALIFIED"} <= refusals
    assert not [what for what in month.counted if what.startswith("refused: ")]


def test_the_month_s_papers_agree_with_its_facts(month: Month) -> None:
    papers = Papers(month)
    figures = papers.judge()
    assert figures.missions == month.counted["loan_ended"]
    assert figures.recordings == month.counted["recording_held"] == len(papers.names)
    assert figures.lateness.late == 0
    assert dict(figures.findings) == dict(papers.found)
    assert figures.ratio is not None
    assert figures.ratio.cameras.owned == CAMERAS
    span = level_of(month.pack, ACTIVITY, on_site=True).value
    assert (papers.found["REC_GAP"] > 0) == (span == "FULL"), "clips with pauses span nothing throughout"
