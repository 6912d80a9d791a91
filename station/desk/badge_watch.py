"""Watches the badge reader, and knows whose badge may sign in now. An unplugged reader is waited for.

What was lifted is remembered for as long as it takes to type a PIN. Never decides who somebody is, and never writes,
shows or reports a badge.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from hardware.badges.cards import Laid
from hardware.wires import WireError
from station.clock import Clock
from station.desk.badge_sign_in import SignInRefusedError
from station.errors import WireFailedError
from station.stamp import Stamp

REMEMBERED_MS = 20_000
"""After it was heard last: time for twelve digits with gloves on."""
LOOK_AGAIN_SECONDS = 1
"""For a reader that is not there."""


class BadgeReader(Protocol):
    """As much of `hardware.serial_badges.SerialBadges` as is used here."""

    def look(self, now_ms: int) -> tuple[Laid, ...]: ...

    def lying(self, now_ms: int) -> Laid | None: ...


class BadgeWatch:
    """One thread's work; whoever signs in asks from another."""

    def __init__(self, reader: BadgeReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._heard: tuple[Laid, int] | None = None
        """The badge that lay there last, and when; replaced as one."""
        self._listeners: list[Callable[[Laid], None]] = []
        self._stopping = threading.Event()
        self.trouble = ""
        """Why no badge can be read now."""

    def listen(self, laid: Callable[[Laid], None]) -> None:
        """Be told of each badge that is laid, once however long it lies; on this watch's thread."""
        self._listeners.append(laid)

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Until stopped. Each look listens for a moment, so this thread sleeps in it."""
        while not self._stopping.is_set():
            self.turn()
            if self.trouble:
                self._stopping.wait(LOOK_AGAIN_SECONDS)

    def turn(self) -> None:
        """By the clock nobody can set: a badge is not remembered longer because somebody set the time."""
        now_ms = self._clock.stamp().boot_ms
        try:
            laid = self._reader.look(now_ms)
        except WireError as error:
            self._heard, self.trouble = None, str(error)
            return
        self.trouble = ""
        lying = self._reader.lying(now_ms)
        if lying is not None:
            self._heard = lying, now_ms
        for one in laid:
            for told in self._listeners:
                told(one)

    def laid(self, at: Stamp) -> Laid:
        """The badge that lies there, or lay there a moment ago; SignInRefusedError where there is none."""
        if self.trouble:
            raise WireFailedError(self.trouble)
        heard = self._heard
        if heard is None or at.boot_ms - heard[1] > REMEMBERED_MS:
            raise SignInRefusedError("NO_BADGE")
        return heard[0]
