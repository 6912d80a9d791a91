"""What each bay looked like lately, kept for its self-test, and what its cameras did in this and other bays.

Memory is bounded: one look a second for a quarter of an hour, one a minute for an hour, and in that hour every change.
Written by the bays' watch, asked by anybody. Asks no wire and no clock.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from station.bays.self_test import DRAWS_MA, SETTLES_MS, Look, Swaps, Verdict, judge

LOOK_EVERY_MS = 1_000
FINE_MS = 15 * 60_000
COARSE_EVERY_MS = 60_000
KEPT_MS = 60 * 60_000
"""Longer than a flat battery is given to wake."""
LOOKS_MAX = 1_200
"""A contact that never stands still shows that in fewer."""
STAYS_MAX = 8
LATELY_MS = 12 * 60 * 60_000
"""What was well a shift ago says little of now."""


class Stay(NamedTuple):
    """A camera's time in a bay, once it is over."""

    camera: str | None
    """None where it never said."""
    ended_ms: int
    worked: bool


@dataclass(slots=True)
class _Bay:
    recent: deque[Look] = field(default_factory=deque)
    """Of the last quarter of an hour."""
    older: deque[Look] = field(default_factory=deque)
    last: Look | None = None
    """Newer than what is kept, where nothing changed since."""
    camera: str | None = None
    stays: deque[Stay] = field(default_factory=lambda: deque(maxlen=STAYS_MAX))


class BayHistory:
    """`boards` is the board of each bay that is on one; whoever looks for a few seconds only keeps more of them."""

    def __init__(self, boards: Mapping[str, int], every_ms: int = LOOK_EVERY_MS) -> None:
        self._every_ms = every_ms
        self._boards = boards
        self._bays: dict[str, _Bay] = {}
        self._lock = threading.Lock()

    def see(self, bay: str, look: Look, camera: str | None = None) -> None:
        """As often as anybody looks; `camera` is who is docked there, where that is known."""
        with self._lock:
            known = self._bays.setdefault(bay, _Bay())
            before = known.last
            if before is not None and before.present and not look.present:
                self._end_stay(known, look.at_ms)
            known.camera = (camera or known.camera) if look.present else None
            known.last = look
            if not known.recent or self._is_news(known.recent[-1], look):
                known.recent.append(look)
            _thin_out(known, look.at_ms)

    def looks(self, bay: str) -> tuple[Look, ...]:
        """From the oldest that is kept to the last of all."""
        with self._lock:
            known = self._bays.get(bay)
            return () if known is None else _looks(known)

    def swaps(self, bay: str) -> Swaps:
        """What other boards, cameras and bays tell, as far as this station saw it."""
        with self._lock:
            return self._swaps(bay)

    def verdict(self, bay: str) -> Verdict:
        with self._lock:
            known = self._bays.get(bay)
            looks, swaps = ((), Swaps()) if known is None else (_looks(known), self._swaps(bay))
        return judge(looks, swaps)

    def _is_news(self, before: Look, look: Look) -> bool:
        return _changed(before, look) or look.at_ms - before.at_ms >= self._every_ms

    def _end_stay(self, known: _Bay, now_ms: int) -> None:
        """Nothing wrong, or what bay or camera may have done. All else tells nothing of either."""
        stay = _since_docked(_looks(known))
        found = judge(stay, Swaps())
        failed = bool(found.symptom) and found.part is None
        worked = not found.symptom and any(look.usb for look in stay) and stay[-1].at_ms - stay[0].at_ms >= SETTLES_MS
        if failed or worked:
            known.stays.append(Stay(known.camera, now_ms, worked))

    def _swaps(self, bay: str) -> Swaps:
        known = self._bays.get(bay)
        if known is None or known.last is None:
            return Swaps()
        now_ms, camera = known.last.at_ms, known.camera
        here = [stay for stay in known.stays if _is_another(stay, camera)]
        elsewhere = [
            stay
            for other, there in self._bays.items()
            if other != bay and camera is not None
            for stay in there.stays
            if stay.camera == camera
        ]
        return Swaps(self._others_answer(bay), _latest(here, now_ms), _latest(elsewhere, now_ms))

    def _others_answer(self, bay: str) -> bool | None:
        """By each other board's last look."""
        board = self._boards.get(bay)
        others = [
            known.last.answered
            for name, known in self._bays.items()
            if known.last is not None and name in self._boards and self._boards[name] != board
        ]
        return any(others) if board is not None and others else None


def _is_another(stay: Stay, camera: str | None) -> bool:
    """Nobody knows who a silent camera is: that the bay served one that spoke tells of the bay all the same."""
    if stay.camera is None or camera is None:
        return stay.worked
    return stay.camera != camera


def _latest(stays: Sequence[Stay], now_ms: int) -> bool | None:
    lately = [stay for stay in stays if now_ms - stay.ended_ms <= LATELY_MS]
    return max(lately, key=lambda stay: stay.ended_ms).worked if lately else None


def _looks(known: _Bay) -> tuple[Look, ...]:
    kept = (*known.older, *known.recent)
    return kept if known.last is None or kept[-1:] == (known.last,) else (*kept, known.last)


def _since_docked(looks: Sequence[Look]) -> Sequence[Look]:
    """The last looks that show something in the bay."""
    empty = (place for place in range(len(looks) - 1, -1, -1) if not looks[place].present)
    return looks[next(empty, -1) + 1 :]


def _changed(before: Look, look: Look) -> bool:
    """Whether it answered is no change: it is asked as often when it does, or its silences would count for more."""
    return _state(before) != _state(look)


def _state(look: Look) -> tuple[object, ...]:
    draws = look.ma is not None and look.ma >= DRAWS_MA
    return look.present, look.charging, look.usb, look.cut, draws


def _thin_out(known: _Bay, now_ms: int) -> None:
    """What is older than a quarter of an hour stays where something changed, and once a minute."""
    while known.recent and now_ms - known.recent[0].at_ms > FINE_MS:
        look, before = known.recent.popleft(), known.older[-1] if known.older else None
        if before is None or _changed(before, look) or look.at_ms - before.at_ms >= COARSE_EVERY_MS:
            known.older.append(look)
    while known.older and now_ms - known.older[0].at_ms > KEPT_MS:
        known.older.popleft()
    while len(known.older) + len(known.recent) > LOOKS_MAX:
        (known.older or known.recent).popleft()
