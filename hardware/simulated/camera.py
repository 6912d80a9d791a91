"""A camera that answers MTP: bytes in, bytes out, its card a folder of a dock. Streams its files, holds none whole.

The device's side, written without the host's code. It shows its card as it is at that moment, and it blocks, as real
ones do, when nobody reads what it says on its interrupt endpoint.
"""

import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from hardware.simulated import camera_datasets as datasets
from hardware.simulated.camera_transfers import Payload, Transfer, joined, pieces_of, whole
from hardware.simulated.dock import Dock

UNREAD_INTERRUPTS_MAX = 4
_HEADER = struct.Struct("<IHHI")
_COMMAND, _DATA, _RESPONSE, _EVENT = 1, 2, 3, 4
_STORAGE = 0x0001_0001
_ROOT = 0xFFFFFFFF
_BATTERY, _DATE_TIME = 0x5001, 0x5011
_OBJECT_SIZE = 0xDC04
_PROPERTY_CHANGED = 0x4006
_SET_PROPERTY = 0x1016

OK = 0x2001
SESSION_NOT_OPEN = 0x2003
OPERATION_NOT_SUPPORTED = 0x2005
INVALID_STORAGE = 0x2008
INVALID_HANDLE = 0x2009
PROPERTY_NOT_SUPPORTED = 0x200A
ACCESS_DENIED = 0x200F
INVALID_PARENT = 0x201A
SESSION_ALREADY_OPEN = 0x201E
OBJECT_PROPERTY_NOT_SUPPORTED = 0xA80A


class Habits(NamedTuple):
    """What well-behaved cameras do in one way or the other."""

    split_header: bool = False
    """The header of data travels in a packet of its own."""
    empty_packets: bool = True
    """Data that fills its last packet is followed by an empty one; Android leaves it out."""
    has_clock: bool = True
    """Whether DateTime can be read and set."""
    zone_minutes: int = 480


class _Refused(Exception):  # noqa: N818 - an answer, not a mistake
    def __init__(self, code: int) -> None:
        super().__init__(hex(code))
        self.code = code


