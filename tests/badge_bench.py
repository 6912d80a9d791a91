"""A desk with a badge reader, for tests: two officers with badges and PINs, and a reader that says what it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hardware.badges.cards import Badge, Laid
from hardware.wires import AbsentError
from provisioning.badges import credentials_for
from station.clock import ManualClock
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import BadgeSignIn, nobodys
from station.desk.badge_watch import BadgeWatch
from station.pages.lock_out_file import lock_out_file
from station.pages.pins import Pin
from station.policy.rolls import Officer
from station.signing.badge_key import BadgeKey
from tests.stations import START

KEY = BadgeKey(b"k" * 32)
ADA, BOB, NOBODYS = Badge("0C000621A5"), Badge("010063E9AE"), Badge("0000000001")
PINS = {ADA: Pin("482915"), BOB: Pin("730164")}
WRONG = Pin("482916")
OFFICERS = (
    Officer("officer-1", "unit-1", credentials=credentials_for(KEY, ADA, PINS[ADA])),
    Officer("officer-2", "unit-1", credentials=credentials_for(KEY, BOB, PINS[BOB])),
)


@dataclass
class ToldReader:
    """What lies on it, the test says."""

    laid: Laid | None = None
    gone: bool = False
    new: tuple[Laid, ...] = ()
    """Laid since the last look."""

    def look(self, now_ms: int) -> tuple[Laid, ...]:
        if self.gone:
            raise AbsentError(f"no reader at {now_ms}; check its cable")
        new, self.new = self.new, ()
        return new

    def lying(self, now_ms: int) -> Laid | None:
        return self.laid if now_ms >= 0 else None


class BenchDesk:
    """The real desk on a real file; its watch turns when told."""

    def __init__(
        self, folder: Path, clock: ManualClock | None = None, is_lost: Callable[[str], bool] = nobodys
    ) -> None:
        self.clock = clock or ManualClock(START)
        self.reader = ToldReader()
        self.watch = BadgeWatch(self.reader, self.clock)
        self.desk = BadgeDesk(self.watch, BadgeSignIn(OFFICERS, KEY, lock_out_file(folder), is_lost))

    def lay(self, badge: Badge, *, alone: bool = True) -> None:
        self.reader.laid = Laid(badge, proved=False, alone=alone)
        self.reader.new = (self.reader.laid,)
        self.watch.turn()

    def lift(self) -> None:
        self.reader.laid = None
        self.watch.turn()

    def sign_in(self, pin: Pin) -> str:
        return self.desk.sign_in(pin, self.clock.stamp()).id
