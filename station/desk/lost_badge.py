"""An officer without a badge: at the kiosk certificate number and PIN, and a custodian's badge and PIN beside them.

The lost badge is dead at once, and the officer is signed in for this once. Neither alone is enough: who found a badge
has no PIN, and who watched a PIN has no custodian. From the desk a custodian alone kills a badge: that lends nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from station.custody.acts_at_the_dock import ReportBadgeLost
from station.custody.facts import Fact
from station.desk.badge_sign_in import BadgeSignIn, SignInRefusedError, mark_of
from station.errors import UnfitObservationError
from station.pages.pins import Pin
from station.policy.rolls import Officer, Rolls
from station.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Claim:
    """What the officer typed."""

    certificate: str
    pin: Pin


def report_lost(
    signing_in: BadgeSignIn,
    tell: Callable[[ReportBadgeLost], tuple[Fact, ...]],
    claim: Claim,
    custodian: Officer,
    at: Stamp,
) -> Officer:
    """Who claims it, signed in, the badge dead; RefusedError where whoever claims it is not who they say.

    `custodian` has signed in before: whoever guesses certificates has no tries without one.
    """
    officer = signing_in.by_certificate(claim.certificate, claim.pin, at)
    if officer.credentials is None:
        raise SignInRefusedError("CERTIFICATE_OR_PIN_WRONG")
    tell(ReportBadgeLost(by=custodian.id, officer=officer.id, badge=mark_of(officer.credentials)))
    return officer


def report_lost_from_desk(
    tell: Callable[[ReportBadgeLost], tuple[Fact, ...]], rolls: Rolls, by: str, officer: str
) -> bool:
    """The badge that the roll names is dead; False where it was already."""
    lost = rolls.officers.get(officer)
    if lost is None or lost.credentials is None:
        raise UnfitObservationError("名册中此人没有证卡 / the roll has no badge of this person; look at the name")
    return bool(tell(ReportBadgeLost(by=by, officer=officer, badge=mark_of(lost.credentials))))
