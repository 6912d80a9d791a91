"""Promise: each figure counts what its definition says, in whole numbers, and nobody is in it but by an opaque id."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.policy.civil_time import local_time
from station.policy.statistics import (
    Coverage,
    FindingSummary,
    Lateness,
    MissionSummary,
    Period,
    Reasons,
    RecordingSummary,
    Share,
    coverage,
    lateness,
    missions_by_officer,
    nonuse_by_reason,
    recorded_minutes,
    share,
    statistics,
    year_of,
)
from station.signing.policy_packs import packaged_pack

MINUTE = 60_000
PERIOD = Period(1_000, 2_000)


def mission(number: int = 0, **said: object) -> MissionSummary:
    known = {"kind": "INSPECTION", "activity": "ACT-INSPECT", "ended_ms": 1_500, "demanded": True, "recorded": True}
    return msgspec.convert({"id": f"m-{number}", "department": "d", **known, **said}, MissionSummary)


def test_a_year_is_the_units_own_year() -> None:
    pack = packaged_pack("xixia")
    year = year_of(pack, 2026)
    assert local_time(pack, year.from_ms).isoformat() == "2026-01-01T00:00:00"
    assert local_time(pack, year.until_ms).isoformat() == "2027-01-01T00:00:00"
    assert year.until_ms == year_of(pack, 2027).from_ms
    assert year.holds(year.from_ms)
    assert not year.holds(year.until_ms)


def test_each_is_counted_in_its_department_and_period() -> None:
    missions = [mission(n, ended_ms=at) for n, at in enumerate((999, 1_000, 1_999, 2_000))]
    recordings = [RecordingSummary(str(at), "d", at, MINUTE) for at in (999, 1_000, 2_000)]
    findings = [FindingSummary("REC_GAP", "d", at) for at in (999, 1_000, 1_500, 2_000)]
    others = [mission(9, department="other")]
    told = statistics("d", PERIOD, missions + others, recordings, findings)
    assert (told.missions, told.recordings, told.recorded_minutes) == (2, 1, 1)
    assert told.findings == (("REC_GAP", 2),)
    assert told.ratio is None


def test_minutes_are_rounded_once_for_all() -> None:
    recordings = [RecordingSummary(str(n), "d", 1_000, 40_000) for n in range(3)]
    assert recorded_minutes(recordings) == 2


def test_coverage_is_of_what_must_be_recorded() -> None:
    missions = [
        mission(1),
        mission(2, recorded=False),
        mission(3, recorded=False, demanded=False),
        mission(4, demanded=False),
        mission(5, activity="ACT-HEARING", demanded=False),
        mission(6, kind="COERCION"),
    ]
    assert coverage(missions) == (
        Coverage("COERCION", "ACT-INSPECT", 1, Share(1, 1, 1_000)),
        Coverage("INSPECTION", "ACT-HEARING", 1, Share(0, 0, None)),
        Coverage("INSPECTION", "ACT-INSPECT", 4, Share(1, 2, 500)),
    )


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_only_the_whole_is_a_thousand_per_mille(part: int, more: int) -> None:
    said = share(part, part + more)
    if part + more == 0:
        assert said.per_mille is None
    else:
        assert said.per_mille is not None
        assert (said.per_mille == 1_000) == (more == 0)
        assert 0 <= said.per_mille <= 1_000


def test_reasons_given_and_reasons_accepted() -> None:
    missions = [
        mission(1, nonuse_reason="NU-FAULT", nonuse_accepted=True),
        mission(2, nonuse_reason="NU-FAULT"),
        mission(3, nonuse_reason="NU-OBSTRUCTED"),
        mission(4),
    ]
    assert nonuse_by_reason(missions) == (Reasons("NU-FAULT", 2, 1), Reasons("NU-OBSTRUCTED", 1, 0))


def test_late_is_after_the_due_time_and_begun_minutes_are_whole() -> None:
    due = 100 * MINUTE
    missions = [
        mission(1, handover_due_ms=due, handed_over_ms=due),
        mission(2, handover_due_ms=due, handed_over_ms=due + 1),
        mission(3, handover_due_ms=due, handed_over_ms=due + 10 * MINUTE),
        mission(4, handover_due_ms=due, handed_over_ms=due + 3 * MINUTE),
        mission(5, handover_due_ms=due, handed_over_ms=due + 4 * MINUTE),
        mission(6, handover_due_ms=due),
        mission(7, handover_due_ms=due * 2),
        mission(8, handed_over_ms=due * 5),
        mission(9, handover_due_ms=due, handed_over_ms=due * 2),
    ]
    told = lateness(missions, until_ms=due * 2)
    assert told == Lateness(in_time=1, late=4, missing=2, not_counted=2, median_minutes=3, latest_minutes=10)
    assert lateness([], until_ms=0) == Lateness()


@given(
    st.lists(
        st.builds(
            mission,
            number=st.integers(0, 99),
            handover_due_ms=st.none() | st.integers(0, 3_000),
            handed_over_ms=st.none() | st.integers(0, 3_000),
            officers=st.lists(st.sampled_from("abc"), max_size=3),
            recorded=st.booleans(),
            demanded=st.booleans(),
            nonuse_reason=st.sampled_from(["", "NU-FAULT"]),
        ),
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_order_changes_no_figure_and_every_mission_is_somewhere(
    missions: list[MissionSummary], chance: random.Random
) -> None:
    told = statistics("d", PERIOD, missions, (), ())
    chance.shuffle(missions)
    assert statistics("d", PERIOD, missions, (), ()) == told
    late = told.lateness
    assert late.in_time + late.late + late.missing + late.not_counted == told.missions == len(missions)
    assert sum(one.missions for one in told.coverage) == told.missions
    assert b"officers" not in msgspec.json.encode(told)
    assert not any(isinstance(value, float) for value in leaves(msgspec.to_builtins(told)))


def leaves(said: object) -> list[object]:
    if isinstance(said, dict):
        return [leaf for value in said.values() for leaf in leaves(value)]
    if isinstance(said, list | tuple):
        return [leaf for value in said for leaf in leaves(value)]
    return [said]


@pytest.mark.parametrize("times", [1, 2])
def test_by_officer_only_for_whoever_asks(times: int) -> None:
    missions = [mission(n, officers=("p-2", "p-1", "p-1")) for n in range(times)]
    assert missions_by_officer(missions) == (("p-1", times), ("p-2", times))
