"""One camera's visit to one bay. The table is the rule; `advance_docking` only carries what the facts say along."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.fact_shapes import unknown_camera
from station.custody.facts import (
    BatteryJudged,
    BayOffered,
    CameraAdmitted,
    CameraCleared,
    CameraQuarantined,
    CameraRead,
    CameraRemoved,
    CameraSilent,
    ClearingFailed,
    ClearingOrdered,
    ClearingReleased,
    ClockNotSet,
    ClockSet,
    DockingEnded,
    DockingStarted,
    Fact,
    FootageFound,
    LoanEnded,
    LoanRefused,
    LoanStarted,
    OfferLapsed,
    RecordingHeld,
)
from station.custody.facts_of_keeping import UnreadRepairOpened
from station.custody.facts_of_the_desk import HandoverSigned
from station.custody.machine import Machine
from station.errors import IllegalStepError
from station.stamp import Stamp

BATTERY_AGES_MS = 600_000
"""A charge that is too low to lend with, or still rises, is measured again after so long on the charger."""
STANDING_BATTERY_AGES_MS = 1_800_000
"""One that is too low and does not rise; so a dead battery fills no journal."""
STILL_READINGS_MAX = 3
"""A charge that rose no further in so many readings does not rise: a gauge may show every tenth percent only."""

FULL_PERCENT = 100


class DockingStep(StrEnum):
    STARTED = "started"
    SILENT = "silent"
    QUARANTINED = "quarantined"
    READING = "reading"
    READ = "read"
    CLEARING = "clearing"
    OFFERED = "offered"
    TAKEN = "taken"
    REMOVED = "removed"
    ENDED = "ended"


_S = DockingStep

_WITH_A_CAMERA = (_S.STARTED, _S.SILENT, _S.QUARANTINED, _S.READING, _S.READ, _S.CLEARING, _S.OFFERED)
"""Whoever brought it signs when they will."""

DOCKING = Machine[DockingStep](
    {
        (None, DockingStarted): _S.STARTED,
        (_S.STARTED, CameraAdmitted): _S.READING,
        (_S.STARTED, CameraSilent): _S.SILENT,
        (_S.STARTED, CameraQuarantined): _S.QUARANTINED,
        (_S.SILENT, CameraAdmitted): _S.READING,
        (_S.SILENT, CameraQuarantined): _S.QUARANTINED,
        (_S.SILENT, CameraSilent): _S.SILENT,
        (_S.SILENT, LoanEnded): _S.SILENT,
        (_S.SILENT, UnreadRepairOpened): _S.SILENT,
        (_S.QUARANTINED, LoanEnded): _S.QUARANTINED,
        (_S.QUARANTINED, RecordingHeld): _S.QUARANTINED,
        (_S.QUARANTINED, CameraRead): _S.QUARANTINED,
        (_S.READING, LoanEnded): _S.READING,
        (_S.READING, RecordingHeld): _S.READING,
        (_S.READING, CameraRead): _S.READ,
        (_S.READING, BatteryJudged): _S.READING,
        (_S.READING, ClearingReleased): _S.READING,
        (_S.READING, LoanRefused): _S.READING,
        (_S.READ, RecordingHeld): _S.READING,
        (_S.READ, FootageFound): _S.READING,
        (_S.READ, CameraRead): _S.READ,
        (_S.READ, ClearingReleased): _S.READ,
        (_S.READ, ClearingOrdered): _S.CLEARING,
        (_S.READ, BatteryJudged): _S.READ,
        (_S.READ, ClockSet): _S.READ,
        (_S.READ, ClockNotSet): _S.READ,
        (_S.READ, LoanRefused): _S.READ,
        (_S.READ, BayOffered): _S.OFFERED,
        (_S.CLEARING, CameraCleared): _S.READ,
        (_S.CLEARING, ClearingFailed): _S.READ,
        (_S.CLEARING, ClearingReleased): _S.CLEARING,
        (_S.CLEARING, BatteryJudged): _S.CLEARING,
        (_S.CLEARING, ClockSet): _S.CLEARING,
        (_S.CLEARING, ClockNotSet): _S.CLEARING,
        (_S.CLEARING, LoanRefused): _S.CLEARING,
        (_S.OFFERED, BatteryJudged): _S.OFFERED,
        (_S.OFFERED, ClockSet): _S.OFFERED,
        (_S.OFFERED, ClockNotSet): _S.OFFERED,
        (_S.OFFERED, OfferLapsed): _S.READ,
        (_S.OFFERED, LoanStarted): _S.TAKEN,
        (_S.TAKEN, DockingEnded): _S.ENDED,
        (_S.STARTED, CameraRemoved): _S.REMOVED,
        (_S.SILENT, CameraRemoved): _S.REMOVED,
        (_S.QUARANTINED, CameraRemoved): _S.REMOVED,
        (_S.READING, CameraRemoved): _S.REMOVED,
        (_S.READ, CameraRemoved): _S.REMOVED,
        (_S.CLEARING, CameraRemoved): _S.REMOVED,
        (_S.REMOVED, DockingEnded): _S.ENDED,
        **{(step, HandoverSigned): step for step in _WITH_A_CAMERA},
    }
)


class Docking(Struct, frozen=True):
    number: int
    step: DockingStep
    bay: str
    started_boot_id: str
    started_boot_ms: int
    camera: str | None = None
    under: str = ""
    """The pack that admitted it: whatever is in force later, this visit ends under it."""
    read_boot_id: str | None = None
    """The boot in which everything on the camera was last seen to be held."""
    judged_boot_id: str | None = None
    judged_boot_ms: int | None = None
    battery_percent: int | None = None
    highest_percent: int | None = None
    """The most it was charged in this docking."""
    still_readings: int = 0
    """How many readings since then rose no further."""
    health_percent: int | None = None
    recording_minutes: int | None = None
    free_minutes: int | None = None
    clock_ahead_ms: int | None = None
    """As last read against a clock that knew the time: before it was set, or after."""
    clock_error_ms: int | None = None
    clock_set: bool = False
    """Or known that it cannot be."""
    release: int | None = None
    ordered: tuple[int, ...] = ()
    clearings_failed: int = 0
    loan: int | None = None
    offered_boot_id: str | None = None
    offered_boot_ms: int | None = None
    repair: int | None = None
    """The station opened it, because what is in the bay was silent for too long."""
    handover: int | None = None
    """The fact by which somebody signed for having brought it."""
    handed_over_by: str | None = None
    handed_over_ms: int | None = None
    handed_over_sure: bool = True
    """The station knew the time then."""

    @property
    def live(self) -> bool:
        return self.step is not DockingStep.ENDED

    def everything_read(self, at: Stamp) -> bool:
        """After a restart nobody knows any more what the camera holds, until it is listed again."""
        return self.read_boot_id == at.boot_id

    def docked_for_ms(self, at: Stamp) -> int:
        """How long it has been here with this machine running: while that was off, nobody charged or called it."""
        elapsed_ms = at.elapsed_since(self.started_boot_id, self.started_boot_ms)
        return at.boot_ms if elapsed_ms is None else elapsed_ms

    def offer_left_ms(self, lasts_ms: int, at: Stamp) -> int:
        """How long an offer still stands; not at all where a restart lies between."""
        if self.offered_boot_id is None or self.offered_boot_ms is None:
            return 0
        elapsed_ms = at.elapsed_since(self.offered_boot_id, self.offered_boot_ms)
        return 0 if elapsed_ms is None else max(0, lasts_ms - elapsed_ms)

    @property
    def battery_judged(self) -> bool:
        return self.judged_boot_id is not None

    def battery_due_in_ms(self, enough_percent: int, enough_minutes: int, at: Stamp) -> int | None:
        """When the charge is to be measured next: at once, after a while of charging, or no more (None)."""
        if self.judged_boot_id is None or self.judged_boot_ms is None:
            return 0
        if self.battery_percent in {None, FULL_PERCENT}:
            return None
        stands_still = self.still_readings >= STILL_READINGS_MAX
        if stands_still and self.charged_enough(enough_percent, enough_minutes):
            return None
        elapsed_ms = at.elapsed_since(self.judged_boot_id, self.judged_boot_ms)
        ages_ms = STANDING_BATTERY_AGES_MS if stands_still else BATTERY_AGES_MS
        return 0 if elapsed_ms is None else max(0, ages_ms - elapsed_ms)

    def charged_enough(self, enough_percent: int, enough_minutes: int) -> bool:
        """As the gate will ask: by hours where they decide. What is full or cannot be read gets no better."""
        if not self.battery_judged:
            return False
        if self.battery_percent in {None, FULL_PERCENT}:
            return True
        if enough_minutes and self.recording_minutes is not None:
            return self.recording_minutes >= enough_minutes
        return (self.battery_percent or 0) >= enough_percent

    @property
    def source(self) -> str:
        """Whose footage this is: the camera's, or of whatever was in the bay, where nobody can say."""
        return self.camera or unknown_camera(self.number)


