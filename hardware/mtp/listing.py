"""Every file on a camera with its path, found by walking its folders. Leaves nothing out; reads no file.

What a camera lists and cannot describe stands in the listing too, as a file of no bytes whose name begins with U+FFFD:
its siblings can be collected, it cannot, and no camera that has one is empty. A camera that describes no file at all,
or shows no card, is an error.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hardware.mtp import codes
from hardware.mtp.codes import Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo
from hardware.mtp.folder_lists import FolderLists
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.objects import Described, Describer, describe
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import LyingError, SilentError, WireError

CARDS_MAX = 16
OBJECTS_MAX = 200_000
DEPTH_MAX = 32
FOLDER_CHARACTERS_MAX = 2_048
"""Of a folder's whole path: it stands before each of its files."""
CHARACTERS_MAX = 1 << 24
"""Of all paths and dates: the names of deep folders stand in each path, and cost a camera nothing."""
ASKED_IN_VAIN_MAX = 8
"""Objects that stayed undescribed when asked about a second time: from then on the first no is believed."""
NONE_DESCRIBED_MAX = 200
"""A camera that describes none of its first objects will describe none: each refusal may cost a moment."""
_NO_ROOT = {
    Response.INVALID_OBJECT_HANDLE,
    Response.INVALID_PARENT_OBJECT,
    Response.INVALID_PARAMETER,
    Response.PARAMETER_NOT_SUPPORTED,
}
"""To a parent by which the camera does not know its root."""
_NO_SESSION = {Response.SESSION_NOT_OPEN, Response.INVALID_TRANSACTION_ID}
_NO_CARD_INSIDE = 0xFFFF
"""A storage whose number has none of these bits is a slot without a card."""
_NOTHING_KNOWN = ObjectInfo(0, 0, 0, "", "", "")


class Found(NamedTuple):
    """A file and its handle, which is good for this session only."""

    handle: int
    path: str
    size_bytes: int
    info: ObjectInfo
    described: bool = True
    """Otherwise nothing is known but the handle: it can be neither read nor deleted."""


def list_files(
    initiator: Initiator, device: DeviceInfo, quirks: Quirks = STANDARD, describer: Describer | None = None
) -> dict[str, Found]:
    """The describer is the session's, if it goes on."""
    return _Walk(initiator, device, quirks, describer or Describer(initiator, device, quirks)).every_file()


def require_unchanged(initiator: Initiator, device: DeviceInfo, quirks: Quirks, found: Found) -> None:
    """Cameras give a handle to another file while they are docked: ask again what it is before using it."""
    require_same(describe(initiator, device, quirks, found.handle), found)


def require_same(now: Described, found: Found) -> None:
    if not found.described or not now.same_as(Described(found.info, found.size_bytes)):
        raise LyingError(f"{found.path!r} is another file now than when it was listed; list the camera again")


