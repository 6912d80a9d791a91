"""Promise: what cannot both be true is credited to nobody and named; nothing is guessed, and no time is no evidence."""

from dataclasses import dataclass

from hypothesis import assume, given
from hypothesis import strategies as st

from station.custody.attribution import Attribution, attribute, oddly_dated
from station.custody.camera import LOANS_REMEMBERED_MAX, Camera, CameraStep, LoanSpan
from station.custody.media_times import TIMES_AGREE_MS, FilmedWhen, Media, filmed_when
from station.stamp import Stamp

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
ZONE = 480
NOON = 1_795_248_000_000
"""12:00 at a station east of Greenwich, as the camera's clock has it."""
LOANS = (
    LoanSpan(10, NOON - 4 * HOUR_MS, NOON - HOUR_MS),
    LoanSpan(20, NOON - HOUR_MS + 5 * MINUTE_MS, NOON + 3 * HOUR_MS),
    LoanSpan(30, NOON + 3 * HOUR_MS + 5 * MINUTE_MS, NOON + 12 * HOUR_MS),
)


def media(written_ms: int | None, length_ms: int | None = 10 * MINUTE_MS) -> Media:
    return Media("MP4", written_ms, length_ms, (), ZONE)


def camera(spans: tuple[LoanSpan, ...] = LOANS) -> Camera:
    return Camera("C1", CameraStep.DOCKED, clock_ahead_ms=0, clock_error_ms=500, spans=spans)


def at(utc_ms: int, *, synchronised: bool = True) -> Stamp:
    return Stamp(utc_ms, "boot-1", 1_000, synchronised=synchronised)


BEGUN, ENDED = NOON, NOON + 10 * MINUTE_MS


def agreed(
    begun_ms: int | None, ended_ms: int | None, media_begun_ms: int | None = None, notes: tuple[str, ...] = ()
) -> FilmedWhen:
    return FilmedWhen(agree=True, begun_ms=begun_ms, ended_ms=ended_ms, media_begun_ms=media_begun_ms, notes=notes)


def test_both_say_the_same() -> None:
    assert filmed_when(media(BEGUN), BEGUN, ENDED) == agreed(BEGUN, ENDED, BEGUN, ())


def test_a_missing_media_time_changes_nothing() -> None:
    for said in (None, media(None)):
        assert filmed_when(said, BEGUN, ENDED) == agreed(BEGUN, ENDED)
        assert attribute(camera(), filmed_when(said, BEGUN, ENDED)) == Attribution(20, None)
    assert filmed_when(media(BEGUN), None, ENDED) == agreed(None, ENDED, BEGUN)
    assert attribute(camera(), filmed_when(media(BEGUN), None, None)) == Attribution(None, "TIME_UNKNOWN")


def test_local_time_that_is_called_utc_is_told_by_the_camera_s_zone() -> None:
    local = filmed_when(media(BEGUN + ZONE * MINUTE_MS), BEGUN, ENDED)
    assert local == agreed(BEGUN, ENDED, BEGUN, ("MEDIA_TIME_LOCAL",))


def test_some_cameras_date_a_film_by_its_end() -> None:
    assert filmed_when(media(ENDED), BEGUN, ENDED) == agreed(BEGUN, ENDED, BEGUN, ("MEDIA_TIME_AT_END",))
    both = filmed_when(media(ENDED + ZONE * MINUTE_MS), BEGUN, ENDED)
    assert both.notes == ("MEDIA_TIME_LOCAL", "MEDIA_TIME_AT_END")
    assert both.media_begun_ms == BEGUN


def test_a_file_that_lists_one_time_was_begun_or_ended_then() -> None:
    for one in (BEGUN, ENDED):
        assert filmed_when(media(BEGUN), one, one) == agreed(BEGUN, ENDED, BEGUN, ())
    middle = (BEGUN + ENDED) // 2
    assert not filmed_when(media(BEGUN), middle, middle).agree


def test_what_was_filmed_before_the_button_was_pressed_is_filming_too() -> None:
    """A recorder keeps the last half minute, and its film begins with it."""
    filmed = filmed_when(media(BEGUN - 30_000, 10 * MINUTE_MS + 30_000), BEGUN, ENDED)
    assert filmed == agreed(BEGUN - 30_000, ENDED, BEGUN - 30_000, ())
    handed_over = (LoanSpan(10, NOON - HOUR_MS, NOON - 20_000), LoanSpan(20, NOON - 10_000, NOON + HOUR_MS))
    assert attribute(camera(handed_over), filmed) == Attribution(None, "CROSSES_HANDOVER")


def test_beyond_the_tolerance_nobody_is_credited() -> None:
    for off_ms, agree in ((TIMES_AGREE_MS, True), (TIMES_AGREE_MS + 1, False)):
        for sign in (1, -1):
            filmed = filmed_when(media(BEGUN + sign * off_ms), BEGUN, ENDED)
            assert filmed.agree is agree
    filmed = filmed_when(media(BEGUN + 40 * MINUTE_MS), BEGUN, ENDED)
    assert (filmed.begun_ms, filmed.ended_ms, filmed.media_begun_ms) == (BEGUN, ENDED, BEGUN + 40 * MINUTE_MS)
    assert filmed.notes == ("FILE_TIME_DISAGREES",)
    assert attribute(camera(), filmed) == Attribution(None, "TIMES_DISAGREE")


def test_a_film_that_overlaps_the_writing_of_its_file_and_goes_beyond_it_cannot_be() -> None:
    assert not filmed_when(media(BEGUN + 5 * MINUTE_MS), BEGUN, ENDED).agree