def advance_docking(docking: Docking | None, fact: Fact) -> Docking:
    step = DOCKING.next_step(docking.step if docking else None, fact)
    if docking is None:
        return _started(fact, step)
    return replace(_with_said(docking, fact), step=step)


def _started(fact: Fact, step: DockingStep) -> Docking:
    assert isinstance(fact.body, DockingStarted)  # noqa: S101 - the table admits nothing else from nowhere
    return Docking(fact.n, step, fact.body.bay, fact.at.boot_id, fact.at.boot_ms)


def _with_said(docking: Docking, fact: Fact) -> Docking:  # noqa: PLR0911 - one line for each kind of fact
    """What the fact adds, the step left as it was."""
    match fact.body:
        case CameraAdmitted(camera=camera) as said:
            return replace(_with_clock(docking, fact, said), camera=camera, under=fact.policy)
        case CameraSilent(camera=camera):
            return replace(docking, camera=camera)
        case CameraQuarantined(camera=camera):
            return replace(docking, camera=camera)
        case UnreadRepairOpened():
            return replace(docking, repair=fact.n)
        case HandoverSigned(officer=officer):
            _require(docking.handover is None, fact, f"again, after fact {docking.handover}")
            at = fact.at
            handed_over = replace(docking, handed_over_ms=at.utc_ms, handed_over_sure=at.synchronised)
            return replace(handed_over, handover=fact.n, handed_over_by=officer)
        case RecordingHeld(source=source):
            _require(source == docking.source, fact, f"footage of {source} in a docking of {docking.source}")
            return replace(docking, read_boot_id=None)
        case CameraRead():
            return replace(docking, read_boot_id=fact.at.boot_id)
        case FootageFound():
            return replace(docking, read_boot_id=None)
        case BatteryJudged() as judged:
            return replace(
                _with_percent(docking, judged.percent),
                judged_boot_id=fact.at.boot_id,
                judged_boot_ms=fact.at.boot_ms,
                health_percent=judged.health_percent,
                recording_minutes=judged.recording_minutes,
                free_minutes=judged.free_minutes,
            )
        case ClockSet() | ClockNotSet() as clock:
            return replace(_with_clock(docking, fact, clock), clock_set=True)
        case BayOffered():
            return replace(docking, loan=fact.n, offered_boot_id=fact.at.boot_id, offered_boot_ms=fact.at.boot_ms)
        case OfferLapsed():
            return replace(docking, loan=None, offered_boot_id=None, offered_boot_ms=None)
        case _:
            return _with_clearing(docking, fact)


