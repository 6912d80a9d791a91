"""The plainest policy that custody can work with: every rule a default, none of them law. For tests alone."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from station.policy.permits import (
    PERMITTED,
    Act,
    ActAsked,
    Admission,
    ClearingDemand,
    DisposalAnswer,
    DisposalAsked,
    FileTimes,
    HandoverAsked,
    Intake,
    KnownCamera,
    Lending,
    LendingAnswer,
    MissionClosing,
    Nearness,
    NonUse,
    Pick,
    PurgeAsked,
    Reminder,
    Reported,
    Store,
    Verdict,
)
from station.policy.rolls import Rolls


@dataclass(frozen=True, slots=True)
class PlainPolicy:
    name: str = "stand-in@0"
    cameras: frozenset[str] | None = None
    """The cameras of the roster; None admits every camera."""
    clearing: ClearingDemand = field(default_factory=lambda: ClearingDemand(copies=2, custodian_release=False))
    offer_lasts_ms: int = 30_000
    silent_after_ms: int = 60_000
    silent_repair_after_ms: int = 4 * 3_600_000
    loans_per_officer: int = 1
    custodians: frozenset[str] = frozenset()
    enough_percent: int = 0
    approval_lasts_ms: int = 7 * 86_400_000
    enough_minutes: int = 0
    forbids: frozenset[Act] = frozenset()
    answers: dict[type, Verdict] = field(default_factory=dict)
    """What `excuses`, `closes` and `purges` say, by the question; permitted where nothing stands here."""
    station_hours_max: int | None = None
    verify_days: int | None = None
    asks_pin: bool = True
    handover_ms: int | None = None
    """How long after its end footage may be handed over; below nothing, it is late at once."""
    rolls: Rolls = field(default_factory=Rolls)

    def of_camera(self, _camera: str | None) -> "PlainPolicy":
        return self

    def of_person(self, _person: str) -> "PlainPolicy":
        return self

    def under(self, _name: str) -> "PlainPolicy":
        return self

    def outlived(self, _at_ms: int) -> Verdict:
        return PERMITTED

    def said(self, verdict: Verdict) -> tuple[str, str]:
        return verdict.code, verdict.code

    def finds(self, code: str, rule: str = "") -> Verdict:
        return Verdict(code, (), rule)

    def admits(self, asked: Admission) -> Verdict:
        if self.cameras is not None and asked.camera not in self.cameras:
            return Verdict("DEVICE_UNREGISTERED")
        return PERMITTED

    def lends(self, asked: Lending) -> LendingAnswer:
        if asked.loans_open >= self.loans_per_officer:
            return LendingAnswer(Verdict("OFFICER_HAS_CAMERA"))
        if asked.disposed_as:
            return LendingAnswer(Verdict("DEVICE_LENT"))
        if not asked.everything_read or asked.own_uncleared or asked.others_uncleared:
            return LendingAnswer(Verdict("CHECK_RESIDUAL"))
        return LendingAnswer()

    def nearness(self, _officer: str, _camera: str) -> Nearness:
        return Nearness.POOL

    def reminds(self, _officer: str, _at_ms: int | None, _shift_minutes: int | None) -> tuple[Reminder, ...]:
        return ()

    def allows(self, asked: ActAsked) -> Verdict:
        if asked.act is Act.RELEASE_CLEARING:
            return PERMITTED if asked.by in self.custodians else Verdict("NOT_AUTHORISED")
        return Verdict("NOT_AUTHORISED") if asked.act in self.forbids else PERMITTED

    def approver(self, _act: Act) -> str:
        return ""

    def picks(self, what: Pick) -> tuple[str, ...]:
        return {Pick.ACTIVITY: ("ACT-INSPECT",), Pick.KIND: ("INSPECTION",), Pick.SECRECY: ("TRADE",)}[what]

    def reasons(self, _activity: str, *, on_site: bool) -> tuple[str, ...]:
        return ("NU-SPECIAL",) if on_site else ()

    def called(self, code: str) -> tuple[str, str]:
        return code, code

    def disposes(self, asked: DisposalAsked) -> DisposalAnswer:
        """One camera that is known stays."""
        others = {*asked.known} - {asked.camera} - {one for one, known in asked.known.items() if known.disposed}
        if others or (asked.approved_by and asked.reason):
            return DisposalAnswer()
        return DisposalAnswer(Verdict("RATIO_WOULD_BREAK"))

    def ratio(self, _unit: str, _known: Mapping[str, KnownCamera], _at_ms: int) -> None:
        return None

    def excuses(self, asked: NonUse) -> Verdict:
        return self.answers.get(type(asked), PERMITTED)

    def closes(self, asked: MissionClosing) -> Verdict:
        return self.answers.get(type(asked), PERMITTED)

    def purges(self, asked: PurgeAsked) -> Verdict:
        return self.answers.get(type(asked), PERMITTED)

    def brought_by_another(self, camera: str) -> tuple[Reported, ...]:
        return (Reported(self.finds("DEVICE_LENT"), f"camera:{camera}"),)

    def handover_due_ms(self, asked: HandoverAsked) -> int | None:
        ended_ms = asked.mission_ms if asked.mission_ms is not None else asked.file_ms
        return None if ended_ms is None or self.handover_ms is None else ended_ms + self.handover_ms

    def handed_over(self, asked: HandoverAsked, _at_ms: int) -> tuple[Reported, ...]:
        return (Reported(self.finds("HANDOVER_LATE"), asked.officer),)

    def took_in(self, asked: Intake, at_ms: int) -> tuple[Reported, ...]:
        """As the packs say it, and no law for it."""
        found = []
        if asked.finished and asked.files_listed > asked.files_stored:
            lacking = ("files_lacking", asked.files_listed - asked.files_stored)
            found.append(Reported(self.finds("INGEST_INCOMPLETE", "store.kinds"), asked.docking, (lacking,)))
        hours = self.station_hours_max
        if hours is not None and asked.stored_ms is not None and at_ms - asked.stored_ms > hours * 3_600_000:
            found.append(Reported(self.finds("INGEST_INCOMPLETE", "store.max_station_hours"), asked.docking))
        return tuple(found)

    def left_out(self, camera: str, known: Collection[int], listed: Collection[int]) -> tuple[Reported, ...]:
        numbers = {*known, *listed}
        gap = any(one - 1 not in numbers for one in listed if one > min(numbers))
        return (Reported(self.finds("SEQ_GAP"), camera),) if gap else ()

    def differs(self, recording: str, expected: str, found: str) -> tuple[Reported, ...]:
        evidence = (("expected", expected), ("found", found))
        return () if expected == found else (Reported(self.finds("HASH_MISMATCH"), recording, evidence),)

    def altered(self, said: FileTimes) -> tuple[Reported, ...]:
        return (Reported(self.finds("FILE_ALTERED"), said.file),)

    def store_faults(self, store: Store, today: dt.date) -> tuple[Reported, ...]:
        faults: list[tuple[str, int | str]] = [("fault", name) for name in ("failing", "full") if getattr(store, name)]
        if self.verify_days is not None and (today - store.verified).days > self.verify_days:
            faults.append(("unverified_days", (today - store.verified).days))
        return tuple(Reported(self.finds("STORE_FAULT"), store.id, (fault,)) for fault in faults)

    def drifted(self, _camera: str, _ahead_ms: int | None, _error_ms: int | None) -> tuple[Reported, ...]:
        """Never: tests of custody let cameras' clocks be as they are."""
        return ()
