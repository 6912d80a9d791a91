"""One file or folder of a camera, asked about by itself: what it is and how large. Believes no size that was cut."""

from typing import NamedTuple

from hardware.mtp import codes
from hardware.mtp.codes import Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import LyingError

FILE_BYTES_MAX = 1 << 44
_NO_SUCH_PROPERTY = {
    Response.OPERATION_NOT_SUPPORTED,
    Response.INVALID_OBJECT_PROP_CODE,
    Response.OBJECT_PROP_NOT_SUPPORTED,
}
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
