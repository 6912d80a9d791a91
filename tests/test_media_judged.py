"""Promise: whose footage it is follows from all that is known of its times; what policy asks about them is reported."""

from typing import Any

import pytest
from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import acts
from station.custody import observations as seen
from station.custody.facts import Fact, RecordingHeld
from station.custody.facts_of_footage import RecordingExamined
from station.custody.facts_of_keeping import FindingReported
from station.custody.media_times import TIMES_AGREE_MS, Media
from station.custody.state import State, apply
from station.errors import IllegalStepError
from station.policy.in_force import PackPolicy
from station.signing.policy_packs import packaged_pack
from tests.acting import Desk, rolls
from tests.plain_policy import PlainPolicy

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LENGTH_MS = 10 * MINUTE_MS


def plain_desk() -> Desk:
    desk = Desk()
    desk.policy = PlainPolicy()  # type: ignore[assignment] # people do here what they like
    return desk


def arrive(desk: Desk, camera: str = "C1", ahead_ms: int | None = 0, bay: str = "1") -> int:
    docking = desk.begin(seen.PresenceClosed(bay=bay))
    error_ms = None if ahead_ms is None else 500
    desk.tell(
        seen.CameraIdentified(
            docking=docking, camera=camera, model="T8", clock_ahead_ms=ahead_ms, clock_error_ms=error_ms
        )
    )
    return docking


def lend(desk: Desk, by: str, docking: int) -> int:
    """The camera is read, asked for and taken; the loan's number."""
    desk.tell(seen.CameraListed(docking=docking, listings=frozenset()))
    loan = desk.begin(seen.CameraAsked(bay="1", by=by))
    desk.tell(seen.PresenceOpened(bay="1"))
    assert desk.state.loans[loan].started_ms is not None
    return loan


def take_in(
    desk: Desk, docking: int, begun_ms: int | None, ended_ms: int | None, media: Media | None = None, clip: str = "clip"
) -> tuple[Fact, ...]:
    return desk.tell(
        seen.RecordingRead(
            docking=docking,
            listing=clip,
            size_bytes=1,
            sha256="c" * 64,
            original_name=f"{clip}.MP4",
            begun_device_ms=begun_ms,
            ended_device_ms=ended_ms,
            media=media,
        )
    )


def said(facts: tuple[Fact, ...]) -> tuple[RecordingHeld, RecordingExamined]:
    held, examined = facts[0].body, facts[1].body
    assert isinstance(held, RecordingHeld)
    assert isinstance(examined, RecordingExamined)
    assert examined.recording == facts[0].n == facts[1].n - 1
    assert facts[0].at == facts[1].at
    return held, examined


def mp4(written_ms: int | None, *notes: str) -> Media:
    return Media("MP4", written_ms, LENGTH_MS, notes, 480)


class Shift:
    """One camera, lent twice, an hour each, with a minute between; and back again."""

    def __init__(self) -> None:
        self.desk = desk = plain_desk()
        self.first = lend(desk, "officer-1", arrive(desk))
        self.begun_ms = desk.clock.stamp().utc_ms
        desk.later(HOUR_MS)
        docking = arrive(desk)
        desk.later(MINUTE_MS)
        self.second = lend(desk, "officer-2", docking)
        desk.later(HOUR_MS)
        self.docking = arrive(desk)

    def take_in(self, after_ms: int, lasted_ms: int = LENGTH_MS, media_after_ms: int | None = None) -> Any:
        """A clip so long after the first loan began; its own time may say otherwise."""
        begun_ms = self.begun_ms + after_ms
        written_ms = self.begun_ms + (after_ms if media_after_ms is None else media_after_ms)
        facts = take_in(self.desk, self.docking, begun_ms, begun_ms + lasted_ms, mp4(written_ms), f"clip-{after_ms}")
        return (*said(facts), facts[0].n)


def test_a_clip_within_one_loan_is_whose_loan_it_was() -> None:
    shift = Shift()
    for after_ms, loan in ((MINUTE_MS, shift.first), (HOUR_MS + 2 * MINUTE_MS, shift.second)):
        held, examined, number = shift.take_in(after_ms)
        assert (held.loan, held.unattributed, examined.notes) == (loan, None, ())
        assert shift.desk.state.recordings[number].earliest_ms == shift.begun_ms + after_ms - 500


