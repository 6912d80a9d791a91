"""What a wire or a person says. Unproven: only `judge` turns it into facts, or refuses it.

A wire may say a thing twice: what is true already becomes no second fact. What a person does twice is two acts.
"""

from dataclasses import dataclass

from station.custody.facts_of_batteries import FullCharge
from station.custody.media_times import Media

STATION = "station"
"""Who acts where no person does."""
MISSING, UNREADABLE = "missing", "unreadable"
"""What is found in the place of a digest: nothing lies there, or the disk does not give what does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    by: str = STATION


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsAct(Observation):
    """Whoever does it says who it is: the station does no person's act."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DockingWork(Observation):
    """What work on one docking found. It names the docking and not the bay, where another camera may be by now."""

    docking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalBegun(Observation):
    """A new station life: nothing was ever written under this origin."""

    origin: str
    log_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceClosed(Observation):
    """The bay's switch says that something is there."""

    bay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceOpened(Observation):
    """The bay's switch says that it is empty."""

    bay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTurned(Observation):
    """The bay's mechanical key is turned, or is not. A broken wire says that it is."""

    bay: str
    turned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSaid(Observation):
    """The supply is well, or is not. A broken wire says that it is not."""

    well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerCut(Observation):
    """A board says that it cut the bay's charger: for what, and which of its cuts it is since it started."""

    bay: str
    why: str
    number: int
    value: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutAcknowledged(Observation):
    """This cut is over: its board took the acknowledgement, or does not know of it any more."""

    bay: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraIdentified(DockingWork):
    """The camera said who it is; its clock was read before anything set it."""

    camera: str
    model: str
    clock_ahead_ms: int | None
    clock_error_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStayedSilent(DockingWork):
    """Nothing answered over USB; `label` is what a badge or label scan says it is, if there was one."""

    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStaysSilent(DockingWork):
    """It was charged and called again and again, and still says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRead(DockingWork):
    """One file is on our disk, fsynced and read back equal.

    `listing` tells one file from every other the camera ever had, and holds no name: made of path, size and device
    time, never of a number that the camera gives out again.
    """

    listing: str
    size_bytes: int
    sha256: str
    original_name: str
    begun_device_ms: int | None
    ended_device_ms: int | None
    media: Media | None = None
    """What the file says of itself, where it was looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraListed(DockingWork):
    """A complete listing of the camera."""

    listings: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedFile:
    """A file as a camera showed it once."""

    listing: str
    size_bytes: int
    original_name: str
    begun_device_ms: int | None
    ended_device_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesMissed(DockingWork):
    """The camera showed them, now or at an earlier docking; nobody held them, and they are not on it any more."""

    files: tuple[MissedFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersListed(DockingWork):
    """Numbers in the names of files that are new, and the ends of the rows that were listed before."""

    known: frozenset[int]
    listed: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFound(Observation):
    """An original was read again, and has this digest now; or MISSING, or UNREADABLE."""

    recording: int
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondCopySpoiled(Observation):
    """A copy on the unit's other disk was read again, and is not what was copied: its digest, MISSING or UNREADABLE."""

    recording: int
    disk: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitsTooLong(Observation):
    """A recording lies on the station longer than it may, and the registry has not confirmed it."""

    recording: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMade(Observation):
    recording: int
    statement_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondCopyProved(Observation):
    recording: int
    disk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptVerified(Observation):
    recording: int
    receipt_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGiven(PersonsAct):
    """A custodian releases what is held so far, of one camera or of many at once."""

    bays: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingAsked(DockingWork):
    """What can be proved is to be cleared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionsListed(DockingWork):
    """After deleting what was ordered, the camera was listed again: what is still on it."""

    listings: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryMeasured(DockingWork):
    percent: int | None
    health_percent: int | None
    recording_minutes: int | None = None
    free_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryWasWeighed(DockingWork):
    """What this docking says of the battery, once all there is to see of it was seen."""

    board: str
    gain_error: int
    told: FullCharge | None
    weighed: FullCharge | None
    milliohms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWasSet(DockingWork):
    clock_ahead_ms: int
    clock_error_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCouldNotBeSet(DockingWork):
    """The camera has no clock that can be read, or none that can be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHandled(DockingWork):
    """A technician's act on a docked camera, and how it went; the camera may have left meanwhile."""

    by: str
    account: str
    camera: str | None
    act: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BayTested(PersonsAct):
    """A technician's test of a bay's wires, and which of its steps failed."""

    account: str
    bay: str
    outcome: str
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAsked(PersonsAct):
    """An officer (`by`) wants the camera of this bay; `overridden_by` stands up for a camera that failed a check."""

    bay: str
    reason: str = ""
    shift_minutes: int | None = None
    emergency: bool = False
    overridden_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(PersonsAct):
    """An officer (`by`) signs for having brought what lies in this docking."""

    docking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTimedOut(DockingWork):
    """Nobody took what was offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryContradicted(Observation):
    """A head of this journal that our key signed is none of ours; both notes are on our disk."""

    why: str
    size: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostElsewhere:
    """A badge that fact `reported` of a station's journal says was lost."""

    badge: str
    station: str
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersCame(Observation):
    """Orders that the registry signed for this journal."""

    registry: str
    sequence: int
    sha256: str
    lost_badges: tuple[LostElsewhere, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersUnbelieved(Observation):
    """Something lay where the registry's orders come that it did not sign for this journal, or that we cannot read."""

    registry: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeOrdered(Observation):
    """The private values beside these entries have reached the end of their term."""

    entries: tuple[int, ...]
    rule: str
