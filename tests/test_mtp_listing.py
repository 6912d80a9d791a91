"""Promise: a listing has every file once, under its path and its true size, or it is an error."""

import pytest

from hardware.mtp import codes
from hardware.mtp.codes import Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.listing import ASKED_IN_VAIN_MAX, DEPTH_MAX, NONE_DESCRIBED_MAX, list_files, require_unchanged
from hardware.mtp.objects import FILE_BYTES_MAX
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import BusyError, LyingError, SilentError, WireError
from tests.mtp_tree import WITH_SIZES, Shown, Tree, device
from tests.scripted_pipe import DATA, OK, RESPONSE, ScriptedPipe, container

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


def test_a_camera_without_a_card_is_not_an_empty_one() -> None:
    with pytest.raises(SilentError, match="shows no card; unlock it"):
        listed(Tree({}, storages=0))


def test_a_slot_without_a_card_is_passed_over() -> None:
    class Slots(Tree):
        def storage_ids(self) -> tuple[int, ...]:
            return (0x10000, 0x20001)

    assert listed(Slots({3: Shown("A.MP4", 0, 10)})) == {"A.MP4": (3, 10)}


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


# --- roots


@pytest.mark.parametrize("parent", [0, 0xFFFFFFFF, 1, 0x10001])
def test_the_root_is_known_by_whatever_number_the_camera_gives_it(parent: int) -> None:
    class Named(Tree):
        def object_info(self, handle: int) -> ObjectInfo:
            info = super().object_info(handle)
            return info if info.parent else info._replace(parent=parent)

    card = {20: Shown("DCIM"), 21: Shown("A.MP4", 20, 10), 22: Shown("readme.txt", 0, 1)}
    for knows_root in (True, False):
        found = listed(Named(card, knows_root=knows_root))
        assert found == {"DCIM/A.MP4": (21, 10), "readme.txt": (22, 1)}


def test_a_camera_that_lists_all_where_it_was_asked_for_the_root_has_everything_once() -> None:
    class Recursive(Tree):
        def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
            return super().object_handles(storage, codes.EVERY_PARENT if parent == codes.ROOT else parent)

    assert listed(Recursive(CARD)) == listed(Tree(CARD))


def test_a_root_in_which_nothing_is_found_is_asked_about_twice() -> None:
    class Hidden(Tree):
        def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
            return () if parent == codes.ROOT else super().object_handles(storage, parent)

    assert listed(Hidden(CARD)) == listed(Tree(CARD))


STORAGE = 0x10001


class Rooted(Tree):
    """Knows its root by one parent, and answers the other questions for it as it is told; notes which it was asked."""

    def __init__(self, known: int | None, others: Response | None, objects: dict[int, Shown] = CARD) -> None:
        super().__init__(objects)
        self._known = known
        self._others = others
        self.parents: list[int] = []

    def storage_ids(self) -> tuple[int, ...]:
        return (STORAGE,)

    def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
        self.parents.append(parent)
        if parent == self._known:
            return super().object_handles(storage, codes.ROOT)
        if parent not in {codes.ROOT, codes.EVERY_PARENT, storage}:
            return super().object_handles(storage, parent)
        if self._others is not None:
            raise CameraRefusedError(Operation.GET_OBJECT_HANDLES, self._others)
        return ()


BY_ANSWER = (codes.ROOT, codes.EVERY_PARENT, STORAGE)


@pytest.mark.parametrize("others", [None, Response.INVALID_PARENT_OBJECT, Response.INVALID_OBJECT_HANDLE], ids=str)
@pytest.mark.parametrize("known", BY_ANSWER)
def test_the_root_is_asked_for_by_one_parent_after_the_other_until_one_is_known(
    known: int, others: Response | None
) -> None:
    tree = Rooted(known, others)
    assert listed(tree) == listed(Tree(CARD))
    asked = BY_ANSWER[: BY_ANSWER.index(known) + 1]
    assert tuple(tree.parents[: len(asked)]) == asked
    assert not set(tree.parents[len(asked) :]) & set(BY_ANSWER)