@pytest.mark.parametrize(
    ("after_ms", "media_after_ms", "code", "note"),
    [
        (HOUR_MS - 5 * MINUTE_MS, None, "CROSSES_HANDOVER", None),
        (HOUR_MS + MINUTE_MS - LENGTH_MS // 2, None, "CROSSES_HANDOVER", None),
        (-HOUR_MS, None, "OUTSIDE_LOANS", "MADE_BEFORE_LOANS"),
        (5 * HOUR_MS, None, "OUTSIDE_LOANS", "MADE_AFTER_READING"),
        (MINUTE_MS, HOUR_MS + 2 * MINUTE_MS, "TIMES_DISAGREE", "FILE_TIME_DISAGREES"),
        (-TIMES_AGREE_MS + MINUTE_MS, -TIMES_AGREE_MS + MINUTE_MS, "CROSSES_HANDOVER", None),
        (MINUTE_MS, -MINUTE_MS, "CROSSES_HANDOVER", None),
    ],
    ids=["over the end", "into the second", "before", "in the future", "two times", "before the first", "by media"],
)
def test_every_doubt_is_named_and_settled_by_a_person_later(
    after_ms: int, media_after_ms: int | None, code: str, note: str | None
) -> None:
    shift = Shift()
    desk = shift.desk
    held, examined, number = shift.take_in(after_ms, media_after_ms=media_after_ms)
    assert (held.loan, held.unattributed) == (None, code)
    assert examined.notes == (() if note is None else (note,))
    assert desk.state.recordings[number].credited_loan is None
    for loan in (shift.first, shift.second, None):
        desk.tell(acts.AttributeRecording(by="keeper", recording=number, loan=loan, reason="执法人员确认"))
        settled = desk.state.recordings[number]
        assert (settled.credited_loan, settled.loan, settled.unattributed) == (loan, None, code)


def test_without_a_media_time_it_is_credited_as_ever() -> None:
    shift = Shift()
    begun_ms = shift.begun_ms + MINUTE_MS
    for number, media in enumerate((None, mp4(None, "MEDIA_TIME_MISSING"), Media("OTHER"))):
        facts = take_in(shift.desk, shift.docking, begun_ms, begun_ms + LENGTH_MS, media, f"clip-{number}")
        assert facts[0].body.loan == shift.first  # type: ignore[attr-defined]
        assert len(facts) == (1 if media is None else 2)


def test_what_disagrees_is_of_no_mission_and_what_goes_beyond_its_file_is_as_long_as_both() -> None:
    shift = Shift()
    _, _, doubtful = shift.take_in(MINUTE_MS, media_after_ms=HOUR_MS)
    assert shift.desk.state.recordings[doubtful].earliest_ms is None
    _, _, wide = shift.take_in(20 * MINUTE_MS, media_after_ms=19 * MINUTE_MS)
    recording = shift.desk.state.recordings[wide]
    assert recording.earliest_ms == shift.begun_ms + 19 * MINUTE_MS - 500
    assert recording.latest_ms == shift.begun_ms + 20 * MINUTE_MS + LENGTH_MS + 500


@pytest.mark.parametrize("listed", ["one time", "too short a time"])
def test_a_film_longer_than_what_is_listed_is_credited_to_nobody_who_may_have_made_a_part_of_it(listed: str) -> None:
    """An AVI says no time. Listed five minutes after the second loan began, an hour of film reaches into the first."""
    shift = Shift()
    ended_ms = shift.begun_ms + HOUR_MS + 6 * MINUTE_MS
    begun_ms = ended_ms if listed == "one time" else ended_ms - 2 * MINUTE_MS
    facts = take_in(shift.desk, shift.docking, begun_ms, ended_ms, Media("AVI", None, HOUR_MS, (), 480))
    held, examined = said(facts)
    assert (held.loan, held.unattributed, examined.notes) == (None, "CROSSES_HANDOVER", ())
    recording = shift.desk.state.recordings[facts[0].n]
    assert recording.earliest_ms == ended_ms - HOUR_MS - 500
    assert recording.latest_ms == begun_ms + HOUR_MS + 500


def test_a_film_as_long_as_what_is_listed_or_of_unknown_length_lies_within_it() -> None:
    shift = Shift()
    begun_ms = shift.begun_ms + MINUTE_MS
    for clip, length_ms in enumerate((None, LENGTH_MS, LENGTH_MS + TIMES_AGREE_MS)):
        media = Media("AVI", None, length_ms)
        facts = take_in(shift.desk, shift.docking, begun_ms, begun_ms + LENGTH_MS, media, f"clip-{clip}")
        assert said(facts)[0].loan == shift.first
        recording = shift.desk.state.recordings[facts[0].n]
        assert (recording.earliest_ms, recording.latest_ms) == (begun_ms - 500, begun_ms + LENGTH_MS + 500)


def test_a_file_is_looked_into_when_it_is_taken_and_never_again() -> None:
    desk = plain_desk()
    docking = arrive(desk)
    facts = take_in(desk, docking, 1, 2, mp4(None))
    assert take_in(desk, docking, 1, 2, mp4(5)) == ()
    again = replace(facts[1], n=desk.state.size)
    with pytest.raises(IllegalStepError, match="never later"):
        apply(desk.state, again)
    replayed = State()
    for fact in desk.facts:
        replayed = apply(replayed, fact)
    assert replayed == desk.state


# --- what policy has reported


def reported(desk: Desk, code: str) -> list[FindingReported]:
    return [fact.body for fact in desk.facts if isinstance(fact.body, FindingReported) and fact.body.code == code]


def settle(desk: Desk, code: str) -> None:
    (number,) = [one.number for one in desk.state.findings.values() if one.code == code]
    desk.tell(acts.AnswerFinding(by="keeper", finding=number, answer="已校准"))
    desk.tell(acts.CloseFinding(by="head", finding=number))


def test_a_clock_beyond_the_tolerance_is_reported_with_its_law_once_while_it_is_open() -> None:
    desk = Desk("mingshan")
    for _ in range(2):
        arrive(desk, ahead_ms=10 * MINUTE_MS)
        desk.tell(seen.PresenceOpened(bay="1"))
    (found,) = reported(desk, "CLOCK_DRIFT")
    assert (found.about, found.articles) == ("camera:C1", ("MS-REC-4",))
    assert {one.name: one.number for one in found.evidence} == {"ahead_ms": 10 * MINUTE_MS, "error_ms": 500}
    arrive(desk, "C2", ahead_ms=-10 * MINUTE_MS, bay="2")
    assert [one.about for one in reported(desk, "CLOCK_DRIFT")] == ["camera:C1", "camera:C2"]


def test_a_drift_that_was_seen_to_is_reported_anew() -> None:
    desk = Desk()
    for _ in range(2):
        arrive(desk, ahead_ms=10 * MINUTE_MS)
        desk.tell(seen.PresenceOpened(bay="1"))
        settle(desk, "CLOCK_DRIFT")
    assert len(reported(desk, "CLOCK_DRIFT")) == 2


@pytest.mark.parametrize("ahead_ms", [None, 0, 30_000, -30_500])
def test_a_clock_that_is_right_or_silent_accuses_nobody(ahead_ms: int | None) -> None:
    desk = Desk("mingshan")
    arrive(desk, ahead_ms=ahead_ms)
    assert reported(desk, "CLOCK_DRIFT") == []


def test_a_station_that_does_not_know_the_time_finds_no_clock_wrong() -> None:
    desk = Desk("mingshan")
    desk.clock = ManualClock(replace(desk.clock.stamp(), synchronised=False))
    arrive(desk, ahead_ms=10 * MINUTE_MS)
    assert reported(desk, "CLOCK_DRIFT") == []


def test_a_camera_that_is_not_ours_is_not_judged_by_its_clock() -> None:
    desk = Desk("mingshan")
    arrive(desk, "STRANGER", ahead_ms=10 * MINUTE_MS)
    assert reported(desk, "CLOCK_DRIFT") == []


def test_the_owner_s_pack_decides() -> None:
    desk = Desk()
    desk.policy = PackPolicy(packaged_pack("yinchuan"), rolls(), {"u2": packaged_pack("mingshan")})
    arrive(desk, "their-C", ahead_ms=10 * MINUTE_MS)
    docking = arrive(desk, "C1", ahead_ms=10 * MINUTE_MS, bay="2")
    theirs, ours = reported(desk, "CLOCK_DRIFT")
    assert theirs.articles == ("MS-REC-4",)
    assert "MS-REC-4" not in ours.articles
    take_in(desk, docking, 1_000, 61_000, mp4(9 * HOUR_MS))
    assert [one.about for one in reported(desk, "FILE_ALTERED")] == ["camera:C1"]


def test_a_file_that_speaks_of_a_change_is_reported_and_the_next_one_only_noted() -> None:
    desk = Desk("mingshan")
    docking = arrive(desk)
    now_ms = desk.clock.stamp().utc_ms
    began_ms = now_ms + 12 * HOUR_MS
    for number in range(2):
        facts = take_in(desk, docking, now_ms - HOUR_MS, now_ms - MINUTE_MS, mp4(began_ms), f"clip-{number}")
        assert said(facts)[1].notes == ("FILE_TIME_DISAGREES",)
    (found,) = reported(desk, "FILE_ALTERED")
    assert found.about == "camera:C1"
    off_ms = now_ms - MINUTE_MS - (began_ms - 8 * HOUR_MS)  # at least: its time may be local, and the film's end
    assert {one.name: one.number for one in found.evidence}["written_off_by_ms"] == off_ms
    assert {one.name for one in found.evidence} == {"written_off_by_ms", "recording"}


def test_times_that_can_both_be_true_accuse_nobody() -> None:
    desk = Desk("mingshan")
    docking = arrive(desk)
    now_ms = desk.clock.stamp().utc_ms
    late_ms = TIMES_AGREE_MS - 1
    take_in(desk, docking, now_ms - HOUR_MS, now_ms - HOUR_MS + LENGTH_MS, mp4(now_ms - HOUR_MS + late_ms), "a")
    take_in(desk, docking, now_ms - HOUR_MS, now_ms, mp4(None), "b")
    take_in(desk, docking, None, None, mp4(5), "c")
    take_in(desk, docking, now_ms, now_ms - HOUR_MS, mp4(now_ms + 12 * HOUR_MS), "d")
    assert reported(desk, "FILE_ALTERED") == []


def test_a_media_time_that_is_earlier_than_the_listing_is_noted_and_accuses_nobody() -> None:
    """Recorders write the first part's time into each part; and not every one calls it UTC."""
    for zone_ms in (0, 8 * HOUR_MS):
        desk = Desk("mingshan")
        docking = arrive(desk)
        began_ms = desk.clock.stamp().utc_ms - HOUR_MS
        for part in range(3):
            begun_ms = began_ms + part * LENGTH_MS
            facts = take_in(desk, docking, begun_ms, begun_ms + LENGTH_MS, mp4(began_ms + zone_ms), f"part-{part}")
            assert ("FILE_TIME_DISAGREES" in said(facts)[1].notes) is (part > 0)
        assert reported(desk, "FILE_ALTERED") == []
    shift = Shift()
    held, _, _ = shift.take_in(20 * MINUTE_MS, media_after_ms=MINUTE_MS)
    assert (held.loan, held.unattributed) == (None, "TIMES_DISAGREE")


def test_what_is_later_than_its_last_writing_by_no_more_than_the_tolerance_accuses_nobody() -> None:
    for beyond_ms in (0, 1):
        desk = Desk("mingshan")
        docking = arrive(desk)
        ended_ms = desk.clock.stamp().utc_ms - HOUR_MS
        written_ms = ended_ms + TIMES_AGREE_MS + beyond_ms + 8 * HOUR_MS
        take_in(desk, docking, ended_ms - LENGTH_MS // 2, ended_ms, mp4(written_ms))
        assert len(reported(desk, "FILE_ALTERED")) == beyond_ms


def test_a_stranger_s_files_accuse_nobody() -> None:
    desk = Desk("mingshan")
    docking = arrive(desk, "STRANGER")
    facts = take_in(desk, docking, 1_000, 61_000, mp4(9 * HOUR_MS))
    assert len(facts) == 2
    assert reported(desk, "FILE_ALTERED") == []
