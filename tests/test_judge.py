"""What happens at the dock that random histories meet too seldom to be looked at one by one."""

import random
from dataclasses import replace as replace_observation

import pytest
from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.camera import CameraStep
from station.custody.docking import DockingStep
from station.custody.facts import Fact
from station.errors import BrokenCustodyError, IllegalStepError, RefusedError, TooLateError
from station.policy.permits import ClearingDemand
from tests.plain_policy import PlainPolicy
from tests.test_custody_histories import Station


def station(policy: PlainPolicy | None = None) -> Station:
    opened = Station(policy or PlainPolicy(clearing=ClearingDemand(copies=1, custodian_release=False)))
    opened.tell(seen.JournalBegun(origin="o", log_key="k"))
    return opened


def identified(docking: int, camera: str) -> seen.CameraIdentified:
    return seen.CameraIdentified(docking=docking, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=100)


def silent(docking: int, label: str | None) -> seen.CameraStayedSilent:
    return seen.CameraStayedSilent(docking=docking, label=label)


def dock(at: Station, bay: str, camera: str) -> None:
    at.tell(seen.PresenceClosed(bay=bay))
    at.tell(identified(number(at, bay), camera))


def make_ready(at: Station, bay: str, camera: str) -> None:
    dock(at, bay, camera)
    at.tell(seen.CameraListed(docking=number(at, bay), listings=frozenset()))


def number(at: Station, bay: str) -> int:
    docking = at.state.docking_in(bay)
    return docking.number if docking else 0


def read(docking: int, listing: str) -> seen.RecordingRead:
    return seen.RecordingRead(
        docking=docking,
        listing=listing,
        size_bytes=1,
        sha256="a" * 64,
        original_name=listing,
        begun_device_ms=None,
        ended_device_ms=None,
    )


def types(facts: tuple[Fact, ...]) -> list[str]:
    return [fact.body.type for fact in facts]


def test_a_flat_camera_is_handed_over_by_its_label_and_read_when_it_wakes() -> None:
    at = station()
    make_ready(at, "1", "C1")
    at.tell(seen.CameraAsked(bay="1", by="o1"))
    at.tell(seen.PresenceOpened(bay="1"))
    at.tell(seen.PresenceClosed(bay="2"))
    assert types(at.tell(silent(number(at, "2"), "C1"))) == ["camera_silent", "loan_ended"]
    assert types(at.tell(identified(number(at, "2"), "C1"))) == ["camera_admitted"]
    assert types(at.tell(read(number(at, "2"), "l"))) == ["recording_held"]


def test_a_wrong_label_does_not_hold_its_camera_prisoner() -> None:
    at = station()
    at.tell(seen.PresenceClosed(bay="1"))
    at.tell(silent(number(at, "1"), "C1"))
    found = types(at.tell(identified(number(at, "1"), "C2")))
    assert found == ["camera_removed", "docking_ended", "docking_started", "camera_admitted"]
    assert at.state.cameras["C1"].step == CameraStep.MISSING
    dock(at, "2", "C1")
    docking = at.state.docking_in("2")
    assert docking is not None
    assert docking.camera == "C1"


def test_a_camera_swapped_faster_than_the_switch_is_noticed() -> None:
    at = station()
    make_ready(at, "1", "C1")
    found = types(at.tell(identified(number(at, "1"), "C2")))
    assert found == ["camera_removed", "docking_ended", "docking_started", "camera_admitted"]
    at.tell(seen.CameraListed(docking=number(at, "1"), listings=frozenset()))
    at.tell(seen.CameraAsked(bay="1", by="o1"))
    found = types(at.tell(identified(number(at, "1"), "C3")))
    assert found == ["loan_started", "docking_ended", "docking_started", "camera_admitted"]


def test_one_camera_in_two_bays_is_quarantined_and_the_first_stays_as_it_is() -> None:
    at = station()
    make_ready(at, "1", "C1")
    at.tell(seen.PresenceClosed(bay="2"))
    (fact,) = at.tell(identified(number(at, "2"), "C1"))
    assert (fact.body.type, getattr(fact.body, "code", "")) == ("camera_quarantined", "CAMERA_TWICE")
    docking = at.state.docking_in("1")
    assert docking is not None
    assert docking.step is DockingStep.READ
    assert types(at.tell(read(number(at, "2"), "l"))) == ["recording_held"]


def test_what_a_wire_says_twice_becomes_no_second_fact() -> None:
    at = station()
    at.tell(seen.PresenceOpened(bay="1"))
    for said in (
        seen.PresenceClosed(bay="1"),
        identified(1, "C1"),
        read(1, "l"),
        seen.CameraListed(docking=1, listings=frozenset({"l"})),
        seen.StatementMade(recording=3, statement_sha256="b" * 64),
        seen.SecondCopyProved(recording=3, disk="b"),
        seen.ReceiptVerified(recording=3, receipt_sha256="c" * 64),
        seen.ClearingAsked(docking=1),
        seen.BatteryMeasured(docking=1, percent=5, health_percent=None),
        seen.ClockWasSet(docking=1, clock_ahead_ms=0, clock_error_ms=0),
    ):
        assert len(at.tell(said)) == 1
        assert at.tell(said) == ()
    at.tell(seen.DeletionsListed(docking=number(at, "1"), listings=frozenset()))
    asked = seen.CameraAsked(bay="1", by="o1")
    assert types(at.tell(asked)) == ["bay_offered"]
    assert at.tell(asked) == ()
    with pytest.raises(RefusedError, match="BAY_OFFERED_ALREADY"):
        at.tell(seen.CameraAsked(bay="1", by="o2"))


