"""What footage, camera and store say of themselves: each finding in every pack, and what accuses nobody."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.footage_marks import (
    LineAct,
    Link,
    altered,
    chain_broken,
    clock_drift,
    damaged,
    foreign_host,
    hash_mismatch,
    ingest_incomplete,
    other_breach,
    sequence_gaps,
    store_faults,
    taken_as_signed,
    touches_audit,
)
from station.policy.permits import FileTimes, Intake, Store
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with

EVERY_PACK = pytest.mark.parametrize("name", packaged_names())
NOON = 1_784_520_000_000
HOUR = 3_600_000
TODAY = dt.date(2026, 7, 20)
ACT = "prohibited.acts."

# --- the camera's numbers ----------------------------------------------------------------------------------------


@EVERY_PACK
def test_numbers_the_camera_left_out(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = sequence_gaps(pack, "C1", known={11, 12}, listed=[13, 16])
    require_cited(pack, found.verdict, "SEQ_GAP", f"{ACT}PA-DELETE")
    assert (found.about, found.evidence) == ("C1", (("first_missing", 14), ("last_missing", 15)))


@pytest.mark.parametrize(
    ("known", "listed", "gaps"),
    [
        (set(), [5, 6, 7], []),
        (set(), [], []),
        ({1, 2, 3}, [4, 5], []),
        ({1, 2, 3}, [5, 9], [(4, 4), (6, 8)]),
        ({4, 5, 6, 7, 8, 9}, [4, 9], []),  # the ones between were cleared here
        ({1, 2, 6}, [6, 7], []),  # an old gap is not reported again
        ({9998, 9999}, [1, 2, 4], [(3, 3)]),  # the camera counts anew
        ({1, 2, 3}, [3, 5, 5], [(4, 4)]),
    ],
)
def test_gaps_by_hand(known: set[int], listed: list[int], gaps: list[tuple[int, int]]) -> None:
    found = sequence_gaps(packaged_pack("yinchuan"), "C1", known, listed)
    assert [tuple(value for _, value in one.evidence) for one in found] == gaps


@given(st.sets(st.integers(1, 60), min_size=1), st.integers(1, 60))
def test_a_gap_is_found_exactly_where_a_new_file_follows_missing_ones(listed: set[int], split: int) -> None:
    known, new = {n for n in listed if n <= split}, {n for n in listed if n > split}
    missing = {n for n in range(min(listed), max(listed)) if n not in listed and any(m > n for m in new)}
    if known:
        missing = {n for n in missing if n > max(known)}
    found = sequence_gaps(packaged_pack("yinchuan"), "C1", known, new)
    said = [tuple(int(value) for _, value in one.evidence) for one in found]
    assert {n for first, last in said for n in range(first, last + 1)} == missing


# --- a file's times and size -------------------------------------------------------------------------------------

UNTOUCHED = FileTimes(
    "R1.MP4",
    bytes_listed=1_000,
    bytes_listed_before=1_000,
    name_begun_ms=NOON,
    container_begun_ms=NOON + 1_000,
    container_ended_ms=NOON + HOUR,
    listed_changed_ms=NOON + HOUR + 2_000,
)


@EVERY_PACK
@pytest.mark.parametrize(
    "changed",
    [
        {"bytes_listed": 999},
        {"listed_changed_ms": NOON + 5 * HOUR},
        {"container_begun_ms": NOON + HOUR // 2},
        {"name_begun_ms": NOON - HOUR},
    ],
)
def test_a_file_that_speaks_of_a_change_after_it_was_made(name: str, changed: dict[str, int]) -> None:
    pack = packaged_pack(name)
    assert altered(pack, UNTOUCHED) == ()
    (found,) = altered(pack, replace(UNTOUCHED, **changed))
    require_cited(pack, found.verdict, "FILE_ALTERED", f"{ACT}PA-ALTER")


@given(st.sets(st.sampled_from([name for name in UNTOUCHED.__struct_fields__ if name.endswith("_ms")])))
def test_times_that_are_not_written_accuse_nobody(unread: set[str]) -> None:
    assert altered(packaged_pack("yinchuan"), replace(UNTOUCHED, **dict.fromkeys(unread))) == ()


# --- the camera at its return ------------------------------------------------------------------------------------


@EVERY_PACK
def test_marks_of_another_host(name: str) -> None:
    pack = packaged_pack(name)
    left: dict[str, int | str] = {"connections": 12, "label": "none"}
    assert foreign_host(pack, "C1", left, left) == ()
    assert foreign_host(pack, "C1", left, {}) == ()  # a camera that keeps no such marks
    (found,) = foreign_host(pack, "C1", left, {**left, "connections": 13})
    require_cited(pack, found.verdict, "FOREIGN_HOST", f"{ACT}PA-PRIVATE-COPY")
    assert found.evidence == (("connections", 13),)


@EVERY_PACK
def test_a_camera_that_came_back_worse_than_it_left(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = damaged(pack, "C1", frozenset({"lens", "card"}), frozenset({"lens", "microphone"}))
    require_cited(pack, found.verdict, "DEVICE_DAMAGED", f"{ACT}PA-DAMAGE-DEVICE")
    assert found.evidence == (("failed", "lens"),)  # the microphone had failed before
    assert damaged(pack, "C1", frozenset({"card"}), frozenset({"lens"})) == ()


@EVERY_PACK
def test_a_clock_surely_beyond_the_tolerance(name: str) -> None:
    pack = packaged_pack(name)
    limit_ms = pack.number("check.clock_tolerance_seconds") * 1_000
    for ahead_ms in (limit_ms + 501, -limit_ms - 501):
        (found,) = clock_drift(pack, "C1", ahead_ms, 500)
        require_cited(pack, found.verdict, "CLOCK_DRIFT", "check.clock_tolerance_seconds")
    assert clock_drift(pack, "C1", limit_ms + 500, 500) == ()
    assert clock_drift(pack, "C1", None, None) == ()


def test_a_clock_nobody_checks_drifts_unsaid() -> None:
    assert clock_drift(pack_with("yinchuan", check__clock=False), "C1", 10**7, 0) == ()


@EVERY_PACK
def test_a_breach_entered_by_hand(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = other_breach(pack, "R1", "p-2")
    require_cited(pack, found.verdict, "OTHER_BREACH", f"{ACT}PA-OTHER")


def test_detections_follow_their_switches() -> None:
    def off(act: str) -> dict[str, bool]:
        return {f"prohibited__acts__{act}": False}

    assert sequence_gaps(pack_with("yinchuan", **off("PA-DELETE")), "C1", {1}, [3]) == ()
    assert altered(pack_with("yinchuan", **off("PA-ALTER")), replace(UNTOUCHED, bytes_listed=1)) == ()
    assert foreign_host(pack_with("yinchuan", **off("PA-PRIVATE-COPY")), "C1", {"n": 1}, {"n": 2}) == ()
    lens = frozenset({"lens"})
    assert damaged(pack_with("yinchuan", **off("PA-DAMAGE-DEVICE")), "C1", lens, lens) == ()
    assert other_breach(pack_with("yinchuan", **off("PA-OTHER")), "R1", "p-2") == ()


# --- the store ---------------------------------------------------------------------------------------------------


@EVERY_PACK
def test_stored_bytes_that_are_others_than_were_read(name: str) -> None:
    pack = packaged_pack(name)
    (found,) = hash_mismatch(pack, "R1", "ab", "cd")
    require_cited(pack, found.verdict, "HASH_MISMATCH", "store.tamper_evident")
    assert hash_mismatch(pack, "R1", "ab", "ab") == ()


INTAKE = Intake("D1", 3, 900, 3, 900, finished=True, stored_ms=NOON)


@EVERY_PACK
@pytest.mark.parametrize("lacking", [{"files_stored": 2, "bytes_stored": 600}, {"bytes_stored": 899}])
def test_less_taken_in_than_was_listed(name: str, lacking: dict[str, int]) -> None:
    pack = packaged_pack(name)
    assert ingest_incomplete(pack, INTAKE, NOON) == ()
    (found,) = ingest_incomplete(pack, replace(INTAKE, **lacking), NOON)
    require_cited(pack, found.verdict, "INGEST_INCOMPLETE", "store.kinds")
    assert ingest_incomplete(pack, replace(INTAKE, **lacking, finished=False), NOON) == ()


@EVERY_PACK
def test_footage_that_stays_on_the_station_too_long(name: str) -> None:
    pack = packaged_pack(name)
    limit_ms = pack.number("store.max_station_hours") * HOUR
    assert ingest_incomplete(pack, INTAKE, NOON + limit_ms) == ()
    (found,) = ingest_incomplete(pack, INTAKE, NOON + limit_ms + 1)
    require_cited(pack, found.verdict, "INGEST_INCOMPLETE", "store.max_station_hours")
    confirmed = replace(INTAKE, confirmed_ms=NOON + limit_ms)
    assert ingest_incomplete(pack, confirmed, NOON + 99 * limit_ms) == ()


@EVERY_PACK
def test_a_store_that_fails_is_full_or_overdue(name: str) -> None:
    pack = packaged_pack(name)
    due = TODAY - dt.timedelta(days=pack.number("store.verify_days"))
    assert store_faults(pack, Store("S1", failing=False, full=False, verified=due), TODAY) == ()
    bad = Store("S1", failing=True, full=True, verified=due - dt.timedelta(days=1))
    found = store_faults(pack, bad, TODAY)
    assert [one.evidence[0][1] for one in found] == ["failing", "full", pack.number("store.verify_days") + 1]
    for one in found:
        require_cited(pack, one.verdict, "STORE_FAULT", "store.verify_days")


# --- the chain and the registers ---------------------------------------------------------------------------------

WHOLE = dict.fromkeys(Link, True)


@EVERY_PACK
@pytest.mark.parametrize("link", Link)
def test_a_link_that_does_not_verify(name: str, link: Link) -> None:
    pack = packaged_pack(name)
    assert chain_broken(pack, "R1", WHOLE) == ()
    (found,) = chain_broken(pack, "R1", {**WHOLE, link: False})
    require_cited(pack, found.verdict, "CHAIN_BROKEN", "store.tamper_evident")
    assert found.evidence == (("link", link.value), ("fails", "check"))


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ([], []),
        ([Link.CAPTURE], []),
        ([Link.CAPTURE, Link.HAND_OVER, Link.STORAGE], []),
        ([Link.STORAGE], [Link.CAPTURE, Link.HAND_OVER]),
        ([Link.CAPTURE, Link.HAND_OVER, Link.STORAGE, Link.EXPORT], [Link.ACCESS]),  # left the unit without a call-up
        ([Link.CAPTURE, Link.HAND_OVER, Link.STORAGE, Link.PURGE], []),
        ([Link.CAPTURE, Link.PURGE], [Link.HAND_OVER, Link.STORAGE]),
    ],
)
def test_what_was_done_rests_on_what_came_before(told: list[Link], missing: list[Link]) -> None:
    found = chain_broken(packaged_pack("xixia"), "R1", dict.fromkeys(told, True))
    assert [one.evidence for one in found] == [(("link", link.value), ("fails", "missing")) for link in missing]


@EVERY_PACK
def test_nobody_changes_or_removes_a_register_line(name: str) -> None:
    pack = packaged_pack(name)
    assert touches_audit(pack, LineAct.ADD).permitted
    for act in (LineAct.CHANGE, LineAct.REMOVE):
        require_cited(pack, touches_audit(pack, act), "AUDIT_ALTERED", "store.tamper_evident")


@EVERY_PACK
def test_what_is_not_signed_is_not_taken(name: str) -> None:
    pack = packaged_pack(name)
    assert taken_as_signed(pack, signature_holds=True).permitted
    refused = taken_as_signed(pack, signature_holds=False)
    require_cited(pack, refused, "SIGNATURE_INVALID", "store.tamper_evident")
