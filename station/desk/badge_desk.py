"""Joins the badge reader, the roll and the lock-out to one question: who is this? Decides nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.clock import Clock
from station.config import StationConfig
from station.custody.state import State
from station.desk.badge_sign_in import BadgeSignIn, always
from station.desk.badge_watch import BadgeReader, BadgeWatch
from station.errors import WrongUseError
from station.pages.lock_out_file import lock_out_file
from station.pages.pins import Pin
from station.policy.rolls import Officer
from station.signing.badge_key import read_badge_key
from station.stamp import Stamp
from station.store.rules import rolls_of


@dataclass(frozen=True, slots=True)
class BadgeDesk:
    """One station's reader. `watch.run` is a thread's work."""

    watch: BadgeWatch
    signing_in: BadgeSignIn

    def sign_in(self, pin: Pin | None, at: Stamp, asks_pin: Callable[[str], bool] = always) -> Officer:
        """Whose badge lies there, if this is the PIN; RefusedError with what to do, WireFailedError without reader."""
        return self.signing_in.sign_in(self.watch.laid(at), pin, at, asks_pin)


def open_badge_desk(
    config: StationConfig, reader: BadgeReader | None, clock: Clock, state: Callable[[], State]
) -> BadgeDesk | None:
    """None where no reader is configured; WrongUseError where the agency's key is not there."""
    if reader is None:
        return None
    if config.policy.badge_key is None:
        raise WrongUseError("a badge reader needs the agency's key; set badge_key under [policy]")
    key, officers = read_badge_key(Path(config.policy.badge_key)), rolls_of(config.policy).officers

    def is_lost(mark: str) -> bool:
        return mark in state().lost_badges

    signing_in = BadgeSignIn(officers.values(), key, lock_out_file(Path(config.data)), is_lost)
    return BadgeDesk(BadgeWatch(reader, clock), signing_in)
