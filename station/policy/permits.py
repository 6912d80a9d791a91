"""The questions custody asks of policy, as plain values, and the shape of an answer.

An answer that refuses names its finding, the parameter that decided and the articles it rests on. No article means it
is only a default, and whoever shows it must say so.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from station.policy.rolls import Rolls

if TYPE_CHECKING:
    from station.policy.ratio_here import RatioHere


class Verdict(Struct, frozen=True):
    """`code` is empty where permitted; `articles` is empty where the rule is only a default."""

    code: str = ""
    articles: tuple[str, ...] = ()
    rule: str = ""
    """The parameter that decided."""
    limit_is_default: bool = False
    """The duty may be law while the number it is measured by is only a default."""
    set_by_unit: bool = False

    @property
    def permitted(self) -> bool:
        return not self.code


PERMITTED = Verdict()


class Reported(Struct, frozen=True):
    """A finding that lets the act go on: what, about whom, and the facts of it."""

    verdict: Verdict
    about: str
    evidence: tuple[tuple[str, int | str], ...] = ()

    @property
    def code(self) -> str:
        return self.verdict.code


class Admission(Struct, frozen=True):
    """A camera has said who it is: may it be treated as ours?"""

    camera: str
    model: str


class Lending(Struct, frozen=True):
    """An officer asks for a camera: what is known of both. None is what could not be read."""

    officer: str
    camera: str
    at_ms: int
    station_knows_time: bool
    loans_open: int
    everything_read: bool
    checks_done: bool
    """Battery and clock have been looked at in this docking, whatever came of it."""
    own_uncleared: int = 0
    """Recordings still on the camera that are the asking officer's own."""
    others_uncleared: int = 0
    others_unsealed: int = 0
    """Of these, the ones without a sealed copy here."""
    clock_ahead_ms: int | None = None
    clock_error_ms: int | None = None
    battery_percent: int | None = None
    health_percent: int | None = None
    recording_minutes: int | None = None
    """What the battery is predicted to last."""
    free_minutes: int | None = None
    shift_minutes: int | None = None
    """The planned shift, where the officer named one."""
    repair_open: bool = False
    disposed_as: str = ""
    """By which approved act the camera left: RETIRE, TRANSFER, LEND_OUTSIDE or LOAN_OTHER_DEPARTMENT."""
    emergency: bool = False
    overridden_by: str = ""


class LendingAnswer(Struct, frozen=True):
    """The first refusal, or what is reported although it is lent."""

    refusal: Verdict = PERMITTED
    reports: tuple[Verdict, ...] = ()


class KnownCamera(Struct, frozen=True):
    """What a station knows of a camera beside the roll."""

    seen_ms: int | None = None
    """When it last lay in a bay here."""
    health_percent: int | None = None
    in_repair: bool = False
    disposed: bool = False
    """Whether it left by an approved act, and was not taken back."""


class DisposalAsked(Struct, frozen=True):
    """A camera is to leave its department; `known` is every camera as it is now. See `RatioAct` for the acts."""

    act: str
    camera: str
    at_ms: int
    known: Mapping[str, KnownCamera]
    approved_by: str = ""
    reason: str = ""


class DisposalAnswer(Struct, frozen=True):
    """A refusal, or what is reported although the camera may leave."""

    refusal: Verdict = PERMITTED
    reports: tuple[Reported, ...] = ()


class Nearness(IntEnum):
    """How near an officer is to a camera by the roll, the nearest first."""

    OWN = 0
    SECTION = 1
    POOL = 2
    OTHERS = 3
    """Allotted to somebody else of the same unit."""
    ELSEWHERE = 4
    """Another unit's, or nobody's."""


class Reminder(Struct, frozen=True):
    """What an officer who takes a camera is shown, with what it rests on in its words."""

    rule: str
    articles: tuple[str, ...]
    zh: str
    en: str


class ClearingDemand(Struct, frozen=True):
    """What must be proved before a recording may be deleted from a camera."""

    copies: int
    custodian_release: bool
    receipt_required: bool = False
    """Whether only the registry's receipt counts as the further copy."""