@pytest.mark.parametrize("others", [Response.INVALID_PARENT_OBJECT, Response.PARAMETER_NOT_SUPPORTED], ids=str)
def test_a_root_refused_by_every_parent_is_an_error_and_not_an_empty_card(others: Response) -> None:
    with pytest.raises(CameraRefusedError, match=others.name):
        listed(Rooted(None, others))


@pytest.mark.parametrize(("refused", "ends"), [(Response.GENERAL_ERROR, False), (Response.SESSION_NOT_OPEN, True)])
def test_an_empty_card_is_empty_whatever_is_said_to_a_question_of_no_standard(refused: Response, *, ends: bool) -> None:
    class Empty(Tree):
        def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
            if parent == storage:
                raise CameraRefusedError(Operation.GET_OBJECT_HANDLES, refused)
            return ()

    if not ends:
        assert listed(Empty({})) == {}
        return
    with pytest.raises(CameraRefusedError, match="SESSION_NOT_OPEN"):
        listed(Empty({}))


def test_what_lies_in_no_folder_that_lists_it_is_not_lost() -> None:
    class Forgetful(Tree):
        def object_handles(self, storage: int, parent: int) -> tuple[int, ...]:
            return () if parent == 2 else super().object_handles(storage, parent)

    found = listed(Forgetful(CARD, knows_root=False))
    assert found == {"A.MP4": (3, 10), "录像 🎥.MP4": (4, (5 << 30) + 1), "readme.txt": (6, 0)}


# --- what a camera does not describe

GENERAL = CameraRefusedError(Operation.GET_OBJECT_INFO, Response.GENERAL_ERROR)


@pytest.mark.parametrize("trouble", [GENERAL, LyingError("a dataset too short")], ids=["refused", "malformed"])
@pytest.mark.parametrize("knows_root", [True, False])
@pytest.mark.parametrize("handle", [3, 5, 6])
def test_what_is_not_described_hides_nothing_and_is_not_hidden(
    handle: int, trouble: WireError, *, knows_root: bool
) -> None:
    tree = Tree(CARD, knows_root=knows_root)
    tree.refuses_info[handle] = trouble
    found = list_files(tree, WITH_SIZES)
    strange = [path for path, file in found.items() if not file.described]
    assert [path.rpartition("/")[2] for path in strange] == [f"\ufffd{handle:08x}"]
    assert set(found) - set(strange) == {path for path in listed(Tree(CARD)) if CARD[handle].name not in path}
    with pytest.raises(WireError):
        require_unchanged(tree, WITH_SIZES, STANDARD, found[strange[0]])
    tree.refuses_info.clear()
    with pytest.raises(LyingError, match="list the camera again"):
        require_unchanged(tree, WITH_SIZES, STANDARD, found[strange[0]])


def test_a_camera_that_describes_no_file_is_an_error_and_not_an_empty_one() -> None:
    tree = Tree(CARD)
    tree.refuses_info = dict.fromkeys((3, 4, 6), GENERAL)
    with pytest.raises(CameraRefusedError, match="GENERAL_ERROR"):
        listed(tree)


class Stumbling(Tree):
    """Fails once at each of these."""

    def __init__(self, objects: dict[int, Shown], trouble: WireError, *handles: int) -> None:
        super().__init__(objects)
        self._once = dict.fromkeys(handles, trouble)

    def object_info(self, handle: int) -> ObjectInfo:
        info = super().object_info(handle)
        trouble = self._once.pop(handle, None)
        if trouble is not None:
            raise trouble
        return info


@pytest.mark.parametrize("trouble", [GENERAL, LyingError("a dataset too short")], ids=["refused", "malformed"])
def test_what_a_camera_fails_to_describe_once_is_described(trouble: WireError) -> None:
    assert listed(Stumbling(CARD, trouble, *CARD)) == listed(Tree(CARD))
    only_folders = {1: CARD[1], 5: CARD[5]}
    assert listed(Stumbling(only_folders, trouble, 1)) == {}, "it was described in the end: this is an empty card"


