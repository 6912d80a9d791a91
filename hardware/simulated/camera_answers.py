"""What a simulated camera answers to each operation, from its card and from what it knows of itself. Frames nothing."""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from hardware.simulated import camera_codes as codes
from hardware.simulated import camera_datasets as datasets
from hardware.simulated.camera_card import Card, Item
from hardware.simulated.camera_codes import ANY, STORAGE, Refused
from hardware.simulated.camera_transfers import Payload, pieces_of, whole
from hardware.simulated.dock import Dock
from hardware.simulated.habits import Habits

Parameters = tuple[int, int, int, int, int]


class Answer(NamedTuple):
    """Data, where the operation has any, and what stands in the response."""

    payload: Payload | None = None
    parameters: tuple[int, ...] = ()


class Answers:
    """One camera's, from plugging it in to pulling it out."""

    def __init__(self, dock: Dock, serial: str, now_ms: Callable[[], int], habits: Habits) -> None:
        self._dock = dock
        self._serial = serial
        self._now_ms = now_ms
        self._habits = habits
        self.card = Card(dock, serial, habits)
        self.in_session = False

    def to(self, operation: int, parameters: Parameters, sent: bytes) -> Answer:
        if operation not in codes.OPERATIONS or operation in self._habits.without:
            raise Refused(codes.OPERATION_NOT_SUPPORTED)
        needs_session = operation != codes.GET_DEVICE_INFO or self._habits.opens_before_info
        if not self.in_session and needs_session and operation != codes.OPEN_SESSION:
            raise Refused(codes.SESSION_NOT_OPEN)
        match operation:
            case codes.GET_DEVICE_INFO:
                return Answer(whole(self._device_info()))
            case codes.OPEN_SESSION:
                self._open_session(parameters[0])
            case codes.CLOSE_SESSION:
                self.in_session = False
            case codes.DELETE_OBJECT:
                self.card.delete(parameters[0])
            case codes.GET_PROPERTY_DESC | codes.GET_PROPERTY:
                return Answer(whole(self._property(parameters[0], described=operation == codes.GET_PROPERTY_DESC)))
            case codes.SET_PROPERTY:
                self._set_clock(parameters[0], sent)
            case codes.GET_OBJECT | codes.GET_PARTIAL_OBJECT | codes.GET_PARTIAL_OBJECT_64:
                return self._read(operation, parameters)
            case _ if operation >= codes.GET_OBJECT_PROPERTIES:
                return Answer(whole(self._about_properties(operation, parameters)))
            case _:
                return self._about_objects(operation, parameters)
        return Answer()

    def end(self) -> None:
        self.in_session = False

    # --- the camera

    def _device_info(self) -> bytes:
        about = self._dock.about(self._serial)
        operations = (operation for operation in codes.OPERATIONS if operation not in self._habits.without)
        battery = () if about.battery_percent is None else (codes.BATTERY,)
        clock = (codes.DATE_TIME,) if self._habits.has_clock else ()
        return datasets.device_info(about.model, self._serial, operations, battery + clock)

    def _open_session(self, session: int) -> None:
        if session == 0:
            raise Refused(codes.INVALID_PARAMETER)
        if self.in_session:
            raise Refused(codes.SESSION_ALREADY_OPEN)
        self.in_session = True
        self.card.begin_session()

    def _property(self, number: int, *, described: bool) -> bytes:
        about = self._dock.about(self._serial)
        if number == codes.BATTERY and about.battery_percent is not None:
            pack = datasets.battery if described else datasets.battery_level
            return pack(about.battery_percent, self._habits.battery)
        if number == codes.DATE_TIME and self._habits.has_clock:
            shown = self._date(self._now_ms() + about.clock_ahead_ms)
            return datasets.date_time(shown) if described else datasets.text(shown)
        raise Refused(codes.PROPERTY_NOT_SUPPORTED)

    def _set_clock(self, number: int, sent: bytes) -> None:
        if number != codes.DATE_TIME or not self._habits.has_clock:
            raise Refused(codes.PROPERTY_NOT_SUPPORTED)
        told = datasets.moment_ms(sent)
        if told is None:
            raise Refused(codes.INVALID_PARAMETER)
        about = self._dock.about(self._serial)
        ahead = told - self._local(self._now_ms())
        self._dock.tell_about(self._serial, msgspec.structs.replace(about, clock_ahead_ms=ahead))

    def _local(self, utc_ms: int) -> int:
        return utc_ms + self._habits.zone_minutes * 60_000

    def _date(self, utc_ms: int) -> str:
        return self._habits.dates.format(datasets.moment(self._local(utc_ms)))

    # --- objects

    def _about_objects(self, operation: int, parameters: Parameters) -> Answer:
        first, kind, parent = parameters[:3]
        match operation:
            case codes.GET_STORAGE_IDS:
                return Answer(whole(datasets.numbers("I", () if self._habits.locked else (STORAGE,))))
            case codes.GET_STORAGE_INFO:
                if first != STORAGE:
                    raise Refused(codes.INVALID_STORAGE)
                return Answer(whole(datasets.storage_info(*self.card.free_bytes(), read_only=self._habits.read_only)))
            case codes.GET_NUM_OBJECTS:
                return Answer(None, (len(self._handles(first, kind, parent)),))
            case codes.GET_OBJECT_HANDLES:
                return Answer(whole(datasets.numbers("I", self._handles(first, kind, parent))))
        return Answer(whole(self._object_info(self.card.item(first))))

    def _handles(self, storage: int, kind: int, parent: int) -> list[int]:
        found = self.card.handles(storage, parent)
        if kind in {0, ANY}:
            return found
        return [handle for handle in found if _format(self.card.item(handle)) == kind]

    def _object_info(self, item: Item) -> bytes:
        texts = [self._value(item, number) for number in (codes.FILE_NAME, codes.DATE_CREATED, codes.DATE_MODIFIED)]
        packed = [text for text in texts if isinstance(text, bytes)]
        size = min(self._size_told(item), datasets.LARGER_THAN_32_BITS)
        if size == datasets.LARGER_THAN_32_BITS and self._habits.sizes != "true":
            size = 0 if self._habits.sizes == "zero" else (item.size or 0) % 2**32
        return datasets.object_info(STORAGE, _format(item), size, item.parent, packed)

    def _size_told(self, item: Item) -> int:
        return 0 if item.size is None or self._habits.sizes == "none" else item.size

    def _read(self, operation: int, parameters: Parameters) -> Answer:
        """Of partial reads the answer says how many bytes they were."""
        handle, offset, high, most = parameters[:4]
        item = self.card.item(handle)
        size = item.size or 0
        file = self.card.file(handle)
        if operation == codes.GET_OBJECT:
            return Answer(Payload(size, pieces_of(file, 0, size)))
        if operation == codes.GET_PARTIAL_OBJECT:
            most = high
        else:
            offset += high << 32
        if offset > size:
            raise Refused(codes.INVALID_PARAMETER)
        count = min(most, size - offset, self._habits.partial_bytes_max)
        return Answer(Payload(count, pieces_of(file, offset, count)), (count,))

    # --- properties of objects

    def _about_properties(self, operation: int, parameters: Parameters) -> bytes:
        first, second = parameters[:2]
        known = datasets.PROPERTY_TYPES
        match operation:
            case codes.GET_OBJECT_PROPERTIES:
                return datasets.numbers("H", known)
            case codes.GET_OBJECT_PROPERTY_DESC:
                if first not in known:
                    raise Refused(codes.INVALID_OBJECT_PROPERTY)
                return datasets.property_desc(first)
            case codes.GET_OBJECT_PROPERTY:
                if second not in known:
                    raise Refused(codes.OBJECT_PROPERTY_NOT_SUPPORTED)
                return datasets.property_value(second, self._value(self.card.item(first), second))
        return self._property_list(*parameters)

    def _property_list(self, handle: int, kind: int, number: int, group: int, depth: int) -> bytes:
        if number == 0:
            raise Refused(codes.NO_GROUPS if group else codes.INVALID_OBJECT_PROPERTY)
        wanted = tuple(datasets.PROPERTY_TYPES) if number == ANY else (number,)
        if not datasets.PROPERTY_TYPES.keys() >= set(wanted):
            raise Refused(codes.OBJECT_PROPERTY_NOT_SUPPORTED)
        items = [item for item in map(self.card.item, self._listed(handle, depth)) if kind in {0, ANY, _format(item)}]
        return self._as_habit_has_it(list(self._elements(items, wanted)))

    def _listed(self, handle: int, depth: int) -> list[int]:
        """As Android has it: an object, all objects, or what lies directly in a folder."""
        if depth == ANY and handle in {0, ANY}:
            handle, depth = ANY, 0
        if depth not in {0, 1}:
            raise Refused(codes.NO_SUCH_DEPTH)
        if handle == ANY and depth == 0:
            return self.card.everything()
        if handle in {0, ANY}:
            return self.card.root()
        return self.card.handles(STORAGE, handle) if depth else [handle]

    def _elements(self, items: list[Item], wanted: tuple[int, ...]) -> Iterator[bytes]:
        for item in items:
            for number in wanted:
                yield datasets.listed_property(item.handle, number, self._value(item, number))

    def _as_habit_has_it(self, elements: list[bytes]) -> bytes:
        match self._habits.property_list:
            case "first":
                elements = [element for element in elements if element[:4] == elements[0][:4]]
            case "twice":
                elements = elements * 2
        packed = struct.pack("<I", len(elements)) + b"".join(elements)
        return packed[: len(packed) // 2] if self._habits.property_list == "truncated" else packed

    def _value(self, item: Item, number: int) -> int | bytes:
        match number:
            case codes.STORAGE_ID:
                return STORAGE
            case codes.OBJECT_FORMAT:
                return _format(item)
            case codes.OBJECT_SIZE:
                return self._size_told(item)
            case codes.FILE_NAME:
                return dict(self._habits.names).get(item.path) or datasets.text(item.name)
            case codes.DATE_CREATED | codes.DATE_MODIFIED:
                at = None if item.times_ms is None else item.times_ms[number == codes.DATE_MODIFIED]
                return datasets.text("" if at is None else self._date(at))
            case codes.PARENT:
                return item.parent
            case codes.PERSISTENT_ID:
                return int.from_bytes(item.path.encode()[-16:].rjust(16, b"\0"), "little")
        return 0


def _format(item: Item) -> int:
    return datasets.format_of(item.name, folder=item.size is None)
