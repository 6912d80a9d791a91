"""The simulated camera as a real USB device: served over a mounted FunctionFS, for anybody's software to judge.

    python -m hardware.simulated.gadget FFS_DIR DOCK_DIR SERIAL [NATURE_FILE]

Says READY when the gadget may be bound. NATURE_FILE has the faults and habits it keeps to, as `nature_file` reads them;
a reset by the host is to it another plugging in. Waits in the kernel, never for the clock but to look for new files;
knows no MTP of its own, and neither configures nor binds the gadget.
"""

import errno
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hardware.simulated import gadget_descriptors as usb
from hardware.simulated.camera import Habits, SimulatedCamera
from hardware.simulated.dock import Dock
from hardware.simulated.faults import Nature, Schedule
from hardware.simulated.gadget_descriptors import Event, EventKind
from hardware.simulated.nature_file import read_nature

COMMAND_BYTES_MAX = 16_384
"""A read of whole packets that is larger than anything a host sends at once."""
ANSWER_BYTES = 65_536
LOOK_SECONDS = 1.0
_NOT_PLUGGED_IN = {errno.ESHUTDOWN, errno.ENODEV}


class Endpoints(NamedTuple):
    """File descriptors, named as the device sees them."""

    control: int
    bulk_in: int
    bulk_out: int
    interrupt: int


