"""What a camera that an officer brought back turned out to hold: the list that follows the hand-over. Pure.

Differences come back to whoever signed: a file that the camera listed and nobody holds, and anything else that was
found wrong with what it brought. Names of files stay private words; here files are numbers.
"""

from collections.abc import Iterable

from msgspec import Struct

from station.custody.docking import Docking
from station.custody.recording import Recording
from station.custody.reported_finding import ReportedFinding
from station.custody.state import State
from station.policy.permits import Policy

_NOT_THE_OFFICER_S = "store.max_station_hours"
"""That it waits here too long is no difference of what was brought."""


class Listed(Struct, frozen=True):
    """One file that is held."""

    recording: int
    size_bytes: int
    begun_ms: int | None
    ended_ms: int | None
    loan: int | None


class Difference(Struct, frozen=True):
    """What is wrong with it, in the words of the pack; open until somebody closes the finding."""

    finding: int
    code: str
    zh: str
    en: str


class FileList(Struct, frozen=True):
    """`complete`: everything the camera showed is held, or is named as missing."""

    docking: int
    bay: str
    camera: str | None
    complete: bool
    files: tuple[Listed, ...]
    differences: tuple[Difference, ...]

    @property
    def words(self) -> tuple[str, str]:
        count = len(self.files)
        if self.differences:
            zh, en = f"差异 {len(self.differences)} 项，请核对", f"{len(self.differences)} difference(s): look at them"
        elif self.complete:
            zh, en = "与机内清单一致", "as the camera listed them"
        else:
            zh, en = "采集尚未结束", "not read to the end yet"
        return f"{self.bay}号仓：已存 {count} 个文件，{zh}", f"Bay {self.bay}: {count} file(s) held, {en}"


def file_list(state: State, policy: Policy, docking: Docking, recordings: Iterable[Recording]) -> FileList:
    """`recordings`: all that this docking brought, in memory or not."""
    files = tuple(
        Listed(one.number, one.size_bytes, one.earliest_ms, one.latest_ms, one.credited_loan) for one in recordings
    )
    found = tuple(_difference(policy.of_camera(docking.camera), one) for one in _open_findings(state, docking, files))
    return FileList(docking.number, docking.bay, docking.camera, docking.read_boot_id is not None, files, found)


def _open_findings(state: State, docking: Docking, files: tuple[Listed, ...]) -> list[ReportedFinding]:
    about = {f"docking:{docking.number}", *(f"recording:{one.recording}" for one in files)}
    found = (one for one in state.findings.values() if one.about in about and one.rule != _NOT_THE_OFFICER_S)
    return sorted(found, key=lambda one: one.number)


def _difference(policy: Policy, found: ReportedFinding) -> Difference:
    return Difference(found.number, found.code, *policy.said(policy.finds(found.code, found.rule)))
