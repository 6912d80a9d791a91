"""What is missing or damaged of footage, in words for whoever stands at the dock, as long as its finding is open.

By the numbers of findings and of cameras alone: names of files may hold names of persons, and a wall shows neither.
`dockward reconcile` names them. Pure.
"""

from collections.abc import Mapping

from station.custody.recording import ON_CAMERA
from station.custody.reported_finding import ReportedFinding
from station.custody.state import State
from station.views.bay_troubles import all_joined

MISSING = "资料缺失"
"""Under this stands what is missing of a camera that is in no bay."""
_TOO_LONG = "store.max_station_hours"
_NUMBERS_MAX = 8
"""Of findings that say the same in one place."""
_WORDS: Mapping[tuple[str, str], str] = {
    ("INGEST_INCOMPLETE", "store.kinds"): (
        "机上曾有的资料未采集即消失，发现 {number}；请联系管理人员，名称见 dockward reconcile / "
        "footage that was on the camera is gone and was never read, finding {number}: call the custodian; "
        "dockward reconcile names it"
    ),
    ("INGEST_INCOMPLETE", _TOO_LONG): (
        "资料在本站存放过久未获登记中心确认，发现 {number}；请检查网络 / "
        "footage waits too long for the registry, finding {number}: see to the network"
    ),
    ("SEQ_GAP", ""): (
        "文件编号不连续，发现 {number}；请管理人员核查 / "
        "the numbers of its files leave some out, finding {number}: have the custodian look into it"
    ),
    ("HASH_MISMATCH", ""): (
        "本站存储的资料与采集时不符，发现 {number}；请将执法记录仪放回仓位重新采集，并检查磁盘 / "
        "stored footage is not what was held, finding {number}: dock its camera, it is read anew; have the disk checked"
    ),
}
"""By code and rule; by the code alone where every rule of it is meant."""


def footage_troubles(state: State) -> dict[str, str]:
    """By the bay whose docking it is about, or whose camera it came of is there now; else beside all bays."""
    told: dict[tuple[str, str], list[int]] = {}
    for one, finding in sorted(state.findings.items()):
        words = _WORDS.get((finding.code, finding.rule)) or _WORDS.get((finding.code, ""))
        if words is not None and (finding.code != "HASH_MISMATCH" or on_camera(state, finding)):
            told.setdefault((_place(state, finding), words), []).append(one)
    troubles: dict[str, str] = {}
    for (place, words), numbers in told.items():
        number = ", ".join(map(str, numbers[:_NUMBERS_MAX])) + (" …" if len(numbers) > _NUMBERS_MAX else "")
        troubles = all_joined(troubles, {place: words.format(number=number)})
    return troubles


def on_camera(state: State, finding: ReportedFinding) -> bool:
    """Other words stand for what no camera has any more, see `damage_words`."""
    kind, _, about = finding.about.partition(":")
    recording = state.recordings.get(int(about)) if kind == "recording" and about.isdecimal() else None
    return recording is not None and recording.step in ON_CAMERA


def _place(state: State, finding: ReportedFinding) -> str:
    kind, _, about = finding.about.partition(":")
    source = about if kind == "camera" else None
    number = int(about) if about.isdecimal() else -1
    docking = state.dockings.get(number) if kind == "docking" else None
    if kind == "recording" and number in state.recordings:
        source = state.recordings[number].source
    if docking is None and source is not None:
        docking = next((one for one in state.dockings.values() if one.source == source), None)
    if finding.rule == _TOO_LONG or docking is None:
        return MISSING
    return docking.bay