def test_a_camera_that_refuses_for_good_is_not_asked_twice_for_ever() -> None:
    tree = Tree({number: Shown(f"{number}.MP4", 0, 1) for number in range(1, 301)})
    tree.refuses_info = dict.fromkeys(range(2, 301), GENERAL)
    assert sum(found.described for found in list_files(tree, WITH_SIZES).values()) == 1
    assert tree.asked.count("info") == 300 + ASKED_IN_VAIN_MAX


def test_a_camera_that_describes_nothing_is_not_asked_about_everything() -> None:
    tree = Tree({number: Shown(f"{number}.MP4", 0, 1) for number in range(1, 2_001)})
    tree.refuses_info = dict.fromkeys(range(1, 2_001), GENERAL)
    with pytest.raises(CameraRefusedError):
        list_files(tree, WITH_SIZES)
    assert tree.asked.count("info") == NONE_DESCRIBED_MAX + ASKED_IN_VAIN_MAX


@pytest.mark.parametrize(
    "trouble",
    [
        BusyError("ask again"),
        SilentError("nothing"),
        CameraRefusedError(Operation.GET_OBJECT_INFO, Response.SESSION_NOT_OPEN),
    ],
    ids=str,
)
def test_a_camera_that_stopped_to_answer_is_an_error_and_not_a_strange_file(trouble: WireError) -> None:
    tree = Tree(CARD)
    tree.refuses_info[6] = trouble
    with pytest.raises(type(trouble)):
        listed(tree)


def test_an_answer_broken_off_in_a_listing_is_no_strange_file() -> None:
    reads = [
        container(RESPONSE, OK, 0),
        container(DATA, 0x1004, 1, b"\1\0\0\0\1\0\1\0") + container(RESPONSE, OK, 1),
        container(DATA, 0x1007, 2, b"\1\0\0\0\5\0\0\0") + container(RESPONSE, OK, 2),
        container(DATA, 0x1008, 77, bytes(60)),
    ]
    initiator = Initiator(ScriptedPipe(reads))
    initiator.open_session()
    with pytest.raises(LyingError, match="in transaction 3"):
        list_files(initiator, device())


@pytest.mark.parametrize(
    "now",
    [
        Shown("B.MP4", 2, 10),
        Shown("A.MP4", 1, 10),
        Shown("A.MP4", 2, 11),
        Shown("A.MP4", 2, 10, created="20260917T080911"),
        Shown("A.MP4", 2, 10, modified="20260917T080911"),
        Shown("A.MP4", 2, None),
    ],
    ids=str,
)
def test_another_file_under_the_same_handle_is_noticed(now: Shown) -> None:
    tree = Tree(dict(CARD))
    found = list_files(tree, WITH_SIZES)["DCIM/100MEDIA/A.MP4"]
    require_unchanged(tree, WITH_SIZES, STANDARD, found)
    tree.objects[3] = now
    with pytest.raises(LyingError, match="another file now"):
        require_unchanged(tree, WITH_SIZES, STANDARD, found)


# --- sizes


def test_sizes_counted_modulo_4_gib_are_none_without_64_bits() -> None:
    card = {3: Shown("A.MP4", 0, 5 << 30, 1 << 30)}
    quirks = Quirks(sizes_modulo_4_gib=True)
    assert list_files(Tree(card), WITH_SIZES, quirks)["A.MP4"].size_bytes == 5 << 30
    with pytest.raises(LyingError, match="how large"):
        list_files(Tree(card), device(), quirks)


def test_two_sizes_that_exclude_each_other_are_none() -> None:
    with pytest.raises(LyingError, match="how large"):
        listed(Tree({3: Shown("A.MP4", 0, 1 << 30, codes.SIZE_UNKNOWN)}))
