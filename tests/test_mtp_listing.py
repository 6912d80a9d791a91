"""Promise: a listing has every file once, under its path and its true size, or it is an error."""

from typing import NamedTuple

import pytest

from hardware.mtp import codes
from hardware.mtp.codes import Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.listing import DEPTH_MAX, FILE_BYTES_MAX, list_files
from hardware.wires import LyingError
from tests.scripted_pipe import ScriptedPipe

FOLDER, VIDEO = 0x3001, 0xB982


class Shown(NamedTuple):
    name: str
    parent: int = 0
    size: int | None = None
    """A folder has none."""
    size_32: int | None = None


class Tree(Initiator):
    """Answers the questions that a listing asks, out of a table."""

    def __init__(self, objects: dict[int, Shown], *, storages: int = 1, knows_root: bool = True) -> None:
        super().__init__(ScriptedPipe(()))
        self._objects = objects
        self._storages = storages
        self._knows_root = knows_root
        self.refuses_size: Response | None = None

    def storage_ids(self) -> tuple[int, ...]:
        return tuple(range(1, self._storages + 1))

    def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
        assert storage in self.storage_ids()
        if parent == codes.ROOT and not self._knows_root:
            raise CameraRefusedError(Operation.GET_OBJECT_HANDLES, Response.INVALID_OBJECT_HANDLE)
        if parent == codes.EVERY_PARENT:
            return tuple(self._objects)
        wanted = 0 if parent == codes.ROOT else parent
        return tuple(handle for handle, shown in self._objects.items() if shown.parent == wanted)

    def object_info(self, handle: int) -> ObjectInfo:
        shown = self._objects[handle]
        size = shown.size or 0
        told = min(size, codes.SIZE_UNKNOWN) if shown.size_32 is None else shown.size_32
        return ObjectInfo(FOLDER if shown.size is None else VIDEO, told, shown.parent, shown.name, "", "")

    def object_size(self, handle: int) -> int:
        if self.refuses_size is not None:
            raise CameraRefusedError(Operation.GET_OBJECT_PROP_VALUE, self.refuses_size)
        return self._objects[handle].size or 0


def device(*operations: Operation) -> DeviceInfo:
    return DeviceInfo(frozenset(operations), frozenset(), "DW-T8", "T8-1")


WITH_SIZES = device(Operation.GET_OBJECT_PROP_VALUE)
CARD = {
    1: Shown("DCIM"),
    2: Shown("100MEDIA", 1),
    3: Shown("A.MP4", 2, 10),
    4: Shown("录像 🎥.MP4", 2, (5 << 30) + 1),
    5: Shown("leer", 1),
    6: Shown("readme.txt", 0, 0),
}


def listed(tree: Tree, says: DeviceInfo = WITH_SIZES) -> dict[str, tuple[int, int]]:
    return {path: (found.handle, found.size_bytes) for path, found in list_files(tree, says).items()}


@pytest.mark.parametrize("knows_root", [True, False])
def test_every_file_is_listed_under_its_path(*, knows_root: bool) -> None:
    assert listed(Tree(CARD, knows_root=knows_root)) == {
        "DCIM/100MEDIA/A.MP4": (3, 10),
        "DCIM/100MEDIA/录像 🎥.MP4": (4, (5 << 30) + 1),
        "readme.txt": (6, 0),
    }


def test_an_empty_card_is_an_empty_listing() -> None:
    assert listed(Tree({})) == {}
    assert listed(Tree({}, storages=0)) == {}


@pytest.mark.parametrize("told", [0, 0x4000_0000, 0xFFFFFFFF])
def test_the_size_of_64_bits_is_the_true_one(told: int) -> None:
    assert listed(Tree({3: Shown("A.MP4", 0, 5 << 30, told)})) == {"A.MP4": (3, 5 << 30)}


@pytest.mark.parametrize("size", [0xFFFFFFFE, 0xFFFFFFFF, 0x1_0000_0000])
def test_sizes_around_32_bits_are_told_apart(size: int) -> None:
    assert listed(Tree({3: Shown("A.MP4", 0, size)})) == {"A.MP4": (3, size)}


@pytest.mark.parametrize("refused", [None, Response.OBJECT_PROP_NOT_SUPPORTED, Response.OPERATION_NOT_SUPPORTED])
def test_without_64_bits_a_size_that_is_cut_is_no_size(refused: Response | None) -> None:
    says = device() if refused is None else WITH_SIZES
    tree = Tree({3: Shown("A.MP4", 0, 5 << 30, 77)})
    tree.refuses_size = refused
    assert listed(tree, says) == {"A.MP4": (3, 77)}
    tree = Tree({3: Shown("A.MP4", 0, 5 << 30)})
    tree.refuses_size = refused
    with pytest.raises(LyingError, match="how large 'A"):
        listed(tree, says)


def test_a_size_that_no_card_can_hold_is_a_lie() -> None:
    with pytest.raises(LyingError, match="how large"):
        listed(Tree({3: Shown("A.MP4", 0, FILE_BYTES_MAX + 1)}))


def test_one_file_that_cannot_be_asked_about_is_an_error_and_not_left_out() -> None:
    tree = Tree(CARD)
    tree.refuses_size = Response.INVALID_OBJECT_HANDLE
    with pytest.raises(CameraRefusedError):
        listed(tree)


def test_folders_in_a_circle_come_to_an_end() -> None:
    inside = {codes.ROOT: (7,), 7: (8,), 8: (7,)}

    class Circle(Tree):
        def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:  # noqa: ARG002
            return inside[parent]

    with pytest.raises(LyingError, match="twice"):
        listed(Circle({7: Shown("a", 8), 8: Shown("b", 7)}))


def test_folders_without_end_come_to_an_end() -> None:
    deep = {number: Shown("f", number - 1) for number in range(1, DEPTH_MAX + 5)}
    with pytest.raises(LyingError, match="deeper"):
        listed(Tree(deep))


def test_two_files_of_one_path_are_told_apart() -> None:
    found = listed(Tree({3: Shown("A.MP4", 0, 1), 4: Shown("A.MP4", 0, 2), 5: Shown("A.MP4", 0, 3)}))
    assert {path: handle for path, (handle, _) in found.items()} == {"A.MP4": 3, "A.MP4~2": 4, "A.MP4~3": 5}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../etc/passwd", "..\ufffd..\ufffdetc\ufffdpasswd"),
        ("..", "\ufffd\ufffd"),
        (".", "\ufffd"),
        ("", "\ufffd"),
        ("a\nb", "a\ufffdb"),
        ("a\x7fb", "a\ufffdb"),
        ("执法　01.MP4", "执法　01.MP4"),
        ("...", "..."),
    ],
)
def test_no_name_leads_out_of_its_folder_and_none_is_left_out(name: str, path: str) -> None:
    assert list(listed(Tree({1: Shown("DCIM"), 3: Shown(name, 1, 1)}))) == [f"DCIM/{path}"]