def test_made_after_it_was_read_and_before_anybody_had_the_camera() -> None:
    filmed = filmed_when(media(BEGUN), BEGUN, ENDED)
    assert oddly_dated(camera(), filmed, at(ENDED)) == ()
    assert oddly_dated(camera(), filmed, at(ENDED - 501)) == ("MADE_AFTER_READING",)
    assert oddly_dated(camera(), filmed, at(ENDED - 501, synchronised=False)) == ()
    assert oddly_dated(camera(LOANS[2:]), filmed, at(ENDED)) == ("MADE_BEFORE_LOANS",)
    assert oddly_dated(camera(()), filmed, at(ENDED)) == ()
    assert oddly_dated(None, filmed, at(0)) == ()
    unknown = Camera("C1", CameraStep.DOCKED, spans=LOANS)
    assert oddly_dated(unknown, filmed, at(0)) == ()


def test_where_only_the_length_says_how_far_it_may_reach_nothing_odd_is_claimed_that_may_not_be() -> None:
    filmed = filmed_when(media(None, HOUR_MS), ENDED, ENDED)
    assert (filmed.begun_ms, filmed.ended_ms) == (ENDED - HOUR_MS, ENDED + HOUR_MS)
    assert oddly_dated(camera(), filmed, at(ENDED)) == ()
    assert oddly_dated(camera(), filmed, at(ENDED - 501)) == ("MADE_AFTER_READING",)


def test_where_a_camera_had_more_loans_than_are_remembered_nothing_is_said_to_be_before_them() -> None:
    filmed = filmed_when(None, BEGUN, ENDED)
    spans = tuple(LoanSpan(n, ENDED + n * HOUR_MS, ENDED + n * HOUR_MS + 1) for n in range(1, LOANS_REMEMBERED_MAX + 1))
    assert oddly_dated(camera(spans[1:]), filmed, at(ENDED)) == ("MADE_BEFORE_LOANS",)
    assert oddly_dated(camera(spans), filmed, at(ENDED)) == ()


@dataclass(frozen=True)
class Filmed:
    """What truly happened, and how this camera writes times into its films."""

    begun_ms: int
    length_ms: int
    local: bool
    at_end: bool

    @property
    def ended_ms(self) -> int:
        return self.begun_ms + self.length_ms

    def written(self) -> int:
        true = self.ended_ms if self.at_end else self.begun_ms
        return true + (ZONE * MINUTE_MS if self.local else 0)

    def mistakable(self, lie_ms: int) -> bool:
        """A lie by just the zone, the film's own length, or both: what another camera, telling the truth, would say."""
        excuses = {
            zone + length
            for zone in (0, ZONE * MINUTE_MS, -ZONE * MINUTE_MS)
            for length in (0, self.length_ms, -self.length_ms)
        }
        return any(abs(abs(lie_ms) - abs(excuse)) <= 2 * TIMES_AGREE_MS for excuse in excuses - {0})


films = st.builds(
    Filmed,
    begun_ms=st.integers(NOON - 6 * HOUR_MS, NOON + 14 * HOUR_MS),
    length_ms=st.integers(1_000, 2 * HOUR_MS),
    local=st.booleans(),
    at_end=st.booleans(),
)
lies = st.integers(-12 * HOUR_MS, 12 * HOUR_MS)


def truly_whose(film: Filmed) -> set[int]:
    """Whoever had the camera at any time while it filmed."""
    return {
        span.loan
        for span in LOANS
        if film.ended_ms >= span.started_ms and (span.ended_ms is None or film.begun_ms <= span.ended_ms)
    }


@given(films, lies, st.booleans())
def test_where_one_clock_lies_nobody_is_credited_wrongly_and_every_doubt_is_named(
    film: Filmed,
    lie_ms: int,
    file_lies: bool,  # noqa: FBT001 - drawn
) -> None:
    assume(not film.mistakable(lie_ms))
    written = film.written() + (0 if file_lies else lie_ms)
    listed = lie_ms if file_lies else 0
    filmed = filmed_when(media(written, film.length_ms), film.begun_ms + listed, film.ended_ms + listed)
    whose = attribute(camera(), filmed)
    if whose.loan is not None:
        assert truly_whose(film) == {whose.loan}
    if abs(lie_ms) > 2 * TIMES_AGREE_MS:
        assert whose.loan is None
        assert "FILE_TIME_DISAGREES" in filmed.notes


@given(films)
def test_where_none_lies_the_times_agree_and_the_reading_that_holds_is_said(film: Filmed) -> None:
    filmed = filmed_when(media(film.written(), film.length_ms), film.begun_ms, film.ended_ms)
    assert filmed.agree
    assert filmed.media_begun_ms == film.begun_ms
    assert (filmed.begun_ms, filmed.ended_ms) == (film.begun_ms, film.ended_ms)
    assert ("MEDIA_TIME_LOCAL" in filmed.notes) is film.local
    assert ("MEDIA_TIME_AT_END" in filmed.notes) is film.at_end


def test_a_file_s_time_that_is_wrong_by_just_the_zone_looks_like_local_time_and_is_noted_as_such() -> None:
    """Nobody who has only these two times can tell them apart."""
    film = Filmed(BEGUN, 10 * MINUTE_MS, local=False, at_end=False)
    wrong = -ZONE * MINUTE_MS
    filmed = filmed_when(media(film.written(), film.length_ms), film.begun_ms + wrong, film.ended_ms + wrong)
    assert (filmed.agree, filmed.notes) == (True, ("MEDIA_TIME_LOCAL",))
