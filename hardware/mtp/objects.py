"""One file or folder of a camera, asked about by itself: what it is and how large. Believes no size that was cut."""

from typing import NamedTuple

from hardware.mtp import codes
from hardware.mtp.codes import ObjectProperty, Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo, read_properties_listed
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import LyingError

FILE_BYTES_MAX = 1 << 44
_NO_SUCH_PROPERTY = {
    Response.OPERATION_NOT_SUPPORTED,
    Response.INVALID_OBJECT_PROP_CODE,
    Response.OBJECT_PROP_NOT_SUPPORTED,
}
FEW, PROOFS = 5, 3
"""So few objects are sooner asked about twice than proofs are taken; and so many proofs are believed."""
_DESCRIBING = (
    ObjectProperty.OBJECT_FORMAT,
    ObjectProperty.OBJECT_SIZE,
    ObjectProperty.PARENT_OBJECT,
    ObjectProperty.OBJECT_FILE_NAME,
)
_MOMENT_CHARACTERS = 15
"""Of a date without fractions and zone, which cameras write in one place and leave out in another."""


class Described(NamedTuple):
    """`size_bytes` has 64 bits, unlike what `info` says; 0 for a folder."""

    info: ObjectInfo
    size_bytes: int

    def same_as(self, other: "Described") -> bool:
        mine, others = self.info, other.info
        return (
            self.size_bytes == other.size_bytes
            and (mine.format, mine.parent, mine.name) == (others.format, others.parent, others.name)
            and mine.created[:_MOMENT_CHARACTERS] == others.created[:_MOMENT_CHARACTERS]
            and mine.modified[:_MOMENT_CHARACTERS] == others.modified[:_MOMENT_CHARACTERS]
        )


def describe(initiator: Initiator, device: DeviceInfo, quirks: Quirks, handle: int) -> Described:
    info = initiator.object_info(handle)
    return Described(info, 0 if info.is_folder else size_of(initiator, device, handle, info, quirks))


class Describer:
    """For one session: one question about each object instead of two, of a camera that answers it as it does two.

    After the first few some files are asked about both ways; a camera that once says something else, or nothing, is not
    asked so again.
    """

    def __init__(self, initiator: Initiator, device: DeviceInfo, quirks: Quirks) -> None:
        self._initiator = initiator
        self._device = device
        self._quirks = quirks
        self._believed = Operation.GET_OBJECT_PROP_LIST in device.operations
        self._few = FEW
        self._unproven = PROOFS

    def __call__(self, handle: int) -> Described:
        if self._few:
            self._few -= 1
            return describe(self._initiator, self._device, self._quirks, handle)
        told = self._told(handle) if self._believed else None
        if told is not None and not self._unproven:
            return told
        known = describe(self._initiator, self._device, self._quirks, handle)
        if told is None or not known.info.is_folder:  # of folders some say another size or place each time
            self._believed = told is not None and told.same_as(known)
            self._unproven -= 1
        return known

    def _told(self, handle: int) -> Described | None:
        try:
            told = read_properties_listed(self._initiator.object_properties(handle), handle)
        except (CameraRefusedError, LyingError):
            if self._initiator.unfinished is not None:
                raise
            return None
        match [told.get(number) for number in _DESCRIBING]:
            case [int(kind), int(size), int(parent), str(name)] if (
                0 <= size <= FILE_BYTES_MAX and size != codes.SIZE_UNKNOWN
            ):
                size = 0 if kind == codes.ASSOCIATION else size
                dates = (told.get(date, "") for date in (ObjectProperty.DATE_CREATED, ObjectProperty.DATE_MODIFIED))
                shown = min(size, codes.SIZE_UNKNOWN)
                return Described(ObjectInfo(kind, shown, parent, name, *(str(date) for date in dates)), size)
        return None


def size_of(initiator: Initiator, device: DeviceInfo, handle: int, info: ObjectInfo, quirks: Quirks = STANDARD) -> int:
    """The property where there is one: the 32 bits of ObjectInfo are cut, or 0, on large files."""
    size, larger = _object_size(initiator, device, handle), info.size_bytes == codes.SIZE_UNKNOWN
    if size is None and not larger and not quirks.sizes_modulo_4_gib:
        size = info.size_bytes
    if size is None or size > FILE_BYTES_MAX or (larger and size < codes.SIZE_UNKNOWN):
        raise LyingError(f"the camera does not say how large {info.name!r} is")
    return size


def _object_size(initiator: Initiator, device: DeviceInfo, handle: int) -> int | None:
    if Operation.GET_OBJECT_PROP_VALUE not in device.operations:
        return None
    try:
        return initiator.object_size(handle)
    except CameraRefusedError as refused:
        if refused.code not in _NO_SUCH_PROPERTY:
            raise
    return None
