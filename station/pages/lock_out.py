"""How long nobody may try a PIN: waits that grow with each failure, per badge and for the whole station. Pure.

A try counts as failed before its PIN is looked at, so that pulling the plug in between wins nothing. Waits are counted
on the clock that nobody can set and begin anew when the station starts again. Never learns a badge's number or a PIN:
`badge` is whatever stands for it.
"""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from station.errors import RefusedError
from station.stamp import Stamp

BADGE_FREE = 3
"""So many may fail before the first wait."""
BADGE_FIRST_WAIT_MS = 30_000
BADGE_LONGEST_WAIT_MS = 15 * 60_000
BADGE_FAILURES_MAX = 20
"""Then only a new PIN, set by a custodian, opens it: six digits stay out of reach."""
STATION_FREE = 10
"""A shift that types badly is not held up; who tries one PIN on many badges is."""
STATION_FIRST_WAIT_MS = 5_000
STATION_LONGEST_WAIT_MS = 60_000
STATION_FORGIVES_EACH_MS = 60_000
_DOUBLINGS_MAX = 16


class LockedOutError(RefusedError):
    """Too many tries. `wait_ms` says for how long; None until a custodian sets a new PIN."""

    def __init__(self, wait_ms: int | None) -> None:
        super().__init__("PIN_LOCKED_OUT")
        self.wait_ms = wait_ms
        seconds = -(-(wait_ms or 0) // 1_000)
        self.args = (
            "密码错误次数过多，请管理人员重设密码 / too many wrong PINs; ask a custodian for a new one"
            if wait_ms is None
            else f"请 {seconds} 秒后再试 / try again in {seconds} s",
        )


class Failures(Struct, frozen=True):
    """How many, and when the last was, by the clock nobody can set."""

    count: int = 0
    boot_id: str = ""
    boot_ms: int = 0

    def ms_since(self, at: Stamp) -> int:
        """Where a start lies between, no more than the time since then is certain."""
        elapsed = at.elapsed_since(self.boot_id, self.boot_ms)
        return at.boot_ms if elapsed is None else elapsed

    def one_more(self, at: Stamp) -> "Failures":
        return Failures(self.count + 1, at.boot_id, at.boot_ms)


class LockOut(Struct, frozen=True):
    """What must be kept, and outlive a restart."""

    badges: Mapping[str, Failures] = field(default_factory=dict)
    station: Failures = Failures()


def begin_try(lock_out: LockOut, badge: str | None, at: Stamp) -> LockOut:
    """The try counted as failed, to be kept before the PIN is looked at; LockedOutError if it is too early.

    None is a badge that nobody has: it counts against the station alone, so that no stranger fills the memory.
    """
    own = lock_out.badges.get(badge, Failures()) if badge is not None else Failures()
    if own.count >= BADGE_FAILURES_MAX:
        raise LockedOutError(None)
    station = _forgiven(lock_out.station, at)
    wait_ms = max(
        _wait_ms(own.count, BADGE_FREE, BADGE_FIRST_WAIT_MS, BADGE_LONGEST_WAIT_MS) - own.ms_since(at),
        _wait_ms(station.count, STATION_FREE, STATION_FIRST_WAIT_MS, STATION_LONGEST_WAIT_MS)
        - lock_out.station.ms_since(at),
    )
    if wait_ms > 0:
        raise LockedOutError(wait_ms)
    badges = lock_out.badges if badge is None else {**lock_out.badges, badge: own.one_more(at)}
    return LockOut(badges, station.one_more(at))


def after_success(before: LockOut, badge: str) -> LockOut:
    """The PIN was right: as before that try, and this badge's failures forgotten. Never the station's."""
    return replace(before, badges={other: failures for other, failures in before.badges.items() if other != badge})


def _wait_ms(failures: int, free: int, first_ms: int, longest_ms: int) -> int:
    return 0 if failures < free else min(longest_ms, first_ms << min(failures - free, _DOUBLINGS_MAX))


def _forgiven(failures: Failures, at: Stamp) -> Failures:
    return replace(failures, count=max(0, failures.count - failures.ms_since(at) // STATION_FORGIVES_EACH_MS))