def test_two_bays_do_not_open_for_one_officer() -> None:
    at = station()
    make_ready(at, "1", "C1")
    make_ready(at, "2", "C2")
    assert types(at.tell(seen.CameraAsked(bay="1", by="o1"))) == ["bay_offered"]
    (refused,) = at.tell(seen.CameraAsked(bay="2", by="o1"))
    assert getattr(refused.body, "code", "") == "OFFICER_HAS_CAMERA"
    assert getattr(refused.body, "articles", None) == ()
    assert at.tell(seen.OfferTimedOut(docking=number(at, "1"))) == (), "an offer that still stands does not lapse"
    at.clock.advance(at.policy.offer_lasts_ms)
    assert types(at.tell(seen.OfferTimedOut(docking=number(at, "1")))) == ["offer_lapsed"]
    assert types(at.tell(seen.CameraAsked(bay="2", by="o1"))) == ["bay_offered"]


def test_a_camera_taken_after_its_offer_ran_out_is_nobody_s_loan() -> None:
    for restart in (False, True):
        at = station()
        make_ready(at, "1", "C1")
        at.tell(seen.CameraAsked(bay="1", by="o1"))
        if restart:
            at.clock = ManualClock(replace(at.clock.stamp(), boot_id="b2", boot_ms=0))
        else:
            at.clock.advance(at.policy.offer_lasts_ms)
        assert types(at.tell(seen.PresenceOpened(bay="1"))) == ["offer_lapsed", "camera_removed", "docking_ended"]


def test_a_listing_that_shows_more_sends_the_camera_back_to_be_read() -> None:
    at = station()
    make_ready(at, "1", "C1")
    more = seen.CameraListed(docking=number(at, "1"), listings=frozenset({"new"}))
    assert types(at.tell(more)) == ["footage_found"]
    assert at.tell(more) == ()
    (refused,) = at.tell(seen.CameraAsked(bay="1", by="o1"))
    assert getattr(refused.body, "code", "") == "CHECK_RESIDUAL"
    assert types(at.tell(read(number(at, "1"), "new"))) == ["recording_held"]
    assert types(at.tell(more)) == ["camera_read"]


def test_after_a_restart_nothing_is_lent_before_it_is_listed_again() -> None:
    at = station()
    make_ready(at, "1", "C1")
    at.clock = ManualClock(replace(at.clock.stamp(), boot_id="b2", boot_ms=0))
    (refused,) = at.tell(seen.CameraAsked(bay="1", by="o1"))
    assert getattr(refused.body, "code", "") == "CHECK_RESIDUAL"
    assert types(at.tell(seen.CameraListed(docking=number(at, "1"), listings=frozenset()))) == ["camera_read"]
    assert types(at.tell(seen.CameraAsked(bay="1", by="o1"))) == ["bay_offered"]


def test_an_answer_that_comes_too_late_is_not_believed_of_the_next_camera() -> None:
    """It answered, was pulled out, and another was put in before the answer was told."""
    at = station()
    make_ready(at, "1", "C1")
    at.tell(seen.CameraAsked(bay="1", by="o1"))
    at.tell(seen.PresenceOpened(bay="1"))
    at.tell(seen.PresenceClosed(bay="2"))
    late = number(at, "2")
    at.tell(seen.PresenceOpened(bay="2"))
    at.tell(seen.PresenceClosed(bay="2"))
    for answer in (identified(late, "C1"), silent(late, "C1")):
        with pytest.raises(TooLateError):
            at.tell(answer)
    assert at.state.cameras["C1"].step == CameraStep.LENT


def test_a_camera_without_a_clock_to_set_is_judged_once() -> None:
    at = station()
    make_ready(at, "1", "C1")
    docking = number(at, "1")
    assert types(at.tell(seen.ClockCouldNotBeSet(docking=docking))) == ["clock_not_set"]
    assert at.tell(seen.ClockCouldNotBeSet(docking=docking)) == ()
    assert at.tell(seen.ClockWasSet(docking=docking, clock_ahead_ms=0, clock_error_ms=0)) == ()


def test_a_label_scanned_late_still_ends_the_loan() -> None:
    at = station()
    make_ready(at, "1", "C1")
    at.tell(seen.CameraAsked(bay="1", by="o1"))
    at.tell(seen.PresenceOpened(bay="1"))
    at.tell(seen.PresenceClosed(bay="2"))
    assert types(at.tell(silent(number(at, "2"), None))) == ["camera_silent"]
    assert types(at.tell(silent(number(at, "2"), "C1"))) == ["camera_silent", "loan_ended"]


