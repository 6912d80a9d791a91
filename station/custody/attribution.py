"""Whose footage a recording is. Decided by loan intervals alone, and never guessed: a doubt is named instead."""

from dataclasses import dataclass

from station.custody.camera import Camera, LoanSpan


@dataclass(frozen=True, slots=True)
class Attribution:
    """Either a loan, or the reason why nobody is credited."""

    loan: int | None
    unattributed: str | None


def attribute(camera: Camera | None, begun_device_ms: int | None, ended_device_ms: int | None) -> Attribution:
    """Place a recording, by the camera's own clock corrected, inside one loan with the clock's whole error."""
    if camera is None:
        return Attribution(None, "CAMERA_UNIDENTIFIED")
    if not camera.spans:
        return Attribution(None, "NO_LOAN")
    if not all(span.sure for span in camera.spans):
        return Attribution(None, "STATION_CLOCK_UNKNOWN")
    if begun_device_ms is None or ended_device_ms is None or ended_device_ms < begun_device_ms:
        return Attribution(None, "TIME_UNKNOWN")
    made = made_between(camera, begun_device_ms, ended_device_ms)
    if made is None:
        return Attribution(None, "CLOCK_UNKNOWN")
    earliest_ms, latest_ms = made
    touched = [span for span in camera.spans if _touches(span, earliest_ms, latest_ms)]
    if not touched:
        return Attribution(None, "OUTSIDE_LOANS")
    if len(touched) > 1 or not _inside(touched[0], earliest_ms, latest_ms):
        return Attribution(None, "CROSSES_HANDOVER")
    return Attribution(touched[0].loan, None)


def made_between(camera: Camera, begun_device_ms: int, ended_device_ms: int) -> tuple[int, int] | None:
    """The span that surely holds the filming, by the camera's clock corrected; None where its clock says nothing."""
    if camera.clock_ahead_ms is None or camera.clock_error_ms is None:
        return None
    return (
        begun_device_ms - camera.clock_ahead_ms - camera.clock_error_ms,
        ended_device_ms - camera.clock_ahead_ms + camera.clock_error_ms,
    )


def _touches(span: LoanSpan, earliest_ms: int, latest_ms: int) -> bool:
    return latest_ms >= span.started_ms and (span.ended_ms is None or earliest_ms <= span.ended_ms)


def _inside(span: LoanSpan, earliest_ms: int, latest_ms: int) -> bool:
    return earliest_ms >= span.started_ms and (span.ended_ms is None or latest_ms <= span.ended_ms)
