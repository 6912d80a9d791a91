"""Every file on a camera with its path, found by walking its folders. All of them or an error; reads no file."""

from collections.abc import Iterator
from typing import NamedTuple

from hardware.mtp import codes
from hardware.mtp.codes import Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.wires import LyingError

FILE_BYTES_MAX = 1 << 44
OBJECTS_MAX = 200_000
DEPTH_MAX = 32
_NO_ROOT = {Response.INVALID_OBJECT_HANDLE, Response.INVALID_PARENT_OBJECT}
_NO_SUCH_PROPERTY = {
    Response.OPERATION_NOT_SUPPORTED,
    Response.INVALID_OBJECT_PROP_CODE,
    Response.OBJECT_PROP_NOT_SUPPORTED,
}


class Found(NamedTuple):
    """A file and its handle, which is good for this session only."""

    handle: int
    path: str
    size_bytes: int
    info: ObjectInfo


def list_files(initiator: Initiator, device: DeviceInfo) -> dict[str, Found]:
    return _Walk(initiator, device).every_file()


def size_of(initiator: Initiator, device: DeviceInfo, handle: int, info: ObjectInfo) -> int:
    """The property where there is one: the 32 bits of ObjectInfo are cut, or 0, on large files."""
    size = _object_size(initiator, device, handle)
    if size is None and info.size_bytes != codes.SIZE_UNKNOWN:
        size = info.size_bytes
    if size is None or size > FILE_BYTES_MAX:
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


class _Walk:
    def __init__(self, initiator: Initiator, device: DeviceInfo) -> None:
        self._initiator = initiator
        self._device = device
        self._seen: set[int] = set()

    def every_file(self) -> dict[str, Found]:
        """Storages but the first stand in their files' paths; twins in a folder are told apart by their order."""
        files: dict[str, Found] = {}
        for place, storage in enumerate(self._initiator.storage_ids()):
            for found in self._storage(storage, f"{storage:08x}/" if place else ""):
                path, twin = found.path, 1
                while path in files:
                    twin += 1
                    path = f"{found.path}~{twin}"
                files[path] = found._replace(path=path)
        return files

    def _storage(self, storage: int, root: str) -> Iterator[Found]:
        folders = [(root, codes.ROOT)]
        while folders:
            prefix, folder = folders.pop()
            for handle, info in self._inside(storage, folder):
                path = prefix + _fit_name(info.name)
                if not info.is_folder:
                    yield Found(handle, path, size_of(self._initiator, self._device, handle, info), info)
                elif path.count("/") < DEPTH_MAX:
                    folders.append((f"{path}/", handle))
                else:
                    raise LyingError(f"the camera has folders deeper than {DEPTH_MAX}")

    def _inside(self, storage: int, folder: int) -> Iterator[tuple[int, ObjectInfo]]:
        """An object met twice would be a circle of folders."""
        handles, parents = self._handles(storage, folder)
        for handle in handles:
            info = self._initiator.object_info(handle)
            if parents and info.parent not in parents:
                continue
            if handle in self._seen or len(self._seen) == OBJECTS_MAX:
                raise LyingError(f"the camera lists an object twice, or more than {OBJECTS_MAX} of them")
            self._seen.add(handle)
            yield handle, info

    def _handles(self, storage: int, folder: int) -> tuple[tuple[int, ...], frozenset[int]]:
        """Some cameras know no root: they list everything, and those that say no folder lie in it."""
        try:
            return self._initiator.object_handles(storage, folder), frozenset()
        except CameraRefusedError as refused:
            if folder != codes.ROOT or refused.code not in _NO_ROOT:
                raise
        everything = self._initiator.object_handles(storage, codes.EVERY_PARENT)
        return everything, frozenset({codes.EVERY_PARENT, codes.ROOT, storage}) - set(everything)


def _fit_name(name: str) -> str:
    """What no path can hold becomes U+FFFD, as what is no text does; nothing is left out for its name."""
    if name in {"", ".", ".."}:
        return "\ufffd" * max(1, len(name))
    return "".join("\ufffd" if character in "/\x7f" or character < " " else character for character in name)
