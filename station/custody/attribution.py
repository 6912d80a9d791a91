"""Whose footage a recording is. Decided by loan intervals alone, and never guessed: a doubt is named instead.

The times are the camera's own: as it lists the file, and as the file says itself (`media_times`).
"""

from dataclasses import dataclass

from station.custody.camera import LOANS_REMEMBERED_MAX, Camera, LoanSpan
from station.custody.media_times import AFTER_READING, BEFORE_LOANS, FilmedWhen
from station.stamp import Stamp

TIMES_DISAGREE = "TIMES_DISAGREE"
"""What the camera lists and what the file says of itself cannot both be true."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Either a loan, or the reason why nobody is credited."""

    loan: int | None
    unattributed: str | None


def attribute(camera: Camera | None, filmed: FilmedWhen) -> Attribution:
    """Place a recording, by the camera's own clock corrected, inside one loan with the clock's whole error."""
    if camera is None:
        return Attribution(None, "CAMERA_UNIDENTIFIED")
    if not camera.spans:
        return Attribution(None, "NO_LOAN")
    if not all(span.sure for span in camera.spans):
        return Attribution(None, "STATION_CLOCK_UNKNOWN")
    if filmed.begun_ms is None or filmed.ended_ms is None or filmed.ended_ms < filmed.begun_ms:
        return Attribution(None, "TIME_UNKNOWN")
    if not filmed.agree:
        return Attribution(None, TIMES_DISAGREE)
    made = made_between(camera, filmed.begun_ms, filmed.ended_ms)
    if made is None:
        return Attribution(None, "CLOCK_UNKNOWN")
    earliest_ms, latest_ms = made
    touched = [span for span in camera.spans if _touches(span, earliest_ms, latest_ms)]
    if not touched:
        return Attribution(None, "OUTSIDE_LOANS")
    if len(touched) > 1 or not _inside(touched[0], earliest_ms, latest_ms):
        return Attribution(None, "CROSSES_HANDOVER")
    return Attribution(None, "LOAN_BY_HAND") if touched[0].by_hand else Attribution(touched[0].loan, None)


def made_between(camera: Camera, begun_device_ms: int, ended_device_ms: int) -> tuple[int, int] | None:
    """The span that surely holds the filming, by the camera's clock corrected; None where its clock says nothing."""
    if camera.clock_ahead_ms is None or camera.clock_error_ms is None:
        return None
    return (
        begun_device_ms - camera.clock_ahead_ms - camera.clock_error_ms,
        ended_device_ms - camera.clock_ahead_ms + camera.clock_error_ms,
    )


def oddly_dated(camera: Camera | None, filmed: FilmedWhen, at: Stamp) -> tuple[str, ...]:
    """What is odd about when it was filmed, by the camera's clock corrected; nothing where nobody can say."""
    if camera is None or filmed.begun_ms is None or filmed.ended_ms is None:
        return ()
    made = made_between(camera, filmed.begun_ms, filmed.ended_ms)
    if made is None:
        return ()
    error_ms = camera.clock_error_ms or 0
    unsure_ms = 0 if filmed.surely_until_ms is None else filmed.ended_ms - filmed.surely_until_ms
    if at.synchronised and made[1] - unsure_ms - 2 * error_ms > at.utc_ms:
        return (AFTER_READING,)
    if not camera.spans or len(camera.spans) >= LOANS_REMEMBERED_MAX:  # there may be earlier ones
        return ()
    return (BEFORE_LOANS,) if camera.spans[0].sure and made[1] < camera.spans[0].started_ms else ()


def _touches(span: LoanSpan, earliest_ms: int, latest_ms: int) -> bool:
    return latest_ms >= span.started_ms and (span.ended_ms is None or earliest_ms <= span.ended_ms)


def _inside(span: LoanSpan, earliest_ms: int, latest_ms: int) -> bool:
    return earliest_ms >= span.started_ms and (span.ended_ms is None or latest_ms <= span.ended_ms)