def test_another_file_under_a_held_listing_is_broken_custody() -> None:
    at = station()
    dock(at, "1", "C1")
    at.tell(read(number(at, "1"), "l"))
    other = replace_observation(read(number(at, "1"), "l"), sha256="e" * 64)
    with pytest.raises(BrokenCustodyError, match="not the recording"):
        at.tell(other)


def test_only_a_custodian_releases() -> None:
    demanding = PlainPolicy(custodians=frozenset({"c1"}), clearing=ClearingDemand(copies=1, custodian_release=True))
    at = station(demanding)
    make_ready(at, "1", "C1")
    for by in ("station", "o1"):
        with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
            at.tell(seen.ReleaseGiven(by=by, bays=("1",)))
    assert types(at.tell(seen.ReleaseGiven(by="c1", bays=("1",)))) == ["clearing_released"]


def test_a_station_that_does_not_know_the_time_credits_nobody() -> None:
    for free in range(3):
        at = station()
        make_ready(at, "1", "C1")
        at.tell(seen.CameraAsked(bay="1", by="o1"))
        for step in range(3):
            now = at.clock.stamp()
            at.clock = ManualClock(replace(now, synchronised=(0, 2, None)[free] != step))
            bay = seen.PresenceOpened(bay="1") if step == 0 else seen.PresenceClosed(bay="1")
            at.tell(bay if step < 2 else identified(number(at, "1"), "C1"))
        started = at.state.cameras["C1"].spans[0].started_ms
        at.clock = ManualClock(replace(at.clock.stamp(), synchronised=True))
        clip = replace_observation(
            read(number(at, "1"), "l"), begun_device_ms=started + 200, ended_device_ms=started + 300
        )
        (held,) = at.tell(clip)
        assert (getattr(held.body, "loan", 0) is not None) is (free == 2)


def test_a_camera_that_deletes_nothing_is_recorded_and_everything_kept() -> None:
    at = station()
    dock(at, "1", "C1")
    at.tell(read(number(at, "1"), "l"))
    at.tell(seen.CameraListed(docking=number(at, "1"), listings=frozenset({"l"})))
    at.tell(seen.StatementMade(recording=3, statement_sha256="b" * 64))
    at.tell(seen.ClearingAsked(docking=number(at, "1")))
    still_there = seen.DeletionsListed(docking=number(at, "1"), listings=frozenset({"l"}))
    assert types(at.tell(still_there)) == ["clearing_failed"]
    assert at.tell(still_there) == ()
    assert [recording.listing for recording in at.state.on_source("C1")] == ["l"]
    assert types(at.tell(seen.ClearingAsked(docking=number(at, "1")))) == ["clearing_ordered"]


def test_clearing_goes_on_in_further_orders_until_nothing_is_left() -> None:
    at = station()
    dock(at, "1", "C1")
    listings = {f"l{n}" for n in range(600)}
    for listing in sorted(listings):
        at.tell(read(number(at, "1"), listing))
    at.tell(seen.CameraListed(docking=number(at, "1"), listings=frozenset(listings)))
    for recording in list(at.state.recordings):
        at.tell(seen.StatementMade(recording=recording, statement_sha256="b" * 64))
    rng, orders = random.Random(3), 0
    while listings:
        (ordered,) = at.tell(seen.ClearingAsked(docking=number(at, "1")))
        named = {at.state.recordings[proof.recording].listing for proof in getattr(ordered.body, "proofs", ())}
        listings -= {listing for listing in named if rng.random() < 0.9}
        at.tell(seen.DeletionsListed(docking=number(at, "1"), listings=frozenset(listings)))
        orders += 1
    assert 3 <= orders <= 10
    assert not list(at.state.on_source("C1"))


@pytest.mark.parametrize(
    "wrong",
    [
        seen.StatementMade(recording=77, statement_sha256="b" * 64),
        seen.JournalBegun(origin="o", log_key="k"),
    ],
    ids=lambda wrong: type(wrong).__name__,
)
def test_what_cannot_be_is_an_illegal_step(wrong: seen.Observation) -> None:
    at = station()
    with pytest.raises(IllegalStepError):
        at.tell(wrong)
    assert at.state.size == 1


def test_work_that_comes_too_late_is_not_believed_of_the_next_camera() -> None:
    at = station()
    dock(at, "1", "C1")
    before = number(at, "1")
    at.tell(seen.PresenceOpened(bay="1"))
    dock(at, "1", "C2")
    for late in (
        read(before, "l"),
        seen.CameraListed(docking=before, listings=frozenset()),
        seen.DeletionsListed(docking=before, listings=frozenset()),
        seen.BatteryMeasured(docking=before, percent=1, health_percent=None),
        seen.ClearingAsked(docking=before),
    ):
        with pytest.raises(TooLateError):
            at.tell(late)
    assert at.tell(seen.OfferTimedOut(docking=before)) == ()
    assert not list(at.state.on_source("C2"))
