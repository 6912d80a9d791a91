"""Camera D: a simulated camera plugged into vhci_hcd over a socket pair, with any descriptors and any faults.

Speaks the kernel's USB/IP messages and no network. What the camera says and when is the simulation's; this carries it
to a real USB stack: halts are real halts, silence is a transfer that nobody finishes, vanishing is a pulled plug.
"""

import socket
import struct
import subprocess
import threading
from collections import deque
from pathlib import Path
from typing import NamedTuple

from hardware.simulated import usb_descriptors
from hardware.simulated.camera import SimulatedCamera
from hardware.simulated.faults import UsbTraits
from hardware.simulated.usb_descriptors import BULK_IN, INTERRUPT_IN
from tests.rig.guest.waiting import until

_CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")
_HIGH_SPEED = 3
_DEVICE_ID = 0x10002
_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_HEADER = struct.Struct(">5I")
_SUBMIT_REST = struct.Struct(">5I8s")
_SETUP = struct.Struct("<BBHHH")
_PIPE, _UNLINKED_STATUS = -32, -104
_BROKEN = ConnectionError("vhci_hcd has let go of the device")


class _Transfer(NamedTuple):
    sequence: int
    to_host: bool
    endpoint: int
    length: int
    setup: bytes
    content: bytes


def load_controller() -> None:
    subprocess.run(["modprobe", "vhci_hcd"], check=True)
    until((_CONTROLLER / "attach").exists, "vhci_hcd")


