"""The policy in force at a station: its pack, the packs of departments that share it, rolls and calendars.

The pack of the camera's owner judges its docking. This file only knows which pack answers; the answers stand in the
rooms of their subjects.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from station.policy import (
    allotment,
    authority,
    clearing_rules,
    footage_marks,
    gate,
    handover,
    non_use,
    purge,
    ratio_here,
    recording_duty,
    words,
)
from station.policy.calendars import Calendar
from station.policy.civil_time import MS_PER_DAY, MS_PER_HOUR, MS_PER_SECOND, local_day
from station.policy.effective import EffectivePack, expired
from station.policy.permits import (
    PERMITTED,
    ROUTES,
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
from station.policy.ratio_here import RatioHere
from station.policy.reminders import reminders
from station.policy.rolls import Rolls
from station.policy.transition import longest_retention
from station.policy.value_words import code_words

_TO_FOOTAGE = ROUTES | {Act.ASK_ACCESS}


class PackPolicy(Struct, frozen=True):
    """`packs`: by unit, for departments with settings of their own. `former`: what was in force here before."""

    pack: EffectivePack
    rolls: Rolls
    packs: Mapping[str, EffectivePack] = {}
    former: tuple[EffectivePack, ...] = ()
    unit: str = ""
    """Whose matter is judged; the actor's own where nobody is known to own it."""
    base: EffectivePack | None = None
    """The station's own pack, where an owner's is asked."""
    calendar: Calendar = Calendar()

    @property
    def name(self) -> str:
        return self.pack.name

    @property
    def clearing(self) -> ClearingDemand:
        return clearing_rules.demand(self.pack)

    @property
    def offer_lasts_ms(self) -> int:
        return self.pack.number("loan.offer_seconds") * MS_PER_SECOND

    @property
    def silent_after_ms(self) -> int:
        return self.pack.number("docking.silent_seconds") * MS_PER_SECOND

    @property
    def silent_repair_after_ms(self) -> int:
        return self.pack.number("docking.silent_repair_hours") * MS_PER_HOUR

    @property
    def enough_percent(self) -> int:
        return self.pack.number("check.battery_min_percent") if self.pack.flag("check.battery") else 0

    @property
    def enough_minutes(self) -> int:
        by_hours = self.pack.flag("check.battery") and self.pack.text("check.battery_hours") == "planned_shift"
        return self.pack.number("check.shift_minutes") if by_hours else 0

    @property
    def approval_lasts_ms(self) -> int:
        return self.pack.number("access.approval_valid_days") * MS_PER_DAY

    def of_camera(self, camera: str | None) -> "PackPolicy":
        """As the camera's owner has it; the station's own pack where nobody is known to own it."""
        owned = self.rolls.cameras.get(camera) if camera is not None else None
        return self if owned is None else self._of_unit(owned.unit)

    def of_person(self, person: str) -> "PackPolicy":
        """As the unit of this person has it; the station's own pack where the rolls know nobody of that name."""
        known = self.rolls.officers.get(person)
        return self if known is None else self._of_unit(known.unit)

    def _of_unit(self, unit: str) -> "PackPolicy":
        if unit == self.unit:
            return self
        base = self.base or self.pack
        return replace(self, pack=self.packs.get(unit, base), unit=unit, base=base)

    def under(self, name: str) -> "PackPolicy":
        """A version nobody has any more cannot judge; then what is in force now does."""
        if name in {"", self.pack.name} or self.pack.text("pack.transition") != "old_until_end":
            return self
        earlier = next((pack for pack in self.former if pack.name == name), None)
        return self if earlier is None else replace(self, pack=earlier)

    def outlived(self, at_ms: int) -> Verdict:
        return expired(self.pack, local_day(self.pack, at_ms)) or PERMITTED

    def said(self, verdict: Verdict) -> tuple[str, str]:
        return words.said(self.pack, verdict)

    def finds(self, code: str, rule: str = "") -> Verdict:
        return self.pack.finds(code, rule)

    def admits(self, asked: Admission) -> Verdict:
        """Whatever it holds is read all the same: into quarantine, where nobody has enrolled it."""
        camera = self.rolls.cameras.get(asked.camera)
        if camera is None or camera.kind not in self.pack.listed("device.kinds"):
            return self.pack.finds("DEVICE_UNREGISTERED", "device.kinds")
        return PERMITTED

    def lends(self, asked: Lending) -> LendingAnswer:
        return gate.lends(self.pack, self.rolls, asked)

    @property
    def asks_pin(self) -> bool:
        return self.pack.flag("loan.pin")

    def nearness(self, officer: str, camera: str) -> Nearness:
        return allotment.nearness(self.rolls, officer, camera)

    def reminds(self, officer: str, at_ms: int | None, shift_minutes: int | None) -> tuple[Reminder, ...]:
        known = self.rolls.officers.get(officer)
        return () if known is None else reminders(self.pack, known, at_ms, shift_minutes)

    def allows(self, asked: ActAsked) -> Verdict:
        """In the unit whose matter it is: the footage's owner, or else whoever asked.

        To footage that belongs to no unit nobody can open the door, and least of all the unit of whoever wants it.
        """
        if not asked.about and self._of_nobody(asked.act):
            return self.pack.finds("ORG_UNKNOWN", "pack.org_kinds")
        requester = self.rolls.officers.get(asked.requested_by)
        unit = asked.about or self.unit or (requester.unit if requester is not None else "")
        return authority.allows(self.pack, self.rolls, replace(asked, about=unit))

    def _of_nobody(self, act: Act) -> bool:
        return not self.unit and act in _TO_FOOTAGE

    def approver(self, act: Act) -> str:
        return "" if self._of_nobody(act) else authority.approver_of(self.pack, act)

    def picks(self, what: Pick) -> tuple[str, ...]:
        return tuple(self.pack.entries(what)) or self.pack.listed(what)

    def reasons(self, activity: str, *, on_site: bool) -> tuple[str, ...]:
        return non_use.offered(self.pack, activity, on_site)

    def called(self, code: str) -> tuple[str, str]:
        words = code_words(code, self.pack.codes)
        return (code, code) if words is None else (words.zh, words.en)

    def disposes(self, asked: DisposalAsked) -> DisposalAnswer:
        return ratio_here.disposes(self.pack, self.rolls, asked)

    def ratio(self, unit: str, known: Mapping[str, KnownCamera], at_ms: int) -> RatioHere:
        owner = self._of_unit(unit)
        return ratio_here.ratio_of(owner.pack, self.rolls, unit, known, at_ms)

    def excuses(self, asked: NonUse) -> Verdict:
        return non_use.excuses(self.pack, asked)

    def closes(self, asked: MissionClosing) -> Verdict:
        return recording_duty.closes(self.pack, asked)

    def purges(self, asked: PurgeAsked) -> Verdict:
        """What was made under other rules is kept for the longer term; under rules nobody has any more, for ever.

        Footage of a camera that no roll knows belongs to no unit whose keeper could give it up.
        """
        if not self.unit:
            return self.pack.finds("ORG_UNKNOWN", "pack.org_kinds")
        own = () if self.base is None else (self.base,)
        known = {pack.name: pack for pack in (*self.former, *self.packs.values(), *own, self.pack)}
        under = {name: known.get(name) for name in asked.began_under}
        if None in under.values():
            return self.pack.finds("PURGE_EARLY", "pack.transition")
        packs = (self.pack, *(pack for pack in under.values() if pack is not None))
        return purge.purges(self.pack, asked, longest_retention(packs, asked))

    def brought_by_another(self, camera: str) -> tuple[Reported, ...]:
        if not self.pack.flag("device.personal"):
            return ()
        return (Reported(self.pack.finds("DEVICE_LENT", "device.personal"), f"camera:{camera}"),)

    def handover_due_ms(self, asked: HandoverAsked) -> int | None:
        due = handover.due_of(self.pack, self.calendar, asked)
        return None if due is None else due.at_ms

    def handed_over(self, asked: HandoverAsked, at_ms: int) -> tuple[Reported, ...]:
        return handover.fallen_due(self.pack, self.calendar, asked, at_ms)

    @property
    def station_hours_max(self) -> int | None:
        return self.pack.limit("store.max_station_hours")

    def took_in(self, asked: Intake, at_ms: int) -> tuple[Reported, ...]:
        return footage_marks.ingest_incomplete(self.pack, asked, at_ms)

    def left_out(self, camera: str, known: Collection[int], listed: Collection[int]) -> tuple[Reported, ...]:
        return footage_marks.sequence_gaps(self.pack, camera, known, listed)

    def differs(self, recording: str, expected: str, found: str) -> tuple[Reported, ...]:
        return footage_marks.hash_mismatch(self.pack, recording, expected, found)

    def altered(self, said: FileTimes) -> tuple[Reported, ...]:
        return footage_marks.altered(self.pack, said)

    @property
    def verify_days(self) -> int | None:
        return self.pack.limit("store.verify_days")

    def store_faults(self, store: Store, today: dt.date) -> tuple[Reported, ...]:
        return footage_marks.store_faults(self.pack, store, today)

    def drifted(self, camera: str, ahead_ms: int | None, error_ms: int | None) -> tuple[Reported, ...]:
        return footage_marks.clock_drift(self.pack, camera, ahead_ms, error_ms)
