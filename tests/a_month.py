"""A month of one department, made from a seed: what people and wires say, day by day, as custody hears it.

Only what happens is made here; what follows from it is the station's doing. 200 officers share 60 cameras; nights,
holidays, late returns, weak batteries and people who ask twice are in it.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from station.custody import observations as seen
from station.custody.due_work import due_work
from station.custody.facts import Fact, LoanStarted
from station.custody.judge import judgement
from station.custody.state import State
from station.errors import DockwardError
from station.policy.effective import EffectivePack
from station.policy.in_force import PackPolicy
from station.policy.rolls import Body, Officer, RolledCamera, Rolls
from station.stamp import Stamp

UNIT = "民政局"
OFFICERS, CAMERAS = 200, 60
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
FIRST_DAY = dt.date(2026, 9, 28)
"""Holds the National Day holiday and its make-up days."""
_FIRST_MS = int(dt.datetime(2026, 9, 28, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()) * 1_000
RECORDINGS_PER_LOAN = 6
WEAK_PERCENT = 70


def rolls_of(pack: EffectivePack) -> Rolls:
    kind = pack.listed("officer.cert_kinds")[0]
    officers = {
        f"p{n:03}": Officer(
            f"p{n:03}",
            UNIT,
            certificate=f"{n:06}",
            certificate_kind=kind,
            exam_passed=True,
            valid_from=dt.date(2024, 1, 1),
            valid_until=FIRST_DAY + dt.timedelta(days=n),
            roles=frozenset({"custodian", "officer"} if n == 0 else {"officer"}),
        )
        for n in range(OFFICERS)
    }
    cameras = {f"c{n:02}": RolledCamera(f"c{n:02}", UNIT, seen_day=FIRST_DAY) for n in range(CAMERAS)}
    return Rolls(bodies={UNIT: Body(UNIT, UNIT)}, officers=officers, cameras=cameras)


@dataclass
class Month:
    """Replays; `counted` says what came of it."""

    pack: EffectivePack
    days: int = 30
    seed: int = 417
    state: State = field(default_factory=State)
    facts: list[Fact] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.policy = PackPolicy(self.pack, rolls_of(self.pack))
        self._rng = random.Random(self.seed)
        self._files = 0
        self._last_ms = 0

    def replay(self) -> None:
        self._tell(seen.JournalBegun(origin="dockward/month/m-01/1", log_key="k"), _FIRST_MS)
        for bay in range(CAMERAS):
            self._dock(bay, _FIRST_MS, None)
        for day in range(self.days):
            self._day(_FIRST_MS + day * DAY_MS)

    def _day(self, midnight_ms: int) -> None:
        """Each camera goes out in the morning, and a third of them once more for the night."""
        out: dict[int, tuple[int, str]] = {}
        for hour, share in ((8, CAMERAS), (18, CAMERAS // 3)):
            for bay in sorted(self._rng.sample(range(CAMERAS), share)):
                at_ms = midnight_ms + hour * HOUR_MS + bay * 20_000
                if bay in out:
                    self._dock(bay, at_ms - 10_000, out.pop(bay))
                officer = self._lend(bay, at_ms)
                if officer is not None:
                    out[bay] = (at_ms, officer)
            for bay in sorted(set(out) if hour == 18 else ()):  # whoever is out at night comes back
                self._dock(bay, midnight_ms + 23 * HOUR_MS + bay * 20_000, out.pop(bay))

    def _lend(self, bay: int, at_ms: int) -> str | None:
        """Asked for by one after another until somebody gets it."""
        self._charge(bay, at_ms)
        for officer in self._rng.sample(sorted(self.policy.rolls.officers), 3):
            facts = self._tell(seen.CameraAsked(by=officer, bay=str(bay)), at_ms)
            if any(fact.body.type == "bay_offered" for fact in facts):
                started = self._tell(seen.PresenceOpened(bay=str(bay)), at_ms + 5_000)
                assert any(isinstance(fact.body, LoanStarted) for fact in started)
                return officer
        return None

    def _charge(self, bay: int, at_ms: int) -> None:
        """What came back weak was on the charger meanwhile, and is measured again."""
        docking = self.state.docking_in(str(bay))
        if docking is not None and docking.battery_percent == WEAK_PERCENT:
            percent = self._rng.choice((100, WEAK_PERCENT))
            measured = seen.BatteryMeasured(
                docking=docking.number, percent=percent, health_percent=90, free_minutes=900
            )
            self._tell(measured, at_ms - 1_000)

    def _dock(self, bay: int, at_ms: int, loan: tuple[int, str] | None) -> None:
        camera = f"c{bay:02}"
        (started,) = self._tell(seen.PresenceClosed(bay=str(bay)), at_ms)
        ahead_ms = self._rng.randint(-2_000, 2_000)
        docking = started.n
        self._tell(
            seen.CameraIdentified(
                camera=camera, model="T8", clock_ahead_ms=ahead_ms, clock_error_ms=500, docking=docking
            ),
            at_ms,
        )
        listings = dict(self._filmed(at_ms, ahead_ms, loan))
        for number, (listing, (begun_ms, ended_ms)) in enumerate(listings.items()):
            read = seen.RecordingRead(
                listing=listing,
                size_bytes=40_000_000,
                sha256=listing,
                original_name=f"A{number:04}.MP4",
                begun_device_ms=begun_ms,
                ended_device_ms=ended_ms,
                docking=docking,
            )
            (held,) = self._tell(read, at_ms + 1_000)
            self._tell(seen.StatementMade(recording=held.n, statement_sha256=listing), at_ms + 1_500)
            self._tell(seen.ReceiptVerified(recording=held.n, receipt_sha256=listing), at_ms + 2_000)
        self._tell(seen.CameraListed(listings=frozenset(listings), docking=docking), at_ms + 3_000)
        self._clear(bay, docking, at_ms + 4_000, bool(listings))
        percent = self._rng.choice((100, 96, 88, WEAK_PERCENT))
        self._tell(
            seen.BatteryMeasured(percent=percent, health_percent=90, free_minutes=900, docking=docking), at_ms + 5_000
        )
        self._tell(seen.ClockWasSet(clock_ahead_ms=200, clock_error_ms=500, docking=docking), at_ms + 5_500)

    def _clear(self, bay: int, docking: int, at_ms: int, filmed: bool) -> None:  # noqa: FBT001 - one caller
        if not filmed:
            return
        if self.policy.clearing.custodian_release:
            self._tell(seen.ReleaseGiven(by="p000", bays=(str(bay),)), at_ms)
        self._tell(seen.ClearingAsked(docking=docking), at_ms)
        self._tell(seen.DeletionsListed(docking=docking, listings=frozenset()), at_ms + 500)

    def _filmed(self, at_ms: int, ahead_ms: int, loan: tuple[int, str] | None) -> Iterator[tuple[str, tuple[int, int]]]:
        """Clips well inside the loan, by the camera's own clock."""
        if loan is None:
            return
        begun_ms, _ = loan
        slot_ms = (at_ms - begun_ms) // (RECORDINGS_PER_LOAN + 1)
        for number in range(RECORDINGS_PER_LOAN):
            self._files += 1
            start_ms = begun_ms + number * slot_ms + 60_000 + ahead_ms
            yield sha256(b"%d" % self._files).hexdigest(), (start_ms, start_ms + slot_ms // 2)

    def _tell(self, observation: seen.Observation, at_ms: int) -> tuple[Fact, ...]:
        self._last_ms = max(self._last_ms, at_ms)
        at = Stamp(self._last_ms, "b1", self._last_ms - _FIRST_MS, synchronised=True)
        try:
            judged = judgement(self.state, observation, self.policy, at)
        except DockwardError as refused:
            self.counted[f"refused: {refused}"] += 1
            return ()
        self.state = judged.state
        self.facts += judged.facts
        for fact in judged.facts:
            self.counted[fact.body.type] += 1
            if fact.body.type == "loan_refused":
                self.counted[f"loan_refused {getattr(fact.body, 'code', '')}"] += 1
        self.counted["tasks due"] += len(due_work(self.state, self.policy, at))
        return judged.facts
