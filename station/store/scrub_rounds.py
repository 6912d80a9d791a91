"""How far the digests of what is kept were compared anew, store by store: rounds, each from the first number on.

    scrub.json     one round for our own disk, one for each further disk that has copies

Pure but for `Rounds`, which keeps them on the disk; compares nothing. The file proves nothing: where it is lost, or
cannot be read, the rounds begin anew.
"""

import contextlib
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from station.durable import write_file
from station.errors import WireFailedError
from station.policy.due_times import DAY_MS
from station.policy.permits import Policy, Reported, Store
from station.stamp import Stamp

ROUNDS_IN_TIME = 3
"""A round begins this much more often than it must: so much is left of the days for one that takes long."""
UNREADABLE_MAX = 8
"""In a round; where more is unreadable, the disk itself is to be seen to."""
KEPT_AGAIN_MS = 60_000
"""What was compared since the position was last written is compared once more after a restart."""
ORIGINALS = "originals"


class Round(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest round of one store."""

    verified_ms: int
    """Whatever was here then has been compared since, or came into use no earlier."""
    begun_ms: int
    sure: bool
    """Whether these are times of a clock that was true; else nobody is accused by them."""
    after: int | None = -1
    """Everything up to this number was compared in this round; None: the round has ended."""
    told: bool = False
    """That it did not end in time."""
    unreadable: int = 0


def looked_at(before: Round | None, verify_days: int, at: Stamp, *, here: bool) -> Round:
    """The round to go on with: begun where there is none, or where it is time; also once the clock is true.

    No further one begins on a disk that is not here.
    """
    if before is None or (at.synchronised and not before.sure):
        return Round(at.utc_ms, at.utc_ms, at.synchronised)
    young = 0 <= at.utc_ms - before.begun_ms < verify_days * DAY_MS // ROUNDS_IN_TIME
    if before.after is not None or young or not here:
        return before
    return Round(before.verified_ms, at.utc_ms, at.synchronised)


def ended(one: Round) -> Round:
    return replace(one, verified_ms=one.begun_ms, after=None, told=False)


def overdue(policy: Policy, store: str, one: Round, at: Stamp) -> tuple[Reported, ...]:
    """What is to be reported of a round that did not end in time; by two clocks that were true, or nothing."""
    if not (one.sure and at.synchronised):
        return ()
    verified = Store(store, failing=False, full=False, verified=_day(one.verified_ms))
    return policy.store_faults(verified, _day(at.utc_ms))


def days_since(one: Round, at: Stamp) -> int:
    return (_day(at.utc_ms) - _day(one.verified_ms)).days


def _day(utc_ms: int) -> dt.date:
    return dt.datetime.fromtimestamp(utc_ms / 1000, dt.UTC).date()


_READER = msgspec.json.Decoder(dict[str, Round])


class Rounds:
    """The rounds of every store; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rounds: Mapping[str, Round] = {}
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._rounds = _READER.decode(path.read_bytes())
        self._written: Stamp | None = None

    def of(self, store: str) -> Round | None:
        return self._rounds.get(store)

    def keep(self, store: str, one: Round, at: Stamp) -> None:
        """A position alone is not written at each step. A disk that takes nothing now takes it at a later one."""
        before = self._rounds.get(store)
        self._rounds = {**self._rounds, store: one}
        going = before is not None and None not in {before.after, one.after}
        moved = going and before is not None and replace(one, after=before.after) == before
        if before == one or (moved and self._written_lately(at)):
            return
        with contextlib.suppress(WireFailedError):
            write_file(self._path, [msgspec.json.encode(self._rounds)])
            self._written = at

    def _written_lately(self, at: Stamp) -> bool:
        if self._written is None:
            return False
        since = at.elapsed_since(self._written.boot_id, self._written.boot_ms)
        return since is not None and since < KEPT_AGAIN_MS
