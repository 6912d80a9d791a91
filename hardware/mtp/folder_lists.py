"""What lies in a folder, told by a few property lists instead of two questions for each file.

Cameras that claim these lists tell one object of many, some twice, or dates that are none. They are believed only for
exactly the handles that the folder has, and only as far as one file says the same when asked about by itself; a camera
that fails once is not asked so again.
"""

from collections.abc import Callable
from typing import TypeVar

from hardware.mtp import codes
from hardware.mtp.codes import ObjectProperty, Operation
from hardware.mtp.datasets import DeviceInfo, ObjectInfo, read_numbers_listed, read_strings_listed
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.objects import FILE_BYTES_MAX, Described, describe
from hardware.mtp.quirks import Quirks
from hardware.wires import LyingError

WORTH_A_LIST = 5
"""Fewer objects are sooner asked about one by one."""
LISTED_MAX = 50_000
"""More would not fit into one answer, were their names long."""
_Value = TypeVar("_Value", int, str)


class FolderLists:
    """For one listing."""

    def __init__(self, initiator: Initiator, device: DeviceInfo, quirks: Quirks) -> None:
        self._initiator = initiator
        self._device = device
        self._quirks = quirks
        self._believed = quirks.property_lists and Operation.GET_OBJECT_PROP_LIST in device.operations

    def described(self, folder: int, handles: tuple[int, ...]) -> dict[int, Described] | None:
        """Each of these handles, or None: then ask about each."""
        if not self._believed or not WORTH_A_LIST <= len(handles) <= LISTED_MAX:
            return None
        try:
            told = self._told(folder, handles)
        except (CameraRefusedError, LyingError):
            if self._initiator.unfinished is not None:
                raise
            told = None
        self._believed = told is not None
        return told

    def _told(self, folder: int, handles: tuple[int, ...]) -> dict[int, Described] | None:
        """Files that lie in one folder say the same parent; at the root some cameras list everything."""
        formats = self._property(folder, handles, ObjectProperty.OBJECT_FORMAT, read_numbers_listed)
        sizes = self._property(folder, handles, ObjectProperty.OBJECT_SIZE, read_numbers_listed)
        names = self._property(folder, handles, ObjectProperty.OBJECT_FILE_NAME, read_strings_listed)
        created = self._dates(folder, handles, ObjectProperty.DATE_CREATED)
        modified = self._dates(folder, handles, ObjectProperty.DATE_MODIFIED)
        parents = None
        if folder == codes.ROOT:
            parents = self._property(folder, handles, ObjectProperty.PARENT_OBJECT, read_numbers_listed)
        sample = next((handle for handle in reversed(handles) if formats[handle] != codes.ASSOCIATION), handles[-1])
        known = describe(self._initiator, self._device, self._quirks, sample)
        told = {}
        for handle in handles:
            size = 0 if formats[handle] == codes.ASSOCIATION else sizes[handle]
            if not 0 <= size <= FILE_BYTES_MAX or size == codes.SIZE_UNKNOWN:
                return None
            shown = min(size, codes.SIZE_UNKNOWN)
            dates = created.get(handle, ""), modified.get(handle, "")
            parent = known.info.parent if parents is None else parents[handle]
            info = ObjectInfo(formats[handle], shown, parent, names[handle], *dates)
            told[handle] = Described(info, size)
        return told if told[sample].same_as(known) else None

    def _property(
        self,
        folder: int,
        handles: tuple[int, ...],
        number: ObjectProperty,
        read: Callable[[bytes, int], dict[int, _Value]],
    ) -> dict[int, _Value]:
        """At the root the answer is about all cards."""
        root = folder == codes.ROOT
        asked = codes.ROOT_OF_PROPERTY_LISTS if root else folder
        told, wanted = read(self._initiator.property_list(asked, number), number), set(handles)
        told.pop(asked, None)
        if not wanted <= told.keys() or (not root and wanted != told.keys()):
            raise LyingError(f"the camera lists {number.name} of {len(told)} objects where there are {len(handles)}")
        return told

    def _dates(self, folder: int, handles: tuple[int, ...], number: ObjectProperty) -> dict[int, str]:
        """A camera may know no dates, and say so."""
        try:
            return self._property(folder, handles, number, read_strings_listed)
        except CameraRefusedError:
            return {}
