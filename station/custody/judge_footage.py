"""Rules of judging what is missing of a camera's footage, and what is not what it was. Each only reports: none refuses.

What was told before is no second fact: a camera remembers what of it is missing, and a finding stands while it is open.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from station.custody import observations as seen
from station.custody.clearing import undamaged
from station.custody.docking import Docking, DockingStep
from station.custody.facts import FootageFound
from station.custody.facts_of_footage import FootageMissed
from station.custody.fitting_names import fitting
from station.custody.judge_originals import is_kept, spoiled
from station.custody.judging import Finding
from station.custody.recording import RecordingStep
from station.policy.permits import Intake, Reported


def _files_missed(finding: Finding, said: seen.FilesMissed) -> None:
    docking = finding.work_on(said.docking)
    about = f"docking:{docking.number}"
    camera = finding.state.cameras.get(docking.camera) if docking.camera else None
    known = camera.missed if camera else ()
    missed = [file for file in said.files if file.listing not in known]
    lacking = Intake(
        about,
        files_listed=len(missed),
        bytes_listed=sum(file.size_bytes for file in missed),
        files_stored=0,
        bytes_stored=0,
        finished=True,
    )
    reported = finding.policy.took_in(lacking, finding.at.utc_ms)
    if camera is None and any(finding.reported(one.verdict, one.about) for one in reported):
        return
    for file in missed:
        body = FootageMissed(
            docking=docking.number,
            camera=camera.id if camera else None,
            listing=file.listing,
            size_bytes=file.size_bytes,
            begun_device_ms=file.begun_device_ms,
            ended_device_ms=file.ended_device_ms,
        )
        finding.find(about, body, original_name=fitting(file.original_name))
    _report(finding, reported)


def _numbers_listed(finding: Finding, said: seen.NumbersListed) -> None:
    """Of a camera with a name: what was in a bay once has no row of numbers."""
    docking = finding.work_on(said.docking)
    if docking.camera is not None:
        _report(finding, finding.policy.left_out(f"camera:{docking.camera}", said.known, said.listed))


def _digest_found(finding: Finding, said: seen.DigestFound) -> None:
    """While it is open, its camera keeps the file. What is not signed for is read anew, once, of a camera said read."""
    recording = finding.recording(said.recording)
    if recording is None or not is_kept(finding.state, recording):
        return
    about = f"recording:{recording.number}"
    reported = spoiled(finding, about, recording.sha256, said.found)
    if not reported or finding.state.finding_open(reported[0].code, about):
        return
    _report(finding, reported)
    if recording.step is not RecordingStep.HELD or said.found in {seen.MISSING, seen.UNREADABLE}:
        return  # only what was set aside can be read anew
    for docking in finding.state.dockings.values():
        if docking.source == recording.source:
            read_damaged_anew(finding, docking)


def read_damaged_anew(finding: Finding, docking: Docking) -> None:
    """A camera said read has what is damaged here, perhaps. One that is offered has it when the offer has lapsed."""
    state = finding.state
    held = (one for one in state.on_source(docking.source) if one.step is RecordingStep.HELD)
    damaged = sum(not undamaged(state, one) for one in held)
    if damaged and docking.step is DockingStep.READ:
        finding.find(f"docking:{docking.number}", FootageFound(docking=docking.number, unheld=damaged))


def _waits_too_long(finding: Finding, said: seen.WaitsTooLong) -> None:
    recording = finding.recording(said.recording)
    if recording is None or recording.received is not None or not finding.at.synchronised:
        return
    waiting = Intake(f"docking:{recording.docking}", 1, 0, 1, 0, finished=True, stored_ms=recording.held_ms)
    _report(finding, finding.policy.took_in(waiting, finding.at.utc_ms))


def _report(finding: Finding, reported: Iterable[Reported]) -> None:
    for one in reported:
        evidence: dict[str, Any] = dict(one.evidence)
        finding.report(one.verdict, one.about, **evidence)


FOOTAGE_RULES: Mapping[type[seen.Observation], Callable[[Finding, Any], None]] = {
    seen.FilesMissed: _files_missed,
    seen.NumbersListed: _numbers_listed,
    seen.DigestFound: _digest_found,
    seen.WaitsTooLong: _waits_too_long,
}
