"""Tells whoever watches that something changed: never what, and only once, however often it changed meanwhile.

A watcher that is slow finds the newest when it comes back; nothing is kept for it, so memory does not grow.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress

PACE_S = 0.5
"""A watcher is told no more often; a wall does not need it, and a small board has better things to do."""
BEAT_S = 5.0
"""A watcher is told at least so often, so that it can tell quiet from cut off."""


class Live:
    """One for all pages of a process; `changed` may be called from any thread."""

    def __init__(self, pace_s: float = PACE_S, beat_s: float = BEAT_S) -> None:
        self._pace_s = pace_s
        self._beat_s = beat_s
        self._lock = threading.Lock()
        self._watchers: set[_Watcher] = set()
        self._closed = False
        self.changes = 0
        """How often something changed: whoever began to read since the last time has read the newest."""

    @property
    def pace_s(self) -> float:
        return self._pace_s

    @property
    def watchers(self) -> int:
        return len(self._watchers)

    def changed(self) -> None:
        with self._lock:
            self.changes += 1
            for watcher in self._watchers:
                watcher.wake()

    def close(self) -> None:
        """Every watch ends; called before the server stops, which would wait for them."""
        self._closed = True
        self.changed()

    async def watch(self) -> AsyncGenerator[None, None]:
        """One turn at once, one after whatever changed since the last turn began, and one at each beat."""
        loop = asyncio.get_running_loop()
        watcher = _Watcher(loop, self._lock)
        with self._lock:
            self._watchers.add(watcher)
        try:
            while not self._closed:
                looked_s = loop.time()
                yield
                await watcher.woken(self._beat_s)
                if not self._closed:
                    await asyncio.sleep(max(0.0, looked_s + self._pace_s - loop.time()))
                watcher.look()
        finally:
            with self._lock:
                self._watchers.discard(watcher)


class _Watcher:
    """Asleep or woken; waking it twice is waking it once."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lock: threading.Lock) -> None:
        self._loop = loop
        self._lock = lock
        self._event = asyncio.Event()
        self._called = False

    def wake(self) -> None:
        """Whoever calls holds the lock. A loop that is closed has nobody left to wake."""
        if not self._called:
            self._called = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._event.set)

    async def woken(self, at_most_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), at_most_s)

    def look(self) -> None:
        """Before the watcher looks: what changes while it does wakes it again."""
        with self._lock:
            self._called = False
            self._event.clear()
