"""Who is at work on what: whoever comes second is told so and comes again, and no thread waits for another."""

import threading
from collections.abc import Callable
from functools import partial


class Claims:
    def __init__(self) -> None:
        self._held: set[str] = set()
        self._lock = threading.Lock()

    def claim(self, what: str) -> Callable[[], None] | None:
        """What gives it up again; None where somebody else has it."""
        with self._lock:
            if what in self._held:
                return None
            self._held.add(what)
        return partial(self._held.discard, what)