class Act(StrEnum):
    """What a person does that needs authority. Who has it, the pack says."""

    RELEASE_CLEARING = "release_clearing"
    OVERRIDE_CHECK = "override_check"
    LEND_INSIDE = "lend_inside"
    LEND_OUTSIDE = "lend_outside"
    DECLARE_MISSION = "declare_mission"
    CLOSE_MISSION = "close_mission"
    SETTLE_ATTRIBUTION = "settle_attribution"
    CONFIRM_EXTENSION = "confirm_extension"
    EXPLAIN = "explain"
    REVIEW_EXPLANATION = "review_explanation"
    KEEP_EXPLANATION = "keep_explanation"
    SET_LONGTERM = "set_longterm"
    LIFT_LONGTERM = "lift_longterm"
    MARK_SECRET = "mark_secret"  # noqa: S105 - an act
    LIFT_SECRET = "lift_secret"  # noqa: S105 - an act
    PLACE_HOLD = "place_hold"
    LIFT_HOLD = "lift_hold"
    ASK_ACCESS = "ask_access"
    REVIEW_ACCESS = "review_access"
    VIEW_INTERNAL = "view_internal"
    COPY_INTERNAL = "copy_internal"
    GIVE_OTHER_DEPARTMENT = "give_other_department"
    PARTY_VIEW = "party_view"
    PARTY_COPY = "party_copy"
    PROVIDE_OUTSIDE = "provide_outside"
    DISCLOSE = "disclose"
    OVERSEE = "oversee"
    REVIEW_LEGALLY = "review_legally"
    SETTLE_DISPUTE = "settle_dispute"
    REPORT_FAULT = "report_fault"
    REPAIR = "repair"
    PROPOSE_PURGE = "propose_purge"
    APPROVE_PURGE = "approve_purge"
    ASK_WRITE_OFF = "ask_write_off"
    WRITE_OFF_DISK = "write_off_disk"
    ENTER_BY_HAND = "enter_by_hand"
    PROPOSE_DISPOSAL = "propose_disposal"
    APPROVE_DISPOSAL = "approve_disposal"
    CONFIRM_LOST_BADGE = "confirm_lost_badge"
    ANSWER_FINDING = "answer_finding"
    CLOSE_FINDING = "close_finding"


ROUTES = frozenset(
    {
        Act.VIEW_INTERNAL,
        Act.COPY_INTERNAL,
        Act.GIVE_OTHER_DEPARTMENT,
        Act.PARTY_VIEW,
        Act.PARTY_COPY,
        Act.PROVIDE_OUTSIDE,
        Act.DISCLOSE,
        Act.OVERSEE,
        Act.REVIEW_LEGALLY,
    }
)
"""What footage can be asked for."""


class Pick(StrEnum):
    """What a person picks a code for, by the pack's parameter that lists them."""

    ACTIVITY = "record.activity"
    KIND = "pack.enforcement_kinds"
    SECRECY = "secret.categories"


class ActAsked(Struct, frozen=True):
    """Somebody (`by`) does an act on what somebody (`requested_by`) asked for; `reviewed_by` is the third hand."""

    act: Act
    by: str
    at_ms: int
    requested_by: str = ""
    reviewed_by: str = ""
    about: str = ""
    """Whose matter it is: a department, where it is not the actor's own."""


class NonUse(Struct, frozen=True):
    """A reason given for footage that is not there, and what was written with it."""

    activity: str
    on_site: bool
    reason: str
    facts: bool
    """Whether the facts this reason needs (who asked, which rule, which ground) were given."""
    basis: bool
    footage_until_stop: bool = False
    repair_open: bool = False


class MissionClosing(Struct, frozen=True):
    """What is there when a mission is to be closed."""

    activity: str
    on_site: bool
    has_footage: bool
    has_gap: bool
    explanation_accepted: bool
    text_record: bool = False


class PurgeAsked(Struct, frozen=True):
    """One recording is to be deleted for good."""

    recording: str
    stored_ms: int
    archived_ms: int | None
    activity: str
    blockers: tuple[str, ...]
    """Codes of what holds it: LONGTERM, CASE, HOLD, DISPUTE, REQUEST."""
    at_ms: int
    began_under: tuple[str, ...] = ()
    """Packs (`id@version`) under which it was made and kept; the longest term counts."""


class Intake(Struct, frozen=True):
    """How far one docking has been taken in. `confirmed_ms` is when the centre had all of it."""

    docking: str
    files_listed: int
    bytes_listed: int
    files_stored: int
    bytes_stored: int
    finished: bool
    """The station is done reading; what lacks now is not on its way."""
    stored_ms: int | None = None
    confirmed_ms: int | None = None


class HandoverAsked(Struct, frozen=True):
    """The footage of one loan, on its way from an officer into the station."""

    loan: str
    officer: str
    mission_ms: int | None = None
    """When the first mission of the loan ended."""
    file_ms: int | None = None
    """When the earliest of its files did, or the loan itself."""
    docked_ms: int | None = None
    signed_ms: int | None = None


class Store(Struct, frozen=True):
    """A disk that footage lies on."""

    id: str
    failing: bool
    """The disk says so itself, or reads fail."""
    full: bool
    verified: dt.date
    """The day all its digests were last compared, or that it was taken into use."""


class FileTimes(Struct, frozen=True):
    """What one file says of itself, all by the camera's own clock. None is what is not written there."""

    file: str
    bytes_listed: int
    bytes_listed_before: int | None = None
    """At an earlier listing of the same file."""
    name_begun_ms: int | None = None
    container_begun_ms: int | None = None
    container_ended_ms: int | None = None
    listed_changed_ms: int | None = None
    """When the file was last written, by the camera's listing."""


