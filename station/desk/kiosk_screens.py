"""What the kiosk's one screen can show, what can happen to it, and what it can ask for: frozen values, no behaviour.

A PIN stands only in the screen where it is typed, and prints as dots; a claim of a lost badge holds its owner's until
the custodian has typed theirs, or nobody came.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from station.desk.bringing_back import BroughtBack
from station.desk.lost_badge import Claim
from station.desk.taking import Opened
from station.desk.tapping import Meaning
from station.pages.pins import Pin

Words = tuple[str, str]
"""Chinese, English."""
NO_WORDS: Words = ("", "")
NO_PIN = Pin("")

REASONS: tuple[Words, ...] = (
    ("突发事件处置", "A sudden incident"),
    ("抢险救灾", "Rescue and disaster relief"),
    ("紧急执法任务", "An urgent enforcement task"),
)
"""Emergencies that are touched and need not be typed; the Chinese is what is written."""


class Step(StrEnum):
    IDLE = "idle"
    WHAT = "what"
    PIN = "pin"
    WHICH_BAY = "which_bay"
    OPENED = "opened"
    NOT_LENT = "not_lent"
    EMERGENCY = "emergency"
    BROUGHT_BACK = "brought_back"
    NOT_SIGNED = "not_signed"
    LOST_CERTIFICATE = "lost_certificate"
    LOST_PIN = "lost_pin"
    LOST_KEEPER = "lost_keeper"
    LOST_KEEPER_PIN = "lost_keeper_pin"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Comer:
    """Who stands there. `owes_pin`: the pack asks one before this officer takes a camera, and none was typed yet."""

    officer: str
    owes_pin: bool = False


# --- screens


@dataclass(frozen=True, slots=True)
class Idle:
    step: ClassVar = Step.IDLE


@dataclass(frozen=True, slots=True)
class What:
    """To take, or to bring back?"""

    step: ClassVar = Step.WHAT
    comer: Comer


@dataclass(frozen=True, slots=True)
class AskPin:
    step: ClassVar = Step.PIN
    comer: Comer
    pin: Pin = NO_PIN
    said: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class WhichBay:
    """Where it was put, or, `taking`, out of which the officer wants one."""

    step: ClassVar = Step.WHICH_BAY
    comer: Comer
    bays: tuple[str, ...]
    said: Words = NO_WORDS
    taking: bool = False


@dataclass(frozen=True, slots=True)
class BayOpened:
    step: ClassVar = Step.OPENED
    opened: Opened


@dataclass(frozen=True, slots=True)
class NotLent:
    """`bays`: where there are cameras that the officer may point at."""

    step: ClassVar = Step.NOT_LENT
    comer: Comer
    said: Words
    emergency: bool = False
    bays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emergency:
    step: ClassVar = Step.EMERGENCY
    comer: Comer


@dataclass(frozen=True, slots=True)
class SlipShown:
    step: ClassVar = Step.BROUGHT_BACK
    comer: Comer
    back: BroughtBack


@dataclass(frozen=True, slots=True)
class NotSigned:
    step: ClassVar = Step.NOT_SIGNED
    comer: Comer
    said: Words


@dataclass(frozen=True, slots=True)
class LostCertificate:
    step: ClassVar = Step.LOST_CERTIFICATE
    number: str = ""
    said: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class LostPin:
    step: ClassVar = Step.LOST_PIN
    number: str
    pin: Pin = NO_PIN


@dataclass(frozen=True, slots=True)
class LostKeeper:
    """The custodian is to lay a badge."""

    step: ClassVar = Step.LOST_KEEPER
    claim: Claim
    said: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class LostKeeperPin:
    step: ClassVar = Step.LOST_KEEPER_PIN
    claim: Claim
    pin: Pin = NO_PIN
    said: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class Refused:
    step: ClassVar = Step.REFUSED
    said: Words


Screen = (
    Idle
    | What
    | AskPin
    | WhichBay
    | BayOpened
    | NotLent
    | Emergency
    | SlipShown
    | NotSigned
    | LostCertificate
    | LostPin
    | LostKeeper
    | LostKeeperPin
    | Refused
)


# --- what is asked for


@dataclass(frozen=True, slots=True)
class Prove:
    """Is this the PIN of whose badge lies there?"""

    comer: Comer
    pin: Pin


@dataclass(frozen=True, slots=True)
class Take:
    comer: Comer
    bay: str = ""
    reason: str = ""
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class ShowOffer:
    comer: Comer


@dataclass(frozen=True, slots=True)
class BringBack:
    comer: Comer
    bay: str = ""


@dataclass(frozen=True, slots=True)
class ShowSlip:
    comer: Comer


@dataclass(frozen=True, slots=True)
class ReportLost:
    claim: Claim
    keeper_pin: Pin


Effect = Prove | Take | ShowOffer | BringBack | ShowSlip | ReportLost


# --- what happens


@dataclass(frozen=True, slots=True)
class Tapped:
    comer: Comer
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Touched:
    """What was touched on the screen of this turn, and what was typed with it; neither is ever printed."""

    turn: int
    touch: str = field(repr=False)
    typed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Looked:
    """Nobody did anything; time went on."""


@dataclass(frozen=True, slots=True)
class Proved:
    officer: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Without a badge, for this once."""

    comer: Comer
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Lent:
    opened: Opened


@dataclass(frozen=True, slots=True)
class LentNothing:
    comer: Comer
    said: Words
    emergency: bool
    bays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Back:
    comer: Comer
    back: BroughtBack


@dataclass(frozen=True, slots=True)
class Unsigned:
    comer: Comer
    said: Words
    bays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusedBy:
    code: str
    said: Words


Event = Tapped | Touched | Looked | Proved | SignedIn | Lent | LentNothing | Back | Unsigned | RefusedBy
