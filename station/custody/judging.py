"""One judgement under way: what has been found so far, and the state it leads to. Shared by all rules of judging."""

from collections.abc import Iterable
from typing import TypeVar

from station.custody.access_request import AccessRequest
from station.custody.disposal import Disposal
from station.custody.docking import Docking
from station.custody.explanation import Explanation
from station.custody.facts import Fact, FactBody
from station.custody.facts_of_keeping import Evidence, FindingReported
from station.custody.hold import Hold
from station.custody.lifting import Lifting
from station.custody.loan import Loan
from station.custody.mission import Mission
from station.custody.purging import Purge, PurgeStep
from station.custody.recording import Recording, RecordingStep
from station.custody.repair import Repair
from station.custody.reported_finding import ReportedFinding
from station.custody.secrecy import Secrecy
from station.custody.state import State, changes
from station.custody.subjects import KIND_OF, Subject, SubjectKey, key
from station.custody.write_off import WriteOff
from station.errors import IllegalStepError, RefusedError, TooLateError, UnfitObservationError
from station.policy.permits import Act, ActAsked, Policy, Verdict
from station.stamp import YEARS, Stamp, can_be_meant

_NO_MOMENT = (
    f"时间须在 {YEARS.start} 年至 {YEARS.stop - 1} 年之间，请核对 / "
    f"the year is from {YEARS.start} to {YEARS.stop - 1}; set the time right"
)

_MINUTE_MS = 60_000
"""Forms say a time to the minute, and the end of a clip as the minute after it."""

Meant = TypeVar(
    "Meant",
    Recording,
    Loan,
    Mission,
    Explanation,
    Hold,
    Secrecy,
    Lifting,
    AccessRequest,
    Repair,
    Purge,
    ReportedFinding,
    WriteOff,
    Disposal,
)


