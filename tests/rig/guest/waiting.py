"""Waiting inside the emulated machine for what its kernel does in its own time. Looks again; never for ever."""

import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
_LOOKS_PER_SECOND = 20


def until(look: Callable[[], _T | None], what: str, seconds: float = 15) -> _T:
    """What `look` finds; an error that says `what` never came."""
    pause = threading.Event()
    for _ in range(int(seconds * _LOOKS_PER_SECOND)):
        found = look()
        if found:
            return found
        pause.wait(1 / _LOOKS_PER_SECOND)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
