"""What was plugged in and pulled out since the last look. The kernel's messages say only that it is time to look.

Messages get lost, come twice, and come before a camera has settled: after the last of them the USB tree is left alone
for a moment, then read, and compared. Where they cannot be heard it is read at intervals. Opens no camera.
"""

import errno
import os
import select
import socket
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

import pyudev  # type: ignore[import-untyped]

from hardware.usb_places import Attached, attached
from hardware.wires import Changes, HostError

SETTLED_MS = 500
LOOKS_EVERY_MS = 2_000
"""Where nobody tells of changes."""
_MESSAGES_MAX = 256
"""A contact that is loose never settles; after so many messages it is looked at all the same."""
_UDEV_RUNS = Path("/run/udev/control")


class Triggers(Protocol):
    """Says that something may have changed on the USB tree."""

    def wait(self, patience_ms: int) -> bool:
        """False when nothing was said for so long, or whoever waits is to stop."""

    def stop(self) -> None:
        """Nobody waits any more, now or later."""


class Arrivals:
    """`hardware.wires.CameraArrivals`: `next` is one thread's, the rest anybody's."""

    def __init__(self, present: Callable[[], frozenset[Attached]], triggers: Triggers, deaf: str = "") -> None:
        self._present = present
        self._triggers = triggers
        self._known: frozenset[Attached] | None = None
        self.deaf = deaf

    def next(self, patience_ms: int) -> Changes:
        """Looks also when nothing was said: a lost message costs one wait."""
        if self._known is not None and self._heard(patience_ms):
            for _ in range(_MESSAGES_MAX):
                if not self._heard(SETTLED_MS):
                    break
        before = self._known or frozenset()
        self._known = self._present()
        return Changes(_places(self._known - before), _places(before - self._known))

    def plugging(self, usb_path: str) -> int | None:
        """The address, which the kernel gives anew at each plugging in."""
        return next((found.address for found in self._present() if found.usb_path == usb_path), None)

    def places(self) -> frozenset[str]:
        return _places(self._present())

    def stop(self) -> None:
        self._triggers.stop()

    def _heard(self, patience_ms: int) -> bool:
        try:
            return self._triggers.wait(patience_ms)
        except HostError as error:
            self.deaf = str(error)
            self._triggers = Intervals(LOOKS_EVERY_MS)
            return False


class Intervals:
    """Hears nothing: whoever waits looks again after a while."""

    def __init__(self, every_ms: int) -> None:
        self._every_ms = every_ms
        self._stopped = threading.Event()

    def wait(self, patience_ms: int) -> bool:
        self._stopped.wait(min(patience_ms, self._every_ms) / 1000)
        return False

    def stop(self) -> None:
        self._stopped.set()


class NetlinkTriggers:
    """The kernel's own messages about USB devices, behind udev's rules where udev runs."""

    def __init__(self) -> None:
        try:
            context = pyudev.Context()
            source = "udev" if _UDEV_RUNS.exists() else "kernel"
            self._monitor = pyudev.Monitor.from_netlink(context, source=source)
            self._monitor.filter_by("usb", "usb_device")
            self._monitor.start()
            self._stopping = os.eventfd(0)
        except (ImportError, OSError) as error:
            raise HostError(f"cannot hear what is plugged in: {error}; install libudev1, allow AF_NETLINK") from error
        weakref.finalize(self, os.close, self._stopping)
        self._either = select.poll()
        for readable in (self._monitor.fileno(), self._stopping):
            self._either.register(readable, select.POLLIN)

    def wait(self, patience_ms: int) -> bool:
        try:
            for source, events in self._either.poll(patience_ms):
                if source != self._stopping and events & select.POLLERR:
                    self._raise_what_failed()
            return self._monitor.poll(0) is not None
        except OSError as error:
            if error.errno == errno.ENOBUFS:  # more was said than the kernel keeps
                return True
            raise HostError(f"cannot hear what is plugged in: {error}; restart the station") from error

    def stop(self) -> None:
        os.eventfd_write(self._stopping, 1)

    def _raise_what_failed(self) -> NoReturn:
        """The socket says that it failed until somebody asks how; pyudev does not ask."""
        with socket.socket(fileno=os.dup(self._monitor.fileno())) as asked:
            number = asked.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        raise OSError(number, os.strerror(number))


def kernel_arrivals(listen: Callable[[], Triggers] = NetlinkTriggers) -> Arrivals:
    """On this machine's own USB tree: told by the kernel, or looked for where that cannot be."""
    deaf = ""
    try:
        triggers = listen()
    except HostError as error:
        triggers, deaf = Intervals(LOOKS_EVERY_MS), str(error)
    return Arrivals(lambda: attached(None), triggers, deaf)


def _places(changed: frozenset[Attached]) -> frozenset[str]:
    return frozenset(found.usb_path for found in changed)