class Gadget:
    """One camera on one FunctionFS. `make` gives the camera that is plugged in each time a host enables it.

    `vanish` is what it does to be gone from the bus.
    """

    def __init__(self, endpoints: Endpoints, make: Callable[[], SimulatedCamera], vanish: Callable[[], object]) -> None:
        self._endpoints = endpoints
        self._make = make
        self._vanish = vanish
        self._camera = make()
        self._changed = threading.Condition()
        """Held to touch the camera; told when a host did something to it that may end a silence."""
        self._enabled = threading.Event()
        self._said = threading.Event()
        self._stopped = threading.Event()

    def serve(self) -> None:
        """Until ep0 ends, which it does when the process does."""
        for work in (self.answer_commands, self.send_interrupts, self.look_for_files):
            threading.Thread(target=work, daemon=True, name=work.__name__).start()
        while encoded := os.read(self._endpoints.control, usb.EVENT_BYTES):
            for event in Event.read_all(encoded):
                self.hear(event)
        self.stop()

    def stop(self) -> None:
        self._stopped.set()
        self._enabled.set()
        self._said.set()
        with self._changed:
            self._changed.notify_all()

    # --- ep0

    def hear(self, event: Event) -> None:
        if event.kind == EventKind.ENABLE:
            with self._changed:
                self._camera = self._make()
                self._changed.notify_all()
            self._enabled.set()
        elif event.kind in {EventKind.DISABLE, EventKind.UNBIND}:
            self._enabled.clear()
        elif event.kind == EventKind.SETUP:
            with suppress(OSError):  # the host gave the request up, or asked the next one already
                self._answer_request(event)

    def _answer_request(self, event: Event) -> None:
        asked = event.request if event.request_type & usb.KIND_OF_REQUEST == usb.CLASS_REQUEST else None
        control = self._endpoints.control
        if event.request_type & usb.IN_REQUEST:
            if asked != usb.STATUS:
                os.read(control, 0)  # against its direction: a stall
                return
            with self._changed:
                told = self._camera.status()
            os.write(control, told[: event.length])
            return
        if asked not in {usb.CANCEL, usb.RESET}:
            os.write(control, b"")
            return
        with self._changed:
            self._camera.cancel() if asked == usb.CANCEL else self._camera.reset()
            self._changed.notify_all()
        os.read(control, event.length)

    # --- bulk

    def answer_commands(self) -> None:
        """What is being written when a transfer is cancelled still goes to the host, as from other cameras' buffers."""
        buffer = memoryview(bytearray(ANSWER_BYTES))
        while self._plugged_in():
            try:
                command = os.read(self._endpoints.bulk_out, COMMAND_BYTES_MAX)
                with self._changed:
                    self._camera.take(command)
                self._said.set()
                self._send_answer(buffer)
            except OSError as error:
                self._ended_by(error)

    def _send_answer(self, buffer: memoryview) -> None:
        """A read that was filled to less than the room it had ended a transfer, by an empty packet if need be."""
        while (count := self._next_read(buffer)) is not None:
            os.write(self._endpoints.bulk_in, buffer[:count])
            if 0 < count < len(buffer) and count % usb.PACKET_BYTES == 0:
                os.write(self._endpoints.bulk_in, b"")

    def _next_read(self, buffer: memoryview) -> int | None:
        """None at the end of an answer. In the middle of one a camera may say nothing until the host does something."""
        with self._changed:
            while not self._stopped.is_set():
                count = None if self._camera.blocked else self._camera.give(buffer)
                if count is not None:
                    return count
                if self._camera.vanished:
                    self._vanish()
                if not self._camera.busy():
                    self._halt()
                    return None
                self._changed.wait()
        return None

    def _halt(self) -> None:
        """FunctionFS halts an endpoint that is used against its direction; the kernel clears it when the host asks."""
        halted, self._camera.halted = self._camera.halted, set()
        if "in" in halted:
            _against_its_direction(os.read, self._endpoints.bulk_in, 1)
        if "out" in halted:
            _against_its_direction(os.write, self._endpoints.bulk_out, b"\0")

    # --- interrupts

    def send_interrupts(self) -> None:
        while self._plugged_in():
            self._said.wait()
            self._said.clear()
            try:
                while self._send_one():
                    pass
            except OSError as error:
                self._ended_by(error)

    def _send_one(self) -> bool:
        with self._changed:
            message = self._camera.interrupts.popleft() if self._camera.interrupts else b""
            self._changed.notify_all()
        if message:
            os.write(self._endpoints.interrupt, message)
        return bool(message)

    def look_for_files(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            if self._enabled.is_set():
                with self._changed, suppress(OSError):  # a folder that goes away while it is read
                    self._camera.look()
                self._said.set()

    def _plugged_in(self) -> bool:
        self._enabled.wait()
        return not self._stopped.is_set()

    def _ended_by(self, error: OSError) -> None:
        """Pulled out: the next call waits in the kernel until it is plugged in again; all else is this machine's."""
        if error.errno not in _NOT_PLUGGED_IN:
            self.stop()
            raise error


def open_endpoints(ffs: Path) -> Endpoints:
    """The kernel shows the other endpoints when it has read of them in ep0, in the order they stand there."""
    control = os.open(ffs / "ep0", os.O_RDWR)
    os.write(control, usb.descriptors())
    os.write(control, usb.strings("MTP"))
    bulk_in, bulk_out, interrupt = (
        os.open(ffs / name, flags) for name, flags in (("ep1", os.O_RDWR), ("ep2", os.O_RDWR), ("ep3", os.O_WRONLY))
    )
    return Endpoints(control, bulk_in, bulk_out, interrupt)


def _against_its_direction(use: Callable[..., object], endpoint: int, content: object) -> None:
    try:
        use(endpoint, content)
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise


def _now_ms() -> int:
    return time.time_ns() // 1_000_000  # noqa: TID251 - this process is the camera, and a camera has its own clock


def main(arguments: list[str]) -> None:
    ffs, dock, serial, *nature_files = arguments
    nature = read_nature(Path(nature_files[0]).read_bytes()) if nature_files else Nature()
    schedule, habits = Schedule(nature.faults), nature.habits or Habits()
    endpoints = open_endpoints(Path(ffs))
    gadget = Gadget(
        endpoints,
        lambda: SimulatedCamera(Dock(Path(dock)), serial, _now_ms, habits, schedule),
        vanish=lambda: os._exit(0),  # the kernel takes a gadget off the bus with the last hold on its ep0
    )
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    gadget.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
