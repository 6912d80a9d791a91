"""A camera's card as a table, and the questions that a listing asks, answered out of it. For tests of listings."""

import struct
from typing import NamedTuple

from hardware.mtp import codes
from hardware.mtp.codes import ObjectProperty, Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo, pack_string
from hardware.mtp.initiator import CameraRefusedError, Initiator
from tests.scripted_pipe import ScriptedPipe

FOLDER, VIDEO = 0x3001, 0xB982
DATE = "20260917T080910"
TYPES = {
    ObjectProperty.OBJECT_FORMAT: (4, "<H"),
    ObjectProperty.OBJECT_SIZE: (8, "<Q"),
    ObjectProperty.OBJECT_FILE_NAME: (0xFFFF, ""),
    ObjectProperty.DATE_CREATED: (0xFFFF, ""),
    ObjectProperty.DATE_MODIFIED: (0xFFFF, ""),
    ObjectProperty.PARENT_OBJECT: (6, "<I"),
}


class Shown(NamedTuple):
    name: str
    parent: int = 0
    size: int | None = None
    """A folder has none."""
    size_32: int | None = None
    created: str = DATE
    modified: str = DATE


class Tree(Initiator):
    """Counts what it is asked in `asked`."""

    def __init__(self, objects: dict[int, Shown], *, storages: int = 1, knows_root: bool = True) -> None:
        super().__init__(ScriptedPipe(()))
        self.objects = objects
        self._storages = storages
        self._knows_root = knows_root
        self.refuses_size: Response | None = None
        self.refuses_info: dict[int, Exception] = {}
        self.asked: list[str] = []

    def storage_ids(self) -> tuple[int, ...]:
        return tuple(range(1, self._storages + 1))

    def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
        assert storage in self.storage_ids()
        self.asked.append("handles")
        if parent == codes.ROOT and not self._knows_root:
            raise CameraRefusedError(Operation.GET_OBJECT_HANDLES, Response.INVALID_OBJECT_HANDLE)
        if parent == codes.EVERY_PARENT:
            return tuple(self.objects)
        wanted = 0 if parent == codes.ROOT else parent
        return tuple(handle for handle, shown in self.objects.items() if shown.parent == wanted)

    def object_info(self, handle: int) -> ObjectInfo:
        self.asked.append("info")
        if handle in self.refuses_info:
            raise self.refuses_info[handle]
        shown = self.objects[handle]
        size = shown.size or 0
        told = min(size, codes.SIZE_UNKNOWN) if shown.size_32 is None else shown.size_32
        kind = FOLDER if shown.size is None else VIDEO
        return ObjectInfo(kind, told, shown.parent, shown.name, shown.created, shown.modified)

    def object_size(self, handle: int) -> int:
        self.asked.append("size")
        if self.refuses_size is not None:
            raise CameraRefusedError(Operation.GET_OBJECT_PROP_VALUE, self.refuses_size)
        return self.objects[handle].size or 0

    def property_list(self, folder: int, number: ObjectProperty) -> bytes:
        self.asked.append("list")
        return self.packed([(handle, number, value) for handle, value in self.told(folder, number)])

    def object_properties(self, handle: int) -> bytes:
        self.asked.append("one")
        if handle in self.refuses_info:
            raise self.refuses_info[handle]
        return self.packed([(handle, number, value) for number, value in self.all_of(handle).items()])

    def all_of(self, handle: int) -> dict[ObjectProperty, int | str]:
        return {number: self.value(handle, number) for number in TYPES}

    def told(self, folder: int, number: ObjectProperty) -> list[tuple[int, int | str]]:
        """As Android does, the folder itself first."""
        inside = [handle for handle, shown in self.objects.items() if shown.parent == folder]
        return [(handle, self.value(handle, number)) for handle in ([folder] if folder else []) + inside]

    def value(self, handle: int, number: ObjectProperty) -> int | str:
        shown = self.objects[handle]
        match number:
            case ObjectProperty.OBJECT_FORMAT:
                return FOLDER if shown.size is None else VIDEO
            case ObjectProperty.OBJECT_SIZE:
                return shown.size or 0
            case ObjectProperty.OBJECT_FILE_NAME:
                return shown.name
            case ObjectProperty.PARENT_OBJECT:
                return shown.parent
            case ObjectProperty.DATE_CREATED:
                return shown.created
        return shown.modified

    def packed(self, told: list[tuple[int, ObjectProperty, int | str]]) -> bytes:
        entries = (
            struct.pack("<IHH", handle, number, TYPES[number][0])
            + (pack_string(value) if isinstance(value, str) else struct.pack(TYPES[number][1], value))
            for handle, number, value in told
        )
        return struct.pack("<I", len(told)) + b"".join(entries)


def device(*operations: Operation) -> DeviceInfo:
    return DeviceInfo(frozenset(operations), frozenset(), "DW-T8", "T8-1")


WITH_SIZES = device(Operation.GET_OBJECT_PROP_VALUE)
WITH_LISTS = device(Operation.GET_OBJECT_PROP_VALUE, Operation.GET_OBJECT_PROP_LIST)