class Finding:
    """One judgement under way: what has been found so far, and the state it leads to.

    `recalled`: subjects let go before, that the observation is about; they stay until the judgement is over.
    """

    def __init__(self, state: State, policy: Policy, at: Stamp, by: str, recalled: Iterable[Subject] = ()) -> None:
        self._recalled = {key(subject): subject for subject in recalled}
        self.state = state.recalling(self._recalled.values())
        self.policy = policy
        self.at = at
        self.by = by
        self.facts: list[Fact] = []
        self.changed: dict[SubjectKey, Subject] = {}

    def find(self, subject: str, body: FactBody, **private: str) -> None:
        words = {name: value for name, value in private.items() if value}
        fact = Fact(self.state.size, self.at, self.by, self.policy.name, subject, body, words)
        changed = changes(self.state, fact)
        self.state = self.state.holding(changed, fact.n + 1)
        self.facts.append(fact)
        self.changed |= {key(subject): subject for subject in changed}
        self.state = self.state.recalling(one for one in changed if key(one) in self._recalled and not one.live)

    def state_after(self) -> State:
        """What it leads to, with nothing in it that cannot change by itself."""
        return self.state.letting_go(self._recalled)

    def report(self, verdict: Verdict, about: str, *, officer: str = "", **evidence: int | str) -> None:
        """What is only reported: the act goes on. Nothing is reported twice while it is open."""
        if self.reported(verdict, about):
            return
        reported = FindingReported(
            code=verdict.code,
            articles=verdict.articles,
            rule=verdict.rule,
            limit_is_default=verdict.limit_is_default,
            set_by_unit=verdict.set_by_unit,
            about=about,
            officer=officer or None,
            evidence=tuple(_evidence(name, value) for name, value in sorted(evidence.items())),
        )
        self.find(f"finding:{self.state.size}", reported)

    def reported(self, verdict: Verdict, about: str) -> bool:
        """Whether a finding of the same rule is open: one hides none of another."""
        standing = self.state.standing(ReportedFinding, verdict.code, about)
        return any(one.rule == verdict.rule for one in standing)

    def known(self, kind: type[Meant], number: int) -> Meant:
        """The subject an act is about; one that never was is nonsense."""
        subject = self.state.subject((kind, number))
        if not isinstance(subject, kind):
            raise IllegalStepError(f"there is no {KIND_OF[kind].named} {number}")
        return subject

    def require_kept(self, numbers: Iterable[int]) -> None:
        """These are recordings, and nobody has begun to delete them."""
        for number in numbers:
            recording = self.known(Recording, number)
            purges = self.state.standing(Purge, "recording", number)
            if recording.step is RecordingStep.PURGED or any(one.step is PurgeStep.BEGUN for one in purges):
                raise IllegalStepError(f"recording {number} is deleted, or about to be")

    def require_mission_kept(self, number: int) -> None:
        """It is a mission, and nobody has begun to delete any of its footage."""
        self.known(Mission, number)
        begun = (purge for purge in self.state.purges.values() if purge.step is PurgeStep.BEGUN)
        for recording in (self.known(Recording, one) for purge in begun for one in purge.recordings):
            if recording.mission == number:
                raise IllegalStepError(f"recording {recording.number} of mission {number} is about to be deleted")

    def require_authority(
        self,
        act: Act,
        *,
        requested_by: str | None = "",
        reviewed_by: str | None = "",
        recordings: Iterable[int] = (),
        mission: int | None = None,
        camera: str | None = None,
    ) -> None:
        """Whoever acts here may do so, say the packs of all whose matter it is; else it is refused."""
        asked = ActAsked(act, self.by, self.at.utc_ms, requested_by or "", reviewed_by or "")
        owners = self.owners_of(recordings, mission)
        if camera is not None:
            owners.append(self.policy.of_camera(camera))
        for policy in owners or [self.policy]:
            self.require(policy.allows(asked))

    def owners_of(self, recordings: Iterable[int], mission: int | None = None) -> list[Policy]:
        """The policies of those whose footage it is, or whose mission."""
        cameras = {self.known(Recording, number).source for number in recordings}
        owners = [self.policy.of_camera(one) for one in sorted(cameras)]
        if mission is not None:
            owners.append(self.policy.of_person(self.known(Mission, mission).spoken_for_by(self.policy.rolls)))
        return owners

    def refusal(self, code: str, rule: str = "") -> RefusedError:
        """What is raised where nothing is written: with the law that calls for it, if one does."""
        verdict = self.policy.finds(code, rule)
        return RefusedError(verdict.code, verdict.articles, verdict.rule)

    def require(self, verdict: Verdict) -> None:
        if not verdict.permitted:
            raise RefusedError(verdict.code, verdict.articles, verdict.rule)

    def past(self, utc_ms: int) -> int:
        """When something happened, as a person said: it has happened. Where the clock may be wrong, nobody can tell."""
        if moment(utc_ms) - self.at.utc_ms >= _MINUTE_MS and self.at.synchronised:
            raise UnfitObservationError("时间在将来，请核对 / that time has not come yet; set it right")
        return utc_ms

    def docking(self, bay: str) -> Docking:
        docking = self.state.docking_in(bay)
        if docking is None:
            raise IllegalStepError(f"bay {bay} is empty, as far as we know")
        return docking

    def work_on(self, number: int) -> Docking:
        docking = self.state.dockings.get(number)
        if docking is None:
            raise TooLateError(f"docking {number} is over; what its work still found is not believed")
        return docking

    def recording(self, number: int) -> Recording | None:
        """None where the recording is settled: whatever is said of it now was said before."""
        if number >= self.state.size:
            raise IllegalStepError(f"there is no recording {number}")
        return self.state.recordings.get(number)


def worded(words: str, what: str) -> str:
    """Words that must be there: nothing is settled without a reason."""
    if not words.strip():
        raise UnfitObservationError(f"{what} is missing; say it, then try again")
    return words


def moment(utc_ms: int) -> int:
    """A time that a person said; what nobody can mean would be reckoned from for years."""
    if not can_be_meant(utc_ms):
        raise UnfitObservationError(_NO_MOMENT)
    return utc_ms


def _evidence(name: str, value: int | str) -> Evidence:
    return Evidence(name=name, number=value) if isinstance(value, int) else Evidence(name=name, code=value)