class SimulatedCamera:
    """One docked camera, from plugging it in to pulling it out."""

    def __init__(self, dock: Dock, serial: str, now_ms: Callable[[], int], habits: Habits) -> None:
        self._dock = dock
        self._serial = serial
        self._now_ms = now_ms
        self._habits = habits
        self._in_session = False
        self._sending: deque[Transfer] = deque()
        self._awaiting: tuple[int, int, tuple[int, ...]] | None = None
        self._numbers: dict[str, int] = {}
        self._paths: list[str] = []
        self.interrupts: deque[bytes] = deque()
        """What it wants to say on its interrupt endpoint."""

    # --- the wire

    @property
    def blocked(self) -> bool:
        return len(self.interrupts) > UNREAD_INTERRUPTS_MAX

    def busy(self) -> bool:
        """In the middle of an answer: it takes no command."""
        return bool(self._sending)

    def take(self, encoded: bytes) -> None:
        """One container from the host."""
        _length, kind, code, transaction = _HEADER.unpack_from(encoded)
        payload = encoded[_HEADER.size :]
        if kind == _COMMAND:
            parameters = struct.unpack(f"<{len(payload) // 4}I", payload)
            if code == _SET_PROPERTY:
                self._awaiting = (code, transaction, parameters)
            else:
                self._answer(code, transaction, parameters, b"")
        elif self._awaiting is not None:
            code, transaction, parameters = self._awaiting
            self._awaiting = None
            self._answer(code, transaction, parameters, payload)

    def give(self, room: memoryview) -> int | None:
        """Fills one read of the host; None when there is nothing to say."""
        if not self._sending:
            return None
        filled = 0
        while self._sending and filled < len(room):
            count, done, short = self._sending[0].fill(room[filled:])
            filled += count
            if done:
                self._sending.popleft()
            if short:
                break
        return filled

    def cancel(self) -> None:
        self._sending.clear()
        self._awaiting = None

    # --- answers

    def _answer(self, code: int, transaction: int, parameters: tuple[int, ...], sent: bytes) -> None:
        padded = (*parameters, 0, 0, 0, 0, 0)
        try:
            payload = self._perform(code, padded, sent)
        except _Refused as refused:
            self._respond(refused.code, transaction)
            return
        if payload is not None:
            self._send_data(code, transaction, payload)
        self._respond(OK, transaction)

    def _respond(self, code: int, transaction: int) -> None:
        self._sending.append(Transfer(iter((_HEADER.pack(_HEADER.size, _RESPONSE, code, transaction),)), ends=True))

    def _send_data(self, code: int, transaction: int, payload: Payload) -> None:
        length = min(_HEADER.size + payload.size, datasets.LARGER_THAN_32_BITS)
        header = _HEADER.pack(length, _DATA, code, transaction)
        if self._habits.split_header:
            self._sending.append(Transfer(iter((header,)), ends=True))
            if payload.size:
                self._sending.append(Transfer(payload.pieces, ends=self._habits.empty_packets))
            return
        self._sending.append(Transfer(joined(header, payload.pieces), ends=self._habits.empty_packets))

    def _perform(self, code: int, parameters: tuple[int, ...], sent: bytes) -> Payload | None:
        match code:
            case 0x1001:
                return self._device_info()
            case 0x1002:
                self._open_session()
            case _ if not self._in_session:
                raise _Refused(SESSION_NOT_OPEN)
            case 0x1003:
                self._in_session = False
            case 0x100B:
                self._delete(parameters[0])
            case 0x1014 | 0x1015 | 0x1016:
                return self._property(code, parameters[0], sent)
            case _:
                return self._read(code, *parameters[:3])
        return None

    def _read(self, code: int, first: int, second: int, third: int) -> Payload:
        match code:
            case 0x1004:
                return whole(datasets.numbers("I", (_STORAGE,)))
            case 0x1007:
                return whole(datasets.numbers("I", self._handles_in(first, third)))
            case 0x1008:
                return whole(self._object_info(first))
            case 0x1009:
                return self._object(first)
            case 0x9803:
                return whole(self._object_property(first, second))
        raise _Refused(OPERATION_NOT_SUPPORTED)

    def _property(self, code: int, number: int, sent: bytes) -> Payload | None:
        about = self._dock.about(self._serial)
        match code, number:
            case 0x1014, 0x5001 if about.battery_percent is not None:
                return whole(datasets.battery(about.battery_percent))
            case 0x1015, 0x5001 if about.battery_percent is not None:
                return whole(bytes([about.battery_percent]))
            case 0x1015, 0x5011 if self._habits.has_clock:
                return whole(datasets.text(datasets.moment(self._local(self._now_ms() + about.clock_ahead_ms))))
            case 0x1016, 0x5011 if self._habits.has_clock:
                ahead = datasets.moment_ms(sent) - self._local(self._now_ms())
                self._dock.tell_about(self._serial, msgspec.structs.replace(about, clock_ahead_ms=ahead))
                self._say(_PROPERTY_CHANGED, number)
                return None
        raise _Refused(PROPERTY_NOT_SUPPORTED)

    def _device_info(self) -> Payload:
        about = self._dock.about(self._serial)
        operations = (0x1001, 0x1002, 0x1003, 0x1004, 0x1007, 0x1008, 0x1009, 0x100B, 0x1014, 0x1015, 0x1016, 0x9803)
        battery = () if about.battery_percent is None else (_BATTERY,)
        clock = (_DATE_TIME,) if self._habits.has_clock else ()
        return whole(datasets.device_info(about.model, self._serial, operations, battery + clock))

    def _open_session(self) -> None:
        if self._in_session:
            raise _Refused(SESSION_ALREADY_OPEN)
        self._in_session = True
        self._numbers.clear()
        self._paths.clear()

    def _say(self, code: int, parameter: int) -> None:
        self.interrupts.append(_HEADER.pack(_HEADER.size + 4, _EVENT, code, 0) + struct.pack("<I", parameter))

    def _local(self, utc_ms: int) -> int:
        return utc_ms + self._habits.zone_minutes * 60_000

    # --- the card

    def _handles_in(self, storage: int, parent: int) -> list[int]:
        if storage not in {_STORAGE, 0xFFFFFFFF}:
            raise _Refused(INVALID_STORAGE)
        card = self._dock.card(self._serial)
        folder = card if parent == _ROOT else self._file(parent)
        if not folder.is_dir():
            raise _Refused(INVALID_PARENT)
        shown = (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))
        return [self._handle(path.relative_to(card).as_posix()) for path in shown]

    def _handle(self, path: str) -> int:
        """The same for as long as the session lasts; never given to another."""
        if path not in self._numbers:
            self._paths.append(path)
            self._numbers[path] = len(self._paths)
        return self._numbers[path]

    def _path(self, handle: int) -> str:
        if not 0 < handle <= len(self._paths):
            raise _Refused(INVALID_HANDLE)
        return self._paths[handle - 1]

    def _file(self, handle: int) -> Path:
        file = self._dock.card(self._serial) / self._path(handle)
        if not file.exists():
            raise _Refused(INVALID_HANDLE)
        return file

    def _object_info(self, handle: int) -> bytes:
        file = self._file(handle)
        path = self._path(handle)
        folder = path.rpartition("/")[0]
        times = self._dock.times(self._serial).get(path)
        shown = None if times is None else (self._local(times[0]), self._local(times[1]))
        size = None if file.is_dir() else file.stat().st_size
        return datasets.object_info(_STORAGE, self._handle(folder) if folder else 0, file.name, size, shown)

    def _object(self, handle: int) -> Payload:
        file = self._file(handle)
        return Payload(file.stat().st_size, pieces_of(file))

    def _object_property(self, handle: int, number: int) -> bytes:
        if number != _OBJECT_SIZE:
            raise _Refused(OBJECT_PROPERTY_NOT_SUPPORTED)
        return struct.pack("<Q", self._file(handle).stat().st_size)

    def _delete(self, handle: int) -> None:
        file = self._file(handle)
        if file.is_dir():
            raise _Refused(ACCESS_DENIED)
        file.unlink()
        times = self._dock.times(self._serial)
        times.pop(self._path(handle), None)
        kept = self._dock.card(self._serial).parent / "times.json"
        part = kept.with_name(".times.json.part")
        part.write_bytes(msgspec.json.encode(times))
        part.replace(kept)
