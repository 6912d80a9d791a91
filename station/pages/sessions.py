"""Who is signed in: kept in memory alone, so that a restart signs everybody out. Bounded, and idle ones end.

What the browser holds is random and names nobody; what is kept here is its digest. Times are the clock's that nobody
can set. Never asks whether an account still is what it was: whoever looks somebody up does.
"""

import hashlib
import secrets
import threading
from dataclasses import dataclass

from station.stamp import Stamp

COOKIE = "__Host-dockward"
"""Browsers take a name like this over HTTPS alone, for this one host and its whole path."""
FORM_COOKIE = "__Host-dockward-form"
"""What a stranger's form is given to; it signs nobody in."""
IDLE_MS = 15 * 60_000
LONGEST_MS = 12 * 3_600_000
"""A working day, however busy. Both are ours: no article has such a number."""
SESSIONS_MAX = 64
_ID_BYTES = 32


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose it is: an account as it was when its password was typed."""

    account: str
    tag: str
    """Differs as soon as the account has another password."""


@dataclass(slots=True)
class _Session:
    holder: Holder
    begun_ms: int
    seen_ms: int

    def over(self, now_ms: int) -> bool:
        return now_ms - self.seen_ms >= IDLE_MS or now_ms - self.begun_ms >= LONGEST_MS


class Sessions:
    """One door's; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    def begin(self, holder: Holder, at: Stamp) -> str:
        """A new one, always under an id of its own; where all places are taken, whoever was away longest goes."""
        new = new_id()
        with self._lock:
            self._forget_over(at.boot_ms)
            if len(self._sessions) >= SESSIONS_MAX:
                del self._sessions[min(self._sessions, key=lambda digest: self._sessions[digest].seen_ms)]
            self._sessions[_digest(new)] = _Session(holder, at.boot_ms, at.boot_ms)
        return new

    def find(self, cookie: str, at: Stamp, *, attended: bool) -> Holder | None:
        """Whose it is, unless it is over. Only what a person asks for puts off the idle log-out."""
        with self._lock:
            self._forget_over(at.boot_ms)
            session = self._sessions.get(_digest(cookie))
            if session is None:
                return None
            if attended:
                session.seen_ms = at.boot_ms
            return session.holder

    def end(self, cookie: str) -> None:
        with self._lock:
            self._sessions.pop(_digest(cookie), None)

    def _forget_over(self, now_ms: int) -> None:
        self._sessions = {digest: one for digest, one in self._sessions.items() if not one.over(now_ms)}


def new_id() -> str:
    return secrets.token_urlsafe(_ID_BYTES)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