class _Walk:
    def __init__(self, initiator: Initiator, device: DeviceInfo, quirks: Quirks, describer: Describer) -> None:
        self._initiator = initiator
        self._device = device
        self._quirks = quirks
        self._lists = FolderLists(initiator, device, quirks)
        self._describe = describer
        self._seen: set[int] = set()
        self._characters = 0
        self._elsewhere: dict[int, Described | None] = {}
        """Listed at the root, though another folder claims it, or nobody knows where it lies."""
        self._refusal: WireError | None = None
        self._asked_in_vain = 0
        self._any_described = False

    def every_file(self) -> dict[str, Found]:
        """Storages but the first stand in their files' paths; twins in a folder are told apart by their order."""
        storages = [storage for storage in self._initiator.storage_ids() if storage & _NO_CARD_INSIDE]
        if not storages:
            raise SilentError("the camera shows no card; unlock it, put one in, or switch it off and on")
        if len(storages) > CARDS_MAX:
            raise LyingError(f"the camera shows {len(storages)} cards; switch it off and on")
        files: dict[str, Found] = {}
        twins: dict[str, int] = {}
        for place, storage in enumerate(storages):
            for found in self._storage(storage, f"{storage:08x}/" if place else ""):
                path = found.path
                while path in files:
                    twins[found.path] = twins.get(found.path, 1) + 1
                    path = f"{found.path}~{twins[found.path]}"
                files[path] = found._replace(path=path)
        if self._refusal is not None and not any(found.described for found in files.values()):
            raise self._refusal
        return files

    def _storage(self, storage: int, root: str) -> Iterator[Found]:
        folders, rounds = [(root, codes.ROOT)], 0
        while folders:
            prefix, folder = folders.pop()
            yield from self._placed(prefix, self._inside(storage, folder), folders)
            if not folders and rounds < DEPTH_MAX:
                rounds += 1
                yield from self._placed(root, self._left_over(), folders)
        if self._left_over():
            raise LyingError("the camera lists folders that no folder has, one in the other; switch it off and on")

    def _placed(
        self, prefix: str, objects: Iterable[tuple[int, Described | None]], folders: list[tuple[str, int]]
    ) -> Iterator[Found]:
        """An object met twice would be a circle of folders."""
        for handle, described in objects:
            if handle in self._seen or len(self._seen) == OBJECTS_MAX:
                raise LyingError(f"the camera lists an object twice, or more than {OBJECTS_MAX} of them")
            self._seen.add(handle)
            if described is None:
                yield Found(handle, f"{prefix}\ufffd{handle:08x}", 0, _NOTHING_KNOWN, described=False)
                continue
            path = prefix + _fit_name(described.info.name)
            self._characters += len(path) + len(described.info.created) + len(described.info.modified)
            if self._characters > CHARACTERS_MAX:
                raise LyingError("the camera's files have longer names and dates than any card has")
            if not described.info.is_folder:
                yield Found(handle, path, described.size_bytes, described.info)
            elif path.count("/") < DEPTH_MAX and len(path) < FOLDER_CHARACTERS_MAX:
                folders.append((f"{path}/", handle))
            else:
                raise LyingError(f"the camera has folders deeper than {DEPTH_MAX}, or of endless names")

    def _inside(self, storage: int, folder: int) -> Iterator[tuple[int, Described | None]]:
        handles = self._handles(storage, folder)
        told = self._lists.described(folder, handles)
        everything = set(handles)
        for handle in handles:
            described = self._described(handle) if told is None else told[handle]
            if folder != codes.ROOT or (described is not None and _stands_free(handle, described, everything)):
                yield handle, described
            else:
                self._elsewhere[handle] = described

    def _left_over(self) -> list[tuple[int, Described | None]]:
        """What no folder had in the end: nothing listed is lost."""
        left = {handle: told for handle, told in self._elsewhere.items() if handle not in self._seen}
        outer = [(handle, told) for handle, told in left.items() if told is None or told.info.parent not in left]
        if left and not outer:
            raise LyingError("the camera's folders lie in a circle")
        return outer

    def _handles(self, storage: int, folder: int) -> tuple[int, ...]:
        return self._at_root(storage) if folder == codes.ROOT else self._initiator.object_handles(storage, folder)

    def _at_root(self, storage: int) -> tuple[int, ...]:
        """By whichever parent the camera knows it; by another it is refused, or found empty."""
        refusals = []
        parents = (codes.ROOT, codes.EVERY_PARENT, storage)
        for parent in parents:
            try:
                inside = self._initiator.object_handles(storage, parent)
            except CameraRefusedError as refused:
                if refused.code in _NO_SESSION or (refused.code not in _NO_ROOT and parent != storage):
                    raise  # to a storage as a parent, which no standard has, any no will do
                refusals.append(refused)
            else:
                if inside:
                    return inside
        if len(refusals) == len(parents):
            raise refusals[0]
        return ()

    def _described(self, handle: int) -> Described | None:
        """Cameras stumble: what is refused is asked about once more, unless this camera refuses for good."""
        for _ in range(2 if self._asked_in_vain < ASKED_IN_VAIN_MAX else 1):
            try:
                described = self._describe(handle)
            except CameraRefusedError as refused:
                if refused.code in _NO_SESSION:
                    raise
                trouble: WireError = refused
            except LyingError as lie:
                if self._initiator.unfinished is not None:
                    raise
                trouble = lie
            else:
                self._any_described = True
                return described
        self._asked_in_vain += 1
        self._refusal = self._refusal or trouble
        if self._asked_in_vain == NONE_DESCRIBED_MAX and not self._any_described:
            raise self._refusal
        return None


def _stands_free(handle: int, described: Described, everything: set[int]) -> bool:
    """Asked for the root alone, some cameras list all there is."""
    return described.info.parent == handle or described.info.parent not in everything


def _fit_name(name: str) -> str:
    """What no path can hold becomes U+FFFD, as what is no text does; nothing is left out for its name."""
    if name in {"", ".", ".."}:
        return "\ufffd" * max(1, len(name))
    return "".join("\ufffd" if character in "/\x7f" or character < " " else character for character in name)
