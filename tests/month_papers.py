"""The papers of a month, each loan taken as one mission: due times, footage, names, figures, by the same pack."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from station.custody.facts import Fact, LoanEnded, LoanStarted, RecordingHeld
from station.policy.civil_time import local_day
from station.policy.due_times import Ended, handover_due
from station.policy.handover import Handover, handover_findings
from station.policy.naming import NameParts, file_name
from station.policy.ratio import ratio_table
from station.policy.recording_duty import Footage, Medium, Mission, coverage
from station.policy.statistics import (
    DepartmentStatistics,
    FindingSummary,
    MissionSummary,
    Period,
    RecordingSummary,
    statistics,
)
from station.signing.calendar_files import packaged_calendar
from tests.a_month import UNIT, Month

ACTIVITY = "ACT-INSPECT"


@dataclass
class Papers:
    """`found`: what the rules say of the month's missions, by code."""

    month: Month
    found: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    missions: list[MissionSummary] = field(default_factory=list)
    recordings: list[RecordingSummary] = field(default_factory=list)
    findings: list[FindingSummary] = field(default_factory=list)

    def judge(self) -> DepartmentStatistics:
        held: defaultdict[int, list[tuple[Fact, RecordingHeld]]] = defaultdict(list)
        started: dict[int, tuple[Fact, str]] = {}
        for fact in self.month.facts:
            match fact.body:
                case LoanStarted(loan=loan, officer=officer):
                    started[loan] = (fact, officer or "")
                case RecordingHeld(loan=loan) as body if loan is not None:
                    held[loan].append((fact, body))
        for fact in self.month.facts:
            if isinstance(fact.body, LoanEnded):
                begun, officer = started[fact.body.loan]
                self._mission(fact.body.loan, officer, begun, fact, held[fact.body.loan])
        first_ms, last_ms = self.month.facts[0].at.utc_ms, self.month.facts[-1].at.utc_ms
        table = ratio_table(self.month.pack, self.month.policy.rolls, local_day(self.month.pack, last_ms))
        (ratio,) = table.departments
        period = Period(first_ms, last_ms + 1)
        return statistics(UNIT, period, self.missions, self.recordings, self.findings, ratio)

    def _mission(
        self, loan: int, officer: str, begun: Fact, ended: Fact, held: list[tuple[Fact, RecordingHeld]]
    ) -> None:
        pack, name = self.month.pack, f"mission-{loan}"
        done_ms = ended.at.utc_ms
        clips = [self._clip(fact, body) for fact, body in held]
        declared = Mission(name, ACTIVITY, on_site=True, begun_ms=begun.at.utc_ms, ended_ms=done_ms)
        due = handover_due(
            pack, packaged_calendar(), Ended(done_ms, min((c.ended_ms or 0 for c in clips), default=None))
        )
        assert due is not None
        stored_ms = max((fact.at.utc_ms for fact, _ in held), default=done_ms)
        handed = Handover(name, officer, "m-01", due, docked_ms=done_ms, signed_ms=done_ms, stored_ms=stored_ms)
        found = (*coverage(pack, declared, clips), *handover_findings(pack, handed, stored_ms))
        self.found.update(one.code for one in found)
        self.findings += [FindingSummary(one.code, UNIT, done_ms) for one in found]
        self.missions.append(
            MissionSummary(
                name,
                UNIT,
                "INSPECTION",
                ACTIVITY,
                done_ms,
                demanded=True,
                recorded=bool(clips),
                officers=(officer,),
                handover_due_ms=due.at_ms if due.certain else None,
                handed_over_ms=stored_ms,
            )
        )
        for number, clip in enumerate(clips):
            parts = NameParts(number, "MP4", officer, "占道经营", start_ms=clip.begun_ms, device_no=f"{loan}")
            self.names.add(file_name(pack, parts, ()))

    def _clip(self, fact: Fact, body: RecordingHeld) -> Footage:
        begun_ms, ended_ms = body.begun_device_ms or 0, body.ended_device_ms or 0
        self.recordings.append(RecordingSummary(str(fact.n), UNIT, begun_ms, ended_ms - begun_ms))
        return Footage(str(fact.n), Medium.VIDEO, begun_ms, ended_ms, error_ms=2_500)