class Policy(Protocol):
    """A policy pack, as custody sees it."""

    @property
    def name(self) -> str:
        """`pack@version`, written into every fact it judged."""

    @property
    def rolls(self) -> Rolls:
        """Who and what there is."""

    @property
    def clearing(self) -> ClearingDemand: ...

    @property
    def offer_lasts_ms(self) -> int: ...

    @property
    def silent_after_ms(self) -> int: ...

    @property
    def silent_repair_after_ms(self) -> int:
        """How long a docked camera may stay silent before the station opens a repair of it."""

    @property
    def enough_percent(self) -> int:
        """The charge from which nobody needs to measure again, where nobody can predict hours."""

    @property
    def enough_minutes(self) -> int:
        """The predicted recording from which nobody needs to measure again; 0 where hours decide nothing."""

    @property
    def approval_lasts_ms(self) -> int:
        """How long an approval of access holds at most."""

    def of_camera(self, camera: str | None) -> "Policy":
        """As the owner of this camera has it: the owner's pack judges its docking."""

    def of_person(self, person: str) -> "Policy":
        """As the unit of this person has it: whose matter it is that they began."""

    def under(self, name: str) -> "Policy":
        """As the pack of that name and version has it, where what began under it is to end under it."""

    def outlived(self, at_ms: int) -> Verdict:
        """Whether the instrument's life is over; its last rules apply until they are replaced."""

    def said(self, verdict: Verdict) -> tuple[str, str]:
        """For whoever stands at the dock, in Chinese and in English."""

    def finds(self, code: str, rule: str = "") -> Verdict:
        """What custody finds by itself, with the law that calls for it here."""

    def admits(self, asked: Admission) -> Verdict: ...

    def lends(self, asked: Lending) -> LendingAnswer: ...

    @property
    def asks_pin(self) -> bool:
        """Whether a badge alone takes no camera. Bringing one back never asks."""

    def nearness(self, officer: str, camera: str) -> Nearness:
        """Whose the camera is, by the roll; for choosing between cameras that may all be lent."""

    def reminds(self, officer: str, at_ms: int | None, shift_minutes: int | None) -> tuple[Reminder, ...]:
        """What this officer is shown on taking a camera; `at_ms` is None where nobody knows the day."""

    def allows(self, asked: ActAsked) -> Verdict:
        """Has this person the authority for this act?"""

    def approver(self, act: Act) -> str:
        """The role to turn to for this act; empty where nobody may."""

    def picks(self, what: Pick) -> tuple[str, ...]:
        """The codes to choose from here, in the order of the pack."""

    def reasons(self, activity: str, *, on_site: bool) -> tuple[str, ...]:
        """The reasons for not recording that are to choose from for this activity."""

    def called(self, code: str) -> tuple[str, str]:
        """What a code is called, in Chinese and in English; the code itself where nobody named it."""

    def disposes(self, asked: DisposalAsked) -> DisposalAnswer:
        """May this camera leave its department, with the ratio as it is at this moment?"""

    def ratio(self, unit: str, known: Mapping[str, KnownCamera], at_ms: int) -> "RatioHere | None":
        """A department's cameras against its officers; None where no ratio is kept."""

    def excuses(self, asked: NonUse) -> Verdict:
        """Is this a reason for not recording, here?"""

    def closes(self, asked: MissionClosing) -> Verdict:
        """May the mission be closed as it stands?"""

    def purges(self, asked: PurgeAsked) -> Verdict:
        """May the recording be deleted for good?"""

    def brought_by_another(self, camera: str) -> tuple[Reported, ...]:
        """What is to be reported where somebody else than its borrower brings a camera back."""

    def handover_due_ms(self, asked: HandoverAsked) -> int | None:
        """Until when it is in time; None where nobody says, or a calendar is missing."""

    def handed_over(self, asked: HandoverAsked, at_ms: int) -> tuple[Reported, ...]:
        """What is to be reported of a hand-over once its time is over. Whom it names stands in `about`."""

    @property
    def station_hours_max(self) -> int | None:
        """How long footage may stay on the station unconfirmed; None: as long as it takes."""

    def took_in(self, asked: Intake, at_ms: int) -> tuple[Reported, ...]:
        """What is to be reported of how a docking was taken in."""

    def left_out(self, camera: str, known: Collection[int], listed: Collection[int]) -> tuple[Reported, ...]:
        """What is to be reported of the numbers of a camera's files: `known` before, and `listed` now."""

    def differs(self, recording: str, expected: str, found: str) -> tuple[Reported, ...]:
        """What is to be reported of a stored file whose digest is another than it was."""

    def altered(self, said: FileTimes) -> tuple[Reported, ...]:
        """What is to be reported of a file that speaks of a change after it was made."""

    @property
    def verify_days(self) -> int | None:
        """Within so many days all digests are compared anew; None: never."""

    def store_faults(self, store: Store, today: dt.date) -> tuple[Reported, ...]:
        """What is to be reported of a disk that footage lies on."""

    def drifted(self, camera: str, ahead_ms: int | None, error_ms: int | None) -> tuple[Reported, ...]:
        """What is to be reported of a camera's clock, as it was found."""
