"""What was plugged in and pulled out since the last look. The kernel's messages say only that it is time to look.

Messages get lost, come twice, and come before a camera has settled: after the last of them the USB tree is left alone
for a moment, then read, and compared. Opens no camera.
"""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import pyudev  # type: ignore[import-untyped]

from hardware.usb_places import Attached
from hardware.wires import HostError

SETTLED_MS = 500
_MESSAGES_MAX = 256
"""A contact that is loose never settles; after so many messages it is looked at all the same."""
_UDEV_RUNS = Path("/run/udev/control")


class Triggers(Protocol):
    """Says that something may have changed on the USB tree."""

    def wait(self, patience_ms: int) -> bool:
        """False when nothing was said for so long."""


class Changes(NamedTuple):
    """What was put back within a moment is in both."""

    arrived: frozenset[Attached]
    departed: frozenset[Attached]


class Arrivals:
    """What is there at the first look has arrived. Used by one thread at a time."""

    def __init__(self, present: Callable[[], frozenset[Attached]], triggers: Triggers) -> None:
        self._present = present
        self._triggers = triggers
        self._known: frozenset[Attached] | None = None

    def next(self, patience_ms: int) -> Changes:
        """Looks also when nothing was said: a lost message costs one wait."""
        if self._known is not None and self._triggers.wait(patience_ms):
            for _ in range(_MESSAGES_MAX):
                if not self._triggers.wait(SETTLED_MS):
                    break
        before = self._known or frozenset()
        self._known = self._present()
        return Changes(self._known - before, before - self._known)


class NetlinkTriggers:
    """The kernel's own messages about USB devices, behind udev's rules where udev runs."""

    def __init__(self) -> None:
        try:
            context = pyudev.Context()
            source = "udev" if _UDEV_RUNS.exists() else "kernel"
            self._monitor = pyudev.Monitor.from_netlink(context, source=source)
            self._monitor.filter_by("usb", "usb_device")
            self._monitor.start()
        except (ImportError, OSError) as error:
            raise HostError(f"cannot hear what is plugged in: {error}; install libudev1, allow AF_NETLINK") from error

    def wait(self, patience_ms: int) -> bool:
        try:
            return self._monitor.poll(patience_ms / 1000) is not None
        except OSError as error:
            if error.errno == errno.ENOBUFS:  # more was said than the kernel keeps
                return True
            raise HostError(f"cannot hear what is plugged in: {error}; restart the station") from error
