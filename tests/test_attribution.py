"""Footage is credited by loan intervals alone, with the clock's whole error, and every doubt is named."""

from hypothesis import given
from hypothesis import strategies as st

from station.custody import attribution
from station.custody.attribution import Attribution
from station.custody.camera import Camera, CameraStep, LoanSpan
from station.custody.media_times import filmed_when

SPANS = (LoanSpan(10, 1_000_000, 2_000_000), LoanSpan(20, 3_000_000, None))


def camera(spans: tuple[LoanSpan, ...] = SPANS, ahead_ms: int | None = 0, error_ms: int | None = 500) -> Camera:
    return Camera("C1", CameraStep.DOCKED, clock_ahead_ms=ahead_ms, clock_error_ms=error_ms, spans=spans)


def attribute(camera: Camera | None, begun_ms: int | None, ended_ms: int | None) -> Attribution:
    """By what the camera lists alone."""
    return attribution.attribute(camera, filmed_when(None, begun_ms, ended_ms))


def test_each_doubt_has_its_name() -> None:
    inside = (1_100_000, 1_200_000)
    assert attribute(camera(), *inside) == Attribution(10, None)
    assert attribute(None, *inside) == Attribution(None, "CAMERA_UNIDENTIFIED")
    assert attribute(camera(spans=()), *inside) == Attribution(None, "NO_LOAN")
    assert attribute(camera(), None, 1_200_000) == Attribution(None, "TIME_UNKNOWN")
    assert attribute(camera(ahead_ms=None), *inside) == Attribution(None, "CLOCK_UNKNOWN")
    assert attribute(camera(), 2_400_000, 2_500_000) == Attribution(None, "OUTSIDE_LOANS")
    assert attribute(camera(), 1_900_000, 2_100_000) == Attribution(None, "CROSSES_HANDOVER")
    assert attribute(camera(), 1_900_000, 3_100_000) == Attribution(None, "CROSSES_HANDOVER")
    assert attribute(camera(), 3_000_600, 9_000_000) == Attribution(20, None)


def test_the_clock_s_error_widens_the_recording_never_the_loan() -> None:
    assert attribute(camera(error_ms=100), 1_000_100, 1_999_900).loan == 10
    assert attribute(camera(error_ms=101), 1_000_100, 1_999_900) == Attribution(None, "CROSSES_HANDOVER")


def test_the_clock_is_corrected_before_anything_is_compared() -> None:
    assert attribute(camera(ahead_ms=600_000), 1_700_000, 1_800_000).loan == 10
    assert attribute(camera(ahead_ms=600_000), 2_300_000, 2_500_000).loan == 10
    assert attribute(camera(ahead_ms=-600_000), 500_000, 600_000).loan == 10


times = st.integers(min_value=0, max_value=5_000_000)


@given(times, times, st.integers(-10_000, 10_000), st.integers(0, 10_000))
def test_nobody_is_credited_with_what_may_lie_outside_his_loan(
    begun: int, lasted: int, ahead_ms: int, error_ms: int
) -> None:
    ended = begun + lasted
    whose = attribute(camera(ahead_ms=ahead_ms, error_ms=error_ms), begun, ended)
    assert (whose.loan is None) is (whose.unattributed is not None)
    for span in SPANS:
        if whose.loan == span.loan:
            assert begun - ahead_ms - error_ms >= span.started_ms
            assert span.ended_ms is None or ended - ahead_ms + error_ms <= span.ended_ms