def _with_clearing(docking: Docking, fact: Fact) -> Docking:
    match fact.body:
        case ClearingFailed():
            return replace(docking, ordered=(), clearings_failed=docking.clearings_failed + 1)
        case ClearingReleased():
            return replace(docking, release=fact.n)
        case ClearingOrdered(proofs=proofs, release=release):
            _require(release in {None, docking.release}, fact, "cites a release that was not given")
            return replace(docking, ordered=tuple(proof.recording for proof in proofs))
        case CameraCleared(recordings=recordings):
            _require(set(recordings) <= set(docking.ordered), fact, "names recordings never ordered deleted")
            return replace(_measured_anew(docking), ordered=())
        case _:
            return docking


def _measured_anew(docking: Docking) -> Docking:
    """What room its card had was measured before it was cleared."""
    if docking.free_minutes is None:
        return docking
    return replace(docking, free_minutes=None, judged_boot_id=None, judged_boot_ms=None)


def _with_percent(docking: Docking, percent: int | None) -> Docking:
    """Against the highest, not the last: a gauge that goes to and fro rises a hundred times at most."""
    highest = docking.highest_percent
    if percent is None or (highest is not None and percent <= highest):
        return replace(docking, battery_percent=percent, still_readings=docking.still_readings + 1)
    return replace(docking, battery_percent=percent, highest_percent=percent, still_readings=0)


def _with_clock(docking: Docking, fact: Fact, read: CameraAdmitted | ClockSet | ClockNotSet) -> Docking:
    if isinstance(read, ClockNotSet):
        return docking
    if not fact.at.synchronised:
        return replace(docking, clock_ahead_ms=None, clock_error_ms=None)
    return replace(docking, clock_ahead_ms=read.clock_ahead_ms, clock_error_ms=read.clock_error_ms)


def _require(holds: bool, fact: Fact, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise IllegalStepError(f"fact {fact.n}: {fact.body.type} {otherwise}")