class UsbipDevice:
    """One plugged-in camera. `rhport` is the port of the first virtual bus."""

    def __init__(self, camera: SimulatedCamera, traits: UsbTraits, rhport: int = 0) -> None:
        self.camera = camera
        self._traits = traits
        self._rhport = rhport
        self._waiting: dict[int, deque[_Transfer]] = {}
        self._here, there = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="USB/IP device", daemon=True)
        self._thread.start()
        with there:
            command = f"{rhport} {there.fileno()} {_DEVICE_ID} {_HIGH_SPEED}"
            (_CONTROLLER / "attach").write_text(command)

    def found(self) -> str:
        """Where, once the host's side has found it."""
        until(Path(f"/sys/bus/usb/devices/{self.usb_path}/bConfigurationValue").exists, "the hostile camera on the bus")
        subprocess.run(["udevadm", "settle", "--timeout=20"], check=True)
        return self.usb_path

    @property
    def usb_path(self) -> str:
        """Of the controller's two buses the first is the one at high speed."""
        buses = sorted(int(bus.name[3:]) for bus in _CONTROLLER.glob("usb[0-9]*"))
        return f"{buses[0]}-{self._rhport + 1}"

    def pull_out(self) -> None:
        place = Path(f"/sys/bus/usb/devices/{self.usb_path}")
        with self._here:
            self._hang_up()
            self._thread.join()
        until(lambda: not place.exists(), "the hostile camera to be gone")

    def _hang_up(self) -> None:
        """Its end of the line closed is a pulled plug to the kernel; both may do it."""
        try:
            self._here.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    # --- the line

    def _serve(self) -> None:
        try:
            while True:
                self._hear()
                self._move()
        except OSError:
            return

    def _hear(self) -> None:
        command, sequence, _device, direction, endpoint = _HEADER.unpack(self._exactly(_HEADER.size))
        _flags, length, _start, _packets, _interval, setup = _SUBMIT_REST.unpack(self._exactly(_SUBMIT_REST.size))
        if command == _UNLINK:
            self._unlink(sequence, _flags)
            return
        content = self._exactly(length) if direction == 0 else b""
        transfer = _Transfer(sequence, direction == 1, endpoint, length, setup, content)
        if endpoint == 0:
            self._control(transfer)
        else:
            self._waiting.setdefault(_address(transfer), deque()).append(transfer)

    def _exactly(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            more = self._here.recv(count - len(taken))
            if not more:
                raise _BROKEN
            taken += more
        return taken

    def _unlink(self, sequence: int, unlinked: int) -> None:
        """The host gave up on a transfer; finished ones were told already."""
        status = 0
        for queue in self._waiting.values():
            for transfer in [waiting for waiting in queue if waiting.sequence == unlinked]:
                queue.remove(transfer)
                status = _UNLINKED_STATUS
        self._here.sendall(_HEADER.pack(_UNLINKED, sequence, 0, 0, 0) + struct.pack(">i", status) + bytes(24))

    def _finish(self, transfer: _Transfer, content: bytes = b"", status: int = 0) -> None:
        count = len(content) if transfer.to_host else len(transfer.content)
        told = struct.pack(">iIIII", status, count, 0, 0xFFFFFFFF, 0) + bytes(8)
        self._here.sendall(_HEADER.pack(_SUBMITTED, transfer.sequence, 0, 0, 0) + told + content)

    # --- the endpoints

    def _move(self) -> None:
        """Whatever can be finished now, in the order in which it came."""
        moved = True
        while moved:
            moved = sum(self._next(address) for address in tuple(self._waiting)) > 0

    def _next(self, address: int) -> bool:
        queue = self._waiting[address]
        if not queue:
            return False
        transfer = queue[0]
        if address == INTERRUPT_IN:
            finished = self._interrupt(transfer)
        elif address == BULK_IN:
            finished = self._bulk_in(transfer)
        else:
            finished = self._bulk_out(transfer)
        if finished:
            queue.popleft()
        return finished

    def _interrupt(self, transfer: _Transfer) -> bool:
        if not self.camera.interrupts:
            return False
        self._finish(transfer, self.camera.interrupts.popleft()[: transfer.length])
        return True

    def _bulk_in(self, transfer: _Transfer) -> bool:
        if "in" not in self.camera.halted:
            if self.camera.blocked and self._traits.interrupts:
                return False
            room = bytearray(transfer.length)
            count = self.camera.give(memoryview(room))
            if self.camera.vanished:
                self._hang_up()
                raise _BROKEN
            if count is not None:
                self._finish(transfer, bytes(room[:count]))
                return True
            if "in" not in self.camera.halted:
                return False
        self._finish(transfer, status=_PIPE)
        return True

    def _bulk_out(self, transfer: _Transfer) -> bool:
        if "out" in self.camera.halted:
            self._finish(transfer, status=_PIPE)
            return True
        if self.camera.busy() or self._traits.mass_storage:
            return False
        self.camera.take(transfer.content)
        self._finish(transfer)
        return True

    # --- the control endpoint

    def _control(self, transfer: _Transfer) -> None:
        kind, request, value, index, length = _SETUP.unpack(transfer.setup)
        answer = self._answer(kind, request, value, index)
        if answer is None:
            self._finish(transfer, status=_PIPE)
        else:
            self._finish(transfer, answer[:length])

    def _answer(self, kind: int, request: int, value: int, index: int) -> bytes | None:
        match kind, request:
            case 0x80 | 0x81, 6:
                return descriptor(self._traits, value >> 8, value & 0xFF)
            case 0x80 | 0x81 | 0x82, 0:
                return bytes(2)
            case 0x02, 1:
                self.camera.halted.discard("in" if index & 0x80 else "out")
                return b""
            case 0x00, 5 | 9:
                return b""
            case 0x01, 11:
                return b""
            case 0x21, 0x64:
                self.camera.cancel()
                return b""
            case 0x21, 0x66:
                self.camera.reset()
                return b""
            case 0xA1, 0x67 if self._traits.knows_status:
                return self.camera.status()
        return None


def descriptor(traits: UsbTraits, kind: int, number: int) -> bytes | None:
    """As it goes over the wire; the simulation has them field by field, in the order of the standard."""
    if kind == 1:
        told = usb_descriptors.device("1-1", 1)
        return struct.pack(
            "<BBHBBBBHHHBBBB", 18, 1, told.bcdUSB, told.bDeviceClass, told.bDeviceSubClass, told.bDeviceProtocol,
            told.bMaxPacketSize0, told.idVendor, told.idProduct, told.bcdDevice, 0, 0, 0, 1,
        )  # fmt: skip
    if kind == 2:
        return _configuration(traits)
    return usb_descriptors.string(traits, number) if kind == 3 else None


def _configuration(traits: UsbTraits) -> bytes:
    interface = usb_descriptors.interface(traits)
    body = struct.pack(
        "<9B", 9, 4, 0, 0, interface.bNumEndpoints, interface.bInterfaceClass, interface.bInterfaceSubClass,
        interface.bInterfaceProtocol, interface.iInterface,
    )  # fmt: skip
    for place in range(interface.bNumEndpoints):
        endpoint = usb_descriptors.endpoint(traits, place)
        body += struct.pack(
            "<BBBBHB", 7, 5, endpoint.bEndpointAddress, endpoint.bmAttributes, endpoint.wMaxPacketSize,
            endpoint.bInterval,
        )  # fmt: skip
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 1, 1, 0, 0x80, 250) + body


def _address(transfer: _Transfer) -> int:
    return transfer.endpoint | (0x80 if transfer.to_host else 0)
