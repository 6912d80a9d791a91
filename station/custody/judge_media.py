"""What is found with a recording and with a camera's clock: the file examined, and what policy has reported of both."""

from station.custody.attribution import oddly_dated
from station.custody.camera import CameraStep
from station.custody.docking import Docking
from station.custody.facts_of_footage import NOTES_MAX, RecordingExamined
from station.custody.judging import Finding
from station.custody.media_times import TIMES_AGREE_MS, FilmedWhen, Media, earliest_end_ms
from station.custody.observations import CameraIdentified, RecordingRead
from station.policy.permits import FileTimes


def tell_examined(finding: Finding, docking: Docking, said: RecordingRead, media: Media, filmed: FilmedWhen) -> None:
    """Right after the recording became held, which is the fact before this one."""
    recording = finding.state.size - 1
    camera = finding.state.cameras.get(docking.source)
    notes = dict.fromkeys((*media.notes, *filmed.notes, *oddly_dated(camera, filmed, finding.at)))
    examined = RecordingExamined(
        recording=recording,
        container=media.container,
        media_begun_ms=filmed.media_begun_ms,
        media_length_ms=media.length_ms,
        notes=tuple(notes)[:NOTES_MAX],
    )
    finding.find(f"recording:{recording}", examined)
    if filmed.agree or camera is None or camera.step is not CameraStep.DOCKED:
        return
    changed_ms, ended_ms = said.ended_device_ms, earliest_end_ms(media)
    if changed_ms is None or ended_ms is None or ended_ms <= changed_ms + TIMES_AGREE_MS:
        return  # recorders write the first part's time into all parts: what is earlier than listed accuses nobody
    times = FileTimes(
        file=f"camera:{camera.id}",
        bytes_listed=said.size_bytes,
        container_begun_ms=filmed.media_begun_ms,
        container_ended_ms=ended_ms,
        listed_changed_ms=changed_ms,
    )
    for one in finding.policy.altered(times):
        finding.report(one.verdict, one.about, officer="", **dict(one.evidence), recording=recording)


def tell_drift(finding: Finding, said: CameraIdentified) -> None:
    """As the clock was found; nothing of it where the station itself does not know the time."""
    if not finding.at.synchronised:
        return
    for one in finding.policy.drifted(f"camera:{said.camera}", said.clock_ahead_ms, said.clock_error_ms):
        finding.report(one.verdict, one.about, officer="", **dict(one.evidence))
